/* The kernel's own IPv6 route to an address's network goes with the address, but only where that
 * one is for ever: with a lifetime (router advertisements, DHCPv6) it stays, for other hosts of the
 * network are still there. On a link that is given up it would catch what belongs to the other.
 * Source: kernel net/ipv6/addrconf.c, ipv6_del_addr(), check_cleanup_prefix_route().
 * Layer: plan, pure. */
#include "plan/ctx.h"

static bool is_of(const struct kn_laddr *addr, const struct kn_route *route)
{
	struct kn_cidr net = kn_cidr_network(&addr->addr);

	return kn_ifname_eq(&addr->dev, &route->dev) && kn_cidr_eq(&net, &route->dst) &&
	       !(addr->flags & KN_IFA_F_NOPREFIXROUTE);
}

bool kn_route_lingers(const struct kn_facts *facts, const struct kn_route *route)
{
	if (route->dst.ip.family != KN_IPV6 || route->proto != KN_RTPROT_KERNEL ||
	    route->gateway.family || route->dst.prefix_len == 128)
		return false;
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (is_of(&facts->addrs[i], route) &&
		    facts->addrs[i].valid_s != KN_LIFETIME_FOREVER)
			return true;
	return false;
}

/* Behind the addresses, so that an undo adds the route first: the addresses take it over then. Of
 * several of one network the last may have taken it along; that is fine (live/exec.c). */
int kn_move_lingering(struct kn_ctx *ctx)
{
	const struct kn_routes *routes = &ctx->in->facts->routes;

	for (size_t i = 0; !ctx->keep_from && i < routes->n; i++)
		if (kn_ifname_is_set(&ctx->from) && kn_ifname_eq(&routes->v[i].dev, &ctx->from) &&
		    kn_route_lingers(ctx->in->facts, &routes->v[i]) &&
		    kn_emit_route(ctx, KN_PHASE_FINISH, KN_OP_ROUTE_DEL, &routes->v[i],
				  &ctx->from) < 0)
			return -1;
	return 0;
}
