/* Planning, of one change or of several at once. Private to engine/. Layer: engine, pure. */
#ifndef KVMNET_ENGINE_PARTS_H
#define KVMNET_ENGINE_PARTS_H

#include "kvmnet/engine.h"

/* The plan for @spec on @state; of KN_APPLY one plan for all parts, each planned on what those
 * before it leave. @state's files and what they say are then those after the plan; its facts stay
 * those of the host. Return: 0, *ret new; -1, *ret empty. */
int kn_parts_plan(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *state,
		  struct kn_plan *ret, struct kn_error *err) KN_NODISCARD;

#endif
