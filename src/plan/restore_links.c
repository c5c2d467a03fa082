/* The way back: links, their settings and whose ports they are.
 * Layer: plan, pure. */
#include "plan/restore_priv.h"

/* A new port's, as the kernel sets them. Source: kernel net/bridge/br_if.c new_nbp(),
 * br_stp_if.c br_stp_init_port(): BR_DEFAULT_PATH... the cost follows the link's speed. */
#define NEW_PORT_PRIORITY 32u

static uint32_t get_num(const struct kn_link *link, enum kn_op_kind kind)
{
	if (kind == KN_OP_LINK_MTU)
		return link->mtu;
	if (kind == KN_OP_LINK_GROUP)
		return link->group;
	if (kind == KN_OP_ADDR_GEN)
		return link->addr_gen_mode;
	if (kind == KN_OP_RP_FILTER)
		return link->rp_filter;
	if (kind == KN_OP_PROMOTE)
		return link->promote;
	return kind == KN_OP_ACCEPT_RA ? link->accept_ra : link->disable_ipv6;
}

static void set_num(struct kn_link *link, enum kn_op_kind kind, uint32_t value)
{
	if (kind == KN_OP_LINK_MTU)
		link->mtu = value;
	else if (kind == KN_OP_LINK_GROUP)
		link->group = value;
	else if (kind == KN_OP_ADDR_GEN)
		link->addr_gen_mode = (uint8_t)value;
	else if (kind == KN_OP_RP_FILTER)
		link->rp_filter = value;
	else if (kind == KN_OP_PROMOTE)
		link->promote = value;
	else if (kind == KN_OP_ACCEPT_RA)
		link->accept_ra = value;
	else
		link->disable_ipv6 = value != 0;
}

static bool is_ipv6s(enum kn_op_kind kind)
{
	return kind == KN_OP_ADDR_GEN || kind == KN_OP_ACCEPT_RA || kind == KN_OP_DISABLE_IPV6;
}

/* Defaults that differ from host to host. */
static bool is_unknown(const struct kn_rlink *link, enum kn_op_kind kind)
{
	return link->settings_unknown &&
	       (kind == KN_OP_RP_FILTER || kind == KN_OP_PROMOTE || kind == KN_OP_ACCEPT_RA);
}

int kn_restore_num(struct kn_restore *r, struct kn_rlink *link, enum kn_phase phase,
		   enum kn_op_kind kind, uint32_t want)
{
	uint32_t have = get_num(&link->have, kind);
	struct kn_op op = {.kind = kind, .dev = link->name, .num = {want, have}};

	/* Without IPv6 there is nothing to set. */
	if (is_ipv6s(kind) && link->have.addr_gen_mode == UINT8_MAX)
		return 0;
	if (have == want && !is_unknown(link, kind))
		return 0;
	set_num(&link->have, kind, want);
	return kn_emit(&r->ctx, phase, &op);
}

static int set_up(struct kn_restore *r, struct kn_rlink *link)
{
	if (kn_link_is_up(&link->have) || !kn_link_is_up(link->was))
		return 0;
	link->have.flags |= KN_IFF_UP;
	return kn_emit_simple(&r->ctx, KN_PHASE_PREPARE, KN_OP_LINK_UP, &link->name, NULL);
}

static int loosen(struct kn_restore *r, struct kn_rlink *link)
{
	return kn_is_strict(&r->ctx, link->have.rp_filter)
		       ? kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_RP_FILTER, KN_RP_LOOSE)
		       : 0;
}

/* As the forward planner makes one: STP comes last, addresses are not generated. */
static int make_link(struct kn_restore *r, struct kn_rlink *link)
{
	if (kn_restore_make(r, link) < 0)
		return -1;
	link->settings_unknown = true;
	link->have.flags = 0;
	link->have.group = 0;
	link->have.disable_ipv6 = false;
	link->have.master = (struct kn_ifname){{0}};
	if (link->have.addr_gen_mode != UINT8_MAX)
		link->have.addr_gen_mode = 0;
	link->have.primary = (struct kn_ifname){{0}};
	if (link->was->kind == KN_LINK_BRIDGE) {
		kn_opts_set(&link->have.opts, KN_BROPT_STP, 0);
		kn_opts_set(&link->have.opts, KN_BROPT_FORWARD_DELAY, 0);
	}
	/* What the record does not hold is best taken from the uplink, as when it was made. */
	if (link == r->bridge && kn_emit_simple(&r->ctx, KN_PHASE_PREPARE, KN_OP_CONF_COPY,
						&link->name, &r->uplink->name) < 0)
		return -1;
	return kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_ADDR_GEN, KN_ADDR_GEN_NONE);
}

