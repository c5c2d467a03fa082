/* The error object that every fallible function of the library takes as its last parameter.
 * Layer: base, pure. Fixed-size texts, so that reporting "out of memory" needs no memory. */
#ifndef KVMNET_ERROR_H
#define KVMNET_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define KN_NODISCARD	   __attribute__((warn_unused_result))
#define KN_PRINTF(fmt, va) __attribute__((format(printf, fmt, va)))

/* Kinds, each mapped to one exit code by kn_error_exit_code(). */
enum kn_error_kind {
	KN_ERR_NONE,	    /* no error recorded */
	KN_ERR_USAGE,	    /* wrong words on the command line: exit 2 */
	KN_ERR_INPUT,	    /* a value or the INI file is wrong: exit 2 */
	KN_ERR_REFUSED,	    /* a safety rule says no, see .rule: exit 3 */
	KN_ERR_HOSTFILE,    /* a file of the host cannot be understood or edited safely: exit 3 */
	KN_ERR_SYSTEM,	    /* an operation failed, the host is as before: exit 4 */
	KN_ERR_NOMEM,	    /* out of memory, the host is as before: exit 4 */
	KN_ERR_INCOMPLETE,  /* failed, and the undo failed too: exit 5 */
	KN_ERR_UNCONFIRMED, /* a check failed or nobody confirmed, undone: exit 6 */
	KN_ERR_BUSY,	    /* another change is running or pending: exit 7 */
	KN_ERR_PRIVILEGE,   /* a capability is missing: exit 8 */
	KN_ERR_UNSUPPORTED, /* backend, reader or kernel lacks the feature: exit 8 */
};

/* What the host is after an error: the one thing that an admin has to know of every failure. */
enum kn_host_after {
	KN_HOST_BY_KIND,	/* what the kind promises; see kn_error_host() */
	KN_HOST_UNCHANGED,	/* nothing was changed */
	KN_HOST_PUT_BACK,	/* it was being changed, and is as before again */
	KN_HOST_INCOMPLETE,	/* it is neither old nor new */
	KN_HOST_CHANGED,	/* the change stands */
	KN_HOST_EARLIER_UNDONE, /* one that had died was undone; of this one nothing was done */
};

struct kn_error {
	enum kn_error_kind kind;
	enum kn_host_after host; /* where the kind alone does not tell */
	int sys_errno;		 /* errno behind it, or 0 */
	unsigned int line;	 /* in .file, from 1; 0 = none */
	unsigned int column;	 /* from 1, in bytes; 0 = none */
	char rule[32];		 /* KN_ERR_REFUSED: the name for --force=RULE; else "" */
	char message[768];	 /* what failed, on which object, why; never NULL */
	char hint[384];		 /* the one thing to do, or "" */
	char file[512];		 /* file the error is about, or "" */
	char excerpt[256];	 /* the offending line of .file, or "" */
	/* What of the wish it is about, for those who know where that was written: */
	unsigned int part; /* the kn_spec.number of the part, 0 = none */
	char field[24];	   /* the option's long name, or "" */
	char word[64];	   /* its value, where one of several is meant; or "" */
};

/* Records an error in *err (which may hold one already: it is replaced).
 * Text that does not fit is cut with "..."; control bytes are the caller's to escape
 * (kn_buf_put_escaped()). @param sys_errno 0, or errno, whose text is appended as ": text".
 * Return: always -1, so that callers can `return kn_fail(...)`. */
int kn_fail(struct kn_error *err, enum kn_error_kind kind, int sys_errno, const char *fmt, ...)
	KN_PRINTF(4, 5);

/* Records a refusal by the safety rule named @rule (see plan/rules.def). Return: -1. */
int kn_refuse(struct kn_error *err, const char *rule, const char *fmt, ...) KN_PRINTF(3, 4);

/* Out of memory. Return: -1. */
int kn_fail_nomem(struct kn_error *err);

/* Sets the hint of a recorded error. Return: -1, as kn_fail(). */
int kn_hint(struct kn_error *err, const char *fmt, ...) KN_PRINTF(2, 3);

/* Puts "context: " in front of the message. Return: -1. */
int kn_wrap(struct kn_error *err, const char *fmt, ...) KN_PRINTF(2, 3);

/* Says where in a file the error lies. @param line, column from 1, 0 = unknown. Return: -1. */
int kn_at(struct kn_error *err, const char *file, unsigned int line, unsigned int column);

/* Says what of the wish the error is about. @param field an option's long name without dashes;
 * @word its value, or "". Return: -1. */
int kn_about(struct kn_error *err, const char *field, const char *word);

/* What the host is after an error; never KN_HOST_BY_KIND. */
enum kn_host_after kn_error_host(const struct kn_error *err);
/* The same as a sentence without a full stop, and as a word that stays ("unchanged", "put-back",
 * ...), for JSON. Return: static. */
const char *kn_host_text(enum kn_host_after host);
const char *kn_host_word(enum kn_host_after host);

/* The process's exit status for an error (DESIGN: exit codes). Return: 0 for KN_ERR_NONE, 2..8. */
int kn_error_exit_code(const struct kn_error *err);

/* The stable machine word for a kind ("usage", "refused", ...), for JSON. Return: static. */
const char *kn_error_kind_word(enum kn_error_kind kind);

/* ---- several at once ---- */

struct kn_errors {
	struct kn_error *v; /* owned */
	size_t n, cap;
};

/* Adds a copy of @error. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_errors_add(struct kn_errors *list, const struct kn_error *error,
		  struct kn_error *err) KN_NODISCARD;
/* A check has failed. With a @list *err becomes an entry of it and is empty again, so that the next
 * check can be made. Return: 0: go on; -1: *err stands: there is no list (NULL), or the error is of
 * the program's world (memory, a failing system) and not of what was asked for. */
int kn_errors_take(struct kn_errors *list, struct kn_error *err) KN_NODISCARD;
/* The exit status of several: the smallest, so that what is wrong in the input counts before what
 * the host refuses, and that before what it lacks. Return: 2..8; 0 of none. */
int kn_errors_exit_code(const struct kn_errors *list);
/* By file, line and column. */
void kn_errors_sort(struct kn_errors *list);
void kn_errors_done(struct kn_errors *list);

#endif
