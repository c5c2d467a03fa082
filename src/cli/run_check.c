/* check: files against kernel against libvirt.
 * Layer: cli, effects (reads the host, changes nothing). */
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/unwritten.h"
#include "cli/view_unread.h"
#include "engine/look.h"
#include "kvmnet/text.h"
#include "plan/compare.h"
#include "sys/netfiles.h"
#include "sys/sys.h"
#include "virt/virt.h"

/* What was looked at. */
struct look {
	struct kn_state state;
	struct kn_state nets; /* libvirt's */
	struct kn_findings findings;
	const struct kn_link **unwritten; /* owned; the links are .state's */
	size_t n_unwritten;
	struct kn_error
		silence; /* why libvirt's networks could not be read; .kind NONE = they were */
};

static void look_done(struct look *look)
{
	free(look->unwritten);
	kn_state_done(&look->state);
	kn_state_done(&look->nets);
	kn_findings_done(&look->findings);
}

/* A libvirt that does not run is not started for this: then its files are compared. */
int kn_run_open_virt(const struct kn_run *run, struct kn_world *world, struct kn_error *err)
{
	if (!run->cli->root && kn_libvirt_runs(world->root))
		return kn_virt_look(&world->virt, err);
	return kn_netfiles_open(world->root, &world->virt, err);
}

/* What hangs, or is root's, is said; the rest is worth knowing all the same. */
static int look_at_nets(const struct kn_run *run, struct kn_world *world, struct look *ret,
			struct kn_error *err)
{
	if (kn_run_open_virt(run, world, &ret->silence) == 0) {
		world->engine.virt = world->virt;
		if (kn_engine_view_nets(&world->engine, &ret->nets, &ret->silence) == 0)
			return kn_engine_check_nets(&ret->nets, NULL, &ret->findings, err);
	}
	if (ret->silence.kind != KN_ERR_NOMEM)
		return 0;
	*err = ret->silence;
	return -1;
}

static int look(const struct kn_run *run, struct look *ret, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};

	if (kn_world_open(run, &world, err) < 0 ||
	    kn_engine_look(&world.engine, &ret->state, err) < 0 ||
	    kn_engine_note_zones(&world.engine, &ret->state, err) < 0 ||
	    look_at_nets(run, &world, ret, err) < 0)
		return -1;
	return kn_unwritten_find(&ret->state, &ret->nets.nets, &ret->unwritten, &ret->n_unwritten,
				 err);
}

/* What was compared, and how many differences that brought. */
struct tally {
	size_t bridges, bonds, vlans, found;
};

/* One link's differences, a line each. Return: how many; -1. */
static int put_link(const struct kn_state *state, const struct kn_conf *conf, struct kn_buf *ret,
		    struct kn_error *err)
{
	struct kn_diffs diffs = {0};
	int r = kn_compare_link(&state->confs, &state->facts, &conf->name, &diffs, err);

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

static void put_nets(const struct look *look, const struct kn_run *run, struct kn_buf *ret)
{
	for (size_t i = 0; i < look->findings.n; i++) {
		const struct kn_finding *f = &look->findings.v[i];

		kn_buf_puts(ret, "network ");
		kn_view_escaped(ret, &run->view, f->network);
		kn_buf_printf(ret, ": %s\n", f->text);
	}
	if (look->silence.kind != KN_ERR_NONE)
		kn_buf_printf(ret, "! libvirt's networks were not compared: %s\n",
			      look->silence.message);
}

/* What files and kernel cannot be held against each other by. None of it is a difference: who made
 * a link without a file of ours may have one of their own. */
static void put_untold(const struct look *look, const struct kn_view_opts *opts, struct kn_buf *ret)
{
	if (look->n_unwritten)
		kn_buf_puts(ret, "! in the kernel only, and so not compared: ");
	for (size_t i = 0; i < look->n_unwritten; i++) {
		kn_buf_puts(ret, i ? ", " : "");
		kn_text_name(ret, &look->unwritten[i]->name);
		kn_buf_printf(ret, " (%s)", kn_unwritten_word(look->unwritten[i]));
	}
	if (look->n_unwritten)
		kn_buf_putc(ret, '\n');
	kn_view_unread(ret, opts, &look->state.confs.unread);
	if (kn_zones_are_hidden(&look->state.confs, &look->state.facts))
		kn_buf_puts(ret, "! the files' zones were not compared: firewalld does not run, or "
				 "only root can ask\n");
}

static void put_count(struct kn_buf *ret, const char *lead, size_t n, const char *what)
{
	kn_buf_printf(ret, "%s%zu %s%s", lead, n, what, n == 1 ? "" : "s");
}

static void put_summary(const struct look *look, const struct tally *tally, struct kn_buf *ret)
{
	size_t nets = look->nets.nets.n;
	bool live = look->state.facts.live, unread = look->state.confs.unread.n > 0;

	if (live && tally->found) {
		put_count(ret, "", tally->found, "difference");
		kn_buf_puts(ret, " between files and kernel\n");
	} else {
		put_count(ret, "", tally->bridges, "bridge");
		if (tally->bonds)
			put_count(ret, ", ", tally->bonds, "bond");
		if (tally->vlans)
			put_count(ret, ", ", tally->vlans, "VLAN");
		kn_buf_puts(ret, !live	  ? "; no kernel to compare the files with\n"
				 : unread ? ": whether files and kernel agree cannot be told\n"
					  : ": files and kernel agree\n");
	}
	if (nets && look->findings.n)
		kn_buf_printf(ret, "%zu fault%s of libvirt's networks (kvmnet net check)\n",
			      look->findings.n, look->findings.n == 1 ? "" : "s");
	else if (nets)
		kn_buf_printf(ret, "%zu network%s of libvirt: nothing wrong\n", nets,
			      nets == 1 ? "" : "s");
}

/* Of every link that the files describe. */
static int put_links(const struct kn_state *state, struct tally *tally, struct kn_buf *ret,
		     struct kn_error *err)
{
	for (size_t i = 0; i < state->confs.n; i++) {
		const struct kn_conf *conf = &state->confs.v[i];

		if (!kn_conf_is_compared(conf))
			continue;
		int n = put_link(state, conf, ret, err);
		if (n < 0)
			return -1;
		tally->found += (size_t)n;
		tally->bridges += conf->type == KN_CONF_BRIDGE;
		tally->bonds += conf->type == KN_CONF_BOND;
		tally->vlans += conf->type == KN_CONF_VLAN;
	}
	return 0;
}

static int check(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct look all KN_CLEANUP(look_done) = {0};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct tally tally = {0};

	if (look(run, &all, err) < 0 || put_links(&all.state, &tally, &text, err) < 0)
		return -1;
	/* Nobody is to take for granted what could not be read. */
	ret->status = tally.found || all.findings.n || all.state.confs.unread.n ? 1 : 0;
	if (run->cli->json) {
		struct kn_check_view view = {.state = &all.state,
					     .findings = &all.findings,
					     .unwritten = all.unwritten,
					     .n_unwritten = all.n_unwritten,
					     .asked = all.silence.kind == KN_ERR_NONE};

		return kn_view_check_json(&view, &run->view, &ret->out, err);
	}
	put_nets(&all, run, &text);
	put_untold(&all, &run->view, &text);
	put_summary(&all, &tally, &text);
	if (!run->cli->quiet || ret->status)
		kn_buf_put(&ret->out, kn_buf_str(&text), text.len);
	return kn_buf_check(&ret->out, err);
}

int kn_run_check(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	return run->cli->n_words ? kn_run_apply(run, ret, err) : check(run, ret, err);
}