/* The kernel would make link-local addresses of its own at once, tentative ones, where the record's
 * are to be added: not until they stand. */
static int wake(struct kn_restore *r, struct kn_rlink *link)
{
	bool sleeps = link->have.disable_ipv6 && !link->was->disable_ipv6;
	bool down = !kn_link_is_up(&link->have) && kn_link_is_up(link->was);

	if (!sleeps && !down)
		return 0;
	if (kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_ADDR_GEN, KN_ADDR_GEN_NONE) < 0)
		return -1;
	/* Waking solicits advertisements; the answer would give the bridge a fresh default route
	 * that outranks the one moved to the uplink. */
	if (sleeps && link == r->uplink && r->back && r->bridge->fate == KN_FATE_GOES &&
	    kn_restore_num(r, r->bridge, KN_PHASE_PREPARE, KN_OP_ACCEPT_RA, 0) < 0)
		return -1;
	if (sleeps && kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_DISABLE_IPV6, 0) < 0)
		return -1;
	return set_up(r, link);
}

static int prepare_one(struct kn_restore *r, struct kn_rlink *link)
{
	const struct kn_link *was = link->was;

	if (link->fate == KN_FATE_COMES && make_link(r, link) < 0)
		return -1;
	if (kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_LINK_GROUP, was->group) < 0 ||
	    kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_LINK_MTU, was->mtu) < 0)
		return -1;
	if (link->fate == KN_FATE_COMES && was->disable_ipv6 &&
	    kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_DISABLE_IPV6, 1) < 0)
		return -1;
	return wake(r, link);
}

static bool holds(const struct kn_rlink *link)
{
	return link->fate == KN_FATE_STAYS || link->fate == KN_FATE_COMES;
}

/* Ports first: a bridge's MTU and MAC address may follow them. */
static int for_all(struct kn_restore *r, int (*fn)(struct kn_restore *, struct kn_rlink *))
{
	for (int step = 0; step < KN_RESTORE_STEPS; step++)
		for (size_t i = 0; i < r->n_links; i++)
			if (holds(&r->links[i]) && kn_restore_is_step(r, &r->links[i], step) &&
			    fn(r, &r->links[i]) < 0)
				return -1;
	return 0;
}

int kn_restore_links_prepare(struct kn_restore *r)
{
	if (kn_restore_bonds_release(r) < 0 || for_all(r, prepare_one) < 0 ||
	    kn_restore_bonds_join(r) < 0)
		return -1;
	if (!r->uplink)
		return 0;
	/* Spliced, or before the switch, frames arrive on the one while routes leave by the other.
	 */
	if (r->back && loosen(r, r->uplink) < 0)
		return -1;
	return !r->back || r->ctx.splice || r->ctx.catch ? loosen(r, r->bridge) : 0;
}

/* A bridge that nobody asked about is taken to be there. */
static bool can_join(const struct kn_restore *r, const struct kn_ifname *master)
{
	return !kn_restore_link(r, master) || kn_restore_holds(r, master);
}

int kn_restore_masters(struct kn_restore *r)
{
	for (size_t i = 0; i < r->n_links; i++) {
		struct kn_rlink *link = &r->links[i];

		if (!holds(link) || kn_ifname_eq(&link->was->master, &link->have.master))
			continue;
		if (kn_ifname_is_set(&link->was->master) && !can_join(r, &link->was->master)) {
			kn_restore_lose(r, &link->name, " has lost its bridge");
			continue;
		}
		if (kn_emit_master(&r->ctx, &link->name, &link->was->master, &link->have.master) <
		    0)
			return -1;
	}
	return 0;
}

/* One that follows its ports comes back with them. */
static int put_mac(struct kn_restore *r, const struct kn_rlink *link)
{
	const struct kn_link *was = link->was, *have = &link->have;
	struct kn_op op = {.kind = KN_OP_LINK_MAC, .dev = link->name};

	if (!was->has_mac || !have->has_mac || kn_mac_eq(&was->mac, &have->mac) ||
	    kn_restore_has_bonds_mac(r, link) ||
	    (was->kind == KN_LINK_BRIDGE && !was->mac_set && !have->mac_set))
		return 0;
	op.mac.now = was->mac;
	op.mac.before = have->mac;
	return kn_emit(&r->ctx, KN_PHASE_FINISH, &op);
}

