/* apply, diff, check FILE: what a file describes, as one change. Layer: cli, effects. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ini_job.h"
#include "plan/net.h"

/* All faults at once: who repairs a file wants to do it once. */
static int tell_faults(const struct kn_run *run, struct kn_job *job, struct kn_result *ret,
		       struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_view_opts opts = run->view;

	kn_errors_sort(&job->faults);
	ret->status = kn_errors_exit_code(&job->faults);
	if (run->cli->json)
		return kn_view_errors_json(&job->faults, &opts, &ret->out, err);
	opts.color = kn_term_color(run->cli->color, run->term.err_tty, run->env->no_color);
	kn_view_errors(&job->faults, &opts, &text);
	if (kn_buf_check(&text, err) < 0)
		return -1;
	(void)kn_term_write(STDERR_FILENO, kn_buf_str(&text), text.len);
	return 0;
}

/* libvirt defines and starts: its networks have no half that these options leave. */
static int check_halves(const struct kn_cli *cli, const struct kn_job *job, struct kn_error *err)
{
	bool half = (cli->spec.no_live && !cli->root) || cli->spec.no_persist;

	for (size_t i = 0; half && i < job->n; i++)
		if (job->specs[i].network) {
			kn_fail(err, KN_ERR_USAGE, 0,
				"%s: the file describes libvirt networks, which are made whole",
				cli->spec.no_persist ? "--no-persist" : "--no-live");
			return kn_hint(err, "put them into a file of their own");
		}
	return 0;
}

/* An empty file is a mishap more often than a wish. */
static int check_prune(const struct kn_cli *cli, const struct kn_job *job, struct kn_error *err)
{
	if (!cli->spec.prune || job->n)
		return 0;
	kn_fail(err, KN_ERR_INPUT, 0,
		"the file describes no link and no network: --prune would remove all that kvmnet "
		"made");
	return kn_hint(err,
		       "leave --prune out, or remove by name: kvmnet bridge delete, net delete");
}

/* A file with faults is held against the host as well, as far as it was understood, so that one
 * repair is enough. That the host cannot be asked is told when there is something to ask. */
static int look_further(const struct kn_run *run, struct kn_job *job, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_errors found = {0};
	struct kn_error ignored = {0};
	struct kn_cli cli = *run->cli; /* borrows everything */
	struct kn_run inner = *run;

	/* What --prune removes is what the file lacks: of this one nobody knows. */
	if (job->ini.partial || cli.spec.prune)
		return 0;
	if (kn_job_specs(&cli.spec, job, err) < 0)
		return -1;
	inner.cli = &cli;
	inner.faults = &found;
	if (kn_world_open(&inner, &world, &ignored) == 0)
		(void)!kn_engine_plan(&world.engine, &cli.spec, &plan, &ignored);
	int r = kn_job_tell(job, &found, err);
	kn_errors_done(&found);
	return r;
}

/* The change. What the host shows to be wrong in the description is told like the rest of it. */
static int change(struct kn_run *run, struct kn_job *job, struct kn_result *ret,
		  struct kn_error *err)
{
	struct kn_errors found = {0};

	run->faults = &found;
	int r = kn_run_change(run, ret, err);
	run->faults = NULL;
	bool placed = found.n > 1 || (found.n && found.v[0].part);
	/* It may also have failed for another reason than those. */
	if (r < 0 && placed && strcmp(err->message, found.v[0].message) != 0)
		placed = kn_errors_take(&found, err) == 0;
	if (r < 0 && placed && kn_job_tell(job, &found, err) == 0)
		r = tell_faults(run, job, ret, err);
	kn_errors_done(&found);
	return r;
}

int kn_run_apply(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_job job KN_CLEANUP(kn_job_done) = {0};
	struct kn_cli cli = *run->cli; /* borrows everything */
	struct kn_run inner = *run;

	if (kn_job_load(run->cli->words[0], &job, err) < 0 || kn_job_understand(run, &job, err) < 0)
		return -1;
	if (job.faults.n)
		return look_further(run, &job, err) < 0 ? -1 : tell_faults(run, &job, ret, err);
	if (kn_job_specs(&cli.spec, &job, err) < 0 || check_halves(&cli, &job, err) < 0 ||
	    check_prune(&cli, &job, err) < 0)
		return -1;
	if (cli.command->id != KN_CMD_APPLY) {
		cli.dry_run = true;
		cli.exit_code = true;
		inner.view.dry_run = true;
	}
	inner.cli = &cli;
	return change(&inner, &job, ret, err);
}
