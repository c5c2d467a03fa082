/* Is the host still reachable? Layer: engine, effects (asks; changes nothing). */
#include "engine/check.h"

#include <linux/neighbour.h>
#include <stdlib.h>

#include "kvmnet/buf.h"
#include "plan/touched.h"
#include "sys/reach.h"

enum {
	KNOWN_MS = 1000,   /* before, for whom the kernel knows: lost packets happen */
	STRANGER_MS = 300, /* before, for whom it does not know: most likely nobody is there */
	/* After: the kernel gives a neighbour up after three seconds. Measured: a living one
	 * answers within 0.2 s (IPv4), 1.2 s when duplicate detection is under way (IPv6). */
	ANSWER_MS = 3500,
	CARRIER_MS = 10000, /* a card's link training, generously */
};

void kn_checks_done(struct kn_checks *checks)
{
	kn_names_done(&checks->touched);
	kn_probes_done(&checks->gateways);
	free(checks->given);
	*checks = (struct kn_checks){0};
}

static int reach(struct kn_engine *engine, struct kn_probe *probes, size_t n, uint32_t timeout_ms,
		 struct kn_error *err)
{
	if (!n || !engine->live->reach)
		return 0;
	return engine->live->reach(engine->live, probes, n, timeout_ms, err);
}

/* ---- before ---- */

/* Who overrides one of these rules has said that the host may be cut off. */
static bool may_be_cut_off(const struct kn_spec *spec)
{
	return kn_spec_forces(spec, "last-uplink") || kn_spec_forces(spec, "port-has-address");
}

static bool is_ssh_touched(const struct kn_facts *facts, const struct kn_names *touched)
{
	for (size_t i = 0; facts->has_ssh && i < facts->n_addrs; i++)
		if (kn_ip_eq(&facts->addrs[i].addr.ip, &facts->ssh_local) &&
		    kn_names_has(touched, &facts->addrs[i].dev))
			return true;
	return false;
}

static const struct kn_neigh *find_neigh(const struct kn_facts *facts, const struct kn_probe *probe)
{
	for (size_t i = 0; i < facts->n_neighs; i++)
		if (kn_ifname_eq(&facts->neighs[i].dev, &probe->dev) &&
		    kn_ip_eq(&facts->neighs[i].dst, &probe->ip))
			return &facts->neighs[i];
	return NULL;
}

/* Sorts out who needs to be asked: *ret gets those, with room for all. Return: the time it may
 * take, in milliseconds. */
static uint32_t pick_unknown(struct kn_checks *checks, struct kn_probe **ret, size_t *ret_n)
{
	uint32_t timeout = STRANGER_MS;

	for (size_t i = 0; i < checks->gateways.n; i++) {
		struct kn_probe *probe = &checks->gateways.v[i];
		const struct kn_neigh *neigh = find_neigh(checks->before, probe);

		if (neigh && (neigh->state & NUD_REACHABLE)) {
			probe->answer = KN_YES;
			continue;
		}
		if (neigh && neigh->has_mac)
			timeout = KNOWN_MS;
		ret[(*ret_n)++] = probe;
	}
	/* It is talking to us this very moment. */
	if (checks->has_peer) {
		timeout = KNOWN_MS;
		ret[(*ret_n)++] = &checks->peer;
	}
	return timeout;
}

/* One question for all of them, so that their waits do not add up. */
static int ask_unknown(struct kn_engine *engine, struct kn_checks *checks, struct kn_error *err)
{
	size_t room = checks->gateways.n + 1, n = 0;
	struct kn_probe **unknown = calloc(room, sizeof(struct kn_probe *));
	struct kn_probe *asked = calloc(room, sizeof(*asked));
	int r = -1;

	if (!unknown || !asked) {
		kn_fail_nomem(err);
	} else {
		uint32_t timeout = pick_unknown(checks, unknown, &n);

		for (size_t i = 0; i < n; i++)
			asked[i] = *unknown[i];
		r = reach(engine, asked, n, timeout, err);
		for (size_t i = 0; r == 0 && i < n; i++)
			*unknown[i] = asked[i];
	}
	free(unknown);
	free(asked);
	return r;
}

