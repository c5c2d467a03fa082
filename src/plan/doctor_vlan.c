/* The doctor's rules about VLANs of bridges. Of those that filter: does what the host itself uses
 * come through? The bridge is a port of its own: a frame for the host has to be in a VLAN that the
 * bridge has, too, and in one that a cable has. Layer: plan, pure. */
#include <stdio.h>

#include "plan/doctor.h"

static void cut(struct kn_doctor *d, const struct kn_topo_node *bridge, const char *why)
{
	kn_doctor_found(d, KN_CHECK_VLAN_CUT, bridge->name.s, why);
}

static void fix_number(struct kn_doctor *d, uint16_t id)
{
	char number[8];

	(void)snprintf(number, sizeof(number), "%u", id);
	kn_doctor_fix_word(d, "N", number);
}

/* What has no tag on its way to and from the bridge itself. Return: its number, 0 = none. */
static uint16_t own_vlan(const struct kn_facts *facts, const struct kn_ifname *bridge)
{
	for (size_t i = 0; i < facts->n_vlans; i++) {
		const struct kn_port_vlan *row = &facts->vlans[i];

		if (row->pvid && row->untagged && kn_ifname_eq(&row->dev, bridge))
			return row->first;
	}
	return 0;
}

/* A bridge for guests alone, and one whose default route is elsewhere, need no cable for it. */
static bool wants_cable(const struct kn_topo_node *node)
{
	return node->route4 || node->route6 ||
	       (node->conf && (node->conf->ip.gateway4.family || node->conf->ip.gateway6.family));
}

/* Adds the uplinks to @ret, *ret_first is the first of them. Return: one of them has VLAN @id. */
static bool any_uplink_has(const struct kn_doctor *d, const struct kn_topo_node *bridge,
			   uint16_t id, struct kn_buf *ret, const char **ret_first)
{
	bool has = false;

	*ret_first = "";
	for (const struct kn_topo_node *port = kn_doctor_port(d, bridge, NULL); port;
	     port = kn_doctor_port(d, bridge, port)) {
		if (!port->uplink || !port->link)
			continue;
		*ret_first = **ret_first ? *ret_first : port->name.s;
		kn_doctor_list(ret, port->name.s);
		has |= kn_facts_vlan(d->ev->facts, &port->name, id) != NULL;
	}
	return has;
}

/* @node: the bridge, or a VLAN of it, whose frames are in VLAN @id. */
static void check_uplinks(struct kn_doctor *d, const struct kn_topo_node *bridge,
			  const struct kn_topo_node *node, uint16_t id)
{
	struct kn_buf uplinks KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *first;
	char text[192];

	if (!wants_cable(node) || any_uplink_has(d, bridge, id, &uplinks, &first) || !uplinks.len)
		return;
	(void)snprintf(text, sizeof(text),
		       "VLAN %u, that of %s, is on none of its uplinks (%.100s)", id,
		       node == bridge ? "its own address" : node->name.s, kn_buf_str(&uplinks));
	cut(d, bridge, text);
	fix_number(d, id);
	kn_doctor_fix_word(d, "IF", first);
}

static void check_own(struct kn_doctor *d, const struct kn_topo_node *bridge)
{
	uint16_t id = own_vlan(d->ev->facts, &bridge->name);

	if (!kn_doctor_global(bridge))
		return;
	if (id)
		check_uplinks(d, bridge, bridge, id);
	else
		cut(d, bridge, "its own address is in no VLAN");
}

/* A VLAN of the bridge gets what comes to the bridge itself with its tag. */
static void check_upper(struct kn_doctor *d, const struct kn_topo_node *bridge,
			const struct kn_topo_node *node)
{
	const struct kn_link *link = node->link;
	const struct kn_port_vlan *row = kn_facts_vlan(d->ev->facts, &bridge->name, link->vlan_id);
	char text[96];

	if (!kn_doctor_global(node) && !kn_ifname_is_set(&link->master))
		return;
	if (row && !row->untagged) {
		check_uplinks(d, bridge, node, link->vlan_id);
		return;
	}
	(void)snprintf(text, sizeof(text), "VLAN %u of %s %s", link->vlan_id, node->name.s,
		       row ? "comes to it without a tag" : "is not one of its own");
	cut(d, bridge, text);
	fix_number(d, link->vlan_id);
}

/* ---- what a port's VLAN takes ---- */

/* A VLAN of the bridge itself with that number, or one that the bridge passes on. */
static bool wants_vlan(const struct kn_facts *facts, const struct kn_link *bridge,
		       const struct kn_ifname *port, uint16_t id)
{
	const struct kn_port_vlan *row = kn_facts_vlan(facts, port, id);

	for (size_t i = 0; i < facts->n_links; i++)
		if (facts->links[i].kind == KN_LINK_VLAN && facts->links[i].vlan_id == id &&
		    kn_ifname_eq(&facts->links[i].lower, &bridge->name))
			return true;
	return kn_opts_get(&bridge->opts, KN_BROPT_VLAN_FILTERING, 0) && row && !row->untagged;
}

static void check_taken(struct kn_doctor *d, const struct kn_link *vlan)
{
	const struct kn_facts *facts = d->ev->facts;
	const struct kn_link *port = kn_facts_link(facts, &vlan->lower);
	const struct kn_link *bridge = port ? kn_facts_link(facts, &port->master) : NULL;
	char text[96];

	if (!bridge || bridge->kind != KN_LINK_BRIDGE ||
	    !wants_vlan(facts, bridge, &port->name, vlan->vlan_id))
		return;
	(void)snprintf(text, sizeof(text), "%u from its port %s: %s takes them", vlan->vlan_id,
		       port->name.s, vlan->name.s);
	kn_doctor_found(d, KN_CHECK_VLAN_TAKEN, bridge->name.s, text);
}

void kn_doctor_taken(struct kn_doctor *d)
{
	const struct kn_facts *facts = d->ev->facts;

	for (size_t i = 0; i < facts->n_links; i++)
		if (facts->links[i].kind == KN_LINK_VLAN)
			check_taken(d, &facts->links[i]);
}

void kn_doctor_vlans(struct kn_doctor *d, const struct kn_topo_node *bridge)
{
	if (!d->ev->facts->vlans_known)
		return;
	check_own(d, bridge);
	for (size_t i = 0; i < d->topo->n; i++) {
		const struct kn_topo_node *node = &d->topo->v[i];

		if (node->link && node->link->kind == KN_LINK_VLAN &&
		    kn_ifname_eq(&node->link->lower, &bridge->name))
			check_upper(d, bridge, node);
	}
}
