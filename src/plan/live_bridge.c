/* Live steps of a bridge's creation, change and removal, in takeover order (TAKEOVER.md).
 * Layer: plan, pure. */
#include "plan/ctx.h"

/* Strict reverse-path filtering would drop what arrives on the "wrong" link during the move; the
 * kernel takes the greater of the link's value and that of "all". */
bool kn_is_strict(const struct kn_ctx *ctx, uint32_t own)
{
	uint32_t all = ctx->in->facts->all_rp_filter;

	return (own > all ? own : all) == KN_RP_STRICT;
}

int kn_live_bridge_add(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;
	struct kn_op op = {.kind = KN_OP_BRIDGE_ADD, .dev = target->bridge};

	op.bridge.has_mac = target->has_mac;
	op.bridge.mac = target->mac;
	if (target->groups & KN_GROUP_MTU)
		op.bridge.mtu = target->mtu;
	else if (ctx->uplink)
		op.bridge.mtu = ctx->uplink->mtu;
	op.bridge.opts = target->opts;
	/* A port of a bridge with STP off forwards at once and stays forwarding; STP comes last. */
	kn_opts_set(&op.bridge.opts, KN_BROPT_STP, 0);
	kn_opts_set(&op.bridge.opts, KN_BROPT_FORWARD_DELAY, 0);
	return kn_emit(ctx, KN_PHASE_PREPARE, &op);
}

/* A port whose bridge somebody removed has IPv6 off still: no reason to have it off on the next. */
static bool wants_ipv6(const struct kn_ipconf *ip)
{
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (ip->addrs.v[i].ip.family == KN_IPV6)
			return true;
	return ip->slaac || ip->dhcp6;
}

static int prepare_new_bridge(struct kn_ctx *ctx)
{
	const struct kn_link *up = ctx->uplink;
	const struct kn_ifname *br = &ctx->target->bridge;

	if (kn_live_bridge_add(ctx) < 0)
		return -1;
	if (!up)
		return 0;
	if (up->group && kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_LINK_GROUP, br, up->group, 0) < 0)
		return -1;
	if (kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_CONF_COPY, br, &up->name) < 0)
		return -1;
	if (up->addr_gen_mode != UINT8_MAX &&
	    kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_ADDR_GEN, br, KN_ADDR_GEN_NONE, 0) < 0)
		return -1;
	if (up->disable_ipv6 && !wants_ipv6(&ctx->target->ip) &&
	    kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_DISABLE_IPV6, br, 1, 0) < 0)
		return -1;
	return kn_is_strict(ctx, up->rp_filter)
		       ? kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_RP_FILTER, br, KN_RP_LOOSE,
				     up->rp_filter)
		       : 0;
}

bool kn_link_is_up(const struct kn_link *link)
{
	return link && (link->flags & KN_IFF_UP);
}

static bool has_carrier(const struct kn_link *link)
{
	return link && (link->flags & KN_IFF_RUNNING);
}

static bool joins(const struct kn_ctx *ctx, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(ctx->in->facts, port);

	return link && !kn_ifname_eq(&link->master, &ctx->target->bridge);
}

/* Ports that are down come up, MTUs are aligned, before they join. */
int kn_ports_prepare(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;

	for (size_t i = 0; i < target->ports.n; i++) {
		const struct kn_link *link = kn_facts_link(ctx->in->facts, &target->ports.v[i]);

		if (!link)
			continue;
		if ((target->groups & KN_GROUP_MTU) &&
		    kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_LINK_MTU, &link->name, target->mtu,
				link->mtu) < 0)
			return -1;
		if (!kn_link_is_up(link) &&
		    kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_LINK_UP, &link->name, NULL) < 0)
			return -1;
	}
	return 0;
}

int kn_ports_attach(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;

	for (size_t i = 0; i < target->ports.n; i++) {
		const struct kn_link *link = kn_facts_link(ctx->in->facts, &target->ports.v[i]);

		if (joins(ctx, &target->ports.v[i]) &&
		    kn_emit_master(ctx, &target->ports.v[i], &target->bridge, &link->master) < 0)
			return -1;
	}
	return 0;
}

/* A port takes no part in IPv6 of its own: no addresses, no router advertisements. */
int kn_ports_quiet(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;

	for (size_t i = 0; i < target->ports.n; i++) {
		const struct kn_link *link = kn_facts_link(ctx->in->facts, &target->ports.v[i]);

		if (!link || link->addr_gen_mode == UINT8_MAX ||
		    kn_port_is_settled(ctx, &link->name))
			continue;
		if (kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_ADDR_GEN, &link->name, KN_ADDR_GEN_NONE,
				link->addr_gen_mode) < 0 ||
		    kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_DISABLE_IPV6, &link->name, 1,
				link->disable_ipv6) < 0)
			return -1;
	}
	return 0;
}

