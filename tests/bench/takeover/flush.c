/* Loss meter: empties all neighbour tables, the control's too, every few milliseconds, so that a
 * takeover happens while addresses are being resolved.
 * Test bench; effects: rtnetlink in three namespaces. */
#include "meter.h"

#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (64 << 10)

static int open_netlink(int netns, int home)
{
	int fd;

	if (setns(netns, CLONE_NEWNET) < 0)
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (setns(home, CLONE_NEWNET) < 0 && fd >= 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool flushable(const struct nlmsghdr *h)
{
	const struct ndmsg *nd = NLMSG_DATA(h);

	return h->nlmsg_type == RTM_NEWNEIGH &&
	       !(nd->ndm_state & (NUD_PERMANENT | NUD_NOARP | NUD_INCOMPLETE));
}

/* The entry as it was dumped, sent back as a request to delete it; the answer is not wanted. */
static void delete_one(int fd, struct nlmsghdr *h)
{
	h->nlmsg_type = RTM_DELNEIGH;
	h->nlmsg_flags = NLM_F_REQUEST;
	(void)send(fd, h, h->nlmsg_len, 0);
}

/* Reads one dump on @dump; deletes on @work. Return: false when the socket is of no use. */
static bool flush_once(int dump, int work, char *buffer)
{
	struct {
		struct nlmsghdr h;
		struct ndmsg nd;
	} ask = {.h = {.nlmsg_len = sizeof(ask),
		       .nlmsg_type = RTM_GETNEIGH,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};

	if (send(dump, &ask, sizeof(ask), 0) < 0)
		return false;
	for (;;) {
		ssize_t n = recv(dump, buffer, BUFFER, 0);
		unsigned int left = n > 0 ? (unsigned int)n : 0;

		if (n <= 0)
			return false;
		for (struct nlmsghdr *h = (struct nlmsghdr *)buffer; NLMSG_OK(h, left);) {
			struct nlmsghdr *next = NLMSG_NEXT(h, left);

			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
				return true;
			if (flushable(h))
				delete_one(work, h);
			h = next;
		}
	}
}

void *m_flush_run(void *arg)
{
	struct m_flush *flush = arg;
	const struct m_options *opt = flush->opt;
	int spaces[] = {opt->ns_host, opt->ns_peer, opt->ns_control};
	unsigned int n = opt->ns_control < 0 ? 2 : 3;
	int fd[2 * 3];
	_Alignas(struct nlmsghdr) char buffer[BUFFER];
	uint64_t start = m_mono_ns();
	bool good = true;

	for (unsigned int i = 0; i < 2 * n; i++) {
		fd[i] = open_netlink(spaces[i / 2], opt->ns_host);
		good = good && fd[i] >= 0;
	}
	while (good && atomic_load(flush->phase) == M_RUN) {
		m_until(start + ++flush->rounds * opt->flush_ms * M_MS);
		for (unsigned int i = 0; good && i < n; i++)
			good = flush_once(fd[2 * i], fd[2 * i + 1], buffer);
	}
	for (unsigned int i = 0; i < 2 * n; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	return NULL;
}
