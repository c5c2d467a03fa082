/* Decisions about libvirt networks. Layer: plan, pure. */
#ifndef KVMNET_PLAN_NET_H
#define KVMNET_PLAN_NET_H

#include "kvmnet/journal.h"
#include "kvmnet/network.h"
#include "plan/planner.h"

/* True for the verbs that change networks and nothing else. */
bool kn_verb_is_net(enum kn_verb verb);

/* Appends to @plan what makes in->spec's network as wanted (or removes it), from in->nets. With
 * in->nics NULL only whether there is anything to do is decided: no rule and no check of the host.
 * Return: 0; -1 with KN_ERR_REFUSED, KN_ERR_INPUT, KN_ERR_HOSTFILE, KN_ERR_UNSUPPORTED. */
int kn_plan_net(const struct kn_inputs *in, struct kn_plan *plan,
		struct kn_error *err) KN_NODISCARD;

/* Who would notice when @bridge ends: libvirt networks over it and guests on it, by their names.
 * Appends "network lan", "guest web01". Definitions that cannot be read are left out. */
int kn_net_users_of(const struct kn_vnets *nets, const struct kn_vnics *nics,
		    const struct kn_ifname *bridge, struct kn_strv *ret,
		    struct kn_error *err) KN_NODISCARD;

/* What is wrong with network @name (NULL: any) of in->nets, as it runs on this host: its bridge and
 * addresses, what it collides with, forwarding, firewall, dnsmasq. */
int kn_net_findings(const struct kn_inputs *in, const char *name, struct kn_findings *ret,
		    struct kn_error *err) KN_NODISCARD;

/* ---- the way back ---- */

/* Adds to @ret->nets how the networks of @plan are before it is executed. Return: 0; -1 with
 * KN_ERR_NOMEM. */
int kn_net_record(const struct kn_plan *plan, struct kn_journal *ret,
		  struct kn_error *err) KN_NODISCARD;
/* Appends to @ret the operations that lead from in->nets to the networks of @then: old definition,
 * then running and autostart as before; what the change made is stopped and removed. in->facts (all
 * links and addresses) and in->confs tell what a dead libvirtd has left of them, where they were
 * read. Return: 0; -1, with KN_ERR_HOSTFILE where what is left may be somebody's. */
int kn_plan_net_restore(const struct kn_journal *then, const struct kn_inputs *in,
			struct kn_plan *ret, struct kn_error *err) KN_NODISCARD;
/* Refuses what @plan stops of in->nets while guests of in->nics run on it. Return: 0; -1 with
 * KN_ERR_REFUSED. */
int kn_net_check_stops(const struct kn_inputs *in, const struct kn_plan *plan,
		       struct kn_error *err) KN_NODISCARD;
/* Is network @row->name as the change left it, apart from whether it runs? @now: it, or NULL.
 * Return: 0, *ret; -1 with KN_ERR_NOMEM. */
int kn_net_is_as_left(const struct kn_jnet *row, const struct kn_vnet *now, bool *ret,
		      struct kn_error *err) KN_NODISCARD;

#endif
