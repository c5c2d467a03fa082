/* A host's bonds, VLANs and bridges as an INI file: what the files say, key by key.
 * Layer: cli, pure. */
#include "cli/export.h"

#include <string.h>

#include "codec/resolv.h"

/* ---- lists ---- */

static void put_ports(const struct kn_state *state, const struct kn_conf *bridge,
		      struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool bond = bridge->type == KN_CONF_BOND;
	struct kn_error why = {0};
	struct kn_ifname name;

	for (size_t i = 0; i < state->confs.n; i++) {
		const struct kn_conf *conf = &state->confs.v[i];

		if (!kn_ifname_eq(bond ? &conf->master : &conf->bridge, &bridge->name))
			continue;
		if (kn_ifname_parse(conf->name.s, &name, &why) < 0)
			kn_doc_refuse(ret, ret->n - 1, why.message);
		kn_buf_printf(&list, "%s%s", list.len ? " " : "", conf->name.s);
	}
	if (list.len)
		kn_doc_key(ret, "ports", kn_buf_str(&list));
}

static size_t put_addrs(const struct kn_ipconf *ip, enum kn_family family, struct kn_buf *list)
{
	char text[KN_CIDR_STRLEN];
	size_t n = 0;

	for (size_t i = 0; i < ip->addrs.n; i++)
		if (ip->addrs.v[i].ip.family == family)
			kn_buf_printf(list, "%s%s", n++ ? " " : "",
				      kn_cidr_fmt(&ip->addrs.v[i], text));
	return n;
}

/* A lease beside an address of one's own has no word: what is there stays. */
static void put_family(const struct kn_conf *conf, enum kn_family family, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_ipconf *ip = &conf->ip;
	bool v4 = family == KN_IPV4, dhcp = v4 ? ip->dhcp4 : ip->dhcp6;
	bool bridge = conf->type == KN_CONF_BRIDGE;
	bool slaac = !v4 && ip->slaac;
	size_t n = put_addrs(ip, family, &list);
	/* Addresses of routers' advertisements are in no file: they are left alone. */
	const char *word = v4 || kn_ipconf_has_no_addr(ip) ? "none" : "inherit";

	if ((dhcp || slaac) + (n > 0) + (dhcp && slaac) > 1)
		word = "inherit";
	else if (n)
		word = kn_buf_str(&list);
	else if (dhcp || slaac)
		word = dhcp ? "dhcp" : "auto";
	/* Only a bridge has the word; elsewhere a key that is left out says the same. A file
	 * without a word about IPv6 is not to get one. */
	if (!bridge && !v4 && conf->unsaid6)
		return;
	if (bridge || strcmp(word, "inherit") != 0)
		kn_doc_key(ret, v4 ? "ipv4" : "ipv6", word);
}

static void put_gateways(const struct kn_ipconf *ip, struct kn_doc *ret)
{
	char four[KN_IP_STRLEN], six[KN_IP_STRLEN];
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (ip->onlink4 || ip->no_defroute) {
		kn_doc_comment(ret, ip->onlink4
					    ? "its gateway, which a link route reaches, is kept"
					    : "its gateway, which is no default route, is kept");
		return;
	}
	if (ip->gateway4.family && !ip->dhcp4)
		kn_buf_puts(&list, kn_ip_fmt(&ip->gateway4, four));
	if (ip->gateway6.family)
		kn_buf_printf(&list, "%s%s", list.len ? " " : "", kn_ip_fmt(&ip->gateway6, six));
	if (list.len)
		kn_doc_key(ret, "gateway", kn_buf_str(&list));
}

/* Does the running system use the name servers of the file? Named in a file that is applied, they
 * would be written into resolv.conf. */
static bool dns_runs(const struct kn_state *state, const struct kn_ipconf *ip, struct kn_doc *ret)
{
	const struct kn_file *file = kn_tree_get(&state->tree, "/etc/resolv.conf");
	struct kn_resolv have = {0};
	struct kn_error why = {0};
	bool runs;

	if (!state->facts.live || (!ip->dns.n && !ip->search.n))
		return true;
	if (kn_resolv_read(file ? file->data : "", file ? file->len : 0, &have, &why) < 0)
		ret->failed = true; /* there is no other reason */
	runs = kn_resolv_has_servers(&have, &ip->dns) && kn_resolv_has_search(&have, &ip->search);
	kn_resolv_done(&have);
	return runs;
}

