/* Which change stands only when somebody confirms it, and what an SSH session has to expect.
 * Layer: plan, pure. */
#include "plan/ctx.h"

#define AUTOMATIC_S 120 /* time to log in anew and to look around; DESIGN, Rulings: Guardian */

/* The session's address, on a link that the change touches; NULL = it runs over another one. */
static const struct kn_laddr *session_addr(const struct kn_inputs *in,
					   const struct kn_target *target)
{
	const struct kn_facts *facts = in->facts;

	if (!facts->has_ssh || target->verb == KN_PORT_SET)
		return NULL;
	for (size_t i = 0; i < facts->n_addrs; i++) {
		const struct kn_ifname *dev = &facts->addrs[i].dev;

		if (kn_ip_eq(&facts->addrs[i].addr.ip, &facts->ssh_local) &&
		    (kn_ifname_eq(dev, &target->bridge) || kn_ifname_eq(dev, &target->uplink) ||
		     kn_names_has(&target->ports, dev)))
			return &facts->addrs[i];
	}
	return NULL;
}

static bool has_net(const struct kn_ipconf *ip, const struct kn_ip *peer)
{
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (kn_cidr_has(&ip->addrs.v[i], peer))
			return true;
	for (size_t i = 0; i < ip->routes.n; i++)
		if (kn_cidr_has(&ip->routes.v[i].dst, peer))
			return true;
	return false;
}

/* The default route by which the session's answers leave now, and that the change puts behind its
 * own. Of other links' networks only the files tell: in doubt the session is at stake. */
static const struct kn_route *session_route(const struct kn_inputs *in,
					    const struct kn_target *target)
{
	const struct kn_facts *facts = in->facts;
	const struct kn_ip *peer = &facts->ssh_peer;

	if (!facts->has_ssh)
		return NULL;
	for (size_t i = 0; i < facts->routes.n; i++)
		if (!kn_route_is_default(&facts->routes.v[i]) &&
		    facts->routes.v[i].table == KN_RT_TABLE_MAIN &&
		    kn_cidr_has(&facts->routes.v[i].dst, peer))
			return NULL;
	for (size_t i = 0; i < in->confs->n; i++)
		if (has_net(&in->confs->v[i].ip, peer))
			return NULL;
	return kn_default_outranked(in, target, peer->family);
}

/* A bridge goes, and nobody takes over what it has. */
static bool ends_with_bridge(const struct kn_inputs *in, const struct kn_target *target,
			     const struct kn_laddr *own)
{
	return target->verb == KN_BRIDGE_DELETE && kn_ifname_eq(&own->dev, &target->bridge) &&
	       !kn_facts_link(in->facts, &target->uplink);
}

/* Is the session's address replaced by others? A lease may well be the same one. */
static bool is_taken_away(const struct kn_inputs *in, const struct kn_target *target,
			  const struct kn_laddr *own)
{
	bool replaced = in->spec->no_ip ||
			(target->groups & KN_GROUP_ADDR && !(target->inherited & KN_GROUP_ADDR));

	if (ends_with_bridge(in, target, own))
		return true;
	for (size_t i = 0; i < target->ip.addrs.n; i++)
		if (kn_ip_eq(&target->ip.addrs.v[i].ip, &in->facts->ssh_local))
			return false;
	return replaced && !target->ip.dhcp4;
}

/* As it will be: given, or as the bridge has it. */
static uint32_t opt_then(const struct kn_inputs *in, const struct kn_target *target,
			 enum kn_bridge_opt id)
{
	const struct kn_link *link = kn_facts_link(in->facts, &target->bridge);

	return kn_opts_get(&target->opts, id, link ? kn_opts_get(&link->opts, id, 0) : 0);
}

/* Shorter, and nobody could reach the host in time: a port listens and learns before it forwards.
 * 0 = no such limit. */
static uint32_t least_s(const struct kn_inputs *in, const struct kn_target *target)
{
	if (target->verb == KN_BRIDGE_DELETE || !opt_then(in, target, KN_BROPT_STP))
		return 0;
	return (2 * opt_then(in, target, KN_BROPT_FORWARD_DELAY) + 99) / 100 + 10;
}

/* For how long a confirmation is waited for, 0 = it is not. On a terminal the keystroke proves that
 * the line holds; without one, what is reachable decides. */
static uint32_t seconds(const struct kn_inputs *in, const struct kn_target *target)
{
	uint32_t least = least_s(in, target);

	if (in->spec->confirm_s)
		return in->spec->confirm_s;
	if (!in->spec->can_ask || (!session_addr(in, target) && !session_route(in, target)))
		return 0;
	return least > AUTOMATIC_S ? least : AUTOMATIC_S;
}

uint32_t kn_confirm_rollback(const struct kn_spec *spec, const struct kn_facts *facts)
{
	if (spec->confirm_s)
		return spec->confirm_s;
	for (size_t i = 0; spec->can_ask && facts->has_ssh && i < facts->n_addrs; i++)
		if (kn_ip_eq(&facts->addrs[i].addr.ip, &facts->ssh_local))
			return AUTOMATIC_S;
	return 0;
}

