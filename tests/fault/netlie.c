/* Lies about what the kernel answers over rtnetlink, preloaded into a command. All requests of it
 * and of the processes it forks are counted together; to one of them the answer is not the
 *kernel's. Told by the environment:
 *
 *	NETLIE_STATE FILE    where the count is kept (made by who asks, 4 KiB); afterwards it holds
 *	                     a line: requests counted, request hit (0 = none), its name
 *	NETLIE_LIST FILE     a line "N NAME" for every request
 *	NETLIE_AT N          the request that is lied about
 *	NETLIE_STICKY 1      and all later ones of that name
 *	NETLIE_ERRNO N       for "refuse" and "pass"
 *	NETLIE_DO refuse     the kernel does not get it; the answer is that errno
 *	          pass       the kernel does it; the answer is that errno
 *	          overrun    the kernel does it; reading the answer gives ENOBUFS
 *	          drop       the kernel does it; the answer never comes
 *	          intr       what is listed is said to have changed meanwhile
 *	          empty      a list with nothing in it, and success
 *
 * Layer: tests, effects. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define TEXT_SIZE 64
#define BYTES_MAX 65536
#define MARKS_MAX 16

enum lie { LIE_NONE, LIE_REFUSE, LIE_PASS, LIE_OVERRUN, LIE_DROP, LIE_INTR, LIE_EMPTY };

/* At the end of the shared page, behind the line for who asks. */
struct shared {
	char text[TEXT_SIZE];
	_Atomic unsigned long count, hit;
	_Atomic unsigned int hit_type;
};

/* A request whose answer is not to come as it is. */
struct mark {
	int fd;
	unsigned int seq;
	bool answered; /* what stands for the answer has been given */
};

static struct shared *shared;
static enum lie lie;
static unsigned long lie_at;
static bool is_sticky;
static int lie_errno;
static const char *list;
static struct mark marks[MARKS_MAX];
static size_t n_marks;

static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);
static ssize_t (*real_recvmsg)(int, struct msghdr *, int);

static unsigned long number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

/* A library that cannot do what it is asked to must not look like one that finds nothing bad. */
static _Noreturn void stop(const char *what)
{
	perror(what);
	_exit(125);
}

__attribute__((constructor)) static void begin(void)
{
	static const char *const names[] = {
		[LIE_REFUSE] = "refuse", [LIE_PASS] = "pass", [LIE_OVERRUN] = "overrun",
		[LIE_DROP] = "drop",	 [LIE_INTR] = "intr", [LIE_EMPTY] = "empty"};
	const char *path = getenv("NETLIE_STATE"), *what = getenv("NETLIE_DO");

	*(void **)&real_sendmsg = dlsym(RTLD_NEXT, "sendmsg");
	*(void **)&real_recvmsg = dlsym(RTLD_NEXT, "recvmsg");
	if (!path)
		return;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	shared = fd < 0 ? MAP_FAILED
			: mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		stop("netlie");
	(void)close(fd);
	for (size_t i = 1; what && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i], what))
			lie = (enum lie)i;
	lie_at = number_of("NETLIE_AT");
	lie_errno = (int)number_of("NETLIE_ERRNO");
	is_sticky = number_of("NETLIE_STICKY");
	list = getenv("NETLIE_LIST");
}

/* "newlink", "getaddr-dump". Source: linux/rtnetlink.h; the kinds come in fours. */
static void name_of(const struct nlmsghdr *hdr, char *name, size_t size)
{
	static const char *const verbs[] = {"new", "del", "get", "set"};
	static const char *const things[] = {
		"link",	    "addr",	 "route",     "neigh",	     "rule",	  "qdisc",
		"class",    "filter",	 "action",    "prefix",	     "multicast", "anycast",
		"neightbl", "nduseropt", "addrlabel", "dcb",	     "netconf",	  "mdb",
		"nsid",	    "stats",	 "chain",     "cachereport", "nexthop"};
	unsigned int at = (unsigned int)hdr->nlmsg_type - RTM_BASE;
	bool is_dump = at % 4 == 2 && (hdr->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;

	if (hdr->nlmsg_type < RTM_BASE || at / 4 >= sizeof(things) / sizeof(*things))
		(void)snprintf(name, size, "type-%u", hdr->nlmsg_type);
	else
		(void)snprintf(name, size, "%s%s%s", verbs[at % 4], things[at / 4],
			       is_dump ? "-dump" : "");
}

/* Sticky ones are told apart by type and by whether they list. */
static unsigned int kind_of(const struct nlmsghdr *hdr)
{
	return (unsigned int)hdr->nlmsg_type << 16 | (hdr->nlmsg_flags & NLM_F_DUMP);
}

static bool is_rtnetlink(int fd)
{
	int domain, protocol;
	socklen_t len = sizeof(domain);

	return shared && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       domain == AF_NETLINK &&
	       getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
	       protocol == NETLINK_ROUTE;
}

static void note(unsigned long n, const char *name)
{
	char line[TEXT_SIZE];
	int len = snprintf(line, sizeof(line), "%lu %s\n", n, name);
	int fd = open(list, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line, (size_t)len) != len)
		stop(list);
	(void)close(fd);
}

/* Counts a request. Return: is it to be lied about? */
static bool count(const struct nlmsghdr *hdr)
{
	unsigned long n = atomic_fetch_add(&shared->count, 1) + 1;
	bool here = lie && n == lie_at;
	char name[TEXT_SIZE / 2];

	name_of(hdr, name, sizeof(name));
	if (list)
		note(n, name);
	if (here) {
		shared->hit = n;
		shared->hit_type = kind_of(hdr);
	}
	here = here || (lie && is_sticky && shared->hit && kind_of(hdr) == shared->hit_type);
	if (here || !shared->hit)
		(void)snprintf(shared->text, sizeof(shared->text), "%lu %lu %s\n", n,
			       (unsigned long)shared->hit, shared->hit ? name : "-");
	return here;
}

