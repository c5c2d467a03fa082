/* Files that could not be read, or not be understood, as every view tells of them.
 * Layer: cli, pure. */
#include "cli/view_unread.h"

void kn_view_unread(struct kn_buf *ret, const struct kn_view_opts *opts,
		    const struct kn_errors *unread)
{
	for (size_t i = 0; i < unread->n; i++) {
		const struct kn_error *one = &unread->v[i];

		kn_view_style(ret, opts, KN_STYLE_YELLOW);
		kn_buf_putc(ret, '!');
		kn_view_plain(ret, opts);
		kn_buf_putc(ret, ' ');
		kn_view_path(ret, opts, one->file);
		if (one->line)
			kn_buf_printf(ret, ":%u", one->line);
		kn_buf_puts(ret, ": not read: ");
		kn_unread_why(ret, one);
		kn_buf_putc(ret, '\n');
	}
}

void kn_view_json_unread(struct kn_json *json, const struct kn_errors *unread)
{
	kn_json_array(json, "unread");
	for (size_t i = 0; i < unread->n; i++)
		kn_view_json_error(json, &unread->v[i]);
	kn_json_end(json);
}

void kn_view_unread_base(struct kn_buf *ret, const struct kn_view_opts *opts,
			 const struct kn_error *unread)
{
	kn_view_escaped(ret, opts, kn_unread_base(unread));
	kn_buf_puts(ret, " (not read)");
}

int kn_unread_fail(const struct kn_errors *unread, const char *what, struct kn_error *err)
{
	*err = unread->v[0];
	if (unread->n > 1)
		(void)kn_wrap(err, "%s: %zu files cannot be read, this is the first", what,
			      unread->n);
	else
		(void)kn_wrap(err, "%s", what);
	return -1;
}
