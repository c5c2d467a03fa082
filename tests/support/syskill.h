/* Changes of files that are killed at any system call, and recovered. Include it once per program,
 * instead of sysfault.h. Layer: tests. */
#ifndef KVMNET_TEST_SYSKILL_H
#define KVMNET_TEST_SYSKILL_H

#include "sysfault.h"

#include <sched.h>
#include <sys/wait.h>

#define RULE  NS "/rule-eth0" /* a link to REAL in all_sorts() */
#define REAL  "/etc/elsewhere/real"
#define ROUTE NS "/route-eth0"

/* An ACL: owner rw, user 12345 r, group r, mask r, other none. Source: linux/posix_acl_xattr.h:
 * version 2, then tag, permissions, id, little endian. */
static const uint8_t acl_value[] = {2,	 0,   0,   0,	1,   0,	  6,  0,   255, 255, 255,
				    255, 2,   0,   4,	0,   57,  48, 0,   0,	4,   0,
				    4,	 0,   255, 255, 255, 255, 16, 0,   4,	0,   255,
				    255, 255, 255, 32,	0,   0,	  0,  255, 255, 255, 255};

/* A memory file system of our own: thousands of syncs, and nothing of a mount is left behind. */
static inline int own_tmp(void **state)
{
	(void)state;
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777"), 0);
	return 0;
}

/* begin, apply, commit, finish as the program does; on a failure undo and discard. */
static inline int perform(struct fixture *f, const struct kn_filechgs *list)
{
	struct kn_strv conflicts = {0};
	struct kn_error err = {0};
	struct change change;

	if (begin(f, list, &change, &err) < 0)
		return -1;
	if (kn_tx_apply(change.tx, &err) == 0 && kn_tx_commit(change.tx, &err) == 0) {
		kn_tx_finish(change.tx);
		return 0;
	}
	if (kn_tx_undo(change.tx, &conflicts, &err) == 0)
		return kn_tx_discard(change.tx, &err);
	return -1;
}

/* What the next holder of the lock does about a journal. Appends to @conflicts. Return: 0; -1. */
static inline int recover(struct fixture *f, struct kn_strv *conflicts, struct kn_error *err)
{
	struct kn_journal journal = {0};
	int rc = 0;

	switch (kn_journal_look(f->root)) {
	case KN_JOURNAL_OPEN:
		rc = kn_journal_load(f->root, &journal, err);
		if (rc == 0)
			rc = kn_journal_undo(f->root, &journal, SIZE_MAX, conflicts, err);
		if (rc == 0)
			rc = kn_journal_discard(f->root, &journal, err);
		kn_journal_done(&journal);
		break;
	case KN_JOURNAL_DONE:
		kn_journal_finish(f->root);
		break;
	case KN_JOURNAL_NONE:
		break;
	}
	if (rc == 0)
		kn_tx_sweep_left(f->root, NS);
	return rc;
}

/* Runs a change (@list) or a recovery (NULL) in a process that is killed at its call number
 * @n (from 1). Return: was it, or did it end before? */
static inline bool killed(struct fixture *f, const struct kn_filechgs *list, long n)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct kn_strv conflicts = {0};
		struct kn_error err = {0};

		fault.calls = 0;
		fault.kill_at = n;
		_exit((list ? perform(f, list) : recover(f, &conflicts, &err)) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == KILLED);
	return WEXITSTATUS(status) == KILLED;
}

/* A file's bytes and metadata, but not which file it is. */
static inline void put_face(struct fixture *f, const char *path, struct kn_buf *buf)
{
	static const char *const names[] = {"system.posix_acl_access", "trusted.note",
					    "security.selinux"};
	struct stat st;

	kn_buf_printf(buf, "%s ", path);
	if (stat(at(f, path), &st) < 0) {
		kn_buf_puts(buf, "absent\n");
		return;
	}
	kn_buf_printf(buf, "%o %u:%u [%s]", st.st_mode, st.st_uid, st.st_gid, text_of(f, path));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		uint8_t value[128];
		ssize_t n = getxattr(at(f, path), names[i], value, sizeof(value));

		kn_buf_printf(buf, " %zd", n);
		for (ssize_t k = 0; k < n; k++)
			kn_buf_printf(buf, "%02x", value[k]);
	}
	kn_buf_putc(buf, '\n');
}

