/* Whether libvirt's part of the firewall is there. Layer: live, effects (reads).
 * Both of its backends end in nf_tables: iptables-nft makes chains LIBVIRT_*, the nftables backend
 * (10.4) tables called libvirt_network. The old iptables has no such answer: then it is unknown. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "live/nl.h"

#define RECV_TIMEOUT_S 2

struct look {
	const char *chain;
	bool found;
};

static int on_chain(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[NFTA_CHAIN_MAX + 1];
	struct look *look = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct nfgenmsg), tb, NFTA_CHAIN_MAX, NULL) < 0)
		return NL_SKIP;
	if (tb[NFTA_CHAIN_NAME] && !strcmp(nla_get_string(tb[NFTA_CHAIN_NAME]), look->chain))
		look->found = true;
	if (tb[NFTA_CHAIN_TABLE] &&
	    !strcmp(nla_get_string(tb[NFTA_CHAIN_TABLE]), "libvirt_network"))
		look->found = true;
	return NL_OK;
}

static int dump_chains(struct nl_sock *sk, struct look *look)
{
	struct nfgenmsg head = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
	struct timeval timeout = {.tv_sec = RECV_TIMEOUT_S};
	int type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;

	if (nl_connect(sk, NETLINK_NETFILTER) < 0 ||
	    setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) <
		    0 ||
	    nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_chain, look) < 0 ||
	    nl_send_simple(sk, type, NLM_F_DUMP, &head, sizeof(head)) < 0)
		return -1;
	return nl_recvmsgs_default(sk) < 0 ? -1 : 0;
}

/* The old iptables lists the tables it has in a file, which is there, and empty, wherever the
 * kernel could do that, too; only root may read it. */
static bool has_old_tables(void)
{
	char byte;
	int fd = open("/proc/net/ip_tables_names", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno != ENOENT;
	ssize_t n = read(fd, &byte, 1);
	(void)close(fd);
	return n != 0;
}

int kn_nl_has_chain(struct kn_live *self, const char *name, enum kn_tri *ret, struct kn_error *err)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct look look = {.chain = name};
	int r;

	(void)self;
	if (!sk)
		return kn_fail_nomem(err);
	r = dump_chains(sk, &look);
	nl_socket_free(sk);
	if (r < 0)
		return kn_fail(err, KN_ERR_SYSTEM, 0, "cannot read the firewall's chains");
	/* Its rules may be where this answer does not see them. */
	*ret = look.found ? KN_YES : has_old_tables() ? KN_UNSET : KN_NO;
	return 0;
}
