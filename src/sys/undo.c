/* Putting the files of a journal back: by the process whose change failed, and by recovery after it
 * died. Every step may be the last one, and all of it may be repeated. Layer: sys, effects.
 * The kept old version (-o) is preferred, because renaming it needs no block of a full disk and
 * gives back the very same file; the journal's copy serves where there is none. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/priv.h"

struct undo {
	struct kn_root *root;
	uint32_t number;
	struct kn_dirset dirs;
};

/* One file of it. */
struct target {
	const struct kn_jfile *file;
	struct kn_place place;
	char kept[KN_TMP_SIZE], copy[KN_TMP_SIZE]; /* -o, -r */
	bool is_there;
};

/* The two names are of one file: it was never replaced. */
static bool is_kept_one(const struct target *t, int fd)
{
	struct stat kept, now;

	return fstatat(t->place.dirfd, t->kept, &kept, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &now) == 0 && kept.st_dev == now.st_dev && kept.st_ino == now.st_ino;
}

/* A copy that a process was killed over may be whole without being on the disk. */
static bool sync_copy(const struct target *t)
{
	if (!kn_jfile_is_old(t->file, t->place.dirfd, t->copy))
		return false;
	int fd KN_CLEANUP(kn_closep) =
		openat(t->place.dirfd, t->copy, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && fsync(fd) == 0;
}

/* -o was a hard link: somebody may have written into it by another of its names. */
static int restore(const struct target *t, struct kn_error *err)
{
	int dirfd = t->place.dirfd;
	const char *from = t->kept;

	if (!kn_jfile_is_old(t->file, dirfd, t->kept)) {
		from = t->copy;
		if (!sync_copy(t) && kn_jfile_write(t->file, true, dirfd, from, NULL, err) < 0)
			return -1;
	}
	int rc = t->is_there ? renameat(dirfd, from, dirfd, t->place.base)
			     : kn_rename_new(dirfd, from, t->place.base);
	if (rc < 0)
		return kn_sys_fail(err, errno, "put back", t->file->path);
	return 0;
}

static bool holds(const struct kn_buf *now, const char *data, size_t len)
{
	return now->len == len && (len == 0 || !memcmp(now->data, data, len));
}

/* What neither the change nor the time before it knows is somebody else's. */
static int keep_foreign(const struct undo *undo, const struct target *t, int fd,
			struct kn_error *err)
{
	const struct kn_jfile *file = t->file;

	struct kn_buf now KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	/* read once: a file that cannot be read is nobody's edit, and stays until it can */
	if (kn_conflict_read(file->path, fd, &now, err) < 0)
		return -1;
	if (file->after_present && holds(&now, file->after, file->after_len))
		return 0;
	if (file->before_present && holds(&now, file->before, file->before_len))
		return 0;
	if (kn_conflict_keep(undo->root, undo->number, file->path, &now, err) == 0)
		return 0;
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	kn_buf_put_escaped(&path, file->path, strlen(file->path));
	return kn_wrap(err, "%s was edited by someone else meanwhile and stays so",
		       kn_buf_str(&path));
}

/* Return: 0; -1 with *err, the target as it was. */
static int put_back_at(const struct undo *undo, struct target *t, struct kn_error *err)
{
	const struct kn_jfile *file = t->file;
	const char *why = NULL;
	struct stat st;
	int fd KN_CLEANUP(kn_closep) = kn_file_open(t->place.dirfd, t->place.base, &st, &why);

	if (fd < 0 && (why || errno != ENOENT))
		return kn_file_fail(err, errno, why, file->path);
	t->is_there = fd >= 0;
	if (!t->is_there)
		return file->before_present ? restore(t, err) : 0;
	if (file->before_present && kn_fd_holds(fd, file->before, file->before_len) &&
	    (kn_meta_is(file, fd) || is_kept_one(t, fd)))
		return 0;
	if (keep_foreign(undo, t, fd, err) < 0)
		return -1;
	if (file->before_present)
		return restore(t, err);
	if (unlinkat(t->place.dirfd, t->place.base, 0) < 0)
		return kn_sys_fail(err, errno, "remove again", file->path);
	return 0;
}

static int put_back(struct undo *undo, const struct kn_jfile *file, size_t i, struct kn_error *err)
{
	struct target t = {.file = file, .place = {.dirfd = -1}};
	struct kn_error ignored;

	if (kn_place_open(undo->root, file->path, &t.place) < 0) {
		/* without its directory it is as absent as it was */
		if (!file->before_present && (errno == ENOENT || errno == ENOTDIR))
			return 0;
		return kn_sys_fail(err, errno, "open the directory of", file->path);
	}
	kn_tmp_name(t.kept, 'o', i);
	kn_tmp_name(t.copy, 'r', i);
	int rc = put_back_at(undo, &t, err);
	/* also when all was old: the undo that did it may have died before its sync */
	if (kn_dirset_add(&undo->dirs, &t.place.dirfd, file->path, rc < 0 ? &ignored : err) < 0)
		rc = -1;
	kn_place_done(&t.place);
	return rc;
}

/* What is left, for the message: "/a (why), /b (why)". */
static int fail_incomplete(const struct kn_buf *left, struct kn_error *err)
{
	kn_fail(err, KN_ERR_INCOMPLETE, 0, "not every file could be put back: %s",
		kn_buf_str(left));
	return kn_hint(err, "the old bytes are kept in " KN_STATE_DIR
			    "/journal; remove the cause, then run: kvmnet recover");
}

static void note_left(struct kn_buf *left, const struct kn_error *why)
{
	kn_buf_printf(left, "%s%s", left->len ? ", " : "", why->message);
}

/* Goes on after a failure: the fewer files are left, the better. */
int kn_journal_undo(struct kn_root *root, const struct kn_journal *journal, size_t n_placed,
		    struct kn_strv *ret_conflicts, struct kn_error *err)
{
	struct kn_buf left KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct undo undo = {.root = root, .number = journal->number};
	struct kn_error why = {0};

	/* backwards: what came first is what the later ones rely on */
	for (size_t i = journal->n_files; i > 0; i--)
		if (i <= n_placed && put_back(&undo, &journal->files[i - 1], i - 1, &why) < 0)
			note_left(&left, &why);
	if (kn_dirset_sync(&undo.dirs, -1, &why) < 0)
		note_left(&left, &why);
	kn_dirset_done(&undo.dirs);
	kn_conflict_list(root, journal->number, ret_conflicts);
	return left.len || left.failed ? fail_incomplete(&left, err) : 0;
}
