/* The splice's life: attach, pin, switch, detach, and what a dead process left behind.
 * Layer: live, effects. */
#include "live/splice.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kvmnet/buf.h"
#include "live/bpf.h"
#include "live/splice_prog.h"
#include "live/nl.h"

#define BPFFS		"/sys/fs/bpf"
#define BPFFS_MAGIC	0xcafe4a11 /* BPF_FS_MAGIC, linux/magic.h */
#define PIN_SIZE	96
#define PIN_TRIES	16  /* left by as many dead runs */
#define KERNEL_ENOTSUPP 524 /* include/linux/errno.h of the kernel; leaks out of bpf(2) */

enum end {
	RECEIVE, /* on the port */
	SEND,	 /* on the bridge */
	N_ENDS,
};

static const char *const end_words[N_ENDS] = {[RECEIVE] = "in", [SEND] = "out"};

/* The programs need no descriptors: the links hold them, and they hold the map. */
struct kn_splice {
	int map;
	int links[N_ENDS];
	char pins[N_ENDS][PIN_SIZE]; /* "" = not pinned */
};

/* The descriptors that attaching needs for a moment. */
struct programs {
	int map;
	int fds[N_ENDS];
};

_Static_assert((int)KN_SPLICE_EGRESS == KN_SPLICE_WORD_EGRESS, "the programs' bits");
_Static_assert((int)KN_SPLICE_INGRESS == KN_SPLICE_WORD_INGRESS, "the programs' bits");

/* Closing must not hide why something before it failed. */
static void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static void programs_done(struct programs *progs)
{
	close_fd(&progs->map);
	for (size_t i = 0; i < N_ENDS; i++)
		close_fd(&progs->fds[i]);
}

/* Return: 0; -1 with errno and everything closed. */
static int load(int port, int bridge, struct programs *ret)
{
	struct programs progs = {.map = kn_bpf_word_create(), .fds = {-1, -1}};

	if (progs.map >= 0)
		progs.fds[RECEIVE] = kn_splice_prog_ingress(progs.map, bridge);
	if (progs.fds[RECEIVE] >= 0)
		progs.fds[SEND] = kn_splice_prog_egress(progs.map, port);
	if (progs.fds[SEND] < 0) {
		programs_done(&progs);
		return -1;
	}
	*ret = progs;
	return 0;
}

/* Index 1 is the loopback device in every network namespace; programs may name any index. */
bool kn_splice_available(void)
{
	struct programs progs;

	if (kn_bpf_tcx_probe(1) < 0 || load(1, 1, &progs) < 0)
		return false;
	programs_done(&progs);
	return true;
}

/* A kernel that is old, built without, locked down or asked by the wrong user. */
static bool is_unsupported(int error)
{
	return error == ENOSYS || error == EPERM || error == EACCES || error == EINVAL ||
	       error == EOPNOTSUPP || error == KERNEL_ENOTSUPP;
}

/* Names come from the host: one with an escape sequence must not reach a terminal. */
static void put_device(struct kn_buf *ret, int ifindex)
{
	char name[IF_NAMESIZE];

	if (if_indextoname((unsigned int)ifindex, name))
		kn_buf_put_escaped(ret, name, strlen(name));
	else
		kn_buf_printf(ret, "link number %d", ifindex);
}

/* A caller that asked kn_splice_available() first can only meet the second kind. */
static int fail_add(int error, int port, int bridge, struct kn_error *err)
{
	struct kn_buf what KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_device(&what, port);
	kn_buf_puts(&what, " to ");
	put_device(&what, bridge);
	kn_fail(err, is_unsupported(error) ? KN_ERR_UNSUPPORTED : KN_ERR_SYSTEM, error,
		"cannot splice %s", kn_buf_str(&what));
	if (error == EEXIST)
		kn_hint(err, "interrupted changes have left splices behind; the next kvmnet "
			     "command removes them");
	return -1;
}

