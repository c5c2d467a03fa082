/* The guardian: the process that makes a change, apart from the terminal it was started on, and
 * waits for its confirmation; its viewer, which stays on the terminal; and the line between the
 * guardian and `kvmnet confirm` in another session. Layer: sys, effects.
 *
 * Who calls what, in this order:
 *   cli     kn_guard_start()  makes two processes of one: guardian and viewer
 *   engine  kn_guard_arm()    the journal is durable, nothing is applied yet; only when the plan
 *                             wants a confirmation (kn_plan.confirm_s)
 *   engine  kn_guard_wait()   applied, verified, checked; then commit on KEEP, else roll back with
 *                             kn_guard_fail()'s error as the cause
 *   cli     kn_guard_answer() the engine has returned: whoever asked is told what became of it
 * The lock on changes is held all the while: a pending change is its holder's. */
#ifndef KVMNET_SYS_GUARD_H
#define KVMNET_SYS_GUARD_H

#include <sys/types.h>

#include "sys/sys.h"

/* Names of a run-time host: never below --root, where nothing is guarded. */
#define KN_GUARD_SOCKET KN_STATE_DIR "/guard"
#define KN_CONFIRM_S	120 /* of a confirmation that is asked for without --confirm */

enum kn_verdict {
	KN_VERDICT_KEEP,	/* somebody confirmed */
	KN_VERDICT_CANCEL,	/* somebody cancelled */
	KN_VERDICT_EXPIRED,	/* nobody did until the deadline */
	KN_VERDICT_INTERRUPTED, /* a signal asked for the end */
};

struct kn_guard;  /* the guardian's side */
struct kn_viewer; /* the terminal's side */

/* ---- both sides ---- */

/* Forks. In the child, the guardian, *ret_guard is set: a session of its own, deaf to SIGHUP, and
 * outside the login session's cgroup where systemd would end that. In the parent *ret_viewer is
 * set, and signals that would end it are held from here on: kn_viewer_next() takes them.
 * Return: 0, exactly one of the two is new, the other NULL; -1 with KN_ERR_SYSTEM/NOMEM. */
int kn_guard_start(struct kn_guard **ret_guard, struct kn_viewer **ret_viewer,
		   struct kn_error *err) KN_NODISCARD;

/* ---- the guardian's side ---- */

/* Gets everything ready that can fail, before anything is changed: the socket, and where systemd
 * runs a timer that calls `kvmnet recover --expired NUMBER` two seconds after the deadline, in case
 * that this process dies. A timer that cannot be had is no failure: the viewer is told.
 * @param deadline_ms CLOCK_BOOTTIME; the journal's.
 * Return: 0; -1 with KN_ERR_SYSTEM/PRIVILEGE. */
int kn_guard_arm(struct kn_guard *guard, uint32_t number, uint64_t deadline_ms,
		 struct kn_error *err) KN_NODISCARD;
/* Waits until somebody confirms or cancels (the viewer's terminal, another session), the deadline
 * passes, or a held signal (kn_signals_hold()) arrives. Standard input's end, a hangup, the
 * viewer's death and a client that says nothing change nothing. After kn_guard_arm().
 * Return: 0; -1: nobody could confirm (KN_ERR_SYSTEM), or kn_guard_on_pending()'s error; so roll
 * back. */
int kn_guard_wait(struct kn_guard *guard, enum kn_verdict *ret, struct kn_error *err) KN_NODISCARD;
/* What is to be done as soon as the change waits and can be confirmed, before the viewer hears of
 * it: @tell returns 0, or -1 when the change is to be rolled back. @arg is borrowed. */
void kn_guard_on_pending(struct kn_guard *guard,
			 int (*tell)(void *arg, uint32_t number, uint64_t deadline_ms,
				     struct kn_error *err),
			 void *arg);
/* Records why the change is to be rolled back: KN_ERR_UNCONFIRMED. @verdict: not KEEP. Return: -1.
 */
int kn_guard_fail(const struct kn_guard *guard, enum kn_verdict verdict, struct kn_error *err);
/* Tells everybody who asked what became of the change, takes the socket away and, unless the host
 * is left half changed, stops the timer. @param failure of the change; NULL = it is kept.
 * Without kn_guard_arm() before it does nothing. */
void kn_guard_answer(struct kn_guard *guard, const struct kn_error *failure);
/* True when the viewer was told that it may ask. */
bool kn_guard_was_pending(const struct kn_guard *guard);
void kn_guard_free(struct kn_guard *guard); /* NULL is fine */
/* Removes the socket of a guardian that died. For the holder of the lock. Best effort: it only
 * looks as if somebody listened. */
void kn_guard_sweep(struct kn_root *root);

/* ---- the viewer's side ---- */

enum kn_view_event {
	KN_VIEW_PENDING,  /* the change waits for a confirmation */
	KN_VIEW_SETTLED,  /* it does no longer: somebody decided, or the deadline passed */
	KN_VIEW_INPUT,	  /* standard input has something, or has ended */
	KN_VIEW_TIMEOUT,  /* nothing happened for so long */
	KN_VIEW_FINISHED, /* the guardian has ended: see .status */
};

struct kn_view_news {
	enum kn_view_event event;
	uint32_t number;      /* PENDING: of the change */
	uint64_t deadline_ms; /* PENDING: CLOCK_BOOTTIME */
	bool timer;	      /* PENDING: systemd stands by, should the guardian be killed */
	int status;	      /* FINISHED: as from waitpid(2) */
};

/* Waits for the next thing to happen. Signals that ask for an end are handed on to the guardian.
 * @param in_fd -1 = do not look at standard input; @timeout_ms -1 = none. */
void kn_viewer_next(struct kn_viewer *viewer, int in_fd, int timeout_ms, struct kn_view_news *ret);
/* The terminal's word: @verdict is KEEP or CANCEL. */
void kn_viewer_say(struct kn_viewer *viewer, enum kn_verdict verdict);
/* Lets a guardian go on that was stopped (SIGSTOP). One that runs does not notice. */
void kn_viewer_wake(struct kn_viewer *viewer);
/* The last signal handed on, 0 = none. */
int kn_viewer_signal(const struct kn_viewer *viewer);
/* Frees it, and lets held signals come again. NULL is fine. */
void kn_viewer_free(struct kn_viewer *viewer);

/* ---- another session's side ---- */

/* Asks the guardian of the pending change @number (0 = whichever it is) to keep or to undo it, and
 * waits until that is done. @param verdict KEEP or CANCEL.
 * Return: 0, *ret_number the change's, @ret_message (or NULL) what is to be told of it;
 * -1: KN_ERR_NONE = nobody listens (no change is pending, or
 * its guardian is dead); else the guardian's own answer, with its kind. */
int kn_guard_ask(enum kn_verdict verdict, uint32_t number, uint32_t *ret_number,
		 struct kn_buf *ret_message, struct kn_error *err) KN_NODISCARD;

/* ---- parts of the above, each in a file of its own ---- */

/* Leaves the login session's cgroup where systemd would end everything in it. Best effort. */
void kn_guard_leave_session(void);
/* Removes the cgroup when nobody is in it any more. Best effort. */
void kn_guard_drop_cgroup(void);

/* Starts (@seconds from now) and stops the timer of change @number. Return: did it? */
bool kn_undo_timer_start(uint32_t number, uint32_t seconds);
void kn_undo_timer_stop(uint32_t number);

#endif
