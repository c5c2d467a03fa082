/* `kvmnet show` as a tree. Layer: cli, pure.
 * Laid out here rather than by the table library: a row has colours inside, and a guest, an address
 * and a route each want their own line. */
#include "cli/view_topo.h"

#include <linux/if.h>
#include <string.h>

#include "cli/view_text.h"
#include "cli/view_unread.h"
#include "kvmnet/text.h"

enum { COL_NAME, COL_STATE, COL_MTU, COL_ADDR, COL_WHAT, COLS };

enum {
	GAP = 2,
	WHAT_MIN = 20, /* columns for a guest's name, however narrow the terminal is */
};

/* What is given up where a terminal is too narrow, one after the other. Addresses never are: a cut
 * one would be a lie. */
enum squeeze {
	SQUEEZE_NOT,
	SQUEEZE_MTU,   /* without that column */
	SQUEEZE_STACK, /* what is attached stands below the addresses, and guests' names are cut */
};

/* Cells, and a mark for each line. */
struct sheet {
	struct kn_strv cells; /* COLS for each line, escaped */
	struct kn_buf marks;  /* one byte for each line: 'u', 'd', 'x', or ' ' = no glyph */
	size_t width[COLS];
	enum squeeze squeeze;
	size_t room; /* for what is attached, with SQUEEZE_STACK */
	const struct kn_view_opts *opts;
	const struct kn_topo *topo;
};

/* ---- cells ---- */

static const char *const tree_utf8[] = {"├─ ", "└─ ", "│  ", "   "};
static const char *const tree_ascii[] = {"|- ", "`- ", "|  ", "   "};

/* The strokes in front of a port, from the outermost inwards. */
static void put_strokes(struct sheet *sheet, const struct kn_topo_node *node, struct kn_buf *ret)
{
	const char *const *tree = sheet->opts->utf8 ? tree_utf8 : tree_ascii;

	for (unsigned int level = 1; level < node->depth; level++) {
		const struct kn_topo_node *above = node;

		while (above->depth > level)
			above = &sheet->topo->v[above->parent];
		kn_buf_puts(ret, tree[above->last ? 3 : 2]);
	}
	kn_buf_puts(ret, tree[node->last ? 1 : 0]);
}

static void put_name(struct sheet *sheet, const struct kn_topo_node *node, struct kn_buf *ret)
{
	const char *kind = kn_topo_kind_word(node);

	if (node->depth)
		put_strokes(sheet, node, ret);
	kn_view_escaped(ret, sheet->opts, node->name.s);
	if (kind) {
		kn_buf_puts(ret, "  ");
		kn_view_escaped(ret, sheet->opts, kind);
	}
}

/* ---- lines ---- */

static int add_cell(struct sheet *sheet, size_t col, const char *text, struct kn_error *err)
{
	size_t width = kn_view_width(text, strlen(text));

	if (width > sheet->width[col])
		sheet->width[col] = width;
	return kn_strv_add(&sheet->cells, text, err);
}

/* The glyph repeats the state for those who skim: up, down, or not there. */
static char mark_of(const struct kn_topo_node *node, const char *state)
{
	if (node->depth)
		return ' ';
	return !node->link ? 'x' : strcmp(state, "down") != 0 ? 'u' : 'd';
}

/* What stands under a name on further lines: the strokes that go on. */
static void put_under(struct sheet *sheet, const struct kn_topo_node *node, struct kn_buf *ret)
{
	const char *const *tree = sheet->opts->utf8 ? tree_utf8 : tree_ascii;
	size_t self = (size_t)(node - sheet->topo->v);
	bool has_ports = self + 1 < sheet->topo->n && sheet->topo->v[self + 1].parent == self;

	for (unsigned int level = 1; level <= node->depth; level++) {
		const struct kn_topo_node *above = node;

		while (above->depth > level)
			above = &sheet->topo->v[above->parent];
		kn_buf_puts(ret, tree[above->last ? 3 : 2]);
	}
	if (has_ports && sheet->opts->utf8)
		kn_buf_puts(ret, "│");
	else if (has_ports)
		kn_buf_putc(ret, '|');
}

/* Cut visibly. Only of guests, whose names can be of any length. */
static void put_cut(struct kn_buf *ret, const char *text, size_t width)
{
	size_t len = strlen(text), n = 0, at = 0;

	if (kn_view_width(text, len) <= width || strncmp(text, "VM ", 3) != 0) {
		kn_buf_put(ret, text, len);
		return;
	}
	for (; at < len && (n < width - 3 || ((unsigned char)text[at] & 0xc0) == 0x80); at++)
		n += at + 1 == len || ((unsigned char)text[at + 1] & 0xc0) != 0x80;
	kn_buf_put(ret, text, at);
	kn_buf_puts(ret, "...");
}

