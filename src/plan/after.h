/* What an operation leaves of the facts. Layer: plan, pure. */
#ifndef KVMNET_PLAN_AFTER_H
#define KVMNET_PLAN_AFTER_H

#include "kvmnet/plan.h"

/* A copy of @facts that kn_facts_after() may change and kn_facts_copy_done() frees: its lists are
 * its own, the strings in them are @facts's. Return: 0, *ret new; -1 with KN_ERR_NOMEM. */
int kn_facts_copy(const struct kn_facts *facts, struct kn_facts *ret,
		  struct kn_error *err) KN_NODISCARD;
void kn_facts_copy_done(struct kn_facts *copy);

/* Changes @facts, a copy, as @op changes the kernel, so far as a later part of the same plan looks
 * at it: links, addresses and the routes that come and go with them, routes, rules, next hops,
 * neighbours, who serves a lease. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_facts_after(struct kn_facts *facts, const struct kn_op *op,
		   struct kn_error *err) KN_NODISCARD;

/* Its part for bridges, bonds and VLANs that are made. */
int kn_after_link_add(struct kn_facts *facts, const struct kn_op *op,
		      struct kn_error *err) KN_NODISCARD;
/* And for a port that @bond releases. */
void kn_after_release(struct kn_link *link, struct kn_link *bond);

#endif
