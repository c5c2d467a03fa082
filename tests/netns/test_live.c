/* The live layer against the real kernel, in network namespaces of its own: every operation
 * forward and back, what a snapshot holds, and what happens when the kernel refuses or is not
 * heard. Needs root or user namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/live.h"
#include "live/nl.h"
#include "live_sandbox.h"

static const struct kn_ifname names[] = {{"eth0"}, {"br0"}, {"br1"}};
static const struct kn_live_request everything = {
	.names = names, .n_names = 3, .ports = true, .neighs = true, .addrs = true, .routes = true};

static int set_up(void **state)
{
	struct kn_live *live = NULL;
	struct kn_error err = {0};

	if (sandbox_new_net() < 0)
		fail_msg("no network namespace: %s", strerror(errno));
	/* eth0 is one end of a cable whose other end is plugged in. */
	assert_int_equal(sandbox_ip("link add eth0 type veth peer name peer0"), 0);
	assert_int_equal(sandbox_ip("link set eth0 addrgenmode none up"), 0);
	assert_int_equal(sandbox_ip("link set peer0 addrgenmode none up"), 0);
	assert_int_equal(kn_live_open(&live, &err), 0);
	*state = live;
	return 0;
}

static int tear_down(void **state)
{
	struct kn_live *live = *state;

	live->close(live);
	return 0;
}

static struct kn_ifname name(const char *str)
{
	struct kn_ifname ret;
	struct kn_error err = {0};

	assert_int_equal(kn_ifname_from_host(str, &ret, &err), 0);
	return ret;
}

static struct kn_ip ip(const char *str)
{
	struct kn_ip ret;

	assert_true(kn_ip_is(str, &ret));
	return ret;
}

static struct kn_cidr cidr(const char *str)
{
	struct kn_cidr ret;
	struct kn_error err = {0};

	assert_int_equal(kn_cidr_parse(str, "value", &ret, &err), 0);
	return ret;
}

static struct kn_op op_on(enum kn_op_kind kind, const char *dev)
{
	return (struct kn_op){.kind = kind, .phase = KN_PHASE_PREPARE, .dev = name(dev)};
}

static struct kn_op op_num(enum kn_op_kind kind, const char *dev, uint32_t now, uint32_t before)
{
	struct kn_op op = op_on(kind, dev);

	op.num.now = now;
	op.num.before = before;
	return op;
}

static struct kn_op op_bridge(const char *dev)
{
	struct kn_op op = op_on(KN_OP_BRIDGE_ADD, dev);

	op.bridge.has_mac = true;
	op.bridge.mac = (struct kn_mac){{0x52, 0x54, 0, 1, 2, 3}};
	kn_opts_set(&op.bridge.opts, KN_BROPT_STP, 0);
	kn_opts_set(&op.bridge.opts, KN_BROPT_FORWARD_DELAY, 0);
	return op;
}

static struct kn_op op_master(const char *dev, const char *now, const char *before)
{
	struct kn_op op = op_on(KN_OP_LINK_MASTER, dev);

	if (*now)
		op.master.now = name(now);
	if (*before)
		op.master.before = name(before);
	return op;
}

static struct kn_op op_addr(enum kn_op_kind kind, const char *dev, const char *value)
{
	struct kn_op op = op_on(kind, dev);

	op.addr = (struct kn_laddr){.dev = op.dev,
				    .addr = cidr(value),
				    .valid_s = UINT32_MAX,
				    .preferred_s = UINT32_MAX};
	if (op.addr.addr.ip.family == KN_IPV6)
		op.addr.flags = IFA_F_NODAD;
	return op;
}

static struct kn_op op_route(enum kn_op_kind kind, const char *dev, const char *dst)
{
	struct kn_op op = op_on(kind, dev);

	op.route = KN_ROUTE_INIT;
	op.route.dev = op.dev;
	op.route.dst = cidr(dst);
	return op;
}