static int stack(struct sheet *sheet, struct kn_strv *addrs, struct kn_strv *what,
		 struct kn_error *err)
{
	for (size_t i = 0; i < what->n; i++) {
		struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		put_cut(&line, what->v[i], sheet->room);
		if (kn_buf_check(&line, err) < 0 || kn_strv_add(addrs, kn_buf_str(&line), err) < 0)
			return -1;
	}
	kn_strv_done(what);
	return 0;
}

static int add_row(struct sheet *sheet, const struct kn_topo_node *node, struct kn_error *err)
{
	struct kn_strv addrs KN_CLEANUP(kn_strv_done) = {0};
	struct kn_strv what KN_CLEANUP(kn_strv_done) = {0};
	const char *state = kn_topo_state_word(sheet->topo, node);

	if (kn_topo_addr_lines(sheet->topo, node, &addrs, err) < 0 ||
	    kn_topo_what_lines(node, sheet->opts, &what, err) < 0 ||
	    (sheet->squeeze == SQUEEZE_STACK && stack(sheet, &addrs, &what, err) < 0))
		return -1;
	for (size_t i = 0; i == 0 || i < addrs.n || i < what.n; i++) {
		struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_buf mtu KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (i == 0)
			put_name(sheet, node, &name);
		else
			put_under(sheet, node, &name);
		if (sheet->squeeze != SQUEEZE_NOT)
			; /* the column is left out */
		else if (i == 0 && node->link)
			kn_buf_printf(&mtu, "%u", node->link->mtu);
		else if (i == 0)
			kn_buf_putc(&mtu, '-');
		kn_buf_putc(&sheet->marks, i == 0 ? mark_of(node, state) : node->depth ? ' ' : '|');
		if (kn_buf_check(&name, err) < 0 || kn_buf_check(&mtu, err) < 0 ||
		    kn_buf_check(&sheet->marks, err) < 0 ||
		    add_cell(sheet, COL_NAME, kn_buf_str(&name), err) < 0 ||
		    add_cell(sheet, COL_STATE, i ? "" : state, err) < 0 ||
		    add_cell(sheet, COL_MTU, kn_buf_str(&mtu), err) < 0 ||
		    add_cell(sheet, COL_ADDR, i < addrs.n ? addrs.v[i] : "", err) < 0 ||
		    add_cell(sheet, COL_WHAT, i < what.n ? what.v[i] : "", err) < 0)
			return -1;
	}
	return 0;
}

/* ---- printing ---- */

/* Columns of the widest line. */
static size_t total(const struct sheet *sheet)
{
	size_t sum = 2, n = 0;

	for (size_t i = 0; i < COLS; i++) {
		sum += sheet->width[i];
		n += sheet->width[i] > 0;
	}
	return sum + GAP * (n - 1);
}

static void put_spaces(struct kn_buf *ret, size_t n)
{
	while (n-- > 0)
		kn_buf_putc(ret, ' ');
}

static void put_mark(struct kn_buf *ret, const struct kn_view_opts *opts, char mark)
{
	static const struct {
		char mark;
		const char *utf8, *ascii, *style;
	} marks[] = {{'u', "●", "*", KN_STYLE_GREEN},
		     {'d', "○", "o", KN_STYLE_YELLOW},
		     {'x', "✗", "x", KN_STYLE_RED}};

	for (size_t i = 0; i < 3; i++)
		if (marks[i].mark == mark) {
			kn_view_style(ret, opts, marks[i].style);
			kn_buf_puts(ret, opts->utf8 ? marks[i].utf8 : marks[i].ascii);
			kn_view_plain(ret, opts);
			kn_buf_putc(ret, ' ');
		}
}

static void put_line(struct sheet *sheet, size_t line, struct kn_buf *ret)
{
	char *const *cells = sheet->cells.v + line * COLS;
	char mark = sheet->marks.data[line];
	/* The header and tops stand two columns in, behind the glyph; ports under the glyph. */
	size_t at = mark == ' ' ? 0 : 2;

	put_mark(ret, sheet->opts, mark);
	if (mark == '|' && !*cells[COL_NAME])
		put_spaces(ret, 2);
	else if (mark == '|')
		at = 0;
	for (size_t col = 0; col < COLS; col++) {
		size_t width = sheet->width[col] + (col == COL_NAME ? 2 : 0), used = 0;
		size_t last = COLS;

		while (last > 0 && !*cells[last - 1])
			last--;
		if (col >= last)
			break;
		if (!sheet->width[col])
			continue;
		if (col == COL_MTU)
			put_spaces(ret, width - strlen(cells[col]));
		kn_buf_puts(ret, cells[col]);
		used = kn_view_width(cells[col], strlen(cells[col]));
		if (col == COL_NAME)
			used += at;
		if (col + 1 < last)
			put_spaces(ret, (col == COL_MTU ? 0 : width - used) + GAP);
	}
	kn_buf_putc(ret, '\n');
}