/* Its answers would leave by another gateway, and not reach it any more. */
static int check_route(const struct kn_check *c)
{
	const struct kn_route *route = session_route(c->in, c->target);
	char local[KN_IP_STRLEN], peer[KN_IP_STRLEN];

	if (!route)
		return 0;
	kn_ip_fmt(&c->in->facts->ssh_local, local);
	kn_ip_fmt(&c->in->facts->ssh_peer, peer);
	if (c->in->spec->confirm_s)
		return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
				    "This SSH session (%s to %s) is answered by the default route "
				    "of %s, which is used no more.\nLog in anew and type kvmnet "
				    "confirm within %u s; otherwise everything is undone.",
				    peer, local, route->dev.s, c->in->spec->confirm_s);
	return kn_rule(c->in, c->plan, "ssh-address", c->err,
		       "keep that route the first one (--metric), or give --confirm SEC, log in "
		       "anew and type kvmnet confirm",
		       "this SSH session (%s to %s) is answered by the default route of %s, which "
		       "the change takes out of use",
		       peer, local, route->dev.s);
}

/* An address that goes takes the session with it; then only a new session can tell that the host is
 * still reached. */
int kn_preflight_ssh(const struct kn_check *c)
{
	const struct kn_laddr *own = session_addr(c->in, c->target);
	char local[KN_IP_STRLEN], peer[KN_IP_STRLEN];

	if (!own)
		return check_route(c);
	kn_ip_fmt(&c->in->facts->ssh_local, local);
	kn_ip_fmt(&c->in->facts->ssh_peer, peer);
	if (!is_taken_away(c->in, c->target, own))
		return 0; /* told by kn_plan_confirm(), where the plan has something that can end it
			   */
	if (c->in->spec->confirm_s)
		return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
				    "This SSH session (%s to %s) uses an address that the change "
				    "takes away.\nLog in anew and type kvmnet confirm within %u s; "
				    "otherwise everything is undone.",
				    peer, local, c->in->spec->confirm_s);
	return kn_rule(c->in, c->plan, "ssh-address", c->err,
		       "keep this address beside the new one with a second --static, or give "
		       "--confirm SEC, log in anew and type kvmnet confirm",
		       "this SSH session (%s to %s) uses an address that the change takes away",
		       peer, local);
}

static bool has_live_step(const struct kn_plan *plan)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (kn_op_info(plan->ops[i].kind)->participant != KN_BY_FILES)
			return true;
	return false;
}

/* Does a step of the plan interrupt traffic? */
static bool interrupts(const struct kn_plan *plan)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct kn_op_info *info = kn_op_info(plan->ops[i].kind);

		if (info->participant != KN_BY_FILES && info->interrupts)
			return true;
	}
	return false;
}

static bool moves(const struct kn_plan *plan, const struct kn_ip *addr)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (plan->ops[i].kind == KN_OP_ADDR_DEL &&
		    kn_ip_eq(&plan->ops[i].addr.addr.ip, addr))
			return true;
	return false;
}

/* Only of a plan that could end the session: the same command again has nothing to say. */
static int note_session(const struct kn_inputs *in, const struct kn_target *target,
			struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_laddr *own = session_addr(in, target);
	char local[KN_IP_STRLEN], peer[KN_IP_STRLEN];

	if (!own || is_taken_away(in, target, own) || !interrupts(plan))
		return 0;
	kn_ip_fmt(&in->facts->ssh_local, local);
	kn_ip_fmt(&in->facts->ssh_peer, peer);
	if (!plan->confirm_s)
		return kn_plan_note(plan, KN_NOTE_WARNING, err,
				    "Your SSH session (%s to %s) runs over %s.\n"
				    "It should survive: %s.",
				    peer, local, own->dev.s,
				    moves(plan, &in->facts->ssh_local)
					    ? "the address moves with its routes and neighbours"
					    : "its address stays where it is");
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "Your SSH session (%s to %s) runs over %s.\n"
			    "It should survive; if it does not, everything is undone after %u s.",
			    peer, local, own->dev.s, plan->confirm_s);
}

int kn_plan_confirm(const struct kn_inputs *in, const struct kn_target *target,
		    struct kn_plan *plan, struct kn_error *err)
{
	uint32_t least = least_s(in, target);

	if (in->spec->confirm_s && in->spec->confirm_s < least) {
		kn_fail(err, KN_ERR_INPUT, 0,
			"--confirm %u is too short: with STP on, a port of %s is silent for %u "
			"seconds",
			in->spec->confirm_s, target->bridge.s, least - 10);
		return kn_hint(err, "--confirm %u or more", least);
	}
	if (in->facts->live && (in->spec->confirm_s || has_live_step(plan)))
		plan->confirm_s = seconds(in, target);
	return note_session(in, target, plan, err);
}
