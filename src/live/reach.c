/* Does a neighbour answer? Asked of the kernel's own neighbour discovery, so that it needs no raw
 * socket and fills the very entry that traffic uses: a known neighbour is put to the probe with its
 * address kept (traffic goes on meanwhile), an unknown one is looked up.
 * Layer: live, effects. Source: kernel net/core/neighbour.c, neigh_add(), __neigh_update(),
 * neigh_timer_handler(). */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <stdlib.h>

#include "live/nl.h"

/* One probe under way. */
struct wait {
	struct kn_probe *probe;
	struct kn_ip target; /* the neighbour: .ip, or the gateway on the way to it */
	int ifindex;
	bool asked; /* the kernel has been told to ask the neighbour */
	bool over;  /* the answer is final */
};

struct waits {
	struct wait *v;
	size_t n;
};

/* Sends one request and takes its answer. Return: true when the kernel had no objection. */
static bool ask(struct kn_nl *nl, struct kn_req *req, int *ret_error)
{
	struct kn_error ignored;
	int rc = kn_nl_transact(nl, req, 1, &ignored);

	*ret_error = rc < 0 ? EIO : req->error;
	kn_req_done(req);
	return *ret_error == 0;
}

/* ---- neighbours ---- */

struct neigh_sink {
	const struct wait *wait;
	uint16_t state;
};

static int on_neigh(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ndmsg *ndm = nlmsg_data(hdr);
	struct neigh_sink *sink = arg;
	struct nlattr *tb[NDA_LLADDR + 1];
	struct kn_ip ip;

	(void)err;
	if (hdr->nlmsg_type == RTM_NEWNEIGH &&
	    nlmsg_parse(hdr, sizeof(*ndm), tb, NDA_LLADDR, NULL) == 0 &&
	    ndm->ndm_ifindex == sink->wait->ifindex &&
	    kn_attr_ip(tb[NDA_DST], ndm->ndm_family, &ip) && kn_ip_eq(&ip, &sink->wait->target))
		sink->state = ndm->ndm_state;
	return 0;
}

/* NUD_* of the entry, NUD_NONE when there is none. Single entries can be asked for since Linux 5.0;
 * older kernels are asked for the link's table. */
static uint16_t neigh_state(struct kn_nl *nl, const struct wait *wait)
{
	struct ndmsg ndm = {.ndm_family = (uint8_t)kn_nl_af(&wait->target),
			    .ndm_ifindex = wait->ifindex};
	struct neigh_sink sink = {.wait = wait};
	struct kn_error ignored;
	struct kn_req req;
	size_t unused = 0;
	int error;

	kn_req_init(&req, RTM_GETNEIGH, 0, &ndm, sizeof(ndm));
	kn_req_ip(&req, NDA_DST, &wait->target);
	req.on_msg = on_neigh;
	req.arg = &sink;
	if (ask(nl, &req, &error) || error != EOPNOTSUPP)
		return sink.state;
	ndm.ndm_ifindex = 0;
	kn_req_init(&req, RTM_GETNEIGH, NLM_F_DUMP, &ndm, sizeof(ndm));
	kn_req_u32(&req, NDA_IFINDEX, (uint32_t)wait->ifindex);
	req.on_msg = on_neigh;
	req.arg = &sink;
	(void)!kn_nl_dump(nl, &req, &unused, "neighbours", &ignored);
	kn_req_done(&req);
	return sink.state;
}

/* A known entry: NUD_PROBE asks it at once, by unicast, without forgetting the address. An unknown
 * one: NTF_USE is what the first packet to it would do. */
