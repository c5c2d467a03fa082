/* Moving policy rules that name a link (iif, oif): copies with the other link's name are made
 * before anything is switched, when nothing arrives there yet; the originals go when nothing is
 * left there. Layer: plan, pure. */
#include "plan/ctx.h"

static bool names(const struct kn_rule *rule, const struct kn_ifname *dev)
{
	return kn_ifname_eq(&rule->iif, dev) || kn_ifname_eq(&rule->oif, dev);
}

static bool moves_rules(const struct kn_ctx *ctx)
{
	return !ctx->keep_from && !ctx->in->spec->no_ip && kn_ifname_is_set(&ctx->from) &&
	       kn_ifname_is_set(&ctx->to) && !kn_ifname_eq(&ctx->from, &ctx->to);
}

static struct kn_rule renamed(const struct kn_ctx *ctx, const struct kn_rule *rule)
{
	struct kn_rule copy = *rule;

	if (kn_ifname_eq(&copy.iif, &ctx->from))
		copy.iif = ctx->to;
	if (kn_ifname_eq(&copy.oif, &ctx->from))
		copy.oif = ctx->to;
	return copy;
}

static bool exists(const struct kn_ctx *ctx, const struct kn_rule *rule)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_rules; i++)
		if (kn_rule_eq(&facts->rules[i], rule))
			return true;
	return false;
}

static bool are_equals(const struct kn_rule *a, const struct kn_rule *b)
{
	return a->family == b->family && a->priority == b->priority;
}

/* An earlier attempt that died has made some of the copies: the order cannot be kept any more. */
static bool is_half_done(const struct kn_ctx *ctx, const struct kn_rule *member)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_rules; i++)
		if (are_equals(&facts->rules[i], member) && names(&facts->rules[i], &ctx->to))
			return true;
	return false;
}

/* A rule that stays, but stands behind one that moves, with the same priority: the kernel puts a
 * new rule behind its equals, and the first that matches decides. It is made anew as well, so that
 * the order stays. */
static bool follows_moved(const struct kn_ctx *ctx, size_t at)
{
	const struct kn_rule *rules = ctx->in->facts->rules;

	for (size_t i = 0; i < at; i++)
		if (are_equals(&rules[i], &rules[at]) && names(&rules[i], &ctx->from))
			return !is_half_done(ctx, &rules[at]);
	return false;
}

static bool is_renewed(const struct kn_ctx *ctx, size_t at)
{
	return names(&ctx->in->facts->rules[at], &ctx->from) || follows_moved(ctx, at);
}

static int emit_rule(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		     const struct kn_rule *rule)
{
	struct kn_op op = {.kind = kind, .dev = ctx->to, .rule = *rule};

	return kn_emit(ctx, phase, &op);
}

int kn_move_rules_prepare(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; moves_rules(ctx) && i < facts->n_rules; i++) {
		struct kn_rule copy = renamed(ctx, &facts->rules[i]);

		if (!is_renewed(ctx, i) ||
		    (names(&facts->rules[i], &ctx->from) && exists(ctx, &copy)))
			continue;
		if (emit_rule(ctx, KN_PHASE_PREPARE, KN_OP_RULE_ADD, &copy) < 0)
			return -1;
	}
	return 0;
}

/* Backwards: an undo then adds them in their old order. */
int kn_move_rules_finish(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = facts->n_rules; moves_rules(ctx) && i-- > 0;)
		if (is_renewed(ctx, i) &&
		    emit_rule(ctx, KN_PHASE_FINISH, KN_OP_RULE_DEL, &facts->rules[i]) < 0)
			return -1;
	return 0;
}
