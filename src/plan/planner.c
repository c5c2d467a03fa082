/* The planner: resolve, safety rules, files, live steps. One value comes out.
 * Layer: plan, pure. */
#include "plan/planner.h"

#include <string.h>

#include "plan/ctx.h"
#include "plan/net.h"

int kn_planner_wanted_ips(const struct kn_spec *spec, struct kn_ips *ret, struct kn_error *err)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < parts[k].ip.addrs.n; i++)
			if (kn_ips_add(ret, &parts[k].ip.addrs.v[i].ip, err) < 0)
				return -1;
	return 0;
}

int kn_planner_wanted_nets(const struct kn_spec *spec, struct kn_cidrs *ret, struct kn_error *err)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < parts[k].ip.addrs.n; i++)
			if (kn_cidrs_add(ret, &parts[k].ip.addrs.v[i], err) < 0)
				return -1;
	return 0;
}

/* A superset of what preflight asks for: the target is not known yet when the kernel is read. */
bool kn_planner_wants_rivals(const struct kn_spec *spec)
{
	switch (spec->verb) {
	case KN_BRIDGE_CREATE:
	case KN_BRIDGE_SET:
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
		return spec->no_ip;
	case KN_BRIDGE_DELETE:
	case KN_PORT_ADD:
	case KN_LINK_DELETE:
		return true;
	case KN_PORT_REMOVE:
	case KN_PORT_SET:
	case KN_BOND_RELEASE:
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
		return false;
	case KN_APPLY:
		break;
	}
	for (size_t i = 0; i < spec->n_parts; i++)
		if (kn_planner_wants_rivals(&spec->parts[i]))
			return true;
	return false;
}

static bool conf_has(const struct kn_ipconf *ip, const struct kn_cidr *cidr)
{
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (kn_cidr_eq(&ip->addrs.v[i], cidr))
			return true;
	return false;
}

static int note_difference(const struct kn_inputs *in, const struct kn_target *target,
			   struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_conf *conf = kn_confs_get(in->confs, &target->uplink);
	const struct kn_facts *facts = in->facts;
	char buf[KN_CIDR_STRLEN];

	if (target->verb != KN_BRIDGE_CREATE || !facts->live || !conf || in->spec->no_ip)
		return 0;
	for (size_t i = 0; i < facts->n_addrs; i++) {
		const struct kn_laddr *addr = &facts->addrs[i];
		enum kn_family family = addr->addr.ip.family;

		if (!kn_ifname_eq(&addr->dev, &target->uplink) || conf->ip.dhcp4 ||
		    kn_gives_addr(in->spec, family) || kn_ip_is_link_local(&addr->addr.ip) ||
		    addr->valid_s != KN_LIFETIME_FOREVER || conf_has(&target->ip, &addr->addr))
			continue;
		if (kn_plan_note(plan, KN_NOTE_WARNING, err,
				 "%s is on %s but not in %s: it moves to %s now, and is gone after "
				 "the next boot",
				 kn_cidr_fmt(&addr->addr, buf), addr->dev.s, conf->path,
				 target->bridge.s) < 0)
			return -1;
	}
	return 0;
}

static bool has_stp(const struct kn_opts *opts, uint32_t delay)
{
	return kn_opts_get(opts, KN_BROPT_STP, 0) &&
	       kn_opts_get(opts, KN_BROPT_FORWARD_DELAY, delay) == delay;
}

/* Was the bridge so before, wherever it is now? */
static bool had_stp(const struct kn_inputs *in, const struct kn_target *target, uint32_t delay)
{
	const struct kn_link *link = kn_facts_link(in->facts, &target->bridge);
	const struct kn_conf *conf = kn_confs_get(in->confs, &target->bridge);

	return (link || conf) && (!link || has_stp(&link->opts, delay)) &&
	       (!conf || has_stp(&conf->opts, delay));
}

static int note_stp(const struct kn_inputs *in, const struct kn_target *target,
		    struct kn_plan *plan, struct kn_error *err)
{
	uint32_t delay = kn_opts_get(&target->opts, KN_BROPT_FORWARD_DELAY, 0);

	if (!kn_opts_get(&target->opts, KN_BROPT_STP, 0) || !delay || kn_plan_is_empty(plan) ||
	    had_stp(in, target, delay))
		return 0;
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "STP is on: at every boot, and for every guest that starts, a port of "
			    "%s is silent for %u seconds; the uplink that is attached now is not",
			    target->bridge.s, 2 * delay / 100);
}

/* Name servers of the running system: only where network-scripts would write them. */
static int plan_dns(const struct kn_inputs *in, const struct kn_target *target,
		    struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_host *host = &in->facts->host;
	const struct kn_ipconf *ip = &target->ip;

	if (in->backend && in->facts->live && target->verb == KN_BRIDGE_DELETE)
		return in->backend->restore_dns(in->tree, in->origins, plan, err);
	if (!in->backend || !in->facts->live || !(in->spec->given & KN_GROUP_DNS) ||
	    !(ip->dns.n || ip->search.n))
		return 0;
	if (host->nm_running || host->resolved_running)
		return kn_plan_note(plan, KN_NOTE_INFO, err,
				    "resolv.conf is left alone: %s writes it",
				    host->nm_running ? "NetworkManager" : "systemd-resolved");
	return in->backend->render_dns(in->tree, &ip->dns, &ip->search, plan, err);
}

