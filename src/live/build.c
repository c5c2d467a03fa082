/* From an operation to its requests, appended to the batch.
 * Layer: live; effects only where a link's index has to be asked for. */
#include <errno.h>
#include <linux/if_link.h>

#include "live/nl.h"

/* The others write files, wait for events or need an answer before their next step. */
bool kn_op_is_message(enum kn_op_kind kind)
{
	switch (kind) {
	case KN_OP_CONF_COPY:
	case KN_OP_ACCEPT_RA:
	case KN_OP_DISABLE_IPV6:
	case KN_OP_CARRIER_ADD:
	case KN_OP_CARRIER_DEL:
	case KN_OP_NEIGH_KEEP:
	case KN_OP_CATCH_ADD:
	case KN_OP_CATCH_DEL:
	case KN_OP_ADDR_WAIT:
	case KN_OP_SPLICE_ADD:
	case KN_OP_SPLICE_TURN:
	case KN_OP_SPLICE_DEL:
	case KN_OP_DRAIN:
	case KN_OP_NONE:
	case KN_OP_FILE:
	case KN_OP_LINK_MAC:
	case KN_OP_DHCP_MOVE:
	case KN_OP_DHCP_START:
	case KN_OP_DHCP_STOP:
	case KN_OP_NET_DEFINE:
	case KN_OP_NET_REDEFINE:
	case KN_OP_NET_UNDEFINE:
	case KN_OP_NET_START:
	case KN_OP_NET_STOP:
	case KN_OP_NET_AUTOSTART:
	case KN_OP_NET_UPDATE:
	case KN_OP_LEFT_DEL:
	case KN_OP_LEFT_DNSMASQ:
	case KN_OP_COUNT:
		return false;
	case KN_OP_BRIDGE_ADD:
	case KN_OP_LINK_DEL:
	case KN_OP_BOND_ADD:
	case KN_OP_BOND_DEL:
	case KN_OP_BOND_OPTS:
	case KN_OP_BOND_PRIMARY:
	case KN_OP_VLAN_ADD:
	case KN_OP_VLAN_DEL:
	case KN_OP_LINK_UP:
	case KN_OP_LINK_DOWN:
	case KN_OP_LINK_MTU:
	case KN_OP_LINK_GROUP:
	case KN_OP_LINK_MASTER:
	case KN_OP_ADDR_GEN:
	case KN_OP_RP_FILTER:
	case KN_OP_PROMOTE:
	case KN_OP_BRIDGE_OPTS:
	case KN_OP_PORT_OPTS:
	case KN_OP_ADDR_ADD:
	case KN_OP_ADDR_DEL:
	case KN_OP_ROUTE_ADD:
	case KN_OP_ROUTE_PREPEND:
	case KN_OP_ROUTE_DEL:
	case KN_OP_ROUTE_DEV:
	case KN_OP_NEIGH_ADD:
	case KN_OP_NEIGH_DEL:
	case KN_OP_NEXTHOP:
	case KN_OP_RULE_ADD:
	case KN_OP_RULE_DEL:
		return true;
	}
	return false;
}

/* The caller has made sure that there is room (KN_OP_REQS). */
static struct kn_req *next_req(struct kn_nl *nl, size_t op)
{
	struct kn_req *req = &nl->batch[nl->n_batch++];

	*req = (struct kn_req){.op = op};
	return req;
}

/* Messages are freed batch by batch, so that memory does not grow with the plan. */
void kn_batch_clear(struct kn_nl *nl)
{
	for (size_t i = 0; i < nl->n_batch; i++)
		kn_req_done(&nl->batch[i]);
	nl->n_batch = 0;
}

/* Builders start their request afresh; what exec() knows about it is kept. */
#define BUILD(nl, i, fn, ...)                                                                      \
	do {                                                                                       \
		struct kn_req *req_ = next_req(nl, i);                                             \
		fn(req_, __VA_ARGS__);                                                             \
		req_->op = (i);                                                                    \
	} while (0)

/* A creation, and behind it in the same datagram the question for the new link's index. */
static void build_bridge_add(struct kn_nl *nl, size_t i, const struct kn_op *op)
{
	BUILD(nl, i, kn_req_bridge_add, op);
	BUILD(nl, i, kn_req_getlink, op->dev.s, 0);
	struct kn_req *query = &nl->batch[nl->n_batch - 1];
	query->on_msg = kn_on_ifindex;
	query->arg = &query->ifindex;
	query->optional = true;
}

/* The kernel checks the forward delay before it switches STP off, and refuses 0 while it is on
 * (br_set_forward_delay()): off goes first, in a message of its own. */
