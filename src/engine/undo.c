/* The ways back: at once by inverses, or from the record by the planner; the latter judges both.
 * Layer: engine, effects through its participants. */
#include <stdlib.h>
#include <string.h>

#include "engine/change.h"
#include "engine/net.h"
#include "kvmnet/text.h"
#include "plan/restore.h"
#include "sys/journal.h"
#include "sys/sys.h"

/* What of @journal's scope the kernel has now, and which DHCP clients run. */
static int look(struct kn_engine *engine, const struct kn_journal *journal, struct kn_facts *ret,
		struct kn_error *err)
{
	struct kn_live_request req = kn_restore_request(journal);

	if (engine->live->snapshot(engine->live, &req, ret, err) < 0)
		return -1;
	ret->live = true;
	return kn_dhcp_find(&journal->scope, ret, err);
}

/* ---- from the record ---- */

/* What the last look found still to do, for the message. */
static int fail_left(const struct kn_plan *plan, const struct kn_error *why, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_op_describe(&plan->ops[0], &text);
	kn_fail(err, KN_ERR_INCOMPLETE, 0,
		"the running network is not as it was; still to do: %s%s%s%s", kn_buf_str(&text),
		plan->n_ops > 1 ? ", and more" : "", why->kind ? "; " : "", why->message);
	return kn_hint(err, "try again with: kvmnet recover");
}

int kn_plan_back(struct kn_engine *engine, const struct kn_journal *journal, struct kn_facts *now,
		 struct kn_plan *plan, struct kn_error *err)
{
	struct kn_live *live = engine->live;

	if (look(engine, journal, now, err) < 0)
		return -1;
	if (live->can_splice && now->n_addrs)
		now->can_splice = live->can_splice(live);
	if (kn_plan_restore(journal, now, plan, err) < 0)
		return -1;
	return kn_plan_restore_dhcp(journal, now, plan, err);
}

/* Every operation is tried, also after a failure: the next look judges. */
static int exec_all(struct kn_engine *engine, const struct kn_plan *plan,
		    const struct kn_facts *now, struct kn_error *err)
{
	struct kn_state state = {.facts = *now};
	struct kn_change change = {.engine = engine, .state = &state, .plan = plan};

	change.done = calloc(plan->n_ops, sizeof(*change.done));
	if (!change.done)
		return kn_fail_nomem(err);
	int r = kn_ops_run(&change, err);
	free(change.done);
	return r;
}

/* What a dead process has left may be all that keeps the host reachable: it is swept behind the
 * switch of the way back, or when there is nothing to do. */
int kn_undo_live(struct kn_engine *engine, const struct kn_journal *journal, struct kn_error *err)
{
	struct kn_error why = {0};

	for (int round = 0;; round++) {
		struct kn_facts now KN_CLEANUP(kn_facts_done) = {0};
		struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
		struct kn_error missing = {0};
		int r = kn_plan_back(engine, journal, &now, &plan, &missing);

		/* what cannot come back keeps nothing else from coming back */
		if (plan.n_ops && round < KN_RESTORE_ROUNDS) {
			/* judged by the next look */
			why = (struct kn_error){0};
			(void)exec_all(engine, &plan, &now, &why);
			continue;
		}
		if (kn_sweep(engine, err) < 0)
			return -1;
		if (r < 0)
			*err = missing;
		else if (plan.n_ops)
			r = fail_left(&plan, &why, err);
		return r;
	}
}

static bool all_done(const struct kn_change *change)
{
	for (size_t i = 0; i < change->plan->n_ops; i++)
		if (!change->done[i])
			return false;
	return true;
}

/* A change that broke off in the middle is undone step by step, at once. One that stood complete
 * (and was not confirmed) goes back as carefully as it came: from the record, by the planner. */
static int put_back(struct kn_change *change, struct kn_strv *conflicts, struct kn_error *err)
{
	struct kn_error live = {0}, files = {0};
	int live_r, files_r = 0;

	kn_ops_undo(change, !all_done(change) || !change->journal.has_live);
	live_r = kn_net_settle(change->engine, &change->journal, &live);
	if (live_r == 0 && change->journal.has_live)
		live_r = kn_undo_live(change->engine, &change->journal, &live);
	if (change->tx)
		files_r = kn_tx_undo(change->tx, conflicts, &files);
	if (live_r == 0 && files_r == 0 && change->tx)
		return kn_tx_discard(change->tx, err);
	if (live_r < 0 || files_r < 0)
		*err = live_r < 0 ? live : files;
	return live_r < 0 || files_r < 0 ? -1 : 0;
}

static void add_conflicts(const struct kn_strv *conflicts, struct kn_error *err)
{
	if (conflicts->n == 0)
		return;
	struct kn_error told = *err;

	kn_fail(err, told.kind, 0, "%s; what someone else had edited meanwhile is kept in %s%s",
		told.message, conflicts->v[0], conflicts->n > 1 ? " and beside it" : "");
	kn_hint(err, "%s", told.hint);
	err->host = told.host;
}

/* A line that would be cut in the middle is none to type. */
int kn_hint_again(const char *line, struct kn_error *err)
{
	size_t len = line ? strlen(line) : 0;

	if (err->hint[0])
		return -1;
	if (len == 0 || len > sizeof(err->hint) / 2)
		return kn_hint(err, "see what it would do: the same command with --dry-run; what "
				    "was done before: kvmnet history");
	return kn_hint(err, "see what it would do: kvmnet %s --dry-run", line);
}

int kn_change_undo(struct kn_change *change, const struct kn_error *cause, struct kn_error *err)
{
	struct kn_strv conflicts = {0};
	struct kn_error left = {0};
	int r = put_back(change, &conflicts, &left);

	*err = *cause;
	err->host = KN_HOST_PUT_BACK;
	if (err->kind == KN_ERR_INCOMPLETE) /* it was, until now */
		err->kind = KN_ERR_SYSTEM;
	kn_hint_again(change->engine->command, err);
	if (r < 0) {
		kn_fail(err, KN_ERR_INCOMPLETE, 0, "%s; putting things back failed too: %s",
			cause->message, left.message);
		kn_hint(err, "remove the cause, then finish the way back with: kvmnet recover");
	}
	add_conflicts(&conflicts, err);
	kn_strv_done(&conflicts);
	return -1;
}
