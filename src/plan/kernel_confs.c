/* Links that run, as files would describe them. Layer: plan, pure.
 * Source of the kernel's own values: net/bridge/br_if.c, new_nbp() and port_cost(). */
#include "plan/kernel_confs.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "codec/resolv.h"
#include "kvmnet/buf.h"
#include "kvmnet/text.h"

#ifndef RTPROT_DHCP
#define RTPROT_DHCP 16
#endif

bool kn_port_stays(const struct kn_link *port)
{
	switch (port->kind) {
	case KN_LINK_PHYSICAL:
	case KN_LINK_WLAN:
	case KN_LINK_BOND:
	case KN_LINK_TEAM:
	case KN_LINK_VLAN:
	case KN_LINK_OTHER:
		return true;
	/* docker, podman and lxc name their ends so; another may be a container's way out. */
	case KN_LINK_VETH:
		return strncmp(port->name.s, "veth", 4) != 0 &&
		       strncmp(port->name.s, "vnet", 4) != 0;
	case KN_LINK_LOOPBACK:
	case KN_LINK_BRIDGE:
	case KN_LINK_TUN:
	case KN_LINK_MACVLAN:
		return false;
	}
	return false;
}

static bool is_libvirts(const struct kn_link *link)
{
	return !strncmp(link->name.s, "virbr", strlen("virbr"));
}

static enum kn_conf_type type_of(const struct kn_link *link)
{
	switch ((int)link->kind) {
	case KN_LINK_BRIDGE:
		return is_libvirts(link) ? KN_CONF_OTHER : KN_CONF_BRIDGE;
	case KN_LINK_BOND:
		return KN_CONF_BOND;
	case KN_LINK_VLAN:
		return KN_CONF_VLAN;
	}
	return KN_CONF_ETHERNET;
}

/* ---- addresses ---- */

static bool is_lasting(const struct kn_laddr *addr)
{
	return addr->valid_s == UINT32_MAX && addr->flags & IFA_F_PERMANENT;
}

/* Of IPv6 a lease is one address alone, advertisements give a network's.
 * Source: RFC 8415, section 21.6 (an address has no prefix length). */
static int take_addr(const struct kn_laddr *addr, struct kn_ipconf *ip, struct kn_error *err)
{
	bool v4 = addr->addr.ip.family == KN_IPV4;

	if (!v4 && kn_ip_is_link_local(&addr->addr.ip))
		return 0;
	if (is_lasting(addr))
		return kn_cidrs_add(&ip->addrs, &addr->addr, err);
	if (v4)
		ip->dhcp4 = true;
	else if (addr->addr.prefix_len == 128)
		ip->dhcp6 = true;
	else
		ip->slaac = true;
	return 0;
}

/* ---- routes ---- */

/* What the kernel, a server or a router gives needs no line. */
static bool is_given(const struct kn_route *route)
{
	return route->proto == RTPROT_KERNEL || route->proto == RTPROT_RA ||
	       route->proto == RTPROT_REDIRECT || route->proto == RTPROT_DHCP;
}

static bool is_of(const struct kn_route *route, const struct kn_ifname *dev)
{
	return kn_ifname_eq(&route->dev, dev) && route->table == RT_TABLE_MAIN &&
	       route->type == RTN_UNICAST;
}

static void take_gateway(const struct kn_route *route, struct kn_ipconf *ip)
{
	bool v4 = route->dst.ip.family == KN_IPV4;
	struct kn_ip *gateway = v4 ? &ip->gateway4 : &ip->gateway6;
	/* IPv6 routes have one in any case. Source: kernel ipv6_route.h, IP6_RT_PRIO_USER. */
	bool own = route->has_metric && route->metric && (v4 || route->metric != 1024);

	if (gateway->family || route->gateway.family != route->dst.ip.family || route->multipath)
		return;
	*gateway = route->gateway;
	ip->onlink4 |= v4 && route->onlink;
	if (own && (v4 || !ip->has_metric)) {
		ip->has_metric = true;
		ip->metric = route->metric;
	}
}

static int take_routes(const struct kn_facts *facts, struct kn_conf *conf, struct kn_error *err)
{
	for (size_t i = 0; i < facts->routes.n; i++) {
		struct kn_route route = facts->routes.v[i];

		if (!is_of(&route, &conf->name) || is_given(&route))
			continue;
		if (kn_route_is_default(&route)) {
			take_gateway(&route, &conf->ip);
			continue;
		}
		if (route.dst.ip.family == KN_IPV6 && route.metric == 1024)
			route.has_metric = false;
		if (kn_routes_add(&conf->ip.routes, &route, err) < 0)
			return -1;
	}
	return 0;
}

/* resolv.conf names no link: the servers are those of the link that leads out. */
static bool leads_out(const struct kn_facts *facts, const struct kn_ifname *dev)
{
	const struct kn_route *best = NULL;

	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if (kn_route_is_default(route) && route->table == RT_TABLE_MAIN &&
		    route->type == RTN_UNICAST && (!best || route->metric < best->metric))
			best = route;
	}
	return best && kn_ifname_eq(&best->dev, dev);
}

