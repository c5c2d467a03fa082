/* One change of several files while it is under way. Private to tx*.c. Layer: sys. */
#ifndef KVMNET_SYS_TX_H
#define KVMNET_SYS_TX_H

#include "sys/priv.h"

struct kn_tx_dir {
	int fd; /* owned */
	dev_t dev;
	ino_t ino;
	bool dirty; /* a name of ours changed in it: to be synced */
};

struct kn_tx_file {
	const struct kn_filechg *chg; /* borrowed */
	size_t dir;		      /* index into dirs */
	char base[NAME_MAX + 1];      /* the real file's name, symlinks resolved */
	struct stat st;		      /* when it is there */
	char new_name[KN_TMP_SIZE];   /* ".kvmnet-nN~", "" = none (any more) */
	char old_name[KN_TMP_SIZE];   /* ".kvmnet-oN~" or, where links are refused, "-rN~" */
	bool placed;		      /* the target was renamed over or unlinked */
};

struct kn_tx {
	struct kn_root *root; /* borrowed */
	struct kn_tx_file *files;
	size_t n;
	struct kn_tx_dir *dirs;
	size_t n_dirs, cap_dirs;
	struct kn_strv made; /* directories made for this change */
	struct kn_store store;
};

/* ---- tx_check.c ---- */

/* Finds the real directory and name of every file of tx->files[i].chg, making directories when
 * @make_dirs. Return: 0; -1. */
int kn_tx_locate(struct kn_tx *tx, size_t i, bool make_dirs, struct kn_error *err) KN_NODISCARD;
/* Is the target replaceable (a regular file, no mount point, not immutable) and does it have its
 * old bytes? Return: 0, *ret_fd the open old file (owned by the caller) or -1 when it is absent
 * as expected; -1. */
int kn_tx_check(struct kn_tx *tx, size_t i, int *ret_fd, struct kn_error *err) KN_NODISCARD;
/* Is the target still what kn_tx_check() found? Return: 0; -1 "changed underneath". */
int kn_tx_recheck(struct kn_tx *tx, size_t i, struct kn_error *err) KN_NODISCARD;
/* Does a file hold exactly these bytes (or is absent when !@present)? Errors count as no. */
bool kn_tx_holds(int dirfd, const char *base, bool present, const char *data, size_t len);

/* ---- tx_write.c ---- */

/* Writes the new version and keeps the old one under temporary names. @old_fd as above. */
int kn_tx_stage(struct kn_tx *tx, size_t i, int old_fd, struct kn_error *err) KN_NODISCARD;
/* Writes the old bytes anew for putting them back, with the metadata of @old_fd. */
int kn_tx_write_old(struct kn_tx *tx, size_t i, int old_fd, struct kn_error *err) KN_NODISCARD;
/* Removes the temporary names that are left. */
void kn_tx_sweep(struct kn_tx *tx);
/* Removes those of a change whose process died, from all directories of this one. For the holder of
 * the lock, before it makes its own. */
void kn_tx_sweep_dead(struct kn_tx *tx);
/* Removes the directories made, the deepest first, if they are empty. */
void kn_tx_unmake_dirs(struct kn_tx *tx);
/* Syncs every dirty directory. Return: 0; -1, the rest synced all the same. */
int kn_tx_sync_dirs(struct kn_tx *tx, struct kn_error *err) KN_NODISCARD;

#endif
