/* Addresses of the snapshot's links, and where wanted addresses live already.
 * Layer: live, effects (reads). */
#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>

#include "live/nl.h"

/* Up to here one filtered dump per link; beyond, one dump of all is cheaper. */
#define FILTERED_DUMPS 8

struct sink {
	struct kn_facts *facts;
	struct kn_link_map map;
};

/* Remaining seconds, as the kernel counts them down; an address without the attribute (IPv4 before
 * 3.9) has no end. */
static void parse_lifetime(const struct nlattr *attr, struct kn_laddr *addr)
{
	const struct ifa_cacheinfo *life;

	addr->valid_s = addr->preferred_s = UINT32_MAX;
	if (!attr || nla_len(attr) < (int)sizeof(*life))
		return;
	life = nla_data(attr);
	addr->valid_s = life->ifa_valid;
	addr->preferred_s = life->ifa_prefered;
}

/* One RTM_NEWADDR message. *wanted: it belongs to a link of the snapshot. */
static int parse(struct nlmsghdr *hdr, struct kn_link_map *map, struct kn_laddr *ret, bool *wanted,
		 struct kn_error *err)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	struct nlattr *tb[KN_IFA_MAX + 1];
	struct kn_laddr addr = {0};
	struct kn_ip other;

	*wanted = false;
	if (nlmsg_parse(hdr, sizeof(*ifa), tb, KN_IFA_MAX, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "an address's description is cut short");
	const struct kn_link *link = kn_link_by_index(map, (int)ifa->ifa_index);
	if (!link || (ifa->ifa_family != AF_INET && ifa->ifa_family != AF_INET6))
		return 0;
	addr.dev = link->name;
	/* IFA_LOCAL is the host's own; IFA_ADDRESS the peer's, or (IPv6) the only one. */
	if (!kn_attr_ip(tb[tb[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], ifa->ifa_family,
			&addr.addr.ip))
		return 0;
	if (kn_attr_ip(tb[IFA_ADDRESS], ifa->ifa_family, &other) &&
	    !kn_ip_eq(&other, &addr.addr.ip))
		addr.peer = other;
	(void)kn_attr_ip(tb[IFA_BROADCAST], ifa->ifa_family, &addr.broadcast);
	addr.addr.prefix_len = ifa->ifa_prefixlen;
	addr.scope = ifa->ifa_scope;
	addr.flags = kn_attr_uint(tb[KN_IFA_FLAGS], ifa->ifa_flags);
	addr.proto = (uint8_t)kn_attr_uint(tb[KN_IFA_PROTO], 0);
	addr.has_metric = tb[KN_IFA_RT_PRIORITY] != NULL;
	addr.metric = kn_attr_uint(tb[KN_IFA_RT_PRIORITY], 0);
	if (tb[IFA_LABEL])
		nla_strlcpy(addr.label, tb[IFA_LABEL], sizeof(addr.label));
	parse_lifetime(tb[IFA_CACHEINFO], &addr);
	*ret = addr;
	*wanted = true;
	return 0;
}

static int on_addr(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	struct sink *sink = arg;
	struct kn_laddr addr;
	bool wanted;

	if (hdr->nlmsg_type != RTM_NEWADDR)
		return 0;
	if (parse(hdr, &sink->map, &addr, &wanted, err) < 0)
		return -1;
	/* A group joined in the form of an address is read as a group. */
	wanted = wanted && !(addr.flags & KN_IFA_F_MCAUTOJOIN);
	return wanted ? kn_facts_add_addr(sink->facts, &addr, err) : 0;
}

/* One link's addresses (@ifindex), or with 0 those of all links, sifted here. */
static int dump(struct kn_nl *nl, struct kn_facts *facts, int ifindex, struct kn_error *err)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_UNSPEC, .ifa_index = (uint32_t)ifindex};
	struct sink sink = {.facts = facts, .map.facts = facts};
	struct kn_req req;

	kn_req_init(&req, RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
	req.on_msg = on_addr;
	req.arg = &sink;
	int rc = kn_nl_dump(nl, &req, &facts->n_addrs, "addresses", err);
	kn_req_done(&req);
	/* The link vanished since it was read. */
	if (rc < 0 && req.error == ENODEV && ifindex && kn_nl_is_gone(nl, ifindex))
		return 0;
	return rc;
}

/* The kernel's own order is kept: it tells primary from secondary addresses. */
int kn_read_addrs(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err)
{
	if (!facts->n_links)
		return 0;
	if (!nl->strict || facts->n_links > FILTERED_DUMPS)
		return dump(nl, facts, 0, err);
	for (size_t i = 0; i < facts->n_links; i++)
		if (dump(nl, facts, facts->links[i].ifindex, err) < 0)
			return -1;
	return 0;
}

/* IPv6 answers a point query for an address with the link it is on. */
static int on_addr_index(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);

	if (!nlmsg_valid_hdr(hdr, sizeof(*ifa)))
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "an address's description is cut short");
	*(int *)arg = (int)ifa->ifa_index;
	return 0;
}

