/* Which ports a bridge has, and which of them is the uplink.
 * Layer: plan, pure. */
#include "plan/ctx.h"

static bool has_default_route(const struct kn_inputs *in, const struct kn_ifname *port)
{
	const struct kn_facts *facts = in->facts;
	const struct kn_conf *conf = kn_confs_get(in->confs, port);

	for (size_t i = 0; i < facts->routes.n; i++)
		if (kn_route_is_default(&facts->routes.v[i]) &&
		    kn_ifname_eq(&facts->routes.v[i].dev, port))
			return true;
	if (facts->live || !conf || conf->ip.no_defroute)
		return false;
	return conf->ip.dhcp4 || conf->ip.gateway4.family || conf->ip.gateway6.family;
}

void kn_pick_uplink(const struct kn_inputs *in, const struct kn_names *ports, struct kn_ifname *ret)
{
	*ret = (struct kn_ifname){0};
	for (size_t i = 0; i < ports->n; i++)
		if (has_default_route(in, &ports->v[i])) {
			*ret = ports->v[i];
			return;
		}
	for (size_t i = 0; i < ports->n; i++)
		if (kn_is_uplink_kind(in, &ports->v[i])) {
			*ret = ports->v[i];
			return;
		}
	if (ports->n)
		*ret = ports->v[0];
}

int kn_bridge_ports(const struct kn_inputs *in, const struct kn_ifname *bridge,
		    struct kn_names *ret, struct kn_error *err)
{
	for (size_t i = 0; i < in->confs->n; i++) {
		const struct kn_conf *conf = &in->confs->v[i];

		if ((kn_ifname_eq(&conf->bridge, bridge) || kn_ifname_eq(&conf->master, bridge)) &&
		    !kn_names_has(ret, &conf->name) && kn_names_add(ret, &conf->name, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < in->facts->n_links; i++) {
		const struct kn_link *link = &in->facts->links[i];

		if (kn_ifname_eq(&link->master, bridge) && !kn_names_has(ret, &link->name) &&
		    kn_names_add(ret, &link->name, err) < 0)
			return -1;
	}
	return 0;
}

bool kn_is_uplink_kind(const struct kn_inputs *in, const struct kn_ifname *name)
{
	const struct kn_link *link = kn_facts_link(in->facts, name);
	const struct kn_conf *conf = kn_confs_get(in->confs, name);

	if (link)
		return link->kind == KN_LINK_PHYSICAL || link->kind == KN_LINK_BOND ||
		       link->kind == KN_LINK_TEAM || link->kind == KN_LINK_VLAN;
	return conf && (conf->type == KN_CONF_ETHERNET || conf->type == KN_CONF_BOND ||
			conf->type == KN_CONF_VLAN);
}

bool kn_gives_addr(const struct kn_spec *spec, enum kn_family family)
{
	const struct kn_ipconf *ip = &spec->ip;

	if (family == KN_IPV4 ? spec->none4 : spec->none6)
		return true;
	if (family == KN_IPV4 ? ip->dhcp4 : ip->dhcp6 || ip->slaac)
		return true;
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (ip->addrs.v[i].ip.family == family)
			return true;
	return false;
}
