/* Nothing under --root leads out of it, and nothing special is read; also the loading of trees.
 * Every rule is tried with openat2 and with the walk by hand. Layer: tests. */
#include "sysdir.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "sys/priv.h"

/* Reads @path; the text or a word for what happened. */
static const char *read_word(struct fixture *f, const char *path, bool walk)
{
	static char text[KN_FILE_MAX + 1];
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err;
	bool present = true;

	f->root->no_openat2 = walk;
	if (kn_root_read(f->root, path, KN_FILE_MAX, &buf, &present, &err) < 0) {
		assert_true(err.message[0]);
		(void)snprintf(text, sizeof(text), "(%s)", kn_error_kind_word(err.kind));
	} else {
		(void)snprintf(text, sizeof(text), "%s", present ? kn_buf_str(&buf) : "(absent)");
	}
	kn_buf_done(&buf);
	return text;
}

static void expect(struct fixture *f, const char *path, const char *word)
{
	assert_string_equal(read_word(f, path, false), word);
	assert_string_equal(read_word(f, path, true), word);
}

static void test_links_are_resolved_inside_the_root(void **state)
{
	struct fixture *f = *state;

	put(f, "/etc/real", "inside");
	make_dir(f, "/a/b/c");
	static const char *const links[][2] = {
		{"/etc/real", "/a/absolute"},
		{"../../etc/real", "/a/b/relative"},
		{"../../../../../../../../etc/real", "/a/b/too_far_up"},
		{"/../../etc/real", "/a/above"},
		{"absolute", "/a/chain"},
		{"b/c", "/a/dir"},
	};
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		assert_int_equal(symlink(links[i][0], at(f, links[i][1])), 0);
		if (strcmp(links[i][1], "/a/dir") != 0)
			expect(f, links[i][1], "inside");
	}
	expect(f, "/a/dir/../../../etc/real", "inside"); /* ".." of the link's target */
	expect(f, "/../../../etc/./real", "inside");
}

static void test_a_link_to_the_hosts_files_finds_nothing(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("/etc/passwd", at(f, "/etc/one")), 0);
	assert_int_equal(symlink("../../../../../../etc/passwd", at(f, NS "/two")), 0);
	assert_int_equal(symlink("/proc/self/root/etc/passwd", at(f, "/etc/three")), 0);
	expect(f, "/etc/one", "(absent)");
	expect(f, NS "/two", "(absent)");
	expect(f, "/etc/three", "(absent)");
}

static void test_a_circle_of_links_is_an_error(void **state)
{
	struct fixture *f = *state;
	char to[32];

	assert_int_equal(symlink("self", at(f, "/self")), 0);
	assert_int_equal(symlink("d", at(f, "/d")), 0);
	put(f, "/link0", "end");
	for (int i = 1; i < 60; i++) {
		char from[32];

		(void)snprintf(from, sizeof(from), "link%d", i - 1);
		(void)snprintf(to, sizeof(to), "/link%d", i);
		assert_int_equal(symlink(from, at(f, to)), 0);
	}
	expect(f, "/self", "(host-file)");
	expect(f, "/d/x", "(host-file)");
	expect(f, "/link10", "end");
	expect(f, "/link59", "(host-file)");
}

static void test_special_files_are_refused_without_being_opened(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(mkfifo(at(f, "/fifo"), 0600), 0);
	/* major 10, minor 130 is the watchdog: opening it would matter */
	assert_int_equal(mknod(at(f, "/dev"), S_IFCHR | 0600, makedev(10, 130)), 0);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%.80s/sock", f->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	expect(f, "/fifo", "(host-file)");
	expect(f, "/dev", "(host-file)");
	expect(f, "/sock", "(host-file)");
	expect(f, "/etc", "(host-file)");
	expect(f, "/etc/", "(host-file)");
}

static void test_a_file_over_the_limit_is_refused(void **state)
{
	struct fixture *f = *state;
	static char big[KN_FILE_MAX + 1];

	memset(big, 'x', sizeof(big));
	put_bytes(f, "/fits", big, KN_FILE_MAX);
	put_bytes(f, "/over", big, KN_FILE_MAX + 1);
	assert_int_equal(strlen(read_word(f, "/fits", false)), KN_FILE_MAX);
	expect(f, "/over", "(host-file)");
}

static void test_absent_is_no_error(void **state)
{
	struct fixture *f = *state;
	char name[NAME_MAX + 10];

	put(f, "/etc/file", "");
	expect(f, "/etc/file", "");
	expect(f, "/etc/none", "(absent)");
	expect(f, "/none/none", "(absent)");
	expect(f, "/etc/file/below", "(absent)");
	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	expect(f, name, "(system)");
}

