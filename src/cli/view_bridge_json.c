/* `bridge list` and `bridge show` as JSON.
 * Layer: cli, pure. Fields and codes are an interface: they are never renamed or translated. */
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "cli/unwritten.h"
#include "cli/view_json.h"
#include "cli/view_rows.h"
#include "cli/view_unread.h"
#include "kvmnet/text.h"

/* Addresses are strings as inet_ntop writes them; null is "none", never "-" or "". */
static void put_ip(struct kn_json *json, const char *key, const struct kn_ip *ip)
{
	char text[KN_IP_STRLEN];

	kn_json_str(json, key, ip->family == KN_FAMILY_NONE ? NULL : kn_ip_fmt(ip, text));
}

/* State, MAC and MTU: what both documents say first about a bridge. */
static void put_head(struct kn_json *json, const struct kn_state *state,
		     const struct kn_bridge_row *row)
{
	char text[KN_MAC_STRLEN];
	struct kn_mac mac;
	bool pinned = false;
	bool has_mac = kn_bridge_mac(row, &mac, &pinned);
	uint32_t mtu;

	kn_json_str(json, "name", row->name.s);
	kn_json_bool(json, "in_kernel", row->link != NULL);
	kn_json_bool(json, "in_files", row->conf != NULL);
	kn_json_str(json, "state", state->facts.live ? kn_bridge_state_word(row, state) : NULL);
	kn_json_str(json, "mac", has_mac ? kn_mac_fmt(&mac, text) : NULL);
	kn_json_bool(json, "mac_pinned", pinned);
	if (kn_bridge_mtu(row, &mtu))
		kn_json_int(json, "mtu", mtu);
	else
		kn_json_null(json, "mtu");
	kn_json_str(json, "file", row->conf ? row->conf->path : NULL);
}

/* Every row of the option table, null where it is not known; timers in seconds. */
static void put_opts(struct kn_json *json, const struct kn_opts *opts, unsigned int n,
		     const struct kn_opt_info *(*info)(unsigned int))
{
	char word[16];

	kn_json_object(json, "options");
	for (unsigned int i = 0; i < n; i++) {
		const char *name = info(i)->name;

		if (!opts || !kn_opts_has(opts, i)) {
			kn_json_null(json, name);
			continue;
		}
		switch (info(i)->kind) {
		case KN_OPT_BOOL:
			kn_json_bool(json, name, opts->val[i]);
			break;
		case KN_OPT_NUM:
			kn_json_int(json, name, opts->val[i]);
			break;
		case KN_OPT_WORD:
			kn_json_str(json, name, kn_opt_fmt(info(i), opts->val[i], word));
			break;
		case KN_OPT_SEC:
			kn_json_seconds(json, name, opts->val[i]);
			break;
		}
	}
	kn_json_end(json);
}

/* The list names its ports; what each of them does is `bridge show`'s to tell. */
static void put_port_names(struct kn_json *json, const struct kn_bridge_row *row)
{
	kn_json_array(json, "ports");
	for (size_t i = 0; i < row->ports.n; i++)
		kn_json_str(json, NULL, row->ports.v[i].s);
	kn_json_end(json);
}

/* States are the words of the text: they are codes, as UX has no translated text yet. */
static void put_ports(struct kn_json *json, const struct kn_state *state,
		      const struct kn_bridge_row *row)
{
	kn_json_array(json, "ports");
	for (size_t i = 0; i < row->ports.n; i++) {
		const struct kn_ifname *port = &row->ports.v[i];
		const char *word = kn_port_state_word(row, state, port);

		kn_json_object(json, NULL);
		kn_json_str(json, "name", port->s);
		kn_json_str(json, "state", state->facts.live ? word : NULL);
		put_opts(json, kn_port_opts(state, port), KN_PORTOPT_COUNT, kn_port_opt_info);
		kn_json_end(json);
	}
	kn_json_end(json);
}

/* Forever is null: a consumer that adds seconds to a clock must not meet 4294967295. */
static void put_lifetime(struct kn_json *json, const char *key, uint32_t seconds)
{
	if (seconds == UINT32_MAX)
		kn_json_null(json, key);
	else
		kn_json_int(json, key, seconds);
}

/* The prefix stays in the address, as every option of kvmnet takes it. */
static void put_addr(struct kn_json *json, const struct kn_laddr *addr)
{
	char text[KN_CIDR_STRLEN];

	kn_json_object(json, NULL);
	kn_json_str(json, "address", kn_cidr_fmt(&addr->addr, text));
	put_ip(json, "peer", &addr->peer);
	put_lifetime(json, "valid_s", addr->valid_s);
	put_lifetime(json, "preferred_s", addr->preferred_s);
	kn_json_bool(json, "permanent", addr->flags & IFA_F_PERMANENT);
	kn_json_end(json);
}

