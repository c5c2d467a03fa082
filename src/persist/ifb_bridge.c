/* ifcfg-BR, and that of a bond or VLAN: made or edited for create, edited for set.
 * Layer: persist, pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "persist/ifb.h"

/* The path of the bridge's file; a file of something else in its place is refused. */
static int bridge_path(const struct kn_ifb *ifb, const struct kn_file **ret_file, char **ret_path,
		       struct kn_error *err)
{
	const struct kn_ifname *name = &ifb->target->bridge;
	const struct kn_file *file;
	char *path = NULL;

	if (kn_ifb_find(ifb->tree, name, &file, err) < 0)
		return -1;
	if (file) {
		path = strdup(file->path);
		if (!path)
			return kn_fail_nomem(err);
	} else if (kn_ifb_path(KN_IFB_IFCFG, name->s, &path, err) < 0) {
		return -1;
	} else if (kn_tree_get(ifb->tree, path)) {
		kn_fail(err, KN_ERR_HOSTFILE, 0,
			"this file is named after %s and describes another interface", name->s);
		kn_at(err, path, 0, 0);
		kn_hint(err, "take another name, or move the file away");
		free(path);
		return -1;
	}
	*ret_file = file;
	*ret_path = path;
	return 0;
}

/* What TYPE= says, in exactly this case for network-scripts. */
static const char *type_word(const struct kn_target *target)
{
	return target->verb == KN_BOND_CREATE	? "Bond"
	       : target->verb == KN_VLAN_CREATE ? "Vlan"
						: "Bridge";
}

/* A file that is there under the bridge's name may be somebody's work: it is only edited
 * when it describes a bridge. The case of the word is forgiven, put_head() sets it right. */
static int check_type(struct kn_ifb_out *out, const struct kn_target *target, struct kn_error *err)
{
	bool bond = target->verb == KN_BOND_CREATE, vlan = target->verb == KN_VLAN_CREATE;
	struct kn_conf conf = {0};
	const char *type;

	if (kn_ifcfg_get(out->text, KN_K(TYPE), &type, err) < 0)
		return -1;
	if (type && !strcasecmp(type, type_word(target)))
		return 0;
	/* Bonds and VLANs are often written without a type, or with that of a card. */
	if (bond || vlan) {
		if (kn_ifb_conf_parse(out->text, target->reader, &conf, err) < 0)
			return -1;
		bool is = conf.type == (bond ? KN_CONF_BOND : KN_CONF_VLAN);
		kn_ifb_conf_done(&conf);
		if (is)
			return 0;
	}
	kn_fail(err, KN_ERR_HOSTFILE, 0, "this file describes %s, but no %s", target->bridge.s,
		bond   ? "bond"
		: vlan ? "VLAN"
		       : "bridge");
	kn_at(err, out->path, kn_ifcfg_line(out->text, KN_K(TYPE)), 0);
	return kn_hint(err, "take another name, or move the file away");
}

/* Mixed on a bridge and its ports, NetworkManager brings the bridge up without them. */
static void put_nm_controlled(struct kn_ifb_out *out, enum kn_tri value)
{
	if (value == KN_UNSET)
		kn_ifb_unset(out, KN_K(NM_CONTROLLED));
	else
		kn_ifb_put_bool(out, KN_KEY_NM_CONTROLLED, value == KN_YES);
}

/* What makes the file a bridge's. The order of the calls is the order in a new file, and
 * it is the order people know from the guides. */
static void put_head(struct kn_ifb_out *out, const struct kn_target *target)
{
	const char *type = NULL;

	if (!out->failed && kn_ifcfg_get(out->text, KN_K(TYPE), &type, out->err) < 0)
		out->failed = true;
	/* In another case it is mended. */
	bool mine = type && !strcasecmp(type, type_word(target));
	kn_ifb_put(out, KN_K(DEVICE), target->bridge.s);
	if (mine || !kn_ifb_reads_as_link(out, target))
		kn_ifb_put(out, KN_K(TYPE), type_word(target));
	if (target->verb == KN_BOND_CREATE)
		kn_ifb_put_bond(out, target);
	if (target->verb == KN_VLAN_CREATE)
		kn_ifb_put_vlan(out, target);
	kn_ifb_put_bool(out, KN_KEY_ONBOOT, true);
	if (!kn_ifcfg_has(out->text, KN_K(BOOTPROTO)))
		kn_ifb_put(out, KN_K(BOOTPROTO), target->ip.dhcp4 ? "dhcp" : "none");
	put_nm_controlled(out, target->nm_controlled);
}

/* Without a MAC of its own the bridge takes its ports' lowest one, which changes when a
 * guest starts, and with it the DHCP lease. Upper case as in the distribution's files;
 * an equal address in another spelling stays. */