static int render_files(const struct kn_inputs *in, const struct kn_target *target,
			struct kn_plan *plan, struct kn_error *err)
{
	if (!in->backend)
		return 0;
	if (in->tree->dir_missing && !in->spec->backend_given &&
	    (target->verb == KN_BRIDGE_CREATE || kn_verb_is_link(target->verb))) {
		kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			"there is no %s: nothing here reads ifcfg files", in->backend->dir);
		return kn_hint(err,
			       "--no-persist changes the kernel only; --backend ifcfg makes the "
			       "directory; --root DIR works on another tree");
	}
	return in->backend->render(target, in->tree, in->origins, plan, err);
}

static int add_file_ops(struct kn_plan *plan, struct kn_error *err)
{
	for (size_t i = 0; i < plan->files.n; i++) {
		struct kn_op op = {.kind = KN_OP_FILE, .phase = KN_PHASE_FILES, .file = i};

		if (kn_plan_add_op(plan, &op, err) < 0)
			return -1;
	}
	return 0;
}

/* What is to be removed is not there: a repeated command, or a mistyped name. *ret tells. */
static int is_gone_already(const struct kn_inputs *in, const struct kn_target *target,
			   struct kn_plan *plan, bool *ret, struct kn_error *err)
{
	const struct kn_ifname *br = &target->bridge;
	struct kn_names ports KN_CLEANUP(kn_names_done) = {0};

	*ret = false;
	if (target->verb == KN_BRIDGE_DELETE || target->verb == KN_LINK_DELETE) {
		*ret = !target->ports.n && !kn_confs_get(in->confs, br) &&
		       !kn_facts_link(in->facts, br);
		return *ret ? kn_plan_note(plan, KN_NOTE_INFO, err,
					   "there is no %s %s, neither in the kernel nor in "
					   "the files",
					   target->verb == KN_LINK_DELETE ? "link" : "bridge",
					   br->s)
			    : 0;
	}
	if (target->verb != KN_PORT_REMOVE && target->verb != KN_BOND_RELEASE)
		return 0;
	if (kn_bridge_ports(in, br, &ports, err) < 0)
		return -1;
	for (size_t i = 0; i < target->ports.n; i++)
		if (kn_names_has(&ports, &target->ports.v[i]))
			return 0;
	*ret = true;
	return kn_plan_note(plan, KN_NOTE_INFO, err, "%s is no port of %s", target->ports.v[0].s,
			    br->s);
}

static int run(const struct kn_inputs *in, struct kn_target *target, struct kn_plan *plan,
	       struct kn_error *err)
{
	bool gone;

	if (kn_resolve(in, target, plan, err) < 0 ||
	    is_gone_already(in, target, plan, &gone, err) < 0)
		return -1;
	if (gone)
		return 0;
	if (kn_preflight(in, target, plan, err) < 0)
		return -1;
	if (in->faults && in->faults->n)
		return 0;
	if (render_files(in, target, plan, err) < 0 || plan_dns(in, target, plan, err) < 0)
		return -1;
	if (add_file_ops(plan, err) < 0 || kn_plan_live(in, target, plan, err) < 0)
		return -1;
	if (note_difference(in, target, plan, err) < 0 || kn_note_costs(in, target, plan, err) < 0)
		return -1;
	if (kn_plan_confirm(in, target, plan, err) < 0 || note_stp(in, target, plan, err) < 0)
		return -1;
	/* libvirt last: its network needs the bridge. */
	return in->spec->network && in->nets ? kn_plan_net(in, plan, err) : 0;
}

/* A network has no part in files and addresses of the host. */
static int run_net(const struct kn_inputs *in, struct kn_plan *plan, struct kn_error *err)
{
	plan->backend = in->nets->offline ? "libvirt's files" : "libvirt";
	plan->network = strdup(in->spec->network->name.s);
	return plan->network ? kn_plan_net(in, plan, err) : kn_fail_nomem(err);
}

int kn_planner_run(const struct kn_inputs *in, struct kn_plan *ret, struct kn_error *err)
{
	struct kn_target target KN_CLEANUP(kn_target_done) = {0};
	struct kn_plan plan = {.verb = in->spec->verb, .bridge = in->spec->bridge};

	plan.backend = in->backend ? in->backend->name : NULL;
	if (kn_verb_is_net(in->spec->verb) ? run_net(in, &plan, err) < 0
					   : run(in, &target, &plan, err) < 0) {
		kn_plan_done(&plan);
		return -1;
	}
	*ret = plan;
	return 0;
}
