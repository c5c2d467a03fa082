/* The way back by tables: one difference from the record each, and the steps that mend it. */
#include "restore_way.h"

static void test_nothing_to_do_where_all_is_as_recorded(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	addr(&way, &way.then.live, "eth0", "192.0.2.5/24")->valid_s = 900;
	addr(&way, &way.now, "eth0", "192.0.2.5/24")->valid_s = 17;
	route(&way, &way.then.live, "eth0", "0.0.0.0/0", "192.0.2.1");
	route(&way, &way.now, "eth0", "0.0.0.0/0", "192.0.2.1");
	neigh(&way, &way.then.live, "eth0", "192.0.2.1", 0x02);
	neigh(&way, &way.now, "eth0", "192.0.2.9", 0x04);
	assert_steps(&way, "");
	assert_int_equal(way.err.kind, KN_ERR_NONE);
}

static void test_a_bridge_with_another_mac_address_is_somebody_elses(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	made(&way, "br0", 9);
	link(&way, &way.now, "br0");
	addr(&way, &way.now, "br0", "198.51.100.1/24");
	assert_int_equal(kn_plan_restore(&way.then, &way.now, &way.plan, &way.err), 0);
	assert_int_equal(way.plan.n_notes, 1);
	assert_non_null(strstr(way.plan.notes[0].text, "br0 was not made by this change"));
	assert_steps(&way, "");
}

static void test_guests_on_a_bridge_that_goes_are_released_and_told(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	made(&way, "br0", 1);
	link(&way, &way.now, "br0");
	struct kn_link *tap = link(&way, &way.now, "vnet3");
	tap->kind = KN_LINK_TUN;
	tap->master = name("br0");
	way.then.scope.n--; /* nobody knew of it */
	tap = link(&way, &way.now, "kvmnet-tap0");
	tap->master = name("br0");
	way.then.scope.n--;
	assert_int_equal(kn_plan_restore(&way.then, &way.now, &way.plan, &way.err), 0);
	assert_int_equal(way.plan.n_notes, 1);
	assert_non_null(strstr(way.plan.notes[0].text, "vnet3 was attached to br0 meanwhile"));
	way.plan.n_ops = 0;
	assert_steps(&way, "detach vnet3 from br0\n"
			   "take br0 down\n"
			   "delete bridge br0\n");
}

static void test_a_port_gets_its_mac_address_from_its_bond(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	both(&way, "bond0");
	both(&way, "eth1");
	for (size_t i = 0; i < 2; i++) {
		struct kn_facts *facts = i ? &way.now : &way.then.live;

		facts->links[1].kind = KN_LINK_BOND;
		facts->links[2].master = name("bond0");
		facts->links[2].mac.b[5] = (uint8_t)(7 + i); /* balance-alb has exchanged it */
	}
	assert_steps(&way, "");
	assert_int_equal(way.err.kind, KN_ERR_NONE);
}

static void test_a_link_that_is_gone_is_named_and_the_rest_put_back(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	link(&way, &way.then.live, "eth1");
	addr(&way, &way.then.live, "eth1", "198.51.100.1/24");
	addr(&way, &way.then.live, "eth0", "192.0.2.5/24");
	route(&way, &way.then.live, "eth1", "10.0.0.0/8", NULL);
	assert_int_equal(kn_plan_restore(&way.then, &way.now, &way.plan, &way.err), -1);
	assert_int_equal(way.err.kind, KN_ERR_INCOMPLETE);
	assert_non_null(strstr(way.err.message, "eth1 is gone"));
	way.plan.n_ops = 0;
	assert_steps(&way, "add address 192.0.2.5/24 to eth0\n");
}

static void test_a_link_with_another_name_is_said_to_have_one(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	link(&way, &way.then.live, "eth1")->ifindex = 77;
	link(&way, &way.now, "lan\n")->ifindex = 77;
	assert_int_equal(kn_plan_restore(&way.then, &way.now, &way.plan, &way.err), -1);
	assert_non_null(strstr(way.err.message, "eth1 is called lan\\x0a now"));
	way.plan.n_ops = 0;
	assert_steps(&way, "");
}