static void exec_ok(struct kn_live *live, const struct kn_op *ops, size_t n)
{
	struct kn_error err = {0};
	bool done[80] = {0};

	assert_true(n <= sizeof(done));
	if (live->exec(live, ops, n, done, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < n; i++)
		assert_true(done[i]);
}

static void snap(struct kn_live *live, const struct kn_live_request *req, struct kn_facts *ret)
{
	struct kn_error err = {0};

	*ret = (struct kn_facts){0};
	if (live->snapshot(live, req, ret, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(ret->live);
}

static char *text_of(struct kn_live *live)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};
	struct kn_facts facts;
	char *text;

	snap(live, &everything, &facts);
	sandbox_describe(&facts, &buf);
	kn_facts_done(&facts);
	assert_int_equal(kn_buf_steal(&buf, &text, NULL, &err), 0);
	return text;
}

/* Forward changes something, the table's inverse gives the state before. */
static void round_trip(struct kn_live *live, const struct kn_op *op)
{
	struct kn_op inverse;
	char *before KN_CLEANUP(kn_freep) = text_of(live);

	exec_ok(live, op, 1);
	char *after KN_CLEANUP(kn_freep) = text_of(live);
	assert_string_not_equal(before, after);
	assert_true(kn_op_inverse(op, &inverse));
	exec_ok(live, &inverse, 1);
	char *again KN_CLEANUP(kn_freep) = text_of(live);
	assert_string_equal(before, again);
	exec_ok(live, op, 1); /* and forward once more */
	char *last KN_CLEANUP(kn_freep) = text_of(live);
	assert_string_equal(after, last);
}

static void make_bridge(struct kn_live *live)
{
	struct kn_op ops[] = {op_bridge("br0"), op_num(KN_OP_ADDR_GEN, "br0", 1, 0),
			      op_on(KN_OP_LINK_UP, "br0")};

	exec_ok(live, ops, 3);
}

static void test_a_bridge_is_made_as_asked_and_removed(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_bridge("br0");
	struct kn_facts facts;

	op.bridge.mtu = 1500;
	kn_opts_set(&op.bridge.opts, KN_BROPT_PRIORITY, 4096);
	kn_opts_set(&op.bridge.opts, KN_BROPT_AGEING, 6000);
	kn_opts_set(&op.bridge.opts, KN_BROPT_HELLO, 100);
	kn_opts_set(&op.bridge.opts, KN_BROPT_MAX_AGE, 900);
	kn_opts_set(&op.bridge.opts, KN_BROPT_MCAST_SNOOPING, 0);
	kn_opts_set(&op.bridge.opts, KN_BROPT_VLAN_FILTERING, 0);
	kn_opts_set(&op.bridge.opts, KN_BROPT_NF_CALL, 1);
	round_trip(live, &op);
	snap(live, &everything, &facts);
	const struct kn_link *br0 = kn_facts_link(&facts, &names[1]);
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
	struct kn_op op = op_bridge("br0");
	struct kn_error err = {0};
	struct kn_facts facts;
	bool done;

	bool can = sandbox_ip("link add probe type bridge vlan_filtering 1") == 0;
	kn_opts_set(&op.bridge.opts, KN_BROPT_VLAN_FILTERING, 1);
	int rc = live->exec(live, &op, 1, &done, &err);
	snap(live, &everything, &facts);
	const struct kn_link *br0 = kn_facts_link(&facts, &names[1]);
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
	struct kn_op op = op_on(KN_OP_BRIDGE_ADD, "br0");
	struct kn_facts facts;

	exec_ok(*state, &op, 1);
	snap(*state, &everything, &facts);
	assert_false(kn_facts_link(&facts, &names[1])->mac_set);
	kn_facts_done(&facts);
}

static void test_a_given_mtu_does_not_follow_the_ports(void **state)
{
	struct kn_op ops[] = {op_bridge("br0"), op_num(KN_OP_LINK_MTU, "eth0", 1400, 1500),
			      op_master("eth0", "br0", "")};
	struct kn_facts facts;

	ops[0].bridge.mtu = 1500;
	exec_ok(*state, ops, 3);
	snap(*state, &everything, &facts);
	assert_int_equal(kn_facts_link(&facts, &names[1])->mtu, 1500);
	assert_int_equal(kn_facts_link(&facts, &names[0])->mtu, 1400);
	kn_facts_done(&facts);
}

static void test_link_settings_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {op_on(KN_OP_LINK_UP, "br0"),
			      op_num(KN_OP_LINK_MTU, "br0", 1400, 1500),
			      op_num(KN_OP_LINK_GROUP, "br0", 7, 0),
			      op_num(KN_OP_ADDR_GEN, "br0", 1, 0),
			      op_num(KN_OP_RP_FILTER, "br0", 2, 0),
			      op_num(KN_OP_ACCEPT_RA, "br0", 2, 1),
			      op_num(KN_OP_DISABLE_IPV6, "eth0", 1, 0),
			      op_master("eth0", "br0", ""),
			      op_on(KN_OP_LINK_DOWN, "br0")};
	struct kn_op add = op_bridge("br0"), mac = op_on(KN_OP_LINK_MAC, "br0");
	struct kn_op del = op_on(KN_OP_LINK_DEL, "br1"), add1 = op_bridge("br1");

	exec_ok(live, &add, 1);
	assert_int_equal(sandbox_ip("link set br0 addrgenmode eui64"), 0);
	mac.mac.before = add.bridge.mac;
	mac.mac.now = (struct kn_mac){{0x52, 0x54, 0, 9, 9, 9}};
	round_trip(live, &mac);
	/* With address generation off nothing appears by itself between two snapshots. */
	round_trip(live, &ops[3]);
	/* rp_filter may be preset by the system's defaults. */
	struct kn_facts facts;
	snap(live, &everything, &facts);
	ops[4].num.before = kn_facts_link(&facts, &names[1])->rp_filter;
	ops[4].num.now = ops[4].num.before == 2 ? 1 : 2;
	kn_facts_done(&facts);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (i != 3)
			round_trip(live, &ops[i]);
	exec_ok(live, &add1, 1);
	del.bridge = add1.bridge;
	round_trip(live, &del);
}

