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
 * of @then; none when it is there already. Judges what a rollback has reached, too. Best order:
 * whatever still carries traffic carries it until the end.
 *
 * Only links that the change made (then->made) are removed: one of that name with another MAC
 * address is somebody else's and stays, with a note. Ports that others gave to such a bridge are
 * released, with a note; on a bridge that was there before they stay. Links are matched by name.
 * No difference: remaining lifetimes, neighbours that the kernel learns by itself, what router
 * advertisements bring to a link that listens to them, routes that come with their address. DHCP
 * clients, the splice and the carrier of a killed run are not its business: sweep first.
 *
 * The kernel does things of its own with every step (routes go with addresses, advertisements
 * arrive): execute, read again and plan again until nothing is left, KN_RESTORE_ROUNDS times at
 * most. A step that fails is no reason to stop either: the next round knows why it could not be.
 * A few ms can lie between two rounds (where the order of addresses is mended, routes with such a
 * source are away as long); changes of a bridge's uplink need one.
 * @param then has what kn_restore_record() filled in
 * @param now  a fresh answer to kn_restore_request(), with can_splice as the caller knows it
 * Return: 0; -1 with KN_ERR_INCOMPLETE naming what cannot be put back, and @ret has the steps for
 * all the rest: execute them, then report; -1 with KN_ERR_NOMEM, @ret is of no use. */
#define KN_RESTORE_ROUNDS 5
int kn_plan_restore(const struct kn_journal *then, const struct kn_facts *now, struct kn_plan *ret,
		    struct kn_error *err) KN_NODISCARD;
/* The same for DHCP clients (@now with clients): every link of the scope that had one has one
 * again, and no other has. */
int kn_plan_restore_dhcp(const struct kn_journal *then, const struct kn_facts *now,
			 struct kn_plan *ret, struct kn_error *err) KN_NODISCARD;

struct kn_inputs;

/* The safety rules for going back: @plan leads there. Uses in->spec (what is forced, and whether
 * the change is confirmed) and in->facts. Return: 0; -1 with KN_ERR_REFUSED. */
int kn_preflight_rollback(const struct kn_inputs *in, const struct kn_journal *then,
			  struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;

#endif
