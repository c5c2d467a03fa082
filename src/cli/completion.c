/* The completion command: which shell; and the script for bash, from the table.
 * Layer: cli, pure. The scripts need no package of completion helpers. */
#include <string.h>

#include "cli/complete.h"

int kn_completion(const char *shell, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!strcmp(shell, "bash"))
		kn_completion_bash(ret);
	else if (!strcmp(shell, "zsh"))
		kn_completion_zsh(ret);
	else if (!strcmp(shell, "fish"))
		kn_completion_fish(ret);
	else {
		kn_buf_put_escaped(&shown, shell, strnlen(shell, 60));
		kn_fail(err, KN_ERR_INPUT, 0, "no completion for the shell \"%s\"",
			kn_buf_str(&shown));
		return kn_hint(err, "it can be: bash, zsh, fish");
	}
	return kn_buf_check(ret, err);
}

void kn_complete_put_words(const char *group, struct kn_buf *ret)
{
	const char *last = "";

	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);
		const char *word = !group[0] && c->group[0] ? c->group : c->name;

		if (kn_command_is_hidden(c) || (group[0] && strcmp(c->group, group) != 0) ||
		    !strcmp(word, last))
			continue;
		kn_buf_printf(ret, "%s%s", last[0] ? " " : "", word);
		last = word;
	}
}

void kn_complete_put_options(const struct kn_command *command, struct kn_buf *ret)
{
	const char *space = "";

	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);

		if (!kn_option_fits(o, command))
			continue;
		kn_buf_printf(ret, "%s--%s%s", space, o->name,
			      o->arg && o->arg[0] == '=' ? "=" : "");
		space = " ";
	}
}

bool kn_complete_takes_word(const struct kn_option *option)
{
	return option->arg && option->arg[0] != '=';
}

/* --dhcp takes a value in one command and none in another. */
static bool is_shared(const struct kn_option *option)
{
	for (size_t i = 0; i < KN_O_COUNT; i++)
		if (i != option->id && !strcmp(kn_option_at(i)->name, option->name))
			return true;
	return false;
}

void kn_complete_put_pattern(const struct kn_option *option, struct kn_buf *ret)
{
	const char *bar = "";

	if (!is_shared(option)) {
		kn_buf_printf(ret, "*' --%s'", option->name);
		return;
	}
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);

		if (kn_command_is_hidden(c) || !kn_option_fits(option, c))
			continue;
		kn_buf_printf(ret, "%s'", bar);
		kn_command_put_name(c, ret);
		kn_buf_printf(ret, " --%s'", option->name);
		bar = "|";
	}
}

void kn_complete_put_value_options(struct kn_buf *ret)
{
	const char *bar = "";

	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);

		if (!kn_complete_takes_word(o))
			continue;
		kn_buf_puts(ret, bar);
		kn_complete_put_pattern(o, ret);
		bar = "|";
	}
}

void kn_complete_put_value_words(struct kn_buf *ret)
{
	const char *space = "";

	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);
		bool again = false, always = true;

		for (size_t j = 0; j < KN_O_COUNT; j++) {
			if (strcmp(kn_option_at(j)->name, o->name) != 0)
				continue;
			again |= j < i;
			always &= kn_complete_takes_word(kn_option_at(j));
		}
		if (again || !always)
			continue;
		kn_buf_printf(ret, "%s--%s", space, o->name);
		space = " ";
	}
}

const char *kn_complete_group(size_t i)
{
	const char *last = "";

	for (size_t j = 0; j < KN_CMD_COUNT; j++) {
		const char *group = kn_command_at(j)->group;

		if (!group[0] || !strcmp(group, last))
			continue;
		last = group;
		if (i-- == 0)
			return group;
	}
	return NULL;
}

void kn_complete_put_groups(char sep, struct kn_buf *ret)
{
	const char *group;

	for (size_t i = 0; (group = kn_complete_group(i)); i++) {
		if (i)
			kn_buf_putc(ret, sep);
		kn_buf_puts(ret, group);
	}
}

void kn_complete_put_values(const struct kn_option *option, struct kn_buf *ret)
{
	for (const char *p = option->values; *p; p++)
		kn_buf_putc(ret, *p == '|' ? ' ' : *p);
}

/* One branch per option that takes a value: what may stand behind it. */
static void bash_values(struct kn_buf *ret)
{
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);

		if (!kn_complete_takes_word(o))
			continue;
		kn_buf_putc(ret, '\t');
		kn_complete_put_pattern(o, ret);
		kn_buf_puts(ret, ") ");
		if (!strcmp(o->values, "@if"))
			kn_buf_puts(ret, "_kvmnet_offer \"$(_kvmnet_links)\"");
		else if (!strcmp(o->values, "@dir"))
			kn_buf_puts(ret, "mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")");
		else {
			kn_buf_puts(ret, "_kvmnet_offer '");
			kn_complete_put_values(o, ret);
			kn_buf_puts(ret, "'");
		}
		kn_buf_puts(ret, "; return ;;\n");
	}
}

