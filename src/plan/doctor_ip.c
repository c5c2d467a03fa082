/* The doctor's rules about addresses, routes and name servers. Layer: plan, pure. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "codec/resolv.h"
#include "plan/doctor.h"

/* Each pair is compared: beyond this many addresses on one host nobody reads the answer. */
#define ADDRS_MAX 1000

/* ---- default routes ---- */

static bool wants_default(const struct kn_conf *conf)
{
	return conf->onboot != KN_NO && !conf->ip.no_defroute &&
	       conf->ip.gateway4.family != KN_FAMILY_NONE && !kn_ifname_is_set(&conf->bridge) &&
	       !kn_ifname_is_set(&conf->master);
}

/* The kernel has it and does not use it: of two with one metric the other one came later. */
static bool is_shadowed(const struct kn_doctor *d, const struct kn_route *best,
			const struct kn_conf *conf)
{
	const struct kn_routes *routes = &d->ev->facts->routes;

	for (size_t i = 0; i < routes->n; i++)
		if (kn_route_is_default(&routes->v[i]) && routes->v[i].type == RTN_UNICAST &&
		    routes->v[i].dst.ip.family == KN_IPV4 && routes->v[i].table == RT_TABLE_MAIN &&
		    routes->v[i].metric == best->metric &&
		    kn_route_uses(&routes->v[i], &conf->name))
			return true;
	return false;
}

/* A larger metric in the file says that the route is meant to stand behind. */
static bool is_outranked(const struct kn_doctor *d, const struct kn_route *best,
			 const struct kn_conf *conf)
{
	if (kn_route_uses(best, &conf->name))
		return false;
	if (conf->ip.dhcp4)
		return is_shadowed(d, best, conf);
	return wants_default(conf) && (!conf->ip.has_metric || conf->ip.metric <= best->metric);
}

static void check_defaults(struct kn_doctor *d)
{
	const struct kn_route *best = kn_doctor_default(d, KN_IPV4);
	char text[KN_IP_STRLEN];

	for (size_t i = 0; i < d->ev->confs->n; i++) {
		const struct kn_conf *conf = &d->ev->confs->v[i];
		const struct kn_topo_node *node = kn_doctor_node(d, &conf->name);

		if (!node || !node->link)
			continue;
		if (best && is_outranked(d, best, conf))
			kn_doctor_found(d, KN_CHECK_OUTRANKED, conf->name.s, best->dev.s);
		else if (!best && wants_default(conf))
			kn_doctor_found(d, KN_CHECK_NO_DEFAULT, conf->name.s,
					kn_ip_fmt(&conf->ip.gateway4, text));
	}
}

static void check_silent(struct kn_doctor *d)
{
	const struct kn_routes *routes = &d->ev->facts->routes;
	char text[KN_IP_STRLEN];

	for (size_t i = 0; i < d->ev->silent.n; i++)
		for (size_t k = 0; k < routes->n; k++)
			if (kn_route_is_default(&routes->v[k]) &&
			    kn_ip_eq(&routes->v[k].gateway, &d->ev->silent.v[i])) {
				kn_doctor_found(d, KN_CHECK_GW_SILENT, routes->v[k].dev.s,
						kn_ip_fmt(&d->ev->silent.v[i], text));
				break;
			}
}

/* ---- files ---- */

static bool covers(const struct kn_ipconf *ip, const struct kn_ip *gateway)
{
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (kn_cidr_has(&ip->addrs.v[i], gateway))
			return true;
	/* A route to the gateway itself, on the link. */
	for (size_t i = 0; i < ip->routes.n; i++)
		if (ip->routes.v[i].gateway.family == KN_FAMILY_NONE &&
		    kn_cidr_has(&ip->routes.v[i].dst, gateway))
			return true;
	return false;
}

static void check_gateways(struct kn_doctor *d, const struct kn_conf *conf)
{
	const struct kn_ip *gateway4 = &conf->ip.gateway4, *gateway6 = &conf->ip.gateway6;
	char text[KN_IP_STRLEN];

	if (gateway4->family && conf->ip.addrs.n && !conf->ip.dhcp4 && !conf->ip.onlink4 &&
	    !covers(&conf->ip, gateway4))
		kn_doctor_found(d, KN_CHECK_GW_OUTSIDE, conf->name.s, kn_ip_fmt(gateway4, text));
	if (gateway6->family && conf->ip.addrs.n && !conf->ip.dhcp6 && !conf->ip.slaac &&
	    !kn_ip_is_link_local(gateway6) && !covers(&conf->ip, gateway6))
		kn_doctor_found(d, KN_CHECK_GW_OUTSIDE, conf->name.s, kn_ip_fmt(gateway6, text));
}

