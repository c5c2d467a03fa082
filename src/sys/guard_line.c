/* The line between the guardian of a pending change and `kvmnet confirm` in another session: a UNIX
 * socket, which is the same in every network namespace. Layer: sys, effects.
 * A request is "keep NUMBER" or "cancel NUMBER", 0 for whichever is pending. The answer comes when
 * the change is committed or undone: exit status and number in the first line, then what happened,
 * then a hint. One message each. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/guard_priv.h"

static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = KN_GUARD_SOCKET};

int kn_line_bind(struct kn_guard *guard, struct kn_error *err)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	/* One that a killed guardian has left: whoever holds the lock is the only one. */
	(void)unlink(KN_GUARD_SOCKET);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(KN_GUARD_SOCKET, 0600) < 0) {
		int code = errno;

		kn_closep(&fd);
		return kn_sys_fail(err, code, "make", KN_GUARD_SOCKET);
	}
	guard->listen_fd = fd;
	return 0;
}

void kn_guard_sweep(struct kn_root *root)
{
	if (kn_root_is_host(root))
		(void)unlink(KN_GUARD_SOCKET);
}

/* The directory lets nobody else in; this holds also where its mode was changed.
 * Source: unix(7), SO_PEERCRED. */
static bool may_decide(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

/* A free place; without one, that of somebody who has said nothing yet. -1 = all are waiting for
 * their answer. */
static int find_place(struct kn_guard *guard)
{
	int silent = -1;

	for (int i = 0; i < KN_GUARD_CLIENTS; i++) {
		if (guard->clients[i].fd < 0)
			return i;
		if (silent < 0 && !guard->clients[i].asked)
			silent = i;
	}
	if (silent >= 0)
		kn_guard_shut(&guard->clients[silent].fd);
	return silent;
}

void kn_line_accept(struct kn_guard *guard)
{
	int fd, place;

	while ((fd = accept4(guard->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		place = may_decide(fd) ? find_place(guard) : -1;
		if (place < 0)
			kn_closep(&fd);
		else
			guard->clients[place] = (struct kn_guard_client){.fd = fd};
	}
}

bool kn_line_parse(const char *words, enum kn_verdict *ret_verdict, uint32_t *ret_number)
{
	static const char *const verbs[] = {"keep ", "cancel "};
	static const enum kn_verdict verdicts[] = {KN_VERDICT_KEEP, KN_VERDICT_CANCEL};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		size_t len = strlen(verbs[i]);

		if (strncmp(words, verbs[i], len) != 0)
			continue;
		*ret_verdict = verdicts[i];
		return kn_num_is(words + len, UINT32_MAX, ret_number);
	}
	return false;
}

/* A client that does not take its answer goes without: nobody here waits for it. */
static void answer(int fd, const struct kn_guard *guard, int status, const char *message,
		   const char *hint)
{
	char text[KN_GUARD_REPLY];
	int len =
		snprintf(text, sizeof(text), "%d %u\n%s\n%s", status, guard->number, message, hint);

	if (len >= (int)sizeof(text))
		len = sizeof(text) - 1;
	if (len > 0 && send(fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
}

static void answer_other_number(struct kn_guard *guard, size_t i)
{
	char message[128], hint[64];

	(void)snprintf(message, sizeof(message), "another change is pending: number %u",
		       guard->number);
	(void)snprintf(hint, sizeof(hint), "kvmnet confirm %u, or kvmnet cancel %u", guard->number,
		       guard->number);
	answer(guard->clients[i].fd, guard, 2, message, hint);
	kn_guard_shut(&guard->clients[i].fd);
}

bool kn_line_hear(struct kn_guard *guard, size_t i, enum kn_verdict *ret)
{
	struct kn_guard_client *client = &guard->clients[i];
	char words[KN_GUARD_WORDS + 1];
	uint32_t number;
	ssize_t n = recv(client->fd, words, KN_GUARD_WORDS, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	words[n > 0 ? n : 0] = '\0';
	if (!kn_line_parse(words, &client->verdict, &number)) {
		kn_guard_shut(&client->fd);
		return false;
	}
	if (number && number != guard->number) {
		answer_other_number(guard, i);
		return false;
	}
	client->asked = true;
	*ret = client->verdict;
	return true;
}

/* Each is told about what it asked for: who cancelled is content with what has failed for who
 * confirmed. */
static void answer_end(const struct kn_guard *guard, const struct kn_guard_client *client,
		       const struct kn_error *failure)
{
	bool undone = failure && failure->kind == KN_ERR_UNCONFIRMED;
	char message[sizeof(failure->message) + 128] = "", hint[64] = "";

	if (failure && !(undone && client->verdict == KN_VERDICT_CANCEL)) {
		answer(client->fd, guard, kn_error_exit_code(failure), failure->message,
		       failure->hint);
		return;
	}
	if (!failure && client->verdict == KN_VERDICT_CANCEL) {
		(void)snprintf(message, sizeof(message), "change %u was confirmed meanwhile",
			       guard->number);
		(void)snprintf(hint, sizeof(hint), "kvmnet rollback %u undoes it", guard->number);
		answer(client->fd, guard, 2, message, hint);
		return;
	}
	/* It may name what others have edited meanwhile. */
	if (undone)
		(void)snprintf(message, sizeof(message), "%s; %s", failure->message,
			       kn_host_text(kn_error_host(failure)));
	answer(client->fd, guard, 0, message, "");
}

void kn_line_close(struct kn_guard *guard, const struct kn_error *failure)
{
	enum kn_verdict ignored;

	/* Who came while the end was being made is told as well. */
	kn_line_accept(guard);
	for (size_t i = 0; i < KN_GUARD_CLIENTS; i++) {
		struct kn_guard_client *client = &guard->clients[i];

		if (client->fd >= 0 && (client->asked || kn_line_hear(guard, i, &ignored)))
			answer_end(guard, client, failure);
		kn_guard_shut(&client->fd);
		client->asked = false;
	}
	(void)unlink(KN_GUARD_SOCKET);
	kn_guard_shut(&guard->listen_fd);
}
