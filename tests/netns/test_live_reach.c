/* What can be asked of the kernel after a change, where nobody answers: silence ends at the
 * deadline, what nobody can tell is told as such, and what the kernel knows needs no wait. (Answers
 * are in check.sh, where a second host is.) Ping and TCP connect against the host itself. Needs
 * root or user namespaces. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "live_ops.h"
#include "sys/reach.h"

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static enum kn_tri ask(struct kn_live *live, struct kn_probe *probe, uint32_t timeout_ms)
{
	struct kn_error err = {0};

	if (live->reach(live, probe, 1, timeout_ms, &err) < 0)
		fail_msg("%s", err.message);
	return probe->answer;
}

static struct kn_probe neigh(const char *dev, const char *ip)
{
	return (struct kn_probe){.kind = KN_PROBE_NEIGH, .dev = live_name(dev), .ip = live_ip(ip)};
}

static void test_silence_ends_at_the_deadline(void **state)
{
	struct kn_probe four = neigh("eth0", "192.0.2.9"), six = neigh("eth0", "2001:db8::9");
	struct kn_live *live = *state;
	int64_t start = now_ms();

	assert_int_equal(sandbox_ip("addr add 192.0.2.5/24 dev eth0"), 0);
	assert_int_equal(sandbox_ip("addr add 2001:db8::5/64 dev eth0 nodad"), 0);
	assert_int_equal(ask(live, &four, 200), KN_NO);
	assert_int_equal(ask(live, &six, 200), KN_NO);
	assert_in_range(now_ms() - start, 400, 2000);
}

static void test_what_is_permanent_or_has_no_neighbours_cannot_be_told(void **state)
{
	struct kn_probe fixed = neigh("eth0", "192.0.2.9"), none = neigh("tun0", "198.51.100.9");
	struct kn_live *live = *state;
	int64_t start = now_ms();

	assert_int_equal(sandbox_ip("addr add 192.0.2.5/24 dev eth0"), 0);
	assert_int_equal(sandbox_ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0"), 0);
	assert_int_equal(sandbox_ip("tuntap add tun0 mode tun"), 0);
	assert_int_equal(sandbox_ip("link set tun0 up"), 0);
	assert_int_equal(sandbox_ip("addr add 198.51.100.5/24 dev tun0"), 0);
	assert_int_equal(ask(live, &fixed, 5000), KN_UNSET);
	assert_int_equal(ask(live, &none, 5000), KN_UNSET);
	assert_in_range(now_ms() - start, 0, 3000);
}

static void test_a_link_that_is_gone_answers_no_at_once(void **state)
{
	struct kn_probe gone = neigh("nosuch0", "192.0.2.9");
	struct kn_live *live = *state;
	int64_t start = now_ms();

	assert_int_equal(ask(live, &gone, 5000), KN_NO);
	gone.kind = KN_PROBE_LINK;
	assert_int_equal(ask(live, &gone, 5000), KN_NO);
	assert_in_range(now_ms() - start, 0, 3000);
}

static void test_a_route_leads_to_the_neighbour_that_is_asked(void **state)
{
	struct kn_probe far = {.kind = KN_PROBE_ROUTED, .ip = live_ip("198.51.100.7")};
	struct kn_probe own = {.kind = KN_PROBE_ROUTED, .ip = live_ip("192.0.2.5")};
	struct kn_live *live = *state;
	struct kn_ip gateway = live_ip("192.0.2.1");

	assert_int_equal(sandbox_ip("link set lo up"), 0);
	assert_int_equal(sandbox_ip("addr add 192.0.2.5/24 dev eth0"), 0);
	assert_int_equal(ask(live, &own, 5000), KN_YES);
	assert_int_equal(ask(live, &far, 5000), KN_NO);
	assert_string_equal(far.dev.s, "");
	assert_int_equal(sandbox_ip("route add default via 192.0.2.1"), 0);
	assert_int_equal(ask(live, &far, 100), KN_NO);
	assert_string_equal(far.dev.s, "eth0");
	assert_true(kn_ip_eq(&far.via, &gateway));
}

static void test_a_link_is_waited_for_until_it_runs(void **state)
{
	struct kn_probe probe = {.kind = KN_PROBE_LINK, .dev = live_name("eth0")};
	struct kn_live *live = *state;

	assert_int_equal(ask(live, &probe, 5000), KN_YES);
	assert_int_equal(sandbox_ip("link set peer0 down"), 0);
	assert_int_equal(ask(live, &probe, 100), KN_NO);
	assert_int_equal(sandbox_ip("link set peer0 up"), 0);
	assert_int_equal(ask(live, &probe, 5000), KN_YES);
}

static void test_duplicate_detection_is_waited_for(void **state)
{
	struct kn_probe probe = {
		.kind = KN_PROBE_ADDR, .dev = live_name("eth0"), .ip = live_ip("2001:db8::5")};
	struct kn_live *live = *state;

	assert_int_equal(ask(live, &probe, 5000), KN_NO); /* there is none */
	assert_int_equal(sandbox_ip("addr add 2001:db8::5/64 dev eth0"), 0);
	assert_int_equal(ask(live, &probe, 0), KN_NO);
	assert_int_equal(ask(live, &probe, 10000), KN_YES);
}

