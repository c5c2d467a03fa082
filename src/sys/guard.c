/* The guardian's own side: two processes made of one, and the wait for a confirmation.
 * Layer: sys, effects. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "sys/guard_priv.h"
#include "sys/journal.h"

#define SLICE_MS 1000 /* between looks at the clock where there is no timer of it */

void kn_guard_shut(int *fd)
{
	kn_closep(fd);
	*fd = -1;
}

struct kn_guard *kn_guard_new(int view_fd)
{
	struct kn_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return NULL;
	guard->view_fd = view_fd;
	guard->listen_fd = -1;
	for (size_t i = 0; i < KN_GUARD_CLIENTS; i++)
		guard->clients[i].fd = -1;
	return guard;
}

void kn_guard_free(struct kn_guard *guard)
{
	if (!guard)
		return;
	for (size_t i = 0; i < KN_GUARD_CLIENTS; i++)
		kn_closep(&guard->clients[i].fd);
	kn_closep(&guard->listen_fd);
	kn_closep(&guard->view_fd);
	free(guard);
}

int kn_guard_arm(struct kn_guard *guard, uint32_t number, uint64_t deadline_ms,
		 struct kn_error *err)
{
	uint64_t now = kn_boottime_ms();
	uint64_t left_ms = deadline_ms > now ? deadline_ms - now : 0;

	if (kn_line_bind(guard, err) < 0)
		return -1;
	guard->number = number;
	guard->armed_ms = now;
	guard->deadline_ms = deadline_ms;
	/* Two seconds later than this process, which is to do it itself as long as it lives. */
	guard->timer = kn_undo_timer_start(number, (uint32_t)((left_ms + 999) / 1000) + 2);
	return 0;
}

/* Without a viewer there is nobody to tell. */
static void tell_viewer(struct kn_guard *guard, enum kn_view_event event)
{
	struct kn_guard_word word;

	/* sent as it lies in memory: its gaps, too, are to be known bytes */
	memset(&word, 0, sizeof(word));
	word.event = event;
	word.number = guard->number;
	word.deadline_ms = guard->deadline_ms;
	word.timer = guard->timer;

	if (guard->view_fd >= 0 && send(guard->view_fd, &word, sizeof(word), MSG_NOSIGNAL) < 0)
		kn_guard_shut(&guard->view_fd);
}

/* Return: true with *ret when the terminal has decided. Its end decides nothing. */
static bool hear_viewer(struct kn_guard *guard, enum kn_verdict *ret)
{
	enum kn_verdict verdict;
	ssize_t n = recv(guard->view_fd, &verdict, sizeof(verdict), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		kn_guard_shut(&guard->view_fd);
		return false;
	}
	if (n != sizeof(verdict) || (verdict != KN_VERDICT_KEEP && verdict != KN_VERDICT_CANCEL))
		return false;
	*ret = verdict;
	return true;
}

/* Ends at the deadline also when the machine slept through it. Return: fd; -1: the kernel has no
 * timers of that clock (before 3.15), look at the clock instead. */
static int open_timer(uint64_t deadline_ms)
{
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)(deadline_ms / 1000),
					       .tv_nsec = (long)(deadline_ms % 1000) * 1000000}};
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0 && timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		kn_guard_shut(&fd);
	return fd;
}

/* What the wait looks at, in the order in which it decides. */
enum {
	AT_TIMER,
	AT_SIGNAL,
	AT_LISTEN,
	AT_VIEWER,
	AT_CLIENT,
	N_AT = AT_CLIENT + KN_GUARD_CLIENTS,
};

static void fill_polls(const struct kn_guard *guard, struct pollfd *polls)
{
	polls[AT_LISTEN].fd = guard->listen_fd;
	polls[AT_VIEWER].fd = guard->view_fd;
	for (size_t i = 0; i < KN_GUARD_CLIENTS; i++)
		/* One that has asked waits for its answer and has no more to say. */
		polls[AT_CLIENT + i].fd = guard->clients[i].asked ? -1 : guard->clients[i].fd;
	for (size_t i = 0; i < N_AT; i++) {
		polls[i].events = POLLIN;
		polls[i].revents = 0;
	}
}

