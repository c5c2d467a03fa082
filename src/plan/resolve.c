/* Spec -> target: what is not given is inherited from the uplink, per group and per family
 * (DESIGN, Rulings: Inheriting). Layer: plan, pure. */
#include "plan/ctx.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_MTU	   1500u
#define DEFAULT_FORWARD_CS 1500u /* 15 s: IEEE 802.1D's default */
#define MIN_STP_DELAY_CS   200u	 /* kernel BR_MIN_FORWARD_DELAY */

/* Where the settings that are not given come from. */
struct source {
	struct kn_ipconf ip; /* owned */
	uint32_t mtu;	     /* 0 = says nothing */
	const char *zone;    /* borrowed */
};

static void source_done(struct source *source)
{
	kn_ipconf_done(&source->ip);
}

static int source_from_conf(const struct kn_conf *conf, struct source *ret, struct kn_error *err)
{
	if (conf->groups & KN_GROUP_MTU)
		ret->mtu = conf->mtu;
	ret->zone = conf->groups & KN_GROUP_ZONE ? conf->zone : NULL;
	return kn_ipconf_copy(&ret->ip, &conf->ip, KN_GROUP_IP, err);
}

/* The file that describes the addressing now: the bridge's own if it is made already (a repeated
 * or half-done change), else the uplink's; else the kernel. */
static int find_source(const struct kn_inputs *in, const struct kn_target *target,
		       struct source *ret, struct kn_error *err)
{
	const struct kn_conf *br = kn_confs_get(in->confs, &target->bridge);
	const struct kn_conf *up = kn_confs_get(in->confs, &target->uplink);
	const struct kn_link *link = kn_facts_link(in->facts, &target->uplink);

	if (br && (!up || kn_ipconf_has_no_addr(&up->ip)))
		return source_from_conf(br, ret, err);
	if (up)
		return source_from_conf(up, ret, err);
	if (!in->facts->live)
		return 0;
	if (link && link->mtu != DEFAULT_MTU)
		ret->mtu = link->mtu;
	if (kn_conf_from_live(in->facts, &target->uplink, &ret->ip, err) < 0)
		return -1;
	return kn_conf_from_live(in->facts, &target->bridge, &ret->ip, err);
}

static int merge_addrs(const struct kn_spec *spec, const struct kn_ipconf *from,
		       struct kn_ipconf *to, struct kn_error *err)
{
	for (enum kn_family family = KN_IPV4; family <= KN_IPV6; family++) {
		const struct kn_ipconf *ip = kn_gives_addr(spec, family) ? &spec->ip : from;

		if (family == KN_IPV4) {
			to->dhcp4 = ip->dhcp4;
		} else {
			to->dhcp6 = ip->dhcp6;
			to->slaac = ip->slaac;
		}
		for (size_t i = 0; i < ip->addrs.n; i++)
			if (ip->addrs.v[i].ip.family == family &&
			    kn_cidrs_add(&to->addrs, &ip->addrs.v[i], err) < 0)
				return -1;
	}
	return 0;
}

static void merge_gateway(const struct kn_spec *spec, const struct kn_ipconf *from,
			  struct kn_ipconf *to)
{
	const struct kn_ipconf *ip = &spec->ip;

	/* DHCP and router advertisements bring a gateway of their own. */
	bool own4 = ip->gateway4.family || ip->dhcp4 || spec->none4;
	bool own6 = ip->gateway6.family || ip->dhcp6 || ip->slaac || spec->none6;

	to->gateway4 = own4 ? ip->gateway4 : from->gateway4;
	to->gateway6 = own6 ? ip->gateway6 : from->gateway6;
	to->onlink4 = !own4 && from->onlink4;
	to->has_metric = ip->has_metric || from->has_metric;
	to->metric = ip->has_metric ? ip->metric : from->metric;
	/* A gateway that was asked for is to be used. */
	to->no_defroute = from->no_defroute && !ip->gateway4.family && !ip->gateway6.family;
}

/* A static address in place of a lease: the lease's gateway is in no file, only in the kernel. */
static int keep_lease_gateway(const struct kn_inputs *in, const struct source *source,
			      struct kn_target *target, struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_routes *routes = &in->facts->routes;

	if (!source->ip.dhcp4 || target->ip.dhcp4)
		return 0;
	for (size_t i = 0; i < routes->n && !target->ip.gateway4.family; i++)
		if (routes->v[i].dst.ip.family == KN_IPV4 && kn_route_is_default(&routes->v[i]) &&
		    routes->v[i].table == KN_RT_TABLE_MAIN &&
		    kn_ifname_eq(&routes->v[i].dev, &target->uplink))
			target->ip.gateway4 = routes->v[i].gateway;
	if (target->ip.dns.n)
		return 0;
	return kn_plan_note(
		plan, KN_NOTE_WARNING, err,
		"the name servers came with the DHCP lease, which ends with this change; "
		"give them with --dns");
}

