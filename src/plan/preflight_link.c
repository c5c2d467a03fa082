/* Safety rules of bonds and VLANs. Nothing is moved for them, so nothing that is in use may be
 * taken: the kernel puts a port down before a bond has it. Layer: plan, pure. */
#include <stdio.h>
#include <string.h>

#include "plan/ctx.h"

static bool is_bond(const struct kn_check *c)
{
	return c->target->verb == KN_BOND_CREATE;
}

/* ---- the link itself ---- */

static int check_name(const struct kn_check *c)
{
	const struct kn_ifname *name = &c->target->bridge;
	const struct kn_link *link = kn_facts_link(c->in->facts, name);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, name);
	const char *what = is_bond(c) ? "bond" : "VLAN";

	if (link && link->kind != (is_bond(c) ? KN_LINK_BOND : KN_LINK_VLAN)) {
		kn_fail(c->err, KN_ERR_INPUT, 0, "%s exists and is no %s", name->s, what);
		return kn_hint(c->err, "choose another name");
	}
	if (!conf || conf->type == (is_bond(c) ? KN_CONF_BOND : KN_CONF_VLAN))
		return 0;
	kn_fail(c->err, KN_ERR_INPUT, 0, "%s is no %s, says %s", name->s, what, conf->path);
	return kn_hint(c->err, "choose another name, or move the file away");
}

/* What the kernel takes only while a bond has no port, or is down, would cut its users off. Source:
 * kernel bond_options.c: BOND_OPTFLAG_NOSLAVES and BOND_OPTFLAG_IFDOWN. */
static int check_fixed_opts(const struct kn_check *c)
{
	static const enum kn_bond_opt fixed[] = {KN_BONDOPT_MODE, KN_BONDOPT_LACP_RATE};
	const struct kn_link *link = kn_facts_link(c->in->facts, &c->target->bridge);
	char now[16], want[16];

	for (size_t i = 0; link && i < sizeof(fixed) / sizeof(*fixed); i++) {
		const struct kn_opt_info *info = kn_bond_opt_info(fixed[i]);
		uint32_t have = kn_opts_get(&link->bond_opts, fixed[i], 0);

		if (kn_opts_get(&c->target->bond_opts, fixed[i], have) == have)
			continue;
		kn_opt_fmt(info, have, now);
		kn_opt_fmt(info, c->target->bond_opts.val[fixed[i]], want);
		kn_fail(c->err, KN_ERR_REFUSED, 0,
			"%s runs with %s %s: to make it %s, the kernel wants the bond down%s",
			link->name.s, info->name, now, want,
			fixed[i] == KN_BONDOPT_MODE ? " and without ports" : "");
		return kn_hint(c->err, "write the files with --no-live and restart the network "
				       "when nobody depends on it");
	}
	return 0;
}

/* ---- ports ---- */

static int check_kind(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, port);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, port);
	bool is_card = link ? link->has_mac && link->kind != KN_LINK_BRIDGE &&
				       link->kind != KN_LINK_BOND && link->kind != KN_LINK_VLAN
			    : !conf || (conf->type != KN_CONF_BRIDGE &&
					conf->type != KN_CONF_BOND && conf->type != KN_CONF_VLAN);

	if (!link && c->in->facts->live) {
		kn_fail(c->err, KN_ERR_INPUT, 0, "there is no interface %s on this host", port->s);
		return kn_hint(c->err,
			       "ip link shows those that exist; --no-live writes the files only");
	}
	if (kn_ifname_is(port, "lo") || (link && link->kind == KN_LINK_LOOPBACK))
		return kn_rule(c->in, c->plan, "port-is-loopback", c->err, "name a network card",
			       "%s is the loopback interface: it cannot be a port", port->s);
	if (link && link->kind == KN_LINK_WLAN)
		return kn_rule(c->in, c->plan, "port-is-wlan", c->err, "name network cards",
			       "%s is a Wi-Fi station: it cannot be a port of a bond", port->s);
	if (is_card)
		return 0;
	kn_fail(c->err, KN_ERR_INPUT, 0, "%s is no network card: a bond cannot have it as a port",
		port->s);
	return kn_hint(c->err, "bond the cards; VLANs and bridges go on top of the bond");
}

static int check_free(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, port);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, port);
	const struct kn_ifname *bond = &c->target->bridge, *taken = NULL;

	if (link && kn_ifname_is_set(&link->master) && !kn_ifname_eq(&link->master, bond))
		taken = &link->master;
	else if (conf && kn_ifname_is_set(&conf->bridge))
		taken = &conf->bridge;
	else if (conf && kn_ifname_is_set(&conf->master) && !kn_ifname_eq(&conf->master, bond))
		taken = &conf->master;
	if (!taken)
		return 0;
	return kn_rule(c->in, c->plan, "port-taken", c->err, "take the port out of it first",
		       "%s is already a port of %s", port->s, taken->s);
}

