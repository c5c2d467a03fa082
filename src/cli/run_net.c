/* net xml, net snippet: definitions and connections as text. Layer: cli, effects (reads the host,
 * changes nothing; needs neither libvirt nor a privilege). */
#include <string.h>
#include <unistd.h>

#include "cli/run.h"
#include "cli/view_net.h"
#include "cli/view_text.h"
#include "codec/netxml.h"
#include "plan/netresolve.h"
#include "sys/sys.h"

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

/* The version that will read the document: as told, else the one that is installed. */
static int find_target(const struct kn_cli *cli, uint32_t *ret, struct kn_error *err)
{
	struct kn_root *root;

	if (!cli->target && kn_root_open(cli->root, &root, err) < 0)
		return -1;
	*ret = cli->target;
	if (!cli->target) {
		*ret = kn_libvirt_found(root);
		kn_root_close(root);
	}
	return 0;
}

static int run_xml(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_network net KN_CLEANUP(kn_network_done) = {0};
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_buf xml KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_takens taken KN_CLEANUP(kn_takens_done) = {0};
	struct kn_names links KN_CLEANUP(kn_names_done) = {0};
	struct kn_netinputs in = {.want = &run->cli->net, .taken = &taken, .links = &links};

	if (find_target(run->cli, &in.target, err) < 0 ||
	    kn_network_resolve(&in, &net, &plan, err) < 0 || kn_netxml_emit(&net, &xml, err) < 0 ||
	    validate(run->cli, &xml, err) < 0)
		return -1;
	tell_notes(run, &plan);
	if (run->cli->json)
		return kn_view_net_xml(&net, kn_buf_str(&xml), &plan, &run->view, &ret->out, err);
	kn_buf_put(&ret->out, xml.data, xml.len);
	return kn_buf_check(&ret->out, err);
}

/* With --bridge or --macvtap no network of libvirt is needed, and none is taken. */
static int run_snippet(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	const struct kn_cli *cli = run->cli;
	struct kn_snippet snippet = {
		.net = &cli->net,
		.mode_known = cli->mode != NULL,
		.direct = cli->mode && !kn_netmode_has_bridge(cli->net.mode),
		.portgroup = cli->portgroup,
	};

	if (snippet.direct && snippet.portgroup)
		return kn_fail(err, KN_ERR_USAGE, 0, "--portgroup and --%s exclude each other",
			       cli->mode->name);
	return kn_view_snippet(&snippet, &run->view, cli->json, &ret->out, err);
}

int kn_run_net(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	if (run->cli->command->id == KN_CMD_NET_XML)
		return run_xml(run, ret, err);
	return run_snippet(run, ret, err);
}
