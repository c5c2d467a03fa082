/* One command line from words to exit status: parse, run, print, map the error.
 * Layer: cli, effects. */
#include "cli/guard.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Colour is left out: standard output and error may differ in it. */
static struct kn_view_opts view_opts(const struct kn_cli *cli, const struct kn_term *term,
				     const char *command)
{
	return (struct kn_view_opts){
		.utf8 = term->utf8,
		.dry_run = cli->dry_run,
		.verbose = cli->verbose,
		.width = term->width,
		.command = command,
		.root = cli->root,
	};
}

/* "bridge create", "bridge" or "kvmnet": how far the words were understood. */
static void put_command_name(const struct kn_cli *cli, struct kn_buf *ret)
{
	if (cli->command)
		kn_command_put_name(cli->command, ret);
	else
		kn_buf_puts(ret, cli->group ? cli->group : "kvmnet");
}

/* A document of a command that makes plans has a plan's form, whatever happened. */
static int error_json(const struct kn_run *run, const struct kn_error *failure, struct kn_buf *ret,
		      struct kn_error *err)
{
	const uint64_t planning = KN_IN_EVERY_CHANGE | KN_IN_NETCHANGE | KN_IN(DIFF);
	const struct kn_command *command = run->cli->command;

	if (command && planning >> command->id & 1)
		return kn_view_plan_json(NULL, failure, &run->view, ret, err);
	return kn_view_error_json(failure, &run->view, ret, err);
}

/* Text on standard error, or with --json a document on standard output unless @ret_out has one. */
static int report_error(const struct kn_run *run, const struct kn_error *failure,
			struct kn_buf *out)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_view_opts opts = run->view;
	struct kn_error ignored = {0};

	if (run->cli->json && out->len == 0 && error_json(run, failure, out, &ignored) < 0)
		kn_buf_done(out);
	if (run->cli->json && out->len > 0)
		return kn_error_exit_code(failure);
	opts.color = kn_term_color(run->cli->color, run->term.err_tty, run->env->no_color);
	kn_view_error(failure, &opts, &text);
	(void)kn_term_write(STDERR_FILENO, kn_buf_str(&text), text.len);
	return kn_error_exit_code(failure);
}

/* A full disk behind standard output must not look like success. Who only looked is not told that
 * nothing was changed. */
static int flush(const struct kn_run *run, const struct kn_result *result, int status)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error err = {0};
	int n = kn_term_write(STDOUT_FILENO, kn_buf_str(&result->out), result->out.len);

	/* A terminal that is gone takes nobody's report: the change stands all the same. */
	if (n == 0 || (n == EIO && result->changed && run->term.out_tty))
		return status;
	/* Never the status that says that all was put back. */
	kn_fail(&err, result->changed ? KN_ERR_INCOMPLETE : KN_ERR_SYSTEM, n,
		"%scannot write to standard output",
		result->changed ? "the change was made, but its report is lost: " : "");
	if (result->changed) {
		err.host = KN_HOST_CHANGED;
		kn_hint(&err, "kvmnet history shows what was done");
		kn_view_error(&err, &run->view, &text);
	} else {
		kn_buf_printf(&text, "kvmnet: error: %s\n", err.message);
	}
	(void)kn_term_write(STDERR_FILENO, kn_buf_str(&text), text.len);
	return status > 1 ? status : kn_error_exit_code(&err);
}

/* Commands that look at neither host nor terminal. */
static bool is_text(const struct kn_cli *cli)
{
	return cli->action != KN_ACTION_RUN || cli->command->id == KN_CMD_HELP ||
	       cli->command->id == KN_CMD_COMPLETION || cli->command->id == KN_CMD_MAN;
}

