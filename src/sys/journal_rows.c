/* The rows of the journal's tables, and what some of them carry besides one line: file bytes,
 * extended attributes, the legs of a route, a network's definition. Layer: sys, pure. */
#include "sys/journal_rows.h"

#include <string.h>

#include "sys/sys.h"

/* A file of KN_FILE_MAX grows by an edit, and by the head of a record when it is kept as one. */
#define BYTES_MAX (2 * KN_FILE_MAX)
/* Source: Linux, include/uapi/linux/limits.h, XATTR_SIZE_MAX. */
#define XATTR_MAX (64 * 1024)
#define XML_MAX	  (1024 * 1024)

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define AT(kind, word, s, member)                                                                  \
	word, KN_REC_##kind, offsetof(struct s, member), sizeof(((struct s *)0)->member)
/* In a bool, any other value than 0 and 1 is undefined behaviour. */
#define ROW(kind, word, s, member)                                                                 \
	{                                                                                          \
		AT(kind, word, s, member),                                                         \
			_Generic(((struct s *)0)->member, bool : 1, default : 0), NULL, 0, NULL    \
	}
/* A set of flags: one that is not known here would be lost. */
#define FLAGS(word, s, member, all)                                                                \
	{                                                                                          \
		AT(UINT, word, s, member), all, NULL, 0, NULL                                      \
	}
#define WORDS(word, s, member, list)                                                               \
	{                                                                                          \
		AT(ENUM, word, s, member), COUNT(list), list, 0, NULL                              \
	}
#define BYTES(word, s, member, length)                                                             \
	{                                                                                          \
		AT(BYTES, word, s, member), 0, NULL, offsetof(struct s, length), NULL              \
	}
#define OPTS(word, s, member, count, table)                                                        \
	{                                                                                          \
		AT(OPTS, word, s, member), count, NULL, 0, table                                   \
	}

/* Words stay as they are for good: records of older versions are read with them. */
static const char *const verbs[] = {
	[KN_BRIDGE_CREATE] = "bridge-create",
	[KN_BRIDGE_SET] = "bridge-set",
	[KN_BRIDGE_DELETE] = "bridge-delete",
	[KN_PORT_ADD] = "port-add",
	[KN_PORT_REMOVE] = "port-remove",
	[KN_PORT_SET] = "port-set",
	[KN_NET_CREATE] = "net-create",
	[KN_NET_DELETE] = "net-delete",
	[KN_NET_HOST_ADD] = "net-host-add",
	[KN_NET_HOST_REMOVE] = "net-host-remove",
	[KN_BOND_CREATE] = "bond-create",
	[KN_VLAN_CREATE] = "vlan-create",
	[KN_BOND_RELEASE] = "bond-release",
	[KN_LINK_DELETE] = "link-delete",
	[KN_APPLY] = "apply",
};

static const char *const link_kinds[] = {
	[KN_LINK_PHYSICAL] = "physical", [KN_LINK_LOOPBACK] = "loopback", [KN_LINK_WLAN] = "wlan",
	[KN_LINK_BRIDGE] = "bridge",	 [KN_LINK_BOND] = "bond",	  [KN_LINK_TEAM] = "team",
	[KN_LINK_VLAN] = "vlan",	 [KN_LINK_VETH] = "veth",	  [KN_LINK_TUN] = "tun",
	[KN_LINK_MACVLAN] = "macvlan",	 [KN_LINK_OTHER] = "other",
};

static const char *const families[] = {
	[KN_FAMILY_NONE] = "none", [KN_IPV4] = "ipv4", [KN_IPV6] = "ipv6"};

const struct kn_rec_field kn_journal_fields[] = {
	ROW(UINT, "number", kn_journal, number),
	WORDS("verb", kn_journal, verb, verbs),
	ROW(NAME, "bridge", kn_journal, bridge),
	ROW(UINT, "undoes", kn_journal, undoes),
	ROW(STR, "command", kn_journal, command),
	ROW(UINT, "time", kn_journal, time_s),
	ROW(TEXT, "boot", kn_journal, boot_id),
	ROW(UINT, "deadline", kn_journal, deadline_ms),
	ROW(UINT, "live", kn_journal, has_live),
	FLAGS("reads", kn_journal, reads,
	      KN_JREAD_ADDRS | KN_JREAD_ROUTES | KN_JREAD_NEIGHS | KN_JREAD_POLICY),
	ROW(STR, "libvirt", kn_journal, uri),
};
const size_t kn_journal_n_fields = COUNT(kn_journal_fields);

