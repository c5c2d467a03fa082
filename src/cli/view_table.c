/* Tables by libsmartcols; the only file that includes it.
 * Layer: cli, pure. Its own cutting gives no sign that something is missing (192.168.12.118 would
 * read 192.168.12.1), so what is too wide is shortened here, visibly. */
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "cli/view_text.h"

static const char separator[] = "  ";

enum {
	SHRINK_MIN = 8, /* columns that a shortened cell keeps */
	MARK_LEN = 3,	/* "..." */
	COLS_MAX = 16,	/* of any table here */
};

/* A cell is as wide as its widest line. */
static size_t cell_width(const char *cell)
{
	size_t width = 0;

	for (;;) {
		size_t len = strcspn(cell, "\n");
		size_t w = kn_view_width(cell, len);

		width = w > width ? w : width;
		if (!cell[len])
			return width;
		cell += len + 1;
	}
}

/* @i starts as the column's own index: rows follow each other in one list. */
static size_t col_width(const struct kn_view_col *col, const struct kn_strv *cells, size_t i,
			size_t n_cols)
{
	size_t width = strlen(col->title);

	for (; i < cells->n; i += n_cols) {
		size_t w = cell_width(cells->v[i]);

		width = w > width ? w : width;
	}
	return width;
}

/* Bytes that the first @width columns of @text take. */
static size_t bytes_of_width(const char *text, size_t len, size_t width)
{
	size_t i = 0;

	while (i < len && width > 0) {
		i++;
		if (i == len || ((unsigned char)text[i] & 0xc0) != 0x80)
			width--;
	}
	return i;
}

/* Every line by itself: a short address beside a long one stays whole. */
static int shorten_cell(char **cell, size_t width, struct kn_error *err)
{
	struct kn_buf out KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *line = *cell;
	char *text;

	for (;;) {
		size_t len = strcspn(line, "\n");

		if (kn_view_width(line, len) <= width) {
			kn_buf_put(&out, line, len);
		} else {
			kn_buf_put(&out, line, bytes_of_width(line, len, width - MARK_LEN));
			kn_buf_puts(&out, "...");
		}
		if (!line[len])
			break;
		kn_buf_putc(&out, '\n');
		line += len + 1;
	}
	if (kn_buf_steal(&out, &text, NULL, err) < 0)
		return -1;
	free(*cell);
	*cell = text;
	return 0;
}

static int shorten_col(struct kn_strv *cells, size_t i, size_t n_cols, size_t width,
		       struct kn_error *err)
{
	for (; i < cells->n; i += n_cols)
		if (shorten_cell(&cells->v[i], width, err) < 0)
			return -1;
	return 0;
}

static size_t table_width(const struct kn_view_col *cols, size_t n_cols,
			  const struct kn_strv *cells)
{
	size_t total = (n_cols - 1) * (sizeof(separator) - 1);

	for (size_t i = 0; i < n_cols; i++)
		total += col_width(&cols[i], cells, i, n_cols);
	return total;
}

/* Column @at goes, and its cell of every row. */
static void drop_col(struct kn_view_col *cols, size_t *n_cols, struct kn_strv *cells, size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < cells->n; i++) {
		if (i % *n_cols == at)
			free(cells->v[i]);
		else
			cells->v[n++] = cells->v[i];
	}
	cells->n = n;
	*n_cols -= 1;
	memmove(cols + at, cols + at + 1, (*n_cols - at) * sizeof(*cols));
}

/* Less than all is better than an address of which the end is missing. */
static void drop(const struct kn_view_opts *opts, struct kn_view_col *cols, size_t *n_cols,
		 struct kn_strv *cells)
{
	while (opts->width && table_width(cols, *n_cols, cells) > opts->width) {
		size_t at = *n_cols;

		for (size_t i = 0; i < *n_cols; i++)
			if (cols[i].drop && (at == *n_cols || cols[i].drop < cols[at].drop))
				at = i;
		if (at == *n_cols)
			return;
		drop_col(cols, n_cols, cells, at);
	}
}

