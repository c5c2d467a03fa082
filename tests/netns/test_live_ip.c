/* Operations on addresses, routes and neighbours against the real kernel, forward and back.
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

#include "live_ops.h"

/* The clock runs; a minute is more than any machine needs from one line to the next. */
static void assert_lifetime(struct kn_live *live, const struct kn_laddr *want)
{
	struct kn_facts facts;
	bool found = false;

	live_snap(live, &live_everything, &facts);
	for (size_t i = 0; i < facts.n_addrs; i++) {
		const struct kn_laddr *have = &facts.addrs[i];

		if (!kn_cidr_eq(&have->addr, &want->addr))
			continue;
		found = true;
		assert_in_range(have->valid_s, want->valid_s - 60, want->valid_s);
		assert_in_range(have->preferred_s, want->preferred_s - 60, want->preferred_s);
	}
	kn_facts_done(&facts);
	assert_true(found);
}

static void test_addresses_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op plain = live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"), rich = plain;
	struct kn_op peer = live_op_addr(KN_OP_ADDR_ADD, "eth0", "198.51.100.1/32");
	struct kn_op six = live_op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8::5/64");
	struct kn_op six_peer = live_op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8:1::5/128");
	struct kn_op local = live_op_addr(KN_OP_ADDR_ADD, "eth0", "fe80::1/64"), del;

	live_round_trip(live, &plain);
	rich.addr.addr = live_cidr("203.0.113.9/25");
	rich.addr.broadcast = live_ip("203.0.113.127");
	rich.addr.label[0] = '\0';
	memcpy(rich.addr.label, "eth0:7", 7);
	rich.addr.has_metric = true;
	rich.addr.metric = 42;
	rich.addr.valid_s = 5000;
	rich.addr.preferred_s = 4000;
	rich.addr.scope = 200;
	live_round_trip(live, &rich);
	assert_lifetime(live, &rich.addr);
	peer.addr.peer = live_ip("198.51.100.2");
	live_round_trip(live, &peer);
	six.addr.flags |= IFA_F_NOPREFIXROUTE;
	live_round_trip(live, &six);
	six_peer.addr.peer = live_ip("2001:db8:1::6");
	live_round_trip(live, &six_peer);
	local.addr.scope = 253;
	live_round_trip(live, &local);
	del = rich;
	del.kind = KN_OP_ADDR_DEL;
	live_round_trip(live, &del);
}

static void test_the_kernels_own_address_flags_are_not_sent_back(void **state)
{
	struct kn_op op = live_op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8::5/64");
	struct kn_facts facts;

	op.addr.flags = IFA_F_NODAD | IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_PERMANENT;
	/* New kernels sift them as well, so look at the message, too. */
	struct kn_req req;
	kn_req_addr(&req, RTM_NEWADDR, 1, &op.addr);
	struct nlattr *flags =
		nlmsg_find_attr(nlmsg_hdr(req.msg), sizeof(struct ifaddrmsg), IFA_FLAGS);
	assert_non_null(flags);
	assert_int_equal(nla_get_u32(flags), IFA_F_NODAD);
	kn_req_done(&req);
	live_exec_ok(*state, &op, 1);
	live_snap(*state, &live_everything, &facts);
	assert_int_equal(facts.n_addrs, 1);
	assert_int_equal(facts.addrs[0].flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED), 0);
	assert_true(facts.addrs[0].flags & IFA_F_NODAD);
	kn_facts_done(&facts);
}

static void test_routes_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op base[] = {live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			       live_op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8::5/64")};
	struct kn_op gw = live_op_route(KN_OP_ROUTE_ADD, "eth0", "0.0.0.0/0"), rich = gw;
	struct kn_op link = live_op_route(KN_OP_ROUTE_ADD, "eth0", "198.51.100.0/24");
	struct kn_op six = live_op_route(KN_OP_ROUTE_ADD, "eth0", "::/0"), via = link;
	/* RTA_METRICS payload: one attribute, RTAX_MTU (2) = 1280. */
	static const uint32_t mtu[2] = {8 | 2 << 16, 1280};

	live_exec_ok(live, base, 2);
	gw.route.gateway = live_ip("192.0.2.1");
	live_round_trip(live, &gw);
	rich.route.gateway = live_ip("203.0.113.1");
	rich.route.onlink = true;
	rich.route.has_metric = true;
	rich.route.metric = 100;
	rich.route.src = live_ip("192.0.2.5");
	rich.route.table = 1000;
	rich.route.proto = 16;
	rich.route.metrics_len = sizeof(mtu);
	memcpy(rich.route.metrics, mtu, sizeof(mtu));
	live_round_trip(live, &rich);
	live_round_trip(live, &link);
	via.route.dst = live_cidr("203.0.113.0/24");
	via.route.gateway = live_ip("2001:db8::1");
	live_round_trip(live, &via);
	six.route.gateway = live_ip("2001:db8::1");
	six.route.has_metric = true;
	six.route.metric = 512;
	six.route.expires_s = 3000;
	six.route.pref = 1;
	live_round_trip(live, &six);
	rich.kind = KN_OP_ROUTE_DEL;
	live_round_trip(live, &rich);
}

