/* The snapshot: links, then what hangs on them. Nothing reaches the caller unless all was read.
 * Layer: live, effects (reads). */
#include "kvmnet/num.h"
#include "live/nl.h"

/* Links first: everything else is sifted by them. */
static int read_all(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		    struct kn_error *err)
{
	char text[16];

	if (kn_read_links(nl, req, facts, err) < 0)
		return -1;
	if (req->addrs && kn_read_addrs(nl, facts, err) < 0)
		return -1;
	if (req->groups && kn_read_groups(facts, err) < 0)
		return -1;
	if (req->routes && kn_read_routes(nl, req->rivals, facts, err) < 0)
		return -1;
	if (req->policy &&
	    (kn_read_nexthops(nl, req, facts, err) < 0 || kn_read_rules(nl, facts, err) < 0))
		return -1;
	if (req->neighs && kn_read_neighs(nl, req, facts, err) < 0)
		return -1;
	if (kn_read_uses(nl, req, facts, err) < 0)
		return -1;
	/* Since then a bridge asks br_multicast_querier_exists() before it holds frames back.
	 * Source: kernel net/bridge/br_input.c, br_handle_frame_finish(). */
	facts->snoops_alone = !kn_kernel_since(3, 11);
	/* last: nothing is asked about these */
	if (req->uppers && !req->all_links && kn_read_uppers(nl, facts, err) < 0)
		return -1;
	if (!req->uppers && !req->all_links && kn_read_tops(nl, req->tops, facts, err) < 0)
		return -1;
	if (req->vlans && kn_read_port_vlans(nl, facts, err) < 0)
		return -1;
	/* No /proc/sys: nothing filters that could be read or changed. */
	if (!kn_read_small("/proc/sys/net/ipv4/conf/all/rp_filter", text, sizeof(text)))
		(void)kn_num_is(text, UINT32_MAX, &facts->all_rp_filter);
	return 0;
}

int kn_nl_snapshot(struct kn_live *self, const struct kn_live_request *req, struct kn_facts *ret,
		   struct kn_error *err)
{
	struct kn_facts facts = {.live = true};

	if (read_all((struct kn_nl *)self, req, &facts, err) < 0) {
		kn_facts_done(&facts);
		return -1;
	}
	/* Field by field: what others filled in (host, owners, clients) stays. */
	ret->live = true;
	ret->links = facts.links;
	ret->n_links = facts.n_links;
	ret->cap_links = facts.cap_links;
	ret->link_names = facts.link_names;
	ret->addrs = facts.addrs;
	ret->n_addrs = facts.n_addrs;
	ret->cap_addrs = facts.cap_addrs;
	ret->routes = facts.routes;
	ret->neighs = facts.neighs;
	ret->n_neighs = facts.n_neighs;
	ret->cap_neighs = facts.cap_neighs;
	ret->nexthops = facts.nexthops;
	ret->n_nexthops = facts.n_nexthops;
	ret->cap_nexthops = facts.cap_nexthops;
	ret->rules = facts.rules;
	ret->n_rules = facts.n_rules;
	ret->cap_rules = facts.cap_rules;
	ret->groups = facts.groups;
	ret->n_groups = facts.n_groups;
	ret->cap_groups = facts.cap_groups;
	ret->can_join = facts.can_join;
	ret->snoops_alone = facts.snoops_alone;
	ret->vlans = facts.vlans;
	ret->n_vlans = facts.n_vlans;
	ret->cap_vlans = facts.cap_vlans;
	ret->vlans_known = facts.vlans_known;
	ret->uses = facts.uses;
	ret->n_uses = facts.n_uses;
	ret->cap_uses = facts.cap_uses;
	ret->all_rp_filter = facts.all_rp_filter;
	return 0;
}
