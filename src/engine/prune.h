/* What --prune adds to a description. Private to engine/. Layer: engine, effects (reads only). */
#ifndef KVMNET_ENGINE_PRUNE_H
#define KVMNET_ENGINE_PRUNE_H

#include "kvmnet/engine.h"
#include "plan/prune.h"

/* A description together with the removals in front of it. Not to be moved: it points into itself.
 */
struct kn_pruning {
	struct kn_spec spec;	/* what is to be planned; borrows from the one it was made of */
	struct kn_spec *parts;	/* owned: spec.parts, or NULL */
	struct kn_prunes found; /* owned */
};

void kn_pruning_done(struct kn_pruning *pruning);
/* ret->spec is @spec; with spec->prune it has, in front of its parts, what is to be removed.
 * Return: 0, *ret new; -1. */
int kn_pruning_make(struct kn_engine *engine, const struct kn_spec *spec, struct kn_pruning *ret,
		    struct kn_error *err) KN_NODISCARD;

#endif
