/* Several changes as one: planned one after another, each on what those before it leave, and merged
 * into one plan, so that there is one journal, one commit and one way back.
 * Layer: engine, pure. */
#include "engine/parts.h"

#include <stdlib.h>
#include <string.h>

#include "codec/netxml.h"
#include "engine/part_faults.h"
#include "kvmnet/buf.h"
#include "plan/after.h"
#include "plan/net.h"
#include "plan/planner.h"
#include "plan/prune.h"

/* @faults: where checks tell what they find, or NULL: the first is the error. */
static int plan_one(struct kn_engine *engine, const struct kn_spec *spec,
		    const struct kn_state *state, struct kn_errors *faults, struct kn_plan *ret,
		    struct kn_error *err)
{
	struct kn_inputs in = {.spec = spec,
			       .tree = &state->tree,
			       .confs = &state->confs,
			       .origins = &state->origins,
			       .facts = &state->facts,
			       .backend = engine->backend,
			       .nets = state->nets.known ? &state->nets : NULL,
			       .nics = state->has_nics ? &state->nics : NULL,
			       .faults = faults};

	return kn_planner_run(&in, ret, err);
}

/* ---- what a plan leaves ---- */

static int overlay_files(const struct kn_plan *plan, struct kn_state *state, struct kn_error *err)
{
	for (size_t i = 0; i < plan->files.n; i++) {
		const struct kn_filechg *chg = &plan->files.v[i];

		if (kn_tree_set(&state->tree, chg->path, chg->after, chg->after_len, err) < 0)
			return -1;
	}
	return 0;
}

/* Of what is made, later parts look for new bridges and their ports, which are up by then and have
 * the bridge's MTU. What is removed gives back addresses, routes and ports that they may want, and
 * bonds and VLANs are what they stand on: there all of it counts. */
static int overlay_facts(const struct kn_plan *plan, bool whole, struct kn_facts *facts,
			 struct kn_error *err)
{
	for (size_t i = 0; facts->live && i < plan->n_ops; i++) {
		const struct kn_op *op = &plan->ops[i];
		bool wanted = op->kind == KN_OP_BRIDGE_ADD || op->kind == KN_OP_LINK_MASTER ||
			      op->kind == KN_OP_LINK_UP || op->kind == KN_OP_LINK_MTU;

		if ((wanted || whole) && kn_facts_after(facts, op, err) < 0)
			return -1;
	}
	return 0;
}

/* A removed network takes its own bridge with it. */
static int overlay_net(const struct kn_netchg *chg, struct kn_state *state, struct kn_error *err)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_op op = {.kind = KN_OP_LINK_DEL};
	struct kn_error ignored = {0};
	int r = 0;

	if (chg->after || !chg->before)
		return 0;
	kn_vnets_drop(&state->nets, chg->name);
	if (kn_netxml_parse(chg->name, chg->before, strlen(chg->before), &def, &ignored) < 0 ||
	    !def.mode_known || !kn_netmode_has_bridge(def.net.mode))
		return 0;
	op.dev = def.net.bridge;
	if (state->facts.live && kn_ifname_is_set(&op.dev))
		r = kn_facts_after(&state->facts, &op, err);
	return r;
}

