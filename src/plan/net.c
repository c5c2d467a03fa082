/* A libvirt network from what is wanted and what is there: define, change while it runs, restart,
 * remove. Layer: plan, pure. */
#include "plan/net.h"

#include <string.h>

#include "codec/netxml.h"
#include "plan/ctx.h"
#include "plan/net_ctx.h"
#include "plan/netresolve.h"

bool kn_verb_is_net(enum kn_verb verb)
{
	switch (verb) {
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
		return true;
	case KN_APPLY:
	case KN_BRIDGE_CREATE:
	case KN_BRIDGE_SET:
	case KN_BRIDGE_DELETE:
	case KN_PORT_ADD:
	case KN_PORT_REMOVE:
	case KN_PORT_SET:
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
	case KN_BOND_RELEASE:
	case KN_LINK_DELETE:
		return false;
	}
	return false;
}

int kn_net_emit(struct kn_netctx *c, enum kn_phase phase, enum kn_op_kind kind, const char *now,
		const char *before)
{
	struct kn_op op = {.kind = kind, .phase = phase, .net = {.parent = -1}};

	op.net.name = c->chg->name;
	op.net.now = now;
	op.net.before = before;
	return kn_plan_add_op(c->plan, &op, c->err);
}

static int emit_autostart(struct kn_netctx *c, bool on)
{
	struct kn_op op = {.kind = KN_OP_NET_AUTOSTART,
			   .phase = KN_PHASE_FINISH,
			   .net = {.name = c->chg->name, .on = on, .was_on = !on, .parent = -1}};

	return kn_plan_add_op(c->plan, &op, c->err);
}

/* The row of the plan that all operations on this network point at. @after NULL = it goes. */
static int begin_change(struct kn_netctx *c, const char *after)
{
	const struct kn_vnet *have = c->have;

	if (c->chg)
		return 0;
	c->chg = kn_netchgs_add(&c->plan->nets, c->want->name.s, have ? have->xml : NULL, after,
				c->err);
	if (!c->chg)
		return -1;
	if (have) {
		c->chg->was_active = have->active;
		c->chg->was_autostart = have->autostart;
		c->chg->was_persistent = have->persistent;
	}
	return 0;
}

/* Runs and starts at boot unless asked otherwise; below --root nothing runs. */
static int plan_state(struct kn_netctx *c, bool active)
{
	const struct kn_spec *spec = c->in->spec;
	bool was = c->have && c->have->autostart, on = !spec->no_autostart;
	bool start = !active && !spec->no_start && !c->in->nets->offline;

	if (!start && was == on)
		return 0;
	if (begin_change(c, c->have ? c->have->xml : NULL) < 0)
		return -1;
	if (start && c->have && kn_net_clear(c, c->have->xml, true) < 0)
		return -1;
	if (start && kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_START, NULL, NULL) < 0)
		return -1;
	return was == on ? 0 : emit_autostart(c, on);
}

int kn_net_emit_updates(struct kn_netctx *c)
{
	for (size_t i = 0; i < c->chg->n_updates; i++) {
		const struct kn_netupd *u = &c->chg->updates[i];
		struct kn_op op = {.kind = KN_OP_NET_UPDATE,
				   .phase = KN_PHASE_SWITCH,
				   .net = {.name = c->chg->name,
					   .now = u->after,
					   .before = u->before,
					   .section = u->section,
					   .parent = u->parent}};

		if (kn_plan_add_op(c->plan, &op, c->err) < 0)
			return -1;
	}
	return 0;
}

/* A definition that changed. The elements that changed while it runs stand at the end of libvirt's
 * list then; the definition is written once more as a whole, in the order asked for. */
static int plan_change(struct kn_netctx *c, const char *after)
{
	bool restart = false;

	if (begin_change(c, after) < 0)
		return -1;
	if (!c->have->persistent)
		return kn_net_emit(c, KN_PHASE_PREPARE, KN_OP_NET_DEFINE, c->chg->after, NULL);
	if (c->have->active && kn_netxml_live(c->chg, &restart, c->err) < 0)
		return -1;
	if (restart)
		return kn_net_restart(c);
	if (kn_net_emit_updates(c) < 0)
		return -1;
	return kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_REDEFINE, c->chg->after, c->chg->before);
}

static int plan_new(struct kn_netctx *c, const struct kn_network *result)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_netxml_emit(result, &text, c->err) < 0 || kn_buf_check(&text, c->err) < 0 ||
	    begin_change(c, kn_buf_str(&text)) < 0)
		return -1;
	return kn_net_emit(c, KN_PHASE_PREPARE, KN_OP_NET_DEFINE, c->chg->after, NULL);
}

/* Brings the network to @result, and nothing else of it. */
static int plan_definition(struct kn_netctx *c, const struct kn_network *result)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool changed;

	if (!c->have)
		return plan_new(c, result);
	if (kn_netxml_patch(&c->def, result, &text, &changed, c->err) < 0 ||
	    kn_buf_check(&text, c->err) < 0)
		return -1;
	if (!changed && c->have->persistent)
		return 0;
	return plan_change(c, kn_buf_str(&text));
}

