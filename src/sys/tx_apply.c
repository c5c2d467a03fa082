/* The short part of a change: renames and unlinks back to back, and their undo.
 * Layer: sys, effects. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/tx.h"

/* Return: 0; errno. */
static int place(const struct kn_tx *tx, size_t i)
{
	const struct kn_tx_file *file = &tx->files[i];
	int dirfd = tx->dirs.v[file->dir].fd;
	char name[KN_TMP_SIZE];

	kn_tmp_name(name, 'n', i);
	if (!file->file->after_present)
		return unlinkat(dirfd, file->base, 0);
	if (file->file->before_present)
		return renameat(dirfd, name, dirfd, file->base);
	return kn_rename_new(dirfd, name, file->base);
}

/* First every check, then every rename: the time in which old and new files lie side by side is
 * that of a few system calls. */
int kn_tx_apply(struct kn_tx *tx, struct kn_error *err)
{
	for (size_t i = 0; i < tx->n; i++)
		if (kn_tx_recheck(tx, i, err) < 0)
			return -1;
	for (; tx->n_placed < tx->n; tx->n_placed++)
		if (place(tx, tx->n_placed) < 0)
			return kn_sys_fail(err, errno, "replace",
					   tx->files[tx->n_placed].file->path);
	/* [F]. The state directory's sync is the commit's: the names of records become durable
	 * with it, and before it the journal has the old ones. */
	return kn_dirset_sync(&tx->dirs, tx->state_fd, err);
}

int kn_tx_undo(struct kn_tx *tx, struct kn_strv *ret_conflicts, struct kn_error *err)
{
	if (!tx->has_journal)
		return 0;
	return kn_journal_undo(tx->root, tx->journal, tx->n_placed, ret_conflicts, err);
}
