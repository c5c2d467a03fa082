/* The way back: what becomes of every link, and between which two addresses and routes move.
 * Layer: plan, pure. */
#include "plan/restore_priv.h"
#include "plan/topology.h"

#include <stdlib.h>
#include <string.h>

struct kn_rlink *kn_restore_link(const struct kn_restore *r, const struct kn_ifname *name)
{
	for (size_t i = 0; i < r->n_links; i++)
		if (kn_ifname_eq(&r->links[i].name, name))
			return &r->links[i];
	return NULL;
}

bool kn_restore_holds(const struct kn_restore *r, const struct kn_ifname *name)
{
	const struct kn_rlink *link = kn_restore_link(r, name);

	return link && (link->fate == KN_FATE_STAYS || link->fate == KN_FATE_COMES);
}

const struct kn_rlink *kn_restore_receiver(const struct kn_restore *r)
{
	return r->back ? r->uplink : r->bridge;
}

void kn_restore_lose(struct kn_restore *r, const struct kn_ifname *name, const char *what)
{
	kn_buf_puts(&r->lost, r->lost.len ? "; " : "");
	kn_buf_put_escaped(&r->lost, name->s, strlen(name->s));
	kn_buf_puts(&r->lost, what);
}

/* What is made by a message alone, and not by a driver. */
bool kn_restore_is_makable(const struct kn_link *link)
{
	return link->kind == KN_LINK_BRIDGE || link->kind == KN_LINK_BOND ||
	       link->kind == KN_LINK_VLAN;
}

/* Deleting somebody else's bridge of that name would cut others off. */
static bool is_made(const struct kn_journal *then, const struct kn_link *link)
{
	for (size_t i = 0; i < then->n_made; i++)
		if (kn_ifname_eq(&then->made[i].name, &link->name))
			return kn_restore_is_makable(link) &&
			       (!then->made[i].has_mac ||
				kn_mac_eq(&then->made[i].mac, &link->mac));
	return false;
}

static int add_link(struct kn_restore *r, enum kn_fate fate, const struct kn_link *was,
		    const struct kn_link *now)
{
	struct kn_rlink link = {.fate = fate, .was = was, .have = now ? *now : *was};

	link.name = link.have.name;
	if (kn_grow(&r->links, &r->cap_links, r->n_links + 1, sizeof(link), r->ctx.err) < 0)
		return -1;
	r->links[r->n_links++] = link;
	return 0;
}

/* Matched by name alone: what a name meant to its owner is not ours to guess. */
static int add_lost(struct kn_restore *r, const struct kn_link *was)
{
	const struct kn_link *other = NULL;

	for (size_t i = 0; i < r->now->n_links; i++)
		if (was->ifindex && r->now->links[i].ifindex == was->ifindex)
			other = &r->now->links[i];
	if (!other) {
		kn_restore_lose(r, &was->name, " is gone");
	} else {
		kn_restore_lose(r, &was->name, " is called ");
		kn_buf_put_escaped(&r->lost, other->name.s, strlen(other->name.s));
		kn_buf_puts(&r->lost, " now");
	}
	return add_link(r, KN_FATE_LOST, was, NULL);
}

static int note_stranger(struct kn_restore *r, const struct kn_link *link)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&name, link->name.s, strlen(link->name.s));
	return kn_plan_note(r->ctx.plan, KN_NOTE_WARNING, r->ctx.err,
			    "%s was not made by this change (another MAC address or kind of link): "
			    "it stays as it is",
			    kn_buf_str(&name));
}

static int judge_one(struct kn_restore *r, const struct kn_ifname *name)
{
	const struct kn_link *was = kn_facts_link(r->was, name);
	const struct kn_link *now = kn_facts_link(r->now, name);

	if (!was && !now)
		return 0;
	if (!was)
		return is_made(r->then, now) ? add_link(r, KN_FATE_GOES, NULL, now)
					     : note_stranger(r, now);
	if (now && was->kind != now->kind &&
	    (kn_restore_is_makable(was) || kn_restore_is_makable(now))) {
		kn_restore_lose(r, name, " is another kind of link now");
		return add_link(r, KN_FATE_LOST, was, NULL);
	}
	if (now)
		return add_link(r, KN_FATE_STAYS, was, now);
	return kn_restore_is_makable(was) ? add_link(r, KN_FATE_COMES, was, NULL)
					  : add_lost(r, was);
}

