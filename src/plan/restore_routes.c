/* The way back: routes. New ones stand before old ones go; the order and its reasons are those of
 * the move (TAKEOVER.md). Layer: plan, pure. */
#include "plan/restore_priv.h"

#include <string.h>

static bool same_devs(const struct kn_route *a, const struct kn_route *b)
{
	for (size_t i = 0; i < a->n_legs; i++)
		if (!kn_ifname_eq(&a->legs[i].dev, &b->legs[i].dev))
			return false;
	/* What names a nexthop object follows it. */
	return a->n_legs || a->nhid || kn_ifname_eq(&a->dev, &b->dev);
}

static bool is_ra_default(const struct kn_route *route)
{
	return route->dst.ip.family == KN_IPV6 && route->proto == KN_RTPROT_RA &&
	       kn_route_is_default(route) &&
	       (route->metric == KN_RA_METRIC || route->metric == KN_RA_METRIC + 1);
}

/* The kernel's own route and a copy of it, which stands one behind, are as good as one another. */
static bool same_ra(const struct kn_route *a, const struct kn_route *b)
{
	return is_ra_default(a) && is_ra_default(b) && kn_ip_eq(&a->gateway, &b->gateway) &&
	       a->table == b->table && kn_ifname_eq(&a->dev, &b->dev);
}

/* IPv6 knows a route by its key and next hop alone. */
static bool same_route(const struct kn_route *a, const struct kn_route *b)
{
	if (same_ra(a, b))
		return true;
	if (!kn_route_same(a, b) || !same_devs(a, b))
		return false;
	if (a->dst.ip.family == KN_IPV6)
		return true;
	return kn_ip_eq(&a->src, &b->src) && a->scope == b->scope &&
	       a->metrics_len == b->metrics_len && !memcmp(a->metrics, b->metrics, a->metrics_len);
}

static const struct kn_route *find_route(const struct kn_routes *routes,
					 const struct kn_route *like)
{
	for (size_t i = 0; i < routes->n; i++)
		if (same_route(&routes->v[i], like))
			return &routes->v[i];
	return NULL;
}

/* Both were there: the copy of an earlier change, and the kernel's own since. One comes back. */
static bool is_second_ra(const struct kn_restore *r, const struct kn_route *route)
{
	for (size_t i = 0; &r->was_routes.v[i] < route; i++)
		if (same_ra(&r->was_routes.v[i], route))
			return true;
	return false;
}

/* All its links are there; those that the change does not touch are taken to be. */
static bool can_stand(const struct kn_restore *r, const struct kn_route *route)
{
	const struct kn_rlink *link = kn_restore_link(r, &route->dev);
	bool can = !link || kn_restore_holds(r, &route->dev);

	if (route->n_legs)
		can = true;
	for (size_t i = 0; i < route->n_legs; i++)
		can &= !kn_restore_link(r, &route->legs[i].dev) ||
		       kn_restore_holds(r, &route->legs[i].dev);
	return can;
}

/* The address of @route's link that has made it and is there already, first of its network. */
static bool has_its_addr(const struct kn_restore *r, const struct kn_route *route)
{
	for (size_t i = 0; i < r->now->n_addrs; i++)
		if (kn_ifname_eq(&r->now->addrs[i].dev, &route->dev) &&
		    kn_ip_eq(&r->now->addrs[i].addr.ip, &route->src) &&
		    !(r->now->addrs[i].flags & KN_IFA_F_SECONDARY))
			return true;
	return false;
}

static bool is_up_now(const struct kn_restore *r, const struct kn_ifname *dev)
{
	return kn_link_is_up(kn_facts_link(r->now, dev));
}

/* The kernel makes its own routes with their addresses; one that it would not make again, because
 * the address is there and the route is not, is missing like any other. */
bool kn_restore_route_is_missing(const struct kn_restore *r, const struct kn_route *route)
{
	if (route->proto == KN_RTPROT_TEMPORARY || !can_stand(r, route) ||
	    find_route(&r->now_routes, route) || is_second_ra(r, route))
		return false;
	if (!kn_route_is_auto(r->was, route))
		return true;
	return route->dst.ip.family == KN_IPV4 && is_up_now(r, &route->dev) &&
	       has_its_addr(r, route);
}