static int in_use(const struct kn_check *c, const struct kn_ifname *port, const char *what)
{
	return kn_rule(c->in, c->plan, "bond-port-in-use", c->err,
		       "bond it while nothing uses it (from the console), or write the files with "
		       "--no-live and restart the network then",
		       "%s carries %s, and a port goes down when a bond takes it: whoever uses it "
		       "is cut off",
		       port->s, what);
}

/* Link-local addresses come back by themselves, and so do routes with them. */
static int check_idle(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_facts *facts = c->in->facts;
	char what[KN_CIDR_STRLEN + 48], text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < facts->n_addrs; i++) {
		const struct kn_laddr *addr = &facts->addrs[i];
		bool ssh = facts->has_ssh && kn_ip_eq(&addr->addr.ip, &facts->ssh_local);

		if (!kn_ifname_eq(&addr->dev, port) || kn_ip_is_link_local(&addr->addr.ip))
			continue;
		(void)snprintf(what, sizeof(what), "the address %s%s",
			       kn_cidr_fmt(&addr->addr, text), ssh ? " of this SSH session" : "");
		return in_use(c, port, what);
	}
	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if (!kn_route_uses(route, port) || route->proto == KN_RTPROT_KERNEL)
			continue;
		(void)snprintf(what, sizeof(what), "the route to %s",
			       kn_route_is_default(route) ? "everywhere"
							  : kn_cidr_fmt(&route->dst, text));
		return in_use(c, port, what);
	}
	return 0;
}

/* They would go down with it, and keep their frames from the bond. */
static int check_vlans(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_ifname *vlan = kn_any_vlan_of(c->in, port);
	char what[KN_IFNAME_SIZE + 16];

	if (!vlan)
		return 0;
	if (!c->in->facts->live) {
		kn_fail(c->err, KN_ERR_INPUT, 0,
			"%s has the VLAN %s, which would take its frames away from %s", port->s,
			vlan->s, c->target->bridge.s);
		return kn_hint(c->err, "remove it, and make it a VLAN of %s: link = %s",
			       c->target->bridge.s, c->target->bridge.s);
	}
	(void)snprintf(what, sizeof(what), "the VLAN %s", vlan->s);
	return in_use(c, port, what);
}

static int check_port(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, port);

	if (check_kind(c, port) < 0 || check_free(c, port) < 0)
		return -1;
	if (link && kn_ifname_eq(&link->master, &c->target->bridge))
		return 0;
	if (kn_check_takers(c, port) < 0 || check_vlans(c, port) < 0)
		return -1;
	return kn_check_owner(c, port) < 0 ? -1 : check_idle(c, port);
}

/* The addresses in a file are nobody's link yet, but they are somebody's plan. */
static int note_addrs(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_conf *conf = kn_confs_get(c->in->confs, port);

	if (!c->in->backend || !conf || kn_ifname_eq(&conf->master, &c->target->bridge) ||
	    kn_ipconf_has_no_addr(&conf->ip))
		return 0;
	return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
			    "%s has addresses for %s, which a port of a bond does not get: they "
			    "are taken out of the file, and no other one gets them by itself",
			    conf->path, port->s);
}

static int check_bond(const struct kn_check *c)
{
	for (size_t i = 0; i < c->target->ports.n; i++) {
		const struct kn_ifname *port = &c->target->ports.v[i];

		if ((check_port(c, port) < 0 || note_addrs(c, port) < 0) &&
		    kn_check_port_goes_on(c, port) < 0)
			return -1;
	}
	return check_fixed_opts(c);
}

/* ---- VLANs ---- */

static int check_below(const struct kn_check *c, const struct kn_link *below)
{
	const struct kn_vlan *vlan = &c->target->vlan;
	bool wants_mtu = c->target->groups & KN_GROUP_MTU;

	if (!below) {
		kn_fail(c->err, KN_ERR_INPUT, 0, "there is no interface %s for the VLAN %s",
			vlan->link.s, c->target->bridge.s);
		kn_about(c->err, "link", vlan->link.s);
		return kn_hint(c->err,
			       "ip link shows those that exist; --no-live writes the files only");
	}
	if (below->kind == KN_LINK_LOOPBACK || !below->has_mac)
		return kn_fail(c->err, KN_ERR_INPUT, 0, "%s carries no Ethernet frames, so no VLAN",
			       vlan->link.s);
	if (!wants_mtu || c->target->mtu <= below->mtu)
		return 0;
	kn_fail(c->err, KN_ERR_INPUT, 0, "%s cannot have the MTU %u: that of %s is %u",
		c->target->bridge.s, c->target->mtu, below->name.s, below->mtu);
	return kn_hint(c->err, "give the link below the larger MTU first");
}

