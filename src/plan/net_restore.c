/* The way back to libvirt's networks as they were. Layer: plan, pure. */
#include <stdlib.h>
#include <string.h>

#include "codec/netxml.h"
#include "plan/net_ctx.h"

static int copy_string(const char *str, char **ret, struct kn_error *err)
{
	*ret = str ? strdup(str) : NULL;
	return str && !*ret ? kn_fail_nomem(err) : 0;
}

int kn_net_record(const struct kn_plan *plan, struct kn_journal *ret, struct kn_error *err)
{
	for (size_t i = 0; i < plan->nets.n; i++) {
		const struct kn_netchg *chg = &plan->nets.v[i];
		struct kn_jnet *row = kn_journal_add_net(ret, err);

		if (!row)
			return -1;
		row->present = chg->before != NULL;
		row->active = chg->was_active;
		row->autostart = chg->was_autostart;
		row->persistent = chg->was_persistent;
		if (copy_string(chg->name, &row->name, err) < 0 ||
		    copy_string(chg->before, &row->xml, err) < 0 ||
		    copy_string(chg->after, &row->after, err) < 0)
			return -1;
	}
	return 0;
}

/* Nobody has edited it since: libvirt's own additions and the order of elements do not count. What
 * cannot be read (any more) was. */
int kn_net_is_as_left(const struct kn_jnet *row, const struct kn_vnet *now, bool *ret,
		      struct kn_error *err)
{
	struct kn_buf left KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf have KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error unreadable = {0};

	*ret = false;
	if (!now || !row->after) {
		*ret = !now && !row->after;
		return 0;
	}
	if (kn_netxml_canonical(row->name, row->after, strlen(row->after), false, &left,
				&unreadable) < 0 ||
	    kn_netxml_canonical(row->name, now->xml, strlen(now->xml), false, &have, &unreadable) <
		    0)
		return unreadable.kind == KN_ERR_NOMEM ? kn_fail_nomem(err) : 0;
	*ret = !strcmp(kn_buf_str(&left), kn_buf_str(&have));
	return 0;
}

/* Definitions as libvirt gives them out: the same text is the same network. */
static bool same_definition(const struct kn_jnet *then, const struct kn_vnet *now)
{
	return now->persistent == then->persistent && !strcmp(now->xml, then->xml);
}

static int restore_autostart(struct kn_netctx *c, bool then, bool now)
{
	/* not the last phase: the kernel's way back may follow */
	struct kn_op op = {.kind = KN_OP_NET_AUTOSTART,
			   .phase = KN_PHASE_SWITCH,
			   .net = {.name = c->chg->name, .on = then, .was_on = now, .parent = -1}};

	return then == now ? 0 : kn_plan_add_op(c->plan, &op, c->err);
}

/* Made by the change. Autostart goes by a step of its own, so that undoing brings it back. */
static int remove_made(struct kn_netctx *c, const struct kn_vnet *now)
{
	if (now->active ? kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_STOP, NULL, NULL) < 0
			: kn_net_clear(c, now->xml, false) < 0)
		return -1;
	if (restore_autostart(c, false, now->autostart) < 0)
		return -1;
	if (!now->persistent)
		return 0;
	return kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_UNDEFINE, NULL, c->chg->before);
}

/* A running network with another definition takes back element by element what it took over that
 * way, so that its guests stay; anything else needs the restart that the change itself did, or was
 * about to do. */
static int put_back_running(struct kn_netctx *c, bool *ret_stop)
{
	bool restart;

	*ret_stop = true;
	if (!c->chg->before || !c->chg->after || kn_netxml_live(c->chg, &restart, c->err) < 0)
		return c->err->kind == KN_ERR_NONE ? 0 : -1;
	if (restart)
		return 0;
	*ret_stop = false;
	return kn_net_emit_updates(c);
}

static bool on_another_bridge(const struct kn_jnet *then, const struct kn_vnet *now)
{
	struct kn_netdef a KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_netdef b KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_error ignored = {0};

	return kn_netxml_parse(then->name, then->xml, strlen(then->xml), &a, &ignored) == 0 &&
	       kn_netxml_parse(now->name, now->xml, strlen(now->xml), &b, &ignored) == 0 &&
	       !kn_ifname_eq(&a.net.bridge, &b.net.bridge);
}

/* The daemon may have died with either definition in its hands. */
static int clear_for(struct kn_netctx *c, const struct kn_jnet *then, const struct kn_vnet *now)
{
	bool other = now && on_another_bridge(then, now);

	if (now && now->active)
		return 0;
	if (now && kn_net_clear(c, now->xml, then->active && !other) < 0)
		return -1;
	return !now || other ? kn_net_clear(c, then->xml, then->active) : 0;
}

static int put_back(struct kn_netctx *c, const struct kn_jnet *then, const struct kn_vnet *now)
{
	bool same = now && same_definition(then, now);
	bool stop = now && now->active && !then->active;
	enum kn_op_kind define = now ? KN_OP_NET_REDEFINE : KN_OP_NET_DEFINE;

	if (now && now->active && !stop && !same && put_back_running(c, &stop) < 0)
		return -1;
	if (stop && kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_STOP, NULL, NULL) < 0)
		return -1;
	if (!same && kn_net_emit(c, KN_PHASE_SWITCH, define, c->chg->after, c->chg->before) < 0)
		return -1;
	if (clear_for(c, then, now) < 0)
		return -1;
	if (then->active && (stop || !now || !now->active) &&
	    kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_START, NULL, NULL) < 0)
		return -1;
	return restore_autostart(c, then->autostart, now && now->autostart);
}

int kn_plan_net_restore(const struct kn_journal *then, const struct kn_inputs *in,
			struct kn_plan *ret, struct kn_error *err)
{
	for (size_t i = 0; i < then->n_nets; i++) {
		const struct kn_jnet *row = &then->nets[i];
		const struct kn_vnet *net = kn_vnets_get(in->nets, row->name);
		struct kn_netctx c = {.in = in, .plan = ret, .err = err};
		int r;

		if (!row->present && !net)
			continue;
		c.chg = kn_netchgs_add(&ret->nets, row->name, net ? net->xml : NULL, row->xml, err);
		if (!c.chg)
			return -1;
		if (net) {
			c.chg->was_active = net->active;
			c.chg->was_autostart = net->autostart;
			c.chg->was_persistent = net->persistent;
		}
		r = row->present ? put_back(&c, row, net) : remove_made(&c, net);
		if (r < 0)
			return -1;
	}
	return 0;
}
