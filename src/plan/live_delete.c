/* Live steps of a bridge's removal and of its ports (TAKEOVER.md).
 * Layer: plan, pure. */
#include "plan/ctx.h"

int kn_live_port_add(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;

	if (!ctx->br)
		return 0;
	if (kn_ports_prepare(ctx) < 0 || kn_ports_attach(ctx) < 0 || kn_ports_quiet(ctx) < 0)
		return -1;
	return target->port_opts.has ? kn_live_port_set(ctx) : 0;
}

/* A port's IPv6 wakes up again, as the bridge has it. */
static int wake_port(struct kn_ctx *ctx, const struct kn_link *port)
{
	if (port->addr_gen_mode == UINT8_MAX || !ctx->br)
		return 0;
	return kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_DISABLE_IPV6, &port->name,
			   ctx->br->disable_ipv6, port->disable_ipv6);
}

static int settle_port(struct kn_ctx *ctx, const struct kn_link *port)
{
	if (port->addr_gen_mode == UINT8_MAX || !ctx->br || ctx->br->addr_gen_mode == UINT8_MAX)
		return 0;
	return kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_ADDR_GEN, &port->name,
			   ctx->br->addr_gen_mode, port->addr_gen_mode);
}

static int detach(struct kn_ctx *ctx, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(ctx->in->facts, port);

	if (!link || !kn_ifname_eq(&link->master, &ctx->target->bridge))
		return 0;
	return kn_emit_master(ctx, port, NULL, &ctx->target->bridge);
}

int kn_live_port_remove(struct kn_ctx *ctx)
{
	const struct kn_names *ports = &ctx->target->ports;

	for (size_t i = 0; i < ports->n; i++) {
		const struct kn_link *link = kn_facts_link(ctx->in->facts, &ports->v[i]);

		if (!link || !kn_ifname_eq(&link->master, &ctx->target->bridge))
			continue;
		if (detach(ctx, &ports->v[i]) < 0 || settle_port(ctx, link) < 0 ||
		    kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_DISABLE_IPV6, &link->name,
				ctx->br->disable_ipv6, link->disable_ipv6) < 0)
			return -1;
	}
	return 0;
}

int kn_live_port_set(struct kn_ctx *ctx)
{
	const struct kn_target *target = ctx->target;

	for (size_t i = 0; i < target->ports.n; i++) {
		const struct kn_link *link = kn_facts_link(ctx->in->facts, &target->ports.v[i]);
		struct kn_op op = {.kind = KN_OP_PORT_OPTS, .dev = target->ports.v[i]};

		if (!link)
			continue;
		op.opts.now = kn_opts_diff(&target->port_opts, &link->port_opts);
		op.opts.before = kn_opts_before(&op.opts.now, &link->port_opts);
		if (op.opts.now.has && kn_emit(ctx, KN_PHASE_FINISH, &op) < 0)
			return -1;
	}
	return 0;
}

int kn_live_bridge_del(struct kn_ctx *ctx)
{
	struct kn_op op = {.kind = KN_OP_LINK_DEL, .dev = ctx->target->bridge};

	op.bridge.has_mac = ctx->br->has_mac;
	op.bridge.mac = ctx->br->mac;
	op.bridge.mtu = ctx->br->mtu;
	op.bridge.opts = ctx->br->opts;
	if (kn_link_is_up(ctx->br) &&
	    kn_emit_simple(ctx, KN_PHASE_FINISH, KN_OP_LINK_DOWN, &ctx->target->bridge, NULL) < 0)
		return -1;
	return kn_emit(ctx, KN_PHASE_FINISH, &op);
}

/* Waking the uplink solicits advertisements; the answer would give the bridge a fresh default route
 * that outranks the one moved to the uplink. */
static int deafen_bridge(struct kn_ctx *ctx)
{
	return ctx->br->accept_ra ? kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_ACCEPT_RA,
						&ctx->br->name, 0, ctx->br->accept_ra)
				  : 0;
}

static int loosen(struct kn_ctx *ctx, const struct kn_link *link)
{
	return kn_is_strict(ctx, link->rp_filter)
		       ? kn_emit_num(ctx, KN_PHASE_PREPARE, KN_OP_RP_FILTER, &link->name,
				     KN_RP_LOOSE, link->rp_filter)
		       : 0;
}

