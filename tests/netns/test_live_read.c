/* What a snapshot of the real kernel holds, and what it leaves out.
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
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "live_ops.h"

static void test_a_snapshot_agrees_with_ip(void **state)
{
	struct kn_live *live = *state;
	struct kn_facts facts;
	char text[4096], want[128];

	live_make_bridge(live);
	assert_int_equal(sandbox_ip("link set br0 type bridge ageing_time 1234 priority 7"), 0);
	assert_int_equal(sandbox_ip("link set eth0 mtu 1432 group 5 master br0"), 0);
	assert_int_equal(sandbox_ip("address add 192.0.2.5/24 dev br0 noprefixroute"), 0);
	assert_int_equal(sandbox_ip("route add default dev br0 src 192.0.2.5 metric 9"), 0);
	live_snap(live, &live_everything, &facts);
	const struct kn_link *br0 = kn_facts_link(&facts, &live_names[1]);
	const struct kn_link *eth0 = kn_facts_link(&facts, &live_names[0]);
	assert_int_equal(sandbox_ip_read("-d link show br0", text, sizeof(text)), 0);
	(void)snprintf(want, sizeof(want), "%d: br0:", br0->ifindex);
	assert_non_null(strstr(text, want));
	(void)snprintf(want, sizeof(want), "ageing_time %u ", br0->opts.val[KN_BROPT_AGEING]);
	assert_non_null(strstr(text, want));
	assert_int_equal(br0->opts.val[KN_BROPT_AGEING], 1234);
	(void)snprintf(want, sizeof(want), "priority %u ", br0->opts.val[KN_BROPT_PRIORITY]);
	assert_non_null(strstr(text, want));
	assert_int_equal(sandbox_ip_read("-d link show eth0", text, sizeof(text)), 0);
	(void)snprintf(want, sizeof(want), "mtu %u ", eth0->mtu);
	assert_non_null(strstr(text, want));
	(void)snprintf(want, sizeof(want), " group %u ", eth0->group);
	assert_non_null(strstr(text, want));
	assert_true(kn_ifname_is(&eth0->master, "br0"));
	assert_non_null(strstr(text, "state forwarding"));
	assert_int_equal(eth0->port_state, 3);
	assert_int_equal(facts.n_addrs, 1);
	assert_int_equal(facts.routes.n, 1);
	assert_int_equal(facts.routes.v[0].metric, 9);
	assert_true(kn_ip_eq(&facts.routes.v[0].src, &facts.addrs[0].addr.ip));
	kn_facts_done(&facts);
}

static void test_ports_and_masters_of_named_links_are_included(void **state)
{
	struct kn_live *live = *state;
	struct kn_live_request req = {.names = &live_names[1], .n_names = 1, .ports = true};
	struct kn_facts facts;

	live_make_bridge(live);
	assert_int_equal(sandbox_ip("link set eth0 master br0"), 0);
	assert_int_equal(sandbox_ip("link set peer0 master br0"), 0);
	live_snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 3);
	assert_true(kn_ifname_is(&facts.links[2].master, "br0"));
	kn_facts_done(&facts);
	req.names = &live_names[0];
	live_snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 2);
	assert_true(kn_ifname_is(&facts.links[1].name, "br0"));
	kn_facts_done(&facts);
	req.ports = false;
	live_snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 1);
	assert_true(kn_ifname_is(&facts.links[0].master, "br0"));
	kn_facts_done(&facts);
}

/* With eth0 and br0 asked for. Return: the macvlans on them, by their number in the name. */
static unsigned int tops(struct kn_live *live, enum kn_tops tops)
{
	struct kn_live_request req = {.names = live_names, .n_names = 2, .tops = tops};
	unsigned int found = 0;
	struct kn_facts facts;

	live_snap(live, &req, &facts);
	for (size_t i = 0; i < facts.n_links; i++) {
		const struct kn_link *link = &facts.links[i];

		if (strncmp(link->name.s, "over", 4) != 0)
			continue;
		found |= 1u << (link->name.s[4] - '0');
		assert_true(kn_link_takes_all(link));
		assert_string_equal(link->lower.s, link->name.s[4] == '1' ? "br0" : "eth0");
	}
	assert_int_equal(facts.n_addrs, 0);
	kn_facts_done(&facts);
	return found;
}

/* By sysfs; and where it shows another network, or nothing, by looking at all links. */
static void test_what_stands_on_a_link_is_found(void **state)
{
	struct kn_live *live = *state;

	live_make_bridge(live);
	if (sandbox_ip("link add over0 link eth0 type macvlan") != 0)
		skip();
	assert_int_equal(sandbox_ip("link add over1 link br0 type macvlan"), 0);
	assert_int_equal(sandbox_ip("link add over2 link peer0 type macvlan"), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(tops(live, KN_TOPS_NONE), 0);
		/* A dump tells more than was asked for. */
		assert_int_equal(tops(live, KN_TOPS_FREE) & ~(round ? 2u : 0), 1);
		assert_int_equal(tops(live, KN_TOPS_ALL), 3);
		if (round == 0)
			assert_int_equal(umount2("/sys", MNT_DETACH), 0);
	}
}