static bool same_key(const struct kn_route *a, const struct kn_route *b)
{
	return kn_cidr_eq(&a->dst, &b->dst) && a->table == b->table && a->metric == b->metric;
}

/* Learnt again by a link that listens to advertisements. */
static bool comes_by_itself(const struct kn_restore *r, const struct kn_route *route)
{
	const struct kn_rlink *link = kn_restore_link(r, &route->dev);

	return route->proto == KN_RTPROT_RA && route->dst.ip.family == KN_IPV6 &&
	       route->metric == KN_RA_METRIC && link && link->was && link->was->accept_ra &&
	       !link->was->disable_ipv6 && !kn_ifname_is_set(&link->was->master);
}

/* Leaves by a link that is put back or goes. Of a bridge that somebody else has made, nothing. */
static bool concerns(const struct kn_restore *r, const struct kn_route *route)
{
	for (size_t i = 0; i < r->n_links; i++)
		if (r->links[i].fate != KN_FATE_LOST && r->links[i].fate != KN_FATE_FOREIGN &&
		    kn_route_uses(route, &r->links[i].name))
			return true;
	return false;
}

/* On the links, and not recorded. What cannot be told to the kernel in full is left to it. */
static bool is_extra(const struct kn_restore *r, const struct kn_route *route)
{
	return concerns(r, route) && route->proto != KN_RTPROT_TEMPORARY && !route->odd &&
	       !(route->multipath && !route->n_legs && !route->nhid) &&
	       !kn_route_is_auto(r->now, route) && !find_route(&r->was_routes, route) &&
	       !comes_by_itself(r, route);
}

/* The IPv6 route that @want can replace in place: the only one under its key, and not to stay; for
 * several next hops the group under the key. NULL: none. */
static const struct kn_route *replaced_by(const struct kn_restore *r, const struct kn_route *want)
{
	const struct kn_routes *now = &r->now_routes;
	const struct kn_route *found = NULL;

	if (want->dst.ip.family != KN_IPV6 || want->nhid || want->proto == KN_RTPROT_RA ||
	    (!want->n_legs && (!want->gateway.family || !kn_route_is_default(want))))
		return NULL;
	for (size_t i = 0; i < now->n; i++) {
		if (!same_key(&now->v[i], want))
			continue;
		if (found)
			return NULL;
		found = &now->v[i];
	}
	if (!found || found->nhid || found->proto == KN_RTPROT_RA || !is_extra(r, found) ||
	    (found->n_legs != 0) != (want->n_legs != 0))
		return NULL;
	/* One of several missing under that key. */
	for (size_t i = 0; &r->was_routes.v[i] < want; i++)
		if (same_key(&r->was_routes.v[i], want) &&
		    kn_restore_route_is_missing(r, &r->was_routes.v[i]))
			return NULL;
	return found;
}

static bool is_replaced(const struct kn_restore *r, const struct kn_route *extra)
{
	for (size_t i = 0; i < r->was_routes.n; i++)
		if (kn_restore_route_is_missing(r, &r->was_routes.v[i]) &&
		    replaced_by(r, &r->was_routes.v[i]) == extra)
			return true;
	return false;
}

/* Does one that stays, of the same key, belong before @route? */
static bool stands_behind(const struct kn_restore *r, const struct kn_route *route)
{
	for (size_t i = 0; &r->was_routes.v[i] < route; i++)
		if (same_key(&r->was_routes.v[i], route) &&
		    find_route(&r->now_routes, &r->was_routes.v[i]))
			return true;
	return false;
}

static bool goes_first(const struct kn_restore *r, const struct kn_route *route)
{
	return route->dst.ip.family == KN_IPV4 && !stands_behind(r, route);
}

static int emit_route(struct kn_restore *r, enum kn_phase phase, enum kn_op_kind kind,
		      const struct kn_route *route)
{
	return kn_emit_route(&r->ctx, phase, kind, route, &route->dev);
}

