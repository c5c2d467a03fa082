/* Before anything is written: where a target really is, whether it can be replaced, whether it
 * still is what the plan was made for. Layer: sys, effects (reads; directories when asked for). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sys/tx.h"

/* Takes over @fd. Return: index; -1 with *err. */
static int add_dir(struct kn_tx *tx, int *fd, const char *path, struct kn_error *err)
{
	struct stat st;

	if (fstat(*fd, &st) < 0)
		return kn_sys_fail(err, errno, "look at the directory of", path);
	for (size_t i = 0; i < tx->n_dirs; i++)
		if (tx->dirs[i].dev == st.st_dev && tx->dirs[i].ino == st.st_ino)
			return (int)i;
	if (kn_grow(&tx->dirs, &tx->cap_dirs, tx->n_dirs + 1, sizeof(*tx->dirs), err) < 0)
		return -1;
	tx->dirs[tx->n_dirs] = (struct kn_tx_dir){.fd = *fd, .dev = st.st_dev, .ino = st.st_ino};
	*fd = -1;
	return (int)tx->n_dirs++;
}

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
			kn_path_fail(err, KN_ERR_HOSTFILE, file->chg->path,
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
	const char *path = file->chg->path;

	if (make_dirs && file->chg->after_present && make_parent(tx, path, err) < 0)
		return -1;
	if (kn_place_open(tx->root, path, &place) < 0)
		return errno == EISDIR || errno == ELOOP
			       ? kn_file_fail(err, errno, errno == EISDIR ? "is a directory" : NULL,
					      path)
			       : kn_sys_fail(err, errno, "open the directory of", path);
	int dir = add_dir(tx, &place.dirfd, path, err);
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

/* Bytes, not a hash or a time: nothing that differs may pass. */
static bool fd_holds(int fd, const char *data, size_t len)
{
	struct kn_buf now KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	return kn_fd_read(fd, KN_FILE_MAX, &now) == 0 && now.len == len &&
	       (len == 0 || !memcmp(now.data, data, len));
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
 * its bytes. */
int kn_tx_check(struct kn_tx *tx, size_t i, int *ret_fd, struct kn_error *err)
{
	struct kn_tx_file *file = &tx->files[i];
	const struct kn_filechg *chg = file->chg;
	int dirfd = tx->dirs[file->dir].fd;
	const char *why = NULL;

	if (check_dir(dirfd, chg->path, err) < 0)
		return -1;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(dirfd, file->base, &file->st, &why);
	if (fd < 0 && !why && errno == ENOENT) {
		if (chg->before_present)
			return fail_changed(chg->path, err);
		*ret_fd = -1;
		return 0;
	}
	if (fd < 0)
		return kn_file_fail(err, errno, why, chg->path);
	if (check_replaceable(dirfd, fd, chg->path, err) < 0)
		return -1;
	if (!chg->before_present || !fd_holds(fd, chg->before, chg->before_len))
		return fail_changed(chg->path, err);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* Of any doubt (no right to read, a FIFO) it says no: the caller then leaves the file alone. */
bool kn_tx_holds(int dirfd, const char *base, bool present, const char *data, size_t len)
{
	const char *why = NULL;
	struct stat st;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(dirfd, base, &st, &why);

	if (fd < 0)
		return !present && !why && errno == ENOENT;
	return present && fd_holds(fd, data, len);
}

/* Right before the renames: writing the temporary files took time (syncs), in which an editor or
 * another tool may have saved. */
int kn_tx_recheck(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	const struct kn_tx_file *file = &tx->files[i];
	const struct kn_filechg *chg = file->chg;
	int dirfd = tx->dirs[file->dir].fd;
	struct stat st;

	if (!kn_tx_holds(dirfd, file->base, chg->before_present, chg->before, chg->before_len))
		return fail_changed(chg->path, err);
	if (!chg->before_present)
		return 0;
	/* owner and mode were copied to the new version: they must still be those */
	if (fstatat(dirfd, file->base, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_mode != file->st.st_mode || st.st_uid != file->st.st_uid ||
	    st.st_gid != file->st.st_gid)
		return fail_changed(chg->path, err);
	return 0;
}
