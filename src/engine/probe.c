/* Probing: everything that a change or a view depends on, read once.
 * Layer: engine, effects (reads only). */
#include <string.h>

#include "kvmnet/engine.h"
#include "engine/look.h"
#include "engine/net.h"
#include "plan/net.h"
#include "sys/sys.h"

void kn_state_done(struct kn_state *state)
{
	kn_tree_done(&state->tree);
	kn_confs_done(&state->confs);
	kn_origins_done(&state->origins);
	kn_facts_done(&state->facts);
	kn_vnets_done(&state->nets);
	kn_vnics_done(&state->nics);
}

static int read_files(struct kn_engine *engine, const struct kn_names *names, struct kn_state *ret,
		      struct kn_error *err)
{
	if (!engine->backend)
		return 0;
	if (kn_tree_load(engine->root, engine->backend, names, &ret->tree, err) < 0)
		return -1;
	return engine->backend->read(&ret->tree, &ret->facts.host, &ret->confs, err);
}

/* The ports that the files put on the bridge belong to the question too. */
static int add_conf_ports(const struct kn_confs *confs, const struct kn_ifname *bridge,
			  struct kn_names *names, struct kn_error *err)
{
	for (size_t i = 0; i < confs->n; i++)
		if ((kn_ifname_eq(&confs->v[i].bridge, bridge) ||
		     kn_ifname_eq(&confs->v[i].master, bridge)) &&
		    !kn_names_has(names, &confs->v[i].name) &&
		    kn_names_add(names, &confs->v[i].name, err) < 0)
			return -1;
	return 0;
}

static void move_facts(struct kn_facts *host_side, struct kn_facts *live)
{
	struct kn_host host = host_side->host;

	*host_side = *live;
	host_side->host = host;
	*live = (struct kn_facts){0};
}

static bool is_bridge_of(const struct kn_spec *spec, const struct kn_ifname *name)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t i = 0; kn_ifname_is_set(name) && i < n; i++)
		if (kn_ifname_eq(&parts[i].bridge, name))
			return true;
	return false;
}

/* Links that the snapshot found as ports of the bridge carry addresses of interest too (a bridge
 * made by hand, half-done states): the second look asks for them by name. */
static bool add_live_ports(const struct kn_facts *facts, const struct kn_spec *spec,
			   struct kn_names *names, struct kn_error *err, int *ret)
{
	size_t before = names->n;

	*ret = 0;
	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *link = &facts->links[i];

		if (is_bridge_of(spec, &link->master) && link->kind != KN_LINK_TUN &&
		    !kn_names_has(names, &link->name) && kn_names_add(names, &link->name, err) < 0)
			*ret = -1;
	}
	return names->n > before;
}

/* A network may collide with any link and any route of the host; any link may be a VLAN of one
 * that is to go, or another port of the bond that one leaves. */
static bool has_nets(const struct kn_spec *spec)
{
	for (size_t i = 0; spec->verb == KN_APPLY && i < spec->n_parts; i++)
		if (kn_verb_is_net(spec->parts[i].verb) || spec->parts[i].verb == KN_LINK_DELETE ||
		    spec->parts[i].verb == KN_BOND_RELEASE)
			return true;
	return false;
}

/* What stands on a link decides whether it can be a port, and where its VLANs' frames go; those of
 * a new VLAN come from a link that may be a port, or have ports. */
static enum kn_tops tops(const struct kn_spec *spec)
{
	if (kn_spec_has_verb(spec, KN_VLAN_CREATE))
		return KN_TOPS_ALL;
	return kn_spec_has_verb(spec, KN_BRIDGE_CREATE) || kn_spec_has_verb(spec, KN_PORT_ADD) ||
			       kn_spec_has_verb(spec, KN_BOND_CREATE)
		       ? KN_TOPS_FREE
		       : KN_TOPS_NONE;
}

/* What a full look asks for. Neighbours are copied, never compared: the check of a result (the host
 * is known then) has no use for them, nor for other links' routes, which no change touches. */
static struct kn_live_request full_request(const struct kn_engine *engine,
					   const struct kn_spec *spec, const struct kn_ips *ips)
{
	bool checking = engine->host != NULL;
	bool all = kn_planner_wants_rivals(spec) || kn_reaches_has(&spec->reach, KN_REACH_GATEWAY);

	return (struct kn_live_request){
		.ips = ips->v,
		.n_ips = ips->n,
		.all_links = has_nets(spec),
		.ports = true,
		.uppers = !checking && kn_spec_has_verb(spec, KN_BRIDGE_DELETE),
		.tops = checking ? KN_TOPS_NONE : tops(spec),
		.vlans = !checking && kn_spec_has_verb(spec, KN_VLAN_CREATE),
		.neighs = !checking,
		.addrs = true,
		.groups = !checking,
		.routes = true,
		.policy = true,
		.rivals = has_nets(spec) ? KN_RIVALS_ROUTES
			  : all		 ? KN_RIVALS_ALL
			  : checking	 ? KN_RIVALS_NONE
					 : KN_RIVALS_IPV6};
}