static void test_a_place_is_the_real_files(void **state)
{
	struct fixture *f = *state;
	struct stat a, b;

	make_dir(f, "/real");
	assert_int_equal(symlink("/real/file", at(f, "/etc/link")), 0);
	for (int walk = 0; walk < 2; walk++) {
		struct kn_place place;

		f->root->no_openat2 = walk;
		/* its target need not exist */
		assert_int_equal(kn_place_open(f->root, "/etc/link", &place), 0);
		assert_string_equal(place.base, "file");
		assert_int_equal(fstat(place.dirfd, &a), 0);
		assert_int_equal(stat(at(f, "/real"), &b), 0);
		assert_int_equal(a.st_ino, b.st_ino);
		kn_place_done(&place);
		assert_int_equal(kn_place_open(f->root, "/etc/..", &place), -1);
		assert_false(kn_root_exists(f->root, "/etc/link"));
		assert_true(kn_root_has_name(f->root, "/etc/link"));
		assert_true(kn_root_exists(f->root, "/real"));
	}
}

static void test_lists_are_sorted_and_a_missing_directory_is_told(void **state)
{
	struct fixture *f = *state;
	struct kn_strv names = {0};
	struct kn_error err;
	bool exists = false;

	put(f, "/etc/b", "");
	put(f, "/etc/a", "");
	put(f, "/etc/.c", "");
	assert_int_equal(kn_root_list(f->root, "/etc", &names, &exists, &err), 0);
	assert_true(exists);
	assert_int_equal(names.n, 4);
	assert_string_equal(names.v[0], ".c");
	assert_string_equal(names.v[1], "a");
	assert_string_equal(names.v[2], "b");
	kn_strv_done(&names);
	assert_int_equal(kn_root_list(f->root, "/none", &names, &exists, &err), 0);
	assert_false(exists);
	assert_int_equal(names.n, 0);
}

