/* Commands and options as data, and the look-ups on them.
 * Layer: cli, pure. The rows are in table.def. */
#ifndef KVMNET_CLI_TABLE_H
#define KVMNET_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvmnet/buf.h"

enum kn_command_id {
#define KN_COMMAND(id, group, name, operands, summary, example) KN_CMD_##id,
#include "cli/table.def"
#undef KN_COMMAND
	KN_CMD_COUNT
};

enum kn_option_id {
#define KN_OPTION(id, name, letter, arg, values, many, section, commands, text) KN_O_##id,
#include "cli/table.def"
#undef KN_OPTION
	KN_O_COUNT
};

enum kn_section {
	KN_SECTION_IP,
	KN_SECTION_BRIDGE,
	KN_SECTION_PORT,
	KN_SECTION_NET_MODE,
	KN_SECTION_NET_IP,
	KN_SECTION_NET_LINK,
	KN_SECTION_NET_DNS,
	KN_SECTION_NET_TEXT,
	KN_SECTION_SHOW,
	KN_SECTION_RECOVER,
	KN_SECTION_NET_RUN,
	KN_SECTION_CHANGE,
	KN_SECTION_GLOBAL,
	KN_SECTION_COUNT
};

/* Sets of commands, as bits 1 << KN_CMD_*. */
#define KN_IN(id)    (UINT64_C(1) << KN_CMD_##id)
#define KN_IN_CREATE KN_IN(BRIDGE_CREATE)
#define KN_IN_BRIDGE (KN_IN(BRIDGE_CREATE) | KN_IN(BRIDGE_SET))
#define KN_IN_PORT   (KN_IN(PORT_ADD) | KN_IN(PORT_SET))
/* Commands that make a definition, and those that only have to know the mode. */
#define KN_IN_NET     (KN_IN(NET_XML) | KN_IN(NET_CREATE))
#define KN_IN_NETMODE (KN_IN_NET | KN_IN(NET_SNIPPET))
#define KN_IN_APPLY   KN_IN(APPLY)
#define KN_IN_DIFF    (KN_IN(DIFF) | KN_IN(CHECK))
#define KN_IN_CHANGE                                                                               \
	(KN_IN_APPLY | KN_IN_BRIDGE | KN_IN_PORT | KN_IN(BRIDGE_DELETE) | KN_IN(PORT_REMOVE))
#define KN_IN_EVERY_CHANGE (KN_IN_CHANGE | KN_IN(ROLLBACK))
/* Commands that talk to libvirt. */
#define KN_IN_NETCHANGE (KN_IN(NET_CREATE) | KN_IN(NET_DELETE) | KN_IN(NET_HOST))
#define KN_IN_NETVIEW	(KN_IN(NET_LIST) | KN_IN(NET_SHOW) | KN_IN(NET_CHECK))
#define KN_IN_LIBVIRT	(KN_IN_NETCHANGE | KN_IN_NETVIEW | KN_IN_CREATE)
#define KN_IN_ALL	((UINT64_C(1) << KN_CMD_COUNT) - 1)

struct kn_command {
	enum kn_command_id id;
	const char *group;    /* "" = a command of one word */
	const char *name;     /* '_' in front: hidden */
	const char *operands; /* "BR IF", "NAME [IP]", "[COMMAND...]": words, optional ones last */
	const char *summary;
	const char *example;
};

struct kn_option {
	enum kn_option_id id;
	const char *name;   /* without "--" */
	char letter;	    /* or 0 */
	const char *arg;    /* NULL = none; "=RULE" = must be attached */
	const char *values; /* "on|off", "@if", "" = free */
	bool many;
	enum kn_section section;
	uint64_t commands;  /* KN_IN_* */
	const char *text;   /* NULL = another name of the row before */
	const char *dashes; /* what stands before the name: "--", or "" of a key in a file */
};

/* The two arguments for "%s%s" that name an option where the user wrote it. */
#define KN_LABEL(option) (option)->dashes, (option)->name

/* Row by number, 0 .. KN_CMD_COUNT - 1 / KN_O_COUNT - 1. Return: static. */
const struct kn_command *kn_command_at(size_t i);
const struct kn_option *kn_option_at(size_t i);

/* Finds a command by group ("" = none) and name. Return: static, or NULL. */
const struct kn_command *kn_command_find(const char *group, const char *name);
bool kn_command_is_hidden(const struct kn_command *command);
/* True when some command has @word as its group. */
bool kn_group_exists(const char *word);
/* What a group is about, one line. Return: static, "" for an unknown group. */
const char *kn_group_summary(const char *group);
const char *kn_section_title(enum kn_section section);

/* True when @option may be given to @command (NULL: before any command, global options only). */
bool kn_option_fits(const struct kn_option *option, const struct kn_command *command);
/* Appends "bridge create" or "help". */
void kn_command_put_name(const struct kn_command *command, struct kn_buf *ret);

/* The candidate nearest to a mistyped word, tried one after another.
 * Start with .best = NULL; hand each candidate to kn_nearest_try(); .best is the answer or NULL
 * when none is near enough to be what was meant. */
struct kn_nearest {
	const char *word;
	const char *best;
	size_t distance;
};

void kn_nearest_try(struct kn_nearest *nearest, const char *candidate);

#endif
