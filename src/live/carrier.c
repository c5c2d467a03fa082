/* A short-lived tap that gives a bridge its carrier before the uplink is moved: without a running
 * port the bridge's transmit queue drops everything (TAKEOVER: carrier). Best effort throughout.
 * Layer: live, effects. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/nl.h"

#define RUNNING_TIMEOUT_MS 1000
#define FD_LIMIT	   1024 /* select(2)'s; this program opens some ten descriptors */
#define ADDR_GEN_NONE	   1	/* IN6_ADDR_GEN_MODE_NONE, linux/if_link.h */

/* Not persistent: if the process dies, the device goes with its descriptor. A name the kernel had
 * to change (a pattern like "%d") is not the one that the plan knows. */
static int open_tap(const struct kn_ifname *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name->s);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || strcmp(ifr.ifr_name, name->s) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

struct tap_try {
	const struct kn_ifname *name;
	int fd;
};

static bool is_open(struct kn_nl *nl, void *arg)
{
	struct tap_try *try = arg;

	(void)nl;
	try->fd = open_tap(try->name);
	/* Only a name in use is worth another try. */
	return try->fd >= 0 || errno != EBUSY;
}

/* An earlier carrier of this name may be on its way out still, in the background: the next command
 * must not go without one for that. */
static int open_tap_when_free(struct kn_nl *nl, const struct kn_ifname *name)
{
	struct nl_sock *events = kn_nl_subscribe(RTNLGRP_LINK);
	struct tap_try try = {name, -1};

	if (events)
		(void)kn_nl_until(nl, events, RUNNING_TIMEOUT_MS, is_open, &try);
	nl_socket_free(events);
	return try.fd;
}

struct watch {
	int ifindex;
	bool running;
};

static int on_link(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ifinfomsg *info = nlmsg_data(hdr);
	struct watch *watch = arg;

	(void)err;
	if (hdr->nlmsg_type == RTM_NEWLINK && nlmsg_valid_hdr(hdr, sizeof(*info)) &&
	    info->ifi_index == watch->ifindex)
		watch->running = (info->ifi_flags & IFF_RUNNING) != 0;
	return 0;
}

static bool is_running(struct kn_nl *nl, void *arg)
{
	struct watch watch = {.ifindex = *(int *)arg};
	struct kn_error ignored;
	struct kn_req req;

	kn_req_getlink(&req, NULL, watch.ifindex);
	req.on_msg = on_link;
	req.arg = &watch;
	(void)!kn_nl_transact(nl, &req, 1, &ignored);
	kn_req_done(&req);
	return watch.running;
}

/* Up and into the bridge, without an address of its own. The bridge learns nothing from it: what
 * is caught (live/catch.h) comes from senders that are behind the uplink. */