/* What a look at the kernel is for. All borrowed. */
struct question {
	struct kn_engine *engine;
	const struct kn_spec *spec;
	const struct kn_confs *confs;
	struct kn_ips ips;
	struct kn_cidrs nets;
	struct kn_names *names;
};

static void question_done(struct question *q)
{
	kn_ips_done(&q->ips);
	kn_cidrs_done(&q->nets);
}

/* @rivals: whatever the change is about, read the default routes of all links. */
static int ask(const struct question *q, bool whole, bool rivals, struct kn_facts *facts,
	       struct kn_error *err)
{
	struct kn_live_request req = {.ports = true};

	if (whole)
		req = full_request(q->engine, q->spec, &q->ips);
	/* A bridge without a port may be what a killed run has left: what it has left on the
	 * uplink, now unknown, is found by its protocol. */
	if (rivals || (whole && q->spec->verb == KN_BRIDGE_DELETE && q->names->n == 1))
		req.rivals = KN_RIVALS_ALL;
	/* The check of a result has no use for them: they are its own by then. */
	if (whole && !q->engine->host) {
		req.nets = q->nets.v;
		req.n_nets = q->nets.n;
	}
	req.names = q->names->v;
	req.n_names = q->names->n;
	kn_facts_done(facts);
	return q->engine->live->snapshot(q->engine->live, &req, facts, err);
}

/* Where unknown ports are likely (the bridge is there already), the first look is at links alone:
 * addresses and routes are read once, whatever is found. Only where the change may put a default
 * route before those of other links, all of them are read in the end. */
static int look(const struct question *q, struct kn_facts *facts, struct kn_error *err)
{
	enum kn_rivals read = full_request(q->engine, q->spec, &q->ips).rivals;
	bool whole = q->spec->verb == KN_BRIDGE_CREATE || q->spec->verb == KN_APPLY;

	for (int round = 0; round < 2; round++) {
		bool more, last = whole;
		int r;

		if (ask(q, whole, false, facts, err) < 0)
			return -1;
		more = add_live_ports(facts, q->spec, q->names, err, &r);
		if (r < 0)
			return -1;
		if (last && !more)
			break;
		whole = true;
	}
	if (read == KN_RIVALS_ALL || read == KN_RIVALS_ROUTES ||
	    !kn_planner_needs_rivals(q->spec, q->confs, facts))
		return 0;
	return ask(q, true, true, facts, err);
}

static int read_live(struct kn_engine *engine, const struct kn_spec *spec, struct kn_names *names,
		     struct kn_state *ret, struct kn_error *err)
{
	struct question q KN_CLEANUP(question_done) = {
		.engine = engine, .spec = spec, .confs = &ret->confs, .names = names};
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};

	if (!engine->live)
		return 0;
	if (kn_planner_wanted_ips(spec, &q.ips, err) < 0 ||
	    kn_planner_wanted_nets(spec, &q.nets, err) < 0 || look(&q, &facts, err) < 0)
		return -1;
	facts.live = true;
	move_facts(&ret->facts, &facts);
	if (kn_owners_probe(engine->root, names, &ret->facts, err) < 0)
		return -1;
	/* Nothing moves where there are no addresses; and the check of a result knows already. */
	if (!engine->host && ret->facts.n_addrs &&
	    (spec->verb == KN_BRIDGE_CREATE || spec->verb == KN_BRIDGE_DELETE ||
	     spec->verb == KN_APPLY) &&
	    kn_root_is_host(engine->root) && kn_firewall_probe(names, &ret->facts, err) < 0)
		return -1;
	if (engine->ssh)
		ret->facts.has_ssh = engine->ssh(&ret->facts, &ret->facts.ssh_local,
						 &ret->facts.ssh_peer, engine->ssh_arg);
	return 0;
}

/* Scanning the processes costs; it is done only where a lease can be involved. */
static bool may_have_lease(const struct kn_spec *spec, const struct kn_state *state)
{
	for (size_t i = 0; i < state->facts.n_addrs; i++)
		if (state->facts.addrs[i].addr.ip.family == KN_IPV4 &&
		    state->facts.addrs[i].valid_s != UINT32_MAX)
			return true;
	for (size_t i = 0; i < state->confs.n; i++)
		if (state->confs.v[i].ip.dhcp4 &&
		    (kn_facts_link(&state->facts, &state->confs.v[i].name)))
			return true;
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);
	for (size_t i = 0; i < n; i++)
		if (parts[i].ip.dhcp4)
			return true;
	return false;
}

/* They are root's alone, and planning needs no privilege. Only giving back needs to know them; such
 * a plan is shown and not carried out. */
