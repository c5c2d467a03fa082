/* The journal as a file: journal.tmp, then journal while a change is under way, journal.done from
 * its commit until it is archived. Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/journal_fmt.h"
#include "sys/priv.h"

#define OPEN	  "journal"
#define DONE	  "journal.done"
#define OPEN_PATH KN_STATE_DIR "/" OPEN
#define DONE_PATH KN_STATE_DIR "/" DONE

static int open_state(struct kn_root *root)
{
	return kn_root_openfd(root, KN_STATE_DIR, O_RDONLY | O_DIRECTORY);
}

/* Return: 0; errno. */
static int look_for(int dirfd, const char *name, bool *ret)
{
	*ret = faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	return *ret || errno == ENOENT ? 0 : -1;
}

/* The open one decides, should both be there: it is the later change. */
int kn_journal_find(struct kn_root *root, enum kn_journal_at *ret, struct kn_error *err)
{
	int state KN_CLEANUP(kn_closep) = open_state(root);
	bool open = false, done = false;

	if (state < 0 && errno != ENOENT && errno != ENOTDIR)
		return kn_sys_fail(err, errno, "look into", KN_STATE_DIR);
	if (state >= 0 && (look_for(state, OPEN, &open) < 0 || look_for(state, DONE, &done) < 0))
		return kn_sys_fail(err, errno, "look for a journal in", KN_STATE_DIR);
	*ret = open ? KN_JOURNAL_OPEN : (done ? KN_JOURNAL_DONE : KN_JOURNAL_NONE);
	return 0;
}

/* Without the right to look it is as if there were none: readers go on, and whoever wants to change
 * something looks again under the lock. */
enum kn_journal_at kn_journal_look(struct kn_root *root)
{
	enum kn_journal_at at = KN_JOURNAL_NONE;
	struct kn_error ignored;

	return kn_journal_find(root, &at, &ignored) < 0 ? KN_JOURNAL_NONE : at;
}

int kn_journal_read(int dirfd, const char *name, const char *path, struct kn_journal *ret,
		    struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *why = NULL;

	/* what is no file at all cannot be what a change has written: as good as damaged */
	if (kn_file_read(dirfd, name, KN_JOURNAL_MAX, &text, &why) < 0)
		return kn_file_fail(err, errno, why, path);
	if (kn_journal_decode(kn_buf_str(&text), text.len, ret, err) == 0)
		return 0;
	if (err->kind == KN_ERR_HOSTFILE)
		kn_at(err, path, 0, 0);
	return -1;
}

/* Half of a record could put back half of a host: it is believed whole, or not at all. */
static int fail_damaged(const struct kn_error *why, struct kn_error *err)
{
	struct kn_error cause = *why;

	kn_fail(err, KN_ERR_INCOMPLETE, 0,
		"a change of this host broke off, and its journal " OPEN_PATH
		" cannot be used (%s)",
		cause.message);
	kn_at(err, OPEN_PATH, 0, 0);
	return kn_hint(
		err,
		"it holds the old texts: make the files right, then set it aside: kvmnet recover "
		"--discard");
}

int kn_journal_load(struct kn_root *root, struct kn_journal *ret, struct kn_error *err)
{
	int state KN_CLEANUP(kn_closep) = open_state(root);
	struct kn_error why = {0};

	if (state < 0)
		return kn_sys_fail(err, errno, "open the directory", KN_STATE_DIR);
	if (kn_journal_read(state, OPEN, OPEN_PATH, ret, &why) == 0)
		return 0;
	if (why.kind == KN_ERR_HOSTFILE)
		return fail_damaged(&why, err);
	*err = why;
	return -1;
}

/* Return: 0; errno. */
static int write_tmp(int state_fd, const struct kn_buf *text)
{
	int fd KN_CLEANUP(kn_closep) = kn_tmp_create(state_fd, KN_JOURNAL_TMP);

	if (fd < 0 || kn_fd_write(fd, kn_buf_str(text), text->len) < 0)
		return -1;
	return fsync(fd);
}

/* [J] of the protocol. Never over an open journal, which is the only way back of a change that
 * broke off. */
int kn_journal_write(int state_fd, const struct kn_journal *journal, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	int code;

	kn_journal_encode(&text, journal);
	if (kn_buf_check(&text, err) < 0)
		return -1;
	if (write_tmp(state_fd, &text) < 0 || kn_rename_new(state_fd, KN_JOURNAL_TMP, OPEN) < 0) {
		code = errno;
		(void)unlinkat(state_fd, KN_JOURNAL_TMP, 0);
		return kn_sys_fail(err, code, "write", OPEN_PATH);
	}
	if (fsync(state_fd) == 0)
		return 0;
	code = errno;
	(void)unlinkat(state_fd, OPEN, 0);
	(void)fsync(state_fd);
	return kn_sys_fail(err, code, "write", OPEN_PATH);
}

/* The one step that decides: before it a crash gives the old state, after it the new one. A commit
 * that may not be durable is taken back, so that undo runs under an open journal. */
int kn_journal_commit(int state_fd, struct kn_error *err)
{
	if (renameat(state_fd, OPEN, state_fd, DONE) < 0)
		return kn_sys_fail(err, errno, "commit the change: rename", OPEN_PATH);
	if (fsync(state_fd) == 0)
		return 0;
	int code = errno;
	(void)renameat(state_fd, DONE, state_fd, OPEN);
	return kn_sys_fail(err, code, "commit the change in", KN_STATE_DIR);
}

