/* The way back: nexthop objects and policy rules.
 * Layer: plan, pure. */
#include "plan/restore_priv.h"

#include <stdlib.h>
#include <string.h>

static const struct kn_nexthop *find_nexthop(const struct kn_facts *facts, uint32_t id)
{
	for (size_t i = 0; i < facts->n_nexthops; i++)
		if (facts->nexthops[i].id == id)
			return &facts->nexthops[i];
	return NULL;
}

static bool same_nexthop(const struct kn_nexthop *a, const struct kn_nexthop *b)
{
	return kn_ifname_eq(&a->dev, &b->dev) && kn_ip_eq(&a->gateway, &b->gateway) &&
	       a->onlink == b->onlink && a->encap_len == b->encap_len &&
	       !memcmp(a->encap, b->encap, a->encap_len);
}

/* Replaced in place, so that routes and groups follow; a link that went down has lost its own. */
int kn_restore_nexthops(struct kn_restore *r, bool through_gateway)
{
	if (!(r->then->reads & KN_JREAD_POLICY))
		return 0;
	for (size_t i = 0; i < r->was->n_nexthops; i++) {
		const struct kn_nexthop *was = &r->was->nexthops[i];
		const struct kn_nexthop *now = find_nexthop(r->now, was->id);
		struct kn_op op = {.kind = KN_OP_NEXTHOP, .dev = was->dev};

		if ((was->gateway.family != 0) != through_gateway ||
		    !kn_restore_holds(r, &was->dev) || was->odd || (now && same_nexthop(was, now)))
			continue;
		op.nexthop.now = *was;
		if (now)
			op.nexthop.before = *now;
		if (kn_emit(&r->ctx, KN_PHASE_SWITCH, &op) < 0)
			return -1;
	}
	return 0;
}

/* Rules of one family and priority, before and now, whose order decides. */
struct group {
	const struct kn_rule *was, *now; /* borrowed; contiguous in their lists */
	size_t n_was, n_now;
	bool *kept;	/* owned: of .now, those that stay */
	size_t n_right; /* of .was, from the first on, those that are kept */
};

static bool are_equals(const struct kn_rule *a, const struct kn_rule *b)
{
	return a->family == b->family && a->priority == b->priority;
}

static bool names_link(const struct kn_restore *r, const struct kn_rule *rule)
{
	return (kn_ifname_is_set(&rule->iif) && kn_restore_link(r, &rule->iif)) ||
	       (kn_ifname_is_set(&rule->oif) && kn_restore_link(r, &rule->oif));
}

static size_t group_end(const struct kn_facts *facts, size_t from)
{
	size_t to = from;

	while (to < facts->n_rules && are_equals(&facts->rules[to], &facts->rules[from]))
		to++;
	return to;
}

static bool is_in(const struct kn_rule *rules, size_t n, const struct kn_rule *rule)
{
	for (size_t i = 0; i < n; i++)
		if (kn_rule_eq(&rules[i], rule))
			return true;
	return false;
}

/* Ours to delete: names one of the links, or is a copy of one recorded. */
static bool is_deletable(const struct kn_restore *r, const struct group *group, size_t i)
{
	return !group->kept[i] &&
	       (names_link(r, &group->now[i]) || is_in(group->was, group->n_was, &group->now[i]));
}

/* The kernel deletes the first of equal rules: where that would be one to keep, all are made anew
 * behind the others. */
static void avoid_twins(const struct kn_restore *r, struct group *group)
{
	for (size_t i = 0; i < group->n_now; i++)
		for (size_t k = 0; k < i; k++)
			if (is_deletable(r, group, i) && group->kept[k] &&
			    kn_rule_eq(&group->now[k], &group->now[i])) {
				memset(group->kept, 0, group->n_now * sizeof(*group->kept));
				group->n_right = 0;
				return;
			}
}

/* The kernel puts a new rule behind its equals: those stay that stand in the recorded order from
 * the first on, and all after them are added. */
static int compare(struct kn_restore *r, struct group *group)
{
	group->kept = calloc(group->n_now + 1, sizeof(*group->kept));
	if (!group->kept)
		return kn_fail_nomem(r->ctx.err);
	for (size_t i = 0; i < group->n_now && group->n_right < group->n_was; i++)
		if (kn_rule_eq(&group->now[i], &group->was[group->n_right])) {
			group->kept[i] = true;
			group->n_right++;
		}
	avoid_twins(r, group);
	return 0;
}

static int emit_rule(struct kn_restore *r, enum kn_phase phase, enum kn_op_kind kind,
		     const struct kn_rule *rule)
{
	struct kn_op op = {.kind = kind, .dev = r->then->bridge, .rule = *rule};

	if (kn_ifname_is_set(&rule->iif) && kn_restore_link(r, &rule->iif))
		op.dev = rule->iif;
	else if (kn_ifname_is_set(&rule->oif) && kn_restore_link(r, &rule->oif))
		op.dev = rule->oif;
	return kn_emit(&r->ctx, phase, &op);
}

static int add_group(struct kn_restore *r, const struct group *group)
{
	for (size_t i = group->n_right; i < group->n_was; i++) {
		/* Where none names a link any more nothing was read: the others are there. */
		if (!group->n_now && !names_link(r, &group->was[i]))
			continue;
		if (emit_rule(r, KN_PHASE_PREPARE, KN_OP_RULE_ADD, &group->was[i]) < 0)
			return -1;
	}
	return 0;
}

/* Backwards: an undo then adds them in their old order. */
static int drop_group(struct kn_restore *r, const struct group *group)
{
	for (size_t i = group->n_now; i-- > 0;)
		if (is_deletable(r, group, i) &&
		    emit_rule(r, KN_PHASE_FINISH, KN_OP_RULE_DEL, &group->now[i]) < 0)
			return -1;
	return 0;
}

static int do_group(struct kn_restore *r, struct group *group,
		    int (*step)(struct kn_restore *, const struct group *))
{
	int rc = compare(r, group) < 0 ? -1 : step(r, group);

	free(group->kept);
	return rc;
}

/* Where the rules of @like's family and priority begin in @facts. */
static size_t group_of(const struct kn_facts *facts, const struct kn_rule *like)
{
	size_t i = 0;

	while (i < facts->n_rules && !are_equals(&facts->rules[i], like))
		i++;
	return i;
}

static struct group pair_up(const struct kn_restore *r, const struct kn_rule *like)
{
	size_t was = group_of(r->was, like), now = group_of(r->now, like);

	return (struct group){.was = r->was->rules + was,
			      .now = r->now->rules + now,
			      .n_was = group_end(r->was, was) - was,
			      .n_now = group_end(r->now, now) - now};
}

static int for_groups(struct kn_restore *r, int (*step)(struct kn_restore *, const struct group *))
{
	if (!(r->then->reads & KN_JREAD_POLICY))
		return 0;
	for (size_t i = 0; i < r->was->n_rules; i = group_end(r->was, i)) {
		struct group group = pair_up(r, &r->was->rules[i]);

		if (do_group(r, &group, step) < 0)
			return -1;
	}
	for (size_t i = 0; i < r->now->n_rules; i = group_end(r->now, i)) {
		struct group group = pair_up(r, &r->now->rules[i]);

		if (!group.n_was && do_group(r, &group, step) < 0)
			return -1;
	}
	return 0;
}

int kn_restore_rules_prepare(struct kn_restore *r)
{
	return for_groups(r, add_group);
}

int kn_restore_rules_finish(struct kn_restore *r)
{
	return for_groups(r, drop_group);
}
