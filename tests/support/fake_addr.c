/* Addresses and routes of the in-memory kernel.
 * Test support. Source of the behaviour: kernel net/ipv4/devinet.c, fib_frontend.c,
 * net/ipv6/addrconf.c. */
#include <string.h>

#include "fake_priv.h"

#define SECOND	 0x01u
#define NOPREFIX 0x200u
#define KERNEL	 2
#define LINK	 253

void fake_remove_route(struct fake_kernel *fake, size_t i)
{
	struct kn_routes *routes = &fake->facts.routes;

	memmove(&routes->v[i], &routes->v[i + 1], (routes->n - i - 1) * sizeof(*routes->v));
	routes->n--;
}

static bool route_eq(const struct kn_route *a, const struct kn_route *b)
{
	if (!kn_route_same(a, b))
		return false;
	for (size_t i = 0; i < a->n_legs; i++)
		if (!kn_ifname_eq(&a->legs[i].dev, &b->legs[i].dev))
			return false;
	return a->n_legs || a->nhid || kn_ifname_eq(&a->dev, &b->dev);
}

int fake_insert_route(struct fake_kernel *fake, const struct kn_route *route, bool front)
{
	struct kn_routes *routes = &fake->facts.routes;
	struct kn_error err = {0};

	for (size_t i = 0; i < routes->n; i++)
		if (route_eq(&routes->v[i], route))
			return -1;
	if (kn_routes_add(routes, route, &err) < 0)
		return -1;
	if (front) {
		memmove(&routes->v[1], &routes->v[0], (routes->n - 1) * sizeof(*routes->v));
		routes->v[0] = *route;
	}
	return 0;
}

static bool is_reached(const struct fake_kernel *fake, const struct kn_ip *gateway,
		       const struct kn_ifname *dev)
{
	if (!gateway->family || kn_ip_is_link_local(gateway))
		return true;
	for (size_t i = 0; i < fake->facts.routes.n; i++) {
		const struct kn_route *r = &fake->facts.routes.v[i];

		if (!r->gateway.family && kn_ifname_eq(&r->dev, dev) && !kn_route_is_default(r) &&
		    kn_cidr_has(&r->dst, gateway))
			return true;
	}
	return false;
}

/* The kernel takes a gateway only when a link route of the same device covers it. */
bool fake_gateway_reachable(const struct fake_kernel *fake, const struct kn_route *route)
{
	for (size_t i = 0; i < route->n_legs; i++)
		if (!is_reached(fake, &route->legs[i].gateway, &route->legs[i].dev))
			return false;
	return route->onlink || route->n_legs || is_reached(fake, &route->gateway, &route->dev);
}

static struct kn_route connected(const struct kn_laddr *addr)
{
	struct kn_route route = KN_ROUTE_INIT;

	route.dst = kn_cidr_network(&addr->addr);
	route.dev = addr->dev;
	route.proto = KERNEL;
	if (addr->addr.ip.family == KN_IPV4) {
		route.scope = LINK;
		route.src = addr->addr.ip;
		route.metric = addr->has_metric ? addr->metric : 0;
	} else {
		route.metric = 256;
	}
	route.has_metric = route.metric != 0;
	return route;
}

void fake_add_connected(struct fake_kernel *fake, const struct kn_laddr *addr)
{
	const struct kn_link *link = fake_find(fake, &addr->dev);
	struct kn_route route = connected(addr);
	unsigned int full = kn_ip_bits(&addr->addr.ip);

	if (!(link->flags & FAKE_UP) || (addr->flags & (NOPREFIX | SECOND)) ||
	    addr->addr.prefix_len == full)
		return;
	(void)fake_insert_route(fake, &route, false);
}

static bool is_first4(const struct kn_laddr *addr)
{
	return addr->addr.ip.family == KN_IPV4 && !(addr->flags & SECOND);
}

/* The first address of a network stands behind those of other networks, and before all others. */
static void settle_place(struct kn_facts *facts, size_t at)
{
	struct kn_laddr addr = facts->addrs[at];
	size_t to = facts->n_addrs;

	if (!is_first4(&addr))
		return;
	for (size_t i = facts->n_addrs; i-- > 0 && to == facts->n_addrs;)
		if (i != at && is_first4(&facts->addrs[i]) &&
		    kn_ifname_eq(&facts->addrs[i].dev, &addr.dev))
			to = i < at ? i + 1 : i;
	for (size_t i = 0; i < at && to == facts->n_addrs; i++)
		if (facts->addrs[i].addr.ip.family == KN_IPV4 &&
		    kn_ifname_eq(&facts->addrs[i].dev, &addr.dev))
			to = i;
	if (to == facts->n_addrs)
		return;
	memmove(&facts->addrs[at], &facts->addrs[at + 1], (facts->n_addrs - at - 1) * sizeof(addr));
	memmove(&facts->addrs[to + 1], &facts->addrs[to], (facts->n_addrs - 1 - to) * sizeof(addr));
	facts->addrs[to] = addr;
}

int fake_addr_add(struct fake_kernel *fake, const struct kn_laddr *addr)
{
	struct kn_laddr copy = *addr;
	struct kn_error err = {0};

	copy.flags &= NOPREFIX;
	for (size_t i = 0; i < fake->facts.n_addrs; i++) {
		const struct kn_laddr *other = &fake->facts.addrs[i];

		if (!kn_ifname_eq(&other->dev, &addr->dev))
			continue;
		if (kn_cidr_eq(&other->addr, &addr->addr))
			return -1;
		if (addr->addr.ip.family == KN_IPV4 && kn_cidr_overlaps(&other->addr, &addr->addr))
			copy.flags |= SECOND;
	}
	if (addr->addr.ip.family == KN_IPV6 && fake_find(fake, &addr->dev)->disable_ipv6)
		return -1;
	if (kn_facts_add_addr(&fake->facts, &copy, &err) < 0)
		return -1;
	settle_place(&fake->facts, fake->facts.n_addrs - 1);
	fake_add_connected(fake, &copy);
	return 0;
}