/* A socket that listens on the loopback address of @family; *ret_port is its port. */
static int listen_on(int family, uint16_t *ret_port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in four = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *addr = family == AF_INET ? (void *)&four : (void *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_return_code(fd, errno);
	assert_return_code(bind(fd, addr, len), errno);
	assert_return_code(listen(fd, 5), errno);
	assert_return_code(getsockname(fd, addr, &len), errno);
	*ret_port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
	return fd;
}

static void test_ping_and_connect_tell_answer_refusal_and_silence_apart(void **state)
{
	static const char *const own[] = {"127.0.0.1", "::1"};
	static const char *const silent[] = {"192.0.2.9", "2001:db8::9"};

	(void)state;
	assert_int_equal(sandbox_ip("link set lo up"), 0);
	assert_int_equal(sandbox_ip("addr add 192.0.2.5/24 dev eth0"), 0);
	for (int i = 0; i < 2; i++) {
		struct kn_ip ip = live_ip(own[i]), nobody = live_ip(silent[i]);
		struct kn_error err = {0};
		uint16_t port;
		int fd = listen_on(i ? AF_INET6 : AF_INET, &port);

		assert_int_equal(kn_ping(&ip, 5000, &err), 0);
		assert_int_equal(kn_tcp_connect(&ip, port, 5000, &err), 0);
		close(fd);
		assert_int_equal(kn_tcp_connect(&ip, port, 5000, &err), -1);
		assert_int_equal(err.kind, KN_ERR_UNCONFIRMED);
		assert_non_null(strstr(err.message, "refuses connections"));
		assert_int_equal(kn_tcp_connect(&nobody, port, 300, &err), -1);
		assert_non_null(strstr(err.message, "does not answer on TCP port"));
		assert_int_equal(kn_ping(&nobody, 300, &err), -1);
		assert_int_equal(err.kind, KN_ERR_UNCONFIRMED);
		assert_non_null(strstr(err.message, "does not answer ping"));
	}
}

#define LIVE_TEST(name) cmocka_unit_test_setup_teardown(name, live_set_up, live_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE_TEST(test_silence_ends_at_the_deadline),
		LIVE_TEST(test_what_is_permanent_or_has_no_neighbours_cannot_be_told),
		LIVE_TEST(test_a_link_that_is_gone_answers_no_at_once),
		LIVE_TEST(test_a_route_leads_to_the_neighbour_that_is_asked),
		LIVE_TEST(test_a_link_is_waited_for_until_it_runs),
		LIVE_TEST(test_duplicate_detection_is_waited_for),
		LIVE_TEST(test_ping_and_connect_tell_answer_refusal_and_silence_apart),
	};

	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
