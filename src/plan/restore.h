/* The way back to a recorded state of the kernel. Layer: plan, pure. */
#ifndef KVMNET_PLAN_RESTORE_H
#define KVMNET_PLAN_RESTORE_H

#include "kvmnet/journal.h"
#include "kvmnet/plan.h"

/* Adds to @ret every link that the live operations of @plan touch, each once: those acted on, their
 * old and new bridges, and the ports that a bridge loses with its end. No carrier tap. Empty where
 * the kernel has no part in the plan.
 * @param before what the plan was made from
 * Return: 0; -1 with KN_ERR_NOMEM, @ret partly filled. */
int kn_restore_scope(const struct kn_plan *plan, const struct kn_facts *before,
		     struct kn_names *ret, struct kn_error *err) KN_NODISCARD;

/* Fills the kernel's part of a journal before @plan is executed: has_live, reads, scope, live (deep
 * copies of what concerns the scope; nothing of @before is borrowed), dhcp and made. What a killed
 * run left behind (routes of KN_RTPROT_TEMPORARY) is not recorded.
 * @param before what the plan was made from
 * @param reads  KN_JREAD_*: what of @before was read
 * @param ret    those members must be empty; free with kn_journal_done() in any case
 * Return: 0; -1 with KN_ERR_NOMEM. */
int kn_restore_record(const struct kn_plan *plan, const struct kn_facts *before, unsigned int reads,
		      struct kn_journal *ret, struct kn_error *err) KN_NODISCARD;

/* The question whose answer kn_plan_restore() takes as @now. Return: borrows then->scope. */
struct kn_live_request kn_restore_request(const struct kn_journal *then);

/* Appends to @ret the live operations that lead from @now to the kernel's state before the change
 * of @then; none when it is there already. @now: a fresh snapshot of the links of then->scope, with
 * everything that then->reads names. Only links that the change made (then->made) are removed, and
 * only ports that were there before are moved; what others added meanwhile stays where that can be.
 * Best order: whatever still carries traffic carries it until the end.
 * Return: 0; -1 with KN_ERR_INCOMPLETE naming what cannot be put back. */
int kn_plan_restore(const struct kn_journal *then, const struct kn_facts *now, struct kn_plan *ret,
		    struct kn_error *err) KN_NODISCARD;

#endif
