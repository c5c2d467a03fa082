/* Safety rules about links: what must never happen to a production host. Each rule has a name
 * and can be overridden with --force=NAME. Layer: plan, pure. */
#include <stdio.h>

#include "plan/ctx.h"

int kn_rule(const struct kn_inputs *in, struct kn_plan *plan, const char *rule,
	    struct kn_error *err, const char *hint, const char *fmt, ...)
{
	char text[sizeof(err->message)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (kn_spec_forces(in->spec, rule))
		return kn_plan_note(plan, KN_NOTE_WARNING, err, "%s (rule %s, overridden)", text,
				    rule);
	kn_refuse(err, rule, "%s", text);
	return kn_hint(err, "%s", hint);
}

int kn_check_goes_on(const struct kn_check *c)
{
	return kn_errors_take(c->in->faults, c->err);
}

int kn_check_port_goes_on(const struct kn_check *c, const struct kn_ifname *port)
{
	if (!c->err->field[0])
		kn_about(c->err, "port", port->s);
	return kn_check_goes_on(c);
}

int kn_check_owner(const struct kn_check *c, const struct kn_ifname *port)
{
	enum kn_owner owner = kn_facts_owner(c->in->facts, port);

	if (owner == KN_OWNER_NONE || !c->in->facts->live)
		return 0;
	return kn_rule(c->in, c->plan, "managed-uplink", c->err,
		       "let it go there first (nmcli device set IF managed no, or an Unmanaged= "
		       "line), or write the files only with --no-live",
		       "%s is run by %s, which would take it back", port->s,
		       owner == KN_OWNER_NM ? "NetworkManager" : "systemd-networkd");
}

static int check_exists(const struct kn_check *c, const struct kn_ifname *port)
{
	if (!c->in->facts->live || kn_facts_link(c->in->facts, port))
		return 0;
	kn_fail(c->err, KN_ERR_INPUT, 0, "there is no interface %s on this host", port->s);
	return kn_hint(c->err, "ip link shows those that exist; --no-live writes the files only");
}

static int check_free(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, port);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, port);
	const char *taken = NULL;

	if (link && kn_ifname_is_set(&link->master) &&
	    !kn_ifname_eq(&link->master, &c->target->bridge))
		taken = link->master.s;
	else if (conf && kn_ifname_is_set(&conf->bridge) &&
		 !kn_ifname_eq(&conf->bridge, &c->target->bridge))
		taken = conf->bridge.s;
	else if (conf && kn_ifname_is_set(&conf->master))
		taken = conf->master.s;
	if (!taken)
		return 0;
	return kn_rule(c->in, c->plan, "port-taken", c->err,
		       "bridge that device instead, or take the port out of it first",
		       "%s is already a port of %s", port->s, taken);
}

static int check_kind(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, port);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, port);
	enum kn_link_kind kind = link ? link->kind : KN_LINK_OTHER;
	int mode = link ? link->bond_mode : conf ? conf->bond_mode : -1;

	if (link && !link->has_mac && kind != KN_LINK_LOOPBACK) {
		kn_fail(c->err, KN_ERR_INPUT, 0,
			"%s has no Ethernet address: it carries no frames that a bridge could pass "
			"on",
			port->s);
		return kn_hint(c->err, "a tap (mode tap) can be a port, a tun cannot");
	}
	if (kn_ifname_is(port, "lo") || kind == KN_LINK_LOOPBACK)
		return kn_rule(c->in, c->plan, "port-is-loopback", c->err, "name a network card",
			       "%s is the loopback interface: it cannot be a port", port->s);
	if (kind == KN_LINK_BRIDGE || (conf && conf->type == KN_CONF_BRIDGE))
		return kn_rule(
			c->in, c->plan, "port-is-bridge", c->err, "name the network card under it",
			"%s is a bridge itself: a bridge cannot be a port of a bridge", port->s);
	if (kind == KN_LINK_WLAN)
		return kn_rule(c->in, c->plan, "port-is-wlan", c->err,
			       "use a NAT or routed network for guests behind Wi-Fi",
			       "%s is a Wi-Fi station: an access point drops the guests' frames",
			       port->s);
	if (mode == 5 || mode == 6)
		return kn_rule(c->in, c->plan, "bond-mode", c->err,
			       "use bond mode 1 or 4 under a bridge",
			       "%s is a bond in mode %d, which rewrites MAC addresses: guests "
			       "behind it lose packets",
			       port->s, mode);
	return 0;
}

