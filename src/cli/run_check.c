/* check, export: the files' bridges against the kernel, and as a file of our own.
 * Layer: cli, effects (reads the host, changes nothing). */
#include "cli/export.h"
#include "cli/run.h"
#include "cli/view_text.h"
#include "codec/json.h"
#include "plan/compare.h"

static int look(const struct kn_run *run, struct kn_state *ret, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};

	if (kn_world_open(run, &world, err) < 0)
		return -1;
	return kn_engine_view(&world.engine, NULL, ret, err);
}

/* One bridge's differences, a line each. Return: how many; -1. */
static int put_bridge(const struct kn_state *state, const struct kn_conf *conf, struct kn_buf *ret,
		      struct kn_error *err)
{
	struct kn_diffs diffs = {0};
	int r = kn_compare_bridge(&state->confs, &state->facts, &conf->name, &diffs, err);

	for (size_t i = 0; r == 0 && i < diffs.n; i++) {
		kn_buf_printf(ret, "%s: ", conf->name.s);
		kn_diff_describe(&diffs.v[i], &conf->name, ret);
		kn_buf_putc(ret, '\n');
	}
	if (r == 0)
		r = (int)diffs.n;
	kn_diffs_done(&diffs);
	return r;
}

static void put_summary(const struct kn_state *state, size_t bridges, size_t found,
			struct kn_buf *ret)
{
	if (!state->facts.live)
		kn_buf_printf(ret, "%zu bridge%s; no kernel to compare the files with\n", bridges,
			      bridges == 1 ? "" : "s");
	else if (!found)
		kn_buf_printf(ret, "%zu bridge%s: files and kernel agree\n", bridges,
			      bridges == 1 ? "" : "s");
	else
		kn_buf_printf(ret, "%zu difference%s between files and kernel\n", found,
			      found == 1 ? "" : "s");
}

static int check(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	size_t bridges = 0, found = 0;

	if (look(run, &state, err) < 0)
		return -1;
	for (size_t i = 0; i < state.confs.n; i++) {
		if (state.confs.v[i].type != KN_CONF_BRIDGE)
			continue;
		int n = put_bridge(&state, &state.confs.v[i], &text, err);
		if (n < 0)
			return -1;
		found += (size_t)n;
		bridges++;
	}
	ret->status = found ? 1 : 0;
	if (run->cli->json)
		return kn_view_bridges(&state, &run->view, true, &ret->out, err);
	put_summary(&state, bridges, found, &text);
	if (!run->cli->quiet || found)
		kn_buf_put(&ret->out, kn_buf_str(&text), text.len);
	return kn_buf_check(&ret->out, err);
}

int kn_run_check(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	return run->cli->n_words ? kn_run_apply(run, ret, err) : check(run, ret, err);
}

int kn_run_export(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (look(run, &state, err) < 0 || kn_export(&state, &text, err) < 0)
		return -1;
	if (!run->cli->json) {
		kn_buf_put(&ret->out, kn_buf_str(&text), text.len);
		return kn_buf_check(&ret->out, err);
	}
	if (kn_json_new(&json, err) < 0)
		return -1;
	kn_json_str(json, "schema", "kvmnet.export/1");
	kn_json_str(json, "text", kn_buf_str(&text));
	return kn_json_finish(json, &ret->out, err);
}
