/* Copies of what somebody else wrote into a file while a change of it was under way, kept in
 * KN_STATE_DIR/conflicts before undo takes it away. Nothing ever removes one. Layer: sys, effects.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/priv.h"

#define TRIES	 100		    /* different edits of one file during one change */
#define COPY_MAX (16 * 1024 * 1024) /* bytes; what is larger is no configuration: it stays */
#define TMP_NAME ".kvmnet-n0~"

/* Writes @data as @name, which must not exist; whole, or not there. Return: 0; errno. */
static int write_copy(int dirfd, const char *name, const struct kn_buf *data)
{
	int fd KN_CLEANUP(kn_closep) = kn_tmp_create(dirfd, TMP_NAME);

	if (fd >= 0 && kn_fd_write(fd, kn_buf_str(data), data->len) == 0 && fsync(fd) == 0 &&
	    kn_rename_new(dirfd, TMP_NAME, name) == 0)
		return 0;
	int code = errno;
	if (fd >= 0)
		(void)unlinkat(dirfd, TMP_NAME, 0);
	errno = code;
	return -1;
}

/* Does the copy of that name hold @data? */
static bool is_copy(int dirfd, const char *name, const struct kn_buf *data)
{
	const char *why = NULL;
	struct stat st;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(dirfd, name, &st, &why);

	return fd >= 0 && kn_fd_holds(fd, kn_buf_str(data), data->len);
}

/* Under the first name that is free, unless an undo that was killed behind this point has made it
 * already. Return: 0; errno. */
static int keep(int dirfd, const char *name, const struct kn_buf *data)
{
	for (unsigned int i = 1; i <= TRIES; i++) {
		struct kn_buf full KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		kn_buf_puts(&full, name);
		if (i > 1)
			kn_buf_printf(&full, ".%u", i);
		if (full.failed) {
			errno = ENOMEM;
			return -1;
		}
		if (is_copy(dirfd, full.data, data) || write_copy(dirfd, full.data, data) == 0)
			return fsync(dirfd);
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

/* To its end before the first byte is written: a copy is whole, or there is none and the edit stays
 * where it is. */
int kn_conflict_read(const char *path, int fd, struct kn_buf *ret, struct kn_error *err)
{
	if (lseek(fd, 0, SEEK_SET) < 0 || kn_fd_read(fd, COPY_MAX, ret) < 0)
		return kn_sys_fail(err, errno, "read", path);
	return 0;
}

int kn_conflict_keep(struct kn_root *root, uint32_t number, const char *path,
		     const struct kn_buf *data, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_printf(&name, "%04u-", number);
	kn_origin_escape(&name, path);
	if (kn_buf_check(&name, err) < 0)
		return -1;
	int dir KN_CLEANUP(kn_closep) = kn_dir_make(root, KN_CONFLICT_DIR, 0700, true, NULL, err);
	if (dir < 0)
		return -1;
	if (keep(dir, kn_buf_str(&name), data) < 0)
		return kn_sys_fail(err, errno, "keep a copy in " KN_CONFLICT_DIR " of", path);
	return 0;
}

/* From the directory and not from what this undo has copied: one that was killed before may have
 * done so without being able to tell. */
void kn_conflict_list(struct kn_root *root, uint32_t number, struct kn_strv *ret)
{
	int dir KN_CLEANUP(kn_closep) =
		kn_root_openfd(root, KN_CONFLICT_DIR, O_RDONLY | O_DIRECTORY);
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_error ignored;

	if (dir < 0 || kn_dir_names(dir, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (kn_history_number(names.v[i]) != number)
			continue;
		kn_buf_printf(&path, "%s/%s", KN_CONFLICT_DIR, names.v[i]);
		if (path.failed || kn_strv_add(ret, path.data, &ignored) < 0)
			return;
	}
}