static void test_bridge_options_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_on(KN_OP_BRIDGE_OPTS, "br0");

	make_bridge(live);
	kn_opts_set(&op.opts.now, KN_BROPT_STP, 1);
	kn_opts_set(&op.opts.now, KN_BROPT_FORWARD_DELAY, 400);
	kn_opts_set(&op.opts.now, KN_BROPT_PRIORITY, 100);
	kn_opts_set(&op.opts.now, KN_BROPT_NF_CALL, 1);
	kn_opts_set(&op.opts.before, KN_BROPT_STP, 0);
	kn_opts_set(&op.opts.before, KN_BROPT_FORWARD_DELAY, 0);
	kn_opts_set(&op.opts.before, KN_BROPT_PRIORITY, 32768);
	kn_opts_set(&op.opts.before, KN_BROPT_NF_CALL, 0);
	round_trip(live, &op);
}

static void test_port_options_go_there_and_back(void **state)
{
	static const uint32_t now[KN_PORTOPT_COUNT] = {
		[KN_PORTOPT_ISOLATED] = 1,  [KN_PORTOPT_HAIRPIN] = 1,  [KN_PORTOPT_COST] = 77,
		[KN_PORTOPT_PRIORITY] = 11, [KN_PORTOPT_LEARNING] = 0,
	};
	struct kn_live *live = *state;
	struct kn_op op = op_on(KN_OP_PORT_OPTS, "eth0"), attach = op_master("eth0", "br0", "");
	struct kn_facts facts;

	make_bridge(live);
	exec_ok(live, &attach, 1);
	snap(live, &everything, &facts);
	const struct kn_link *eth0 = kn_facts_link(&facts, &names[0]);
	assert_int_equal(eth0->port_opts.has, (1u << KN_PORTOPT_COUNT) - 1);
	op.opts.before = eth0->port_opts;
	kn_facts_done(&facts);
	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++)
		kn_opts_set(&op.opts.now, i, now[i]);
	round_trip(live, &op);
}

