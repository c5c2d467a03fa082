/* The way back: IPv6 keeps routes under one key as a group of next hops, and a run that died
 * between the copy of a route and the end of its original has left both in one. Such a group is
 * taken apart for the comparison, on both sides; all others stay whole and are replaced as such.
 * Source: kernel net/ipv6/ip6_fib.c, fib6_add_rt2node(). Layer: plan, pure. */
#include "plan/restore_priv.h"

static bool is_group(const struct kn_route *route)
{
	return route->dst.ip.family == KN_IPV6 && route->n_legs && !route->nhid;
}

static size_t n_hops(const struct kn_route *route)
{
	return route->n_legs ? route->n_legs : 1;
}

static struct kn_route one_hop(const struct kn_route *route, size_t i)
{
	struct kn_route hop = *route;

	if (!route->n_legs)
		return hop;
	hop.dev = route->legs[i].dev;
	hop.gateway = route->legs[i].gateway;
	hop.onlink = route->legs[i].onlink;
	hop.multipath = false;
	hop.n_legs = 0;
	return hop;
}

static bool share_hop(const struct kn_route *a, const struct kn_route *b)
{
	for (size_t i = 0; i < n_hops(a); i++)
		for (size_t k = 0; k < n_hops(b); k++) {
			struct kn_route hop_a = one_hop(a, i), hop_b = one_hop(b, k);

			if (kn_ifname_eq(&hop_a.dev, &hop_b.dev) &&
			    kn_ip_eq(&hop_a.gateway, &hop_b.gateway))
				return true;
		}
	return false;
}

/* The same next hops, whatever their weights: a group that can be replaced whole. */
static bool same_hops(const struct kn_route *a, const struct kn_route *b)
{
	if (a->n_legs != b->n_legs)
		return false;
	for (size_t i = 0; i < a->n_legs; i++)
		if (!kn_ip_eq(&a->legs[i].gateway, &b->legs[i].gateway) ||
		    !kn_ifname_eq(&a->legs[i].dev, &b->legs[i].dev))
			return false;
	return true;
}

/* Does @route overlap with one of @others under its key, without being the same? */
static bool is_mixed(const struct kn_route *route, const struct kn_routes *others)
{
	for (size_t i = 0; i < others->n; i++) {
		const struct kn_route *other = &others->v[i];

		if (kn_cidr_eq(&other->dst, &route->dst) && other->table == route->table &&
		    other->metric == route->metric && !other->nhid &&
		    (is_group(route) || is_group(other)) && share_hop(route, other) &&
		    !same_hops(route, other))
			return true;
	}
	return false;
}

static int take_apart(const struct kn_restore *r, const struct kn_routes *routes,
		      const struct kn_routes *others, struct kn_routes *ret)
{
	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		if (!is_group(route) || !is_mixed(route, others)) {
			if (kn_routes_add(ret, route, r->ctx.err) < 0)
				return -1;
			continue;
		}
		for (size_t k = 0; k < route->n_legs; k++) {
			struct kn_route hop = one_hop(route, k);

			if (kn_routes_add(ret, &hop, r->ctx.err) < 0)
				return -1;
		}
	}
	return 0;
}

int kn_restore_take_apart(struct kn_restore *r)
{
	if (take_apart(r, &r->was->routes, &r->now->routes, &r->was_routes) < 0)
		return -1;
	return take_apart(r, &r->now->routes, &r->was->routes, &r->now_routes);
}
