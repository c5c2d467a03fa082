/* Bridge, port and bond options as netlink attributes: one table each, read and written by it.
 * Layer: live, pure. */
#include <linux/if_link.h>

#include "live/nl.h"

struct row {
	uint8_t attr, size; /* IFLA_BR_x or IFLA_BRPORT_x, and its width in bytes */
};

/* Timers are in USER_HZ, which is 100 on every architecture that Linux KVM runs on: centiseconds.
 * Source: kernel net/bridge/br_netlink.c, br_policy. */
static const struct row bridge_rows[KN_BROPT_COUNT] = {
	[KN_BROPT_STP] = {IFLA_BR_STP_STATE, 4},
	[KN_BROPT_FORWARD_DELAY] = {IFLA_BR_FORWARD_DELAY, 4},
	[KN_BROPT_PRIORITY] = {IFLA_BR_PRIORITY, 2},
	[KN_BROPT_AGEING] = {IFLA_BR_AGEING_TIME, 4},
	[KN_BROPT_HELLO] = {IFLA_BR_HELLO_TIME, 4},
	[KN_BROPT_MAX_AGE] = {IFLA_BR_MAX_AGE, 4},
	[KN_BROPT_MCAST_SNOOPING] = {IFLA_BR_MCAST_SNOOPING, 1},
	[KN_BROPT_VLAN_FILTERING] = {IFLA_BR_VLAN_FILTERING, 1},
	[KN_BROPT_NF_CALL] = {IFLA_BR_NF_CALL_IPTABLES, 1},
};

/* Source: kernel net/bridge/br_netlink.c, br_port_policy. */
static const struct row port_rows[KN_PORTOPT_COUNT] = {
	[KN_PORTOPT_ISOLATED] = {KN_BRPORT_ISOLATED, 1},
	[KN_PORTOPT_HAIRPIN] = {IFLA_BRPORT_MODE, 1},
	[KN_PORTOPT_COST] = {IFLA_BRPORT_COST, 4},
	[KN_PORTOPT_PRIORITY] = {IFLA_BRPORT_PRIORITY, 2},
	[KN_PORTOPT_LEARNING] = {IFLA_BRPORT_LEARNING, 1},
};

/* Source: kernel drivers/net/bonding/bond_netlink.c, bond_policy. */
static const struct row bond_rows[KN_BONDOPT_COUNT] = {
	[KN_BONDOPT_MODE] = {IFLA_BOND_MODE, 1},
	[KN_BONDOPT_MIIMON] = {IFLA_BOND_MIIMON, 4},
	[KN_BONDOPT_UPDELAY] = {IFLA_BOND_UPDELAY, 4},
	[KN_BONDOPT_DOWNDELAY] = {IFLA_BOND_DOWNDELAY, 4},
	[KN_BONDOPT_LACP_RATE] = {IFLA_BOND_AD_LACP_RATE, 1},
	[KN_BONDOPT_XMIT_HASH_POLICY] = {IFLA_BOND_XMIT_HASH_POLICY, 1},
};

/* Only what the kernel sends is marked as set: an old one lacks some options. */
void kn_bridge_opts_get(struct nlattr *data, struct kn_opts *ret)
{
	struct nlattr *tb[IFLA_BR_MAX + 1];

	if (nla_parse_nested(tb, IFLA_BR_MAX, data, NULL) < 0)
		return;
	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++) {
		const struct nlattr *attr = tb[bridge_rows[i].attr];
		uint32_t value = kn_attr_uint(attr, 0);

		/* 2 = the spanning tree is run by a daemon: on, all the same. */
		if (i == KN_BROPT_STP)
			value = value != 0;
		if (attr)
			kn_opts_set(ret, i, value);
	}
}

/* nf-call is one wish and three attributes: frames of every protocol pass the filter, or none. */
void kn_bridge_opts_put(struct kn_req *req, const struct kn_opts *opts)
{
	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (kn_opts_has(opts, i))
			kn_req_uint(req, bridge_rows[i].attr, opts->val[i], bridge_rows[i].size);
	if (kn_opts_has(opts, KN_BROPT_NF_CALL)) {
		uint32_t value = opts->val[KN_BROPT_NF_CALL];

		kn_req_uint(req, IFLA_BR_NF_CALL_IP6TABLES, value, 1);
		kn_req_uint(req, IFLA_BR_NF_CALL_ARPTABLES, value, 1);
	}
}

/* Also the test for "is a bridge port": only those carry the attributes. */
void kn_port_opts_get(struct nlattr *data, struct kn_opts *ret)
{
	struct nlattr *tb[KN_BRPORT_ISOLATED + 1];

	if (nla_parse_nested(tb, KN_BRPORT_ISOLATED, data, NULL) < 0)
		return;
	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++)
		if (tb[port_rows[i].attr])
			kn_opts_set(ret, i, kn_attr_uint(tb[port_rows[i].attr], 0));
}

void kn_port_opts_put(struct kn_req *req, const struct kn_opts *opts)
{
	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++)
		if (kn_opts_has(opts, i))
			kn_req_uint(req, port_rows[i].attr, opts->val[i], port_rows[i].size);
}

/* The primary and the active port are links of their own to look up: their indexes. */
void kn_bond_get(struct nlattr *data, struct kn_link *ret)
{
	struct nlattr *tb[IFLA_BOND_MAX + 1];

	if (nla_parse_nested(tb, IFLA_BOND_MAX, data, NULL) < 0)
		return;
	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++)
		if (tb[bond_rows[i].attr])
			kn_opts_set(&ret->bond_opts, i, kn_attr_uint(tb[bond_rows[i].attr], 0));
	ret->primary_index = (int)kn_attr_uint(tb[IFLA_BOND_PRIMARY], 0);
	ret->active_index = (int)kn_attr_uint(tb[IFLA_BOND_ACTIVE_SLAVE], 0);
}

/* The kernel takes the mode and miimon first, whatever the order. Source: bond_netlink.c,
 * bond_changelink(). */
void kn_bond_opts_put(struct kn_req *req, const struct kn_opts *opts)
{
	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++)
		if (kn_opts_has(opts, i))
			kn_req_uint(req, bond_rows[i].attr, opts->val[i], bond_rows[i].size);
}
