/* Help at every level, completion scripts and manual-page option lists, from the table.
 * Layer: cli, pure: text into a buffer. */
#ifndef KVMNET_CLI_HELP_H
#define KVMNET_CLI_HELP_H

#include "cli/table.h"

/* The whole program's help: a screen of 24 lines, 80 columns. */
void kn_help_top(struct kn_buf *ret);
/* A group's commands. @group: one that exists. */
void kn_help_group(const char *group, struct kn_buf *ret);
/* A command's options, one screen. */
void kn_help_command(const struct kn_command *command, struct kn_buf *ret);
/* Help for the words of `kvmnet help WORDS` (or `_man WORDS`): @ret_group or @ret_command is set,
 * neither for no word. Return: 0; -1 with KN_ERR_USAGE for words that are no command. */
int kn_help_find(const char *const *words, size_t n, const char **ret_group,
		 const struct kn_command **ret_command, struct kn_error *err) KN_NODISCARD;

/* "--gateway IP", "-n, --dry-run", "--port, --slave IF". @i is the option's row. */
void kn_help_put_option(size_t i, struct kn_buf *ret);

/* A completion script. @shell: bash, zsh or fish. Return: 0; -1 with KN_ERR_INPUT. */
int kn_completion(const char *shell, struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;
void kn_completion_bash(struct kn_buf *ret);
void kn_completion_zsh(struct kn_buf *ret);
void kn_completion_fish(struct kn_buf *ret);

/* Appends one key of a file to an mdoc list. */
void kn_man_key(const char *name, const char *arg, const char *text, struct kn_buf *ret);
/* An mdoc list: the options of @command without those that all commands or all changes share; of
 * @section GLOBAL or CHANGE when @command is NULL. */
void kn_man_options(const struct kn_command *command, enum kn_section section, struct kn_buf *ret);

#endif
