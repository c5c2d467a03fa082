/* The splice's life: pins and their sweep, failures that leave nothing behind, and hosts where
 * bpf(2) is old or refused. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/bpf.h"
#include "live_sandbox.h"
#include "raw_frames.h"
#include "splice_host.h"

#define BOTH	     (KN_SPLICE_EGRESS | KN_SPLICE_INGRESS)
#define TEST(name)   cmocka_unit_test(name)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- pins ---- */

static void test_pins_end_with_the_splice(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	struct kn_splice *splice = host_splice(&host, BOTH);
	assert_true(kn_splice_is_pinned(splice));
	assert_int_equal(host_pins(), 2);
	timed_del(splice);
	assert_int_equal(host_pins(), 0);
	host_down(&host);
}

static void test_without_bpffs_nothing_is_mounted_and_nothing_pinned(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, false);
	struct kn_splice *splice = host_splice(&host, BOTH);
	assert_false(kn_splice_is_pinned(splice));
	assert_int_equal(host_pins(), 0);
	timed_del(splice);
	host_down(&host);
}

/* What a dead run has left may be all that keeps the host reachable. */
static void test_a_left_over_splice_works_on_beside_a_new_one_until_the_sweep(void **state)
{
	struct splice_host host;
	struct kn_splice *left, *second;
	struct kn_error err = {0};
	size_t swept = 0;

	(void)state;
	host_up(&host, true);
	left = host_splice(&host, BOTH);
	second = timed_add(&host);
	assert_int_equal(host_pins(), 4);
	int peer = peer_socket(&host, 0);
	assert_int_equal(frame_heard_on(peer, frame_make(ETH_P_IP, -1, 0)), FRAME_ON_BRIDGE);
	timed_turn(second, BOTH);
	assert_int_equal(kn_splice_sweep(second, &swept, &err), 0);
	assert_int_equal(swept, 2);
	assert_int_equal(host_pins(), 2);
	assert_int_equal(frame_heard_on(peer, frame_make(ETH_P_IP, -1, 1)), FRAME_ON_BRIDGE);
	/* Detached, too, although a descriptor is open still. */
	timed_turn(second, 0);
	assert_int_equal(frame_heard_on(peer, frame_make(ETH_P_IP, -1, 2)), FRAME_ON_PORT);
	close(peer);
	assert_int_equal(kn_splice_sweep(second, &swept, &err), 0);
	assert_int_equal(swept, 0);
	kn_splice_del(left);
	kn_splice_del(second);
	host_down(&host);
}

static void test_too_many_left_overs_are_refused_and_named_then_swept(void **state)
{
	struct splice_host host;
	struct kn_splice *left[16], *last = NULL;
	struct kn_error err = {0};
	size_t swept = 0;

	(void)state;
	host_up(&host, true);
	for (size_t i = 0; i < 16; i++)
		left[i] = timed_add(&host);
	assert_int_equal(kn_splice_add(host.port, host.bridge, &last, &err), -1);
	assert_null(last);
	assert_int_equal(err.sys_errno, EEXIST);
	assert_non_null(strstr(err.message, "eth0 to br0"));
	assert_non_null(strstr(err.hint, "next kvmnet command"));
	assert_int_equal(kn_splice_sweep(NULL, &swept, &err), 0);
	assert_int_equal(swept, 32);
	for (size_t i = 0; i < 16; i++)
		kn_splice_del(left[i]);
	host_down(&host);
}

