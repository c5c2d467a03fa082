/* The doctor's rules about guests and libvirt's networks. Layer: plan, pure. */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "plan/doctor.h"

static bool exists(const struct kn_doctor *d, const struct kn_ifname *name)
{
	const struct kn_topo_node *node = kn_doctor_node(d, name);

	/* Below a root the files tell what there will be. */
	return node && (node->link || !d->ev->facts->live);
}

/* ---- what definitions name ---- */

/* Where files describe it, they are to be carried out, and not another one to be made. */
static void fix_bridge(struct kn_doctor *d, const struct kn_ifname *bridge)
{
	struct kn_buf fix KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_puts(&fix, "kvmnet export | kvmnet apply - makes {d} as its file has it");
	if (kn_confs_get(d->ev->confs, bridge))
		kn_doctor_fix(d, &fix);
}

static void check_vnics(struct kn_doctor *d)
{
	char who[300];

	for (size_t i = 0; i < d->ev->wiring.vnics.n; i++) {
		const struct kn_vnic *nic = &d->ev->wiring.vnics.v[i];

		if (nic->network) {
			if (!d->ev->wiring.nets_hidden &&
			    !kn_wiring_net(&d->ev->wiring, nic->network))
				kn_doctor_found(d, KN_CHECK_NET_MISSING, nic->guest, nic->network);
			continue;
		}
		if (!kn_ifname_is_set(&nic->bridge) || exists(d, &nic->bridge))
			continue;
		(void)snprintf(who, sizeof(who), "guest %s", nic->guest);
		kn_doctor_found(d, KN_CHECK_BRIDGE_MISSING, who, nic->bridge.s);
		fix_bridge(d, &nic->bridge);
	}
}

static void check_net_bridge(struct kn_doctor *d, const struct kn_network *net)
{
	char who[300];

	if (net->mode != KN_NETMODE_BRIDGE || exists(d, &net->bridge))
		return;
	(void)snprintf(who, sizeof(who), "network %s", net->name.s);
	kn_doctor_found(d, KN_CHECK_BRIDGE_MISSING, who, net->bridge.s);
	fix_bridge(d, &net->bridge);
}

/* ---- subnets ---- */

static void found_overlap(struct kn_doctor *d, const struct kn_network *net, const char *what,
			  const struct kn_cidr *cidr)
{
	struct kn_cidr prefix = kn_cidr_network(cidr);
	char text[KN_CIDR_STRLEN], detail[400];

	(void)snprintf(detail, sizeof(detail), "%s (%s)", what, kn_cidr_fmt(&prefix, text));
	kn_doctor_found(d, KN_CHECK_NET_OVERLAP, net->name.s, detail);
}

static bool is_network(const struct kn_cidr *cidr)
{
	return !kn_ip_is_link_local(&cidr->ip) && !kn_ip_is_loopback(&cidr->ip) &&
	       !kn_ip_is_multicast(&cidr->ip) && cidr->prefix_len > 0;
}

/* Addresses, then routes to networks behind other machines; libvirt itself compares exact networks
 * only. */
static void check_subnet(struct kn_doctor *d, const struct kn_network *net,
			 const struct kn_cidr *subnet)
{
	const struct kn_facts *facts = d->ev->facts;

	for (size_t i = 0; i < facts->n_addrs; i++)
		if (!kn_ifname_eq(&facts->addrs[i].dev, &net->bridge) &&
		    is_network(&facts->addrs[i].addr) &&
		    kn_cidr_overlaps(subnet, &facts->addrs[i].addr)) {
			found_overlap(d, net, facts->addrs[i].dev.s, &facts->addrs[i].addr);
			return;
		}
	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if (!kn_ifname_eq(&route->dev, &net->bridge) && route->type == RTN_UNICAST &&
		    is_network(&route->dst) && kn_cidr_overlaps(subnet, &route->dst)) {
			found_overlap(d, net, "a route", &route->dst);
			return;
		}
	}
}

/* Two that are never up together do no harm; both starting by themselves do. */
static void check_neighbours(struct kn_doctor *d, size_t self)
{
	const struct kn_disknet *net = &d->ev->wiring.nets.v[self];

	for (size_t k = self + 1; k < d->ev->wiring.nets.n; k++) {
		const struct kn_disknet *other = &d->ev->wiring.nets.v[k];

		if (!(net->active || net->autostart) || !(other->active || other->autostart))
			continue;
		for (size_t i = 0; i < net->net.subnets.n; i++)
			for (size_t j = 0; j < other->net.subnets.n; j++)
				if (kn_cidr_overlaps(&net->net.subnets.v[i],
						     &other->net.subnets.v[j]))
					found_overlap(d, &net->net, other->net.name.s,
						      &other->net.subnets.v[j]);
	}
}

/* ---- networks ---- */

static void check_mtu(struct kn_doctor *d, const struct kn_disknet *net,
		      const struct kn_topo_node *bridge)
{
	char text[96];

	if (!(net->net.has & KN_NET_HAS(MTU)) || !bridge || !bridge->link ||
	    bridge->link->mtu == net->net.mtu)
		return;
	(void)snprintf(text, sizeof(text), "%u, but its bridge %s has %u", net->net.mtu,
		       bridge->name.s, bridge->link->mtu);
	kn_doctor_found(d, KN_CHECK_NET_MTU, net->net.name.s, text);
}

