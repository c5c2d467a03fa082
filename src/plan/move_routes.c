/* Moving routes: link routes first, then those through gateways; the new one stands before the old
 * one goes. The order and its reasons are TAKEOVER.md's.
 * Layer: plan, pure. */
#include "plan/ctx.h"

static bool is_from(const struct kn_ctx *ctx, const struct kn_route *route)
{
	return !ctx->keep_from && kn_ifname_is_set(&ctx->from) && kn_route_uses(route, &ctx->from);
}

static bool is_to(const struct kn_ctx *ctx, const struct kn_route *route)
{
	return kn_route_uses(route, &ctx->to);
}

bool kn_route_has_gateway(const struct kn_route *route)
{
	return route->gateway.family || route->n_legs;
}

const struct kn_laddr *kn_route_auto_addr(const struct kn_facts *facts,
					  const struct kn_route *route)
{
	if (route->proto != KN_RTPROT_KERNEL || route->gateway.family)
		return NULL;
	for (size_t i = 0; i < facts->n_addrs; i++) {
		const struct kn_laddr *addr = &facts->addrs[i];
		struct kn_cidr net = addr->addr;

		if (addr->peer.family)
			net.ip = addr->peer;
		net = kn_cidr_network(&net);
		if (kn_ifname_eq(&addr->dev, &route->dev) &&
		    !(addr->flags & KN_IFA_F_NOPREFIXROUTE) && kn_cidr_eq(&net, &route->dst))
			return addr;
	}
	return NULL;
}

bool kn_route_is_auto(const struct kn_facts *facts, const struct kn_route *route)
{
	if (route->dst.ip.family == KN_IPV6 && route->proto == KN_RTPROT_KERNEL)
		return true;
	return kn_route_auto_addr(facts, route) != NULL;
}

static bool matches(const struct kn_route *have, const struct kn_route *want)
{
	return have->n_legs == want->n_legs && kn_cidr_eq(&have->dst, &want->dst) &&
	       kn_ip_eq(&have->gateway, &want->gateway) && have->table == want->table &&
	       (!want->has_metric || have->metric == want->metric);
}

static struct kn_route wanted_default(const struct kn_ctx *ctx, enum kn_family family)
{
	const struct kn_ipconf *ip = &ctx->target->ip;
	struct kn_route route = KN_ROUTE_INIT;

	route.dst.ip.family = family;
	route.gateway = family == KN_IPV4 ? ip->gateway4 : ip->gateway6;
	route.onlink = family == KN_IPV4 && ip->onlink4;
	/* IPv6 has no metric 0: it is the kernel's default then. */
	route.has_metric = ip->has_metric && (family == KN_IPV4 || ip->metric);
	route.metric = ip->metric;
	route.dev = ctx->to;
	return route;
}

static bool wants_default(const struct kn_ctx *ctx, enum kn_family family)
{
	const struct kn_ipconf *ip = &ctx->target->ip;

	return !ip->no_defroute && (family == KN_IPV4 ? ip->gateway4.family : ip->gateway6.family);
}

static bool is_bridges_own(const struct kn_ctx *ctx, const struct kn_route *route)
{
	const struct kn_routes *own = &ctx->target->own_routes;

	for (size_t i = 0; i < own->n; i++)
		if (matches(route, &own->v[i]))
			return true;
	return false;
}

/* Is a route of .from (or of .to) to exist on .to afterwards? */
static bool keeps_route(const struct kn_ctx *ctx, const struct kn_route *route)
{
	const struct kn_ipconf *ip = &ctx->target->ip;
	enum kn_family family = route->dst.ip.family;

	if (route->proto == KN_RTPROT_TEMPORARY || is_bridges_own(ctx, route))
		return false;
	if (route->table == KN_RT_TABLE_MAIN && kn_route_is_default(route)) {
		if (!ctx->new_gateway[family])
			return true;
		struct kn_route want = wanted_default(ctx, family);
		return wants_default(ctx, family) && matches(route, &want);
	}
	if (!ctx->new_routes)
		return true;
	for (size_t i = 0; i < ip->routes.n; i++)
		if (matches(route, &ip->routes.v[i]))
			return true;
	return false;
}

