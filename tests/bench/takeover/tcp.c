/* Loss meter: the thread that drives all TCP: streams and new connections.
 * Test bench; effects: sockets, a timer. */
#include "meter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Tags of the event loop; connect.c uses the same for its own. */
#define TAG_LISTENER 1000u
#define TAG_CONN     2000u
#define TAG_TIMER    UINT64_MAX
#define EVENTS	     128

static int start_timer(struct m_tcp *tcp)
{
	struct itimerspec every = {.it_interval.tv_nsec = M_MS, .it_value.tv_nsec = M_MS};
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = TAG_TIMER};

	tcp->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (tcp->timer < 0 || timerfd_settime(tcp->timer, 0, &every, NULL) < 0)
		return -1;
	return epoll_ctl(tcp->epoll, EPOLL_CTL_ADD, tcp->timer, &ev);
}

static int open_streams(struct m_tcp *tcp)
{
	for (size_t i = 0; i < 2 * tcp->opt->n_pairs; i++) {
		struct m_stream *s = &tcp->streams[tcp->n];
		struct epoll_event ev = {.events = EPOLLIN, .data.u64 = tcp->n};

		tcp->n++;
		if (m_stream_open(s, tcp->opt, &tcp->opt->pairs[i / 2], i % 2) < 0)
			return -1;
		if (epoll_ctl(tcp->epoll, EPOLL_CTL_ADD, s->rx, &ev) < 0)
			return -1;
	}
	return 0;
}

int m_tcp_init(struct m_tcp *tcp, const struct m_options *opt, _Atomic int *phase)
{
	tcp->opt = opt;
	tcp->phase = phase;
	tcp->timer = -1;
	tcp->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (tcp->epoll < 0)
		return -1;
	if (opt->no_tcp)
		return 0;
	if (m_probes_init(&tcp->probes, opt, tcp->epoll) < 0 || open_streams(tcp) < 0)
		return -1;
	return start_timer(tcp);
}

void m_tcp_done(struct m_tcp *tcp)
{
	for (size_t i = 0; i < tcp->n; i++)
		m_stream_close(&tcp->streams[i]);
	m_probes_done(&tcp->probes);
	if (tcp->timer >= 0)
		close(tcp->timer);
	if (tcp->epoll >= 0)
		close(tcp->epoll);
}

/* One millisecond passed, or several: a late thread owes no extra blocks. */
static void tick(struct m_tcp *tcp, uint64_t *ticks)
{
	uint64_t passed = 0;
	bool sending = atomic_load(tcp->phase) == M_RUN;

	if (read(tcp->timer, &passed, sizeof(passed)) != (ssize_t)sizeof(passed))
		return;
	for (size_t i = 0; sending && i < tcp->n; i++)
		m_stream_write(&tcp->streams[i]);
	if (*ticks / M_PROBE_EVERY != (*ticks + passed) / M_PROBE_EVERY) {
		if (sending)
			m_probes_start(&tcp->probes);
		m_probes_expire(&tcp->probes, false);
	}
	*ticks += passed;
}

static void handle(struct m_tcp *tcp, uint64_t tag, uint64_t *ticks)
{
	if (tag == TAG_TIMER)
		tick(tcp, ticks);
	else if (tag >= TAG_CONN)
		m_probes_event(&tcp->probes, tag - TAG_CONN);
	else if (tag >= TAG_LISTENER)
		m_probes_accept(&tcp->probes, tag - TAG_LISTENER);
	else if (!tcp->streams[tag].broken)
		m_stream_read(&tcp->streams[tag]);
	else /* level-triggered: a dead socket would keep the loop busy */
		epoll_ctl(tcp->epoll, EPOLL_CTL_DEL, tcp->streams[tag].rx, NULL);
}

void *m_tcp_run(void *arg)
{
	struct m_tcp *tcp = arg;
	struct epoll_event events[EVENTS];
	uint64_t ticks = 0;

	prctl(PR_SET_TIMERSLACK, 1);
	for (;;) {
		int phase = atomic_load(tcp->phase);
		int n;

		/* What is still being connected gets its answer, or is given up in its time. */
		if (phase == M_END || (phase == M_DRAIN && !tcp->probes.open_clients))
			break;
		n = epoll_wait(tcp->epoll, events, EVENTS, 20);
		for (int i = 0; i < n; i++)
			handle(tcp, events[i].data.u64, &ticks);
	}
	if (tcp->probes.conns)
		m_probes_expire(&tcp->probes, true);
	return NULL;
}