static bool uses_ra(const struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	if (ctx->target->ip.slaac)
		return true;
	for (size_t i = 0; i < facts->routes.n; i++)
		if (facts->routes.v[i].proto == KN_RTPROT_RA &&
		    kn_ifname_eq(&facts->routes.v[i].dev, &ctx->from))
			return true;
	return false;
}

static int settle_new_bridge(struct kn_ctx *ctx)
{
	const struct kn_link *up = ctx->uplink;
	const struct kn_ifname *br = &ctx->target->bridge;

	if (!up)
		return 0;
	if (kn_is_strict(ctx, up->rp_filter) &&
	    kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_RP_FILTER, br, up->rp_filter, KN_RP_LOOSE) < 0)
		return -1;
	/* With forwarding on, a value of 1 would make the kernel ignore advertisements. */
	if (uses_ra(ctx) && up->accept_ra == 1 &&
	    kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_ACCEPT_RA, br, 2, 1) < 0)
		return -1;
	if (up->addr_gen_mode == UINT8_MAX)
		return 0;
	return kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_ADDR_GEN, br, up->addr_gen_mode,
			   KN_ADDR_GEN_NONE);
}

static int emit_some_opts(struct kn_ctx *ctx, const struct kn_opts *now, const struct kn_opts *have,
			  uint32_t mask)
{
	struct kn_op op = {.kind = KN_OP_BRIDGE_OPTS, .dev = ctx->target->bridge};

	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (kn_opts_has(now, i) && (mask >> i & 1))
			kn_opts_set(&op.opts.now, i, now->val[i]);
	op.opts.before = kn_opts_before(&op.opts.now, have);
	return op.opts.now.has ? kn_emit(ctx, KN_PHASE_FINISH, &op) : 0;
}

/* While STP runs the kernel
 * refuses a delay under 2 s, so STP goes off before the delay changes and on after it. Source:
 * kernel net/bridge/br_stp.c br_set_forward_delay(). */
int kn_live_bridge_opts(struct kn_ctx *ctx, const struct kn_opts *have)
{
	struct kn_opts now = kn_opts_diff(&ctx->target->opts, have);
	uint32_t stp = 1u << KN_BROPT_STP;
	bool off_first = !kn_opts_get(&now, KN_BROPT_STP, 1);

	if (emit_some_opts(ctx, &now, have, off_first ? stp : ~stp) < 0)
		return -1;
	return emit_some_opts(ctx, &now, have, off_first ? ~stp : stp);
}

int kn_live_tune(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;
	const struct kn_ifname *br = &target->bridge;

	if ((target->groups & KN_GROUP_MTU) && kn_ports_prepare(ctx) < 0)
		return -1;
	if ((target->groups & KN_GROUP_MTU) &&
	    kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_LINK_MTU, br, target->mtu, ctx->br->mtu) < 0)
		return -1;
	if (target->has_mac && (!kn_mac_eq(&target->mac, &ctx->br->mac) || !ctx->br->mac_set)) {
		struct kn_op op = {.kind = KN_OP_LINK_MAC, .dev = *br};

		op.mac.now = target->mac;
		op.mac.before = ctx->br->mac;
		if (kn_emit(ctx, KN_PHASE_FINISH, &op) < 0)
			return -1;
	}
	return kn_live_bridge_opts(ctx, &ctx->br->opts);
}

static bool needs_carrier(const struct kn_ctx *ctx)
{
	return !has_carrier(ctx->br) && ctx->target->ports.n && kn_move_is_due(ctx);
}

/* The kernel deletes the secondary addresses of a network with its first one, unless told not to:
 * a new address beside an old one of the same network would go with it. */
static int promotion(struct kn_ctx *ctx, enum kn_phase phase, uint32_t now, uint32_t before)
{
	if (!ctx->br || ctx->br->promote || !kn_move_needs_promotion(ctx))
		return 0;
	return kn_emit_num(ctx, phase, KN_OP_PROMOTE, &ctx->target->bridge, now, before);
}

static bool has_ports(const struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; ctx->br && i < facts->n_links; i++)
		if (kn_ifname_eq(&facts->links[i].master, &ctx->br->name))
			return true;
	return false;
}

/* A splice takes the bridge's other ports off the net for its time: new bridges have none, nor has
 * one that a dead run has left. Both links must carry one MAC address. */
static bool wants_splice(const struct kn_ctx *ctx)
{
	const struct kn_link *up = ctx->uplink;
	const struct kn_mac *mac = ctx->br		  ? &ctx->br->mac
				   : ctx->target->has_mac ? &ctx->target->mac
							  : NULL;

	return ctx->in->facts->can_splice && !has_ports(ctx) && kn_link_is_up(up) &&
	       joins(ctx, &up->name) && mac && kn_mac_eq(mac, &up->mac) && kn_move_is_due(ctx);
}

