/* The doctor's rules about bridges, their ports and their cables. Layer: plan, pure. */
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "plan/doctor.h"

/* What is counted over a bridge's ports. */
struct ports {
	size_t n, uplinks;
	struct kn_buf uplink_names;
	const char *last_uplink;
	bool has_mac, mac_is_uplinks; /* some uplink has a MAC; one has the bridge's */
};

static bool opt_on(const struct kn_topo_node *bridge, enum kn_bridge_opt opt)
{
	return kn_opts_get(&bridge->link->opts, opt, 0) != 0;
}

/* ---- ports ---- */

static void check_cable(struct kn_doctor *d, const struct kn_topo_node *bridge,
			const struct kn_topo_node *port)
{
	const struct kn_link *link = port->link;

	if (link->flags & IFF_RUNNING)
		return;
	if (opt_on(bridge, KN_BROPT_STP))
		kn_doctor_found(d, KN_CHECK_BPDU_GUARD, bridge->name.s, port->name.s);
	else
		kn_doctor_found(d, KN_CHECK_NO_CARRIER, port->name.s, bridge->name.s);
}

/* --static replaces: the bridge's own addresses have to be named again. */
static void fix_port_addr(struct kn_doctor *d, const struct kn_topo_node *bridge,
			  enum kn_family family)
{
	const struct kn_ipconf *ip = bridge->conf ? &bridge->conf->ip : NULL;
	struct kn_buf fix KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char text[KN_CIDR_STRLEN];

	if (!ip || ip->dhcp4 || ip->dhcp6 || ip->slaac || family != KN_IPV4)
		return;
	kn_buf_puts(&fix, "ip address del {d} dev {o}; if it is needed: kvmnet bridge set BR");
	for (size_t i = 0; i < ip->addrs.n; i++)
		kn_buf_printf(&fix, " --static %s", kn_cidr_fmt(&ip->addrs.v[i], text));
	kn_buf_puts(&fix, " --static {d}");
	kn_doctor_fix(d, &fix);
}

static void found_port_addr(struct kn_doctor *d, const struct kn_topo_node *bridge,
			    const struct kn_topo_node *port, const struct kn_cidr *addr)
{
	char text[KN_CIDR_STRLEN];

	kn_doctor_found(d, KN_CHECK_PORT_ADDR, port->name.s, kn_cidr_fmt(addr, text));
	fix_port_addr(d, bridge, addr->ip.family);
	kn_doctor_fix_word(d, "BR", bridge->name.s);
}

/* Addresses of a port: of others' use is an error, an own IPv6 one a nuisance. */
static void check_port_addrs(struct kn_doctor *d, const struct kn_topo_node *bridge,
			     const struct kn_topo_node *port)
{
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < port->n_addrs; i++) {
		const struct kn_cidr *addr = &port->addrs[i]->addr;

		if (!kn_ip_is_link_local(&addr->ip))
			found_port_addr(d, bridge, port, addr);
		else if (addr->ip.family == KN_IPV6 && port->uplink)
			kn_doctor_found(d, KN_CHECK_PORT_V6, port->name.s, kn_cidr_fmt(addr, text));
	}
}

static void check_port(struct kn_doctor *d, const struct kn_topo_node *bridge,
		       const struct kn_topo_node *port)
{
	const struct kn_link *link = port->link;
	char mode[8], mtu[16];

	if (link->mtu < bridge->link->mtu) {
		kn_doctor_found(d, KN_CHECK_MTU_MIX, bridge->name.s, port->name.s);
		(void)snprintf(mtu, sizeof(mtu), "%u", link->mtu);
		kn_doctor_fix_word(d, "N", mtu);
		(void)snprintf(mtu, sizeof(mtu), "%u", bridge->link->mtu);
		kn_doctor_fix_word(d, "M", mtu);
	}
	if (link->kind == KN_LINK_WLAN)
		kn_doctor_found(d, KN_CHECK_WLAN_PORT, port->name.s, bridge->name.s);
	/* Source: kernel Documentation/networking/bonding.rst: balance-tlb 5, balance-alb 6. */
	if (link->kind == KN_LINK_BOND && (link->bond_mode == 5 || link->bond_mode == 6)) {
		(void)snprintf(mode, sizeof(mode), "%d", link->bond_mode);
		kn_doctor_found(d, KN_CHECK_BOND_MODE, port->name.s, mode);
	}
	check_port_addrs(d, bridge, port);
	if (port->uplink)
		check_cable(d, bridge, port);
}