static bool names_server(const char *text)
{
	struct kn_resolv_line line;
	size_t len = text ? strlen(text) : 0;
	struct kn_ip ip;

	for (size_t pos = 0; kn_resolv_next(text, len, &pos, &line);)
		if (line.kind == KN_RESOLV_SERVER && kn_resolv_server(&line, &ip))
			return true;
	return false;
}

static void check_dns(struct kn_doctor *d)
{
	char text[KN_IP_STRLEN];

	if (names_server(d->ev->resolv) || kn_strv_has(&d->ev->unread, "/etc/resolv.conf"))
		return;
	for (size_t i = 0; i < d->ev->confs->n; i++) {
		const struct kn_conf *conf = &d->ev->confs->v[i];

		if (!conf->ip.dns.n)
			continue;
		kn_doctor_found(d, KN_CHECK_DNS_GONE, conf->name.s,
				kn_ip_fmt(&conf->ip.dns.v[0], text));
		return;
	}
}

static void check_confs(struct kn_doctor *d)
{
	for (size_t i = 0; i < d->ev->confs->n; i++) {
		const struct kn_conf *conf = &d->ev->confs->v[i];

		check_gateways(d, conf);
		if (conf->type == KN_CONF_BRIDGE && conf->ip.dhcp4 && !conf->has_mac)
			kn_doctor_found(d, KN_CHECK_DHCP_MAC, conf->name.s, NULL);
	}
}

/* ---- addresses ---- */

/* Bridge and port are one network; the port's address is a fault of its own. A network of libvirt
 * is judged with the others of its kind. */
static bool is_apart(const struct kn_doctor *d, const struct kn_ifname *a,
		     const struct kn_ifname *b)
{
	const struct kn_topo_node *x = kn_doctor_node(d, a), *y = kn_doctor_node(d, b);

	return x && y && x->parent == KN_TOPO_TOP && y->parent == KN_TOPO_TOP && !x->net && !y->net;
}

static bool is_network(const struct kn_laddr *addr)
{
	return !kn_ip_is_link_local(&addr->addr.ip) && !kn_ip_is_loopback(&addr->addr.ip) &&
	       addr->addr.prefix_len < kn_ip_bits(&addr->addr.ip);
}

static void check_overlaps(struct kn_doctor *d)
{
	const struct kn_facts *facts = d->ev->facts;
	size_t n = facts->n_addrs < ADDRS_MAX ? facts->n_addrs : ADDRS_MAX;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; is_network(&facts->addrs[i]) && k < n; k++) {
			const struct kn_laddr *a = &facts->addrs[i], *b = &facts->addrs[k];

			if (!kn_ifname_eq(&a->dev, &b->dev) && is_network(b) &&
			    kn_cidr_overlaps(&a->addr, &b->addr) && is_apart(d, &a->dev, &b->dev))
				kn_doctor_found(d, KN_CHECK_OVERLAP, a->dev.s, b->dev.s);
		}
}

/* Does this link live by router advertisements? */
static bool takes_ra(const struct kn_topo_node *node)
{
	if (node->conf && (node->conf->ip.slaac || node->conf->ip.dhcp6))
		return true;
	for (size_t i = 0; i < node->n_addrs; i++)
		if (node->addrs[i]->addr.ip.family == KN_IPV6 &&
		    !kn_ip_is_link_local(&node->addrs[i]->addr.ip) &&
		    !(node->addrs[i]->flags & IFA_F_PERMANENT))
			return true;
	return node->route6 && node->route6->proto == RTPROT_RA;
}

static void check_ra(struct kn_doctor *d)
{
	for (size_t i = 0; i < d->ev->bridges.n; i++) {
		const struct kn_bridge_sys *sys = &d->ev->bridges.v[i];
		const struct kn_topo_node *node = kn_doctor_node(d, &sys->name);

		if (sys->forwarding == KN_YES && node && node->link && node->link->accept_ra < 2 &&
		    takes_ra(node))
			kn_doctor_found(d, KN_CHECK_RA_IGNORED, sys->name.s, NULL);
	}
}

void kn_doctor_ip(struct kn_doctor *d)
{
	check_confs(d);
	check_dns(d);
	if (!d->ev->facts->live)
		return;
	check_defaults(d);
	check_silent(d);
	check_overlaps(d);
	check_ra(d);
}
