/* Loss meter: UDP flows, numbered packets both ways at a fixed rate.
 * Test bench; effects: sockets. One thread sends all flows, one receives them. */
#include "meter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define UDP_PORT    7000
#define RECV_BATCH  64
#define SEND_BATCH  256
#define BUFFER	    (64 << 20)
#define SILENT_NS   (100 * M_MS)
#define TROUBLE_NS  (20 * M_MS)
#define MAX_PAYLOAD 9000
#define DRAIN_MS    50 /* on a wire of microseconds nothing is under way for longer */
#define FORGIVE_NS  (10 * M_MS)

struct packet {
	uint64_t seq, tx_ns;
};

static int open_end(const struct m_options *opt, const struct m_pair *pair, unsigned int which)
{
	const struct m_end *own = &pair->end[which], *other = &pair->end[1 - which];
	uint16_t port = (uint16_t)(UDP_PORT + pair->index);
	int fd = m_socket(opt, own, SOCK_DGRAM), on = 1, size = BUFFER;

	if (fd < 0)
		return -1;
	if (m_bind(fd, own, port) < 0 || m_connect(fd, other, port) < 0) {
		close(fd);
		return -1;
	}
	/* A full buffer would look like a loss of the network's: make it large, count overflows. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	return fd;
}

static int open_pair(struct m_udp *udp, const struct m_pair *pair)
{
	uint64_t seconds = udp->opt->cap_s + 10 +
			   (udp->opt->warmup_ms + udp->opt->idle_ms + udp->opt->settle_ms) / 1000;
	int fd[2];

	for (unsigned int i = 0; i < 2; i++) {
		fd[i] = open_end(udp->opt, pair, i);
		if (fd[i] < 0) {
			fprintf(stderr, "meter: UDP socket at %s: %s\n", pair->end[i].text,
				strerror(errno));
			if (i)
				close(fd[0]);
			return -1;
		}
	}
	for (unsigned int i = 0; i < 2; i++) {
		struct m_flow *flow = &udp->flows[udp->n++];

		flow->pair = pair;
		flow->from = i;
		flow->tx = fd[i];
		flow->rx = fd[1 - i];
		flow->batch = udp->batch;
		if (pair->control && udp->opt->control_rate)
			flow->batch = 1 + (udp->opt->control_rate - 1) * udp->tick_ns / M_S;
		flow->seen_bits = udp->opt->rate * seconds;
		flow->seen = calloc(flow->seen_bits / 8 + 1, 1);
		if (!flow->seen) {
			fputs("meter: out of memory\n", stderr);
			return -1;
		}
	}
	return 0;
}

int m_udp_init(struct m_udp *udp, const struct m_options *opt, _Atomic int *phase)
{
	udp->opt = opt;
	udp->phase = phase;
	udp->tick_ns = opt->rate >= 1000 ? M_MS : M_S / opt->rate;
	udp->batch = opt->rate * udp->tick_ns / M_S;
	if (udp->batch > SEND_BATCH || opt->size < sizeof(struct packet) ||
	    opt->size > MAX_PAYLOAD) {
		fputs("meter: rate or size out of range\n", stderr);
		return -1;
	}
	udp->payload = calloc(udp->batch, opt->size);
	if (!udp->payload)
		return -1;
	for (size_t i = 0; i < opt->n_pairs; i++)
		if (open_pair(udp, &opt->pairs[i]) < 0)
			return -1;
	return 0;
}

void m_udp_done(struct m_udp *udp)
{
	for (size_t i = 0; i < udp->n; i++) {
		close(udp->flows[i].tx);
		free(udp->flows[i].seen);
	}
	free(udp->payload);
}

/* ---- sending ---- */

/* A refused packet keeps its number, so it is counted as lost. An error the socket reports may be
 * left over from an earlier packet (ICMP): the same packet is tried a second time. */
static void send_messages(struct m_flow *flow, struct mmsghdr *msgs, unsigned int n)
{
	bool again = false;

	for (unsigned int at = 0; at < n;) {
		int sent = sendmmsg(flow->tx, msgs + at, n - at, MSG_DONTWAIT);

		if (sent > 0) {
			at += (unsigned int)sent;
			again = false;
		} else if (!again) {
			again = true;
		} else {
			flow->refused++;
			at++;
			again = false;
		}
	}
}

static void send_batch(struct m_udp *udp, struct m_flow *flow)
{
	struct mmsghdr msgs[SEND_BATCH];
	struct iovec iov[SEND_BATCH];
	uint64_t now = m_real_ns();

	memset(msgs, 0, sizeof(msgs[0]) * flow->batch);
	for (uint64_t i = 0; i < flow->batch; i++) {
		struct packet packet = {.seq = flow->next++, .tx_ns = now};

		iov[i].iov_base = udp->payload + i * udp->opt->size;
		iov[i].iov_len = udp->opt->size;
		memcpy(iov[i].iov_base, &packet, sizeof(packet));
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	send_messages(flow, msgs, (unsigned int)flow->batch);
}

void *m_udp_send(void *arg)
{
	struct m_udp *udp = arg;
	uint64_t start = m_mono_ns();

	prctl(PR_SET_TIMERSLACK, 1);
	/* The flows take turns within a tick, so that a window shorter than a tick is seen by one
	 * of them and not missed by all. */
	for (uint64_t k = 0; atomic_load(udp->phase) == M_RUN; k++) {
		uint64_t slot = k % udp->n;
		uint64_t due = start + k / udp->n * udp->tick_ns + slot * udp->tick_ns / udp->n;
		uint64_t now = m_mono_ns();

		if (now < due)
			m_until(due);
		else if (now - due > udp->late_ns)
			udp->late_ns = now - due;
		/* What a pause cost is not made up for: a machine too slow for the rate would fall
		 * behind without end. */
		if (now > due + FORGIVE_NS)
			start += now - due;
		send_batch(udp, &udp->flows[slot]);
	}
	return NULL;
}

/* ---- receiving ---- */

static void longest(struct m_flow *flow, uint64_t ns, uint64_t now)
{
	if (ns > flow->silence_ns)
		flow->silence_ns = ns;
	if (ns > TROUBLE_NS)
		atomic_store(&flow->trouble, now);
}

/* Silence is what the sender saw: from the last packet that arrived in time to the first that
 * arrived again, or the time a packet was held up. Its own pauses without a loss do not count. */
static void count_packet(struct m_flow *flow, const struct packet *packet, uint64_t rx_ns)
{
	uint8_t bit = (uint8_t)(1u << packet->seq % 8);

	if (packet->seq >= flow->seen_bits)
		return;
	if (flow->seen[packet->seq / 8] & bit) {
		flow->twice++;
		return;
	}
	flow->seen[packet->seq / 8] |= bit;
	flow->got++;
	if (rx_ns > packet->tx_ns)
		longest(flow, rx_ns - packet->tx_ns, rx_ns);
	if (packet->seq > flow->last_seq + 1) {
		longest(flow, packet->tx_ns - flow->last_tx, rx_ns);
		atomic_store(&flow->trouble, rx_ns);
	}
	if (packet->seq >= flow->last_seq) {
		flow->last_seq = packet->seq;
		flow->last_tx = packet->tx_ns;
	}
	atomic_store(&flow->last_rx, rx_ns);
}

static uint64_t read_ancillary(struct m_flow *flow, struct msghdr *msg)
{
	uint64_t stamp = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			stamp = (uint64_t)ts.tv_sec * M_S + (uint64_t)ts.tv_nsec;
		} else if (c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&flow->overflow, CMSG_DATA(c), sizeof(flow->overflow));
		}
	}
	return stamp ? stamp : m_real_ns();
}