static void put_dns(const struct kn_state *state, const struct kn_ipconf *ip, struct kn_doc *ret)
{
	bool runs = dns_runs(state, ip, ret);
	struct kn_buf dns KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf search KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char text[KN_IP_STRLEN];

	for (size_t i = 0; i < ip->dns.n; i++)
		kn_buf_printf(&dns, "%s%s", i ? " " : "", kn_ip_fmt(&ip->dns.v[i], text));
	for (size_t i = 0; i < ip->search.n; i++)
		kn_buf_printf(&search, "%s%s", i ? " " : "", ip->search.v[i]);
	if (!runs)
		kn_doc_comment(ret, "kept as they are, because /etc/resolv.conf has others:");
	if (dns.len)
		kn_doc_key(ret, runs ? "dns" : "#dns", kn_buf_str(&dns));
	if (search.len)
		kn_doc_key(ret, runs ? "search" : "#search", kn_buf_str(&search));
}

/* A route of the files may have more than the option takes; then all of them are kept. */
static bool is_plain(const struct kn_route *route)
{
	return !route->multipath && !route->odd && !route->onlink && !route->src.family &&
	       !route->metrics_len && !kn_route_is_default(route);
}

static void put_routes(const struct kn_routes *routes, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char dst[KN_CIDR_STRLEN], via[KN_IP_STRLEN];

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		if (!is_plain(route)) {
			kn_doc_comment(ret, "its routes, of which a key cannot say all, are kept");
			return;
		}
		kn_buf_printf(&list, "%s%s", i ? " " : "", kn_cidr_fmt(&route->dst, dst));
		if (route->gateway.family)
			kn_buf_printf(&list, ",via=%s", kn_ip_fmt(&route->gateway, via));
		if (route->has_metric)
			kn_buf_printf(&list, ",metric=%u", route->metric);
	}
	if (list.len)
		kn_doc_key(ret, "route", kn_buf_str(&list));
}

/* ---- sections ---- */

static void put_opts(const struct kn_opts *opts, unsigned int n,
		     const struct kn_opt_info *(*info)(unsigned int), struct kn_doc *ret)
{
	char text[16];

	for (unsigned int i = 0; i < n; i++)
		if (kn_opts_has(opts, i))
			kn_doc_key(ret, info(i)->name, kn_opt_fmt(info(i), opts->val[i], text));
}

static void put_ip(const struct kn_state *state, const struct kn_conf *conf, struct kn_doc *ret)
{
	struct kn_buf number KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_ipconf *ip = &conf->ip;

	put_family(conf, KN_IPV4, ret);
	put_family(conf, KN_IPV6, ret);
	if (kn_ipconf_has_no_addr(ip))
		return;
	put_gateways(ip, ret);
	kn_buf_printf(&number, "%u", ip->metric);
	if (ip->has_metric)
		kn_doc_key(ret, "metric", kn_buf_str(&number));
	put_dns(state, ip, ret);
	put_routes(&ip->routes, ret);
}

static void put_link(const struct kn_conf *conf, struct kn_doc *ret)
{
	struct kn_buf mtu KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char mac[KN_MAC_STRLEN];

	kn_buf_printf(&mtu, "%u", conf->mtu);
	if (conf->groups & KN_GROUP_MTU && conf->mtu)
		kn_doc_key(ret, "mtu", kn_buf_str(&mtu));
	if (conf->groups & KN_GROUP_ZONE && conf->zone)
		kn_doc_key(ret, "zone", conf->zone);
	if (conf->has_mac && conf->type != KN_CONF_VLAN)
		kn_doc_key(ret, "mac", kn_mac_fmt(&conf->mac, mac));
}

static int put_bridge(const struct kn_state *state, const struct kn_conf *conf, struct kn_doc *ret,
		      struct kn_error *err)
{
	if (kn_doc_begin(ret, "bridge", conf->name.s, err) < 0)
		return -1;
	put_ports(state, conf, ret);
	put_ip(state, conf, ret);
	put_link(conf, ret);
	put_opts(&conf->opts, KN_BROPT_COUNT, kn_bridge_opt_info, ret);
	return 0;
}

