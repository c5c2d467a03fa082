/* Which links a change can interrupt, and the gateways behind them.
 * Layer: plan, pure. */
#include "plan/touched.h"

#include <linux/rtnetlink.h>

static int add_once(struct kn_names *list, const struct kn_ifname *name, struct kn_error *err)
{
	if (!kn_ifname_is_set(name) || kn_names_has(list, name))
		return 0;
	return kn_names_add(list, name, err);
}

static int add_op(const struct kn_op *op, const struct kn_facts *facts, struct kn_names *ret,
		  struct kn_error *err)
{
	const struct kn_link *link = kn_facts_link(facts, &op->dev);

	if (add_once(ret, &op->dev, err) < 0)
		return -1;
	if (link && add_once(ret, &link->master, err) < 0)
		return -1;
	if (op->kind == KN_OP_LINK_MASTER)
		return add_once(ret, &op->master.now, err);
	return op->kind == KN_OP_DHCP_MOVE ? add_once(ret, &op->other, err) : 0;
}

int kn_touched_links(const struct kn_plan *plan, const struct kn_facts *facts, struct kn_names *ret,
		     struct kn_error *err)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (kn_op_info(plan->ops[i].kind)->interrupts &&
		    add_op(&plan->ops[i], facts, ret, err) < 0)
			return -1;
	return 0;
}

static int add_gateway(const struct kn_ip *gateway, const struct kn_ifname *dev,
		       const struct kn_names *links, struct kn_probes *ret, struct kn_error *err)
{
	struct kn_probe probe = {.kind = KN_PROBE_NEIGH, .dev = *dev, .ip = *gateway};

	if (gateway->family == KN_FAMILY_NONE || (links && !kn_names_has(links, dev)))
		return 0;
	for (size_t i = 0; i < ret->n; i++)
		if (kn_ifname_eq(&ret->v[i].dev, dev) && kn_ip_eq(&ret->v[i].ip, gateway))
			return 0;
	return kn_probes_add(ret, &probe, err);
}

int kn_default_gateways(const struct kn_facts *facts, const struct kn_names *links,
			struct kn_probes *ret, struct kn_error *err)
{
	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if (!kn_route_is_default(route) || route->type != RTN_UNICAST)
			continue;
		if (!route->n_legs &&
		    add_gateway(&route->gateway, &route->dev, links, ret, err) < 0)
			return -1;
		for (size_t k = 0; k < route->n_legs; k++)
			if (add_gateway(&route->legs[k].gateway, &route->legs[k].dev, links, ret,
					err) < 0)
				return -1;
	}
	return 0;
}
