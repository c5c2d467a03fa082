/* From an operation to its requests, appended to the batch.
 * Layer: live; effects only where a link's index has to be asked for. */
#include <errno.h>
#include <linux/if_link.h>

#include "live/nl.h"

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
static int build_bridge_add(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
			    struct kn_error *err)
{
	(void)dev, (void)err;
	BUILD(nl, i, kn_req_bridge_add, op);
	BUILD(nl, i, kn_req_getlink, op->dev.s, 0);
	struct kn_req *query = &nl->batch[nl->n_batch - 1];
	query->on_msg = kn_on_ifindex;
	query->arg = &query->ifindex;
	query->optional = true;
	return 0;
}

/* The kernel checks the forward delay before it switches STP off, and refuses 0 while it is on
 * (br_set_forward_delay()): off goes first, in a message of its own. */
static int build_bridge_opts(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
			     struct kn_error *err)
{
	uint32_t stp = 1u << KN_BROPT_STP;
	struct kn_opts head = op->opts.now, tail = op->opts.now;

	(void)err;
	if (kn_opts_get(&head, KN_BROPT_STP, 1) == 0 && head.has != stp) {
		head.has = stp;
		tail.has &= ~stp;
		BUILD(nl, i, kn_req_bridge_opts, dev, &head);
	}
	BUILD(nl, i, kn_req_bridge_opts, dev, &tail);
	return 0;
}

/* Bonds and VLANs; another link than @dev is named by its index as well. */
static int build_stacked(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
			 struct kn_error *err)
{
	bool port = op->kind == KN_OP_BOND_PRIMARY || op->kind == KN_OP_BOND_ACTIVE;
	const struct kn_ifname *other = op->kind == KN_OP_VLAN_ADD ? &op->vlan.of.link
					: port			   ? &op->master.now
								   : NULL;
	int index = 0;

	if (other && kn_ifname_is_set(other) && kn_nl_index(nl, other, &index, err) < 0)
		return -1;
	if (op->kind == KN_OP_BOND_ADD)
		BUILD(nl, i, kn_req_bond_add, op);
	else if (op->kind == KN_OP_BOND_OPTS)
		BUILD(nl, i, kn_req_bond_opts, dev, &op->opts.now);
	else if (op->kind == KN_OP_BOND_PRIMARY)
		BUILD(nl, i, kn_req_bond_port, dev, IFLA_BOND_PRIMARY, index);
	else if (op->kind == KN_OP_BOND_ACTIVE)
		BUILD(nl, i, kn_req_bond_port, dev, IFLA_BOND_ACTIVE_SLAVE, index);
	else if (op->kind == KN_OP_VLAN_ADD)
		BUILD(nl, i, kn_req_vlan_add, index, op);
	else
		BUILD(nl, i, kn_req_link_del, dev);
	return 0;
}

/* Index 0 takes the link out of whatever it is in. */
static int build_master(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
			struct kn_error *err)
{
	const struct kn_ifname *master = &op->master.now;
	int index = 0;

	if (kn_ifname_is_set(master) && kn_nl_index(nl, master, &index, err) < 0)
		return -1;
	BUILD(nl, i, kn_req_link_u32, dev, IFLA_MASTER, (uint32_t)index);
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
static int build_route(struct kn_nl *nl, size_t i, const struct kn_op *op, int none,
		       struct kn_error *err)
{
	bool move = op->kind == KN_OP_ROUTE_DEV;
	const struct kn_route *route = move ? &op->reroute.now : &op->route;
	const struct kn_ifname *dev = move ? &route->dev : &op->dev;
	int oifs[KN_ROUTE_LEGS] = {0};

	(void)none;
	for (size_t k = 0; k < route->n_legs; k++)
		if (kn_nl_index(nl, &route->legs[k].dev, &oifs[k], err) < 0)
			return -1;
	if (!route->n_legs && kn_ifname_is_set(dev) && kn_nl_index(nl, dev, &oifs[0], err) < 0)
		return -1;
	BUILD(nl, i, kn_req_route, op->kind == KN_OP_ROUTE_DEL ? RTM_DELROUTE : RTM_NEWROUTE,
	      route_flags(op->kind), oifs, route);
	return 0;
}

static int build_nexthop(struct kn_nl *nl, size_t i, const struct kn_op *op, int none,
			 struct kn_error *err)
{
	const struct kn_nexthop *now = &op->nexthop.now;
	int index;

