/* Safety rule default-route-outranked: of several default routes only the best one is used, so that
 * a new one can take the host away from those who reach it over another link. Layer: plan, pure. */
#include "plan/ctx.h"

#include <stdio.h>
#include <string.h>

#define BEHIND 100u /* metric that a hint leaves between two routes */

static bool is_ours(const struct kn_target *target, const struct kn_ifname *dev)
{
	return kn_ifname_eq(dev, &target->bridge) || kn_ifname_eq(dev, &target->uplink) ||
	       kn_names_has(&target->ports, dev);
}

static bool uses_ours(const struct kn_target *target, const struct kn_route *route)
{
	if (is_ours(target, &route->dev))
		return true;
	for (size_t i = 0; i < route->n_legs; i++)
		if (is_ours(target, &route->legs[i].dev))
			return true;
	return false;
}

static bool is_default(const struct kn_route *route, enum kn_family family)
{
	return kn_route_is_default(route) && route->dst.ip.family == family &&
	       route->table == KN_RT_TABLE_MAIN && route->type == 1;
}

/* The one that is used: of equal ones the first, in the kernel's order. @ours: look at the target's
 * links only. */
static const struct kn_route *best_of(const struct kn_facts *facts, const struct kn_target *ours,
				      enum kn_family family)
{
	const struct kn_route *best = NULL;

	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if (is_default(route, family) && (!ours || uses_ours(ours, route)) &&
		    (!best || route->metric < best->metric))
			best = route;
	}
	return best;
}

/* IPv6 has no metric 0: it is the kernel's default then. */
static uint32_t metric_of(const struct kn_ipconf *ip, enum kn_family family)
{
	if (family == KN_IPV4)
		return ip->has_metric ? ip->metric : 0;
	return ip->has_metric && ip->metric ? ip->metric : KN_RA_METRIC;
}

static const struct kn_ip *gateway_of(const struct kn_ipconf *ip, enum kn_family family)
{
	return family == KN_IPV4 ? &ip->gateway4 : &ip->gateway6;
}

/* The link that has the IP settings afterwards. */
static const struct kn_ifname *holder(const struct kn_target *target)
{
	return target->verb == KN_BRIDGE_DELETE ? &target->uplink : &target->bridge;
}

/* Does the change say which default route there shall be, or only keep what is there? */
static bool is_told(const struct kn_inputs *in, const struct kn_target *target,
		    enum kn_family family)
{
	const struct kn_ipconf *ip = &in->spec->ip;

	if (target->verb == KN_BRIDGE_DELETE)
		return target->groups & KN_GROUP_GATEWAY;
	return gateway_of(ip, family)->family || ip->has_metric;
}

static bool wants(const struct kn_target *target, enum kn_family family)
{
	return !target->ip.no_defroute && gateway_of(&target->ip, family)->family &&
	       kn_ifname_is_set(holder(target));
}

const struct kn_route *kn_default_outranked(const struct kn_inputs *in,
					    const struct kn_target *target, enum kn_family family)
{
	const struct kn_route *best = best_of(in->facts, NULL, family);
	const struct kn_route *own = best_of(in->facts, target, family);
	uint32_t metric = metric_of(&target->ip, family);

	if (!best || uses_ours(target, best) || !wants(target, family))
		return NULL;
	if (own && (!is_told(in, target, family) ||
		    (own->metric == metric && kn_ifname_eq(&own->dev, holder(target)) &&
		     kn_ip_eq(&own->gateway, gateway_of(&target->ip, family)))))
		return NULL;
	/* A new one comes before those of the same metric (IPv6: beside them). */
	return metric <= best->metric ? best : NULL;
}

