/* The other end of the guardian's line: asks it to keep or to undo its change.
 * Layer: sys, effects. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/guard_priv.h"

#define ANSWER_S 60 /* a commit takes milliseconds; an undo of thousands of links some seconds */

/* The exit status as a kind: the numbers are a promise, the kinds are this program's. */
static enum kn_error_kind kind_of(uint32_t status)
{
	static const enum kn_error_kind kinds[] = {
		[2] = KN_ERR_INPUT,	 [3] = KN_ERR_REFUSED,	   [4] = KN_ERR_SYSTEM,
		[5] = KN_ERR_INCOMPLETE, [6] = KN_ERR_UNCONFIRMED, [7] = KN_ERR_BUSY,
		[8] = KN_ERR_PRIVILEGE};

	if (status >= sizeof(kinds) / sizeof(*kinds) || kinds[status] == KN_ERR_NONE)
		return KN_ERR_SYSTEM;
	return kinds[status];
}

/* The next piece of *at up to @end, ended with a NUL; *at goes behind it. */
static char *cut(char **at, char end)
{
	char *piece = *at;
	size_t len = strcspn(piece, (char[]){end, '\0'});

	*at = piece + len + (piece[len] != '\0');
	piece[len] = '\0';
	return piece;
}

static int read_answer(char *text, uint32_t *ret_number, struct kn_buf *ret_message,
		       struct kn_error *err)
{
	const char *first = cut(&text, ' '), *second = cut(&text, '\n');
	const char *message = cut(&text, '\n'), *hint = text;
	uint32_t status, number;

	if (!kn_num_is(first, 255, &status) || !kn_num_is(second, UINT32_MAX, &number))
		return kn_fail(err, KN_ERR_SYSTEM, 0,
			       "the process that holds the change gives an answer that makes no "
			       "sense; is it another version of kvmnet?");
	if (status == 0) {
		*ret_number = number;
		if (ret_message)
			kn_buf_puts(ret_message, message);
		return 0;
	}
	kn_fail(err, kind_of(status), 0, "%s", message);
	/* What it could not keep, it has undone: the number says so only for this command. */
	if (err->kind == KN_ERR_SYSTEM || err->kind == KN_ERR_PRIVILEGE)
		err->host = KN_HOST_PUT_BACK;
	return hint[0] ? kn_hint(err, "%s", hint) : -1;
}

/* Return: fd, connected; -1. Neither connecting nor asking waits for ever. Source: unix(7), a full
 * backlog; socket(7), SO_SNDTIMEO. */
static int reach(struct kn_error *err)
{
	const struct timeval limit = {.tv_sec = ANSWER_S};

	static const struct sockaddr_un address = {.sun_family = AF_UNIX,
						   .sun_path = KN_GUARD_SOCKET};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
			setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0))
		return kn_sys_fail(err, errno, "set a limit for", KN_GUARD_SOCKET);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	int code = errno;
	kn_closep(&fd);
	/* Not there, or left by a guardian that is gone, or not yet ready to be asked. */
	if (code == ENOENT || code == ECONNREFUSED || code == ENOTDIR) {
		*err = (struct kn_error){0};
		return -1;
	}
	if (code == EAGAIN) {
		kn_fail(err, KN_ERR_BUSY, 0,
			"the process that holds the change takes no word: too many "
			"wait to be heard already");
		return kn_hint(err,
			       "see what it does: kvmnet history; to undo the change: end that "
			       "process, then kvmnet recover");
	}
	return kn_sys_fail(err, code, "connect to", KN_GUARD_SOCKET);
}

/* The guardian's process number, 0 = not known. Source: unix(7), SO_PEERCRED: who called listen().
 */
static pid_t guardian_of(int fd)
{
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 ? cred.pid : 0;
}

static int fail_stuck(pid_t pid, struct kn_error *err)
{
	kn_fail(err, KN_ERR_BUSY, 0,
		"the process that holds the change (pid %d) has not answered for %d s; it has the "
		"word and may yet act on it",
		(int)pid, ANSWER_S);
	return kn_hint(
		err,
		"see what it does: ps -o pid,stat,wchan,args -p %d; to undo the change: kill "
		"-KILL %d; kvmnet recover",
		(int)pid, (int)pid);
}

int kn_guard_ask(enum kn_verdict verdict, uint32_t number, uint32_t *ret_number,
		 struct kn_buf *ret_message, struct kn_error *err)
{
	int fd KN_CLEANUP(kn_closep) = reach(err);
	char words[KN_GUARD_WORDS], text[KN_GUARD_REPLY + 1];
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	int len = snprintf(words, sizeof(words), "%s %u",
			   verdict == KN_VERDICT_KEEP ? "keep" : "cancel", number);
	pid_t guardian = guardian_of(fd);
	if (send(fd, words, (size_t)len, MSG_NOSIGNAL) == len) {
		/* one that somebody has stopped hears nothing */
		if (guardian > 0)
			(void)kill(guardian, SIGCONT);
		do
			n = recv(fd, text, sizeof(text) - 1, 0);
		while (n < 0 && errno == EINTR);
		if (n < 0 && errno == EAGAIN)
			return fail_stuck(guardian, err);
	}
	if (n <= 0) {
		/* It has ended meanwhile; what became of the change stands on the disk. */
		*err = (struct kn_error){0};
		return -1;
	}
	text[n] = '\0';
	return read_answer(text, ret_number, ret_message, err);
}
