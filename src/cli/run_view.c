/* bridge list, bridge show. Layer: cli, effects (reads the host, changes nothing). */
#include "cli/run.h"

/* No lock and no privilege: looking must work for everybody, also during a change. */
int kn_run_view(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	const struct kn_cli *cli = run->cli;
	const struct kn_ifname *bridge =
		cli->command->id == KN_CMD_BRIDGE_SHOW ? &cli->spec.bridge : NULL;
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};

	if (kn_world_open(run, &world, err) < 0 ||
	    kn_engine_view(&world.engine, bridge, &state, err) < 0)
		return -1;
	if (bridge)
		return kn_view_bridge(&state, bridge, &run->view, cli->json, &ret->out, err);
	return kn_view_bridges(&state, &run->view, cli->json, &ret->out, err);
}