static void put_mac(struct kn_ifb_out *out, const struct kn_target *target)
{
	const uint8_t *b = target->mac.b;
	char buf[KN_MAC_STRLEN];
	const char *now;
	struct kn_mac mac;
	struct kn_error ignored;

	if (!target->has_mac || out->failed)
		return;
	if (kn_ifcfg_get(out->text, KN_K(MACADDR), &now, out->err) < 0) {
		out->failed = true;
		return;
	}
	if (now && kn_mac_parse(now, &mac, &ignored) == 0 && kn_mac_eq(&mac, &target->mac))
		return;
	(void)snprintf(buf, sizeof(buf), "%02X:%02X:%02X:%02X:%02X:%02X", b[0], b[1], b[2], b[3],
		       b[4], b[5]);
	kn_ifb_put(out, KN_K(MACADDR), buf);
}

/* ZONE stands on the bridge only: network-scripts never look at a port's. */
static void put_link(struct kn_ifb_out *out, const struct kn_target *target)
{
	char mtu[16];

	put_mac(out, target);
	(void)snprintf(mtu, sizeof(mtu), "%u", target->mtu);
	if ((target->groups & KN_GROUP_MTU) && target->mtu)
		kn_ifb_put(out, KN_K(MTU), mtu);
	if ((target->groups & KN_GROUP_ZONE) && target->zone)
		kn_ifb_put(out, KN_K(ZONE), target->zone);
}

/* The addresses for ifcfg-BR: those of alias files that move along stay in these. */
static int own_addrs(const struct kn_ifb *ifb, struct kn_cidrs *ret, struct kn_error *err)
{
	const struct kn_target *target = ifb->target;
	struct kn_cidrs aliased = {0};
	int rc = kn_ifb_alias_addrs(ifb->tree, &target->bridge, &aliased, err);

	if (rc == 0 && (target->inherited & KN_GROUP_ADDR) && kn_ifname_is_set(&target->uplink))
		rc = kn_ifb_alias_addrs(ifb->tree, &target->uplink, &aliased, err);
	for (size_t i = 0; rc == 0 && i < target->ip.addrs.n; i++) {
		bool is_alias = false;

		for (size_t k = 0; k < aliased.n; k++)
			is_alias |= kn_cidr_eq(&aliased.v[k], &target->ip.addrs.v[i]);
		if (!is_alias)
			rc = kn_cidrs_add(ret, &target->ip.addrs.v[i], err);
	}
	kn_cidrs_done(&aliased);
	return rc;
}

/* Is any way to an IPv6 address set? */
static bool has_ipv6(const struct kn_ipconf *ip)
{
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (ip->addrs.v[i].ip.family == KN_IPV6)
			return true;
	return ip->slaac || ip->dhcp6;
}

/* Keys that go along as they are: of inherited groups, what makes up a DHCP identity, and how
 * IPv6 behaves where the bridge has it (an IPv4 address given leaves IPv6 inherited). */
static bool goes_along(const char *key, const struct kn_target *target)
{
	const struct kn_ifb_key *row = kn_ifb_key_find(key);
	bool dhcp = target->ip.dhcp4 || target->ip.dhcp6;

	if (!row)
		return false;
	if (row->place == KN_IFB_DHCP_ONLY)
		return dhcp && (target->inherited & row->group);
	if (row->place != KN_IFB_VERBATIM)
		return false;
	if (dhcp && (kn_ifb_key_is(key, KN_KEY_DHCP_ANY) || kn_ifb_key_is(key, KN_KEY_DHCPV6_ANY) ||
		     kn_ifb_key_is(key, KN_KEY_DHCLIENTARGS)))
		return true;
	if (kn_ifb_key_is(key, KN_KEY_IPV6_ANY) && has_ipv6(&target->ip))
		return true;
	return target->inherited & row->group;
}

/* Copies what kvmnet does not model. Keys that ifcfg-BR has already win: they were put
 * there on purpose, or by an earlier, interrupted run. */
static void put_verbatim(struct kn_ifb_out *out, const struct kn_target *target,
			 struct kn_ifcfg *uplink)
{
	struct kn_strv keys = {0};

