/* Editing one file, and handing the result to the plan.
 * Layer: persist, pure. */
#include <stdlib.h>
#include <string.h>

#include "persist/ifb.h"

/* SUSE's files have the same place in people's heads, but other keys and other meanings.
 * STARTMODE alone says nothing: cloud-init writes it into Red Hat's files too, next to ONBOOT,
 * which SUSE does not have. Source: cloud-init net/sysconfig.py, iface_defaults. */
int kn_ifb_check_dialect(const struct kn_ifcfg *text, const char *path, struct kn_error *err)
{
	for (size_t i = 0; i < KN_KEY_COUNT; i++) {
		const struct kn_ifb_key *row = kn_ifb_key((enum kn_ifb_id)i);

		if (row->place != KN_IFB_ALIEN || !kn_ifcfg_has(text, row->name) ||
		    (i == KN_KEY_STARTMODE && kn_ifcfg_has(text, KN_K(ONBOOT))))
			continue;
		kn_fail(err, KN_ERR_HOSTFILE, 0, "this file is in SUSE's dialect (%s=)", row->name);
		kn_at(err, path, kn_ifcfg_line(text, row->name), 0);
		return kn_hint(err, "kvmnet writes Red Hat's form only; use --no-persist here");
	}
	return 0;
}

/* Every key that may be read or moved has to mean the same to all readers. */
static int check_keys(struct kn_ifcfg *text, struct kn_error *err)
{
	const char *keys[KN_KEY_COUNT + 1];
	size_t n = 0;

	for (size_t i = 0; i < KN_KEY_COUNT; i++) {
		const struct kn_ifb_key *row = kn_ifb_key((enum kn_ifb_id)i);

		if (row->match != KN_IFB_PREFIX &&
		    (row->place != KN_IFB_STAY || i == KN_KEY_DEVICE || i == KN_KEY_TYPE ||
		     i == KN_KEY_BOOTPROTO))
			keys[n++] = row->name;
	}
	keys[n] = NULL;
	return kn_ifcfg_check(text, keys, err);
}

/* All refusals happen here, before the first edit: a render either works on files that
 * every reader understands alike, or fails with nothing in the plan. */
int kn_ifb_open(const struct kn_ifb *ifb, const char *path, struct kn_ifb_out *ret,
		struct kn_error *err)
{
	struct kn_ifb_out out = {.before = kn_tree_get(ifb->tree, path), .err = err};
	const char *data = out.before ? out.before->data : "";

	if (kn_ifcfg_parse(path, data, out.before ? out.before->len : 0, &out.text, err) < 0)
		return -1;
	if (kn_ifb_check_dialect(out.text, path, err) < 0 || check_keys(out.text, err) < 0) {
		kn_ifcfg_free(out.text);
		return -1;
	}
	out.path = strdup(path);
	if (!out.path) {
		kn_ifcfg_free(out.text);
		return kn_fail_nomem(err);
	}
	*ret = out;
	return 0;
}

/* Also after a failed open of another file: the struct owns its parts alone. */
void kn_ifb_close(struct kn_ifb_out *out)
{
	kn_ifcfg_free(out->text);
	free(out->path);
	*out = (struct kn_ifb_out){0};
}

/* A key longer than any in the table comes from the host; the next key then goes where
 * it would have gone without it. */
static void remember(struct kn_ifb_out *out, const char *key)
{
	size_t n = strlen(key);

	if (n < sizeof(out->after))
		memcpy(out->after, key, n + 1);
}

/* The codec's message names the key, the value and the file. */
void kn_ifb_put(struct kn_ifb_out *out, const char *key, const char *value)
{
	if (out->failed)
		return;
	if (kn_ifcfg_set(out->text, key, value, out->after[0] ? out->after : NULL, out->err) < 0) {
		out->failed = true;
		return;
	}
	remember(out, key);
}

/* on, true and 1 mean yes to every reader: rewriting them would be a change for nothing. */
void kn_ifb_put_bool(struct kn_ifb_out *out, enum kn_ifb_id id, bool value)
{
	struct kn_ifb_in in = {.text = out->text, .err = out->err, .failed = out->failed};
	const char *now = kn_ifb_get(&in, id, -1);

	out->failed = in.failed;
	if (now && (value ? kn_ifb_is_true(now) : kn_ifb_is_false(now)))
		remember(out, kn_ifb_key(id)->name);
	else
		kn_ifb_put(out, kn_ifb_key(id)->name, value ? "yes" : "no");
}

/* A key that is gone can no longer be what the next one stands behind. */
void kn_ifb_unset(struct kn_ifb_out *out, const char *key)
{
	if (!out->failed && kn_ifcfg_unset(out->text, key, out->err) < 0)
		out->failed = true;
	if (!strcmp(out->after, key))
		out->after[0] = '\0';
}

struct collect {
	struct kn_strv *list;
	struct kn_error *err;
};

/* Callback of kn_ifcfg_each_key(). */
static int add_key(const char *key, void *arg)
{
	struct collect *collect = arg;

	return kn_strv_add(collect->list, key, collect->err);
}

/* A copy: the codec's own list must not change while it is walked. */
int kn_ifb_keys(const struct kn_ifcfg *text, struct kn_strv *ret, struct kn_error *err)
{
	struct kn_strv list = {0};
	struct collect collect = {&list, err};

	if (kn_ifcfg_each_key(text, add_key, &collect) < 0) {
		kn_strv_done(&list);
		return -1;
	}
	*ret = list;
	return 0;
}