static void test_addresses_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op plain = op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"), rich = plain;
	struct kn_op peer = op_addr(KN_OP_ADDR_ADD, "eth0", "198.51.100.1/32");
	struct kn_op six = op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8::5/64");
	struct kn_op six_peer = op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8:1::5/128");
	struct kn_op local = op_addr(KN_OP_ADDR_ADD, "eth0", "fe80::1/64"), del;

	round_trip(live, &plain);
	rich.addr.addr = cidr("203.0.113.9/25");
	rich.addr.broadcast = ip("203.0.113.127");
	rich.addr.label[0] = '\0';
	memcpy(rich.addr.label, "eth0:7", 7);
	rich.addr.has_metric = true;
	rich.addr.metric = 42;
	rich.addr.valid_s = 5000;
	rich.addr.preferred_s = 4000;
	rich.addr.scope = 200;
	round_trip(live, &rich);
	peer.addr.peer = ip("198.51.100.2");
	round_trip(live, &peer);
	six.addr.flags |= IFA_F_NOPREFIXROUTE;
	round_trip(live, &six);
	six_peer.addr.peer = ip("2001:db8:1::6");
	round_trip(live, &six_peer);
	local.addr.scope = 253;
	round_trip(live, &local);
	del = rich;
	del.kind = KN_OP_ADDR_DEL;
	round_trip(live, &del);
}

static void test_the_kernels_own_address_flags_are_not_sent_back(void **state)
{
	struct kn_op op = op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8::5/64");
	struct kn_facts facts;

	op.addr.flags = IFA_F_NODAD | IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_PERMANENT;
	exec_ok(*state, &op, 1);
	snap(*state, &everything, &facts);
	assert_int_equal(facts.n_addrs, 1);
	assert_int_equal(facts.addrs[0].flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED), 0);
	assert_true(facts.addrs[0].flags & IFA_F_NODAD);
	kn_facts_done(&facts);
}

static void test_routes_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op base[] = {op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			       op_addr(KN_OP_ADDR_ADD, "eth0", "2001:db8::5/64")};
	struct kn_op gw = op_route(KN_OP_ROUTE_ADD, "eth0", "0.0.0.0/0"), rich = gw;
	struct kn_op link = op_route(KN_OP_ROUTE_ADD, "eth0", "198.51.100.0/24");
	struct kn_op six = op_route(KN_OP_ROUTE_ADD, "eth0", "::/0"), via = link;
	/* RTA_METRICS payload: one attribute, RTAX_MTU (2) = 1280. */
	static const uint32_t mtu[2] = {8 | 2 << 16, 1280};

	exec_ok(live, base, 2);
	gw.route.gateway = ip("192.0.2.1");
	round_trip(live, &gw);
	rich.route.gateway = ip("203.0.113.1");
	rich.route.onlink = true;
	rich.route.has_metric = true;
	rich.route.metric = 100;
	rich.route.src = ip("192.0.2.5");
	rich.route.table = 1000;
	rich.route.proto = 16;
	rich.route.metrics_len = sizeof(mtu);
	memcpy(rich.route.metrics, mtu, sizeof(mtu));
	round_trip(live, &rich);
	round_trip(live, &link);
	via.route.dst = cidr("203.0.113.0/24");
	via.route.gateway = ip("2001:db8::1");
	round_trip(live, &via);
	six.route.gateway = ip("2001:db8::1");
	six.route.has_metric = true;
	six.route.metric = 512;
	six.route.expires_s = 3000;
	six.route.pref = 1;
	round_trip(live, &six);
	rich.kind = KN_OP_ROUTE_DEL;
	round_trip(live, &rich);
}

