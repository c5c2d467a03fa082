/* What each operation is called when people read it.
 * Layer: tests. */
#include "view_fixture.h"

#include "kvmnet/text.h"

static void assert_text(const struct kn_op *op, const char *want)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_op_describe(op, &buf);
	assert_string_equal(kn_buf_str(&buf), want);
}

#define ASSERT_OP(want, ...) assert_text(&(struct kn_op){.dev = name_of("br0"), __VA_ARGS__}, want)

/* IPv4 puts the new route in front, IPv6 replaces it: for people both move it. */
static bool may_read_alike(int a, int b)
{
	return a == KN_OP_ROUTE_DEV && b == KN_OP_ROUTE_PREPEND;
}

static void every_operation_has_its_own_text(void **state)
{
	struct kn_buf texts[KN_OP_COUNT] = {0};

	(void)state;
	for (int kind = KN_OP_NONE + 1; kind < KN_OP_COUNT; kind++) {
		struct kn_op op = {.kind = (enum kn_op_kind)kind, .dev = name_of("br0")};

		kn_op_describe(&op, &texts[kind]);
		assert_true(texts[kind].len > 0);
		assert_null(strchr(kn_buf_str(&texts[kind]), '\n'));
		for (int other = KN_OP_NONE + 1; other < kind; other++)
			if (!may_read_alike(kind, other))
				assert_string_not_equal(kn_buf_str(&texts[kind]),
							kn_buf_str(&texts[other]));
	}
	for (int kind = 0; kind < KN_OP_COUNT; kind++)
		kn_buf_done(&texts[kind]);
}

static void a_new_bridge_names_stp_and_what_differs_from_the_kernels_defaults(void **state)
{
	struct kn_opts opts = bridge_opts();
	struct kn_mac mac = mac_of("44:37:e6:4a:62:ad");

	(void)state;
	ASSERT_OP("create bridge br0", .kind = KN_OP_BRIDGE_ADD);
	ASSERT_OP("create bridge br0, mac 44:37:e6:4a:62:ad, mtu 1500, stp off, forward-delay 0",
		  .kind = KN_OP_BRIDGE_ADD,
		  .bridge = {.has_mac = true, .mac = mac, .mtu = 1500, .opts = opts});
	kn_opts_set(&opts, KN_BROPT_STP, 1);
	kn_opts_set(&opts, KN_BROPT_FORWARD_DELAY, 1500);
	kn_opts_set(&opts, KN_BROPT_HELLO, 150);
	ASSERT_OP("create bridge br0, stp on, hello 1.50", .kind = KN_OP_BRIDGE_ADD,
		  .bridge = {.opts = opts});
	ASSERT_OP("delete bridge br0", .kind = KN_OP_LINK_DEL);
	ASSERT_OP("delete bridge br0, left over by a libvirtd that died", .kind = KN_OP_LEFT_DEL);
}

static void links_go_up_and_down_and_change_their_numbers(void **state)
{
	struct kn_mac now = mac_of("44:37:e6:4a:62:ad"), before = mac_of("52:54:00:00:00:01");

	(void)state;
	ASSERT_OP("bring br0 up", .kind = KN_OP_LINK_UP);
	ASSERT_OP("take br0 down", .kind = KN_OP_LINK_DOWN);
	ASSERT_OP("set mtu of br0 to 9000 (was 1500)", .kind = KN_OP_LINK_MTU, .num = {9000, 1500});
	ASSERT_OP("set group of br0 to 3 (was 0)", .kind = KN_OP_LINK_GROUP, .num = {3, 0});
	ASSERT_OP("set mac of br0 to 44:37:e6:4a:62:ad (was 52:54:00:00:00:01)",
		  .kind = KN_OP_LINK_MAC, .mac = {now, before});
}

static void ports_are_attached_detached_and_moved(void **state)
{
	struct kn_op op = {.kind = KN_OP_LINK_MASTER, .dev = name_of("eth0")};

	(void)state;
	op.master.now = name_of("br0");
	assert_text(&op, "attach eth0 to br0");
	op.master.before = name_of("br1");
	assert_text(&op, "move eth0 from br1 to br0");
	op.master.now = (struct kn_ifname){0};
	assert_text(&op, "detach eth0 from br1");
}

