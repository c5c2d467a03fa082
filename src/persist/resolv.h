/* resolv.conf as network-scripts edit it when an interface with DNS comes up.
 * Layer: persist, pure. */
#ifndef KVMNET_PERSIST_RESOLV_H
#define KVMNET_PERSIST_RESOLV_H

#include "kvmnet/plan.h"

#define KN_RESOLV_CONF "/etc/resolv.conf"

/* Appends the change of resolv.conf (live_only) that brings @dns and @search in, to plan->files.
 * Other lines are kept. Source: initscripts, ifup-post, the RESOLV_MODS/PEERDNS part.
 * Return: 0; -1. */
int kn_resolv_render(const struct kn_tree *tree, const struct kn_ips *dns,
		     const struct kn_strv *search, struct kn_plan *plan,
		     struct kn_error *err) KN_NODISCARD;

/* Appends the change that gives back the resolv.conf from before plan->bridge was made, when
 * @origins has it and nobody has written the file since. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_resolv_restore(const struct kn_tree *tree, const struct kn_origins *origins,
		      struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;

#endif
