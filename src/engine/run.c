/* Running a plan: files first, then the kernel, then a second look; any failure undoes what was
 * done, in reverse. Layer: engine, effects through its participants. */
#include <stdlib.h>
#include <string.h>

#include "engine/change.h"
#include "engine/parts.h"
#include "engine/prune.h"
#include "kvmnet/text.h"
#include "sys/journal.h"
#include "sys/sys.h"

/* Asked only where an uplink with addresses is moved: the answer costs about a millisecond. */
static void probe_splice(struct kn_engine *engine, const struct kn_spec *spec,
			 struct kn_state *state)
{
	bool moves = spec->verb == KN_BRIDGE_CREATE || spec->verb == KN_BRIDGE_DELETE ||
		     spec->verb == KN_APPLY;

	if (engine->live && engine->live->can_splice && moves && !spec->no_splice &&
	    state->facts.n_addrs)
		state->facts.can_splice = engine->live->can_splice(engine->live);
}

static int plan_once(struct kn_engine *engine, const struct kn_spec *asked, struct kn_plan *ret,
		     struct kn_error *err)
{
	struct kn_pruning pruning KN_CLEANUP(kn_pruning_done) = {0};
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	const struct kn_spec *spec = &pruning.spec;

	if (kn_pruning_make(engine, asked, &pruning, err) < 0 ||
	    kn_engine_probe(engine, spec, &state, err) < 0)
		return -1;
	probe_splice(engine, spec, &state);
	return kn_parts_plan(engine, spec, &state, ret, err);
}

/* A plan is made on what is there, also while another change waits to be confirmed or undone. */
int kn_engine_plan(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		   struct kn_error *err)
{
	if (plan_once(engine, spec, ret, err) < 0)
		return -1;
	if (kn_journal_look(engine->root) != KN_JOURNAL_OPEN)
		return 0;
	return kn_plan_note(ret, KN_NOTE_WARNING, err,
			    "an earlier change is pending or was left unfinished; this plan is "
			    "made on what is there now (see: kvmnet history)");
}

/* The result is judged only by reading everything again: the same command must find nothing left
 * to do. */
static int verify(struct kn_change *change, struct kn_error *err)
{
	struct kn_plan again KN_CLEANUP(kn_plan_done) = {0};
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_engine engine = *change->engine;

	/* What is installed and running was looked at a moment ago. */
	engine.host = &change->state->facts.host;
	/* Nobody's wish is at fault any more. */
	engine.faults = NULL;

	if (kn_engine_probe(&engine, change->spec, &state, err) < 0 ||
	    kn_parts_plan(&engine, change->spec, &state, &again, err) < 0)
		return kn_wrap(err, "checking the result");
	const struct kn_op *left = kn_ops_left(&again);
	if (left) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (left->kind == KN_OP_FILE)
			kn_buf_puts(&text, again.files.v[left->file].path);
		else
			kn_op_describe(left, &text);
		kn_fail(err, KN_ERR_SYSTEM, 0,
			"the result does not hold (somebody else changes it, or the kernel took it "
			"differently): still to do: %s",
			kn_buf_str(&text));
		return kn_hint(err, "see who else configures this network: kvmnet doctor");
	}
	return kn_checks_after(change->engine, &change->checks, &state.facts, err);
}

static int run_planned(struct kn_engine *engine, struct kn_lock *lock, const struct kn_spec *spec,
		       const struct kn_state *state, struct kn_plan *plan, struct kn_error *err)
{
	struct kn_change change = {.engine = engine,
				   .lock = lock,
				   .state = state,
				   .plan = plan,
				   .spec = spec,
				   .verify = verify};

	int r = kn_change_run(&change, err);
	plan->number = change.number;
	return r;
}

/* @found: what was undone before. */
static int run_recovered(struct kn_engine *engine, struct kn_lock *lock,
			 const struct kn_spec *asked, const struct kn_recovery *found,
			 struct kn_plan *ret, struct kn_error *err)
{
	struct kn_pruning pruning KN_CLEANUP(kn_pruning_done) = {0};
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	const struct kn_spec *spec = &pruning.spec;

	if (engine->backend)
		kn_tx_sweep_left(engine->root, engine->backend->dir);
	if (kn_pruning_make(engine, asked, &pruning, err) < 0 ||
	    kn_engine_probe(engine, spec, &state, err) < 0)
		return -1;
	probe_splice(engine, spec, &state);
	if (kn_parts_plan(engine, spec, &state, ret, err) < 0 ||
	    kn_recovery_note(found, ret, err) < 0)
		return -1;
	if (kn_root_sure(engine->root, err) < 0)
		return -1;
	/* Not before there is a plan: what a killed run has left may be all that keeps the host
	 * reachable, and a command that is refused would end it. Operations sweep on their way. */
	if (kn_plan_is_empty(ret))
		return kn_sweep(engine, err);
	return run_planned(engine, lock, spec, &state, ret, err);
}

static int run_locked(struct kn_engine *engine, struct kn_lock *lock, const struct kn_spec *asked,
		      struct kn_plan *ret, struct kn_error *err)
{
	struct kn_recovery found KN_CLEANUP(kn_recovery_done) = {0};

	if (kn_recover_locked(engine, &found, err) < 0)
		return -1;
	return run_recovered(engine, lock, asked, &found, ret, err) < 0
		       ? kn_recovery_fail(&found, err)
		       : 0;
}

int kn_engine_run(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		  struct kn_error *err)
{
	struct kn_lock *lock = NULL;

	/* Without differences nothing is written, not even a first lock file. */
	if (!kn_root_exists(engine->root, KN_STATE_DIR "/lock")) {
		struct kn_plan first KN_CLEANUP(kn_plan_done) = {0};

		if (plan_once(engine, spec, &first, err) < 0)
			return -1;
		if (kn_plan_is_empty(&first)) {
			*ret = first;
			first = (struct kn_plan){0};
			return 0;
		}
	}
	if (kn_engine_lock(engine, &lock, err) < 0)
		return -1;
	int r = run_locked(engine, lock, spec, ret, err);
	kn_lock_release(lock);
	return r;
}
