/* Which network daemons run in this network namespace, and which links they say are theirs.
 * Read from /proc, the cgroups and /run: nothing is asked over D-Bus, which could hang or start
 * what does not run. Layer: sys, effects (reads only). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

const struct kn_daemon kn_daemon_nm = {"NetworkManager", "NetworkManager.service",
				       "/run/NetworkManager"};
const struct kn_daemon kn_daemon_networkd = {"systemd-network", "systemd-networkd.service",
					     "/run/systemd/netif"};
const struct kn_daemon kn_daemon_resolved = {"systemd-resolve", "systemd-resolved.service",
					     "/run/systemd/resolve"};

/* The first line of a file outside any root (/proc, /sys), without the newline. */
static bool first_line(const char *path, char *buf, size_t size)
{
	int fd KN_CLEANUP(kn_closep) = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n <= 0)
		return false;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return true;
}

static bool is_same_netns(const char *pid)
{
	char path[64], ours[64], theirs[64];
	ssize_t a = readlink("/proc/self/ns/net", ours, sizeof(ours));

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	ssize_t b = readlink(path, theirs, sizeof(theirs));
	/* Without the right to look (a view by a user) it counts as ours: better a warning too
	 * many. A process that is gone meanwhile does not. */
	if (b < 0)
		return errno == EACCES || errno == EPERM;
	return a == b && !memcmp(ours, theirs, (size_t)a);
}

static bool is_daemon(const char *pid, const char *comm)
{
	char path[64], name[32];

	(void)snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	return first_line(path, name, sizeof(name)) && !strcmp(name, comm) && is_same_netns(pid);
}

/* By name: the pid files that these daemons once wrote are gone under systemd. */
bool kn_daemon_in_proc(const char *comm)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool found = false;
	uint32_t pid;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = kn_num_is(entry->d_name, INT32_MAX, &pid) && is_daemon(entry->d_name, comm);
	closedir(dir);
	return found;
}

/* The main process by the unit's cgroup: two or three reads instead of a walk through /proc.
 * Return: 1 runs, 0 does not, -1 not known. */
static int by_cgroup(const struct kn_daemon *daemon)
{
	static const char *const mounts[] = {"/sys/fs/cgroup/system.slice",
					     "/sys/fs/cgroup/systemd/system.slice"};
	char path[160], pid[32];

	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s/cgroup.procs", mounts[i], daemon->unit);
		if (first_line(path, pid, sizeof(pid)))
			return is_daemon(pid, daemon->comm) ? 1 : -1;
	}
	return -1;
}

/* The directory under /run first: on most hosts that one look answers. */
bool kn_daemon_runs(const struct kn_daemon *daemon)
{
	int known;

	if (access(daemon->run, F_OK) < 0)
		return false;
	known = by_cgroup(daemon);
	return known >= 0 ? known == 1 : kn_daemon_in_proc(daemon->comm);
}

/* Has the text a line that is exactly @line? */
static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, line, len) && (p[len] == '\n' || p[len] == '\0'))
			return true;
	}
	return false;
}

/* An unreadable state file says nothing: the daemon is asked for by its process anyway. */
static bool state_has(struct kn_root *root, const char *path, const char *const lines[])
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored;
	bool present = false;

	if (kn_root_read(root, path, KN_FILE_MAX, &text, &present, &ignored) < 0 || !present)
		return false;
	for (size_t i = 0; lines[i]; i++)
		if (has_line(kn_buf_str(&text), lines[i]))
			return true;
	return false;
}

enum kn_owner kn_owner_of(struct kn_root *root, unsigned int ifindex)
{
	/* Source: NetworkManager src/core/nm-config.c, DEVICE_RUN_STATE_KEYFILE_KEY_*. */
	static const char *const nm[] = {"managed=true", NULL};
	/* Source: systemd src/network/networkd-link.c, link_save(), link_state_table. The other
	 * states (pending, initialized, unmanaged, linger) do not touch the link. */
	static const char *const networkd[] = {"ADMIN_STATE=configuring", "ADMIN_STATE=configured",
					       "ADMIN_STATE=failed", NULL};
	char path[64];

	(void)snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u", ifindex);
	if (state_has(root, path, nm))
		return KN_OWNER_NM;
	(void)snprintf(path, sizeof(path), "/run/systemd/netif/links/%u", ifindex);
	return state_has(root, path, networkd) ? KN_OWNER_NETWORKD : KN_OWNER_NONE;
}

/* State files outlive a daemon that was stopped or killed, hence the look at its process; only for
 * links that the files claim. */
int kn_owners_probe(struct kn_root *root, const struct kn_names *names, struct kn_facts *facts,
		    struct kn_error *err)
{
	for (size_t i = 0; i < names->n; i++) {
		unsigned int ifindex = if_nametoindex(names->v[i].s);
		enum kn_owner owner = ifindex ? kn_owner_of(root, ifindex) : KN_OWNER_NONE;

		if (owner == KN_OWNER_NONE ||
		    !kn_daemon_runs(owner == KN_OWNER_NM ? &kn_daemon_nm : &kn_daemon_networkd))
			continue;
		if (kn_grow(&facts->owners, &facts->cap_owners, facts->n_owners + 1,
			    sizeof(*facts->owners), err) < 0)
			return -1;
		facts->owners[facts->n_owners++] =
			(struct kn_if_owner){.name = names->v[i], .owner = owner};
	}
	return 0;
}
