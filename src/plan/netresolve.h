/* What a network shall be in the end: what was asked for, what it has already, and defaults.
 * Layer: plan, pure. */
#ifndef KVMNET_PLAN_NETRESOLVE_H
#define KVMNET_PLAN_NETRESOLVE_H

#include "kvmnet/plan.h"
#include "plan/subnet.h"

/* All borrowed. */
struct kn_netinputs {
	const struct kn_network *want; /* as parsed: what was not given is not in .has */
	const struct kn_netdef *have;  /* its present definition, or NULL */
	const struct kn_takens *taken; /* what subnets must not overlap; without @have's own */
	const struct kn_names *links;  /* names a new bridge cannot have: links and other
					* networks' bridges */
	uint64_t seed;		       /* the host's, for --ipv6 auto */
	uint32_t target;	       /* libvirt's version, 0 = unknown */
};

/* Three things meet. A group that is asked for is as asked. One that was asked for earlier (the
 * mark) and is not any more goes, or goes back to its default. Everything else stays as the
 * definition has it: UUID, MAC, bridge name and chosen subnets always do, since a network that
 * changes them cuts its guests off. Then the values are checked against each other.
 * *ret must be zeroed. Notes of @plan tell what was chosen and what was avoided.
 * Return: 0; -1 with KN_ERR_INPUT, KN_ERR_REFUSED, KN_ERR_UNSUPPORTED, KN_ERR_NOMEM. */
int kn_network_resolve(const struct kn_netinputs *in, struct kn_network *ret, struct kn_plan *plan,
		       struct kn_error *err) KN_NODISCARD;

#endif