static void settings_say_what_they_become(void **state)
{
	(void)state;
	ASSERT_OP("switch automatic IPv6 addresses of br0 off", .kind = KN_OP_ADDR_GEN,
		  .num = {1, 0});
	ASSERT_OP("switch automatic IPv6 addresses of br0 back on", .kind = KN_OP_ADDR_GEN,
		  .num = {0, 1});
	ASSERT_OP("switch strict reverse-path filter of br0 to loose while moving",
		  .kind = KN_OP_RP_FILTER, .num = {2, 1});
	ASSERT_OP("switch reverse-path filter of br0 back to strict", .kind = KN_OP_RP_FILTER,
		  .num = {1, 2});
	ASSERT_OP("switch reverse-path filter of br0 back off", .kind = KN_OP_RP_FILTER,
		  .num = {0, 2});
	ASSERT_OP("accept router advertisements on br0, also while forwarding",
		  .kind = KN_OP_ACCEPT_RA, .num = {2, 1});
	ASSERT_OP("accept router advertisements on br0", .kind = KN_OP_ACCEPT_RA, .num = {1, 0});
	ASSERT_OP("ignore router advertisements on br0", .kind = KN_OP_ACCEPT_RA, .num = {0, 1});
	ASSERT_OP("switch IPv6 of br0 off", .kind = KN_OP_DISABLE_IPV6, .num = {1, 0});
	ASSERT_OP("switch IPv6 of br0 on", .kind = KN_OP_DISABLE_IPV6, .num = {0, 1});
	ASSERT_OP("copy the network settings of eth0 to br0", .kind = KN_OP_CONF_COPY,
		  .other = name_of("eth0"));
}

static void options_say_what_they_were(void **state)
{
	struct kn_op op = {.kind = KN_OP_BRIDGE_OPTS, .dev = name_of("br0")};

	(void)state;
	kn_opts_set(&op.opts.now, KN_BROPT_STP, 1);
	kn_opts_set(&op.opts.before, KN_BROPT_STP, 0);
	kn_opts_set(&op.opts.now, KN_BROPT_FORWARD_DELAY, 1500);
	kn_opts_set(&op.opts.before, KN_BROPT_FORWARD_DELAY, 0);
	assert_text(&op, "set br0: stp on (was off), forward-delay 15 (was 0)");
	op = (struct kn_op){.kind = KN_OP_PORT_OPTS, .dev = name_of("vnet0")};
	kn_opts_set(&op.opts.now, KN_PORTOPT_ISOLATED, 1);
	kn_opts_set(&op.opts.before, KN_PORTOPT_ISOLATED, 0);
	assert_text(&op, "set port vnet0: isolated on (was off)");
}

static void addresses_are_added_and_removed(void **state)
{
	struct kn_laddr addr = laddr_of("192.168.12.118/24", "br0");

	(void)state;
	ASSERT_OP("add address 192.168.12.118/24 to br0", .kind = KN_OP_ADDR_ADD, .addr = addr);
	ASSERT_OP("remove address 192.168.12.118/24 from br0", .kind = KN_OP_ADDR_DEL,
		  .addr = addr);
	addr.valid_s = 3600;
	addr.peer = ip_of("192.168.12.1");
	ASSERT_OP("add address 192.168.12.118/24 peer 192.168.12.1 to br0, valid 3600 s",
		  .kind = KN_OP_ADDR_ADD, .addr = addr);
}

static void routes_say_their_gateway_and_metric(void **state)
{
	struct kn_route route = route_of("default", "192.168.12.1", "br0");

	(void)state;
	route.has_metric = true;
	route.metric = 100;
	ASSERT_OP("put route default via 192.168.12.1 metric 100 first, on br0",
		  .kind = KN_OP_ROUTE_PREPEND, .route = route);
	ASSERT_OP("add route default via 192.168.12.1 metric 100 to br0", .kind = KN_OP_ROUTE_ADD,
		  .route = route);
	ASSERT_OP("remove route default via 192.168.12.1 metric 100 from br0",
		  .kind = KN_OP_ROUTE_DEL, .route = route);
	struct kn_route own = route_of("192.168.12.0/24", NULL, "br0");
	own.proto = 2;
	ASSERT_OP("lift route 192.168.12.0/24 of br0", .kind = KN_OP_ROUTE_DEL, .route = own);
	ASSERT_OP("put route 192.168.12.0/24 back first, on br0", .kind = KN_OP_ROUTE_PREPEND,
		  .route = own);
	struct kn_route six = route_of("2001:db8::/32", "fe80::1", "br0");
	six.onlink = true;
	six.table = 7;
	six.src = ip_of("2001:db8::2");
	ASSERT_OP("move route 2001:db8::/32 via fe80::1 src 2001:db8::2 onlink table 7 to br0",
		  .kind = KN_OP_ROUTE_DEV, .reroute = {six, six});
	struct kn_route hole = route_of("10.0.0.0/8", NULL, "br0");
	hole.type = 6;
	ASSERT_OP("add route blackhole 10.0.0.0/8 to br0", .kind = KN_OP_ROUTE_ADD, .route = hole);
}