static void test_the_root_must_be_a_directory(void **state)
{
	struct fixture *f = *state;
	struct kn_root *root = NULL;
	struct kn_error err;

	put(f, "/file", "");
	assert_int_equal(kn_root_open(at(f, "/file"), &root, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INPUT);
	assert_int_equal(kn_root_open(at(f, "/none"), &root, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INPUT);
	assert_null(root);
	assert_false(kn_root_is_host(f->root));
	assert_int_equal(kn_root_open(NULL, &root, &err), 0);
	assert_true(kn_root_is_host(root));
	kn_root_close(root);
	assert_int_equal(kn_root_open("/tmp/..", &root, &err), 0);
	assert_true(kn_root_is_host(root));
	kn_root_close(root);
	kn_root_close(NULL);
}

/* Swaps a directory and a symlink that leads out, until it is killed. */
static void swap_forever(const struct fixture *f)
{
	for (long i = 0; i < 50000000; i++)
		(void)syscall(SYS_renameat2, AT_FDCWD, at(f, "/box/sub"), AT_FDCWD,
			      at(f, "/box/evil"), 2 /* RENAME_EXCHANGE */);
}

static bool lists_leak(struct fixture *f)
{
	struct kn_strv names = {0};
	struct kn_error err;
	bool exists, leak = false;

	if (kn_root_list(f->root, "/sub", &names, &exists, &err) == 0)
		leak = kn_strv_has(&names, "leak");
	kn_strv_done(&names);
	return leak;
}

static void test_a_renaming_attacker_leads_nowhere(void **state)
{
	struct fixture *f = *state;
	struct fixture inner = {0};
	struct kn_error err;

	/* the root is a part of the directory; the secret lies beside it */
	make_dir(f, "/box/sub");
	put(f, "/box/sub/secret", "inside");
	make_dir(f, "/out");
	put(f, "/out/secret", "OUTSIDE");
	put(f, "/out/leak", "");
	assert_int_equal(symlink("../out", at(f, "/box/evil")), 0);
	(void)snprintf(inner.dir, sizeof(inner.dir), "%s", at(f, "/box"));
	assert_int_equal(kn_root_open(inner.dir, &inner.root, &err), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		swap_forever(f);
		_exit(0);
	}
	size_t hits = 0, misses = 0, escapes = 0;
	/* until both states were met often, whenever the other process gets its turn */
	for (int i = 0; i < 1000000 && (hits < 5000 || misses < 5000); i++) {
		const char *word = read_word(&inner, "/sub/../sub/secret", i & 1);

		hits += !strcmp(word, "inside");
		misses += !strcmp(word, "(absent)");
		escapes += !strcmp(word, "OUTSIDE");
		escapes += kn_root_exists(inner.root, "/sub/leak");
		escapes += lists_leak(&inner);
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	kn_root_close(inner.root);
	assert_int_equal(escapes, 0);
	assert_true(hits > 0 && misses > 0);
}

/* ---- trees ---- */

static bool is_ours(const char *base)
{
	return !strncmp(base, "ifcfg-", 6) || !strncmp(base, "route-", 6);
}

static const struct kn_backend backend = {.name = "ifcfg", .dir = NS, .is_ours = is_ours};

static int load(struct fixture *f, const char *name, struct kn_tree *tree, struct kn_error *err)
{
	struct kn_names names = {0};
	struct kn_ifname ifname;

	assert_int_equal(kn_ifname_from_host(name, &ifname, err), 0);
	assert_int_equal(kn_names_add(&names, &ifname, err), 0);
	int rc = kn_tree_load(f->root, &backend, &names, tree, err);
	kn_names_done(&names);
	return rc;
}

static void test_a_tree_has_the_backends_files_and_resolv_conf(void **state)
{
	struct fixture *f = *state;
	struct kn_tree tree = {0};
	struct kn_error err;

	put(f, NS "/ifcfg-eth0", "DEVICE=eth0\n");
	put(f, NS "/ifcfg-empty", "");
	put(f, NS "/.kvmnet-n1~", "no");
	put(f, NS "/ifup-eth", "no");
	put(f, "/etc/linked", "LINK=1\n");
	put(f, "/etc/resolv.conf", "nameserver 192.0.2.1\n");
	assert_int_equal(symlink("../../linked", at(f, NS "/route-eth0")), 0);
	assert_int_equal(symlink("/nowhere", at(f, NS "/ifcfg-dangling")), 0);
	assert_int_equal(load(f, "dangling", &tree, &err), 0);
	assert_int_equal(tree.n, 4);
	assert_string_equal(kn_tree_get(&tree, NS "/ifcfg-eth0")->data, "DEVICE=eth0\n");
	assert_int_equal(kn_tree_get(&tree, NS "/ifcfg-empty")->len, 0);
	assert_string_equal(kn_tree_get(&tree, NS "/route-eth0")->data, "LINK=1\n");
	assert_non_null(kn_tree_get(&tree, "/etc/resolv.conf"));
	assert_false(tree.dir_missing);
	kn_tree_done(&tree);
}

static void test_only_what_concerns_the_names_must_be_readable(void **state)
{
	struct fixture *f = *state;
	struct kn_tree tree = {0};
	struct kn_error err;
	static char big[KN_FILE_MAX + 1];

	memset(big, 'x', sizeof(big));
	assert_int_equal(mkfifo(at(f, NS "/ifcfg-fifo0"), 0600), 0);
	assert_int_equal(mkdir(at(f, NS "/route-dir0"), 0755), 0);
	put_bytes(f, NS "/ifcfg-big0:1", big, sizeof(big));
	assert_int_equal(symlink("ifcfg-loop0", at(f, NS "/ifcfg-loop0")), 0);
	static const char *const bad[] = {"fifo0", "dir0", "big0", "loop0"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(load(f, bad[i], &tree, &err), -1);
		assert_int_equal(err.kind, KN_ERR_HOSTFILE);
		assert_non_null(strstr(err.message, bad[i]));
		assert_true(err.hint[0]);
		assert_int_equal(tree.n, 0);
	}
	static const char *const fine[] = {"eth0", "big", "fifo", "fo0", "big0:1x"};
	for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++) {
		assert_int_equal(load(f, fine[i], &tree, &err), 0);
		assert_int_equal(tree.n, 0);
		kn_tree_done(&tree);
	}
}

static void test_a_missing_directory_and_a_foreign_resolv_conf_are_left_out(void **state)
{
	struct fixture *f = *state;
	struct kn_tree tree = {0};
	struct kn_error err;

	make_dir(f, "/run/systemd/resolve");
	put(f, "/run/systemd/resolve/stub", "nameserver 127.0.0.53\n");
	assert_int_equal(symlink("../run/systemd/resolve/stub", at(f, "/etc/resolv.conf")), 0);
	assert_int_equal(rmdir(at(f, NS)), 0);
	assert_int_equal(load(f, "eth0", &tree, &err), 0);
	assert_true(tree.dir_missing);
	assert_int_equal(tree.n, 0);
	kn_tree_done(&tree);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, sysdir_setup, sysdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_links_are_resolved_inside_the_root),
		TEST(test_a_link_to_the_hosts_files_finds_nothing),
		TEST(test_a_circle_of_links_is_an_error),
		TEST(test_special_files_are_refused_without_being_opened),
		TEST(test_a_file_over_the_limit_is_refused),
		TEST(test_absent_is_no_error),
		TEST(test_a_place_is_the_real_files),
		TEST(test_lists_are_sorted_and_a_missing_directory_is_told),
		TEST(test_the_root_must_be_a_directory),
		TEST(test_a_renaming_attacker_leads_nowhere),
		TEST(test_a_tree_has_the_backends_files_and_resolv_conf),
		TEST(test_only_what_concerns_the_names_must_be_readable),
		TEST(test_a_missing_directory_and_a_foreign_resolv_conf_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