static bool exists_on_to(const struct kn_ctx *ctx, const struct kn_route *want)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++)
		if (is_to(ctx, &routes->v[i]) && kn_route_same(&routes->v[i], want))
			return true;
	return false;
}

/* True when no other route shares dst, table and metric: then it can be replaced in place. */
static bool stands_alone(const struct kn_ctx *ctx, const struct kn_route *route)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *other = &routes->v[i];

		if (other != route && other->table == route->table &&
		    other->metric == route->metric && kn_cidr_eq(&other->dst, &route->dst))
			return false;
	}
	return true;
}

static bool source_stays(const struct kn_ctx *ctx, const struct kn_ip *src)
{
	const struct kn_facts *facts = ctx->in->facts;
	const struct kn_cidrs *wanted = &ctx->target->ip.addrs;

	for (size_t i = 0; i < wanted->n; i++)
		if (kn_ip_eq(&wanted->v[i].ip, src))
			return true;
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_ip_eq(&facts->addrs[i].addr.ip, src) &&
		    !kn_move_keeps(ctx, &facts->addrs[i]))
			return false;
	return true;
}

bool kn_route_temporary(const struct kn_facts *facts, const struct kn_route *route,
			struct kn_route *ret)
{
	const struct kn_laddr *addr = kn_route_auto_addr(facts, route);

	if (!addr || route->dst.ip.family != KN_IPV6 || kn_ip_is_link_local(&addr->addr.ip) ||
	    route->dst.prefix_len == 128 || route->metric < 2)
		return false;
	*ret = *route;
	ret->has_metric = true;
	ret->metric = route->metric - 1;
	ret->proto = KN_RTPROT_TEMPORARY;
	return true;
}

static bool temporary_route(const struct kn_ctx *ctx, const struct kn_route *route,
			    struct kn_route *ret)
{
	const struct kn_laddr *addr = kn_route_auto_addr(ctx->in->facts, route);

	return addr && kn_move_keeps(ctx, addr) && kn_route_temporary(ctx->in->facts, route, ret);
}

static bool exists_on_from(const struct kn_ctx *ctx, const struct kn_route *want)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++)
		if (is_from(ctx, &routes->v[i]) && kn_route_same(&routes->v[i], want))
			return true;
	return false;
}

/* The stand-in of .from: of no use on the way there, but on the way back, when a later step fails,
 * it is what wins over the kernel's own route of .to. */
static int stand_ins(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		struct kn_route better;

		if (is_from(ctx, &routes->v[i]) && temporary_route(ctx, &routes->v[i], &better) &&
		    !exists_on_from(ctx, &better) &&
		    kn_emit_route(ctx, phase, kind, &better, &ctx->from) < 0)
			return -1;
	}
	return 0;
}

int kn_move_routes_prepare(struct kn_ctx *ctx)
{
	return stand_ins(ctx, KN_PHASE_PREPARE, KN_OP_ROUTE_ADD);
}

/* The kernel's own link route: it exists on both sides; make the one of .to win at once. */
static int move_auto(struct kn_ctx *ctx, const struct kn_route *route)
{
	const struct kn_laddr *addr = kn_route_auto_addr(ctx->in->facts, route);
	struct kn_route better;

	if (temporary_route(ctx, route, &better))
		return exists_on_to(ctx, &better)
			       ? 0 /* a killed run has left it */
			       : kn_emit_route(ctx, KN_PHASE_SWITCH, KN_OP_ROUTE_ADD, &better,
					       &ctx->to);
	if (!addr || route->dst.ip.family != KN_IPV4 || !kn_move_keeps(ctx, addr))
		return 0;
	if (kn_emit_route(ctx, KN_PHASE_SWITCH, KN_OP_ROUTE_DEL, route, &ctx->to) < 0)
		return -1;
	return kn_emit_route(ctx, KN_PHASE_SWITCH, KN_OP_ROUTE_PREPEND, route, &ctx->to);
}

