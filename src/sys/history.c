/* The last committed changes: their journals in KN_STATE_DIR/history, one file each, named by
 * number and time. A change whose process died before it could archive it lies in journal.done and
 * is the newest. Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

#define DIR_PATH  KN_STATE_DIR "/history"
#define DONE_NAME "journal.done"
#define DONE_PATH KN_STATE_DIR "/" DONE_NAME

/* Conflict copies have the same form. Seven digits: a change per second for four months. */
uint32_t kn_history_number(const char *name)
{
	char digits[8] = "";
	size_t zeros = strspn(name, "0"), len = strspn(name, "0123456789");
	uint32_t number;

	if (len < 4 || len - zeros >= sizeof(digits) || name[len] != '-')
		return 0;
	memcpy(digits, name + zeros, len - zeros);
	return kn_num_is(digits, KN_HISTORY_LAST, &number) ? number : 0;
}

/* By number: as text, change 10000 would come before 9999. */
static int by_number(const void *a, const void *b)
{
	uint32_t x = kn_history_number(*(char *const *)a), y = kn_history_number(*(char *const *)b);

	return (x > y) - (x < y);
}

/* The names of changes in a directory of the state, oldest first; none where there is none.
 * @ret_fd: the open directory, owned by the caller, or -1. */
static int list_names(struct kn_root *root, const char *path, int *ret_fd, struct kn_strv *ret,
		      struct kn_error *err)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, path, O_RDONLY | O_DIRECTORY);
	struct kn_strv names = {0};
	size_t n = 0;

	if (fd < 0 && errno != ENOENT)
		return kn_sys_fail(err, errno, "open the directory", path);
	if (fd >= 0 && kn_dir_names(fd, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (kn_history_number(names.v[i]))
			names.v[n++] = names.v[i];
		else
			free(names.v[i]);
	}
	names.n = n;
	if (n > 1)
		qsort(names.v, n, sizeof(*names.v), by_number);
	*ret = names;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* Reads the committed change that is not archived yet, if there is one. A damaged one is none here:
 * what it was is known only after it is archived, as a damaged entry. */
static bool read_done(struct kn_root *root, struct kn_journal *ret)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, KN_STATE_DIR, O_RDONLY | O_DIRECTORY);
	struct kn_error ignored;

	return fd >= 0 && faccessat(fd, DONE_NAME, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	       kn_journal_read(fd, DONE_NAME, DONE_PATH, ret, &ignored) == 0;
}

/* Changes that were undone count, too: a word about one of them must never be about another. The
 * lock knows the last; copies of foreign edits bear the number of theirs, should the lock be lost.
 */
int kn_history_next(struct kn_root *root, uint32_t *ret, struct kn_error *err)
{
	static const char *const dirs[] = {DIR_PATH, KN_CONFLICT_DIR};
	struct kn_journal done = {0};
	uint32_t last = kn_lock_number(root);

	for (size_t i = 0; i < 2; i++) {
		struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
		int fd KN_CLEANUP(kn_closep) = -1;

		if (list_names(root, dirs[i], &fd, &names, err) < 0)
			return -1;
		if (names.n && kn_history_number(names.v[names.n - 1]) > last)
			last = kn_history_number(names.v[names.n - 1]);
	}
	if (read_done(root, &done) && done.number > last)
		last = done.number;
	kn_journal_done(&done);
	*ret = last + 1;
	return 0;
}

/* Names that are not ours are not counted, and not removed. */
static void rotate(int fd, const struct kn_strv *names)
{
	for (size_t i = 0; i + KN_HISTORY_KEEP < names->n; i++)
		(void)unlinkat(fd, names->v[i], 0);
}

/* NNNN-YYYYMMDDThhmmssZ: the time is a label for people, nothing is decided by it. */
static bool make_name(const struct kn_journal *journal, uint32_t next, char ret[64])
{
	char stamp[32] = "damaged";
	struct tm tm;

	if (journal) {
		time_t time = (time_t)journal->time_s;

		if (!gmtime_r(&time, &tm) ||
		    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
			return false;
		next = journal->number;
	}
	(void)snprintf(ret, 64, "%04u-%s", next, stamp);
	return true;
}

/* No sync: what a power cut undoes here is done again by the next change, and until then
 * journal.done is read in its place. */
void kn_history_archive(struct kn_root *root, const struct kn_journal *journal)
{
	struct kn_error ignored;
	int state KN_CLEANUP(kn_closep) =
		kn_root_openfd(root, KN_STATE_DIR, O_RDONLY | O_DIRECTORY);
	int dir KN_CLEANUP(kn_closep) = kn_dir_make(root, DIR_PATH, 0700, true, NULL, &ignored);
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	int fd KN_CLEANUP(kn_closep) = -1;
	uint32_t next = 0;
	char name[64];

	if (state < 0 || dir < 0 || (!journal && kn_history_next(root, &next, &ignored) < 0) ||
	    !make_name(journal, next, name))
		return;
	if (renameat(state, DONE_NAME, dir, name) == 0 &&
	    list_names(root, DIR_PATH, &fd, &names, &ignored) == 0)
		rotate(fd, &names);
}

void kn_journals_done(struct kn_journals *list)
{
	for (size_t i = 0; i < list->n; i++)
		kn_journal_done(&list->v[i]);
	free(list->v);
	*list = (struct kn_journals){0};
}

/* Takes over @journal. */
static int append(struct kn_journals *list, struct kn_journal *journal, struct kn_error *err)
{
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0) {
		kn_journal_done(journal);
		return -1;
	}
	list->v[list->n++] = *journal;
	return 0;
}

