/* Bonds and VLANs of the in-memory kernel.
 * Test support. Source of the behaviour: kernel drivers/net/bonding/bond_main.c, bond_enslave(),
 * __bond_release_one(); bond_options.c; net/8021q/vlan.c, vlan_device_event(). */
#include <stdlib.h>

#include "fake_priv.h"

static const struct kn_ifname nothing;

/* The address that the card came with, as fake_add_link() gave it. */
static void own_mac(struct kn_link *link)
{
	link->mac = (struct kn_mac){{0x52, 0, 0, 0, 0, (uint8_t)link->ifindex}};
}

int fake_stacked_add(struct fake_kernel *fake, const struct kn_op *op)
{
	bool vlan = op->kind == KN_OP_VLAN_ADD;
	const struct kn_link *below = vlan ? fake_find(fake, &op->vlan.of.link) : NULL;
	struct kn_link like = below ? *below : (struct kn_link){.mtu = 1500};
	uint32_t mtu = vlan ? op->vlan.mtu : op->bridge.mtu;

	if (fake_find(fake, &op->dev) || (vlan && !below) || (vlan && mtu > like.mtu))
		return -1;
	for (size_t i = 0; vlan && i < fake->facts.n_links; i++)
		if (kn_ifname_eq(&fake->facts.links[i].lower, &op->vlan.of.link) &&
		    fake->facts.links[i].vlan_id == op->vlan.of.id)
			return -1;
	struct kn_link *link = fake_add_link(fake, op->dev.s, vlan ? KN_LINK_VLAN : KN_LINK_BOND);
	link->flags = 0;
	link->mtu = mtu ? mtu : like.mtu;
	if (vlan) {
		link->lower = op->vlan.of.link;
		link->vlan_id = op->vlan.of.id;
		link->mac = like.mac;
		return 0;
	}
	if (op->bridge.has_mac)
		link->mac = op->bridge.mac;
	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++)
		kn_opts_set(&link->bond_opts, i, kn_opts_get(&op->bridge.opts, i, 0));
	link->bond_mode = (int)link->bond_opts.val[KN_BONDOPT_MODE];
	return 0;
}

/* Who joins has to be down and comes up; who leaves goes down and gets its own back. */
int fake_bond_port(struct fake_kernel *fake, struct kn_link *link, const struct kn_ifname *to)
{
	struct kn_link *bond = fake_find(fake, to), *old = fake_find(fake, &link->master);

	if (bond && bond->kind == KN_LINK_BOND) {
		if (link->flags & FAKE_UP)
			return -1;
		link->flags |= FAKE_UP | 0x40u;
		link->has_own_mac = true;
		link->own_mac = link->mac;
		link->mac = bond->mac;
		link->mtu = bond->mtu;
	} else if (old && old->kind == KN_LINK_BOND) {
		(void)fake_link_down(fake, link);
		own_mac(link);
		link->has_own_mac = false;
		link->mtu = 1500;
		if (kn_ifname_eq(&old->primary, &link->name))
			old->primary = nothing;
		if (kn_ifname_eq(&old->active, &link->name))
			old->active = nothing;
	}
	return 0;
}

int fake_bond_set(struct fake_kernel *fake, const struct kn_op *op, struct kn_link *link)
{
	const struct kn_ifname *port = &op->master.now;

	if (op->kind == KN_OP_BOND_ACTIVE) {
		const struct kn_link *other = fake_find(fake, port);

		if (!other || !kn_ifname_eq(&other->master, &link->name) || other->is_cut)
			return -1;
		link->active = *port;
		return 0;
	}
	if (op->kind == KN_OP_BOND_PRIMARY) {
		if (kn_ifname_is_set(port) && !fake_find(fake, port))
			return -1;
		link->primary = *port;
		return 0;
	}
	if (kn_opts_has(&op->opts.now, KN_BONDOPT_MODE))
		return -1;
	if (kn_opts_has(&op->opts.now, KN_BONDOPT_LACP_RATE) && (link->flags & FAKE_UP))
		return -1;
	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++)
		if (kn_opts_has(&op->opts.now, i))
			kn_opts_set(&link->bond_opts, i, op->opts.now.val[i]);
	return 0;
}

/* The ports of a link that goes are free, and the VLANs of it go along. */
void fake_unstack(struct fake_kernel *fake, const struct kn_ifname *name)
{
	struct kn_ifname gone = *name;

	for (size_t i = 0; i < fake->facts.n_links; i++) {
		struct kn_link *link = &fake->facts.links[i];

		if (kn_ifname_eq(&link->master, &gone)) {
			(void)fake_bond_port(fake, link, &nothing);
			link->master = nothing;
		}
	}
	for (size_t i = 0; i < fake->facts.n_links; i++)
		if (kn_ifname_eq(&fake->facts.links[i].lower, &gone)) {
			struct kn_ifname vlan = fake->facts.links[i].name;

			(void)fake_link_del(fake, &vlan);
			i = (size_t)-1;
		}
}
