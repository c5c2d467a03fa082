/* The catching process: a frame that the port received, but that neither the port nor the bridge
 * handed on, was dropped in between, and is put into the bridge.
 * Layer: live, effects. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "live/catch.h"

/* From the first listener to the last it is one function in the kernel, a few microseconds. */
#define LOST_AFTER_NS 60000
/* What arrives in such an instant: 60 µs at a million packets a second. More than that is not lost
 * by us but kept out by somebody's filter, which is not to be passed by. */
#define CATCH_MAX 64
/* Handed on, but not read on the port yet, of one listener. */
#define SEEN_MAX  512
#define LOOKS_MAX 256 /* of half a list each: a flood must not hold the others up */
#define ROUND_MAX 1024
#define FRAME_MAX (64 * 1024 + 64) /* segments glued together by the card's driver (GRO) */
#define COMPARED  2048

/* In the order of their reading, which is also that of the port. */
struct list {
	uint64_t v[SEEN_MAX];
	size_t n;
};

struct state {
	struct kn_catch *io; /* borrowed */
	struct list seen[KN_CATCH_SEEN];
	size_t caught;
	bool listening; /* the other process was told to go on */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* FNV-1a: frames are told apart, nobody is kept from forging one. Source: RFC draft
 * draft-eastlake-fnv, 64 bits. */
static uint64_t digest(const uint8_t *frame, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u ^ len;

	for (size_t i = 0; i < len && i < COMPARED; i++)
		hash = (hash ^ frame[i]) * 0x100000001b3u;
	return hash;
}

/* Return: false when there is more than has room. */
static bool read_list(int fd, struct list *list)
{
	uint8_t frame[COMPARED];
	ssize_t n;

	while (list->n < SEEN_MAX) {
		n = recv(fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_TRUNC);
		if (n <= 0)
			return true;
		list->v[list->n++] = digest(frame, (size_t)n);
	}
	return false;
}

static void drop(struct list *list, size_t at, size_t n)
{
	list->n -= n;
	memmove(list->v + at, list->v + at + n, (list->n - at) * sizeof(list->v[0]));
}

/* Takes the frame off, so that its twin is looked for anew. */
static bool take(struct list *list, uint64_t hash)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->v[i] != hash)
			continue;
		drop(list, i, 1);
		return true;
	}
	/* What fills it is not the port's: the tap's, or from before the port was listened to. */
	if (list->n == SEEN_MAX)
		drop(list, 0, SEEN_MAX / 2);
	return false;
}

/* *ret_all: whether all was looked at that has been handed on by now. */
static bool was_seen(struct state *st, uint64_t hash, bool *ret_all)
{
	*ret_all = true;
	for (size_t i = 0; i < KN_CATCH_SEEN; i++) {
		*ret_all &= read_list(st->io->seen[i], &st->seen[i]);
		if (take(&st->seen[i], hash))
			return true;
	}
	return false;
}

/* A listener that could not keep up knows nothing of what it missed: from then on nothing is
 * caught. The kernel forgets the number when it is asked. */
static bool has_missed(struct state *st)
{
	for (size_t i = 0; i < KN_CATCH_SEEN; i++) {
		struct tpacket_stats stats = {0};
		socklen_t len = sizeof(stats);

		if (getsockopt(st->io->seen[i], SOL_PACKET, PACKET_STATISTICS, &stats, &len) < 0 ||
		    stats.tp_drops) {
			st->caught = CATCH_MAX;
			return true;
		}
	}
	return false;
}

/* Time alone does not tell: behind what other hosts get, or what a busy processor has left waiting,
 * the frame may stand far back. The last look is one at all that there is, after the time. In doubt
 * it was handed on: one lost frame is better than one that comes twice. */
static bool is_handed_on(struct state *st, uint64_t hash)
{
	uint64_t deadline = now_ns() + LOST_AFTER_NS;
	bool all, late;

	for (int looks = 0; looks < LOOKS_MAX; looks += !all) {
		late = now_ns() >= deadline;
		if (was_seen(st, hash, &all))
			return true;
		if (late && all)
			return has_missed(st);
	}
	return true;
}

/* Addressed to this host alone: a group address would make the bridge send it out again. The bridge
 * does not learn from the tap, so the sender's place stays what it is. */
static void put_into_bridge(struct state *st, uint8_t *data, size_t len)
{
	memcpy(data + sizeof(struct virtio_net_hdr), st->io->mac.b, sizeof(st->io->mac.b));
	(void)!write(st->io->tap, data, len);
	st->caught++;
}

/* Frames of a VLAN belong to others, and so does what is meant for other hosts. */
static bool is_ours(const struct sockaddr_ll *from, struct msghdr *msg)
{
	uint16_t protocol = be16toh(from->sll_protocol);

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			return false;
	}
	return (from->sll_pkttype == PACKET_HOST || from->sll_pkttype == PACKET_BROADCAST ||
		from->sll_pkttype == PACKET_MULTICAST) &&
	       (protocol == ETH_P_IP || protocol == ETH_P_ARP || protocol == ETH_P_IPV6);
}

/* Return: false when nothing is there to be read. */
static bool take_one(struct state *st)
{
	uint8_t data[sizeof(struct virtio_net_hdr) + FRAME_MAX];
	_Alignas(struct cmsghdr) uint8_t control[64];
	struct sockaddr_ll from;
	struct iovec iov = {data, sizeof(data)};
	struct msghdr msg = {.msg_name = &from,
			     .msg_namelen = sizeof(from),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(st->io->port, &msg, MSG_DONTWAIT);
	size_t head = sizeof(struct virtio_net_hdr);

	if (n < 0)
		return errno == EINTR;
	if ((size_t)n < head + ETH_HLEN || (msg.msg_flags & MSG_TRUNC) || !is_ours(&from, &msg))
		return true;
	if (is_handed_on(st, digest(data + head, (size_t)n - head)))
		return true;
	/* Before anything was touched, that is a filter's doing. */
	if (!st->listening)
		st->caught = CATCH_MAX;
	if (st->caught < CATCH_MAX)
		put_into_bridge(st, data, (size_t)n);
	return true;
}

/* A round of what is there already, then the other process may go on. */
static void get_ready(struct state *st)
{
	for (int i = 0; i < CATCH_MAX && take_one(st); i++)
		continue;
	st->listening = true;
	(void)!write(st->io->ready, "", 1);
}

void kn_catch_run(struct kn_catch *self)
{
	struct state st = {.io = self};
	struct pollfd fds[2] = {{.fd = self->port, .events = POLLIN},
				{.fd = self->gate, .events = POLLIN}};

	get_ready(&st);
	do {
		fds[0].revents = fds[1].revents = 0;
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		/* Bounded: a flood must not keep the process alive. */
		for (int i = 0; i < ROUND_MAX && take_one(&st); i++)
			continue;
	} while (!fds[1].revents && st.caught < CATCH_MAX);
	close(self->ready);
	/* Closing packet sockets waits for RCU, one after the other: nobody waits for that. */
	_exit(0);
}