/* A numbered family is removed whole: a left-over IPADDR3 would be read again once
 * IPADDR2 is there. */
void kn_ifb_unset_all(struct kn_ifb_out *out, enum kn_ifb_id id)
{
	struct kn_strv keys = {0};

	if (out->failed || kn_ifb_keys(out->text, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n; i++)
		if (kn_ifb_key_is(keys.v[i], id))
			kn_ifb_unset(out, keys.v[i]);
	kn_strv_done(&keys);
}

/* For families of which one member is written anew under its plain name. */
void kn_ifb_unset_others(struct kn_ifb_out *out, enum kn_ifb_id id, const char *keep)
{
	struct kn_strv keys = {0};

	if (out->failed || kn_ifb_keys(out->text, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n; i++)
		if (kn_ifb_key_is(keys.v[i], id) && strcmp(keys.v[i], keep) != 0)
			kn_ifb_unset(out, keys.v[i]);
	kn_strv_done(&keys);
}

static bool is_of(const char *key, const enum kn_ifb_id *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kn_ifb_key_is(key, ids[i]))
			return true;
	return false;
}

/* By line, because the admin's order of keys is not that of the table. */
void kn_ifb_anchor(struct kn_ifb_out *out, const enum kn_ifb_id *ids, size_t n)
{
	struct kn_strv keys = {0};
	unsigned int last = 0;

	if (out->failed || kn_ifb_keys(out->text, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n; i++) {
		unsigned int line =
			is_of(keys.v[i], ids, n) ? kn_ifcfg_line(out->text, keys.v[i]) : 0;

		if (line > last) {
			last = line;
			remember(out, keys.v[i]);
		}
	}
	kn_strv_done(&keys);
}

int kn_ifb_change(const struct kn_ifb *ifb, const char *path, const char *after, size_t len,
		  bool keep_origin, struct kn_error *err)
{
	struct kn_filechgs *files = &ifb->plan->files;
	size_t n = files->n;

	if (kn_filechgs_add(files, path, kn_tree_get(ifb->tree, path), after, len, err) < 0)
		return -1;
	/* A recorded file that changes again needs its record's hash brought up to date. */
	if (files->n > n)
		files->v[n].keep_origin = keep_origin || kn_ifb_origin(ifb, path);
	return 0;
}

/* Of a file that is being changed anyway: the rest is no business of this command. */
static int warn_hidden(const struct kn_ifb *ifb, const struct kn_ifb_out *out, struct kn_error *err)
{
	static const enum kn_ifb_id ids[] = {KN_KEY_DEVICE, KN_KEY_TYPE, KN_KEY_SLAVE,
					     KN_KEY_NM_CONTROLLED};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		const char *key = kn_ifb_key(ids[i])->name;
		unsigned int line = kn_ifcfg_hidden_by(out->text, key);

		if (line && kn_plan_note(ifb->plan, KN_NOTE_WARNING, err,
					 "%s:%u: the comment with %s= hides the real %s= below it "
					 "from network-scripts. Move the comment to the end of the "
					 "file.",
					 out->path, line, key, key) < 0)
			return -1;
	}
	return 0;
}

/* An unchanged text adds no change, which is what makes a second run empty. */
int kn_ifb_save(const struct kn_ifb *ifb, struct kn_ifb_out *out, bool origin, struct kn_error *err)
{
	struct kn_buf text = KN_BUF_INIT;
	size_t n = ifb->plan->files.n;
	int rc = -1;

	if (out->failed)
		return -1;
	kn_ifcfg_emit(out->text, &text);
	if (kn_buf_check(&text, err) == 0)
		rc = kn_ifb_change(ifb, out->path, kn_buf_str(&text), text.len, origin, err);
	if (rc == 0 && ifb->plan->files.n > n)
		rc = warn_hidden(ifb, out, err);
	kn_buf_done(&text);
	return rc;
}

/* ---- originals ---- */

/* Records of another bridge are no business of this one, even for the same file. */
const struct kn_origin *kn_ifb_origin(const struct kn_ifb *ifb, const char *path)
{
	const struct kn_origin *origin = ifb->origins ? kn_origins_get(ifb->origins, path) : NULL;

	return origin && kn_ifname_eq(&origin->bridge, &ifb->target->bridge) ? origin : NULL;
}

/* The hash of what kvmnet wrote is enough: it tells edits, not attackers. */
bool kn_ifb_is_unchanged(const struct kn_ifb *ifb, const struct kn_origin *origin)
{
	const struct kn_file *file = kn_tree_get(ifb->tree, origin->path);

	if ((file != NULL) != origin->written_present)
		return false;
	return !file || kn_hash64(file->data, file->len) == origin->written_hash;
}

/* With its record the file is as if kvmnet had never been there. */
int kn_ifb_restore(const struct kn_ifb *ifb, const struct kn_origin *origin, struct kn_error *err)
{
	struct kn_filechgs *files = &ifb->plan->files;
	size_t n = files->n;

	if (kn_filechgs_add(files, origin->path, kn_tree_get(ifb->tree, origin->path),
			    origin->was_present ? origin->data : NULL, origin->len, err) < 0)
		return -1;
	if (files->n > n)
		files->v[n].drop_origin = true;
	return 0;
}
