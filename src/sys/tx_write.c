/* The temporary files of a change, beside their targets: the new version (-n), the old one kept
 * (-o, a hard link) or written again (-r). Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sys/tx.h"

struct content {
	const char *data;
	size_t len;
};

/* Writes @content to a new temporary file of tx->dirs[dir], complete with metadata and sync, so
 * that the rename alone is left. @old_fd: whose metadata, -1 = 0644 of the caller's. */
static int write_tmp(struct kn_tx *tx, size_t i, const struct content *content, int old_fd,
		     char letter, struct kn_error *err)
{
	struct kn_tx_file *file = &tx->files[i];
	char *name = letter == 'n' ? file->new_name : file->old_name;
	const char *path = file->chg->path;
	int fd KN_CLEANUP(kn_closep) = kn_tmp_create(tx->dirs[file->dir].fd, letter, name);

	if (fd < 0)
		return kn_sys_fail(err, errno, "make a file beside", path);
	if (kn_fd_write(fd, content->data, content->len) < 0)
		return kn_sys_fail(err, errno, "write", path);
	if (old_fd >= 0 && kn_meta_copy(old_fd, &file->st, fd, path, err) < 0)
		return -1;
	if (old_fd < 0 && fchmod(fd, 0644) < 0)
		return kn_sys_fail(err, errno, "set the mode of", path);
	/* an old file comes back with its time: to make(1) and people it did not change */
	struct timespec times[2] = {file->st.st_atim, file->st.st_mtim};
	if (letter == 'r' && futimens(fd, times) < 0)
		return kn_sys_fail(err, errno, "set the time of", path);
	if (fsync(fd) < 0)
		return kn_sys_fail(err, errno, "write", path);
	return 0;
}

/* From memory and not from the file: this also mends an old version that was written into. */
int kn_tx_write_old(struct kn_tx *tx, size_t i, int old_fd, struct kn_error *err)
{
	const struct kn_filechg *chg = tx->files[i].chg;

	return write_tmp(tx, i, &(struct content){chg->before, chg->before_len}, old_fd, 'r', err);
}

static int keep_old(struct kn_tx *tx, size_t i, int old_fd, struct kn_error *err)
{
	struct kn_tx_file *file = &tx->files[i];

	/* A link: undo is then a rename, which needs no block of a full disk and gives back the
	 * very same file, with its time, its other links and all. */
	if (kn_tmp_link(tx->dirs[file->dir].fd, file->base, 'o', file->old_name) == 0)
		return 0;
	if (!kn_link_is_refused(errno))
		return kn_sys_fail(err, errno, "keep the old version of", file->chg->path);
	return kn_tx_write_old(tx, i, old_fd, err);
}

/* The new version before the link: when the disk is full, it shows while the old file has one name.
 */
int kn_tx_stage(struct kn_tx *tx, size_t i, int old_fd, struct kn_error *err)
{
	const struct kn_filechg *chg = tx->files[i].chg;

	if (chg->after_present &&
	    write_tmp(tx, i, &(struct content){chg->after, chg->after_len}, old_fd, 'n', err) < 0)
		return -1;
	return old_fd >= 0 ? keep_old(tx, i, old_fd, err) : 0;
}

static void sweep_name(int dirfd, char name[KN_TMP_SIZE])
{
	if (name[0])
		(void)unlinkat(dirfd, name, 0);
	name[0] = '\0';
}

void kn_tx_sweep(struct kn_tx *tx)
{
	for (size_t i = 0; i < tx->n; i++) {
		struct kn_tx_file *file = &tx->files[i];

		if (!file->new_name[0] && !file->old_name[0])
			continue;
		sweep_name(tx->dirs[file->dir].fd, file->new_name);
		sweep_name(tx->dirs[file->dir].fd, file->old_name);
	}
}

void kn_tx_sweep_dead(struct kn_tx *tx)
{
	for (size_t i = 0; i < tx->n_dirs; i++)
		kn_tmp_sweep(tx->dirs[i].fd);
}

/* Only empty ones go (AT_REMOVEDIR): what somebody put there meanwhile keeps its directory. */
void kn_tx_unmake_dirs(struct kn_tx *tx)
{
	for (size_t i = tx->made.n; i > 0; i--) {
		struct kn_place place KN_CLEANUP(kn_place_done) = {.dirfd = -1};

		if (kn_place_open(tx->root, tx->made.v[i - 1], &place) == 0)
			(void)unlinkat(place.dirfd, place.base, AT_REMOVEDIR);
	}
	kn_strv_done(&tx->made);
}

/* A directory whose sync failed stays dirty: undo tries again. */
int kn_tx_sync_dirs(struct kn_tx *tx, struct kn_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < tx->n_dirs; i++) {
		if (!tx->dirs[i].dirty)
			continue;
		if (fsync(tx->dirs[i].fd) < 0)
			rc = kn_fail(err, KN_ERR_SYSTEM, errno,
				     "cannot make the new file names durable");
		else
			tx->dirs[i].dirty = false;
	}
	return rc;
}