static int build_bridge_opts(struct kn_nl *nl, size_t i, int ifindex, const struct kn_opts *opts)
{
	uint32_t stp = 1u << KN_BROPT_STP;
	struct kn_opts head = *opts, tail = *opts;

	if (kn_opts_get(opts, KN_BROPT_STP, 1) == 0 && opts->has != stp) {
		head.has = stp;
		tail.has &= ~stp;
		BUILD(nl, i, kn_req_bridge_opts, ifindex, &head);
	}
	BUILD(nl, i, kn_req_bridge_opts, ifindex, &tail);
	return 0;
}

/* Bonds and VLANs; @dev is the link's index, 0 of one that is made. */
static int build_stacked(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
			 struct kn_error *err)
{
	const struct kn_ifname *other = op->kind == KN_OP_VLAN_ADD	 ? &op->vlan.of.link
					: op->kind == KN_OP_BOND_PRIMARY ? &op->master.now
									 : NULL;
	int index = 0;

	if (other && kn_ifname_is_set(other) && kn_nl_index(nl, other, &index, err) < 0)
		return -1;
	if (op->kind == KN_OP_BOND_ADD)
		BUILD(nl, i, kn_req_bond_add, op);
	else if (op->kind == KN_OP_BOND_OPTS)
		BUILD(nl, i, kn_req_bond_opts, dev, &op->opts.now);
	else if (op->kind == KN_OP_BOND_PRIMARY)
		BUILD(nl, i, kn_req_bond_primary, dev, index);
	else if (op->kind == KN_OP_VLAN_ADD)
		BUILD(nl, i, kn_req_vlan_add, index, op);
	else
		BUILD(nl, i, kn_req_link_del, dev);
	return 0;
}

/* Index 0 takes the link out of whatever it is in. */
static int build_master(struct kn_nl *nl, size_t i, int ifindex, const struct kn_ifname *master,
			struct kn_error *err)
{
	int index = 0;

	if (kn_ifname_is_set(master) && kn_nl_index(nl, master, &index, err) < 0)
		return -1;
	BUILD(nl, i, kn_req_link_u32, ifindex, IFLA_MASTER, (uint32_t)index);
	return 0;
}

/* How a route stands among its equals. IPv4 and IPv6 routes are appended, so that an equal one in
 * front keeps its place; with CREATE alone IPv4 puts the new one in front. REPLACE without CREATE:
 * a route that has gone meanwhile is an error, not a new route. */
static int route_flags(enum kn_op_kind kind)
{
	if (kind == KN_OP_ROUTE_ADD)
		return NLM_F_CREATE | NLM_F_APPEND;
	if (kind == KN_OP_ROUTE_PREPEND)
		return NLM_F_CREATE;
	return kind == KN_OP_ROUTE_DEV ? NLM_F_REPLACE : 0;
}

/* A route whose devices are its own: those of its legs, or the one. */
static int build_route(struct kn_nl *nl, size_t i, const struct kn_op *op, struct kn_error *err)
{
	bool move = op->kind == KN_OP_ROUTE_DEV;
	const struct kn_route *route = move ? &op->reroute.now : &op->route;
	const struct kn_ifname *dev = move ? &route->dev : &op->dev;
	int oifs[KN_ROUTE_LEGS] = {0};

	for (size_t k = 0; k < route->n_legs; k++)
		if (kn_nl_index(nl, &route->legs[k].dev, &oifs[k], err) < 0)
			return -1;
	if (!route->n_legs && kn_ifname_is_set(dev) && kn_nl_index(nl, dev, &oifs[0], err) < 0)
		return -1;
	BUILD(nl, i, kn_req_route, op->kind == KN_OP_ROUTE_DEL ? RTM_DELROUTE : RTM_NEWROUTE,
	      route_flags(op->kind), oifs, route);
	return 0;
}

static int build_nexthop(struct kn_nl *nl, size_t i, const struct kn_op *op, struct kn_error *err)
{
	const struct kn_nexthop *now = &op->nexthop.now;
	int index;

	if (!now->id) {
		BUILD(nl, i, kn_req_nexthop_del, op->nexthop.before.id);
		return 0;
	}
	if (kn_nl_index(nl, &now->dev, &index, err) < 0)
		return -1;
	BUILD(nl, i, kn_req_nexthop, op->nexthop.before.id == 0, index, now);
	return 0;
}

/* What carries its devices itself. */
static int build_routing(struct kn_nl *nl, size_t i, const struct kn_op *op, struct kn_error *err)
{
	if (op->kind == KN_OP_NEXTHOP)
		return build_nexthop(nl, i, op, err);
	if (op->kind != KN_OP_RULE_ADD && op->kind != KN_OP_RULE_DEL)
		return build_route(nl, i, op, err);
	/* By name: rules outlive their links. */
	BUILD(nl, i, kn_req_rule, op->kind == KN_OP_RULE_ADD ? RTM_NEWRULE : RTM_DELRULE,
	      &op->rule);
	return 0;
}

