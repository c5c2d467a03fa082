/* The splice and the drain as operations of a plan.
 * Layer: live, effects. */
#include <linux/neighbour.h>

#include "live/nl.h"
#include "live/splice.h"

/* TAKEOVER: an address being resolved in the instant of the switch would wait for its retry. */
#define DRAIN_TIMEOUT_MS 100

int kn_splice_exec(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	int port, bridge;

	if (op->kind == KN_OP_SPLICE_DEL) {
		if (!nl->splice)
			return 0;
		/* One is kept for the background; a second one is of an undo. */
		kn_splice_del(nl->retired);
		kn_splice_retire(nl->splice);
		nl->retired = nl->splice;
		nl->splice = NULL;
		return 0;
	}
	/* None: on the way back from a failure behind the splice's end. Nothing is spliced then,
	 * and the links and routes alone decide. */
	if (op->kind == KN_OP_SPLICE_TURN)
		return nl->splice ? kn_splice_turn(nl->splice, op->num.now, err) : 0;
	if (kn_nl_index(nl, &op->dev, &port, err) < 0 ||
	    kn_nl_index(nl, &op->other, &bridge, err) < 0)
		return -1;
	if (nl->splice || kn_splice_add(port, bridge, &nl->splice, err) == 0)
		return 0;
	return kn_hint(err, "--no-splice goes without it: at most one packet may be lost");
}

struct incomplete {
	int ifindex;
	bool found;
};

static int on_neigh(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ndmsg *ndm = nlmsg_data(hdr);
	struct incomplete *incomplete = arg;

	(void)err;
	if (hdr->nlmsg_type == RTM_NEWNEIGH && nlmsg_valid_hdr(hdr, sizeof(*ndm)) &&
	    ndm->ndm_ifindex == incomplete->ifindex && (ndm->ndm_state & NUD_INCOMPLETE))
		incomplete->found = true;
	return 0;
}

static bool has_incomplete(struct kn_nl *nl, int af, int ifindex)
{
	struct incomplete incomplete = {.ifindex = ifindex};
	struct ndmsg ndm = {.ndm_family = (uint8_t)af};
	struct kn_error ignored;
	struct kn_req req;
	size_t unused = 0;

	kn_req_init(&req, RTM_GETNEIGH, NLM_F_DUMP, &ndm, sizeof(ndm));
	kn_req_u32(&req, NDA_IFINDEX, (uint32_t)ifindex);
	req.on_msg = on_neigh;
	req.arg = &incomplete;
	(void)!kn_nl_dump(nl, &req, &unused, "neighbours", &ignored);
	kn_req_done(&req);
	return incomplete.found;
}

static bool is_drained(struct kn_nl *nl, void *arg)
{
	int ifindex = *(int *)arg;

	return !has_incomplete(nl, AF_INET, ifindex) && !has_incomplete(nl, AF_INET6, ifindex);
}

/* A neighbour that never answers must not hold the change up: the deadline is no error. */
int kn_drain(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	struct nl_sock *events;
	int ifindex;

	if (kn_nl_index(nl, &op->dev, &ifindex, err) < 0)
		return -1;
	events = kn_nl_subscribe(RTNLGRP_NEIGH);
	if (events)
		(void)kn_nl_until(nl, events, DRAIN_TIMEOUT_MS, is_drained, &ifindex);
	nl_socket_free(events);
	return 0;
}
