/* Commands that only print: help, version, completion, option lists. Layer: cli, pure. */
#include "cli/help.h"
#include "cli/ini_spec.h"
#include "cli/run.h"
#include "codec/json.h"

#include <string.h>

/* `help WORDS`, `WORDS --help` and the bare group show the same page. */
static int run_help(const struct kn_cli *cli, struct kn_buf *ret, struct kn_error *err)
{
	const struct kn_command *command = cli->command;
	const char *group = cli->group;

	if (cli->action == KN_ACTION_RUN &&
	    kn_help_find(cli->words, cli->n_words, &group, &command, err) < 0)
		return -1;
	if (command)
		kn_help_command(command, ret);
	else if (group)
		kn_help_group(group, ret);
	else
		kn_help_top(ret);
	return kn_buf_check(ret, err);
}

/* `_man bridge create`, `_man keys bridge`, `_man change`, `_man global`. */
static int run_man(const struct kn_cli *cli, struct kn_buf *ret, struct kn_error *err)
{
	const struct kn_command *command = NULL;
	enum kn_section section = KN_SECTION_GLOBAL;
	const char *group = NULL;

	if (cli->n_words == 2 && !strcmp(cli->words[0], "keys")) {
		kn_ini_man(cli->words[1], ret);
		return kn_buf_check(ret, err);
	}
	if (cli->n_words == 1 && !strcmp(cli->words[0], "change"))
		section = KN_SECTION_CHANGE;
	else if ((cli->n_words != 1 || strcmp(cli->words[0], "global") != 0) &&
		 kn_help_find(cli->words, cli->n_words, &group, &command, err) < 0)
		return -1;
	kn_man_options(command, section, ret);
	return kn_buf_check(ret, err);
}

/* With --json a document: programs ask first whether they can work with what is installed. */
static int run_version(const struct kn_cli *cli, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (!cli->json) {
		kn_buf_puts(ret, "kvmnet " KVMNET_VERSION "\n");
		return kn_buf_check(ret, err);
	}
	if (kn_json_new(&json, err) < 0)
		return -1;
	kn_json_str(json, "schema", "kvmnet.version/1");
	kn_json_str(json, "version", KVMNET_VERSION);
	return kn_json_finish(json, ret, err);
}

int kn_run_text(const struct kn_cli *cli, struct kn_buf *ret, struct kn_error *err)
{
	if (cli->action == KN_ACTION_VERSION)
		return run_version(cli, ret, err);
	if (cli->action == KN_ACTION_RUN && cli->command->id == KN_CMD_COMPLETION)
		return kn_completion(cli->words[0], ret, err);
	if (cli->action == KN_ACTION_RUN && cli->command->id == KN_CMD_MAN)
		return run_man(cli, ret, err);
	return run_help(cli, ret, err);
}
