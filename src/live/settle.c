/* After a lost answer: is what an operation wants so? Judged by reading the kernel back.
 * Layer: live, effects (reads). */
#include <net/if.h>
#include <string.h>

#include "live/nl.h"

/* What the operation set, read from the link that it set it on. */
static bool link_holds(const struct kn_op *op, const struct kn_link *link)
{
	const struct kn_opts *have = op->kind == KN_OP_PORT_OPTS ? &link->port_opts : &link->opts;

	switch ((int)op->kind) {
	case KN_OP_BRIDGE_ADD:
		return link->kind == KN_LINK_BRIDGE;
	case KN_OP_BOND_ADD:
		return link->kind == KN_LINK_BOND;
	case KN_OP_VLAN_ADD:
		return link->kind == KN_LINK_VLAN;
	case KN_OP_BOND_OPTS:
		return !kn_opts_diff(&op->opts.now, &link->bond_opts).has;
	case KN_OP_LINK_UP:
		return link->flags & IFF_UP;
	case KN_OP_LINK_DOWN:
		return !(link->flags & IFF_UP);
	case KN_OP_LINK_MTU:
		return link->mtu == op->num.now;
	case KN_OP_LINK_MAC:
		return kn_mac_eq(&link->mac, &op->mac.now);
	case KN_OP_LINK_GROUP:
		return link->group == op->num.now;
	case KN_OP_LINK_MASTER:
		return kn_ifname_eq(&link->master, &op->master.now);
	case KN_OP_ADDR_GEN:
		return link->addr_gen_mode == op->num.now;
	case KN_OP_RP_FILTER:
		return link->rp_filter == op->num.now;
	case KN_OP_PROMOTE:
		return link->promote == op->num.now;
	case KN_OP_BOND_PRIMARY: /* the port is not among what was read: taken to be so */
	case KN_OP_BOND_ACTIVE:
		return true;
	case KN_OP_BRIDGE_OPTS:
	case KN_OP_PORT_OPTS:
		return !kn_opts_diff(&op->opts.now, have).has;
	}
	return false;
}

/* The snapshot holds this link's addresses only. */
static bool has_addr(const struct kn_facts *facts, const struct kn_op *op)
{
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_cidr_eq(&facts->addrs[i].addr, &op->addr.addr))
			return true;
	return false;
}

/* By key and device, as the kernel tells routes apart. */
static bool has_route(const struct kn_facts *facts, const struct kn_route *route,
		      const struct kn_ifname *dev)
{
	for (size_t i = 0; i < facts->routes.n; i++)
		if (kn_route_same(&facts->routes.v[i], route) &&
		    kn_route_uses(&facts->routes.v[i], dev))
			return true;
	return false;
}

/* An entry for the address is enough: its state changes by itself. */
static bool has_neigh(const struct kn_facts *facts, const struct kn_op *op)
{
	for (size_t i = 0; i < facts->n_neighs; i++)
		if (kn_ip_eq(&facts->neighs[i].dst, &op->neigh.dst))
			return true;
	return false;
}

static bool has_nexthop(const struct kn_facts *facts, const struct kn_nexthop *nexthop)
{
	for (size_t i = 0; i < facts->n_nexthops; i++)
		if (facts->nexthops[i].id == nexthop->id &&
		    kn_ifname_eq(&facts->nexthops[i].dev, &nexthop->dev))
			return true;
	return false;
}

static bool has_rule(const struct kn_facts *facts, const struct kn_rule *rule)
{
	for (size_t i = 0; i < facts->n_rules; i++)
		if (kn_rule_eq(&facts->rules[i], rule))
			return true;
	return false;
}

/* The state counts, not who brought it about: if the wish is fulfilled, undoing it is right. */
static bool facts_hold(const struct kn_facts *facts, const struct kn_op *op)
{
	const struct kn_link *link = kn_facts_link(facts, &op->dev);

	if (op->kind == KN_OP_LINK_DEL || op->kind == KN_OP_BOND_DEL || op->kind == KN_OP_VLAN_DEL)
		return !link;
	if (op->kind == KN_OP_ADDR_ADD || op->kind == KN_OP_ADDR_DEL)
		return has_addr(facts, op) == (op->kind == KN_OP_ADDR_ADD);
	if (op->kind == KN_OP_ROUTE_ADD || op->kind == KN_OP_ROUTE_PREPEND)
		return has_route(facts, &op->route, &op->dev);
	if (op->kind == KN_OP_ROUTE_DEL)
		return !has_route(facts, &op->route, &op->dev);
	if (op->kind == KN_OP_ROUTE_DEV)
		return has_route(facts, &op->reroute.now, &op->reroute.now.dev);
	if (op->kind == KN_OP_NEXTHOP)
		return op->nexthop.now.id ? has_nexthop(facts, &op->nexthop.now)
					  : !has_nexthop(facts, &op->nexthop.before);
	if (op->kind == KN_OP_RULE_ADD || op->kind == KN_OP_RULE_DEL)
		return has_rule(facts, &op->rule) == (op->kind == KN_OP_RULE_ADD);
	if (op->kind == KN_OP_NEIGH_ADD || op->kind == KN_OP_NEIGH_DEL)
		return has_neigh(facts, op) == (op->kind == KN_OP_NEIGH_ADD);
	return link && link_holds(op, link);
}

/* One snapshot per operation is slow, but this is the rare case in which certainty is worth it. */
bool kn_op_holds(struct kn_nl *nl, const struct kn_op *op)
{
	const struct kn_ifname *dev = op->kind == KN_OP_ROUTE_DEV ? &op->reroute.now.dev
				      : op->kind == KN_OP_NEXTHOP && op->nexthop.now.id
					      ? &op->nexthop.now.dev
					      : &op->dev;
	struct kn_live_request req = {.names = dev,
				      .n_names = 1,
				      .addrs = true,
				      .routes = true,
				      .policy = true,
				      .neighs = true};
	struct kn_facts facts = {0};
	struct kn_error ignored;

	if (kn_nl_snapshot(&nl->base, &req, &facts, &ignored) < 0)
		return true;
	bool holds = facts_hold(&facts, op);
	kn_facts_done(&facts);
	return holds;
}
