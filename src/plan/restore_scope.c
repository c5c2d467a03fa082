/* Recording what a way back needs: which links a plan touches, and what the kernel says about them
 * beforehand. Layer: plan, pure. */
#include "plan/restore.h"

static int add_once(struct kn_names *ret, const struct kn_ifname *name, struct kn_error *err)
{
	if (!kn_ifname_is_set(name) || kn_names_has(ret, name))
		return 0;
	return kn_names_add(ret, name, err);
}

/* Ports leave a bridge that ends, without an operation of their own. */
static int add_ports(struct kn_names *ret, const struct kn_facts *before,
		     const struct kn_ifname *bridge, struct kn_error *err)
{
	for (size_t i = 0; i < before->n_links; i++)
		if (kn_ifname_eq(&before->links[i].master, bridge) &&
		    add_once(ret, &before->links[i].name, err) < 0)
			return -1;
	return 0;
}

/* The second link of operations that have one. A rule's links are those of the move it belongs to;
 * a multipath route's other legs stay where they are. */
static int add_other(struct kn_names *ret, const struct kn_op *op, struct kn_error *err)
{
	if (op->kind == KN_OP_LINK_MASTER || op->kind == KN_OP_BOND_PRIMARY)
		return add_once(ret, &op->master.now, err) < 0
			       ? -1
			       : add_once(ret, &op->master.before, err);
	if (op->kind == KN_OP_ROUTE_DEV)
		return add_once(ret, &op->reroute.before.dev, err);
	if (op->kind == KN_OP_NEXTHOP)
		return add_once(ret, &op->nexthop.before.dev, err);
	if (op->kind == KN_OP_CONF_COPY || op->kind == KN_OP_DHCP_MOVE)
		return add_once(ret, &op->other, err);
	return 0;
}

int kn_restore_scope(const struct kn_plan *plan, const struct kn_facts *before,
		     struct kn_names *ret, struct kn_error *err)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct kn_op *op = &plan->ops[i];

		if (kn_op_info(op->kind)->participant == KN_BY_FILES ||
		    kn_op_is_left_over(op->kind))
			continue;
		/* A bridge's own MTU and MAC address may follow its ports'. */
		if (add_once(ret, &plan->bridge, err) < 0 || add_once(ret, &op->dev, err) < 0 ||
		    add_other(ret, op, err) < 0)
			return -1;
		if ((op->kind == KN_OP_LINK_DEL || op->kind == KN_OP_BOND_DEL) &&
		    add_ports(ret, before, &op->dev, err) < 0)
			return -1;
	}
	return 0;
}

static bool route_concerns(const struct kn_names *scope, const struct kn_route *route)
{
	for (size_t i = 0; i < scope->n; i++)
		if (kn_route_uses(route, &scope->v[i]))
			return route->proto != KN_RTPROT_TEMPORARY;
	return false;
}

/* Those beside a rule that names a link belong to it: their order decides. */
static bool rule_concerns(const struct kn_names *scope, const struct kn_facts *before, size_t at)
{
	const struct kn_rule *rules = before->rules;

	for (size_t i = 0; i < before->n_rules; i++)
		if (rules[i].family == rules[at].family &&
		    rules[i].priority == rules[at].priority &&
		    (kn_names_has(scope, &rules[i].iif) || kn_names_has(scope, &rules[i].oif)))
			return true;
	return false;
}

static int copy_links(const struct kn_names *scope, const struct kn_facts *before,
		      struct kn_facts *ret, struct kn_error *err)
{
	for (size_t i = 0; i < before->n_links; i++)
		if (kn_names_has(scope, &before->links[i].name) &&
		    kn_facts_add_link(ret, &before->links[i], err) < 0)
			return -1;
	for (size_t i = 0; i < before->n_addrs; i++)
		if (kn_names_has(scope, &before->addrs[i].dev) &&
		    kn_facts_add_addr(ret, &before->addrs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < before->n_neighs; i++)
		if (kn_names_has(scope, &before->neighs[i].dev) &&
		    kn_facts_add_neigh(ret, &before->neighs[i], err) < 0)
			return -1;
	return 0;
}

static int copy_routing(const struct kn_names *scope, const struct kn_facts *before,
			struct kn_facts *ret, struct kn_error *err)
{
	for (size_t i = 0; i < before->routes.n; i++)
		if (route_concerns(scope, &before->routes.v[i]) &&
		    kn_routes_add(&ret->routes, &before->routes.v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < before->n_nexthops; i++)
		if (kn_names_has(scope, &before->nexthops[i].dev) &&
		    kn_facts_add_nexthop(ret, &before->nexthops[i], err) < 0)
			return -1;
	for (size_t i = 0; i < before->n_rules; i++)
		if (rule_concerns(scope, before, i) &&
		    kn_facts_add_rule(ret, &before->rules[i], err) < 0)
			return -1;
	return 0;
}

static int record_clients(const struct kn_facts *before, struct kn_journal *ret,
			  struct kn_error *err)
{
	for (size_t i = 0; i < before->n_clients; i++)
		if (kn_names_has(&ret->scope, &before->clients[i].dev) &&
		    kn_names_add(&ret->dhcp, &before->clients[i].dev, err) < 0)
			return -1;
	return 0;
}

static int record_made(const struct kn_plan *plan, struct kn_journal *ret, struct kn_error *err)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct kn_op *op = &plan->ops[i];

		if (op->kind != KN_OP_BRIDGE_ADD && op->kind != KN_OP_BOND_ADD &&
		    op->kind != KN_OP_VLAN_ADD)
			continue;
		struct kn_jlink *made = kn_journal_add_made(ret, err);
		if (!made)
			return -1;
		*made = (struct kn_jlink){.name = op->dev};
		if (op->kind == KN_OP_VLAN_ADD)
			continue; /* its address is that of the link below, whatever that is */
		made->has_mac = op->bridge.has_mac;
		made->mac = op->bridge.mac;
	}
	return 0;
}

int kn_restore_record(const struct kn_plan *plan, const struct kn_facts *before, unsigned int reads,
		      struct kn_journal *ret, struct kn_error *err)
{
	if (kn_restore_scope(plan, before, &ret->scope, err) < 0)
		return -1;
	if (!ret->scope.n)
		return 0;
	ret->has_live = true;
	ret->reads = reads;
	ret->live.live = true;
	if (copy_links(&ret->scope, before, &ret->live, err) < 0 ||
	    copy_routing(&ret->scope, before, &ret->live, err) < 0 ||
	    record_clients(before, ret, err) < 0)
		return -1;
	return record_made(plan, ret, err);
}

/* Ports as well: those that others attached to a bridge that is to go. Default routes of other
 * links: an IPv6 one is replaced in place only where it stands alone under its key. */
struct kn_live_request kn_restore_request(const struct kn_journal *then)
{
	return (struct kn_live_request){.names = then->scope.v,
					.n_names = then->scope.n,
					.ports = true,
					.addrs = then->reads & KN_JREAD_ADDRS,
					.routes = then->reads & KN_JREAD_ROUTES,
					.neighs = then->reads & KN_JREAD_NEIGHS,
					.policy = then->reads & KN_JREAD_POLICY,
					.rivals = KN_RIVALS_IPV6};
}
