/* Two processes made of one: the guardian makes the change, its viewer stays on the terminal. A
 * plain fork: the change costs no second start of the program. Layer: sys, effects. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/guard_priv.h"

#define LOOK_MS 10

struct kn_viewer {
	pid_t guardian;
	int line_fd, signal_fd; /* owned */
	sigset_t old;		/* the mask before */
	int signal;
};

void kn_viewer_free(struct kn_viewer *viewer)
{
	if (!viewer)
		return;
	kn_closep(&viewer->line_fd);
	kn_closep(&viewer->signal_fd);
	kn_signals_release(&viewer->old);
	free(viewer);
}

/* Both halves before the fork, so that nothing can fail between two processes. */
static int make_halves(struct kn_guard **ret_guard, struct kn_viewer **ret_viewer,
		       struct kn_error *err)
{
	struct kn_viewer *viewer = calloc(1, sizeof(*viewer));
	struct kn_guard *guard = viewer ? kn_guard_new(-1) : NULL;
	int line[2];

	if (!guard) {
		free(viewer);
		return kn_fail_nomem(err);
	}
	viewer->line_fd = viewer->signal_fd = -1;
	kn_signals_hold(&viewer->old);
	*ret_viewer = viewer;
	*ret_guard = guard;
	/* Messages with bounds, and an end that shows when the other side dies. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot make a socket pair");
	viewer->line_fd = line[0];
	guard->view_fd = line[1];
	viewer->signal_fd = kn_signals_open();
	if (viewer->signal_fd < 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot watch for signals");
	return 0;
}

/* In the child. The terminal's signals and its end concern it no longer. */
static void become_guardian(struct kn_viewer *viewer)
{
	(void)setsid();
	(void)signal(SIGHUP, SIG_IGN);
	kn_viewer_free(viewer);
	kn_guard_leave_session();
}

int kn_guard_start(struct kn_guard **ret_guard, struct kn_viewer **ret_viewer, struct kn_error *err)
{
	struct kn_viewer *viewer = NULL;
	struct kn_guard *guard = NULL;

	/* An inherited "ignore" would hide how the guardian ended. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (make_halves(&guard, &viewer, err) < 0) {
		kn_guard_free(guard);
		kn_viewer_free(viewer);
		return -1;
	}
	pid_t pid = fork();
	if (pid < 0) {
		kn_fail(err, KN_ERR_SYSTEM, errno,
			"cannot start the process that makes the change");
		kn_guard_free(guard);
		kn_viewer_free(viewer);
		return -1;
	}
	if (pid == 0) {
		become_guardian(viewer);
		viewer = NULL;
	} else {
		viewer->guardian = pid;
		kn_guard_free(guard);
		guard = NULL;
	}
	*ret_guard = guard;
	*ret_viewer = viewer;
	return 0;
}

/* A hangup is the terminal's affair, the change goes on without it. */
static void hand_on_signal(struct kn_viewer *viewer)
{
	int number = kn_signals_take();

	if (!number || number == SIGHUP)
		return;
	viewer->signal = number;
	(void)kill(viewer->guardian, number);
	kn_viewer_wake(viewer);
}

/* Its line has ended, so it has, or is about to: by its number or, before Linux 5.3, by looking. */
static int await_end(struct kn_viewer *viewer)
{
	int pidfd KN_CLEANUP(kn_closep) = kn_process_open(viewer->guardian);
	int status = 0;
	pid_t r;

	while ((r = waitpid(viewer->guardian, &status, WNOHANG)) == 0 ||
	       (r < 0 && errno == EINTR)) {
		struct pollfd polls[] = {{.fd = viewer->signal_fd, .events = POLLIN},
					 {.fd = pidfd, .events = POLLIN}};

		if (poll(polls, 2, pidfd < 0 ? LOOK_MS : -1) > 0 && polls[0].revents)
			hand_on_signal(viewer);
	}
	return status;
}

/* Return: true with *ret; false when the line says nothing that matters. */
static bool hear_guardian(struct kn_viewer *viewer, struct kn_view_news *ret)
{
	struct kn_guard_word word;
	ssize_t n = recv(viewer->line_fd, &word, sizeof(word), MSG_DONTWAIT);

	if (n == sizeof(word)) {
		*ret = (struct kn_view_news){.event = word.event,
					     .number = word.number,
					     .deadline_ms = word.deadline_ms,
					     .timer = word.timer};
		return true;
	}
	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return false;
	int status = await_end(viewer);
	kn_guard_drop_cgroup();
	*ret = (struct kn_view_news){.event = KN_VIEW_FINISHED, .status = status};
	return true;
}

void kn_viewer_next(struct kn_viewer *viewer, int in_fd, int timeout_ms, struct kn_view_news *ret)
{
	for (;;) {
		struct pollfd polls[] = {{.fd = viewer->line_fd, .events = POLLIN},
					 {.fd = viewer->signal_fd, .events = POLLIN},
					 {.fd = in_fd, .events = POLLIN}};
		int n = poll(polls, 3, timeout_ms);

		if (n > 0 && polls[1].revents)
			hand_on_signal(viewer);
		if (n > 0 && polls[0].revents && hear_guardian(viewer, ret))
			return;
		if (n > 0 && polls[2].revents) {
			*ret = (struct kn_view_news){.event = KN_VIEW_INPUT};
			return;
		}
		if (n == 0) {
			*ret = (struct kn_view_news){.event = KN_VIEW_TIMEOUT};
			return;
		}
	}
}

void kn_viewer_say(struct kn_viewer *viewer, enum kn_verdict verdict)
{
	/* A guardian that does not hear it any more has decided without it. */
	if (send(viewer->line_fd, &verdict, sizeof(verdict), MSG_NOSIGNAL) < 0)
		return;
	kn_viewer_wake(viewer);
}

void kn_viewer_wake(struct kn_viewer *viewer)
{
	(void)kill(viewer->guardian, SIGCONT);
}

int kn_viewer_signal(const struct kn_viewer *viewer)
{
	return viewer->signal;
}
