/* The splice, the catch and the temporary carrier as steps of a move (live/splice.h, live/catch.h,
 * TAKEOVER.md).
 * Layer: plan, pure. */
#include "plan/ctx.h"
#include "plan/topology.h"

/* Name of the short-lived tap that gives a bridge its carrier. */
static const struct kn_ifname tap = {"kvmnet-tap0"};

bool kn_is_carrier(const struct kn_ifname *name)
{
	return kn_ifname_eq(name, &tap);
}

static int emit_splice(struct kn_ctx *ctx, enum kn_phase phase, struct kn_op *op)
{
	op->dev = ctx->target->uplink;
	op->other = ctx->target->bridge;
	return kn_emit(ctx, phase, op);
}

int kn_splice_begin(struct kn_ctx *ctx)
{
	struct kn_op op = {.kind = KN_OP_SPLICE_ADD};

	return ctx->splice ? emit_splice(ctx, KN_PHASE_PREPARE, &op) : 0;
}

int kn_splice_turn_to(struct kn_ctx *ctx, unsigned int now, unsigned int before)
{
	struct kn_op op = {.kind = KN_OP_SPLICE_TURN, .num = {now, before}};

	return ctx->splice ? emit_splice(ctx, KN_PHASE_SWITCH, &op) : 0;
}

int kn_splice_drain(struct kn_ctx *ctx, const struct kn_ifname *dev)
{
	return ctx->splice ? kn_emit_simple(ctx, KN_PHASE_SWITCH, KN_OP_DRAIN, dev, NULL) : 0;
}

int kn_splice_end(struct kn_ctx *ctx, unsigned int before)
{
	struct kn_op op = {.kind = KN_OP_SPLICE_DEL};

	if (kn_splice_turn_to(ctx, 0, before) < 0)
		return -1;
	return ctx->splice ? emit_splice(ctx, KN_PHASE_FINISH, &op) : 0;
}

int kn_catch_begin(struct kn_ctx *ctx)
{
	struct kn_op op = {.kind = KN_OP_CATCH_ADD};

	if (!ctx->catch)
		return 0;
	/* The answer to what .from asks now would come to .to. */
	if (emit_splice(ctx, KN_PHASE_PREPARE, &op) < 0)
		return -1;
	return kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_DRAIN, &ctx->from, NULL);
}

int kn_catch_end(struct kn_ctx *ctx)
{
	struct kn_op op = {.kind = KN_OP_CATCH_DEL};

	return ctx->catch ? emit_splice(ctx, KN_PHASE_FINISH, &op) : 0;
}

int kn_carrier_begin(struct kn_ctx *ctx)
{
	return ctx->carrier ? kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_CARRIER_ADD,
					     &ctx->target->bridge, &tap)
			    : 0;
}

int kn_carrier_end(struct kn_ctx *ctx)
{
	return ctx->carrier ? kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_CARRIER_DEL,
					     &ctx->target->bridge, &tap)
			    : 0;
}
