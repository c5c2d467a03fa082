/* Comparing a bridge's addresses, gateways and routes between files and kernel.
 * Layer: plan, pure. */
#include "plan/compare_ip.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "kvmnet/text.h"

/* Something else than the files gives addresses and routes of this family. */
static bool is_automatic(const struct kn_conf *conf, enum kn_family family)
{
	if (family == KN_IPV4)
		return conf->ip.dhcp4;
	return conf->ip.dhcp6 || conf->ip.slaac;
}

/* With the prefix length: another one means another network, and other neighbours. */
static bool kernel_has_addr(const struct kn_compare *cmp, const struct kn_cidr *addr)
{
	for (size_t i = 0; i < cmp->facts->n_addrs; i++)
		if (kn_ifname_eq(&cmp->facts->addrs[i].dev, cmp->bridge) &&
		    kn_cidr_eq(&cmp->facts->addrs[i].addr, addr))
			return true;
	return false;
}

/* Order is not compared: which one is primary is the kernel's to keep. */
static bool file_has_addr(const struct kn_compare *cmp, const struct kn_cidr *addr)
{
	for (size_t i = 0; i < cmp->conf->ip.addrs.n; i++)
		if (kn_cidr_eq(&cmp->conf->ip.addrs.v[i], addr))
			return true;
	return false;
}

/* The kernel makes IPv6 link-local addresses by itself. IPv6 addresses without IFA_F_PERMANENT
 * come from advertisements, which need no file; of IPv4 only a file can ask for DHCP. */
static bool is_kernels_own(const struct kn_laddr *addr)
{
	if (addr->addr.ip.family == KN_IPV4)
		return false;
	return kn_ip_is_link_local(&addr->addr.ip) || !(addr->flags & IFA_F_PERMANENT);
}

/* An address of a port that was given to the bridge: it belongs to the bridge. */
static bool is_on_port(const struct kn_compare *cmp, const struct kn_laddr *addr)
{
	const struct kn_link *link = kn_facts_link(cmp->facts, &addr->dev);

	return link && kn_ifname_eq(&link->master, cmp->bridge);
}

/* On the bridge more is expected than on its ports, where every address is one too many. */
static int compare_kernel_addr(const struct kn_compare *cmp, const struct kn_laddr *addr,
			       struct kn_error *err)
{
	struct kn_diff diff = {.kind = KN_DIFF_ADDR, .dev = addr->dev};
	bool on_bridge = kn_ifname_eq(&addr->dev, cmp->bridge);
	char text[KN_CIDR_STRLEN];

	if (is_kernels_own(addr) || (!on_bridge && !is_on_port(cmp, addr)))
		return 0;
	if (on_bridge &&
	    (file_has_addr(cmp, &addr->addr) || is_automatic(cmp->conf, addr->addr.ip.family)))
		return 0;
	return kn_diff_add(cmp, &diff, NULL, kn_cidr_fmt(&addr->addr, text), err);
}