/* Two VLANs of one cable make no loop. */
static void count_port(const struct kn_topo_node *bridge, const struct kn_topo_node *port,
		       struct ports *ports)
{
	ports->n++;
	if (!port->uplink)
		return;
	ports->has_mac |= port->link->has_mac;
	ports->mac_is_uplinks |= kn_mac_eq(&port->link->mac, &bridge->link->mac);
	if (port->link->kind == KN_LINK_VLAN && ports->uplinks)
		return;
	ports->uplinks++;
	kn_doctor_list(&ports->uplink_names, port->name.s);
	ports->last_uplink = port->name.s;
}

/* ---- the bridge ---- */

static void check_stp(struct kn_doctor *d, const struct kn_topo_node *bridge,
		      const struct ports *ports)
{
	/* Listening and learning take the delay each, in centiseconds; 4 s is libvirt's default. */
	uint32_t silence = 2 * kn_opts_get(&bridge->link->opts, KN_BROPT_FORWARD_DELAY, 0) / 100;
	char text[16];

	if (opt_on(bridge, KN_BROPT_STP) && silence > 4) {
		(void)snprintf(text, sizeof(text), "%u", silence);
		kn_doctor_found(d, KN_CHECK_STP_SLOW, bridge->name.s, text);
	}
	if (!opt_on(bridge, KN_BROPT_STP) && ports->uplinks > 1) {
		kn_doctor_found(d, KN_CHECK_LOOP, bridge->name.s, kn_buf_str(&ports->uplink_names));
		kn_doctor_fix_word(d, "IF", ports->last_uplink);
	}
}

/* A bridge without cable and address loses nothing when its MAC changes. */
static void check_mac(struct kn_doctor *d, const struct kn_topo_node *bridge,
		      const struct ports *ports)
{
	char text[KN_MAC_STRLEN];

	if (!bridge->link->mac_set && (ports->uplinks || kn_doctor_global(bridge)))
		kn_doctor_found(d, KN_CHECK_MAC_LOOSE, bridge->name.s, NULL);
	else if (bridge->link->mac_set && ports->has_mac && !ports->mac_is_uplinks)
		kn_doctor_found(d, KN_CHECK_MAC_FOREIGN, bridge->name.s,
				kn_mac_fmt(&bridge->link->mac, text));
}

static const struct kn_bridge_sys *sys_of(const struct kn_doctor *d, const struct kn_ifname *name)
{
	for (size_t i = 0; i < d->ev->bridges.n; i++)
		if (kn_ifname_eq(&d->ev->bridges.v[i].name, name))
			return &d->ev->bridges.v[i];
	return NULL;
}

/* The first port that a file gives it. Return: NULL = none does. */
static const char *port_of_files(const struct kn_doctor *d, const struct kn_topo_node *bridge)
{
	for (size_t i = 0; i < d->ev->confs->n; i++)
		if (kn_ifname_eq(&d->ev->confs->v[i].bridge, &bridge->name))
			return d->ev->confs->v[i].name.s;
	return NULL;
}

/* A route or a gateway expects a cable; a bridge without either may be for guests alone. */
static bool wants_port(const struct kn_topo_node *bridge)
{
	return bridge->route4 || bridge->route6 ||
	       (bridge->conf && bridge->conf->ip.gateway4.family != KN_FAMILY_NONE);
}

static void check_ports(struct kn_doctor *d, const struct kn_topo_node *bridge,
			const struct ports *ports)
{
	const char *port = port_of_files(d, bridge);

	if (ports->n || !(port || wants_port(bridge)))
		return;
	kn_doctor_found(d, KN_CHECK_NO_PORT, bridge->name.s, NULL);
	if (port)
		kn_doctor_fix_word(d, "IF", port);
}

static void check_bridge(struct kn_doctor *d, const struct kn_topo_node *bridge)
{
	const struct kn_bridge_sys *sys = sys_of(d, &bridge->name);
	struct ports ports = {0};

	for (const struct kn_topo_node *port = kn_doctor_port(d, bridge, NULL); port;
	     port = kn_doctor_port(d, bridge, port)) {
		if (!port->link)
			continue;
		count_port(bridge, port, &ports);
		check_port(d, bridge, port);
	}
	check_stp(d, bridge, &ports);
	check_mac(d, bridge, &ports);
	check_ports(d, bridge, &ports);
	if (d->ev->facts->snoops_alone && sys && sys->querier == KN_NO && ports.uplinks &&
	    opt_on(bridge, KN_BROPT_MCAST_SNOOPING))
		kn_doctor_found(d, KN_CHECK_SNOOPING, bridge->name.s, NULL);
	if (opt_on(bridge, KN_BROPT_VLAN_FILTERING))
		kn_doctor_vlans(d, bridge);
	kn_buf_done(&ports.uplink_names);
}

void kn_doctor_bridges(struct kn_doctor *d)
{
	for (size_t i = 0; i < d->topo->n; i++)
		if (kn_doctor_is_bridge(&d->topo->v[i]))
			check_bridge(d, &d->topo->v[i]);
	kn_doctor_taken(d);
}
