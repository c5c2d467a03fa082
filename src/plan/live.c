/* Entry of the live planner: sets up what moves from where to where, then the verb's own steps.
 * Layer: plan, pure. */
#include "plan/ctx.h"

/* Is there an address on @dev with a lifetime that a client renews? */
static bool has_lease(const struct kn_facts *facts, const struct kn_ifname *dev)
{
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_ifname_eq(&facts->addrs[i].dev, dev) &&
		    facts->addrs[i].addr.ip.family == KN_IPV4 &&
		    facts->addrs[i].valid_s != KN_LIFETIME_FOREVER)
			return true;
	return false;
}

int kn_live_dhcp(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;
	const struct kn_dhcp_client *old = kn_facts_client(facts, &ctx->from);
	const struct kn_dhcp_client *own = kn_facts_client(facts, &ctx->to);
	bool wanted = ctx->target->ip.dhcp4;
	bool unwanted = ctx->new_addrs[KN_IPV4] && !wanted;

	if (own && unwanted)
		return kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_DHCP_STOP, &ctx->to, NULL);
	if (own)
		return 0;
	if (old && !ctx->keep_from) {
		if (unwanted)
			return kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_DHCP_STOP, &ctx->from,
					      NULL);
		return kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_DHCP_MOVE, &ctx->to, &ctx->from);
	}
	if (!wanted)
		return 0;
	/* A lease that no known client renews: another client must not start beside it. */
	if (has_lease(facts, &ctx->from) || has_lease(facts, &ctx->to))
		return 0;
	return kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_DHCP_START, &ctx->to, NULL);
}

static void replace_by_spec(struct kn_ctx *ctx)
{
	const struct kn_spec *spec = ctx->in->spec;
	const struct kn_ipconf *ip = &spec->ip;
	const struct kn_target *target = ctx->target;

	for (enum kn_family family = KN_IPV4; family <= KN_IPV6; family++) {
		ctx->new_addrs[family] = spec->no_ip || kn_gives_addr(spec, family);
		ctx->new_gateway[family] = spec->no_ip || (family == KN_IPV4 ? ip->gateway4.family
									     : ip->gateway6.family);
		/* A metric alone is for the gateway that is there. */
		if (ip->has_metric &&
		    (family == KN_IPV4 ? target->ip.gateway4.family : target->ip.gateway6.family))
			ctx->new_gateway[family] = true;
	}
	ctx->new_routes = spec->no_ip || (spec->given & KN_GROUP_ROUTES);
}

/* On delete the original's addressing replaces the bridge's where the resolver says so. */
static void replace_by_origin(struct kn_ctx *ctx)
{
	bool addrs = ctx->target->groups & KN_GROUP_ADDR;
	bool gateway = ctx->target->groups & KN_GROUP_GATEWAY;

	for (enum kn_family family = KN_IPV4; family <= KN_IPV6; family++) {
		ctx->new_addrs[family] = addrs;
		ctx->new_gateway[family] = gateway;
	}
}

static void set_direction(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;

	switch (target->verb) {
	case KN_BRIDGE_CREATE:
		ctx->from = target->uplink;
		ctx->to = target->bridge;
		replace_by_spec(ctx);
		break;
	case KN_BRIDGE_DELETE:
		ctx->from = target->bridge;
		ctx->to = target->uplink;
		replace_by_origin(ctx);
		break;
	case KN_BRIDGE_SET:
	case KN_PORT_ADD:
	case KN_PORT_REMOVE:
	case KN_PORT_SET:
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
	case KN_BOND_RELEASE:
	case KN_LINK_DELETE:
		ctx->from = target->bridge;
		ctx->to = target->bridge;
		ctx->keep_from = true;
		replace_by_spec(ctx);
		break;
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
	case KN_APPLY:
		break;
	}
}

int kn_plan_live(const struct kn_inputs *in, const struct kn_target *target, struct kn_plan *plan,
		 struct kn_error *err)
{
	struct kn_ctx ctx = {.in = in, .target = target, .plan = plan, .err = err};

	if (!in->facts->live)
		return 0;
	ctx.br = kn_facts_link(in->facts, &target->bridge);
	if (kn_ifname_is_set(&target->uplink))
		ctx.uplink = kn_facts_link(in->facts, &target->uplink);
	set_direction(&ctx);
	switch (target->verb) {
	case KN_BRIDGE_CREATE:
		return kn_live_create(&ctx);
	case KN_BRIDGE_SET:
		return kn_live_set(&ctx);
	case KN_BRIDGE_DELETE:
		return kn_live_delete(&ctx);
	case KN_PORT_ADD:
		return kn_live_port_add(&ctx);
	case KN_PORT_REMOVE:
		return kn_live_port_remove(&ctx);
	case KN_PORT_SET:
		return kn_live_port_set(&ctx);
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
		return kn_live_link_create(&ctx);
	case KN_BOND_RELEASE:
		return kn_live_bond_release(&ctx);
	case KN_LINK_DELETE:
		return kn_live_link_delete(&ctx);
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
	case KN_APPLY:
		break;
	}
	return 0;
}
