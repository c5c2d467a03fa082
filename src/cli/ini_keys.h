/* The keys of INI files that have words of their own. Private to the ini files of cli/.
 * Layer: cli, pure. */
#ifndef KVMNET_CLI_INI_KEYS_H
#define KVMNET_CLI_INI_KEYS_H

#include "cli/ini_spec.h"

/* Takes @key when it is one of them; *ret_taken tells. Return: 0; -1. */
int kn_ini_special(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		   bool *ret_taken, struct kn_error *err) KN_NODISCARD;
/* What only the whole section tells. Return: 0; -1. */
int kn_ini_section_end(struct kn_parts *parts, struct kn_part *part,
		       struct kn_error *err) KN_NODISCARD;
bool kn_ini_has_word(const char *kind, const char *name);
/* Offers them for "did you mean". */
void kn_ini_words_try(const char *kind, struct kn_nearest *nearest);

/* Appends them to the list of a manual page. */
void kn_ini_words_man(const char *kind, struct kn_buf *ret);

/* Gives @key's value, word by word where @option is many, to the option's setter. Return: 0; -1. */
int kn_part_take(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		 const struct kn_option *option, struct kn_error *err) KN_NODISCARD;

#endif
