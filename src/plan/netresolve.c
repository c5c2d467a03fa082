/* Asked for + there already + defaults = the network. Layer: plan, pure. */
#include "plan/netresolve.h"

#include <stdio.h>
#include <string.h>

#define H(id) KN_NET_HAS(id)

/* What stays although it is not asked for any more: changing it would cut guests off. */
#define ALWAYS_KEPT (H(UUID) | H(MAC) | H(BRIDGE))
/* What has rules of its own below. */
#define BY_FAMILY (H(SUBNETS) | H(DHCP))

/* The groups of the present definition that stay. */
static uint32_t kept_groups(const struct kn_netinputs *in)
{
	const struct kn_network *have = &in->have->net;
	uint32_t kept = have->has & ~in->want->has & (~have->managed | ALWAYS_KEPT);

	/* A bridge of libvirt's own and one of the host are two different things. */
	if (kn_netmode_has_bridge(have->mode) != kn_netmode_has_bridge(in->want->mode))
		kept &= ~(H(BRIDGE) | H(MAC));
	if (have->mode != in->want->mode)
		kept &= ~H(DEVS);
	return kept & kn_netmode_groups(in->want->mode) & ~BY_FAMILY;
}

/* ---- subnets ---- */

static int add_subnet(struct kn_network *net, const struct kn_cidr *subnet, struct kn_error *err)
{
	net->has |= H(SUBNETS);
	return kn_cidrs_add(&net->subnets, subnet, err);
}

/* The definition's subnets of @family. *ret: how many there are. */
static int keep_subnets(const struct kn_netinputs *in, enum kn_family family,
			struct kn_network *net, size_t *ret, struct kn_error *err)
{
	size_t n = 0;

	for (size_t i = 0; in->have && i < in->have->net.subnets.n; i++) {
		const struct kn_cidr *subnet = &in->have->net.subnets.v[i];

		if (subnet->ip.family != family)
			continue;
		if (add_subnet(net, subnet, err) < 0)
			return -1;
		n++;
	}
	*ret = n;
	return 0;
}

static int choose4(const struct kn_netinputs *in, struct kn_network *net, struct kn_plan *plan,
		   struct kn_error *err)
{
	const struct kn_taken *avoided;
	struct kn_cidr subnet;
	char text[KN_CIDR_STRLEN];

	if (kn_subnet_choose(in->taken, &subnet, &avoided, err) < 0 ||
	    add_subnet(net, &subnet, err) < 0)
		return -1;
	if (!avoided)
		return 0;
	return kn_plan_note(plan, KN_NOTE_INFO, err,
			    "subnet %s was chosen: 192.168.122.0/24 is taken by %s",
			    kn_cidr_fmt(&subnet, text), avoided->why);
}

static int choose6(const struct kn_netinputs *in, struct kn_network *net, struct kn_error *err)
{
	struct kn_cidr subnet;

	if (kn_subnet_choose6(in->taken, in->seed, net->name.s, &subnet, err) < 0)
		return -1;
	return add_subnet(net, &subnet, err);
}

/* A family that is not mentioned stays as it is; one left to choice is chosen once. */
static int resolve_family(const struct kn_netinputs *in, enum kn_family family,
			  struct kn_network *net, struct kn_plan *plan, struct kn_error *err)
{
	bool open = family == KN_IPV4 ? in->want->auto4 : in->want->auto6;
	bool none = family == KN_IPV4 ? in->want->none4 : in->want->none6;
	bool given = false;
	size_t kept = 0;

	for (size_t i = 0; i < in->want->subnets.n; i++) {
		const struct kn_cidr *subnet = &in->want->subnets.v[i];

		if (subnet->ip.family != family)
			continue;
		given = true;
		if (add_subnet(net, subnet, err) < 0)
			return -1;
	}
	if (given || none)
		return 0;
	if (keep_subnets(in, family, net, &kept, err) < 0)
		return -1;
	if (kept || !open)
		return 0;
	return family == KN_IPV4 ? choose4(in, net, plan, err) : choose6(in, net, err);
}

/* ---- DHCP ---- */

static int add_range(struct kn_network *net, const struct kn_net_range *range, struct kn_error *err)
{
	if (kn_grow(&net->ranges.v, &net->ranges.cap, net->ranges.n + 1, sizeof(*range), err) < 0)
		return -1;
	net->ranges.v[net->ranges.n++] = *range;
	net->has |= H(DHCP);
	return 0;
}

/* The definition's ranges, if nobody but its owner has set them, where their subnet is still there.
 */