static bool is_routing(enum kn_op_kind kind)
{
	return kind == KN_OP_ROUTE_ADD || kind == KN_OP_ROUTE_PREPEND || kind == KN_OP_ROUTE_DEL ||
	       kind == KN_OP_ROUTE_DEV || kind == KN_OP_NEXTHOP || kind == KN_OP_RULE_ADD ||
	       kind == KN_OP_RULE_DEL;
}

/* Index of the link that a request of @op carries; a creation and a route have none here. */
static int resolve(struct kn_nl *nl, const struct kn_op *op, int *ret, struct kn_error *err)
{
	*ret = 0;
	if (op->kind == KN_OP_BRIDGE_ADD || op->kind == KN_OP_BOND_ADD ||
	    op->kind == KN_OP_VLAN_ADD || is_routing(op->kind) || !kn_ifname_is_set(&op->dev))
		return 0;
	return kn_nl_index(nl, &op->dev, ret, err);
}

/* Operations on the link itself; @dev is its index. */
static int build_link(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
		      struct kn_error *err)
{
	if (op->kind == KN_OP_LINK_MASTER)
		return build_master(nl, i, dev, &op->master.now, err);
	if (op->kind == KN_OP_LINK_DEL)
		BUILD(nl, i, kn_req_link_del, dev);
	else if (op->kind == KN_OP_LINK_MTU)
		BUILD(nl, i, kn_req_link_u32, dev, IFLA_MTU, op->num.now);
	else if (op->kind == KN_OP_LINK_GROUP)
		BUILD(nl, i, kn_req_link_u32, dev, IFLA_GROUP, op->num.now);
	else
		BUILD(nl, i, kn_req_link_flags, dev, op->kind == KN_OP_LINK_UP);
	return 0;
}

int kn_batch_add(struct kn_nl *nl, size_t i, const struct kn_op *op, struct kn_error *err)
{
	int dev;

	if (resolve(nl, op, &dev, err) < 0)
		return -1;
	switch ((int)op->kind) { /* those that are messages */
	case KN_OP_BRIDGE_ADD:
		build_bridge_add(nl, i, op);
		return 0;
	case KN_OP_BOND_ADD:
	case KN_OP_BOND_DEL:
	case KN_OP_BOND_OPTS:
	case KN_OP_BOND_PRIMARY:
	case KN_OP_VLAN_ADD:
	case KN_OP_VLAN_DEL:
		return build_stacked(nl, i, op, dev, err);
	case KN_OP_LINK_DEL:
	case KN_OP_LINK_UP:
	case KN_OP_LINK_DOWN:
	case KN_OP_LINK_MTU:
	case KN_OP_LINK_GROUP:
	case KN_OP_LINK_MASTER:
		return build_link(nl, i, op, dev, err);
	case KN_OP_ADDR_GEN:
		BUILD(nl, i, kn_req_addr_gen, dev, op->num.now);
		return 0;
	case KN_OP_RP_FILTER:
		BUILD(nl, i, kn_req_rp_filter, dev, op->num.now);
		return 0;
	case KN_OP_PROMOTE:
		BUILD(nl, i, kn_req_promote, dev, op->num.now);
		return 0;
	case KN_OP_BRIDGE_OPTS:
		return build_bridge_opts(nl, i, dev, &op->opts.now);
	case KN_OP_PORT_OPTS:
		BUILD(nl, i, kn_req_port_opts, dev, &op->opts.now);
		return 0;
	case KN_OP_ADDR_ADD:
	case KN_OP_ADDR_DEL:
		BUILD(nl, i, kn_req_addr, op->kind == KN_OP_ADDR_ADD ? RTM_NEWADDR : RTM_DELADDR,
		      dev, &op->addr);
		return 0;
	case KN_OP_ROUTE_ADD:
	case KN_OP_ROUTE_PREPEND:
	case KN_OP_ROUTE_DEL:
	case KN_OP_ROUTE_DEV:
	case KN_OP_NEXTHOP:
	case KN_OP_RULE_ADD:
	case KN_OP_RULE_DEL:
		return build_routing(nl, i, op, err);
	case KN_OP_NEIGH_ADD:
	case KN_OP_NEIGH_DEL:
		BUILD(nl, i, kn_req_neigh,
		      op->kind == KN_OP_NEIGH_ADD ? RTM_NEWNEIGH : RTM_DELNEIGH, dev, &op->neigh);
		return 0;
	}
	return kn_fail(err, KN_ERR_SYSTEM, EINVAL, "not an operation of the kernel");
}
