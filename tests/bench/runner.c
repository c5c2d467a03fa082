/* Times two commands in turn (A B A B ...), so that a noisy machine is noisy for both.
 * Layer: tests, effects.
 * Usage: runner ROUNDS RESET -- A... -- B...      RESET: a shell script run before each, "-" = none
 * Prints one line: wall and CPU microseconds (medians) and peak KiB of A, then of B. What a command
 * leaves running in the background counts as CPU, and the next one begins when it is gone. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kvmnet/num.h"

#define ROUNDS_MAX 10000

enum measure {
	WALL_US,
	CPU_US,
	PEAK_KIB,
	MEASURES,
};

struct side {
	char **argv;
	long *v[MEASURES]; /* one per round */
};

static long timeval_us(const struct timeval *t)
{
	return t->tv_sec * 1000000L + t->tv_usec;
}

static long now_us(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) < 0)
		return 0;
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

/* Children that the command left behind have become ours. */
static void add_orphans(struct rusage *usage)
{
	struct rusage orphan;

	for (;;) {
		if (wait4(-1, NULL, 0, &orphan) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		timeradd(&usage->ru_utime, &orphan.ru_utime, &usage->ru_utime);
		timeradd(&usage->ru_stime, &orphan.ru_stime, &usage->ru_stime);
	}
}

/* Its standard output goes nowhere; it must exit with 0. */
static bool run(char **argv, long *ret_wall, struct rusage *ret)
{
	posix_spawn_file_actions_t actions;
	long begin;
	pid_t pid;
	int status = -1, rc;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	begin = now_us();
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	while (rc == 0 && wait4(pid, &status, 0, ret) < 0 && errno == EINTR)
		;
	*ret_wall = now_us() - begin;
	if (rc == 0)
		add_orphans(ret);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "runner: %s failed (status %d)\n", argv[0], status);
		return false;
	}
	return true;
}

static bool measure(struct side *side, size_t round, char *reset)
{
	char shell[] = "sh";
	char *reset_argv[] = {shell, reset, NULL};
	struct rusage usage;
	long wall;

	if (strcmp(reset, "-") != 0 && !run(reset_argv, &wall, &usage))
		return false;
	if (!run(side->argv, &wall, &usage))
		return false;
	side->v[WALL_US][round] = wall;
	side->v[CPU_US][round] = timeval_us(&usage.ru_utime) + timeval_us(&usage.ru_stime);
	side->v[PEAK_KIB][round] = usage.ru_maxrss;
	return true;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long median(long *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

/* The words after a "--", which becomes the end of the words before it. */
static char **after_dashes(char **argv)
{
	for (; *argv; argv++)
		if (strcmp(*argv, "--") == 0) {
			*argv = NULL;
			return argv + 1;
		}
	return NULL;
}

static int report(struct side *sides, size_t rounds)
{
	for (int s = 0; s < 2; s++)
		for (int m = 0; m < MEASURES; m++)
			printf("%ld%s", median(sides[s].v[m], rounds),
			       s == 1 && m == PEAK_KIB ? "\n" : " ");
	return ferror(stdout) ? 1 : 0;
}

static bool allocate(struct side *side, size_t rounds)
{
	for (int m = 0; m < MEASURES; m++) {
		side->v[m] = calloc(rounds, sizeof(long));
		if (!side->v[m])
			return false;
	}
	return true;
}

static void release(struct side *side)
{
	for (int m = 0; m < MEASURES; m++)
		free(side->v[m]);
}

int main(int argc, char **argv)
{
	struct side sides[2] = {{0}};
	uint32_t rounds;
	int status = 1;

	if (argc < 6 || !kn_num_is(argv[1], ROUNDS_MAX, &rounds) || rounds == 0)
		return 2;
	sides[0].argv = after_dashes(argv + 3);
	sides[1].argv = sides[0].argv ? after_dashes(sides[0].argv) : NULL;
	if (!sides[1].argv || !sides[0].argv[0] || !sides[1].argv[0])
		return 2;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == 0 && allocate(&sides[0], rounds) &&
	    allocate(&sides[1], rounds)) {
		status = 0;
		for (size_t i = 0; i < 2 * rounds && status == 0; i++)
			status = measure(&sides[i % 2], i / 2, argv[2]) ? 0 : 1;
		if (status == 0)
			status = report(sides, rounds);
	}
	release(&sides[0]);
	release(&sides[1]);
	return status;
}
