/* Transport over one rtnetlink socket: several requests per datagram, answers by sequence number,
 * bounded repeats, and a new socket after a lost answer.
 * Layer: live, effects. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "live/live.h"
#include "live/nl.h"
#include "live/splice.h"

/* The kernel answers inside sendmsg() and recvmsg(); waiting can only mean a lost answer. */
#define RECV_TIMEOUT_S 2
/* An interrupted dump is repeated this often before the host counts as too restless to read. */
#define DUMP_TRIES 10

/* Timeouts and abilities of a fresh socket. Only a missing timeout is fatal: without it a lost
 * answer would hang the command for ever. */
static int set_options(struct nl_sock *sk, bool *ret_strict, struct kn_error *err)
{
	struct timeval timeout = {.tv_sec = RECV_TIMEOUT_S};
	int fd = nl_socket_get_fd(sk), on = 1;

	/* Old kernels lack these three: their errors then have no text, and dumps no filter. */
	(void)setsockopt(fd, SOL_NETLINK, KN_NETLINK_CAP_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, KN_NETLINK_EXT_ACK, &on, sizeof(on));
	*ret_strict = !setsockopt(fd, SOL_NETLINK, KN_NETLINK_STRICT_CHK, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot prepare the netlink socket");
	/* Room for the answers of a full batch; refused only beyond the sysctl's limit. */
	(void)nl_socket_set_buffer_size(sk, 200 * 1024, 64 * 1024);
	return 0;
}

/* The new socket is complete before the old one goes, so that a failure (no descriptors left)
 * leaves a usable object behind. */
int kn_nl_connect(struct kn_nl *nl, struct kn_error *err)
{
	struct nl_sock *sk = nl_socket_alloc();
	bool strict;

	if (!sk)
		return kn_fail_nomem(err);
	if (nl_connect(sk, NETLINK_ROUTE) < 0) {
		int saved = errno;

		nl_socket_free(sk);
		return kn_fail(err, KN_ERR_SYSTEM, saved, "cannot open a netlink socket");
	}
	if (set_options(sk, &strict, err) < 0) {
		nl_socket_free(sk);
		return -1;
	}
	nl_socket_free(nl->sk);
	nl->sk = sk;
	nl->strict = strict;
	return 0;
}

/* The stream of answers is broken: nothing that is still queued may be taken for an answer of a
 * later request. */
static int lost(struct kn_nl *nl, int sys_errno, const char *what, struct kn_error *err)
{
	struct kn_error ignored;

	/* Where that fails the old socket goes on: late answers carry old sequence numbers. */
	(void)!kn_nl_connect(nl, &ignored);
	return kn_fail(err, KN_ERR_SYSTEM, sys_errno, "%s", what);
}

/* Numbers the requests and hands them over in one system call. The kernel works through them
 * before sendmsg() returns; what comes back in its place is only the news. */
static int send_all(struct kn_nl *nl, struct kn_req *reqs, size_t n, struct kn_error *err)
{
	struct iovec iov[KN_NL_BATCH];
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct msghdr msg = {.msg_name = &kernel,
			     .msg_namelen = sizeof(kernel),
			     .msg_iov = iov,
			     .msg_iovlen = n};
	ssize_t sent;

	for (size_t i = 0; i < n; i++) {
		if (reqs[i].failed || !reqs[i].msg)
			return kn_fail_nomem(err);
		struct nlmsghdr *hdr = nlmsg_hdr(reqs[i].msg);
		hdr->nlmsg_seq = nl_socket_use_seq(nl->sk);
		hdr->nlmsg_pid = nl_socket_get_local_port(nl->sk);
		reqs[i].answered = false;
		reqs[i].heard = false;
		reqs[i].error = 0;
		reqs[i].text[0] = '\0';
		/* The kernel steps from message to message by the aligned length. */
		iov[i] = (struct iovec){hdr, NLMSG_ALIGN(hdr->nlmsg_len)};
	}
	do
		sent = sendmsg(nl_socket_get_fd(nl->sk), &msg, 0);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot send to the kernel");
	return 0;
}

/* Receives one datagram of the kernel into nl->rx. Return: its length, -1. */
static int receive(struct kn_nl *nl, struct kn_error *err)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {nl->rx, KN_NL_RX_SIZE};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t got;

	do
		got = recvmsg(nl_socket_get_fd(nl->sk), &msg, 0);
	while ((got < 0 && errno == EINTR) || (got >= 0 && from.nl_pid != 0));
	if (got < 0 && errno == EAGAIN)
		return lost(nl, 0, "the kernel did not answer in time", err);
	if (got < 0)
		return lost(nl, errno, "an answer of the kernel was lost", err);
	if (msg.msg_flags & MSG_TRUNC)
		return lost(nl, 0, "an answer of the kernel was longer than 32 KiB", err);
	return (int)got;
}

