/* Inside of the comparison: what its files share. Layer: plan, pure. */
#ifndef KVMNET_PLAN_COMPARE_IP_H
#define KVMNET_PLAN_COMPARE_IP_H

#include "plan/compare.h"

/* One comparison under way; all borrowed. */
struct kn_compare {
	const struct kn_confs *confs;
	const struct kn_facts *facts;
	const struct kn_ifname *bridge; /* or the bond or VLAN */
	const struct kn_conf *conf;	/* the bridge's, or NULL */
	const struct kn_link *link;	/* the bridge's, or NULL */
	struct kn_diffs *ret;
};

/* Adds @diff with copies of the texts (NULL = nothing on that side); an unset .dev is the
 * bridge. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_diff_add(const struct kn_compare *cmp, const struct kn_diff *diff, const char *file,
		const char *kernel, struct kn_error *err) KN_NODISCARD;

/* What bridges, bonds and VLANs are all compared by; both .conf and .link are set. Return: 0; -1.
 */
int kn_compare_state(const struct kn_compare *cmp, struct kn_error *err) KN_NODISCARD;
int kn_compare_mtu(const struct kn_compare *cmp, const struct kn_conf *conf,
		   const struct kn_link *link, struct kn_error *err) KN_NODISCARD;
/* Options of @dev, which is .bridge or one of its ports. */
int kn_compare_opts(const struct kn_compare *cmp, const struct kn_ifname *dev,
		    const struct kn_opts *want, const struct kn_opts *have,
		    struct kn_error *err) KN_NODISCARD;
int kn_compare_ports(const struct kn_compare *cmp, struct kn_error *err) KN_NODISCARD;
/* Addresses, gateways and routes; both .conf and .link are set. Return: 0; -1. */
int kn_compare_ip(const struct kn_compare *cmp, struct kn_error *err) KN_NODISCARD;
/* Name servers and search domains against facts->resolv; .conf is set. Return: 0; -1. */
int kn_compare_dns(const struct kn_compare *cmp, struct kn_error *err) KN_NODISCARD;
/* The zone against facts->zones; .conf is set. Return: 0; -1. */
int kn_compare_zone(const struct kn_compare *cmp, struct kn_error *err) KN_NODISCARD;

#endif
