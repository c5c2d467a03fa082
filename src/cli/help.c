/* Help at every level, from the table. Layer: cli, pure. */
#include "cli/help.h"

#include <string.h>

/* Column at which explanations start; longer option forms push theirs to the right. */
#define TEXT_COLUMN	 27
#define LINE_MAX_COLUMNS 79

void kn_help_put_option(size_t i, struct kn_buf *ret)
{
	const struct kn_option *o = kn_option_at(i);

	if (o->letter)
		kn_buf_printf(ret, "-%c, ", o->letter);
	kn_buf_printf(ret, "--%s", o->name);
	for (size_t j = i + 1; j < KN_O_COUNT && !kn_option_at(j)->text; j++)
		kn_buf_printf(ret, ", --%s", kn_option_at(j)->name);
	if (o->arg)
		kn_buf_printf(ret, "%s%s", o->arg[0] == '=' ? "" : " ", o->arg);
}

/* A long option form is not cut: its text starts two blanks behind it. */
static void put_row(const char *left, const char *text, struct kn_buf *ret)
{
	int pad = TEXT_COLUMN - 4 - (int)strlen(left);

	kn_buf_printf(ret, "  %s%*s  %s\n", left, pad > 0 ? pad : 0, "", text);
}

/* Nothing, not even the title, when the command has no option of that section. */
static void put_section(const struct kn_command *command, enum kn_section section,
			struct kn_buf *ret)
{
	bool titled = false;

	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);
		struct kn_buf left KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (o->section != section || !o->text || !kn_option_fits(o, command))
			continue;
		if (!titled)
			kn_buf_printf(ret, "%s:\n", kn_section_title(section));
		titled = true;
		kn_help_put_option(i, &left);
		put_row(kn_buf_str(&left), o->text, ret);
	}
}

/* One real command line says more than a grammar. */
static void put_example(const char *example, struct kn_buf *ret)
{
	kn_buf_printf(ret, "Example:\n  %s\n", example);
}

/* A group with more commands than fit names them on its own page only. */
#define NAMES_MAX 40

/* "create|set|delete|list|show" */
static void put_names(const char *group, struct kn_buf *ret)
{
	const char *bar = "";

	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);

		if (strcmp(c->group, group) != 0)
			continue;
		kn_buf_printf(ret, "%s%s", bar, c->name);
		bar = "|";
	}
}

/* One line per group and per command without one. */
static void put_commands(struct kn_buf *ret)
{
	const char *last = "";

	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);
		struct kn_buf left KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (kn_command_is_hidden(c) || (c->group[0] && !strcmp(c->group, last)))
			continue;
		last = c->group;
		if (!c->group[0]) {
			kn_buf_printf(&left, "%s %s", c->name, c->operands);
			put_row(kn_buf_str(&left), c->summary, ret);
			continue;
		}
		kn_buf_printf(&left, "%s ", c->group);
		put_names(c->group, &left);
		if (left.len > NAMES_MAX) {
			left.len = 0;
			kn_buf_printf(&left, "%s COMMAND", c->group);
		}
		put_row(kn_buf_str(&left), kn_group_summary(c->group), ret);
	}
}

/* The global options in a few lines: with a line each, the commands would leave the screen. What
 * they mean is in kvmnet(8). */
static void put_globals(struct kn_buf *ret)
{
	size_t column = LINE_MAX_COLUMNS;

	kn_buf_puts(ret, "Global options:");
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);
		struct kn_buf item KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (o->section != KN_SECTION_GLOBAL)
			continue;
		if (o->letter)
			kn_buf_printf(&item, "-%c|", o->letter);
		kn_buf_printf(&item, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		if (column + item.len + 2 > LINE_MAX_COLUMNS) {
			kn_buf_puts(ret, "\n ");
			column = 1;
		}
		kn_buf_printf(ret, " %s%s", kn_buf_str(&item), i + 1 < KN_O_COUNT ? "," : "");
		column += item.len + 2;
	}
	kn_buf_putc(ret, '\n');
}

void kn_help_top(struct kn_buf *ret)
{
	kn_buf_puts(
		ret,
		"kvmnet " KVMNET_VERSION
		": bridges for KVM hosts, in ifcfg files and kernel together\n"
		"Usage: kvmnet [OPTION...] COMMAND [OPTION...]   Options: kvmnet COMMAND --help\n"
		"Commands:\n");
	put_commands(ret);
	put_globals(ret);
	kn_buf_puts(ret, "Example: kvmnet bridge create br0 --port eth0 --dry-run\n");
}

void kn_help_group(const char *group, struct kn_buf *ret)
{
	const char *example = "";

	kn_buf_printf(ret, "Usage: kvmnet %s ", group);
	put_names(group, ret);
	kn_buf_printf(ret, " [OPTION...]\n%s\n\nCommands:\n", kn_group_summary(group));
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);
		struct kn_buf left KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (strcmp(c->group, group) != 0)
			continue;
		kn_buf_printf(&left, "%s %s", c->name, c->operands);
		kn_buf_printf(ret, "  %-16s  %s\n", kn_buf_str(&left), c->summary);
		example = example[0] ? example : c->example;
	}
	kn_buf_putc(ret, '\n');
	put_example(example, ret);
	kn_buf_printf(ret, "kvmnet %s COMMAND --help lists the options of a command.\n", group);
}

void kn_help_command(const struct kn_command *command, struct kn_buf *ret)
{
	kn_buf_puts(ret, "Usage: kvmnet ");
	kn_command_put_name(command, ret);
	if (command->operands[0])
		kn_buf_printf(ret, " %s", command->operands);
	kn_buf_printf(ret, " [OPTION...]\n%s\n", command->summary);
	/* The global options are one `kvmnet --help` away: repeated here, the screen overflows. */
	for (int s = 0; s < KN_SECTION_GLOBAL; s++)
		put_section(command, (enum kn_section)s, ret);
	put_example(command->example, ret);
	kn_buf_puts(ret, "Global options (--json, --root DIR, ...): kvmnet --help\n");
}

int kn_help_find(const char *const *words, size_t n, const char **ret_group,
		 const struct kn_command **ret_command, struct kn_error *err)
{
	bool is_group = n > 0 && kn_group_exists(words[0]);
	const struct kn_command *c = NULL;

	if (n == 2 && is_group)
		c = kn_command_find(words[0], words[1]);
	else if (n == 1 && !is_group)
		c = kn_command_find("", words[0]);
	if (!c && !(n == 1 && is_group) && n > 0) {
		kn_fail(err, KN_ERR_USAGE, 0, "there is no such command to help with");
		return kn_hint(err, "kvmnet --help lists the commands");
	}
	*ret_command = c;
	*ret_group = !c && is_group ? words[0] : NULL;
	return 0;
}
