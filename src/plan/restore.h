/* The way back to a recorded state of the kernel. Layer: plan, pure. */
#ifndef KVMNET_PLAN_RESTORE_H
#define KVMNET_PLAN_RESTORE_H

#include "kvmnet/journal.h"
#include "kvmnet/plan.h"

/* Appends to @ret the live operations that lead from @now to the kernel's state before the change
 * of @then; none when it is there already. @now: a fresh snapshot of the links of then->scope, with
 * everything that then->reads names. Only links that the change made (then->made) are removed, and
 * only ports that were there before are moved; what others added meanwhile stays where that can be.
 * Best order: whatever still carries traffic carries it until the end.
 * Return: 0; -1 with KN_ERR_INCOMPLETE naming what cannot be put back. */
int kn_plan_restore(const struct kn_journal *then, const struct kn_facts *now, struct kn_plan *ret,
		    struct kn_error *err) KN_NODISCARD;

#endif
