/* A small network, operations from literals, and round trips, for tests of the live layer. */
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

const struct kn_ifname live_names[3] = {{"eth0"}, {"br0"}, {"br1"}};
const struct kn_live_request live_everything = {.names = live_names,
						.n_names = 3,
						.ports = true,
						.neighs = true,
						.addrs = true,
						.routes = true,
						.policy = true};

int live_set_up(void **state)
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

int live_tear_down(void **state)
{
	struct kn_live *live = *state;

	live->close(live);
	return 0;
}

struct kn_ifname live_name(const char *str)
{
	struct kn_ifname ret;
	struct kn_error err = {0};

	assert_int_equal(kn_ifname_from_host(str, &ret, &err), 0);
	return ret;
}

struct kn_ip live_ip(const char *str)
{
	struct kn_ip ret;

	assert_true(kn_ip_is(str, &ret));
	return ret;
}

struct kn_cidr live_cidr(const char *str)
{
	struct kn_cidr ret;
	struct kn_error err = {0};

	assert_int_equal(kn_cidr_parse(str, "value", &ret, &err), 0);
	return ret;
}

struct kn_op live_op(enum kn_op_kind kind, const char *dev)
{
	return (struct kn_op){.kind = kind, .phase = KN_PHASE_PREPARE, .dev = live_name(dev)};
}

struct kn_op live_op_num(enum kn_op_kind kind, const char *dev, uint32_t now, uint32_t before)
{
	struct kn_op op = live_op(kind, dev);

	op.num.now = now;
	op.num.before = before;
	return op;
}

struct kn_op live_op_bridge(const char *dev)
{
	struct kn_op op = live_op(KN_OP_BRIDGE_ADD, dev);

	op.bridge.has_mac = true;
	op.bridge.mac = (struct kn_mac){{0x52, 0x54, 0, 1, 2, 3}};
	kn_opts_set(&op.bridge.opts, KN_BROPT_STP, 0);
	kn_opts_set(&op.bridge.opts, KN_BROPT_FORWARD_DELAY, 0);
	return op;
}

struct kn_op live_op_master(const char *dev, const char *now, const char *before)
{
	struct kn_op op = live_op(KN_OP_LINK_MASTER, dev);

	if (*now)
		op.master.now = live_name(now);
	if (*before)
		op.master.before = live_name(before);
	return op;
}

struct kn_op live_op_addr(enum kn_op_kind kind, const char *dev, const char *value)
{
	struct kn_op op = live_op(kind, dev);

	op.addr = (struct kn_laddr){.dev = op.dev,
				    .addr = live_cidr(value),
				    .valid_s = UINT32_MAX,
				    .preferred_s = UINT32_MAX};
	if (op.addr.addr.ip.family == KN_IPV6)
		op.addr.flags = IFA_F_NODAD;
	return op;
}

struct kn_op live_op_route(enum kn_op_kind kind, const char *dev, const char *dst)
{
	struct kn_op op = live_op(kind, dev);

	op.route = KN_ROUTE_INIT;
	op.route.dev = op.dev;
	op.route.dst = live_cidr(dst);
	return op;
}

