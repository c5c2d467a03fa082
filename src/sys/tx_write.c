/* The temporary files of a change, beside their targets: the new version (-n), the old one kept
 * (-o, a hard link) or written again (-r). Named by the file's index in the journal, so that
 * recovery finds them. Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sys/tx.h"

enum {
	BATCH = 256, /* files open at once: a quarter of what a process usually may have */
	/* From here on one sync of the file system, which waits for what guests and others have
	 * written too, is cheaper than one for each file: 2.8 ms each, measured (docs/bench.md). */
	MANY = 64,
};

static int keep_old(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	const struct kn_tx_file *file = &tx->files[i];
	int dirfd = tx->dirs.v[file->dir].fd;
	char name[KN_TMP_SIZE];

	/* A link: undo is then a rename, which needs no block of a full disk and gives back the
	 * very same file, with its time, its other links and all. */
	kn_tmp_name(name, 'o', i);
	if (linkat(dirfd, file->base, dirfd, name, 0) == 0)
		return 0;
	if (!kn_link_is_refused(errno))
		return kn_sys_fail(err, errno, "keep the old version of", file->file->path);
	kn_tmp_name(name, 'r', i);
	return kn_jfile_write(file->file, true, dirfd, name, &file->st, err);
}

/* The new version before the link: when the disk is full, it shows while the old file has one name.
 */
static int stage(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	struct kn_tx_file *at = &tx->files[i];
	const struct kn_jfile *file = at->file;
	char name[KN_TMP_SIZE];

	kn_tmp_name(name, 'n', i);
	if (file->after_present &&
	    kn_jfile_put(file, tx->dirs.v[at->dir].fd, name, &at->fd, err) < 0)
		return -1;
	return file->before_present ? keep_old(tx, i, err) : 0;
}

/* The disk begins with all of them at once. */
static void start_writing(const struct kn_tx *tx, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (tx->files[i].fd >= 0)
			(void)sync_file_range(tx->files[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/* Few files: each waits for itself. */
static int sync_each(struct kn_tx *tx, size_t from, size_t to, struct kn_error *err)
{
	start_writing(tx, from, to);
	for (size_t i = from; i < to; i++)
		if (tx->files[i].fd >= 0 &&
		    kn_jfile_sync(tx->files[i].file, &tx->files[i].fd, err) < 0)
			return -1;
	return 0;
}

static bool is_written(int fd)
{
	return sync_file_range(fd, 0, 0,
			       SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				       SYNC_FILE_RANGE_WAIT_AFTER) == 0;
}

/* Many files: their bytes are written here, side by side, and what fails is heard of here, since
 * syncfs(2) tells of it only since Linux 5.8. That they last is for sync_all(). */
static int write_out(struct kn_tx *tx, size_t from, size_t to, struct kn_error *err)
{
	start_writing(tx, from, to);
	for (size_t i = from; i < to; i++)
		if (tx->files[i].fd >= 0 && is_written(tx->files[i].fd)) {
			kn_closep(&tx->files[i].fd);
			tx->files[i].fd = -1;
		}
	return sync_each(tx, from, to, err);
}

/* Once for each file system, however many of the directories are on it. */
static int sync_all(const struct kn_tx *tx, struct kn_error *err)
{
	for (size_t i = 0; i < tx->dirs.n; i++) {
		bool done = false;

		for (size_t k = 0; k < i && !done; k++)
			done = tx->dirs.v[k].dev == tx->dirs.v[i].dev;
		if (!done && syncfs(tx->dirs.v[i].fd) < 0)
			return kn_fail(err, KN_ERR_SYSTEM, errno,
				       "cannot make the new versions of the files durable");
	}
	return 0;
}

/* Records of originals are nothing that anybody asked for: they are not counted. */
static size_t count_asked(const struct kn_tx *tx)
{
	size_t n = 0;

	for (size_t i = 0; i < tx->n; i++)
		n += !tx->files[i].file->is_state;
	return n;
}

int kn_tx_stage(struct kn_tx *tx, struct kn_error *err)
{
	const struct kn_progress *progress = tx->root->progress;
	bool many = tx->n > MANY;
	size_t done = 0, total = progress ? count_asked(tx) : 0;

	for (size_t from = 0, to; from < tx->n; from = to) {
		to = tx->n - from > BATCH ? from + BATCH : tx->n;
		for (size_t i = from; i < to; i++) {
			if (stage(tx, i, err) < 0)
				return -1;
			done += !tx->files[i].file->is_state;
			kn_progress_tell(progress, KN_PROGRESS_FILES, done, total);
		}
		if ((many ? write_out(tx, from, to, err) : sync_each(tx, from, to, err)) < 0)
			return -1;
	}
	return many ? sync_all(tx, err) : 0;
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
