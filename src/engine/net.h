/* What networks of libvirt add to probing and undoing. Layer: engine, private to src/engine/. */
#ifndef KVMNET_ENGINE_NET_H
#define KVMNET_ENGINE_NET_H

#include "kvmnet/engine.h"
#include "kvmnet/journal.h"

/* Reads what a change of networks alone depends on. The first look is at that network only: when
 * there is nothing to do, two questions more than virsh's are all that it costs. */
int kn_net_probe(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
		 struct kn_error *err) KN_NODISCARD;
/* Reads what libvirt knows of a bridge that is made with a network over it, or removed. */
int kn_net_probe_bridge(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
			struct kn_error *err) KN_NODISCARD;
/* Connects to the libvirt at @uri (NULL = the usual one), or to its files below a root. */
int kn_net_open(struct kn_engine *engine, const char *uri, struct kn_virt **ret,
		struct kn_error *err) KN_NODISCARD;
/* Appends to @plan what leads from engine->virt's networks as they are (with its guests put in
 * *ret_now, which must be empty) to @then's record. */
int kn_net_plan_back(struct kn_engine *engine, const struct kn_journal *then,
		     struct kn_vnets *ret_now, struct kn_plan *plan,
		     struct kn_error *err) KN_NODISCARD;
/* Refuses a @plan that takes running guests of state->nets off their network. */
int kn_net_refuse_stops(struct kn_state *state, const struct kn_plan *plan,
			struct kn_error *err) KN_NODISCARD;
/* Puts libvirt's networks back as @then recorded them, over the engine's libvirt or one opened for
 * it; what the change made is removed. May be repeated. Nothing where @then has no networks. */
int kn_net_settle(struct kn_engine *engine, const struct kn_journal *then,
		  struct kn_error *err) KN_NODISCARD;

#endif
