/* Operations on links against the real kernel, forward and back by the table's inverse, in
 * network namespaces of their own. Needs root or user namespaces. */
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

#include "live_ops.h"

static void test_a_bridge_is_made_as_asked_and_removed(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op_bridge("br0");
	struct kn_facts facts;

	op.bridge.mtu = 1500;
	kn_opts_set(&op.bridge.opts, KN_BROPT_PRIORITY, 4096);
	kn_opts_set(&op.bridge.opts, KN_BROPT_AGEING, 6000);
	kn_opts_set(&op.bridge.opts, KN_BROPT_HELLO, 100);
	kn_opts_set(&op.bridge.opts, KN_BROPT_MAX_AGE, 900);
	kn_opts_set(&op.bridge.opts, KN_BROPT_MCAST_SNOOPING, 0);
	kn_opts_set(&op.bridge.opts, KN_BROPT_VLAN_FILTERING, 0);
	kn_opts_set(&op.bridge.opts, KN_BROPT_NF_CALL, 1);
	live_round_trip(live, &op);
	live_snap(live, &live_everything, &facts);
	const struct kn_link *br0 = kn_facts_link(&facts, &live_names[1]);
	assert_non_null(br0);
	assert_int_equal(br0->kind, KN_LINK_BRIDGE);
	assert_true(br0->mac_set && kn_mac_eq(&br0->mac, &op.bridge.mac));
	assert_int_equal(br0->opts.has, (1u << KN_BROPT_COUNT) - 1);
	assert_memory_equal(br0->opts.val, op.bridge.opts.val, sizeof(op.bridge.opts.val));
	kn_facts_done(&facts);
}

/* Kernels come with and without it; either way the answer is definite. */
static void test_vlan_filtering_is_set_or_called_unsupported(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op_bridge("br0");
	struct kn_error err = {0};
	struct kn_facts facts;
	bool done;

	bool can = sandbox_ip("link add probe type bridge vlan_filtering 1") == 0;
	kn_opts_set(&op.bridge.opts, KN_BROPT_VLAN_FILTERING, 1);
	int rc = live->exec(live, &op, 1, &done, &err);
	live_snap(live, &live_everything, &facts);
	const struct kn_link *br0 = kn_facts_link(&facts, &live_names[1]);
	if (can) {
		assert_true(rc == 0 && done && br0);
		assert_int_equal(br0->opts.val[KN_BROPT_VLAN_FILTERING], 1);
	} else {
		assert_true(rc == -1 && !done && !br0);
		assert_int_equal(err.kind, KN_ERR_UNSUPPORTED);
		assert_non_null(strstr(err.hint, "--vlan-filtering"));
	}
	kn_facts_done(&facts);
}

static void test_a_bridge_without_a_mac_is_not_pinned(void **state)
{
	struct kn_op op = live_op(KN_OP_BRIDGE_ADD, "br0");
	struct kn_facts facts;

	live_exec_ok(*state, &op, 1);
	live_snap(*state, &live_everything, &facts);
	assert_false(kn_facts_link(&facts, &live_names[1])->mac_set);
	kn_facts_done(&facts);
}

static void test_a_given_mtu_does_not_follow_the_ports(void **state)
{
	struct kn_op ops[] = {live_op_bridge("br0"),
			      live_op_num(KN_OP_LINK_MTU, "eth0", 1400, 1500),
			      live_op_master("eth0", "br0", "")};
	struct kn_facts facts;

	ops[0].bridge.mtu = 1500;
	live_exec_ok(*state, ops, 3);
	live_snap(*state, &live_everything, &facts);
	assert_int_equal(kn_facts_link(&facts, &live_names[1])->mtu, 1500);
	assert_int_equal(kn_facts_link(&facts, &live_names[0])->mtu, 1400);
	kn_facts_done(&facts);
}