	if (out->failed || kn_ifb_keys(uplink, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n && !out->failed; i++) {
		const char *key = keys.v[i], *value;

		if (!goes_along(key, target) || kn_ifcfg_has(out->text, key))
			continue;
		if (kn_ifcfg_get(uplink, key, &value, out->err) < 0) {
			out->failed = true;
			break;
		}
		/* GATEWAYDEV and the like name the interface itself. */
		if (value && kn_ifname_is(&target->uplink, value))
			value = target->bridge.s;
		kn_ifb_put(out, key, value ? value : "");
	}
	kn_strv_done(&keys);
}

/* Everything that create says of the bridge, in the order of a new file. */
static void fill(struct kn_ifb_out *out, const struct kn_target *target,
		 const struct kn_cidrs *addrs, struct kn_ifcfg *uplink)
{
	static const struct kn_target nothing;
	struct kn_target bare = nothing;

	put_head(out, target);
	if (kn_verb_is_link(target->verb)) {
		kn_ifb_put_ip(out, target, addrs, target->groups);
		put_link(out, target);
		return;
	}
	if (target->groups & KN_GROUP_ADDR) {
		kn_ifb_put_ip(out, target, addrs, target->groups);
	} else { /* no addressing at all: what is left of an old one goes */
		bare.reader = target->reader;
		kn_ifb_put_ip(out, &bare, &bare.ip.addrs, KN_GROUP_IP);
	}
	kn_ifb_put_opts(out, target);
	put_link(out, target);
	if (uplink)
		put_verbatim(out, target, uplink);
}

/* Made anew or edited in place, the steps are the same: an empty text has nothing that
 * is right already, so every group is written. */
int kn_ifb_render_bridge(const struct kn_ifb *ifb, struct kn_ifcfg *uplink, struct kn_error *err)
{
	char *path KN_CLEANUP(kn_freep) = NULL;
	struct kn_cidrs addrs = {0};
	const struct kn_file *file;
	struct kn_ifb_out out;

	if (bridge_path(ifb, &file, &path, err) < 0 || kn_ifb_open(ifb, path, &out, err) < 0)
		return -1;
	int rc = file ? check_type(&out, ifb->target, err) : 0;
	if (rc == 0)
		rc = own_addrs(ifb, &addrs, err);
	if (rc == 0) {
		fill(&out, ifb->target, &addrs, uplink);
		rc = kn_ifb_save(ifb, &out, true, err);
	}
	kn_cidrs_done(&addrs);
	kn_ifb_close(&out);
	return rc;
}

/* MTU has to be the same on the ports. */
static int set_port_mtu(const struct kn_ifb *ifb, struct kn_error *err)
{
	struct kn_names ports = {0};
	char mtu[16];
	int rc = kn_ifb_ports(ifb->tree, &ifb->target->bridge, &ports, err);

	(void)snprintf(mtu, sizeof(mtu), "%u", ifb->target->mtu);
	for (size_t i = 0; i < ports.n && rc == 0; i++) {
		const struct kn_file *file;
		struct kn_ifb_out out;

		if (kn_ifb_find(ifb->tree, &ports.v[i], &file, err) < 0 ||
		    (file && kn_ifb_open(ifb, file->path, &out, err) < 0)) {
			rc = -1;
		} else if (file) {
			kn_ifb_put(&out, KN_K(MTU), mtu);
			rc = kn_ifb_save(ifb, &out, false, err);
			kn_ifb_close(&out);
		}
	}
	kn_names_done(&ports);
	return rc;
}

/* Only the groups asked for. The file has to be there: making one from a running bridge
 * would write down more than was asked. */
int kn_ifb_render_set(const struct kn_ifb *ifb, struct kn_error *err)
{
	const struct kn_target *target = ifb->target;
	char *path KN_CLEANUP(kn_freep) = NULL;
	struct kn_cidrs addrs = {0};
	const struct kn_file *file;
	struct kn_ifb_out out;

	if (bridge_path(ifb, &file, &path, err) < 0)
		return -1;
	if (!file) {
		kn_fail(err, KN_ERR_HOSTFILE, 0, "no file describes %s: there is no %s",
			target->bridge.s, path);
		return kn_hint(
			err,
			"kvmnet bridge create %s --port IF writes one for the bridge that runs; "
			"--no-persist changes the running kernel only",
			target->bridge.s);
	}
	if (kn_ifb_open(ifb, path, &out, err) < 0)
		return -1;
	int rc = check_type(&out, target, err);
	if (rc == 0)
		rc = own_addrs(ifb, &addrs, err);
	if (rc == 0) {
		kn_ifb_put_ip(&out, target, &addrs, target->groups);
		kn_ifb_put_opts(&out, target);
		put_link(&out, target);
		rc = kn_ifb_save(ifb, &out, false, err);
	}
	kn_cidrs_done(&addrs);
	kn_ifb_close(&out);
	if (rc == 0)
		rc = kn_ifb_render_routes(ifb, err);
	if (rc == 0 && (target->groups & KN_GROUP_MTU) && target->mtu)
		rc = set_port_mtu(ifb, err);
	return rc;
}
