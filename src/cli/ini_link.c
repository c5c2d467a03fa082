/* Keys of [bond] and [vlan]. Their names are those of ip-link(8), their values the kernel's words.
 * Layer: cli, pure. */
#include "cli/ini_link.h"

#include <stdio.h>
#include <string.h>

#include "kvmnet/num.h"

/* ---- values ---- */

int kn_ini_take_bond_opt(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
			 struct kn_error *err)
{
	struct kn_error why = {0};
	uint32_t value;

	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++) {
		const struct kn_opt_info *info = kn_bond_opt_info(i);

		if (strcmp(info->name, key->name) != 0)
			continue;
		if (kn_opt_parse(info, key->value, &value, &why) < 0)
			return kn_part_fault(parts, part, key, &why, err);
		kn_opts_set(&part->cli.spec.bond_opts, i, value);
	}
	return 0;
}

static int take_name(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		     struct kn_ifname *ret, struct kn_error *err)
{
	struct kn_error why = {0};

	if (kn_ifname_parse(key->value, ret, &why) == 0)
		return 0;
	return kn_part_fault(parts, part, key, &why, err);
}

int kn_ini_take_primary(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
			struct kn_error *err)
{
	return take_name(parts, part, key, &part->cli.spec.primary, err);
}

int kn_ini_take_link(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		     struct kn_error *err)
{
	return take_name(parts, part, key, &part->cli.spec.vlan.link, err);
}

/* Source: IEEE 802.1Q: 0 is a frame without a VLAN, 4095 is reserved. */
int kn_ini_take_id(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		   struct kn_error *err)
{
	struct kn_error why = {0};
	uint32_t id;

	if (kn_num_parse(key->value, "id", 1, 4094, &id, &why) < 0)
		return kn_part_fault(parts, part, key, &why, err);
	part->cli.spec.vlan.id = (uint16_t)id;
	return 0;
}

/* A bond has no uplink whose address it could take: its first port's it takes anyway. */
int kn_ini_take_mac(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		    struct kn_error *err)
{
	struct kn_error why = {0};

	if (kn_mac_parse(key->value, &part->cli.spec.mac, &why) < 0)
		return kn_part_fault(parts, part, key, &why, err);
	part->cli.spec.mac_mode = KN_MAC_GIVEN;
	return 0;
}

/* ---- the whole of a bond ---- */

/* Tells that @name does not go with what the section says. */
static int misfit(struct kn_parts *parts, struct kn_part *part, const char *name, const char *why,
		  struct kn_error *err)
{
	const struct kn_ini_key *key = kn_ini_get(part->section, name);
	struct kn_error fault = {0};

	if (!key)
		return 0;
	kn_fail(&fault, KN_ERR_INPUT, 0, "%s = %s: %s", name, key->value, why);
	return kn_part_fault(parts, part, key, &fault, err);
}

static int missing(struct kn_parts *parts, struct kn_part *part, const char *name,
		   const char *example, struct kn_error *err)
{
	struct kn_error why = {0};

	if (kn_ini_get(part->section, name))
		return 0;
	kn_fail(&why, KN_ERR_INPUT, 0, "the key %s is missing", name);
	kn_hint(&why, "%s = %s", name, example);
	return kn_part_fault(parts, part, NULL, &why, err);
}

/* The kernel would refuse these, or take them without any effect. */
static int check_mode(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_spec *spec = &part->cli.spec;
	uint32_t mode = kn_opts_get(&spec->bond_opts, KN_BONDOPT_MODE, KN_BOND_ACTIVE_BACKUP);

	if (!kn_bond_mode_has(mode, KN_BONDOPT_LACP_RATE) &&
	    misfit(parts, part, "lacp-rate", "only mode = 802.3ad has it", err) < 0)
		return -1;
	if (!kn_bond_mode_has(mode, KN_BONDOPT_XMIT_HASH_POLICY) &&
	    misfit(parts, part, "xmit-hash-policy",
		   "only the modes balance-xor, 802.3ad and balance-tlb choose a port by "
		   "a hash",
		   err) < 0)
		return -1;
	if (!kn_bond_mode_has_primary(mode) &&
	    misfit(parts, part, "primary",
		   "only the modes active-backup, balance-tlb and balance-alb have one", err) < 0)
		return -1;
	if (!kn_ifname_is_set(&spec->primary) || kn_names_has(&spec->ports, &spec->primary))
		return 0;
	return misfit(parts, part, "primary", "it is none of the bond's ports", err);
}

/* The kernel counts them in steps of miimon, and cuts off what is left. */
static int check_delays(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	static const struct {
		enum kn_bond_opt id;
		const char *name;
	} delays[] = {{KN_BONDOPT_UPDELAY, "updelay"}, {KN_BONDOPT_DOWNDELAY, "downdelay"}};
	const struct kn_opts *opts = &part->cli.spec.bond_opts;
	uint32_t step = kn_opts_get(opts, KN_BONDOPT_MIIMON, KN_BOND_MIIMON_MS);
	char why[64];

	(void)snprintf(why, sizeof(why), "it is no multiple of miimon (%u)", step);
	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
		uint32_t delay = kn_opts_get(opts, delays[i].id, 0);

		if (!delay || (step && delay % step == 0))
			continue;
		if (misfit(parts, part, delays[i].name,
			   step ? why : "with miimon = 0 nothing watches the cables", err) < 0)
			return -1;
	}
	return 0;
}

int kn_ini_end_bond(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	if (missing(parts, part, "ports", "eth0 eth1", err) < 0 || check_mode(parts, part, err) < 0)
		return -1;
	return check_delays(parts, part, err);
}

/* ---- the whole of a VLAN ---- */

/* Readers of ifcfg files have the number from the name. */
static int check_name(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_vlan *vlan = &part->cli.spec.vlan;
	const char *name = part->section->name;
	struct kn_vlan_names names = kn_vlan_names(vlan);
	bool fits = strlen(names.dotted) < KN_IFNAME_SIZE;
	struct kn_error why = {0};

	if (!kn_ifname_is_set(&vlan->link) || !vlan->id || kn_vlan_is_named(vlan, name))
		return 0;
	kn_fail(&why, KN_ERR_INPUT, 0, "VLAN %u of %s cannot be called %s", vlan->id, vlan->link.s,
		name);
	kn_hint(&why, "network-scripts read the number in the name: call it %s%s%s",
		fits ? names.dotted : "", fits ? " or " : "", names.plain);
	return kn_part_fault(parts, part, NULL, &why, err);
}

int kn_ini_end_vlan(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	if (missing(parts, part, "link", "bond0", err) < 0 ||
	    missing(parts, part, "id", "10", err) < 0)
		return -1;
	return check_name(parts, part, err);
}
