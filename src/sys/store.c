/* The store of originals in KN_STATE_DIR/origin: one record per file that kvmnet changed, written
 * beside the change and made valid by its commit. Layer: sys, effects.
 *
 * When is the hash of a record moved on? Only along an unbroken chain: the bytes that a change
 * replaces must be the ones that the record says kvmnet wrote. Where somebody edited in between,
 * the old hash stays. It then differs from the file as long as any part of that edit is in it, so
 * "delete" moves keys back one by one instead of giving back an original that lacks the edit; and
 * it matches again should the file ever be what kvmnet wrote, byte for byte. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/priv.h"

#define ORIGIN_DIR  KN_STATE_DIR "/origin"
#define HISTORY_DIR KN_STATE_DIR "/history"
#define RECORD_MAX  (KN_FILE_MAX + 8192) /* bytes, with path and words */

/* Reads record @name of the open store and checks that it is about the file it is named after. */
static int read_record(int origin_fd, const char *name, struct kn_origin *ret, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf want KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *why = NULL;

	kn_buf_printf(&path, "%s/%s", ORIGIN_DIR, name);
	if (kn_file_read(origin_fd, name, RECORD_MAX, &text, &why) < 0)
		return kn_file_fail(err, errno, why, kn_buf_str(&path));
	struct kn_origin origin = {0};
	int rc = kn_origin_decode(kn_buf_str(&text), text.len, &origin, err);
	if (rc == 0) {
		kn_origin_escape(&want, origin.path);
		if (strcmp(kn_buf_str(&want), name) != 0)
			rc = kn_fail(err, KN_ERR_HOSTFILE, 0, "the record is about another file");
	}
	if (rc == 0) {
		*ret = origin;
		return 0;
	}
	free(origin.path);
	free(origin.data);
	kn_wrap(err, "%s", kn_buf_str(&path));
	kn_at(err, kn_buf_str(&path), 0, 0);
	return kn_hint(err, "move it out of that directory to go on without the original");
}

/* All or nothing: with one record missing, "delete" would take a changed file for an original. */
static int load_all(int origin_fd, struct kn_origins *ret, struct kn_error *err)
{
	struct kn_strv names = {0};
	int rc = kn_dir_names(origin_fd, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		/* temporary names of a change that was killed */
		if (names.v[i][0] == '.')
			continue;
		rc = kn_grow(&ret->v, &ret->cap, ret->n + 1, sizeof(*ret->v), err);
		if (rc == 0)
			rc = read_record(origin_fd, names.v[i], &ret->v[ret->n], err);
		if (rc == 0)
			ret->n++;
	}
	kn_strv_done(&names);
	return rc;
}

int kn_origins_load(struct kn_root *root, struct kn_origins *ret, struct kn_error *err)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, ORIGIN_DIR, O_RDONLY | O_DIRECTORY);
	struct kn_origins origins = {0};

	if (fd < 0 && errno == ENOENT) {
		*ret = origins;
		return 0;
	}
	if (fd < 0)
		return kn_sys_fail(err, errno, "read the originals in", ORIGIN_DIR);
	if (load_all(fd, &origins, err) < 0) {
		kn_origins_done(&origins);
		return -1;
	}
	*ret = origins;
	return 0;
}

/* Is the file that a change replaces still what kvmnet wrote last? */
static bool is_as_written(const struct kn_origin *record, const struct kn_filechg *chg)
{
	return record->written_present == chg->before_present &&
	       record->written_hash == kn_hash64(chg->before, chg->before_len);
}

/* Writes @origin under a temporary name, which goes to item->tmp. */
static int write_record(struct kn_store *store, const struct kn_origin *origin,
			struct kn_store_item *item, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_origin_encode(&text, origin);
	if (kn_buf_check(&text, err) < 0)
		return -1;
	int fd KN_CLEANUP(kn_closep) = kn_tmp_create(store->origin_fd, 'n', item->tmp);
	if (fd < 0 || kn_fd_write(fd, kn_buf_str(&text), text.len) < 0 || fsync(fd) < 0)
		return kn_sys_fail(err, errno, "write the original to", ORIGIN_DIR);
	return 0;
}

/* Reads the record of @name when there is one; *ret_found tells. */
static int find_record(int origin_fd, const char *name, struct kn_origin *ret, bool *ret_found,
		       struct kn_error *err)
{
	*ret_found = faccessat(origin_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	return *ret_found ? read_record(origin_fd, name, ret, err) : 0;
}

/* The record's new text for @chg. @old: the record there is, or NULL. */
static int stage_record(struct kn_store *store, const struct kn_filechg *chg,
			const struct kn_origin *old, const struct kn_ifname *bridge,
			struct kn_error *err)
{
	struct kn_store_item *item = &store->items[store->n - 1];
	struct kn_origin record = {.path = chg->path,
				   .was_present = chg->before_present,
				   .data = chg->before,
				   .len = chg->before_len};