static void put_warning(struct kn_buf *ret, const struct kn_view_opts *opts, const char *text)
{
	kn_view_style(ret, opts, KN_STYLE_YELLOW);
	kn_buf_putc(ret, '!');
	kn_view_plain(ret, opts);
	kn_buf_printf(ret, " %s", text);
}

static void put_diffs(const struct kn_topo *topo, const struct kn_view_opts *opts,
		      struct kn_buf *ret)
{
	for (size_t i = 0; i < topo->n; i++)
		for (size_t k = 0; k < topo->v[i].diffs.n; k++) {
			put_warning(ret, opts, "");
			kn_view_escaped(ret, opts, topo->v[i].name.s);
			kn_buf_puts(ret, ": ");
			kn_diff_describe(&topo->v[i].diffs.v[k], &topo->v[i].name, ret);
			kn_buf_putc(ret, '\n');
		}
}

/* What could not be looked at. */
static void put_hidden(const struct kn_wiring *wiring, const struct kn_view_opts *opts,
		       struct kn_buf *ret)
{
	if (wiring->silence) {
		put_warning(ret, opts, "");
		kn_view_escaped(ret, opts, wiring->silence);
		kn_buf_puts(ret, "\n  leases and some names are missing\n");
	}
	if (wiring->guests.hidden)
		put_warning(ret, opts,
			    wiring->asked ? "guests without libvirt are shown to root only\n"
					  : "guests of other users are shown to root only\n");
	if (wiring->nets_hidden)
		put_warning(ret, opts, "libvirt's definitions are shown to root only\n");
}

static int fill(struct sheet *sheet, struct kn_error *err)
{
	static const char *const titles[] = {"INTERFACE", "STATE", "MTU", "ADDRESS", "ATTACHED TO"};
	bool squeezed = sheet->squeeze != SQUEEZE_NOT;
	bool stacked = sheet->squeeze == SQUEEZE_STACK;
	int r = 0;

	kn_buf_putc(&sheet->marks, ' ');
	for (size_t i = 0; r == 0 && i < COLS; i++)
		r = add_cell(sheet, i,
			     (i == COL_MTU && squeezed) || (i == COL_WHAT && stacked) ? ""
			     : i == COL_ADDR && stacked ? "ADDRESS, ATTACHED TO"
							: titles[i],
			     err);
	for (size_t i = 0; r == 0 && i < sheet->topo->n; i++)
		r = add_row(sheet, &sheet->topo->v[i], err);
	return r;
}

static void sheet_clear(struct sheet *sheet)
{
	kn_strv_done(&sheet->cells);
	kn_buf_done(&sheet->marks);
	memset(sheet->width, 0, sizeof(sheet->width));
}

/* Tries one form after the other; the last one is taken as it is. */
static int lay_out(struct sheet *sheet, struct kn_error *err)
{
	size_t width = sheet->opts->width;

	for (;;) {
		if (fill(sheet, err) < 0)
			return -1;
		if (!width || total(sheet) <= width || sheet->squeeze == SQUEEZE_STACK)
			return 0;
		size_t left = 2 + sheet->width[COL_NAME] + sheet->width[COL_STATE] + 2 * GAP;
		sheet->room = width > left + WHAT_MIN ? width - left : WHAT_MIN;
		sheet->squeeze++;
		sheet_clear(sheet);
	}
}

int kn_view_topo(const struct kn_topo *topo, const struct kn_wiring *wiring,
		 const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct sheet sheet = {.opts = opts, .topo = topo};
	int r = lay_out(&sheet, err);

	for (size_t i = 0; r == 0 && i < sheet.cells.n / COLS; i++)
		put_line(&sheet, i, ret);
	sheet_clear(&sheet);
	if (r < 0)
		return -1;
	put_diffs(topo, opts, ret);
	kn_view_unread(ret, opts, topo->unread);
	put_hidden(wiring, opts, ret);
	return kn_buf_check(ret, err);
}