static bool dev_has_family(const struct fake_kernel *fake, const struct kn_ifname *dev,
			   enum kn_family family)
{
	for (size_t i = 0; i < fake->facts.n_addrs; i++)
		if (kn_ifname_eq(&fake->facts.addrs[i].dev, dev) &&
		    fake->facts.addrs[i].addr.ip.family == family)
			return true;
	return false;
}

/* A nexthop object keeps its routes; with several next hops the last one has to go. */
static bool is_lost_with(const struct kn_route *route, const struct kn_ifname *dev)
{
	for (size_t i = 0; i < route->n_legs; i++)
		if (!kn_ifname_eq(&route->legs[i].dev, dev))
			return false;
	return !route->nhid && (route->n_legs || kn_ifname_eq(&route->dev, dev));
}

void fake_drop_routes(struct fake_kernel *fake, const struct kn_ifname *dev, enum kn_family family)
{
	for (size_t i = fake->facts.routes.n; i-- > 0;)
		if (is_lost_with(&fake->facts.routes.v[i], dev) &&
		    fake->facts.routes.v[i].dst.ip.family == family)
			fake_remove_route(fake, i);
}

/* A network's first address goes: the next one takes its place, or all go with it. */
static void settle_secondaries(struct fake_kernel *fake, const struct kn_laddr *gone)
{
	struct kn_facts *facts = &fake->facts;
	bool promote = fake_find(fake, &gone->dev)->promote;

	for (size_t i = 0; i < facts->n_addrs; i++) {
		struct kn_laddr *other = &facts->addrs[i];

		if (!kn_ifname_eq(&other->dev, &gone->dev) || !(other->flags & SECOND) ||
		    !kn_cidr_overlaps(&other->addr, &gone->addr))
			continue;
		if (promote) {
			other->flags &= ~SECOND;
			fake_add_connected(fake, other);
			settle_place(facts, i);
			return;
		}
		memmove(other, other + 1, (facts->n_addrs - i - 1) * sizeof(*other));
		facts->n_addrs--;
		i--;
	}
}

/* IPv6 keeps a prefix's route until its last address goes; with a lifetime, longer. */
static bool keeps_prefix(const struct kn_facts *facts, size_t at)
{
	const struct kn_laddr *addr = &facts->addrs[at];
	struct kn_cidr net = kn_cidr_network(&addr->addr);

	if (addr->valid_s && addr->valid_s != UINT32_MAX)
		return true;

	for (size_t i = 0; i < facts->n_addrs; i++) {
		struct kn_cidr other = kn_cidr_network(&facts->addrs[i].addr);

		if (i != at && kn_ifname_eq(&facts->addrs[i].dev, &addr->dev) &&
		    kn_cidr_eq(&other, &net))
			return true;
	}
	return false;
}

int fake_addr_del(struct fake_kernel *fake, const struct kn_laddr *addr)
{
	struct kn_facts *facts = &fake->facts;
	struct kn_route auto_route = connected(addr);

	for (size_t i = 0; i < facts->n_addrs; i++) {
		if (!kn_ifname_eq(&facts->addrs[i].dev, &addr->dev) ||
		    !kn_cidr_eq(&facts->addrs[i].addr, &addr->addr))
			continue;
		bool second = facts->addrs[i].flags & SECOND;
		bool kept = addr->addr.ip.family == KN_IPV6 && keeps_prefix(facts, i);
		memmove(&facts->addrs[i], &facts->addrs[i + 1],
			(facts->n_addrs - i - 1) * sizeof(*facts->addrs));
		facts->n_addrs--;
		for (size_t k = facts->routes.n; k-- > 0;) {
			const struct kn_route *r = &facts->routes.v[k];
			bool from_it = r->src.family == KN_IPV4 &&
				       kn_ip_eq(&r->src, &addr->addr.ip) &&
				       (r->proto != KERNEL || kn_ifname_eq(&r->dev, &addr->dev));

			if ((!second && !kept && r->proto == KERNEL && route_eq(r, &auto_route)) ||
			    from_it)
				fake_remove_route(fake, k);
		}
		if (addr->addr.ip.family == KN_IPV4 && !second)
			settle_secondaries(fake, addr);
		if (addr->addr.ip.family == KN_IPV4 && !dev_has_family(fake, &addr->dev, KN_IPV4))
			fake_drop_routes(fake, &addr->dev, KN_IPV4);
		return 0;
	}
	return -1;
}

void fake_drop_addrs(struct fake_kernel *fake, const struct kn_ifname *dev, bool v6_only)
{
	struct kn_facts *facts = &fake->facts;

	for (size_t i = facts->n_addrs; i-- > 0;)
		if (kn_ifname_eq(&facts->addrs[i].dev, dev) &&
		    (!v6_only || facts->addrs[i].addr.ip.family == KN_IPV6)) {
			memmove(&facts->addrs[i], &facts->addrs[i + 1],
				(facts->n_addrs - i - 1) * sizeof(*facts->addrs));
			facts->n_addrs--;
		}
}

int fake_route_del(struct fake_kernel *fake, const struct kn_route *route)
{
	for (size_t i = 0; i < fake->facts.routes.n; i++)
		if (route_eq(&fake->facts.routes.v[i], route)) {
			fake_remove_route(fake, i);
			return 0;
		}
	return -1;
}