/* Guests that were started on the bridge meanwhile lose it: that has to be said. */
static int judge_foreign_ports(struct kn_restore *r)
{
	for (size_t i = 0; i < r->now->n_links; i++) {
		const struct kn_link *port = &r->now->links[i];
		const struct kn_rlink *master = kn_restore_link(r, &port->master);
		struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (!master || master->fate != KN_FATE_GOES || kn_restore_link(r, &port->name) ||
		    kn_is_carrier(&port->name))
			continue;
		kn_buf_put_escaped(&name, port->name.s, strlen(port->name.s));
		if (kn_plan_note(
			    r->ctx.plan, KN_NOTE_WARNING, r->ctx.err,
			    "%s was attached to %s meanwhile: it is released, and what uses it "
			    "(a guest) has no network until it is attached elsewhere",
			    kn_buf_str(&name), master->name.s) < 0 ||
		    add_link(r, KN_FATE_FOREIGN, NULL, port) < 0)
			return -1;
	}
	return 0;
}

static bool had_addrs(const struct kn_restore *r, const struct kn_ifname *dev)
{
	for (size_t i = 0; i < r->was->n_addrs; i++)
		if (kn_ifname_eq(&r->was->addrs[i].dev, dev))
			return true;
	return false;
}

static bool is_candidate(const struct kn_rlink *link)
{
	return link->fate == KN_FATE_STAYS && link->was->kind != KN_LINK_BRIDGE &&
	       link->was->kind != KN_LINK_TUN;
}

/* Its own addresses before, and a port now; or a port before, and free now. */
static bool pair_up(struct kn_restore *r, struct kn_rlink *link)
{
	bool back = !kn_ifname_is_set(&link->was->master);
	struct kn_rlink *bridge =
		kn_restore_link(r, back ? &link->have.master : &link->was->master);

	if (!bridge || bridge->have.kind != KN_LINK_BRIDGE ||
	    kn_ifname_eq(&link->have.master, &link->was->master))
		return false;
	if (!had_addrs(r, back ? &link->name : &bridge->name))
		return false;
	if (!back && !kn_restore_holds(r, &bridge->name))
		return false;
	r->back = back;
	r->uplink = link;
	r->bridge = bridge;
	return true;
}

/* Where a run died before the uplink became a port, or after it was released. */
static bool pair_loosely(struct kn_restore *r, struct kn_rlink *link)
{
	for (size_t i = 0; i < r->n_links; i++) {
		struct kn_rlink *bridge = &r->links[i];

		if (bridge->fate != KN_FATE_GOES || bridge->have.kind != KN_LINK_BRIDGE ||
		    kn_ifname_is_set(&link->was->master) || !had_addrs(r, &link->name))
			continue;
		r->back = true;
		r->uplink = link;
		r->bridge = bridge;
		return true;
	}
	return false;
}

static void pick_pair(struct kn_restore *r)
{
	for (size_t i = 0; i < r->n_links; i++)
		if (is_candidate(&r->links[i]) && pair_up(r, &r->links[i]))
			return;
	for (size_t i = 0; i < r->n_links; i++)
		if (is_candidate(&r->links[i]) && pair_loosely(r, &r->links[i]))
			return;
}

int kn_restore_judge(struct kn_restore *r)
{
	for (size_t i = 0; i < r->then->scope.n; i++)
		if (!kn_restore_link(r, &r->then->scope.v[i]) &&
		    judge_one(r, &r->then->scope.v[i]) < 0)
			return -1;
	if (judge_foreign_ports(r) < 0)
		return -1;
	pick_pair(r);
	return 0;
}
