/* Routes of all tables: those through the snapshot's links, and the default routes of others that
 * were asked for.
 * Layer: live, effects (reads). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/nl.h"

/* Up to here one dump per link, filtered by the kernel: with 4,000 addresses on the host a filtered
 * dump is a walk, an unfiltered one 12,000 descriptions. Beyond, one dump of all is cheaper. */
#define FILTERED_DUMPS 4

/* A route whose device is still a number: asking for names has to wait for the dump's end. */
struct found {
	struct kn_route route;
	int oif;
	int legs[KN_ROUTE_LEGS];
};

struct sink {
	struct kn_link_map map;
	struct found *v; /* owned */
	size_t n, cap;
	int oif;  /* > 0: routes of this link only, and the kernel was told so */
	bool all; /* of every link, and of none */
};

/* The kernel makes these itself, with every address. */
static bool is_made_by_kernel(const struct rtmsg *rtm, uint32_t table)
{
	if (rtm->rtm_flags & RTM_F_CLONED)
		return true;
	if (rtm->rtm_protocol != RTPROT_KERNEL)
		return false;
	/* Old kernels list their own "unreachable default dev lo". */
	return table == RT_TABLE_LOCAL || rtm->rtm_type == RTN_UNREACHABLE;
}

/* A nexthop object's legs are the object's, and follow it. */
static void take_legs(struct nlattr *attr, int af, struct sink *sink, struct found *found)
{
	struct kn_legs legs;

	kn_legs_parse(attr, af, &sink->map, &legs);
	found->oif = legs.oif;
	found->route.multipath = true;
	found->route.gateway = legs.gateway;
	if (found->route.nhid)
		return;
	found->route.odd |= legs.odd;
	found->route.n_legs = legs.n;
	memcpy(found->route.legs, legs.v, sizeof(legs.v));
	memcpy(found->legs, legs.oifs, sizeof(legs.oifs));
}

/* Rounded up: a route with half a second left is not one that never expires (0). */
static uint32_t expiry(const struct nlattr *cacheinfo)
{
	if (!cacheinfo || nla_len(cacheinfo) < (int)sizeof(struct rta_cacheinfo))
		return 0;
	const struct rta_cacheinfo *info = nla_data(cacheinfo);
	long hz = sysconf(_SC_CLK_TCK);
	/* Signed in truth: gone below zero when the garbage collector is late. */
	int32_t ticks = (int32_t)info->rta_expires;
	return ticks > 0 && hz > 0 ? (uint32_t)((ticks + hz - 1) / hz) : 0;
}

/* Kept as bytes: what kvmnet does not understand moves along unchanged. Cutting would change it. */
static int parse_metrics(const struct nlattr *attr, struct kn_route *route, struct kn_error *err)
{
	if (!attr)
		return 0;
	if ((size_t)nla_len(attr) > sizeof(route->metrics))
		return kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			       "a route of the host carries more metrics than kvmnet can keep");
	route->metrics_len = (uint16_t)nla_len(attr);
	memcpy(route->metrics, nla_data(attr), route->metrics_len);
	return 0;
}

/* IPv4 leaves RTA_PRIORITY out when it is 0, IPv6 always sends it: has_metric says which. */
static int parse(const struct rtmsg *rtm, struct nlattr **tb, struct sink *sink,
		 struct found *found, struct kn_error *err)
{
	struct kn_route *route = &found->route;
	int af = rtm->rtm_family;

	route->dst.ip.family = af == AF_INET ? KN_IPV4 : KN_IPV6;
	(void)kn_attr_ip(tb[RTA_DST], af, &route->dst.ip);
	route->dst.prefix_len = rtm->rtm_dst_len;
	(void)kn_attr_ip(tb[RTA_PREFSRC], af, &route->src);
	kn_attr_gateway(tb, af, &route->gateway);
	route->has_metric = tb[RTA_PRIORITY] != NULL;
	route->metric = kn_attr_uint(tb[RTA_PRIORITY], 0);
	route->onlink = rtm->rtm_flags & RTNH_F_ONLINK;
	route->table = kn_attr_uint(tb[RTA_TABLE], rtm->rtm_table);
	route->nhid = kn_attr_uint(tb[KN_RTA_NH_ID], 0);
	route->expires_s = expiry(tb[RTA_CACHEINFO]);
	route->type = rtm->rtm_type;
	route->scope = rtm->rtm_scope;
	route->proto = rtm->rtm_protocol;
	route->tos = rtm->rtm_tos;
	route->pref = (uint8_t)kn_attr_uint(tb[KN_RTA_PREF], 0);
	found->oif = (int)kn_attr_uint(tb[RTA_OIF], 0);
	route->odd = rtm->rtm_src_len || tb[RTA_FLOW] || (tb[KN_RTA_ENCAP] && !route->nhid);
	if (tb[RTA_MULTIPATH])
		take_legs(tb[RTA_MULTIPATH], af, sink, found);
	return parse_metrics(tb[RTA_METRICS], route, err);
}

/* Beyond the links asked for: default routes, and what a killed run has left on a link that nothing
 * names any more. */
