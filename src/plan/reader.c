/* Who will read the files, and what NM_CONTROLLED has to say to it.
 * Layer: plan, pure. Source: DESIGN, Rulings "MAC" and "STP and timers"; IFCFG.md. */
#include "plan/ctx.h"

static enum kn_reader scripts_reader(const struct kn_host *host)
{
	return host->scripts_seconds ? KN_READER_SCRIPTS_7 : KN_READER_SCRIPTS_8;
}

/* Return: true and the one program that will bring the files up; false when it is unclear. */
static bool detect(const struct kn_host *host, enum kn_reader *ret)
{
	if (host->scripts_enabled)
		*ret = scripts_reader(host);
	else if (host->has_nm_plugin && (host->nm_enabled || !host->has_scripts))
		*ret = KN_READER_NM;
	else if (host->has_scripts && !host->has_nm_plugin)
		*ret = scripts_reader(host);
	else if (!host->has_scripts && !host->has_nm_plugin)
		*ret = KN_READER_NONE;
	else
		return false;
	return true;
}

static bool wants_timers(const struct kn_spec *spec)
{
	uint32_t timers = 1u << KN_BROPT_AGEING | 1u << KN_BROPT_HELLO | 1u << KN_BROPT_MAX_AGE;

	return (spec->opts.has & timers) ||
	       kn_opts_get(&spec->opts, KN_BROPT_FORWARD_DELAY, 0) != 0;
}

static const struct kn_conf *leading_conf(const struct kn_inputs *in,
					  const struct kn_target *target)
{
	const struct kn_conf *conf = kn_confs_get(in->confs, &target->bridge);

	if (!conf && kn_ifname_is_set(&target->uplink))
		conf = kn_confs_get(in->confs, &target->uplink);
	if (!conf && target->verb == KN_BOND_CREATE && target->ports.n)
		conf = kn_confs_get(in->confs, &target->ports.v[0]);
	if (!conf && target->verb == KN_VLAN_CREATE)
		conf = kn_confs_get(in->confs, &target->vlan.link);
	return conf;
}

int kn_resolve_reader(const struct kn_inputs *in, struct kn_target *target, struct kn_plan *plan,
		      struct kn_error *err)
{
	const struct kn_spec *spec = in->spec;
	const struct kn_conf *conf = leading_conf(in, target);

	target->reader = spec->reader;
	if (target->reader == KN_READER_AUTO && !detect(&in->facts->host, &target->reader)) {
		target->reader = scripts_reader(&in->facts->host);
		if (kn_rule(in, plan, "two-managers", err,
			    "say it with --reader nm or --reader network-scripts-8 "
			    "(network-scripts-7 up to RHEL 7)",
			    "network-scripts and NetworkManager are both installed and neither is "
			    "enabled: which one will read the files is unclear") < 0)
			return -1;
	}
	switch (target->reader) {
	case KN_READER_SCRIPTS_7:
	case KN_READER_SCRIPTS_8:
		target->nm_controlled = KN_NO;
		return 0;
	case KN_READER_NM:
		target->nm_controlled = KN_UNSET;
		return 0;
	case KN_READER_AUTO:
	case KN_READER_NONE:
		break;
	}
	/* Nobody reads: stay with what the admin's file says, alike on bridge and ports. */
	target->nm_controlled = conf && conf->nm_controlled == KN_NO ? KN_NO : KN_UNSET;
	if (wants_timers(spec) &&
	    kn_rule(in, plan, "reader-unknown", err,
		    "say which one will read them with --reader nm or --reader network-scripts-8",
		    "the readers of ifcfg files disagree on the unit of the bridge timers, and "
		    "none "
		    "is installed here") < 0)
		return -1;
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "nothing installed here reads ifcfg files (neither network-scripts nor "
			    "NetworkManager's ifcfg-rh plugin)");
}