/* Pins are named by the network namespace, as the file system may be shared between several, and by
 * the devices. Return: 0; -1 where /proc is missing. */
static int pin_prefix(char *ret, size_t size)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st) < 0)
		return -1;
	(void)snprintf(ret, size, "kvmnet-%llu-", (unsigned long long)st.st_ino);
	return 0;
}

/* On hosts without systemd it is often not mounted: the path is then an empty folder of sysfs. */
static bool has_bpffs(void)
{
	struct statfs fs;

	return !statfs(BPFFS, &fs) && (unsigned int)fs.f_type == BPFFS_MAGIC;
}

bool kn_splice_survives(void)
{
	return has_bpffs();
}

/* A pin that a sweep has removed already is no matter. */
static void unpin(struct kn_splice *splice)
{
	int saved = errno;

	for (size_t i = 0; i < N_ENDS; i++) {
		if (splice->pins[i][0])
			(void)unlink(splice->pins[i]);
		splice->pins[i][0] = '\0';
	}
	errno = saved;
}

/* Both or none: half a splice left behind would be worse than none. Return: 0; -1 with errno. */
static int pin_as(struct kn_splice *splice, const char *stem)
{
	for (size_t i = 0; i < N_ENDS; i++) {
		char path[PIN_SIZE];

		(void)snprintf(path, sizeof(path), "%s-%s", stem, end_words[i]);
		if (kn_bpf_pin(splice->links[i], path) < 0) {
			unpin(splice);
			return -1;
		}
		memcpy(splice->pins[i], path, sizeof(path));
	}
	return 0;
}

/* Each run has names of its own: what a dead one has left goes on working until the next one has
 * done its part. That pinning is not possible (read-only, full, a security module) only costs the
 * survival, so it is no failure. Return: 0; -1 with EEXIST when all places are taken. */
static int pin(struct kn_splice *splice, int port, int bridge)
{
	char prefix[40], stem[PIN_SIZE - 8];

	if (!has_bpffs() || pin_prefix(prefix, sizeof(prefix)) < 0)
		return 0;
	for (int run = 0; run < PIN_TRIES; run++) {
		(void)snprintf(stem, sizeof(stem), BPFFS "/%s%d-%d-%d", prefix, port, bridge, run);
		if (pin_as(splice, stem) == 0 || errno != EEXIST)
			return 0;
	}
	return -1;
}

/* Detaching is explicit: dropping the last reference would do it some time later, and the pin's
 * share is dropped by a kernel worker. */
static void detach(struct kn_splice *splice)
{
	int saved = errno;

	for (size_t i = 0; i < N_ENDS; i++)
		if (splice->links[i] >= 0)
			(void)!kn_bpf_link_detach(splice->links[i]);
	errno = saved;
}

/* Also the way back from half an addition: what is absent is -1 or "". */
static void release(struct kn_splice *splice)
{
	detach(splice);
	unpin(splice);
	for (size_t i = 0; i < N_ENDS; i++)
		close_fd(&splice->links[i]);
	close_fd(&splice->map);
	free(splice);
}

/* Off until told otherwise, so the order of the two does not matter. */
static int attach(struct kn_splice *splice, const struct programs *progs, int port, int bridge)
{
	splice->links[RECEIVE] = kn_bpf_tcx_link(progs->fds[RECEIVE], port, KN_BPF_TCX_INGRESS);
	if (splice->links[RECEIVE] < 0)
		return -1;
	splice->links[SEND] = kn_bpf_tcx_link(progs->fds[SEND], bridge, KN_BPF_TCX_EGRESS);
	if (splice->links[SEND] < 0)
		return -1;
	return pin(splice, port, bridge);
}

