/* Targets that cannot be replaced, on real file systems: mount points, immutable, full, read-only,
 * without links. Mounts are made in a mount namespace of this process. Layer: tests. */
#include "sysfault.h"

#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

/* begin must fail with @kind and @word in its message, and the old state must be there. */
static void expect_refusal(struct fixture *f, const struct kn_filechgs *list,
			   enum kn_error_kind kind, const char *word)
{
	struct change change;
	struct kn_error err;
	char *before = picture(f, NS);

	assert_int_equal(begin(f, list, &change, &err), -1);
	assert_null(change.tx);
	assert_int_equal(err.kind, kind);
	if (!strstr(err.message, word))
		fail_msg("\"%s\" is not in \"%s\"", word, err.message);
	assert_true(err.hint[0]);
	char *after = picture(f, NS);
	assert_string_equal(after, before);
	free(after);
	free(before);
}

static void test_a_mount_point_is_refused_beforehand(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);

	/* the same file system: only the mount's number tells */
	put(f, "/etc/other", list.v[1].before);
	assert_int_equal(mount(at(f, "/etc/other"), at(f, ETH0), NULL, MS_BIND, NULL), 0);
	expect_refusal(f, &list, KN_ERR_SYSTEM, "mount point");
	assert_int_equal(umount(at(f, ETH0)), 0);
	/* a mounted directory around it is fine */
	assert_int_equal(mount(at(f, NS), at(f, NS), NULL, MS_BIND, NULL), 0);
	run(f, &list);
	assert_int_equal(umount(at(f, NS)), 0);
	assert_string_equal(text_of(f, BR0), "DEVICE=br0\n");
	kn_filechgs_done(&list);
}

static void set_immutable(const char *path, bool on)
{
	int flags = 0, fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, FS_IOC_GETFLAGS, &flags), 0);
	flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	assert_int_equal(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	close(fd);
}

static void test_immutable_files_and_directories_are_refused(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);

	set_immutable(at(f, ETH0), true);
	expect_refusal(f, &list, KN_ERR_SYSTEM, "immutable");
	set_immutable(at(f, ETH0), false);
	set_immutable(at(f, NS), true);
	expect_refusal(f, &list, KN_ERR_SYSTEM, "directory is immutable");
	set_immutable(at(f, NS), false);
	kn_filechgs_done(&list);
}

static void mount_tmpfs(const struct fixture *f, const char *path, const char *options)
{
	make_dir(f, path);
	assert_int_equal(mount("tmpfs", at(f, path), "tmpfs", 0, options), 0);
}

static void test_a_full_disk_is_found_before_anything_is_changed(void **state)
{
	struct fixture *f = *state;
	static const char *const full[] = {"size=8k", "nr_inodes=3"};

	for (size_t i = 0; i < 2; i++) {
		static char big[6000];
		struct kn_filechgs list = {0};

		memset(big, 'x', sizeof(big) - 1);
		mount_tmpfs(f, NS, full[i]);
		put(f, ETH0, "old\n");
		add(&list, BR0, NULL, big);
		add(&list, ETH0, "old\n", big);
		expect_refusal(f, &list, KN_ERR_SYSTEM, "No space left");
		kn_filechgs_done(&list);
		assert_int_equal(umount(at(f, NS)), 0);
	}
}

