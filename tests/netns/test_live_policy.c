/* Nexthop objects, routes with several next hops and policy rules, read from and written to the
 * real kernel. Needs root or user namespaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "live_ops.h"

/* eth0 and br0, both up, both with the addresses of one host; the kernel gives no nexthop to a link
 * without a carrier. */
static void set_up_two(struct kn_live *live)
{
	struct kn_op ops[] = {live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			      live_op_addr(KN_OP_ADDR_ADD, "br0", "192.0.2.5/24"),
			      live_op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8::5/64"),
			      live_op_addr(KN_OP_ADDR_ADD, "br0", "2001:db8::5/64")};

	live_make_bridge(live);
	assert_int_equal(sandbox_ip("link add name cable type veth peer name end"), 0);
	assert_int_equal(sandbox_ip("link set cable up master br0"), 0);
	assert_int_equal(sandbox_ip("link set end up"), 0);
	live_exec_ok(live, ops, 4);
}

static struct kn_route route_to(struct kn_live *live, const char *dst)
{
	struct kn_cidr wanted = live_cidr(dst);
	struct kn_route ret = {0};
	struct kn_facts facts;

	live_snap(live, &live_everything, &facts);
	for (size_t i = 0; i < facts.routes.n; i++)
		if (kn_cidr_eq(&facts.routes.v[i].dst, &wanted))
			ret = facts.routes.v[i];
	kn_facts_done(&facts);
	assert_int_equal(ret.dst.prefix_len, wanted.prefix_len);
	return ret;
}

static struct kn_route on_bridge(struct kn_route route)
{
	struct kn_ifname eth0 = live_name("eth0");

	route.dev = live_name("br0");
	for (size_t i = 0; i < route.n_legs; i++)
		if (kn_ifname_eq(&route.legs[i].dev, &eth0))
			route.legs[i].dev = route.dev;
	return route;
}

static void test_a_nexthop_changes_its_link_and_its_routes_follow(void **state)
{
	struct kn_live *live = *state;
	struct kn_op move = live_op(KN_OP_NEXTHOP, "br0");
	struct kn_facts facts;

	set_up_two(live);
	assert_int_equal(sandbox_ip("nexthop add id 7 via 192.0.2.1 dev eth0 proto static"), 0);
	assert_int_equal(sandbox_ip("nexthop add id 8 via 2001:db8::1 dev eth0"), 0);
	assert_int_equal(sandbox_ip("nexthop add id 9 via 203.0.113.1 dev eth0 onlink"), 0);
	assert_int_equal(sandbox_ip("nexthop add id 5 via 192.0.2.1 dev br0"), 0);
	assert_int_equal(sandbox_ip("nexthop add id 6 group 7/9"), 0);
	assert_int_equal(sandbox_ip("route add 198.51.100.0/24 nhid 7"), 0);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.n_nexthops, 4);
	for (size_t i = 0; i < facts.n_nexthops; i++) {
		if (!kn_ifname_is(&facts.nexthops[i].dev, "eth0"))
			continue;
		move.nexthop.now = move.nexthop.before = facts.nexthops[i];
		move.nexthop.now.dev = live_name("br0");
		live_round_trip(live, &move);
	}
	kn_facts_done(&facts);
	struct kn_route route = route_to(live, "198.51.100.0/24");
	assert_true(kn_ifname_is(&route.dev, "br0"));
	assert_int_equal(route.nhid, 7);
}

/* A link that went down has lost its objects: they are made again under their ids. */
static void test_a_nexthop_is_made_again_and_deleted(void **state)
{
	struct kn_live *live = *state;
	struct kn_op make = live_op(KN_OP_NEXTHOP, "eth0");
	struct kn_facts facts;

	set_up_two(live);
	assert_int_equal(sandbox_ip("nexthop add id 7 via 192.0.2.1 dev eth0 proto static"), 0);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.n_nexthops, 1);
	make.nexthop.now = facts.nexthops[0];
	kn_facts_done(&facts);
	assert_int_equal(sandbox_ip("nexthop del id 7"), 0);
	live_round_trip(live, &make);
}

/* What an encapsulation says is bytes here, and has to come back as it was. */
static void test_a_nexthops_encapsulation_moves_with_it(void **state)
{
	struct kn_live *live = *state;
	struct kn_op move = live_op(KN_OP_NEXTHOP, "br0");
	struct kn_facts facts;

	set_up_two(live);
	assert_int_equal(sandbox_ip("nexthop add id 7 encap ip id 5 dst 203.0.113.9 "
				    "via 192.0.2.1 dev eth0"),
			 0);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.n_nexthops, 1);
	assert_false(facts.nexthops[0].odd);
	assert_true(facts.nexthops[0].encap_len > 0);
	move.nexthop.now = move.nexthop.before = facts.nexthops[0];
	move.nexthop.now.dev = live_name("br0");
	live_round_trip(live, &move);
	kn_facts_done(&facts);
}