	(void)none;
	if (!now->id) {
		BUILD(nl, i, kn_req_nexthop_del, op->nexthop.before.id);
		return 0;
	}
	if (kn_nl_index(nl, &now->dev, &index, err) < 0)
		return -1;
	BUILD(nl, i, kn_req_nexthop, op->nexthop.before.id == 0, index, now);
	return 0;
}

/* By name: rules outlive their links. */
static int build_rule(struct kn_nl *nl, size_t i, const struct kn_op *op, int none,
		      struct kn_error *err)
{
	(void)none, (void)err;
	BUILD(nl, i, kn_req_rule, op->kind == KN_OP_RULE_ADD ? RTM_NEWRULE : RTM_DELRULE,
	      &op->rule);
	return 0;
}

/* Operations on the link itself. */
static int build_link(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
		      struct kn_error *err)
{
	(void)err;
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

/* Settings of a link and of one in its place as a port. */
static int build_setting(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
			 struct kn_error *err)
{
	(void)err;
	if (op->kind == KN_OP_ADDR_GEN)
		BUILD(nl, i, kn_req_addr_gen, dev, op->num.now);
	else if (op->kind == KN_OP_RP_FILTER)
		BUILD(nl, i, kn_req_rp_filter, dev, op->num.now);
	else if (op->kind == KN_OP_PROMOTE)
		BUILD(nl, i, kn_req_promote, dev, op->num.now);
	else
		BUILD(nl, i, kn_req_port_opts, dev, &op->opts.now);
	return 0;
}

static int build_addr(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
		      struct kn_error *err)
{
	(void)err;
	BUILD(nl, i, kn_req_addr, op->kind == KN_OP_ADDR_ADD ? RTM_NEWADDR : RTM_DELADDR, dev,
	      &op->addr);
	return 0;
}

static int build_neigh(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
		       struct kn_error *err)
{
	(void)err;
	BUILD(nl, i, kn_req_neigh, op->kind == KN_OP_NEIGH_ADD ? RTM_NEWNEIGH : RTM_DELNEIGH, dev,
	      &op->neigh);
	return 0;
}

/* The operations that are messages. The others write files, wait for events or need an answer
 * before their next step (exec_single()). */
static const struct {
	/* Appends the requests. @dev: index of the operation's link. */
	int (*build)(struct kn_nl *nl, size_t i, const struct kn_op *op, int dev,
		     struct kn_error *err);
	bool no_dev; /* it makes its link, or carries its devices otherwise: there is no @dev */
} messages[KN_OP_COUNT] = {
	[KN_OP_BRIDGE_ADD] = {build_bridge_add, true},
	[KN_OP_LINK_DEL] = {build_link, false},
	[KN_OP_BOND_ADD] = {build_stacked, true},
	[KN_OP_BOND_DEL] = {build_stacked, false},
	[KN_OP_BOND_OPTS] = {build_stacked, false},
	[KN_OP_BOND_PRIMARY] = {build_stacked, false},
	[KN_OP_BOND_ACTIVE] = {build_stacked, false},
	[KN_OP_VLAN_ADD] = {build_stacked, true},
	[KN_OP_VLAN_DEL] = {build_stacked, false},
	[KN_OP_LINK_UP] = {build_link, false},
	[KN_OP_LINK_DOWN] = {build_link, false},
	[KN_OP_LINK_MTU] = {build_link, false},
	[KN_OP_LINK_GROUP] = {build_link, false},
	[KN_OP_LINK_MASTER] = {build_master, false},
	[KN_OP_ADDR_GEN] = {build_setting, false},
	[KN_OP_RP_FILTER] = {build_setting, false},
	[KN_OP_PROMOTE] = {build_setting, false},
	[KN_OP_BRIDGE_OPTS] = {build_bridge_opts, false},
	[KN_OP_PORT_OPTS] = {build_setting, false},
	[KN_OP_ADDR_ADD] = {build_addr, false},
	[KN_OP_ADDR_DEL] = {build_addr, false},
	[KN_OP_ROUTE_ADD] = {build_route, true},
	[KN_OP_ROUTE_PREPEND] = {build_route, true},
	[KN_OP_ROUTE_DEL] = {build_route, true},
	[KN_OP_ROUTE_DEV] = {build_route, true},
	[KN_OP_NEXTHOP] = {build_nexthop, true},
	[KN_OP_RULE_ADD] = {build_rule, true},
	[KN_OP_RULE_DEL] = {build_rule, true},
	[KN_OP_NEIGH_ADD] = {build_neigh, false},
	[KN_OP_NEIGH_DEL] = {build_neigh, false},
};

bool kn_op_is_message(enum kn_op_kind kind)
{
	return messages[kind].build != NULL;
}

int kn_batch_add(struct kn_nl *nl, size_t i, const struct kn_op *op, struct kn_error *err)
{
	int dev = 0;

	if (!kn_op_is_message(op->kind))
		return kn_fail(err, KN_ERR_SYSTEM, EINVAL, "not an operation of the kernel");
	if (!messages[op->kind].no_dev && kn_ifname_is_set(&op->dev) &&
	    kn_nl_index(nl, &op->dev, &dev, err) < 0)
		return -1;
	return messages[op->kind].build(nl, i, op, dev, err);
}