static void test_link_settings_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {live_op(KN_OP_LINK_UP, "br0"),
			      live_op_num(KN_OP_LINK_MTU, "br0", 1400, 1500),
			      live_op_num(KN_OP_LINK_GROUP, "br0", 7, 0),
			      live_op_num(KN_OP_ADDR_GEN, "br0", 1, 0),
			      live_op_num(KN_OP_RP_FILTER, "br0", 2, 0),
			      live_op_num(KN_OP_ACCEPT_RA, "br0", 2, 1),
			      live_op_num(KN_OP_DISABLE_IPV6, "eth0", 1, 0),
			      live_op_master("eth0", "br0", ""),
			      live_op(KN_OP_LINK_DOWN, "br0")};
	struct kn_op add = live_op_bridge("br0"), mac = live_op(KN_OP_LINK_MAC, "br0");
	struct kn_op del = live_op(KN_OP_LINK_DEL, "br1"), add1 = live_op_bridge("br1");

	live_exec_ok(live, &add, 1);
	assert_int_equal(sandbox_ip("link set br0 addrgenmode eui64"), 0);
	mac.mac.before = add.bridge.mac;
	mac.mac.now = (struct kn_mac){{0x52, 0x54, 0, 9, 9, 9}};
	live_round_trip(live, &mac);
	/* With address generation off nothing appears by itself between two snapshots. */
	live_round_trip(live, &ops[3]);
	/* rp_filter may be preset by the system's defaults. */
	struct kn_facts facts;
	live_snap(live, &live_everything, &facts);
	ops[4].num.before = kn_facts_link(&facts, &live_names[1])->rp_filter;
	ops[4].num.now = ops[4].num.before == 2 ? 1 : 2;
	kn_facts_done(&facts);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (i != 3)
			live_round_trip(live, &ops[i]);
	live_exec_ok(live, &add1, 1);
	del.bridge = add1.bridge;
	live_round_trip(live, &del);
}

static void test_bridge_options_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op(KN_OP_BRIDGE_OPTS, "br0");

	live_make_bridge(live);
	kn_opts_set(&op.opts.now, KN_BROPT_STP, 1);
	kn_opts_set(&op.opts.now, KN_BROPT_FORWARD_DELAY, 400);
	kn_opts_set(&op.opts.now, KN_BROPT_PRIORITY, 100);
	kn_opts_set(&op.opts.now, KN_BROPT_NF_CALL, 1);
	kn_opts_set(&op.opts.before, KN_BROPT_STP, 0);
	kn_opts_set(&op.opts.before, KN_BROPT_FORWARD_DELAY, 0);
	kn_opts_set(&op.opts.before, KN_BROPT_PRIORITY, 32768);
	kn_opts_set(&op.opts.before, KN_BROPT_NF_CALL, 0);
	live_round_trip(live, &op);
}

static void test_port_options_go_there_and_back(void **state)
{
	static const uint32_t now[KN_PORTOPT_COUNT] = {
		[KN_PORTOPT_ISOLATED] = 1,  [KN_PORTOPT_HAIRPIN] = 1,  [KN_PORTOPT_COST] = 77,
		[KN_PORTOPT_PRIORITY] = 11, [KN_PORTOPT_LEARNING] = 0,
	};
	struct kn_live *live = *state;
	struct kn_op op = live_op(KN_OP_PORT_OPTS, "eth0"),
		     attach = live_op_master("eth0", "br0", "");
	struct kn_facts facts;

	live_make_bridge(live);
	live_exec_ok(live, &attach, 1);
	live_snap(live, &live_everything, &facts);
	const struct kn_link *eth0 = kn_facts_link(&facts, &live_names[0]);
	assert_int_equal(eth0->port_opts.has, (1u << KN_PORTOPT_COUNT) - 1);
	op.opts.before = eth0->port_opts;
	kn_facts_done(&facts);
	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++)
		kn_opts_set(&op.opts.now, i, now[i]);
	live_round_trip(live, &op);
}

