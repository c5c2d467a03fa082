/* Safety rule unmovable-route: what hangs on the link and has a shape that cannot be moved without
 * a gap, or not as it is. Layer: plan, pure. */
#include "plan/ctx.h"

static bool is_ours(const struct kn_target *target, const struct kn_ifname *dev)
{
	return kn_ifname_eq(dev, &target->bridge) || kn_ifname_eq(dev, &target->uplink) ||
	       kn_names_has(&target->ports, dev);
}

static bool uses_ours(const struct kn_target *target, const struct kn_route *route)
{
	if (is_ours(target, &route->dev))
		return true;
	for (size_t i = 0; i < route->n_legs; i++)
		if (is_ours(target, &route->legs[i].dev))
			return true;
	return false;
}

/* Return: what is in the way; NULL when it can be moved. */
static const char *what_holds(const struct kn_route *route)
{
	if (route->odd)
		return "a source network, a realm or an encapsulation";
	return route->multipath && !route->n_legs && !route->nhid ? "more than 8 next hops" : NULL;
}

static bool leads_to(const struct kn_route *route, const struct kn_ip *gateway)
{
	return !route->gateway.family && !route->n_legs && !kn_route_is_default(route) &&
	       kn_cidr_has(&route->dst, gateway);
}

/* Is @gateway reached by a link route of a nexthop object alone? It would leave the old link in one
 * step with the object, and an undo could not bring the gateway back there before the object. */
static bool hangs_on_object(const struct kn_inputs *in, const struct kn_target *target,
			    const struct kn_ip *gateway)
{
	const struct kn_routes *routes = &in->facts->routes;
	bool object = false;

	for (size_t i = 0; i < routes->n; i++) {
		if (!uses_ours(target, &routes->v[i]) || !leads_to(&routes->v[i], gateway))
			continue;
		if (!routes->v[i].nhid)
			return false;
		object = true;
	}
	return object;
}

static int check_gateway(const struct kn_inputs *in, const struct kn_target *target,
			 const struct kn_ip *gateway, struct kn_plan *plan, struct kn_error *err)
{
	char ip[KN_IP_STRLEN];

	if (!gateway->family || !hangs_on_object(in, target, gateway))
		return 0;
	return kn_rule(in, plan, "unmovable-route", err,
		       "give the gateway a link route without a nexthop object",
		       "the gateway %s is reached through a nexthop object, which kvmnet cannot "
		       "move with it",
		       kn_ip_fmt(gateway, ip));
}

static int check_route(const struct kn_inputs *in, const struct kn_target *target,
		       const struct kn_route *route, struct kn_plan *plan, struct kn_error *err)
{
	const char *what = what_holds(route);
	char buf[KN_CIDR_STRLEN];

	if (!uses_ours(target, route))
		return 0;
	if (what)
		return kn_rule(in, plan, "unmovable-route", err, "move that route by hand first",
			       "the route to %s has %s, which kvmnet cannot move",
			       kn_cidr_fmt(&route->dst, buf), what);
	return route->onlink || route->nhid ? 0
					    : check_gateway(in, target, &route->gateway, plan, err);
}

int kn_preflight_move(const struct kn_inputs *in, const struct kn_target *target,
		      struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_facts *facts = in->facts;

	if (target->verb != KN_BRIDGE_CREATE && target->verb != KN_BRIDGE_DELETE)
		return 0;
	for (size_t i = 0; i < facts->routes.n; i++)
		if (check_route(in, target, &facts->routes.v[i], plan, err) < 0)
			return -1;
	for (size_t i = 0; i < facts->n_nexthops; i++) {
		const struct kn_nexthop *nexthop = &facts->nexthops[i];

		if (nexthop->odd)
			return kn_rule(in, plan, "unmovable-route", err,
				       "move that nexthop by hand first",
				       "nexthop %u has a longer encapsulation than kvmnet can move",
				       nexthop->id);
		if (!nexthop->onlink && check_gateway(in, target, &nexthop->gateway, plan, err) < 0)
			return -1;
	}
	return 0;
}
