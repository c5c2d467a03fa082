/* Next hops of a route: gateways of either family, and the legs of a route that has several.
 * Layer: live, pure (reads and builds messages). */
#include <string.h>

#include "live/nl.h"

/* RTA_VIA is the form for an IPv6 gateway of an IPv4 route (kernel 5.2). */
void kn_attr_gateway(struct nlattr **tb, int af, struct kn_ip *ret)
{
	const struct nlattr *via = tb[KN_RTA_VIA];
	uint16_t via_af;

	if (kn_attr_ip(tb[RTA_GATEWAY], af, ret) || !via || nla_len(via) < (int)sizeof(via_af))
		return;
	/* struct rtvia: the family, then the address. */
	memcpy(&via_af, nla_data(via), sizeof(via_af));
	struct kn_ip ip = {.family = via_af == AF_INET6 ? KN_IPV6 : KN_IPV4};
	if ((size_t)nla_len(via) != sizeof(via_af) + kn_ip_bytes(&ip))
		return;
	memcpy(ip.b, (const uint8_t *)nla_data(via) + sizeof(via_af), kn_ip_bytes(&ip));
	*ret = ip;
}

/* The usual attribute within one family, RTA_VIA across. */
void kn_req_gateway(struct kn_req *req, const struct kn_ip *gw, enum kn_family family)
{
	struct {
		uint16_t af;
		uint8_t addr[16];
	} via = {.af = (uint16_t)kn_nl_af(gw)};

	if (!gw->family)
		return;
	if (gw->family == family) {
		kn_req_ip(req, RTA_GATEWAY, gw);
		return;
	}
	memcpy(via.addr, gw->b, kn_ip_bytes(gw));
	kn_req_put(req, KN_RTA_VIA, &via, sizeof(via.af) + kn_ip_bytes(gw));
}

/* Return: false when the leg's attributes are cut short. */
static bool parse_leg(struct rtnexthop *nh, int af, struct kn_leg *ret, bool *odd)
{
	struct nlattr *tb[KN_RTA_MAX + 1];

	if (nla_parse(tb, KN_RTA_MAX, (struct nlattr *)RTNH_DATA(nh),
		      (int)(nh->rtnh_len - RTNH_LENGTH(0)), NULL) < 0)
		return false;
	*ret = (struct kn_leg){.onlink = nh->rtnh_flags & RTNH_F_ONLINK, .hops = nh->rtnh_hops};
	kn_attr_gateway(tb, af, &ret->gateway);
	*odd |= tb[RTA_FLOW] || tb[KN_RTA_ENCAP];
	return true;
}

/* All legs when they fit, or none: half a route would be another route. */
void kn_legs_parse(struct nlattr *attr, int af, struct kn_link_map *map, struct kn_legs *ret)
{
	struct rtnexthop *nh = nla_data(attr);
	int left = nla_len(attr);
	size_t n = 0;

	*ret = (struct kn_legs){0};
	for (; RTNH_OK(nh, left); left -= (int)RTNH_ALIGN(nh->rtnh_len), nh = RTNH_NEXT(nh), n++) {
		struct kn_leg leg;

		if (!parse_leg(nh, af, &leg, &ret->odd))
			break;
		/* The first leg through a link asked for, or else the first leg, stands for all. */
		if (!ret->oif ||
		    (!kn_link_by_index(map, ret->oif) && kn_link_by_index(map, nh->rtnh_ifindex))) {
			ret->oif = nh->rtnh_ifindex;
			ret->gateway = leg.gateway;
		}
		if (n >= KN_ROUTE_LEGS)
			continue;
		ret->v[n] = leg;
		ret->oifs[n] = nh->rtnh_ifindex;
	}
	ret->n = n <= KN_ROUTE_LEGS ? (uint8_t)n : 0;
}

/* struct rtnexthop is no attribute: its length counts the gateway that follows it. */
void kn_req_legs(struct kn_req *req, const struct kn_route *route, const int *oifs)
{
	struct nlattr *nest = kn_req_nest(req, RTA_MULTIPATH);

	for (size_t i = 0; nest && i < route->n_legs; i++) {
		const struct kn_leg *leg = &route->legs[i];
		struct rtnexthop nh = {.rtnh_len = sizeof(nh),
				       .rtnh_flags = leg->onlink ? RTNH_F_ONLINK : 0,
				       .rtnh_hops = leg->hops,
				       .rtnh_ifindex = oifs[i]};
		uint32_t at = nlmsg_hdr(req->msg)->nlmsg_len;

		if (req->failed || nlmsg_append(req->msg, &nh, sizeof(nh), RTNH_ALIGNTO) < 0) {
			req->failed = true;
			return;
		}
		kn_req_gateway(req, &leg->gateway, route->dst.ip.family);
		nh.rtnh_len = (uint16_t)(nlmsg_hdr(req->msg)->nlmsg_len - at);
		memcpy((uint8_t *)nlmsg_hdr(req->msg) + at, &nh, sizeof(nh));
	}
	if (nest)
		kn_req_end(req, nest);
}
