/* A change of several files: begin, commit, free. Layer: sys, effects.
 * The order is that of the protocol: everything that can fail happens in begin, on temporary
 * names; then the renames, back to back (tx_apply.c); the old versions go last. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/tx.h"

/* All memory for the files up front: nothing is allocated between the renames. */
static struct kn_tx *tx_new(struct kn_root *root, const struct kn_filechgs *files)
{
	struct kn_tx *tx = calloc(1, sizeof(*tx));

	if (!tx)
		return NULL;
	tx->files = calloc(files->n + 1, sizeof(*tx->files));
	if (!tx->files) {
		free(tx);
		return NULL;
	}
	tx->root = root;
	tx->store = (struct kn_store){.origin_fd = -1, .history_fd = -1};
	tx->n = files->n;
	for (size_t i = 0; i < files->n; i++)
		tx->files[i].chg = &files->v[i];
	return tx;
}

/* The old file stays open from the check to the copy of its metadata: the very same file. */
static int prepare_file(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	int old_fd = -1;

	if (kn_tx_check(tx, i, &old_fd, err) < 0)
		return -1;
	int rc = kn_tx_stage(tx, i, old_fd, err);
	kn_closep(&old_fd);
	return rc;
}

static int prepare(struct kn_tx *tx, const struct kn_filechgs *files,
		   const struct kn_ifname *bridge, bool make_dirs, struct kn_error *err)
{
	for (size_t i = 0; i < tx->n; i++)
		if (kn_tx_locate(tx, i, make_dirs, err) < 0)
			return -1;
	kn_tx_sweep_dead(tx);
	/* [J]: the undo journal is written here, when there is one: every target is known,
	 * nothing has been written yet. */
	for (size_t i = 0; i < tx->n; i++)
		if (prepare_file(tx, i, err) < 0)
			return -1;
	return kn_store_prepare(&tx->store, tx->root, files, bridge, err);
}

int kn_tx_begin(struct kn_root *root, const struct kn_filechgs *files,
		const struct kn_ifname *bridge, bool make_dirs, struct kn_tx **ret,
		struct kn_error *err)
{
	struct kn_tx *tx = tx_new(root, files);

	if (!tx)
		return kn_fail_nomem(err);
	/* without a change nothing is written, not even into the state directory */
	if (files->n == 0 || prepare(tx, files, bridge, make_dirs, err) == 0) {
		*ret = tx;
		return 0;
	}
	kn_store_abandon(&tx->store);
	kn_tx_sweep(tx);
	kn_tx_unmake_dirs(tx);
	kn_tx_free(tx);
	return -1;
}

void kn_tx_commit(struct kn_tx *tx)
{
	if (tx->n == 0)
		return;
	/* The temporary names need no sync: one that comes back after a power cut harms nobody. */
	kn_store_commit(&tx->store);
	kn_tx_sweep(tx);
	kn_strv_done(&tx->made);
}

void kn_tx_sweep_left(struct kn_root *root, const char *dir)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, dir, O_RDONLY | O_DIRECTORY);

	if (fd >= 0)
		kn_tmp_sweep(fd);
}

/* Sweeping is for callers that gave up between begin and apply. */
void kn_tx_free(struct kn_tx *tx)
{
	if (!tx)
		return;
	kn_tx_sweep(tx);
	kn_store_done(&tx->store);
	for (size_t i = 0; i < tx->n_dirs; i++)
		kn_closep(&tx->dirs[i].fd);
	free(tx->dirs);
	free(tx->files);
	kn_strv_done(&tx->made);
	free(tx);
}
