/* Loads the configuration files into memory, once per command. Layer: sys, effects (reads only).
 * A host can have thousands of them: the directory is opened once, each file costs a few system
 * calls and no allocation besides its own bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/priv.h"

#define RESOLV "/etc/resolv.conf"

/* "ifcfg-eth0", "route6-eth0", "ifcfg-eth0:1" concern eth0. */
static bool concerns(const char *base, const struct kn_names *names)
{
	const char *dash = strchr(base, '-');

	for (size_t i = 0; dash && names && i < names->n; i++) {
		size_t len = strlen(names->v[i].s);

		if (len && !strncmp(dash + 1, names->v[i].s, len) &&
		    (dash[1 + len] == '\0' || dash[1 + len] == ':'))
			return true;
	}
	return false;
}

struct loader {
	struct kn_root *root;
	const struct kn_backend *backend;
	const struct kn_names *names;
	int dirfd;
	struct kn_buf buf;  /* used again for every file */
	struct kn_buf path; /* as well */
};

/* Reads dir/base. Symlinks take the long way through the root. Return: 0; -1 with errno or *why;
 * ENOENT = not there (any more), or a link to nothing. */
static int read_one(struct loader *l, const char *base, const char **why)
{
	struct kn_place place KN_CLEANUP(kn_place_done) = {.dirfd = -1};
	char target[1];

	l->buf.len = 0;
	if (kn_file_read(l->dirfd, base, KN_FILE_MAX, &l->buf, why) == 0)
		return 0;
	if (!*why || readlinkat(l->dirfd, base, target, sizeof(target)) < 0)
		return -1;
	*why = NULL;
	if (kn_place_open(l->root, kn_buf_str(&l->path), &place) < 0)
		return -1;
	return kn_file_read(place.dirfd, place.base, KN_FILE_MAX, &l->buf, why);
}

/* Of no concern for the change at hand; who only looks has to say that it is missing. */
static int note_unread(struct loader *l, int code, const char *why, struct kn_errors *ret,
		       struct kn_error *err)
{
	struct kn_error failure = {0};

	(void)!kn_file_fail(&failure, code, why, kn_buf_str(&l->path));
	if (failure.kind == KN_ERR_NOMEM)
		return kn_fail_nomem(err);
	(void)kn_at(&failure, kn_buf_str(&l->path), 0, 0);
	return kn_errors_add(ret, &failure, err);
}

static int load_one(struct loader *l, const char *base, struct kn_tree *tree, struct kn_error *err)
{
	const char *why = NULL;

	l->path.len = 0;
	kn_buf_printf(&l->path, "%s/%s", l->backend->dir, base);
	if (kn_buf_check(&l->path, err) < 0)
		return -1;
	if (read_one(l, base, &why) == 0)
		return kn_tree_set(tree, kn_buf_str(&l->path), kn_buf_str(&l->buf), l->buf.len,
				   err);
	if (errno == ENOMEM)
		return kn_fail_nomem(err);
	if (!why && errno == ENOENT)
		return 0;
	/* It would be edited, or its presence decides: not knowing it is no ground for a change. */
	if (concerns(base, l->names))
		return kn_file_fail(err, errno, why, kn_buf_str(&l->path));
	return note_unread(l, errno, why, &tree->unread, err);
}

static int load_dir(struct loader *l, struct kn_tree *tree, struct kn_error *err)
{
	struct kn_strv names = {0};
	int rc = 0;

	l->dirfd = kn_root_openfd(l->root, l->backend->dir, O_RDONLY | O_DIRECTORY);
	if (l->dirfd < 0 && errno == ENOENT) {
		tree->dir_missing = true;
		return 0;
	}
	if (l->dirfd < 0)
		return kn_sys_fail(err, errno, "open the directory", l->backend->dir);
	/* sorted, so that each file is appended to the sorted tree */
	rc = kn_dir_names(l->dirfd, &names, err);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		if (l->backend->is_ours(names.v[i]))
			rc = load_one(l, names.v[i], tree, err);
	kn_strv_done(&names);
	kn_closep(&l->dirfd);
	return rc;
}

/* Only a regular file is resolv.conf's owner's own: a link leads to what systemd-resolved or
 * NetworkManager writes, and is theirs. */
static int load_resolv(struct kn_root *root, struct kn_tree *tree, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	int dir KN_CLEANUP(kn_closep) = kn_root_openfd(root, "/etc", O_RDONLY | O_DIRECTORY);
	const char *why = NULL;

	if (dir < 0 || kn_file_read(dir, "resolv.conf", KN_FILE_MAX, &text, &why) < 0)
		return 0;
	return kn_tree_set(tree, RESOLV, kn_buf_str(&text), text.len, err);
}

int kn_tree_load(struct kn_root *root, const struct kn_backend *backend,
		 const struct kn_names *names, struct kn_tree *ret, struct kn_error *err)
{
	struct loader l = {.root = root, .backend = backend, .names = names, .dirfd = -1};
	struct kn_tree tree = {0};
	int rc = backend ? load_dir(&l, &tree, err) : 0;

	if (rc == 0)
		rc = load_resolv(root, &tree, err);
	kn_buf_done(&l.buf);
	kn_buf_done(&l.path);
	if (rc < 0) {
		kn_tree_done(&tree);
		return -1;
	}
	*ret = tree;
	return 0;
}
