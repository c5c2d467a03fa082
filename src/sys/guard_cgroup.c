/* Out of the login session: where systemd ends everything of a session with it, the guardian goes
 * into a cgroup of its own. Layer: sys, effects. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/guard_priv.h"

#define GROUP "kvmnet-guard"

/* By which hierarchies systemd follows processes: a line of /proc/self/cgroup begins with .line,
 * and the hierarchy is mounted at one of .mounts. Source: cgroups(7); systemd's CGROUP_DELEGATION.
 */
static const struct hierarchy {
	const char *line;
	const char *mounts[2];
} hierarchies[] = {
	{"0::", {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}},
	{":name=systemd:", {"/sys/fs/cgroup/systemd", NULL}},
};

#define N_HIERARCHIES (sizeof(hierarchies) / sizeof(*hierarchies))

/* A session's scope, or something of a user's own systemd. */
static bool is_session(const char *path)
{
	return strncmp(path, "/user.slice/", 12) == 0;
}

/* Does a line of @text place this process in a session of that hierarchy? */
static bool is_in_session(const char *text, const struct hierarchy *h)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		/* "1:name=systemd:/..." has its number in front, which differs. */
		const char *at = h->line[0] == ':' ? line + strspn(line, "0123456789") : line;
		if (!strncmp(at, h->line, strlen(h->line)))
			return is_session(at + strlen(h->line));
	}
	return false;
}

/* Return: did it? A file system of another kind has no such file. */
static bool enter_below(const char *mount)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", mount);
	if (access(path, W_OK) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "%s/" GROUP, mount);
	(void)mkdir(path, 0755);
	(void)snprintf(path, sizeof(path), "%s/" GROUP "/cgroup.procs", mount);
	int fd KN_CLEANUP(kn_closep) = open(path, O_WRONLY | O_CLOEXEC);
	/* "0" is whoever writes it. */
	return fd >= 0 && write(fd, "0", 1) == 1;
}

void kn_guard_leave_session(void)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (access("/run/systemd/system", F_OK) < 0)
		return;
	int fd KN_CLEANUP(kn_closep) = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || kn_fd_read(fd, KN_FILE_MAX, &text) < 0)
		return;
	for (size_t i = 0; i < N_HIERARCHIES; i++) {
		const struct hierarchy *h = &hierarchies[i];

		if (is_in_session(kn_buf_str(&text), h) && !enter_below(h->mounts[0]) &&
		    h->mounts[1])
			(void)enter_below(h->mounts[1]);
	}
}

void kn_guard_drop_cgroup(void)
{
	char path[128];

	if (access("/run/systemd/system", F_OK) < 0)
		return;
	for (size_t i = 0; i < N_HIERARCHIES; i++)
		for (size_t j = 0; j < 2 && hierarchies[i].mounts[j]; j++) {
			(void)snprintf(path, sizeof(path), "%s/" GROUP, hierarchies[i].mounts[j]);
			(void)rmdir(path);
		}
}
