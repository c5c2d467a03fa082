/* Safety rules about addresses and routes, and the warnings that go with them.
 * Layer: plan, pure. */
#include <string.h>

#include "plan/ctx.h"

static bool is_ours(const struct kn_check *c, const struct kn_ifname *dev)
{
	return kn_ifname_eq(dev, &c->target->bridge) || kn_ifname_eq(dev, &c->target->uplink) ||
	       kn_names_has(&c->target->ports, dev);
}

/* Of several changes at once, the look-up was for the addresses of all. */
static bool is_wanted(const struct kn_check *c, const struct kn_ip *ip)
{
	const struct kn_cidrs *addrs = &c->in->spec->ip.addrs;

	for (size_t i = 0; i < addrs->n; i++)
		if (kn_ip_eq(&addrs->v[i].ip, ip))
			return true;
	return false;
}

static int check_in_use(const struct kn_check *c)
{
	const struct kn_facts *facts = c->in->facts;
	char ip[KN_IP_STRLEN];

	for (size_t i = 0; i < facts->n_uses; i++)
		if (is_wanted(c, &facts->uses[i].ip) && !is_ours(c, &facts->uses[i].dev))
			return kn_rule(c->in, c->plan, "address-in-use", c->err,
				       "choose another address, or take it off there first",
				       "%s is already an address of %s",
				       kn_ip_fmt(&facts->uses[i].ip, ip), facts->uses[i].dev.s);
	if (facts->live)
		return 0;
	for (size_t k = 0; k < c->in->confs->n; k++) {
		const struct kn_conf *conf = &c->in->confs->v[k];

		for (size_t i = 0; !is_ours(c, &conf->name) && i < conf->ip.addrs.n; i++)
			for (size_t n = 0; n < c->target->ip.addrs.n; n++)
				if (kn_ip_eq(&conf->ip.addrs.v[i].ip, &c->target->ip.addrs.v[n].ip))
					return kn_rule(c->in, c->plan, "address-in-use", c->err,
						       "choose another address, or take it off "
						       "there first",
						       "%s is already an address of %s (%s)",
						       kn_ip_fmt(&conf->ip.addrs.v[i].ip, ip),
						       conf->name.s, conf->path);
	}
	return 0;
}

static bool link_route_covers(const struct kn_routes *routes, const struct kn_ip *gateway)
{
	for (size_t i = 0; i < routes->n; i++)
		if (!routes->v[i].gateway.family && !kn_route_is_default(&routes->v[i]) &&
		    kn_cidr_has(&routes->v[i].dst, gateway))
			return true;
	return false;
}

/* IPv4: the readers take GATEWAY only inside the first address's network, and drop it silently
 * otherwise. IPv6: the kernel refuses a gateway that no link route covers. */
static bool gateway_covered(const struct kn_ipconf *ip, const struct kn_ip *gateway)
{
	for (size_t i = 0; i < ip->addrs.n; i++) {
		if (ip->addrs.v[i].ip.family != gateway->family)
			continue;
		if (kn_cidr_has(&ip->addrs.v[i], gateway))
			return true;
		if (gateway->family == KN_IPV4)
			return false;
	}
	return false;
}

/* Without files there is no reader whose rules count, only the kernel's: a link route that stays,
 * which may be that of a point-to-point address or of one that no file knows. */
static bool kernel_reaches(const struct kn_check *c, const struct kn_ip *gateway)
{
	const struct kn_routes *routes = &c->in->facts->routes;

	if (c->in->backend || kn_gives_addr(c->in->spec, gateway->family))
		return false;
	for (size_t i = 0; i < routes->n; i++)
		if (is_ours(c, &routes->v[i].dev) && !routes->v[i].gateway.family &&
		    routes->v[i].table == KN_RT_TABLE_MAIN && !kn_route_is_default(&routes->v[i]) &&
		    kn_cidr_has(&routes->v[i].dst, gateway))
			return true;
	return false;
}

static bool has_cidr_ip(const struct kn_cidrs *list, const struct kn_ip *ip)
{
	for (size_t i = 0; i < list->n; i++)
		if (kn_ip_eq(&list->v[i].ip, ip))
			return true;
	return false;
}