static void test_several_next_hops_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op add = live_op(KN_OP_ROUTE_PREPEND, "br0");
	struct kn_op del = live_op(KN_OP_ROUTE_DEL, "eth0");
	struct kn_op move = live_op(KN_OP_ROUTE_DEV, "br0");

	set_up_two(live);
	assert_int_equal(sandbox_ip("route add 198.51.100.0/24 mtu 1400 metric 5 "
				    "nexthop via 192.0.2.1 dev eth0 weight 4 "
				    "nexthop via 203.0.113.1 dev eth0 onlink"),
			 0);
	del.route = route_to(live, "198.51.100.0/24");
	assert_int_equal(del.route.n_legs, 2);
	assert_int_equal(del.route.legs[0].hops, 3);
	assert_true(del.route.legs[1].onlink);
	add.route = on_bridge(del.route);
	live_round_trip(live, &add);
	live_round_trip(live, &del);
	assert_int_equal(sandbox_ip("-6 route add 2001:db8:9::/64 nexthop via 2001:db8::1 dev eth0 "
				    "nexthop via 2001:db8::2 dev eth0 weight 2"),
			 0);
	move.reroute.before = route_to(live, "2001:db8:9::/64");
	assert_int_equal(move.reroute.before.n_legs, 2);
	move.reroute.now = on_bridge(move.reroute.before);
	live_round_trip(live, &move);
}

static void add_nexthops(char *line, size_t size, unsigned int n)
{
	size_t used = strlen(line);

	for (unsigned int i = 1; i <= n; i++)
		used += (size_t)snprintf(line + used, size - used, " nexthop via 192.0.2.%u",
					 i + 10);
	assert_true(used < size);
}

static void test_more_next_hops_than_fit_are_told_and_none_is_kept(void **state)
{
	char most[1024] = "route add 198.51.100.0/24", more[1024] = "route add 203.0.113.0/24";
	struct kn_live *live = *state;

	set_up_two(live);
	add_nexthops(most, sizeof(most), KN_ROUTE_LEGS);
	add_nexthops(more, sizeof(more), KN_ROUTE_LEGS + 1);
	assert_int_equal(sandbox_ip(most), 0);
	assert_int_equal(sandbox_ip(more), 0);
	assert_int_equal(route_to(live, "198.51.100.0/24").n_legs, KN_ROUTE_LEGS);
	struct kn_route route = route_to(live, "203.0.113.0/24");
	assert_true(route.multipath);
	assert_int_equal(route.n_legs, 0);
}

static void test_what_a_copy_would_lose_is_told(void **state)
{
	struct kn_live *live = *state;

	set_up_two(live);
	assert_int_equal(sandbox_ip("-6 route add 2001:db8:7::/64 from 2001:db8::/64 dev eth0"), 0);
	assert_int_equal(sandbox_ip("route add 198.51.100.0/24 dev eth0 realms 3"), 0);
	assert_int_equal(sandbox_ip("route add 203.0.113.0/24 dev eth0"), 0);
	assert_true(route_to(live, "2001:db8:7::/64").odd);
	assert_true(route_to(live, "198.51.100.0/24").odd);
	assert_false(route_to(live, "203.0.113.0/24").odd);
}

static void test_rules_go_there_and_back_with_all_they_say(void **state)
{
	struct kn_live *live = *state;
	struct kn_op add = live_op(KN_OP_RULE_ADD, "br0");
	struct kn_facts facts;

	live_make_bridge(live);
	assert_int_equal(sandbox_ip("rule add not from 10.0.0.0/8 to 10.9.0.0/16 fwmark 5/15 "
				    "iif eth0 tos 0x10 ipproto tcp sport 5-9 dport 80 uidrange 1-2 "
				    "suppress_prefixlength 3 realms 4 pref 100 table 1000"),
			 0);
	assert_int_equal(sandbox_ip("rule add oif eth0 pref 0 prohibit"), 0);
	assert_int_equal(sandbox_ip("-6 rule add from 2001:db8::/64 iif eth0 oif eth0 table 9"), 0);
	assert_int_equal(sandbox_ip("rule add from 10.1.1.1 pref 7 table 3"), 0);
	live_snap(live, &live_everything, &facts);
	/* Those that name eth0, and the kernel's own with priority 0. */
	assert_int_equal(facts.n_rules, 4);
	for (size_t i = 0; i < facts.n_rules; i++) {
		add.rule = facts.rules[i];
		if (kn_ifname_is_set(&add.rule.iif))
			add.rule.iif = live_name("br0");
		if (kn_ifname_is_set(&add.rule.oif))
			add.rule.oif = live_name("br0");
		if (kn_ifname_is_set(&add.rule.iif) || kn_ifname_is_set(&add.rule.oif))
			live_round_trip(live, &add);
	}
	kn_facts_done(&facts);
}

static void test_rules_of_one_priority_are_read_together_and_in_order(void **state)
{
	struct kn_live *live = *state;
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("rule add from 10.1.1.1 pref 7 table 1"), 0);
	assert_int_equal(sandbox_ip("rule add iif eth0 pref 7 table 2"), 0);
	assert_int_equal(sandbox_ip("rule add from 10.1.1.3 pref 7 table 3"), 0);
	assert_int_equal(sandbox_ip("rule add from 10.1.1.4 pref 8 table 4"), 0);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.n_rules, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(facts.rules[i].table, i + 1);
	kn_facts_done(&facts);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, live_set_up, live_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_nexthop_changes_its_link_and_its_routes_follow),
		TEST(test_a_nexthop_is_made_again_and_deleted),
		TEST(test_a_nexthops_encapsulation_moves_with_it),
		TEST(test_several_next_hops_go_there_and_back),
		TEST(test_more_next_hops_than_fit_are_told_and_none_is_kept),
		TEST(test_what_a_copy_would_lose_is_told),
		TEST(test_rules_go_there_and_back_with_all_they_say),
		TEST(test_rules_of_one_priority_are_read_together_and_in_order),
	};

	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