static bool is_for_all(const struct sink *sink, const struct rtmsg *rtm)
{
	return sink->all || !rtm->rtm_dst_len || rtm->rtm_protocol == KN_RTPROT_TEMPORARY;
}

/* Sifts while reading: a router's full table passes through here, and few of its routes stay. */
static int on_route(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *tb[KN_RTA_MAX + 1];
	struct sink *sink = arg;
	struct found found = {0};

	if (hdr->nlmsg_type != RTM_NEWROUTE)
		return 0;
	if (nlmsg_parse(hdr, sizeof(*rtm), tb, KN_RTA_MAX, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a route's description is cut short");
	if (is_made_by_kernel(rtm, kn_attr_uint(tb[RTA_TABLE], rtm->rtm_table)))
		return 0;
	/* The bulk of a router's table is passed over before it is taken apart. */
	if (!is_for_all(sink, rtm) && !tb[RTA_MULTIPATH] && !sink->oif &&
	    !kn_link_by_index(&sink->map, (int)kn_attr_uint(tb[RTA_OIF], 0)))
		return 0;
	if (parse(rtm, tb, sink, &found, err) < 0)
		return -1;
	/* One of a nexthop object may name no link; the kernel found it by its filter. */
	if (sink->oif && !found.oif)
		found.oif = sink->oif;
	if (!is_for_all(sink, rtm) && !kn_link_by_index(&sink->map, found.oif))
		return 0;
	/* With legs through several of the links it comes once for each. */
	if (sink->oif && found.oif != sink->oif)
		return 0;
	if (kn_grow(&sink->v, &sink->cap, sink->n + 1, sizeof(*sink->v), err) < 0)
		return -1;
	sink->v[sink->n++] = found;
	return 0;
}

/* All tables at once: a strict kernel lists every table when none is named in the request. */
static int dump(struct kn_nl *nl, int af, int oif, struct sink *sink, struct kn_error *err)
{
	struct rtmsg rtm = {.rtm_family = (unsigned char)af};
	struct kn_req req;

	sink->oif = oif;
	kn_req_init(&req, RTM_GETROUTE, NLM_F_DUMP, &rtm, sizeof(rtm));
	if (oif)
		kn_req_u32(&req, RTA_OIF, (uint32_t)oif);
	req.on_msg = on_route;
	req.arg = sink;
	int rc = kn_nl_dump(nl, &req, &sink->n, "routes", err);
	kn_req_done(&req);
	/* The link vanished since it was read. */
	if (rc < 0 && oif && req.error == ENODEV && kn_nl_is_gone(nl, oif))
		return 0;
	return rc;
}

static bool has_default(const struct sink *sink, size_t from)
{
	for (size_t i = from; i < sink->n; i++)
		if (!sink->v[i].route.dst.prefix_len)
			return true;
	return false;
}

/* The routes of each link; for IPv6 also those that could stand under the key of an own default
 * route, and be hit when that is replaced. */
static int read_own(struct kn_nl *nl, int af, enum kn_rivals rivals, struct sink *sink,
		    struct kn_error *err)
{
	const struct kn_facts *facts = sink->map.facts;
	size_t before = sink->n;

	for (size_t i = 0; i < facts->n_links; i++)
		if (dump(nl, af, facts->links[i].ifindex, sink, err) < 0)
			return -1;
	if (af != AF_INET6 || rivals != KN_RIVALS_IPV6 || !has_default(sink, before))
		return 0;
	sink->n = before;
	return dump(nl, af, 0, sink, err);
}

static int read_family(struct kn_nl *nl, int af, enum kn_rivals rivals, struct sink *sink,
		       struct kn_error *err)
{
	sink->all = rivals == KN_RIVALS_ROUTES;
	if (sink->all || rivals == KN_RIVALS_ALL || !nl->strict ||
	    sink->map.facts->n_links > FILTERED_DUMPS)
		return dump(nl, af, 0, sink, err);
	return read_own(nl, af, rivals, sink, err);
}

/* Runs after the dumps: a second request inside a running dump would be mixed up with it. */
static int name_devices(struct kn_nl *nl, struct sink *sink, struct kn_routes *ret,
			struct kn_error *err)
{
	for (size_t i = 0; i < sink->n; i++) {
		struct found *found = &sink->v[i];

		for (size_t k = 0; k < found->route.n_legs; k++)
			if (kn_nl_name_of(nl, &sink->map, found->legs[k], &found->route.legs[k].dev,
					  err) < 0)
				return -1;
		if (kn_nl_name_of(nl, &sink->map, found->oif, &found->route.dev, err) < 0 ||
		    kn_routes_add(ret, &found->route, err) < 0)
			return -1;
	}
	return 0;
}

/* Dumps, the price of "no route is forgotten": a point query tells only the one that is used. */
int kn_read_routes(struct kn_nl *nl, enum kn_rivals rivals, struct kn_facts *facts,
		   struct kn_error *err)
{
	struct sink sink = {.map.facts = facts};
	int rc = read_family(nl, AF_INET, rivals, &sink, err);

	if (!rc)
		rc = read_family(nl, AF_INET6, rivals, &sink, err);
	if (!rc)
		rc = name_devices(nl, &sink, &facts->routes, err);
	free(sink.v);
	return rc;
}
