/* Small pieces that all views are made of: colours, escaped host data, a table.
 * Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_TEXT_H
#define KVMNET_CLI_VIEW_TEXT_H

#include "cli/view.h"

#define KN_STYLE_BOLD	"1"
#define KN_STYLE_RED	"31"
#define KN_STYLE_GREEN	"32"
#define KN_STYLE_YELLOW "33"
#define KN_STYLE_CYAN	"36"

/* Begins and ends a colour; nothing without opts->color. */
void kn_view_style(struct kn_buf *ret, const struct kn_view_opts *opts, const char *style);
void kn_view_plain(struct kn_buf *ret, const struct kn_view_opts *opts);

/* Host text, escaped; without opts->utf8 what is not ASCII becomes \xNN as well. */
void kn_view_escaped(struct kn_buf *ret, const struct kn_view_opts *opts, const char *str);
/* A path on the host, with --root in front of it, escaped. */
void kn_view_path(struct kn_buf *ret, const struct kn_view_opts *opts, const char *path);

/* Columns that @len bytes of escaped text take: one per character. */
size_t kn_view_width(const char *text, size_t len);

/* The change of a network's definition as a unified diff; nothing where it stays the same. */
int kn_view_net_diff(const struct kn_netchg *chg, struct kn_buf *ret,
		     struct kn_error *err) KN_NODISCARD;

/* Notes: "! warning" with its further lines indented, plain information. */
void kn_view_notes(struct kn_buf *ret, const struct kn_view_opts *opts, const struct kn_plan *plan);

/* One file's change as a unified diff. */
int kn_view_diff(struct kn_buf *ret, const struct kn_view_opts *opts, const struct kn_filechg *chg,
		 struct kn_error *err) KN_NODISCARD;

/* "kvmnet.bridge-create/1" of the command "bridge create". */
void kn_view_schema(struct kn_buf *ret, const struct kn_view_opts *opts);

struct kn_view_col {
	const char *title;
	bool right;	   /* a number: aligned right */
	unsigned int drop; /* left out, the lowest number first, when it is too wide; 0 = never */
	bool shrink;	   /* may be shortened, with "..." at its end, when the table is too wide */
};

/* Appends a table. @cells: row after row, escaped; a cell may have several lines.
 * A width of 0 in @opts means: as wide as it is. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_view_table(struct kn_buf *ret, const struct kn_view_opts *opts,
		  const struct kn_view_col *cols, size_t n_cols, struct kn_strv *cells,
		  struct kn_error *err) KN_NODISCARD;

#endif
