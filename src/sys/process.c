/* The end of a process: by pidfd where the kernel has it, so that a process number used again is
 * never hit. Layer: sys, effects. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/priv.h"

#define END_WAIT_MS  5000
#define KILL_WAIT_MS 1000 /* a call that cannot be broken off keeps a killed process */
#define LOOK_MS	     10	  /* between looks where the kernel has no pidfd (before 5.3) */

/* Source: the numbers are the same on all architectures since Linux 5.1; RHEL 8's headers lack
 * them. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int kn_process_open(int pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

void kn_process_wait(int pidfd, int64_t deadline)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int64_t left = deadline - kn_monotonic_ms();

	if (left <= 0)
		return;
	if (pidfd < 0 && left > LOOK_MS)
		left = LOOK_MS;
	(void)poll(&p, pidfd < 0 ? 0 : 1, (int)left);
}

/* Source: pidfd_open(2): readable once the process has ended, also as a zombie. */
static bool is_readable(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Zombies have ended: their parent may take its time. */
static bool wait_end(int pidfd, bool (*is_it)(const void *), const void *arg)
{
	int64_t deadline = kn_monotonic_ms() + END_WAIT_MS;

	for (;;) {
		if (pidfd >= 0 ? is_readable(pidfd) : !is_it(arg))
			return true;
		if (kn_monotonic_ms() >= deadline)
			return false;
		kn_process_wait(pidfd, deadline);
	}
}

int kn_process_end(int pid, int signo, bool (*is_it)(const void *), const void *arg)
{
	int pidfd KN_CLEANUP(kn_closep) = kn_process_open(pid);
	long r;

	if (pidfd < 0 && errno == ESRCH)
		return 0;
	/* After the descriptor is held: what is looked at now is what the signal goes to. */
	if (!is_it(arg))
		return (pidfd >= 0 ? is_readable(pidfd) : kill(pid, 0) < 0) ? 0 : ESRCH;
	r = pidfd >= 0 ? syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0) : kill(pid, signo);
	if (r < 0 && errno != ESRCH)
		return errno;
	return wait_end(pidfd, is_it, arg) ? 0 : ETIMEDOUT;
}

/* Return: true with *ret when it has ended. */
static bool has_ended(int pid, int *ret)
{
	int status = 0;
	pid_t r = waitpid(pid, &status, WNOHANG);

	if (r == 0 || (r < 0 && errno == EINTR))
		return false;
	*ret = r < 0 ? -1 : status;
	return true;
}

static bool await_child(int pid, int pidfd, int64_t deadline, int *ret)
{
	while (!has_ended(pid, ret)) {
		if (kn_monotonic_ms() >= deadline)
			return false;
		kn_process_wait(pidfd, deadline);
	}
	return true;
}

int kn_process_reap(int pid, int64_t deadline)
{
	int pidfd KN_CLEANUP(kn_closep) = kn_process_open(pid);
	int status = -1;

	if (await_child(pid, pidfd, deadline, &status))
		return status;
	(void)kill(pid, SIGKILL);
	return await_child(pid, pidfd, kn_monotonic_ms() + KILL_WAIT_MS, &status) ? status : -1;
}
