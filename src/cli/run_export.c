/* export: the host as a file of our own. Layer: cli, effects (reads the host, changes nothing).
 * What was written is planned as apply would, before it is printed: the promise is that nothing
 * would change, and where something would, the file says so. */
#include <string.h>

#include "cli/export.h"
#include "cli/ini_job.h"
#include "cli/view_unread.h"
#include "codec/json.h"
#include "engine/look.h"
#include "kvmnet/text.h"
#include "plan/kernel_confs.h"
#include "plan/net.h"

struct exporter {
	struct kn_cli cli; /* borrows everything, as .run does: .world looks at them */
	struct kn_run run;
	struct kn_world world; /* owned */
	struct kn_state state; /* owned: files and kernel */
	struct kn_state nets;  /* owned: libvirt's */
	struct kn_doc doc;     /* owned */
	struct kn_error
		silence; /* why libvirt's networks could not be read; .kind NONE = they were */
	struct kn_error refusal; /* why apply would refuse the file */
};

static void export_done(struct exporter *x)
{
	kn_doc_done(&x->doc);
	kn_state_done(&x->nets);
	kn_state_done(&x->state);
	kn_world_close(&x->world);
}

/* What hangs, or is root's, is said; the links are worth having all the same. */
static int read_nets(const struct kn_run *run, struct exporter *x, struct kn_error *err)
{
	if (kn_run_open_virt(run, &x->world, &x->silence) == 0) {
		x->world.engine.virt = x->world.virt;
		if (kn_engine_view_nets(&x->world.engine, &x->nets, &x->silence) == 0)
			return 0;
	}
	return x->silence.kind == KN_ERR_NOMEM ? kn_fail_nomem(err) : 0;
}

/* The files' reader is opened with --no-persist as well: it knows resolv.conf. */
static int read_host(const struct kn_run *run, struct exporter *x, struct kn_error *err)
{
	x->cli = *run->cli;
	x->cli.spec.no_persist = false;
	x->run = *run;
	x->run.cli = &x->cli;
	if (kn_world_open(&x->run, &x->world, err) < 0 ||
	    kn_engine_look(&x->world.engine, &x->state, err) < 0 || read_nets(run, x, err) < 0)
		return -1;
	/* Half a host, applied with --prune, would take the other half away. */
	if (!run->cli->spec.no_persist)
		return x->state.confs.unread.n ? kn_unread_fail(&x->state.confs.unread,
								"the host cannot be exported", err)
					       : 0;
	kn_confs_done(&x->state.confs);
	return kn_confs_of_kernel(&x->state.facts, &x->state.confs, err);
}

/* ---- what applying it would do ---- */

static void put_op(const struct kn_plan *plan, const struct kn_op *op, struct kn_buf *ret)
{
	if (op->kind == KN_OP_FILE)
		kn_buf_printf(ret, "write %s", plan->files.v[op->file].path);
	else
		kn_op_describe(op, ret);
}

/* The section that the plan's part @k was asked for in. */
static size_t piece_of(const struct kn_doc *doc, const struct kn_plan *plan, size_t k)
{
	for (size_t i = 0; i < doc->n; i++) {
		struct kn_buf title KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		kn_buf_printf(&title, "[%s %s] (standard input:%u)", doc->v[i].kind, doc->v[i].name,
			      doc->v[i].line);
		if (doc->v[i].line && !strcmp(kn_buf_str(&title), plan->sections.v[k]))
			return i;
	}
	return doc->n;
}

#define OPS_SHOWN 4

static void remark_ops(struct kn_doc *doc, const struct kn_plan *plan)
{
	for (size_t k = 0; k < plan->sections.n; k++) {
		size_t at = piece_of(doc, plan, k), shown = 0;

		for (size_t i = 0; at < doc->n && i < plan->n_ops; i++) {
			struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

			if (plan->ops[i].section != k + 1)
				continue;
			if (!shown)
				kn_doc_remark(doc, at, "Applied here, it would do something yet:");
			kn_buf_puts(&text, "  ");
			put_op(plan, &plan->ops[i], &text);
			if (shown++ < OPS_SHOWN)
				kn_doc_remark(doc, at, kn_buf_str(&text));
		}
		if (shown > OPS_SHOWN)
			kn_doc_remark(doc, at, "  ...");
	}
}

