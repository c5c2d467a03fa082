/* What the guardian's files share: its state, and the words on its lines. Private to guard*.c.
 * Layer: sys. */
#ifndef KVMNET_SYS_GUARD_PRIV_H
#define KVMNET_SYS_GUARD_PRIV_H

#include "sys/guard.h"
#include "sys/priv.h"

#define KN_GUARD_CLIENTS 8
#define KN_GUARD_WORDS	 64   /* bytes of a request: "keep 4294967295" */
#define KN_GUARD_REPLY	 1536 /* bytes of an answer: exit status, number, message, hint */

/* Somebody who wants to know how it ends. */
struct kn_guard_client {
	int fd; /* owned, -1 = free */
	bool asked;
	enum kn_verdict verdict; /* what was asked for */
};

struct kn_guard {
	int view_fd;   /* owned: to the viewer; -1 when that is gone */
	int listen_fd; /* owned, -1 = not armed */
	bool pending, timer;
	uint32_t number;
	uint64_t armed_ms, deadline_ms;
	int signal; /* that ended the wait, or 0 */
	int (*tell)(void *arg, uint32_t number, uint64_t deadline_ms, struct kn_error *err);
	void *tell_arg;
	struct kn_guard_client clients[KN_GUARD_CLIENTS];
};

/* What the guardian tells its viewer. */
struct kn_guard_word {
	enum kn_view_event event; /* PENDING, SETTLED */
	uint32_t number;
	uint64_t deadline_ms;
	bool timer;
};

/* @view_fd is taken. Return: new; NULL without memory. */
struct kn_guard *kn_guard_new(int view_fd);
/* Closes *@fd, which is -1 then: no longer looked at. */
void kn_guard_shut(int *fd);

/* ---- guard_line.c: the socket ---- */

/* Makes the socket under its name; nobody can connect yet. Return: 0; -1. */
int kn_line_bind(struct kn_guard *guard, struct kn_error *err) KN_NODISCARD;
/* Takes in whoever has connected, as far as there is room. */
void kn_line_accept(struct kn_guard *guard);
/* Reads what client @i says. Return: true with *ret when it is a decision about this change. */
bool kn_line_hear(struct kn_guard *guard, size_t i, enum kn_verdict *ret);
/* Answers everybody and closes the line. @failure as for kn_guard_answer(). */
void kn_line_close(struct kn_guard *guard, const struct kn_error *failure);
/* "keep 42" and "cancel 0". Return: false when it is no such thing. */
bool kn_line_parse(const char *words, enum kn_verdict *ret_verdict, uint32_t *ret_number);

#endif