static struct mark *mark_of(int fd, unsigned int seq)
{
	for (size_t i = 0; i < n_marks; i++)
		if (marks[i].fd == fd && marks[i].seq == seq)
			return &marks[i];
	return NULL;
}

static void add_mark(int fd, unsigned int seq)
{
	/* The oldest one is long done with. */
	if (n_marks == MARKS_MAX)
		memmove(marks, marks + 1, --n_marks * sizeof(*marks));
	marks[n_marks++] = (struct mark){.fd = fd, .seq = seq};
}

static size_t flatten(const struct msghdr *msg, char *bytes)
{
	size_t len = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		if (len + msg->msg_iov[i].iov_len > BYTES_MAX)
			stop("netlie: too long");
		memcpy(bytes + len, msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len);
		len += msg->msg_iov[i].iov_len;
	}
	return len;
}

/* What "refuse" keeps from the kernel is cut out of the datagram. */
ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	static char bytes[BYTES_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *hdr;
	size_t kept = 0;

	if (!is_rtnetlink(fd))
		return real_sendmsg(fd, msg, flags);
	size_t len = flatten(msg, bytes);
	for (size_t at = 0; at + sizeof(*hdr) <= len;) {
		hdr = (struct nlmsghdr *)(void *)(bytes + at);
		size_t size = NLMSG_ALIGN(hdr->nlmsg_len);
		bool here = count(hdr);

		if (size < sizeof(*hdr) || at + size > len)
			stop("netlie: no message");
		if (here)
			add_mark(fd, hdr->nlmsg_seq);
		at += size;
		if (here && lie == LIE_REFUSE)
			continue;
		memmove(bytes + kept, hdr, size);
		kept += size;
	}
	struct iovec iov = {bytes, kept};
	struct msghdr now = *msg;
	now.msg_iov = &iov;
	now.msg_iovlen = 1;
	if (kept && real_sendmsg(fd, &now, flags) < 0)
		return -1;
	return (ssize_t)len;
}

static size_t put_error(char *to, unsigned int seq)
{
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr error;
	} answer = {.hdr = {.nlmsg_len = sizeof(answer),
			    .nlmsg_type = NLMSG_ERROR,
			    .nlmsg_flags = 0x100, /* NLM_F_CAPPED */
			    .nlmsg_seq = seq},
		    .error = {.error = -lie_errno}};

	memcpy(to, &answer, sizeof(answer));
	return sizeof(answer);
}

/* One message of an answer that is lied about, as it is to be seen. Return: its length. */
static size_t twist(struct mark *mark, struct nlmsghdr *hdr, char *to)
{
	size_t size = NLMSG_ALIGN(hdr->nlmsg_len);

	if (lie == LIE_INTR)
		hdr->nlmsg_flags |= NLM_F_DUMP_INTR;
	if (lie == LIE_INTR || (lie == LIE_EMPTY && hdr->nlmsg_type == NLMSG_DONE)) {
		memmove(to, hdr, size);
		return size;
	}
	if (lie != LIE_PASS || mark->answered)
		return 0;
	mark->answered = true;
	return put_error(to, mark->seq);
}

/* Return: the new length of a datagram; -1 = it is lost, as a queue that overran loses it. */
static ssize_t twist_all(int fd, char *bytes, size_t len)
{
	char out[BYTES_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	size_t kept = 0;

	for (size_t at = 0; at + sizeof(struct nlmsghdr) <= len;) {
		struct nlmsghdr *hdr = (struct nlmsghdr *)(void *)(bytes + at);
		struct mark *mark = mark_of(fd, hdr->nlmsg_seq);
		size_t size = NLMSG_ALIGN(hdr->nlmsg_len);

		if (size < sizeof(*hdr) || at + size > len)
			break;
		at += size;
		if (mark && lie == LIE_OVERRUN && !mark->answered) {
			mark->answered = true;
			return -1;
		}
		if (mark && lie != LIE_OVERRUN) {
			kept += twist(mark, hdr, out + kept);
			continue;
		}
		memcpy(out + kept, hdr, size);
		kept += size;
	}
	memcpy(bytes, out, kept);
	return (ssize_t)kept;
}

/* The answer to a request that the kernel never got. Return: its length, 0 = there is none. */
static ssize_t made_up(int fd, struct msghdr *msg, int flags)
{
	char answer[64];

	for (size_t i = 0; lie == LIE_REFUSE && i < n_marks; i++) {
		if (marks[i].fd != fd || marks[i].answered)
			continue;
		size_t len = put_error(answer, marks[i].seq);
		if (flags & MSG_PEEK)
			return (ssize_t)len;
		if (msg->msg_iov->iov_len < len)
			stop("netlie: no room");
		memcpy(msg->msg_iov->iov_base, answer, len);
		marks[i].answered = true;
		msg->msg_flags = 0;
		if (msg->msg_name)
			*(struct sockaddr_nl *)msg->msg_name =
				(struct sockaddr_nl){.nl_family = AF_NETLINK};
		return (ssize_t)len;
	}
	return 0;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	if (!is_rtnetlink(fd))
		return real_recvmsg(fd, msg, flags);
	ssize_t got = made_up(fd, msg, flags);

	while (got == 0) {
		got = real_recvmsg(fd, msg, flags);
		if (got <= 0 || flags & MSG_PEEK)
			return got;
		got = twist_all(fd, msg->msg_iov->iov_base, (size_t)got);
	}
	if (got < 0)
		errno = ENOBUFS;
	return got;
}
