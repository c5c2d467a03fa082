/* The plan value, the operation table and its inverses.
 * Layer: model, pure. */
#include "kvmnet/plan.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

#define NODAD 0x02u /* IFA_F_NODAD, linux/if_addr.h */

static const struct kn_op_info op_rows[] = {
	[KN_OP_NONE] = {"none", KN_BY_LIVE, false, KN_OP_NONE},
#define KN_OP(id, word, participant, interrupts, inverse)                                          \
	[KN_OP_##id] = {word, KN_BY_##participant, interrupts, KN_OP_##inverse},
#include "kvmnet/op.def"
#undef KN_OP
};

const struct kn_op_info *kn_op_info(enum kn_op_kind kind)
{
	return &op_rows[kind];
}

/* What changes places in the inverse: now and before. Every row that is its own inverse has such a
 * pair, but FILE, whose two contents are with the plan's files; so have the two rows of a network's
 * definition, which undo each other. */
#define PAIR(a, b)                                                                                 \
	{                                                                                          \
		offsetof(struct kn_op, a), offsetof(struct kn_op, b), SIZE_OF(a)                   \
	}
#define SIZE_OF(member) sizeof(((struct kn_op *)NULL)->member)
#define STATES(member)	PAIR(member.now, member.before)

static const struct {
	size_t now, before, size;
} swap_rows[KN_OP_COUNT] = {
	[KN_OP_BOND_OPTS] = STATES(opts),
	[KN_OP_BOND_PRIMARY] = STATES(master),
	[KN_OP_LINK_MTU] = STATES(num),
	[KN_OP_LINK_MAC] = STATES(mac),
	[KN_OP_LINK_GROUP] = STATES(num),
	[KN_OP_LINK_MASTER] = STATES(master),
	[KN_OP_ADDR_GEN] = STATES(num),
	[KN_OP_RP_FILTER] = STATES(num),
	[KN_OP_PROMOTE] = STATES(num),
	[KN_OP_ACCEPT_RA] = STATES(num),
	[KN_OP_DISABLE_IPV6] = STATES(num),
	[KN_OP_BRIDGE_OPTS] = STATES(opts),
	[KN_OP_PORT_OPTS] = STATES(opts),
	[KN_OP_ROUTE_DEV] = STATES(reroute),
	[KN_OP_NEXTHOP] = STATES(nexthop),
	[KN_OP_SPLICE_TURN] = STATES(num),
	[KN_OP_DHCP_MOVE] = PAIR(dev, other),
	[KN_OP_NET_DEFINE] = STATES(net),
	[KN_OP_NET_REDEFINE] = STATES(net),
	[KN_OP_NET_UNDEFINE] = STATES(net),
	[KN_OP_NET_AUTOSTART] = PAIR(net.on, net.was_on),
	[KN_OP_NET_UPDATE] = STATES(net),
};

static void swap_states(struct kn_op *op)
{
	unsigned char *now = (unsigned char *)op + swap_rows[op->kind].now;
	unsigned char *before = (unsigned char *)op + swap_rows[op->kind].before;

	for (size_t i = 0; i < swap_rows[op->kind].size; i++) {
		unsigned char byte = now[i];

		now[i] = before[i];
		before[i] = byte;
	}
}

bool kn_op_is_left_over(enum kn_op_kind kind)
{
	return kind == KN_OP_LEFT_DEL || kind == KN_OP_LEFT_DNSMASQ;
}

bool kn_op_inverse(const struct kn_op *op, struct kn_op *ret)
{
	enum kn_op_kind inverse = op_rows[op->kind].inverse;

	if (inverse == KN_OP_NONE)
		return false;
	*ret = *op;
	ret->kind = inverse;
	/* It was there a moment ago: nobody else has taken it meanwhile. */
	if (inverse == KN_OP_ADDR_ADD && op->addr.addr.ip.family == KN_IPV6)
		ret->addr.flags |= NODAD;
	swap_states(ret);
	return true;
}

void kn_target_done(struct kn_target *target)
{
	kn_names_done(&target->ports);
	kn_ipconf_done(&target->ip);
	kn_routes_done(&target->own_routes);
	free(target->zone);
	*target = (struct kn_target){0};
}

static char *copy_bytes(const char *data, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy) {
		memcpy(copy, data, len);
		copy[len] = '\0';
	}
	return copy;
}