/* What the bridge gave its port anew when it joined in this plan. */
static void new_port_opts(struct kn_opts *ret, const struct kn_opts *was)
{
	*ret = (struct kn_opts){0};
	kn_opts_set(ret, KN_PORTOPT_ISOLATED, 0);
	kn_opts_set(ret, KN_PORTOPT_HAIRPIN, 0);
	kn_opts_set(ret, KN_PORTOPT_PRIORITY, NEW_PORT_PRIORITY);
	kn_opts_set(ret, KN_PORTOPT_LEARNING, 1);
	kn_opts_set(ret, KN_PORTOPT_COST, kn_opts_get(was, KN_PORTOPT_COST, 0));
}

static int put_port_opts(struct kn_restore *r, const struct kn_rlink *link)
{
	struct kn_op op = {.kind = KN_OP_PORT_OPTS, .dev = link->name};
	struct kn_opts have = link->have.port_opts;

	if (!kn_ifname_is_set(&link->was->master) || !can_join(r, &link->was->master))
		return 0;
	if (!kn_ifname_eq(&link->was->master, &link->have.master))
		new_port_opts(&have, &link->was->port_opts);
	op.opts.now = kn_opts_diff(&link->was->port_opts, &have);
	op.opts.before = kn_opts_before(&op.opts.now, &have);
	return op.opts.now.has ? kn_emit(&r->ctx, KN_PHASE_FINISH, &op) : 0;
}

static int put_bridge_opts(struct kn_restore *r, const struct kn_rlink *link)
{
	struct kn_target target = {.bridge = link->name, .opts = link->was->opts};
	struct kn_ctx ctx = r->ctx;

	ctx.target = &target;
	return kn_live_bridge_opts(&ctx, &link->have.opts);
}

static int finish_one(struct kn_restore *r, struct kn_rlink *link)
{
	const struct kn_link *was = link->was;
	const enum kn_phase phase = KN_PHASE_FINISH;

	if (kn_restore_num(r, link, phase, KN_OP_RP_FILTER, was->rp_filter) < 0 ||
	    kn_restore_num(r, link, phase, KN_OP_PROMOTE, was->promote) < 0 ||
	    kn_restore_num(r, link, phase, KN_OP_ACCEPT_RA, was->accept_ra) < 0 ||
	    kn_restore_num(r, link, phase, KN_OP_ADDR_GEN, was->addr_gen_mode) < 0 ||
	    kn_restore_num(r, link, phase, KN_OP_DISABLE_IPV6, was->disable_ipv6) < 0)
		return -1;
	if (put_mac(r, link) < 0 || put_port_opts(r, link) < 0 || put_bridge_opts(r, link) < 0 ||
	    kn_restore_bond_opts(r, link) < 0)
		return -1;
	if (!kn_link_is_up(&link->have) || kn_link_is_up(was))
		return 0;
	return kn_emit_simple(&r->ctx, phase, KN_OP_LINK_DOWN, &link->name, NULL);
}

int kn_restore_links_finish(struct kn_restore *r)
{
	return for_all(r, finish_one);
}

/* Released by name, so that a failure further on can give them back. */
static int release_foreign(struct kn_restore *r, const struct kn_rlink *bridge)
{
	for (size_t i = 0; i < r->n_links; i++) {
		const struct kn_rlink *port = &r->links[i];
		struct kn_op op = {.kind = KN_OP_LINK_MASTER, .dev = port->name};

		if (port->fate != KN_FATE_FOREIGN ||
		    !kn_ifname_eq(&port->have.master, &bridge->name))
			continue;
		op.master.before = bridge->name;
		if (kn_emit(&r->ctx, KN_PHASE_FINISH, &op) < 0)
			return -1;
	}
	return 0;
}

static int end_one(struct kn_restore *r, const struct kn_rlink *link)
{
	struct kn_target target = {.bridge = link->name};
	struct kn_ctx ctx = r->ctx;

	ctx.target = &target;
	ctx.br = &link->have;
	return release_foreign(r, link) < 0 ? -1 : kn_live_link_del(&ctx);
}

/* From the top down: with a bond its VLANs would go by themselves. */
int kn_restore_links_end(struct kn_restore *r)
{
	for (int step = KN_RESTORE_STEPS; step-- > 0;)
		for (size_t i = r->n_links; i-- > 0;)
			if (r->links[i].fate == KN_FATE_GOES &&
			    kn_restore_is_step(r, &r->links[i], step) &&
			    end_one(r, &r->links[i]) < 0)
				return -1;
	return 0;
}
