/* kvmnet show. Layer: cli, effects (reads the host, changes nothing). */
#include "cli/run.h"
#include "cli/view_topo.h"
#include "engine/look.h"
#include "sys/sys.h"
#include "virt/virt.h"

/* A libvirt that hangs is no reason not to show the rest; one that does not run is not started. */
static int ask_libvirt(const struct kn_world *world, struct kn_wiring *wiring, struct kn_error *err)
{
	struct kn_error failure = {0};
	struct kn_virt *virt = NULL;
	int r;

	if (!world->live || !kn_root_is_host(world->root) || !kn_libvirt_runs(world->root))
		return 0;
	if (kn_virt_look(&virt, &failure) < 0)
		return kn_wiring_silent(wiring, &failure, err);
	r = kn_wiring_ask(virt, wiring, err);
	virt->close(virt);
	return r;
}

/* No lock and no privilege: looking must work for everybody, also during a change. */
int kn_run_show(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_wiring wiring KN_CLEANUP(kn_wiring_done) = {0};
	struct kn_topo topo KN_CLEANUP(kn_topo_done) = {0};

	if (kn_world_open(run, &world, err) < 0 || kn_engine_look(&world.engine, &state, err) < 0 ||
	    kn_wiring_read(&world.engine, false, &wiring, err) < 0 ||
	    ask_libvirt(&world, &wiring, err) < 0 ||
	    kn_topo_make(&state.confs, &state.facts, &wiring, &topo, err) < 0)
		return -1;
	if (run->cli->json)
		return kn_view_topo_json(&topo, &wiring, &run->view, &ret->out, err);
	/* In the order of the table's words. */
	if (run->cli->format != KN_TOPO_TREE)
		return kn_view_topo_graph(&topo, (enum kn_topo_format)run->cli->format, &ret->out,
					  err);
	return kn_view_topo(&topo, &wiring, &run->view, &ret->out, err);
}
