/* argv split into a command, its options and its operands, by the table; no value is looked at.
 * Layer: cli, pure (uses getopt_long's own state, which it resets). */
#ifndef KVMNET_CLI_ARGS_H
#define KVMNET_CLI_ARGS_H

#include "cli/table.h"

struct kn_arg {
	const struct kn_option *option; /* NULL = an operand */
	const char *value;		/* borrowed from argv; NULL = the option takes none */
};

struct kn_args {
	const struct kn_command *command; /* NULL = none was given */
	const char *group;		  /* static: the group when only that was given, or NULL */
	struct kn_arg *v;		  /* owned, in the order of argv */
	size_t n, cap;
};

/* Scans @argv (argv[0] is the program). Options may stand before, between and after the words;
 * "--" ends them. Long names must be complete: an abbreviation that works today would break when
 * an option is added. Return: 0; -1 with KN_ERR_USAGE, and then .command and .group of *ret tell
 * how far it came (free it in both cases). */
int kn_args_scan(int argc, char *const *argv, struct kn_args *ret,
		 struct kn_error *err) KN_NODISCARD;
void kn_args_done(struct kn_args *args);

#endif
