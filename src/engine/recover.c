/* What a change that nobody finished has left: undone, or, when it had been committed, tidied.
 * Layer: engine, effects through its participants. */
#include <stdlib.h>
#include <string.h>

#include "engine/change.h"
#include "engine/net.h"
#include "sys/guard.h"
#include "sys/journal.h"
#include "sys/sys.h"

void kn_recovery_done(struct kn_recovery *recovery)
{
	free(recovery->command);
	kn_strv_done(&recovery->conflicts);
	*recovery = (struct kn_recovery){0};
}

/* After a new boot the kernel has nothing of the change any more. */
static int same_boot(const struct kn_journal *journal, bool *ret, struct kn_error *err)
{
	char id[sizeof(journal->boot_id)];

	if (kn_boot_id(id, err) < 0)
		return -1;
	*ret = !strcmp(id, journal->boot_id);
	return 0;
}

/* The kernel first: the host is to be reachable as soon as can be. A journal of a running host that
 * is looked at by --root has no kernel to put back. */
static int undo(struct kn_engine *engine, const struct kn_journal *journal,
		struct kn_recovery *found, struct kn_error *err)
{
	struct kn_error files = {0};
	bool live = journal->has_live && engine->live;

	if (live && same_boot(journal, &live, err) < 0)
		return -1;
	/* Guests' taps go back onto bridges that are there again. */
	if (kn_net_settle(engine, journal, err) < 0)
		return kn_wrap(err, "change %u could not be undone", journal->number);
	int live_r = live ? kn_undo_live(engine, journal, err) : 0;
	int files_r = kn_journal_undo(engine->root, journal, SIZE_MAX, &found->conflicts, &files);
	if (files_r < 0)
		*err = files;
	if (live_r < 0 || files_r < 0)
		return kn_wrap(err, "change %u could not be undone", journal->number);
	kn_guard_sweep(engine->root);
	found->live = live;
	found->what = KN_RECOVERED_UNDONE;
	return kn_journal_discard(engine->root, journal, err);
}

/* The journal stays, and with it what it is about: never a status that says that all is as before.
 */
static int fail_left(struct kn_error *err)
{
	if (err->kind == KN_ERR_SYSTEM || err->kind == KN_ERR_NOMEM)
		err->kind = KN_ERR_INCOMPLETE;
	err->host = KN_HOST_INCOMPLETE;
	return strstr(err->hint, "kvmnet recover")
		       ? -1
		       : kn_hint(err, "%s%sthen finish the way back with: kvmnet recover",
				 err->hint[0] ? err->hint : "remove the cause",
				 err->hint[0] ? "; " : ", ");
}

/* An earlier change that nobody finished is part of what the admin has to know. */
int kn_recovery_note(const struct kn_recovery *found, struct kn_plan *plan, struct kn_error *err)
{
	if (found->what != KN_RECOVERED_UNDONE)
		return 0;
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "change %u (%s) had not been finished and was undone first",
			    found->number, found->command);
}

/* Why a bridge "is not there" that was a moment ago, and why that is no "nothing was changed". */
int kn_recovery_fail(const struct kn_recovery *found, struct kn_error *err)
{
	if (found->what != KN_RECOVERED_UNDONE)
		return -1;
	if (kn_error_host(err) == KN_HOST_UNCHANGED)
		err->host = KN_HOST_EARLIER_UNDONE;
	return kn_wrap(err, "change %u (%s) had not been finished and was undone first; this one",
		       found->number, found->command);
}

int kn_recover_locked(struct kn_engine *engine, struct kn_recovery *ret, struct kn_error *err)
{
	struct kn_journal journal KN_CLEANUP(kn_journal_done) = {0};
	struct kn_recovery found = {0};
	enum kn_journal_at at;

	if (kn_journal_find(engine->root, &at, err) < 0)
		return -1;
	switch (at) {
	case KN_JOURNAL_NONE:
		break;
	case KN_JOURNAL_DONE:
		kn_journal_finish(engine->root);
		found.what = KN_RECOVERED_KEPT;
		break;
	case KN_JOURNAL_OPEN:
		if (kn_journal_load(engine->root, &journal, err) < 0)
			return fail_left(err);
		if (undo(engine, &journal, &found, err) < 0) {
			kn_recovery_done(&found);
			return fail_left(err);
		}
		found.number = journal.number;
		found.command = journal.command;
		journal.command = NULL;
		break;
	}
	*ret = found;
	return 0;
}

/* What a process left that died before its journal was in place, or after the last journal was
 * gone: names that nobody needs, so whatever stands in the way leaves them there. Asked again under
 * the lock: kept old versions belong to an open journal. */
static void tidy(struct kn_engine *engine)
{
	struct kn_lock *lock = NULL;
	enum kn_journal_at at;
	struct kn_error ignored;

	if (!engine->backend || !kn_root_exists(engine->root, KN_STATE_DIR "/lock") ||
	    kn_lock_take(engine->root, 0, &lock, &ignored) < 0)
		return;
	if (kn_journal_find(engine->root, &at, &ignored) == 0 && at == KN_JOURNAL_NONE) {
		kn_tx_sweep_left(engine->root, engine->backend->dir);
		kn_tx_sweep_left(engine->root, "/etc"); /* resolv.conf's */
		(void)!kn_sweep(engine, &ignored);
	}
	kn_lock_release(lock);
}

int kn_engine_lock(struct kn_engine *engine, struct kn_lock **ret, struct kn_error *err)
{
	if (kn_lock_take(engine->root, engine->lock_timeout_ms, ret, err) == 0)
		return 0;
	if (err->kind != KN_ERR_BUSY && kn_journal_look(engine->root) == KN_JOURNAL_OPEN)
		return fail_left(err);
	return -1;
}

static int set_aside(struct kn_engine *engine, struct kn_recovery *ret, struct kn_error *err)
{
	struct kn_recovery found = {.what = KN_RECOVERED_DISCARDED};

	if (kn_journal_set_aside(engine->root, &found.conflicts, err) < 0) {
		kn_recovery_done(&found);
		return -1;
	}
	*ret = found;
	return 0;
}

int kn_engine_recover(struct kn_engine *engine, bool discard, struct kn_recovery *ret,
		      struct kn_error *err)
{
	struct kn_lock *lock = NULL;
	int r;

	enum kn_journal_at at;

	if (kn_journal_find(engine->root, &at, err) < 0)
		return -1;
	if (at == KN_JOURNAL_NONE) {
		tidy(engine);
		*ret = (struct kn_recovery){0};
		return 0;
	}
	if (kn_engine_lock(engine, &lock, err) < 0)
		return -1;
	if (discard && kn_journal_look(engine->root) == KN_JOURNAL_OPEN) {
		r = set_aside(engine, ret, err);
	} else {
		r = kn_recover_locked(engine, ret, err);
	}
	kn_lock_release(lock);
	return r;
}
