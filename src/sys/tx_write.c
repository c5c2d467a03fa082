/* The temporary files of a change, beside their targets: the new version (-n), the old one kept
 * (-o, a hard link) or written again (-r). Named by the file's index in the journal, so that
 * recovery finds them. Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "sys/tx.h"

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
int kn_tx_stage(struct kn_tx *tx, size_t i, struct kn_error *err)
{
	const struct kn_jfile *file = tx->files[i].file;
	char name[KN_TMP_SIZE];

	kn_tmp_name(name, 'n', i);
	if (file->after_present &&
	    kn_jfile_write(file, false, tx->dirs.v[tx->files[i].dir].fd, name, NULL, err) < 0)
		return -1;
	return file->before_present ? keep_old(tx, i, err) : 0;
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
