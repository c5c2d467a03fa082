/* `bridge show BR`: everything about one bridge, as text.
 * Layer: cli, pure. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "cli/view_rows.h"
#include "cli/view_unread.h"
#include "kvmnet/text.h"

/* What is being written; all borrowed. */
struct show {
	const struct kn_state *state;
	const struct kn_bridge_row *row;
	const struct kn_view_opts *opts;
	struct kn_buf *ret;
};

/* "  label       ", the label only before the first of several values. */
static void put_label(const struct show *show, const char *label)
{
	kn_buf_printf(show->ret, "  %-11s ", label);
}

/* Pinned or not is the first thing to know about a bridge for guests: one that follows its
 * ports changes its MAC, and with it the DHCP lease, when the next guest starts. */
static void put_mac(const struct show *show)
{
	char text[KN_MAC_STRLEN];
	struct kn_mac mac;
	bool pinned;

	if (!kn_bridge_mac(show->row, &mac, &pinned))
		return;
	put_label(show, "mac");
	kn_buf_printf(show->ret, "%s, %s\n", kn_mac_fmt(&mac, text),
		      pinned ? "pinned" : "not pinned: it changes with the ports");
}

/* A file without MTU= says nothing, so nothing is shown for a bridge that only a file has. */
static void put_mtu(const struct show *show)
{
	uint32_t mtu;

	if (!kn_bridge_mtu(show->row, &mtu))
		return;
	put_label(show, "mtu");
	kn_buf_printf(show->ret, "%u\n", mtu);
}

/* Those options that are in @mask, under one label. */
static void put_opts(const struct show *show, const char *label, uint32_t mask)
{
	struct kn_opts opts = *kn_bridge_opts(show->row);

	opts.has &= mask;
	if (!opts.has)
		return;
	put_label(show, label);
	kn_text_opts(show->ret, &opts, NULL, kn_bridge_opt_info);
	kn_buf_putc(show->ret, '\n');
}

/* Two lines, so that both stay within 80 columns: what decides over forwarding, and the rest.
 * Unlike in a plan nothing is left out, as this is what `brctl showstp` is asked for. */
static void put_all_opts(const struct show *show)
{
	const uint32_t stp = 1u << KN_BROPT_STP | 1u << KN_BROPT_FORWARD_DELAY |
			     1u << KN_BROPT_HELLO | 1u << KN_BROPT_MAX_AGE |
			     1u << KN_BROPT_PRIORITY;

	put_opts(show, "spanning", stp);
	put_opts(show, "options", ~stp);
}

/* How the files say that addresses come; the kernel does not know. */
static void put_method(const struct show *show)
{
	const struct kn_ipconf *ip = &show->row->conf->ip;
	const char *words[] = {ip->addrs.n ? "static" : NULL, ip->dhcp4 ? "dhcp" : NULL,
			       ip->dhcp6 ? "dhcp6" : NULL, ip->slaac ? "slaac" : NULL};
	const char *comma = "";

	put_label(show, "addressing");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!words[i])
			continue;
		kn_buf_printf(show->ret, "%s%s", comma, words[i]);
		comma = ", ";
	}
	kn_buf_puts(show->ret, *comma ? "\n" : "none\n");
}

/* The kernel counts in seconds; UINT32_MAX is its infinity. */
static void put_lifetime(struct kn_buf *ret, const char *word, uint32_t seconds)
{
	if (seconds == UINT32_MAX)
		kn_buf_printf(ret, ", %s forever", word);
	else
		kn_buf_printf(ret, ", %s %u s", word, seconds);
}

/* A permanent address has no word for it: the words are for what will go away by itself,
 * and for what duplicate address detection keeps from being used. */
static void put_addr(const struct show *show, const struct kn_laddr *addr)
{
	char text[KN_CIDR_STRLEN];

	kn_buf_puts(show->ret, kn_cidr_fmt(&addr->addr, text));
	if (addr->peer.family != KN_FAMILY_NONE)
		kn_buf_printf(show->ret, " peer %s", kn_ip_fmt(&addr->peer, text));
	if (addr->has_metric)
		kn_buf_printf(show->ret, " metric %u", addr->metric);
	if (addr->valid_s != UINT32_MAX || !(addr->flags & IFA_F_PERMANENT)) {
		put_lifetime(show->ret, "valid", addr->valid_s);
		put_lifetime(show->ret, "preferred", addr->preferred_s);
	}
	if (addr->flags & IFA_F_TENTATIVE)
		kn_buf_puts(show->ret, ", tentative");
	if (addr->flags & IFA_F_DADFAILED)
		kn_buf_puts(show->ret, ", duplicate");
	kn_buf_putc(show->ret, '\n');
}

/* Without a kernel to ask, the files' addresses stand in for those that will be there. */
static void put_file_addrs(const struct show *show)
{
	const struct kn_cidrs *addrs = &show->row->conf->ip.addrs;
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < addrs->n; i++) {
		put_label(show, i ? "" : "addresses");
		kn_buf_printf(show->ret, "%s\n", kn_cidr_fmt(&addrs->v[i], text));
	}
}