static void test_the_sweep_leaves_other_namespaces_and_other_programs_alone(void **state)
{
	static const char *const others[] = {"/sys/fs/bpf/kvmnet-1-2-3-in", "/sys/fs/bpf/cilium"};
	struct splice_host host;
	struct kn_error err = {0};
	size_t swept = 7;

	(void)state;
	host_up(&host, true);
	int map = kn_bpf_word_create();
	assert_true(map >= 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(kn_bpf_pin(map, others[i]), 0);
	assert_int_equal(kn_splice_sweep(NULL, &swept, &err), 0);
	assert_int_equal(swept, 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(access(others[i], F_OK), 0);
	close(map);
	host_down(&host);
}

/* ---- failures leave nothing ---- */

static unsigned int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void test_a_missing_device_is_an_error_that_leaves_nothing(void **state)
{
	struct splice_host host;
	struct kn_splice *splice = NULL;
	struct kn_error err = {0};

	(void)state;
	host_up(&host, true);
	unsigned int before = open_fds();
	assert_int_equal(kn_splice_add(host.port, 4711, &splice, &err), -1);
	assert_null(splice);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_int_equal(err.sys_errno, ENODEV);
	assert_non_null(strstr(err.message, "eth0 to link number 4711"));
	assert_int_equal(open_fds(), before);
	assert_int_equal(host_pins(), 0);
	/* The half that was attached is gone: another program may be the first again. */
	int peer = peer_socket(&host, 0);
	assert_int_equal(frame_heard_on(peer, frame_make(ETH_P_IP, -1, 0)), FRAME_ON_PORT);
	close(peer);
	host_down(&host);
}

static void test_deleting_survives_devices_that_are_gone(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	unsigned int before = open_fds();
	struct kn_splice *splice = host_splice(&host, BOTH);
	host_ip("link del br0");
	kn_splice_del(splice);
	kn_splice_del(NULL);
	assert_int_equal(host_pins(), 0);
	assert_int_equal(open_fds(), before);
	host_down(&host);
}

/* ---- hosts without ---- */

/* From here on bpf(2) fails with @error, for @command only or for all (-1). */
static int refuse_bpf(int error, int command)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_bpf, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)command, 0, command < 0 ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = ARRAY_LEN(code), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
}

#define ADDED 50  /* instead of an error's kind */
#define SAID  100 /* more, if the kernel was said to have it */

/* The kind of error that adding ends with, in a process of its own. */
static int kind_without(const struct splice_host *host, int error, int command)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct kn_splice *splice = NULL;
		struct kn_error err = {0};

		if (refuse_bpf(error, command) < 0)
			_exit(99);
		bool said = kn_splice_available();
		int rc = kn_splice_add(host->port, host->bridge, &splice, &err);
		_exit((rc < 0 && !splice ? (int)err.kind : ADDED) + (said ? SAID : 0));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_where_bpf_is_refused_or_old_the_splice_is_absent(void **state)
{
	/* No system call; not allowed; no such map or program; no tcx before 6.6 (query 16,
	 * link 28); a security module that allows maps only. */
	static const int cases[][2] = {{ENOSYS, -1}, {EPERM, -1},  {EINVAL, -1},
				       {EINVAL, 0},  {EPERM, 5},   {EACCES, 5},
				       {524, 5},     {EINVAL, 16}, {EPERM, 16}};
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int got = kind_without(&host, cases[i][0], cases[i][1]);
		/* Only asking is refused: adding would work, and is not asked for then. */
		int want = cases[i][1] == 16 ? ADDED : (int)KN_ERR_UNSUPPORTED;

		if (got != want)
			fail_msg("errno %d on command %d: %d, not %d", cases[i][0], cases[i][1],
				 got, want);
		assert_int_equal(host_pins(), cases[i][1] == 16 ? 2 : 0);
		struct kn_error err = {0};
		assert_int_equal(kn_splice_sweep(NULL, NULL, &err), 0);
	}
	assert_int_equal(kind_without(&host, EINVAL, 28), KN_ERR_UNSUPPORTED + SAID);
	assert_int_equal(kind_without(&host, ENOMEM, 5), KN_ERR_SYSTEM);
	host_down(&host);
}

static void test_where_pinning_is_refused_the_splice_works_unpinned(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	/* OBJ_PIN fails: the child gets as far as success. */
	assert_int_equal(kind_without(&host, EPERM, 6), ADDED + SAID);
	assert_int_equal(host_pins(), 0);
	host_down(&host);
}

static void test_this_kernel_has_it(void **state)
{
	(void)state;
	assert_int_equal(sandbox_new_net(), 0);
	unsigned int before = open_fds();
	assert_true(kn_splice_available());
	assert_int_equal(open_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_this_kernel_has_it),
		TEST(test_pins_end_with_the_splice),
		TEST(test_without_bpffs_nothing_is_mounted_and_nothing_pinned),
		TEST(test_a_left_over_splice_works_on_beside_a_new_one_until_the_sweep),
		TEST(test_too_many_left_overs_are_refused_and_named_then_swept),
		TEST(test_the_sweep_leaves_other_namespaces_and_other_programs_alone),
		TEST(test_a_missing_device_is_an_error_that_leaves_nothing),
		TEST(test_deleting_survives_devices_that_are_gone),
		TEST(test_where_bpf_is_refused_or_old_the_splice_is_absent),
		TEST(test_where_pinning_is_refused_the_splice_works_unpinned),
	};
	int rc = host_enter();

	if (rc)
		return rc;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