/* IPv4 has none; the local table's route for the address names the link. */
static int on_route_index(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *tb[RTA_OIF + 1];

	if (nlmsg_parse(hdr, sizeof(*rtm), tb, RTA_OIF, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a route's description is cut short");
	if (rtm->rtm_type == RTN_LOCAL)
		*(int *)arg = (int)kn_attr_uint(tb[RTA_OIF], 0);
	return 0;
}

/* The cheapest question each family has; both look through the whole host. */
static void build_use(struct kn_req *req, const struct kn_ip *ip)
{
	if (ip->family == KN_IPV6) {
		struct ifaddrmsg ifa = {.ifa_family = AF_INET6};

		kn_req_init(req, RTM_GETADDR, 0, &ifa, sizeof(ifa));
		kn_req_ip(req, IFA_ADDRESS, ip);
		req->on_msg = on_addr_index;
	} else {
		struct rtmsg rtm = {
			.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_flags = KN_RTM_F_FIB_MATCH};

		kn_req_init(req, RTM_GETROUTE, 0, &rtm, sizeof(rtm));
		kn_req_ip(req, RTA_DST, ip);
		req->on_msg = on_route_index;
	}
}

/* Kernels before 4.13 answer such a query with lo for every own address: search the dump. */
struct search {
	const struct kn_ip *ip;
	int ifindex;
};

static int on_search(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	struct nlattr *tb[IFA_LOCAL + 1];
	struct search *search = arg;
	struct kn_ip ip;

	if (nlmsg_parse(hdr, sizeof(*ifa), tb, IFA_LOCAL, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "an address's description is cut short");
	if (kn_attr_ip(tb[IFA_LOCAL], AF_INET, &ip) && kn_ip_eq(&ip, search->ip))
		search->ifindex = (int)ifa->ifa_index;
	return 0;
}

/* One dump per address is slow on such a host only, and right. */
static int find_in_dump(struct kn_nl *nl, const struct kn_ip *ip, int *ret, struct kn_error *err)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_INET};
	struct search search = {.ip = ip};
	size_t unused = 0;
	struct kn_req req;

	kn_req_init(&req, RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
	req.on_msg = on_search;
	req.arg = &search;
	int rc = kn_nl_dump(nl, &req, &unused, "addresses", err);
	kn_req_done(&req);
	if (!rc)
		*ret = search.ifindex;
	return rc;
}

/* Return: 0, *ret = index of the link that has @ip, 0 = none; -1. */
static int find_use(struct kn_nl *nl, const struct kn_ip *ip, int *ret, struct kn_error *err)
{
	struct kn_req query;
	int ifindex = 0;

	if (ip->family == KN_IPV4 && !nl->strict)
		return find_in_dump(nl, ip, ret, err);
	build_use(&query, ip);
	query.arg = &ifindex;
	int rc = kn_nl_transact(nl, &query, 1, err);
	kn_req_done(&query);
	/* "No such address" and "no route" come as errors: not in use. */
	if (!rc)
		*ret = query.error ? 0 : ifindex;
	return rc;
}

/* Who overlaps one of the networks asked for? */
struct near {
	const struct kn_live_request *req;
	struct kn_laddr *v; /* owned; .dev is still a number, in .valid_s */
	size_t n, cap;
};

static bool is_near(const struct kn_live_request *req, const struct kn_cidr *cidr)
{
	if (kn_ip_is_loopback(&cidr->ip) || kn_ip_is_link_local(&cidr->ip))
		return false;
	for (size_t i = 0; i < req->n_nets; i++)
		if (req->nets[i].ip.family == cidr->ip.family &&
		    kn_cidr_overlaps(&req->nets[i], cidr))
			return true;
	return false;
}

static int on_near(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	struct nlattr *tb[IFA_LOCAL + 1];
	struct near *near = arg;
	struct kn_laddr addr = {.valid_s = ifa->ifa_index};

	if (nlmsg_parse(hdr, sizeof(*ifa), tb, IFA_LOCAL, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "an address's description is cut short");
	addr.addr.prefix_len = ifa->ifa_prefixlen;
	if (ifa->ifa_scope == RT_SCOPE_HOST ||
	    (!kn_attr_ip(tb[IFA_LOCAL], ifa->ifa_family, &addr.addr.ip) &&
	     !kn_attr_ip(tb[IFA_ADDRESS], ifa->ifa_family, &addr.addr.ip)) ||
	    !is_near(near->req, &addr.addr))
		return 0;
	if (kn_grow(&near->v, &near->cap, near->n + 1, sizeof(addr), err) < 0)
		return -1;
	near->v[near->n++] = addr;
	return 0;
}

/* One dump, sifted while it is read. Names come after it: a request inside would be mixed up. */
static int read_near(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		     struct kn_error *err)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_UNSPEC};
	struct kn_link_map map = {.facts = facts};
	struct near near = {.req = req};
	struct kn_req dump_req;

	if (!req->n_nets)
		return 0;
	kn_req_init(&dump_req, RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
	dump_req.on_msg = on_near;
	dump_req.arg = &near;
	int rc = kn_nl_dump(nl, &dump_req, &near.n, "addresses", err);
	kn_req_done(&dump_req);
	for (size_t i = 0; rc == 0 && i < near.n; i++) {
		const struct kn_laddr *addr = &near.v[i];
		struct kn_addr_use use = {.ip = addr->addr.ip, .prefix_len = addr->addr.prefix_len};

		rc = kn_nl_name_of(nl, &map, (int)addr->valid_s, &use.dev, err);
		if (rc == 0 && kn_ifname_is_set(&use.dev))
			rc = kn_facts_add_use(facts, &use, err);
	}
	free(near.v);
	return rc;
}

/* Point queries: looking for one address among many links must not list them all. */
int kn_read_uses(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		 struct kn_error *err)
{
	struct kn_link_map map = {.facts = facts};

	for (size_t i = 0; i < req->n_ips; i++) {
		struct kn_addr_use use = {.ip = req->ips[i]};
		int ifindex = 0;

		if (find_use(nl, &use.ip, &ifindex, err) < 0 ||
		    kn_nl_name_of(nl, &map, ifindex, &use.dev, err) < 0)
			return -1;
		if (kn_ifname_is_set(&use.dev) && kn_facts_add_use(facts, &use, err) < 0)
			return -1;
	}
	return read_near(nl, req, facts, err);
}