static int keep_ranges(const struct kn_netinputs *in, struct kn_network *net, struct kn_error *err)
{
	const struct kn_network *have = in->have ? &in->have->net : NULL;

	if (!have || (have->managed & H(DHCP)))
		return 0;
	for (size_t i = 0; i < have->ranges.n; i++)
		for (size_t j = 0; j < net->subnets.n; j++)
			if (kn_cidr_has(&net->subnets.v[j], &have->ranges.v[i].first) &&
			    add_range(net, &have->ranges.v[i], err) < 0)
				return -1;
	return 0;
}

/* IPv6 guests number themselves from router advertisements: a range is only for IPv4. */
static int default_range(const struct kn_netinputs *in, struct kn_network *net,
			 struct kn_error *err)
{
	const struct kn_cidr *subnet = kn_network_subnet(net, KN_IPV4);
	struct kn_net_range range;

	/* The user's definition has this subnet without DHCP: that is a choice too. */
	for (size_t i = 0; subnet && in->have && i < in->have->net.subnets.n; i++)
		if (kn_cidr_eq(&in->have->net.subnets.v[i], subnet) &&
		    !(in->have->net.managed & H(DHCP)))
			return 0;
	if (!subnet || !kn_subnet_range(subnet, &range))
		return 0;
	return add_range(net, &range, err);
}

static int resolve_dhcp(const struct kn_netinputs *in, struct kn_network *net, struct kn_error *err)
{
	if (in->want->has & H(DHCP)) {
		for (size_t i = 0; i < in->want->ranges.n; i++)
			if (add_range(net, &in->want->ranges.v[i], err) < 0)
				return -1;
	} else if (!in->want->has_lease && keep_ranges(in, net, err) < 0) {
		return -1;
	}
	if (!(in->want->has & H(DHCP)) && !net->ranges.n && default_range(in, net, err) < 0)
		return -1;
	for (size_t i = 0; in->want->has_lease && i < net->ranges.n; i++) {
		net->ranges.v[i].has_lease = true;
		net->ranges.v[i].lease_s = in->want->lease_s;
	}
	return 0;
}

/* ---- the bridge ---- */

/* The lowest free name, as libvirt itself would take it. Source: bridge_driver.c,
 * networkFindUnusedBridgeName(). */
static int choose_bridge(const struct kn_netinputs *in, struct kn_network *net,
			 struct kn_plan *plan, struct kn_error *err)
{
	struct kn_ifname name;

	for (unsigned int i = 0; i < 256; i++) {
		name = (struct kn_ifname){0};
		(void)snprintf(name.s, sizeof(name.s), "virbr%u", i);
		if (kn_names_has(in->links, &name))
			continue;
		net->bridge = name;
		net->has |= H(BRIDGE);
		if (i == 0 || strcmp(net->name.s, "default") != 0)
			return 0;
		return kn_plan_note(plan, KN_NOTE_INFO, err,
				    "bridge %s was chosen: virbr0 exists already", name.s);
	}
	kn_fail(err, KN_ERR_REFUSED, 0, "no free bridge name: virbr0 to virbr255 are taken");
	return kn_hint(err, "give one: --bridge-name NAME");
}

/* STP off: on means 30 s of silence, or with libvirt's delay='0' 4 s, for every guest that starts.
 */
static void default_bridge(struct kn_network *net)
{
	bool stp = (net->has & H(STP)) && net->stp;

	if (!(net->has & H(DELAY)))
		net->delay_s = stp ? 2 : 0;
	net->has |= H(STP) | H(DELAY);
}

int kn_network_resolve(const struct kn_netinputs *in, struct kn_network *ret, struct kn_plan *plan,
		       struct kn_error *err)
{
	const struct kn_network *want = in->want;

	if (in->have && !in->have->mode_known) {
		kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			"network %s is of a mode that kvmnet has no word for (hostdev)",
			want->name.s);
		return kn_hint(err, "give the new network another name, or remove that one first");
	}
	if (kn_network_copy(ret, want, ~BY_FAMILY, err) < 0 ||
	    (in->have && kn_network_copy(ret, &in->have->net, kept_groups(in), err) < 0))
		return -1;
	ret->name = want->name;
	ret->mode = want->mode;
	ret->macvtap = want->macvtap;
	ret->marked = true;
	ret->has_lease = want->has_lease;
	ret->managed = want->has | (want->has_lease ? H(DHCP) : 0);
	if (kn_netmode_has_bridge(want->mode)) {
		if (resolve_family(in, KN_IPV4, ret, plan, err) < 0 ||
		    resolve_family(in, KN_IPV6, ret, plan, err) < 0 ||
		    resolve_dhcp(in, ret, err) < 0)
			return -1;
		if (!(ret->has & H(BRIDGE)) && choose_bridge(in, ret, plan, err) < 0)
			return -1;
		default_bridge(ret);
	} else if (want->has & BY_FAMILY) {
		ret->has |= want->has & BY_FAMILY; /* refused below, by name */
	}
	return kn_network_check(ret, in->target, err);
}