static bool stp_will_be_on(const struct kn_check *c)
{
	const struct kn_link *br = kn_facts_link(c->in->facts, &c->target->bridge);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, &c->target->bridge);
	uint32_t now = br     ? kn_opts_get(&br->opts, KN_BROPT_STP, 0)
		       : conf ? kn_opts_get(&conf->opts, KN_BROPT_STP, 0)
			      : 0;

	return kn_opts_get(&c->target->opts, KN_BROPT_STP, now);
}

static int check_single_uplink(const struct kn_check *c)
{
	struct kn_names ports KN_CLEANUP(kn_names_done) = {0};
	const char *first = NULL;

	if (kn_bridge_ports(c->in, &c->target->bridge, &ports, c->err) < 0)
		return -1;
	for (size_t i = 0; i < c->target->ports.n; i++)
		if (!kn_names_has(&ports, &c->target->ports.v[i]) &&
		    kn_names_add(&ports, &c->target->ports.v[i], c->err) < 0)
			return -1;
	for (size_t i = 0; i < ports.n; i++) {
		if (!kn_is_uplink_kind(c->in, &ports.v[i]))
			continue;
		if (first && !stp_will_be_on(c))
			return kn_rule(
				c->in, c->plan, "second-uplink", c->err,
				"bond the two (and bridge the bond), or use --stp on",
				"%s and %s would both be uplinks of %s with STP off: that is "
				"a loop when they meet in one switch",
				first, ports.v[i].s, c->target->bridge.s);
		first = ports.v[i].s;
	}
	return 0;
}

/* Ports that neither the files nor the uplink rule explain: guests' taps and the like. */
static int check_foreign_ports(const struct kn_check *c)
{
	const struct kn_facts *facts = c->in->facts;

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *link = &facts->links[i];
		const struct kn_conf *conf = kn_confs_get(c->in->confs, &link->name);
		bool ours = conf && kn_ifname_eq(&conf->bridge, &c->target->bridge);

		if (!kn_ifname_eq(&link->master, &c->target->bridge) || ours ||
		    kn_is_uplink_kind(c->in, &link->name) ||
		    kn_ifname_eq(&link->name, &c->target->uplink))
			continue;
		return kn_rule(
			c->in, c->plan, "foreign-ports", c->err,
			"stop the guests (or detach their interfaces) first",
			"%s still has ports that kvmnet did not put there (%s): their guests "
			"would lose the network",
			c->target->bridge.s, link->name.s);
	}
	return 0;
}

static int check_uppers(const struct kn_check *c)
{
	return kn_check_uppers(c->in, &c->target->bridge, NULL, c->plan, c->err);
}

static int check_bridge_name(const struct kn_check *c)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, &c->target->bridge);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, &c->target->bridge);

	if (link && link->kind != KN_LINK_BRIDGE) {
		kn_fail(c->err, KN_ERR_INPUT, 0, "%s exists and is no bridge", c->target->bridge.s);
		if (c->target->verb == KN_BRIDGE_CREATE)
			return kn_hint(c->err, "choose another name");
		return kn_hint(c->err,
			       "kvmnet bridge list shows the bridges; kvmnet bridge create br0 "
			       "--port %s makes one over it",
			       link->name.s);
	}
	if (conf && conf->type != KN_CONF_BRIDGE && c->target->verb != KN_BRIDGE_CREATE) {
		kn_fail(c->err, KN_ERR_INPUT, 0, "%s is no bridge, says %s", c->target->bridge.s,
			conf->path);
		return kn_hint(c->err, "kvmnet bridge list shows the bridges");
	}
	for (size_t i = 0; i < c->target->ports.n; i++)
		if (kn_ifname_eq(&c->target->ports.v[i], &c->target->bridge))
			return kn_fail(c->err, KN_ERR_INPUT, 0, "%s cannot be a port of itself",
				       c->target->bridge.s);
	return 0;
}

/* Names that are scripts of RHEL 7 and older plus digits: ifup would run the wrong script.
 * Source: initscripts 9.49, ifup: the DEVICETYPE part. */
