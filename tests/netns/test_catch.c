/* The catch: what a port drops reaches the bridge by hand, and nothing arrives twice. With the
 * spanning tree on, a new port listens only, and drops everything for half a minute: that stands
 * for the instant in which a port joins or leaves. */
#include <arpa/inet.h>
#include <errno.h>
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

#define PORT	    4711
#define PATIENCE_MS 2000
#define QUIET_MS    100
#define DATAGRAMS   20
#define OTHERS	    3000

struct net {
	struct splice_host host;
	struct kn_live *live;
	int tx, rx;
};

static int udp_socket(int netns, int home, const char *own, const char *other)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int on = 1;

	assert_int_equal(setns(netns, CLONE_NEWNET), 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(inet_pton(AF_INET, own, &addr.sin_addr), 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(inet_pton(AF_INET, other, &addr.sin_addr), 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	return fd;
}

static void net_up(struct net *net)
{
	struct kn_error err = {0};

	host_up(&net->host, false);
	peer_ip(&net->host,
		"neighbour replace 192.0.2.1 lladdr " HOST_MAC " nud permanent dev peer0");
	net->tx = udp_socket(net->host.peer.netns, net->host.host.netns, "192.0.2.2", "192.0.2.1");
	net->rx = udp_socket(net->host.host.netns, net->host.host.netns, "192.0.2.1", "192.0.2.2");
	if (kn_live_open(&net->live, &err) < 0)
		fail_msg("%s", err.message);
}

static void net_down(struct net *net)
{
	net->live->close(net->live);
	close(net->tx);
	close(net->rx);
	host_down(&net->host);
}

static void exec(struct net *net, enum kn_op_kind kind, const char *dev, const char *other)
{
	struct kn_op op = live_op(kind, dev);
	struct kn_error err = {0};
	bool done;

	(void)snprintf(op.other.s, sizeof(op.other.s), "%s", other);
	if (net->live->exec(net->live, &op, 1, &done, &err) < 0)
		fail_msg("%s", err.message);
}

static void begin(struct net *net)
{
	exec(net, KN_OP_CARRIER_ADD, "br0", "kvmnet-tap0");
	exec(net, KN_OP_CATCH_ADD, "eth0", "br0");
}

static void send_some(struct net *net)
{
	for (uint8_t i = 0; i < DATAGRAMS; i++)
		assert_int_equal(send(net->tx, &i, 1, 0), 1);
}

/* Datagrams that arrive until it is quiet. */
static unsigned int received(struct net *net, unsigned int want)
{
	struct pollfd pfd = {.fd = net->rx, .events = POLLIN};
	unsigned int n = 0;
	uint8_t byte;

	while (poll(&pfd, 1, n < want ? PATIENCE_MS : QUIET_MS) > 0) {
		assert_int_equal(recv(net->rx, &byte, 1, 0), 1);
		n++;
	}
	return n;
}

static void block_port(void)
{
	/* The ports that forward already go on. */
	host_ip("link set br0 type bridge stp_state 1 forward_delay 1500");
	host_ip("link set eth0 master br0");
}

static void test_what_a_port_drops_reaches_the_bridge_once(void **state)
{
	struct net net;

	(void)state;
	net_up(&net);
	begin(&net);
	block_port();
	send_some(&net);
	assert_int_equal(received(&net, DATAGRAMS), DATAGRAMS);
	exec(&net, KN_OP_CATCH_DEL, "eth0", "br0");
	exec(&net, KN_OP_CARRIER_DEL, "br0", "kvmnet-tap0");
	net_down(&net);
}

static void test_what_came_before_the_end_is_delivered_when_the_catch_has_ended(void **state)
{
	struct net net;
	struct pollfd pfd = {.events = POLLIN};
	uint8_t byte;

	(void)state;
	net_up(&net);
	begin(&net);
	block_port();
	send_some(&net);
	exec(&net, KN_OP_CATCH_DEL, "eth0", "br0");
	pfd.fd = net.rx;
	for (unsigned int i = 0; i < DATAGRAMS; i++) {
		assert_int_equal(poll(&pfd, 1, 0), 1);
		assert_int_equal(recv(net.rx, &byte, 1, 0), 1);
	}
	net_down(&net);
}

static void test_what_was_handed_on_is_not_given_again(void **state)
{
	struct net net;

	(void)state;
	net_up(&net);
	begin(&net);
	send_some(&net);
	assert_int_equal(received(&net, DATAGRAMS), DATAGRAMS);
	host_ip("link set eth0 master br0");
	send_some(&net);
	assert_int_equal(received(&net, DATAGRAMS), DATAGRAMS);
	net_down(&net);
}

/* Frames of others fill what the listeners behind the port have heard: guests' on a bridge, or the
 * host's own at a high rate. */
static void test_behind_many_frames_of_others_nothing_is_given_again(void **state)
{
	struct net net;

	(void)state;
	net_up(&net);
	peer_ip(&net.host,
		"neighbour replace 192.0.2.77 lladdr 02:00:00:00:00:77 nud permanent dev peer0");
	int others = udp_socket(net.host.peer.netns, net.host.host.netns, "0.0.0.0", "192.0.2.77");
	begin(&net);
	for (unsigned int i = 0; i < OTHERS; i++)
		assert_int_equal(send(others, "", 1, 0), 1);
	send_some(&net);
	assert_int_equal(received(&net, DATAGRAMS), DATAGRAMS);
	close(others);
	net_down(&net);
}

static void test_after_its_end_nothing_is_caught(void **state)
{
	struct net net;

	(void)state;
	net_up(&net);
	begin(&net);
	exec(&net, KN_OP_CATCH_DEL, "eth0", "br0");
	block_port();
	send_some(&net);
	assert_int_equal(received(&net, 0), 0);
	net_down(&net);
}

/* Else its frames would pull the gateway's address over to the tap, and answers after it. */
static void test_the_bridge_learns_nothing_from_what_is_caught(void **state)
{
	char out[4096];
	struct net net;

	(void)state;
	net_up(&net);
	begin(&net);
	block_port();
	send_some(&net);
	assert_int_equal(received(&net, DATAGRAMS), DATAGRAMS);
	assert_int_equal(sandbox_ip_read("-d link show kvmnet-tap0", out, sizeof(out)), 0);
	assert_non_null(strstr(out, "learning off"));
	net_down(&net);
}

static void test_without_a_tap_nothing_is_caught_and_nothing_fails(void **state)
{
	struct net net;

	(void)state;
	net_up(&net);
	exec(&net, KN_OP_CATCH_ADD, "eth0", "br0");
	block_port();
	send_some(&net);
	assert_int_equal(received(&net, 0), 0);
	exec(&net, KN_OP_CATCH_DEL, "eth0", "br0");
	net_down(&net);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_what_a_port_drops_reaches_the_bridge_once),
		TEST(test_what_came_before_the_end_is_delivered_when_the_catch_has_ended),
		TEST(test_what_was_handed_on_is_not_given_again),
		TEST(test_behind_many_frames_of_others_nothing_is_given_again),
		TEST(test_after_its_end_nothing_is_caught),
		TEST(test_the_bridge_learns_nothing_from_what_is_caught),
		TEST(test_without_a_tap_nothing_is_caught_and_nothing_fails),
	};

	if (geteuid() != 0 || sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