static void test_a_blackhole_default_route_is_seen_and_put_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_on(KN_OP_ROUTE_ADD, "eth0");

	op.dev = (struct kn_ifname){0};
	op.route = KN_ROUTE_INIT;
	op.route.dst = cidr("0.0.0.0/0");
	op.route.type = RTN_BLACKHOLE;
	round_trip(live, &op);
}

static void test_a_prepended_route_stands_in_front(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {op_bridge("br0"), op_on(KN_OP_LINK_UP, "br0"),
			      op_route(KN_OP_ROUTE_ADD, "eth0", "198.51.100.0/24"),
			      op_route(KN_OP_ROUTE_PREPEND, "br0", "198.51.100.0/24")};
	struct kn_facts facts;

	exec_ok(live, ops, 3);
	round_trip(live, &ops[3]);
	snap(live, &everything, &facts);
	assert_int_equal(facts.routes.n, 2);
	assert_true(kn_ifname_is(&facts.routes.v[0].dev, "br0"));
	kn_facts_done(&facts);
}

static void test_an_ipv6_route_moves_in_place(void **state)
{
	struct kn_live *live = *state;
	struct kn_op route = op_route(KN_OP_ROUTE_ADD, "eth0", "2001:db8:9::/64");
	struct kn_op move = op_on(KN_OP_ROUTE_DEV, "br0");

	make_bridge(live);
	route.route.has_metric = true;
	route.route.metric = 1024;
	exec_ok(live, &route, 1);
	move.reroute.before = move.reroute.now = route.route;
	move.reroute.now.dev = name("br0");
	round_trip(live, &move);
}

static void test_neighbours_and_proxies_go_there_and_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op entry = op_on(KN_OP_NEIGH_ADD, "eth0"), proxy = entry, six = entry;

	entry.neigh = (struct kn_neigh){.dev = entry.dev,
					.dst = ip("192.0.2.77"),
					.has_mac = true,
					.mac = {{2, 0, 0, 0, 0, 7}},
					.state = NUD_PERMANENT};
	six.neigh = entry.neigh;
	six.neigh.dst = ip("fe80::7");
	six.neigh.flags = NTF_ROUTER;
	proxy.neigh =
		(struct kn_neigh){.dev = entry.dev, .dst = ip("192.0.2.78"), .flags = NTF_PROXY};
	round_trip(live, &entry);
	round_trip(live, &six);
	round_trip(live, &proxy);
	struct kn_op del = entry;
	del.kind = KN_OP_NEIGH_DEL;
	round_trip(live, &del);
}

static void test_differing_settings_are_copied(void **state)
{
	struct kn_live *live = *state;
	struct kn_op copy = op_on(KN_OP_CONF_COPY, "br0"), arp = op_on(KN_OP_CONF_COPY, "br1");
	struct kn_op add[] = {op_bridge("br0"), op_bridge("br1")};
	struct kn_error err = {0};
	struct kn_ifname eth0 = name("eth0"), br0 = name("br0");
	char text[32];

	exec_ok(live, add, 2);
	assert_int_equal(kn_sysctl6_write(&eth0, "accept_ra", 0, &err), 0);
	assert_int_equal(kn_sysctl6_write(&eth0, "router_solicitation_interval", 9, &err), 0);
	assert_int_equal(kn_sysctl6_write(&eth0, "disable_ipv6", 1, &err), 0);
	int fd = open("/proc/sys/net/ipv4/conf/eth0/arp_ignore", O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "2", 1), 1);
	close(fd);
	copy.other = eth0;
	exec_ok(live, &copy, 1);
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
	exec_ok(live, &arp, 1);
	assert_int_equal(kn_read_small("/proc/sys/net/ipv4/conf/br1/arp_ignore", text, 32), 0);
	assert_string_equal(text, "2");
}

