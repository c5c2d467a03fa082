/* What a file has besides bytes stays with it when it is replaced. Layer: tests. */
#include "sysfault.h"

/* An ACL: owner rw, user 12345 r, group r, mask r, other none. Source: linux/posix_acl_xattr.h:
 * version 2, then tag, permissions, id, little endian. */
static const uint8_t acl[] = {2, 0,    0,    0,	  1,   0,   6,	0, 255, 255, 255, 255, 2,   0,	4,
			      0, 0x39, 0x30, 0,	  0,   4,   0,	4, 0,	255, 255, 255, 255, 16, 0,
			      4, 0,    255,  255, 255, 255, 32, 0, 0,	0,   255, 255, 255, 255};

static void test_owner_mode_acl_and_xattrs_are_kept(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	uint8_t value[128];
	struct stat st;

	assert_int_equal(chown(at(f, ETH0), 1234, 2345), 0);
	assert_int_equal(chmod(at(f, ETH0), 0640), 0);
	assert_int_equal(setxattr(at(f, ETH0), "user.note", "mine", 4, 0), 0);
	assert_int_equal(setxattr(at(f, ETH0), "trusted.note", "t", 1, 0), 0);
	assert_int_equal(setxattr(at(f, ETH0), "security.selinux", "u:r:net_conf_t:s0", 17, 0), 0);
	assert_int_equal(setxattr(at(f, ETH0), "system.posix_acl_access", acl, sizeof(acl), 0), 0);
	run(f, &list);
	assert_int_equal(stat(at(f, ETH0), &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 2345);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(getxattr(at(f, ETH0), "user.note", value, sizeof(value)), 4);
	assert_memory_equal(value, "mine", 4);
	assert_int_equal(getxattr(at(f, ETH0), "trusted.note", value, sizeof(value)), 1);
	assert_int_equal(getxattr(at(f, ETH0), "security.selinux", value, sizeof(value)), 17);
	assert_memory_equal(value, "u:r:net_conf_t:s0", 17);
	assert_int_equal(getxattr(at(f, ETH0), "system.posix_acl_access", value, sizeof(value)),
			 sizeof(acl));
	assert_memory_equal(value, acl, sizeof(acl));
	kn_filechgs_done(&list);
}

static void test_a_label_that_cannot_be_kept_stops_the_change(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct change change;
	struct kn_error err;

	assert_int_equal(setxattr(at(f, ETH0), "security.selinux", "u:r:x:s0", 8, 0), 0);
	char *before = state_of(f);
	arm(0, EOPNOTSUPP, "fsetxattr");
	assert_int_equal(begin(f, &list, &change, &err), -1);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_non_null(strstr(err.message, "security.selinux"));
	assert_state(f, before);
	free(before);
	/* any other attribute that the file system does not take is left behind */
	assert_int_equal(removexattr(at(f, ETH0), "security.selinux"), 0);
	assert_int_equal(setxattr(at(f, ETH0), "user.note", "x", 1, 0), 0);
	arm(0, EOPNOTSUPP, "fsetxattr");
	run(f, &list);
	assert_false(fault.armed);
	kn_filechgs_done(&list);
}

static void test_a_default_acl_of_the_directory_does_not_leak_into_old_files(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	uint8_t value[128];

	assert_int_equal(setxattr(at(f, NS), "system.posix_acl_default", acl, sizeof(acl), 0), 0);
	run(f, &list);
	assert_true(getxattr(at(f, ETH0), "system.posix_acl_access", value, sizeof(value)) < 0);
	kn_filechgs_done(&list);
}

static void test_new_files_are_0644_under_any_umask(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct stat st;
	mode_t old = umask(0077);

	run(f, &list);
	(void)umask(old);
	assert_int_equal(stat(at(f, BR0), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(stat(at(f, KN_STATE_DIR), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(at(f, "/var/lib"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	kn_filechgs_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_owner_mode_acl_and_xattrs_are_kept),
		TEST(test_a_label_that_cannot_be_kept_stops_the_change),
		TEST(test_a_default_acl_of_the_directory_does_not_leak_into_old_files),
		TEST(test_new_files_are_0644_under_any_umask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