/* Link-local ones too: unlike in the list, they explain here why a guest answers on fe80::. */
static void put_addrs(const struct show *show)
{
	const char *label = "addresses";

	if (!show->row->link) {
		put_file_addrs(show);
		return;
	}
	for (size_t i = 0; i < show->state->facts.n_addrs; i++) {
		const struct kn_laddr *addr = &show->state->facts.addrs[i];

		if (!kn_ifname_eq(&addr->dev, &show->row->name))
			continue;
		put_label(show, label);
		put_addr(show, addr);
		label = "";
	}
}

/* The kernel's own entries for local, broadcast and multicast addresses are noise here. */
static bool is_shown_route(const struct show *show, const struct kn_route *route)
{
	return kn_ifname_eq(&route->dev, &show->row->name) && route->table != RT_TABLE_LOCAL &&
	       route->type != RTN_MULTICAST &&
	       !(route->dst.ip.family == KN_IPV6 && route->dst.ip.b[0] == 0xff);
}

/* @all: routes of a file, which are all the bridge's and have no kernel noise among them. */
static void put_routes_of(const struct show *show, const struct kn_routes *routes, bool all)
{
	const char *label = "routes";

	for (size_t i = 0; i < routes->n; i++) {
		if (!all && !is_shown_route(show, &routes->v[i]))
			continue;
		put_label(show, label);
		kn_text_route(show->ret, &routes->v[i]);
		kn_buf_putc(show->ret, '\n');
		label = "";
	}
}

/* Only for a bridge that is not in the kernel; there the gateway shows up as a route. */
static void put_file_gateway(const struct show *show, const struct kn_ip *gateway)
{
	const struct kn_ipconf *ip = &show->row->conf->ip;
	char text[KN_IP_STRLEN];

	if (gateway->family == KN_FAMILY_NONE)
		return;
	put_label(show, "gateway");
	kn_buf_puts(show->ret, kn_ip_fmt(gateway, text));
	if (ip->has_metric)
		kn_buf_printf(show->ret, " metric %u", ip->metric);
	kn_buf_puts(show->ret, ip->no_defroute ? " (no default route)\n" : "\n");
}

static void put_routes(const struct show *show)
{
	if (show->row->link) {
		put_routes_of(show, &show->state->facts.routes, false);
		return;
	}
	put_file_gateway(show, &show->row->conf->ip.gateway4);
	put_file_gateway(show, &show->row->conf->ip.gateway6);
	put_routes_of(show, &show->row->conf->ip.routes, true);
}

/* DNS servers are the host's and no link's; only the file ties them to this bridge. */
static void put_dns(const struct show *show)
{
	const struct kn_ipconf *ip = &show->row->conf->ip;
	char text[KN_IP_STRLEN];

	if (ip->dns.n) {
		put_label(show, "dns");
		for (size_t i = 0; i < ip->dns.n; i++)
			kn_buf_printf(show->ret, "%s%s", i ? " " : "",
				      kn_ip_fmt(&ip->dns.v[i], text));
		kn_buf_putc(show->ret, '\n');
	}
	if (ip->search.n) {
		put_label(show, "search");
		for (size_t i = 0; i < ip->search.n; i++) {
			kn_buf_puts(show->ret, i ? " " : "");
			kn_view_escaped(show->ret, show->opts, ip->search.v[i]);
		}
		kn_buf_putc(show->ret, '\n');
	}
}

/* Without a file nothing brings the bridge back: that must not be read past. */
static void put_file(const struct show *show)
{
	const struct kn_conf *conf = show->row->conf;
	const struct kn_error *unread = kn_unread_of(&show->state->confs.unread, &show->row->name);

	if (conf && conf->groups & KN_GROUP_ZONE && conf->zone) {
		put_label(show, "zone");
		kn_view_escaped(show->ret, show->opts, conf->zone);
		kn_buf_putc(show->ret, '\n');
	}
	put_label(show, "file");
	if (unread)
		kn_view_unread_base(show->ret, show->opts, unread);
	else if (conf && conf->path)
		kn_view_path(show->ret, show->opts, conf->path);
	else
		kn_buf_puts(show->ret, "none: it is gone after a reboot");
	kn_buf_putc(show->ret, '\n');
}

/* Everything of a port but its cost, "on" ones and what differs from the kernel's defaults.
 * Source: kernel net/bridge/br_if.c new_nbp(): learning and flooding on, priority 32. */
static void put_flags(struct kn_buf *cell, const struct kn_opts *opts)
{
	struct kn_opts flags = *opts;

	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++) {
		uint32_t usual = i == KN_PORTOPT_LEARNING ? 1 : i == KN_PORTOPT_PRIORITY ? 32 : 0;

		if (i == KN_PORTOPT_COST || kn_opts_get(opts, i, usual) == usual)
			flags.has &= ~(1u << i);
	}
	kn_text_opts(cell, &flags, NULL, kn_port_opt_info);
}

