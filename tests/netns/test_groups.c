/* A program's multicast memberships belong to the uplink. What the kernel does when the uplink goes
 * under a bridge: the group's frames reach the program only if the bridge has joined, too. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "live/live.h"
#include "live_ops.h"
#include "live_sandbox.h"
#include "splice_host.h"

#define PORT	    4712
#define PATIENCE_MS 2000
#define QUIET_MS    200
#define GROUP4	    "239.1.2.3"
#define GROUP6	    "ff05::4711"

struct net {
	struct splice_host host;
	struct kn_live *live;
	int rx4, rx6, tx4, tx6;
};

static int open_rx(int family, const char *group)
{
	struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
	struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct ip_mreqn m4 = {.imr_ifindex = (int)if_nametoindex("eth0")};
	struct ipv6_mreq m6 = {.ipv6mr_interface = if_nametoindex("eth0")};
	int on = 1;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (family == AF_INET) {
		assert_int_equal(inet_pton(AF_INET, group, &m4.imr_multiaddr), 1);
		assert_int_equal(bind(fd, (struct sockaddr *)&any4, sizeof(any4)), 0);
		assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m4, sizeof(m4)), 0);
	} else {
		/* Else the port is taken for IPv4, too. */
		assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
		assert_int_equal(inet_pton(AF_INET6, group, &m6.ipv6mr_multiaddr), 1);
		assert_int_equal(bind(fd, (struct sockaddr *)&any6, sizeof(any6)), 0);
		assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &m6, sizeof(m6)),
				 0);
	}
	return fd;
}

static int open_tx(int family, const char *group)
{
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons(PORT),
				   .sin6_scope_id = if_nametoindex("peer0")};
	struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct ip_mreqn out = {.imr_ifindex = (int)if_nametoindex("peer0")};
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	if (family == AF_INET) {
		assert_int_equal(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof(out)), 0);
		assert_int_equal(inet_pton(AF_INET, group, &to4.sin_addr), 1);
		assert_int_equal(connect(fd, (struct sockaddr *)&to4, sizeof(to4)), 0);
	} else {
		assert_int_equal(inet_pton(AF_INET6, group, &to6.sin6_addr), 1);
		assert_int_equal(connect(fd, (struct sockaddr *)&to6, sizeof(to6)), 0);
	}
	return fd;
}

static void net_up(struct net *net)
{
	struct kn_error err = {0};

	host_up(&net->host, false);
	net->rx4 = open_rx(AF_INET, GROUP4);
	net->rx6 = open_rx(AF_INET6, GROUP6);
	assert_int_equal(setns(net->host.peer.netns, CLONE_NEWNET), 0);
	net->tx4 = open_tx(AF_INET, GROUP4);
	net->tx6 = open_tx(AF_INET6, GROUP6);
	assert_int_equal(setns(net->host.host.netns, CLONE_NEWNET), 0);
	if (kn_live_open(&net->live, &err) < 0)
		fail_msg("%s", err.message);
}

static void net_down(struct net *net)
{
	net->live->close(net->live);
	close(net->rx4);
	close(net->rx6);
	close(net->tx4);
	close(net->tx6);
	host_down(&net->host);
}

static bool arrives(int tx, int rx, int timeout_ms)
{
	struct pollfd pfd = {.fd = rx, .events = POLLIN};
	char byte = 'x';

	assert_int_equal(send(tx, &byte, 1, 0), 1);
	return poll(&pfd, 1, timeout_ms) == 1 && recv(rx, &byte, 1, 0) == 1;
}

static void join(struct net *net, const char *group, enum kn_family family)
{
	struct kn_op op = live_op(KN_OP_ADDR_ADD, "br0");
	struct kn_error err = {0};
	bool done;

	op.addr = (struct kn_laddr){.dev = op.dev,
				    .addr = {.prefix_len = family == KN_IPV4 ? 32 : 128},
				    .flags = 0x400, /* IFA_F_MCAUTOJOIN */
				    .valid_s = UINT32_MAX,
				    .preferred_s = UINT32_MAX};
	assert_true(kn_ip_is(group, &op.addr.addr.ip));
	if (net->live->exec(net->live, &op, 1, &done, &err) < 0)
		fail_msg("%s", err.message);
}

static void test_under_a_bridge_a_group_is_heard_only_if_the_bridge_joins(void **state)
{
	struct net net;

	(void)state;
	net_up(&net);
	assert_true(arrives(net.tx4, net.rx4, PATIENCE_MS));
	assert_true(arrives(net.tx6, net.rx6, PATIENCE_MS));
	host_ip("link set eth0 master br0");
	assert_false(arrives(net.tx4, net.rx4, QUIET_MS));
	assert_false(arrives(net.tx6, net.rx6, QUIET_MS));
	join(&net, GROUP4, KN_IPV4);
	join(&net, GROUP6, KN_IPV6);
	assert_true(arrives(net.tx4, net.rx4, PATIENCE_MS));
	assert_true(arrives(net.tx6, net.rx6, PATIENCE_MS));
	net_down(&net);
}

static bool has_group(const struct kn_facts *facts, const char *dev, const char *text)
{
	struct kn_ip ip;

	assert_true(kn_ip_is(text, &ip));
	for (size_t i = 0; i < facts->n_groups; i++)
		if (!strcmp(facts->groups[i].dev.s, dev) && kn_ip_eq(&facts->groups[i].ip, &ip))
			return true;
	return false;
}

static void test_the_snapshot_names_what_programs_joined_and_nothing_else(void **state)
{
	static const struct kn_ifname names[] = {{"eth0"}, {"br0"}};
	struct kn_live_request req = {.names = names, .n_names = 2, .addrs = true, .groups = true};
	struct kn_facts facts = {0};
	struct kn_error err = {0};
	struct net net;

	(void)state;
	net_up(&net);
	join(&net, GROUP4, KN_IPV4);
	join(&net, GROUP6, KN_IPV6);
	if (net.live->snapshot(net.live, &req, &facts, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(facts.can_join);
	for (size_t i = 0; i < 2; i++) {
		assert_true(has_group(&facts, names[i].s, GROUP4));
		assert_true(has_group(&facts, names[i].s, GROUP6));
	}
	/* The bridge's own: it listens to multicast routers (RFC 4286). */
	for (size_t i = 0; i < facts.n_groups; i++)
		if (!strcmp(facts.groups[i].dev.s, "eth0"))
			assert_true(
				has_group(&facts, "br0", "239.1.2.3") &&
				(facts.groups[i].ip.b[0] == 239 || facts.groups[i].ip.b[1] == 5));
	/* Joined in the form of an address, it is none. */
	for (size_t i = 0; i < facts.n_addrs; i++)
		assert_false(kn_ip_is_multicast(&facts.addrs[i].addr.ip));
	kn_facts_done(&facts);
	net_down(&net);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_under_a_bridge_a_group_is_heard_only_if_the_bridge_joins),
		TEST(test_the_snapshot_names_what_programs_joined_and_nothing_else),
	};

	if (geteuid() != 0 || sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
