/* Running a plan: files first, then the kernel, then a second look; any failure undoes what was
 * done, in reverse. Layer: engine, effects through its participants. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/check.h"
#include "kvmnet/text.h"
#include "plan/planner.h"
#include "sys/journal.h"
#include "sys/sys.h"

/* One execution. */
struct run {
	struct kn_engine *engine;
	const struct kn_state *state;
	const struct kn_plan *plan;
	struct kn_journal journal;
	struct kn_tx *tx;
	struct kn_checks checks;
	bool *done; /* per operation */
};

static int plan_from_state(struct kn_engine *engine, const struct kn_spec *spec,
			   const struct kn_state *state, struct kn_plan *ret, struct kn_error *err)
{
	struct kn_inputs in = {.spec = spec,
			       .tree = &state->tree,
			       .confs = &state->confs,
			       .origins = &state->origins,
			       .facts = &state->facts,
			       .backend = engine->backend};

	return kn_planner_run(&in, ret, err);
}

/* Asked only where an uplink with addresses is moved: the answer costs about a millisecond. */
static void probe_splice(struct kn_engine *engine, const struct kn_spec *spec,
			 struct kn_state *state)
{
	bool moves = spec->verb == KN_BRIDGE_CREATE || spec->verb == KN_BRIDGE_DELETE;

	if (engine->live && engine->live->can_splice && moves && !spec->no_splice &&
	    state->facts.n_addrs)
		state->facts.can_splice = engine->live->can_splice(engine->live);
}

int kn_engine_plan(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		   struct kn_error *err)
{
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};

	if (kn_engine_probe(engine, spec, &state, err) < 0)
		return -1;
	probe_splice(engine, spec, &state);
	return plan_from_state(engine, spec, &state, ret, err);
}

static void tell(const struct run *run, size_t i)
{
	if (run->engine->on_op)
		run->engine->on_op(&run->plan->ops[i], i, run->plan->n_ops, run->engine->on_op_arg);
}

static int exec_dhcp(struct run *run, const struct kn_op *op, struct kn_error *err)
{
	const struct kn_facts *facts = &run->state->facts;
	const struct kn_ifname *served = op->kind == KN_OP_DHCP_MOVE ? &op->other : &op->dev;

	return kn_dhcp_exec(run->engine->root, op, kn_facts_client(facts, served), err);
}

/* First index after @i whose operation has another participant. */
static size_t run_end(const struct kn_plan *plan, size_t i)
{
	enum kn_participant by = kn_op_info(plan->ops[i].kind)->participant;
	size_t end = i + 1;

	while (by == KN_BY_LIVE && end < plan->n_ops &&
	       kn_op_info(plan->ops[end].kind)->participant == by)
		end++;
	return end;
}

/* A request to end is heard between participants, where everything can still be put back. */
static int check_interrupted(struct kn_error *err)
{
	int number = kn_signals_take();

	if (!number)
		return 0;
	return kn_fail(err, KN_ERR_SYSTEM, 0, "interrupted by signal %d", number);
}

static int exec_ops(struct run *run, struct kn_error *err)
{
	const struct kn_plan *plan = run->plan;

	for (size_t i = 0, end; i < plan->n_ops; i = end) {
		int r = 0;

		if (check_interrupted(err) < 0)
			return -1;
		end = run_end(plan, i);
		for (size_t k = i; k < end; k++)
			tell(run, k);
		switch (kn_op_info(plan->ops[i].kind)->participant) {
		case KN_BY_FILES:
			run->done[i] = true;
			break;
		case KN_BY_LIVE:
			r = run->engine->live->exec(run->engine->live, plan->ops + i, end - i,
						    run->done + i, err);
			break;
		case KN_BY_DHCP:
			r = exec_dhcp(run, &plan->ops[i], err);
			run->done[i] = r == 0;
			break;
		case KN_BY_VIRT:
			r = run->engine->virt->exec(run->engine->virt, &plan->ops[i], 1,
						    run->done + i, err);
			break;
		}
		if (r < 0)
			return -1;
	}
	return 0;
}

/* The inverse of everything that took effect, last first. Goes on after a failure: the more is put
 * back, the better. Return: 0; -1 with the first failure. */