static void test_a_deleted_bridge_is_made_as_it_was(void **state)
{
	struct kn_link *row;
	struct way way;

	(void)state;
	way_init(&way);
	row = link(&way, &way.then.live, "br0");
	row->mtu = 1400;
	row->group = 7;
	row->rp_filter = 1;
	kn_opts_set(&row->opts, KN_BROPT_STP, 1);
	kn_opts_set(&row->opts, KN_BROPT_FORWARD_DELAY, 400);
	row = &way.then.live.links[0];
	row->master = name("br0");
	kn_opts_set(&row->port_opts, KN_PORTOPT_COST, 2);
	kn_opts_set(&row->port_opts, KN_PORTOPT_LEARNING, 0);
	addr(&way, &way.then.live, "br0", "192.0.2.5/24");
	addr(&way, &way.now, "eth0", "192.0.2.5/24");
	route(&way, &way.then.live, "br0", "0.0.0.0/0", "192.0.2.1");
	route(&way, &way.now, "eth0", "0.0.0.0/0", "192.0.2.1");
	assert_steps(
		&way,
		"create bridge br0, mac 02:00:00:00:00:01, mtu 1400, stp off, forward-delay 0\n"
		"copy the network settings of eth0 to br0\n"
		"switch automatic IPv6 addresses of br0 off\n"
		"set group of br0 to 7 (was 0)\n"
		"bring br0 up\n"
		"switch strict reverse-path filter of br0 to loose while moving\n"
		"add address 192.0.2.5/24 to br0\n"
		"give br0 a carrier by a temporary tap and wait for it\n"
		"catch what eth0 would drop, for br0\n"
		"wait until no neighbour of eth0 is being resolved\n"
		"attach eth0 to br0\n"
		"put route default via 192.0.2.1 first, on br0\n"
		"remove route default via 192.0.2.1 from eth0\n"
		"end catching for br0\n"
		"remove the temporary tap of br0\n"
		"remove address 192.0.2.5/24 from eth0\n"
		"set port eth0: learning off (was on)\n"
		"switch reverse-path filter of br0 back to strict\n"
		"stop keeping the other addresses of a network on br0 when its first one goes\n"
		"ignore router advertisements on br0\n"
		"switch automatic IPv6 addresses of br0 back on\n"
		"set br0: forward-delay 4 (was 0)\n"
		"set br0: stp on (was off)\n");
}

static void test_the_order_of_ipv4_addresses_comes_back(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	addr(&way, &way.then.live, "eth0", "192.0.2.5/24");
	addr(&way, &way.then.live, "eth0", "192.0.2.6/24")->flags |= 1;
	addr(&way, &way.now, "eth0", "192.0.2.9/24");
	addr(&way, &way.now, "eth0", "192.0.2.6/24")->flags |= 1;
	/* .6 is promoted before .5, the last to come: it is made anew behind it. */
	assert_steps(
		&way,
		"add address 192.0.2.5/24 to eth0\n"
		"keep the other addresses of a network on eth0 when its first one goes\n"
		"remove address 192.0.2.9/24 from eth0\n"
		"remove address 192.0.2.6/24 from eth0\n"
		"add address 192.0.2.6/24 to eth0\n"
		"stop keeping the other addresses of a network on eth0 when its first one goes\n");
}

static void test_a_privacy_address_comes_back_only_while_it_lives_elsewhere(void **state)
{
	struct kn_laddr *row;
	struct way way;

	(void)state;
	way_init(&way);
	both(&way, "br0");
	addr(&way, &way.then.live, "eth0", "2001:db8::1234/64")->flags = 1;
	row = addr(&way, &way.then.live, "eth0", "2001:db8::77/64");
	row->flags = 1;
	row->valid_s = 900;
	row = addr(&way, &way.now, "br0", "2001:db8::77/64");
	row->valid_s = 17; /* and knows better how long */
	assert_steps(&way, "add address 2001:db8::77/64 to eth0, valid 17 s\n"
			   "wait until the IPv6 addresses of eth0 answer\n"
			   "remove address 2001:db8::77/64 from br0\n");
}