static void ask_neigh(struct kn_nl *nl, const struct wait *wait, uint16_t state)
{
	bool known = state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE);
	struct ndmsg ndm = {.ndm_family = (uint8_t)kn_nl_af(&wait->target),
			    .ndm_ifindex = wait->ifindex,
			    .ndm_state = known ? NUD_PROBE : NUD_NONE,
			    .ndm_flags = known ? 0 : NTF_USE};
	struct kn_req req;
	int error;

	kn_req_init(&req, RTM_NEWNEIGH, NLM_F_ACK | (known ? NLM_F_REPLACE : NLM_F_CREATE), &ndm,
		    sizeof(ndm));
	kn_req_ip(&req, NDA_DST, &wait->target);
	/* The entry may have gone since it was looked at: then it is unknown now. */
	if (!ask(nl, &req, &error) && known)
		ask_neigh(nl, wait, NUD_NONE);
}

/* One that answers only later (a port that is still learning) is asked again, until the end. */
static void poll_neigh(struct kn_nl *nl, struct wait *wait)
{
	uint16_t state = neigh_state(nl, wait);
	const uint16_t fixed = NUD_PERMANENT | NUD_NOARP, pending = NUD_PROBE | NUD_INCOMPLETE;

	if (!(state & fixed) && (!wait->asked || !(state & (pending | NUD_REACHABLE)))) {
		ask_neigh(nl, wait, state);
		wait->asked = true;
		/* The kernel may know at once, and then there is no event. */
		state = neigh_state(nl, wait);
	}
	if (state & fixed) /* nothing that could be asked */
		wait->probe->answer = KN_UNSET;
	else
		wait->probe->answer = state & NUD_REACHABLE ? KN_YES : KN_NO;
	wait->over = state & (fixed | NUD_REACHABLE);
}

/* ---- links and addresses ---- */

static int on_link(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	if (hdr->nlmsg_type == RTM_NEWLINK)
		return kn_link_parse(hdr, arg, err);
	return 0;
}

/* A link that cannot be read (gone meanwhile) has no flags at all. */
static struct kn_link get_link(struct kn_nl *nl, int ifindex)
{
	struct kn_link link = {0};
	struct kn_req req;
	int error;

	kn_req_getlink(&req, NULL, ifindex);
	req.on_msg = on_link;
	req.arg = &link;
	(void)!ask(nl, &req, &error);
	return link;
}

/* BR_STATE_DISABLED is 0, as for a link that is no port. */
static void poll_link(struct kn_nl *nl, struct wait *wait)
{
	const struct kn_link link = get_link(nl, wait->ifindex);

	wait->over = (link.flags & IFF_RUNNING) && (!link.port_opts.has || link.port_state);
	wait->probe->answer = wait->over ? KN_YES : KN_NO;
}

struct addr_sink {
	const struct wait *wait;
	uint32_t flags;
	bool found;
};