/* Takes what is too much from the columns that may shrink, the last one first. */
static int fit(const struct kn_view_opts *opts, const struct kn_view_col *cols, size_t n_cols,
	       struct kn_strv *cells, struct kn_error *err)
{
	size_t total = (n_cols - 1) * (sizeof(separator) - 1);

	for (size_t i = 0; i < n_cols; i++)
		total += col_width(&cols[i], cells, i, n_cols);
	for (size_t i = n_cols; opts->width && total > opts->width && i-- > 0;) {
		size_t width = col_width(&cols[i], cells, i, n_cols);
		size_t over = total - opts->width;
		size_t keep = width > over + SHRINK_MIN ? width - over : SHRINK_MIN;

		if (!cols[i].shrink || width <= keep)
			continue;
		if (shorten_col(cells, i, n_cols, keep, err) < 0)
			return -1;
		total -= width - keep;
	}
	return 0;
}

/* Nothing here asks the terminal: widths are decided above, and a view is pure. */
static struct libscols_table *new_table(const struct kn_view_col *cols, size_t n_cols)
{
	struct libscols_table *table = scols_new_table();
	bool ok = table && scols_table_set_column_separator(table, separator) == 0 &&
		  /* Cells are escaped already, and escaping twice would show "\x5c". */
		  scols_table_enable_noencoding(table, 1) == 0 &&
		  scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER) == 0;

	for (size_t i = 0; ok && i < n_cols; i++) {
		int flags = cols[i].right ? SCOLS_FL_RIGHT : SCOLS_FL_WRAP;
		struct libscols_column *col =
			scols_table_new_column(table, cols[i].title, 0, flags);

		ok = col && scols_column_set_safechars(col, "\n") == 0;
		if (ok && !cols[i].right)
			ok = scols_column_set_wrapfunc(col, scols_wrapnl_chunksize,
						       scols_wrapnl_nextchunk, NULL) == 0;
	}
	if (ok)
		return table;
	scols_unref_table(table);
	return NULL;
}

/* The library copies the cells. */
static bool fill_table(struct libscols_table *table, const struct kn_strv *cells, size_t n_cols)
{
	struct libscols_line *line = NULL;

	for (size_t i = 0; i < cells->n; i++) {
		if (i % n_cols == 0)
			line = scols_table_new_line(table, NULL);
		if (!line || scols_line_set_data(line, i % n_cols, cells->v[i]) != 0)
			return false;
	}
	return true;
}

/* The library pads the last column too when a cell of it has several lines. */
static void put_trimmed(struct kn_buf *ret, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), keep = len;

		while (keep > 0 && text[keep - 1] == ' ')
			keep--;
		kn_buf_put(ret, text, keep);
		kn_buf_putc(ret, '\n');
		text += len + (text[len] == '\n');
	}
}

/* The only failure the library can have here is memory, whatever number it returns. */
int kn_view_table(struct kn_buf *ret, const struct kn_view_opts *opts,
		  const struct kn_view_col *cols, size_t n_cols, struct kn_strv *cells,
		  struct kn_error *err)
{
	char *text KN_CLEANUP(kn_freep) = NULL;
	struct kn_view_col kept[COLS_MAX];

	memcpy(kept, cols, n_cols * sizeof(*cols));
	cols = kept;
	drop(opts, kept, &n_cols, cells);
	if (fit(opts, cols, n_cols, cells, err) < 0)
		return -1;
	struct libscols_table *table = new_table(cols, n_cols);
	bool ok = table && fill_table(table, cells, n_cols) &&
		  scols_print_table_to_string(table, &text) == 0 && text;
	scols_unref_table(table);
	if (!ok)
		return kn_fail_nomem(err);
	put_trimmed(ret, text);
	return kn_buf_check(ret, err);
}
