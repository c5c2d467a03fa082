/* Requests that create, change and delete links.
 * Layer: live, pure (builds messages). */
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <net/if.h>

#include "live/nl.h"

/* Every change asks for an answer: silence is not success. */
static void start(struct kn_req *req, int type, int flags, int ifindex)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};

	kn_req_init(req, type, NLM_F_ACK | flags, &info, sizeof(info));
}

/* No empty IFLA_INFO_DATA: the kernel would look for options in it. */
static void put_bridge_info(struct kn_req *req, const struct kn_opts *opts)
{
	struct nlattr *info = kn_req_nest(req, IFLA_LINKINFO);

	kn_req_str(req, IFLA_INFO_KIND, "bridge");
	if (opts->has) {
		struct nlattr *data = kn_req_nest(req, IFLA_INFO_DATA);

		kn_bridge_opts_put(req, opts);
		kn_req_end(req, data);
	}
	kn_req_end(req, info);
}

/* MAC and options are part of the creation: a bridge that gets its MAC later has announced another
 * one by then, and one that gets its forward delay later has started to wait. */
void kn_req_bridge_add(struct kn_req *req, const struct kn_op *op)
{
	start(req, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	kn_req_str(req, IFLA_IFNAME, op->dev.s);
	if (op->bridge.has_mac)
		kn_req_put(req, IFLA_ADDRESS, op->bridge.mac.b, sizeof(op->bridge.mac.b));
	/* A bridge's MTU follows its ports unless it was *changed* after creation, which exec does.
	 * To be changed to the default value it must begin with another one.
	 * Source: kernel net/bridge/br_device.c, br_change_mtu(), BROPT_MTU_SET_BY_USER. */
	if (op->bridge.mtu == ETH_DATA_LEN)
		kn_req_u32(req, IFLA_MTU, ETH_DATA_LEN - 1);
	struct kn_opts opts = op->bridge.opts;
	/* Off is how every bridge begins, and a kernel built without it refuses even that. */
	if (!kn_opts_get(&opts, KN_BROPT_VLAN_FILTERING, 0))
		opts.has &= ~(1u << KN_BROPT_VLAN_FILTERING);
	put_bridge_info(req, &opts);
}

/* RTM_NEWLINK without NLM_F_CREATE changes an existing link; RTM_SETLINK does not look into
 * IFLA_LINKINFO. Source: kernel net/core/rtnetlink.c, rtnl_newlink(), do_setlink(). */
void kn_req_bridge_opts(struct kn_req *req, int ifindex, const struct kn_opts *opts)
{
	start(req, RTM_NEWLINK, 0, ifindex);
	put_bridge_info(req, opts);
}

/* The form that kernels since 3.8 know; slave data came in 4.x. */
void kn_req_port_opts(struct kn_req *req, int ifindex, const struct kn_opts *opts)
{
	struct ifinfomsg info = {.ifi_family = AF_BRIDGE, .ifi_index = ifindex};

	kn_req_init(req, RTM_SETLINK, NLM_F_ACK, &info, sizeof(info));
	struct nlattr *nest = kn_req_nest(req, IFLA_PROTINFO);
	kn_port_opts_put(req, opts);
	kn_req_end(req, nest);
}

/* By index: a link of the same name that somebody made meanwhile is not ours to delete. */
void kn_req_link_del(struct kn_req *req, int ifindex)
{
	start(req, RTM_DELLINK, 0, ifindex);
}

/* The mask keeps all other flags (promiscuous, multicast) as they are. */
void kn_req_link_flags(struct kn_req *req, int ifindex, bool up)
{
	struct ifinfomsg info = {
		.ifi_index = ifindex, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};

	kn_req_init(req, RTM_SETLINK, NLM_F_ACK, &info, sizeof(info));
}

void kn_req_link_u32(struct kn_req *req, int ifindex, int attr, uint32_t value)
{
	start(req, RTM_SETLINK, 0, ifindex);
	kn_req_u32(req, attr, value);
}

void kn_req_link_mac(struct kn_req *req, int ifindex, const struct kn_mac *mac)
{
	start(req, RTM_SETLINK, 0, ifindex);
	kn_req_put(req, IFLA_ADDRESS, mac->b, sizeof(mac->b));
}

/* Settings of a protocol family sit in a nest of their own: IFLA_AF_SPEC / family / attribute. */
void kn_req_addr_gen(struct kn_req *req, int ifindex, uint32_t mode)
{
	start(req, RTM_SETLINK, 0, ifindex);
	struct nlattr *spec = kn_req_nest(req, IFLA_AF_SPEC);
	struct nlattr *inet6 = kn_req_nest(req, AF_INET6);
	kn_req_uint(req, KN_INET6_ADDR_GEN_MODE, mode, 1);
	kn_req_end(req, inet6);
	kn_req_end(req, spec);
}

/* Those of @want that differ from @have, in one message. */
void kn_req_inet_conf(struct kn_req *req, int ifindex, const struct kn_nl_conf *want,
		      const struct kn_nl_conf *have)
{
	start(req, RTM_SETLINK, 0, ifindex);
	struct nlattr *spec = kn_req_nest(req, IFLA_AF_SPEC);
	struct nlattr *inet = kn_req_nest(req, AF_INET);
	struct nlattr *conf = kn_req_nest(req, IFLA_INET_CONF);
	for (size_t i = 0; i < want->n4 && i < have->n4; i++)
		/* The array is numbered from 0, the attributes from 1. */
		if (want->v4[i] != have->v4[i])
			kn_req_u32(req, (int)i + 1, want->v4[i]);
	kn_req_end(req, conf);
	kn_req_end(req, inet);
	kn_req_end(req, spec);
}

/* "Everything differs" in one position only: the general form then sends just that one. */
static void req_one_conf(struct kn_req *req, int ifindex, unsigned int id, uint32_t value)
{
	struct kn_nl_conf want = {.n4 = id};
	struct kn_nl_conf have = {.n4 = id};

	want.v4[id - 1] = value;
	have.v4[id - 1] = ~value;
	kn_req_inet_conf(req, ifindex, &want, &have);
}

/* "Everything differs" in one position only: the general form then sends just that one. */
void kn_req_rp_filter(struct kn_req *req, int ifindex, uint32_t value)
{
	req_one_conf(req, ifindex, IPV4_DEVCONF_RP_FILTER, value);
}

void kn_req_arp_notify(struct kn_req *req, int ifindex, uint32_t value)
{
	req_one_conf(req, ifindex, IPV4_DEVCONF_ARP_NOTIFY, value);
}

void kn_req_promote(struct kn_req *req, int ifindex, uint32_t value)
{
	req_one_conf(req, ifindex, IPV4_DEVCONF_PROMOTE_SECONDARIES, value);
}
