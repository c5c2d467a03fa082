/* ifcfg text: a lossless line list, read and edited by key.
 * Layer: codec, pure. Source of the grammar: bash(1) QUOTING and what initscripts and
 * NetworkManager's shvar.c accept; where they disagree a touched key is an error. */
#ifndef KVMNET_CODEC_IFCFG_H
#define KVMNET_CODEC_IFCFG_H

#include "kvmnet/buf.h"

struct kn_ifcfg; /* opaque: one file's text */

/* Splits @len bytes into lines. Any bytes are accepted: a line the readers would disagree on is
 * kept and remembered with its reason. Return: 0, new; -1 with KN_ERR_NOMEM only. */
int kn_ifcfg_parse(const char *path, const char *data, size_t len, struct kn_ifcfg **ret,
		   struct kn_error *err) KN_NODISCARD;
void kn_ifcfg_free(struct kn_ifcfg *file);

/* The value of @key, unquoted. @ret borrowed until the next change; NULL when not set (or set to
 * nothing: tell apart with kn_ifcfg_has()). Last duplicate wins.
 * Return: 0; -1 with KN_ERR_HOSTFILE, file:line:column and the reason, when the readers would not
 * agree on it (also when a line anywhere makes the whole file ambiguous). */
int kn_ifcfg_get(struct kn_ifcfg *file, const char *key, const char **ret,
		 struct kn_error *err) KN_NODISCARD;
/* A plain assignment of @key exists. */
bool kn_ifcfg_has(const struct kn_ifcfg *file, const char *key);
/* Number of plain assignments of @key (2 or more: only the last counts). */
unsigned int kn_ifcfg_count(const struct kn_ifcfg *file, const char *key);
/* Line (from 1) of the last assignment of @key, 0 = none. */
unsigned int kn_ifcfg_line(const struct kn_ifcfg *file, const char *key);
/* Line (from 1) of a comment above the last assignment of @key that hides it from initscripts'
 * eval $(grep -F "KEY=" file): the lines are joined, and the comment swallows the rest. 0 = none.
 */
unsigned int kn_ifcfg_hidden_by(const struct kn_ifcfg *file, const char *key);
/* Calls @fn for every assigned key once, in order of first appearance. Stops when it returns
 * nonzero. Return: what @fn returned last. */
int kn_ifcfg_each_key(const struct kn_ifcfg *file, int (*fn)(const char *key, void *arg),
		      void *arg);

/* Sets @key. An existing last assignment keeps its line, indentation, trailing comment and, where
 * the value allows, its quoting style; a new one goes behind the last assignment of @after (NULL or
 * not there: behind the last assignment of all). The value is written bare or quoted so that bash,
 * dash and NetworkManager read the same. A value already equal changes no byte. Return: 0; -1 with
 * KN_ERR_HOSTFILE (readers disagree here) or KN_ERR_INPUT (a value that cannot be written safely:
 * newline, control characters, invalid UTF-8, unsafe shell text). */
int kn_ifcfg_set(struct kn_ifcfg *file, const char *key, const char *value, const char *after,
		 struct kn_error *err) KN_NODISCARD;
/* Removes every assignment of @key with its whole line. Nothing there is fine.
 * Return: 0; -1 with KN_ERR_HOSTFILE. */
int kn_ifcfg_unset(struct kn_ifcfg *file, const char *key, struct kn_error *err) KN_NODISCARD;

/* Refuses a file whose meaning depends on constructs the readers read differently, when one of
 * @keys (NULL-terminated) is touched by it or could be. Return: 0; -1 with KN_ERR_HOSTFILE. */
int kn_ifcfg_check(struct kn_ifcfg *file, const char *const *keys,
		   struct kn_error *err) KN_NODISCARD;

/* Writes the text: identical to the input where nothing was edited. */
void kn_ifcfg_emit(const struct kn_ifcfg *file, struct kn_buf *ret);

/* True when @value can be written so that all readers agree. */
bool kn_ifcfg_can_write(const char *value);

#endif
