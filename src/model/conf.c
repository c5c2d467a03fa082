/* File trees, per-interface configuration and records of originals.
 * Layer: model, pure. */
#include "kvmnet/conf.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

/* Index of @path, or of the place where it belongs; *ret_found tells which. */
static size_t tree_find(const struct kn_tree *tree, const char *path, bool *ret_found)
{
	size_t lo = 0, hi = tree->n;

	*ret_found = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(tree->v[mid].path, path);

		if (cmp == 0) {
			*ret_found = true;
			return mid;
		}
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int file_fill(struct kn_file *file, const char *data, size_t len, struct kn_error *err)
{
	char *copy = NULL;

	if (data) {
		copy = malloc(len + 1);
		if (!copy)
			return kn_fail_nomem(err);
		memcpy(copy, data, len);
		copy[len] = '\0';
	}
	free(file->data);
	file->data = copy;
	file->len = data ? len : 0;
	file->present = data != NULL;
	return 0;
}

int kn_tree_set(struct kn_tree *tree, const char *path, const char *data, size_t len,
		struct kn_error *err)
{
	bool found;
	size_t i = tree_find(tree, path, &found);
	struct kn_file file = {0};

	if (found)
		return file_fill(&tree->v[i], data, len, err);
	if (kn_grow(&tree->v, &tree->cap, tree->n + 1, sizeof(*tree->v), err) < 0 ||
	    file_fill(&file, data, len, err) < 0)
		return -1;
	file.path = strdup(path);
	if (!file.path) {
		free(file.data);
		return kn_fail_nomem(err);
	}
	memmove(&tree->v[i + 1], &tree->v[i], (tree->n - i) * sizeof(*tree->v));
	tree->v[i] = file;
	tree->n++;
	return 0;
}

const struct kn_file *kn_tree_get(const struct kn_tree *tree, const char *path)
{
	bool found;
	size_t i = tree_find(tree, path, &found);

	return found && tree->v[i].present ? &tree->v[i] : NULL;
}

void kn_tree_done(struct kn_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++) {
		free(tree->v[i].path);
		free(tree->v[i].data);
	}
	free(tree->v);
	kn_errors_done(&tree->unread);
	*tree = (struct kn_tree){0};
}

void kn_origins_done(struct kn_origins *origins)
{
	for (size_t i = 0; i < origins->n; i++) {
		free(origins->v[i].path);
		free(origins->v[i].data);
	}
	free(origins->v);
	*origins = (struct kn_origins){0};
}

const struct kn_origin *kn_origins_get(const struct kn_origins *origins, const char *path)
{
	for (size_t i = 0; i < origins->n; i++)
		if (!strcmp(origins->v[i].path, path))
			return &origins->v[i];
	return NULL;
}

/* Source of the constants: draft-eastlake-fnv, FNV-1a 64 bit. */
uint64_t kn_hash64(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 0x100000001b3u;
	return hash;
}

void kn_confs_done(struct kn_confs *confs)
{
	for (size_t i = 0; i < confs->n; i++) {
		free(confs->v[i].path);
		free(confs->v[i].zone);
		free(confs->v[i].uuid);
		kn_ipconf_done(&confs->v[i].ip);
	}
	free(confs->v);
	kn_errors_done(&confs->unread);
	*confs = (struct kn_confs){0};
}

const struct kn_conf *kn_confs_get(const struct kn_confs *confs, const struct kn_ifname *name)
{
	for (size_t i = 0; i < confs->n; i++)
		if (kn_ifname_eq(&confs->v[i].name, name))
			return &confs->v[i];
	return NULL;
}

/* ---- files that say nothing here ---- */

const char *kn_unread_base(const struct kn_error *unread)
{
	const char *slash = strrchr(unread->file, '/');

	return slash ? slash + 1 : unread->file;
}

const struct kn_error *kn_unread_of(const struct kn_errors *unread, const struct kn_ifname *name)
{
	size_t len = strlen(name->s);

	for (size_t i = 0; len && i < unread->n; i++) {
		const char *dash = strchr(kn_unread_base(&unread->v[i]), '-');

		if (dash && !strncmp(dash + 1, name->s, len) &&
		    (dash[1 + len] == '\0' || dash[1 + len] == ':'))
			return &unread->v[i];
	}
	return NULL;
}

/* The system's errors name the path once more, which stands beside them already. */
void kn_unread_why(struct kn_buf *ret, const struct kn_error *unread)
{
	size_t len = strlen(unread->file);

	if (unread->sys_errno)
		kn_buf_puts(ret, strerror(unread->sys_errno));
	else if (len && !strncmp(unread->message, unread->file, len) && unread->message[len] == ' ')
		kn_buf_printf(ret, "it %s", unread->message + len + 1);
	else
		kn_buf_puts(ret, unread->message);
}