/* Families of commands, one file each. */
static int run_command(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	if (is_text(run->cli))
		return kn_run_text(run->cli, &ret->out, err);
	switch (run->cli->command->id) {
	case KN_CMD_BRIDGE_LIST:
	case KN_CMD_BRIDGE_SHOW:
		return kn_run_view(run, ret, err);
	case KN_CMD_SHOW:
		return kn_run_show(run, ret, err);
	case KN_CMD_DOCTOR:
	case KN_CMD_EXPLAIN:
		return kn_run_doctor(run, ret, err);
	case KN_CMD_CONFIRM:
	case KN_CMD_CANCEL:
		return kn_run_confirm(run, ret, err);
	case KN_CMD_NET_LIST:
	case KN_CMD_NET_SHOW:
	case KN_CMD_NET_CHECK:
		return kn_run_netview(run, ret, err);
	case KN_CMD_NET_XML:
	case KN_CMD_NET_SNIPPET:
		return kn_run_net(run, ret, err);
	case KN_CMD_APPLY:
	case KN_CMD_DIFF:
		return kn_run_apply(run, ret, err);
	case KN_CMD_CHECK:
		return kn_run_check(run, ret, err);
	case KN_CMD_EXPORT:
		return kn_run_export(run, ret, err);
	case KN_CMD_HISTORY:
		return kn_run_history(run, ret, err);
	case KN_CMD_RECOVER:
		return kn_run_recover(run, ret, err);
	default: /* the rest changes the host */
		return kn_run_change(run, ret, err);
	}
}

/* The words as typed, those that a shell would split or read otherwise in quotes. */
static void put_line(int argc, char *const *argv, struct kn_buf *ret)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_-+=.,:/@%";

	for (int i = 1; i < argc; i++) {
		bool quote = !argv[i][0] || argv[i][strspn(argv[i], plain)];

		kn_buf_puts(ret, i > 1 ? " " : "");
		kn_buf_puts(ret, quote ? "'" : "");
		kn_buf_put_escaped(ret, argv[i], strlen(argv[i]));
		kn_buf_puts(ret, quote ? "'" : "");
	}
}

/* No command at all: help where errors go, and the status of a usage error. */
static int missing_command(const struct kn_run *run, struct kn_result *result)
{
	struct kn_error err = {0};

	if (run->cli->json) {
		kn_fail(&err, KN_ERR_USAGE, 0, "no command is given");
		kn_buf_done(&result->out);
		return flush(run, result, report_error(run, &err, &result->out));
	}
	(void)kn_term_write(STDERR_FILENO, kn_buf_str(&result->out), result->out.len);
	return 2;
}

/* Only for somebody who looks on and has not asked for more, or for nothing. Decided here: who
 * makes the change will not be of the terminal's session. */
static bool may_show_progress(const struct kn_cli *cli, const struct kn_term *term)
{
	return term->err_tty && !cli->json && !cli->quiet && !cli->verbose &&
	       tcgetpgrp(STDERR_FILENO) == getpgrp();
}

/* Every way out passes here, so that what is printed and the status agree. */
static int execute(struct kn_run *run, int parsed, struct kn_error *err)
{
	struct kn_result result = {0};
	int status;

	if (parsed < 0 || run_command(run, &result, err) < 0)
		status = flush(run, &result, report_error(run, err, &result.out));
	else if (run->cli->action == KN_ACTION_MISSING)
		status = missing_command(run, &result);
	else
		status = flush(run, &result, result.status);
	kn_buf_done(&result.out);
	return status;
}

int kn_cli_main(int argc, char *const *argv, const struct kn_env *env)
{
	struct kn_cli cli KN_CLEANUP(kn_cli_done) = {0};
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_run run = {.cli = &cli, .env = env};
	struct kn_error err = {0};

	int parsed = kn_cli_parse(argc, argv, &cli, &err);
	/* Texts need no terminal: `kvmnet --version` stays free of locale files. */
	if (parsed < 0 || !is_text(&cli))
		kn_term_probe(&run.term);
	cli.spec.can_ask = kn_guard_can_ask(&cli, &run.term);
	put_command_name(&cli, &name);
	put_line(argc, argv, &line);
	run.line = kn_buf_str(&line);
	run.view = view_opts(&cli, &run.term, kn_buf_str(&name));
	run.view.color = kn_term_color(cli.color, run.term.out_tty, env->no_color);
	run.view.terminal = run.term.out_tty;
	/* Who reads a pipe wants all of it. */
	run.view.width = run.term.out_tty ? run.term.width : 0;
	run.progress = may_show_progress(&cli, &run.term);
	return execute(&run, parsed, &err);
}
