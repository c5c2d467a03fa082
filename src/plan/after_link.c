/* What the creation of a link leaves of the facts. Layer: plan, pure. */
#include "plan/after.h"

#include "plan/ctx.h"

#define NEW_MTU 1500 /* ETH_DATA_LEN, linux/if_ether.h */

/* A new link makes IPv6 addresses as net.ipv6.conf.default says, whatever the links below it do: 0
 * unless somebody set that, and a step too many harms nobody. Where no link has such a mode, the
 * kernel has no IPv6, and the step would fail. Source: kernel net/ipv6/addrconf.c, ipv6_add_dev().
 */
static uint8_t new_gen_mode(const struct kn_facts *facts)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (facts->links[i].addr_gen_mode != UINT8_MAX)
			return 0;
	return facts->n_links ? UINT8_MAX : 0;
}

static int master_add(struct kn_facts *facts, const struct kn_op *op, struct kn_error *err)
{
	struct kn_link link = {.name = op->dev,
			       .kind = KN_LINK_BRIDGE,
			       .mtu = op->bridge.mtu,
			       .has_mac = op->bridge.has_mac,
			       .mac = op->bridge.mac,
			       .addr_gen_mode = new_gen_mode(facts),
			       .bond_mode = -1};

	if (op->kind == KN_OP_BRIDGE_ADD) {
		link.opts = op->bridge.opts;
		return kn_facts_add_link(facts, &link, err);
	}
	link.kind = KN_LINK_BOND;
	link.bond_opts = op->bridge.opts;
	link.bond_mode = (int)kn_opts_get(&op->bridge.opts, KN_BONDOPT_MODE, 0);
	if (!link.mtu)
		link.mtu = NEW_MTU;
	return kn_facts_add_link(facts, &link, err);
}

/* It is like the link below, but for what it is itself. */
static int vlan_add(struct kn_facts *facts, const struct kn_op *op, struct kn_error *err)
{
	const struct kn_link *below = kn_facts_link(facts, &op->vlan.of.link);
	struct kn_link link = {.name = op->dev, .kind = KN_LINK_VLAN, .bond_mode = -1};

	link.addr_gen_mode = new_gen_mode(facts);
	link.lower = op->vlan.of.link;
	link.vlan_id = op->vlan.of.id;
	link.mtu = op->vlan.mtu ? op->vlan.mtu : below ? below->mtu : NEW_MTU;
	if (below) {
		link.has_mac = below->has_mac;
		link.mac = below->mac;
		link.lower_index = below->ifindex;
	}
	return kn_facts_add_link(facts, &link, err);
}

/* It goes down and gets back what it had; which MTU that was, the kernel tells nobody. Source:
 * kernel bond_main.c, __bond_release_one(). */
void kn_after_release(struct kn_link *link, struct kn_link *bond)
{
	link->flags &= ~KN_IFF_UP;
	link->is_cut = false;
	link->mtu = NEW_MTU;
	if (link->has_own_mac)
		link->mac = link->own_mac;
	link->has_own_mac = false;
	if (kn_ifname_eq(&bond->primary, &link->name))
		bond->primary = (struct kn_ifname){{0}};
	if (kn_ifname_eq(&bond->active, &link->name))
		bond->active = (struct kn_ifname){{0}};
}

int kn_after_link_add(struct kn_facts *facts, const struct kn_op *op, struct kn_error *err)
{
	return op->kind == KN_OP_VLAN_ADD ? vlan_add(facts, op, err) : master_add(facts, op, err);
}
