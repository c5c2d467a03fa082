/* Loss meter: new TCP connections all the while; how many fail, how many take over 200 ms.
 * Test bench; effects: sockets. A connection is good when a byte came back over it. */
#include "meter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define PROBE_PORT 7200
#define BACKLOG	   1024

static int watch(struct m_probes *p, int fd, uint32_t events, uint64_t tag, int op)
{
	struct epoll_event ev = {.events = events, .data.u64 = tag};

	return epoll_ctl(p->epoll, op, fd, &ev);
}

/* Tags of the event loop: streams come first, then listeners, then connections (tcp.c). */
#define TAG_LISTENER 1000u
#define TAG_CONN     2000u

static int add_target(struct m_probes *p, const struct m_pair *pair, unsigned int from)
{
	struct m_target *t = &p->targets[p->n];
	const struct m_end *to = &pair->end[1 - from];

	t->pair = pair;
	t->from = from;
	t->listener = m_socket(p->opt, to, SOCK_STREAM);
	if (t->listener < 0)
		return -1;
	p->n++;
	if (m_bind(t->listener, to, (uint16_t)(PROBE_PORT + pair->index)) < 0 ||
	    listen(t->listener, BACKLOG) < 0)
		return -1;
	return watch(p, t->listener, EPOLLIN, TAG_LISTENER + p->n - 1, EPOLL_CTL_ADD);
}

int m_probes_init(struct m_probes *p, const struct m_options *opt, int epoll)
{
	p->opt = opt;
	p->epoll = epoll;
	p->conns = calloc(M_CONNS, sizeof(*p->conns));
	if (!p->conns)
		return -1;
	for (size_t i = 0; i < opt->n_pairs; i++)
		for (unsigned int from = 0; from < 2; from++)
			if (add_target(p, &opt->pairs[i], from) < 0) {
				fprintf(stderr, "meter: listening at %s: %s\n",
					opt->pairs[i].end[1 - from].text, strerror(errno));
				return -1;
			}
	return 0;
}

void m_probes_done(struct m_probes *p)
{
	for (size_t i = 0; i < p->n; i++)
		close(p->targets[i].listener);
	for (size_t i = 0; p->conns && i < M_CONNS; i++)
		if (p->conns[i].kind != M_CONN_FREE)
			close(p->conns[i].fd);
	free(p->conns);
}

static struct m_conn *free_conn(struct m_probes *p)
{
	for (size_t i = 0; i < M_CONNS; i++)
		if (p->conns[i].kind == M_CONN_FREE)
			return &p->conns[i];
	return NULL;
}

static struct m_count *count_of(struct m_probes *p, const struct m_conn *c)
{
	return &p->count[c->control];
}

static void end_conn(struct m_probes *p, struct m_conn *c, bool good)
{
	struct linger rst = {.l_onoff = 1};

	if (c->kind == M_CONN_CLIENT) {
		p->open_clients--;
		if (!good)
			count_of(p, c)->failed++;
		else if (m_mono_ns() - c->start > M_SLOW_NS)
			count_of(p, c)->slow++;
	}
	/* No TIME_WAIT: a reset frees the port at once. */
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &rst, sizeof(rst));
	close(c->fd);
	c->kind = M_CONN_FREE;
}

static void start_one(struct m_probes *p, const struct m_target *t)
{
	const struct m_end *from = &t->pair->end[t->from], *to = &t->pair->end[1 - t->from];
	struct m_conn *c = free_conn(p);

	if (!c)
		return;
	*c = (struct m_conn){.control = t->pair->control, .start = m_mono_ns()};
	count_of(p, c)->made++;
	c->fd = m_socket(p->opt, from, SOCK_STREAM);
	if (c->fd < 0) {
		count_of(p, c)->failed++;
		return;
	}
	c->kind = M_CONN_CLIENT;
	p->open_clients++;
	if (m_bind(c->fd, from, 0) < 0 ||
	    (m_connect(c->fd, to, (uint16_t)(PROBE_PORT + t->pair->index)) < 0 &&
	     errno != EINPROGRESS) ||
	    watch(p, c->fd, EPOLLOUT, TAG_CONN + (uint64_t)(c - p->conns), EPOLL_CTL_ADD) < 0)
		end_conn(p, c, false);
}

void m_probes_start(struct m_probes *p)
{
	bool done[2][2] = {{false, false}, {false, false}};

	/* The ways of a group (family, measured or control) take turns: the search for each starts
	 * one target further than last time. */
	for (size_t i = 0; i < p->n; i++) {
		const struct m_target *t = &p->targets[(p->turn + i) % p->n];
		bool six = t->pair->end[0].addr.ss_family == AF_INET6;

		if (done[six][t->pair->control])
			continue;
		done[six][t->pair->control] = true;
		start_one(p, t);
	}
	p->turn++;
}

void m_probes_accept(struct m_probes *p, size_t target)
{
	int fd = accept4(p->targets[target].listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct m_conn *c;

	if (fd < 0)
		return;
	c = free_conn(p);
	if (!c) {
		close(fd);
		return;
	}
	*c = (struct m_conn){.kind = M_CONN_SERVER, .fd = fd, .start = m_mono_ns()};
	if (watch(p, fd, EPOLLIN, TAG_CONN + (uint64_t)(c - p->conns), EPOLL_CTL_ADD) < 0)
		end_conn(p, c, false);
}

static void serve(struct m_probes *p, struct m_conn *c)
{
	char byte;
	ssize_t n = recv(c->fd, &byte, 1, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || send(c->fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		end_conn(p, c, true);
}

static void go_on(struct m_probes *p, struct m_conn *c)
{
	uint64_t tag = TAG_CONN + (uint64_t)(c - p->conns);
	char byte = 'k';

	if (c->sent) {
		end_conn(p, c, recv(c->fd, &byte, 1, MSG_DONTWAIT) == 1);
		return;
	}
	if (send(c->fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1 ||
	    watch(p, c->fd, EPOLLIN, tag, EPOLL_CTL_MOD) < 0) {
		end_conn(p, c, false);
		return;
	}
	c->sent = true;
}

void m_probes_event(struct m_probes *p, size_t conn)
{
	struct m_conn *c = &p->conns[conn];

	switch (c->kind) {
	case M_CONN_FREE:
		break;
	case M_CONN_CLIENT:
		go_on(p, c);
		break;
	case M_CONN_SERVER:
		serve(p, c);
		break;
	}
}

void m_probes_expire(struct m_probes *p, bool all)
{
	uint64_t now = m_mono_ns();

	for (size_t i = 0; i < M_CONNS; i++)
		if (p->conns[i].kind == M_CONN_CLIENT &&
		    (all || now - p->conns[i].start > M_GIVE_UP_NS))
			end_conn(p, &p->conns[i], false);
}
