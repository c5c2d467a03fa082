/* A timer of systemd's, in case that the guardian itself dies while its change is pending.
 * Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/guard_priv.h"

#define ANSWER_MS 5000 /* systemd answers in some ten; a stuck one must not hold the change up */

/* Nothing of the caller's environment, no terminal, none of our blocked signals. */
static int set_up(posix_spawn_file_actions_t *fa, posix_spawnattr_t *attr)
{
	sigset_t none;
	int r = 0;

	(void)sigemptyset(&none);
	for (int fd = 0; fd < 3 && r == 0; fd++)
		r = posix_spawn_file_actions_addopen(fa, fd, "/dev/null", O_RDWR, 0);
	if (r == 0)
		r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK);
	return r == 0 ? posix_spawnattr_setsigmask(attr, &none) : r;
}

/* Return: the process, or -1. */
static pid_t spawn(char *const *argv)
{
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LC_ALL=C";
	char *const env[] = {path, lang, NULL};
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&fa) != 0)
		return -1;
	if (posix_spawnattr_init(&attr) == 0) {
		if (set_up(&fa, &attr) == 0 &&
		    posix_spawn(&pid, argv[0], &fa, &attr, argv, env) != 0)
			pid = -1;
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&fa);
	return pid;
}

/* Runs a program of systemd's to its end. Return: did it succeed? */
static bool run(char *const *argv)
{
	pid_t pid = spawn(argv);
	int status = pid > 0 ? kn_process_reap(pid, kn_monotonic_ms() + ANSWER_MS) : -1;

	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Debian before 12 may have it in /bin alone. Return: true with @path. */
static bool find_program(const char *name, char path[64])
{
	static const char *const dirs[] = {"/usr/bin", "/bin"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		(void)snprintf(path, 64, "%s/%s", dirs[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/* Only options that RHEL 7's systemd 219 knows. `recover --expired` succeeds whatever it finds, so
 * that no failed unit stays behind. Source: systemd-run(1), systemd.timer(5). */
bool kn_undo_timer_start(uint32_t number, uint32_t seconds)
{
	char program[64], unit[48], after[48], digits[16], self[PATH_MAX];
	char accuracy[] = "--timer-property=AccuracySec=500ms", recover[] = "recover",
	     expired[] = "--expired";
	ssize_t len;

	if (access("/run/systemd/system", F_OK) < 0 || !find_program("systemd-run", program))
		return false;
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len <= 0)
		return false;
	self[len] = '\0';
	/* Replaced by a newer one meanwhile: its name reads "... (deleted)". */
	if (access(self, X_OK) < 0)
		return false;
	(void)snprintf(unit, sizeof(unit), "--unit=kvmnet-undo-%u", number);
	(void)snprintf(after, sizeof(after), "--on-active=%u", seconds);
	(void)snprintf(digits, sizeof(digits), "%u", number);
	char *const argv[] = {program, unit, after, accuracy, self, recover, expired, digits, NULL};
	return run(argv);
}

void kn_undo_timer_stop(uint32_t number)
{
	char program[64], unit[48], stop[] = "stop", quiet[] = "--quiet";

	if (!find_program("systemctl", program))
		return;
	(void)snprintf(unit, sizeof(unit), "kvmnet-undo-%u.timer", number);
	char *const argv[] = {program, stop, quiet, unit, NULL};
	/* One that elapses all the same finds nothing to undo. */
	(void)run(argv);
}