/* Whether a side is there is said by its bytes (put_file()), not by a flag that could disagree. */
static const struct kn_rec_field file_fields[] = {
	ROW(STR, "path", kn_jfile, path),	ROW(UINT, "live", kn_jfile, live_only),
	ROW(UINT, "state", kn_jfile, is_state), ROW(UINT, "mode", kn_jfile, mode),
	ROW(UINT, "uid", kn_jfile, uid),	ROW(UINT, "gid", kn_jfile, gid),
};

static const struct kn_rec_field xattr_fields[] = {ROW(STR, "name", kn_xattr, name)};

static const struct kn_rec_field name_fields[] = {ROW(NAME, "name", kn_ifname, s)};

/* The index, the state and the like are not put back; they tell who a link was. */
static const struct kn_rec_field link_fields[] = {
	ROW(NAME, "name", kn_link, name),
	ROW(INT, "index", kn_link, ifindex),
	WORDS("kind", kn_link, kind, link_kinds),
	ROW(TEXT, "kind-word", kn_link, kind_word),
	ROW(UINT, "flags", kn_link, flags),
	ROW(UINT, "operstate", kn_link, operstate),
	ROW(UINT, "mtu", kn_link, mtu),
	ROW(MAC, "mac", kn_link, mac),
	ROW(UINT, "has-mac", kn_link, has_mac),
	ROW(UINT, "mac-set", kn_link, mac_set),
	ROW(NAME, "master", kn_link, master),
	ROW(INT, "master-index", kn_link, master_index),
	ROW(UINT, "group", kn_link, group),
	ROW(UINT, "addr-gen-mode", kn_link, addr_gen_mode),
	ROW(UINT, "disable-ipv6", kn_link, disable_ipv6),
	ROW(UINT, "rp-filter", kn_link, rp_filter),
	ROW(UINT, "promote", kn_link, promote),
	ROW(UINT, "accept-ra", kn_link, accept_ra),
	ROW(UINT, "port-state", kn_link, port_state),
	ROW(INT, "bond-mode", kn_link, bond_mode),
	OPTS("opts", kn_link, opts, KN_BROPT_COUNT, kn_bridge_opt_info),
	OPTS("port-opts", kn_link, port_opts, KN_PORTOPT_COUNT, kn_port_opt_info),
	OPTS("bond-opts", kn_link, bond_opts, KN_BONDOPT_COUNT, kn_bond_opt_info),
	ROW(NAME, "primary", kn_link, primary),
	ROW(NAME, "lower", kn_link, lower),
	ROW(UINT, "vlan", kn_link, vlan_id),
};

static const struct kn_rec_field addr_fields[] = {
	ROW(NAME, "dev", kn_laddr, dev),
	ROW(CIDR, "addr", kn_laddr, addr),
	ROW(IP, "peer", kn_laddr, peer),
	ROW(IP, "broadcast", kn_laddr, broadcast),
	ROW(TEXT, "label", kn_laddr, label),
	ROW(UINT, "flags", kn_laddr, flags),
	ROW(UINT, "scope", kn_laddr, scope),
	ROW(UINT, "proto", kn_laddr, proto),
	ROW(UINT, "valid", kn_laddr, valid_s),
	ROW(UINT, "preferred", kn_laddr, preferred_s),
	ROW(UINT, "has-metric", kn_laddr, has_metric),
	ROW(UINT, "metric", kn_laddr, metric),
};

/* Its legs are lines of their own behind it. */
static const struct kn_rec_field route_fields[] = {
	ROW(CIDR, "dst", kn_route, dst),
	ROW(IP, "via", kn_route, gateway),
	ROW(IP, "src", kn_route, src),
	ROW(NAME, "dev", kn_route, dev),
	ROW(UINT, "has-metric", kn_route, has_metric),
	ROW(UINT, "onlink", kn_route, onlink),
	ROW(UINT, "metric", kn_route, metric),
	ROW(UINT, "table", kn_route, table),
	ROW(UINT, "nhid", kn_route, nhid),
	ROW(UINT, "expires", kn_route, expires_s),
	ROW(UINT, "type", kn_route, type),
	ROW(UINT, "scope", kn_route, scope),
	ROW(UINT, "proto", kn_route, proto),
	ROW(UINT, "tos", kn_route, tos),
	ROW(UINT, "pref", kn_route, pref),
	ROW(UINT, "multipath", kn_route, multipath),
	ROW(UINT, "odd", kn_route, odd),
	BYTES("metrics", kn_route, metrics, metrics_len),
};