static int check_one_gateway(const struct kn_check *c, const struct kn_ip *gateway)
{
	const struct kn_ipconf *ip = &c->target->ip;
	char buf[KN_IP_STRLEN];
	bool automatic = gateway->family == KN_IPV4 ? ip->dhcp4 : ip->dhcp6 || ip->slaac;

	if (!gateway->family || automatic || kn_ip_is_link_local(gateway) ||
	    (gateway->family == KN_IPV4 && ip->onlink4) || gateway_covered(ip, gateway) ||
	    link_route_covers(&ip->routes, gateway) || kernel_reaches(c, gateway))
		return 0;
	kn_ip_fmt(gateway, buf);
	return kn_rule(
		c->in, c->plan, "gateway-outside", c->err,
		"give a gateway of that network, or make it reachable with --route GATEWAY/32",
		"the gateway %s lies outside the %snetwork of %s: the readers would drop it "
		"silently",
		buf, gateway->family == KN_IPV4 ? "first " : "", c->target->bridge.s);
}

static int check_gateways(const struct kn_check *c)
{
	char buf[KN_IP_STRLEN];
	const struct kn_ip *gateways[] = {&c->target->ip.gateway4, &c->target->ip.gateway6};

	if (!(c->target->groups & (KN_GROUP_ADDR | KN_GROUP_GATEWAY | KN_GROUP_ROUTES)) ||
	    c->target->verb == KN_BRIDGE_DELETE)
		return 0;
	for (size_t i = 0; i < 2; i++) {
		int r = 0;

		if (gateways[i]->family && has_cidr_ip(&c->target->ip.addrs, gateways[i]))
			r = kn_fail(c->err, KN_ERR_INPUT, 0,
				    "the gateway %s is the host's own address",
				    kn_ip_fmt(gateways[i], buf));
		else
			r = check_one_gateway(c, gateways[i]);
		if (r < 0)
			kn_about(c->err, "gateway", kn_ip_fmt(gateways[i], buf));
		if (r < 0 && kn_check_goes_on(c) < 0)
			return -1;
	}
	return 0;
}

/* Routes of @dev end with this change, unless the target brings them back. */
static bool ends_on(const struct kn_check *c, const struct kn_ifname *dev)
{
	if (c->target->verb == KN_PORT_ADD)
		return kn_names_has(&c->target->ports, dev);
	return is_ours(c, dev);
}

/* One next hop that stays is enough. */
static bool ends_with(const struct kn_check *c, const struct kn_route *route)
{
	for (size_t i = 0; i < route->n_legs; i++)
		if (!ends_on(c, &route->legs[i].dev))
			return false;
	return ends_on(c, &route->dev);
}

/* Would this family lose its last default route? */
static int check_default_route(const struct kn_check *c, enum kn_family family)
{
	const struct kn_ipconf *ip = &c->target->ip;
	const struct kn_routes *routes = &c->in->facts->routes;
	bool ours = false;

	bool automatic = family == KN_IPV4 ? ip->dhcp4 : ip->dhcp6 || ip->slaac;
	bool given = family == KN_IPV4 ? ip->gateway4.family : ip->gateway6.family;
	if (automatic || (given && !ip->no_defroute))
		return 0;
	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		if (!kn_route_is_default(route) || route->dst.ip.family != family ||
		    route->table != KN_RT_TABLE_MAIN || route->type != 1)
			continue;
		if (!ends_with(c, route))
			return 0;
		ours = true;
	}
	if (!ours)
		return 0;
	bool can_give = c->target->verb == KN_BRIDGE_CREATE || c->target->verb == KN_BRIDGE_SET;
	return kn_rule(c->in, c->plan, "last-default-route", c->err,
		       !can_give	   ? "make a default route over another link first"
		       : family == KN_IPV4 ? "give the gateway with --gateway"
					   : "give the IPv6 gateway with --gateway",
		       "the host would lose its last %s default route",
		       family == KN_IPV4 ? "IPv4" : "IPv6");
}

