/* A route's next hops when one of its links is replaced by another.
 * Layer: plan, pure. */
#include "plan/ctx.h"

static bool repeats_leg(const struct kn_route *route, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (kn_ifname_eq(&route->legs[i].dev, &route->legs[at].dev) &&
		    kn_ip_eq(&route->legs[i].gateway, &route->legs[at].gateway))
			return true;
	return false;
}

/* A dead run, or somebody's hand, has added the copy and not removed the original: IPv6 makes one
 * group of the two, and refuses one that names the same gateway twice. */
static void drop_repeated(struct kn_route *route)
{
	uint8_t n = 0;

	for (size_t i = 0; i < route->n_legs; i++) {
		route->legs[n] = route->legs[i];
		n += !repeats_leg(route, n);
	}
	route->n_legs = n;
	if (n != 1)
		return;
	route->gateway = route->legs[0].gateway;
	route->dev = route->legs[0].dev;
	route->onlink |= route->legs[0].onlink;
	route->multipath = false;
	route->n_legs = 0;
}

void kn_route_rename(struct kn_route *route, const struct kn_ifname *from,
		     const struct kn_ifname *to)
{
	route->dev = *to;
	for (size_t i = 0; i < route->n_legs; i++)
		if (kn_ifname_eq(&route->legs[i].dev, from))
			route->legs[i].dev = *to;
	if (route->dst.ip.family == KN_IPV6)
		drop_repeated(route);
}