/* IPv6 keeps routes through several gateways as one group under its key, which a replacement hits
 * as a whole, and only that: RA's and link routes never are members. Appended, the copy would join
 * the group that it is to replace. Source: kernel include/net/ip6_route.h rt6_qualify_for_ecmp().
 */
static bool replaced_in_place(const struct kn_ctx *ctx, const struct kn_route *route)
{
	if (route->n_legs && route->dst.ip.family == KN_IPV6)
		return true;
	return route->dst.ip.family == KN_IPV6 && route->proto != KN_RTPROT_RA &&
	       route->gateway.family && kn_route_is_default(route) && stands_alone(ctx, route);
}

/* A default route that the kernel learnt and renews by itself. A copy at the same metric would keep
 * it from adding its own on the other link: copies stand one behind. */
static bool is_kernels_ra(const struct kn_route *route)
{
	return route->dst.ip.family == KN_IPV6 && route->proto == KN_RTPROT_RA &&
	       route->metric == KN_RA_METRIC;
}

/* The copy on .to; with the IPv6 default route also the end of the original. */
static int copy_one(struct kn_ctx *ctx, const struct kn_route *route)
{
	struct kn_route copy = *route;
	bool v4 = route->dst.ip.family == KN_IPV4;

	if (copy.src.family && !source_stays(ctx, &copy.src))
		copy.src = (struct kn_ip){0};
	kn_route_rename(&copy, &ctx->from, &ctx->to);
	if (replaced_in_place(ctx, route)) {
		struct kn_op op = {.kind = KN_OP_ROUTE_DEV, .dev = ctx->to};

		op.reroute.now = copy;
		op.reroute.before = *route;
		return kn_emit(ctx, KN_PHASE_SWITCH, &op);
	}
	if (is_kernels_ra(route)) {
		copy.metric++;
		if (exists_on_from(ctx, &copy))
			return 0; /* from the way there */
	}
	if (exists_on_to(ctx, &copy))
		return 0;
	return kn_emit_route(ctx, KN_PHASE_SWITCH, v4 ? KN_OP_ROUTE_PREPEND : KN_OP_ROUTE_ADD,
			     &copy, &ctx->to);
}

static int copy_existing(struct kn_ctx *ctx, bool through_gateway)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];
		int r = 0;

		/* What names a nexthop object follows it. */
		if (!is_from(ctx, route) || route->nhid ||
		    kn_route_has_gateway(route) != through_gateway)
			continue;
		if (kn_route_is_auto(ctx->in->facts, route))
			r = move_auto(ctx, route);
		else if (keeps_route(ctx, route))
			r = copy_one(ctx, route);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* The originals of what was copied. Those through gateways go first, so that an undo in reverse
 * finds the link routes in place that the kernel asks for. */
static int drop_originals(struct kn_ctx *ctx, bool through_gateway)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		/* What a killed run has left stands before the kernel's own, too: it would win. */
		bool moved = keeps_route(ctx, route) || route->proto == KN_RTPROT_TEMPORARY;

		if (is_from(ctx, route) && !route->nhid &&
		    kn_route_has_gateway(route) == through_gateway &&
		    !kn_route_is_auto(ctx->in->facts, route) && moved &&
		    !replaced_in_place(ctx, route) &&
		    kn_emit_route(ctx, KN_PHASE_SWITCH, KN_OP_ROUTE_DEL, route, &ctx->from) < 0)
			return -1;
	}
	return 0;
}

/* A wanted route that is on .to, or comes there from .from. */
static bool is_provided(const struct kn_ctx *ctx, const struct kn_route *want, bool any_default)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *have = &routes->v[i];

		if (!is_to(ctx, have) && !is_from(ctx, have))
			continue;
		if (matches(have, want) ||
		    (any_default && have->table == KN_RT_TABLE_MAIN && kn_route_is_default(have) &&
		     have->dst.ip.family == want->dst.ip.family))
			return true;
	}
	return false;
}

