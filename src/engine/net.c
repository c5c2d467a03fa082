/* libvirt's networks: reading what a change depends on, and the way back.
 * Layer: engine, effects through its participants. */
#include "engine/net.h"

#include <stdlib.h>
#include <string.h>

#include "codec/domxml.h"
#include "engine/change.h"
#include "plan/net.h"
#include "sys/netfiles.h"
#include "sys/sys.h"
#include "virt/virt.h"

/* A guest whose XML cannot be read is on no network that we know of. */
static int read_nics(struct kn_state *state, struct kn_error *err)
{
	for (size_t i = 0; i < state->nets.n_doms; i++) {
		struct kn_error ignored = {0};

		if (kn_domxml_nics(&state->nets.doms[i], &state->nics, &ignored) < 0 &&
		    ignored.kind == KN_ERR_NOMEM)
			return kn_fail_nomem(err);
	}
	state->has_nics = true;
	return 0;
}

/* Everything that libvirt has: the new network must not collide with any other. */
static int read_all(struct kn_engine *engine, struct kn_state *ret, struct kn_error *err)
{
	struct kn_virt_request req = {.guests = true};

	kn_vnets_done(&ret->nets);
	if (engine->virt->snapshot(engine->virt, &req, &ret->nets, err) < 0)
		return -1;
	kn_nethost_left(engine->root, &ret->nets);
	return read_nics(ret, err);
}

static bool is_settled(const struct kn_spec *spec, const struct kn_state *state)
{
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_error ignored = {0};
	struct kn_inputs in = {.spec = spec, .facts = &state->facts, .nets = &state->nets};

	return kn_planner_run(&in, &plan, &ignored) == 0 && kn_plan_is_empty(&plan);
}

/* What is down now comes back at the next boot. Files nobody can make sense of are told by the
 * commands that change them. */
static void read_files(struct kn_engine *engine, struct kn_state *ret)
{
	struct kn_names none = {0};
	struct kn_error ignored = {0};

	if (engine->backend &&
	    kn_tree_load(engine->root, engine->backend, &none, &ret->tree, &ignored) == 0)
		(void)!engine->backend->read(&ret->tree, &ret->facts.host, &ret->confs, &ignored);
}

/* All links, addresses and routes: what the network may collide with, and the taps of its guests.
 */
static int read_host(struct kn_engine *engine, struct kn_state *ret, struct kn_error *err)
{
	struct kn_live_request req = {
		.all_links = true, .addrs = true, .routes = true, .rivals = KN_RIVALS_ROUTES};

	if (kn_host_probe(engine->root, engine->live != NULL, &ret->facts.host, err) < 0 ||
	    kn_host_seed(engine->root, &ret->facts.host.seed, err) < 0)
		return -1;
	read_files(engine, ret);
	return engine->live ? engine->live->snapshot(engine->live, &req, &ret->facts, err) : 0;
}

int kn_net_probe(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
		 struct kn_error *err)
{
	struct kn_virt_request req = {.name = spec->network->name.s};

	if (engine->virt->snapshot(engine->virt, &req, &ret->nets, err) < 0)
		return -1;
	if (is_settled(spec, ret))
		return 0;
	if (read_all(engine, ret, err) < 0)
		return -1;
	return read_host(engine, ret, err);
}

static bool gives_addr(const struct kn_spec *spec)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t i = 0; i < n; i++)
		if (parts[i].ip.addrs.n)
			return true;
	return false;
}

/* An address may lie in the subnet of a network that does not run now. Planning needs no privilege:
 * who may not read the files goes by the kernel alone. */
static int read_subnets(struct kn_engine *engine, struct kn_state *ret)
{
	struct kn_virt_request req = {0};
	struct kn_error ignored = {0};

	if (kn_netfiles_read(engine->root, &req, true, &ret->nets, &ignored) < 0)
		kn_vnets_done(&ret->nets);
	return 0;
}

int kn_net_probe_bridge(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
			struct kn_error *err)
{
	struct kn_virt_request req = {.guests = true};

	if ((spec->verb == KN_BRIDGE_CREATE && spec->network) ||
	    (spec->verb == KN_APPLY && engine->virt)) {
		if (read_all(engine, ret, err) == 0)
			return 0;
		/* The rest is told all the same. */
		kn_vnets_done(&ret->nets);
		return kn_errors_take(engine->faults, err);
	}
	if (!kn_spec_has_verb(spec, KN_BRIDGE_DELETE))
		return spec->verb != KN_APPLY && gives_addr(spec) ? read_subnets(engine, ret) : 0;
	/* From the files: what does not run now counts as well, and no daemon is needed. They are
	 * root's alone, as is deleting. */
	if (kn_netfiles_read(engine->root, &req, true, &ret->nets, err) < 0)
		return -1;
	return read_nics(ret, err);
}