static int overlay(const struct kn_plan *plan, bool whole, struct kn_state *state,
		   struct kn_error *err)
{
	if (overlay_files(plan, state, err) < 0 ||
	    overlay_facts(plan, whole, &state->facts, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->nets.n; i++)
		if (overlay_net(&plan->nets.v[i], state, err) < 0)
			return -1;
	return 0;
}

/* What the files say after a part that a later one depends on. */
static int reread(struct kn_engine *engine, struct kn_state *state, struct kn_error *err)
{
	if (!engine->backend)
		return 0;
	kn_confs_done(&state->confs);
	return engine->backend->read(&state->tree, &state->facts.host, &state->confs, err);
}

/* ---- merging ---- */

static struct kn_filechg *find_file(struct kn_plan *plan, const struct kn_filechg *chg)
{
	for (size_t i = 0; i < plan->files.n; i++)
		if (plan->files.v[i].live_only == chg->live_only &&
		    !strcmp(plan->files.v[i].path, chg->path))
			return &plan->files.v[i];
	return NULL;
}

/* One part gives the file its original back, the next takes it again: what stands between the two
 * is the original of the second. */
static void hand_over(struct kn_filechg *first, struct kn_filechg *second)
{
	first->given = true;
	first->given_present = first->after_present;
	first->given_text = first->after;
	first->given_len = first->after_len;
	first->after = NULL;
	first->drop_origin = false;
	first->keep_origin = true;
	first->bridge = second->bridge;
}

/* A file that two parts change is changed once: from before the first to after the second. */
static void join_file(struct kn_filechg *first, struct kn_filechg *second)
{
	if (first->drop_origin && second->keep_origin)
		hand_over(first, second);
	free(first->after);
	first->after = second->after;
	first->after_len = second->after_len;
	first->after_present = second->after_present;
	first->keep_origin |= second->keep_origin;
	first->drop_origin |= second->drop_origin;
	free(second->before);
	free(second->path);
}

static int merge_files(struct kn_plan *all, struct kn_plan *one, struct kn_error *err)
{
	struct kn_filechgs *files = &all->files;

	if (kn_grow(&files->v, &files->cap, files->n + one->files.n, sizeof(*files->v), err) < 0)
		return -1;
	for (size_t i = 0; i < one->files.n; i++) {
		struct kn_filechg *same = find_file(all, &one->files.v[i]);

		one->files.v[i].bridge = one->bridge;
		one->files.v[i].section = (unsigned int)all->sections.n;
		if (same)
			join_file(same, &one->files.v[i]);
		else
			files->v[files->n++] = one->files.v[i];
	}
	one->files.n = 0;
	return 0;
}

/* Operations borrow the networks' strings, which stay where they are. */
static int merge_nets(struct kn_plan *all, struct kn_plan *one, struct kn_error *err)
{
	struct kn_netchgs *nets = &all->nets;

	if (kn_grow(&nets->v, &nets->cap, nets->n + one->nets.n, sizeof(*nets->v), err) < 0)
		return -1;
	for (size_t i = 0; i < one->nets.n; i++) {
		nets->v[nets->n] = one->nets.v[i];
		nets->v[nets->n++].section = (unsigned int)all->sections.n;
	}
	one->nets.n = 0;
	return 0;
}

static bool has_note(const struct kn_plan *plan, const struct kn_note *note)
{
	for (size_t i = 0; i < plan->n_notes; i++)
		if (plan->notes[i].level == note->level && !strcmp(plan->notes[i].text, note->text))
			return true;
	return false;
}

/* What holds for the host, every part says; it is told once. */
static int merge_notes(struct kn_plan *all, struct kn_plan *one, struct kn_error *err)
{
	for (size_t i = 0; i < one->n_notes; i++) {
		const struct kn_note *note = &one->notes[i];

		if (has_note(all, note))
			continue;
		if (kn_plan_note(all, note->level, err, "%s", note->text) < 0 ||
		    (note->file && kn_plan_note_file(all, note->file, err) < 0))
			return -1;
	}
	return 0;
}

static int merge_ops(struct kn_plan *all, struct kn_plan *one, struct kn_error *err)
{
	for (size_t i = 0; i < one->n_ops; i++) {
		struct kn_op *op = &one->ops[i];

		op->section = (unsigned int)all->sections.n;
		if (op->kind != KN_OP_FILE && kn_plan_add_op(all, op, err) < 0)
			return -1;
	}
	return 0;
}

/* A part that changes something is a section of the plan. */
static int merge(const char *title, struct kn_plan *all, struct kn_plan *one, struct kn_error *err)
{
	if (!kn_plan_is_empty(one) && kn_strv_add(&all->sections, title ? title : "", err) < 0)
		return -1;
	if (merge_files(all, one, err) < 0 || merge_nets(all, one, err) < 0 ||
	    merge_ops(all, one, err) < 0)
		return -1;
	if (one->confirm_s > all->confirm_s)
		all->confirm_s = one->confirm_s;
	if (!all->backend)
		all->backend = one->backend;
	return merge_notes(all, one, err);
}

static bool is_change(const struct kn_filechg *chg)
{
	return chg->before_present != chg->after_present || chg->before_len != chg->after_len ||
	       (chg->after_len && memcmp(chg->before, chg->after, chg->after_len) != 0);
}

/* What one part writes and a later one takes back (two bridges' name servers in resolv.conf) is no
 * change. */
static void drop_unchanged(struct kn_filechgs *files)
{
	size_t n = 0;

	for (size_t i = 0; i < files->n; i++) {
		if (is_change(&files->v[i])) {
			files->v[n++] = files->v[i];
			continue;
		}
		kn_filechg_done(&files->v[i]);
	}
	files->n = n;
}

/* The plan's order: files first. */
static int put_files_first(struct kn_plan *plan, struct kn_error *err)
{
	kn_plan_drop_moot(plan);
	drop_unchanged(&plan->files);
	size_t n = plan->files.n;

	if (kn_grow(&plan->ops, &plan->cap_ops, plan->n_ops + n, sizeof(*plan->ops), err) < 0)
		return -1;
	if (plan->n_ops)
		memmove(plan->ops + n, plan->ops, plan->n_ops * sizeof(*plan->ops));
	for (size_t i = 0; i < n; i++)
		plan->ops[i] = (struct kn_op){.kind = KN_OP_FILE,
					      .phase = KN_PHASE_FILES,
					      .section = plan->files.v[i].section,
					      .file = i};
	plan->n_ops += n;
	return 0;
}

/* Nothing of others' goes by --prune: then all of that device stays. */
static int spare(const struct kn_spec *part, const char *path, struct kn_plan *all,
		 struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, path, strlen(path));
	if (kn_buf_check(&shown, err) < 0)
		return -1;
	return kn_plan_note(all, KN_NOTE_WARNING, err,
			    "%s: left as it is, because %s is not as kvmnet wrote it",
			    part->asked_at, kn_buf_str(&shown));
}

