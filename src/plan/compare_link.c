/* Comparing bonds and VLANs between files and kernel. Layer: plan, pure. */
#include <stdio.h>

#include "kvmnet/text.h"
#include "plan/compare_ip.h"

bool kn_conf_is_compared(const struct kn_conf *conf)
{
	return conf->type == KN_CONF_BRIDGE || conf->type == KN_CONF_BOND ||
	       conf->type == KN_CONF_VLAN;
}

static bool is_bond(const struct kn_compare *cmp)
{
	return cmp->conf->type == KN_CONF_BOND;
}

/* ONBOOT=no asks for no link. */
static int compare_existence(const struct kn_compare *cmp, struct kn_error *err)
{
	struct kn_diff diff = {.kind = is_bond(cmp) ? KN_DIFF_BOND : KN_DIFF_VLAN};

	if (!cmp->link && cmp->conf->onboot == KN_NO)
		return 0;
	return kn_diff_add(cmp, &diff, is_bond(cmp) ? "bond" : "vlan",
			   !cmp->link	  ? NULL
			   : is_bond(cmp) ? "no bond"
					  : "no vlan",
			   err);
}

/* A bond or VLAN without MACADDR has the address of what is below. */
static int compare_mac(const struct kn_compare *cmp, struct kn_error *err)
{
	struct kn_diff diff = {.kind = KN_DIFF_MAC};
	char want[KN_MAC_STRLEN], have[KN_MAC_STRLEN];

	if (!cmp->conf->has_mac || !cmp->link->has_mac ||
	    kn_mac_eq(&cmp->conf->mac, &cmp->link->mac))
		return 0;
	return kn_diff_add(cmp, &diff, kn_mac_fmt(&cmp->conf->mac, want),
			   kn_mac_fmt(&cmp->link->mac, have), err);
}

/* A name that one side says otherwise; "" = none. */
static int compare_name(const struct kn_compare *cmp, const char *option,
			const struct kn_ifname *want, const struct kn_ifname *have,
			struct kn_error *err)
{
	struct kn_diff diff = {.kind = KN_DIFF_OPTION, .option = option};
	struct kn_buf file KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf kernel KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_ifname_eq(want, have))
		return 0;
	kn_text_name(&file, want);
	kn_text_name(&kernel, have);
	if (kn_buf_check(&file, err) < 0 || kn_buf_check(&kernel, err) < 0)
		return -1;
	return kn_diff_add(cmp, &diff, kn_buf_str(&file),
			   kn_ifname_is_set(have) ? kn_buf_str(&kernel) : NULL, err);
}

/* ---- bonds ---- */

/* What the kernel makes of the file's words: it counts delays in steps of miimon, and takes some
 * options in some modes only. Source: kernel bond_options.c, bond_option_updelay_set() and
 * .unsuppmodes of bond_opts[]. */
static struct kn_opts effective(const struct kn_opts *want, const struct kn_opts *have)
{
	static const enum kn_bond_opt delays[] = {KN_BONDOPT_UPDELAY, KN_BONDOPT_DOWNDELAY};
	uint32_t step = kn_opts_get(have, KN_BONDOPT_MIIMON, 0);
	struct kn_opts opts = *want;

	for (size_t i = 0; i < sizeof(delays) / sizeof(*delays); i++) {
		uint32_t *delay = &opts.val[delays[i]];

		*delay = step ? *delay - *delay % step : 0;
	}
	if (!kn_bond_mode_has(kn_opts_get(have, KN_BONDOPT_MODE, 0), KN_BONDOPT_LACP_RATE))
		opts.has &= ~(1u << KN_BONDOPT_LACP_RATE);
	return opts;
}

static int compare_bond(const struct kn_compare *cmp, struct kn_error *err)
{
	const struct kn_opts *have = &cmp->link->bond_opts;
	struct kn_opts want = effective(&cmp->conf->bond_opts, have);

	if (kn_compare_opts(cmp, cmp->bridge, &want, have, err) < 0)
		return -1;
	if (kn_ifname_is_set(&cmp->conf->primary) &&
	    kn_bond_mode_has_primary(kn_opts_get(have, KN_BONDOPT_MODE, KN_BOND_ACTIVE_BACKUP)) &&
	    compare_name(cmp, "primary", &cmp->conf->primary, &cmp->link->primary, err) < 0)
		return -1;
	return kn_compare_ports(cmp, err);
}

/* ---- VLANs ---- */

/* The link below may be in another namespace, where it has no name here. */
static int compare_vlan(const struct kn_compare *cmp, struct kn_error *err)
{
	const struct kn_vlan *want = &cmp->conf->vlan;
	struct kn_diff diff = {.kind = KN_DIFF_OPTION, .option = "id"};
	char file[8], kernel[8];

	if (kn_ifname_is_set(&want->link) && kn_ifname_is_set(&cmp->link->lower) &&
	    compare_name(cmp, "link", &want->link, &cmp->link->lower, err) < 0)
		return -1;
	if (!want->id || !cmp->link->vlan_id || want->id == cmp->link->vlan_id)
		return 0;
	(void)snprintf(file, sizeof(file), "%u", want->id);
	(void)snprintf(kernel, sizeof(kernel), "%u", cmp->link->vlan_id);
	return kn_diff_add(cmp, &diff, file, kernel, err);
}

/* ---- both ---- */

/* In its place as a port, it has been looked at with its bridge: a difference is told once. */
static bool is_told_with_bridge(const struct kn_compare *cmp)
{
	return kn_ifname_is_set(&cmp->conf->bridge) &&
	       kn_ifname_eq(&cmp->conf->bridge, &cmp->link->master);
}

static int compare_own(const struct kn_compare *cmp, struct kn_error *err)
{
	if (is_told_with_bridge(cmp))
		return 0;
	if (kn_compare_state(cmp, err) < 0 || kn_compare_mtu(cmp, cmp->conf, cmp->link, err) < 0 ||
	    kn_compare_ip(cmp, err) < 0)
		return -1;
	return kn_compare_dns(cmp, err) < 0 ? -1 : kn_compare_zone(cmp, err);
}

int kn_compare_link(const struct kn_confs *confs, const struct kn_facts *facts,
		    const struct kn_ifname *name, struct kn_diffs *ret, struct kn_error *err)
{
	struct kn_compare cmp = {.confs = confs,
				 .facts = facts,
				 .bridge = name,
				 .conf = kn_confs_get(confs, name),
				 .link = kn_facts_link(facts, name),
				 .ret = ret};

	if (!facts->live || !cmp.conf || !kn_conf_is_compared(cmp.conf))
		return 0;
	if (cmp.conf->type == KN_CONF_BRIDGE)
		return kn_compare_bridge(confs, facts, name, ret, err);
	if (!cmp.link || cmp.link->kind != (is_bond(&cmp) ? KN_LINK_BOND : KN_LINK_VLAN))
		return compare_existence(&cmp, err);
	if ((is_bond(&cmp) ? compare_bond(&cmp, err) : compare_vlan(&cmp, err)) < 0 ||
	    compare_mac(&cmp, err) < 0)
		return -1;
	return compare_own(&cmp, err);
}