static void test_all_bridges_lists_bridges_and_their_ports_only(void **state)
{
	struct kn_live *live = *state;
	struct kn_live_request req = {.all_bridges = true, .ports = true, .addrs = true};
	struct kn_op add[] = {live_op_bridge("br0"), live_op_bridge("br1"),
			      live_op_master("eth0", "br1", "")};
	struct kn_facts facts;

	live_exec_ok(live, add, 3);
	live_snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 3);
	assert_non_null(kn_facts_link(&facts, &live_names[0]));
	assert_non_null(kn_facts_link(&facts, &live_names[1]));
	assert_true(kn_ifname_is(&kn_facts_link(&facts, &live_names[0])->master, "br1"));
	kn_facts_done(&facts);
}

static void test_an_absent_link_is_no_error(void **state)
{
	struct kn_ifname missing[] = {{"nope"}, {"eth0"}, {"eth0"}};
	struct kn_live_request req = {.names = missing, .n_names = 3};
	struct kn_facts facts;

	live_snap(*state, &req, &facts);
	assert_int_equal(facts.n_links, 1);
	kn_facts_done(&facts);
}

static void test_wanted_addresses_are_found_on_links_not_asked_for(void **state)
{
	struct kn_ip ips[] = {live_ip("192.0.2.5"), live_ip("2001:db8::5"), live_ip("192.0.2.6"),
			      live_ip("2001:db8::6")};
	struct kn_live_request req = {.ips = ips, .n_ips = 4};
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("address add 192.0.2.5/24 dev peer0"), 0);
	assert_int_equal(sandbox_ip("address add 2001:db8::5/64 dev peer0 nodad"), 0);
	live_snap(*state, &req, &facts);
	assert_int_equal(facts.n_uses, 2);
	assert_true(kn_ip_eq(&facts.uses[0].ip, &ips[0]) && kn_ip_eq(&facts.uses[1].ip, &ips[1]));
	assert_true(kn_ifname_is(&facts.uses[0].dev, "peer0"));
	assert_true(kn_ifname_is(&facts.uses[1].dev, "peer0"));
	kn_facts_done(&facts);
	((struct kn_nl *)*state)->strict = false; /* as on kernels that search the dump */
	live_snap(*state, &req, &facts);
	assert_int_equal(facts.n_uses, 2);
	kn_facts_done(&facts);
}

static void test_routes_of_other_links_are_left_out_but_defaults_kept(void **state)
{
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("route add 198.51.100.0/24 dev peer0"), 0);
	assert_int_equal(sandbox_ip("route add default dev peer0 table 77"), 0);
	assert_int_equal(sandbox_ip("route add 203.0.113.0/24 nexthop dev eth0 nexthop dev peer0"),
			 0);
	assert_int_equal(sandbox_ip("route add 192.0.2.0/24 nexthop dev peer0 nexthop dev lo"), 0);
	live_snap(*state, &live_everything, &facts);
	assert_int_equal(facts.routes.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct kn_route *route = &facts.routes.v[i];

		assert_int_equal(route->multipath, !kn_route_is_default(route));
		assert_true(kn_ifname_is(&route->dev, route->multipath ? "eth0" : "peer0"));
		assert_int_equal(route->table, route->multipath ? 254 : 77);
	}
	kn_facts_done(&facts);
}

static size_t count_routes(const struct kn_facts *facts, const char *dev)
{
	size_t n = 0;

	for (size_t i = 0; i < facts->routes.n; i++)
		n += kn_ifname_is(&facts->routes.v[i].dev, dev);
	return n;
}

static void test_with_own_routes_only_a_route_over_two_links_is_read_once(void **state)
{
	const struct kn_ifname names[] = {{"eth0"}, {"peer0"}};
	struct kn_live_request req = {
		.names = names, .n_names = 2, .routes = true, .rivals = KN_RIVALS_NONE};
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("link add other0 up type bridge"), 0);
	assert_int_equal(sandbox_ip("route add default dev other0 table 77"), 0);
	assert_int_equal(sandbox_ip("route add 198.51.100.0/24 dev peer0"), 0);
	assert_int_equal(sandbox_ip("route add 203.0.113.0/24 nexthop dev eth0 nexthop dev peer0"),
			 0);
	live_snap(*state, &req, &facts);
	assert_int_equal(count_routes(&facts, "other0"), 0);
	assert_int_equal(count_routes(&facts, "eth0"), 1);
	assert_int_equal(count_routes(&facts, "peer0"), 1);
	kn_facts_done(&facts);
	req.rivals = KN_RIVALS_ALL;
	live_snap(*state, &req, &facts);
	assert_int_equal(count_routes(&facts, "other0"), 1);
	assert_int_equal(facts.routes.n, 3);
	kn_facts_done(&facts);
}