	if (old)
		record = *old;
	else if (bridge)
		record.bridge = *bridge;
	record.written_present = chg->after_present;
	record.written_hash = kn_hash64(chg->after, chg->after_len);
	return write_record(store, &record, item, err);
}

/* Prepares what the record of one changed file becomes: made, moved on, removed, or left alone. */
static int stage(struct kn_store *store, const struct kn_filechg *chg,
		 const struct kn_ifname *bridge, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_origin record = {0};
	bool found;

	kn_origin_escape(&name, chg->path);
	if (kn_buf_check(&name, err) < 0)
		return -1;
	if (name.len > NAME_MAX)
		return kn_sys_fail(err, ENAMETOOLONG, "record the original of", chg->path);
	if (find_record(store->origin_fd, kn_buf_str(&name), &record, &found, err) < 0)
		return -1;
	bool wanted =
		chg->drop_origin ? found : (found ? is_as_written(&record, chg) : chg->keep_origin);
	int rc = wanted ? kn_grow(&store->items, &store->cap, store->n + 1, sizeof(*store->items),
				  err)
			: 0;
	if (rc == 0 && wanted) {
		memcpy(store->items[store->n++].name, name.data, name.len + 1);
		if (!chg->drop_origin)
			rc = stage_record(store, chg, found ? &record : NULL, bridge, err);
	}
	free(record.path);
	free(record.data);
	return rc;
}

/* history/ first: the sync for origin/, which must be durable, then covers both */
static int open_dirs(struct kn_store *store, struct kn_root *root, struct kn_error *err)
{
	store->history_fd = kn_dir_make(root, HISTORY_DIR, 0700, false, NULL, err);
	if (store->history_fd < 0)
		return -1;
	store->origin_fd = kn_dir_make(root, ORIGIN_DIR, 0700, true, NULL, err);
	return store->origin_fd < 0 ? -1 : 0;
}

/* The backup last: it is the one thing that other failures would have to take back. */
int kn_store_prepare(struct kn_store *store, struct kn_root *root, const struct kn_filechgs *files,
		     const struct kn_ifname *bridge, struct kn_error *err)
{
	/* The state directory is private: originals can hold anything. Made here, durably, when
	 * no lock was taken before. */
	int state KN_CLEANUP(kn_closep) = kn_dir_make(root, KN_STATE_DIR, 0700, true, NULL, err);

	if (state < 0 || open_dirs(store, root, err) < 0)
		return -1;
	kn_tmp_sweep(store->origin_fd);
	for (size_t i = 0; i < files->n; i++)
		if (stage(store, &files->v[i], bridge, err) < 0)
			return -1;
	return kn_history_save(store, files, err);
}

/* A record is kept by a second name before it is replaced or removed, for the way back. Where links
 * are refused there is none, and it stays as it becomes here. Return: 0; -1 with errno. */
static int place_item(int origin_fd, struct kn_store_item *item)
{
	bool absent = kn_tmp_link(origin_fd, item->name, 'o', item->old) < 0 && errno == ENOENT;

	if (!absent && !item->old[0] && !kn_link_is_refused(errno))
		return -1;
	if (!item->tmp[0])
		return absent ? 0 : unlinkat(origin_fd, item->name, 0);
	if (renameat(origin_fd, item->tmp, origin_fd, item->name) < 0)
		return -1;
	item->tmp[0] = '\0';
	item->is_new = absent;
	return 0;
}

static void forget_old(struct kn_store *store)
{
	for (size_t i = 0; i < store->n; i++)
		if (store->items[i].old[0])
			(void)unlinkat(store->origin_fd, store->items[i].old, 0);
	store->n = 0;
}

int kn_store_place(struct kn_store *store, struct kn_error *err)
{
	for (size_t i = 0; i < store->n; i++)
		if (place_item(store->origin_fd, &store->items[i]) < 0)
			return kn_sys_fail(err, errno, "keep the original in", ORIGIN_DIR);
	if (store->n && fsync(store->origin_fd) < 0)
		return kn_sys_fail(err, errno, "keep the original in", ORIGIN_DIR);
	return 0;
}

void kn_store_commit(struct kn_store *store)
{
	forget_old(store);
	store->history[0] = '\0';
	kn_history_rotate(store->history_fd);
}

/* Records of earlier changes stay, or come back when the change broke off behind them. */
void kn_store_abandon(struct kn_store *store)
{
	for (size_t i = 0; i < store->n; i++) {
		struct kn_store_item *item = &store->items[i];

		if (item->tmp[0])
			(void)unlinkat(store->origin_fd, item->tmp, 0);
		if (item->old[0])
			(void)renameat(store->origin_fd, item->old, store->origin_fd, item->name);
		/* rename(2) does nothing when both are names of one file: not replaced yet. */
		if (item->old[0])
			(void)unlinkat(store->origin_fd, item->old, 0);
		if (item->is_new)
			(void)unlinkat(store->origin_fd, item->name, 0);
	}
	store->n = 0;
	if (store->history[0])
		(void)unlinkat(store->history_fd, store->history, 0);
	store->history[0] = '\0';
}

void kn_store_done(struct kn_store *store)
{
	kn_closep(&store->origin_fd);
	kn_closep(&store->history_fd);
	free(store->items);
	*store = (struct kn_store){.origin_fd = -1, .history_fd = -1};
}
