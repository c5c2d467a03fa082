/* The undo journal and the history of changes in KN_STATE_DIR. Layer: sys, effects. Everything here
 * is for the holder of the lock unless it says otherwise. */
#ifndef KVMNET_SYS_JOURNAL_H
#define KVMNET_SYS_JOURNAL_H

#include "kvmnet/journal.h"
#include "sys/sys.h"

#define KN_HISTORY_KEEP 20
#define KN_HISTORY_LAST 9999999 /* the highest number of a change */

/* Where a change stands by what lies in KN_STATE_DIR. */
enum kn_journal_at {
	KN_JOURNAL_NONE,
	KN_JOURNAL_OPEN, /* "journal": begun and not committed */
	KN_JOURNAL_DONE, /* "journal.done": committed, not yet archived; the host is as it should be
			  */
};

/* Looks. Return: 0; -1 when it cannot be known: then nothing may be changed. */
int kn_journal_find(struct kn_root *root, enum kn_journal_at *ret,
		    struct kn_error *err) KN_NODISCARD;
/* The same for readers, without the lock. What cannot be known is none. */
enum kn_journal_at kn_journal_look(struct kn_root *root);
/* Reads the open journal. Return: 0, *ret new; -1: KN_ERR_INCOMPLETE where it is damaged or of an
 * unknown version (it stays; nothing may be changed on such a host), KN_ERR_SYSTEM. */
int kn_journal_load(struct kn_root *root, struct kn_journal *ret,
		    struct kn_error *err) KN_NODISCARD;

/* Puts every file of @journal back to before, with its metadata, durably: the kept old version when
 * it still has the old bytes, else the journal's copy. A target that holds neither the old nor the
 * new bytes was edited by somebody else: their version is kept in KN_STATE_DIR/conflicts first, and
 * that copy's path is added to @ret_conflicts. May be repeated; does not end the journal.
 * @n_placed: only the first so many files are known to be replaced; SIZE_MAX = any may be.
 * Return: 0 when all are old; -1 with KN_ERR_INCOMPLETE naming the rest, the others put back. */
int kn_journal_undo(struct kn_root *root, const struct kn_journal *journal, size_t n_placed,
		    struct kn_strv *ret_conflicts, struct kn_error *err) KN_NODISCARD;
/* The undo is complete and durable: unlinks the journal, syncs, and only then removes the kept old
 * versions and temporary names. */
int kn_journal_discard(struct kn_root *root, const struct kn_journal *journal,
		       struct kn_error *err) KN_NODISCARD;
/* The undo cannot be completed, or its record is damaged, and the host shall stay as it is: the
 * open journal is kept in KN_STATE_DIR/conflicts, a path that is added to @ret_copy, and no longer
 * stands in the way. */
int kn_journal_set_aside(struct kn_root *root, struct kn_strv *ret_copy,
			 struct kn_error *err) KN_NODISCARD;
/* What a process that died after its commit has left: archives journal.done, removes temporary
 * names. Best effort. */
void kn_journal_finish(struct kn_root *root);

/* ---- history: the last KN_HISTORY_KEEP committed changes; reading needs no lock ---- */

struct kn_journals {
	struct kn_journal *v; /* owned, oldest first */
	size_t n, cap;
};

void kn_journals_done(struct kn_journals *list);
/* A damaged entry is left out and counted in @ret_damaged. */
int kn_history_list(struct kn_root *root, struct kn_journals *ret, size_t *ret_damaged,
		    struct kn_error *err) KN_NODISCARD;
/* @number 0 = the newest. Return: 0, *ret new; -1 with KN_ERR_INPUT when there is none such. */
int kn_history_load(struct kn_root *root, uint32_t number, struct kn_journal *ret,
		    struct kn_error *err) KN_NODISCARD;

/* ---- clock and boot ---- */

/* This boot's id, 36 characters. Source: random(4), boot_id. Return: 0; -1. */
int kn_boot_id(char ret[40], struct kn_error *err) KN_NODISCARD;
uint64_t kn_boottime_ms(void); /* CLOCK_BOOTTIME: goes on in suspend, never steps */
int64_t kn_monotonic_ms(void); /* CLOCK_MONOTONIC: for waits, which no step of a clock may change */

#endif
