/* Waiting for a state of the kernel: ask, and ask again after every event that could have brought
 * it. Layer: live, effects. */
#include <poll.h>
#include <time.h>

#include "live/nl.h"

#define DRAIN_MAX                                                                                  \
	64 /* datagrams; a storm of events must not keep the clock from being looked at            \
	    */

/* Monotonic: a clock step must not stretch the wait. */
static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A second socket, because events would arrive between the answers on the first. */
struct nl_sock *kn_nl_subscribe(int group)
{
	struct nl_sock *sk = nl_socket_alloc();

	if (!sk)
		return NULL;
	if (nl_connect(sk, NETLINK_ROUTE) < 0 || nl_socket_add_membership(sk, group) < 0 ||
	    nl_socket_set_nonblocking(sk) < 0) {
		nl_socket_free(sk);
		return NULL;
	}
	return sk;
}

/* What the events say is not looked at: they only tell when to ask. An overrun says the same. */
static void drain(struct kn_nl *nl, struct nl_sock *events)
{
	for (int i = 0; i < DRAIN_MAX; i++)
		if (recv(nl_socket_get_fd(events), nl->rx, KN_NL_RX_SIZE, 0) <= 0)
			return;
}

bool kn_nl_until(struct kn_nl *nl, struct nl_sock *events, int timeout_ms, kn_nl_state *holds,
		 void *arg)
{
	int64_t deadline = now_ms() + timeout_ms, left;

	while (!holds(nl, arg)) {
		struct pollfd pfd = {.fd = nl_socket_get_fd(events), .events = POLLIN};

		left = deadline - now_ms();
		if (left <= 0)
			return false;
		if (poll(&pfd, 1, (int)left) > 0)
			drain(nl, events);
	}
	return true;
}
