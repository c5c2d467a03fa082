/* The catch as an operation: its sockets and its process. Best effort throughout: without it, a
 * packet that arrives in the instant of the switch is lost.
 * Layer: live, effects. */
#include "live/catch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live/nl.h"

#define QUEUE_BYTES   (8 << 20) /* nothing may be missing from what was seen */
#define CATCH_WAIT_MS 200
#define KN_CATCH_FDS  (KN_CATCH_SEEN + 4)

/* Bound in a second step: made with a protocol, a socket begins with the frames of all links. */
static int open_socket(int ifindex, uint16_t protocol)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htobe16(protocol), .sll_ifindex = ifindex};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), size = QUEUE_BYTES;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* With the card's notes on checksums and segments: the tap takes them in the same form. */
static int open_port(int ifindex)
{
	int fd = open_socket(ifindex, ETH_P_ALL), on = 1;

	if (fd >= 0 && (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ||
			setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0)) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

void kn_catch_close(struct kn_catch *self)
{
	int saved = errno;

	for (size_t i = 0; i < KN_CATCH_SEEN; i++)
		if (self->seen[i] >= 0)
			close(self->seen[i]);
	if (self->port >= 0)
		close(self->port);
	errno = saved;
}

/* The port last: what it hears, the others hear. */
int kn_catch_open(struct kn_catch *ret, int port, int bridge)
{
	static const uint16_t protocols[] = {ETH_P_IP, ETH_P_ARP, ETH_P_IPV6};
	struct kn_catch self = {.port = -1, .tap = -1, .gate = -1, .ready = -1, .mac = ret->mac};

	for (size_t i = 0; i < KN_CATCH_SEEN; i++)
		self.seen[i] = -1;
	for (size_t i = 0; i < KN_CATCH_SEEN; i++) {
		self.seen[i] = open_socket(i % 2 ? bridge : port, protocols[i / 2]);
		if (self.seen[i] < 0) {
			kn_catch_close(&self);
			return -1;
		}
	}
	self.port = open_port(port);
	if (self.port < 0) {
		kn_catch_close(&self);
		return -1;
	}
	*ret = self;
	return 0;
}

static int read_mac(int fd, const struct kn_ifname *name, struct kn_mac *ret)
{
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, name->s, sizeof(ifr.ifr_name));
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) < 0)
		return -1;
	memcpy(ret->b, ifr.ifr_hwaddr.sa_data, sizeof(ret->b));
	return 0;
}

/* Everything that the catching process needs, or nothing. */
static int prepare(struct kn_nl *nl, const struct kn_op *op, struct kn_catch *ret)
{
	struct kn_error ignored;
	int port, bridge;

	ret->tap = kn_carrier_fd(nl, &op->other);
	if (ret->tap < 0 || kn_nl_index(nl, &op->dev, &port, &ignored) < 0 ||
	    kn_nl_index(nl, &op->other, &bridge, &ignored) < 0 ||
	    read_mac(nl_socket_get_fd(nl->sk), &op->other, &ret->mac) < 0)
		return -1;
	int tap = ret->tap;
	if (kn_catch_open(ret, port, bridge) < 0)
		return -1;
	ret->tap = tap;
	return 0;
}

/* The child keeps what it needs and nothing else: a lock held on would make others wait. */
static void run_child(struct kn_catch *self)
{
	int keep[KN_CATCH_FDS];
	size_t n = 0;

	for (size_t i = 0; i < KN_CATCH_SEEN; i++)
		keep[n++] = self->seen[i];
	keep[n++] = self->port;
	keep[n++] = self->tap;
	keep[n++] = self->gate;
	keep[n++] = self->ready;
	kn_close_others(keep, n);
	kn_catch_run(self);
}

static pid_t start(struct kn_nl *nl, struct kn_catch *self)
{
	int gate[2], ready[2];

	if (pipe2(gate, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(ready, O_CLOEXEC) < 0) {
		close(gate[0]);
		close(gate[1]);
		return -1;
	}
	self->gate = gate[0];
	self->ready = ready[1];
	pid_t pid = fork();
	if (pid == 0)
		run_child(self);
	close(gate[0]);
	close(ready[1]);
	if (pid < 0) {
		close(gate[1]);
		close(ready[0]);
		return -1;
	}
	nl->catch_gate = gate[1];
	nl->catch_ready = ready[0];
	return pid;
}

/* Return: at its word or its end, or when it takes too long. */
static void wait_for_child(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	char byte;

	if (poll(&pfd, 1, CATCH_WAIT_MS) > 0)
		(void)!read(fd, &byte, 1);
}

void kn_catch_add(struct kn_nl *nl, const struct kn_op *op)
{
	struct kn_catch self = {0};

	kn_catch_del(nl);
	if (prepare(nl, op, &self) < 0)
		return;
	pid_t pid = start(nl, &self);
	/* The child's are the last ones: closing them waits for RCU. */
	kn_catch_close(&self);
	if (pid <= 0)
		return;
	nl->catcher = pid;
	wait_for_child(nl->catch_ready);
}

/* What the port received up to now has been looked at when this returns. The rest of the process
 * ends by itself. */
void kn_catch_del(struct kn_nl *nl)
{
	if (nl->catcher <= 0)
		return;
	close(nl->catch_gate);
	wait_for_child(nl->catch_ready);
	close(nl->catch_ready);
	(void)waitpid(nl->catcher, NULL, WNOHANG);
	nl->catcher = 0;
}