/* All groups of a new bridge: each from the command line or from @source. */
static int merge(const struct kn_spec *spec, const struct source *source, struct kn_target *target,
		 struct kn_error *err)
{
	target->groups = KN_GROUP_IP | spec->given;
	target->inherited = KN_GROUP_ALL & ~spec->given;
	if (merge_addrs(spec, &source->ip, &target->ip, err) < 0)
		return -1;
	merge_gateway(spec, &source->ip, &target->ip);
	const struct kn_ipconf *dns = spec->given & KN_GROUP_DNS ? &spec->ip : &source->ip;
	const struct kn_ipconf *routes = spec->given & KN_GROUP_ROUTES ? &spec->ip : &source->ip;
	if (kn_ipconf_copy(&target->ip, dns, KN_GROUP_DNS, err) < 0)
		return -1;
	return kn_ipconf_copy(&target->ip, routes, KN_GROUP_ROUTES, err);
}

static int set_mtu_zone(const struct kn_spec *spec, const struct source *source,
			struct kn_target *target, struct kn_error *err)
{
	const char *zone = spec->given & KN_GROUP_ZONE ? spec->zone : source->zone;

	target->mtu = spec->given & KN_GROUP_MTU ? spec->mtu : source->mtu;
	if (target->mtu)
		target->groups |= KN_GROUP_MTU;
	if (!zone)
		return 0;
	target->groups |= KN_GROUP_ZONE;
	target->zone = strdup(zone);
	return target->zone ? 0 : kn_fail_nomem(err);
}

/* An address for a bridge without an uplink: locally administered, stable on this machine. */
static void made_up_mac(const struct kn_inputs *in, struct kn_target *target)
{
	uint64_t hash =
		kn_hash64(target->bridge.s, strlen(target->bridge.s)) ^ in->facts->host.seed;

	hash *= 0x9e3779b97f4a7c15u; /* spreads the few differing bits over all bytes */
	for (int i = 1; i < 6; i++)
		target->mac.b[i] = (uint8_t)(hash >> (8 * i));
	target->mac.b[0] = 0x02;
	target->has_mac = in->facts->host.seed != 0;
}

static bool known_mac(const struct kn_conf *conf, struct kn_mac *ret)
{
	if (!conf || (!conf->has_mac && !conf->has_hwaddr))
		return false;
	*ret = conf->has_mac ? conf->mac : conf->hwaddr;
	return true;
}

static int resolve_mac(const struct kn_inputs *in, struct kn_target *target, struct kn_plan *plan,
		       struct kn_error *err)
{
	const struct kn_spec *spec = in->spec;
	const struct kn_link *up = kn_facts_link(in->facts, &target->uplink);
	const struct kn_link *br = kn_facts_link(in->facts, &target->bridge);
	const struct kn_conf *br_conf = kn_confs_get(in->confs, &target->bridge);
	const struct kn_conf *up_conf = kn_confs_get(in->confs, &target->uplink);

	target->has_mac = true;
	if (spec->mac_mode == KN_MAC_GIVEN)
		target->mac = spec->mac;
	else if (spec->mac_mode == KN_MAC_DEFAULT && br_conf && br_conf->has_mac)
		target->mac = br_conf->mac;
	else if (up_conf && up_conf->has_mac)
		target->mac = up_conf->mac;
	else if (up && up->has_mac)
		target->mac = up->mac;
	else if (known_mac(up_conf, &target->mac))
		return 0;
	else if (br && br->has_mac && br->mac_set)
		target->mac = br->mac;
	else
		made_up_mac(in, target);
	if (target->has_mac || br_conf || br)
		return 0;
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "%s gets no fixed MAC address, because %s: it can change when a guest "
			    "starts; give one with --mac",
			    target->bridge.s,
			    kn_ifname_is_set(&target->uplink) ? "the uplink's is not known here"
							      : "it has no uplink to take it from");
}