static void test_a_full_or_read_only_state_directory_stops_the_change(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);

	mount_tmpfs(f, KN_STATE_DIR, "nr_inodes=3,mode=700");
	expect_refusal(f, &list, KN_ERR_SYSTEM, "No space left");
	assert_int_equal(mount(NULL, at(f, KN_STATE_DIR), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	expect_refusal(f, &list, KN_ERR_SYSTEM, "Read-only");
	assert_int_equal(umount(at(f, KN_STATE_DIR)), 0);
	/* the state directory may lie on another file system */
	mount_tmpfs(f, KN_STATE_DIR, "mode=700");
	run(f, &list);
	assert_int_equal(umount(at(f, KN_STATE_DIR)), 0);
	kn_filechgs_done(&list);
}

static void test_a_read_only_file_system_is_refused(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = {0};

	mount_tmpfs(f, NS, NULL);
	put(f, ETH0, "old\n");
	add(&list, ETH0, "old\n", "new\n");
	assert_int_equal(mount(NULL, at(f, NS), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	expect_refusal(f, &list, KN_ERR_SYSTEM, "Read-only");
	assert_int_equal(umount(at(f, NS)), 0);
	kn_filechgs_done(&list);
}

static void test_undo_works_on_a_disk_that_filled_up(void **state)
{
	struct fixture *f = *state;
	struct change change;
	struct kn_error err;

	mount_tmpfs(f, NS, "size=64k");
	struct kn_filechgs list = two_files(f);
	char *before = picture(f, NS);
	assert_int_equal(begin(f, &list, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	int fd = open(at(f, "/etc/sysconfig/network-scripts/filler"), O_WRONLY | O_CREAT, 0600);
	while (write(fd, before, strlen(before)) > 0)
		continue;
	close(fd);
	undo(&change);
	assert_int_equal(unlink(at(f, NS "/filler")), 0);
	char *after = picture(f, NS);
	assert_string_equal(after, before);
	free(before);
	free(after);
	assert_int_equal(umount(at(f, NS)), 0);
	kn_filechgs_done(&list);
}

static void test_special_targets_are_refused(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = {0};

	add(&list, BR0, NULL, "DEVICE=br0\n");
	assert_int_equal(mkfifo(at(f, BR0), 0600), 0);
	expect_refusal(f, &list, KN_ERR_HOSTFILE, "FIFO");
	assert_int_equal(unlink(at(f, BR0)), 0);
	assert_int_equal(mkdir(at(f, BR0), 0755), 0);
	expect_refusal(f, &list, KN_ERR_HOSTFILE, "directory");
	assert_int_equal(rmdir(at(f, BR0)), 0);
	assert_int_equal(symlink("ifcfg-br0", at(f, BR0)), 0);
	expect_refusal(f, &list, KN_ERR_HOSTFILE, "circle");
	assert_int_equal(unlink(at(f, BR0)), 0);
	assert_int_equal(mknod(at(f, BR0), S_IFCHR | 0600, makedev(1, 3)), 0);
	expect_refusal(f, &list, KN_ERR_HOSTFILE, "device");
	kn_filechgs_done(&list);
}

static void test_two_names_of_one_file_are_refused(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = {0};

	put(f, ETH0, "old\n");
	assert_int_equal(symlink("ifcfg-eth0", at(f, BR0)), 0);
	add(&list, ETH0, "old\n", "new\n");
	add(&list, BR0, "old\n", "newer\n");
	expect_refusal(f, &list, KN_ERR_HOSTFILE, "symbolic link");
	kn_filechgs_done(&list);
}

static void test_directories_are_made_on_request_and_unmade_by_undo(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = {0};
	struct change change;
	struct kn_error err;

	assert_int_equal(rmdir(at(f, NS)), 0);
	assert_int_equal(rmdir(at(f, "/etc/sysconfig")), 0);
	add(&list, BR0, NULL, "DEVICE=br0\n");
	assert_int_equal(begin(f, &list, &change, &err), -1);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	for (int k = 0;; k++) {
		arm(k, ENOSPC, NULL);
		change = (struct change){0};
		if (kn_tx_begin(f->root, &list, true, &change.journal, &change.tx, &err) == 0)
			break;
		kn_journal_done(&change.journal);
		assert_int_equal(err.kind, KN_ERR_SYSTEM);
		assert_int_not_equal(access(at(f, "/etc/sysconfig"), F_OK), 0);
		assert_in_range(k, 0, 100);
	}
	fault.armed = false;
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	assert_string_equal(text_of(f, BR0), "DEVICE=br0\n");
	undo(&change);
	assert_int_not_equal(access(at(f, "/etc/sysconfig"), F_OK), 0);
	assert_int_equal(access(at(f, "/etc"), F_OK), 0);
	kn_filechgs_done(&list);
}

static void test_without_privilege_the_error_names_what_is_needed(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct change change;
	struct kn_error err = {0};

	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	int rc = begin(f, &list, &change, &err);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, KN_ERR_PRIVILEGE);
	assert_non_null(strstr(err.hint, "root"));
	assert_int_equal(count_entries(f, NS), 1);
	kn_filechgs_done(&list);
}

static int own_mounts(void **state)
{
	(void)state;
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_mount_point_is_refused_beforehand),
		TEST(test_immutable_files_and_directories_are_refused),
		TEST(test_a_full_disk_is_found_before_anything_is_changed),
		TEST(test_a_full_or_read_only_state_directory_stops_the_change),
		TEST(test_a_read_only_file_system_is_refused),
		TEST(test_undo_works_on_a_disk_that_filled_up),
		TEST(test_special_targets_are_refused),
		TEST(test_two_names_of_one_file_are_refused),
		TEST(test_directories_are_made_on_request_and_unmade_by_undo),
		TEST(test_without_privilege_the_error_names_what_is_needed),
	};

	return cmocka_run_group_tests(tests, own_mounts, NULL);
}
