/* A temporary folder of ifcfg files, and real programs that read them.
 * Layer: tests, effects (files below /tmp, processes). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "readers.h"

extern char **environ;

char readers_top[] = "/tmp/kvmnet-readers-XXXXXX";
static uint32_t seed = 2024;

uint32_t readers_rnd(uint32_t n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

void readers_write(const char *name, unsigned int i, const char *data, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s%u", readers_top, name, i);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Runs argv in the temporary folder; what it prints. Owned by the caller. */
char *readers_run(char *const argv[])
{
	posix_spawn_file_actions_t fa;
	char path[128], *text = calloc(1, 65536);
	int status;
	pid_t pid;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/out", readers_top);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	text[fread(text, 1, 65535, f)] = '\0';
	fclose(f);
	return text;
}

char *readers_shell(const char *shell, const char *script, unsigned int first, unsigned int n)
{
	char a[16], b[16];
	char *argv[] = {(char *)shell, "-c", (char *)script, "x", readers_top, a, b, NULL};

	snprintf(a, sizeof(a), "%u", first);
	snprintf(b, sizeof(b), "%u", first + n);
	return readers_run(argv);
}

int readers_setup(void **state)
{
	(void)state;
	return mkdtemp(readers_top) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int readers_teardown(void **state)
{
	(void)state;
	return nftw(readers_top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