static void test_rules_stand_in_their_order_again(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	rule(&way, &way.then.live, "", 1);
	rule(&way, &way.then.live, "eth0", 2);
	rule(&way, &way.now, "", 1);
	rule(&way, &way.now, "eth0", 2);
	rule(&way, &way.now, "", 1);
	rule(&way, &way.now, "", 3); /* somebody else's */
	/* The kernel deletes the first of two equal ones, which would be the wrong one. */
	assert_steps(&way, "add rule 9: table 1\n"
			   "add rule 9: iif eth0 table 2\n"
			   "remove rule 9: table 1\n"
			   "remove rule 9: iif eth0 table 2\n"
			   "remove rule 9: table 1\n");
}

static void test_a_route_learnt_from_advertisements_is_no_difference_one_behind(void **state)
{
	struct kn_route *row;
	struct way way;

	(void)state;
	way_init(&way);
	way.then.live.links[0].accept_ra = 1;
	row = route(&way, &way.then.live, "eth0", "::/0", "fe80::1");
	row->proto = 9;
	row = route(&way, &way.now, "eth0", "::/0", "fe80::1");
	row->proto = 9;
	row->metric = 1025;
	row = route(&way, &way.now, "eth0", "::/0", "fe80::2"); /* another router */
	row->proto = 9;
	way.now.links[0].accept_ra = 1;
	assert_steps(&way, "");
	way_init(&way);
	route(&way, &way.then.live, "eth0", "::/0", "fe80::1")->proto = 9;
	assert_steps(&way, "add route default via fe80::1 metric 1025 to eth0\n");
}

static void test_an_ipv6_default_route_alone_under_its_key_is_replaced(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	route(&way, &way.then.live, "eth0", "::/0", "fe80::1");
	route(&way, &way.now, "eth0", "::/0", "fe80::9");
	assert_steps(&way, "move route default via fe80::1 metric 1024 to eth0\n");
}

/* eth0's route and a copy on br0, in one group of the kernel's. */
static void test_a_group_of_a_route_and_its_copy_is_taken_apart(void **state)
{
	struct kn_route *row;
	struct way way;

	(void)state;
	way_init(&way);
	both(&way, "br0");
	route(&way, &way.then.live, "eth0", "2001:db8:8::/48", "2001:db8::9");
	row = route(&way, &way.now, "eth0", "2001:db8:8::/48", "2001:db8::9");
	row->multipath = true;
	row->n_legs = 2;
	row->legs[0] = (struct kn_leg){.gateway = row->gateway, .dev = name("eth0")};
	row->legs[1] = (struct kn_leg){.gateway = row->gateway, .dev = name("br0")};
	assert_steps(&way, "remove route 2001:db8:8::/48 via 2001:db8::9 metric 1024 from br0\n");
}

static void test_permanent_neighbours_and_proxies_are_put_back(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	both(&way, "br0");
	neigh(&way, &way.then.live, "eth0", "192.0.2.77", 0x80);
	neigh(&way, &way.then.live, "eth0", "192.0.2.78", 0)->flags = 8;
	neigh(&way, &way.now, "br0", "192.0.2.77", 0x80); /* a copy */
	neigh(&way, &way.now, "br0", "192.0.2.66", 0x80); /* somebody else's */
	assert_steps(&way, "add neighbour 192.0.2.77 (02:00:00:00:00:07) to eth0\n"
			   "add neighbour 192.0.2.78 (02:00:00:00:00:07) to eth0\n"
			   "forget neighbour 192.0.2.77 on br0\n");
}

static void test_what_was_not_read_is_left_alone(void **state)
{
	struct way way;

	(void)state;
	way_init(&way);
	way.then.reads = 0;
	addr(&way, &way.now, "eth0", "192.0.2.5/24");
	route(&way, &way.now, "eth0", "10.0.0.0/8", NULL);
	rule(&way, &way.now, "eth0", 2);
	neigh(&way, &way.then.live, "eth0", "192.0.2.77", 0x80);
	way.then.live.links[0].mtu = 1400;
	assert_steps(&way, "set mtu of eth0 to 1400 (was 1500)\n");
}

/* What create made, with nobody else on the bridge. */
static void created(struct way *way)
{
	way_init(way);
	made(way, "br0", 1);
	link(way, &way->now, "br0");
	way->now.links[0].master = name("br0");
	way->now.can_splice = true;
	addr(way, &way->then.live, "eth0", "192.0.2.5/24");
	addr(way, &way->now, "br0", "192.0.2.5/24");
	route(way, &way->then.live, "eth0", "0.0.0.0/0", "192.0.2.1");
	route(way, &way->now, "br0", "0.0.0.0/0", "192.0.2.1");
}