/* The uplink takes the addresses back: it is awake and loose before they come. */
static int prepare_uplink(struct kn_ctx *ctx)
{
	const struct kn_link *up = ctx->uplink;

	if (!up)
		return 0;
	if (!kn_link_is_up(up) &&
	    kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_LINK_UP, &up->name, NULL) < 0)
		return -1;
	if (deafen_bridge(ctx) < 0 || wake_port(ctx, up) < 0 || loosen(ctx, up) < 0 ||
	    kn_move_prepare(ctx) < 0)
		return -1;
	/* The bridge goes on receiving for a while after the port has left it. */
	if ((ctx->splice || ctx->catch) && loosen(ctx, ctx->br) < 0)
		return -1;
	if (kn_carrier_begin(ctx) < 0 || kn_splice_begin(ctx) < 0)
		return -1;
	return kn_catch_begin(ctx);
}

static int finish_uplink(struct kn_ctx *ctx)
{
	const struct kn_link *up = ctx->uplink;

	/* Killed between the port's release and the bridge's end: nobody knows the uplink. */
	if (!up)
		return kn_move_leftovers(ctx);
	if (kn_move_finish(ctx) < 0)
		return -1;
	if (kn_is_strict(ctx, up->rp_filter) &&
	    kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_RP_FILTER, &up->name, up->rp_filter,
			KN_RP_LOOSE) < 0)
		return -1;
	return settle_port(ctx, up);
}

static int detach_all(struct kn_ctx *ctx)
{
	const struct kn_names *ports = &ctx->target->ports;

	for (size_t i = 0; i < ports->n; i++)
		if (detach(ctx, &ports->v[i]) < 0)
			return -1;
	return 0;
}

/* Unspliced, the routes leave first: a port still transmits while the bridge has its frames, a
 * bridge without port does not. Spliced, the bridge sends and receives through the released port.
 */
static int give_back(struct kn_ctx *ctx)
{
	if (!ctx->splice) {
		if (ctx->uplink && kn_move_switch(ctx) < 0)
			return -1;
		return detach_all(ctx);
	}
	if (kn_splice_turn_to(ctx, KN_SPLICE_SEND, 0) < 0 ||
	    kn_splice_turn_to(ctx, KN_SPLICE_BOTH, KN_SPLICE_SEND) < 0)
		return -1;
	if (detach_all(ctx) < 0 || kn_move_switch(ctx) < 0 ||
	    kn_splice_turn_to(ctx, KN_SPLICE_SEND, KN_SPLICE_BOTH) < 0)
		return -1;
	if (kn_splice_drain(ctx, &ctx->from) < 0)
		return -1;
	return kn_splice_end(ctx, KN_SPLICE_SEND);
}

static int settle_others(struct kn_ctx *ctx)
{
	const struct kn_names *ports = &ctx->target->ports;

	for (size_t i = 0; i < ports->n; i++) {
		const struct kn_link *link = kn_facts_link(ctx->in->facts, &ports->v[i]);

		if (link && link != ctx->uplink &&
		    (settle_port(ctx, link) < 0 ||
		     kn_emit_num(ctx, KN_PHASE_FINISH, KN_OP_DISABLE_IPV6, &link->name,
				 ctx->br->disable_ipv6, link->disable_ipv6) < 0))
			return -1;
	}
	return 0;
}

static bool moves_live(const struct kn_ctx *ctx)
{
	const struct kn_link *up = ctx->uplink;

	return kn_link_is_up(up) && kn_link_is_up(ctx->br) &&
	       kn_ifname_eq(&up->master, &ctx->br->name) && kn_move_is_due(ctx);
}

/* Only the uplink is a port, so that nobody else is cut off meanwhile. */
static bool wants_splice(const struct kn_ctx *ctx)
{
	return ctx->in->facts->can_splice && moves_live(ctx) && ctx->target->ports.n == 1 &&
	       kn_mac_eq(&ctx->uplink->mac, &ctx->br->mac);
}

int kn_live_delete(struct kn_ctx *ctx)
{
	if (!ctx->br)
		return 0;
	ctx->splice = wants_splice(ctx);
	/* A port that leaves is deaf from the moment it stops to forward until it is released. */
	ctx->catch = !ctx->splice && moves_live(ctx);
	ctx->carrier = ctx->splice || ctx->catch;
	if (prepare_uplink(ctx) < 0 || give_back(ctx) < 0 || kn_catch_end(ctx) < 0 ||
	    kn_carrier_end(ctx) < 0)
		return -1;
	if (finish_uplink(ctx) < 0 || kn_live_dhcp(ctx) < 0 || settle_others(ctx) < 0)
		return -1;
	return kn_live_bridge_del(ctx);
}
