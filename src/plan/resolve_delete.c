/* What a deleted bridge gives back, and to whom. And the kernel's state as a configuration.
 * Layer: plan, pure. */
#include "plan/ctx.h"

static int add_route_conf(const struct kn_route *route, struct kn_ipconf *ret, struct kn_error *err)
{
	if (!kn_route_is_default(route))
		return kn_routes_add(&ret->routes, route, err);
	if (route->dst.ip.family == KN_IPV4) {
		ret->gateway4 = route->gateway;
		ret->onlink4 = route->onlink;
	} else {
		ret->gateway6 = route->gateway;
	}
	/* 1024 is what the kernel gives an IPv6 route without a metric (IP6_RT_PRIO_USER). */
	if (route->has_metric && route->metric && route->metric != 1024) {
		ret->has_metric = true;
		ret->metric = route->metric;
	}
	return 0;
}

int kn_conf_from_live(const struct kn_facts *facts, const struct kn_ifname *dev,
		      struct kn_ipconf *ret, struct kn_error *err)
{
	for (size_t i = 0; i < facts->n_addrs; i++) {
		const struct kn_laddr *addr = &facts->addrs[i];

		if (!kn_ifname_eq(&addr->dev, dev) || kn_ip_is_link_local(&addr->addr.ip))
			continue;
		if (addr->valid_s != KN_LIFETIME_FOREVER && addr->addr.ip.family == KN_IPV4)
			ret->dhcp4 = true;
		else if (addr->valid_s != KN_LIFETIME_FOREVER)
			ret->slaac = true;
		else if (kn_cidrs_add(&ret->addrs, &addr->addr, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];
		bool dynamic = route->proto == KN_RTPROT_RA || route->proto == KN_RTPROT_KERNEL ||
			       (ret->dhcp4 && route->dst.ip.family == KN_IPV4 &&
				kn_route_is_default(route));

		if (kn_ifname_eq(&route->dev, dev) && route->table == KN_RT_TABLE_MAIN &&
		    !dynamic && add_route_conf(route, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* Somebody edited the file since: its keys move back one by one, the original does not return. */
static bool comes_back(const struct kn_inputs *in, const struct kn_origin *origin)
{
	const struct kn_file *file = kn_tree_get(in->tree, origin->path);

	if (!file)
		return !origin->written_present;
	return origin->written_present && kn_hash64(file->data, file->len) == origin->written_hash;
}

int kn_origin_confs(const struct kn_inputs *in, const struct kn_ifname *bridge,
		    struct kn_confs *ret, struct kn_error *err)
{
	struct kn_tree tree KN_CLEANUP(kn_tree_done) = {0};

	if (!in->backend)
		return 0;
	for (size_t i = 0; i < in->origins->n; i++) {
		const struct kn_origin *origin = &in->origins->v[i];

		if (kn_ifname_eq(&origin->bridge, bridge) && origin->was_present &&
		    comes_back(in, origin) &&
		    kn_tree_set(&tree, origin->path, origin->data, origin->len, err) < 0)
			return -1;
	}
	return in->backend->read(&tree, &in->facts->host, ret, err);
}

static bool same_addrs(const struct kn_ipconf *a, const struct kn_ipconf *b)
{
	if (a->dhcp4 != b->dhcp4 || a->addrs.n != b->addrs.n)
		return false;
	for (size_t i = 0; i < a->addrs.n; i++) {
		bool found = false;

		for (size_t k = 0; k < b->addrs.n && !found; k++)
			found = kn_cidr_eq(&a->addrs.v[i], &b->addrs.v[k]);
		if (!found)
			return false;
	}
	return true;
}

static bool same_gateway(const struct kn_ipconf *a, const struct kn_ipconf *b)
{
	return kn_ip_eq(&a->gateway4, &b->gateway4) && kn_ip_eq(&a->gateway6, &b->gateway6) &&
	       a->has_metric == b->has_metric && a->metric == b->metric;
}

/* A guest's port on the bridge takes nothing over: whoever makes it also removes it, and it leads
 * to the guest. A card of a kind that is no network card's is one where a file configures it. */
static bool can_receive(const struct kn_inputs *in, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(in->facts, port);

	if (!link || kn_is_uplink_kind(in, port))
		return true;
	return link->kind != KN_LINK_TUN && (!in->backend || kn_confs_get(in->confs, port));
}

/* The port whose original carried the addressing; else as for a new bridge. */
static int pick_receiver(const struct kn_inputs *in, const struct kn_confs *origins,
			 struct kn_target *target, struct kn_error *err)
{
	struct kn_names ports KN_CLEANUP(kn_names_done) = {0};

	for (size_t i = 0; i < origins->n; i++)
		if (kn_names_has(&target->ports, &origins->v[i].name) &&
		    !kn_ipconf_has_no_addr(&origins->v[i].ip)) {
			target->uplink = origins->v[i].name;
			return 0;
		}
	for (size_t i = 0; i < target->ports.n; i++)
		if (can_receive(in, &target->ports.v[i]) &&
		    kn_names_add(&ports, &target->ports.v[i], err) < 0)
			return -1;
	kn_pick_uplink(in, &ports, &target->uplink);
	return 0;
}

static bool has_route(const struct kn_routes *list, const struct kn_route *route)
{
	for (size_t i = 0; i < list->n; i++)
		if (kn_route_same(&list->v[i], route) &&
		    kn_ip_eq(&list->v[i].gateway, &route->gateway))
			return true;
	return false;
}

/* The bridge's file has routes that the port's original had not, or the other way round: the kernel
 * follows the files. What is in no file is not known to be anybody's, and moves. */
static int give_back_routes(const struct kn_conf *origin, const struct kn_conf *br,
			    struct kn_target *target, struct kn_error *err)
{
	const struct kn_routes *old = &origin->ip.routes, *now = &br->ip.routes;

	for (size_t i = 0; i < now->n; i++)
		if (!has_route(old, &now->v[i]) &&
		    kn_routes_add(&target->own_routes, &now->v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < old->n; i++)
		if (!has_route(now, &old->v[i]) &&
		    kn_routes_add(&target->ip.routes, &old->v[i], err) < 0)
			return -1;
	return 0;
}

static int give_back_original(const struct kn_inputs *in, const struct kn_conf *origin,
			      struct kn_target *target, struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_conf *br = kn_confs_get(in->confs, &target->bridge);
	bool addrs = br && !same_addrs(&origin->ip, &br->ip);

	if (br && give_back_routes(origin, br, target, err) < 0)
		return -1;
	if (!addrs && (!br || same_gateway(&origin->ip, &br->ip)))
		return 0;
	target->groups = addrs ? KN_GROUP_ADDR | KN_GROUP_GATEWAY : KN_GROUP_GATEWAY;
	if (kn_ipconf_copy(&target->ip, &origin->ip, target->groups, err) < 0)
		return -1;
	/* No metric in the original means the kernel's own, not "any". */
	target->ip.has_metric |= br->ip.has_metric;
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "%s gets back the %s it had before %s was made, not %s that %s has now",
			    target->uplink.s, addrs ? "addresses" : "gateway and metric",
			    target->bridge.s, addrs ? "those" : "the ones", target->bridge.s);
}

/* Whoever works over the bridge's address stays connected; but a file that kvmnet made goes, and
 * whether the port had the address before, in the kernel alone, is not recorded. */
static int tell_unwritten(const struct kn_inputs *in, const struct kn_target *target,
			  struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_conf *conf = kn_confs_get(in->confs, &target->uplink);
	const struct kn_origin *record = conf ? kn_origins_get(in->origins, conf->path) : NULL;
	struct kn_ipconf live = {0};
	int r;

	if (!in->facts->live || !record || record->was_present || !comes_back(in, record))
		return 0;
	r = kn_conf_from_live(in->facts, &target->bridge, &live, err);
	if (r == 0 && !kn_ipconf_has_no_addr(&live))
		r = kn_plan_note(
			plan, KN_NOTE_WARNING, err,
			"%s takes over the addresses of %s in the kernel, so that nobody is "
			"cut off, but it had no file before and gets none: they are gone "
			"after the next start of the network",
			target->uplink.s, target->bridge.s);
	kn_ipconf_done(&live);
	return r;
}

int kn_resolve_delete(const struct kn_inputs *in, struct kn_target *target, struct kn_plan *plan,
		      struct kn_error *err)
{
	struct kn_confs origins KN_CLEANUP(kn_confs_done) = {0};

	if (kn_bridge_ports(in, &target->bridge, &target->ports, err) < 0 ||
	    kn_origin_confs(in, &target->bridge, &origins, err) < 0 ||
	    pick_receiver(in, &origins, target, err) < 0)
		return -1;
	const struct kn_conf *origin = kn_confs_get(&origins, &target->uplink);
	return origin ? give_back_original(in, origin, target, plan, err)
		      : tell_unwritten(in, target, plan, err);
}
