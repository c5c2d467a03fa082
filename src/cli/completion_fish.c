/* The completion script for fish, from the table. Layer: cli, pure.
 * Source: fish's complete(1). */
#include <string.h>

#include "cli/complete.h"

/* __kvmnet_at WORDS...: true when the words typed so far, without options and their values, begin
 * with exactly the command WORDS. */
static const char head[] = "# fish completion for kvmnet; made by: kvmnet completion fish\n"
			   "function __kvmnet_words\n"
			   "\tset -l skip 0\n"
			   "\tfor w in (commandline -opc)[2..-1]\n"
			   "\t\tif test $skip = 1\n"
			   "\t\t\tset skip 0\n"
			   "\t\t\tcontinue\n"
			   "\t\tend\n"
			   "\t\tif contains -- $w ";

static const char functions[] = "\n"
				"\t\t\tset skip 1\n"
				"\t\telse if not string match -q -- '-*' $w\n"
				"\t\t\techo $w\n"
				"\t\tend\n"
				"\tend\n"
				"end\n"
				"function __kvmnet_at\n"
				"\tset -l have (__kvmnet_words)\n"
				"\ttest (count $have) -ge (count $argv); or return 1\n"
				"\tfor i in (seq (count $argv))\n"
				"\t\ttest $have[$i] = $argv[$i]; or return 1\n"
				"\tend\n"
				"end\n"
				"function __kvmnet_operand\n"
				"\tset -l have (__kvmnet_words)\n"
				"\ttest (count $have) -eq $argv[1]; or return 1\n"
				"\tset -e argv[1]\n"
				"\ttest (count $argv) -eq 0; or __kvmnet_at $argv\n"
				"end\n"
				"function __kvmnet_links\n"
				"\tfor p in /sys/class/net/*\n"
				"\t\tbasename $p\n"
				"\tend | string match -v lo\n"
				"end\n"
				"function __kvmnet_bridges\n"
				"\tfor p in /sys/class/net/*/bridge\n"
				"\t\tbasename (dirname $p)\n"
				"\tend\n"
				"end\n"
				"complete -c kvmnet -f\n";

/* A text in single quotes. */
static void put_quoted(const char *text, struct kn_buf *ret)
{
	kn_buf_putc(ret, '\'');
	for (const char *p = text; *p; p++) {
		if (*p == '\'' || *p == '\\')
			kn_buf_putc(ret, '\\');
		kn_buf_putc(ret, *p);
	}
	kn_buf_putc(ret, '\'');
}

/* A second name (--slave) is described by the row it belongs to. */
static void put_option(const struct kn_option *o, const char *condition, struct kn_buf *ret)
{
	size_t i = o->id;

	while (!kn_option_at(i)->text)
		i--;
	kn_buf_printf(ret, "complete -c kvmnet%s -l %s", condition, o->name);
	if (o->letter)
		kn_buf_printf(ret, " -s %c", o->letter);
	if (!strcmp(o->values, "@if"))
		kn_buf_puts(ret, " -x -a '(__kvmnet_links)'");
	else if (!strcmp(o->values, "@dir"))
		kn_buf_puts(ret, " -x -a '(__fish_complete_directories)'");
	else if (o->arg) {
		kn_buf_puts(ret, " -x -a '");
		kn_complete_put_values(o, ret);
		kn_buf_puts(ret, "'");
	}
	kn_buf_puts(ret, " -d ");
	put_quoted(kn_option_at(i)->text, ret);
	kn_buf_putc(ret, '\n');
}

/* Operands are offered by the number of words before them. */
static void put_operands(const struct kn_command *c, const char *name, struct kn_buf *ret)
{
	unsigned int words = c->group[0] ? 2 : 1;

	if (!strncmp(c->operands, "BR", 2) && c->id != KN_CMD_BRIDGE_CREATE)
		kn_buf_printf(ret,
			      "complete -c kvmnet -n '__kvmnet_operand %u %s' "
			      "-a '(__kvmnet_bridges)'\n",
			      words, name);
	if (!strcmp(c->operands, "BR IF"))
		kn_buf_printf(ret,
			      "complete -c kvmnet -n '__kvmnet_operand %u %s' "
			      "-a '(__kvmnet_links)'\n",
			      words + 1, name);
	if (!strcmp(c->operands, "[BR]"))
		kn_buf_printf(ret,
			      "complete -c kvmnet -n '__kvmnet_operand %u %s' "
			      "-a '(__kvmnet_bridges)'\n",
			      words, name);
	if (!strcmp(c->operands, "FILE") || !strcmp(c->operands, "[FILE]"))
		kn_buf_printf(ret, "complete -c kvmnet -n '__kvmnet_operand %u %s' -F\n", words,
			      name);
	if (c->id == KN_CMD_NET_HOST)
		kn_buf_printf(ret,
			      "complete -c kvmnet -n '__kvmnet_operand %u %s' -a 'add remove'\n",
			      words, name);
	if (!strcmp(c->operands, "SHELL"))
		kn_buf_printf(ret,
			      "complete -c kvmnet -n '__kvmnet_operand %u %s' "
			      "-a 'bash zsh fish'\n",
			      words, name);
}

/* The command's own word, its operands and its own options. */
static void put_command(const struct kn_command *c, struct kn_buf *ret)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf condition KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_command_put_name(c, &name);
	kn_buf_printf(&condition, " -n '__kvmnet_at %s'", kn_buf_str(&name));
	if (c->group[0])
		kn_buf_printf(ret, "complete -c kvmnet -n '__kvmnet_operand 1 %s' -a %s -d ",
			      c->group, c->name);
	else
		kn_buf_printf(ret, "complete -c kvmnet -n '__kvmnet_operand 0' -a %s -d ", c->name);
	put_quoted(c->summary, ret);
	kn_buf_putc(ret, '\n');
	put_operands(c, kn_buf_str(&name), ret);
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);

		if (o->section != KN_SECTION_GLOBAL && kn_option_fits(o, c))
			put_option(o, kn_buf_str(&condition), ret);
	}
}

void kn_completion_fish(struct kn_buf *ret)
{
	kn_buf_puts(ret, head);
	kn_complete_put_value_words(ret);
	kn_buf_puts(ret, functions);
	kn_buf_puts(ret, "complete -c kvmnet -n '__kvmnet_operand 0' -a '");
	kn_complete_put_groups(' ', ret);
	kn_buf_puts(ret, "'\n");
	for (size_t i = 0; i < KN_CMD_COUNT; i++)
		if (!kn_command_is_hidden(kn_command_at(i)))
			put_command(kn_command_at(i), ret);
	for (size_t i = 0; i < KN_O_COUNT; i++)
		if (kn_option_at(i)->section == KN_SECTION_GLOBAL)
			put_option(kn_option_at(i), "", ret);
}
