/* Live steps of bonds and VLANs: links beneath the bridges. Nothing is moved here: a port that
 * carries addresses is refused beforehand (preflight_link.c). Layer: plan, pure. */
#include "plan/ctx.h"

static const struct kn_link *link_of(const struct kn_ctx *ctx, const struct kn_ifname *name)
{
	return kn_facts_link(ctx->in->facts, name);
}

static int up(struct kn_ctx *ctx, const struct kn_ifname *name)
{
	return kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_LINK_UP, name, NULL);
}

/* ---- bonds ---- */

/* Said at its birth, the address is what the bridge or VLAN above it gets; else the bond takes it
 * from its first port, which is the same one. Source: kernel bond_main.c, bond_enslave(). */
static void choose_mac(const struct kn_ctx *ctx, struct kn_op *op)
{
	const struct kn_target *target = ctx->target;

	op->bridge.has_mac = target->has_mac;
	op->bridge.mac = target->mac;
	for (size_t i = 0; !op->bridge.has_mac && i < target->ports.n; i++) {
		const struct kn_link *port = link_of(ctx, &target->ports.v[i]);

		if (!port || !port->has_mac)
			continue;
		op->bridge.has_mac = true;
		op->bridge.mac = port->mac;
	}
}

int kn_live_bond_add(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;
	struct kn_op op = {.kind = KN_OP_BOND_ADD, .dev = target->bridge};

	choose_mac(ctx, &op);
	if (target->groups & KN_GROUP_MTU)
		op.bridge.mtu = target->mtu;
	op.bridge.opts = target->bond_opts;
	return kn_emit(ctx, KN_PHASE_PREPARE, &op);
}

/* Only where the rule was overridden: what stays on a port answers nobody. */
static int drop_addrs(struct kn_ctx *ctx, const struct kn_link *port)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = facts->n_addrs; i-- > 0;) {
		struct kn_op op = {.kind = KN_OP_ADDR_DEL, .dev = port->name};

		if (!kn_ifname_eq(&facts->addrs[i].dev, &port->name) ||
		    kn_ip_is_link_local(&facts->addrs[i].addr.ip))
			continue;
		op.addr = facts->addrs[i];
		if (kn_emit(ctx, KN_PHASE_PREPARE, &op) < 0)
			return -1;
	}
	return 0;
}

int kn_live_enslave(struct kn_ctx *ctx, const struct kn_link *port, const struct kn_ifname *bond)
{
	struct kn_op op = {.kind = KN_OP_LINK_MASTER, .dev = port->name};

	if (kn_link_is_up(port) &&
	    kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_LINK_DOWN, &port->name, NULL) < 0)
		return -1;
	op.master.now = *bond;
	op.master.before = port->master;
	return kn_emit(ctx, KN_PHASE_PREPARE, &op);
}

static int join_ports(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;

	for (size_t i = 0; i < target->ports.n; i++) {
		const struct kn_link *port = link_of(ctx, &target->ports.v[i]);

		if (!port || kn_ifname_eq(&port->master, &target->bridge))
			continue;
		if (drop_addrs(ctx, port) < 0 || kn_live_enslave(ctx, port, &target->bridge) < 0)
			return -1;
	}
	return 0;
}

/* With the port in it: before, the kernel only notes the name. */
static int set_primary(struct kn_ctx *ctx)
{
	const struct kn_ifname *want = &ctx->target->primary;
	struct kn_op op = {.kind = KN_OP_BOND_PRIMARY, .dev = ctx->target->bridge};

	if (!kn_ifname_is_set(want) || (ctx->br && kn_ifname_eq(want, &ctx->br->primary)))
		return 0;
	op.master.now = *want;
	if (ctx->br)
		op.master.before = ctx->br->primary;
	return kn_emit(ctx, KN_PHASE_PREPARE, &op);
}

int kn_live_bond_opts(struct kn_ctx *ctx, const struct kn_opts *have)
{
	struct kn_op op = {.kind = KN_OP_BOND_OPTS, .dev = ctx->target->bridge};

	op.opts.now = kn_opts_diff(&ctx->target->bond_opts, have);
	op.opts.before = kn_opts_before(&op.opts.now, have);
	return op.opts.now.has ? kn_emit(ctx, KN_PHASE_FINISH, &op) : 0;
}