/* STP needs a forward delay of at least 2 s, and 15 s is the standard's. */
static int resolve_stp(const struct kn_inputs *in, struct kn_target *target, struct kn_error *err)
{
	const struct kn_conf *conf = kn_confs_get(in->confs, &target->bridge);
	const struct kn_link *link = kn_facts_link(in->facts, &target->bridge);
	const struct kn_opts *have = conf ? &conf->opts : link ? &link->opts : NULL;
	uint32_t delay = have ? kn_opts_get(have, KN_BROPT_FORWARD_DELAY, 0) : 0;
	bool stp = kn_opts_get(&target->opts, KN_BROPT_STP,
			       have ? kn_opts_get(have, KN_BROPT_STP, 0) : 0);

	bool touched = kn_opts_has(&target->opts, KN_BROPT_STP) ||
		       kn_opts_has(&target->opts, KN_BROPT_FORWARD_DELAY);
	if (!stp || !touched)
		return 0;
	if (kn_opts_has(&target->opts, KN_BROPT_FORWARD_DELAY)) {
		delay = target->opts.val[KN_BROPT_FORWARD_DELAY];
		if (delay >= MIN_STP_DELAY_CS)
			return 0;
		kn_fail(err, KN_ERR_INPUT, 0,
			"a forward delay under 2 seconds cannot go with STP on %s",
			target->bridge.s);
		return kn_hint(err, "use --forward-delay 2 to 30, or --stp off");
	}
	if (delay < MIN_STP_DELAY_CS)
		kn_opts_set(&target->opts, KN_BROPT_FORWARD_DELAY, DEFAULT_FORWARD_CS);
	return 0;
}

static int resolve_create(const struct kn_inputs *in, struct kn_target *target,
			  struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_spec *spec = in->spec;
	struct source source KN_CLEANUP(source_done) = {0};

	kn_pick_uplink(in, &target->ports, &target->uplink);
	if (find_source(in, target, &source, err) < 0)
		return -1;
	if (spec->no_ip) {
		target->groups = KN_GROUP_IP | spec->given;
		target->inherited = (KN_GROUP_MTU | KN_GROUP_ZONE) & ~spec->given;
	} else if (merge(spec, &source, target, err) < 0 ||
		   keep_lease_gateway(in, &source, target, plan, err) < 0) {
		return -1;
	}
	if (set_mtu_zone(spec, &source, target, err) < 0)
		return -1;
	if (!kn_confs_get(in->confs, &target->bridge) &&
	    !kn_facts_link(in->facts, &target->bridge)) {
		kn_opts_set(&target->opts, KN_BROPT_STP, 0);
		kn_opts_set(&target->opts, KN_BROPT_FORWARD_DELAY, 0);
	}
	kn_opts_merge(&target->opts, &spec->opts);
	if (!kn_opts_has(&spec->opts, KN_BROPT_FORWARD_DELAY) &&
	    kn_opts_get(&target->opts, KN_BROPT_STP, 0))
		target->opts.has &= ~(1u << KN_BROPT_FORWARD_DELAY);
	return resolve_mac(in, target, plan, err);
}

static int resolve_set(const struct kn_inputs *in, struct kn_target *target, struct kn_plan *plan,
		       struct kn_error *err)
{
	const struct kn_spec *spec = in->spec;
	struct source source KN_CLEANUP(source_done) = {0};

	if (kn_bridge_ports(in, &target->bridge, &target->ports, err) < 0)
		return -1;
	kn_pick_uplink(in, &target->ports, &target->uplink);
	if (find_source(in, target, &source, err) < 0)
		return -1;
	if (!spec->no_ip && merge(spec, &source, target, err) < 0)
		return -1;
	target->groups = spec->given | (spec->no_ip ? KN_GROUP_IP : 0);
	target->inherited = 0;
	source.mtu = 0;
	source.zone = NULL;
	if (set_mtu_zone(spec, &source, target, err) < 0)
		return -1;
	target->opts = spec->opts;
	return spec->mac_mode == KN_MAC_DEFAULT ? 0 : resolve_mac(in, target, plan, err);
}