/* Return: true with *ret when somebody, or the clock, has decided. */
static bool is_decided(struct kn_guard *guard, const struct pollfd *polls, enum kn_verdict *ret)
{
	if (kn_boottime_ms() >= guard->deadline_ms) {
		*ret = KN_VERDICT_EXPIRED;
		return true;
	}
	guard->signal = polls[AT_SIGNAL].revents ? kn_signals_take() : 0;
	if (guard->signal) {
		*ret = KN_VERDICT_INTERRUPTED;
		return true;
	}
	if (polls[AT_VIEWER].revents && hear_viewer(guard, ret))
		return true;
	for (size_t i = 0; i < KN_GUARD_CLIENTS; i++)
		if (polls[AT_CLIENT + i].revents && kn_line_hear(guard, i, ret))
			return true;
	if (polls[AT_LISTEN].revents)
		kn_line_accept(guard);
	return false;
}

static int wait_decided(struct kn_guard *guard, struct pollfd *polls, enum kn_verdict *ret,
			struct kn_error *err)
{
	do {
		fill_polls(guard, polls);
		if (poll(polls, N_AT, polls[AT_TIMER].fd < 0 ? SLICE_MS : -1) < 0 && errno != EINTR)
			return kn_fail(err, KN_ERR_SYSTEM, errno,
				       "cannot wait for the confirmation of change %u",
				       guard->number);
	} while (!is_decided(guard, polls, ret));
	return 0;
}

void kn_guard_on_pending(struct kn_guard *guard,
			 int (*tell)(void *arg, uint32_t number, uint64_t deadline_ms,
				     struct kn_error *err),
			 void *arg)
{
	guard->tell = tell;
	guard->tell_arg = arg;
}

int kn_guard_wait(struct kn_guard *guard, enum kn_verdict *ret, struct kn_error *err)
{
	int timer KN_CLEANUP(kn_closep) = open_timer(guard->deadline_ms);
	int signals KN_CLEANUP(kn_closep) = kn_signals_open();
	struct pollfd polls[N_AT] = {[AT_TIMER] = {.fd = timer}, [AT_SIGNAL] = {.fd = signals}};

	if (signals < 0 || listen(guard->listen_fd, KN_GUARD_CLIENTS) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno,
			       "cannot wait for the confirmation of change %u", guard->number);
	if (guard->tell && guard->tell(guard->tell_arg, guard->number, guard->deadline_ms, err) < 0)
		return -1;
	guard->pending = true;
	tell_viewer(guard, KN_VIEW_PENDING);
	int r = wait_decided(guard, polls, ret, err);
	tell_viewer(guard, KN_VIEW_SETTLED);
	return r;
}

int kn_guard_fail(const struct kn_guard *guard, enum kn_verdict verdict, struct kn_error *err)
{
	uint64_t seconds = (guard->deadline_ms - guard->armed_ms + 999) / 1000;

	switch (verdict) {
	case KN_VERDICT_KEEP:
		break;
	case KN_VERDICT_CANCEL:
		return kn_fail(err, KN_ERR_UNCONFIRMED, 0, "change %u was cancelled",
			       guard->number);
	case KN_VERDICT_EXPIRED:
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"nobody confirmed change %u within %llu seconds", guard->number,
			(unsigned long long)seconds);
		return kn_hint(err, "run it again and confirm in time: kvmnet confirm; "
				    "--confirm SEC gives more time");
	case KN_VERDICT_INTERRUPTED:
		return kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			       "change %u was interrupted by signal %d (%s) before it was "
			       "confirmed",
			       guard->number, guard->signal, kn_signal_name(guard->signal));
	}
	return kn_fail(err, KN_ERR_UNCONFIRMED, 0, "change %u was not confirmed", guard->number);
}

void kn_guard_answer(struct kn_guard *guard, const struct kn_error *failure)
{
	if (!guard || guard->listen_fd < 0)
		return;
	/* What is left half changed, the timer may yet be able to put back. */
	if (guard->timer && !(failure && failure->kind == KN_ERR_INCOMPLETE))
		kn_undo_timer_stop(guard->number);
	kn_line_close(guard, failure);
}

bool kn_guard_was_pending(const struct kn_guard *guard)
{
	return guard && guard->pending;
}
