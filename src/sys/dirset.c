/* The directories of a change, each once however many of its files lie there: to be swept and
 * synced. Layer: sys, effects. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/priv.h"

/* By device and inode, not by path: two symlinks may lead to one directory, and a second descriptor
 * of it would be a second sync. */
int kn_dirset_add(struct kn_dirset *set, int *fd, const char *path, struct kn_error *err)
{
	struct stat st;

	if (fstat(*fd, &st) < 0)
		return kn_sys_fail(err, errno, "look at the directory of", path);
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].dev == st.st_dev && set->v[i].ino == st.st_ino) {
			kn_closep(fd);
			*fd = -1;
			return (int)i;
		}
	if (kn_grow(&set->v, &set->cap, set->n + 1, sizeof(*set->v), err) < 0)
		return -1;
	set->v[set->n] = (struct kn_dirset_row){.fd = *fd, .dev = st.st_dev, .ino = st.st_ino};
	*fd = -1;
	return (int)set->n++;
}

/* Goes on after a failure: what is durable of a change that is now undone is durable of the undo,
 * too. */
static int fail_sync(int code, struct kn_error *err)
{
	kn_fail(err, KN_ERR_SYSTEM, code, "cannot make the names of files durable");
	return kn_hint(err, "see what the disk reports: dmesg | tail; df -h");
}

int kn_dirset_sync(const struct kn_dirset *set, int except, struct kn_error *err)
{
	struct stat no = {0};
	int rc = 0;

	if (except >= 0 && fstat(except, &no) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot look at " KN_STATE_DIR);
	for (size_t i = 0; i < set->n; i++) {
		const struct kn_dirset_row *dir = &set->v[i];

		if (except >= 0 && dir->dev == no.st_dev && dir->ino == no.st_ino)
			continue;
		if (fsync(dir->fd) < 0)
			rc = fail_sync(errno, err);
	}
	return rc;
}

/* Best effort: a name that stays is no configuration to any reader, and the next change of the same
 * directory tries again. */
void kn_dirset_sweep(const struct kn_dirset *set)
{
	for (size_t i = 0; i < set->n; i++)
		kn_tmp_sweep(set->v[i].fd);
}

void kn_dirset_done(struct kn_dirset *set)
{
	for (size_t i = 0; i < set->n; i++)
		kn_closep(&set->v[i].fd);
	free(set->v);
	*set = (struct kn_dirset){0};
}
