/* Is the host still reachable? Asked before a change, to know what can be expected, and after it.
 * Layer: engine, effects (asks the neighbours and other machines; changes nothing). */
#ifndef KVMNET_ENGINE_CHECK_H
#define KVMNET_ENGINE_CHECK_H

#include "kvmnet/engine.h"

/* What has to answer after a change. The pointers are borrowed. */
struct kn_checks {
	const struct kn_spec *spec;
	const struct kn_plan *plan;
	const struct kn_facts *before;
	bool on;		   /* false: there is nothing to check */
	struct kn_names touched;   /* owned: what the plan can interrupt */
	struct kn_probes gateways; /* owned: as they answered before */
	bool has_peer;
	struct kn_probe peer; /* the SSH session's other end, as it answered before */
	enum kn_tri *given;   /* owned: how each of spec->reach answered before */
	bool by_default;      /* what answered before must answer after, asked for or not */
};

void kn_checks_done(struct kn_checks *checks);

/* Between plan and apply: looks who answers now. Without --check that is the default gateways
 * behind the links that @plan can interrupt, and the SSH session's peer when its address is on one
 * of them; who answered the kernel lately is not asked again. Takes at most a second. A plan for
 * files only checks nothing. @spec, @state and @plan are borrowed until kn_checks_done(). Return: 0
 * (who does not answer is no error yet); -1 with KN_ERR_USAGE for --check peer without an SSH
 * session, KN_ERR_SYSTEM. */
int kn_checks_before(struct kn_engine *engine, const struct kn_spec *spec,
		     const struct kn_state *state, const struct kn_plan *plan,
		     struct kn_checks *ret, struct kn_error *err) KN_NODISCARD;

/* After apply, @after being what was read back. Required is what answered before, and all that
 * --check named. A gateway that took the place of one that answered is required, too.
 * Return: 0; -1 with KN_ERR_UNCONFIRMED naming what does not answer over which link. */
int kn_checks_after(struct kn_engine *engine, const struct kn_checks *checks,
		    const struct kn_facts *after, struct kn_error *err) KN_NODISCARD;

#endif