/* The options that the mode has; a file may name others, which nobody heeds. */
static struct kn_opts heeded(const struct kn_conf *conf)
{
	struct kn_opts opts = conf->bond_opts;

	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++)
		if (!kn_bond_mode_has((uint32_t)conf->bond_mode, i))
			opts.has &= ~(1u << i);
	return opts;
}

static bool has_ports(const struct kn_state *state, const struct kn_conf *bond)
{
	for (size_t i = 0; i < state->confs.n; i++)
		if (kn_ifname_eq(&state->confs.v[i].master, &bond->name))
			return true;
	return false;
}

static int put_bond(const struct kn_state *state, const struct kn_conf *conf, struct kn_doc *ret,
		    struct kn_error *err)
{
	struct kn_opts opts = heeded(conf);

	if (kn_doc_begin(ret, "bond", conf->name.s, err) < 0)
		return -1;
	if (!has_ports(state, conf))
		kn_doc_refuse(ret, ret->n - 1, "it has no port, and a section has to name some");
	put_ports(state, conf, ret);
	put_opts(&opts, KN_BONDOPT_COUNT, kn_bond_opt_info, ret);
	if (kn_ifname_is_set(&conf->primary) && kn_bond_mode_has_primary((uint32_t)conf->bond_mode))
		kn_doc_key(ret, "primary", conf->primary.s);
	if (!kn_ifname_is_set(&conf->bridge))
		put_ip(state, conf, ret);
	put_link(conf, ret);
	return 0;
}

/* One whose name does not have its number is none for network-scripts. */
static int put_vlan(const struct kn_state *state, const struct kn_conf *conf, struct kn_doc *ret,
		    struct kn_error *err)
{
	const struct kn_vlan *vlan = &conf->vlan;
	struct kn_buf id KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_doc_begin(ret, "vlan", conf->name.s, err) < 0)
		return -1;
	kn_buf_printf(&id, "%u", vlan->id);
	if (!kn_ifname_is_set(&vlan->link) || !vlan->id)
		kn_doc_refuse(ret, ret->n - 1, "what it is a VLAN of cannot be told");
	else if (!kn_vlan_is_named(vlan, conf->name.s))
		kn_doc_refuse(
			ret, ret->n - 1,
			"its name does not tell its number as readers of ifcfg files want it");
	kn_doc_key(ret, "link", vlan->link.s);
	kn_doc_key(ret, "id", kn_buf_str(&id));
	if (!kn_ifname_is_set(&conf->bridge))
		put_ip(state, conf, ret);
	put_link(conf, ret);
	return 0;
}

static int put_port(const struct kn_state *state, const struct kn_conf *conf, struct kn_doc *ret,
		    struct kn_error *err)
{
	(void)state;
	if (kn_doc_begin(ret, "ethernet", conf->name.s, err) < 0)
		return -1;
	put_opts(&conf->port_opts, KN_PORTOPT_COUNT, kn_port_opt_info, ret);
	return 0;
}

static bool is_port(const struct kn_state *state, const struct kn_conf *conf)
{
	const struct kn_conf *bridge =
		conf->port_opts.has ? kn_confs_get(&state->confs, &conf->bridge) : NULL;

	return bridge && bridge->type == KN_CONF_BRIDGE;
}

static int put_type(const struct kn_state *state, enum kn_conf_type type,
		    int (*put)(const struct kn_state *, const struct kn_conf *, struct kn_doc *,
			       struct kn_error *),
		    struct kn_doc *ret, struct kn_error *err)
{
	for (size_t i = 0; i < state->confs.n; i++)
		if (state->confs.v[i].type == type && put(state, &state->confs.v[i], ret, err) < 0)
			return -1;
	return 0;
}

/* From the bottom up, as a person would read them. */
int kn_export(const struct kn_state *state, struct kn_doc *ret, struct kn_error *err)
{
	if (put_type(state, KN_CONF_BOND, put_bond, ret, err) < 0 ||
	    put_type(state, KN_CONF_VLAN, put_vlan, ret, err) < 0 ||
	    put_type(state, KN_CONF_BRIDGE, put_bridge, ret, err) < 0)
		return -1;
	for (size_t i = 0; i < state->confs.n; i++)
		if (is_port(state, &state->confs.v[i]) &&
		    put_port(state, &state->confs.v[i], ret, err) < 0)
			return -1;
	return 0;
}
