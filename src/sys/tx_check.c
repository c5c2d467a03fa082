/* Before anything is written: where a target really is, whether it can be replaced, whether it
 * still is what the plan was made for. Layer: sys, effects (reads; directories when asked for). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys/tx.h"

/* Durable at once: a file in a directory that vanishes in a power cut is not durable either. */
static int make_parent(struct kn_tx *tx, const char *path, struct kn_error *err)
{
	char *dir KN_CLEANUP(kn_freep) = strdup(path);

	if (!dir)
		return kn_fail_nomem(err);
	char *slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	int fd KN_CLEANUP(kn_closep) = kn_dir_make(tx->root, dir, 0755, true, &tx->made, err);
	return fd < 0 ? -1 : 0;
}

/* Two names of one file (a symlink to the other) would overwrite each other. */
static int check_twice(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	const struct kn_tx_file *file = &tx->files[i];

	for (size_t j = 0; j < i; j++)
		if (tx->files[j].dir == file->dir && !strcmp(tx->files[j].base, file->base)) {
			kn_path_fail(err, KN_ERR_HOSTFILE, file->file->path,
				     "is another file of this change by a symbolic link");
			return kn_hint(err, "replace the link by a file of its own");
		}
	return 0;
}

/* Removing a file makes no directories: where there is none, there is no file. */
int kn_tx_locate(struct kn_tx *tx, size_t i, bool make_dirs, struct kn_error *err)
{
	struct kn_place place KN_CLEANUP(kn_place_done) = {.dirfd = -1};
	struct kn_tx_file *file = &tx->files[i];
	const char *path = file->file->path;

	if (make_dirs && file->file->after_present && make_parent(tx, path, err) < 0)
		return -1;
	if (kn_place_open(tx->root, path, &place) < 0)
		return errno == EISDIR || errno == ELOOP
			       ? kn_file_fail(err, errno, errno == EISDIR ? "is a directory" : NULL,
					      path)
			       : kn_sys_fail(err, errno, "open the directory of", path);
	int dir = kn_dirset_add(&tx->dirs, &place.dirfd, path, err);
	if (dir < 0)
		return -1;
	file->dir = (size_t)dir;
	memcpy(file->base, place.base, sizeof(file->base));
	return check_twice(tx, i, err);
}

static int fail_changed(const char *path, struct kn_error *err)
{
	kn_path_fail(err, KN_ERR_SYSTEM, path,
		     "changed underneath: it is not what the plan was made for");
	return kn_hint(err, "run the command again: it starts from what is there now");
}

/* What would make the renames fail half-way, or take effect elsewhere. */
static int check_replaceable(int dirfd, int fd, const char *path, struct kn_error *err)
{
	if (kn_meta_is_mount(dirfd, fd)) {
		kn_path_fail(err, KN_ERR_SYSTEM, path, "cannot be replaced: it is a mount point");
		return kn_hint(err, "umount it, or change the file that is mounted there");
	}
	if (kn_meta_is_immutable(fd)) {
		kn_path_fail(err, KN_ERR_SYSTEM, path,
			     "cannot be replaced: it is immutable or append-only");
		return kn_hint(err, "chattr -i -a %s", err->file);
	}
	return 0;
}

/* Found here it has a clear message; as an EPERM of the first open it would not. */
static int check_dir(int dirfd, const char *path, struct kn_error *err)
{
	if (!kn_meta_is_immutable(dirfd))
		return 0;
	kn_path_fail(err, KN_ERR_SYSTEM, path,
		     "cannot be written: its directory is immutable or append-only");
	return kn_hint(err, "chattr -i -a on the directory");
}

/* The order matters: what it is first (a FIFO is never read), then whether it may be replaced, then
 * its bytes, not a hash or a time: nothing that differs may pass. */
int kn_tx_check(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	struct kn_tx_file *at = &tx->files[i];
	struct kn_jfile *file = at->file;
	int dirfd = tx->dirs.v[at->dir].fd;
	const char *why = NULL;

	if (check_dir(dirfd, file->path, err) < 0)
		return -1;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(dirfd, at->base, &at->st, &why);
	if (fd < 0 && !why && errno == ENOENT)
		return file->before_present ? fail_changed(file->path, err) : 0;
	if (fd < 0)
		return kn_file_fail(err, errno, why, file->path);
	if (check_replaceable(dirfd, fd, file->path, err) < 0)
		return -1;
	if (!file->before_present || !kn_fd_holds(fd, file->before, file->before_len))
		return fail_changed(file->path, err);
	return kn_meta_read(fd, &at->st, file, err);
}

/* Right before the renames: writing the temporary files took time (syncs), in which an editor or
 * another tool may have saved. */
int kn_tx_recheck(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	const struct kn_tx_file *at = &tx->files[i];
	int dirfd = tx->dirs.v[at->dir].fd;
	struct stat st;

	if (!kn_jfile_holds_old(at->file, dirfd, at->base))
		return fail_changed(at->file->path, err);
	if (!at->file->before_present)
		return 0;
	/* owner and mode were copied to the new version: they must still be those */
	if (fstatat(dirfd, at->base, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_mode != at->st.st_mode || st.st_uid != at->st.st_uid ||
	    st.st_gid != at->st.st_gid)
		return fail_changed(at->file->path, err);
	return 0;
}
