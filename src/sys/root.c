/* The root directory (--root): opening, reading and listing inside it, whatever symlinks there are.
 * Layer: sys, effects (reads only). */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/priv.h"

#define MAX_LINKS 40

/* Source: linux/openat2.h (kernel 5.6), which older systems' headers lack. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#define HOW_NO_MAGICLINKS 0x02
#define HOW_IN_ROOT	  0x10

struct open_how_v0 {
	uint64_t flags, mode, resolve;
};

void kn_closep(int *fd)
{
	int code = errno;

	if (*fd >= 0)
		close(*fd);
	errno = code;
}

/* "/mnt/..", a bind mount of "/" and so on are the host, too: the inode tells, not the text.
 * Return: 0; errno. */
static int look_slash(int fd, bool *ret)
{
	struct stat a, b;

	if (fstat(fd, &a) < 0 || stat("/", &b) < 0)
		return -1;
	*ret = a.st_dev == b.st_dev && a.st_ino == b.st_ino;
	return 0;
}

/* O_RDONLY, not O_PATH: before Linux 3.6 an O_PATH descriptor cannot even be looked at (fstat). */
int kn_root_open(const char *dir, struct kn_root **ret, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_root *root = calloc(1, sizeof(*root));

	if (!root)
		return kn_fail_nomem(err);
	dir = dir ? dir : "/";
	root->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Not knowing whether it is the running host is no answer: a journal that does not say on
	 * which boot it began is undone in the files alone. */
	if (root->fd >= 0 && look_slash(root->fd, &root->is_host) == 0) {
		*ret = root;
		return 0;
	}
	int code = errno;
	kn_closep(&root->fd);
	free(root);
	if (code != ENOENT && code != ENOTDIR && code != ELOOP && code != ENAMETOOLONG)
		return kn_sys_fail(err, code, "open the root directory", dir);
	kn_buf_put_escaped(&shown, dir, strlen(dir));
	kn_fail(err, KN_ERR_INPUT, code, "the root directory %s cannot be used",
		kn_buf_str(&shown));
	return kn_hint(err, "give --root a directory that exists");
}

void kn_root_close(struct kn_root *root)
{
	if (!root)
		return;
	close(root->fd);
	free(root);
}

void kn_root_set_progress(struct kn_root *root, const struct kn_progress *progress)
{
	root->progress = progress;
}

bool kn_root_is_host(const struct kn_root *root)
{
	return root->is_host;
}

/* The kernel resolves where it can: one call, and no race that a walk would have to think of. */
int kn_root_openfd(struct kn_root *root, const char *path, int flags)
{
	struct open_how_v0 how = {.flags = (uint64_t)(flags | O_CLOEXEC),
				  .resolve = HOW_IN_ROOT | HOW_NO_MAGICLINKS};

	/* EAGAIN: something was renamed while ".." was resolved (openat2(2)); bounded tries */
	for (int i = 0; i < 8 && !root->no_openat2; i++) {
		int fd = (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));

		if (fd >= 0)
			return fd;
		if (errno == ENOSYS)
			root->no_openat2 = true;
		else if (errno == EPERM) /* a seccomp filter, or really so: the walk tells */
			break;
		else if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	return kn_walk_open(root->fd, path, flags);
}

/* Splits @path at its last slash: *ret_base points into @path. False for what names no file. */
static bool split(char *path, char **ret_base)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return false;
	*ret_base = slash + 1;
	return **ret_base && strcmp(*ret_base, ".") && strcmp(*ret_base, "..");
}

/* Replaces the last component of @path (at @base) by the text of the symlink that it is. Text is
 * enough: the kernel (or the walk) resolves the directory part again, component by component. */
