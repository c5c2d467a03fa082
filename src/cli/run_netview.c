/* net list, net show, net check. Layer: cli, effects (reads the host, changes nothing). */
#include <string.h>

#include "cli/run.h"
#include "cli/view_nets.h"

static int no_such_network(const char *name, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, name, strnlen(name, 100));
	kn_fail(err, KN_ERR_INPUT, 0, "there is no network %s", kn_buf_str(&shown));
	return kn_hint(err, "kvmnet net list shows those that exist");
}

/* Errors and warnings alike: who asks wants to know before the guests do. */
static int run_check(const struct kn_run *run, const struct kn_netview *view, struct kn_result *ret,
		     struct kn_error *err)
{
	ret->status = view->findings->n ? 1 : 0;
	if (run->cli->quiet && !run->cli->json)
		return 0;
	return kn_view_net_check(view, &run->view, run->cli->json, &ret->out, err);
}

static int show(const struct kn_run *run, struct kn_world *world, const char *name,
		struct kn_result *ret, struct kn_error *err)
{
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_findings findings KN_CLEANUP(kn_findings_done) = {0};
	struct kn_netview view = {.state = &state, .findings = &findings, .name = name};

	if (kn_engine_view_nets(&world->engine, &state, err) < 0)
		return -1;
	if (name && !kn_vnets_get(&state.nets, name))
		return no_such_network(name, err);
	if (kn_engine_check_nets(&state, name, &findings, err) < 0)
		return -1;
	if (run->cli->command->id == KN_CMD_NET_CHECK)
		return run_check(run, &view, ret, err);
	if (name)
		return kn_view_net(&view, &run->view, run->cli->json, &ret->out, err);
	return kn_view_nets(&view, &run->view, run->cli->json, &ret->out, err);
}

int kn_run_netview(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	const char *name = run->cli->n_words ? run->cli->net.name.s : NULL;
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};

	if (kn_world_open(run, &world, err) < 0)
		return -1;
	return show(run, &world, name, ret, err);
}
