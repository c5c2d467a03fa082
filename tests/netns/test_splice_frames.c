/* The splice frame by frame: which device gets what in which state, and that an answer finds
 * whoever asked. */
#include <linux/if_ether.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "raw_frames.h"
#include "splice_host.h"

#define BOTH	     (KN_SPLICE_EGRESS | KN_SPLICE_INGRESS)
#define TEST(name)   cmocka_unit_test(name)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- who gets which frame ---- */

struct kind {
	const char *what;
	struct frame frame;
	unsigned int off, egress, on; /* devices that get it: nothing on, EGRESS only, both on */
};

static void assert_heard(int peer, const struct kind *kind, unsigned int want, const char *state)
{
	unsigned int got = frame_heard_on(peer, kind->frame);

	if (got != want)
		fail_msg("%s, %s: heard on %u, not %u", kind->what, state, got, want);
}

static void test_each_frame_goes_where_its_listener_is(void **state)
{
	const unsigned int p = FRAME_ON_PORT, b = FRAME_ON_BRIDGE,
			   pb = FRAME_ON_PORT | FRAME_ON_BRIDGE;
	const struct kind kinds[] = {
		{"IPv4", frame_make(ETH_P_IP, -1, 0), p, p, b},
		{"IPv6", frame_make(ETH_P_IPV6, -1, 0), p, p, b},
		{"ARP request", frame_make(ETH_P_ARP, -1, 0), p, p, b},
		{"ARP reply", frame_arp_reply(7, 0), p, pb, pb},
		{"neighbour advertisement", frame_advert(7, 0), p, pb, pb},
		{"LLDP", frame_make(FRAME_LLDP, -1, 0), p, p, p},
		{"IPv4 in VLAN 5", frame_make(ETH_P_IP, 5, 0), p, p, p},
		{"ARP in VLAN 4095", frame_make(ETH_P_ARP, 0xfff, 0), p, p, p},
		{"IPv4 with a priority tag", frame_make(ETH_P_IP, 0xe000, 0), p, p, b},
	};
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	int peer = peer_socket(&host, 0);
	struct kn_splice *splice = host_splice(&host, 0);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		timed_turn(splice, 0);
		assert_heard(peer, &kinds[i], kinds[i].off, "off");
		timed_turn(splice, KN_SPLICE_EGRESS);
		assert_heard(peer, &kinds[i], kinds[i].egress, "egress on");
		timed_turn(splice, BOTH);
		assert_heard(peer, &kinds[i], kinds[i].on, "both on");
	}
	timed_del(splice);
	assert_heard(peer, &kinds[0], p, "deleted");
	close(peer);
	host_down(&host);
}

/* Sends by the bridge, then by the port: when the second frame is at the peer, so is the first, or
 * it went elsewhere. */
static bool bridge_sends_by_port(int peer)
{
	int br = frame_socket("br0", 0), port = frame_socket("eth0", 0);
	struct frame first = frame_make(ETH_P_IP, -1, 1), last = frame_make(ETH_P_IP, -1, 2);
	time_t deadline = time(NULL) + 2;
	uint64_t marks = 0;

	frame_send(br, &first);
	frame_send(port, &last);
	while (!(marks & 1u << 2) && time(NULL) < deadline)
		marks |= frame_marks(peer);
	close(br);
	close(port);
	assert_true(marks & 1u << 2);
	return (marks & 1u << 1) != 0;
}

static void test_the_bridge_sends_by_the_port_only_while_told_to(void **state)
{
	static const struct {
		unsigned int directions;
		bool want;
	} cases[] = {
		{0, false}, {KN_SPLICE_INGRESS, false}, {KN_SPLICE_EGRESS, true}, {BOTH, true}};
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	int peer = peer_socket(&host, ETH_P_IP);
	struct kn_splice *splice = host_splice(&host, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		timed_turn(splice, cases[i].directions);
		assert_int_equal(bridge_sends_by_port(peer), cases[i].want);
	}
	timed_del(splice);
	assert_false(bridge_sends_by_port(peer));
	close(peer);
	host_down(&host);
}

/* ---- answers find whoever asked ---- */

/* Starts a resolution of an absent neighbour on @dev, then lets the peer answer for it. */
static bool resolves(int peer, const char *dev, bool six, uint8_t number)
{
	struct frame answer = six ? frame_advert(number, 0) : frame_arp_reply(number, 0);
	char words[96];

	(void)snprintf(words, sizeof(words), "neighbour replace %s%x nud incomplete dev %s",
		       six ? "2001:db8::" : "192.0.2.", number, dev);
	if (!six)
		(void)snprintf(words, sizeof(words),
			       "neighbour replace 192.0.2.%u nud incomplete dev %s", number, dev);
	host_ip(words);
	frame_send(peer, &answer);
	(void)snprintf(words, sizeof(words), "-%c neighbour show dev %s nud reachable nud stale",
		       six ? '6' : '4', dev);
	return ip_comes_to_say(words, "02:00:00:00:00:77");
}

static void test_an_answer_reaches_the_device_that_asked_in_every_state(void **state)
{
	static const unsigned int states[] = {KN_SPLICE_EGRESS, KN_SPLICE_INGRESS, BOTH};
	static const char *const devs[] = {"eth0", "br0"};
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	int peer = peer_socket(&host, 0);
	struct kn_splice *splice = host_splice(&host, 0);
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		timed_turn(splice, states[i]);
		for (size_t k = 0; k < 4; k++) {
			forget_neighbours(&host);
			if (!resolves(peer, devs[k / 2], k % 2, (uint8_t)(0x20 + i * 4 + k)))
				fail_msg("no answer on %s, IPv%c, state %u", devs[k / 2],
					 k % 2 ? '6' : '4', states[i]);
		}
	}
	timed_del(splice);
	close(peer);
	host_down(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_each_frame_goes_where_its_listener_is),
		TEST(test_the_bridge_sends_by_the_port_only_while_told_to),
		TEST(test_an_answer_reaches_the_device_that_asked_in_every_state),
	};
	int rc = host_enter();

	if (rc)
		return rc;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