/* A directory that is gone has nothing to sweep. */
int kn_journal_dirs(struct kn_root *root, const struct kn_journal *journal, struct kn_dirset *ret,
		    struct kn_error *err)
{
	struct kn_dirset dirs = {0};
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < journal->n_files; i++) {
		struct kn_place place KN_CLEANUP(kn_place_done) = {.dirfd = -1};
		const char *path = journal->files[i].path;

		if (kn_place_open(root, path, &place) == 0)
			rc = kn_dirset_add(&dirs, &place.dirfd, path, err);
	}
	if (rc < 0) {
		kn_dirset_done(&dirs);
		return -1;
	}
	*ret = dirs;
	return 0;
}

/* Only after the journal is gone for good: until then these names are what undo works with. */
static void sweep(struct kn_root *root, const struct kn_journal *journal)
{
	struct kn_dirset dirs = {0};
	struct kn_error ignored;

	if (kn_journal_dirs(root, journal, &dirs, &ignored) < 0)
		return;
	kn_dirset_sweep(&dirs);
	kn_dirset_done(&dirs);
}

/* The sync is not for show: a journal that came back after a power cut would undo what has been
 * edited since. The kept old versions go last: until then they are the way back. */
int kn_journal_discard(struct kn_root *root, const struct kn_journal *journal, struct kn_error *err)
{
	int state KN_CLEANUP(kn_closep) = open_state(root);

	if (state < 0)
		return kn_sys_fail(err, errno, "open the directory", KN_STATE_DIR);
	if ((unlinkat(state, OPEN, 0) < 0 && errno != ENOENT) || fsync(state) < 0) {
		kn_sys_fail(err, errno, "end the undo: remove", OPEN_PATH);
		err->kind = KN_ERR_INCOMPLETE;
		return -1;
	}
	sweep(root, journal);
	return 0;
}

/* A folder in its place cannot be linked, and nothing can on some file systems. Under the lock
 * nobody else makes that name. Return: 0; errno. */
static int put_aside(int state, int dir, const char *name)
{
	if (linkat(state, OPEN, dir, name, 0) == 0)
		return 0;
	if (!kn_link_is_refused(errno))
		return -1;
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return renameat(state, OPEN, dir, name);
}

int kn_journal_set_aside(struct kn_root *root, struct kn_strv *ret_copy, struct kn_error *err)
{
	int state KN_CLEANUP(kn_closep) = open_state(root);
	int dir KN_CLEANUP(kn_closep) = kn_dir_make(root, KN_CONFLICT_DIR, 0700, true, NULL, err);
	static const char in_dir[] = KN_CONFLICT_DIR "/";
	char path[64], *name = path + sizeof(in_dir) - 1;

	if (dir < 0)
		return -1;
	if (state < 0)
		return kn_sys_fail(err, errno, "open the directory", KN_STATE_DIR);
	for (unsigned int i = 1; i <= 1000; i++) {
		(void)snprintf(path, sizeof(path), "%sjournal.%u", in_dir, i);
		if (put_aside(state, dir, name) == 0)
			break;
		if (errno != EEXIST || i == 1000)
			return kn_sys_fail(err, errno, "set aside", OPEN_PATH);
	}
	if (kn_strv_add(ret_copy, path, err) < 0)
		return -1;
	if (fsync(dir) < 0 || (unlinkat(state, OPEN, 0) < 0 && errno != ENOENT) || fsync(state) < 0)
		return kn_sys_fail(err, errno, "set aside", OPEN_PATH);
	return 0;
}

/* Puts one record of ours in place that is still as it was before. Return: 0; -1. */
static int redo_record(const struct kn_jfile *file, size_t i, const struct kn_place *place,
		       struct kn_error *err)
{
	char name[KN_TMP_SIZE];

	if (!kn_jfile_holds_old(file, place->dirfd, place->base))
		return 0;
	if (!file->after_present)
		return file->before_present ? unlinkat(place->dirfd, place->base, 0) : 0;
	kn_tmp_name(name, 'n', i);
	if (kn_jfile_write(file, false, place->dirfd, name, NULL, err) < 0)
		return -1;
	return renameat(place->dirfd, name, place->dirfd, place->base);
}

/* The records were renamed before the journal, but synced together with it: a power cut may have
 * left the commit without them, and then the next delete would not know what to give back. */
static int redo_records(struct kn_root *root, int state, const struct kn_journal *journal)
{
	struct kn_error ignored;

	for (size_t i = 0; i < journal->n_files; i++) {
		struct kn_place place KN_CLEANUP(kn_place_done) = {.dirfd = -1};
		const struct kn_jfile *file = &journal->files[i];

		if (!file->is_state)
			continue;
		if (kn_place_open(root, file->path, &place) < 0 ||
		    redo_record(file, i, &place, &ignored) < 0)
			return -1;
	}
	return fsync(state);
}

/* Whoever committed it is dead or about to end: nobody waits for this, so nothing is reported. One
 * that cannot be read is archived all the same; in its place it would be in the way for ever. */
void kn_journal_finish(struct kn_root *root)
{
	int state KN_CLEANUP(kn_closep) = open_state(root);
	struct kn_journal journal = {0};
	struct kn_error why = {0};

	if (state < 0)
		return;
	if (kn_journal_read(state, DONE, DONE_PATH, &journal, &why) == 0) {
		if (redo_records(root, state, &journal) == 0) {
			kn_history_archive(root, &journal);
			sweep(root, &journal);
		}
	} else if (why.kind == KN_ERR_HOSTFILE) {
		kn_history_archive(root, NULL);
	}
	kn_journal_done(&journal);
}