static const char *const script_names[] = {"tunnel",  "post", "ppp",   "wireless", "eth",  "sit",
					   "ippp",    "plip", "plusb", "bnep",	   "isdn", "routes",
					   "aliases", "ib",   "Team",  "TeamPort"};

static int check_script_name(const struct kn_check *c)
{
	const char *name = c->target->bridge.s;
	size_t stem = 0;

	if (c->target->verb != KN_BRIDGE_CREATE || c->target->reader != KN_READER_SCRIPTS_7)
		return 0;
	while ((name[stem] | 0x20) >= 'a' && (name[stem] | 0x20) <= 'z')
		stem++;
	for (size_t i = 0; i < sizeof(script_names) / sizeof(*script_names); i++) {
		const char *p = script_names[i];
		size_t k = 0;

		while (p[k] && k < stem && p[k] == name[k])
			k++;
		if (p[k] || k != stem || name[stem] < '0' || name[stem] > '9')
			continue;
		return kn_rule(c->in, c->plan, "name-reserved", c->err, "choose a name like br0",
			       "network-scripts would run ifup-%s for a bridge named %s", p, name);
	}
	return 0;
}

static int check_tops(const struct kn_check *c, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, port);
	const struct kn_conf *conf = kn_confs_get(c->in->confs, port);
	const struct kn_ifname *now = link ? &link->master : conf ? &conf->bridge : NULL;

	if (now && kn_ifname_eq(now, &c->target->bridge))
		return 0;
	return kn_check_takers(c, port) < 0 ? -1 : kn_check_vlans_of_port(c, port);
}

static int check_ports(const struct kn_check *c)
{
	bool joins = c->target->verb == KN_BRIDGE_CREATE || c->target->verb == KN_PORT_ADD;

	for (size_t i = 0; i < c->target->ports.n; i++) {
		const struct kn_ifname *port = &c->target->ports.v[i];

		if (joins &&
		    (check_exists(c, port) < 0 || check_kind(c, port) < 0 ||
		     check_free(c, port) < 0 || check_tops(c, port) < 0) &&
		    kn_check_port_goes_on(c, port) < 0)
			return -1;
		if (c->target->verb != KN_PORT_SET && c->target->verb != KN_BRIDGE_SET &&
		    kn_check_owner(c, port) < 0 && kn_check_port_goes_on(c, port) < 0)
			return -1;
	}
	if (!joins || !c->target->ports.n || check_single_uplink(c) == 0)
		return 0;
	kn_about(c->err, "port", "");
	return kn_check_goes_on(c);
}

/* port set: the port must be one. */
static int check_is_port(const struct kn_check *c)
{
	for (size_t i = 0; i < c->target->ports.n; i++) {
		const struct kn_ifname *port = &c->target->ports.v[i];
		const struct kn_link *link = kn_facts_link(c->in->facts, port);
		const struct kn_conf *conf = kn_confs_get(c->in->confs, port);
		const struct kn_ifname *br = &c->target->bridge;

		if ((link && kn_ifname_eq(&link->master, br)) ||
		    (conf && kn_ifname_eq(&conf->bridge, br)))
			continue;
		kn_fail(c->err, KN_ERR_INPUT, 0, "%s is no port of %s", port->s, br->s);
		return kn_hint(c->err, "kvmnet bridge show %s lists its ports", br->s);
	}
	return 0;
}

int kn_preflight(const struct kn_inputs *in, const struct kn_target *target, struct kn_plan *plan,
		 struct kn_error *err)
{
	struct kn_check c = {in, target, plan, err};

	if (kn_verb_is_link(target->verb) || target->verb == KN_LINK_DELETE ||
	    target->verb == KN_BOND_RELEASE)
		return kn_preflight_link(in, target, plan, err);
	if ((check_bridge_name(&c) < 0 || check_script_name(&c) < 0) && kn_check_goes_on(&c) < 0)
		return -1;
	if (target->verb == KN_PORT_SET && check_is_port(&c) < 0 && kn_check_goes_on(&c) < 0)
		return -1;
	if (check_ports(&c) < 0)
		return -1;
	if (target->verb == KN_BRIDGE_DELETE &&
	    (check_foreign_ports(&c) < 0 || check_uppers(&c) < 0 || kn_net_check_delete(&c) < 0))
		return -1;
	return kn_preflight_ip(in, target, plan, err);
}
