/* Option lists of the manual pages, in mdoc, from the table. Layer: cli, pure.
 * Source: mdoc(7), "Tagged list". */
#include <string.h>

#include "cli/help.h"

/* Hyphens and quotes at places where mdoc gives them a meaning. */
static void put_text(const char *text, struct kn_buf *ret)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\\' || (*p == '-' && p[1] == '-'))
			kn_buf_puts(ret, *p == '\\' ? "\\e" : "\\-");
		else
			kn_buf_putc(ret, *p);
	}
}

/* ".It Fl n , Fl -dry-run": mdoc's Fl puts one dash; the other is part of a long option's name. */
static void put_item(const struct kn_option *o, struct kn_buf *ret)
{
	kn_buf_puts(ret, ".It ");
	if (o->letter)
		kn_buf_printf(ret, "Fl %c , ", o->letter);
	kn_buf_printf(ret, "Fl -%s", o->name);
	if (o->arg && o->arg[0] == '=')
		kn_buf_printf(ret, " Ns = Ns Ar %s", o->arg + 1);
	else if (o->arg)
		kn_buf_printf(ret, " Ar %s", o->arg);
	kn_buf_putc(ret, '\n');
}

static bool belongs(const struct kn_option *o, const struct kn_command *command,
		    enum kn_section section)
{
	if (!command)
		return o->section == section;
	return o->section != KN_SECTION_GLOBAL && o->section != KN_SECTION_CHANGE &&
	       kn_option_fits(o, command);
}

/* Sentence case: help lines begin small, paragraphs of a page do not. */
static void put_sentence(const char *text, struct kn_buf *ret)
{
	char first = text[0] >= 'a' && text[0] <= 'z' ? (char)(text[0] - 'a' + 'A') : text[0];

	kn_buf_putc(ret, first);
	put_text(text + 1, ret);
	kn_buf_puts(ret, ".\n");
}

/* "(repeatable)" of an option is a list in a file. */
void kn_man_key(const char *name, const char *arg, const char *text, struct kn_buf *ret)
{
	static const char many[] = " (repeatable)";
	size_t len = strlen(text), tail = sizeof(many) - 1;
	bool list = len > tail && !strcmp(text + len - tail, many);
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put(&line, text, list ? len - tail : len);
	kn_buf_puts(&line, list ? " (a list)" : "");
	kn_buf_printf(ret, ".It Cm %s%s Li = Ar %s\n", name,
		      name[strlen(name) - 1] == '.' ? "NAME" : "", arg[0] == '=' ? arg + 1 : arg);
	put_sentence(kn_buf_str(&line), ret);
}

void kn_man_options(const struct kn_command *command, enum kn_section section, struct kn_buf *ret)
{
	const char *begin = ".Bl -tag -width Ds\n", *end = "";

	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);

		if (!belongs(o, command, section))
			continue;
		/* An empty list is an error in mdoc: it begins with its first item. */
		kn_buf_puts(ret, begin);
		begin = "";
		end = ".El\n";
		put_item(o, ret);
		if (o->text && (i + 1 == KN_O_COUNT || kn_option_at(i + 1)->text))
			put_sentence(o->text, ret);
		else if (!o->text)
			put_sentence(kn_option_at(i - 1)->text, ret);
	}
	kn_buf_puts(ret, end);
}