static int take_dns(const struct kn_facts *facts, struct kn_conf *conf, struct kn_error *err)
{
	struct kn_resolv have = {0};

	/* A lease brings its own. */
	if (!facts->resolv || conf->ip.dhcp4 || !leads_out(facts, &conf->name))
		return 0;
	if (kn_resolv_read(facts->resolv, strlen(facts->resolv), &have, err) < 0)
		return -1;
	conf->ip.dns = have.servers;
	conf->ip.search = have.search;
	return 0;
}

/* ---- the link ---- */

/* With the kernel's own answer to how fast a cable is, nobody has set it. */
static bool is_cost_of_speed(uint32_t cost)
{
	return cost <= 5 || cost == 19 || cost == 100;
}

static void drop(struct kn_opts *opts, unsigned int i, bool usual)
{
	if (usual)
		opts->has &= ~(1u << i);
}

static struct kn_opts port_opts(const struct kn_opts *have)
{
	struct kn_opts opts = *have;

	drop(&opts, KN_PORTOPT_ISOLATED, !have->val[KN_PORTOPT_ISOLATED]);
	drop(&opts, KN_PORTOPT_HAIRPIN, !have->val[KN_PORTOPT_HAIRPIN]);
	drop(&opts, KN_PORTOPT_LEARNING, have->val[KN_PORTOPT_LEARNING]);
	drop(&opts, KN_PORTOPT_PRIORITY, have->val[KN_PORTOPT_PRIORITY] == 32);
	drop(&opts, KN_PORTOPT_COST, is_cost_of_speed(have->val[KN_PORTOPT_COST]));
	return opts;
}

/* Said only where the ports have it as well: a bridge's is theirs, or is given to them. */
static void take_mtu(const struct kn_facts *facts, const struct kn_link *link, struct kn_conf *conf)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (kn_ifname_eq(&facts->links[i].master, &link->name) &&
		    kn_port_stays(&facts->links[i]) && facts->links[i].mtu != link->mtu)
			return;
	if (link->mtu == 1500)
		return;
	conf->groups |= KN_GROUP_MTU;
	conf->mtu = link->mtu;
}

static void take_bridge(const struct kn_link *link, struct kn_conf *conf)
{
	conf->opts = kn_text_notable_opts(&link->opts);
	if (kn_opts_has(&link->opts, KN_BROPT_FORWARD_DELAY))
		kn_opts_set(&conf->opts, KN_BROPT_FORWARD_DELAY,
			    link->opts.val[KN_BROPT_FORWARD_DELAY]);
	conf->has_mac = link->has_mac;
	conf->mac = link->mac;
}

static void take_link(const struct kn_facts *facts, const struct kn_link *link,
		      struct kn_conf *conf)
{
	const struct kn_link *master = kn_facts_link(facts, &link->master);

	if (master && master->kind == KN_LINK_BRIDGE && kn_port_stays(link))
		conf->bridge = link->master;
	else if (master && master->kind == KN_LINK_BOND)
		conf->master = link->master;
	if (kn_ifname_is_set(&conf->bridge))
		conf->port_opts = port_opts(&link->port_opts);
	conf->type = type_of(link);
	conf->bond_mode = link->bond_mode;
	if (conf->type == KN_CONF_BRIDGE)
		take_bridge(link, conf);
	if (conf->type == KN_CONF_BOND) {
		conf->bond_opts = link->bond_opts;
		conf->primary = link->primary;
	}
	conf->vlan = (struct kn_vlan){link->lower, link->vlan_id};
	if (!kn_ifname_is_set(&conf->bridge))
		take_mtu(facts, link, conf);
}

/* A port has no addresses of its own that anything could say. */
static int take(const struct kn_facts *facts, const struct kn_link *link, struct kn_conf *conf,
		struct kn_error *err)
{
	conf->name = link->name;
	take_link(facts, link, conf);
	if (conf->type == KN_CONF_ETHERNET || conf->type == KN_CONF_OTHER)
		return 0;
	conf->unsaid6 = true;
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_ifname_eq(&facts->addrs[i].dev, &link->name) &&
		    take_addr(&facts->addrs[i], &conf->ip, err) < 0)
			return -1;
	if (take_routes(facts, conf, err) < 0)
		return -1;
	return take_dns(facts, conf, err);
}

int kn_confs_of_kernel(const struct kn_facts *facts, struct kn_confs *ret, struct kn_error *err)
{
	struct kn_confs confs = {0};

	for (size_t i = 0; i < facts->n_links; i++) {
		if (facts->links[i].kind == KN_LINK_LOOPBACK)
			continue;
		if (kn_grow(&confs.v, &confs.cap, confs.n + 1, sizeof(*confs.v), err) < 0)
			goto fail;
		confs.v[confs.n] = (struct kn_conf){.bond_mode = -1};
		if (take(facts, &facts->links[i], &confs.v[confs.n++], err) < 0)
			goto fail;
	}
	*ret = confs;
	return 0;
fail:
	kn_confs_done(&confs);
	return -1;
}
