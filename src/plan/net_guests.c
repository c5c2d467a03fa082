/* Networks and the guests on them: who loses what, and how a restart gives it back.
 * Layer: plan, pure. */
#include <string.h>

#include "codec/netxml.h"
#include "plan/ctx.h"
#include "plan/net_ctx.h"

/* On this network by name, or on the bridge that it makes. */
static bool is_on(const struct kn_netctx *c, const struct kn_vnic *nic)
{
	if (nic->network && !strcmp(nic->network, c->have->name))
		return true;
	return kn_ifname_is_set(&nic->bridge) && kn_ifname_eq(&nic->bridge, &c->def.net.bridge);
}

/* Over a bridge or device of the host, a network is only a name: guests do not notice its end. */
static bool carries_guests(const struct kn_netctx *c)
{
	return c->in->nics && c->have->active &&
	       (!c->def.mode_known || kn_netmode_has_bridge(c->def.net.mode));
}

static size_t put_guests(const struct kn_netctx *c, struct kn_buf *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < c->in->nics->n; i++) {
		const struct kn_vnic *nic = &c->in->nics->v[i];

		if (!nic->running || !is_on(c, nic))
			continue;
		kn_buf_puts(ret, n++ ? ", " : "");
		kn_buf_put_escaped(ret, nic->guest, strlen(nic->guest));
	}
	return n;
}

int kn_net_check_guests(struct kn_netctx *c, const char *doing)
{
	struct kn_buf names KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	size_t n = carries_guests(c) ? put_guests(c, &names) : 0;

	if (n == 0)
		return kn_buf_check(&names, c->err);
	return kn_rule(c->in, c->plan, "running-guests", c->err,
		       "shut them down first, or --force=running-guests",
		       "network %s has running guests (%s): %s takes them off the network",
		       c->want->name.s, kn_buf_str(&names), doing);
}

/* Nobody asks for the guests' loss by a number of the history: there is no rule to override. */
static int refuse_guests(const struct kn_netctx *c)
{
	struct kn_buf names KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!carries_guests(c) || put_guests(c, &names) == 0)
		return kn_buf_check(&names, c->err);
	kn_refuse(c->err, "running-guests",
		  "network %s has running guests (%s): the way back takes them off the network",
		  c->have->name, kn_buf_str(&names));
	return kn_hint(c->err, "shut them down first");
}

int kn_net_check_stops(const struct kn_inputs *in, const struct kn_plan *plan, struct kn_error *err)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		struct kn_netctx c = {.in = in, .err = err};
		struct kn_error ignored = {0};

		if (plan->ops[i].kind != KN_OP_NET_STOP)
			continue;
		c.have = kn_vnets_get(in->nets, plan->ops[i].net.name);
		if (!c.have)
			continue;
		/* what cannot be read is taken for a network that carries its guests */
		if (kn_netxml_parse(c.have->name, c.have->xml, strlen(c.have->xml), &c.def,
				    &ignored) < 0)
			c.def.mode_known = false;
		int r = refuse_guests(&c);
		kn_netdef_done(&c.def);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* Taps keep existing without their bridge. Taken off and put back by steps that are each other's
 * mirror image, so that undoing a restart ends with them on the old bridge. */
static int emit_taps(struct kn_netctx *c, bool back)
{
	const struct kn_ifname *bridge = &c->def.net.bridge;

	if (!carries_guests(c) || !c->in->facts->live)
		return 0;
	for (size_t i = 0; i < c->in->nics->n; i++) {
		const struct kn_vnic *nic = &c->in->nics->v[i];
		struct kn_op op = {.kind = KN_OP_LINK_MASTER, .phase = KN_PHASE_SWITCH};

		if (!nic->running || !is_on(c, nic) || !kn_ifname_is_set(&nic->tap))
			continue;
		op.dev = nic->tap;
		*(back ? &op.master.now : &op.master.before) = *bridge;
		if (kn_plan_add_op(c->plan, &op, c->err) < 0)
			return -1;
	}
	return 0;
}

int kn_net_restart(struct kn_netctx *c)
{
	if (kn_net_check_guests(c, "this change needs a restart, which") < 0 ||
	    emit_taps(c, false) < 0 ||
	    kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_STOP, NULL, NULL) < 0 ||
	    kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_REDEFINE, c->chg->after, c->chg->before) <
		    0 ||
	    kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_START, NULL, NULL) < 0)
		return -1;
	return emit_taps(c, true);
}

/* ---- who is on a bridge of the host ---- */

static int add_user(struct kn_strv *ret, const char *what, const char *name, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_printf(&text, "%s ", what);
	kn_buf_put_escaped(&text, name, strlen(name));
	if (kn_buf_check(&text, err) < 0)
		return -1;
	return kn_strv_has(ret, kn_buf_str(&text)) ? 0 : kn_strv_add(ret, kn_buf_str(&text), err);
}

int kn_net_users_of(const struct kn_vnets *nets, const struct kn_vnics *nics,
		    const struct kn_ifname *bridge, struct kn_strv *ret, struct kn_error *err)
{
	for (size_t i = 0; i < nets->n; i++) {
		struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
		const struct kn_vnet *net = &nets->v[i];
		struct kn_error ignored = {0};

		if (kn_netxml_parse(net->name, net->xml, strlen(net->xml), &def, &ignored) < 0 ||
		    !(def.net.has & KN_NET_HAS(BRIDGE)) || !kn_ifname_eq(&def.net.bridge, bridge))
			continue;
		if (add_user(ret, "network", net->name, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < nics->n; i++)
		if (kn_ifname_eq(&nics->v[i].bridge, bridge) &&
		    add_user(ret, "guest", nics->v[i].guest, err) < 0)
			return -1;
	return 0;
}
