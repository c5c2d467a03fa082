/* A change of several files: begin, commit, finish, free. Layer: sys, effects.
 * The order is that of the protocol: everything that can fail happens in begin, on temporary
 * names and behind the journal; then the renames, back to back (tx_apply.c); then the commit, one
 * rename; the old versions go last. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sys/tx.h"

static struct kn_tx *tx_new(struct kn_root *root, struct kn_journal *journal)
{
	struct kn_tx *tx = calloc(1, sizeof(*tx));

	if (tx)
		*tx = (struct kn_tx){.root = root, .journal = journal, .state_fd = -1};
	return tx;
}

/* Return: 0; -1. NULL stays NULL, that is absent. */
static int copy(char **ret, const char *data, size_t len, struct kn_error *err)
{
	if (!data)
		return 0;
	*ret = malloc(len + 1);
	if (!*ret)
		return kn_fail_nomem(err);
	memcpy(*ret, data, len);
	(*ret)[len] = '\0';
	return 0;
}

/* Owner, mode and attributes of a file that comes back by a rollback. */
static int take_meta(struct kn_jfile *row, const struct kn_jfile *as, struct kn_error *err)
{
	row->mode = as->mode;
	row->uid = as->uid;
	row->gid = as->gid;
	if (kn_grow(&row->xattrs, &row->cap_xattrs, as->n_xattrs, sizeof(*row->xattrs), err) < 0)
		return -1;
	for (size_t i = 0; i < as->n_xattrs; i++) {
		const struct kn_xattr *from = &as->xattrs[i];
		struct kn_xattr *to = &row->xattrs[row->n_xattrs++];

		to->len = from->len;
		if (copy(&to->name, from->name, strlen(from->name), err) < 0 ||
		    copy(&to->value, from->value, from->len, err) < 0)
			return -1;
	}
	return 0;
}

/* Copies, although the caller keeps the change as long: the journal is a value of its own, that may
 * go on to the history or to another process. */
static int add_target(struct kn_journal *journal, const struct kn_filechg *chg,
		      struct kn_error *err)
{
	struct kn_jfile *row = kn_journal_add_file(journal, err);

	if (!row || copy(&row->path, chg->path, strlen(chg->path), err) < 0)
		return -1;
	row->before_present = chg->before_present;
	row->after_present = chg->after_present;
	row->before_len = chg->before_len;
	row->after_len = chg->after_len;
	row->live_only = chg->live_only;
	row->is_state = chg->is_state;
	if (!chg->before_present && chg->as && take_meta(row, chg->as, err) < 0)
		return -1;
	if (copy(&row->before, chg->before, chg->before_len, err) < 0)
		return -1;
	return copy(&row->after, chg->after, chg->after_len, err);
}

/* The records of originals first: whoever dies between them and the files loses no original. All
 * memory for the files up front: nothing is allocated between the renames. */
static int fill_rows(struct kn_tx *tx, const struct kn_filechgs *files, struct kn_error *err)
{
	if (kn_origin_rows(tx->root, files, tx->journal, err) < 0)
		return -1;
	for (size_t i = 0; i < files->n; i++)
		if (add_target(tx->journal, &files->v[i], err) < 0)
			return -1;
	tx->files = calloc(tx->journal->n_files + 1, sizeof(*tx->files));
	if (!tx->files)
		return kn_fail_nomem(err);
	tx->n = tx->journal->n_files;
	for (size_t i = 0; i < tx->n; i++) {
		tx->files[i].file = &tx->journal->files[i];
		tx->files[i].fd = -1;
	}
	return 0;
}

/* Temporary names of ours are dead only when no journal may need them. */
static int open_state(struct kn_tx *tx, struct kn_error *err)
{
	tx->state_fd = kn_dir_make(tx->root, KN_STATE_DIR, 0700, true, NULL, err);
	if (tx->state_fd < 0)
		return -1;
	enum kn_journal_at at;

	if (kn_journal_find(tx->root, &at, err) < 0)
		return -1;
	if (at == KN_JOURNAL_OPEN) {
		kn_fail(err, KN_ERR_BUSY, 0,
			"another change of this host is not finished: its journal is " KN_STATE_DIR
			"/journal");
		return kn_hint(err, "run: kvmnet recover");
	}
	kn_journal_finish(tx->root);
	return 0;
}