static int follow(char path[PATH_MAX], char *base, const char *target, size_t len)
{
	char *at = target[0] == '/' ? path : base;

	if ((size_t)(at - path) + len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(at, target, len);
	at[len] = '\0';
	return 0;
}

/* One turn: *ret is filled and 1 returned when @path is no symlink; 0: @path was replaced. */
static int place_step(struct kn_root *root, char path[PATH_MAX], struct kn_place *ret)
{
	char *base, target[PATH_MAX], name[NAME_MAX + 1];

	if (!split(path, &base)) {
		errno = EISDIR;
		return -1;
	}
	int n = snprintf(name, sizeof(name), "%s", base);
	if (n < 0 || (size_t)n >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	*base = '\0'; /* leaves "dir/", "/" */
	int dir KN_CLEANUP(kn_closep) = kn_root_openfd(root, path, O_RDONLY | O_DIRECTORY);
	if (dir < 0)
		return -1;
	ssize_t len = readlinkat(dir, name, target, sizeof(target));
	if (len >= 0)
		return follow(path, base, target, (size_t)len);
	if (errno != EINVAL && errno != ENOENT)
		return -1;
	memcpy(ret->base, name, sizeof(ret->base));
	ret->dirfd = dir;
	dir = -1;
	return 1;
}

/* The last link is followed here and not by the kernel, because a file is replaced in the directory
 * where it really lies: the link itself stays, as the admin made it. */
int kn_place_open(struct kn_root *root, const char *path, struct kn_place *ret)
{
	char cur[PATH_MAX];
	int n = snprintf(cur, sizeof(cur), "%s", path);

	if (n < 0 || (size_t)n >= sizeof(cur)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (int links = 0; links <= MAX_LINKS; links++) {
		int rc = place_step(root, cur, ret);

		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	errno = ELOOP;
	return -1;
}

void kn_place_done(struct kn_place *place)
{
	kn_closep(&place->dirfd);
	place->dirfd = -1;
}

/* ENOTDIR is absence as well: where "/etc/x" is a file there can be no "/etc/x/y". */
int kn_root_read(struct kn_root *root, const char *path, size_t max, struct kn_buf *ret,
		 bool *ret_present, struct kn_error *err)
{
	struct kn_place place KN_CLEANUP(kn_place_done) = {.dirfd = -1};
	const char *why = NULL;

	if (kn_place_open(root, path, &place) < 0) {
		if (errno == EISDIR)
			why = "is a directory, not a regular file";
	} else if (kn_file_read(place.dirfd, place.base, max, ret, &why) == 0) {
		*ret_present = true;
		return 0;
	}
	if (!why && (errno == ENOENT || errno == ENOTDIR)) {
		*ret_present = false;
		return 0;
	}
	return kn_file_fail(err, errno, why, path);
}

/* The first one is told; what it led to is in doubt in any case. */
void kn_root_doubt(struct kn_root *root, int code, const char *path)
{
	if (!root->doubt)
		(void)snprintf(root->doubt_path, sizeof(root->doubt_path), "%s", path);
	root->doubt = root->doubt ? root->doubt : code;
}

int kn_root_sure(const struct kn_root *root, struct kn_error *err)
{
	return root->doubt ? kn_sys_fail(err, root->doubt, "look at", root->doubt_path) : 0;
}

/* O_PATH: no right to read is needed to see that something is there. */
static bool is_there(struct kn_root *root, const char *path, int flags)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, path, O_PATH | flags);

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
		kn_root_doubt(root, errno, path);
	return fd >= 0;
}

bool kn_root_exists(struct kn_root *root, const char *path)
{
	return is_there(root, path, 0);
}

/* For links that systemd makes to say "enabled": their target may be outside of an image. */
bool kn_root_has_name(struct kn_root *root, const char *path)
{
	return is_there(root, path, O_NOFOLLOW);
}

int kn_root_list(struct kn_root *root, const char *dir, struct kn_strv *ret, bool *ret_exists,
		 struct kn_error *err)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, dir, O_RDONLY | O_DIRECTORY);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		*ret_exists = false;
		return 0;
	}
	if (fd < 0)
		return kn_sys_fail(err, errno, "open the directory", dir);
	if (kn_dir_names(fd, ret, err) < 0)
		return kn_wrap(err, "cannot list %s", dir);
	*ret_exists = true;
	return 0;
}