/* All that a change of the tests touches, records of originals too. New. */
static inline char *faces(struct fixture *f)
{
	static const char *const paths[] = {BR0, ETH0, REAL, ROUTE};
	struct kn_origins origins = {0};
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		put_face(f, paths[i], &buf);
	if (kn_origins_load(f->root, &origins, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < origins.n; i++)
		kn_buf_printf(&buf, "original of %s: %s, written %d %llx\n", origins.v[i].path,
			      origins.v[i].was_present ? origins.v[i].data : "absent",
			      origins.v[i].written_present,
			      (unsigned long long)origins.v[i].written_hash);
	kn_origins_done(&origins);
	assert_false(buf.failed);
	return buf.data;
}

/* Nothing of a change is left but its history: no temporary name, no journal. */
static inline void assert_clean(struct fixture *f)
{
	static const char *const dirs[] = {NS, KN_STATE_DIR};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		DIR *dir = opendir(at(f, dirs[i]));
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			if (!strncmp(entry->d_name, ".kvmnet-", 8) ||
			    !strncmp(entry->d_name, "journal", 7))
				fail_msg("%s/%s is left", dirs[i], entry->d_name);
		if (dir)
			closedir(dir);
	}
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_NONE);
}

/* ---- hosts and changes of them ---- */

/* What ifcfg-eth0 has besides bytes. */
static inline void dress(struct fixture *f, const char *path)
{
	assert_int_equal(chown(at(f, path), 1234, 2345), 0);
	assert_int_equal(chmod(at(f, path), 0640), 0);
	assert_int_equal(setxattr(at(f, path), "trusted.note", "t", 1, 0), 0);
	assert_int_equal(setxattr(at(f, path), "security.selinux", "u:r:net_conf_t:s0", 17, 0), 0);
	assert_int_equal(
		setxattr(at(f, path), "system.posix_acl_access", acl_value, sizeof(acl_value), 0),
		0);
}

/* Like "create": the bridge's file is new. */
static inline struct kn_filechgs like_create(struct fixture *f)
{
	struct kn_filechgs list = two_files(f);

	dress(f, ETH0);
	return list;
}

/* Like "set": both files and both records are there. */
static inline struct kn_filechgs like_set(struct fixture *f)
{
	struct kn_filechgs first = like_create(f), list = {0};

	run(f, &first);
	add(&list, BR0, first.v[0].after, "DEVICE=br0\nSTP=on\n");
	add(&list, ETH0, first.v[1].after, "DEVICE=eth0\nBRIDGE=br0\nMTU=9000\n");
	kn_filechgs_done(&first);
	return list;
}

/* Like "delete": the port first, then the bridge's file goes, and the records with them. */
static inline struct kn_filechgs like_delete(struct fixture *f)
{
	struct kn_filechgs first = like_create(f), list = {0};

	run(f, &first);
	add(&list, ETH0, first.v[1].after, first.v[1].before);
	add(&list, BR0, first.v[0].after, NULL);
	list.v[0].drop_origin = list.v[1].drop_origin = true;
	kn_filechgs_done(&first);
	return list;
}

typedef struct kn_filechgs change_fn(struct fixture *f);

/* A host and a change of it. */
struct scene {
	struct fixture *f;
	struct kn_filechgs list;
	char *old; /* faces() before the change */
};

static inline struct scene scene_new(change_fn *make)
{
	struct scene scene = {0};

	assert_int_equal(setup((void **)&scene.f), 0);
	make_dir(scene.f, KN_STATE_DIR);
	scene.list = make(scene.f);
	scene.old = faces(scene.f);
	return scene;
}

static inline void scene_done(struct scene *scene)
{
	kn_filechgs_done(&scene->list);
	free(scene->old);
	assert_int_equal(teardown((void **)&scene->f), 0);
}

#endif
