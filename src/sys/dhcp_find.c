/* Finds DHCP clients among the running processes: program, words, files, namespace and owner are
 * taken from one open /proc/PID, so that a number used again cannot mix two processes.
 * Layer: sys, effects (reads only). */
#include "sys/dhcp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvmnet/num.h"

#define PROC_FILE_MAX (64 * 1024)
#define PID_LIMIT     4194304 /* Source: kernel PID_MAX_LIMIT on 64 bits */

/* A process as one look saw it. */
struct process {
	int dir; /* /proc/PID */
	int pid;
	char exe[PATH_MAX];
	char program[32];
	struct kn_strv argv;
};

static void process_done(struct process *p)
{
	kn_strv_done(&p->argv);
	if (p->dir >= 0)
		(void)close(p->dir);
}

/* False when the file cannot be read whole: the process has gone, or is not ours to look at. */
static bool read_at(int dir, const char *name, struct kn_buf *ret)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char chunk[4096];
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && ret->len < PROC_FILE_MAX)
		kn_buf_put(ret, chunk, (size_t)n);
	(void)close(fd);
	return n == 0 && !ret->failed;
}

/* Follows the links of /proc: two processes share a namespace or a root when the objects are one.
 * Source: namespaces(7), st_dev and st_ino of /proc/PID/ns/net. */
static bool same_file(int dir, const char *name, const char *ours)
{
	struct stat theirs_st, ours_st;

	return fstatat(dir, name, &theirs_st, 0) == 0 && stat(ours, &ours_st) == 0 &&
	       theirs_st.st_dev == ours_st.st_dev && theirs_st.st_ino == ours_st.st_ino;
}

/* The words say what will be started again with our rights, so they must be ours: the owner of
 * /proc/PID is no proof, a process that forbids core dumps appears as root's there. */
static bool has_our_uid(int dir)
{
	struct kn_buf status KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	unsigned int uid = (unsigned int)geteuid();
	char line[64];

	(void)snprintf(line, sizeof(line), "\nUid:\t%u\t%u\t%u\t%u\n", uid, uid, uid, uid);
	return read_at(dir, "status", &status) && strstr(kn_buf_str(&status), line);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A package update leaves clients that run a replaced program: the path is still the right one. */
static bool read_exe(struct process *p)
{
	static const char deleted[] = " (deleted)";
	ssize_t n = readlinkat(p->dir, "exe", p->exe, sizeof(p->exe) - 1);
	size_t cut = sizeof(deleted) - 1;

	if (n <= 0 || p->exe[0] != '/')
		return false;
	p->exe[n] = '\0';
	if ((size_t)n > cut && strcmp(p->exe + n - cut, deleted) == 0)
		p->exe[(size_t)n - cut] = '\0';
	return true;
}

/* A cmdline that cannot be read leaves no words: the process ended while it was looked at. */
static int read_argv(struct process *p, struct kn_error *err)
{
	struct kn_buf words KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!read_at(p->dir, "cmdline", &words))
		return 0;
	for (size_t at = 0; at < words.len; at += strlen(words.data + at) + 1)
		if (kn_strv_add(&p->argv, words.data + at, err) < 0)
			return -1;
	return 0;
}

/* "dhclient", "dhcpcd", "udhcpc" or NULL. The program's file counts, not what it calls itself. */
static const char *which_program(const char *exe)
{
	static const char *const known[] = {"dhclient", "dhcpcd", "udhcpc", "busybox"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(base_name(exe), known[i]) == 0)
			return known[i];
	return NULL;
}

/* One program of many names: as udhcpc, or as "busybox udhcpc". */
static bool is_busybox_udhcpc(const struct kn_strv *argv)
{
	for (size_t i = 0; i < argv->n && i < 2; i++)
		if (strcmp(base_name(argv->v[i]), "udhcpc") == 0)
			return true;
	return false;
}