/* [J]: every target is known and nothing has been written yet. */
static int write_journal(struct kn_tx *tx, struct kn_error *err)
{
	struct timespec now = {0};

	if (kn_history_next(tx->root, &tx->journal->number, err) < 0)
		return -1;
	if (tx->journal->time_s == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0)
		tx->journal->time_s = (uint64_t)now.tv_sec;
	if (kn_journal_write(tx->state_fd, tx->journal, err) < 0)
		return -1;
	tx->has_journal = true;
	return 0;
}

static int prepare(struct kn_tx *tx, const struct kn_filechgs *files, bool make_dirs,
		   struct kn_error *err)
{
	if (open_state(tx, err) < 0 || fill_rows(tx, files, err) < 0)
		return -1;
	for (size_t i = 0; i < tx->n; i++)
		if (kn_tx_locate(tx, i, make_dirs, err) < 0)
			return -1;
	kn_dirset_sweep(&tx->dirs);
	for (size_t i = 0; i < tx->n; i++)
		if (kn_tx_check(tx, i, err) < 0)
			return -1;
	if (write_journal(tx, err) < 0)
		return -1;
	return kn_tx_stage(tx, err);
}

int kn_tx_begin(struct kn_root *root, const struct kn_filechgs *files, bool make_dirs,
		struct kn_journal *journal, struct kn_tx **ret, struct kn_error *err)
{
	struct kn_tx *tx = tx_new(root, journal);
	struct kn_error why = {0};

	if (!tx)
		return kn_fail_nomem(err);
	/* without a change nothing is written, not even into the state directory */
	if ((files->n == 0 && !journal->has_live && journal->n_nets == 0) ||
	    prepare(tx, files, make_dirs, err) == 0) {
		*ret = tx;
		return 0;
	}
	/* recovery will find it, and all files as they were */
	if (kn_tx_discard(tx, &why) < 0)
		kn_wrap(err, "%s; before that", why.message);
	kn_tx_free(tx);
	return -1;
}

/* The directories last: before the sweep the temporary files are in them. */
int kn_tx_discard(struct kn_tx *tx, struct kn_error *err)
{
	if (tx->has_journal && kn_journal_discard(tx->root, tx->journal, err) < 0)
		return -1;
	tx->has_journal = false;
	kn_tx_unmake_dirs(tx);
	return 0;
}

int kn_tx_commit(struct kn_tx *tx, struct kn_error *err)
{
	return tx->has_journal ? kn_journal_commit(tx->state_fd, err) : 0;
}

void kn_tx_finish(struct kn_tx *tx)
{
	if (!tx->has_journal)
		return;
	tx->has_journal = false;
	kn_history_archive(tx->root, tx->journal);
	/* The temporary names need no sync: one that comes back after a power cut harms nobody. */
	kn_dirset_sweep(&tx->dirs);
}

void kn_tx_sweep_left(struct kn_root *root, const char *dir)
{
	const char *const dirs[] = {dir, KN_STATE_DIR};

	for (size_t i = 0; i < 2; i++) {
		int fd KN_CLEANUP(kn_closep) =
			kn_root_openfd(root, dirs[i], O_RDONLY | O_DIRECTORY);

		if (fd < 0)
			continue;
		kn_tmp_sweep(fd);
		if (i > 0)
			(void)unlinkat(fd, KN_JOURNAL_TMP, 0);
	}
}

/* Leaves the disk alone: a change that was begun and neither committed nor undone is recovery's. */
void kn_tx_free(struct kn_tx *tx)
{
	if (!tx)
		return;
	kn_closep(&tx->state_fd);
	kn_dirset_done(&tx->dirs);
	for (size_t i = 0; i < tx->n; i++)
		kn_closep(&tx->files[i].fd);
	free(tx->files);
	kn_strv_done(&tx->made);
	free(tx);
}
