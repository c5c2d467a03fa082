/* The commands that change the host: all of them are one spec, planned or run by the engine.
 * Layer: cli, effects. */
#include "cli/guard.h"
#include "cli/progress.h"
#include "sys/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* The plan's warnings as text for the question. Return: how many there are. */
static size_t put_warnings(const struct kn_plan *plan, struct kn_buf *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_notes; i++) {
		if (plan->notes[i].level != KN_NOTE_WARNING)
			continue;
		kn_buf_printf(ret, "! %s\n", plan->notes[i].text);
		n++;
	}
	return n;
}

/* Dry run and run differ in one call; the rest is the same, so that the plan shown is the plan run.
 */
static int plan_it(const struct kn_run *run, struct kn_world *world, struct kn_plan *ret,
		   struct kn_error *err)
{
	uint32_t number;

	if (run->cli->command->id != KN_CMD_ROLLBACK)
		return kn_engine_plan(&world->engine, &run->cli->spec, ret, err);
	if (kn_run_number(run->cli, &number, err) < 0)
		return -1;
	return kn_engine_rollback_plan(&world->engine, &run->cli->spec, number, ret, err);
}

static int run_it(const struct kn_run *run, struct kn_world *world, struct kn_plan *ret,
		  struct kn_error *err)
{
	uint32_t number;

	if (run->cli->command->id != KN_CMD_ROLLBACK)
		return kn_engine_run(&world->engine, &run->cli->spec, ret, err);
	if (kn_run_number(run->cli, &number, err) < 0)
		return -1;
	return kn_engine_rollback(&world->engine, &run->cli->spec, number, ret, err);
}

/* Asks before a change with a warning. Only where somebody can answer: never in a script. In a
 * world of its own, which is closed before another process makes the change. */
static int question(const struct kn_run *run, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (run->cli->yes || run->cli->json || !run->term.in_tty || !run->term.err_tty)
		return 0;
	if (kn_world_open(run, &world, err) < 0 || plan_it(run, &world, &plan, err) < 0)
		return -1;
	if (kn_plan_is_empty(&plan) || put_warnings(&plan, &text) == 0)
		return 0;
	kn_buf_puts(&text, "Apply? [y/N] ");
	if (kn_buf_check(&text, err) < 0)
		return -1;
	if (kn_term_ask(kn_buf_str(&text)))
		return 0;
	kn_fail(err, KN_ERR_UNCONFIRMED, 0, "not confirmed");
	err->host = KN_HOST_UNCHANGED;
	return kn_hint(err, "--dry-run shows all of it; --yes does not ask");
}

static void result_done(struct kn_result *result)
{
	kn_buf_done(&result->out);
}

/* -q silences the report, never the JSON document that was asked for. */
static int render(const struct kn_run *run, const struct kn_plan *plan, struct kn_result *ret,
		  struct kn_error *err)
{
	if (run->cli->json)
		return kn_view_plan_json(plan, NULL, &run->view, &ret->out, err);
	if (run->cli->quiet)
		return 0;
	return kn_view_plan(plan, &run->view, &ret->out, err);
}

/* The failure as a JSON document that also tells what had been planned. Best effort: without
 * memory for it, the error goes to standard error as text. */
static void render_failure(const struct kn_run *run, const struct kn_plan *plan,
			   const struct kn_error *failure, struct kn_result *ret)
{
	struct kn_error ignored = {0};

	/* Several are told by whoever asked for them. */
	if (!run->cli->json || (run->faults && run->faults->n))
		return;
	if (kn_view_plan_json(plan, failure, &run->view, &ret->out, &ignored) < 0)
		kn_buf_done(&ret->out);
}

/* A change whose report is given while it waits for its confirmation: --no-wait. */
struct early {
	const struct kn_run *run;
	struct kn_plan *plan;
};

/* From here on nobody reads what this process says, and whoever waits for the end of its output
 * (a pipe, an SSH session without a terminal) waits no longer. */
static int let_go(struct kn_error *err)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int r = fd;

	for (int i = STDIN_FILENO; r >= 0 && i <= STDERR_FILENO; i++)
		r = dup2(fd, i);
	if (r < 0)
		kn_fail(err, KN_ERR_SYSTEM, errno, "cannot leave the terminal");
	if (fd > STDERR_FILENO)
		(void)close(fd);
	return r < 0 ? -1 : 0;
}

/* A change that nobody hears of would be confirmed by nobody: without the report it is undone. */
static int report_early(void *arg, uint32_t number, uint64_t deadline_ms, struct kn_error *err)
{
	const struct early *early = arg;
	struct kn_result report KN_CLEANUP(result_done) = {0};
	struct kn_run run = *early->run;
	uint64_t now_ms = kn_boottime_ms();
	uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;

	early->plan->number = number;
	run.view.pending_s = (uint32_t)((left_ms + 999) / 1000);
	if (render(&run, early->plan, &report, err) < 0)
		return -1;
	/* The deadline holds meanwhile, too. */
	int n = kn_term_write_within(STDOUT_FILENO, kn_buf_str(&report.out), report.out.len,
				     (uint32_t)left_ms);
	if (n)
		return kn_fail(err, KN_ERR_SYSTEM, n, "cannot write to standard output");
	return let_go(err);
}

/* Dry run and run differ in one call; the rest is the same, so that the plan shown is the plan run.
 * @guard: this process is the guardian, or NULL. */
static int make(const struct kn_run *run, struct kn_guard *guard, struct kn_result *ret,
		struct kn_error *err)
{
	const struct kn_cli *cli = run->cli;
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct early early = {.run = run, .plan = &plan};
	struct kn_progress_line line;
	int r;

	if (kn_world_open(run, &world, err) < 0)
		return -1;
	kn_progress_line_begin(&line);
	world.engine.guard = guard;
	world.engine.progress = run->progress ? &line.to : NULL;
	if (guard && cli->no_wait)
		kn_guard_on_pending(guard, report_early, &early);
	r = cli->dry_run ? plan_it(run, &world, &plan, err) : run_it(run, &world, &plan, err);
	kn_guard_answer(guard, r < 0 ? err : NULL);
	if (r < 0) {
		render_failure(run, &plan, err, ret);
		return -1;
	}
	bool differs = !kn_plan_is_empty(&plan);
	ret->changed = differs && !cli->dry_run;
	ret->status = differs && cli->exit_code ? 1 : 0;
	return render(run, &plan, ret, err);
}

/* From the fork on there are two of us: the guardian makes the change and reports it, the viewer
 * waits for that and takes its exit status. */
int kn_run_change(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_viewer *viewer = NULL;
	struct kn_guard *guard = NULL;

	if (!run->cli->dry_run && question(run, err) < 0) {
		render_failure(run, NULL, err, ret);
		return -1;
	}
	if (!kn_guard_is_due(run->cli))
		return make(run, NULL, ret, err);
	if (kn_guard_start(&guard, &viewer, err) < 0)
		return -1;
	if (viewer)
		return kn_guard_view(run, viewer, ret, err);
	int r = make(run, guard, ret, err);
	kn_guard_free(guard);
	return r;
}
