/* What happens when the real kernel refuses, does a part, or is not heard.
 * Needs root or user namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "kvmnet/text.h"
#include "live_ops.h"

static void assert_begins_with_op(const char *message, const struct kn_op *op)
{
	struct kn_buf want KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_puts(&want, "cannot ");
	kn_op_describe(op, &want);
	assert_int_equal(strncmp(message, kn_buf_str(&want), want.len), 0);
}

static void test_a_refusal_names_the_object_and_the_kernels_reason(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op_master("lo", "br0", "");
	struct kn_error err = {0};
	bool done;

	live_make_bridge(live);
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_int_equal(err.sys_errno, EINVAL);
	assert_non_null(strstr(err.message, "cannot attach lo to br0: "));
	op = live_op_num(KN_OP_LINK_MTU, "br0", 1000000, 1500);
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	/* What and on which object, in the words of a plan; then the kernel's, then errno's. */
	assert_begins_with_op(err.message, &op);
	assert_non_null(strstr(err.message, "br0"));
	assert_non_null(strstr(err.message, ": mtu greater than device maximum: Invalid argument"));
	op = live_op(KN_OP_LINK_UP, "nope");
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_begins_with_op(err.message, &op);
	assert_non_null(strstr(err.message, ": cannot find the link nope: No such device"));
}

static void test_a_packed_failure_tells_exactly_what_was_done(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			      live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			      live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.6/24"),
			      live_op(KN_OP_LINK_UP, "nope"),
			      live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.7/24"),
			      live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.8/24")};
	struct kn_error err = {0};
	struct kn_facts facts;
	bool done[6];

	/* The last one is of another phase: it must not have been sent along. */
	for (size_t i = 0; i < 3; i++)
		ops[i].phase = KN_PHASE_SWITCH;
	assert_int_equal(live->exec(live, ops, 6, done, &err), -1);
	assert_non_null(strstr(err.message, "cannot add address 192.0.2.5/24 to eth0: "));
	assert_int_equal(err.sys_errno, EEXIST);
	assert_true(done[0] && !done[1] && done[2] && !done[3] && !done[4] && !done[5]);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.n_addrs, 2);
	kn_facts_done(&facts);
}

static void test_a_phase_is_not_begun_after_a_failed_one(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {live_op_num(KN_OP_LINK_MTU, "eth0", 9, 1500),
			      live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24")};
	struct kn_error err = {0};
	bool done[2];

	ops[1].phase = KN_PHASE_SWITCH;
	assert_int_equal(live->exec(live, ops, 2, done, &err), -1);
	assert_false(done[0] || done[1]);
	assert_non_null(strstr(err.message, " mtu of eth0 "));
}

static void test_a_failed_creation_leaves_the_other_bridge_alone(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op_bridge("br0");
	struct kn_error err = {0};
	bool done;

	assert_int_equal(sandbox_ip("link add br0 mtu 1300 type bridge"), 0);
	char *before KN_CLEANUP(kn_freep) = live_text_of(live);
	op.bridge.mtu = 1400;
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	assert_int_equal(err.sys_errno, EEXIST);
	char *after KN_CLEANUP(kn_freep) = live_text_of(live);
	assert_string_equal(before, after);
}

static void test_a_creation_whose_mtu_is_refused_leaves_no_bridge(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op_bridge("br0");
	struct kn_error err = {0};
	struct kn_facts facts;
	bool done;

	op.bridge.mtu = 1000000;
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	assert_begins_with_op(err.message, &op);
	live_snap(live, &live_everything, &facts);
	assert_null(kn_facts_link(&facts, &live_names[1]));
	kn_facts_done(&facts);
}

static void test_half_set_options_are_taken_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op(KN_OP_BRIDGE_OPTS, "br0");
	struct kn_error err = {0};
	bool done;

	live_make_bridge(live);
	char *before KN_CLEANUP(kn_freep) = live_text_of(live);
	/* The kernel sets the hello time first and then refuses the maximum age. */
	kn_opts_set(&op.opts.now, KN_BROPT_HELLO, 500);
	kn_opts_set(&op.opts.now, KN_BROPT_MAX_AGE, 1);
	kn_opts_set(&op.opts.before, KN_BROPT_HELLO, 200);
	kn_opts_set(&op.opts.before, KN_BROPT_MAX_AGE, 2000);
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	char *after KN_CLEANUP(kn_freep) = live_text_of(live);
	assert_string_equal(before, after);
}

static void fill_addrs(struct kn_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ops[i] = live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.0/24");
		ops[i].addr.addr.ip.b[3] = (uint8_t)(i + 1);
	}
}

/* A receive queue that holds a few answers only: the kernel does everything and says ENOBUFS. */
static void make_deaf(struct kn_live *live)
{
	int size = 1;

	assert_int_equal(setsockopt(nl_socket_get_fd(((struct kn_nl *)live)->sk), SOL_SOCKET,
				    SO_RCVBUF, &size, sizeof(size)),
			 0);
}

static void test_lost_answers_are_replaced_by_reading_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[40];
	struct kn_facts facts;

	fill_addrs(ops, 40);
	make_deaf(live);
	live_exec_ok(live, ops, 40);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.n_addrs, 40);
	kn_facts_done(&facts);
}

static void test_lost_answers_do_not_hide_a_failure(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[40];
	struct kn_error err = {0};
	bool done[40];

	fill_addrs(ops, 39);
	ops[39] = live_op_num(KN_OP_LINK_MTU, "eth0", 9, 1500);
	make_deaf(live);
	assert_int_equal(live->exec(live, ops, 40, done, &err), -1);
	assert_non_null(strstr(err.message, " mtu of eth0 "));
	for (size_t i = 0; i < 39; i++)
		assert_true(done[i]);
	assert_false(done[39]);
}

static void test_more_than_one_datagram_of_operations_works(void **state)
{
	struct kn_op ops[80];
	struct kn_facts facts;

	fill_addrs(ops, 80);
	live_exec_ok(*state, ops, 80);
	live_snap(*state, &live_everything, &facts);
	assert_int_equal(facts.n_addrs, 80);
	kn_facts_done(&facts);
}

static void test_without_privilege_the_capability_is_named(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op_bridge("br0");
	struct kn_error err = {0};
	bool done;

	/* The effective user decides whether capabilities are effective. */
	assert_int_equal(seteuid(1), 0);
	struct kn_live *weak = NULL;
	assert_int_equal(kn_live_open(&weak, &err), 0);
	int rc = weak->exec(weak, &op, 1, &done, &err);
	weak->close(weak);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, KN_ERR_PRIVILEGE);
	assert_non_null(strstr(err.hint, "CAP_NET_ADMIN"));
	assert_false(live_runs(live, "br0"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, live_set_up, live_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_refusal_names_the_object_and_the_kernels_reason),
		TEST(test_a_packed_failure_tells_exactly_what_was_done),
		TEST(test_a_phase_is_not_begun_after_a_failed_one),
		TEST(test_a_failed_creation_leaves_the_other_bridge_alone),
		TEST(test_a_creation_whose_mtu_is_refused_leaves_no_bridge),
		TEST(test_half_set_options_are_taken_back),
		TEST(test_lost_answers_are_replaced_by_reading_back),
		TEST(test_lost_answers_do_not_hide_a_failure),
		TEST(test_more_than_one_datagram_of_operations_works),
		TEST(test_without_privilege_the_capability_is_named),
	};

	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
