/* `bridge list`: one line per bridge.
 * Layer: cli, pure. */
#include <string.h>

#include "cli/view_rows.h"
#include "cli/view_unread.h"

enum {
	PORTS_LINES = 5 /* of one bridge: a host with hundreds of guests has hundreds of taps */
};

static const struct kn_view_col columns[] = {
	{.title = "BRIDGE"},	      {.title = "STATE"}, {.title = "STP", .drop = 3},
	{.title = "MAC", .drop = 2},  {.title = "PORTS"}, {.title = "ADDRESSES"},
	{.title = "FILE", .drop = 1},
};

/* Takes the text of @cell into the table. */
static int add_cell(struct kn_strv *cells, const struct kn_buf *cell, struct kn_error *err)
{
	if (kn_buf_check(cell, err) < 0)
		return -1;
	return kn_strv_add(cells, cell->len ? kn_buf_str(cell) : "-", err);
}

/* The mark costs one column where the word would cost eight; the line below the table
 * explains it. */
static int add_mac(const struct kn_bridge_row *row, struct kn_strv *cells, struct kn_error *err)
{
	struct kn_buf cell KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char text[KN_MAC_STRLEN];
	struct kn_mac mac;
	bool pinned;

	if (kn_bridge_mac(row, &mac, &pinned))
		kn_buf_printf(&cell, "%s%s", kn_mac_fmt(&mac, text), pinned ? "*" : "");
	return add_cell(cells, &cell, err);
}

/* One item a line: a list in one line would be cut in the middle of an address. */
static void put_line(struct kn_buf *cell, const char *text)
{
	if (cell->len)
		kn_buf_putc(cell, '\n');
	kn_buf_puts(cell, text);
}

/* The last line counts what is left out, so nobody takes the list for complete. */
static void put_ports(struct kn_buf *cell, const struct kn_bridge_row *row,
		      const struct kn_view_opts *opts)
{
	size_t n = row->ports.n <= PORTS_LINES ? row->ports.n : PORTS_LINES - 1;

	for (size_t i = 0; i < n; i++) {
		put_line(cell, "");
		kn_view_escaped(cell, opts, row->ports.v[i].s);
	}
	if (n < row->ports.n)
		kn_buf_printf(cell, "\n+%zu more", row->ports.n - n);
}

/* The files' addresses, for a bridge that is not in the kernel. */
static void put_file_addrs(struct kn_buf *cell, const struct kn_ipconf *ip)
{
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < ip->addrs.n; i++)
		put_line(cell, kn_cidr_fmt(&ip->addrs.v[i], text));
	if (ip->dhcp4)
		put_line(cell, "dhcp");
	if (ip->dhcp6)
		put_line(cell, "dhcp6");
	if (ip->slaac)
		put_line(cell, "slaac");
}

/* Link-local addresses are on every link and say nothing in a list. */
static void put_addrs(struct kn_buf *cell, const struct kn_bridge_row *row,
		      const struct kn_state *state)
{
	char text[KN_CIDR_STRLEN];

	if (!row->link) {
		put_file_addrs(cell, &row->conf->ip);
		return;
	}
	for (size_t i = 0; i < state->facts.n_addrs; i++) {
		const struct kn_laddr *addr = &state->facts.addrs[i];

		if (kn_ifname_eq(&addr->dev, &row->name) && !kn_ip_is_link_local(&addr->addr.ip))
			put_line(cell, kn_cidr_fmt(&addr->addr, text));
	}
}

/* The file's name without its directory, which is the same for all of them. */
static int add_lists(const struct kn_state *state, const struct kn_bridge_row *row,
		     const struct kn_view_opts *opts, struct kn_strv *cells, struct kn_error *err)
{
	struct kn_buf ports KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf addrs KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf file KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_ports(&ports, row, opts);
	put_addrs(&addrs, row, state);
	const struct kn_error *unread = kn_unread_of(&state->confs.unread, &row->name);

	if (unread) {
		kn_view_unread_base(&file, opts, unread);
	} else if (row->conf && row->conf->path) {
		const char *slash = strrchr(row->conf->path, '/');

		kn_view_escaped(&file, opts, slash ? slash + 1 : row->conf->path);
	}
	if (add_cell(cells, &ports, err) < 0 || add_cell(cells, &addrs, err) < 0)
		return -1;
	return add_cell(cells, &file, err);
}