/* NLM_F_REPLACE goes by prefix and metric, so it could hit the other link's route. */
static void test_an_own_ipv6_default_route_brings_its_rivals_along(void **state)
{
	struct kn_live_request req = {
		.names = live_names, .n_names = 1, .routes = true, .rivals = KN_RIVALS_IPV6};
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("-6 route add default dev peer0 metric 9"), 0);
	live_snap(*state, &req, &facts);
	assert_int_equal(facts.routes.n, 0);
	kn_facts_done(&facts);
	assert_int_equal(sandbox_ip("-6 route add default dev eth0 metric 7"), 0);
	live_snap(*state, &req, &facts);
	assert_int_equal(facts.routes.n, 2);
	kn_facts_done(&facts);
	req.rivals = KN_RIVALS_NONE;
	live_snap(*state, &req, &facts);
	assert_int_equal(facts.routes.n, 1);
	assert_int_equal(facts.routes.v[0].metric, 7);
	kn_facts_done(&facts);
}

static void test_proxies_belong_to_their_own_link(void **state)
{
	struct kn_live_request req = {.names = &live_names[0], .n_names = 1, .neighs = true};
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("neigh add proxy 192.0.2.7 dev eth0"), 0);
	assert_int_equal(sandbox_ip("neigh add proxy 192.0.2.8 dev peer0"), 0);
	live_snap(*state, &req, &facts);
	assert_int_equal(facts.n_neighs, 1);
	assert_true(kn_ifname_is(&facts.neighs[0].dev, "eth0"));
	assert_true(facts.neighs[0].flags & NTF_PROXY);
	kn_facts_done(&facts);
}

/* More than are asked for one by one. */
static void test_all_ports_of_a_large_bridge_are_read(void **state)
{
	struct kn_live_request req = {.names = &live_names[1], .n_names = 1, .ports = true};
	struct kn_facts facts;
	char words[64];

	live_make_bridge(*state);
	for (size_t i = 0; i < 130; i++) {
		(void)snprintf(words, sizeof(words),
			       "link add p%zu master br0 type veth peer name q%zu", i, i);
		assert_int_equal(sandbox_ip(words), 0);
		if (i != 100)
			continue;
		live_snap(*state, &req, &facts);
		assert_int_equal(facts.n_links, 102);
		kn_facts_done(&facts);
	}
	live_snap(*state, &req, &facts);
	assert_int_equal(facts.n_links, 131);
	kn_facts_done(&facts);
}

/* Runs beside the test: links come and go while the parent reads. Never returns. */
static void change_links(void)
{
	struct kn_op add = live_op_bridge("br1"), del = live_op(KN_OP_LINK_DEL, "br1");
	struct kn_error err = {0};
	struct kn_live *live;
	bool done;

	if (kn_live_open(&live, &err) < 0)
		_exit(1);
	for (int i = 0; i < 100; i++)
		if (live->exec(live, &add, 1, &done, &err) < 0 ||
		    live->exec(live, &del, 1, &done, &err) < 0)
			_exit(2);
	_exit(0);
}

static void assert_no_link_twice(const struct kn_facts *facts)
{
	for (size_t i = 0; i < facts->n_links; i++)
		for (size_t k = i + 1; k < facts->n_links; k++)
			assert_int_not_equal(facts->links[i].ifindex, facts->links[k].ifindex);
}

/* Many links make the dump long enough to be interrupted. */
static void test_an_interrupted_dump_is_begun_afresh(void **state)
{
	struct kn_live *live = *state;
	struct kn_live_request req = {.all_bridges = true, .ports = true};
	struct kn_facts facts;
	struct kn_error err = {0};
	int status, read = 0;
	char words[64];

	for (int i = 0; i < 120; i++) {
		(void)snprintf(words, sizeof(words), "link add many%d type bridge", i);
		assert_int_equal(sandbox_ip(words), 0);
	}
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		change_links();
	while (waitpid(pid, &status, WNOHANG) == 0) {
		facts = (struct kn_facts){0};
		/* Too restless to be read is an honest answer, a wrong list is not. */
		if (live->snapshot(live, &req, &facts, &err) < 0) {
			assert_int_equal(err.sys_errno, EAGAIN);
			continue;
		}
		read++;
		assert_no_link_twice(&facts);
		assert_true(facts.n_links >= 120);
		kn_facts_done(&facts);
	}
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(read > 0);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, live_set_up, live_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_snapshot_agrees_with_ip),
		TEST(test_ports_and_masters_of_named_links_are_included),
		TEST(test_what_stands_on_a_link_is_found),
		TEST(test_all_bridges_lists_bridges_and_their_ports_only),
		TEST(test_an_absent_link_is_no_error),
		TEST(test_wanted_addresses_are_found_on_links_not_asked_for),
		TEST(test_routes_of_other_links_are_left_out_but_defaults_kept),
		TEST(test_with_own_routes_only_a_route_over_two_links_is_read_once),
		TEST(test_an_own_ipv6_default_route_brings_its_rivals_along),
		TEST(test_proxies_belong_to_their_own_link),
		TEST(test_all_ports_of_a_large_bridge_are_read),
		TEST(test_an_interrupted_dump_is_begun_afresh),
	};

	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
