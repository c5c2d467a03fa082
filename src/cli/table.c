/* The rows of table.def as arrays, and look-ups on them.
 * Layer: cli, pure. Linear search: there are some fifty rows. */
#include "cli/table.h"

#include <string.h>

#define SECTION(s) KN_SECTION_##s

static const struct kn_command commands[] = {
#define KN_COMMAND(id, group, name, operands, summary, example)                                    \
	{KN_CMD_##id, group, name, operands, summary, example},
#include "cli/table.def"
#undef KN_COMMAND
};

static const struct kn_option options[] = {
#define KN_OPTION(id, name, letter, arg, values, many, section, where, text)                       \
	{KN_O_##id, name, letter, arg, values, many, SECTION(section), where, text, "--"},
#include "cli/table.def"
#undef KN_OPTION
};

_Static_assert(KN_CMD_COUNT < 64, "too many commands for a 64-bit set");

const struct kn_command *kn_command_at(size_t i)
{
	return &commands[i];
}

const struct kn_option *kn_option_at(size_t i)
{
	return &options[i];
}

const struct kn_command *kn_command_find(const char *group, const char *name)
{
	for (size_t i = 0; i < KN_CMD_COUNT; i++)
		if (!strcmp(commands[i].group, group) && !strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

bool kn_command_is_hidden(const struct kn_command *command)
{
	return command->name[0] == '_';
}

bool kn_group_exists(const char *word)
{
	return kn_group_summary(word)[0] != '\0';
}

const char *kn_group_summary(const char *group)
{
	if (!strcmp(group, "bridge"))
		return "Make, change, remove and show bridges.";
	if (!strcmp(group, "port"))
		return "Attach, detach and change the ports of a bridge.";
	if (!strcmp(group, "net"))
		return "Describe the guests' networks for libvirt.";
	return "";
}

const char *kn_section_title(enum kn_section section)
{
	switch (section) {
	case KN_SECTION_IP:
		return "Ports, addresses and routes";
	case KN_SECTION_BRIDGE:
		return "Bridge options";
	case KN_SECTION_PORT:
		return "Port options";
	case KN_SECTION_NET_MODE:
		return "Mode";
	case KN_SECTION_NET_IP:
		return "Addresses, DHCP and routes";
	case KN_SECTION_NET_LINK:
		return "Bridge and ports";
	case KN_SECTION_NET_DNS:
		return "Names";
	case KN_SECTION_NET_RUN:
		return "libvirt";
	case KN_SECTION_NET_TEXT:
		return "Definition";
	case KN_SECTION_SHOW:
		return "Drawing";
	case KN_SECTION_RECOVER:
		return "Recovery";
	case KN_SECTION_CHANGE:
		return "How the change is made";
	case KN_SECTION_GLOBAL:
		return "Global options";
	case KN_SECTION_COUNT:
		break;
	}
	return "";
}

bool kn_option_fits(const struct kn_option *option, const struct kn_command *command)
{
	if (!command)
		return option->section == KN_SECTION_GLOBAL;
	return option->commands >> command->id & 1;
}

void kn_command_put_name(const struct kn_command *command, struct kn_buf *ret)
{
	if (command->group[0])
		kn_buf_printf(ret, "%s ", command->group);
	kn_buf_puts(ret, command->name);
}

/* Words longer than this are compared by their beginnings only. */
#define NEAREST_MAX 31

/* Edit distance (insert, delete, replace, swap of neighbours). Source: Damerau, "A technique for
 * computer detection and correction of spelling errors", 1964, in its restricted form. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t d[NEAREST_MAX + 1][NEAREST_MAX + 1];
	size_t n = strnlen(a, NEAREST_MAX), m = strnlen(b, NEAREST_MAX);

	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			if (!i || !j) {
				d[i][j] = i + j;
				continue;
			}
			size_t best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

/* Near is at most two errors, and less than half of the candidate: "ls" is not "set". */
void kn_nearest_try(struct kn_nearest *nearest, const char *candidate)
{
	size_t len = strlen(nearest->word);
	size_t distance = edit_distance(nearest->word, candidate);

	/* A beginning ("del", "dry") counts as one typing error: it is what was meant. */
	if (len >= 2 && !strncmp(nearest->word, candidate, len))
		distance = 1;
	if (distance > 2 || distance * 2 > strlen(candidate))
		return;
	if (!nearest->best || distance < nearest->distance) {
		nearest->best = candidate;
		nearest->distance = distance;
	}
}