int kn_splice_add(int port, int bridge, struct kn_splice **ret, struct kn_error *err)
{
	struct kn_splice *splice = calloc(1, sizeof(*splice));
	struct programs progs;

	if (!splice)
		return kn_fail_nomem(err);
	if (load(port, bridge, &progs) < 0) {
		int why = errno;

		free(splice);
		return fail_add(why, port, bridge, err);
	}
	*splice = (struct kn_splice){.map = progs.map, .links = {-1, -1}};
	progs.map = -1; /* taken by the splice */
	int rc = attach(splice, &progs, port, bridge);
	int error = errno;
	programs_done(&progs);
	if (rc < 0) {
		release(splice);
		return fail_add(error, port, bridge, err);
	}
	*ret = splice;
	return 0;
}

int kn_splice_turn(struct kn_splice *splice, unsigned int directions, struct kn_error *err)
{
	if (kn_bpf_word_set(splice->map, directions) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot switch the splice %s",
			       directions ? "on" : "off");
	return 0;
}

bool kn_splice_is_pinned(const struct kn_splice *splice)
{
	return splice->pins[RECEIVE][0] != '\0';
}

void kn_splice_del(struct kn_splice *splice)
{
	if (!splice)
		return;
	/* First, and at once: detaching waits, one direction after the other. */
	(void)!kn_bpf_word_set(splice->map, 0);
	release(splice);
}

void kn_splice_retire(struct kn_splice *splice)
{
	(void)!kn_bpf_word_set(splice->map, 0);
	unpin(splice);
}

/* Not waited for: what is left of the child ends with this process. */
void kn_splice_del_in_background(struct kn_splice *splice)
{
	if (!splice)
		return;
	pid_t pid = fork();
	if (pid < 0) {
		release(splice);
		return;
	}
	if (pid == 0) {
		kn_close_others(splice->links, N_ENDS);
		detach(splice);
		_exit(0);
	}
	for (size_t i = 0; i < N_ENDS; i++)
		close_fd(&splice->links[i]);
	close_fd(&splice->map);
	free(splice);
}

/* A link whose device is gone is detached already. */
static int sweep_pin(int dir, const char *name)
{
	char path[PIN_SIZE + 256];

	(void)snprintf(path, sizeof(path), BPFFS "/%s", name);
	int link = kn_bpf_open_pin(path);
	if (link >= 0)
		(void)!kn_bpf_link_detach(link);
	close_fd(&link);
	return unlinkat(dir, name, 0);
}

static bool is_pin_of(const struct kn_splice *splice, const char *name)
{
	for (size_t i = 0; splice && i < N_ENDS; i++)
		if (splice->pins[i][0] && !strcmp(splice->pins[i] + strlen(BPFFS "/"), name))
			return true;
	return false;
}

/* Goes on after a failure, so that one bad entry does not keep the others. */
static int sweep_dir(DIR *dir, const char *prefix, const struct kn_splice *keep, size_t *swept,
		     struct kn_error *err)
{
	struct dirent *entry;
	int rc = 0;

	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
		    is_pin_of(keep, entry->d_name))
			continue;
		if (!sweep_pin(dirfd(dir), entry->d_name))
			(*swept)++;
		else if (!rc)
			rc = kn_fail(err, KN_ERR_SYSTEM, errno, "cannot remove " BPFFS "/%s",
				     entry->d_name);
	}
	return rc;
}

int kn_splice_sweep(const struct kn_splice *keep, size_t *ret_swept, struct kn_error *err)
{
	char prefix[40];
	size_t swept = 0;
	DIR *dir;
	int rc = 0;

	if (has_bpffs()) {
		if (pin_prefix(prefix, sizeof(prefix)) < 0)
			return kn_fail(err, KN_ERR_SYSTEM, errno,
				       "cannot identify the network namespace");
		dir = opendir(BPFFS);
		if (!dir)
			return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot read " BPFFS);
		rc = sweep_dir(dir, prefix, keep, &swept, err);
		closedir(dir);
	}
	if (!rc && ret_swept)
		*ret_swept = swept;
	return rc;
}