static bool runs(struct kn_live *live, const char *dev)
{
	struct kn_facts facts;
	struct kn_ifname wanted = name(dev);
	struct kn_live_request req = {.names = &wanted, .n_names = 1};

	snap(live, &req, &facts);
	bool ret = facts.n_links == 1 && (facts.links[0].flags & IFF_RUNNING);
	kn_facts_done(&facts);
	return ret;
}

static void test_a_temporary_carrier_makes_the_bridge_run(void **state)
{
	struct kn_live *live = *state;
	struct kn_op add = op_on(KN_OP_CARRIER_ADD, "br0"), del;
	struct kn_ifname tap = name("kvmnet-tap0");
	struct kn_live_request req = {.names = &tap, .n_names = 1, .addrs = true};
	struct kn_facts facts;

	make_bridge(live);
	assert_false(runs(live, "br0"));
	add.other = tap;
	exec_ok(live, &add, 1);
	assert_true(runs(live, "br0"));
	snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 1);
	assert_int_equal(facts.links[0].kind, KN_LINK_TUN);
	assert_int_equal(facts.n_addrs, 0);
	kn_facts_done(&facts);
	assert_true(kn_op_inverse(&add, &del));
	exec_ok(live, &del, 1);
	assert_false(runs(live, "br0"));
	snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 0);
	kn_facts_done(&facts);
	exec_ok(live, &add, 1); /* the name is free again; closing the object removes it */
}

static void test_a_snapshot_agrees_with_ip(void **state)
{
	struct kn_live *live = *state;
	struct kn_facts facts;
	char text[4096], want[128];

	make_bridge(live);
	assert_int_equal(sandbox_ip("link set br0 type bridge ageing_time 1234 priority 7"), 0);
	assert_int_equal(sandbox_ip("link set eth0 mtu 1432 group 5 master br0"), 0);
	assert_int_equal(sandbox_ip("address add 192.0.2.5/24 dev br0 noprefixroute"), 0);
	assert_int_equal(sandbox_ip("route add default dev br0 src 192.0.2.5 metric 9"), 0);
	snap(live, &everything, &facts);
	const struct kn_link *br0 = kn_facts_link(&facts, &names[1]);
	const struct kn_link *eth0 = kn_facts_link(&facts, &names[0]);
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
	struct kn_live_request req = {.names = &names[1], .n_names = 1, .ports = true};
	struct kn_facts facts;

	make_bridge(live);
	assert_int_equal(sandbox_ip("link set eth0 master br0"), 0);
	assert_int_equal(sandbox_ip("link set peer0 master br0"), 0);
	snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 3);
	assert_true(kn_ifname_is(&facts.links[2].master, "br0"));
	kn_facts_done(&facts);
	req.names = &names[0];
	snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 2);
	assert_true(kn_ifname_is(&facts.links[1].name, "br0"));
	kn_facts_done(&facts);
	req.ports = false;
	snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 1);
	assert_true(kn_ifname_is(&facts.links[0].master, "br0"));
	kn_facts_done(&facts);
}

static void test_all_bridges_lists_bridges_and_their_ports_only(void **state)
{
	struct kn_live *live = *state;
	struct kn_live_request req = {.all_bridges = true, .ports = true, .addrs = true};
	struct kn_op add[] = {op_bridge("br0"), op_bridge("br1"), op_master("eth0", "br1", "")};
	struct kn_facts facts;

	exec_ok(live, add, 3);
	snap(live, &req, &facts);
	assert_int_equal(facts.n_links, 3);
	assert_non_null(kn_facts_link(&facts, &names[0]));
	assert_non_null(kn_facts_link(&facts, &names[1]));
	assert_true(kn_ifname_is(&kn_facts_link(&facts, &names[0])->master, "br1"));
	kn_facts_done(&facts);
}

static void test_an_absent_link_is_no_error(void **state)
{
	struct kn_ifname missing[] = {{"nope"}, {"eth0"}, {"eth0"}};
	struct kn_live_request req = {.names = missing, .n_names = 3};
	struct kn_facts facts;

	snap(*state, &req, &facts);
	assert_int_equal(facts.n_links, 1);
	kn_facts_done(&facts);
}

