/* What --prune takes away: what kvmnet made, and the description no longer has. Layer: plan, pure.
 */
#ifndef KVMNET_PLAN_PRUNE_H
#define KVMNET_PLAN_PRUNE_H

#include "plan/planner.h"

struct kn_prunes {
	struct kn_spec *v; /* owned, in the order in which they are to be done */
	size_t n, cap;
	struct kn_strv titles;	/* owned: their .asked_at */
	struct kn_strv remarks; /* owned: what is left, and why; for people */
};

void kn_prunes_done(struct kn_prunes *prunes);

/* Finds what in->spec (KN_APPLY) no longer describes of what kvmnet made: libvirt networks with its
 * mark, ports that it put on bridges that stay, devices whose file it wrote. That is told from
 * in->origins, in->confs, in->tree and in->nets (NULL: not looked at). What somebody edited since
 * becomes a remark. Return: 0; -1, *ret to be freed all the same. */
int kn_prune_find(const struct kn_inputs *in, struct kn_prunes *ret,
		  struct kn_error *err) KN_NODISCARD;

/* Every file that @plan removes was made by kvmnet and is as kvmnet wrote it, or as @before, the
 * plan of the parts before it, leaves that. If not, *ret_path is the first other one (borrowed). */
bool kn_prune_is_ours(const struct kn_origins *origins, const struct kn_plan *before,
		      const struct kn_plan *plan, const char **ret_path);

#endif
