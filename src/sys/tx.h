/* One change of several files while it is under way. Private to tx*.c. Layer: sys. */
#ifndef KVMNET_SYS_TX_H
#define KVMNET_SYS_TX_H

#include "sys/priv.h"

struct kn_tx_file {
	struct kn_jfile *file;	 /* borrowed: the journal's row of the same index */
	size_t dir;		 /* index into dirs */
	char base[NAME_MAX + 1]; /* the real file's name, symlinks resolved */
	struct stat st;		 /* when it is there */
	int fd;			 /* of the new version while it is not synced, else -1 */
};

struct kn_tx {
	struct kn_root *root;	    /* borrowed */
	struct kn_journal *journal; /* borrowed */
	struct kn_tx_file *files;   /* as journal->files: records of originals first */
	size_t n, n_placed;	    /* the first n_placed are renamed over or unlinked */
	struct kn_dirset dirs;
	int state_fd;	     /* owned: KN_STATE_DIR, -1 = there is nothing to change */
	bool has_journal;    /* it is written */
	struct kn_strv made; /* directories made for this change */
};

/* ---- tx_check.c ---- */

/* Finds the real directory and name of file @i, making directories when @make_dirs.
 * Return: 0; -1. */
int kn_tx_locate(struct kn_tx *tx, size_t i, bool make_dirs, struct kn_error *err) KN_NODISCARD;
/* Is the target replaceable (a regular file, no mount point, not immutable) and does it have its
 * old bytes? Notes its metadata in the journal's row. Return: 0; -1. */
int kn_tx_check(struct kn_tx *tx, size_t i, struct kn_error *err) KN_NODISCARD;
/* Is the target still what kn_tx_check() found? Return: 0; -1 "changed underneath". */
int kn_tx_recheck(struct kn_tx *tx, size_t i, struct kn_error *err) KN_NODISCARD;

/* ---- tx_write.c ---- */

/* Writes the new versions and keeps the old ones under temporary names, durable all of them. */
int kn_tx_stage(struct kn_tx *tx, struct kn_error *err) KN_NODISCARD;
/* Removes the directories made, the deepest first, if they are empty. */
void kn_tx_unmake_dirs(struct kn_tx *tx);

#endif