/* One --check that is more than a neighbour. Return: 0 it holds; -1. */
static int try_given(const struct kn_reach *given, uint32_t timeout_ms, struct kn_error *err)
{
	switch (given->kind) {
	case KN_REACH_PING:
		return kn_ping(&given->ip, timeout_ms, err);
	case KN_REACH_TCP:
		return kn_tcp_connect(&given->ip, given->port, timeout_ms, err);
	case KN_REACH_GATEWAY:
	case KN_REACH_PEER:
		break;
	}
	return 0;
}

static int ask_given(struct kn_checks *checks, struct kn_error *err)
{
	const struct kn_reaches *list = &checks->spec->reach;

	checks->given = calloc(list->n ? list->n : 1, sizeof(*checks->given));
	if (!checks->given)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < list->n; i++) {
		struct kn_error silent = {0};

		checks->given[i] = try_given(&list->v[i], KNOWN_MS, &silent) == 0 ? KN_YES : KN_NO;
		/* What cannot be asked before cannot be asked after either. */
		if (silent.kind && silent.kind != KN_ERR_UNCONFIRMED) {
			*err = silent;
			return -1;
		}
	}
	return 0;
}

static int check_peer(const struct kn_spec *spec, const struct kn_facts *facts,
		      struct kn_error *err)
{
	if (!kn_reaches_has(&spec->reach, KN_REACH_PEER) || facts->has_ssh)
		return 0;
	kn_fail(err, KN_ERR_USAGE, 0, "--check peer: this is no SSH session");
	return kn_hint(err, "sudo hides it: sudo --preserve-env=SSH_CONNECTION kvmnet ...; or name "
			    "the machine: --check ping:IP");
}

/* Whether @plan does anything that has to be checked. */
static bool is_live(const struct kn_engine *engine, const struct kn_plan *plan)
{
	for (size_t i = 0; engine->live && i < plan->n_ops; i++)
		if (kn_op_info(plan->ops[i].kind)->participant != KN_BY_FILES)
			return true;
	return false;
}

int kn_checks_before(struct kn_engine *engine, const struct kn_spec *spec,
		     const struct kn_state *state, const struct kn_plan *plan,
		     struct kn_checks *ret, struct kn_error *err)
{
	struct kn_checks checks = {.spec = spec, .plan = plan, .before = &state->facts};
	bool given = spec->reach.n > 0;

	*ret = checks;
	if (!is_live(engine, plan))
		return 0;
	if (check_peer(spec, checks.before, err) < 0 ||
	    kn_touched_links(plan, checks.before, &checks.touched, err) < 0)
		goto fail;
	checks.on = true;
	checks.by_default = !may_be_cut_off(spec);
	checks.has_peer = kn_reaches_has(&spec->reach, KN_REACH_PEER) ||
			  (checks.by_default && is_ssh_touched(checks.before, &checks.touched));
	checks.peer = (struct kn_probe){.kind = KN_PROBE_ROUTED, .ip = checks.before->ssh_peer};
	if (kn_default_gateways(checks.before, &checks.touched, &checks.gateways, err) < 0 ||
	    ask_unknown(engine, &checks, err) < 0 || (given && ask_given(&checks, err) < 0))
		goto fail;
	*ret = checks;
	return 0;
fail:
	kn_checks_done(&checks);
	return -1;
}

/* ---- after ---- */

/* What is not as it was, and is not coming back in time. */
static int await_health(struct kn_engine *engine, const struct kn_checks *checks,
			const struct kn_facts *after, struct kn_error *err)
{
	struct kn_health health = {checks->plan, &checks->touched, checks->before, after};
	struct kn_probes waits KN_CLEANUP(kn_probes_done) = {0};
	uint32_t timeout = CARRIER_MS + kn_health_delay_ms(after, &checks->plan->bridge);

	if (kn_health_check(&health, &waits, err) < 0 ||
	    reach(engine, waits.v, waits.n, timeout, err) < 0)
		return -1;
	for (size_t i = 0; i < waits.n; i++)
		if (waits.v[i].answer == KN_NO)
			return kn_health_fail(&waits.v[i], err);
	return 0;
}