/* MTU and MAC of a link that is there; a bond hands its MTU down to its ports. */
static int tune(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;
	struct kn_op op = {.kind = KN_OP_LINK_MAC, .dev = target->bridge};

	if ((target->groups & KN_GROUP_MTU) &&
	    kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_LINK_MTU, &target->bridge, target->mtu,
			ctx->br->mtu) < 0)
		return -1;
	if (!target->has_mac || kn_mac_eq(&target->mac, &ctx->br->mac))
		return 0;
	op.mac.now = target->mac;
	op.mac.before = ctx->br->mac;
	return kn_emit(ctx, KN_PHASE_FINISH, &op);
}

static int make_bond(struct kn_ctx *ctx)
{
	if (!ctx->br && kn_live_bond_add(ctx) < 0)
		return -1;
	return join_ports(ctx) < 0 ? -1 : set_primary(ctx);
}

/* ---- VLANs ---- */

int kn_live_vlan_add(struct kn_ctx *ctx)
{
	struct kn_op op = {.kind = KN_OP_VLAN_ADD, .dev = ctx->target->bridge};

	op.vlan.of = ctx->target->vlan;
	if (ctx->target->groups & KN_GROUP_MTU)
		op.vlan.mtu = ctx->target->mtu;
	return kn_emit(ctx, KN_PHASE_PREPARE, &op);
}

/* A VLAN cannot come up while the link below is down. */
static int make_vlan(struct kn_ctx *ctx)
{
	const struct kn_link *below = link_of(ctx, &ctx->target->vlan.link);

	if (!ctx->br && kn_live_vlan_add(ctx) < 0)
		return -1;
	return below && !kn_link_is_up(below) ? up(ctx, &below->name) : 0;
}

/* ---- both ---- */

int kn_live_link_create(struct kn_ctx *ctx)
{
	bool bond = ctx->target->verb == KN_BOND_CREATE;

	if ((bond ? make_bond(ctx) : make_vlan(ctx)) < 0)
		return -1;
	if (!kn_link_is_up(ctx->br) && up(ctx, &ctx->target->bridge) < 0)
		return -1;
	if (kn_live_readdress(ctx) < 0)
		return -1;
	if (ctx->br && (tune(ctx) < 0 || kn_live_bond_opts(ctx, &ctx->br->bond_opts) < 0))
		return -1;
	return kn_live_dhcp(ctx);
}

/* The kernel puts the ports down that a bond releases. */
static int release_ports(struct kn_ctx *ctx)
{
	const struct kn_names *ports = &ctx->target->ports;

	for (size_t i = 0; i < ports->n; i++) {
		const struct kn_link *port = link_of(ctx, &ports->v[i]);

		if (!port || !kn_ifname_eq(&port->master, &ctx->br->name))
			continue;
		if (kn_emit_master(ctx, &port->name, NULL, &ctx->br->name) < 0 ||
		    kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_LINK_UP, &port->name, NULL) < 0)
			return -1;
	}
	return 0;
}

int kn_live_link_delete(struct kn_ctx *ctx)
{
	if (!ctx->br)
		return 0;
	if (kn_facts_client(ctx->in->facts, &ctx->br->name) &&
	    kn_emit_simple(ctx, KN_PHASE_SWITCH, KN_OP_DHCP_STOP, &ctx->br->name, NULL) < 0)
		return -1;
	return release_ports(ctx) < 0 ? -1 : kn_live_link_del(ctx);
}

/* As ctx->br has it: down, then gone. */
int kn_live_link_del(struct kn_ctx *ctx)
{
	const struct kn_link *link = ctx->br;
	struct kn_op op = {.kind = KN_OP_BOND_DEL, .dev = link->name};

	if (link->kind == KN_LINK_BRIDGE)
		return kn_live_bridge_del(ctx);
	if (link->kind == KN_LINK_VLAN) {
		op.kind = KN_OP_VLAN_DEL;
		op.vlan.of = (struct kn_vlan){link->lower, link->vlan_id};
		op.vlan.mtu = link->mtu;
	} else {
		op.bridge.has_mac = link->has_mac;
		op.bridge.mac = link->mac;
		op.bridge.mtu = link->mtu;
		op.bridge.opts = link->bond_opts;
	}
	if (kn_link_is_up(link) &&
	    kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_LINK_DOWN, &link->name, NULL) < 0)
		return -1;
	return kn_emit(ctx, KN_PHASE_FINISH, &op);
}