static int load_origins(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
			struct kn_error *err)
{
	if (kn_origins_load(engine->root, &ret->origins, err) == 0)
		return 0;
	if (err->kind != KN_ERR_PRIVILEGE || spec->verb == KN_BRIDGE_DELETE || spec->prune)
		return -1;
	kn_root_doubt(engine->root, err->sys_errno, KN_STATE_DIR);
	*err = (struct kn_error){0};
	return 0;
}

static int probe_host(struct kn_engine *engine, const struct kn_spec *spec, struct kn_host *ret,
		      struct kn_error *err)
{
	if (engine->host) {
		*ret = *engine->host;
		return 0;
	}
	if (kn_host_probe(engine->root, engine->live != NULL, ret, err) < 0)
		return -1;
	if (!kn_root_is_host(engine->root) ||
	    (spec->verb != KN_APPLY && (spec->verb != KN_BRIDGE_CREATE || spec->ports.n)))
		return 0;
	/* an image's clones are not to share a MAC address */
	return kn_host_seed(engine->root, &ret->seed, err);
}

static int add_name(const struct kn_ifname *name, struct kn_names *names, struct kn_error *err)
{
	if (!kn_ifname_is_set(name) || kn_names_has(names, name))
		return 0;
	return kn_names_add(names, name, err);
}

/* Bridges and ports that a change is about; each once. */
static int add_names(const struct kn_spec *spec, struct kn_names *names, struct kn_error *err)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t k = 0; k < n; k++) {
		if (add_name(&parts[k].bridge, names, err) < 0 ||
		    add_name(&parts[k].vlan.link, names, err) < 0)
			return -1;
		for (size_t i = 0; i < parts[k].ports.n; i++)
			if (add_name(&parts[k].ports.v[i], names, err) < 0)
				return -1;
	}
	return 0;
}

static int add_all_conf_ports(const struct kn_confs *confs, const struct kn_spec *spec,
			      struct kn_names *names, struct kn_error *err)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t i = 0; i < n; i++)
		if (kn_ifname_is_set(&parts[i].bridge) &&
		    add_conf_ports(confs, &parts[i].bridge, names, err) < 0)
			return -1;
	return 0;
}

int kn_engine_probe(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
		    struct kn_error *err)
{
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};

	if (kn_verb_is_net(spec->verb))
		return kn_net_probe(engine, spec, ret, err);
	if (add_names(spec, &names, err) < 0)
		return -1;
	if (probe_host(engine, spec, &ret->facts.host, err) < 0)
		return -1;
	if (read_files(engine, &names, ret, err) < 0 ||
	    add_all_conf_ports(&ret->confs, spec, &names, err) < 0)
		return -1;
	if (engine->backend && load_origins(engine, spec, ret, err) < 0)
		return -1;
	if (read_live(engine, spec, &names, ret, err) < 0 ||
	    kn_net_probe_bridge(engine, spec, ret, err) < 0)
		return -1;
	if (engine->live && may_have_lease(spec, ret))
		return kn_dhcp_find(&names, &ret->facts, err);
	return 0;
}

int kn_engine_note_resolv(struct kn_engine *engine, struct kn_state *state, struct kn_error *err)
{
	const struct kn_file *file = kn_tree_get(&state->tree, "/etc/resolv.conf");
	bool theirs = state->facts.host.nm_running || state->facts.host.resolved_running;

	/* A link leads to what another program writes. */
	if (!engine->backend || theirs ||
	    (!file && kn_root_exists(engine->root, "/etc/resolv.conf")))
		return 0;
	state->facts.resolv = strdup(file ? file->data : "");
	return state->facts.resolv ? 0 : kn_fail_nomem(err);
}

static int view_names(const struct kn_confs *confs, const struct kn_ifname *bridge,
		      struct kn_names *names, struct kn_error *err)
{
	if (bridge)
		return kn_names_add(names, bridge, err) < 0
			       ? -1
			       : add_conf_ports(confs, bridge, names, err);
	for (size_t i = 0; i < confs->n; i++)
		if (confs->v[i].type == KN_CONF_BRIDGE &&
		    kn_names_add(names, &confs->v[i].name, err) < 0)
			return -1;
	return 0;
}

int kn_engine_view(struct kn_engine *engine, const struct kn_ifname *bridge, struct kn_state *ret,
		   struct kn_error *err)
{
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};

	/* no name: a file that cannot be read is told, not refused */
	if (kn_host_probe(engine->root, engine->live != NULL, &ret->facts.host, err) < 0 ||
	    read_files(engine, &names, ret, err) < 0)
		return -1;
	if (view_names(&ret->confs, bridge, &names, err) < 0)
		return -1;
	if (!engine->live)
		return 0;
	struct kn_live_request req = {.names = names.v,
				      .n_names = names.n,
				      .ports = true,
				      .all_bridges = !bridge,
				      .addrs = true,
				      .routes = true};
	if (engine->live->snapshot(engine->live, &req, &facts, err) < 0)
		return -1;
	facts.live = true;
	move_facts(&ret->facts, &facts);
	return kn_engine_note_resolv(engine, ret, err);
}
