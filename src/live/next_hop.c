/* Which neighbour a packet to an address is given to, as the kernel's own routing has it: policy
 * rules and all. Layer: live, effects (reads). */
#include <errno.h>

#include "live/nl.h"

struct answer {
	int ifindex;
	uint8_t type;
	struct kn_ip via;
};

static int on_route(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);
	struct nlattr *tb[KN_RTA_MAX + 1];
	struct answer *answer = arg;

	if (hdr->nlmsg_type != RTM_NEWROUTE)
		return 0;
	if (nlmsg_parse(hdr, sizeof(*rtm), tb, KN_RTA_MAX, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a route's description is cut short");
	answer->ifindex = (int)kn_attr_uint(tb[RTA_OIF], 0);
	answer->type = rtm->rtm_type;
	kn_attr_gateway(tb, rtm->rtm_family, &answer->via);
	return 0;
}

int kn_nl_next_hop(struct kn_nl *nl, struct kn_probe *probe, int *ret_ifindex, struct kn_error *err)
{
	struct rtmsg rtm = {.rtm_family = (uint8_t)kn_nl_af(&probe->ip),
			    .rtm_dst_len = (uint8_t)kn_ip_bits(&probe->ip)};
	struct kn_facts none = {0};
	struct kn_link_map map = {.facts = &none};
	struct answer answer = {0};
	struct kn_req req;

	kn_req_init(&req, RTM_GETROUTE, 0, &rtm, sizeof(rtm));
	kn_req_ip(&req, RTA_DST, &probe->ip);
	req.on_msg = on_route;
	req.arg = &answer;
	int rc = kn_nl_transact(nl, &req, 1, err);
	bool found = rc == 0 && !req.error && answer.ifindex;
	kn_req_done(&req);
	if (rc < 0)
		return -1;
	*ret_ifindex = 0;
	probe->answer = KN_NO;
	/* The host itself answers without anybody's help. */
	if (found && answer.type == RTN_LOCAL)
		probe->answer = KN_YES;
	if (!found || answer.type != RTN_UNICAST)
		return 0;
	if (kn_nl_name_of(nl, &map, answer.ifindex, &probe->dev, err) < 0)
		return -1;
	probe->via = answer.via;
	*ret_ifindex = answer.ifindex;
	return 0;
}