/* A port that joins, receives for the bridge some 50 µs before it forwards: what arrives in
 * between is dropped. Source: kernel net/bridge/br_if.c, br_add_if(). */
static bool wants_catch(const struct kn_ctx *ctx)
{
	const struct kn_link *up = ctx->uplink;

	return !ctx->splice && kn_link_is_up(up) && joins(ctx, &up->name) && kn_move_is_due(ctx);
}

/* Spliced, the routes move while the uplink is no port yet; unspliced, a port still transmits but
 * its bridge has the frames, so that it is enslaved first. */
static int take_over(struct kn_ctx *ctx)
{
	if (!ctx->splice)
		return kn_ports_attach(ctx) < 0 ? -1 : kn_move_switch(ctx);
	if (kn_splice_turn_to(ctx, KN_SPLICE_SEND, 0) < 0 ||
	    kn_splice_turn_to(ctx, KN_SPLICE_BOTH, KN_SPLICE_SEND) < 0)
		return -1;
	if (kn_move_switch(ctx) < 0 || kn_splice_drain(ctx, &ctx->from) < 0 ||
	    kn_ports_attach(ctx) < 0)
		return -1;
	return kn_splice_end(ctx, KN_SPLICE_BOTH);
}

/* A bridge that is there already receives while its routes are elsewhere; a new one is made so. */
static int loosen(struct kn_ctx *ctx, bool begin)
{
	uint32_t own = ctx->br ? ctx->br->rp_filter : 0;

	if (!ctx->br || !(ctx->splice || ctx->catch) || !kn_is_strict(ctx, own))
		return 0;
	return begin ? kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_RP_FILTER, &ctx->br->name,
				   KN_RP_LOOSE, own)
		     : kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_RP_FILTER, &ctx->br->name, own,
				   KN_RP_LOOSE);
}

static int settle_options(struct kn_ctx *ctx)
{
	struct kn_opts created = ctx->target->opts;

	kn_opts_set(&created, KN_BROPT_STP, 0);
	kn_opts_set(&created, KN_BROPT_FORWARD_DELAY, 0);
	return kn_live_bridge_opts(ctx, &created);
}

int kn_live_create(struct kn_ctx *ctx)
{
	const struct kn_ifname *br = &ctx->target->bridge;

	ctx->carrier = needs_carrier(ctx);
	ctx->splice = wants_splice(ctx);
	ctx->catch = wants_catch(ctx);
	/* It is where the caught comes in; and a bridge that has lost its port may not show it yet.
	 */
	ctx->carrier |= ctx->catch || ctx->splice;
	if ((!ctx->br && prepare_new_bridge(ctx) < 0) || kn_ports_prepare(ctx) < 0)
		return -1;
	if (!kn_link_is_up(ctx->br) &&
	    kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_LINK_UP, br, NULL) < 0)
		return -1;
	if (loosen(ctx, true) < 0 || promotion(ctx, KN_PHASE_PREPARE, 1, 0) < 0 ||
	    kn_move_prepare(ctx) < 0 || kn_carrier_begin(ctx) < 0 || kn_splice_begin(ctx) < 0 ||
	    kn_catch_begin(ctx) < 0)
		return -1;
	if (take_over(ctx) < 0 || kn_catch_end(ctx) < 0 || kn_carrier_end(ctx) < 0)
		return -1;
	if (kn_move_finish(ctx) < 0 || promotion(ctx, KN_PHASE_FINISH, 0, 1) < 0 ||
	    loosen(ctx, false) < 0 || kn_move_remember(ctx) < 0 || kn_ports_quiet(ctx) < 0)
		return -1;
	if (ctx->br)
		return kn_live_tune(ctx) < 0 ? -1 : kn_live_dhcp(ctx);
	if (settle_new_bridge(ctx) < 0 || settle_options(ctx) < 0)
		return -1;
	return kn_live_dhcp(ctx);
}

int kn_live_readdress(struct kn_ctx *ctx)
{
	if (promotion(ctx, KN_PHASE_PREPARE, 1, 0) < 0 || kn_move_prepare(ctx) < 0)
		return -1;
	if (kn_move_switch(ctx) < 0 || kn_move_finish(ctx) < 0)
		return -1;
	return promotion(ctx, KN_PHASE_FINISH, 0, 1);
}

int kn_live_set(struct kn_ctx *ctx)
{
	if (!ctx->br)
		return 0;
	if (kn_live_readdress(ctx) < 0)
		return -1;
	return kn_live_tune(ctx) < 0 ? -1 : kn_live_dhcp(ctx);
}
