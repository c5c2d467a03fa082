/* Small steps on descriptors that all of sys/ needs: read, write, temporary names, directories,
 * and the one place that turns an errno into an error with a hint. Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/priv.h"

/* The one thing to do, by errno; "" = look at the file. */
static const char *hint_for(int code)
{
	switch (code) {
	case ENOSPC:
		return "free some space, or inodes, on that file system: df -h; df -i";
	case EDQUOT:
		return "free some space within the quota of that file system: quota";
	case EIO:
		return "the disk reports errors: dmesg | tail";
	case EROFS:
		return "the file system is mounted read-only: mount -o remount,rw";
	case EBUSY:
		return "something is mounted there: findmnt; change the file that is mounted "
		       "instead";
	case EPERM:
		return "look for the immutable or append-only attribute: lsattr";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files: ulimit -n";
	default:
		return "";
	}
}

/* Something else lies where our own folders and records are: no record of a change is in it. */
static bool is_in_place_of_ours(int code, const char *path)
{
	return (code == ENOTDIR || code == EISDIR || code == ELOOP) &&
	       !strncmp(path, KN_STATE_DIR, sizeof(KN_STATE_DIR) - 1);
}

/* EACCES is always a matter of rights (for root: SELinux); EPERM as root is not, there it is an
 * attribute of the file. */
int kn_sys_fail(struct kn_error *err, int code, const char *what, const char *path)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool rights = code == EACCES || (code == EPERM && geteuid() != 0);

	if (code == ENOMEM)
		return kn_fail_nomem(err);
	kn_buf_put_escaped(&shown, path, strlen(path));
	kn_fail(err, rights ? KN_ERR_PRIVILEGE : KN_ERR_SYSTEM, code, "cannot %s %s", what,
		kn_buf_str(&shown));
	if (rights)
		return kn_hint(err,
			       "run it as root (sudo): CAP_DAC_OVERRIDE is needed for this, and "
			       "CAP_CHOWN to replace files of the host");
	if (is_in_place_of_ours(code, path))
		return kn_hint(err,
			       "kvmnet keeps its records there, and what lies in that place is "
			       "none of them: look at it (ls -ld " KN_STATE_DIR " " KN_STATE_DIR
			       "/*), move it away and run the command again");
	const char *hint = hint_for(code);
	return *hint ? kn_hint(err, "%s", hint)
		     : kn_hint(err, "look at it: ls -ld %.200s", kn_buf_str(&shown));
}

/* NULL for a regular file. */
static const char *wrong_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "is a directory, not a regular file";
	case S_IFIFO:
		return "is a FIFO, not a regular file";
	case S_IFSOCK:
		return "is a socket, not a regular file";
	case S_IFLNK:
		return "is a symbolic link, not a regular file";
	default:
		return "is a device, not a regular file";
	}
}

int kn_file_open(int dirfd, const char *base, struct stat *st, const char **ret_why)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

	/* Looked at before it is opened, because opening alone makes some devices act (tape,
	 * watchdog), and after it, because it may have been replaced in between. */
	if (fstatat(dirfd, base, st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	*ret_why = wrong_type(st->st_mode);
	if (!*ret_why) {
		int fd = openat(dirfd, base, flags);

		if (fd < 0)
			return -1;
		if (fstat(fd, st) == 0 && !(*ret_why = wrong_type(st->st_mode)))
			return fd;
		kn_closep(&fd);
	}
	errno = EINVAL;
	return -1;
}

/* Bounded while it reads and not only by st_size: the file can grow meanwhile. */
int kn_fd_read(int fd, size_t max, struct kn_buf *ret)
{
	char block[16384];
	size_t total = 0;

	for (;;) {
		ssize_t n = read(fd, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		total += (size_t)n;
		if (total > max) {
			errno = EFBIG;
			return -1;
		}
		kn_buf_put(ret, block, (size_t)n);
		if (ret->failed) {
			errno = ENOMEM;
			return -1;
		}
		/* a short read of a regular file is its end (read(2)) */
		if ((size_t)n < sizeof(block))
			return 0;
	}
}

/* st_size first, so that a huge file costs nothing before it is refused. */
int kn_file_read(int dirfd, const char *base, size_t max, struct kn_buf *ret, const char **ret_why)
{
	struct stat st;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(dirfd, base, &st, ret_why);

	if (fd < 0)
		return -1;
	if (st.st_size > 0 && (uintmax_t)st.st_size > max) {
		errno = EFBIG;
		return -1;
	}
	return kn_fd_read(fd, max, ret);
}

/* File names found in a directory of the host are data: never printed raw. */
int kn_path_fail(struct kn_error *err, enum kn_error_kind kind, const char *path, const char *text)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, path, strlen(path));
	kn_fail(err, kind, 0, "%s %s", kn_buf_str(&shown), text);
	return kn_at(err, kn_buf_str(&shown), 0, 0);
}

int kn_file_fail(struct kn_error *err, int code, const char *why, const char *path)
{
	if (!why && code == EFBIG)
		why = "is larger than any configuration file kvmnet edits";
	if (!why && code == ELOOP)
		why = "is a symbolic link that leads in a circle";
	if (!why)
		return kn_sys_fail(err, code, "read", path);
	kn_path_fail(err, KN_ERR_HOSTFILE, path, why);
	return kn_hint(err, "move it out of the way, or put a regular file in its place");
}

