/* The way back: bonds, their ports, and VLANs; what is made on top of what.
 * Layer: plan, pure. */
#include "plan/restore_priv.h"

/* The link is a port of a bond then or now: its name, else NULL. */
static const struct kn_ifname *bond_of(const struct kn_restore *r, const struct kn_ifname *master)
{
	const struct kn_rlink *link = kn_restore_link(r, master);

	return link && link->have.kind == KN_LINK_BOND ? master : NULL;
}

/* The kernel puts a port down that leaves. Source: kernel bond_main.c, __bond_release_one(). */
int kn_restore_bonds_release(struct kn_restore *r)
{
	for (size_t i = 0; i < r->n_links; i++) {
		struct kn_rlink *link = &r->links[i];
		struct kn_op op = {.kind = KN_OP_LINK_MASTER, .dev = link->name};

		if (link->fate != KN_FATE_STAYS || !bond_of(r, &link->have.master) ||
		    kn_ifname_eq(&link->have.master, &link->was->master))
			continue;
		op.master.before = link->have.master;
		if (kn_emit(&r->ctx, KN_PHASE_PREPARE, &op) < 0)
			return -1;
		link->have.master = (struct kn_ifname){{0}};
		link->have.flags &= ~KN_IFF_UP;
		/* The kernel gives it back what it had, too. */
		link->have.mac = link->was->mac;
		link->have.mtu = link->was->mtu;
	}
	return 0;
}

int kn_restore_bonds_join(struct kn_restore *r)
{
	for (size_t i = 0; i < r->n_links; i++) {
		struct kn_rlink *link = &r->links[i];

		if (link->fate != KN_FATE_STAYS || !bond_of(r, &link->was->master) ||
		    kn_ifname_eq(&link->have.master, &link->was->master) ||
		    !kn_restore_holds(r, &link->was->master))
			continue;
		if (kn_live_enslave(&r->ctx, &link->have, &link->was->master) < 0)
			return -1;
		link->have.master = link->was->master;
		link->have.flags |= KN_IFF_UP;
		link->have.mac = link->was->mac;
		link->have.mtu = link->was->mtu;
	}
	return 0;
}

/* balance-tlb and balance-alb give each port an address of its own and exchange them as they like;
 * the others give the bond's. Source: kernel bond_alb.c, alb_swap_mac_addr(). */
bool kn_restore_has_bonds_mac(const struct kn_restore *r, const struct kn_rlink *link)
{
	return bond_of(r, &link->was->master) != NULL;
}

int kn_restore_bond_opts(struct kn_restore *r, const struct kn_rlink *link)
{
	struct kn_op op = {.kind = KN_OP_BOND_PRIMARY, .dev = link->name};
	struct kn_target target = {.bridge = link->name, .bond_opts = link->was->bond_opts};
	struct kn_ctx ctx = r->ctx;

	if (link->was->kind != KN_LINK_BOND)
		return 0;
	ctx.target = &target;
	if (kn_live_bond_opts(&ctx, &link->have.bond_opts) < 0)
		return -1;
	if (kn_ifname_eq(&link->was->primary, &link->have.primary))
		return 0;
	op.master.now = link->was->primary;
	op.master.before = link->have.primary;
	return kn_emit(&r->ctx, KN_PHASE_FINISH, &op);
}

bool kn_restore_is_step(const struct kn_restore *r, const struct kn_rlink *link, int step)
{
	const struct kn_link *is = link->was ? link->was : &link->have;
	const struct kn_rlink *below = kn_restore_link(r, &is->lower);

	if (is->kind == KN_LINK_BOND)
		return step == 1;
	if (is->kind == KN_LINK_BRIDGE)
		return step == 3;
	if (is->kind != KN_LINK_VLAN)
		return step == 0;
	return step == (below && below->have.kind == KN_LINK_BRIDGE ? 4 : 2);
}

int kn_restore_make(struct kn_restore *r, const struct kn_rlink *link)
{
	const struct kn_link *was = link->was;
	struct kn_target target = {.bridge = link->name,
				   .groups = KN_GROUP_MTU,
				   .mtu = was->mtu,
				   .has_mac = was->has_mac,
				   .mac = was->mac,
				   .opts = was->opts,
				   .bond_opts = was->bond_opts,
				   .vlan = {was->lower, was->vlan_id}};
	struct kn_ctx ctx = r->ctx;

	ctx.target = &target;
	if (was->kind == KN_LINK_BOND)
		return kn_live_bond_add(&ctx);
	return was->kind == KN_LINK_VLAN ? kn_live_vlan_add(&ctx) : kn_live_bridge_add(&ctx);
}
