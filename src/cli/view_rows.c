/* Gathers bridges of the kernel and of the files for the views.
 * Layer: cli, pure. */
#include "cli/view_rows.h"

#include <linux/if.h>
#include <linux/if_bridge.h>
#include <stdlib.h>

#include "kvmnet/text.h"

void kn_bridge_row_done(struct kn_bridge_row *row)
{
	kn_names_done(&row->ports);
	kn_diffs_done(&row->diffs);
	*row = (struct kn_bridge_row){0};
}

void kn_bridge_rows_done(struct kn_bridge_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		kn_bridge_row_done(&rows->v[i]);
	free(rows->v);
	*rows = (struct kn_bridge_rows){0};
}

/* Kernel and files mostly name the same things; the kernel's order wins. */
static int add_once(struct kn_names *list, const struct kn_ifname *name, struct kn_error *err)
{
	return kn_names_has(list, name) ? 0 : kn_names_add(list, name, err);
}

/* Confs of ports may be of any type: what counts is that they name this bridge. */
static int collect_ports(const struct kn_state *state, struct kn_bridge_row *row,
			 struct kn_error *err)
{
	const struct kn_facts *facts = &state->facts;
	const struct kn_confs *confs = &state->confs;

	for (size_t i = 0; i < facts->n_links; i++)
		if (kn_ifname_eq(&facts->links[i].master, &row->name) &&
		    add_once(&row->ports, &facts->links[i].name, err) < 0)
			return -1;
	for (size_t i = 0; i < confs->n; i++)
		if (kn_ifname_eq(&confs->v[i].bridge, &row->name) &&
		    add_once(&row->ports, &confs->v[i].name, err) < 0)
			return -1;
	return 0;
}

/* Three cases, as the way out differs: mistyped, not a bridge, or only in the kernel. */
static int no_bridge(const struct kn_state *state, const struct kn_ifname *name,
		     struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool other = kn_facts_link(&state->facts, name) || kn_confs_get(&state->confs, name);

	kn_text_name(&shown, name);
	if (kn_buf_check(&shown, err) < 0)
		return -1;
	if (other)
		kn_fail(err, KN_ERR_INPUT, 0, "%s is no bridge", kn_buf_str(&shown));
	else
		kn_fail(err, KN_ERR_INPUT, 0, "no bridge %s: %s", kn_buf_str(&shown),
			state->facts.live ? "neither in the kernel nor in the files"
					  : "it is not in the files");
	return kn_hint(err, "kvmnet bridge list shows the bridges there are");
}

/* A link of another kind with the bridge's name is no bridge; the comparison tells of it. */
int kn_bridge_row_init(const struct kn_state *state, const struct kn_ifname *name,
		       struct kn_bridge_row *ret, struct kn_error *err)
{
	const struct kn_link *link = kn_facts_link(&state->facts, name);
	const struct kn_conf *conf = kn_confs_get(&state->confs, name);

	ret->name = *name;
	ret->link = link && link->kind == KN_LINK_BRIDGE ? link : NULL;
	ret->conf = conf && conf->type == KN_CONF_BRIDGE ? conf : NULL;
	if (!ret->link && !ret->conf)
		return no_bridge(state, name, err);
	if (collect_ports(state, ret, err) < 0 ||
	    kn_compare_bridge(&state->confs, &state->facts, name, &ret->diffs, err) < 0)
		return -1;
	return 0;
}

/* The links are already read, so a row costs no further question to the kernel. */
int kn_bridge_rows_init(const struct kn_state *state, struct kn_bridge_rows *ret,
			struct kn_error *err)
{
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};

	for (size_t i = 0; i < state->facts.n_links; i++)
		if (state->facts.links[i].kind == KN_LINK_BRIDGE &&
		    add_once(&names, &state->facts.links[i].name, err) < 0)
			return -1;
	for (size_t i = 0; i < state->confs.n; i++)
		if (state->confs.v[i].type == KN_CONF_BRIDGE &&
		    add_once(&names, &state->confs.v[i].name, err) < 0)
			return -1;
	if (kn_grow(&ret->v, &ret->cap, names.n, sizeof(*ret->v), err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (kn_bridge_row_init(state, &names.v[i], &ret->v[ret->n++], err) < 0)
			return -1;
	return 0;
}

/* Carrier is a state of its own: a bridge without one has no working port, the most frequent
 * reason for "it is up, but nothing works". */
const char *kn_bridge_state_word(const struct kn_bridge_row *row, const struct kn_state *state)
{
	if (!state->facts.live)
		return "-";
	if (!row->link)
		return "absent";
	if (!(row->link->flags & IFF_UP))
		return "down";
	return row->link->flags & IFF_RUNNING ? "up" : "no carrier";
}

/* A port of another bridge is not attached here; the differences say where it is. */
const char *kn_port_state_word(const struct kn_bridge_row *row, const struct kn_state *state,
			       const struct kn_ifname *port)
{
	/* Source: kernel include/uapi/linux/if_bridge.h, BR_STATE_DISABLED = 0 and on. */
	static const char *const words[] = {"disabled", "listening", "learning", "forwarding",
					    "blocking"};
	const struct kn_link *link = kn_facts_link(&state->facts, port);

	if (!state->facts.live)
		return "-";
	if (!link)
		return "absent";
	if (!kn_ifname_eq(&link->master, &row->name))
		return "not attached";
	return link->port_state <= BR_STATE_BLOCKING ? words[link->port_state] : "unknown";
}

/* MACADDR= in a file pins by itself; without it the bridge will follow its ports. */
bool kn_bridge_mac(const struct kn_bridge_row *row, struct kn_mac *ret, bool *ret_pinned)
{
	if (row->link && row->link->has_mac) {
		*ret = row->link->mac;
		*ret_pinned = row->link->mac_set;
		return true;
	}
	if (row->link || !row->conf || !row->conf->has_mac)
		return false;
	*ret = row->conf->mac;
	*ret_pinned = true;
	return true;
}

/* The kernel's MTU follows the smallest port unless it was set; it is what counts. */
bool kn_bridge_mtu(const struct kn_bridge_row *row, uint32_t *ret)
{
	if (row->link)
		*ret = row->link->mtu;
	else if (row->conf && row->conf->groups & KN_GROUP_MTU)
		*ret = row->conf->mtu;
	else
		return false;
	return true;
}

const struct kn_opts *kn_bridge_opts(const struct kn_bridge_row *row)
{
	return row->link ? &row->link->opts : &row->conf->opts;
}

/* A link that is no port has no port options, but its file may have some. */
const struct kn_opts *kn_port_opts(const struct kn_state *state, const struct kn_ifname *port)
{
	const struct kn_link *link = kn_facts_link(&state->facts, port);
	const struct kn_conf *conf = kn_confs_get(&state->confs, port);

	if (link && kn_ifname_is_set(&link->master))
		return &link->port_opts;
	return conf ? &conf->port_opts : NULL;
}