void live_exec_ok(struct kn_live *live, const struct kn_op *ops, size_t n)
{
	struct kn_error err = {0};
	bool done[80] = {0};

	assert_true(n <= sizeof(done));
	if (live->exec(live, ops, n, done, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < n; i++)
		assert_true(done[i]);
}

void live_snap(struct kn_live *live, const struct kn_live_request *req, struct kn_facts *ret)
{
	struct kn_error err = {0};

	*ret = (struct kn_facts){0};
	if (live->snapshot(live, req, ret, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(ret->live);
}

char *live_text_of(struct kn_live *live)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};
	struct kn_facts facts;
	char *text;

	live_snap(live, &live_everything, &facts);
	sandbox_describe(&facts, &buf);
	kn_facts_done(&facts);
	assert_int_equal(kn_buf_steal(&buf, &text, NULL, &err), 0);
	return text;
}

struct nl_sock *live_listen_to(int group)
{
	struct nl_sock *sk = nl_socket_alloc();

	assert_non_null(sk);
	assert_int_equal(nl_connect(sk, NETLINK_ROUTE), 0);
	assert_int_equal(nl_socket_add_membership(sk, group), 0);
	assert_int_equal(nl_socket_set_nonblocking(sk), 0);
	return sk;
}

/* Waits for news and drops them. Return: false when none came in time. */
bool live_wait_news(struct nl_sock *sk)
{
	struct pollfd pfd = {.fd = nl_socket_get_fd(sk), .events = POLLIN};
	char buf[8192];

	if (poll(&pfd, 1, 5000) <= 0)
		return false;
	while (recv(pfd.fd, buf, sizeof(buf), 0) > 0)
		;
	return true;
}

bool live_has_route_to(struct kn_live *live, const struct kn_ip *dst)
{
	struct kn_facts facts;
	bool found = false;

	live_snap(live, &live_everything, &facts);
	for (size_t i = 0; i < facts.routes.n; i++)
		found |= kn_ip_eq(&facts.routes.v[i].dst.ip, dst);
	kn_facts_done(&facts);
	return found;
}

/* The kernel makes the route to an IPv6 peer from a work queue, after it has acknowledged the
 * address. Source: kernel net/ipv6/addrconf.c, addrconf_dad_work(), __ipv6_ifa_notify(). */
static void exec_settled(struct kn_live *live, const struct kn_op *op)
{
	struct nl_sock *news = live_listen_to(RTNLGRP_IPV6_ROUTE);

	live_exec_ok(live, op, 1);
	if (op->kind == KN_OP_ADDR_ADD && op->addr.peer.family == KN_IPV6)
		while (!live_has_route_to(live, &op->addr.peer))
			assert_true(live_wait_news(news));
	nl_socket_free(news);
}

/* The line that a snapshot must hold after @op, or nothing for operations without one: what was
 * asked for, and what the kernel is known to fill in. */
static void put_asked(const struct kn_op *op, struct kn_buf *ret)
{
	struct kn_laddr addr = op->addr;
	struct kn_route route = op->route;
	struct kn_rule rule = op->rule;
	struct kn_nexthop nexthop = op->nexthop.now;
	struct kn_facts facts = {0};

	if (op->kind == KN_OP_ADDR_ADD) {
		facts.addrs = &addr;
		facts.n_addrs = 1;
		if (addr.valid_s == UINT32_MAX)
			addr.flags |= IFA_F_PERMANENT;
		if (addr.addr.ip.family == KN_IPV4 && !addr.label[0])
			memcpy(addr.label, addr.dev.s, sizeof(addr.label));
	} else if (op->kind == KN_OP_ROUTE_ADD) {
		facts.routes.v = &route;
		facts.routes.n = 1;
		if (!route.gateway.family && route.type == RTN_UNICAST)
			route.scope = RT_SCOPE_LINK;
	} else if (op->kind == KN_OP_RULE_ADD) {
		facts.rules = &rule;
		facts.n_rules = 1;
	} else if (op->kind == KN_OP_NEXTHOP) {
		facts.nexthops = &nexthop;
		facts.n_nexthops = 1;
	}
	sandbox_describe(&facts, ret);
}

static void assert_asked(const struct kn_op *op, const char *text)
{
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_asked(op, &line);
	if (!strstr(text, kn_buf_str(&line)))
		fail_msg("missing: %sin:\n%s", kn_buf_str(&line), text);
}

/* Forward changes something, the table's inverse gives the state before. */
void live_round_trip(struct kn_live *live, const struct kn_op *op)
{
	struct kn_op inverse;
	char *before KN_CLEANUP(kn_freep) = live_text_of(live);

	exec_settled(live, op);
	char *after KN_CLEANUP(kn_freep) = live_text_of(live);
	assert_string_not_equal(before, after);
	assert_asked(op, after);
	assert_true(kn_op_inverse(op, &inverse));
	live_exec_ok(live, &inverse, 1);
	char *again KN_CLEANUP(kn_freep) = live_text_of(live);
	assert_string_equal(before, again);
	exec_settled(live, op); /* and forward once more */
	char *last KN_CLEANUP(kn_freep) = live_text_of(live);
	assert_string_equal(after, last);
}

void live_make_bridge(struct kn_live *live)
{
	struct kn_op ops[] = {live_op_bridge("br0"), live_op_num(KN_OP_ADDR_GEN, "br0", 1, 0),
			      live_op(KN_OP_LINK_UP, "br0")};

	live_exec_ok(live, ops, 3);
}

bool live_runs(struct kn_live *live, const char *dev)
{
	struct kn_facts facts;
	struct kn_ifname wanted = live_name(dev);
	struct kn_live_request req = {.names = &wanted, .n_names = 1};

	live_snap(live, &req, &facts);
	bool ret = facts.n_links == 1 && (facts.links[0].flags & IFF_RUNNING);
	kn_facts_done(&facts);
	return ret;
}