/* The first look at the host (without .nics) knows of nothing that is taken: it is only asked
 * whether a network that is there is as wanted. */
static int resolve(struct kn_netctx *c, struct kn_network *ret)
{
	struct kn_takens taken KN_CLEANUP(kn_takens_done) = {0};
	struct kn_names links KN_CLEANUP(kn_names_done) = {0};
	struct kn_netinputs in = {.want = c->want,
				  .have = c->have ? &c->def : NULL,
				  .taken = &taken,
				  .links = &links,
				  .seed = c->in->facts->host.seed,
				  .target = c->in->spec->target ? c->in->spec->target
								: c->in->nets->version};

	if (c->in->nics && (kn_net_taken(c->in, c->want->name.s, &taken, c->err) < 0 ||
			    kn_net_links(c->in, c->want->name.s, &links, c->err) < 0))
		return -1;
	if (kn_network_resolve(&in, ret, c->plan, c->err) < 0)
		return -1;
	return c->in->nics ? kn_net_check_host(c, ret, &taken) : 0;
}

static int plan_create(struct kn_netctx *c)
{
	struct kn_network result KN_CLEANUP(kn_network_done) = {0};

	if (resolve(c, &result) < 0)
		return -1;
	if (c->in->faults && c->in->faults->n)
		return 0;
	if (plan_definition(c, &result) < 0)
		return -1;
	return plan_state(c, c->have && c->have->active);
}

/* Autostart goes by a step of its own, so that undoing brings it back. */
static int plan_delete(struct kn_netctx *c)
{
	if (!c->have)
		return kn_plan_note(c->plan, KN_NOTE_INFO, c->err, "there is no network %s",
				    c->want->name.s);
	if (begin_change(c, NULL) < 0 || kn_net_check_guests(c, "removing it") < 0)
		return -1;
	if (c->have->active ? kn_net_emit(c, KN_PHASE_SWITCH, KN_OP_NET_STOP, NULL, NULL) < 0
			    : kn_net_clear(c, c->have->xml, false) < 0)
		return -1;
	if (c->have->autostart && emit_autostart(c, false) < 0)
		return -1;
	if (!c->have->persistent)
		return 0;
	return kn_net_emit(c, KN_PHASE_FINISH, KN_OP_NET_UNDEFINE, NULL, c->chg->before);
}

static int no_such_network(struct kn_netctx *c)
{
	kn_fail(c->err, KN_ERR_INPUT, 0, "there is no network %s", c->want->name.s);
	return kn_hint(c->err, "kvmnet net list shows those that exist");
}

static int plan_host(struct kn_netctx *c)
{
	struct kn_network result KN_CLEANUP(kn_network_done) = {0};

	if (!c->have)
		return no_such_network(c);
	if (kn_network_copy(&result, &c->def.net, KN_NET_ALL, c->err) < 0)
		return -1;
	result.name = c->def.net.name;
	result.mode = c->def.net.mode;
	result.macvtap = c->def.net.macvtap;
	result.marked = c->def.net.marked;
	result.managed = c->def.net.managed;
	if (kn_net_edit_hosts(c, &result) < 0 ||
	    kn_network_check(&result, c->in->nets->version, c->err) < 0)
		return -1;
	return plan_definition(c, &result);
}

/* Modes that kvmnet has no word for are the user's own: nothing of them is touched but removal. */
static int read_definition(struct kn_netctx *c)
{
	if (!c->have)
		return 0;
	if (kn_netxml_parse(c->have->name, c->have->xml, strlen(c->have->xml), &c->def, c->err) < 0)
		return kn_wrap(c->err, "the definition of network %s", c->want->name.s);
	if (c->def.mode_known || c->in->spec->verb == KN_NET_DELETE)
		return 0;
	kn_fail(c->err, KN_ERR_HOSTFILE, 0,
		"network %s is of a mode that kvmnet does not make; it is left alone",
		c->want->name.s);
	return kn_hint(c->err, "virsh net-edit %s, or choose another name", c->want->name.s);
}

static int plan(struct kn_netctx *c)
{
	if (read_definition(c) < 0)
		return -1;
	switch ((int)c->in->spec->verb) {
	case KN_NET_DELETE:
		return plan_delete(c);
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
		return plan_host(c);
	}
	return plan_create(c);
}

int kn_plan_net(const struct kn_inputs *in, struct kn_plan *plan_ret, struct kn_error *err)
{
	struct kn_netctx c = {.in = in, .want = in->spec->network, .plan = plan_ret, .err = err};
	int r;

	c.have = kn_vnets_get(in->nets, c.want->name.s);
	r = plan(&c);
	kn_netdef_done(&c.def);
	return r;
}
