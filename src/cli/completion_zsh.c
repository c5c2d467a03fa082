/* The completion script for zsh, from the table. Layer: cli, pure.
 * Source: zshcompwid(1), compadd; zshcompsys(1), _files. */
#include <string.h>

#include "cli/complete.h"

static const char head[] = "#compdef kvmnet\n"
			   "# zsh completion for kvmnet; made by: kvmnet completion zsh\n"
			   "_kvmnet_links() {\n"
			   "\tlocal -a names\n"
			   "\tnames=(/sys/class/net/*(N:t))\n"
			   "\tcompadd -- ${names:#lo}\n"
			   "}\n"
			   "_kvmnet_bridges() {\n"
			   "\tlocal -a names\n"
			   "\tnames=(/sys/class/net/*/bridge(N:h:t))\n"
			   "\tcompadd -- $names\n"
			   "}\n"
			   "_kvmnet() {\n"
			   "\tlocal cmd='' w='' operand='' i n=1 prev=${words[CURRENT-1]}\n"
			   "\tlocal -a opts operands choices\n"
			   "\tfor ((i = 2; i < CURRENT; i++)); do\n"
			   "\t\tw=${words[i]}\n"
			   "\t\tcase \"$cmd $w\" in\n"
			   "\t\t";

/* The loop that finds the command's words; groups stand in its middle. */
static const char commands_head[] = ") ((i++)) ;;\n"
				    "\t\t*' -'*) ;;\n"
				    "\t\t*)\n"
				    "\t\t\tif [[ -z $cmd ]]; then cmd=$w\n"
				    "\t\t\telif [[ $cmd == (";

/* "--stp=o" completes behind the '=': compset hides what stands before it. */
static const char values_head[] = ") ]]; then cmd=\"$cmd $w\"\n"
				  "\t\t\telse ((n++)); fi ;;\n"
				  "\t\tesac\n"
				  "\tdone\n"
				  "\tif [[ $PREFIX == --*=* ]]; then\n"
				  "\t\tprev=${PREFIX%%=*}\n"
				  "\t\tcompset -P '*='\n"
				  "\tfi\n"
				  "\tcase \"$cmd $prev\" in\n";

/* Works both ways: as a file in fpath (autoloaded) and sourced from .zshrc. */
static const char tail[] = "\tesac\n"
			   "\tif [[ $PREFIX == -* ]]; then compadd -- $opts; return; fi\n"
			   "\tcase ${operands[n]} in\n"
			   "\tBR) _kvmnet_bridges ;;\n"
			   "\tIF) _kvmnet_links ;;\n"
			   "\tSHELL) compadd -- bash zsh fish ;;\n"
			   "\tFILE) _files ;;\n"
			   "\tACTION) compadd -- add remove ;;\n"
			   "\tWORDS) compadd -- $choices ;;\n"
			   "\tesac\n"
			   "}\n"
			   "if [[ $funcstack[1] == _kvmnet ]]; then _kvmnet \"$@\"; "
			   "else compdef _kvmnet kvmnet; fi\n";

/* What may stand behind an option that takes a value. */
static void put_values(struct kn_buf *ret)
{
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);

		if (!kn_complete_takes_word(o))
			continue;
		kn_buf_putc(ret, '\t');
		kn_complete_put_pattern(o, ret);
		kn_buf_puts(ret, ") ");
		if (!strcmp(o->values, "@if"))
			kn_buf_puts(ret, "_kvmnet_links; ");
		else if (!strcmp(o->values, "@dir"))
			kn_buf_puts(ret, "_files -/; ");
		else if (o->values[0]) {
			kn_buf_puts(ret, "compadd -- ");
			kn_complete_put_values(o, ret);
			kn_buf_puts(ret, "; ");
		}
		kn_buf_puts(ret, "return ;;\n");
	}
}

/* One branch: a command, or with @command NULL the choice of the next word. */
static void put_case(const char *cmd, const struct kn_command *command, const char *operands,
		     struct kn_buf *ret)
{
	kn_buf_printf(ret, "\t'%s') operands=(%s); opts=(", cmd, operands);
	kn_complete_put_options(command, ret);
	kn_buf_puts(ret, ")");
	if (!command) {
		kn_buf_puts(ret, "; choices=(");
		kn_complete_put_words(cmd, ret);
		kn_buf_puts(ret, ")");
	}
	kn_buf_puts(ret, " ;;\n");
}

void kn_completion_zsh(struct kn_buf *ret)
{
	const char *group;

	kn_buf_puts(ret, head);
	kn_complete_put_value_options(ret);
	kn_buf_puts(ret, commands_head);
	kn_complete_put_groups('|', ret);
	kn_buf_puts(ret, values_head);
	put_values(ret);
	kn_buf_puts(ret, "\tesac\n\tcase $cmd in\n");
	put_case("", NULL, "WORDS", ret);
	for (size_t i = 0; (group = kn_complete_group(i)); i++)
		put_case(group, NULL, "WORDS", ret);
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);
		struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (kn_command_is_hidden(c))
			continue;
		kn_command_put_name(c, &name);
		put_case(kn_buf_str(&name), c,
			 c->id == KN_CMD_BRIDGE_CREATE	  ? "NEW"
			 : !strcmp(c->operands, "[FILE]") ? "FILE"
			 : !strcmp(c->operands, "[BR]")	  ? "BR"
			 : c->id == KN_CMD_NET_HOST	  ? "ACTION"
			 : c->operands[0] == '['	  ? ""
							  : c->operands,
			 ret);
	}
	kn_buf_puts(ret, tail);
}