void kn_filechg_done(struct kn_filechg *chg)
{
	free(chg->path);
	free(chg->before);
	free(chg->after);
	free(chg->given_text);
}

int kn_filechgs_add(struct kn_filechgs *list, const char *path, const struct kn_file *before,
		    const char *after, size_t after_len, struct kn_error *err)
{
	struct kn_filechg chg = {.before_present = before && before->present,
				 .after_present = after != NULL};

	if (chg.before_present == chg.after_present &&
	    (!after || (before->len == after_len && !memcmp(before->data, after, after_len))))
		return 0;
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0)
		return -1;
	chg.path = strdup(path);
	if (chg.before_present) {
		chg.before = copy_bytes(before->data, before->len);
		chg.before_len = before->len;
	}
	if (after) {
		chg.after = copy_bytes(after, after_len);
		chg.after_len = after_len;
	}
	if (!chg.path || (chg.before_present && !chg.before) || (after && !chg.after)) {
		kn_filechg_done(&chg);
		return kn_fail_nomem(err);
	}
	list->v[list->n++] = chg;
	return 0;
}

void kn_filechgs_done(struct kn_filechgs *list)
{
	for (size_t i = 0; i < list->n; i++)
		kn_filechg_done(&list->v[i]);
	free(list->v);
	*list = (struct kn_filechgs){0};
}

void kn_plan_done(struct kn_plan *plan)
{
	kn_filechgs_done(&plan->files);
	kn_netchgs_done(&plan->nets);
	kn_strv_done(&plan->sections);
	free(plan->network);
	for (size_t i = 0; i < plan->n_notes; i++) {
		free(plan->notes[i].text);
		free(plan->notes[i].file);
	}
	free(plan->notes);
	free(plan->ops);
	*plan = (struct kn_plan){0};
}

bool kn_plan_is_empty(const struct kn_plan *plan)
{
	return plan->n_ops == 0;
}

int kn_plan_add_op(struct kn_plan *plan, const struct kn_op *op, struct kn_error *err)
{
	if (kn_grow(&plan->ops, &plan->cap_ops, plan->n_ops + 1, sizeof(*op), err) < 0)
		return -1;
	plan->ops[plan->n_ops++] = *op;
	return 0;
}

int kn_plan_note(struct kn_plan *plan, enum kn_note_level level, struct kn_error *err,
		 const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (kn_grow(&plan->notes, &plan->cap_notes, plan->n_notes + 1, sizeof(*plan->notes), err) <
	    0)
		return -1;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return kn_fail_nomem(err);
	plan->notes[plan->n_notes++] = (struct kn_note){.level = level, .text = text};
	return 0;
}

int kn_plan_note_file(struct kn_plan *plan, const char *path, struct kn_error *err)
{
	char *file = strdup(path);

	if (!file)
		return kn_fail_nomem(err);
	free(plan->notes[plan->n_notes - 1].file);
	plan->notes[plan->n_notes - 1].file = file;
	return 0;
}

static bool removes(const struct kn_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->files.n; i++)
		if (!strcmp(plan->files.v[i].path, path))
			return !plan->files.v[i].after_present;
	return false;
}

void kn_plan_drop_moot(struct kn_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_notes; i++) {
		struct kn_note *note = &plan->notes[i];

		if (!note->file || !removes(plan, note->file)) {
			plan->notes[n++] = *note;
			continue;
		}
		free(note->text);
		free(note->file);
	}
	plan->n_notes = n;
}

int kn_probes_add(struct kn_probes *list, const struct kn_probe *probe, struct kn_error *err)
{
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0)
		return -1;
	list->v[list->n++] = *probe;
	return 0;
}

void kn_probes_done(struct kn_probes *list)
{
	free(list->v);
	*list = (struct kn_probes){0};
}
