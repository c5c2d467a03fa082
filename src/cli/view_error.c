/* Errors for people: what, where (with the line and a caret), what to do, and whether anything
 * was changed. Layer: cli, pure. */
#include <string.h>

#include "cli/view_text.h"
#include "codec/ini.h"

enum {
	GUTTER = 8,	/* "    4 | " */
	MIN_WIDTH = 40, /* of a terminal that is worth cutting for */
};

/* Only this word is coloured: messages are copied into mails and search fields. */
static void put_error_word(struct kn_buf *ret, const struct kn_view_opts *opts)
{
	kn_view_style(ret, opts, "1;" KN_STYLE_RED);
	kn_buf_puts(ret, "error:");
	kn_view_plain(ret, opts);
	kn_buf_putc(ret, ' ');
}

/* "file:line:column: " */
static void put_place(struct kn_buf *ret, const struct kn_error *failure,
		      const struct kn_view_opts *opts)
{
	/* Only host files lie under --root; an input file's path is the user's own. */
	if (failure->kind == KN_ERR_HOSTFILE)
		kn_view_path(ret, opts, failure->file);
	else
		kn_view_escaped(ret, opts, failure->file);
	if (failure->line)
		kn_buf_printf(ret, ":%u", failure->line);
	if (failure->line && failure->column)
		kn_buf_printf(ret, ":%u", failure->column);
	kn_buf_puts(ret, ": ");
}

/* Appends @len bytes, escaped. Return: the columns they take. */
static size_t put_part(struct kn_buf *ret, const struct kn_view_opts *opts, const char *from,
		       size_t len)
{
	struct kn_buf part KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put(&part, from, len);
	kn_view_escaped(&shown, opts, kn_buf_str(&part));
	kn_buf_puts(ret, kn_buf_str(&shown));
	return kn_view_width(kn_buf_str(&shown), shown.len);
}

/* To the first byte of the character at @at: a cut one would be shown as \xNN. */
static size_t step_back(const char *text, size_t at)
{
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

/* The part of the line that is shown: all of it, or around the column when it is too long. */
static void pick_window(const char *line, size_t column, size_t room, size_t *ret_from,
			size_t *ret_to)
{
	size_t len = strlen(line);

	*ret_from = 0;
	*ret_to = len;
	if (len <= room)
		return;
	if (column > room * 2 / 3)
		*ret_from = step_back(line, column - room / 2);
	if (len - *ret_from > room)
		*ret_to = step_back(line, *ret_from + room);
}

/* Spaces below the line, never tabs: the line's own tabs are escaped, so columns count. */
static void put_caret(struct kn_buf *ret, const struct kn_view_opts *opts, size_t indent,
		      size_t width)
{
	kn_buf_puts(ret, "      | ");
	for (size_t i = 0; i < indent; i++)
		kn_buf_putc(ret, ' ');
	kn_view_style(ret, opts, KN_STYLE_GREEN);
	kn_buf_putc(ret, '^');
	for (size_t i = 1; i < width; i++)
		kn_buf_putc(ret, '~');
	kn_view_plain(ret, opts);
	kn_buf_putc(ret, '\n');
}

/* The line itself, and under it a caret that is as long as the word it points to. */
static void put_excerpt(struct kn_buf *ret, const struct kn_error *failure,
			const struct kn_view_opts *opts)
{
	const char *line = failure->excerpt;
	size_t len = strlen(line), at = failure->column ? failure->column - 1 : 0;
	size_t room = opts->width >= MIN_WIDTH ? opts->width - GUTTER : len;
	size_t from, to;

	at = step_back(line, at < len ? at : len);
	pick_window(line, at, room, &from, &to);
	size_t word = strcspn(line + at, " \t\r\n");
	if (at + word > to)
		word = to - at;
	kn_buf_printf(ret, "%5u | ", failure->line);
	size_t indent = put_part(ret, opts, line + from, at - from);
	size_t width = put_part(ret, opts, line + at, word);
	put_part(ret, opts, line + at + word, to - at - word);
	kn_buf_putc(ret, '\n');
	if (failure->column)
		put_caret(ret, opts, indent, width);
}

/* A hint is one thing to do; the way around a rule is another, and stands by itself so that
 * it is not taken for the advice. */
static void put_hints(struct kn_buf *ret, const struct kn_error *failure,
		      const struct kn_view_opts *opts)
{
	if (failure->hint[0])
		kn_buf_printf(ret, "hint: %s\n", failure->hint);
	else if (failure->kind == KN_ERR_USAGE)
		kn_buf_printf(ret, "hint: see kvmnet%s%s --help\n", opts->command ? " " : "",
			      opts->command ? opts->command : "");
	if (failure->rule[0])
		kn_buf_printf(ret, "(rule %s; --force=%s overrides)\n", failure->rule,
			      failure->rule);
}

/* What, where, what to do. What the host is comes last, where the eye is when it is over. */
static void put_error(struct kn_buf *ret, const struct kn_error *failure,
		      const struct kn_view_opts *opts)
{
	if (failure->file[0])
		put_place(ret, failure, opts);
	else
		kn_buf_puts(ret, "kvmnet: ");
	put_error_word(ret, opts);
	kn_buf_printf(ret, "%s\n", failure->message);
	if (failure->line && failure->excerpt[0])
		put_excerpt(ret, failure, opts);
	put_hints(ret, failure, opts);
}

void kn_view_errors(const struct kn_errors *failures, const struct kn_view_opts *opts,
		    struct kn_buf *ret)
{
	for (size_t i = 0; i < failures->n; i++)
		put_error(ret, &failures->v[i], opts);
	/* Whoever looks for them stops at some number. */
	kn_buf_printf(ret, "kvmnet: %zu error%s%s; nothing was changed\n", failures->n,
		      failures->n == 1 ? "" : "s",
		      failures->n >= KN_INI_FAULTS_MAX ? ", and maybe more" : "");
}

/* Compilers' form where there is a file, as editors jump to it; else the program's name,
 * so that the line can be told apart in a log. */
void kn_view_error(const struct kn_error *failure, const struct kn_view_opts *opts,
		   struct kn_buf *ret)
{
	if (failure->kind == KN_ERR_NONE)
		return;
	put_error(ret, failure, opts);
	kn_buf_printf(ret, "%s%s\n", failure->file[0] ? "kvmnet: 1 error; " : "",
		      kn_host_text(kn_error_host(failure)));
}
