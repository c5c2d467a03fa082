/* Which port carries the host's default route, for files that serve many hosts.
 * Layer: engine, effects (reads only). */
#include "kvmnet/engine.h"
#include "kvmnet/text.h"

static bool is_better(const struct kn_route *route, const struct kn_route *best)
{
	if (!best || route->dst.ip.family != best->dst.ip.family)
		return !best || route->dst.ip.family == KN_IPV4;
	return route->metric < best->metric;
}

/* The link of the main table's best default route; IPv4 counts before IPv6. */
static const struct kn_ifname *by_route(const struct kn_facts *facts)
{
	const struct kn_route *best = NULL;

	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if (kn_route_is_default(route) && route->table == 254 &&
		    kn_ifname_is_set(&route->dev) && is_better(route, best))
			best = route;
	}
	return best ? &best->dev : NULL;
}

static const struct kn_ifname *by_files(const struct kn_confs *confs)
{
	const struct kn_ifname *leased = NULL;

	for (size_t i = 0; i < confs->n; i++) {
		const struct kn_conf *conf = &confs->v[i];

		if (conf->onboot == KN_NO || conf->ip.no_defroute)
			continue;
		if (conf->ip.gateway4.family || conf->ip.gateway6.family)
			return &conf->name;
		if ((conf->ip.dhcp4 || conf->ip.slaac) && !leased)
			leased = &conf->name;
	}
	return leased;
}

/* The bridge itself has the route already: then it is the port through which it got it. Guests'
 * cards are none. */
static const struct kn_ifname *port_of(const struct kn_state *state, const struct kn_ifname *bridge)
{
	for (size_t i = 0; i < state->confs.n; i++)
		if (kn_ifname_eq(&state->confs.v[i].bridge, bridge))
			return &state->confs.v[i].name;
	for (size_t i = 0; i < state->facts.n_links; i++) {
		const struct kn_link *link = &state->facts.links[i];

		if (kn_ifname_eq(&link->master, bridge) && link->kind != KN_LINK_TUN)
			return &link->name;
	}
	return NULL;
}

int kn_engine_uplink(struct kn_engine *engine, const struct kn_ifname *bridge,
		     struct kn_ifname *ret, struct kn_error *err)
{
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	const struct kn_ifname *dev;

	if (kn_engine_view(engine, bridge, &state, err) < 0)
		return -1;
	dev = engine->live ? by_route(&state.facts) : by_files(&state.confs);
	if (dev && kn_ifname_eq(dev, bridge))
		dev = port_of(&state, bridge);
	if (dev) {
		*ret = *dev;
		return 0;
	}
	kn_fail(err, KN_ERR_INPUT, 0, "@uplink: nothing carries a default route on this host");
	return kn_hint(err, "name the port: ports = eth0");
}
