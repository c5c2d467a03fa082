/* Waiting until copied IPv6 addresses answer: the kernel adds an address at once, but its local
 * route and its multicast group come from a work queue a little later. Without the wait the
 * original could go while the copy does not receive yet. IPv4 has no such gap. Layer: live,
 * effects. Source: kernel net/ipv6/addrconf.c, addrconf_dad_work(), addrconf_dad_completed(),
 * __ipv6_ifa_notify(). */
#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>

#include "live/nl.h"

#define ANSWERS_TIMEOUT_MS 3000

struct addr_list {
	int ifindex;
	struct kn_ips ips; /* owned */
};

static int on_addr(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	struct nlattr *tb[KN_IFA_MAX + 1];
	struct addr_list *list = arg;
	struct kn_ip ip;

	if (hdr->nlmsg_type != RTM_NEWADDR)
		return 0;
	if (nlmsg_parse(hdr, sizeof(*ifa), tb, KN_IFA_MAX, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "an address's description is cut short");
	/* A tentative one waits for duplicate address detection, which nobody asked to skip. */
	if ((int)ifa->ifa_index != list->ifindex || ifa->ifa_family != AF_INET6 ||
	    (kn_attr_uint(tb[KN_IFA_FLAGS], ifa->ifa_flags) & IFA_F_TENTATIVE) ||
	    !kn_attr_ip(tb[tb[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], AF_INET6, &ip) ||
	    kn_ip_is_multicast(&ip))
		return 0;
	return kn_ips_add(&list->ips, &ip, err);
}

static int read_addrs(struct kn_nl *nl, struct addr_list *list, struct kn_error *err)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_INET6, .ifa_index = (uint32_t)list->ifindex};
	struct kn_req req;

	kn_req_init(&req, RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
	req.on_msg = on_addr;
	req.arg = list;
	int rc = kn_nl_dump(nl, &req, &list->ips.n, "addresses", err);
	kn_req_done(&req);
	return rc;
}

static int on_route(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct rtmsg *rtm = nlmsg_data(hdr);

	(void)err;
	*(bool *)arg = nlmsg_valid_hdr(hdr, sizeof(*rtm)) && rtm->rtm_type == RTN_LOCAL;
	return 0;
}

/* Is there a local route for @ip on that very link? */
static bool has_local_route(struct kn_nl *nl, int ifindex, const struct kn_ip *ip)
{
	struct rtmsg rtm = {
		.rtm_family = AF_INET6, .rtm_dst_len = 128, .rtm_flags = KN_RTM_F_FIB_MATCH};
	struct kn_error ignored;
	struct kn_req req;
	bool local = false;

	kn_req_init(&req, RTM_GETROUTE, 0, &rtm, sizeof(rtm));
	kn_req_ip(&req, RTA_DST, ip);
	kn_req_u32(&req, RTA_OIF, (uint32_t)ifindex);
	req.on_msg = on_route;
	req.arg = &local;
	int rc = kn_nl_transact(nl, &req, 1, &ignored);
	bool answered = rc == 0 && !req.error;
	kn_req_done(&req);
	return answered && local;
}

static bool all_answer(struct kn_nl *nl, void *arg)
{
	const struct addr_list *list = arg;

	for (size_t i = 0; i < list->ips.n; i++)
		if (!has_local_route(nl, list->ifindex, &list->ips.v[i]))
			return false;
	return true;
}

int kn_addr_wait(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	struct nl_sock *events = kn_nl_subscribe(RTNLGRP_IPV6_ROUTE);
	struct addr_list list = {0};
	int rc = kn_nl_index(nl, &op->dev, &list.ifindex, err);

	if (rc == 0)
		rc = read_addrs(nl, &list, err);
	if (rc == 0 && events && !kn_nl_until(nl, events, ANSWERS_TIMEOUT_MS, all_answer, &list))
		rc = kn_fail(err, KN_ERR_SYSTEM, 0,
			     "the IPv6 addresses of %s do not answer after %d ms", op->dev.s,
			     ANSWERS_TIMEOUT_MS);
	nl_socket_free(events);
	kn_ips_done(&list.ips);
	return rc;
}
