/* A host's bonds, VLANs and bridges as an INI file: what the files say, key by key.
 * Layer: cli, pure. */
#include "cli/export.h"

#include <string.h>

#include "codec/resolv.h"

/* Keys align, as people write them. */
void kn_export_key(struct kn_buf *ret, const char *key, const char *value)
{
	kn_buf_printf(ret, "%-15s%s= %s\n", key, strlen(key) > 15 ? " " : "", value);
}

/* ---- lists ---- */

static void put_ports(const struct kn_state *state, const struct kn_conf *bridge,
		      struct kn_buf *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool bond = bridge->type == KN_CONF_BOND;

	for (size_t i = 0; i < state->confs.n; i++) {
		const struct kn_conf *conf = &state->confs.v[i];

		if (kn_ifname_eq(bond ? &conf->master : &conf->bridge, &bridge->name))
			kn_buf_printf(&list, "%s%s", list.len ? " " : "", conf->name.s);
	}
	if (list.len)
		kn_export_key(ret, "ports", kn_buf_str(&list));
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
static void put_family(const struct kn_ipconf *ip, enum kn_family family, bool bridge,
		       struct kn_buf *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool v4 = family == KN_IPV4, dhcp = v4 ? ip->dhcp4 : ip->dhcp6;
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
	/* Only a bridge has the word; elsewhere a key that is left out says the same. */
	if (bridge || strcmp(word, "inherit") != 0)
		kn_export_key(ret, v4 ? "ipv4" : "ipv6", word);
}

static void put_gateways(const struct kn_ipconf *ip, struct kn_buf *ret)
{
	char four[KN_IP_STRLEN], six[KN_IP_STRLEN];
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	/* One that only a link route reaches, or that is not to be used, is kept as it is. */
	if (ip->onlink4 || ip->no_defroute)
		return;
	if (ip->gateway4.family && !ip->dhcp4)
		kn_buf_puts(&list, kn_ip_fmt(&ip->gateway4, four));
	if (ip->gateway6.family)
		kn_buf_printf(&list, "%s%s", list.len ? " " : "", kn_ip_fmt(&ip->gateway6, six));
	if (list.len)
		kn_export_key(ret, "gateway", kn_buf_str(&list));
}

/* Does the running system use the name servers of the file? Named in a file that is applied, they
 * would be written into resolv.conf. */
static bool dns_runs(const struct kn_state *state, const struct kn_ipconf *ip, struct kn_buf *ret)
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

static void put_dns(const struct kn_state *state, const struct kn_ipconf *ip, struct kn_buf *ret)
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
		kn_buf_puts(ret, "# kept as they are, because /etc/resolv.conf has others:\n");
	if (dns.len)
		kn_export_key(ret, runs ? "dns" : "#dns", kn_buf_str(&dns));
	if (search.len)
		kn_export_key(ret, runs ? "search" : "#search", kn_buf_str(&search));
}

/* A route of the files may have more than the option takes; then all of them are kept. */
static bool is_plain(const struct kn_route *route)
{
	return !route->multipath && !route->odd && !route->onlink && !route->src.family &&
	       !route->metrics_len && !kn_route_is_default(route);
}

static void put_routes(const struct kn_routes *routes, struct kn_buf *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char dst[KN_CIDR_STRLEN], via[KN_IP_STRLEN];

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		if (!is_plain(route))
			return;
		kn_buf_printf(&list, "%s%s", i ? " " : "", kn_cidr_fmt(&route->dst, dst));
		if (route->gateway.family)
			kn_buf_printf(&list, ",via=%s", kn_ip_fmt(&route->gateway, via));
		if (route->has_metric)
			kn_buf_printf(&list, ",metric=%u", route->metric);
	}
	if (list.len)
		kn_export_key(ret, "route", kn_buf_str(&list));
}

/* ---- sections ---- */

static void put_opts(const struct kn_opts *opts, unsigned int n,
		     const struct kn_opt_info *(*info)(unsigned int), struct kn_buf *ret)
{
	char text[16];

	for (unsigned int i = 0; i < n; i++)
		if (kn_opts_has(opts, i))
			kn_export_key(ret, info(i)->name, kn_opt_fmt(info(i), opts->val[i], text));
}