/* The files' first: what is missing is worse than what is too much. */
static int compare_addrs(const struct kn_compare *cmp, struct kn_error *err)
{
	struct kn_diff diff = {.kind = KN_DIFF_ADDR};
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < cmp->conf->ip.addrs.n; i++) {
		const struct kn_cidr *addr = &cmp->conf->ip.addrs.v[i];

		if (!kernel_has_addr(cmp, addr) &&
		    kn_diff_add(cmp, &diff, kn_cidr_fmt(addr, text), NULL, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < cmp->facts->n_addrs; i++)
		if (compare_kernel_addr(cmp, &cmp->facts->addrs[i], err) < 0)
			return -1;
	return 0;
}

/* What a lease of that family can have brought. An IPv6 one is not told from an address of routers'
 * advertisements, which servers send with it. */
static bool may_be_leased(const struct kn_laddr *addr, enum kn_family family)
{
	if (addr->addr.ip.family != family)
		return false;
	return family == KN_IPV4 ||
	       (!kn_ip_is_link_local(&addr->addr.ip) && !(addr->flags & IFA_F_PERMANENT));
}

/* With dhcp and without any address, there is no lease: the host is cut off. */
static int compare_lease(const struct kn_compare *cmp, enum kn_family family, struct kn_error *err)
{
	struct kn_diff diff = {.kind = KN_DIFF_ADDR};
	bool v4 = family == KN_IPV4;

	if (v4 ? !cmp->conf->ip.dhcp4 : !cmp->conf->ip.dhcp6)
		return 0;
	for (size_t i = 0; i < cmp->facts->n_addrs; i++)
		if (kn_ifname_eq(&cmp->facts->addrs[i].dev, cmp->bridge) &&
		    may_be_leased(&cmp->facts->addrs[i], family))
			return 0;
	return kn_diff_add(cmp, &diff, v4 ? "by dhcp" : "by dhcp (IPv6)", NULL, err);
}

/* Of the main table, through the bridge, made by a person or a program. Source: rtnetlink(7). */
static bool is_configured_route(const struct kn_compare *cmp, const struct kn_route *route)
{
	bool main_table = route->table == RT_TABLE_MAIN || route->table == RT_TABLE_UNSPEC;

	return main_table && route->type == RTN_UNICAST && route->proto != RTPROT_KERNEL &&
	       route->proto != RTPROT_RA && route->proto != RTPROT_REDIRECT &&
	       kn_ifname_eq(&route->dev, cmp->bridge);
}

/* Of several the one with the lowest metric is used, so that is the one to compare. */
static const struct kn_route *kernel_default(const struct kn_compare *cmp, enum kn_family family)
{
	const struct kn_route *best = NULL;

	for (size_t i = 0; i < cmp->facts->routes.n; i++) {
		const struct kn_route *route = &cmp->facts->routes.v[i];

		if (!is_configured_route(cmp, route) || !kn_route_is_default(route) ||
		    route->dst.ip.family != family)
			continue;
		if (!best || route->metric < best->metric)
			best = route;
	}
	return best;
}

/* Only what is set: a metric the file does not name is not the file's business. */
static void put_gateway(struct kn_buf *ret, const struct kn_ip *gateway, bool has_metric,
			uint32_t metric)
{
	char ip[KN_IP_STRLEN];

	kn_buf_puts(ret,
		    gateway->family == KN_FAMILY_NONE ? "on the link" : kn_ip_fmt(gateway, ip));
	if (has_metric)
		kn_buf_printf(ret, " metric %u", metric);
}

/* One difference for both sides, as a wrong gateway is neither missing nor too many. */
static int add_gateway(const struct kn_compare *cmp, const struct kn_ip *want,
		       const struct kn_route *have, struct kn_error *err)
{
	struct kn_buf file KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf kernel KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_ipconf *ip = &cmp->conf->ip;
	bool wanted = want->family != KN_FAMILY_NONE;

	if (wanted)
		put_gateway(&file, want, ip->has_metric, ip->metric);
	if (have)
		put_gateway(&kernel, &have->gateway, have->has_metric, have->metric);
	if (kn_buf_check(&file, err) < 0 || kn_buf_check(&kernel, err) < 0)
		return -1;
	return kn_diff_add(cmp, &(struct kn_diff){.kind = KN_DIFF_GATEWAY},
			   wanted ? kn_buf_str(&file) : NULL, have ? kn_buf_str(&kernel) : NULL,
			   err);
}

/* A gateway that DHCP or advertisements brought needs no line in a file; but a gateway that a
 * file names has to be there, wherever the others come from. */
static int compare_gateway(const struct kn_compare *cmp, const struct kn_ip *gateway,
			   enum kn_family family, struct kn_error *err)
{
	const struct kn_ipconf *ip = &cmp->conf->ip;
	const struct kn_route *have = kernel_default(cmp, family);
	struct kn_ip want = ip->no_defroute ? (struct kn_ip){0} : *gateway;

	if (want.family == KN_FAMILY_NONE && (!have || is_automatic(cmp->conf, family)))
		return 0;
	if (have && kn_ip_eq(&want, &have->gateway) &&
	    (!ip->has_metric || (have->has_metric && have->metric == ip->metric)))
		return 0;
	return add_gateway(cmp, &want, have, err);
}

/* A configured route without a metric matches whatever metric the kernel gave it. */
static bool is_same_route(const struct kn_route *file, const struct kn_route *kernel)
{
	return kn_cidr_eq(&file->dst, &kernel->dst) && kn_ip_eq(&file->gateway, &kernel->gateway) &&
	       (!file->has_metric || (kernel->has_metric && file->metric == kernel->metric)) &&
	       (file->table == kernel->table || !file->table || !kernel->table);
}

/* Routes have no name: each is in one side only, described in full. */
static int add_route(const struct kn_compare *cmp, const struct kn_route *route, bool in_file,
		     struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_text_route(&text, route);
	if (kn_buf_check(&text, err) < 0)
		return -1;
	return kn_diff_add(cmp, &(struct kn_diff){.kind = KN_DIFF_ROUTE},
			   in_file ? kn_buf_str(&text) : NULL, in_file ? NULL : kn_buf_str(&text),
			   err);
}

/* Protocol and scope are not compared: a reader may set others than kvmnet does. */
static int compare_file_route(const struct kn_compare *cmp, const struct kn_route *route,
			      struct kn_error *err)
{
	for (size_t i = 0; i < cmp->facts->routes.n; i++)
		if (kn_ifname_eq(&cmp->facts->routes.v[i].dev, cmp->bridge) &&
		    is_same_route(route, &cmp->facts->routes.v[i]))
			return 0;
	return add_route(cmp, route, true, err);
}

/* What the kernel made for an address goes away with the address. */
static int compare_kernel_route(const struct kn_compare *cmp, const struct kn_route *route,
				struct kn_error *err)
{
	const struct kn_routes *files = &cmp->conf->ip.routes;

	if (!is_configured_route(cmp, route) || kn_route_is_default(route) ||
	    is_automatic(cmp->conf, route->dst.ip.family))
		return 0;
	for (size_t i = 0; i < files->n; i++)
		if (is_same_route(&files->v[i], route))
			return 0;
	return add_route(cmp, route, false, err);
}

/* Default routes were compared as gateways, with their metric. */
static int compare_routes(const struct kn_compare *cmp, struct kn_error *err)
{
	for (size_t i = 0; i < cmp->conf->ip.routes.n; i++)
		if (compare_file_route(cmp, &cmp->conf->ip.routes.v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < cmp->facts->routes.n; i++)
		if (compare_kernel_route(cmp, &cmp->facts->routes.v[i], err) < 0)
			return -1;
	return 0;
}

/* Advertisements that the kernel does not take bring no address. NetworkManager takes them itself,
 * and tells the kernel not to. With forwarding on it takes them
 * only when told twice, which is the doctor's to say. Source: ip-sysctl.rst, accept_ra. */
static int compare_slaac(const struct kn_compare *cmp, struct kn_error *err)
{
	struct kn_diff diff = {.kind = KN_DIFF_SLAAC};

	if (!cmp->conf->ip.slaac || cmp->facts->host.nm_running ||
	    (cmp->link->accept_ra && !cmp->link->disable_ipv6))
		return 0;
	return kn_diff_add(cmp, &diff, "on", cmp->link->disable_ipv6 ? "IPv6 is off" : "off", err);
}

int kn_compare_ip(const struct kn_compare *cmp, struct kn_error *err)
{
	const struct kn_ipconf *ip = &cmp->conf->ip;

	if (compare_addrs(cmp, err) < 0 || compare_lease(cmp, KN_IPV4, err) < 0 ||
	    compare_lease(cmp, KN_IPV6, err) < 0 || compare_slaac(cmp, err) < 0 ||
	    compare_gateway(cmp, &ip->gateway4, KN_IPV4, err) < 0 ||
	    compare_gateway(cmp, &ip->gateway6, KN_IPV6, err) < 0)
		return -1;
	return compare_routes(cmp, err);
}