static int undo_ops(struct run *run, struct kn_error *err)
{
	struct kn_error dropped = {0};
	int r = 0;

	for (size_t i = run->plan->n_ops; i-- > 0;) {
		const struct kn_op *op = &run->plan->ops[i];
		struct kn_error *where = r < 0 ? &dropped : err;
		struct kn_op inverse;
		bool done = false;

		if (!run->done[i] || !kn_op_inverse(op, &inverse))
			continue;
		switch (kn_op_info(inverse.kind)->participant) {
		case KN_BY_FILES:
			break;
		case KN_BY_LIVE:
			if (run->engine->live->exec(run->engine->live, &inverse, 1, &done, where) <
			    0)
				r = -1;
			break;
		case KN_BY_VIRT:
			if (run->engine->virt->exec(run->engine->virt, &inverse, 1, &done, where) <
			    0)
				r = -1;
			break;
		case KN_BY_DHCP: {
			struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};
			struct kn_names names KN_CLEANUP(kn_names_done) = {0};
			const struct kn_ifname *served =
				inverse.kind == KN_OP_DHCP_MOVE ? &inverse.other : &inverse.dev;

			if (kn_names_add(&names, served, where) < 0 ||
			    kn_dhcp_find(&names, &facts, where) < 0 ||
			    kn_dhcp_exec(run->engine->root, &inverse,
					 kn_facts_client(&facts, served), where) < 0)
				r = -1;
			break;
		}
		}
	}
	return r;
}

/* A check that failed is no error of the change: the message says where the host is now. */
static int put_back(const struct kn_error *cause, struct kn_error *err)
{
	struct kn_error told = *err;

	kn_fail(err, KN_ERR_UNCONFIRMED, 0, "%s; everything was put back", cause->message);
	return told.hint[0] ? kn_hint(err, "%s", told.hint) : -1;
}

/* Puts the host back and turns @cause into the report: rolled back, or what is left. */
static int roll_back(struct run *run, const struct kn_error *cause, struct kn_error *err)
{
	struct kn_strv conflicts KN_CLEANUP(kn_strv_done) = {0};
	struct kn_error live = {0}, files = {0};
	int live_r = undo_ops(run, &live);
	int files_r = run->tx ? kn_tx_undo(run->tx, &conflicts, &files) : 0;

	if (run->tx && live_r == 0 && files_r == 0)
		files_r = kn_tx_discard(run->tx, &files);
	*err = *cause;
	if (conflicts.n)
		kn_hint(err, "what somebody else wrote meanwhile is kept: %s", conflicts.v[0]);
	if (live_r == 0 && files_r == 0)
		return cause->kind == KN_ERR_UNCONFIRMED ? put_back(cause, err) : -1;
	kn_fail(err, KN_ERR_INCOMPLETE, 0, "%s; putting things back failed too: %s", cause->message,
		live_r < 0 ? live.message : files.message);
	return kn_hint(err, "compare with: kvmnet bridge show %s", run->plan->bridge.s);
}

/* The result is judged only by reading everything again: the same command must find nothing left
 * to do. DHCP clients take their time and are not judged. */
static int verify(struct run *run, const struct kn_spec *spec, struct kn_error *err)
{
	struct kn_plan again KN_CLEANUP(kn_plan_done) = {0};
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_engine engine = *run->engine;

	/* What is installed and running was looked at a moment ago. */
	engine.host = &run->state->facts.host;

	if (kn_engine_probe(&engine, spec, &state, err) < 0 ||
	    plan_from_state(&engine, spec, &state, &again, err) < 0)
		return kn_wrap(err, "checking the result");
	for (size_t i = 0; i < again.n_ops; i++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (kn_op_info(again.ops[i].kind)->participant == KN_BY_DHCP)
			continue;
		if (again.ops[i].kind == KN_OP_FILE)
			kn_buf_puts(&text, again.files.v[again.ops[i].file].path);
		else
			kn_op_describe(&again.ops[i], &text);
		return kn_fail(err, KN_ERR_SYSTEM, 0,
			       "the result does not hold (somebody else changes it, or the kernel "
			       "took it differently): still to do: %s",
			       kn_buf_str(&text));
	}
	return kn_checks_after(run->engine, &run->checks, &state.facts, err);
}