static void test_differing_settings_are_copied(void **state)
{
	struct kn_live *live = *state;
	struct kn_op copy = live_op(KN_OP_CONF_COPY, "br0"), arp = live_op(KN_OP_CONF_COPY, "br1");
	struct kn_op add[] = {live_op_bridge("br0"), live_op_bridge("br1")};
	struct kn_error err = {0};
	struct kn_ifname eth0 = live_name("eth0"), br0 = live_name("br0");
	char text[32];

	live_exec_ok(live, add, 2);
	assert_int_equal(kn_sysctl6_write(&eth0, "accept_ra", 0, &err), 0);
	assert_int_equal(kn_sysctl6_write(&eth0, "router_solicitation_interval", 9, &err), 0);
	assert_int_equal(kn_sysctl6_write(&eth0, "disable_ipv6", 1, &err), 0);
	int fd = open("/proc/sys/net/ipv4/conf/eth0/arp_ignore", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "2", 1), 1);
	close(fd);
	copy.other = eth0;
	live_exec_ok(live, &copy, 1);
	assert_int_equal(kn_read_small("/proc/sys/net/ipv4/conf/br0/arp_ignore", text, 32), 0);
	assert_string_equal(text, "2");
	assert_int_equal(kn_read_small("/proc/sys/net/ipv6/conf/br0/accept_ra", text, 32), 0);
	assert_string_equal(text, "0");
	assert_int_equal(
		kn_read_small("/proc/sys/net/ipv6/conf/br0/router_solicitation_interval", text, 32),
		0);
	assert_string_equal(text, "9");
	/* A step of its own: an uplink whose IPv6 is off must not silence the bridge. */
	assert_int_equal(kn_read_small("/proc/sys/net/ipv6/conf/br0/disable_ipv6", text, 32), 0);
	assert_string_equal(text, "0");
	arp.other = br0;
	live_exec_ok(live, &arp, 1);
	assert_int_equal(kn_read_small("/proc/sys/net/ipv4/conf/br1/arp_ignore", text, 32), 0);
	assert_string_equal(text, "2");
}

static void test_a_temporary_carrier_makes_the_bridge_run(void **state)
{
	struct kn_live *live = *state, *own;
	struct kn_error err = {0};
	struct kn_op add = live_op(KN_OP_CARRIER_ADD, "br0"), del;
	struct kn_ifname tap = live_name("kvmnet-tap0");
	struct kn_live_request req = {.names = &tap, .n_names = 1, .addrs = true};
	struct kn_facts facts;

	live_make_bridge(live);
	assert_false(live_runs(live, "br0"));
	assert_int_equal(kn_live_open(&own, &err), 0);
	add.other = tap;
	live_exec_ok(own, &add, 1);
	assert_true(live_runs(live, "br0"));
	live_snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 1);
	assert_int_equal(facts.links[0].kind, KN_LINK_TUN);
	assert_int_equal(facts.n_addrs, 0);
	kn_facts_done(&facts);
	assert_true(kn_op_inverse(&add, &del));
	live_exec_ok(own, &del, 1);
	assert_false(live_runs(live, "br0"));
	/* It is out of the bridge at once; the device itself goes after the object that made it. */
	live_snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 1);
	assert_int_equal(facts.links[0].master_index, 0);
	kn_facts_done(&facts);
	struct nl_sock *news = live_listen_to(RTNLGRP_LINK);
	own->close(own);
	live_snap(live, &req, &facts);
	while (facts.n_links) {
		kn_facts_done(&facts);
		assert_true(live_wait_news(news));
		live_snap(live, &req, &facts);
	}
	kn_facts_done(&facts);
	nl_socket_free(news);
}

/* Two commands in a row use the same name, and the first one's device may linger. */
static void test_a_second_carrier_right_after_the_first_works_too(void **state)
{
	struct kn_live *live = *state;
	struct kn_op add = live_op(KN_OP_CARRIER_ADD, "br0"), del;

	live_make_bridge(live);
	add.other = live_name("kvmnet-tap0");
	assert_true(kn_op_inverse(&add, &del));
	for (int i = 0; i < 5; i++) {
		live_exec_ok(live, &add, 1);
		assert_true(live_runs(live, "br0"));
		live_exec_ok(live, &del, 1);
	}
}