/* Opens and looks at one process. Return: 1 a DHCP client of this host; 0 not; -1 error. */
static int look_at(int pid, struct process *p, struct kn_error *err)
{
	char path[32];
	const char *program;

	*p = (struct process){.pid = pid};
	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	p->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->dir < 0 || !read_exe(p) || !(program = which_program(p->exe)))
		return 0;
	/* Another root directory is a container's client on the host's network: the files that it
	 * names are not those that we would copy. */
	if (!same_file(p->dir, "ns/net", "/proc/self/ns/net") || !same_file(p->dir, "root", "/") ||
	    !has_our_uid(p->dir))
		return 0;
	if (read_argv(p, err) < 0)
		return -1;
	if (p->argv.n == 0)
		return 0;
	if (strcmp(program, "busybox") == 0) {
		if (!is_busybox_udhcpc(&p->argv))
			return 0;
		program = "udhcpc";
	}
	(void)snprintf(p->program, sizeof(p->program), "%s", program);
	return 1;
}

/* ---- which interfaces ---- */

/* Copies the blank-separated field @want (from 0) of a line. */
static void get_field(const char *line, size_t len, unsigned int want, char *ret, size_t size)
{
	size_t at = 0, n = 0;

	for (unsigned int i = 0; at < len; i++) {
		while (at < len && line[at] == ' ')
			at++;
		for (n = 0; at + n < len && line[at + n] != ' '; n++)
			;
		if (i == want)
			break;
		at += n;
	}
	(void)snprintf(ret, size, "%.*s", at < len ? (int)n : 0, line + at);
}

/* Source: kernel af_packet.c packet_seq_show(): sk RefCnt Type Proto Iface R Rmem User Inode. */
static bool is_packet_socket_on(const char *table, const char *inode, const char *ifindex)
{
	for (const char *nl; (nl = strchr(table, '\n')) != NULL; table = nl + 1) {
		char dev[16], ino[24];

		get_field(table, (size_t)(nl - table), 4, dev, sizeof(dev));
		get_field(table, (size_t)(nl - table), 8, ino, sizeof(ino));
		if (strcmp(dev, ifindex) == 0 && strcmp(ino, inode) == 0)
			return true;
	}
	return false;
}

/* The number in "socket:[N]", or false. */
static bool socket_inode(int fds, const char *name, char *ret, size_t size)
{
	static const char prefix[] = "socket:[";
	char link[64];
	ssize_t n = readlinkat(fds, name, link, sizeof(link) - 1);

	if (n <= (ssize_t)sizeof(prefix) || memcmp(link, prefix, sizeof(prefix) - 1) != 0)
		return false;
	link[n - 1] = '\0';
	return (size_t)snprintf(ret, size, "%s", link + sizeof(prefix) - 1) < size;
}

/* A client started without names serves what it found then: its packet sockets tell. */
static bool listens_on(const struct process *p, const struct kn_ifname *dev)
{
	struct kn_buf table KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	unsigned int index = if_nametoindex(dev->s);
	char ifindex[16], inode[24];
	bool found = false;
	struct dirent *e;
	int fd;
	DIR *fds;

	if (index == 0 || !read_at(p->dir, "net/packet", &table))
		return false;
	fd = openat(p->dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds = fd < 0 ? NULL : fdopendir(fd);
	if (!fds) {
		if (fd >= 0)
			(void)close(fd);
		return false;
	}
	(void)snprintf(ifindex, sizeof(ifindex), "%u", index);
	while (!found && (e = readdir(fds)) != NULL)
		found = socket_inode(fd, e->d_name, inode, sizeof(inode)) &&
			is_packet_socket_on(kn_buf_str(&table), inode, ifindex);
	(void)closedir(fds);
	return found;
}

/* Named ones are believed by name: the interface may be gone, the client waits for it then. */
static bool serves(const struct process *p, const struct kn_ifname *dev)
{
	struct kn_dhclient_args args;

	if (strcmp(p->program, "dhclient") != 0)
		return kn_dhcp_other_names(&p->argv, dev->s) || listens_on(p, dev);
	kn_dhclient_parse(&p->argv, &args);
	if (args.one_off)
		return false;
	return args.n_ifs ? kn_dhclient_names(&p->argv, dev->s) : listens_on(p, dev);
}

/* ---- the client ---- */

static int copy_str(const char *str, char **ret, struct kn_error *err)
{
	char *copy = strdup(str);

	if (!copy)
		return kn_fail_nomem(err);
	free(*ret);
	*ret = copy;
	return 0;
}

/* A relative name means the directory that dhclient was started in, which nobody knows any more. */
static bool is_usable(const char *path)
{
	return path && path[0] == '/';
}

/* Without -lf, dhclient's own default; then ifup's names, for a client that got its file by the
 * environment. Source: dhclient(8), PATH_DHCLIENT_DB; initscripts; ifupdown. */
static int find_lease(const struct kn_dhclient_args *args, const struct kn_ifname *dev, char **ret,
		      struct kn_error *err)
{
	static const char *const patterns[] = {
		"/var/lib/dhcp/dhclient%s.leases",	"/var/lib/dhclient/dhclient%s.leases",
		"/var/lib/dhcp/dhclient%s.@.leases",	"/var/lib/dhclient/dhclient%s--@.lease",
		"/var/lib/dhclient/dhclient%s-@.lease", "/var/lib/dhclient/dhclient%s-@.leases",
	};

	if (args->lease)
		return is_usable(args->lease) ? copy_str(args->lease, ret, err) : 0;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		for (const char *p = patterns[i]; *p; p++) {
			if (p[0] == '%' && *++p == 's')
				kn_buf_puts(&path, args->ipv6 ? "6" : "");
			else if (*p == '@')
				kn_buf_puts(&path, dev->s);
			else
				kn_buf_putc(&path, *p);
		}
		if (kn_buf_check(&path, err) < 0)
			return -1;
		if (access(kn_buf_str(&path), F_OK) == 0)
			return copy_str(kn_buf_str(&path), ret, err);
	}
	return 0;
}