static void test_wanted_addresses_are_found_on_links_not_asked_for(void **state)
{
	struct kn_ip ips[] = {ip("192.0.2.5"), ip("2001:db8::5"), ip("192.0.2.6"),
			      ip("2001:db8::6")};
	struct kn_live_request req = {.ips = ips, .n_ips = 4};
	struct kn_facts facts;

	assert_int_equal(sandbox_ip("address add 192.0.2.5/24 dev peer0"), 0);
	assert_int_equal(sandbox_ip("address add 2001:db8::5/64 dev peer0 nodad"), 0);
	snap(*state, &req, &facts);
	assert_int_equal(facts.n_uses, 2);
	assert_true(kn_ip_eq(&facts.uses[0].ip, &ips[0]) && kn_ip_eq(&facts.uses[1].ip, &ips[1]));
	assert_true(kn_ifname_is(&facts.uses[0].dev, "peer0"));
	assert_true(kn_ifname_is(&facts.uses[1].dev, "peer0"));
	kn_facts_done(&facts);
	((struct kn_nl *)*state)->strict = false; /* as on kernels that search the dump */
	snap(*state, &req, &facts);
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
	snap(*state, &everything, &facts);
	assert_int_equal(facts.routes.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct kn_route *route = &facts.routes.v[i];

		assert_int_equal(route->multipath, !kn_route_is_default(route));
		assert_true(kn_ifname_is(&route->dev, route->multipath ? "eth0" : "peer0"));
		assert_int_equal(route->table, route->multipath ? 254 : 77);
	}
	kn_facts_done(&facts);
}

static void test_a_refusal_names_the_object_and_the_kernels_reason(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_master("lo", "br0", "");
	struct kn_error err = {0};
	bool done;

	make_bridge(live);
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_int_equal(err.sys_errno, EINVAL);
	assert_non_null(strstr(err.message, "cannot attach lo to br0: "));
	op = op_num(KN_OP_LINK_MTU, "br0", 1000000, 1500);
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_string_equal(err.message, "cannot set the MTU of br0: mtu greater than device "
					 "maximum: Invalid argument");
	op = op_on(KN_OP_LINK_UP, "nope");
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_string_equal(err.message,
			    "cannot bring up nope: cannot find the link nope: No such device");
}

static void test_a_packed_failure_tells_exactly_what_was_done(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			      op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24"),
			      op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.6/24"),
			      op_on(KN_OP_LINK_UP, "nope"),
			      op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.7/24"),
			      op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.8/24")};
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
	snap(live, &everything, &facts);
	assert_int_equal(facts.n_addrs, 2);
	kn_facts_done(&facts);
}