/* What only one side knows the other side gets; where nothing is known, see KN_BOND_MIIMON_MS. */
static void resolve_bond(const struct kn_spec *spec, const struct kn_conf *conf,
			 const struct kn_link *link, struct kn_target *target)
{
	static const enum kn_bond_opt main_opts[] = {KN_BONDOPT_MODE, KN_BONDOPT_MIIMON};
	static const uint32_t defaults[] = {KN_BOND_ACTIVE_BACKUP, KN_BOND_MIIMON_MS};

	if (conf && !link)
		target->bond_opts = conf->bond_opts;
	for (size_t i = 0; !conf && i < sizeof(defaults) / sizeof(*defaults); i++)
		kn_opts_set(&target->bond_opts, main_opts[i],
			    link ? kn_opts_get(&link->bond_opts, main_opts[i], defaults[i])
				 : defaults[i]);
	kn_opts_merge(&target->bond_opts, &spec->bond_opts);
	target->primary = spec->primary;
	if (conf && !link && !kn_ifname_is_set(&spec->primary))
		target->primary = conf->primary;
}

/* Nothing is inherited: what is not said stays as it is, and a new link has none of it. */
static int resolve_link(const struct kn_inputs *in, struct kn_target *target, struct kn_error *err)
{
	const struct kn_spec *spec = in->spec;
	struct source source KN_CLEANUP(source_done) = {0};
	const struct kn_conf *conf = kn_confs_get(in->confs, &target->bridge);
	const struct kn_link *link = kn_facts_link(in->facts, &target->bridge);

	if (find_source(in, target, &source, err) < 0 ||
	    (!spec->no_ip && merge(spec, &source, target, err) < 0))
		return -1;
	target->groups = spec->given | (spec->no_ip || (!conf && !link) ? KN_GROUP_IP : 0);
	target->inherited = 0;
	if (link) {
		source.mtu = 0;
		source.zone = NULL;
	}
	target->has_mac = spec->mac_mode == KN_MAC_GIVEN || (conf && conf->has_mac && !link);
	target->mac = spec->mac_mode == KN_MAC_GIVEN || !conf ? spec->mac : conf->mac;
	target->vlan = spec->vlan;
	target->unsaid6 = !spec->none6 && !spec->no_ip;
	if (spec->verb == KN_BOND_CREATE)
		resolve_bond(spec, conf, link, target);
	return set_mtu_zone(spec, &source, target, err);
}

static int copy_ports(const struct kn_spec *spec, struct kn_target *target, struct kn_error *err)
{
	for (size_t i = 0; i < spec->ports.n; i++)
		if (kn_names_add(&target->ports, &spec->ports.v[i], err) < 0)
			return -1;
	return 0;
}

static int check_bridge_known(const struct kn_inputs *in, struct kn_error *err)
{
	const struct kn_ifname *br = &in->spec->bridge;

	/* By --prune it comes from the files, and its own may be gone. */
	if (in->spec->prune || in->spec->verb == KN_BRIDGE_CREATE ||
	    in->spec->verb == KN_BRIDGE_DELETE || kn_verb_is_link(in->spec->verb) ||
	    in->spec->verb == KN_LINK_DELETE || kn_confs_get(in->confs, br) ||
	    kn_facts_link(in->facts, br))
		return 0;
	kn_fail(err, KN_ERR_INPUT, 0,
		"there is no bridge %s, neither in the kernel nor in the files", br->s);
	return kn_hint(err, "kvmnet bridge list shows those that exist");
}

int kn_resolve(const struct kn_inputs *in, struct kn_target *ret, struct kn_plan *plan,
	       struct kn_error *err)
{
	const struct kn_spec *spec = in->spec;
	int r = 0;

	ret->verb = spec->verb;
	ret->bridge = spec->bridge;
	ret->port_opts = spec->port_opts;
	if (check_bridge_known(in, err) < 0 || copy_ports(spec, ret, err) < 0)
		return -1;
	switch (spec->verb) {
	case KN_BRIDGE_CREATE:
		r = resolve_create(in, ret, plan, err);
		break;
	case KN_BRIDGE_SET:
		r = resolve_set(in, ret, plan, err);
		break;
	case KN_BRIDGE_DELETE:
		r = kn_resolve_delete(in, ret, plan, err);
		break;
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
		r = resolve_link(in, ret, err);
		break;
	case KN_LINK_DELETE: /* nothing takes its addresses over */
		ret->groups = KN_GROUP_IP;
		r = kn_bridge_ports(in, &ret->bridge, &ret->ports, err);
		break;
	case KN_PORT_ADD:
	case KN_PORT_REMOVE:
	case KN_PORT_SET:
	case KN_BOND_RELEASE:
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
	case KN_APPLY:
		break;
	}
	if (r < 0 || resolve_stp(in, ret, err) < 0)
		return -1;
	return in->backend ? kn_resolve_reader(in, ret, plan, err) : 0;
}
