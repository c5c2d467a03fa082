/* What a change costs beyond doubt, said before it is made: a MAC, an MTU, an unspliced move.
 * Layer: plan, pure. */
#include "plan/ctx.h"

#include <string.h>

#include "kvmnet/buf.h"

static int note_mac(const struct kn_target *target, const struct kn_link *br, struct kn_plan *plan,
		    struct kn_error *err)
{
	char now[KN_MAC_STRLEN], before[KN_MAC_STRLEN];

	if (!target->has_mac || kn_mac_eq(&target->mac, &br->mac))
		return 0;
	return kn_plan_note(
		plan, KN_NOTE_WARNING, err,
		"the MAC address of %s changes from %s to %s: its neighbours are told at "
		"once, but one that does not listen sends to the old one until it asks "
		"again (up to a minute), and a DHCP server may give another lease",
		br->name.s, kn_mac_fmt(&br->mac, before), kn_mac_fmt(&target->mac, now));
}

static int note_mtu(const struct kn_inputs *in, const struct kn_target *target,
		    struct kn_plan *plan, struct kn_error *err)
{
	if (!(target->groups & KN_GROUP_MTU))
		return 0;
	for (size_t i = 0; i < target->ports.n; i++) {
		const struct kn_link *port = kn_facts_link(in->facts, &target->ports.v[i]);

		if (port && port->kind == KN_LINK_PHYSICAL && port->mtu != target->mtu)
			return kn_plan_note(plan, KN_NOTE_WARNING, err,
					    "the MTU of %s changes from %u to %u: many network "
					    "cards reset their link for that (1 to 5 seconds)",
					    port->name.s, port->mtu, target->mtu);
	}
	return 0;
}

/* The plan says by its steps whether it is spliced. */
static int note_window(struct kn_plan *plan, struct kn_error *err)
{
	bool addrs = false, port = false;

	for (size_t i = 0; i < plan->n_ops; i++) {
		if (plan->ops[i].kind == KN_OP_SPLICE_ADD)
			return 0;
		addrs |= plan->ops[i].kind == KN_OP_ADDR_DEL;
		port |= plan->ops[i].kind == KN_OP_LINK_MASTER;
	}
	/* An address that goes while its link stays where it is moves nowhere. */
	if (!addrs || !port || (plan->verb != KN_BRIDGE_CREATE && plan->verb != KN_BRIDGE_DELETE))
		return 0;
	return kn_plan_note(plan, KN_NOTE_INFO, err,
			    "The move is not spliced: for some tens of microseconds the port drops "
			    "what arrives. kvmnet catches it and hands it to the bridge, where the "
			    "kernel has packet sockets and /dev/net/tun; else one packet can be "
			    "lost.");
}

/* More nobody reads in a plan; the firewall's own listing has them. */
#define RULES_SHOWN 5

static bool moves_addresses(const struct kn_plan *plan)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (plan->ops[i].kind == KN_OP_ADDR_DEL)
			return true;
	return false;
}

/* The host's traffic comes by the other link afterwards. Established connections go on where the
 * rules let them; new ones meet the rules that are left. */
static int note_firewall(const struct kn_inputs *in, const struct kn_target *target,
			 struct kn_plan *plan, struct kn_error *err)
{
	bool create = target->verb == KN_BRIDGE_CREATE;
	const struct kn_ifname *from = create ? &target->uplink : &target->bridge;
	const struct kn_ifname *to = create ? &target->bridge : &target->uplink;
	const struct kn_facts *facts = in->facts;
	size_t n = 0;

	for (size_t i = 0; i < facts->n_fwrules; i++) {
		if (!kn_ifname_eq(&facts->fwrules[i].dev, from))
			continue;
		if (n++ < RULES_SHOWN &&
		    kn_plan_note(plan, KN_NOTE_WARNING, err, "firewall rule names %s: %s", from->s,
				 facts->fwrules[i].text) < 0)
			return -1;
	}
	return n ? kn_plan_note(plan, KN_NOTE_WARNING, err,
				"%zu firewall rule%s %s and will not match the host's traffic any "
				"more, which then comes and goes by %s: add the same rules for %s "
				"first, or new connections may be refused (or let in)",
				n, n == 1 ? " names" : "s name", from->s, to->s, to->s)
		 : 0;
}

/* firewalld knows links by name: a bridge that it has not heard of is in its default zone. The
 * files' ZONE= is read at the next boot only. */
static int note_zone(const struct kn_inputs *in, const struct kn_target *target,
		     struct kn_plan *plan, struct kn_error *err)
{
	bool create = target->verb == KN_BRIDGE_CREATE;
	const struct kn_ifname *from = create ? &target->uplink : &target->bridge;
	const struct kn_ifname *to = create ? &target->bridge : &target->uplink;
	const char *old = kn_facts_zone(in->facts, from), *now = kn_facts_zone(in->facts, to);
	const char *want = create && target->zone ? target->zone : old;
	struct kn_buf zone KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf other KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!old || !now || !strcmp(want, now))
		return 0;
	kn_buf_put_escaped(&zone, want, strlen(want));
	kn_buf_put_escaped(&other, now, strlen(now));
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "firewalld has %s in its zone %s: with the addresses there, new "
			    "connections meet the rules of that zone, and not those of %s. Type "
			    "first, and again with --permanent: firewall-cmd --zone=%s "
			    "--change-interface=%s",
			    to->s, kn_buf_str(&other), kn_buf_str(&zone), kn_buf_str(&zone), to->s);
}

int kn_note_costs(const struct kn_inputs *in, const struct kn_target *target, struct kn_plan *plan,
		  struct kn_error *err)
{
	const struct kn_link *br = kn_facts_link(in->facts, &target->bridge);

	if (!in->facts->live)
		return 0;
	if (target->verb == KN_BRIDGE_SET && br && note_mac(target, br, plan, err) < 0)
		return -1;
	if (note_mtu(in, target, plan, err) < 0)
		return -1;
	if ((target->verb == KN_BRIDGE_CREATE || target->verb == KN_BRIDGE_DELETE) &&
	    moves_addresses(plan) &&
	    (note_firewall(in, target, plan, err) < 0 || note_zone(in, target, plan, err) < 0))
		return -1;
	return note_window(plan, err);
}
