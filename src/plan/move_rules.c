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

static bool are_equals(const struct kn_rule *a, const struct kn_rule *b)
{
	return a->family == b->family && a->priority == b->priority;
}

/* A rule that stays, but stands behind one that moves, with the same priority: the kernel puts a
 * new rule behind its equals, and the first that matches decides. It is made anew as well, so that
 * the order stays. Behind a copy it is one itself, of an earlier run that died. */
static bool follows_moved(const struct kn_ctx *ctx, size_t at)
{
	const struct kn_rule *rules = ctx->in->facts->rules;
	bool follows = false;

	for (size_t i = 0; i < at; i++) {
		if (!are_equals(&rules[i], &rules[at]))
			continue;
		if (names(&rules[i], &ctx->to))
			return false;
		follows |= names(&rules[i], &ctx->from);
	}
	return follows;
}

static bool is_renewed(const struct kn_ctx *ctx, size_t at)
{
	const struct kn_rule *rule = &ctx->in->facts->rules[at];

	return names(rule, &ctx->from) || (!names(rule, &ctx->to) && follows_moved(ctx, at));
}

/* Has an earlier run made the copy of the rule at @at? */
static bool is_copied(const struct kn_ctx *ctx, size_t at, const struct kn_rule *copy)
{
	const struct kn_facts *facts = ctx->in->facts;

	/* Equal to its original where that names no link: then only a later one is the copy. */
	for (size_t i = names(&facts->rules[at], &ctx->from) ? 0 : at + 1; i < facts->n_rules; i++)
		if (kn_rule_eq(&facts->rules[i], copy))
			return true;
	return false;
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

		if (is_renewed(ctx, i) && !is_copied(ctx, i, &copy) &&
		    emit_rule(ctx, KN_PHASE_PREPARE, KN_OP_RULE_ADD, &copy) < 0)
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