static void put_ip(const struct kn_state *state, const struct kn_conf *conf, struct kn_buf *ret)
{
	struct kn_buf number KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_ipconf *ip = &conf->ip;

	put_family(ip, KN_IPV4, conf->type == KN_CONF_BRIDGE, ret);
	put_family(ip, KN_IPV6, conf->type == KN_CONF_BRIDGE, ret);
	if (kn_ipconf_has_no_addr(ip))
		return;
	put_gateways(ip, ret);
	kn_buf_printf(&number, "%u", ip->metric);
	if (ip->has_metric)
		kn_export_key(ret, "metric", kn_buf_str(&number));
	put_dns(state, ip, ret);
	put_routes(&ip->routes, ret);
}

static void put_link(const struct kn_conf *conf, struct kn_buf *ret)
{
	struct kn_buf mtu KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char mac[KN_MAC_STRLEN];

	kn_buf_printf(&mtu, "%u", conf->mtu);
	if (conf->groups & KN_GROUP_MTU && conf->mtu)
		kn_export_key(ret, "mtu", kn_buf_str(&mtu));
	if (conf->groups & KN_GROUP_ZONE && conf->zone)
		kn_export_key(ret, "zone", conf->zone);
	if (conf->has_mac && conf->type != KN_CONF_VLAN)
		kn_export_key(ret, "mac", kn_mac_fmt(&conf->mac, mac));
}

static void put_bridge(const struct kn_state *state, const struct kn_conf *conf, struct kn_buf *ret)
{
	kn_buf_printf(ret, "\n[bridge %s]\n", conf->name.s);
	put_ports(state, conf, ret);
	put_ip(state, conf, ret);
	put_link(conf, ret);
	put_opts(&conf->opts, KN_BROPT_COUNT, kn_bridge_opt_info, ret);
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

static void put_bond(const struct kn_state *state, const struct kn_conf *conf, struct kn_buf *ret)
{
	struct kn_opts opts = heeded(conf);

	if (!has_ports(state, conf))
		return; /* nothing that a file of ours could say */
	kn_buf_printf(ret, "\n[bond %s]\n", conf->name.s);
	put_ports(state, conf, ret);
	put_opts(&opts, KN_BONDOPT_COUNT, kn_bond_opt_info, ret);
	if (kn_ifname_is_set(&conf->primary) && kn_bond_mode_has_primary((uint32_t)conf->bond_mode))
		kn_export_key(ret, "primary", conf->primary.s);
	if (!kn_ifname_is_set(&conf->bridge))
		put_ip(state, conf, ret);
	put_link(conf, ret);
}

/* One whose name does not have its number is none for network-scripts. */
static void put_vlan(const struct kn_state *state, const struct kn_conf *conf, struct kn_buf *ret)
{
	const struct kn_vlan *vlan = &conf->vlan;
	struct kn_buf id KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_printf(&id, "%u", vlan->id);
	if (!kn_vlan_is_named(vlan, conf->name.s))
		return;
	kn_buf_printf(ret, "\n[vlan %s]\n", conf->name.s);
	kn_export_key(ret, "link", vlan->link.s);
	kn_export_key(ret, "id", kn_buf_str(&id));
	if (!kn_ifname_is_set(&conf->bridge))
		put_ip(state, conf, ret);
	put_link(conf, ret);
}

static void put_port(const struct kn_conf *conf, struct kn_buf *ret)
{
	kn_buf_printf(ret, "\n[ethernet %s]\n", conf->name.s);
	put_opts(&conf->port_opts, KN_PORTOPT_COUNT, kn_port_opt_info, ret);
}

int kn_export(const struct kn_state *state, struct kn_buf *ret, struct kn_error *err)
{
	kn_buf_puts(ret,
		    "# The bonds, VLANs and bridges that this host's files describe, and libvirt's "
		    "networks;\n# kvmnet.conf(5).\n");
	for (size_t i = 0; i < state->confs.n; i++)
		if (state->confs.v[i].type == KN_CONF_BOND)
			put_bond(state, &state->confs.v[i], ret);
	for (size_t i = 0; i < state->confs.n; i++)
		if (state->confs.v[i].type == KN_CONF_VLAN)
			put_vlan(state, &state->confs.v[i], ret);
	for (size_t i = 0; i < state->confs.n; i++)
		if (state->confs.v[i].type == KN_CONF_BRIDGE)
			put_bridge(state, &state->confs.v[i], ret);
	for (size_t i = 0; i < state->confs.n; i++) {
		const struct kn_conf *conf = &state->confs.v[i];
		const struct kn_conf *bridge = kn_confs_get(&state->confs, &conf->bridge);

		if (conf->port_opts.has && bridge && bridge->type == KN_CONF_BRIDGE)
			put_port(conf, ret);
	}
	return kn_buf_check(ret, err);
}