/* A bridge of a file that does not say STP= has no value: the reader's default decides. */
static int add_row(const struct kn_state *state, const struct kn_bridge_row *row,
		   const struct kn_view_opts *opts, struct kn_strv *cells, struct kn_error *err)
{
	const struct kn_opts *options = kn_bridge_opts(row);
	const char *stp = !kn_opts_has(options, KN_BROPT_STP)	  ? "-"
			  : kn_opts_get(options, KN_BROPT_STP, 0) ? "on"
								  : "off";
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_view_escaped(&name, opts, row->name.s);
	if (add_cell(cells, &name, err) < 0 ||
	    kn_strv_add(cells, kn_bridge_state_word(row, state), err) < 0 ||
	    kn_strv_add(cells, stp, err) < 0 || add_mac(row, cells, err) < 0)
		return -1;
	return add_lists(state, row, opts, cells, err);
}

/* "! br0: ..." where a look at `bridge show` is due. */
static void put_remark(struct kn_buf *ret, const struct kn_bridge_row *row,
		       const struct kn_view_opts *opts)
{
	kn_view_style(ret, opts, KN_STYLE_YELLOW);
	kn_buf_putc(ret, '!');
	kn_view_plain(ret, opts);
	kn_buf_putc(ret, ' ');
	if (row->diffs.v[0].kind == KN_DIFF_BRIDGE) {
		kn_diff_describe(&row->diffs.v[0], &row->name, ret);
		kn_buf_putc(ret, '\n');
		return;
	}
	kn_view_escaped(ret, opts, row->name.s);
	kn_buf_printf(ret, ": file and kernel differ in %zu point%s (kvmnet bridge show ",
		      row->diffs.n, row->diffs.n == 1 ? "" : "s");
	kn_view_escaped(ret, opts, row->name.s);
	kn_buf_puts(ret, ")\n");
}

/* What the mark means is said once, and only when it was used. */
static void put_remarks(struct kn_buf *ret, const struct kn_bridge_rows *rows,
			const struct kn_view_opts *opts)
{
	bool any_pinned = false;

	for (size_t i = 0; i < rows->n; i++) {
		struct kn_mac mac;
		bool pinned;

		any_pinned |= kn_bridge_mac(&rows->v[i], &mac, &pinned) && pinned;
	}
	if (any_pinned)
		kn_buf_puts(ret, "* pinned: it does not change with the ports\n");
	/* Bridges of other programs (libvirt, containers) have no file, rightly. */
	for (size_t i = 0; i < rows->n; i++)
		if (rows->v[i].conf && rows->v[i].diffs.n > 0)
			put_remark(ret, &rows->v[i], opts);
}

/* The cells are copies: the table may shorten them. */
static int put_table(const struct kn_state *state, const struct kn_bridge_rows *rows,
		     const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_strv cells KN_CLEANUP(kn_strv_done) = {0};

	for (size_t i = 0; i < rows->n; i++)
		if (add_row(state, &rows->v[i], opts, &cells, err) < 0)
			return -1;
	return kn_view_table(ret, opts, columns, sizeof(columns) / sizeof(*columns), &cells, err);
}

int kn_view_bridges(const struct kn_state *state, const struct kn_view_opts *opts, bool json,
		    struct kn_buf *ret, struct kn_error *err)
{
	struct kn_bridge_rows rows KN_CLEANUP(kn_bridge_rows_done) = {0};

	if (kn_bridge_rows_init(state, &rows, err) < 0)
		return -1;
	if (json)
		return kn_view_bridges_json(state, &rows, opts, ret, err);
	if (rows.n == 0)
		kn_buf_puts(ret, "no bridges\n");
	else if (put_table(state, &rows, opts, ret, err) < 0)
		return -1;
	put_remarks(ret, &rows, opts);
	kn_view_unread(ret, opts, &state->confs.unread);
	return kn_buf_check(ret, err);
}