/* Copies the kernel's words out of the attributes behind an error message. */
static void take_text(struct nlmsghdr *hdr, struct kn_req *req)
{
	struct nlmsgerr *e = nlmsg_data(hdr);
	size_t skip = sizeof(*e);
	struct nlattr *tb[KN_NLMSGERR_ATTR_MSG + 1];

	if (!(hdr->nlmsg_flags & KN_NLM_F_ACK_TLVS))
		return;
	if (!(hdr->nlmsg_flags & KN_NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (NLMSG_ALIGN(skip) + NLMSG_HDRLEN > hdr->nlmsg_len ||
	    nlmsg_parse(hdr, (int)skip, tb, KN_NLMSGERR_ATTR_MSG, NULL) < 0 ||
	    !tb[KN_NLMSGERR_ATTR_MSG])
		return;
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct nlattr *attr = tb[KN_NLMSGERR_ATTR_MSG];
	kn_buf_put_escaped(&shown, nla_data(attr), strnlen(nla_data(attr), (size_t)nla_len(attr)));
	size_t len = shown.len < sizeof(req->text) - 1 ? shown.len : sizeof(req->text) - 1;
	memcpy(req->text, kn_buf_str(&shown), len);
	req->text[len] = '\0';
}

/* One message of an answer. A request ends with its acknowledgement, with the end of its dump or,
 * where neither was asked for, with the single message that answers it. */
static int take_message(struct nlmsghdr *hdr, struct kn_req *req, bool *intr, struct kn_error *err)
{
	if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
		*intr = true;
	if (hdr->nlmsg_type == NLMSG_ERROR || hdr->nlmsg_type == NLMSG_DONE) {
		int *code = nlmsg_data(hdr);

		req->answered = true;
		/* DONE carries an error, too, when a dump was cut off. */
		if (nlmsg_datalen(hdr) >= (int)sizeof(*code) && *code < 0)
			req->error = -*code;
		if (hdr->nlmsg_type == NLMSG_ERROR && req->error)
			take_text(hdr, req);
		return 0;
	}
	if (hdr->nlmsg_type < NLMSG_MIN_TYPE)
		return 0;
	req->heard = true;
	int asked = nlmsg_hdr(req->msg)->nlmsg_flags;
	if (!(asked & NLM_F_ACK) && !(hdr->nlmsg_flags & NLM_F_MULTI))
		req->answered = true;
	return req->on_msg ? req->on_msg(hdr, req->arg, err) : 0;
}

/* Whatever carries another number belongs to a request that was given up: it is passed over. */
static struct kn_req *find_req(struct kn_req *reqs, size_t n, uint32_t seq)
{
	for (size_t i = 0; i < n; i++)
		if (nlmsg_hdr(reqs[i].msg)->nlmsg_seq == seq)
			return &reqs[i];
	return NULL;
}

/* At most KN_NL_BATCH requests: counting beats keeping a counter right on every path. */
static size_t count_open(const struct kn_req *reqs, size_t n)
{
	size_t open = 0;

	for (size_t i = 0; i < n; i++)
		open += !reqs[i].answered;
	return open;
}

/* The engine of both public forms. @intr: the kernel marked a dump as inconsistent, which only
 * kn_nl_dump() can do something about. */
static int transact(struct kn_nl *nl, struct kn_req *reqs, size_t n, bool *intr,
		    struct kn_error *err)
{
	struct kn_error first = {0};

	*intr = false;
	if (send_all(nl, reqs, n, err) < 0)
		return -1;
	while (count_open(reqs, n)) {
		int left = receive(nl, err);

		if (left < 0)
			return -1;
		for (struct nlmsghdr *hdr = (struct nlmsghdr *)nl->rx; nlmsg_ok(hdr, left);
		     hdr = nlmsg_next(hdr, &left)) {
			struct kn_req *req = find_req(reqs, n, hdr->nlmsg_seq);
			struct kn_error now = {0};

			/* After a failed callback the rest is still read, to stay in step. */
			if (req && take_message(hdr, req, intr, &now) < 0 && !first.kind)
				first = now;
		}
	}
	if (!first.kind)
		return 0;
	*err = first;
	return -1;
}

/* An empty list is fine: every name asked for may have been a repetition. */
int kn_nl_transact(struct kn_nl *nl, struct kn_req *reqs, size_t n, struct kn_error *err)
{
	bool intr;

	return n ? transact(nl, reqs, n, &intr, err) : 0;
}

/* What an interrupted attempt collected is dropped by count: the elements own no memory. A list can
 * come back empty as a success; routes or addresses that were not seen would be lost by the change
 * that moves the others, so that nothing at all is believed the second time only. */
int kn_nl_dump(struct kn_nl *nl, struct kn_req *req, size_t *n, const char *what,
	       struct kn_error *err)
{
	size_t before = *n;
	bool was_empty = false;

	for (int i = 0; i < DUMP_TRIES; i++) {
		bool intr;

		*n = before;
		if (transact(nl, req, 1, &intr, err) < 0)
			return kn_wrap(err, "cannot read the %s", what);
		if (req->error && req->error != EINTR) {
			char text[64];

			(void)snprintf(text, sizeof(text), "read the %s", what);
			return kn_req_fail(req, text, err);
		}
		if (intr || req->error)
			continue;
		if (req->heard || was_empty)
			return 0;
		was_empty = true;
	}
	return kn_fail(err, KN_ERR_SYSTEM, EAGAIN,
		       "cannot read the %s: they changed during each of %d attempts", what,
		       DUMP_TRIES);
}

/* Also the end of a failed open: every part may still be missing. */
static void live_close(struct kn_live *self)
{
	struct kn_nl *nl = (struct kn_nl *)self;

	kn_splice_del(nl->splice);
	kn_splice_del_in_background(nl->retired);
	kn_catch_del(nl);
	kn_carrier_close_all(nl);
	for (size_t i = 0; i < KN_NL_BATCH; i++)
		kn_req_done(&nl->batch[i]);
	nl_socket_free(nl->sk);
	free(nl->names);
	kn_name_table_done(&nl->by_name);
	free(nl->taps);
	free(nl->rx);
	free(nl);
}

static bool can_splice(struct kn_live *self)
{
	(void)self;
	return kn_splice_survives() && kn_splice_available();
}

/* Asked beforehand, so that who may write files but not change the network (in a container, say)
 * changes nothing. In doubt yes: the kernel has the last word. Source: capget(2). */
static bool may_change(struct kn_live *self)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	(void)self;
	return syscall(SYS_capget, &head, data) < 0 ||
	       (data[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN));
}

static int sweep(struct kn_live *self, struct kn_error *err)
{
	return kn_splice_sweep(((struct kn_nl *)self)->splice, NULL, err);
}

int kn_live_open(struct kn_live **ret, struct kn_error *err)
{
	struct kn_nl *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return kn_fail_nomem(err);
	nl->base = (struct kn_live){.snapshot = kn_nl_snapshot,
				    .exec = kn_nl_exec,
				    .may_change = may_change,
				    .can_splice = can_splice,
				    .reach = kn_nl_reach,
				    .sweep = sweep,
				    .libvirt_rules = kn_nl_libvirt_rules,
				    .close = live_close};
	nl->rx = malloc(KN_NL_RX_SIZE);
	if (!nl->rx) {
		live_close(&nl->base);
		return kn_fail_nomem(err);
	}
	if (kn_nl_connect(nl, err) < 0) {
		live_close(&nl->base);
		return -1;
	}
	*ret = &nl->base;
	return 0;
}
