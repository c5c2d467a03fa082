/* The short part of a change: renames and unlinks back to back, and their undo.
 * Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/tx.h"

/* Source: linux/fs.h; the C library has renameat2() only since glibc 2.28. */
#define NOREPLACE 1

/* Renames @from to @to, which must not exist. Return: 0; errno (EEXIST). */
static int rename_new(int dirfd, const char *from, const char *to)
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

/* Return: 0; errno. */
static int place(struct kn_tx *tx, struct kn_tx_file *file)
{
	int dirfd = tx->dirs[file->dir].fd;
	int rc;

	if (!file->chg->after_present)
		rc = unlinkat(dirfd, file->base, 0);
	else if (file->chg->before_present)
		rc = renameat(dirfd, file->new_name, dirfd, file->base);
	else
		rc = rename_new(dirfd, file->new_name, file->base);
	if (rc < 0)
		return -1;
	file->placed = true;
	file->new_name[0] = '\0';
	tx->dirs[file->dir].dirty = true;
	return 0;
}

/* First every check, then every rename: the time in which old and new files lie side by side is
 * that of a few system calls. */
int kn_tx_apply(struct kn_tx *tx, struct kn_error *err)
{
	for (size_t i = 0; i < tx->n; i++)
		if (kn_tx_recheck(tx, i, err) < 0)
			return -1;
	/* Before the files: a process that dies between leaves originals whose files are as they
	 * were, which harms nobody; the other way round the original would be lost. */
	if (kn_store_place(&tx->store, err) < 0)
		return -1;
	for (size_t i = 0; i < tx->n; i++)
		if (place(tx, &tx->files[i]) < 0)
			return kn_sys_fail(err, errno, "replace", tx->files[i].chg->path);
	return kn_tx_sync_dirs(tx, err);
}

/* The kept version was a hard link: somebody may have written into it by another of its names.
 * Then the old bytes are written anew. */
static int mend_old(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	struct kn_tx_file *file = &tx->files[i];
	const struct kn_filechg *chg = file->chg;
	int dirfd = tx->dirs[file->dir].fd;

	if (kn_tx_holds(dirfd, file->old_name, true, chg->before, chg->before_len))
		return 0;
	char kept[KN_TMP_SIZE];
	memcpy(kept, file->old_name, sizeof(kept));
	int old_fd KN_CLEANUP(kn_closep) =
		kept[0] ? openat(dirfd, kept, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
	if (kn_tx_write_old(tx, i, old_fd, err) < 0)
		return -1;
	if (kept[0])
		(void)unlinkat(dirfd, kept, 0);
	return 0;
}

/* Return: 0; -1 with *err. */
static int put_back(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	struct kn_tx_file *file = &tx->files[i];
	const struct kn_filechg *chg = file->chg;
	int dirfd = tx->dirs[file->dir].fd, rc;

	/* somebody else's edit is never lost: their version stays, and is reported */
	if (!kn_tx_holds(dirfd, file->base, chg->after_present, chg->after, chg->after_len))
		return kn_path_fail(err, KN_ERR_SYSTEM, chg->path,
				    "was edited by someone else meanwhile");
	if (chg->before_present && mend_old(tx, i, err) < 0)
		return -1;
	if (!chg->before_present)
		rc = unlinkat(dirfd, file->base, 0);
	else if (chg->after_present)
		rc = renameat(dirfd, file->old_name, dirfd, file->base);
	else
		rc = rename_new(dirfd, file->old_name, file->base);
	if (rc < 0)
		return kn_sys_fail(err, errno, "put back", chg->path);
	file->placed = false;
	file->old_name[0] = '\0';
	tx->dirs[file->dir].dirty = true;
	return 0;
}

/* What is left, for the message: "/a (why), /b (why)". */
static int fail_incomplete(const struct kn_buf *left, struct kn_error *err)
{
	kn_fail(err, KN_ERR_INCOMPLETE, 0, "not every file could be put back: %s",
		kn_buf_str(left));
	return kn_hint(err, "the old bytes are in the newest file of " KN_STATE_DIR "/history");
}

/* Goes on after a failure: the fewer files are left, the better. */
int kn_tx_undo(struct kn_tx *tx, struct kn_error *err)
{
	struct kn_buf left KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error why;

	/* backwards: what came first is what the later ones rely on */
	for (size_t i = tx->n; i > 0; i--)
		if (tx->files[i - 1].placed && put_back(tx, i - 1, &why) < 0)
			kn_buf_printf(&left, "%s%s", left.len ? ", " : "", why.message);
	if (kn_tx_sync_dirs(tx, &why) < 0)
		kn_buf_printf(&left, "%s%s", left.len ? ", " : "", why.message);
	if (left.len || left.failed) {
		/* the backup stays: it holds what could not be put back */
		tx->store.history[0] = '\0';
		kn_store_abandon(&tx->store);
		return fail_incomplete(&left, err);
	}
	kn_store_abandon(&tx->store);
	kn_tx_sweep(tx);
	kn_tx_unmake_dirs(tx);
	return 0;
}
