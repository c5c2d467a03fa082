/* Which running guest has which tap, without libvirt: a QEMU holds its taps open, and the kernel
 * says in /proc/PID/fdinfo which they are. Layer: sys, effects (reads only).
 * Source: kernel drivers/net/tun.c, tun_chr_show_fdinfo(): "iff:\tNAME"; drivers/net/tap.c: a
 * macvtap is /dev/tapIFINDEX. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

/* A guest with hundreds of disks has a command line of some 100 KiB. */
#define CMDLINE_MAX (1024 * 1024)

struct guest {
	int dir; /* owned: /proc/PID */
	int pid;
	struct kn_strv argv; /* owned; read when the first tap is found */
};

static bool read_at(int dir, const char *name, struct kn_buf *ret)
{
	int fd KN_CLEANUP(kn_closep) = openat(dir, name, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && kn_fd_read(fd, CMDLINE_MAX, ret) == 0;
}

/* By the process's name, which it has from its program's file: qemu-system-x86_64, qemu-kvm, kvm.
 */
static bool is_qemu(int dir)
{
	struct kn_buf comm KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	return read_at(dir, "comm", &comm) &&
	       (!strncmp(kn_buf_str(&comm), "qemu", 4) || !strcmp(kn_buf_str(&comm), "kvm\n"));
}

/* A container's guests hold taps of another network. Unknown (no right to look) counts as ours. */
static bool is_our_net(int dir)
{
	struct stat theirs, ours;

	if (fstatat(dir, "ns/net", &theirs, 0) < 0)
		return errno == EACCES || errno == EPERM;
	return stat("/proc/self/ns/net", &ours) == 0 && ours.st_ino == theirs.st_ino &&
	       ours.st_dev == theirs.st_dev;
}

static int read_argv(struct guest *guest, struct kn_error *err)
{
	struct kn_buf words KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (guest->argv.n || !read_at(guest->dir, "cmdline", &words))
		return 0;
	for (size_t at = 0; at < words.len; at += strlen(words.data + at) + 1)
		if (kn_strv_add(&guest->argv, words.data + at, err) < 0)
			return -1;
	return 0;
}

/* "iff:\tvnet0\n" among the lines of an open tap's fdinfo. */
static bool name_in_fdinfo(int dir, const char *fd, struct kn_ifname *ret)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored;
	char path[64], name[KN_IFNAME_SIZE];
	const char *at;

	(void)snprintf(path, sizeof(path), "fdinfo/%.20s", fd);
	if (!read_at(dir, path, &text))
		return false;
	at = strstr(kn_buf_str(&text), "iff:\t");
	if (!at)
		return false;
	at += strlen("iff:\t");
	size_t len = strcspn(at, "\n");
	if (len >= sizeof(name))
		return false;
	memcpy(name, at, len);
	name[len] = '\0';
	return kn_ifname_from_host(name, ret, &ignored) == 0;
}

/* The link that descriptor @fd is of. */
static bool link_of(int dir, const char *fd, struct kn_ifname *ret)
{
	char path[64], target[64], name[IF_NAMESIZE];
	struct kn_error ignored;
	uint32_t index;

	(void)snprintf(path, sizeof(path), "fd/%.20s", fd);
	ssize_t n = readlinkat(dir, path, target, sizeof(target) - 1);
	if (n <= 0)
		return false;
	target[n] = '\0';
	if (!strcmp(target, "/dev/net/tun"))
		return name_in_fdinfo(dir, fd, ret);
	return !strncmp(target, "/dev/tap", 8) && kn_num_is(target + 8, INT32_MAX, &index) &&
	       if_indextoname(index, name) && kn_ifname_from_host(name, ret, &ignored) == 0;
}

/* A NIC with several queues holds its tap several times. */
static bool is_known(const struct kn_guests *guests, const struct kn_ifname *dev, int pid)
{
	for (size_t i = guests->n; i-- > 0 && guests->v[i].pid == pid;)
		if (kn_ifname_eq(&guests->v[i].dev, dev))
			return true;
	return false;
}

static int look_at_fd(struct guest *guest, const char *fd, struct kn_guests *ret,
		      struct kn_error *err)
{
	struct kn_guest_nic *nic;
	struct kn_ifname dev;
	uint32_t number;

	if (!kn_num_is(fd, INT32_MAX, &number) || !link_of(guest->dir, fd, &dev) ||
	    is_known(ret, &dev, guest->pid))
		return 0;
	if (read_argv(guest, err) < 0)
		return -1;
	nic = kn_guests_add(ret, &dev, guest->pid, err);
	return nic ? kn_qemu_args(&guest->argv, (int)number, nic, err) : -1;
}

static int look_at_fds(struct guest *guest, struct kn_guests *ret, struct kn_error *err)
{
	int fd = openat(guest->dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *fds = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!fds) {
		ret->hidden |= errno == EACCES || errno == EPERM;
		kn_closep(&fd);
		return 0;
	}
	while (r == 0 && (entry = readdir(fds)) != NULL)
		r = look_at_fd(guest, entry->d_name, ret, err);
	(void)closedir(fds);
	return r;
}

static int look_at(int proc, const char *name, struct kn_guests *ret, struct kn_error *err)
{
	struct guest guest = {.dir = -1};
	uint32_t pid;
	int r = 0;

	if (!kn_num_is(name, INT32_MAX, &pid))
		return 0;
	guest.pid = (int)pid;
	guest.dir = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (guest.dir >= 0 && is_qemu(guest.dir) && is_our_net(guest.dir))
		r = look_at_fds(&guest, ret, err);
	kn_strv_done(&guest.argv);
	kn_closep(&guest.dir);
	return r;
}

/* Two small calls for every process, more only for a QEMU. */
int kn_guests_find(struct kn_guests *ret, struct kn_error *err)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!proc)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot list the processes in /proc");
	while (r == 0 && (entry = readdir(proc)) != NULL)
		r = look_at(dirfd(proc), entry->d_name, ret, err);
	(void)closedir(proc);
	return r;
}