static bool loses_defaults(const struct kn_check *c)
{
	const struct kn_target *target = c->target;

	switch (target->verb) {
	case KN_BRIDGE_CREATE:
	case KN_BRIDGE_SET:
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
		return c->in->spec->no_ip;
	case KN_BRIDGE_DELETE:
		return !kn_ifname_is_set(&target->uplink) || (target->groups & KN_GROUP_GATEWAY);
	case KN_PORT_ADD:
	case KN_LINK_DELETE:
		return true;
	case KN_PORT_REMOVE:
	case KN_PORT_SET:
	case KN_BOND_RELEASE:
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
	case KN_APPLY:
		return false;
	}
	return false;
}

static int check_defaults(const struct kn_check *c)
{
	if (!loses_defaults(c))
		return 0;
	if (check_default_route(c, KN_IPV4) < 0)
		return -1;
	return check_default_route(c, KN_IPV6);
}

/* port add takes no addresses over: the port must not carry any. */
static int check_port_addrs(const struct kn_check *c)
{
	const struct kn_facts *facts = c->in->facts;
	char buf[KN_CIDR_STRLEN];

	if (c->target->verb != KN_PORT_ADD)
		return 0;
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_names_has(&c->target->ports, &facts->addrs[i].dev) &&
		    !kn_ip_is_link_local(&facts->addrs[i].addr.ip))
			return kn_rule(c->in, c->plan, "port-has-address", c->err,
				       "use kvmnet bridge create, which moves the address to the "
				       "bridge",
				       "%s carries the address %s, which stops working on a port",
				       facts->addrs[i].dev.s,
				       kn_cidr_fmt(&facts->addrs[i].addr, buf));
	return 0;
}

/* port remove: not the cable that the host's own addresses on the bridge need. */
static int check_last_uplink(const struct kn_check *c)
{
	struct kn_names ports KN_CLEANUP(kn_names_done) = {0};
	const struct kn_facts *facts = c->in->facts;
	const struct kn_conf *conf = kn_confs_get(c->in->confs, &c->target->bridge);
	bool addressed = conf && !kn_ipconf_has_no_addr(&conf->ip), removes = false;

	if (c->target->verb != KN_PORT_REMOVE)
		return 0;
	if (kn_bridge_ports(c->in, &c->target->bridge, &ports, c->err) < 0)
		return -1;
	for (size_t i = 0; i < facts->n_addrs; i++)
		addressed |= kn_ifname_eq(&facts->addrs[i].dev, &c->target->bridge) &&
			     !kn_ip_is_link_local(&facts->addrs[i].addr.ip);
	for (size_t i = 0; i < ports.n; i++) {
		const struct kn_link *link = kn_facts_link(facts, &ports.v[i]);
		bool cable = kn_is_uplink_kind(c->in, &ports.v[i]) ||
			     (link && link->kind == KN_LINK_VETH);

		if (cable && !kn_names_has(&c->target->ports, &ports.v[i]))
			return 0;
		removes |= cable;
	}
	if (!addressed || !removes)
		return 0;
	return kn_rule(c->in, c->plan, "last-uplink", c->err,
		       c->in->spec->prune
			       ? "where another port of its section is to take over, "
				 "--force=last-uplink lets the two change places; the bridge is "
				 "without a cable for a moment"
			       : "kvmnet bridge delete gives the addresses back to the port",
		       "%s carries the host's addresses and would lose its last uplink",
		       c->target->bridge.s);
}

int kn_preflight_ip(const struct kn_inputs *in, const struct kn_target *target,
		    struct kn_plan *plan, struct kn_error *err)
{
	struct kn_check c = {in, target, plan, err};

	if (check_gateways(&c) < 0)
		return -1;
	/* What follows looks at a bridge that can be made. */
	if (in->faults && in->faults->n)
		return 0;
	if (check_in_use(&c) < 0 || check_defaults(&c) < 0 || kn_preflight_nets(&c) < 0 ||
	    kn_preflight_default(&c) < 0)
		return -1;
	if (check_port_addrs(&c) < 0 || check_last_uplink(&c) < 0 ||
	    kn_preflight_move(in, target, plan, err) < 0)
		return -1;
	return kn_preflight_ssh(&c);
}
