/* The way back to a recorded state: one comparison of the record with the kernel, emitted in
 * takeover order (TAKEOVER.md). The forward move is not run backwards: it copies what a bridge has,
 * and here the record says what the uplink is to get, whatever the bridge has lost or gained.
 * Layer: plan, pure. */
#include "plan/restore_priv.h"

#include <stdlib.h>

static bool is_due(const struct kn_restore *r)
{
	const struct kn_rlink *to = kn_restore_receiver(r);

	for (size_t i = 0; to && i < r->was->n_addrs; i++)
		if (kn_ifname_eq(&r->was->addrs[i].dev, &to->name) &&
		    kn_restore_addr_is_missing(r, &r->was->addrs[i]))
			return true;
	for (size_t i = 0; to && i < r->was_routes.n; i++)
		if (kn_route_uses(&r->was_routes.v[i], &to->name) &&
		    kn_restore_route_is_missing(r, &r->was_routes.v[i]))
			return true;
	return false;
}

static bool has_other_ports(const struct kn_restore *r)
{
	for (size_t i = 0; i < r->now->n_links; i++)
		if (kn_ifname_eq(&r->now->links[i].master, &r->bridge->name) &&
		    !kn_ifname_eq(&r->now->links[i].name, &r->uplink->name))
			return true;
	return false;
}

/* As in the forward plans: nobody else is on the bridge, both are up with one MAC address. */
static bool wants_splice(const struct kn_restore *r)
{
	const struct kn_link *up = &r->uplink->have, *br = &r->bridge->have;

	if (!r->now->can_splice || !kn_link_is_up(up) || !kn_mac_eq(&up->mac, &br->mac))
		return false;
	if (!r->back)
		return r->bridge->fate == KN_FATE_COMES && br->has_mac &&
		       kn_link_is_up(r->bridge->was);
	return kn_link_is_up(br) && kn_ifname_eq(&up->master, &r->bridge->name) &&
	       !has_other_ports(r);
}

/* As in the forward plans: unspliced, the port drops what arrives in the instant of the switch. */
static bool wants_catch(const struct kn_restore *r)
{
	const struct kn_link *up = &r->uplink->have, *br = &r->bridge->have;
	bool is_port = kn_ifname_eq(&up->master, &r->bridge->name);

	if (r->ctx.splice || !kn_link_is_up(up) || is_port != r->back)
		return false;
	return kn_link_is_up(r->bridge->fate == KN_FATE_COMES ? r->bridge->was : br);
}

/* Once links and pair are known. */
static void decide_help(struct kn_restore *r)
{
	if (!r->uplink)
		return;
	r->target.uplink = r->uplink->name;
	r->target.bridge = r->bridge->name;
	r->ctx.uplink = &r->uplink->have;
	if (!is_due(r))
		return;
	r->ctx.from = r->back ? r->bridge->name : r->uplink->name;
	r->ctx.splice = wants_splice(r);
	r->ctx.catch = wants_catch(r);
	if (r->back || r->ctx.catch)
		r->ctx.carrier = r->ctx.splice || r->ctx.catch;
	else
		r->ctx.carrier = r->bridge->fate == KN_FATE_COMES
					 ? kn_link_is_up(r->bridge->was)
					 : kn_link_is_up(&r->bridge->have) &&
						   !(r->bridge->have.flags & KN_IFF_RUNNING);
}

static int prepare(struct kn_restore *r)
{
	if (kn_restore_links_prepare(r) < 0 || kn_restore_addrs_prepare(r) < 0 ||
	    kn_restore_neighs_prepare(r) < 0 || kn_restore_rules_prepare(r) < 0)
		return -1;
	if (kn_carrier_begin(&r->ctx) < 0 || kn_splice_begin(&r->ctx) < 0)
		return -1;
	return kn_catch_begin(&r->ctx);
}

/* Unspliced, a port still transmits while its bridge has the frames, a bridge without a port does
 * not: whoever has the port has the routes last. */
static int switch_over(struct kn_restore *r)
{
	if (r->back)
		return kn_restore_routes_switch(r) < 0 ? -1 : kn_restore_masters(r);
	return kn_restore_masters(r) < 0 ? -1 : kn_restore_routes_switch(r);
}

static int switch_spliced(struct kn_restore *r)
{
	struct kn_ctx *ctx = &r->ctx;
	const struct kn_ifname *from = r->back ? &r->bridge->name : &r->uplink->name;
	unsigned int last = r->back ? KN_SPLICE_SEND : KN_SPLICE_BOTH;

	if (kn_splice_turn_to(ctx, KN_SPLICE_SEND, 0) < 0 ||
	    kn_splice_turn_to(ctx, KN_SPLICE_BOTH, KN_SPLICE_SEND) < 0 ||
	    (r->back && kn_restore_masters(r) < 0) || kn_restore_routes_switch(r) < 0 ||
	    (r->back && kn_splice_turn_to(ctx, KN_SPLICE_SEND, KN_SPLICE_BOTH) < 0) ||
	    kn_splice_drain(ctx, from) < 0 || (!r->back && kn_restore_masters(r) < 0))
		return -1;
	return kn_splice_end(ctx, last);
}

static int finish(struct kn_restore *r)
{
	/* A link's last IPv4 address takes its neighbours along. */
	if (kn_catch_end(&r->ctx) < 0 || kn_carrier_end(&r->ctx) < 0 ||
	    kn_restore_rules_finish(r) < 0 || kn_restore_neighs_finish(r) < 0 ||
	    kn_restore_addrs_finish(r) < 0 || kn_restore_routes_finish(r) < 0)
		return -1;
	return kn_restore_links_finish(r) < 0 ? -1 : kn_restore_links_end(r);
}

static int report(const struct kn_restore *r, struct kn_error *err)
{
	if (kn_buf_check(&r->lost, err) < 0)
		return -1;
	if (!r->lost.len)
		return 0;
	kn_fail(err, KN_ERR_INCOMPLETE, 0, "not everything can be put back: %s",
		kn_buf_str(&r->lost));
	return kn_hint(err, "look with: ip -details link show; once it is there, "
			    "kvmnet recover goes on");
}

int kn_plan_restore(const struct kn_journal *then, const struct kn_facts *now, struct kn_plan *ret,
		    struct kn_error *err)
{
	struct kn_restore r = {.then = then, .was = &then->live, .now = now};

	if (!then->has_live)
		return 0;
	r.in = (struct kn_inputs){.spec = &r.spec, .facts = now};
	r.ctx = (struct kn_ctx){.in = &r.in, .target = &r.target, .plan = ret, .err = err};
	int rc = kn_restore_judge(&r) < 0 ? -1 : kn_restore_take_apart(&r);
	if (rc == 0) {
		decide_help(&r);
		rc = prepare(&r);
	}
	if (rc == 0)
		rc = r.ctx.splice ? switch_spliced(&r) : switch_over(&r);
	if (rc == 0)
		rc = finish(&r);
	if (rc == 0)
		rc = report(&r, err);
	kn_buf_done(&r.lost);
	kn_routes_done(&r.was_routes);
	kn_routes_done(&r.now_routes);
	free(r.links);
	return rc;
}
