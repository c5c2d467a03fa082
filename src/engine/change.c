/* One change from the journal to the commit. The order is the protocol's: nothing takes effect
 * before the journal is durable, and nothing is final before the result was read back.
 * Layer: engine, effects through its participants. */
#include "engine/change.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/text.h"
#include "plan/net.h"
#include "plan/restore.h"
#include "sys/guard.h"
#include "sys/journal.h"
#include "sys/sys.h"

/* ---- the journal ---- */

static bool has_live(const struct kn_plan *plan)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		enum kn_participant by = kn_op_info(plan->ops[i].kind)->participant;

		if ((by == KN_BY_LIVE || by == KN_BY_DHCP) &&
		    !kn_op_is_left_over(plan->ops[i].kind))
			return true;
	}
	return false;
}

static int fill_journal(struct kn_change *change, struct kn_error *err)
{
	const struct kn_engine *engine = change->engine;
	struct kn_journal *journal = &change->journal;

	journal->verb = change->plan->verb;
	journal->bridge = change->plan->bridge;
	journal->undoes = change->plan->undoes;
	journal->command = strdup(engine->command ? engine->command : "");
	journal->uri = engine->uri ? strdup(engine->uri) : NULL;
	if (!journal->command || (engine->uri && !journal->uri))
		return kn_fail_nomem(err);
	if (kn_root_is_host(engine->root) && kn_boot_id(journal->boot_id, err) < 0)
		return -1;
	if (engine->guard && change->plan->confirm_s)
		journal->deadline_ms = kn_boottime_ms() + (uint64_t)change->plan->confirm_s * 1000;
	if (kn_net_record(change->plan, journal, err) < 0)
		return -1;
	if (!has_live(change->plan))
		return 0;
	return kn_restore_record(
		change->plan, &change->state->facts,
		KN_JREAD_ADDRS | KN_JREAD_ROUTES | KN_JREAD_NEIGHS | KN_JREAD_POLICY, journal, err);
}

/* ---- from the first effect to the commit ---- */

/* For whoever finds the lock taken. @deadline_ms 0 = the change is being made. */
static void note(struct kn_change *change, uint64_t deadline_ms)
{
	struct kn_lock_note text = {.number = change->journal.number,
				    .since_ms = kn_boottime_ms(),
				    .deadline_ms = deadline_ms,
				    .command = change->journal.command};

	kn_lock_note(change->lock, &text);
}

static void tell(const struct kn_change *change, enum kn_progress_part part)
{
	kn_progress_tell(change->engine->progress, part, 0, 0);
}

/* What the admin says of a change that stands, when the plan wants to hear it. */
static int await_word(struct kn_change *change, struct kn_error *err)
{
	struct kn_guard *guard = change->engine->guard;
	enum kn_verdict verdict;

	if (!change->journal.deadline_ms)
		return 0;
	note(change, change->journal.deadline_ms);
	/* From here on the viewer speaks on the terminal. */
	tell(change, KN_PROGRESS_END);
	int r = kn_guard_wait(guard, &verdict, err);
	/* It waits for nothing any more, and who waits for the lock need not wait long. */
	note(change, 0);
	if (r < 0)
		return -1;
	return verdict == KN_VERDICT_KEEP ? 0 : kn_guard_fail(guard, verdict, err);
}

/* Return: 0; -1 with the cause, and everything is to be put back. */
static int apply(struct kn_change *change, struct kn_error *err)
{
	if (kn_tx_apply(change->tx, err) < 0 || kn_ops_run(change, err) < 0)
		return -1;
	tell(change, KN_PROGRESS_CHECK);
	if (change->verify(change, err) < 0 || await_word(change, err) < 0)
		return -1;
	return kn_tx_commit(change->tx, err);
}

/* Between the journal and the first effect: whoever is to confirm can be heard from here on. */
static int arm(struct kn_change *change, struct kn_error *err)
{
	const struct kn_journal *journal = &change->journal;

	if (!journal->deadline_ms)
		return 0;
	return kn_guard_arm(change->engine->guard, journal->number, journal->deadline_ms, err);
}

static int check_right(struct kn_change *change, struct kn_error *err)
{
	struct kn_live *live = change->engine->live;

	if (!has_live(change->plan) || !live || !live->may_change || live->may_change(live))
		return 0;
	kn_fail(err, KN_ERR_PRIVILEGE, 0,
		"this process may not change the network: it has no CAP_NET_ADMIN");
	return kn_hint(err, "run it as root (sudo), on the host itself and not in a container; for "
			    "the files alone: --no-live");
}

static int run_held(struct kn_change *change, struct kn_error *err)
{
	struct kn_engine *engine = change->engine;
	const struct kn_plan *plan = change->plan;
	struct kn_error cause = {0};

	change->done = calloc(plan->n_ops + 1, sizeof(*change->done));
	if (!change->done)
		return kn_fail_nomem(err);
	if (check_right(change, err) < 0 ||
	    kn_checks_before(engine, change->spec, change->state, plan, &change->checks, err) < 0 ||
	    fill_journal(change, err) < 0 ||
	    kn_tx_begin(engine->root, &plan->files, change->spec->backend_given, &change->journal,
			&change->tx, err) < 0)
		return -1;
	change->number = change->journal.number;
	note(change, 0);
	if (arm(change, &cause) < 0 || apply(change, &cause) < 0) {
		tell(change, KN_PROGRESS_UNDO);
		return kn_change_undo(change, &cause, err);
	}
	kn_tx_finish(change->tx);
	return 0;
}

static void change_done(struct kn_change *change)
{
	kn_tx_free(change->tx);
	kn_journal_done(&change->journal);
	kn_checks_done(&change->checks);
	free(change->done);
}

int kn_change_run(struct kn_change *change, struct kn_error *err)
{
	sigset_t signals;

	kn_signals_hold(&signals);
	kn_root_set_progress(change->engine->root, change->engine->progress);
	int r = run_held(change, err);
	kn_root_set_progress(change->engine->root, NULL);
	change_done(change);
	tell(change, KN_PROGRESS_END);
	/* One that came too late to stop anything must not swallow the report. */
	(void)kn_signals_take();
	kn_signals_release(&signals);
	return r;
}