/* A default route that the kernel learns by itself comes back one behind: at its own metric it
 * would keep the kernel from adding its own. */
static int add_missing(struct kn_restore *r, const struct kn_route *route)
{
	const struct kn_route *old = replaced_by(r, route);
	struct kn_route copy = *route;
	struct kn_op op = {.kind = KN_OP_ROUTE_DEV, .dev = route->dev};

	if (old) {
		op.reroute.now = *route;
		op.reroute.before = *old;
		return kn_emit(&r->ctx, KN_PHASE_SWITCH, &op);
	}
	if (is_ra_default(route))
		copy.metric = KN_RA_METRIC + 1;
	return emit_route(r, KN_PHASE_SWITCH,
			  goes_first(r, route) ? KN_OP_ROUTE_PREPEND : KN_OP_ROUTE_ADD, &copy);
}

/* Those in front last to first, the others first to last: so all come to stand as recorded. */
static int add_all(struct kn_restore *r, bool through_gateway)
{
	const struct kn_routes *was = &r->was_routes;

	for (int front = 1; front >= 0; front--)
		for (size_t n = 0; n < was->n; n++) {
			const struct kn_route *route = &was->v[front ? was->n - 1 - n : n];

			if (kn_route_has_gateway(route) != through_gateway ||
			    goes_first(r, route) != front || !kn_restore_route_is_missing(r, route))
				continue;
			if (add_missing(r, route) < 0)
				return -1;
		}
	return 0;
}

/* The same network on a link that is about to lose it: the kernel would go on sending there. */
static bool has_rival(const struct kn_restore *r, const struct kn_route *route)
{
	const struct kn_routes *now = &r->now_routes;

	for (size_t i = 0; i < now->n; i++)
		if (same_key(&now->v[i], route) && !kn_route_has_gateway(&now->v[i]) &&
		    !kn_ifname_eq(&now->v[i].dev, &route->dev) &&
		    !find_route(&r->was_routes, &now->v[i]) && concerns(r, &now->v[i]))
			return true;
	return false;
}

static bool has_network(const struct kn_restore *r, const struct kn_route *route)
{
	for (size_t i = 0; i < r->now->n_addrs; i++)
		if (kn_ifname_eq(&r->now->addrs[i].dev, &route->dev) &&
		    kn_cidr_has(&route->dst, &r->now->addrs[i].addr.ip))
			return true;
	return false;
}

/* Is the kernel's own IPv4 route there by the time of the switch? */
static bool is_made_by_then(const struct kn_restore *r, const struct kn_route *route)
{
	return find_route(&r->now_routes, route) || !has_network(r, route);
}

/* The kernel's own route comes behind those of other links: it is put before them, or a better one
 * stands in for it. */
static int win_auto(struct kn_restore *r, const struct kn_route *route)
{
	struct kn_route better;

	if (kn_route_temporary(r->was, route, &better))
		return find_route(&r->now_routes, &better)
			       ? 0 /* a killed run has left it */
			       : emit_route(r, KN_PHASE_SWITCH, KN_OP_ROUTE_ADD, &better);
	if (route->dst.ip.family != KN_IPV4 || !is_made_by_then(r, route))
		return 0;
	if (emit_route(r, KN_PHASE_SWITCH, KN_OP_ROUTE_DEL, route) < 0)
		return -1;
	return emit_route(r, KN_PHASE_SWITCH, KN_OP_ROUTE_PREPEND, route);
}

static bool is_won(const struct kn_restore *r, const struct kn_route *route)
{
	const struct kn_rlink *to = kn_restore_receiver(r);

	return to && kn_ifname_eq(&to->name, &route->dev) && kn_link_is_up(to->was) &&
	       kn_restore_holds(r, &route->dev) && kn_route_auto_addr(r->was, route) &&
	       has_rival(r, route);
}

static int win_all(struct kn_restore *r)
{
	for (size_t i = 0; i < r->was_routes.n; i++)
		if (is_won(r, &r->was_routes.v[i]) && win_auto(r, &r->was_routes.v[i]) < 0)
			return -1;
	return 0;
}