/* A gateway that answered before: @ip itself, or with @ip NULL any of @family. */
static const struct kn_probe *answered(const struct kn_checks *checks, const struct kn_ip *ip,
				       enum kn_family family)
{
	for (size_t i = 0; i < checks->gateways.n; i++) {
		const struct kn_probe *probe = &checks->gateways.v[i];

		if (probe->answer == KN_YES &&
		    (ip ? kn_ip_eq(&probe->ip, ip) : probe->ip.family == family))
			return probe;
	}
	return NULL;
}

/* Is one of those that answered before still a gateway? */
static bool any_stays(const struct kn_checks *checks, const struct kn_probes *now,
		      enum kn_family family)
{
	for (size_t i = 0; i < now->n; i++)
		if (now->v[i].ip.family == family && answered(checks, &now->v[i].ip, family))
			return true;
	return false;
}

/* The one that @gateway replaces: the host had a gateway that worked, and now has another. */
static const struct kn_probe *replaced_by(const struct kn_checks *checks,
					  const struct kn_probes *now,
					  const struct kn_probe *gateway)
{
	if (any_stays(checks, now, gateway->ip.family))
		return NULL;
	return answered(checks, NULL, gateway->ip.family);
}

static int fail_gateway(const struct kn_checks *checks, const struct kn_probes *now,
			const struct kn_probe *gateway, struct kn_error *err)
{
	const struct kn_probe *same = answered(checks, &gateway->ip, gateway->ip.family);
	const struct kn_probe *old = same ? NULL : replaced_by(checks, now, gateway);
	char ip[KN_IP_STRLEN], old_ip[KN_IP_STRLEN];

	kn_ip_fmt(&gateway->ip, ip);
	if (same) {
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"gateway %s does not answer on %s; it did on %s before", ip, gateway->dev.s,
			same->dev.s);
		return kn_hint(err,
			       "see whether the cable is in (ip -br link) and it answers now: ping "
			       "-c 3 %s; else ask what the switch lets through that port (MAC "
			       "limit, 802.1X, VLAN)",
			       ip);
	}
	if (!old) {
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"gateway %s does not answer on %s; it did not before either", ip,
			gateway->dev.s);
		return kn_hint(err,
			       "see whether it answers now: ping -c 3 %s; while it does not, leave "
			       "--check gateway out",
			       ip);
	}
	kn_fail(err, KN_ERR_UNCONFIRMED, 0,
		"gateway %s does not answer on %s; %s, which it replaces, did on %s", ip,
		gateway->dev.s, kn_ip_fmt(&old->ip, old_ip), old->dev.s);
	return kn_hint(err,
		       "see whether it answers at all: ping -c 3 %s; for a network that is not "
		       "there yet write the files only: --no-live",
		       ip);
}

/* Keeps those of @now that have to answer. */
static int pick_required(const struct kn_checks *checks, const struct kn_probes *now, bool given,
			 struct kn_probes *ret, struct kn_error *err)
{
	for (size_t i = 0; i < now->n; i++) {
		const struct kn_probe *probe = &now->v[i];

		if (!given &&
		    !(checks->by_default && (answered(checks, &probe->ip, probe->ip.family) ||
					     replaced_by(checks, now, probe))))
			continue;
		if (kn_probes_add(ret, probe, err) < 0)
			return -1;
	}
	return 0;
}

/* Those behind the changed links; --check gateway looks further when there are none. */
static int list_gateways(const struct kn_checks *checks, const struct kn_facts *after, bool given,
			 struct kn_probes *ret, struct kn_error *err)
{
	if (kn_default_gateways(after, &checks->touched, ret, err) < 0)
		return -1;
	if (ret->n || !given)
		return 0;
	if (kn_default_gateways(after, NULL, ret, err) < 0)
		return -1;
	if (ret->n)
		return 0;
	kn_fail(err, KN_ERR_UNCONFIRMED, 0, "--check gateway: the host has no default gateway");
	return kn_hint(err, "look with: ip route show default; name one with --gateway IP, or "
			    "leave --check gateway out");
}

/* Return: -1. */
static int fail_silent(const struct kn_ip *gateway, struct kn_error *err)
{
	char ip[KN_IP_STRLEN];

	kn_wrap(err, "--check gateway");
	return err->hint[0] ? -1
			    : kn_hint(err, "see whether it answers now: ping -c 3 %s",
				      kn_ip_fmt(gateway, ip));
}

