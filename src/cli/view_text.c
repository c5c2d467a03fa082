/* Colours, escaped host data and notes for the views.
 * Layer: cli, pure. */
#include "cli/view_text.h"

#include <string.h>

/* Style by style instead of a string per colour: nothing to get out of step with its end. */
void kn_view_style(struct kn_buf *ret, const struct kn_view_opts *opts, const char *style)
{
	if (opts->color)
		kn_buf_printf(ret, "\033[%sm", style);
}

void kn_view_plain(struct kn_buf *ret, const struct kn_view_opts *opts)
{
	if (opts->color)
		kn_buf_puts(ret, "\033[0m");
}

/* In the C locale a terminal shows bytes over 0x7f as it likes; \xNN is at least readable. */
void kn_view_escaped(struct kn_buf *ret, const struct kn_view_opts *opts, const char *str)
{
	size_t len = strlen(str);

	if (opts->utf8) {
		kn_buf_put_escaped(ret, str, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)str[i] < 0x80)
			kn_buf_put_escaped(ret, str + i, 1);
		else
			kn_buf_printf(ret, "\\x%02x", (unsigned char)str[i]);
	}
}

/* A slash at the end of --root would show as "//", which looks like a mistake. */
void kn_view_path(struct kn_buf *ret, const struct kn_view_opts *opts, const char *path)
{
	if (opts->root) {
		size_t len = strlen(opts->root);

		while (len > 0 && opts->root[len - 1] == '/')
			len--;
		kn_buf_put_escaped(ret, opts->root, len);
	}
	kn_view_escaped(ret, opts, path);
}

/* Escaped text has no control characters. East Asian wide ones count as one here, which puts
 * a caret too far left, but never outside the line. */
size_t kn_view_width(const char *text, size_t len)
{
	size_t width = 0;

	/* Continuation bytes of UTF-8 take no column of their own. */
	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}

/* The glyph says the same as the colour, for those who see none. */
static void put_warning(struct kn_buf *ret, const struct kn_view_opts *opts, const char *text)
{
	kn_view_style(ret, opts, KN_STYLE_YELLOW);
	kn_buf_puts(ret, "!");
	kn_view_plain(ret, opts);
	kn_buf_putc(ret, ' ');
	for (; *text; text++) {
		kn_buf_putc(ret, *text);
		if (*text == '\n')
			kn_buf_puts(ret, "  ");
	}
	kn_buf_putc(ret, '\n');
}

/* In the order of the planner, which puts what matters most first. They are escaped already. */
void kn_view_notes(struct kn_buf *ret, const struct kn_view_opts *opts, const struct kn_plan *plan)
{
	for (size_t i = 0; i < plan->n_notes; i++) {
		const struct kn_note *note = &plan->notes[i];

		switch (note->level) {
		case KN_NOTE_INFO:
			kn_buf_printf(ret, "%s\n", note->text);
			break;
		case KN_NOTE_WARNING:
			put_warning(ret, opts, note->text);
			break;
		}
	}
}

/* The command's own words: a new command cannot forget to choose a name. */
void kn_view_schema(struct kn_buf *ret, const struct kn_view_opts *opts)
{
	const char *words = opts->command ? opts->command : "";

	kn_buf_puts(ret, "kvmnet");
	if (*words)
		kn_buf_putc(ret, '.');
	for (; *words; words++)
		kn_buf_putc(ret, *words == ' ' ? '-' : *words);
	kn_buf_puts(ret, "/1");
}
