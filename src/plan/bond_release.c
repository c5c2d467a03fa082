/* Ports that leave a bond which stays, and what a bond that goes may not take along.
 * Layer: plan, pure. */
#include "plan/ctx.h"

static const struct kn_link *link_of(const struct kn_inputs *in, const struct kn_ifname *name)
{
	return kn_facts_link(in->facts, name);
}

/* A port over which the bond sends: up, with a cable, and not in its updelay. */
static bool works(const struct kn_link *port)
{
	return kn_link_is_up(port) && (port->flags & KN_IFF_RUNNING) && !port->is_cut;
}

/* A port that works and stays; the primary one before others. Return: borrowed, NULL = none. */
static const struct kn_link *other_port(const struct kn_inputs *in, const struct kn_target *target)
{
	const struct kn_link *bond = link_of(in, &target->bridge), *found = NULL;

	for (size_t i = 0; i < in->facts->n_links; i++) {
		const struct kn_link *port = &in->facts->links[i];

		if (!kn_ifname_eq(&port->master, &target->bridge) || !works(port) ||
		    kn_names_has(&target->ports, &port->name))
			continue;
		if (!found || kn_ifname_eq(&port->name, &bond->primary))
			found = port;
	}
	return found;
}

static bool is_in(const struct kn_inputs *in, const struct kn_ifname *port,
		  const struct kn_ifname *bond)
{
	const struct kn_link *link = link_of(in, port);

	return link && kn_ifname_eq(&link->master, bond);
}

/* ---- rules ---- */

/* The cards of a switch that is dead already carry nothing: there the question is not put. */
static int check_last(const struct kn_check *c)
{
	const struct kn_names *ports = &c->target->ports;
	const struct kn_ifname *bond = &c->target->bridge;

	for (size_t i = 0; i < ports->n; i++) {
		if (!is_in(c->in, &ports->v[i], bond) || !works(link_of(c->in, &ports->v[i])) ||
		    other_port(c->in, c->target))
			continue;
		return kn_rule(c->in, c->plan, "last-uplink", c->err,
			       "give it another port with a cable first (kvmnet apply without "
			       "--prune adds it), then take this one out",
			       "%s is the last port of %s with a carrier: what runs over %s would "
			       "be cut off",
			       ports->v[i].s, bond->s, bond->s);
	}
	return 0;
}

/* The bond may have taken its address from the very card that leaves. */
static int note_port(const struct kn_check *c, const struct kn_ifname *name)
{
	const struct kn_link *bond = link_of(c->in, &c->target->bridge),
			     *port = link_of(c->in, name);

	if (!bond)
		return 0;
	if (!port)
		return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
				    "there is no interface %s now (has it got another name?): only "
				    "its file leaves %s",
				    name->s, bond->name.s);
	if (!kn_ifname_eq(&port->master, &bond->name))
		return 0;
	if (port->has_own_mac && kn_mac_eq(&port->own_mac, &bond->mac))
		return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
				    "%s and %s have the same MAC address from then on: while both "
				    "are up in one network, frames for %s get lost; give one of "
				    "the two another address before %s comes up",
				    name->s, bond->name.s, bond->name.s, name->s);
	return kn_plan_note(c->plan, KN_NOTE_INFO, c->err,
			    "%s is down once it is out of %s, until the next boot or whoever "
			    "brings it up (ip link set %s up)",
			    name->s, bond->name.s, name->s);
}

int kn_bond_check_release(const struct kn_check *c)
{
	const struct kn_link *bond = link_of(c->in, &c->target->bridge);

	if (bond && bond->kind != KN_LINK_BOND)
		return kn_fail(c->err, KN_ERR_INPUT, 0, "%s is no bond", bond->name.s);
	if (check_last(c) < 0)
		return -1;
	for (size_t i = 0; i < c->target->ports.n; i++)
		if (kn_check_owner(c, &c->target->ports.v[i]) < 0 ||
		    note_port(c, &c->target->ports.v[i]) < 0)
			return -1;
	return 0;
}

/* A card that somebody has put into the bond, without a file: it is in use. */
int kn_bond_check_strangers(const struct kn_check *c)
{
	const struct kn_facts *facts = c->in->facts;
	const struct kn_ifname *bond = &c->target->bridge;

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *port = &facts->links[i];
		const struct kn_conf *conf = kn_confs_get(c->in->confs, &port->name);

		if (!kn_ifname_eq(&port->master, bond) ||
		    (conf && kn_ifname_eq(&conf->master, bond)))
			continue;
		return kn_rule(c->in, c->plan, "foreign-ports", c->err,
			       "take it out of the bond first (ip link set IF nomaster), or keep "
			       "the bond's section",
			       "%s still has a port that no file puts there (%s): who uses it "
			       "would lose the network",
			       bond->s, port->name.s);
	}
	return 0;
}

/* ---- live ---- */

static int detach(struct kn_ctx *ctx, const struct kn_ifname *port)
{
	if (!is_in(ctx->in, port, &ctx->br->name))
		return 0;
	return kn_emit_master(ctx, port, NULL, &ctx->br->name);
}

/* The kernel finds another one by itself, but what is sent in between is dropped. From here on the
 * switch sends to a card that does not listen until it goes down: at once. */
static int hand_over(struct kn_ctx *ctx)
{
	const struct kn_link *other = other_port(ctx->in, ctx->target);
	struct kn_op op = {.kind = KN_OP_BOND_ACTIVE, .dev = ctx->br->name};

	if (other) {
		op.master.now = other->name;
		op.master.before = ctx->br->active;
		if (kn_emit(ctx, KN_PHASE_SWITCH, &op) < 0)
			return -1;
	}
	return detach(ctx, &ctx->br->active);
}

/* The kernel puts the port down. There it stays: up, it would ask the network for addresses and
 * routes of its own beside the bond's, and with the bond's MAC address take its frames. */
int kn_live_bond_release(struct kn_ctx *ctx)
{
	const struct kn_names *ports = &ctx->target->ports;

	if (!ctx->br)
		return 0;
	for (size_t i = 0; i < ports->n; i++)
		if (!kn_ifname_eq(&ports->v[i], &ctx->br->active) && detach(ctx, &ports->v[i]) < 0)
			return -1;
	return kn_names_has(ports, &ctx->br->active) ? hand_over(ctx) : 0;
}
