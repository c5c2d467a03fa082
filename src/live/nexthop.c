/* Nexthop objects: reading those of a link, and the request that gives one another link.
 * Layer: live, effects (reads). Source: linux/nexthop.h, kernel net/ipv4/nexthop.c. */
#include <errno.h>
#include <string.h>

#include "live/nl.h"

/* Headers of the oldest hosts lack the file; numbers of the ABI. */
enum {
	RTM_NEW_NEXTHOP = 104,
	RTM_DEL_NEXTHOP = 105,
	RTM_GET_NEXTHOP = 106,
	NHA_ID_ = 1,
	NHA_OIF_ = 5,
	NHA_GATEWAY_ = 6,
	NHA_ENCAP_TYPE_ = 7,
	NHA_ENCAP_ = 8,
};

/* struct nhmsg */
struct head {
	uint8_t family, scope, protocol, resvd;
	uint32_t flags;
};

struct sink {
	struct kn_facts *facts;
	const struct kn_link *link;
};

/* Half an encapsulation would send packets elsewhere: it is kept whole or told as missing. The
 * kernel asks for a flag on the nested attribute that it does not set itself. */
static void keep_encap(const struct nlattr *attr, struct kn_nexthop *nexthop)
{
	if (!attr)
		return;
	struct nlattr head = *attr;
	size_t len = (size_t)nla_total_size(nla_len(attr));
	if (nla_type(attr) == NHA_ENCAP_)
		head.nla_type |= NLA_F_NESTED;
	if (nexthop->odd || nexthop->encap_len + len > sizeof(nexthop->encap)) {
		nexthop->odd = true;
		return;
	}
	memcpy(nexthop->encap + nexthop->encap_len, attr, (size_t)attr->nla_len);
	memcpy(nexthop->encap + nexthop->encap_len, &head, sizeof(head));
	nexthop->encap_len = (uint16_t)(nexthop->encap_len + len);
}

static int on_nexthop(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct head *head = nlmsg_data(hdr);
	struct nlattr *tb[NHA_ENCAP_ + 1];
	struct sink *sink = arg;
	struct kn_nexthop nexthop = {.dev = sink->link->name};

	if (hdr->nlmsg_type != RTM_NEW_NEXTHOP)
		return 0;
	if (nlmsg_parse(hdr, sizeof(*head), tb, NHA_ENCAP_, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a nexthop's description is cut short");
	nexthop.id = kn_attr_uint(tb[NHA_ID_], 0);
	if (!nexthop.id || (int)kn_attr_uint(tb[NHA_OIF_], 0) != sink->link->ifindex)
		return 0;
	nexthop.family = head->family == AF_INET6 ? KN_IPV6 : KN_IPV4;
	nexthop.proto = head->protocol;
	nexthop.onlink = head->flags & RTNH_F_ONLINK;
	(void)kn_attr_ip(tb[NHA_GATEWAY_], head->family, &nexthop.gateway);
	keep_encap(tb[NHA_ENCAP_TYPE_], &nexthop);
	keep_encap(tb[NHA_ENCAP_], &nexthop);
	return kn_facts_add_nexthop(sink->facts, &nexthop, err);
}

/* Filtered by the kernel, so that a router's thousands do not pass through here. */
static int dump(struct kn_nl *nl, struct sink *sink, struct kn_error *err)
{
	struct head head = {0};
	struct kn_req req;

	kn_req_init(&req, RTM_GET_NEXTHOP, NLM_F_DUMP, &head, sizeof(head));
	kn_req_u32(&req, NHA_OIF_, (uint32_t)sink->link->ifindex);
	req.on_msg = on_nexthop;
	req.arg = sink;
	int rc = kn_nl_dump(nl, &req, &sink->facts->n_nexthops, "nexthops", err);
	kn_req_done(&req);
	/* Kernels before 5.3 have none; and the link may have gone meanwhile. */
	if (rc < 0 && (req.error == EOPNOTSUPP || req.error == EINVAL ||
		       (req.error == ENODEV && kn_nl_is_gone(nl, sink->link->ifindex))))
		return 0;
	return rc;
}

int kn_read_nexthops(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		     struct kn_error *err)
{
	for (size_t i = 0; i < facts->n_links; i++) {
		struct sink sink = {facts, &facts->links[i]};
		bool named = false;

		for (size_t k = 0; k < req->n_names && !named; k++)
			named = kn_ifname_eq(&req->names[k], &sink.link->name);
		if (named && dump(nl, &sink, err) < 0)
			return -1;
	}
	return 0;
}

/* REPLACE without CREATE: one that has gone meanwhile is an error, not a new one, unless a new one
 * is asked for, of an id that nobody has. The kernel moves
 * all its routes and groups in the same step, and flushes what sockets remember of them. The scope
 * must be 0, the kernel derives it. */
void kn_req_nexthop(struct kn_req *req, bool make, int ifindex, const struct kn_nexthop *nexthop)
{
	int flags = make ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_REPLACE;
	struct head head = {.family = nexthop->family == KN_IPV6 ? AF_INET6 : AF_INET,
			    .protocol = nexthop->proto,
			    .flags = nexthop->onlink ? RTNH_F_ONLINK : 0};

	kn_req_init(req, RTM_NEW_NEXTHOP, NLM_F_ACK | flags, &head, sizeof(head));
	kn_req_u32(req, NHA_ID_, nexthop->id);
	kn_req_u32(req, NHA_OIF_, (uint32_t)ifindex);
	if (nexthop->gateway.family)
		kn_req_ip(req, NHA_GATEWAY_, &nexthop->gateway);
	kn_req_raw(req, nexthop->encap, nexthop->encap_len);
}

/* Its routes go with it. */
void kn_req_nexthop_del(struct kn_req *req, uint32_t id)
{
	struct head head = {0};

	kn_req_init(req, RTM_DEL_NEXTHOP, NLM_F_ACK, &head, sizeof(head));
	kn_req_u32(req, NHA_ID_, id);
}
