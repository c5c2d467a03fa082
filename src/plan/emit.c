/* Appending operations to a plan.
 * Layer: plan, pure. */
#include "plan/ctx.h"

int kn_emit(struct kn_ctx *ctx, enum kn_phase phase, struct kn_op *op)
{
	op->phase = phase;
	return kn_plan_add_op(ctx->plan, op, ctx->err);
}

int kn_emit_num(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		const struct kn_ifname *dev, uint32_t now, uint32_t before)
{
	struct kn_op op = {.kind = kind, .dev = *dev, .num = {now, before}};

	return now == before ? 0 : kn_emit(ctx, phase, &op);
}

int kn_emit_simple(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		   const struct kn_ifname *dev, const struct kn_ifname *other)
{
	struct kn_op op = {.kind = kind, .dev = *dev};

	if (other)
		op.other = *other;
	return kn_emit(ctx, phase, &op);
}

int kn_emit_route(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		  const struct kn_route *route, const struct kn_ifname *dev)
{
	struct kn_op op = {.kind = kind, .dev = *dev, .route = *route};

	op.route.dev = *dev;
	return kn_emit(ctx, phase, &op);
}

int kn_emit_master(struct kn_ctx *ctx, const struct kn_ifname *port, const struct kn_ifname *now,
		   const struct kn_ifname *before)
{
	struct kn_op op = {.kind = KN_OP_LINK_MASTER, .dev = *port};

	if (now)
		op.master.now = *now;
	if (before)
		op.master.before = *before;
	return kn_emit(ctx, KN_PHASE_SWITCH, &op);
}