static int find_files(const struct process *p, struct kn_dhcp_client *client, struct kn_error *err)
{
	struct kn_dhclient_args args;

	kn_dhclient_parse(&p->argv, &args);
	if (find_lease(&args, &client->dev, &client->lease_file, err) < 0)
		return -1;
	if (args.pid)
		return is_usable(args.pid) ? copy_str(args.pid, &client->pid_file, err) : 0;
	return copy_str(args.ipv6 ? "/run/dhclient6.pid" : "/run/dhclient.pid", &client->pid_file,
			err);
}

static int fill(const struct process *p, struct kn_dhcp_client *client, struct kn_error *err)
{
	client->pid = p->pid;
	client->is_dhclient = strcmp(p->program, "dhclient") == 0;
	memcpy(client->program, p->program, sizeof(client->program));
	if (copy_str(p->exe, &client->exe, err) < 0)
		return -1;
	for (size_t i = 0; i < p->argv.n; i++)
		if (kn_strv_add(&client->argv, p->argv.v[i], err) < 0)
			return -1;
	return client->is_dhclient ? find_files(p, client, err) : 0;
}

/* The new element is counted first, so that kn_facts_done() frees it when filling fails. */
static int add_client(const struct process *p, const struct kn_ifname *dev, struct kn_facts *facts,
		      struct kn_error *err)
{
	struct kn_dhcp_client *client;

	if (kn_grow(&facts->clients, &facts->cap_clients, facts->n_clients + 1, sizeof(*client),
		    err) < 0)
		return -1;
	client = &facts->clients[facts->n_clients++];
	*client = (struct kn_dhcp_client){.dev = *dev};
	return fill(p, client, err);
}

static int scan_one(int pid, const struct kn_names *names, struct kn_facts *facts,
		    struct kn_error *err)
{
	struct process p;
	int r = look_at(pid, &p, err);

	for (size_t i = 0; r > 0 && i < names->n; i++)
		if (serves(&p, &names->v[i]) && add_client(&p, &names->v[i], facts, err) < 0)
			r = -1;
	process_done(&p);
	return r < 0 ? -1 : 0;
}

/* One pass over /proc for all names: some hundred processes cost a few milliseconds, and this is
 * called only when a change concerns an interface with addresses. */
int kn_dhcp_find(const struct kn_names *names, struct kn_facts *facts, struct kn_error *err)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	uint32_t pid;
	int r = 0;

	if (!proc)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot list the processes in /proc");
	while (r == 0 && (e = readdir(proc)) != NULL)
		if (kn_num_is(e->d_name, PID_LIMIT, &pid))
			r = scan_one((int)pid, names, facts, err);
	(void)closedir(proc);
	return r;
}

/* The words may be changed by a process itself, but a dhclient does not do that. */
bool kn_dhcp_still(const struct kn_dhcp_client *client)
{
	struct kn_error err;
	struct process p;
	bool same = look_at(client->pid, &p, &err) > 0 && strcmp(p.exe, client->exe) == 0 &&
		    kn_strv_eq(&p.argv, &client->argv);

	process_done(&p);
	return same;
}
