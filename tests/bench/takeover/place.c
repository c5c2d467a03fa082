/* Loss meter: sockets in other namespaces, addresses, clocks.
 * Test bench; effects: sockets, the calling thread's network namespace. */
#include "meter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int m_socket(const struct m_options *opt, const struct m_end *end, int type)
{
	int fd;

	/* The namespace belongs to the thread; the socket keeps the one it was made in. */
	if (end->netns != opt->ns_host && setns(end->netns, CLONE_NEWNET) < 0)
		return -1;
	fd = socket(end->addr.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (end->netns != opt->ns_host && setns(opt->ns_host, CLONE_NEWNET) < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static struct sockaddr_storage with_port(const struct m_end *end, uint16_t port)
{
	struct sockaddr_storage addr = end->addr;

	if (addr.ss_family == AF_INET)
		((struct sockaddr_in *)&addr)->sin_port = htons(port);
	else
		((struct sockaddr_in6 *)&addr)->sin6_port = htons(port);
	return addr;
}

int m_bind(int fd, const struct m_end *end, uint16_t port)
{
	struct sockaddr_storage addr = with_port(end, port);
	int on = 1;

	/* Without a port: chosen at connect(), so that thousands can share one source address. */
	if (!port)
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	return bind(fd, (struct sockaddr *)&addr, end->len);
}

int m_connect(int fd, const struct m_end *end, uint16_t port)
{
	struct sockaddr_storage addr = with_port(end, port);

	return connect(fd, (struct sockaddr *)&addr, end->len);
}

static bool end_parse(struct m_end *end, const char *text, size_t len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&end->addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&end->addr;

	if (!len || len >= sizeof(end->text))
		return false;
	memcpy(end->text, text, len);
	end->text[len] = '\0';
	if (inet_pton(AF_INET, end->text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		end->len = sizeof(*v4);
		return true;
	}
	if (inet_pton(AF_INET6, end->text, &v6->sin6_addr) != 1)
		return false;
	v6->sin6_family = AF_INET6;
	end->len = sizeof(*v6);
	return true;
}

bool m_pair_parse(struct m_pair *pair, const char *text)
{
	const char *comma = strchr(text, ',');

	return comma && end_parse(&pair->end[0], text, (size_t)(comma - text)) &&
	       end_parse(&pair->end[1], comma + 1, strlen(comma + 1)) &&
	       pair->end[0].addr.ss_family == pair->end[1].addr.ss_family;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * M_S + (uint64_t)ts.tv_nsec;
}

uint64_t m_mono_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t m_real_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

void m_until(uint64_t ns)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / M_S), .tv_nsec = (long)(ns % M_S)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