/* An address of the files has no lifetimes. */
static void put_file_addr(struct kn_json *json, const struct kn_cidr *cidr)
{
	put_addr(json, &(struct kn_laddr){.addr = *cidr,
					  .valid_s = UINT32_MAX,
					  .preferred_s = UINT32_MAX,
					  .flags = IFA_F_PERMANENT});
}

/* The same source as the text: the kernel's, or the files' for a bridge it does not have. */
static void put_addrs(struct kn_json *json, const struct kn_state *state,
		      const struct kn_bridge_row *row)
{
	kn_json_array(json, "addresses");
	for (size_t i = 0; row->link && i < state->facts.n_addrs; i++)
		if (kn_ifname_eq(&state->facts.addrs[i].dev, &row->name))
			put_addr(json, &state->facts.addrs[i]);
	for (size_t i = 0; !row->link && i < row->conf->ip.addrs.n; i++)
		put_file_addr(json, &row->conf->ip.addrs.v[i]);
	kn_json_end(json);
}

/* The protocol is the kernel's number (rtnetlink(7), RTPROT_*), as names of it are local to
 * a host (/etc/iproute2/rt_protos). */
static void put_route(struct kn_json *json, const struct kn_route *route)
{
	char text[KN_CIDR_STRLEN];

	kn_json_object(json, NULL);
	kn_json_str(json, "destination", kn_cidr_fmt(&route->dst, text));
	put_ip(json, "gateway", &route->gateway);
	put_ip(json, "source", &route->src);
	if (route->has_metric)
		kn_json_int(json, "metric", route->metric);
	else
		kn_json_null(json, "metric");
	kn_json_bool(json, "onlink", route->onlink);
	kn_json_int(json, "table", route->table);
	kn_json_int(json, "protocol", route->proto);
	kn_json_end(json);
}

/* A gateway of a file is the default route it will become. */
static void put_file_gateway(struct kn_json *json, const struct kn_ipconf *ip,
			     const struct kn_ip *gateway)
{
	struct kn_route route = KN_ROUTE_INIT;

	if (gateway->family == KN_FAMILY_NONE || ip->no_defroute)
		return;
	route.dst.ip.family = gateway->family;
	route.gateway = *gateway;
	route.has_metric = ip->has_metric;
	route.metric = ip->metric;
	put_route(json, &route);
}

/* Table 255 holds the host's own addresses, which stand in addresses[] already. */
static void put_routes(struct kn_json *json, const struct kn_state *state,
		       const struct kn_bridge_row *row)
{
	const struct kn_routes *routes = row->link ? &state->facts.routes : &row->conf->ip.routes;

	kn_json_array(json, "routes");
	if (!row->link) {
		put_file_gateway(json, &row->conf->ip, &row->conf->ip.gateway4);
		put_file_gateway(json, &row->conf->ip, &row->conf->ip.gateway6);
	}
	for (size_t i = 0; i < routes->n; i++)
		if (!row->link || (kn_ifname_eq(&routes->v[i].dev, &row->name) &&
				   routes->v[i].table != RT_TABLE_LOCAL))
			put_route(json, &routes->v[i]);
	kn_json_end(json);
}

/* What only files know. */
static void put_conf(struct kn_json *json, const struct kn_conf *conf)
{
	kn_json_bool(json, "dhcp", conf && conf->ip.dhcp4);
	kn_json_bool(json, "dhcp6", conf && conf->ip.dhcp6);
	kn_json_bool(json, "slaac", conf && conf->ip.slaac);
	kn_json_array(json, "dns");
	for (size_t i = 0; conf && i < conf->ip.dns.n; i++)
		put_ip(json, NULL, &conf->ip.dns.v[i]);
	kn_json_end(json);
	kn_json_array(json, "search");
	for (size_t i = 0; conf && i < conf->ip.search.n; i++)
		kn_json_str(json, NULL, conf->ip.search.v[i]);
	kn_json_end(json);
	kn_json_str(json, "zone", conf ? conf->zone : NULL);
}

static int put_diff(struct kn_json *json, const struct kn_diff *diff, const struct kn_ifname *name,
		    struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_diff_describe(diff, name, &text);
	if (kn_buf_check(&text, err) < 0)
		return -1;
	kn_json_object(json, NULL);
	kn_json_str(json, "what", kn_diff_word(diff));
	kn_json_str(json, "device", diff->dev.s);
	kn_json_str(json, "file", diff->file);
	kn_json_str(json, "kernel", diff->kernel);
	kn_json_str(json, "text", kn_buf_str(&text));
	kn_json_end(json);
	return 0;
}

/* Empty both when the two sides agree and when there was nothing to compare with;
 * "in_kernel" and "state" tell these apart. */
static int put_diffs(struct kn_json *json, const struct kn_diffs *diffs,
		     const struct kn_ifname *name, struct kn_error *err)
{
	kn_json_array(json, "differences");
	for (size_t i = 0; i < diffs->n; i++)
		if (put_diff(json, &diffs->v[i], name, err) < 0)
			return -1;
	kn_json_end(json);
	return 0;
}