static int await_gateways(struct kn_engine *engine, const struct kn_checks *checks,
			  const struct kn_facts *after, struct kn_error *err)
{
	struct kn_probes now KN_CLEANUP(kn_probes_done) = {0};
	struct kn_probes asked KN_CLEANUP(kn_probes_done) = {0};
	bool given = kn_reaches_has(&checks->spec->reach, KN_REACH_GATEWAY);
	uint32_t timeout = ANSWER_MS + kn_health_delay_ms(after, &checks->plan->bridge);

	if (list_gateways(checks, after, given, &now, err) < 0 ||
	    pick_required(checks, &now, given, &asked, err) < 0 ||
	    reach(engine, asked.v, asked.n, timeout, err) < 0)
		return -1;
	for (size_t i = 0; i < asked.n; i++) {
		if (asked.v[i].answer == KN_NO)
			return fail_gateway(checks, &now, &asked.v[i], err);
		/* A permanent entry, or a link without neighbours: the gateway itself may tell. */
		if (given && asked.v[i].answer == KN_UNSET && engine->live->reach &&
		    kn_ping(&asked.v[i].ip, timeout, err) < 0)
			return fail_silent(&asked.v[i].ip, err);
	}
	return 0;
}

static int await_peer(struct kn_engine *engine, const struct kn_checks *checks,
		      const struct kn_facts *after, struct kn_error *err)
{
	bool given = kn_reaches_has(&checks->spec->reach, KN_REACH_PEER);
	struct kn_probe peer = {.kind = KN_PROBE_ROUTED, .ip = checks->peer.ip};
	uint32_t timeout = ANSWER_MS + kn_health_delay_ms(after, &checks->plan->bridge);
	char ip[KN_IP_STRLEN], via[KN_IP_STRLEN];

	if (!checks->has_peer || (!given && checks->peer.answer != KN_YES))
		return 0;
	if (reach(engine, &peer, 1, timeout, err) < 0)
		return -1;
	if (peer.answer != KN_NO)
		return 0;
	kn_ip_fmt(&peer.ip, ip);
	if (!kn_ifname_is_set(&peer.dev)) {
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"no route leads to %s, the other end of this SSH session", ip);
		return kn_hint(err,
			       "see the way that it has now: ip route get %s; keep that with "
			       "--route or --gateway",
			       ip);
	}
	kn_ip_fmt(peer.via.family ? &peer.via : &peer.ip, via);
	kn_fail(err, KN_ERR_UNCONFIRMED, 0,
		"%s does not answer on %s; this SSH session (from %s) needs it", via, peer.dev.s,
		ip);
	return kn_hint(err,
		       "see whether it answers now: ping -c 3 %s; a session over another "
		       "interface, or the console, does not need it",
		       via);
}

static int await_given(const struct kn_checks *checks, const struct kn_facts *after,
		       struct kn_error *err)
{
	const struct kn_reaches *list = &checks->spec->reach;
	uint32_t timeout = ANSWER_MS + kn_health_delay_ms(after, &checks->plan->bridge);

	for (size_t i = 0; i < list->n; i++) {
		char word[KN_REACH_STRLEN], ip[KN_IP_STRLEN];
		struct kn_error why = {0};

		if (try_given(&list->v[i], timeout, &why) == 0)
			continue;
		kn_reach_fmt(&list->v[i], word);
		if (checks->given[i] == KN_YES)
			return kn_fail(err, KN_ERR_UNCONFIRMED, 0,
				       "--check %s: %s; before the change it was fine", word,
				       why.message);
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"--check %s: %s; it was so before the change, too", word, why.message);
		return kn_hint(err,
			       "see the way there: ip route get %s; while nothing answers, "
			       "leave --check %s out",
			       kn_ip_fmt(&list->v[i].ip, ip), word);
	}
	return 0;
}

int kn_checks_after(struct kn_engine *engine, const struct kn_checks *checks,
		    const struct kn_facts *after, struct kn_error *err)
{
	if (!checks->on)
		return 0;
	if (await_health(engine, checks, after, err) < 0 ||
	    await_gateways(engine, checks, after, err) < 0 ||
	    await_peer(engine, checks, after, err) < 0)
		return -1;
	return await_given(checks, after, err);
}
