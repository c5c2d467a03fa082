/* One file of a journal on the disk: its old or new version written out, or recognised.
 * Layer: sys, effects on temporary files. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sys/priv.h"

/* The metadata of the old version, also for the new one: a file keeps its owner, mode and label.
 * One that comes back by a rollback has those that it had. */
static int set_meta(const struct kn_jfile *file, int fd, struct kn_error *err)
{
	if (file->before_present || file->mode)
		return kn_meta_apply(file, fd, err);
	/* records of originals can hold anything; configuration is read by everybody */
	if (fchmod(fd, file->is_state ? 0600 : 0644) < 0)
		return kn_sys_fail(err, errno, "set the mode of", file->path);
	return 0;
}

/* Return: 0; -1 with *err. */
static int fill(const struct kn_jfile *file, bool old, int fd, const struct stat *times,
		struct kn_error *err)
{
	const char *data = old ? file->before : file->after;
	size_t len = old ? file->before_len : file->after_len;

	if (kn_fd_write(fd, data, len) < 0)
		return kn_sys_fail(err, errno, "write", file->path);
	if (set_meta(file, fd, err) < 0)
		return -1;
	/* an old file comes back with its time: to make(1) and people it did not change */
	if (times && futimens(fd, (struct timespec[]){times->st_atim, times->st_mtim}) < 0)
		return kn_sys_fail(err, errno, "set the time of", file->path);
	return 0;
}

int kn_jfile_put(const struct kn_jfile *file, int dirfd, const char *name, int *ret,
		 struct kn_error *err)
{
	int fd = kn_tmp_create(dirfd, name);

	if (fd < 0)
		return kn_sys_fail(err, errno, "make a file beside", file->path);
	if (fill(file, false, fd, NULL, err) < 0) {
		kn_closep(&fd);
		return -1;
	}
	*ret = fd;
	return 0;
}

int kn_jfile_sync(const struct kn_jfile *file, int *fd, struct kn_error *err)
{
	int rc = fsync(*fd);

	if (rc < 0)
		kn_sys_fail(err, errno, "write", file->path);
	kn_closep(fd);
	*fd = -1;
	return rc;
}

int kn_jfile_write(const struct kn_jfile *file, bool old, int dirfd, const char *name,
		   const struct stat *times, struct kn_error *err)
{
	int fd KN_CLEANUP(kn_closep) = kn_tmp_create(dirfd, name);

	if (fd < 0)
		return kn_sys_fail(err, errno, "make a file beside", file->path);
	return fill(file, old, fd, times, err) < 0 ? -1 : kn_jfile_sync(file, &fd, err);
}

bool kn_jfile_is_old(const struct kn_jfile *file, int dirfd, const char *name)
{
	const char *why = NULL;
	struct stat st;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(dirfd, name, &st, &why);

	return fd >= 0 && file->before_present && kn_fd_holds(fd, file->before, file->before_len) &&
	       kn_meta_is(file, fd);
}

/* Of any doubt (no right to read, a FIFO) it says no: the caller then leaves the file alone. */
bool kn_jfile_holds_old(const struct kn_jfile *file, int dirfd, const char *name)
{
	const char *why = NULL;
	struct stat st;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(dirfd, name, &st, &why);

	if (fd < 0)
		return !file->before_present && !why && errno == ENOENT;
	return file->before_present && kn_fd_holds(fd, file->before, file->before_len);
}