/* One branch per command: its options, or its operands by their position. */
static void bash_commands(struct kn_buf *ret)
{
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);

		if (kn_command_is_hidden(c))
			continue;
		kn_buf_puts(ret, "\t'");
		kn_command_put_name(c, ret);
		kn_buf_puts(ret, "') opts='");
		kn_complete_put_options(c, ret);
		kn_buf_printf(ret, "'; operands='%s'",
			      c->id == KN_CMD_BRIDGE_CREATE ? "NEW" : c->operands);
		if (c->id == KN_CMD_HELP) {
			kn_buf_puts(ret, " words='");
			kn_complete_put_words("", ret);
			kn_buf_puts(ret, "'");
		}
		kn_buf_puts(ret, " ;;\n");
	}
}

/* '=' splits words in bash (COMP_WORDBREAKS): "--color=al" arrives as "--color" "=" "al". */
static const char bash_head[] =
	"# bash completion for kvmnet; made by: kvmnet completion bash\n"
	"_kvmnet_offer() {\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
	"\tif [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi\n"
	"}\n"
	"_kvmnet_links() {\n"
	"\tlocal p\n"
	"\tfor p in /sys/class/net/*; do\n"
	"\t\tp=${p##*/}\n"
	"\t\t[[ $p == lo || ! $p =~ ^[A-Za-z][A-Za-z0-9_.-]*$ ]] || printf '%s ' \"$p\"\n"
	"\tdone\n"
	"}\n"
	"_kvmnet_bridges() {\n"
	"\tlocal p\n"
	"\tfor p in /sys/class/net/*/bridge; do\n"
	"\t\tp=${p%/bridge} p=${p##*/}\n"
	"\t\t[[ ! $p =~ ^[A-Za-z][A-Za-z0-9_.-]*$ ]] || printf '%s ' \"$p\"\n"
	"\tdone\n"
	"}\n"
	"_kvmnet() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev='' cmd='' opts='' operands='' i w n=0\n"
	"\tCOMPREPLY=()\n"
	"\t((COMP_CWORD < 1)) || prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tif [[ $cur == '=' ]]; then\n"
	"\t\tcur=''\n"
	"\telif [[ $prev == '=' ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tw=${COMP_WORDS[i]}\n"
	"\t\tcase \"$cmd $w\" in\n"
	"\t\t";

/* Between the parts: the loop that finds the command skips options and their values. */
static const char bash_words[] = ")\n"
				 "\t\t\t[[ ${COMP_WORDS[i + 1]-} != '=' ]] || ((i++))\n"
				 "\t\t\t((i++)) ;;\n"
				 "\t\t*' =') ((i++)) ;;\n"
				 "\t\t*' -'*) ;;\n"
				 "\t\t*)\n"
				 "\t\t\tif [[ -z $cmd ]]; then cmd=$w\n"
				 "\t\t\telif [[ $cmd == @(";

static const char bash_values_head[] = ") ]]; then cmd=\"$cmd $w\"\n"
				       "\t\t\telse ((n++)); fi ;;\n"
				       "\t\tesac\n"
				       "\tdone\n"
				       "\tcase \"$cmd $prev\" in\n";

/* Last, operands by their position, as the branches above left them. */
static const char bash_tail[] = "\tesac\n"
				"\tif [[ $cur == -* ]]; then _kvmnet_offer \"$opts\"; return; fi\n"
				"\tread -r -a operands <<<\"$operands\"\n"
				"\tcase ${operands[n]-} in\n"
				"\tBR | '[BR]') _kvmnet_offer \"$(_kvmnet_bridges)\" ;;\n"
				"\tIF) _kvmnet_offer \"$(_kvmnet_links)\" ;;\n"
				"\tSHELL) _kvmnet_offer 'bash zsh fish' ;;\n"
				"\tACTION) _kvmnet_offer 'add remove' ;;\n"
				"\tFILE | '[FILE]')\n"
				"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
				"\t\tcompopt -o filenames 2>/dev/null ;;\n"
				"\tWORDS | '[COMMAND...]') _kvmnet_offer \"$words\" ;;\n"
				"\tesac\n"
				"}\n"
				"complete -F _kvmnet kvmnet\n";

/* After a group's word come its commands. */
static void bash_groups(struct kn_buf *ret)
{
	const char *group;

	for (size_t i = 0; (group = kn_complete_group(i)); i++) {
		kn_buf_printf(ret, "\t%s) operands=WORDS words='", group);
		kn_complete_put_words(group, ret);
		kn_buf_puts(ret, "' opts='");
		kn_complete_put_options(NULL, ret);
		kn_buf_puts(ret, "' ;;\n");
	}
}

void kn_completion_bash(struct kn_buf *ret)
{
	kn_buf_puts(ret, bash_head);
	kn_complete_put_value_options(ret);
	kn_buf_puts(ret, bash_words);
	kn_complete_put_groups('|', ret);
	kn_buf_puts(ret, bash_values_head);
	bash_values(ret);
	kn_buf_puts(ret, "\tesac\n\tlocal words=''\n\tcase $cmd in\n\t'') operands=WORDS words='");
	kn_complete_put_words("", ret);
	kn_buf_puts(ret, "' opts='");
	kn_complete_put_options(NULL, ret);
	kn_buf_puts(ret, "' ;;\n");
	bash_groups(ret);
	bash_commands(ret);
	kn_buf_puts(ret, bash_tail);
}