/* Networks were held against their definitions one by one. */
static void drop_nets(struct kn_spec *spec, struct kn_job *job)
{
	size_t n = 0;

	for (size_t i = 0; i < job->n; i++)
		if (!kn_verb_is_net(job->specs[i].verb))
			job->specs[n++] = job->specs[i];
	job->n = spec->n_parts = n;
}

/* The same as apply --dry-run of the text. */
static int foresee(const struct kn_run *run, struct exporter *x, struct kn_error *err)
{
	struct kn_spec spec = {.no_live = !x->world.live, .no_persist = run->cli->spec.no_persist};
	struct kn_job job KN_CLEANUP(kn_job_done) = {0};
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_doc_put(&x->doc, &text, err) < 0 ||
	    kn_ini_add(&job.ini, "-", kn_buf_str(&text), text.len, &job.faults, err) < 0 ||
	    kn_job_understand(run, &job, err) < 0 || kn_job_specs(&spec, &job, err) < 0)
		return -1;
	drop_nets(&spec, &job);
	if (!job.n || job.faults.n)
		return 0;
	if (spec.no_persist)
		x->world.engine.backend = NULL;
	if (kn_engine_plan(&x->world.engine, &spec, &plan, &x->refusal) < 0)
		return x->refusal.kind == KN_ERR_NOMEM ? kn_fail_nomem(err) : 0;
	remark_ops(&x->doc, &plan);
	return 0;
}

/* ---- the text ---- */

static void put_comment(struct kn_buf *ret, const char *lead, const struct kn_error *why)
{
	kn_buf_printf(ret, "\n# %s\n# ", lead);
	kn_buf_put_escaped(ret, why->message, strlen(why->message));
	kn_buf_putc(ret, '\n');
	if (why->hint[0]) {
		kn_buf_puts(ret, "# hint: ");
		kn_buf_put_escaped(ret, why->hint, strlen(why->hint));
		kn_buf_putc(ret, '\n');
	}
	if (why->rule[0])
		kn_buf_printf(ret, "# (--force=%s overrides)\n", why->rule);
}

static int put(const struct kn_run *run, struct exporter *x, struct kn_buf *ret,
	       struct kn_error *err)
{
	const struct kn_vnets *nets = x->silence.kind ? NULL : &x->nets.nets;
	bool kernel = run->cli->spec.no_persist;

	kn_buf_printf(ret,
		      "# The bonds, VLANs and bridges that %s, and libvirt's networks;\n"
		      "# kvmnet.conf(5).\n",
		      kernel ? "run on this host" : "this host's files describe");
	if (x->refusal.kind)
		put_comment(ret, "Applied here, it would be refused:", &x->refusal);
	if (kn_doc_put(&x->doc, ret, err) < 0)
		return -1;
	if (x->silence.kind)
		put_comment(ret,
			    "libvirt's networks are not in this file, and are kept as they are:",
			    &x->silence);
	if (kernel)
		return kn_export_left(&x->state, ret, err);
	return kn_export_unwritten(&x->state, nets, ret, err);
}

static int make(const struct kn_run *run, struct exporter *x, struct kn_buf *ret,
		struct kn_error *err)
{
	if (read_host(run, x, err) < 0 || kn_export(&x->state, &x->doc, err) < 0 ||
	    (!x->silence.kind && kn_export_nets(&x->nets, &x->doc, err) < 0) ||
	    kn_doc_settle(&x->doc, err) < 0 || foresee(run, x, err) < 0)
		return -1;
	return put(run, x, ret, err);
}

int kn_run_export(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct exporter x KN_CLEANUP(export_done) = {0};
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (make(run, &x, &text, err) < 0)
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
