/* The loss meter: one process, all flows, absolute pace. */
#include "udp_meter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_NUMBERS (1u << 22)
#define ROUND_NS    (1000000000 / METER_RATE)
#define PORT	    7000
#define PATIENCE_MS 5000

/* Shared with the child, which does all the work until it is told to stop. */
struct meter {
	struct meter_flow flows[METER_FLOWS];
	_Atomic uint32_t progress;
	atomic_bool stop, hold, held;
	pid_t child;
	uint8_t seen[METER_FLOWS][MAX_NUMBERS / 8];
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void wait_until(int64_t at)
{
	struct timespec ts = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void receive(struct meter_flow *flow)
{
	uint32_t number;

	while (recv(flow->rx, &number, sizeof(number), MSG_DONTWAIT) == sizeof(number)) {
		uint8_t bit = (uint8_t)(1u << number % 8), *byte = &flow->seen[number / 8];

		if (*byte & bit)
			flow->twice++;
		else
			flow->got++;
		*byte |= bit;
	}
}

static void send_next(struct meter_flow *flow)
{
	uint32_t number = flow->sent;

	if (number >= MAX_NUMBERS)
		return;
	flow->sent++;
	if (send(flow->tx, &number, sizeof(number), MSG_DONTWAIT) < 0)
		flow->refused++;
}

static uint32_t lost_of(const struct meter_flow *flow)
{
	return flow->sent - flow->got;
}

static uint32_t missing(const struct meter *meter)
{
	uint32_t ret = 0;

	for (size_t i = 0; i < METER_FLOWS; i++)
		ret += lost_of(&meter->flows[i]);
	return ret;
}

static uint32_t slowest(const struct meter *meter)
{
	uint32_t ret = UINT32_MAX;

	for (size_t i = 0; i < METER_FLOWS; i++)
		if (meter->flows[i].got < ret)
			ret = meter->flows[i].got;
	return ret;
}

/* A late round is not made up for: bursts would measure the queues. */
static void run(struct meter *meter)
{
	int64_t next = now_ns();

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	while (!meter->stop) {
		bool hold = meter->hold;

		for (size_t i = 0; !hold && i < METER_FLOWS; i++)
			send_next(&meter->flows[i]);
		for (size_t i = 0; i < METER_FLOWS; i++)
			receive(&meter->flows[i]);
		meter->progress = slowest(meter);
		meter->held = hold && !missing(meter);
		next += ROUND_NS;
		if (next < now_ns())
			next = now_ns();
		wait_until(next);
	}
}

static socklen_t address(bool six, const char *ip, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *in = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = six ? AF_INET6 : AF_INET;
	/* The port lies at the same place in both. */
	in->sin_port = htons(port);
	(void)inet_pton(ret->ss_family, ip, six ? (void *)&in6->sin6_addr : (void *)&in->sin_addr);
	return six ? sizeof(*in6) : sizeof(*in);
}

static int bound(int netns, bool six, const char *ip, uint16_t port)
{
	struct sockaddr_storage ss;
	socklen_t len = address(six, ip, port, &ss);
	int size = 4 << 20;

	if (setns(netns, CLONE_NEWNET) < 0)
		return -1;
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&ss, len) < 0) {
		close(fd);
		return -1;
	}
	/* The meter itself must not be what loses. */
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static int open_flow(struct meter_flow *flow, const struct meter_end *from,
		     const struct meter_end *to, bool six)
{
	const char *to_ip = six ? to->ip6 : to->ip4;
	struct sockaddr_storage ss;
	socklen_t len = address(six, to_ip, PORT, &ss);

	flow->rx = bound(to->netns, six, to_ip, PORT);
	flow->tx = bound(from->netns, six, six ? from->ip6 : from->ip4, PORT + 1);
	if (flow->rx < 0 || flow->tx < 0)
		return -1;
	return connect(flow->tx, (struct sockaddr *)&ss, len);
}

static void meter_free(struct meter *meter)
{
	for (size_t i = 0; i < METER_FLOWS; i++) {
		if (meter->flows[i].tx >= 0)
			close(meter->flows[i].tx);
		if (meter->flows[i].rx >= 0)
			close(meter->flows[i].rx);
	}
	(void)munmap(meter, sizeof(*meter));
}

static int open_flows(struct meter *meter, const struct meter_end *host,
		      const struct meter_end *peer)
{
	static const char *const words[METER_FLOWS] = {"IPv4 out", "IPv4 in", "IPv6 out",
						       "IPv6 in"};
	int rc = 0;

	for (size_t i = 0; i < METER_FLOWS; i++)
		meter->flows[i] = (struct meter_flow){
			.what = words[i], .tx = -1, .rx = -1, .seen = meter->seen[i]};
	for (size_t i = 0; !rc && i < METER_FLOWS; i++)
		rc = open_flow(&meter->flows[i], i % 2 ? peer : host, i % 2 ? host : peer, i >= 2);
	return setns(host->netns, CLONE_NEWNET) < 0 ? -1 : rc;
}

/* _exit: the child must not run the test program's endings. */
static int start(struct meter *meter)
{
	meter->child = fork();
	if (meter->child == 0) {
		run(meter);
		_exit(0);
	}
	return meter->child < 0 ? -1 : 0;
}

struct meter *meter_start(const struct meter_end *host, const struct meter_end *peer)
{
	struct meter *meter = mmap(NULL, sizeof(*meter), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (meter == MAP_FAILED)
		return NULL;
	if (open_flows(meter, host, peer) < 0 || start(meter) < 0) {
		perror("loss meter");
		meter_free(meter);
		return NULL;
	}
	if (!meter_wait(meter, 100))
		return meter;
	(void)meter_stop(meter, NULL);
	return NULL;
}

uint32_t meter_progress(const struct meter *meter)
{
	return meter->progress;
}

int meter_wait(const struct meter *meter, uint32_t n)
{
	int64_t deadline = now_ns() + (int64_t)PATIENCE_MS * 1000000;
	uint32_t from = meter->progress;

	while (meter->progress - from < n) {
		if (now_ns() > deadline)
			return -1;
		wait_until(now_ns() + 200000);
	}
	return 0;
}

int meter_hold(struct meter *meter)
{
	int64_t deadline = now_ns() + (int64_t)PATIENCE_MS * 1000000;

	meter->hold = true;
	while (!meter->held) {
		if (now_ns() > deadline)
			return -1;
		wait_until(now_ns() + 200000);
	}
	return 0;
}

void meter_go(struct meter *meter)
{
	meter->held = false;
	meter->hold = false;
}

static uint32_t report(const struct meter *meter, uint32_t *ret_sent)
{
	uint32_t lost = 0, sent = 0;

	for (size_t i = 0; i < METER_FLOWS; i++) {
		const struct meter_flow *flow = &meter->flows[i];

		lost += lost_of(flow);
		sent += flow->sent;
		if (lost_of(flow) || flow->twice)
			(void)printf("%s: %u sent, %u lost (%u refused by send), %u twice\n",
				     flow->what, flow->sent, lost_of(flow), flow->refused,
				     flow->twice);
	}
	if (ret_sent)
		*ret_sent = sent;
	return lost;
}

uint32_t meter_stop(struct meter *meter, uint32_t *ret_sent)
{
	int64_t deadline = now_ns() + 1000000000;

	meter->stop = true;
	(void)waitpid(meter->child, NULL, 0);
	while (missing(meter) && now_ns() < deadline) {
		for (size_t i = 0; i < METER_FLOWS; i++)
			receive(&meter->flows[i]);
		wait_until(now_ns() + 1000000);
	}
	uint32_t lost = report(meter, ret_sent);
	meter_free(meter);
	return lost;
}