static void check_dhcp(struct kn_doctor *d, const struct kn_disknet *net,
		       const struct kn_topo_node *bridge)
{
	if (!net->net.ranges.n || !bridge)
		return;
	for (const struct kn_topo_node *port = kn_doctor_port(d, bridge, NULL); port;
	     port = kn_doctor_port(d, bridge, port))
		if (port->uplink && port->link) {
			kn_doctor_found(d, KN_CHECK_TWO_DHCP, net->net.name.s, bridge->name.s);
			return;
		}
}

static void check_net(struct kn_doctor *d, size_t i)
{
	const struct kn_disknet *net = &d->ev->wiring.nets.v[i];
	const struct kn_topo_node *bridge = kn_doctor_node(d, &net->net.bridge);

	if (!net->mode_known)
		return;
	check_net_bridge(d, &net->net);
	for (size_t k = 0; k < net->net.subnets.n; k++)
		check_subnet(d, &net->net, &net->net.subnets.v[k]);
	check_neighbours(d, i);
	if (net->active) {
		check_mtu(d, net, bridge);
		check_dhcp(d, net, bridge);
	}
}

/* ---- links ---- */

/* "virbr0", "vnet12": names that libvirt gives. */
static bool is_numbered(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && name[len] &&
	       strspn(name + len, "0123456789") == strlen(name + len);
}

/* A tap with an address or a route of its own is routed on purpose. */
static bool is_routed(const struct kn_doctor *d, const struct kn_topo_node *node)
{
	for (size_t i = 0; i < d->ev->facts->routes.n; i++) {
		const struct kn_route *route = &d->ev->facts->routes.v[i];

		if (kn_route_uses(route, &node->name) && !kn_ip_is_link_local(&route->dst.ip) &&
		    !kn_ip_is_multicast(&route->dst.ip))
			return true;
	}
	return kn_doctor_global(node) != NULL;
}

/* The bridge that the NIC is defined on; of several NICs the one with its MAC. */
static void fix_tap(struct kn_doctor *d, const struct kn_guest_nic *nic)
{
	const struct kn_wiring *wiring = &d->ev->wiring;
	const struct kn_ifname *found = NULL;
	size_t n = 0;

	for (size_t i = 0; nic->guest && i < wiring->vnics.n; i++) {
		const struct kn_vnic *def = &wiring->vnics.v[i];
		const struct kn_disknet *net =
			def->network ? kn_wiring_net(wiring, def->network) : NULL;

		if (strcmp(def->guest, nic->guest) != 0)
			continue;
		found = net ? &net->net.bridge : &def->bridge;
		n++;
	}
	if (n == 1 && kn_ifname_is_set(found))
		kn_doctor_fix_word(d, "BR", found->s);
}

static void check_link(struct kn_doctor *d, const struct kn_topo_node *node)
{
	char who[300];

	if (kn_doctor_is_bridge(node) && is_numbered(node->name.s, "virbr") && !node->net &&
	    !d->ev->wiring.nets_hidden && !kn_doctor_port(d, node, NULL))
		kn_doctor_found(d, KN_CHECK_STALE_BRIDGE, node->name.s, NULL);
	if (node->guest && node->link && node->link->kind == KN_LINK_TUN &&
	    !node->link->master_index && !is_routed(d, node)) {
		(void)snprintf(who, sizeof(who), "guest %s",
			       node->guest->guest ? node->guest->guest : "(unknown)");
		kn_doctor_found(d, KN_CHECK_TAP_LOST, node->name.s, who);
		fix_tap(d, node->guest);
	}
	if (node->conf && is_numbered(node->name.s, "vnet") && node->conf->path)
		kn_doctor_found(d, KN_CHECK_GUEST_FILE, strrchr(node->conf->path, '/') + 1,
				node->name.s);
}

/* ---- the helper's list ---- */

/* Source: QEMU's qemu-bridge-helper.c, parse_acl_file(): "allow BR", "allow all", "deny ..",
 * "include FILE"; # begins a comment. Return: false when nothing can be said. */
static bool read_acl(const struct kn_doctor *d, struct kn_buf *allowed)
{
	const char *text = d->ev->helper_acl;

	for (; text && *text; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *p = text + strspn(text, " \t");
		struct kn_ifname name;
		struct kn_error ignored;
		char word[64];

		if (!strncmp(p, "include", 7))
			return false;
		if (strncmp(p, "allow", 5) != 0 || (p[5] != ' ' && p[5] != '\t'))
			continue;
		p += 5 + strspn(p + 5, " \t");
		(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(p, " \t\r\n#"), p);
		if (!strcmp(word, "all") ||
		    (kn_ifname_from_host(word, &name, &ignored) == 0 && exists(d, &name)))
			return false;
		kn_doctor_list(allowed, word);
	}
	return allowed->len > 0;
}

/* Only when it allows nothing that there is: an admin may well leave bridges out. */
static void check_acl(struct kn_doctor *d)
{
	struct kn_buf allowed KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!read_acl(d, &allowed))
		return;
	for (size_t i = 0; i < d->topo->n; i++)
		if (kn_doctor_is_bridge(&d->topo->v[i])) {
			kn_doctor_found(d, KN_CHECK_HELPER_ACL, d->topo->v[i].name.s,
					kn_buf_str(&allowed));
			return;
		}
}

void kn_doctor_guests(struct kn_doctor *d)
{
	check_vnics(d);
	for (size_t i = 0; i < d->ev->wiring.nets.n; i++)
		check_net(d, i);
	for (size_t i = 0; i < d->topo->n; i++)
		check_link(d, &d->topo->v[i]);
	check_acl(d);
}