static int refuse(const struct kn_check *c, enum kn_family family, const struct kn_ifname *other,
		  const struct kn_ip *via, uint32_t metric)
{
	bool given = gateway_of(&c->in->spec->ip, family)->family;
	char gateway[KN_IP_STRLEN], text[KN_IP_STRLEN + 8] = "", hint[160];

	if (via->family) {
		memcpy(text, " via ", 6);
		kn_ip_fmt(via, text + 5);
	}
	(void)snprintf(hint, sizeof(hint), "%s, or keep it behind the other one with --metric %u",
		       given ? "leave the gateway out"
			     : "take the gateway out of the file it comes from",
		       metric > UINT32_MAX - BEHIND ? metric : metric + BEHIND);
	return kn_rule(c->in, c->plan, "default-route-outranked", c->err, hint,
		       "the default route by %s (via %s) would come before that by %s%s: what "
		       "is reached there now would be cut off",
		       holder(c->target)->s, kn_ip_fmt(gateway_of(&c->target->ip, family), gateway),
		       other->s, text);
}

/* ---- what the files do at the next boot ---- */

/* A default route as a file brings it up. */
struct filed {
	const struct kn_ifname *dev;
	const struct kn_ip *gateway;
	uint32_t metric;
	unsigned int turn; /* of equal ones the last one up replaces the others */
};

/* network-scripts bring up cards, then VLANs, then bridges, each by name. Source: initscripts,
 * network: the loops of start). NetworkManager ranks by kind, in steps of a metric. Source:
 * NetworkManager 1.40, nm-device.c: _get_route_metric_default(). */
static struct filed filed_of(const struct kn_target *target, const struct kn_ifname *dev,
			     enum kn_conf_type type, const struct kn_ipconf *ip,
			     enum kn_family family)
{
	static const uint32_t nm[] = {
		[KN_CONF_UNKNOWN] = 100, [KN_CONF_ETHERNET] = 100, [KN_CONF_BRIDGE] = 425,
		[KN_CONF_BOND] = 300,	 [KN_CONF_VLAN] = 400,	   [KN_CONF_OTHER] = 100};
	struct filed filed = {dev, gateway_of(ip, family), metric_of(ip, family), 0};

	if (target->reader == KN_READER_NM && !ip->has_metric)
		filed.metric = nm[type];
	filed.turn = type == KN_CONF_BRIDGE ? 2 : type == KN_CONF_VLAN ? 1 : 0;
	return filed;
}

static bool is_before(const struct filed *a, const struct filed *b)
{
	if (a->metric != b->metric)
		return a->metric < b->metric;
	return a->turn != b->turn ? a->turn > b->turn : strcmp(a->dev->s, b->dev->s) > 0;
}

static bool brings_default(const struct kn_conf *conf, enum kn_family family)
{
	return conf->onboot != KN_NO && !conf->ip.no_defroute &&
	       gateway_of(&conf->ip, family)->family && !kn_ifname_is_set(&conf->bridge) &&
	       !kn_ifname_is_set(&conf->master);
}

/* The one among the files that is used after a boot. Return: there is one. */
static bool best_filed(const struct kn_check *c, enum kn_family family, struct filed *ret)
{
	bool found = false;

	for (size_t i = 0; i < c->in->confs->n; i++) {
		const struct kn_conf *conf = &c->in->confs->v[i];
		struct filed filed =
			filed_of(c->target, &conf->name, conf->type, &conf->ip, family);

		if (!brings_default(conf, family) || (found && !is_before(&filed, ret)))
			continue;
		*ret = filed;
		found = true;
	}
	return found;
}

static enum kn_conf_type type_then(const struct kn_check *c)
{
	const struct kn_conf *conf = kn_confs_get(c->in->confs, holder(c->target));

	if (c->target->verb == KN_BOND_CREATE)
		return KN_CONF_BOND;
	if (c->target->verb == KN_VLAN_CREATE)
		return KN_CONF_VLAN;
	if (c->target->verb == KN_BRIDGE_DELETE)
		return conf ? conf->type : KN_CONF_ETHERNET;
	return KN_CONF_BRIDGE;
}

