/* The records of originals, KN_STATE_DIR/origin-*: one per file that kvmnet changed. They are rows
 * of the journal like the files themselves, so that both become valid, or come back, together; and
 * they lie in the state directory itself, whose sync at the commit makes their names durable, too.
 * Layer: sys, effects (reads only).
 *
 * When is the hash of a record moved on? Only along an unbroken chain: the bytes that a change
 * replaces must be the ones that the record says kvmnet wrote. Where somebody edited in between,
 * the old hash stays. It then differs from the file as long as any part of that edit is in it, so
 * "delete" moves keys back one by one instead of giving back an original that lacks the edit; and
 * it matches again should the file ever be what kvmnet wrote, byte for byte. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/priv.h"

#define PREFIX	   "origin-"
#define RECORD_MAX (KN_FILE_MAX + 8192) /* bytes, with path and words */

/* Reads record @name of the state directory and checks that it is about the file it is named
 * after. @text gets its bytes. */
static int read_record(int state_fd, const char *name, struct kn_buf *text, struct kn_origin *ret,
		       struct kn_error *err)
{
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf want KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *why = NULL;

	kn_buf_printf(&path, "%s/%s", KN_STATE_DIR, name);
	if (kn_file_read(state_fd, name, RECORD_MAX, text, &why) < 0)
		return kn_file_fail(err, errno, why, kn_buf_str(&path));
	struct kn_origin origin = {0};
	int rc = kn_origin_decode(kn_buf_str(text), text->len, &origin, err);
	if (rc == 0) {
		kn_buf_puts(&want, PREFIX);
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
static int load_all(int state_fd, struct kn_origins *ret, struct kn_error *err)
{
	struct kn_strv names = {0};
	int rc = kn_dir_names(state_fd, &names, err);

	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (strncmp(names.v[i], PREFIX, sizeof(PREFIX) - 1) != 0)
			continue;
		rc = kn_grow(&ret->v, &ret->cap, ret->n + 1, sizeof(*ret->v), err);
		if (rc == 0)
			rc = read_record(state_fd, names.v[i], &text, &ret->v[ret->n], err);
		if (rc == 0)
			ret->n++;
	}
	kn_strv_done(&names);
	return rc;
}

int kn_origins_load(struct kn_root *root, struct kn_origins *ret, struct kn_error *err)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, KN_STATE_DIR, O_RDONLY | O_DIRECTORY);
	struct kn_origins origins = {0};

	if (fd < 0 && errno == ENOENT) {
		*ret = origins;
		return 0;
	}
	if (fd < 0)
		return kn_sys_fail(err, errno, "read the originals in", KN_STATE_DIR);
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

/* The record's new text for @chg. @old: the record there is, or NULL. */
static int render(struct kn_buf *buf, const struct kn_filechg *chg, const struct kn_origin *old,
		  const struct kn_ifname *bridge, struct kn_error *err)
{
	struct kn_origin record = {.path = chg->path,
				   .was_present = chg->before_present,
				   .data = chg->before,
				   .len = chg->before_len};

	if (old)
		record = *old;
	if (chg->given) {
		record.was_present = chg->given_present;
		record.data = chg->given_text;
		record.len = chg->given_len;
	}
	if (chg->given || !old)
		record.bridge = kn_ifname_is_set(&chg->bridge) ? chg->bridge : *bridge;
	record.written_present = chg->after_present;
	record.written_hash = kn_hash64(chg->after, chg->after_len);
	kn_origin_encode(buf, &record);
	return kn_buf_check(buf, err);
}

/* Adds the row that turns record @name from @before into @after; "" is absence. Takes both. */
static int add_row(struct kn_journal *journal, const char *name, struct kn_buf *before,
		   struct kn_buf *after, struct kn_error *err)
{
	struct kn_jfile *row = kn_journal_add_file(journal, err);
	struct kn_buf path = KN_BUF_INIT;

	if (!row)
		return -1;
	row->is_state = true;
	row->before_present = before->len > 0;
	row->after_present = after->len > 0;
	kn_buf_printf(&path, "%s/%s", KN_STATE_DIR, name);
	if (kn_buf_steal(&path, &row->path, NULL, err) < 0)
		return -1;
	if (row->before_present && kn_buf_steal(before, &row->before, &row->before_len, err) < 0)
		return -1;
	if (row->after_present && kn_buf_steal(after, &row->after, &row->after_len, err) < 0)
		return -1;
	return 0;
}

/* What the record of one changed file becomes: made, moved on, removed, or left alone. */
static int add_record(int state_fd, const struct kn_filechg *chg, struct kn_journal *journal,
		      struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf before KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf after KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_origin old = {0};

	kn_buf_puts(&name, PREFIX);
	kn_origin_escape(&name, chg->path);
	if (kn_buf_check(&name, err) < 0)
		return -1;
	if (name.len > KN_ESCAPED_MAX)
		return kn_sys_fail(err, ENAMETOOLONG, "record the original of", chg->path);
	bool found = faccessat(state_fd, name.data, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	if (!found && errno != ENOENT)
		return kn_sys_fail(err, errno, "look for the original of", chg->path);
	if (found && read_record(state_fd, name.data, &before, &old, err) < 0)
		return -1;
	bool wanted = found ? chg->drop_origin || chg->given || is_as_written(&old, chg)
			    : chg->keep_origin && !chg->drop_origin;
	int rc = 0;
	if (wanted && !chg->drop_origin)
		rc = render(&after, chg, found ? &old : NULL, &journal->bridge, err);
	if (rc == 0 && wanted)
		rc = add_row(journal, name.data, &before, &after, err);
	free(old.path);
	free(old.data);
	return rc;
}

int kn_origin_rows(struct kn_root *root, const struct kn_filechgs *files,
		   struct kn_journal *journal, struct kn_error *err)
{
	int state KN_CLEANUP(kn_closep) =
		kn_root_openfd(root, KN_STATE_DIR, O_RDONLY | O_DIRECTORY);

	if (state < 0)
		return kn_sys_fail(err, errno, "open the directory", KN_STATE_DIR);
	for (size_t i = 0; i < files->n; i++)
		if (!files->v[i].origin_given && add_record(state, &files->v[i], journal, err) < 0)
			return -1;
	return 0;
}