static const struct kn_rec_field leg_fields[] = {
	ROW(NAME, "dev", kn_leg, dev),
	ROW(IP, "via", kn_leg, gateway),
	ROW(UINT, "onlink", kn_leg, onlink),
	ROW(UINT, "hops", kn_leg, hops),
};

static const struct kn_rec_field neigh_fields[] = {
	ROW(NAME, "dev", kn_neigh, dev),     ROW(IP, "dst", kn_neigh, dst),
	ROW(MAC, "mac", kn_neigh, mac),	     ROW(UINT, "has-mac", kn_neigh, has_mac),
	ROW(UINT, "state", kn_neigh, state), ROW(UINT, "flags", kn_neigh, flags),
};

static const struct kn_rec_field nexthop_fields[] = {
	ROW(UINT, "id", kn_nexthop, id),	 WORDS("family", kn_nexthop, family, families),
	ROW(NAME, "dev", kn_nexthop, dev),	 ROW(IP, "via", kn_nexthop, gateway),
	ROW(UINT, "onlink", kn_nexthop, onlink), ROW(UINT, "odd", kn_nexthop, odd),
	ROW(UINT, "proto", kn_nexthop, proto),	 BYTES("encap", kn_nexthop, encap, encap_len),
};

/* A rule may name what is no interface and never was one: its names are any text. */
static const struct kn_rec_field rule_fields[] = {
	WORDS("family", kn_rule, family, families),
	ROW(UINT, "priority", kn_rule, priority),
	ROW(UINT, "table", kn_rule, table),
	ROW(TEXT, "iif", kn_rule, iif),
	ROW(TEXT, "oif", kn_rule, oif),
	BYTES("raw", kn_rule, raw, raw_len),
};

/* The address tells our link from another one of the same name. */
static const struct kn_rec_field made_fields[] = {
	ROW(NAME, "name", kn_jlink, name),
	ROW(UINT, "has-mac", kn_jlink, has_mac),
	ROW(MAC, "mac", kn_jlink, mac),
};

static const struct kn_rec_field net_fields[] = {
	ROW(STR, "name", kn_jnet, name),
	ROW(UINT, "present", kn_jnet, present),
	ROW(UINT, "active", kn_jnet, active),
	ROW(UINT, "autostart", kn_jnet, autostart),
	ROW(UINT, "persistent", kn_jnet, persistent),
	ROW(STR, "after", kn_jnet, after),
};

void *kn_journal_add(struct kn_rec *rec, void *items, size_t *n, size_t *cap, size_t size)
{
	struct kn_error dropped;

	if (kn_grow(items, cap, *n + 1, size, &dropped) < 0) {
		rec->nomem = true;
		return NULL;
	}
	/* @items may be the address of any kind of pointer: copied, not read as another type. */
	char *v;
	memcpy(&v, items, sizeof(v));
	return v + size * (*n)++;
}

static void put_file(struct kn_buf *buf, const void *item)
{
	const struct kn_jfile *file = item;

	kn_rec_put_bytes(buf, "before", file->before_present ? file->before : NULL,
			 file->before_len);
	kn_rec_put_bytes(buf, "after", file->after_present ? file->after : NULL, file->after_len);
	for (size_t i = 0; i < file->n_xattrs; i++) {
		kn_buf_puts(buf, "xattr");
		kn_rec_put_fields(buf, xattr_fields, COUNT(xattr_fields), &file->xattrs[i]);
		kn_buf_putc(buf, '\n');
		kn_rec_put_bytes(buf, "value", file->xattrs[i].value, file->xattrs[i].len);
	}
}

