/* What a change touches, and what must be as well after it as it was before.
 * Layer: plan, pure. */
#ifndef KVMNET_PLAN_TOUCHED_H
#define KVMNET_PLAN_TOUCHED_H

#include "kvmnet/plan.h"

/* The links that @plan can interrupt (op.def), and the bridges that those are or become ports of.
 * Empty when the plan only writes files. @facts: before the change. Return: 0; -1. */
int kn_touched_links(const struct kn_plan *plan, const struct kn_facts *facts, struct kn_names *ret,
		     struct kn_error *err) KN_NODISCARD;

/* The gateways of all default routes that leave by one of @links (NULL: by any link), as probes of
 * neighbours, each once. Return: 0; -1. */
int kn_default_gateways(const struct kn_facts *facts, const struct kn_names *links,
			struct kn_probes *ret, struct kn_error *err) KN_NODISCARD;

/* Two looks at one host. All borrowed. */
struct kn_health {
	const struct kn_plan *plan;
	const struct kn_names *touched; /* kn_touched_links() */
	const struct kn_facts *before, *after;
};

/* Is what worked before as it should be? Other bridges have their ports, carriers are there, ports
 * forward or are on their way, no new address collides with somebody else's. What the kernel may
 * still be busy with (a carrier coming back, duplicate detection) is appended to @ret_wait.
 * Return: 0; -1 with KN_ERR_UNCONFIRMED. */
int kn_health_check(const struct kn_health *health, struct kn_probes *ret_wait,
		    struct kn_error *err) KN_NODISCARD;

/* The message for a probe of kn_health_check() that was waited for in vain. Return: -1. */
int kn_health_fail(const struct kn_probe *probe, struct kn_error *err);

/* How long a port of @bridge may still need until it forwards: STP's listening and learning, in
 * milliseconds; 0 when none is on its way. */
uint32_t kn_health_delay_ms(const struct kn_facts *after, const struct kn_ifname *bridge);

#endif