/* What a killed run has left on the giver stands before the kernel's own, too: it would win. */
static bool is_leftover(const struct kn_restore *r, const struct kn_route *route, bool received)
{
	const struct kn_rlink *to = kn_restore_receiver(r);

	return route->proto == KN_RTPROT_TEMPORARY && concerns(r, route) &&
	       (to && kn_ifname_eq(&to->name, &route->dev)) == received;
}

static int drop_extras(struct kn_restore *r, bool through_gateway)
{
	const struct kn_routes *now = &r->now_routes;

	for (size_t i = 0; i < now->n; i++) {
		const struct kn_route *route = &now->v[i];
		bool goes = is_leftover(r, route, false) ||
			    (is_extra(r, route) && !is_replaced(r, route));

		if (goes && kn_route_has_gateway(route) == through_gateway &&
		    emit_route(r, KN_PHASE_SWITCH, KN_OP_ROUTE_DEL, route) < 0)
			return -1;
	}
	return 0;
}

/* A record of a route that was not kept whole (more next hops than fit) cannot be followed. */
static void report_odd(struct kn_restore *r)
{
	char dst[KN_CIDR_STRLEN];
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t i = 0; i < r->was_routes.n; i++) {
		const struct kn_route *route = &r->was_routes.v[i];

		if (!route->odd && (!route->multipath || route->n_legs || route->nhid))
			continue;
		if (!kn_restore_route_is_missing(r, route))
			continue;
		text.len = 0;
		kn_buf_printf(&text, ": route %s says more than kvmnet can put back",
			      kn_cidr_fmt(&route->dst, dst));
		kn_restore_lose(r, &route->dev, kn_buf_str(&text));
	}
}

int kn_restore_routes_switch(struct kn_restore *r)
{
	if (!(r->then->reads & KN_JREAD_ROUTES))
		return 0;
	report_odd(r);
	if (kn_restore_nexthops(r, false) < 0 || win_all(r) < 0 || add_all(r, false) < 0)
		return -1;
	if (kn_restore_nexthops(r, true) < 0 || add_all(r, true) < 0)
		return -1;
	return drop_extras(r, true) < 0 ? -1 : drop_extras(r, false);
}

/* It goes, or is a port again: nothing is received on it. */
static bool is_given_up(const struct kn_restore *r, const struct kn_ifname *dev)
{
	const struct kn_rlink *link = kn_restore_link(r, dev);

	return link &&
	       (link->fate == KN_FATE_GOES || (link->was && kn_ifname_is_set(&link->was->master)));
}

/* The addresses have gone, and the stand-ins of the other link are about to (move_lingering.c). */
static int drop_lingering(struct kn_restore *r)
{
	const struct kn_routes *now = &r->now_routes;

	for (size_t i = 0; i < now->n; i++)
		if (is_given_up(r, &now->v[i].dev) && concerns(r, &now->v[i]) &&
		    kn_route_lingers(r->now, &now->v[i]) &&
		    !find_route(&r->was_routes, &now->v[i]) &&
		    emit_route(r, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, &now->v[i]) < 0)
			return -1;
	return 0;
}

int kn_restore_routes_finish(struct kn_restore *r)
{
	if (!(r->then->reads & KN_JREAD_ROUTES))
		return 0;
	if (drop_lingering(r) < 0)
		return -1;
	for (size_t i = 0; i < r->now_routes.n; i++)
		if (is_leftover(r, &r->now_routes.v[i], true) &&
		    emit_route(r, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, &r->now_routes.v[i]) < 0)
			return -1;
	for (size_t i = 0; i < r->was_routes.n; i++) {
		struct kn_route better;

		if (is_won(r, &r->was_routes.v[i]) &&
		    kn_route_temporary(r->was, &r->was_routes.v[i], &better) &&
		    !find_route(&r->now_routes, &better) &&
		    emit_route(r, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, &better) < 0)
			return -1;
	}
	return 0;
}
