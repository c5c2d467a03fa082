/* What libvirt's part of the firewall does. Layer: live, effects (reads).
 * Both of its backends end in nf_tables: iptables-nft makes chains LIBVIRT_*, to which rules of the
 * built-in chains lead; the nftables backend (10.4) tables called libvirt_network. The old iptables
 * has no such answer: then it is unknown. */
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "live/nl.h"

#define RECV_TIMEOUT_S 2

/* Source: kernel include/uapi/linux/netfilter/nf_tables.h, nft_immediate and nft_cmp attributes;
 * how iptables-nft writes "-j CHAIN" and "-i LINK". */
struct look {
	struct kn_libvirt_rules rules;
	struct kn_error *err; /* set once something has failed */
	bool failed;
};

static bool is_libvirts(const char *name)
{
	return name && !strncmp(name, "LIBVIRT_", 8);
}

static int on_chain(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[NFTA_CHAIN_MAX + 1];
	struct look *look = arg;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct nfgenmsg), tb, NFTA_CHAIN_MAX, NULL) < 0)
		return NL_SKIP;
	if (tb[NFTA_CHAIN_NAME] && is_libvirts(nla_get_string(tb[NFTA_CHAIN_NAME])))
		look->rules.known = KN_YES;
	if (tb[NFTA_CHAIN_TABLE] &&
	    !strcmp(nla_get_string(tb[NFTA_CHAIN_TABLE]), "libvirt_network")) {
		look->rules.known = KN_YES;
		look->rules.own_table = true;
	}
	return NL_OK;
}

/* ---- rules ---- */

/* Attribute @type below @parent, or NULL. */
static struct nlattr *inside(struct nlattr *parent, int type)
{
	return parent ? nla_find(nla_data(parent), nla_len(parent), type) : NULL;
}

/* A rule that sends packets to a chain of libvirt's. */
static void take_jump(struct look *look, struct nlattr *data, const char *table, int family)
{
	struct nlattr *verdict = inside(inside(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	struct nlattr *chain = inside(verdict, NFTA_VERDICT_CHAIN);
	const char *name = chain ? nla_get_string(chain) : NULL;

	if (!is_libvirts(name))
		return;
	if (!strcmp(table, "filter") && !strncmp(name + 8, "FW", 2))
		look->rules.forwards[family] = true;
	if (!strcmp(table, "nat") && family == 0)
		look->rules.translates = true;
}

/* A comparison with a link's name, which is all that is text among them. */
static void take_name(struct look *look, struct nlattr *data, int family)
{
	struct nlattr *value = inside(inside(data, NFTA_CMP_DATA), NFTA_DATA_VALUE);
	struct kn_names *list = &look->rules.bridges[family];
	struct kn_ifname name;
	struct kn_error ignored = {0};

	if (!value || nla_len(value) < 2 || nla_len(value) > KN_IFNAME_SIZE ||
	    ((const char *)nla_data(value))[nla_len(value) - 1] ||
	    kn_ifname_from_host(nla_data(value), &name, &ignored) < 0 || kn_names_has(list, &name))
		return;
	if (kn_names_add(list, &name, look->err) < 0)
		look->failed = true;
}

static int on_rule(struct nl_msg *msg, void *arg)
{
	const struct nfgenmsg *head = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *tb[NFTA_RULE_MAX + 1], *item;
	struct look *look = arg;
	int family = head->nfgen_family == AF_INET6, left;

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*head), tb, NFTA_RULE_MAX, NULL) < 0 ||
	    !tb[NFTA_RULE_TABLE] || !tb[NFTA_RULE_CHAIN] || !tb[NFTA_RULE_EXPRESSIONS] ||
	    (head->nfgen_family != AF_INET && head->nfgen_family != AF_INET6))
		return NL_SKIP;
	const char *table = nla_get_string(tb[NFTA_RULE_TABLE]);
	bool guests = !strncmp(nla_get_string(tb[NFTA_RULE_CHAIN]), "LIBVIRT_FW", 10);
	nla_for_each_nested(item, tb[NFTA_RULE_EXPRESSIONS], left)
	{
		struct nlattr *word = inside(item, NFTA_EXPR_NAME);
		struct nlattr *data = inside(item, NFTA_EXPR_DATA);

		if (word && !strcmp(nla_get_string(word), "immediate"))
			take_jump(look, data, table, family);
		else if (guests && word && !strcmp(nla_get_string(word), "cmp"))
			take_name(look, data, family);
	}
	return NL_OK;
}

static int dump(struct nl_sock *sk, int what, nl_recvmsg_msg_cb_t on, struct look *look)
{
	struct nfgenmsg head = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};

	if (nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on, look) < 0 ||
	    nl_send_simple(sk, NFNL_SUBSYS_NFTABLES << 8 | what, NLM_F_DUMP, &head, sizeof(head)) <
		    0)
		return -1;
	return nl_recvmsgs_default(sk) < 0 || look->failed ? -1 : 0;
}

/* The rules only where there are chains: a host can have tens of thousands. */
static int look_at(struct nl_sock *sk, struct look *look)
{
	struct timeval timeout = {.tv_sec = RECV_TIMEOUT_S};

	if (nl_connect(sk, NETLINK_NETFILTER) < 0 ||
	    setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) <
		    0 ||
	    dump(sk, NFT_MSG_GETCHAIN, on_chain, look) < 0)
		return -1;
	if (look->rules.known != KN_YES || look->rules.own_table)
		return 0;
	return dump(sk, NFT_MSG_GETRULE, on_rule, look);
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

int kn_nl_libvirt_rules(struct kn_live *self, struct kn_libvirt_rules *ret, struct kn_error *err)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct look look = {.err = err};
	int r;

	(void)self;
	if (!sk)
		return kn_fail_nomem(err);
	r = look_at(sk, &look);
	nl_socket_free(sk);
	if (r < 0) {
		kn_libvirt_rules_done(&look.rules);
		return look.failed ? -1
				   : kn_fail(err, KN_ERR_SYSTEM, 0,
					     "cannot read the firewall's chains");
	}
	/* Its rules may be where this answer does not see them. */
	if (look.rules.known != KN_YES && !has_old_tables())
		look.rules.known = KN_NO;
	*ret = look.rules;
	return 0;
}