static int add_wanted(struct kn_ctx *ctx, const struct kn_route *want)
{
	struct kn_route route = *want;

	if (route.dst.ip.family == KN_IPV4 && !route.gateway.family)
		route.scope = KN_RT_SCOPE_LINK;
	enum kn_op_kind kind =
		route.dst.ip.family == KN_IPV4 ? KN_OP_ROUTE_PREPEND : KN_OP_ROUTE_ADD;
	return kn_emit_route(ctx, KN_PHASE_SWITCH, kind, &route, &ctx->to);
}

static int add_missing(struct kn_ctx *ctx)
{
	const struct kn_routes *wanted = &ctx->target->ip.routes;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < wanted->n; i++)
			if ((wanted->v[i].gateway.family != 0) == pass &&
			    !is_provided(ctx, &wanted->v[i], false) &&
			    add_wanted(ctx, &wanted->v[i]) < 0)
				return -1;
	for (enum kn_family family = KN_IPV4; family <= KN_IPV6; family++) {
		struct kn_route want = wanted_default(ctx, family);

		if (wants_default(ctx, family) &&
		    !is_provided(ctx, &want, !ctx->new_gateway[family]) &&
		    add_wanted(ctx, &want) < 0)
			return -1;
	}
	return 0;
}

int kn_move_routes(struct kn_ctx *ctx)
{
	if (kn_move_nexthops(ctx, false) < 0 || copy_existing(ctx, false) < 0)
		return -1;
	/* Before the routes that may have taken them for granted. */
	if (kn_move_nexthops(ctx, true) < 0 || copy_existing(ctx, true) < 0)
		return -1;
	if (add_missing(ctx) < 0 || stand_ins(ctx, KN_PHASE_SWITCH, KN_OP_ROUTE_DEL) < 0)
		return -1;
	return drop_originals(ctx, true) < 0 ? -1 : drop_originals(ctx, false);
}

static bool is_gone(const struct kn_ctx *ctx, const struct kn_route *route)
{
	return (is_from(ctx, route) || is_to(ctx, route)) &&
	       !kn_route_is_auto(ctx->in->facts, route) && !keeps_route(ctx, route);
}

bool kn_routes_due(const struct kn_ctx *ctx)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	if (kn_nexthops_due(ctx))
		return true;
	for (size_t i = 0; i < routes->n; i++)
		if (is_gone(ctx, &routes->v[i]) ||
		    (is_from(ctx, &routes->v[i]) &&
		     !kn_route_is_auto(ctx->in->facts, &routes->v[i])))
			return true;
	return false;
}

int kn_move_routes_drop(struct kn_ctx *ctx)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (int link = 0; link < 2; link++)
		for (size_t i = 0; i < routes->n; i++)
			if (is_gone(ctx, &routes->v[i]) &&
			    routes->v[i].proto != KN_RTPROT_TEMPORARY &&
			    kn_route_has_gateway(&routes->v[i]) != link &&
			    kn_emit_route(ctx, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, &routes->v[i],
					  &routes->v[i].dev) < 0)
				return -1;
	return 0;
}

int kn_move_routes_finish(struct kn_ctx *ctx)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];
		struct kn_route better;

		/* Those that a killed run has left here; those of .from went in the switch. */
		if (route->proto == KN_RTPROT_TEMPORARY && is_gone(ctx, route) &&
		    !is_from(ctx, route) &&
		    kn_emit_route(ctx, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, route, &route->dev) < 0)
			return -1;
		if (is_from(ctx, route) && temporary_route(ctx, route, &better) &&
		    !exists_on_to(ctx, &better) &&
		    kn_emit_route(ctx, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, &better, &ctx->to) < 0)
			return -1;
	}
	return 0;
}

int kn_move_leftovers(struct kn_ctx *ctx)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		if (route->proto == KN_RTPROT_TEMPORARY && !is_to(ctx, route) &&
		    !kn_ifname_eq(&route->dev, &ctx->target->bridge) &&
		    kn_emit_route(ctx, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, route, &route->dev) < 0)
			return -1;
	}
	return 0;
}