/* A running host is judged by its kernel; what differs at the next boot is told. */
static int check_files(const struct kn_check *c, enum kn_family family)
{
	struct filed best,
		own = filed_of(c->target, holder(c->target), type_then(c), &c->target->ip, family);
	bool live = c->in->facts->live;
	char ip[KN_IP_STRLEN];

	if (!c->in->backend || !wants(c->target, family) || !best_filed(c, family, &best) ||
	    is_ours(c->target, best.dev) || !is_before(&own, &best))
		return 0;
	if (!live)
		return refuse(c, family, best.dev, best.gateway, best.metric);
	if (kn_default_outranked(c->in, c->target, family))
		return 0;
	return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
			    "at the next boot the default route is that by %s, not that by %s (via "
			    "%s), whose file has a gateway, too",
			    own.dev->s, best.dev->s, kn_ip_fmt(best.gateway, ip));
}

/* ---- all ---- */

/* What a lease brings is not known before. */
static int note_lease(const struct kn_check *c)
{
	const struct kn_route *best = best_of(c->in->facts, NULL, KN_IPV4);

	if (!c->in->spec->ip.dhcp4 || !best || uses_ours(c->target, best) ||
	    c->target->ip.no_defroute || best_of(c->in->facts, c->target, KN_IPV4) ||
	    metric_of(&c->target->ip, KN_IPV4) > best->metric)
		return 0;
	return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
			    "a lease on %s may bring a default route that comes before that by %s; "
			    "--metric %u keeps it behind",
			    holder(c->target)->s, best->dev.s, best->metric + BEHIND);
}

int kn_preflight_default(const struct kn_check *c)
{
	for (enum kn_family family = KN_IPV4; family <= KN_IPV6; family++) {
		const struct kn_route *other = kn_default_outranked(c->in, c->target, family);

		if (other && refuse(c, family, &other->dev, &other->gateway, other->metric) < 0)
			return -1;
		if (check_files(c, family) < 0)
			return -1;
	}
	return note_lease(c);
}

/* ---- what has to be read for it ---- */

static bool file_has_gateway(const struct kn_confs *confs, const struct kn_ifname *name,
			     enum kn_family family)
{
	const struct kn_conf *conf = kn_confs_get(confs, name);

	return conf && !conf->ip.no_defroute && gateway_of(&conf->ip, family)->family;
}

static bool names_gateway(const struct kn_spec *part, const struct kn_confs *confs,
			  enum kn_family family)
{
	if (part->no_ip)
		return false;
	if (gateway_of(&part->ip, family)->family || part->ip.has_metric ||
	    (family == KN_IPV4 && part->ip.dhcp4) || file_has_gateway(confs, &part->bridge, family))
		return true;
	for (size_t i = 0; i < part->ports.n; i++)
		if (file_has_gateway(confs, &part->ports.v[i], family))
			return true;
	return false;
}

/* Does the change leave the best default route where it is, on a link of its own? The usual case:
 * nobody else's have to be looked at. */
static bool has_the_best(const struct kn_spec *part, const struct kn_facts *facts,
			 enum kn_family family)
{
	uint32_t wanted = metric_of(&part->ip, family);

	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];
		const struct kn_link *link = kn_facts_link(facts, &route->dev);

		if (is_default(route, family) && route->metric <= wanted &&
		    (kn_ifname_eq(&route->dev, &part->bridge) ||
		     kn_names_has(&part->ports, &route->dev) ||
		     (link && kn_ifname_eq(&link->master, &part->bridge))))
			return true;
	}
	return false;
}

bool kn_planner_needs_rivals(const struct kn_spec *spec, const struct kn_confs *confs,
			     const struct kn_facts *facts)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t i = 0; i < n; i++)
		for (enum kn_family family = KN_IPV4; family <= KN_IPV6; family++)
			if (names_gateway(&parts[i], confs, family) &&
			    !has_the_best(&parts[i], facts, family))
				return true;
	return false;
}