static int plan_part(struct kn_engine *engine, const struct kn_spec *part, struct kn_state *state,
		     struct kn_part_faults *faults, struct kn_plan *all, struct kn_error *err)
{
	struct kn_plan one KN_CLEANUP(kn_plan_done) = {0};
	const char *path;
	bool sound;

	/* Without libvirt's word nothing can be said of networks; that it is missing was told. */
	if (kn_part_is_moot(faults, part) || (kn_verb_is_net(part->verb) && !state->nets.known))
		return 0;
	int r = plan_one(engine, part, state, faults->all ? &faults->own : NULL, &one, err);
	if (kn_part_faults_end(faults, part, r, &sound, err) < 0)
		return -1;
	if (!sound)
		return 0;
	if (part->prune && !kn_prune_is_ours(&state->origins, all, &one, &path))
		return spare(part, path, all, err);
	if (overlay(&one, part->prune || kn_verb_is_link(part->verb), state, err) < 0)
		return -1;
	return merge(part->asked_at, all, &one, err);
}

#define REMOVED (1u << 31)

/* Whose files before it a part looks at, by their verbs. A bridge looks at bonds and VLANs, and at
 * no other bridge: a thousand of them read the files once. A VLAN asks them whose port the link
 * below is, where the kernel does not tell. */
static unsigned int looked_at(const struct kn_spec *part, bool live)
{
	if (part->prune)
		return part->verb == KN_LINK_DELETE ? REMOVED : 0;
	if (part->verb == KN_PORT_SET)
		return REMOVED | 1u << KN_BRIDGE_CREATE;
	if (part->verb == KN_BRIDGE_CREATE)
		return REMOVED | 1u << KN_BOND_CREATE | 1u << KN_VLAN_CREATE;
	if (part->verb == KN_VLAN_CREATE)
		return REMOVED | 1u << KN_BOND_CREATE | (live ? 0 : 1u << KN_BRIDGE_CREATE);
	return REMOVED;
}

static int plan_parts(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *state,
		      struct kn_plan *all, struct kn_error *err)
{
	struct kn_part_faults faults KN_CLEANUP(kn_part_faults_done) = {.all = engine->faults};
	unsigned int stale = 0;

	for (size_t i = 0; spec->unplanned && i < spec->unplanned->n; i++)
		if (kn_names_add(&faults.failed, &spec->unplanned->v[i], err) < 0)
			return -1;

	for (size_t i = 0; spec->remarks && i < spec->remarks->n; i++)
		if (kn_plan_note(all, KN_NOTE_WARNING, err, "%s", spec->remarks->v[i]) < 0)
			return -1;
	for (size_t i = 0; i < spec->n_parts; i++) {
		const struct kn_spec *part = &spec->parts[i];

		if (stale & looked_at(part, state->facts.live)) {
			if (reread(engine, state, err) < 0)
				return -1;
			stale = 0;
		}
		stale |= part->prune ? REMOVED : 1u << part->verb;
		if (plan_part(engine, part, state, &faults, all, err) < 0)
			return -1;
	}
	if (faults.all && faults.all->n) {
		*err = faults.all->v[0];
		return -1;
	}
	return put_files_first(all, err);
}

/* What is taken from a port that another part moves again within the same change goes unspliced: a
 * splice outlives its step by a moment. */
static bool may_splice(const struct kn_spec *spec)
{
	for (size_t i = 0; i < spec->n_parts; i++)
		if (spec->parts[i].prune)
			return false;
	return true;
}

int kn_parts_plan(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *state,
		  struct kn_plan *ret, struct kn_error *err)
{
	struct kn_plan all = {.verb = KN_APPLY};
	struct kn_facts host = state->facts;

	if (spec->verb != KN_APPLY)
		return plan_one(engine, spec, state, NULL, ret, err);
	if (kn_facts_copy(&host, &state->facts, err) < 0) {
		state->facts = host;
		return -1;
	}
	state->facts.can_splice &= may_splice(spec);
	int r = plan_parts(engine, spec, state, &all, err);
	kn_facts_copy_done(&state->facts);
	state->facts = host;
	if (r < 0) {
		kn_plan_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}