static int begin(struct run *run, const struct kn_spec *spec, struct kn_error *err)
{
	run->journal.verb = spec->verb;
	run->journal.bridge = run->plan->bridge;
	if (kn_root_is_host(run->engine->root) && kn_boot_id(run->journal.boot_id, err) < 0)
		return -1;
	return kn_tx_begin(run->engine->root, &run->plan->files, spec->backend_given, &run->journal,
			   &run->tx, err);
}

static int execute(struct run *run, const struct kn_spec *spec, struct kn_error *err)
{
	struct kn_error cause = {0};

	if (kn_checks_before(run->engine, spec, run->state, run->plan, &run->checks, err) < 0 ||
	    begin(run, spec, err) < 0)
		return -1;
	if (kn_tx_apply(run->tx, &cause) < 0 || exec_ops(run, &cause) < 0 ||
	    verify(run, spec, &cause) < 0 || kn_tx_commit(run->tx, &cause) < 0)
		return roll_back(run, &cause, err);
	kn_tx_finish(run->tx);
	return 0;
}

/* Brings a change whose process died to one of its ends: after its commit the new state, before it
 * the old files. */
static int settle_journal(struct kn_engine *engine, struct kn_error *err)
{
	struct kn_strv conflicts KN_CLEANUP(kn_strv_done) = {0};
	struct kn_journal journal KN_CLEANUP(kn_journal_done) = {0};

	switch (kn_journal_look(engine->root)) {
	case KN_JOURNAL_NONE:
		return 0;
	case KN_JOURNAL_DONE:
		kn_journal_finish(engine->root);
		return 0;
	case KN_JOURNAL_OPEN:
		break;
	}
	if (kn_journal_load(engine->root, &journal, err) < 0 ||
	    kn_journal_undo(engine->root, &journal, SIZE_MAX, &conflicts, err) < 0)
		return -1;
	return kn_journal_discard(engine->root, &journal, err);
}

static int run_locked(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		      struct kn_error *err)
{
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct run run = {.engine = engine, .state = &state, .plan = ret};

	if (settle_journal(engine, err) < 0)
		return -1;
	if (engine->backend)
		kn_tx_sweep_left(engine->root, engine->backend->dir);
	if (kn_engine_probe(engine, spec, &state, err) < 0)
		return -1;
	probe_splice(engine, spec, &state);
	if (plan_from_state(engine, spec, &state, ret, err) < 0)
		return -1;
	/* Not before there is a plan: what a killed run has left may be all that keeps the host
	 * reachable, and a command that is refused would end it. */
	if (engine->live && engine->live->sweep && engine->live->sweep(engine->live, err) < 0)
		return -1;
	if (kn_plan_is_empty(ret))
		return 0;
	run.done = calloc(ret->n_ops, sizeof(*run.done));
	if (!run.done)
		return kn_fail_nomem(err);
	sigset_t signals;
	kn_signals_hold(&signals);
	int r = execute(&run, spec, err);
	kn_tx_free(run.tx);
	kn_journal_done(&run.journal);
	kn_checks_done(&run.checks);
	free(run.done);
	/* One that came too late to stop anything must not swallow the report. */
	(void)kn_signals_take();
	kn_signals_release(&signals);
	return r;
}

int kn_engine_run(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		  struct kn_error *err)
{
	struct kn_lock *lock = NULL;

	/* Without differences nothing is written, not even a first lock file. */
	if (!kn_root_exists(engine->root, KN_STATE_DIR "/lock")) {
		struct kn_plan first KN_CLEANUP(kn_plan_done) = {0};

		if (kn_engine_plan(engine, spec, &first, err) < 0)
			return -1;
		if (kn_plan_is_empty(&first)) {
			*ret = first;
			first = (struct kn_plan){0};
			return 0;
		}
	}
	if (kn_lock_take(engine->root, engine->lock_timeout_ms, &lock, err) < 0)
		return -1;
	int r = run_locked(engine, spec, ret, err);
	kn_lock_release(lock);
	return r;
}
