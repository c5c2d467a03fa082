/* Moving nexthop objects: replaced in place, so that every route and group that names one follows
 * in the same step. Layer: plan, pure. */
#include "plan/ctx.h"

static bool leaves(const struct kn_ctx *ctx, const struct kn_nexthop *nexthop)
{
	/* Without addresses on .to there is nothing for it to do there. */
	return !ctx->keep_from && !ctx->in->spec->no_ip && kn_ifname_is_set(&ctx->from) &&
	       kn_ifname_eq(&nexthop->dev, &ctx->from);
}

bool kn_nexthops_due(const struct kn_ctx *ctx)
{
	for (size_t i = 0; i < ctx->in->facts->n_nexthops; i++)
		if (leaves(ctx, &ctx->in->facts->nexthops[i]))
			return true;
	return false;
}

int kn_move_nexthops(struct kn_ctx *ctx, bool through_gateway)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_nexthops; i++) {
		const struct kn_nexthop *nexthop = &facts->nexthops[i];
		struct kn_op op = {.kind = KN_OP_NEXTHOP, .dev = ctx->to};

		if (!leaves(ctx, nexthop) || (nexthop->gateway.family != 0) != through_gateway)
			continue;
		op.nexthop.now = *nexthop;
		op.nexthop.now.dev = ctx->to;
		op.nexthop.before = *nexthop;
		if (kn_emit(ctx, KN_PHASE_SWITCH, &op) < 0)
			return -1;
	}
	return 0;
}