/* What was read so far belongs to @item also on failure: kn_journal_done() frees it. */
static bool take_file(struct kn_rec *rec, void *item)
{
	struct kn_jfile *file = item;

	if (file->path[0] != '/' ||
	    !kn_rec_take_bytes(rec, "before", BYTES_MAX, &file->before, &file->before_len) ||
	    !kn_rec_take_bytes(rec, "after", BYTES_MAX, &file->after, &file->after_len))
		return false;
	file->before_present = file->before != NULL;
	file->after_present = file->after != NULL;
	while (kn_rec_take(rec, "xattr")) {
		struct kn_xattr *xattr = kn_journal_add(rec, &file->xattrs, &file->n_xattrs,
							&file->cap_xattrs, sizeof(*xattr));

		if (!xattr || !kn_rec_take_fields(rec, xattr_fields, COUNT(xattr_fields), xattr) ||
		    !xattr->name || !kn_rec_take(rec, "\n") ||
		    !kn_rec_take_bytes(rec, "value", XATTR_MAX, &xattr->value, &xattr->len) ||
		    !xattr->value)
			return false;
	}
	return true;
}

static void put_legs(struct kn_buf *buf, const void *item)
{
	const struct kn_route *route = item;

	/* Beyond the array there is nothing that could be written. */
	if (route->n_legs > KN_ROUTE_LEGS)
		buf->failed = true;
	for (size_t i = 0; !buf->failed && i < route->n_legs; i++) {
		kn_buf_puts(buf, "leg");
		kn_rec_put_fields(buf, leg_fields, COUNT(leg_fields), &route->legs[i]);
		kn_buf_putc(buf, '\n');
	}
}

static bool take_legs(struct kn_rec *rec, void *item)
{
	struct kn_route *route = item;

	while (kn_rec_take(rec, "leg")) {
		if (route->n_legs == KN_ROUTE_LEGS ||
		    !kn_rec_take_fields(rec, leg_fields, COUNT(leg_fields),
					&route->legs[route->n_legs++]) ||
		    !kn_rec_take(rec, "\n"))
			return false;
	}
	return true;
}

static void put_xml(struct kn_buf *buf, const void *item)
{
	const struct kn_jnet *net = item;

	kn_rec_put_bytes(buf, "xml", net->xml, net->xml ? strlen(net->xml) : 0);
}

/* Shorter as a string than as bytes: a NUL inside, which no definition has. */
static bool take_xml(struct kn_rec *rec, void *item)
{
	struct kn_jnet *net = item;
	size_t len;

	return kn_rec_take_bytes(rec, "xml", XML_MAX, &net->xml, &len) &&
	       (!net->xml || strlen(net->xml) == len);
}

#define LIST(word, fields, type, list, n, cap, put, take)                                          \
	{                                                                                          \
		word, fields, COUNT(fields), sizeof(struct type),                                  \
			offsetof(struct kn_journal, list), offsetof(struct kn_journal, n),         \
			offsetof(struct kn_journal, cap), put, take                                \
	}

/* In this order and no other: a list that came twice would be read as an unknown line. */
const struct kn_jlist kn_journal_lists[] = {
	LIST("file", file_fields, kn_jfile, files, n_files, cap_files, put_file, take_file),
	LIST("scope", name_fields, kn_ifname, scope.v, scope.n, scope.cap, NULL, NULL),
	LIST("dhcp", name_fields, kn_ifname, dhcp.v, dhcp.n, dhcp.cap, NULL, NULL),
	LIST("link", link_fields, kn_link, live.links, live.n_links, live.cap_links, NULL, NULL),
	LIST("addr", addr_fields, kn_laddr, live.addrs, live.n_addrs, live.cap_addrs, NULL, NULL),
	LIST("route", route_fields, kn_route, live.routes.v, live.routes.n, live.routes.cap,
	     put_legs, take_legs),
	LIST("neigh", neigh_fields, kn_neigh, live.neighs, live.n_neighs, live.cap_neighs, NULL,
	     NULL),
	LIST("nexthop", nexthop_fields, kn_nexthop, live.nexthops, live.n_nexthops,
	     live.cap_nexthops, NULL, NULL),
	LIST("rule", rule_fields, kn_rule, live.rules, live.n_rules, live.cap_rules, NULL, NULL),
	LIST("made", made_fields, kn_jlink, made, n_made, cap_made, NULL, NULL),
	LIST("net", net_fields, kn_jnet, nets, n_nets, cap_nets, put_xml, take_xml),
};
const size_t kn_journal_n_lists = COUNT(kn_journal_lists);
