/* Reads what hangs on the links: guests by their processes, libvirt's networks and guests by their
 * files. No daemon is asked: that would cost a connection, and start one that does not run.
 * Layer: engine, effects (reads only). */
#include <string.h>

#include "codec/domxml.h"
#include "codec/netxml.h"
#include "engine/look.h"
#include "plan/compare.h"
#include "sys/netfiles.h"
#include "sys/sys.h"

/* Source: libvirt's src/network/bridge_driver.c, networkStateInitialize(). */
#define ACTIVE "/run/libvirt/network"

#define DEFINITION_MAX (1024 * 1024)

static bool is_xml(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".xml") == 0;
}

/* What is not to be read or understood is left out; lack of rights is noted. */
static bool read_xml(struct kn_root *root, const char *path, struct kn_buf *text, bool *hidden)
{
	struct kn_error failure = {0};
	bool present;

	text->len = 0;
	if (kn_root_read(root, path, DEFINITION_MAX, text, &present, &failure) == 0)
		return present;
	*hidden |= failure.kind == KN_ERR_PRIVILEGE;
	return false;
}

static int list_xml(struct kn_root *root, const char *dir, struct kn_strv *ret, bool *hidden,
		    struct kn_error *err)
{
	struct kn_error failure = {0};
	bool exists;

	if (kn_root_list(root, dir, ret, &exists, &failure) == 0)
		return 0;
	if (failure.kind == KN_ERR_NOMEM) {
		*err = failure;
		return -1;
	}
	*hidden |= failure.kind == KN_ERR_PRIVILEGE;
	return 0;
}

/* ---- networks ---- */

/* The row of that name, made when there is none. */
static struct kn_disknet *net_row(struct kn_wiring *wiring, const char *name, struct kn_error *err)
{
	for (size_t i = 0; i < wiring->nets.n; i++)
		if (strcmp(wiring->nets.v[i].net.name.s, name) == 0)
			return &wiring->nets.v[i];
	if (kn_grow(&wiring->nets.v, &wiring->nets.cap, wiring->nets.n + 1, sizeof(*wiring->nets.v),
		    err) < 0)
		return NULL;
	struct kn_disknet *net = &wiring->nets.v[wiring->nets.n++];
	*net = (struct kn_disknet){0};
	return net;
}

/* Of a network that runs, what runs counts: it is read last. */
static int take_net(struct kn_wiring *wiring, struct kn_netdef *def, bool active,
		    struct kn_error *err)
{
	struct kn_disknet *net = net_row(wiring, def->net.name.s, err);

	if (!net)
		return -1;
	kn_network_done(&net->net);
	net->net = def->net;
	net->mode_known = def->mode_known;
	net->active |= active;
	net->defined |= !active;
	def->net = (struct kn_network){0};
	return 0;
}

static int read_nets(struct kn_root *root, const char *dir, bool active, struct kn_wiring *wiring,
		     struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (list_xml(root, dir, &names, &wiring->nets_hidden, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
		struct kn_error ignored = {0};

		path.len = 0;
		kn_buf_printf(&path, "%s/%s", dir, names.v[i]);
		if (kn_buf_check(&path, err) < 0)
			return -1;
		if (is_xml(names.v[i]) &&
		    read_xml(root, kn_buf_str(&path), &text, &wiring->nets_hidden) &&
		    kn_netxml_parse(kn_buf_str(&path), kn_buf_str(&text), text.len, &def,
				    &ignored) == 0 &&
		    take_net(wiring, &def, active, err) < 0)
			return -1;
	}
	return 0;
}

static int read_autostart(struct kn_root *root, struct kn_wiring *wiring, struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};

	if (list_xml(root, KN_NETFILES_AUTOSTART, &names, &wiring->nets_hidden, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		for (size_t k = 0; k < wiring->nets.n; k++) {
			struct kn_disknet *net = &wiring->nets.v[k];
			size_t len = strlen(net->net.name.s);

			net->autostart |= is_xml(names.v[i]) && strlen(names.v[i]) == len + 4 &&
					  !memcmp(names.v[i], net->net.name.s, len);
		}
	return 0;
}

/* ---- guests ---- */

static int read_guests(struct kn_root *root, struct kn_wiring *wiring, struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (list_xml(root, KN_DOMFILES_DIR, &names, &wiring->nets_hidden, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct kn_error failure = {0};

		path.len = 0;
		kn_buf_printf(&path, KN_DOMFILES_DIR "/%s", names.v[i]);
		if (kn_buf_check(&path, err) < 0)
			return -1;
		struct kn_vdom dom = {.name = names.v[i]};
		if (!is_xml(names.v[i]) ||
		    !read_xml(root, kn_buf_str(&path), &text, &wiring->nets_hidden))
			continue;
		/* libvirt names the file after the guest. */
		dom.name[strlen(dom.name) - 4] = '\0';
		dom.xml = text.data;
		if (kn_domxml_nics(&dom, &wiring->vnics, &failure) == 0)
			continue;
		if (failure.kind == KN_ERR_NOMEM) {
			*err = failure;
			return -1;
		}
	}
	return 0;
}

int kn_wiring_read(struct kn_engine *engine, bool guests_too, struct kn_wiring *ret,
		   struct kn_error *err)
{
	if (read_nets(engine->root, KN_NETFILES_DIR, false, ret, err) < 0 ||
	    read_autostart(engine->root, ret, err) < 0)
		return -1;
	if (engine->live && (read_nets(engine->root, ACTIVE, true, ret, err) < 0 ||
			     kn_guests_find(&ret->guests, err) < 0))
		return -1;
	return guests_too ? read_guests(engine->root, ret, err) : 0;
}

/* One dump of links, one of addresses, one of routes of each family; where a bridge filters VLANs,
 * one of these. */
int kn_engine_look(struct kn_engine *engine, struct kn_state *ret, struct kn_error *err)
{
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};
	struct kn_names none = {0};
	struct kn_live_request req = {.all_links = true,
				      .speeds = true,
				      .ports = true,
				      .addrs = true,
				      .routes = true,
				      .vlans = true};

	if (kn_host_probe(engine->root, engine->live != NULL, &ret->facts.host, err) < 0)
		return -1;
	if (engine->backend &&
	    (kn_tree_load(engine->root, engine->backend, &none, &ret->tree, err) < 0 ||
	     engine->backend->read(&ret->tree, &ret->facts.host, &ret->confs, err) < 0))
		return -1;
	if (!engine->live)
		return 0;
	if (engine->live->snapshot(engine->live, &req, &facts, err) < 0)
		return -1;
	facts.host = ret->facts.host;
	facts.live = true;
	ret->facts = facts;
	facts = (struct kn_facts){0};
	return kn_engine_note_resolv(engine, ret, err);
}

int kn_engine_note_zones(struct kn_engine *engine, struct kn_state *state, struct kn_error *err)
{
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};

	for (size_t i = 0; i < state->confs.n; i++)
		if (kn_conf_has_zone(&state->confs.v[i]) &&
		    kn_names_add(&names, &state->confs.v[i].name, err) < 0)
			return -1;
	if (!names.n || !state->facts.live || !kn_root_is_host(engine->root))
		return 0;
	return kn_firewall_probe(&names, &state->facts, err);
}
