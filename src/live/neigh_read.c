/* Neighbour entries and proxies of the links asked for by name.
 * Layer: live, effects (reads). */
#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>

#include "live/nl.h"

struct sink {
	struct kn_facts *facts;
	const struct kn_live_request *req;
	struct kn_link_map map;
	int ifindex; /* > 0: of this link only */
};

/* A bridge's ports have no neighbours of their own worth moving. */
static bool is_named(const struct kn_live_request *req, const struct kn_ifname *name)
{
	for (size_t i = 0; i < req->n_names; i++)
		if (kn_ifname_eq(&req->names[i], name))
			return true;
	return false;
}

static int on_neigh(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ndmsg *ndm = nlmsg_data(hdr);
	struct nlattr *tb[NDA_LLADDR + 1];
	struct sink *sink = arg;
	struct kn_neigh neigh = {0};

	if (hdr->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	if (nlmsg_parse(hdr, sizeof(*ndm), tb, NDA_LLADDR, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO,
			       "a neighbour's description is cut short");
	/* Old kernels ignore the filter. NOARP entries (multicast) the kernel makes at need. */
	if ((sink->ifindex && ndm->ndm_ifindex != sink->ifindex) || (ndm->ndm_state & NUD_NOARP) ||
	    (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6) ||
	    !kn_attr_ip(tb[NDA_DST], ndm->ndm_family, &neigh.dst))
		return 0;
	const struct kn_link *link = kn_link_by_index(&sink->map, ndm->ndm_ifindex);
	if (!link || !is_named(sink->req, &link->name))
		return 0;
	neigh.dev = link->name;
	neigh.state = ndm->ndm_state;
	neigh.flags = ndm->ndm_flags;
	neigh.has_mac = tb[NDA_LLADDR] && nla_len(tb[NDA_LLADDR]) == sizeof(neigh.mac.b);
	if (neigh.has_mac)
		memcpy(neigh.mac.b, nla_data(tb[NDA_LLADDR]), sizeof(neigh.mac.b));
	return kn_facts_add_neigh(sink->facts, &neigh, err);
}

/* Ordinary entries, or with NTF_PROXY in @flags the addresses answered for on others' behalf; the
 * kernel keeps the two in tables of their own. */
static int dump(struct kn_nl *nl, struct sink *sink, uint8_t flags, struct kn_error *err)
{
	struct ndmsg ndm = {.ndm_flags = flags};
	struct kn_req req;

	kn_req_init(&req, RTM_GETNEIGH, NLM_F_DUMP, &ndm, sizeof(ndm));
	if (sink->ifindex)
		kn_req_u32(&req, NDA_IFINDEX, (uint32_t)sink->ifindex);
	req.on_msg = on_neigh;
	req.arg = sink;
	int rc = kn_nl_dump(nl, &req, &sink->facts->n_neighs, "neighbours", err);
	kn_req_done(&req);
	return rc;
}

/* The proxies' dump takes no filter (a strict kernel would refuse it), so one is for all links. */
int kn_read_neighs(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		   struct kn_error *err)
{
	struct sink sink = {.facts = facts, .req = req, .map.facts = facts};
	bool any = false;

	for (size_t i = 0; i < facts->n_links; i++) {
		if (!is_named(req, &facts->links[i].name))
			continue;
		sink.ifindex = facts->links[i].ifindex;
		if (dump(nl, &sink, 0, err) < 0)
			return -1;
		any = true;
	}
	sink.ifindex = 0;
	return any ? dump(nl, &sink, NTF_PROXY, err) : 0;
}