static void test_the_way_back_from_a_bridge_is_spliced(void **state)
{
	struct way way;

	(void)state;
	created(&way);
	assert_steps(&way, "add address 192.0.2.5/24 to eth0\n"
			   "give br0 a carrier by a temporary tap and wait for it\n"
			   "splice eth0 and br0\n"
			   "let br0 send through eth0\n"
			   "let br0 send and receive through eth0\n"
			   "detach eth0 from br0\n"
			   "put route default via 192.0.2.1 first, on eth0\n"
			   "remove route default via 192.0.2.1 from br0\n"
			   "let br0 send through eth0\n"
			   "wait until no neighbour of br0 is being resolved\n"
			   "switch off the splice of eth0 and br0\n"
			   "remove the splice of eth0 and br0\n"
			   "remove the temporary tap of br0\n"
			   "remove address 192.0.2.5/24 from br0\n"
			   "take br0 down\n"
			   "delete bridge br0\n");
}

static void test_without_a_splice_the_port_leaves_behind_the_routes(void **state)
{
	struct way way;

	(void)state;
	created(&way);
	way.now.can_splice = false;
	assert_steps(&way, "add address 192.0.2.5/24 to eth0\n"
			   "give br0 a carrier by a temporary tap and wait for it\n"
			   "catch what eth0 would drop, for br0\n"
			   "wait until no neighbour of br0 is being resolved\n"
			   "put route default via 192.0.2.1 first, on eth0\n"
			   "remove route default via 192.0.2.1 from br0\n"
			   "detach eth0 from br0\n"
			   "end catching for br0\n"
			   "remove the temporary tap of br0\n"
			   "remove address 192.0.2.5/24 from br0\n"
			   "take br0 down\n"
			   "delete bridge br0\n");
}

/* Between two changes the kernel learnt its own beside the copy that the first one had left. */
static void test_a_learnt_default_route_that_was_there_twice_comes_back_once(void **state)
{
	struct kn_route *row;
	struct way way;

	(void)state;
	way_init(&way);
	row = route(&way, &way.then.live, "eth0", "::/0", "fe80::1");
	row->proto = 9;
	row = route(&way, &way.then.live, "eth0", "::/0", "fe80::1");
	row->proto = 9;
	row->metric = 1025;
	assert_steps(&way, "add route default via fe80::1 metric 1025 to eth0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_to_do_where_all_is_as_recorded),
		cmocka_unit_test(test_a_learnt_default_route_that_was_there_twice_comes_back_once),
		cmocka_unit_test(test_a_bridge_with_another_mac_address_is_somebody_elses),
		cmocka_unit_test(test_guests_on_a_bridge_that_goes_are_released_and_told),
		cmocka_unit_test(test_a_port_gets_its_mac_address_from_its_bond),
		cmocka_unit_test(test_a_link_that_is_gone_is_named_and_the_rest_put_back),
		cmocka_unit_test(test_a_link_with_another_name_is_said_to_have_one),
		cmocka_unit_test(test_a_deleted_bridge_is_made_as_it_was),
		cmocka_unit_test(test_the_order_of_ipv4_addresses_comes_back),
		cmocka_unit_test(test_a_privacy_address_comes_back_only_while_it_lives_elsewhere),
		cmocka_unit_test(test_rules_stand_in_their_order_again),
		cmocka_unit_test(
			test_a_route_learnt_from_advertisements_is_no_difference_one_behind),
		cmocka_unit_test(test_an_ipv6_default_route_alone_under_its_key_is_replaced),
		cmocka_unit_test(test_a_group_of_a_route_and_its_copy_is_taken_apart),
		cmocka_unit_test(test_permanent_neighbours_and_proxies_are_put_back),
		cmocka_unit_test(test_what_was_not_read_is_left_alone),
		cmocka_unit_test(test_the_way_back_from_a_bridge_is_spliced),
		cmocka_unit_test(test_without_a_splice_the_port_leaves_behind_the_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
