/* Requests that add and delete addresses, routes and neighbours.
 * Layer: live, pure (builds messages). */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <string.h>

#include "live/nl.h"

/* What a request may set; the rest is the kernel's (tentative, permanent, secondary, ...).
 * Source: kernel net/ipv6/addrconf.c, inet6_rtm_newaddr(). */
#define ADDR_FLAGS                                                                                 \
	(IFA_F_NODAD | IFA_F_OPTIMISTIC | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR |               \
	 IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

/* What an address carries besides itself. The header's flag field has 8 bits; IFA_FLAGS repeats it
 * with all 32 for kernels since 3.14. */
static void put_addr_details(struct kn_req *req, const struct kn_laddr *addr)
{
	uint32_t flags = addr->flags & ADDR_FLAGS;

	if (addr->broadcast.family)
		kn_req_ip(req, IFA_BROADCAST, &addr->broadcast);
	if (addr->label[0])
		kn_req_str(req, IFA_LABEL, addr->label);
	if (flags)
		kn_req_u32(req, KN_IFA_FLAGS, flags);
	if (addr->has_metric)
		kn_req_u32(req, KN_IFA_RT_PRIORITY, addr->metric);
	if (addr->proto)
		kn_req_uint(req, KN_IFA_PROTO, addr->proto, 1);
	/* No lifetime at all (0) means that nobody asked for one: forever. */
	if (addr->valid_s && (addr->valid_s != UINT32_MAX || addr->preferred_s != UINT32_MAX)) {
		struct ifa_cacheinfo life = {.ifa_valid = addr->valid_s,
					     .ifa_prefered = addr->preferred_s};

		kn_req_put(req, IFA_CACHEINFO, &life, sizeof(life));
	}
}

/* IFA_LOCAL is the host's address, IFA_ADDRESS the peer's or the same again; with one of them
 * missing the families disagree about its meaning. EXCL: the same address twice is a mistake of the
 * plan that must not pass silently. */
void kn_req_addr(struct kn_req *req, int type, int ifindex, const struct kn_laddr *addr)
{
	struct ifaddrmsg ifa = {.ifa_family = (uint8_t)kn_nl_af(&addr->addr.ip),
				.ifa_prefixlen = addr->addr.prefix_len,
				.ifa_flags = (uint8_t)(addr->flags & ADDR_FLAGS),
				.ifa_scope = addr->scope,
				.ifa_index = (uint32_t)ifindex};
	int create = type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0;

	kn_req_init(req, type, NLM_F_ACK | create, &ifa, sizeof(ifa));
	kn_req_ip(req, IFA_LOCAL, &addr->addr.ip);
	kn_req_ip(req, IFA_ADDRESS, addr->peer.family ? &addr->peer : &addr->addr.ip);
	if (type == RTM_NEWADDR)
		put_addr_details(req, addr);
}

/* Routes that end here: IPv4 refuses a device for them. */
static bool has_device(const struct kn_route *route)
{
	switch (route->type) {
	case RTN_BLACKHOLE:
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
	case RTN_THROW:
		return false;
	}
	return true;
}

/* An IPv4 route without a gateway reaches the link, or (local) the host: the scope that a route
 * from a configuration leaves at 0. Source: iproute2 ip/iproute.c, iproute_modify(). */
static uint8_t scope_of(const struct kn_route *route, bool deleting)
{
	if (route->dst.ip.family != KN_IPV4 || route->scope || route->gateway.family ||
	    route->nhid || route->n_legs || !has_device(route))
		return route->scope;
	if (deleting)
		return RT_SCOPE_NOWHERE;
	return route->type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_LINK;
}

/* Not part of a route's identity: a deletion leaves them out, or old kernels find no match. */
static void put_route_details(struct kn_req *req, const struct kn_route *route)
{
	if (route->metrics_len)
		kn_req_put(req, RTA_METRICS | NLA_F_NESTED, route->metrics, route->metrics_len);
	if (route->dst.ip.family != KN_IPV6)
		return;
	if (route->pref)
		kn_req_uint(req, KN_RTA_PREF, route->pref, 1);
	if (route->expires_s)
		kn_req_u32(req, KN_RTA_EXPIRES, route->expires_s);
}

/* RTA_TABLE always: the header's field ends at 255. */
void kn_req_route(struct kn_req *req, int type, int flags, const int *oifs,
		  const struct kn_route *route)
{
	struct rtmsg rtm = {.rtm_family = (uint8_t)kn_nl_af(&route->dst.ip),
			    .rtm_dst_len = route->dst.prefix_len,
			    .rtm_tos = route->tos,
			    .rtm_table =
				    route->table < 256 ? (uint8_t)route->table : RT_TABLE_COMPAT,
			    .rtm_protocol = route->proto,
			    .rtm_scope = scope_of(route, type == RTM_DELROUTE),
			    .rtm_type = route->type,
			    .rtm_flags = route->onlink ? RTNH_F_ONLINK : 0};

	kn_req_init(req, type, NLM_F_ACK | flags, &rtm, sizeof(rtm));
	kn_req_u32(req, RTA_TABLE, route->table);
	if (route->dst.prefix_len)
		kn_req_ip(req, RTA_DST, &route->dst.ip);
	if (route->has_metric)
		kn_req_u32(req, RTA_PRIORITY, route->metric);
	if (route->src.family)
		kn_req_ip(req, RTA_PREFSRC, &route->src);
	/* A nexthop object brings its own gateway and device; the kernel refuses both. */
	if (route->nhid) {
		kn_req_u32(req, KN_RTA_NH_ID, route->nhid);
	} else if (route->n_legs) {
		kn_req_legs(req, route, oifs);
	} else if (has_device(route)) {
		kn_req_gateway(req, &route->gateway, route->dst.ip.family);
		kn_req_u32(req, RTA_OIF, (uint32_t)oifs[0]);
	}
	if (type == RTM_NEWROUTE)
		put_route_details(req, route);
}

/* REPLACE: the kernel may have learned the neighbour by itself since the plan was made. */
void kn_req_neigh(struct kn_req *req, int type, int ifindex, const struct kn_neigh *neigh)
{
	uint8_t flags = neigh->flags & (NTF_PROXY | NTF_ROUTER | NTF_EXT_LEARNED);
	uint16_t state = neigh->state;

	/* A probe under way cannot be copied, what it verifies can. */
	if (state & (NUD_DELAY | NUD_PROBE))
		state = NUD_STALE;
	struct ndmsg ndm = {.ndm_family = (uint8_t)kn_nl_af(&neigh->dst),
			    .ndm_ifindex = ifindex,
			    .ndm_state = state,
			    .ndm_flags = flags};
	int create = type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE : 0;
	kn_req_init(req, type, NLM_F_ACK | create, &ndm, sizeof(ndm));
	kn_req_ip(req, NDA_DST, &neigh->dst);
	if (neigh->has_mac && type == RTM_NEWNEIGH)
		kn_req_put(req, NDA_LLADDR, neigh->mac.b, sizeof(neigh->mac.b));
}