/* Told from a gateway by its scope: without it the kernel finds no way to the gateway. */
static void test_a_link_route_without_a_scope_can_carry_a_gateway(void **state)
{
	struct kn_op ops[] = {live_op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			      live_op_route(KN_OP_ROUTE_ADD, "eth0", "203.0.113.1/32"),
			      live_op_route(KN_OP_ROUTE_ADD, "eth0", "0.0.0.0/0")};

	ops[2].route.gateway = live_ip("203.0.113.1");
	live_exec_ok(*state, ops, 3);
}

static void test_a_link_route_of_any_scope_can_be_deleted(void **state)
{
	struct kn_live *live = *state;
	struct kn_op del = live_op(KN_OP_ROUTE_DEL, "eth0");
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("route add 198.51.100.0/24 dev eth0 scope global"), 0);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.routes.n, 1);
	del.route = facts.routes.v[0];
	kn_facts_done(&facts);
	live_exec_ok(live, &del, 1);
	assert_false(live_has_route_to(live, &del.route.dst.ip));
}

static void test_a_blackhole_default_route_is_seen_and_put_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = live_op(KN_OP_ROUTE_ADD, "eth0");

	op.dev = (struct kn_ifname){0};
	op.route = KN_ROUTE_INIT;
	op.route.dst = live_cidr("0.0.0.0/0");
	op.route.type = RTN_BLACKHOLE;
	live_round_trip(live, &op);
}

static void test_a_prepended_route_stands_in_front(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {live_op_bridge("br0"), live_op(KN_OP_LINK_UP, "br0"),
			      live_op_route(KN_OP_ROUTE_ADD, "eth0", "198.51.100.0/24"),
			      live_op_route(KN_OP_ROUTE_PREPEND, "br0", "198.51.100.0/24")};
	struct kn_facts facts;

	live_exec_ok(live, ops, 3);
	live_round_trip(live, &ops[3]);
	live_snap(live, &live_everything, &facts);
	assert_int_equal(facts.routes.n, 2);
	assert_true(kn_ifname_is(&facts.routes.v[0].dev, "br0"));
	kn_facts_done(&facts);
}

static void test_an_ipv6_route_moves_in_place(void **state)
{
	struct kn_live *live = *state;
	struct kn_op route = live_op_route(KN_OP_ROUTE_ADD, "eth0", "2001:db8:9::/64");
	struct kn_op move = live_op(KN_OP_ROUTE_DEV, "br0");

	live_make_bridge(live);
	route.route.has_metric = true;
	route.route.metric = 1024;
	live_exec_ok(live, &route, 1);
	move.reroute.before = move.reroute.now = route.route;
	move.reroute.now.dev = live_name("br0");
	live_round_trip(live, &move);
}

static void test_neighbours_and_proxies_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op entry = live_op(KN_OP_NEIGH_ADD, "eth0"), proxy = entry, six = entry;

	entry.neigh = (struct kn_neigh){.dev = entry.dev,
					.dst = live_ip("192.0.2.77"),
					.has_mac = true,
					.mac = {{2, 0, 0, 0, 0, 7}},
					.state = NUD_PERMANENT};
	six.neigh = entry.neigh;
	six.neigh.dst = live_ip("fe80::7");
	six.neigh.flags = NTF_ROUTER;
	proxy.neigh = (struct kn_neigh){
		.dev = entry.dev, .dst = live_ip("192.0.2.78"), .flags = NTF_PROXY};
	live_round_trip(live, &entry);
	live_round_trip(live, &six);
	live_round_trip(live, &proxy);
	struct kn_op del = entry;
	del.kind = KN_OP_NEIGH_DEL;
	live_round_trip(live, &del);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, live_set_up, live_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_addresses_go_there_and_back),
		TEST(test_the_kernels_own_address_flags_are_not_sent_back),
		TEST(test_routes_go_there_and_back),
		TEST(test_a_link_route_without_a_scope_can_carry_a_gateway),
		TEST(test_a_link_route_of_any_scope_can_be_deleted),
		TEST(test_a_blackhole_default_route_is_seen_and_put_back),
		TEST(test_a_prepended_route_stands_in_front),
		TEST(test_an_ipv6_route_moves_in_place),
		TEST(test_neighbours_and_proxies_go_there_and_back),
	};

	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
