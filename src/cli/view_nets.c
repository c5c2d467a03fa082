/* net list, net show and net check as text. Layer: cli, pure. */
#include "cli/view_nets.h"

#include <string.h>

#include "cli/view_text.h"
#include "codec/netxml.h"

/* A definition that cannot be read leaves its cells empty; net check says why. */
static void read_def(const struct kn_vnet *net, struct kn_netdef *ret)
{
	struct kn_error unreadable = {0};

	if (kn_netxml_parse(net->name, net->xml, strlen(net->xml), ret, &unreadable) < 0)
		ret->mode_known = false;
}

static const char *mode_word(const struct kn_netdef *def)
{
	return def->mode_known ? kn_netmode_word(def->net.mode) : "-";
}

/* Below --root, or without a daemon, nothing is known to run. */
static const char *state_word(const struct kn_vnets *nets, const struct kn_vnet *net)
{
	if (nets->offline)
		return "-";
	return !net->active ? "stopped" : net->persistent ? "running" : "transient";
}

static size_t count_guests(const struct kn_state *state, const char *name, bool running)
{
	size_t n = 0;

	for (size_t i = 0; i < state->nics.n; i++) {
		const struct kn_vnic *nic = &state->nics.v[i];

		n += nic->network && !strcmp(nic->network, name) && (!running || nic->running);
	}
	return n;
}

static int add_cell(struct kn_strv *cells, struct kn_buf *text, struct kn_error *err)
{
	if (kn_buf_check(text, err) < 0 ||
	    kn_strv_add(cells, text->len ? kn_buf_str(text) : "-", err) < 0)
		return -1;
	text->len = 0;
	return 0;
}

static void put_subnets(const struct kn_network *def, const char *between, struct kn_buf *ret)
{
	char cidr[KN_CIDR_STRLEN];

	for (size_t i = 0; i < def->subnets.n; i++)
		kn_buf_printf(ret, "%s%s", i ? between : "", kn_cidr_fmt(&def->subnets.v[i], cidr));
}

/* Where the guests' frames go: a bridge, or the devices of macvtap. */
static void put_base(const struct kn_network *def, const struct kn_view_opts *opts,
		     struct kn_buf *ret)
{
	if (kn_ifname_is_set(&def->bridge)) {
		kn_view_escaped(ret, opts, def->bridge.s);
		return;
	}
	for (size_t i = 0; i < def->devs.n; i++) {
		kn_buf_puts(ret, i ? " " : "");
		kn_view_escaped(ret, opts, def->devs.v[i].s);
	}
}

static int add_row(const struct kn_netview *view, const struct kn_view_opts *opts,
		   const struct kn_vnet *net, struct kn_strv *cells, struct kn_error *err)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	read_def(net, &def);
	kn_view_escaped(&text, opts, net->name);
	if (add_cell(cells, &text, err) < 0)
		return -1;
	if (kn_strv_add(cells, mode_word(&def), err) < 0 ||
	    kn_strv_add(cells, state_word(&view->state->nets, net), err) < 0 ||
	    kn_strv_add(cells, net->autostart ? "yes" : "no", err) < 0)
		return -1;
	put_base(&def.net, opts, &text);
	if (add_cell(cells, &text, err) < 0)
		return -1;
	put_subnets(&def.net, "\n", &text);
	if (add_cell(cells, &text, err) < 0)
		return -1;
	kn_buf_printf(&text, "%zu", count_guests(view->state, net->name, true));
	return add_cell(cells, &text, err);
}

static void put_source(const struct kn_netview *view, struct kn_buf *ret)
{
	if (view->state->nets.offline)
		kn_buf_puts(ret, "(from libvirt's files: what runs is not known)\n");
}

int kn_view_nets(const struct kn_netview *view, const struct kn_view_opts *opts, bool json,
		 struct kn_buf *ret, struct kn_error *err)
{
	static const struct kn_view_col cols[] = {{.title = "NETWORK", .shrink = true},
						  {.title = "MODE"},
						  {.title = "STATE"},
						  {.title = "AT BOOT"},
						  {.title = "BRIDGE"},
						  {.title = "SUBNET"},
						  {.title = "GUESTS", .right = true}};
	struct kn_strv cells KN_CLEANUP(kn_strv_done) = {0};
	const struct kn_vnets *nets = &view->state->nets;

	if (json)
		return kn_view_nets_json(view, opts, ret, err);
	if (nets->n == 0)
		kn_buf_puts(ret,
			    "libvirt has no network; kvmnet net create NAME --nat makes one\n");
	for (size_t i = 0; i < nets->n; i++)
		if (add_row(view, opts, &nets->v[i], &cells, err) < 0)
			return -1;
	if (nets->n &&
	    kn_view_table(ret, opts, cols, sizeof(cols) / sizeof(*cols), &cells, err) < 0)
		return -1;
	put_source(view, ret);
	return kn_buf_check(ret, err);
}

/* ---- one network ---- */