bool kn_fd_holds(int fd, const char *data, size_t len)
{
	struct kn_buf now KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	return lseek(fd, 0, SEEK_SET) == 0 && kn_fd_read(fd, len, &now) == 0 && now.len == len &&
	       (len == 0 || !memcmp(now.data, data, len));
}

/* A short write is no error: the next one says what is wrong (ENOSPC, EDQUOT). */
int kn_fd_write(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

void kn_tmp_name(char name[KN_TMP_SIZE], char letter, size_t number)
{
	/* a leading dot and a final tilde: no reader of ifcfg files takes it for one of its own */
	(void)snprintf(name, KN_TMP_SIZE, ".kvmnet-%c%zu~", letter, number);
}

/* One of that name is what a process that died has left: its holder of the lock is gone. */
int kn_tmp_create(int dirfd, const char *name)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dirfd, name, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlinkat(dirfd, name, 0) == 0)
		fd = openat(dirfd, name, flags, 0600);
	return fd;
}

/* Source: linux/fs.h; the C library has renameat2() only since glibc 2.28. */
#define NOREPLACE 1

int kn_rename_new(int dirfd, const char *from, const char *to)
{
#ifdef SYS_renameat2
	if (syscall(SYS_renameat2, dirfd, from, dirfd, to, NOREPLACE) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL && errno != EPERM)
		return -1;
#endif
	/* old kernel or file system: a small window stays open after this look */
	if (faccessat(dirfd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(dirfd, from, dirfd, to);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int kn_dir_names(int dirfd, struct kn_strv *ret, struct kn_error *err)
{
	/* an own description: rewinding must not depend on who else reads this directory */
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct kn_strv names = {0};
	struct dirent *entry;
	int rc = 0;

	if (!dir) {
		kn_closep(&fd);
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot read a directory");
	}
	while (rc == 0 && (errno = 0, entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			rc = kn_strv_add(&names, entry->d_name, err);
	if (rc == 0 && errno)
		rc = kn_fail(err, KN_ERR_SYSTEM, errno, "cannot read a directory");
	closedir(dir);
	if (rc < 0) {
		kn_strv_done(&names);
		return -1;
	}
	if (names.n > 1)
		qsort(names.v, names.n, sizeof(*names.v), by_text);
	kn_strv_done(ret);
	*ret = names;
	return 0;
}

bool kn_link_is_refused(int code)
{
	/* EPERM: the file system has no hard links, or fs.protected_hardlinks (link(2)) */
	return code == EPERM || code == EXDEV || code == EMLINK || code == EOPNOTSUPP ||
	       code == ENOSYS || code == EACCES;
}

/* ".kvmnet-", one of the letters, a number, "~": exactly what kn_tmp_name() makes. */
static bool is_tmp_name(const char *name)
{
	static const char prefix[] = ".kvmnet-";
	const char *p = name + sizeof(prefix) - 1;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0 || !*p || !strchr("nor", *p))
		return false;
	size_t digits = strspn(++p, "0123456789");
	return digits && !strcmp(p + digits, "~");
}

void kn_tmp_sweep(int dirfd)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_error ignored;

	if (kn_dir_names(dirfd, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (is_tmp_name(names.v[i]))
			(void)unlinkat(dirfd, names.v[i], 0);
}

/* Makes @name in @parent and opens it. umask must not decide over @mode. */
static int make_one(int parent, const char *name, mode_t mode, bool durable)
{
	if (mkdirat(parent, name, mode) < 0)
		return -1;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && fchmod(fd, mode) == 0 && (!durable || fsync(parent) == 0))
		return fd;
	int code = errno;
	kn_closep(&fd);
	(void)unlinkat(parent, name, AT_REMOVEDIR);
	errno = code;
	return -1;
}

/* Prefix by prefix, each opened inside the root: a part may be a symlink (/var/lib elsewhere), and
 * mkdir(2) itself knows nothing of the root. */
int kn_dir_make(struct kn_root *root, const char *path, mode_t mode, bool durable,
		struct kn_strv *made, struct kn_error *err)
{
	char *prefix KN_CLEANUP(kn_freep) = strdup(path);
	int parent KN_CLEANUP(kn_closep) = -1;
	int fd = kn_root_openfd(root, path, O_RDONLY | O_DIRECTORY);

	if (!prefix)
		return kn_fail_nomem(err);
	if (fd >= 0 || errno != ENOENT)
		return fd >= 0 ? fd : kn_sys_fail(err, errno, "open the directory", path);
	parent = kn_root_openfd(root, "/", O_RDONLY | O_DIRECTORY);
	for (char *p = prefix; parent >= 0 && *p;) {
		char *name = p + 1, *end = name + strcspn(name, "/");
		char kept = *end;

		*end = '\0';
		fd = kn_root_openfd(root, prefix, O_RDONLY | O_DIRECTORY);
		if (fd < 0 && errno == ENOENT) {
			fd = make_one(parent, name, kept ? 0755 : mode, durable);
			if (fd >= 0 && made && kn_strv_add(made, prefix, err) < 0) {
				kn_closep(&fd);
				return -1;
			}
		}
		if (fd < 0)
			return kn_sys_fail(err, errno, "make the directory", prefix);
		*end = kept;
		p = end;
		kn_closep(&parent);
		parent = fd;
	}
	if (parent < 0)
		return kn_sys_fail(err, errno, "open the root directory of", path);
	fd = parent;
	parent = -1;
	return fd;
}
