/* Signals that would end the program wait while the host is half changed: a closed SSH session
 * (SIGHUP) or Ctrl-C in the middle of a takeover must not leave it cut off.
 * Layer: sys, effects. */
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "sys/sys.h"

/* SIGTSTP: a stopped program holds the lock, and a host that is half moved. SIGPIPE: a report that
 * nobody reads is no reason to stop either. */
static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGPIPE};
#define N_REQUESTS 4 /* the first ones ask for an end */

/* An ignored signal (nohup) is none, and looking for pending ones would find it all the same. */
static bool is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static void fill(sigset_t *set, size_t n)
{
	sigemptyset(set);
	for (size_t i = 0; i < n; i++)
		if (!is_ignored(held[i]))
			sigaddset(set, held[i]);
}

void kn_signals_hold(sigset_t *ret_old)
{
	sigset_t set;

	fill(&set, sizeof(held) / sizeof(held[0]));
	(void)sigprocmask(SIG_BLOCK, &set, ret_old);
}

int kn_signals_take(void)
{
	struct timespec now = {0};
	sigset_t set;

	fill(&set, N_REQUESTS);
	int number = sigtimedwait(&set, NULL, &now);
	return number > 0 ? number : 0;
}

int kn_signals_open(void)
{
	sigset_t set;

	fill(&set, N_REQUESTS);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* sigabbrev_np() is younger than the C libraries of RHEL 7 and 8. */
const char *kn_signal_name(int number)
{
	switch (number) {
	case SIGINT:
		return "SIGINT, Ctrl-C";
	case SIGTERM:
		return "SIGTERM";
	case SIGHUP:
		return "SIGHUP, the terminal is gone";
	case SIGQUIT:
		return "SIGQUIT";
	case SIGKILL:
		return "SIGKILL: by somebody, or for want of memory";
	}
	return strsignal(number);
}

void kn_signals_release(const sigset_t *old)
{
	(void)sigprocmask(SIG_SETMASK, old, NULL);
}