static void test_a_phase_is_not_begun_after_a_failed_one(void **state)
{
	struct kn_live *live = *state;
	struct kn_op ops[] = {op_num(KN_OP_LINK_MTU, "eth0", 9, 1500),
			      op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.5/24")};
	struct kn_error err = {0};
	bool done[2];

	ops[1].phase = KN_PHASE_SWITCH;
	assert_int_equal(live->exec(live, ops, 2, done, &err), -1);
	assert_false(done[0] || done[1]);
	assert_non_null(strstr(err.message, "cannot set the MTU of eth0: "));
}

static void test_a_failed_creation_leaves_the_other_bridge_alone(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_bridge("br0");
	struct kn_error err = {0};
	bool done;

	assert_int_equal(sandbox_ip("link add br0 mtu 1300 type bridge"), 0);
	char *before KN_CLEANUP(kn_freep) = text_of(live);
	op.bridge.mtu = 1400;
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	assert_int_equal(err.sys_errno, EEXIST);
	char *after KN_CLEANUP(kn_freep) = text_of(live);
	assert_string_equal(before, after);
}

static void test_a_creation_whose_mtu_is_refused_leaves_no_bridge(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_bridge("br0");
	struct kn_error err = {0};
	struct kn_facts facts;
	bool done;

	op.bridge.mtu = 1000000;
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	assert_non_null(strstr(err.message, "cannot create bridge br0: "));
	snap(live, &everything, &facts);
	assert_null(kn_facts_link(&facts, &names[1]));
	kn_facts_done(&facts);
}

static void test_half_set_options_are_taken_back(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_on(KN_OP_BRIDGE_OPTS, "br0");
	struct kn_error err = {0};
	bool done;

	make_bridge(live);
	char *before KN_CLEANUP(kn_freep) = text_of(live);
	/* The kernel sets the hello time first and then refuses the maximum age. */
	kn_opts_set(&op.opts.now, KN_BROPT_HELLO, 500);
	kn_opts_set(&op.opts.now, KN_BROPT_MAX_AGE, 1);
	kn_opts_set(&op.opts.before, KN_BROPT_HELLO, 200);
	kn_opts_set(&op.opts.before, KN_BROPT_MAX_AGE, 2000);
	assert_int_equal(live->exec(live, &op, 1, &done, &err), -1);
	assert_false(done);
	char *after KN_CLEANUP(kn_freep) = text_of(live);
	assert_string_equal(before, after);
}

static void fill_addrs(struct kn_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ops[i] = op_addr(KN_OP_ADDR_ADD, "eth0", "192.0.2.0/24");
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
	exec_ok(live, ops, 40);
	snap(live, &everything, &facts);
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
	ops[39] = op_num(KN_OP_LINK_MTU, "eth0", 9, 1500);
	make_deaf(live);
	assert_int_equal(live->exec(live, ops, 40, done, &err), -1);
	assert_non_null(strstr(err.message, "cannot set the MTU of eth0: "));
	for (size_t i = 0; i < 39; i++)
		assert_true(done[i]);
	assert_false(done[39]);
}

static void test_more_than_one_datagram_of_operations_works(void **state)
{
	struct kn_op ops[80];
	struct kn_facts facts;

	fill_addrs(ops, 80);
	exec_ok(*state, ops, 80);
	snap(*state, &everything, &facts);
	assert_int_equal(facts.n_addrs, 80);
	kn_facts_done(&facts);
}

static void test_without_privilege_the_capability_is_named(void **state)
{
	struct kn_live *live = *state;
	struct kn_op op = op_bridge("br0");
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
	assert_false(runs(live, "br0"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_a_bridge_is_made_as_asked_and_removed),
		TEST(test_vlan_filtering_is_set_or_called_unsupported),
		TEST(test_a_bridge_without_a_mac_is_not_pinned),
		TEST(test_a_given_mtu_does_not_follow_the_ports),
		TEST(test_link_settings_go_there_and_back),
		TEST(test_bridge_options_go_there_and_back),
		TEST(test_port_options_go_there_and_back),
		TEST(test_addresses_go_there_and_back),
		TEST(test_the_kernels_own_address_flags_are_not_sent_back),
		TEST(test_routes_go_there_and_back),
		TEST(test_a_blackhole_default_route_is_seen_and_put_back),
		TEST(test_a_prepended_route_stands_in_front),
		TEST(test_an_ipv6_route_moves_in_place),
		TEST(test_neighbours_and_proxies_go_there_and_back),
		TEST(test_differing_settings_are_copied),
		TEST(test_a_temporary_carrier_makes_the_bridge_run),
		TEST(test_a_snapshot_agrees_with_ip),
		TEST(test_ports_and_masters_of_named_links_are_included),
		TEST(test_all_bridges_lists_bridges_and_their_ports_only),
		TEST(test_an_absent_link_is_no_error),
		TEST(test_wanted_addresses_are_found_on_links_not_asked_for),
		TEST(test_routes_of_other_links_are_left_out_but_defaults_kept),
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