/* An empty cell would look like an error of the table, and awk could not count columns. */
static int add_cell(struct kn_strv *cells, const struct kn_buf *cell, struct kn_error *err)
{
	if (kn_buf_check(cell, err) < 0)
		return -1;
	return kn_strv_add(cells, cell->len ? kn_buf_str(cell) : "-", err);
}

static int add_port(const struct show *show, const struct kn_ifname *port, struct kn_strv *cells,
		    struct kn_error *err)
{
	const struct kn_opts *opts = kn_port_opts(show->state, port);
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf cost KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf flags KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_puts(&name, "  ");
	kn_view_escaped(&name, show->opts, port->s);
	if (opts && kn_opts_has(opts, KN_PORTOPT_COST))
		kn_buf_printf(&cost, "%u", opts->val[KN_PORTOPT_COST]);
	if (opts)
		put_flags(&flags, opts);
	if (add_cell(cells, &name, err) < 0 ||
	    kn_strv_add(cells, kn_port_state_word(show->row, show->state, port), err) < 0 ||
	    add_cell(cells, &cost, err) < 0)
		return -1;
	return add_cell(cells, &flags, err);
}

/* A table of its own, two columns in, so that it reads as part of the bridge. */
static int put_ports(const struct show *show, struct kn_error *err)
{
	static const struct kn_view_col columns[] = {
		{.title = "  PORT"},
		{.title = "STATE"},
		{.title = "COST", .right = true},
		{.title = "FLAGS", .shrink = true},
	};
	struct kn_strv cells KN_CLEANUP(kn_strv_done) = {0};

	if (show->row->ports.n == 0) {
		kn_buf_puts(show->ret, "No ports.\n");
		return 0;
	}
	for (size_t i = 0; i < show->row->ports.n; i++)
		if (add_port(show, &show->row->ports.v[i], &cells, err) < 0)
			return -1;
	kn_buf_puts(show->ret, "Ports:\n");
	return kn_view_table(show->ret, show->opts, columns, sizeof(columns) / sizeof(*columns),
			     &cells, err);
}

/* "Agree" is said only where both sides were read. */
static void put_diffs(const struct show *show)
{
	const struct kn_diffs *diffs = &show->row->diffs;
	const struct kn_errors *unread = &show->state->confs.unread;

	kn_view_unread(show->ret, show->opts, unread);
	if (!show->state->facts.live) {
		kn_buf_puts(show->ret, "The kernel was not looked at.\n");
		return;
	}
	if (diffs->n == 0 && unread->n) {
		kn_buf_puts(show->ret, "whether file and kernel agree cannot be told\n");
		return;
	}
	if (diffs->n == 0) {
		kn_buf_puts(show->ret, "file and kernel agree\n");
		return;
	}
	kn_view_style(show->ret, show->opts, KN_STYLE_YELLOW);
	kn_buf_puts(show->ret, "Differences between file and kernel:");
	kn_view_plain(show->ret, show->opts);
	kn_buf_putc(show->ret, '\n');
	for (size_t i = 0; i < diffs->n; i++) {
		kn_buf_puts(show->ret, "  ");
		kn_diff_describe(&diffs->v[i], &show->row->name, show->ret);
		kn_buf_putc(show->ret, '\n');
	}
}

/* With --root no kernel was read: then there is no state to name. */
static void put_headline(const struct show *show)
{
	const char *state = kn_bridge_state_word(show->row, show->state);

	kn_view_style(show->ret, show->opts, KN_STYLE_BOLD);
	kn_view_escaped(show->ret, show->opts, show->row->name.s);
	kn_view_plain(show->ret, show->opts);
	kn_buf_printf(show->ret, "  bridge%s%s\n", *state == '-' ? "" : ", ",
		      *state == '-' ? "" : state);
}

/* The order goes from the link over its addresses to its ports; differences come last, where
 * the eye is when the command has ended. */
static int show_bridge(const struct show *show, struct kn_error *err)
{
	put_headline(show);
	put_mac(show);
	put_mtu(show);
	put_all_opts(show);
	if (show->row->conf)
		put_method(show);
	put_addrs(show);
	put_routes(show);
	if (show->row->conf)
		put_dns(show);
	put_file(show);
	if (put_ports(show, err) < 0)
		return -1;
	put_diffs(show);
	return kn_buf_check(show->ret, err);
}

int kn_view_bridge(const struct kn_state *state, const struct kn_ifname *bridge,
		   const struct kn_view_opts *opts, bool json, struct kn_buf *ret,
		   struct kn_error *err)
{
	struct kn_bridge_row row KN_CLEANUP(kn_bridge_row_done) = {0};
	struct show show = {state, &row, opts, ret};

	if (kn_bridge_row_init(state, bridge, &row, err) < 0)
		return -1;
	if (json)
		return kn_view_bridge_json(state, &row, opts, ret, err);
	return show_bridge(&show, err);
}
