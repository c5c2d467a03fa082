/* Looks for what --prune is to remove: in the files, in the records of originals, in libvirt.
 * Layer: engine, effects (reads only). */
#include "engine/prune.h"

#include <stdlib.h>

#include "sys/netfiles.h"
#include "sys/sys.h"

void kn_pruning_done(struct kn_pruning *pruning)
{
	free(pruning->parts);
	kn_prunes_done(&pruning->found);
	*pruning = (struct kn_pruning){0};
}

static int read_files(struct kn_engine *engine, struct kn_state *ret, struct kn_error *err)
{
	if (kn_host_probe(engine->root, engine->live != NULL, &ret->facts.host, err) < 0 ||
	    kn_tree_load(engine->root, engine->backend, NULL, &ret->tree, err) < 0 ||
	    engine->backend->read(&ret->tree, &ret->facts.host, &ret->confs, err) < 0)
		return -1;
	return kn_origins_load(engine->root, &ret->origins, err);
}

/* Where libvirt does not answer, its files tell whether there is anything to ask it for. */
static int read_nets(struct kn_engine *engine, struct kn_vnets *ret, struct kn_error *err)
{
	struct kn_virt_request req = {0};

	if (engine->virt)
		return engine->virt->snapshot(engine->virt, &req, ret, err);
	return kn_netfiles_read(engine->root, &req, true, ret, err);
}

/* Nobody there to remove a network. Return: -1. */
static int fail_unanswered(const struct kn_prunes *found, struct kn_error *err)
{
	kn_fail(err, KN_ERR_UNSUPPORTED, 0, "%s: libvirt has to remove it, and does not answer",
		found->v[0].asked_at);
	return kn_hint(err, "start libvirt, or leave --prune out");
}

static int find(struct kn_engine *engine, const struct kn_spec *spec, struct kn_prunes *ret,
		struct kn_error *err)
{
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	bool nets = !spec->no_live || !kn_root_is_host(engine->root);
	struct kn_inputs in = {.spec = spec,
			       .tree = &state.tree,
			       .confs = &state.confs,
			       .origins = &state.origins,
			       .nets = nets ? &state.nets : NULL};

	if (read_files(engine, &state, err) < 0 ||
	    (nets && read_nets(engine, &state.nets, err) < 0) || kn_prune_find(&in, ret, err) < 0)
		return -1;
	if (ret->n && ret->v[0].verb == KN_NET_DELETE && !engine->virt)
		return fail_unanswered(ret, err);
	return 0;
}

/* The removals, then the description's own parts. */
static int join(const struct kn_spec *spec, struct kn_pruning *ret, struct kn_error *err)
{
	const struct kn_prunes *found = &ret->found;

	ret->parts = calloc(found->n + spec->n_parts + 1, sizeof(*ret->parts));
	if (!ret->parts)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < found->n; i++)
		ret->parts[i] = found->v[i];
	for (size_t i = 0; i < spec->n_parts; i++)
		ret->parts[found->n + i] = spec->parts[i];
	ret->spec.parts = ret->parts;
	ret->spec.n_parts = found->n + spec->n_parts;
	ret->spec.remarks = &found->remarks;
	return 0;
}

int kn_pruning_make(struct kn_engine *engine, const struct kn_spec *spec, struct kn_pruning *ret,
		    struct kn_error *err)
{
	*ret = (struct kn_pruning){.spec = *spec};
	if (!spec->prune || !engine->backend)
		return 0;
	if (find(engine, spec, &ret->found, err) == 0 && join(spec, ret, err) == 0)
		return 0;
	kn_pruning_done(ret);
	return -1;
}
