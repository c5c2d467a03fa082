/* Loss meter: one TCP stream of a fixed rate, its retransmissions and its longest stall.
 * Test bench; effects: sockets. */
#include "meter.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STREAM_PORT 7100
#define OPEN_MS	    5000

static bool ready(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, OPEN_MS) == 1;
}

static int listen_at(const struct m_options *opt, const struct m_end *end, uint16_t port)
{
	int fd = m_socket(opt, end, SOCK_STREAM);

	if (fd < 0)
		return -1;
	if (m_bind(fd, end, port) < 0 || listen(fd, 1) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Connects s->tx to the listener and takes s->rx from it. */
static int join(struct m_stream *s, const struct m_options *opt, int listener, uint16_t port)
{
	const struct m_end *from = &s->pair->end[s->from], *to = &s->pair->end[1 - s->from];
	int on = 1, big = 4 << 20;

	s->tx = m_socket(opt, from, SOCK_STREAM);
	if (s->tx < 0 || m_bind(s->tx, from, 0) < 0)
		return -1;
	if (m_connect(s->tx, to, port) < 0 && errno != EINPROGRESS)
		return -1;
	if (!ready(listener, POLLIN) || !ready(s->tx, POLLOUT))
		return -1;
	s->rx = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	setsockopt(s->tx, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(s->tx, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof(big));
	return s->rx < 0 ? -1 : 0;
}

int m_stream_open(struct m_stream *s, const struct m_options *opt, const struct m_pair *pair,
		  unsigned int from)
{
	uint16_t port = (uint16_t)(STREAM_PORT + pair->index);
	const struct m_end *to = &pair->end[1 - from];
	int listener = listen_at(opt, to, port), r;

	s->pair = pair;
	s->from = from;
	s->tx = -1;
	s->rx = -1;
	r = listener < 0 ? -1 : join(s, opt, listener, port);
	if (r < 0)
		fprintf(stderr, "meter: TCP stream to %s: %s\n", to->text, strerror(errno));
	if (listener >= 0)
		close(listener);
	return r;
}

void m_stream_write(struct m_stream *s)
{
	uint64_t now = m_mono_ns();
	ssize_t n;

	/* A block that did not fit goes on where it stopped: its time is that of its beginning. */
	if (!s->out_at)
		memcpy(s->out, &now, sizeof(now));
	n = send(s->tx, s->out + s->out_at, M_BLOCK - s->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		s->out_at = (s->out_at + (size_t)n) % M_BLOCK;
	else if (n < 0 && errno != EAGAIN)
		s->broken = true;
}

/* A block is complete: how long was it under way? */
static void arrived(struct m_stream *s)
{
	uint64_t sent, now = m_mono_ns();

	memcpy(&sent, s->in, sizeof(sent));
	if (now > sent && now - sent > s->stall_ns)
		s->stall_ns = now - sent;
	s->blocks++;
	s->in_at = 0;
}

void m_stream_read(struct m_stream *s)
{
	ssize_t n = recv(s->rx, s->in + s->in_at, M_BLOCK - s->in_at, MSG_DONTWAIT);

	if (n > 0) {
		s->in_at += (size_t)n;
		if (s->in_at == M_BLOCK)
			arrived(s);
	} else if (n == 0 || errno != EAGAIN) {
		s->broken = true;
	}
}

static uint32_t retransmits(const struct m_stream *s)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	if (s->tx < 0 || getsockopt(s->tx, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return 0;
	return info.tcpi_total_retrans;
}

void m_stream_begin(struct m_stream *s)
{
	s->before = retransmits(s);
}

void m_stream_close(struct m_stream *s)
{
	s->retransmits = retransmits(s) - s->before;
	if (s->tx >= 0)
		close(s->tx);
	if (s->rx >= 0)
		close(s->rx);
	s->tx = -1;
	s->rx = -1;
}
