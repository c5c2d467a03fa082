/* A change while it is under way: from the journal to the commit, or back. Private to engine/.
 * Layer: engine, effects through its participants. */
#ifndef KVMNET_ENGINE_CHANGE_H
#define KVMNET_ENGINE_CHANGE_H

#include "engine/check.h"
#include "kvmnet/journal.h"

struct kn_change;
struct kn_lock;
struct kn_tx;

/* Judges the result by reading everything again. Return: 0; -1 with what is not as it should be. */
typedef int kn_verify(struct kn_change *change, struct kn_error *err);

struct kn_change {
	struct kn_engine *engine;
	struct kn_lock *lock;	      /* held; who is refused reads there what is being done */
	const struct kn_state *state; /* what @plan was made from */
	const struct kn_plan *plan;
	const struct kn_spec *spec; /* what was asked for; of a rollback only how */
	kn_verify *verify;
	const void *verify_arg;
	/* Below: filled while it runs. */
	struct kn_journal journal;
	struct kn_checks checks;
	struct kn_tx *tx;
	bool *done; /* per operation of the plan */
	bool swept;
	uint32_t number; /* of the change once it was begun; stays */
};

/* Journal, files, operations, verification, confirmation, commit; any failure puts everything back.
 * Under the lock, with signals held; frees what it filled in. Return: 0; -1: KN_ERR_INCOMPLETE =
 * not all could be put back, any other kind = the host is as before. */
int kn_change_run(struct kn_change *change, struct kn_error *err) KN_NODISCARD;

/* Undoes what change->done and change->tx tell, and turns @cause into the report. Return: -1. */
int kn_change_undo(struct kn_change *change, const struct kn_error *cause, struct kn_error *err);

/* The kernel and the DHCP clients back to @journal's record, whoever changed them: plans, executes
 * and judges by reading again. Return: 0; -1 with KN_ERR_INCOMPLETE naming what is left. */
int kn_undo_live(struct kn_engine *engine, const struct kn_journal *journal,
		 struct kn_error *err) KN_NODISCARD;
/* Appends to @plan what leads from the kernel as it is to @journal's record. @now: filled with what
 * was read; must be empty. */
int kn_plan_back(struct kn_engine *engine, const struct kn_journal *journal, struct kn_facts *now,
		 struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;
/* Removes what dead processes have left in the kernel to keep the host reachable. Return: 0; -1. */
int kn_sweep(struct kn_engine *engine, struct kn_error *err) KN_NODISCARD;
/* Executes the plan's operations in order, and sweeps when the switch is done; change->done tells
 * which took effect. Files are the transaction's: their rows count as done. Return: 0; -1, and
 * those behind the failed one may have taken effect. */
int kn_ops_run(struct kn_change *change, struct kn_error *err) KN_NODISCARD;
/* What a second look found still to do, for the judgement of a result. DHCP clients take their time
 * and are not judged. Return: the first such operation, borrowed; NULL = the result holds. */
const struct kn_op *kn_ops_left(const struct kn_plan *plan);
/* The inverse of everything that took effect, last first, by the table alone. Goes on after a
 * failure: the record tells what is left. @kernel: also the kernel's and the DHCP clients' part. */
void kn_ops_undo(struct kn_change *change, bool kernel);
/* Takes the lock for a change. Where it cannot be had, an earlier change that is still there is
 * part of the error. Return: as kn_lock_take(). */
int kn_engine_lock(struct kn_engine *engine, struct kn_lock **ret,
		   struct kn_error *err) KN_NODISCARD;
/* What a change that nobody finished has left is undone first. Under the lock. *ret tells what was
 * found; see kn_engine_recover(). */
int kn_recover_locked(struct kn_engine *engine, struct kn_recovery *ret,
		      struct kn_error *err) KN_NODISCARD;
/* Adds to the notes of the change that came after it what was undone, if anything was. */
int kn_recovery_note(const struct kn_recovery *found, struct kn_plan *plan,
		     struct kn_error *err) KN_NODISCARD;
/* The same for an error of that change: puts it in front, and says what the host is. Return: -1. */
int kn_recovery_fail(const struct kn_recovery *found, struct kn_error *err);

#endif