/* Runs beside the test: brings br0 up once the tap is its port. Never returns. */
static void raise_bridge_when_attached(void)
{
	struct kn_ifname tap = live_name("kvmnet-tap0");
	struct kn_live_request req = {.names = &tap, .n_names = 1};
	struct kn_op up = live_op(KN_OP_LINK_UP, "br0");
	struct nl_sock *news = live_listen_to(RTNLGRP_LINK);
	struct kn_error err = {0};
	struct kn_live *live;
	bool attached = false, done;

	if (kn_live_open(&live, &err) < 0)
		_exit(1);
	while (!attached) {
		struct kn_facts facts = {0};

		if (live->snapshot(live, &req, &facts, &err) < 0)
			_exit(2);
		attached = facts.n_links == 1 && facts.links[0].master_index;
		kn_facts_done(&facts);
		if (!attached && !live_wait_news(news))
			_exit(3);
	}
	_exit(live->exec(live, &up, 1, &done, &err) < 0 ? 4 : 0);
}

static void test_the_carrier_step_ends_when_the_bridge_runs_not_before(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {live_op_bridge("br0"), live_op_num(KN_OP_ADDR_GEN, "br0", 1, 0),
			      live_op(KN_OP_CARRIER_ADD, "br0")};
	int status;

	ops[2].other = live_name("kvmnet-tap0");
	live_exec_ok(live, ops, 2);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		raise_bridge_when_attached();
	live_exec_ok(live, &ops[2], 1);
	bool ran = live_runs(live, "br0");
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(ran);
}

/* ---- a bridge that a dead daemon left ---- */

/* The operation for br0 as it is now. */
static struct kn_op left_op(struct kn_live *live)
{
	struct kn_op op = live_op(KN_OP_LEFT_DEL, "br0");
	struct kn_facts facts;

	live_snap(live, &live_everything, &facts);
	const struct kn_link *link = kn_facts_link(&facts, &op.dev);
	assert_non_null(link);
	op.left.ifindex = link->ifindex;
	op.left.mac = link->mac;
	kn_facts_done(&facts);
	return op;
}

static void is_refused(struct kn_live *live, const struct kn_op *op)
{
	struct kn_error err = {0};
	bool done = true;

	assert_int_equal(live->exec(live, op, 1, &done, &err), -1);
	assert_false(done);
	assert_non_null(strstr(err.message, "taken it into use, or made it anew"));
	assert_true(if_nametoindex("br0") > 0);
}

static void test_a_left_over_bridge_goes_unless_it_is_used_or_another(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op, other;

	live_make_bridge(live);
	op = left_op(live);
	other = op;
	other.left.ifindex++;
	is_refused(live, &other);
	other = op;
	other.left.mac.b[5]++;
	is_refused(live, &other);
	assert_int_equal(sandbox_ip("link add over0 link br0 type macvlan"), 0);
	is_refused(live, &op);
	assert_int_equal(sandbox_ip("link del over0"), 0);
	assert_int_equal(sandbox_ip("link set eth0 master br0"), 0);
	is_refused(live, &op);
	assert_int_equal(sandbox_ip("link set eth0 nomaster"), 0);
	live_exec_ok(live, &op, 1);
	assert_int_equal(if_nametoindex("br0"), 0);
	/* somebody else was quicker */
	live_exec_ok(live, &op, 1);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, live_set_up, live_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_bridge_is_made_as_asked_and_removed),
		TEST(test_vlan_filtering_is_set_or_called_unsupported),
		TEST(test_a_bridge_without_a_mac_is_not_pinned),
		TEST(test_a_given_mtu_does_not_follow_the_ports),
		TEST(test_link_settings_go_there_and_back),
		TEST(test_bridge_options_go_there_and_back),
		TEST(test_port_options_go_there_and_back),
		TEST(test_differing_settings_are_copied),
		TEST(test_a_temporary_carrier_makes_the_bridge_run),
		TEST(test_a_second_carrier_right_after_the_first_works_too),
		TEST(test_the_carrier_step_ends_when_the_bridge_runs_not_before),
		TEST(test_a_left_over_bridge_goes_unless_it_is_used_or_another),
	};

	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
