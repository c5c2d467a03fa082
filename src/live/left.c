/* The end of a bridge that belongs to nobody any more. Layer: live, effects. */
#include <errno.h>

#include "live/nl.h"

/* Something joined it, or was put over it. */
static bool is_used(const struct kn_facts *facts, const struct kn_link *bridge)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (kn_ifname_eq(&facts->links[i].master, &bridge->name) ||
		    facts->links[i].lower_index == bridge->ifindex)
			return true;
	return false;
}

static int delete_link(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	struct kn_req req;
	int r;

	kn_req_link_del(&req, op->left.ifindex);
	r = kn_nl_transact(nl, &req, 1, err);
	if (r == 0 && req.error && req.error != ENODEV)
		r = kn_nl_fail(req.error, NULL, "removing the link", err);
	kn_req_done(&req);
	kn_nl_forget(nl, &op->dev);
	return r;
}

/* Between the plan and now a daemon may have come back and made the bridge anew: only the link that
 * the plan was made for is removed, and by its number. */
int kn_left_del(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	struct kn_live_request req = {
		.names = &op->dev, .n_names = 1, .ports = true, .uppers = true};
	struct kn_facts now KN_CLEANUP(kn_facts_done) = {0};
	const struct kn_link *link;

	if (kn_nl_snapshot(&nl->base, &req, &now, err) < 0)
		return -1;
	link = kn_facts_link(&now, &op->dev);
	if (!link)
		return 0;
	if (link->ifindex == op->left.ifindex && link->kind == KN_LINK_BRIDGE &&
	    kn_mac_eq(&link->mac, &op->left.mac) && !is_used(&now, link))
		return delete_link(nl, op, err);
	return kn_fail(err, KN_ERR_SYSTEM, EBUSY,
		       "somebody has taken it into use, or made it anew, a moment ago");
}