static int read_entry(int fd, const char *name, struct kn_journal *ret, struct kn_error *err)
{
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_printf(&path, DIR_PATH "/%s", name);
	if (kn_buf_check(&path, err) < 0)
		return -1;
	return kn_journal_read(fd, name, path.data, ret, err);
}

/* An entry that vanishes meanwhile was rotated away: readers take no lock. */
static int list_all(int fd, const struct kn_strv *names, struct kn_journals *list, size_t *damaged,
		    struct kn_error *err)
{
	for (size_t i = 0; i < names->n; i++) {
		struct kn_journal journal = {0};

		if (read_entry(fd, names->v[i], &journal, err) == 0) {
			if (append(list, &journal, err) < 0)
				return -1;
		} else if (err->kind == KN_ERR_HOSTFILE) {
			++*damaged;
		} else if (err->sys_errno != ENOENT) {
			return -1;
		}
	}
	return 0;
}

int kn_history_list(struct kn_root *root, struct kn_journals *ret, size_t *ret_damaged,
		    struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_journals list = {0};
	struct kn_journal done = {0};
	int fd KN_CLEANUP(kn_closep) = -1;
	size_t damaged = 0;

	if (list_names(root, DIR_PATH, &fd, &names, err) < 0)
		return -1;
	int rc = list_all(fd, &names, &list, &damaged, err);
	if (rc == 0 && read_done(root, &done)) {
		/* archived between the two looks */
		if (list.n && list.v[list.n - 1].number == done.number)
			kn_journal_done(&done);
		else
			rc = append(&list, &done, err);
	}
	if (rc < 0) {
		kn_journals_done(&list);
		return -1;
	}
	*ret = list;
	*ret_damaged = damaged;
	return 0;
}

static int fail_none(uint32_t number, struct kn_error *err)
{
	if (number)
		kn_fail(err, KN_ERR_INPUT, 0, "there is no change %u in the history (the last %d)",
			number, KN_HISTORY_KEEP);
	else
		kn_fail(err, KN_ERR_INPUT, 0, "there is no change in the history");
	return kn_hint(err, "kvmnet history lists the changes that there are");
}

/* The others are as good as before, and what this one did may be undone by the command that is its
 * opposite. */
static int fail_damaged(uint32_t number, struct kn_error *err)
{
	struct kn_error why = *err;

	if (why.kind != KN_ERR_HOSTFILE)
		return -1;
	kn_fail(err, KN_ERR_HOSTFILE, 0, "the record of change %u cannot be used: %s", number,
		why.message);
	kn_at(err, why.file, 0, 0);
	return kn_hint(err,
		       "%s%schange %u cannot be rolled back by it; kvmnet history lists those "
		       "that can, by their numbers",
		       why.hint, why.hint[0] ? "; until then " : "", number);
}

/* journal.done first: it is newer than all others, and where it was archived meanwhile without a
 * sync the two are one change. */
int kn_history_load(struct kn_root *root, uint32_t number, struct kn_journal *ret,
		    struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_journal done = {0};
	int fd KN_CLEANUP(kn_closep) = -1;

	if (list_names(root, DIR_PATH, &fd, &names, err) < 0)
		return -1;
	if (read_done(root, &done) && (number == 0 || done.number == number)) {
		*ret = done;
		return 0;
	}
	kn_journal_done(&done);
	for (size_t i = names.n; i > 0; i--)
		if (number == 0 || kn_history_number(names.v[i - 1]) == number)
			return read_entry(fd, names.v[i - 1], ret, err) < 0
				       ? fail_damaged(kn_history_number(names.v[i - 1]), err)
				       : 0;
	return fail_none(number, err);
}