static void receive_flow(struct m_flow *flow)
{
	struct packet packets[RECV_BATCH];
	struct mmsghdr msgs[RECV_BATCH];
	struct iovec iov[RECV_BATCH];
	_Alignas(struct cmsghdr) uint8_t control[RECV_BATCH][96];
	int n;

	/* The payload's rest is cut off by the short buffer: only the number matters. */
	for (unsigned int i = 0; i < RECV_BATCH; i++) {
		iov[i] = (struct iovec){.iov_base = &packets[i], .iov_len = sizeof(packets[i])};
		msgs[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i],
						  .msg_iovlen = 1,
						  .msg_control = control[i],
						  .msg_controllen = sizeof(control[i])};
	}
	n = recvmmsg(flow->rx, msgs, RECV_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		uint64_t stamp = read_ancillary(flow, &msgs[i].msg_hdr);

		if (msgs[i].msg_len == sizeof(packets[i]))
			count_packet(flow, &packets[i], stamp);
	}
}

void *m_udp_receive(void *arg)
{
	struct m_udp *udp = arg;
	struct epoll_event events[2 * M_PAIRS];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (size_t i = 0; epoll >= 0 && i < udp->n; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.u64 = i};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, udp->flows[i].rx, &ev) < 0)
			break;
	}
	while (epoll >= 0) {
		int n = epoll_wait(epoll, events, 2 * M_PAIRS, DRAIN_MS);

		/* Only an idle moment ends it: what is on its way still counts. */
		if (n == 0 && atomic_load(udp->phase) != M_RUN)
			break;
		for (int i = 0; i < n; i++)
			receive_flow(&udp->flows[events[i].data.u64]);
	}
	if (epoll >= 0)
		close(epoll);
	return NULL;
}

/* ---- asking ---- */

bool m_udp_flows(struct m_udp *udp, uint64_t count)
{
	for (size_t i = 0; i < udp->n; i++)
		if (!atomic_load(&udp->flows[i].last_rx) || udp->flows[i].got < count)
			return false;
	return true;
}

uint64_t m_udp_quiet_ns(struct m_udp *udp)
{
	uint64_t now = m_real_ns(), quiet = UINT64_MAX;

	for (size_t i = 0; i < udp->n; i++) {
		uint64_t trouble = atomic_load(&udp->flows[i].trouble);
		uint64_t heard = atomic_load(&udp->flows[i].last_rx);

		if (udp->flows[i].pair->control)
			continue;
		if (now > heard + SILENT_NS)
			return 0;
		if (now > trouble && now - trouble < quiet)
			quiet = now - trouble;
	}
	return quiet;
}

uint64_t m_flow_lost(const struct m_flow *flow)
{
	return flow->next - flow->got;
}