static int on_addr(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ifaddrmsg *ifa = nlmsg_data(hdr);
	struct nlattr *tb[KN_IFA_MAX + 1];
	struct addr_sink *sink = arg;
	struct kn_ip ip;

	(void)err;
	if (hdr->nlmsg_type != RTM_NEWADDR ||
	    nlmsg_parse(hdr, sizeof(*ifa), tb, KN_IFA_MAX, NULL) < 0 ||
	    (int)ifa->ifa_index != sink->wait->ifindex || ifa->ifa_family != AF_INET6 ||
	    !kn_attr_ip(tb[tb[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], AF_INET6, &ip) ||
	    !kn_ip_eq(&ip, &sink->wait->probe->ip))
		return 0;
	sink->found = true;
	sink->flags = kn_attr_uint(tb[KN_IFA_FLAGS], ifa->ifa_flags);
	return 0;
}

static void poll_addr(struct kn_nl *nl, struct wait *wait)
{
	struct ifaddrmsg ifa = {.ifa_family = AF_INET6, .ifa_index = (uint32_t)wait->ifindex};
	struct addr_sink sink = {.wait = wait};
	struct kn_error ignored;
	struct kn_req req;
	size_t unused = 0;

	kn_req_init(&req, RTM_GETADDR, NLM_F_DUMP, &ifa, sizeof(ifa));
	req.on_msg = on_addr;
	req.arg = &sink;
	(void)!kn_nl_dump(nl, &req, &unused, "addresses", &ignored);
	kn_req_done(&req);
	bool failed = !sink.found || (sink.flags & IFA_F_DADFAILED);
	wait->over = failed || !(sink.flags & IFA_F_TENTATIVE);
	wait->probe->answer = wait->over && !failed ? KN_YES : KN_NO;
}

/* ---- all of them ---- */

static bool all_hold(struct kn_nl *nl, void *arg)
{
	struct waits *waits = arg;
	bool all = true;

	for (size_t i = 0; i < waits->n; i++) {
		struct wait *wait = &waits->v[i];

		if (wait->over)
			continue;
		switch (wait->probe->kind) {
		case KN_PROBE_LINK:
			poll_link(nl, wait);
			break;
		case KN_PROBE_ADDR:
			poll_addr(nl, wait);
			break;
		case KN_PROBE_NEIGH:
		case KN_PROBE_ROUTED:
			poll_neigh(nl, wait);
			break;
		}
		all &= wait->over;
	}
	return all;
}

/* One socket hears of all that can bring an answer. */
static struct nl_sock *subscribe(void)
{
	struct nl_sock *events = kn_nl_subscribe(RTNLGRP_NEIGH);

	if (!events)
		return NULL;
	if (nl_socket_add_membership(events, RTNLGRP_LINK) == 0 &&
	    nl_socket_add_membership(events, RTNLGRP_IPV6_IFADDR) == 0)
		return events;
	nl_socket_free(events);
	return NULL;
}

/* Without ARP and its like (tunnels, point-to-point links) nobody can be asked. Source: kernel
 * net/ipv4/arp.c, arp_constructor(). */
static void skip_without_neighbours(struct kn_nl *nl, struct wait *wait)
{
	const uint32_t none = IFF_NOARP | IFF_POINTOPOINT | IFF_LOOPBACK;

	if (wait->over || wait->probe->kind == KN_PROBE_LINK || wait->probe->kind == KN_PROBE_ADDR)
		return;
	wait->over = get_link(nl, wait->ifindex).flags & none;
}

/* A link that is gone cannot answer, and there is nothing to wait for. */
static int prepare(struct kn_nl *nl, struct wait *wait, struct kn_error *err)
{
	struct kn_probe *probe = wait->probe;

	probe->answer = KN_UNSET;
	wait->target = probe->ip;
	if (probe->kind == KN_PROBE_ROUTED) {
		if (kn_nl_next_hop(nl, probe, &wait->ifindex, err) < 0)
			return -1;
		if (probe->via.family)
			wait->target = probe->via;
		wait->over = !wait->ifindex;
		return 0;
	}
	if (kn_nl_index(nl, &probe->dev, &wait->ifindex, err) == 0)
		return 0;
	if (err->sys_errno != ENODEV)
		return -1;
	*err = (struct kn_error){0};
	probe->answer = KN_NO;
	wait->over = true;
	return 0;
}

int kn_nl_reach(struct kn_live *self, struct kn_probe *probes, size_t n, uint32_t timeout_ms,
		struct kn_error *err)
{
	struct kn_nl *nl = (struct kn_nl *)self;
	struct waits waits = {.v = calloc(n ? n : 1, sizeof(*waits.v)), .n = n};
	struct nl_sock *events = subscribe();
	int rc = 0;

	if (!waits.v || !events)
		rc = kn_fail(err, KN_ERR_SYSTEM, 0, "cannot listen to the kernel's events");
	for (size_t i = 0; rc == 0 && i < n; i++) {
		waits.v[i].probe = &probes[i];
		rc = prepare(nl, &waits.v[i], err);
		if (rc == 0)
			skip_without_neighbours(nl, &waits.v[i]);
	}
	if (rc == 0)
		(void)kn_nl_until(nl, events, (int)timeout_ms, all_hold, &waits);
	nl_socket_free(events);
	free(waits.v);
	return rc;
}
