/* net xml, net snippet: definitions and connections as text. Layer: cli, effects (reads the host,
 * changes nothing; needs neither libvirt nor a privilege). */
#include <string.h>
#include <unistd.h>

#include "cli/run.h"
#include "cli/view_net.h"
#include "cli/view_text.h"
#include "codec/netxml.h"
#include "cli/net_world.h"

/* Source: libvirt's packages (libvirt0, libvirt-libs) and its default install place. */
static const char *const schemas[] = {
	"/usr/share/libvirt/schemas/network.rng",
	"/usr/local/share/libvirt/schemas/network.rng",
};

/* The installed libvirt's schema has a word too, unless the document is for another version, or for
 * another host. */
static int validate(const struct kn_cli *cli, const struct kn_buf *xml, struct kn_error *err)
{
	bool applied = false;

	for (size_t i = 0; !cli->root && !cli->target && i < sizeof(schemas) / sizeof(*schemas);
	     i++) {
		if (access(schemas[i], R_OK) < 0)
			continue;
		if (kn_netxml_validate(kn_buf_str(xml), xml->len, schemas[i], &applied, err) < 0)
			return -1;
		if (applied)
			return 0;
	}
	return 0;
}

/* Notes are talk, the document is the answer: they go to standard error. */
static void tell_notes(const struct kn_run *run, const struct kn_plan *plan)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_view_opts opts = run->view;

	if (run->cli->quiet || run->cli->json || plan->n_notes == 0)
		return;
	opts.color = kn_term_color(run->cli->color, run->term.err_tty, run->env->no_color);
	kn_view_notes(&text, &opts, plan);
	(void)kn_term_write(STDERR_FILENO, kn_buf_str(&text), text.len);
}

static int make_xml(const struct kn_run *run, struct kn_network *net, struct kn_plan *plan,
		    struct kn_buf *xml, struct kn_error *err)
{
	struct kn_net_world world KN_CLEANUP(kn_net_world_done) = {0};
	const struct kn_cli *cli = run->cli;
	bool changed;

	if (kn_net_world_read(run, cli->net.name.s, &world, err) < 0)
		return -1;
	struct kn_netinputs in = {.want = &cli->net,
				  .have = world.has_have ? &world.have : NULL,
				  .taken = &world.taken,
				  .links = &world.links,
				  .seed = world.seed,
				  .target = cli->target ? cli->target : world.libvirt};
	if (kn_network_resolve(&in, net, plan, err) < 0 ||
	    kn_net_world_warn(&world, net, plan, err) < 0)
		return -1;
	if (world.has_have)
		return kn_netxml_patch(&world.have, net, xml, &changed, err);
	return kn_netxml_emit(net, xml, err);
}

static int run_xml(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_network net KN_CLEANUP(kn_network_done) = {0};
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_buf xml KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (make_xml(run, &net, &plan, &xml, err) < 0 || validate(run->cli, &xml, err) < 0)
		return -1;
	tell_notes(run, &plan);
	if (run->cli->json)
		return kn_view_net_xml(&net, kn_buf_str(&xml), &plan, &run->view, &ret->out, err);
	kn_buf_put(&ret->out, xml.data, xml.len);
	return kn_buf_check(&ret->out, err);
}

/* A guest with a port group that its network lacks does not start. */
static int check_portgroup(const struct kn_network *net, const char *name, struct kn_error *err)
{
	struct kn_buf all KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t i = 0; name && i < net->portgroups.n; i++) {
		const char *have = net->portgroups.v[i].name;

		if (!strcmp(have, name))
			return 0;
		kn_buf_puts(&all, all.len ? ", " : "");
		kn_buf_put_escaped(&all, have, strnlen(have, 64));
	}
	if (!name)
		return 0;
	kn_fail(err, KN_ERR_INPUT, 0, "the network has no port group %s", name);
	return kn_hint(err, "it has: %s", all.len ? kn_buf_str(&all) : "none");
}

/* With --bridge or --macvtap no network of libvirt is needed, and none is taken. */
static int run_snippet(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	const struct kn_cli *cli = run->cli;
	struct kn_net_world world KN_CLEANUP(kn_net_world_done) = {0};
	struct kn_snippet snippet = {
		.net = &cli->net,
		.mode_known = cli->mode != NULL,
		.direct = cli->mode && !kn_netmode_has_bridge(cli->net.mode),
		.portgroup = cli->portgroup,
	};

	if (snippet.direct && snippet.portgroup)
		return kn_fail(err, KN_ERR_USAGE, 0, "--portgroup and --%s exclude each other",
			       cli->mode->name);
	if (!cli->mode && kn_net_world_read(run, cli->net.name.s, &world, err) < 0)
		return -1;
	if (world.has_have) {
		snippet.net = &world.have.net;
		snippet.mode_known = world.have.mode_known;
		if (check_portgroup(&world.have.net, cli->portgroup, err) < 0)
			return -1;
	}
	return kn_view_snippet(&snippet, &run->view, cli->json, &ret->out, err);
}

int kn_run_net(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	if (run->cli->command->id == KN_CMD_NET_XML)
		return run_xml(run, ret, err);
	return run_snippet(run, ret, err);
}
