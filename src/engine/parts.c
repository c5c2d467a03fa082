/* Several changes as one: planned one after another, each on what those before it leave, and merged
 * into one plan, so that there is one journal, one commit and one way back.
 * Layer: engine, pure. */
#include "engine/parts.h"

#include <stdlib.h>
#include <string.h>

#include "plan/planner.h"

/* The host's own facts, to which planning returns. */
struct kept {
	struct kn_ifname *masters; /* owned */
	size_t n_links;
};

static int plan_one(struct kn_engine *engine, const struct kn_spec *spec,
		    const struct kn_state *state, struct kn_plan *ret, struct kn_error *err)
{
	struct kn_inputs in = {.spec = spec,
			       .tree = &state->tree,
			       .confs = &state->confs,
			       .origins = &state->origins,
			       .facts = &state->facts,
			       .backend = engine->backend,
			       .nets = state->nets.known ? &state->nets : NULL,
			       .nics = state->has_nics ? &state->nics : NULL};

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

/* New bridges and their ports are all that a later part looks for. */
static int overlay_links(const struct kn_plan *plan, struct kn_facts *facts, struct kn_error *err)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct kn_op *op = &plan->ops[i];
		struct kn_link link = {.name = op->dev, .kind = KN_LINK_BRIDGE, .bond_mode = -1};

		if (op->kind == KN_OP_BRIDGE_ADD) {
			link.mtu = op->bridge.mtu;
			link.opts = op->bridge.opts;
			if (kn_facts_add_link(facts, &link, err) < 0)
				return -1;
		}
		for (size_t k = 0; op->kind == KN_OP_LINK_MASTER && k < facts->n_links; k++)
			if (kn_ifname_eq(&facts->links[k].name, &op->dev))
				facts->links[k].master = op->master.now;
	}
	return 0;
}

static int keep_links(const struct kn_facts *facts, struct kept *ret, struct kn_error *err)
{
	ret->n_links = facts->n_links;
	ret->masters = calloc(facts->n_links + 1, sizeof(*ret->masters));
	if (!ret->masters)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < facts->n_links; i++)
		ret->masters[i] = facts->links[i].master;
	return 0;
}

static void put_links_back(struct kn_facts *facts, struct kept *kept)
{
	facts->n_links = kept->n_links;
	for (size_t i = 0; i < kept->n_links; i++)
		facts->links[i].master = kept->masters[i];
	free(kept->masters);
}

/* A port's options are looked up in the files that a bridge before has changed. */
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

/* A file that two parts change is changed once: from before the first to after the second. */
static void join_file(struct kn_filechg *first, struct kn_filechg *second)
{
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
	for (size_t i = 0; i < one->nets.n; i++)
		nets->v[nets->n++] = one->nets.v[i];
	one->nets.n = 0;
	return 0;
}

static int merge_notes(struct kn_plan *all, struct kn_plan *one, struct kn_error *err)
{
	for (size_t i = 0; i < one->n_notes; i++)
		if (kn_plan_note(all, one->notes[i].level, err, "%s", one->notes[i].text) < 0)
			return -1;
	return 0;
}

static int merge(struct kn_plan *all, struct kn_plan *one, struct kn_error *err)
{
	if (merge_files(all, one, err) < 0 || merge_nets(all, one, err) < 0)
		return -1;
	for (size_t i = 0; i < one->n_ops; i++)
		if (one->ops[i].kind != KN_OP_FILE && kn_plan_add_op(all, &one->ops[i], err) < 0)
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
		free(files->v[i].path);
		free(files->v[i].before);
		free(files->v[i].after);
	}
	files->n = n;
}

/* The plan's order: files first. */
static int put_files_first(struct kn_plan *plan, struct kn_error *err)
{
	size_t n = plan->files.n;

	drop_unchanged(&plan->files);
	n = plan->files.n;
	if (kn_grow(&plan->ops, &plan->cap_ops, plan->n_ops + n, sizeof(*plan->ops), err) < 0)
		return -1;
	if (plan->n_ops)
		memmove(plan->ops + n, plan->ops, plan->n_ops * sizeof(*plan->ops));
	for (size_t i = 0; i < n; i++)
		plan->ops[i] =
			(struct kn_op){.kind = KN_OP_FILE, .phase = KN_PHASE_FILES, .file = i};
	plan->n_ops += n;
	return 0;
}

static int plan_part(struct kn_engine *engine, const struct kn_spec *part, struct kn_state *state,
		     struct kn_plan *all, struct kn_error *err)
{
	struct kn_plan one KN_CLEANUP(kn_plan_done) = {0};

	if (plan_one(engine, part, state, &one, err) < 0 || overlay_files(&one, state, err) < 0 ||
	    overlay_links(&one, &state->facts, err) < 0)
		return -1;
	return merge(all, &one, err);
}

static int plan_parts(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *state,
		      struct kn_plan *all, struct kn_error *err)
{
	bool fresh = true;

	for (size_t i = 0; i < spec->n_parts; i++) {
		bool reads = spec->parts[i].verb == KN_PORT_SET;

		if (reads && !fresh && reread(engine, state, err) < 0)
			return -1;
		fresh = reads;
		if (plan_part(engine, &spec->parts[i], state, all, err) < 0)
			return -1;
	}
	return put_files_first(all, err);
}

int kn_parts_plan(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *state,
		  struct kn_plan *ret, struct kn_error *err)
{
	struct kn_plan all = {.verb = KN_APPLY};
	struct kept kept;

	if (spec->verb != KN_APPLY)
		return plan_one(engine, spec, state, ret, err);
	if (keep_links(&state->facts, &kept, err) < 0)
		return -1;
	int r = plan_parts(engine, spec, state, &all, err);
	put_links_back(&state->facts, &kept);
	if (r < 0) {
		kn_plan_done(&all);
		return -1;
	}
	*ret = all;
	return 0;
}
