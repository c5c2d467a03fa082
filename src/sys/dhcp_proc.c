/* Ends and starts DHCP client processes. Layer: sys, effects. */
#include "sys/dhcp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/priv.h"
#include "sys/journal.h"

#define START_WAIT_MS 30000

static bool is_client(const void *client)
{
	return kn_dhcp_still(client);
}

int kn_dhcp_kill(const struct kn_dhcp_client *client, struct kn_error *err)
{
	int code = kn_process_end(client->pid, SIGKILL, is_client, client);

	switch (code) {
	case 0:
		return 0;
	case ESRCH:
		return kn_fail(err, KN_ERR_SYSTEM, 0,
			       "process %d is no longer the DHCP client of %s", client->pid,
			       client->dev.s);
	case ETIMEDOUT:
		return kn_fail(err, KN_ERR_SYSTEM, 0,
			       "the DHCP client of %s (process %d) does not end", client->dev.s,
			       client->pid);
	}
	return kn_fail(err, code == EPERM ? KN_ERR_PRIVILEGE : KN_ERR_SYSTEM, code,
		       "cannot end the DHCP client of %s (process %d)", client->dev.s, client->pid);
}

/* ---- start ---- */

/* Nothing of ours for a daemon that outlives us: no terminal, no blocked signals, own session. */
static int set_attr(posix_spawnattr_t *attr)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
#ifdef POSIX_SPAWN_SETSID
	flags |= POSIX_SPAWN_SETSID; /* glibc 2.26; dhclient makes itself a session anyway */
#endif
	r = posix_spawnattr_setflags(attr, flags);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attr, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attr, &all);
	return r;
}

/* A pipe or terminal held by a daemon would keep our caller waiting for its end. */
static int set_stdio(posix_spawn_file_actions_t *fa)
{
	int r = 0;

	for (int fd = 0; fd < 3 && r == 0; fd++)
		r = posix_spawn_file_actions_addopen(fa, fd, "/dev/null", O_RDWR, 0);
	return r;
}

/* The caller's environment stays out: dhclient reads PATH_DHCLIENT_* from it, its script much more.
 * @list ends with NULL. Return: 0 or an errno value. */
static int spawn(const char *exe, char *const *list, pid_t *ret_pid)
{
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char lang[] = "LC_ALL=C";
	char *const env[] = {path, lang, NULL};
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	int r = posix_spawn_file_actions_init(&fa);

	if (r != 0)
		return r;
	r = posix_spawnattr_init(&attr);
	if (r == 0) {
		r = set_stdio(&fa);
		if (r == 0)
			r = set_attr(&attr);
		if (r == 0)
			r = posix_spawn(ret_pid, exe, &fa, &attr, list, env);
		(void)posix_spawnattr_destroy(&attr);
	}
	(void)posix_spawn_file_actions_destroy(&fa);
	return r;
}

/* Waits for our child, which exits once its own child is the daemon. */
static int wait_daemonised(pid_t pid, const char *exe, struct kn_error *err)
{
	int64_t deadline = kn_monotonic_ms() + START_WAIT_MS;
	int status = kn_process_reap(pid, deadline);

	if (kn_monotonic_ms() >= deadline)
		return kn_fail(err, KN_ERR_SYSTEM, 0,
			       "%s did not go into the background within %d seconds", exe,
			       START_WAIT_MS / 1000);
	if (status < 0) /* somebody set SIGCHLD to "ignore": it has ended, how is not told */
		return 0;
	if (WIFSIGNALED(status))
		return kn_fail(err, KN_ERR_SYSTEM, 0, "%s was ended by signal %d", exe,
			       WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return kn_fail(err, KN_ERR_SYSTEM, 0, "%s ended with status %d", exe,
			       WEXITSTATUS(status));
	return 0;
}

int kn_dhcp_spawn(const char *exe, const struct kn_strv *argv, struct kn_error *err)
{
	char **list KN_CLEANUP(kn_freep) = calloc(argv->n + 1, sizeof(*list));
	pid_t pid = -1;
	int r;

	if (!list)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < argv->n; i++)
		list[i] = argv->v[i];
	r = spawn(exe, list, &pid);
	if (r != 0)
		return kn_sys_fail(err, r, "start", exe);
	return wait_daemonised(pid, exe, err);
}