static bool enslave(struct kn_nl *nl, int tap, int bridge, bool *ret_quiet)
{
	struct ifinfomsg info = {.ifi_index = tap, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct kn_error ignored;
	struct kn_opts quiet = {0};
	struct kn_req reqs[3];

	/* Two messages: in one, the link would come up before address generation is off. */
	kn_req_addr_gen(&reqs[0], tap, ADDR_GEN_NONE);
	kn_req_init(&reqs[1], RTM_SETLINK, NLM_F_ACK, &info, sizeof(info));
	kn_req_u32(&reqs[1], IFLA_MASTER, (uint32_t)bridge);
	kn_opts_set(&quiet, KN_PORTOPT_LEARNING, 0);
	kn_req_port_opts(&reqs[2], tap, &quiet);
	int rc = kn_nl_transact(nl, reqs, 3, &ignored);
	bool ok = !rc && !reqs[1].error;
	*ret_quiet = !rc && !reqs[2].error;
	for (size_t i = 0; i < 3; i++)
		kn_req_done(&reqs[i]);
	return ok;
}

/* Subscribes before anything can happen, so that no event falls between. A bridge that does not run
 * by the deadline (it is down, or STP is on) just has no carrier yet: the takeover works without,
 * less smoothly. */
static bool attach(struct kn_nl *nl, const struct kn_op *op, int bridge, bool *ret_quiet)
{
	struct nl_sock *events = kn_nl_subscribe(RTNLGRP_LINK);
	struct kn_error ignored;
	bool ok = false;
	int tap;

	if (events && !kn_nl_index(nl, &op->other, &tap, &ignored))
		ok = enslave(nl, tap, bridge, ret_quiet);
	if (ok)
		(void)kn_nl_until(nl, events, RUNNING_TIMEOUT_MS, is_running, &bridge);
	nl_socket_free(events);
	return ok;
}

/* Lets the child free its device. Not waited for: what is left of it ends with this process. */
static void release_closer(struct kn_nl *nl)
{
	if (nl->closer > 0) {
		close(nl->gate);
		(void)waitpid(nl->closer, NULL, WNOHANG);
	}
	nl->closer = 0;
}

/* The list's place is made before the device, so that nothing can fail once it exists. */
int kn_carrier_add(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	int bridge;

	if (kn_nl_index(nl, &op->dev, &bridge, err) < 0 ||
	    kn_grow(&nl->taps, &nl->cap_taps, nl->n_taps + 1, sizeof(*nl->taps), err) < 0)
		return -1;
	release_closer(nl); /* it may hold the name */
	int fd = open_tap_when_free(nl, &op->other);
	if (fd < 0)
		return 0;
	kn_nl_forget(nl, &op->other); /* an earlier tap of that name had another index */
	bool quiet = false;
	if (!attach(nl, op, bridge, &quiet)) {
		close(fd);
		return 0;
	}
	nl->taps[nl->n_taps++] = (struct kn_nl_tap){op->dev, op->other, fd, quiet};
	return 0;
}

static void close_between(unsigned int first, unsigned int last)
{
	if (first > last)
		return;
#ifdef SYS_close_range
	if (syscall(SYS_close_range, first, last, 0) == 0)
		return;
#endif
	for (unsigned int fd = first; fd <= last && fd < FD_LIMIT; fd++)
		close((int)fd);
}

/* From one kept descriptor to the next larger one. */
void kn_close_others(const int *keep, size_t n)
{
	for (unsigned int from = 0;;) {
		unsigned int next = ~0u;

		for (size_t i = 0; i < n; i++)
			if ((unsigned int)keep[i] >= from && (unsigned int)keep[i] < next)
				next = (unsigned int)keep[i];
		if (next == ~0u) {
			close_between(from, ~0u);
			return;
		}
		if (next > 0)
			close_between(from, next - 1);
		from = next + 1;
	}
}

/* The kernel takes some 10 ms to free a device (it waits for RCU readers), inside the last close().
 * Nothing depends on it any more, so a child holds the descriptor on, until *ret_gate is closed or
 * this process ends: the freeing holds the lock of all network changes, and what the command still
 * has to do would wait for it, spinning. Without a child (0) the wait is ours. */
static pid_t hold_in_background(int fd, int *ret_gate)
{
	int gate[2];
	char byte;

	if (pipe2(gate, O_CLOEXEC) < 0) {
		close(fd);
		return 0;
	}
	pid_t pid = fork();
	if (pid == 0) {
		kn_close_others((int[]){fd, gate[0]}, 2);
		while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
			continue;
		_exit(0);
	}
	/* In this order: the child's descriptor is the last one. */
	close(fd);
	close(gate[0]);
	if (pid <= 0) {
		close(gate[1]);
		return 0;
	}
	*ret_gate = gate[1];
	return pid;
}

/* Out of the bridge first: nobody is to see a port there that is about to vanish. */
static void detach(struct kn_nl *nl, const struct kn_ifname *name)
{
	struct kn_error ignored;
	struct kn_req req;
	int tap;

	if (kn_nl_index(nl, name, &tap, &ignored) < 0)
		return;
	kn_req_link_u32(&req, tap, IFLA_MASTER, 0);
	(void)!kn_nl_transact(nl, &req, 1, &ignored);
	kn_req_done(&req);
	kn_nl_forget(nl, name);
}

/* By bridge: an inverse made from the table names it, too. */
void kn_carrier_del(struct kn_nl *nl, const struct kn_op *op)
{
	for (size_t i = 0; i < nl->n_taps; i++) {
		if (!kn_ifname_eq(&nl->taps[i].bridge, &op->dev))
			continue;
		detach(nl, &nl->taps[i].name);
		release_closer(nl);
		nl->closer = hold_in_background(nl->taps[i].fd, &nl->gate);
		nl->taps[i] = nl->taps[--nl->n_taps];
		return;
	}
}

/* Only one that the bridge learns nothing from: else its frames would lead answers astray. */
int kn_carrier_fd(const struct kn_nl *nl, const struct kn_ifname *bridge)
{
	for (size_t i = 0; i < nl->n_taps; i++)
		if (kn_ifname_eq(&nl->taps[i].bridge, bridge) && nl->taps[i].quiet)
			return nl->taps[i].fd;
	return -1;
}

/* The end of the object is the end of its taps, also on error paths of the caller. */
void kn_carrier_close_all(struct kn_nl *nl)
{
	for (size_t i = 0; i < nl->n_taps; i++)
		close(nl->taps[i].fd);
	nl->n_taps = 0;
	release_closer(nl);
}
