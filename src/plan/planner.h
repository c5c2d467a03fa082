/* Decisions: spec + files + facts -> plan. Layer: plan, pure. */
#ifndef KVMNET_PLANNER_H
#define KVMNET_PLANNER_H

#include "kvmnet/buf.h"
#include "kvmnet/virt.h"

/* What the planner looks at. All borrowed. */
struct kn_inputs {
	const struct kn_spec *spec;
	const struct kn_tree *tree;
	const struct kn_confs *confs;
	const struct kn_origins *origins;
	const struct kn_facts *facts;
	const struct kn_backend *backend; /* NULL with --no-persist */
	const struct kn_vnets *nets;	  /* libvirt's networks; NULL: they have no part in it */
	const struct kn_vnics *nics;	  /* guests' network cards; NULL: not known yet */
	/* Where checks tell what they find, and go on; NULL: the first is the error. Whoever gives
	 * it looks there first: with an entry, the plan is none. */
	struct kn_errors *faults;
};

/* The addresses that the live request must look up (kn_live_request.ips). */
int kn_planner_wanted_ips(const struct kn_spec *spec, struct kn_ips *ret,
			  struct kn_error *err) KN_NODISCARD;

/* And the networks of those addresses (.nets). */
int kn_planner_wanted_nets(const struct kn_spec *spec, struct kn_cidrs *ret,
			   struct kn_error *err) KN_NODISCARD;

/* Can @spec end in a question about the default routes of other links (kn_live_request.rivals)? */
bool kn_planner_wants_rivals(const struct kn_spec *spec);

/* Can @spec put a default route before those of links that @facts tells nothing of? Then they are
 * to be read, too (KN_RIVALS_ALL). @facts: what the first look has found. */
bool kn_planner_needs_rivals(const struct kn_spec *spec, const struct kn_confs *confs,
			     const struct kn_facts *facts);

/* Spec -> target: groups inherited from the uplink, defaults, MAC, reader, NM_CONTROLLED.
 * Return: 0; -1 with KN_ERR_REFUSED, KN_ERR_HOSTFILE, KN_ERR_UNSUPPORTED or KN_ERR_INPUT. */
int kn_resolve(const struct kn_inputs *in, struct kn_target *ret, struct kn_plan *plan,
	       struct kn_error *err) KN_NODISCARD;

/* Safety rules. Return: 0; -1 with KN_ERR_REFUSED and .rule. Warnings become notes of @plan. */
int kn_preflight(const struct kn_inputs *in, const struct kn_target *target, struct kn_plan *plan,
		 struct kn_error *err) KN_NODISCARD;

/* Appends the live operations (takeover order) that lead from the facts to the target. */
int kn_plan_live(const struct kn_inputs *in, const struct kn_target *target, struct kn_plan *plan,
		 struct kn_error *err) KN_NODISCARD;

/* For how long the confirmation of a rollback is waited for, in seconds; 0 = it is not. @facts:
 * what it changes, and the SSH session. */
uint32_t kn_confirm_rollback(const struct kn_spec *spec, const struct kn_facts *facts);

/* All of it: resolve, preflight, files, live. *ret must be zeroed; on failure it is empty. */
int kn_planner_run(const struct kn_inputs *in, struct kn_plan *ret,
		   struct kn_error *err) KN_NODISCARD;

#endif