int kn_engine_view_nets(struct kn_engine *engine, struct kn_state *ret, struct kn_error *err)
{
	struct kn_virt_request req = {.guests = true, .leases = true, .live_xml = true};
	struct kn_error ignored = {0};

	if (engine->virt->snapshot(engine->virt, &req, &ret->nets, err) < 0 ||
	    read_nics(ret, err) < 0 || read_host(engine, ret, err) < 0)
		return -1;
	kn_nethost_probe(engine->root, &ret->nets);
	kn_nethost_left(engine->root, &ret->nets);
	/* Only root may ask for it: unknown is no failure. */
	if (engine->live && engine->live->libvirt_rules)
		(void)!engine->live->libvirt_rules(engine->live, &ret->nets.firewall, &ignored);
	return 0;
}

int kn_net_refuse_stops(struct kn_state *state, const struct kn_plan *plan, struct kn_error *err)
{
	struct kn_inputs in = {.nets = &state->nets, .nics = &state->nics};

	if (read_nics(state, err) < 0)
		return -1;
	return kn_net_check_stops(&in, plan, err);
}

int kn_engine_check_nets(const struct kn_state *state, const char *name, struct kn_findings *ret,
			 struct kn_error *err)
{
	struct kn_inputs in = {.tree = &state->tree,
			       .confs = &state->confs,
			       .facts = &state->facts,
			       .nets = &state->nets,
			       .nics = &state->nics};

	return kn_net_findings(&in, name, ret, err);
}

/* ---- the way back ---- */

/* Not running, it may have left something in the kernel. */
static bool any_is_down(const struct kn_journal *then, const struct kn_vnets *now)
{
	for (size_t i = 0; i < then->n_nets; i++) {
		const struct kn_vnet *net = kn_vnets_get(now, then->nets[i].name);

		if (!net || !net->active)
			return true;
	}
	return false;
}

/* What cannot be read removes nothing. */
static void look_for_left(struct kn_engine *engine, struct kn_state *ret)
{
	struct kn_live_request req = {.all_links = true, .addrs = true};
	struct kn_error ignored = {0};

	kn_nethost_left(engine->root, &ret->nets);
	read_files(engine, ret);
	(void)!engine->live->snapshot(engine->live, &req, &ret->facts, &ignored);
}

int kn_net_plan_back(struct kn_engine *engine, const struct kn_journal *then,
		     struct kn_vnets *ret_now, struct kn_plan *plan, struct kn_error *err)
{
	struct kn_virt_request req = {.guests = true};
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_inputs in = {.confs = &state.confs, .facts = &state.facts, .nets = &state.nets};

	if (engine->virt->snapshot(engine->virt, &req, &state.nets, err) < 0)
		return -1;
	if (engine->live && any_is_down(then, &state.nets))
		look_for_left(engine, &state);
	if (kn_plan_net_restore(then, &in, plan, err) < 0)
		return -1;
	*ret_now = state.nets;
	state.nets = (struct kn_vnets){0};
	return 0;
}

/* What a dead process has left in the kernel is swept behind the kernel's own way back. */
static int run_back(struct kn_engine *engine, const struct kn_plan *plan, struct kn_error *err)
{
	struct kn_state state = {0};
	struct kn_change change = {.engine = engine, .state = &state, .plan = plan, .swept = true};

	change.done = calloc(plan->n_ops + 1, sizeof(*change.done));
	if (!change.done)
		return kn_fail_nomem(err);
	int r = kn_ops_run(&change, err);
	free(change.done);
	return r;
}

/* libvirt's networks over @virt as @then recorded them; what the change made is removed. May be
 * repeated. */
static int restore(struct kn_engine *engine, struct kn_virt *virt, const struct kn_journal *then,
		   struct kn_error *err)
{
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_vnets now KN_CLEANUP(kn_vnets_done) = {0};
	struct kn_engine own = *engine;

	own.virt = virt;
	own.on_op = NULL;
	if (kn_net_plan_back(&own, then, &now, &plan, err) < 0 || run_back(&own, &plan, err) < 0)
		return kn_wrap(err, "putting libvirt's networks back");
	return 0;
}

int kn_net_open(struct kn_engine *engine, const char *uri, struct kn_virt **ret,
		struct kn_error *err)
{
	return kn_root_is_host(engine->root) ? kn_virt_open(uri, ret, err)
					     : kn_netfiles_open(engine->root, ret, err);
}

/* A connection of its own: the daemon may have ended in the middle, and be there again. */
static int restore_anew(struct kn_engine *engine, const struct kn_journal *then,
			struct kn_error *err)
{
	struct kn_virt *virt;

	if (kn_net_open(engine, then->uri, &virt, err) < 0)
		return kn_wrap(err, "putting libvirt's networks back");
	int r = restore(engine, virt, then, err);
	virt->close(virt);
	return r;
}

int kn_net_settle(struct kn_engine *engine, const struct kn_journal *then, struct kn_error *err)
{
	struct kn_error ignored = {0};

	if (then->n_nets == 0)
		return 0;
	if (engine->virt && restore(engine, engine->virt, then, &ignored) == 0)
		return 0;
	return restore_anew(engine, then, err);
}