static void next_hops_and_rules_name_their_devices(void **state)
{
	struct kn_route route = route_of("10.50.0.0/16", NULL, "br0");
	struct kn_nexthop nexthop = {.id = 10, .gateway = ip_of("192.168.12.1")};
	struct kn_rule rule = {.family = KN_IPV4, .priority = 100, .table = 77};

	(void)state;
	route.multipath = true;
	route.n_legs = 2;
	route.legs[0] = (struct kn_leg){.gateway = ip_of("192.168.12.1"), .dev = name_of("br0")};
	route.legs[1] = (struct kn_leg){.dev = name_of("eth1"), .hops = 2};
	ASSERT_OP("put route 10.50.0.0/16 nexthop via 192.168.12.1 dev br0 nexthop dev eth1 "
		  "weight 3 first, on br0",
		  .kind = KN_OP_ROUTE_PREPEND, .route = route);
	route.n_legs = 0;
	ASSERT_OP("remove route 10.50.0.0/16 (several next hops) from br0", .kind = KN_OP_ROUTE_DEL,
		  .route = route);
	nexthop.dev = name_of("br0");
	ASSERT_OP("move nexthop 10 via 192.168.12.1 to br0", .kind = KN_OP_NEXTHOP,
		  .nexthop = {nexthop, nexthop});
	ASSERT_OP("add nexthop 10 via 192.168.12.1 to br0", .kind = KN_OP_NEXTHOP,
		  .nexthop = {.now = nexthop});
	ASSERT_OP("remove nexthop 10 via 192.168.12.1 from br0", .kind = KN_OP_NEXTHOP,
		  .nexthop = {.before = nexthop});
	rule.iif = name_of("br0");
	ASSERT_OP("add rule 100: iif br0 table 77", .kind = KN_OP_RULE_ADD, .rule = rule);
	rule.family = KN_IPV6;
	rule.oif = name_of("br0");
	ASSERT_OP("remove IPv6 rule 100: iif br0 oif br0 table 77", .kind = KN_OP_RULE_DEL,
		  .rule = rule);
}

static void neighbours_carrier_and_dhcp_have_words(void **state)
{
	struct kn_neigh neigh = {
		.dst = ip_of("192.168.12.1"), .mac = mac_of("52:54:00:00:00:01"), .has_mac = true};

	(void)state;
	ASSERT_OP("add neighbour 192.168.12.1 (52:54:00:00:00:01) to br0", .kind = KN_OP_NEIGH_ADD,
		  .neigh = neigh);
	ASSERT_OP("forget neighbour 192.168.12.1 on br0", .kind = KN_OP_NEIGH_DEL, .neigh = neigh);
	ASSERT_OP("keep, for a way back, neighbour 192.168.12.1 on br0", .kind = KN_OP_NEIGH_KEEP,
		  .neigh = neigh);
	ASSERT_OP("give br0 a carrier by a temporary tap and wait for it",
		  .kind = KN_OP_CARRIER_ADD);
	ASSERT_OP("remove the temporary tap of br0", .kind = KN_OP_CARRIER_DEL);
	ASSERT_OP("catch what br0 would drop, for br0", .kind = KN_OP_CATCH_ADD,
		  .other = name_of("br0"));
	ASSERT_OP("end catching for br0", .kind = KN_OP_CATCH_DEL, .other = name_of("br0"));
	ASSERT_OP("move the DHCP client of eth0 to br0, keeping the lease", .kind = KN_OP_DHCP_MOVE,
		  .other = name_of("eth0"));
	ASSERT_OP("start a DHCP client on br0", .kind = KN_OP_DHCP_START);
	ASSERT_OP("stop the DHCP client of br0", .kind = KN_OP_DHCP_STOP);
	ASSERT_OP("put file 2 in place", .kind = KN_OP_FILE, .file = 1);
}

static void names_of_the_host_are_escaped(void **state)
{
	struct kn_op op = {.kind = KN_OP_LINK_UP, .dev = name_of("e\033[1m")};

	(void)state;
	assert_text(&op, "bring e\\x1b[1m up");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_has_its_own_text),
		cmocka_unit_test(a_new_bridge_names_stp_and_what_differs_from_the_kernels_defaults),
		cmocka_unit_test(links_go_up_and_down_and_change_their_numbers),
		cmocka_unit_test(ports_are_attached_detached_and_moved),
		cmocka_unit_test(settings_say_what_they_become),
		cmocka_unit_test(options_say_what_they_were),
		cmocka_unit_test(addresses_are_added_and_removed),
		cmocka_unit_test(routes_say_their_gateway_and_metric),
		cmocka_unit_test(next_hops_and_rules_name_their_devices),
		cmocka_unit_test(neighbours_carrier_and_dhcp_have_words),
		cmocka_unit_test(names_of_the_host_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
