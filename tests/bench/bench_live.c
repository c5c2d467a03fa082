/* How long the kernel side of N bridges takes, each with a MAC, without STP, up and with an
 * address: through the live layer, by raw netlink in one sendmsg for each bridge, and back and
 * forth between the two in network namespaces of their own. Prints the medians, ms for each bridge:
 * ours, raw. Usage: bench_live [N [ROUNDS]] */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "live/live.h"
#include "live_sandbox.h"

#define ROUNDS_MAX 31
#define INDEX	   1000 /* of the first raw bridge: given, so that one sendmsg will do */

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int make_one(struct kn_live *live, uint32_t i, struct kn_error *err)
{
	struct kn_op ops[3] = {
		{.kind = KN_OP_BRIDGE_ADD}, {.kind = KN_OP_LINK_UP}, {.kind = KN_OP_ADDR_ADD}};
	bool done[3];

	for (size_t k = 0; k < 3; k++)
		(void)snprintf(ops[k].dev.s, sizeof(ops[k].dev.s), "br%u", i);
	ops[0].bridge.has_mac = true;
	ops[0].bridge.mac = (struct kn_mac){{0x52, 0x54, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
	kn_opts_set(&ops[0].bridge.opts, KN_BROPT_STP, 0);
	kn_opts_set(&ops[0].bridge.opts, KN_BROPT_FORWARD_DELAY, 0);
	ops[2].addr =
		(struct kn_laddr){.dev = ops[2].dev,
				  .addr = {{KN_IPV4, {10, (uint8_t)(i >> 8), (uint8_t)i, 1}}, 24},
				  .valid_s = UINT32_MAX,
				  .preferred_s = UINT32_MAX};
	return live->exec(live, ops, 3, done, err);
}

static int run_ours(uint32_t n, struct kn_error *err)
{
	struct kn_live *live;
	int r = kn_live_open(&live, err);

	if (r < 0)
		return -1;
	for (uint32_t i = 0; i < n && r == 0; i++)
		r = make_one(live, i, err);
	live->close(live);
	return r;
}

/* ---- raw ---- */

struct message {
	char buf[512];
	size_t len, begin; /* begin: of the current message */
};

static void begin(struct message *m, int type, int flags, const void *head, size_t len)
{
	m->begin = m->len;
	struct nlmsghdr *hdr = (struct nlmsghdr *)(m->buf + m->begin);
	*hdr = (struct nlmsghdr){.nlmsg_type = (uint16_t)type,
				 .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags)};
	memcpy(m->buf + m->begin + NLMSG_HDRLEN, head, len);
	m->len += NLMSG_HDRLEN + NLMSG_ALIGN(len);
}

static struct rtattr *put(struct message *m, int type, const void *data, size_t len)
{
	struct rtattr *attr = (struct rtattr *)(m->buf + m->len);

	*attr = (struct rtattr){.rta_type = (uint16_t)type, .rta_len = (uint16_t)RTA_LENGTH(len)};
	if (len)
		memcpy(RTA_DATA(attr), data, len);
	m->len += RTA_SPACE(len);
	return attr;
}

static void end_nest(struct message *m, struct rtattr *nest)
{
	nest->rta_len = (uint16_t)(m->buf + m->len - (char *)nest);
}

static void end(struct message *m)
{
	((struct nlmsghdr *)(m->buf + m->begin))->nlmsg_len = (uint32_t)(m->len - m->begin);
}

static void build_raw(struct message *m, uint32_t i)
{
	struct ifinfomsg info = {.ifi_index = (int)(INDEX + i)};
	struct ifaddrmsg ifa = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = INDEX + i};
	uint8_t mac[6] = {0x52, 0x54, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};
	uint8_t ip[4] = {10, (uint8_t)(i >> 8), (uint8_t)i, 1};
	uint32_t zero = 0;
	char name[IF_NAMESIZE];

	(void)snprintf(name, sizeof(name), "br%u", i);
	begin(m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	put(m, IFLA_IFNAME, name, strlen(name) + 1);
	put(m, IFLA_ADDRESS, mac, sizeof(mac));
	struct rtattr *link = put(m, IFLA_LINKINFO, NULL, 0);
	put(m, IFLA_INFO_KIND, "bridge", 7);
	struct rtattr *data = put(m, IFLA_INFO_DATA, NULL, 0);
	put(m, IFLA_BR_FORWARD_DELAY, &zero, sizeof(zero));
	put(m, IFLA_BR_STP_STATE, &zero, sizeof(zero));
	end_nest(m, data);
	end_nest(m, link);
	end(m);
	info.ifi_flags = info.ifi_change = IFF_UP;
	begin(m, RTM_SETLINK, 0, &info, sizeof(info));
	end(m);
	begin(m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &ifa, sizeof(ifa));
	put(m, IFA_LOCAL, ip, sizeof(ip));
	put(m, IFA_ADDRESS, ip, sizeof(ip));
	end(m);
}

/* Three answers, each in a datagram of its own. */
static int take_answers(int fd)
{
	for (int answers = 0; answers < 3;) {
		char buf[4096];
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		unsigned int left = n > 0 ? (unsigned int)n : 0;

		if (n <= 0)
			return -1;
		for (struct nlmsghdr *h = (struct nlmsghdr *)buf; NLMSG_OK(h, left);
		     h = NLMSG_NEXT(h, left)) {
			struct nlmsgerr *e = NLMSG_DATA(h);

			if (h->nlmsg_type != NLMSG_ERROR || e->error)
				return -1;
			answers++;
		}
	}
	return 0;
}

static int run_raw(uint32_t n, struct kn_error *err)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), r = fd < 0 ? -1 : 0;

	for (uint32_t i = 0; i < n && r == 0; i++) {
		struct message m = {.len = 0};

		build_raw(&m, i);
		if (send(fd, m.buf, m.len, 0) < 0 || take_answers(fd) < 0)
			r = -1;
	}
	if (fd >= 0)
		close(fd);
	return r < 0 ? kn_fail(err, KN_ERR_SYSTEM, 0, "raw netlink failed") : 0;
}

/* ---- back and forth ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(int (*work)(uint32_t, struct kn_error *), uint32_t n, double *ret,
		   struct kn_error *err)
{
	/* Held open until the end: the kernel takes one apart in the background, under the lock
	 * that the next measurement waits for. */
	if (sandbox_new_net() < 0 || open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, 0, "no network namespace");
	double start = now_ms();
	if (work(n, err) < 0)
		return -1;
	*ret = (now_ms() - start) / n;
	return 0;
}

int main(int argc, char **argv)
{
	double ours[ROUNDS_MAX], raw[ROUNDS_MAX];
	struct kn_error err = {0};
	uint32_t n = 1000, rounds = 1;

	if ((argc > 1 && (!kn_num_is(argv[1], 65000, &n) || n == 0)) ||
	    (argc > 2 && (!kn_num_is(argv[2], ROUNDS_MAX, &rounds) || rounds == 0))) {
		fprintf(stderr, "usage: bench_live [N [ROUNDS]]\n");
		return 2;
	}
	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	for (uint32_t i = 0; i < rounds; i++) {
		if (measure(run_ours, n, &ours[i], &err) < 0 ||
		    measure(run_raw, n, &raw[i], &err) < 0) {
			fprintf(stderr, "%s\n", err.message);
			return 1;
		}
	}
	qsort(ours, rounds, sizeof(ours[0]), by_value);
	qsort(raw, rounds, sizeof(raw[0]), by_value);
	printf("%.3f %.3f\n", ours[rounds / 2], raw[rounds / 2]);
	return 0;
}
