/* The command line as typed values: what to do, on what, and how to tell about it.
 * Layer: cli, pure. */
#ifndef KVMNET_CLI_PARSE_H
#define KVMNET_CLI_PARSE_H

#include "cli/args.h"
#include "kvmnet/network.h"
#include "kvmnet/spec.h"

enum kn_color_mode {
	KN_COLOR_AUTO,
	KN_COLOR_ALWAYS,
	KN_COLOR_NEVER,
};

enum kn_action {
	KN_ACTION_RUN,
	KN_ACTION_HELP,	   /* asked for */
	KN_ACTION_MISSING, /* no command: help, as an error */
	KN_ACTION_VERSION,
};

/* Operands that a command can have at most. */
#define KN_WORDS_MAX 6

struct kn_cli {
	enum kn_action action;
	const struct kn_command *command; /* or NULL: see .group */
	const char *group;		  /* static; help for a group, or NULL */
	bool json, quiet, verbose;
	enum kn_color_mode color;
	const char *root; /* borrowed from argv, or NULL */
	uint32_t lock_timeout_ms;
	bool dry_run, exit_code, yes, inherit, no_guard, no_wait;
	bool from_file; /* it is a section of a file: messages speak of keys */
	bool partial;	/* of a file: not all of it was understood, so that nothing is missing */
	struct kn_errors *faults; /* borrowed: where checks tell what they find; NULL: the first
				     ends it */
	bool uplink;		  /* ports = @uplink: one of the ports, which the host tells */
	bool autostart;
	const char *connect;		 /* --connect, borrowed; NULL = libvirt's usual place */
	bool given[KN_O_COUNT];		 /* that option was there */
	struct kn_spec spec;		 /* owned; .bridge is set for show too */
	struct kn_network net;		 /* owned: of net commands, what was given */
	const struct kn_option *mode;	 /* the option that gave .net.mode, or NULL */
	uint32_t target;		 /* --target-version, KN_LIBVIRT(); 0 = not given */
	const char *portgroup;		 /* borrowed: net snippet --portgroup, or NULL */
	const char *words[KN_WORDS_MAX]; /* borrowed: operands other than BR and IF */
	size_t n_words;
	size_t format;	  /* show --format: which word of the table */
	uint32_t expired; /* recover --expired: a change's number, 0 = not given */
	size_t n_ifs;	  /* operands among spec.ports */
};

#define KN_LOCK_TIMEOUT_S 10 /* default of --lock-timeout; UX: long enough for one change */

/* Parses and checks argv. @ret must be freed also on failure, when it tells what was understood
 * (.command, .json for the form of the error).
 * Return: 0; -1 with KN_ERR_USAGE or KN_ERR_INPUT (both exit 2), KN_ERR_NOMEM. */
int kn_cli_parse(int argc, char *const *argv, struct kn_cli *ret,
		 struct kn_error *err) KN_NODISCARD;
void kn_cli_done(struct kn_cli *cli);

/* True when option @id was given. */
bool kn_cli_has(const struct kn_cli *cli, enum kn_option_id id);

/* ---- between the parse files ---- */

/* Takes one option's value into *cli. @value is NULL for options without one. */
typedef int kn_setter(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err);

kn_setter kn_set_port, kn_set_static, kn_set_gateway, kn_set_metric, kn_set_dns, kn_set_search,
	kn_set_route, kn_set_mtu, kn_set_zone, kn_set_check, kn_set_force;

/* Takes the value of one option: its setter. @option may be a copy of a row of the table, with the
 * name and .dashes that messages shall use. */
int kn_option_take(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err) KN_NODISCARD;
/* All values are there: verb, groups, and values against each other.
 * Return: 0; -1 with KN_ERR_USAGE or KN_ERR_INPUT. */
int kn_cli_finish(struct kn_cli *cli, struct kn_error *err) KN_NODISCARD;

/* Takes the next operand, as the command's row names it. */
int kn_operand_set(struct kn_cli *cli, const char *word, struct kn_error *err) KN_NODISCARD;
/* Are all operands there that the command needs? Return: 0; -1 with KN_ERR_USAGE. */
int kn_operands_check(const struct kn_cli *cli, struct kn_error *err) KN_NODISCARD;

/* Options against each other, when all of them are known. Return: 0; -1 with KN_ERR_USAGE. */
int kn_cli_check(const struct kn_cli *cli, struct kn_error *err) KN_NODISCARD;

/* "--name" in @buf (32 bytes), to name a value in messages. Return: @buf. */
const char *kn_option_label(const struct kn_option *option, char *buf);

/* Records: @option has the unusable value @value, because @why. Return: -1. */
int kn_bad_value(const struct kn_option *option, const char *value, const char *why,
		 struct kn_error *err);

#endif