/* The kernel makes the first of two: at the next boot that is whichever file is read first. */
static int check_only(const struct kn_check *c)
{
	const struct kn_vlan *want = &c->target->vlan;

	for (size_t i = 0; i < c->in->confs->n; i++) {
		const struct kn_conf *conf = &c->in->confs->v[i];

		if (conf->type != KN_CONF_VLAN || conf->vlan.id != want->id ||
		    !kn_ifname_eq(&conf->vlan.link, &want->link) ||
		    kn_ifname_eq(&conf->name, &c->target->bridge))
			continue;
		kn_fail(c->err, KN_ERR_REFUSED, 0, "VLAN %u of %s is %s already (%s)", want->id,
			want->link.s, conf->name.s, conf->path);
		return kn_hint(c->err, "use %s, or remove it first", conf->name.s);
	}
	return 0;
}

int kn_fail_other_vlan(const struct kn_ifname *name, const struct kn_vlan *now,
		       const struct kn_vlan *want, struct kn_error *err)
{
	kn_fail(err, KN_ERR_REFUSED, 0,
		"%s is VLAN %u of %s, and cannot be changed into VLAN %u of %s while it is there",
		name->s, now->id, kn_ifname_is_set(&now->link) ? now->link.s : "another link",
		want->id, want->link.s);
	return kn_hint(err,
		       "--prune removes only what has no section: apply the file with --prune "
		       "without [vlan %s], then with it; or choose another name",
		       name->s);
}

static int check_vlan(const struct kn_check *c)
{
	const struct kn_vlan *want = &c->target->vlan;
	const struct kn_link *link = kn_facts_link(c->in->facts, &c->target->bridge);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, &c->target->bridge);
	bool moved = link ? link->vlan_id != want->id || !kn_ifname_eq(&link->lower, &want->link)
			  : conf && kn_ifname_is_set(&conf->vlan.link) &&
				     (conf->vlan.id != want->id ||
				      !kn_ifname_eq(&conf->vlan.link, &want->link));

	if (moved) {
		const struct kn_vlan now =
			link ? (struct kn_vlan){link->lower, link->vlan_id} : conf->vlan;

		return kn_fail_other_vlan(&c->target->bridge, &now, want, c->err);
	}
	if (check_only(c) < 0)
		return -1;
	if (c->in->facts->live && check_below(c, kn_facts_link(c->in->facts, &want->link)) < 0)
		return -1;
	return kn_check_vlan_below(c);
}

/* ---- removal ---- */

/* What stands on a link goes with it, whoever made that. */
static int check_top(const struct kn_check *c)
{
	const struct kn_ifname *name = &c->target->bridge, *top = NULL;
	const struct kn_link *link = kn_facts_link(c->in->facts, name);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, name);

	if (link && link->kind != KN_LINK_BOND && link->kind != KN_LINK_VLAN)
		return kn_fail(c->err, KN_ERR_INPUT, 0, "%s is neither a bond nor a VLAN", name->s);
	if (conf && kn_ifname_is_set(&conf->bridge))
		top = &conf->bridge;
	if (link && kn_ifname_is_set(&link->master))
		top = &link->master;
	for (size_t i = 0; !top && i < c->in->confs->n; i++)
		if (kn_ifname_eq(&c->in->confs->v[i].vlan.link, name))
			top = &c->in->confs->v[i].name;
	for (size_t i = 0; !top && i < c->in->facts->n_links; i++)
		if (kn_ifname_eq(&c->in->facts->links[i].lower, name))
			top = &c->in->facts->links[i].name;
	if (!top)
		return 0;
	kn_fail(c->err, KN_ERR_REFUSED, 0, "%s cannot go: %s stands on it", name->s, top->s);
	return kn_hint(c->err, "remove %s first", top->s);
}

int kn_preflight_link(const struct kn_inputs *in, const struct kn_target *target,
		      struct kn_plan *plan, struct kn_error *err)
{
	struct kn_check c = {in, target, plan, err};

	if (target->verb == KN_BOND_RELEASE) {
		if (kn_bond_check_release(&c) < 0)
			return -1;
	} else if (target->verb == KN_LINK_DELETE) {
		if (check_top(&c) < 0 || kn_bond_check_strangers(&c) < 0)
			return -1;
	} else if (check_name(&c) < 0 || (is_bond(&c) ? check_bond(&c) : check_vlan(&c)) < 0) {
		return -1;
	}
	return kn_preflight_ip(in, target, plan, err);
}