static void put_findings(const struct kn_netview *view, const struct kn_view_opts *opts,
			 bool with_name, struct kn_buf *ret)
{
	for (size_t i = 0; i < view->findings->n; i++) {
		const struct kn_finding *f = &view->findings->v[i];

		kn_view_style(ret, opts, f->is_error ? KN_STYLE_RED : KN_STYLE_YELLOW);
		kn_buf_puts(ret, !f->is_error ? "!" : opts->utf8 ? "✗" : "x");
		kn_view_plain(ret, opts);
		kn_buf_putc(ret, ' ');
		if (with_name) {
			kn_view_escaped(ret, opts, f->network);
			kn_buf_puts(ret, ": ");
		}
		kn_buf_printf(ret, "%s\n", f->text);
		if (f->fix)
			kn_buf_printf(ret, "  fix: %s\n", f->fix);
	}
}

static void put_dhcp(const struct kn_network *def, struct kn_buf *ret)
{
	char a[KN_IP_STRLEN], b[KN_IP_STRLEN];

	for (size_t i = 0; i < def->ranges.n; i++)
		kn_buf_printf(ret, "  dhcp      %s - %s\n", kn_ip_fmt(&def->ranges.v[i].first, a),
			      kn_ip_fmt(&def->ranges.v[i].last, b));
	for (size_t i = 0; i < def->hosts.n; i++) {
		const struct kn_net_host *host = &def->hosts.v[i];
		const char *who = host->duid ? host->duid : "-";
		char mac[KN_MAC_STRLEN];

		kn_buf_printf(ret, "  fixed     %s  %s", kn_ip_fmt(&host->ip, a),
			      host->has_mac ? kn_mac_fmt(&host->mac, mac) : who);
		if (host->name) {
			kn_buf_puts(ret, "  ");
			kn_buf_put_escaped(ret, host->name, strlen(host->name));
		}
		kn_buf_putc(ret, '\n');
	}
}

/* What a guest says of itself is printed escaped, as all host data. */
static void put_leases(const struct kn_vnet *net, const struct kn_view_opts *opts,
		       struct kn_buf *ret)
{
	for (size_t i = 0; i < net->n_leases; i++) {
		const struct kn_lease *lease = &net->leases[i];

		kn_buf_puts(ret, "  lease     ");
		kn_view_escaped(ret, opts, lease->ip ? lease->ip : "-");
		kn_buf_puts(ret, "  ");
		kn_view_escaped(ret, opts, lease->mac ? lease->mac : "-");
		if (lease->hostname) {
			kn_buf_puts(ret, "  ");
			kn_view_escaped(ret, opts, lease->hostname);
		}
		kn_buf_putc(ret, '\n');
	}
}

static void put_guests(const struct kn_netview *view, const struct kn_view_opts *opts,
		       const char *name, struct kn_buf *ret)
{
	char mac[KN_MAC_STRLEN];

	for (size_t i = 0; i < view->state->nics.n; i++) {
		const struct kn_vnic *nic = &view->state->nics.v[i];

		if (!nic->network || strcmp(nic->network, name) != 0)
			continue;
		kn_buf_puts(ret, "  guest     ");
		kn_view_escaped(ret, opts, nic->guest);
		kn_buf_printf(ret, "  %s", nic->has_mac ? kn_mac_fmt(&nic->mac, mac) : "-");
		kn_buf_puts(ret, nic->running ? "  " : "  stopped");
		kn_view_escaped(ret, opts, nic->tap.s);
		kn_buf_putc(ret, '\n');
	}
}

int kn_view_net(const struct kn_netview *view, const struct kn_view_opts *opts, bool json,
		struct kn_buf *ret, struct kn_error *err)
{
	const struct kn_vnet *net = kn_vnets_get(&view->state->nets, view->name);
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};

	if (json)
		return kn_view_nets_json(view, opts, ret, err);
	read_def(net, &def);
	kn_view_style(ret, opts, KN_STYLE_BOLD);
	kn_view_escaped(ret, opts, net->name);
	kn_view_plain(ret, opts);
	kn_buf_printf(ret, "  %s, %s, %s at boot\n", mode_word(&def),
		      view->state->nets.offline ? "state not known"
						: state_word(&view->state->nets, net),
		      net->autostart ? "started" : "not started");
	kn_buf_puts(ret, "  bridge    ");
	put_base(&def.net, opts, ret);
	kn_buf_putc(ret, '\n');
	if (def.net.subnets.n) {
		kn_buf_puts(ret, "  subnet    ");
		put_subnets(&def.net, "\n            ", ret);
		kn_buf_putc(ret, '\n');
	}
	put_dhcp(&def.net, ret);
	put_leases(net, opts, ret);
	put_guests(view, opts, net->name, ret);
	put_findings(view, opts, false, ret);
	put_source(view, ret);
	return kn_buf_check(ret, err);
}

int kn_view_net_check(const struct kn_netview *view, const struct kn_view_opts *opts, bool json,
		      struct kn_buf *ret, struct kn_error *err)
{
	size_t errors = 0, n = view->findings->n;

	if (json)
		return kn_view_nets_json(view, opts, ret, err);
	for (size_t i = 0; i < n; i++)
		errors += view->findings->v[i].is_error;
	put_findings(view, opts, true, ret);
	kn_buf_printf(ret, "%zu network%s looked at: %zu error%s, %zu warning%s\n",
		      view->name ? 1 : view->state->nets.n,
		      view->name || view->state->nets.n == 1 ? "" : "s", errors,
		      errors == 1 ? "" : "s", n - errors, n - errors == 1 ? "" : "s");
	put_source(view, ret);
	return kn_buf_check(ret, err);
}
