/* What the completion scripts of all shells are made of.
 * Layer: cli, pure; between the completion files only. */
#ifndef KVMNET_CLI_COMPLETE_H
#define KVMNET_CLI_COMPLETE_H

#include "cli/help.h"

/* The command words of @group, or the first words of all commands for "", by spaces. */
void kn_complete_put_words(const char *group, struct kn_buf *ret);
/* "--port --slave ..." of a command; NULL = the global options. */
void kn_complete_put_options(const struct kn_command *command, struct kn_buf *ret);
/* True when the option's value may be the next word. */
bool kn_complete_takes_word(const struct kn_option *option);
/* Shell patterns of "COMMAND WORDS --option" for one option that takes a word: of any command where
 * its name means one thing, else of each command that has it. */
void kn_complete_put_pattern(const struct kn_option *option, struct kn_buf *ret);
/* The same for all such options. */
void kn_complete_put_value_options(struct kn_buf *ret);
/* "--port --slave ...": options whose value is the next word wherever they stand. */
void kn_complete_put_value_words(struct kn_buf *ret);
/* The @i-th group. Return: static, NULL after the last. */
const char *kn_complete_group(size_t i);
/* All groups, with @sep between them. */
void kn_complete_put_groups(char sep, struct kn_buf *ret);
/* The words an option's value can be, by spaces. */
void kn_complete_put_values(const struct kn_option *option, struct kn_buf *ret);

#endif