/* One array element per bridge; a host without any has an empty array, not an error. */
static int put_bridges(struct kn_json *json, const struct kn_state *state,
		       const struct kn_bridge_rows *rows, struct kn_error *err)
{
	kn_json_array(json, "bridges");
	for (size_t i = 0; i < rows->n; i++) {
		const struct kn_bridge_row *row = &rows->v[i];

		kn_json_object(json, NULL);
		put_head(json, state, row);
		put_opts(json, kn_bridge_opts(row), KN_BROPT_COUNT, kn_bridge_opt_info);
		put_port_names(json, row);
		put_addrs(json, state, row);
		if (put_diffs(json, &row->diffs, &row->name, err) < 0)
			return -1;
		kn_json_end(json);
	}
	kn_json_end(json);
	return 0;
}

int kn_view_bridges_json(const struct kn_state *state, const struct kn_bridge_rows *rows,
			 const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0 || put_bridges(json, state, rows, err) < 0)
		return -1;
	kn_view_json_unread(json, &state->confs.unread);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

/* Bonds and VLANs of the files. */
static int put_link(struct kn_json *json, const struct kn_state *state, const struct kn_conf *conf,
		    struct kn_error *err)
{
	struct kn_diffs diffs KN_CLEANUP(kn_diffs_done) = {0};

	if (kn_compare_link(&state->confs, &state->facts, &conf->name, &diffs, err) < 0)
		return -1;
	kn_json_object(json, NULL);
	kn_json_str(json, "name", conf->name.s);
	kn_json_str(json, "type", conf->type == KN_CONF_BOND ? "bond" : "vlan");
	kn_json_str(json, "file", conf->path);
	if (put_diffs(json, &diffs, &conf->name, err) < 0)
		return -1;
	kn_json_end(json);
	return 0;
}

static int put_links(struct kn_json *json, const struct kn_state *state, struct kn_error *err)
{
	kn_json_array(json, "links");
	for (size_t i = 0; i < state->confs.n; i++) {
		const struct kn_conf *conf = &state->confs.v[i];

		if ((conf->type == KN_CONF_BOND || conf->type == KN_CONF_VLAN) &&
		    put_link(json, state, conf, err) < 0)
			return -1;
	}
	kn_json_end(json);
	return 0;
}

static void put_unwritten(struct kn_json *json, const struct kn_check_view *view)
{
	kn_json_array(json, "unwritten");
	for (size_t i = 0; i < view->n_unwritten; i++) {
		kn_json_object(json, NULL);
		kn_json_str(json, "name", view->unwritten[i]->name.s);
		kn_json_str(json, "type", kn_unwritten_word(view->unwritten[i]));
		kn_json_end(json);
	}
	kn_json_end(json);
}

static void put_findings(struct kn_json *json, const struct kn_findings *findings)
{
	kn_json_array(json, "networks");
	for (size_t i = 0; i < findings->n; i++) {
		kn_json_object(json, NULL);
		kn_json_str(json, "name", findings->v[i].network);
		kn_json_str(json, "level", findings->v[i].is_error ? "error" : "warning");
		kn_json_str(json, "text", findings->v[i].text);
		kn_json_str(json, "fix", findings->v[i].fix);
		kn_json_end(json);
	}
	kn_json_end(json);
}

int kn_view_check_json(const struct kn_check_view *view, const struct kn_view_opts *opts,
		       struct kn_buf *ret, struct kn_error *err)
{
	const struct kn_state *state = view->state;
	struct kn_bridge_rows rows KN_CLEANUP(kn_bridge_rows_done) = {0};
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_bridge_rows_init(state, &rows, err) < 0 || kn_view_json_new(opts, &json, err) < 0 ||
	    put_bridges(json, state, &rows, err) < 0 || put_links(json, state, err) < 0)
		return -1;
	put_unwritten(json, view);
	kn_view_json_unread(json, &state->confs.unread);
	kn_json_bool(json, "zones_hidden", kn_zones_are_hidden(&state->confs, &state->facts));
	kn_json_bool(json, "networks_hidden", !view->asked);
	put_findings(json, view->findings);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

/* What belongs to the bridge stands under "bridge"; differences are about two sides of it and
 * stand beside it. */
int kn_view_bridge_json(const struct kn_state *state, const struct kn_bridge_row *row,
			const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_object(json, "bridge");
	put_head(json, state, row);
	put_opts(json, kn_bridge_opts(row), KN_BROPT_COUNT, kn_bridge_opt_info);
	put_ports(json, state, row);
	put_addrs(json, state, row);
	put_routes(json, state, row);
	put_conf(json, row->conf);
	kn_json_end(json);
	if (put_diffs(json, &row->diffs, &row->name, err) < 0)
		return -1;
	kn_view_json_unread(json, &state->confs.unread);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}
