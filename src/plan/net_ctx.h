/* What the files about networks share while one plan is made. Layer: plan, pure. Private to
 * src/plan/. */
#ifndef KVMNET_PLAN_NET_CTX_H
#define KVMNET_PLAN_NET_CTX_H

#include "plan/net.h"
#include "plan/subnet.h"

struct kn_netctx {
	const struct kn_inputs *in;
	const struct kn_network *want; /* in->spec->network */
	const struct kn_vnet *have;    /* as libvirt has it, or NULL */
	struct kn_netdef def;	       /* .have's definition */
	struct kn_netchg *chg;	       /* the plan's row of it, or NULL: nothing changes so far */
	struct kn_plan *plan;
	struct kn_error *err;
};

int kn_net_emit(struct kn_netctx *c, enum kn_phase phase, enum kn_op_kind kind, const char *now,
		const char *before) KN_NODISCARD;
/* c->chg's updates of the running network. */
int kn_net_emit_updates(struct kn_netctx *c) KN_NODISCARD;
/* What is left of a network that does not run. */
struct kn_netleft {
	const struct kn_link *bridge; /* borrowed from the facts; NULL = none */
	int32_t pid;		      /* its dnsmasq; 0 = none */
	struct kn_buf doubt;	      /* why the bridge may be somebody's; "" = it is nobody's */
	struct kn_buf fix;	      /* what to type to remove both */
};
void kn_netleft_done(struct kn_netleft *left);
/* @ret must be zeroed; it stays so where the network runs, or the kernel was not read. */
int kn_net_left(const struct kn_inputs *in, const char *name, const struct kn_network *def,
		struct kn_netleft *ret, struct kn_error *err) KN_NODISCARD;
/* Removes what is left of c->chg's network, which does not run, by its definition @xml. What may be
 * somebody's is kept: with @starts that is an error, else a note. */
int kn_net_clear(struct kn_netctx *c, const char *xml, bool starts) KN_NODISCARD;
/* Rule running-guests: @doing takes the running guests off the network. */
int kn_net_check_guests(struct kn_netctx *c, const char *doing) KN_NODISCARD;
/* Stop, new definition, start; the guests' taps are put back on the bridge. */
int kn_net_restart(struct kn_netctx *c) KN_NODISCARD;
/* What subnets of network @name must not overlap; links and bridges that its bridge cannot be
 * called like. */
int kn_net_taken(const struct kn_inputs *in, const char *name, struct kn_takens *ret,
		 struct kn_error *err) KN_NODISCARD;
int kn_net_links(const struct kn_inputs *in, const char *name, struct kn_names *ret,
		 struct kn_error *err) KN_NODISCARD;
/* The bridge or bond that takes every frame of @dev, so that no macvtap gets one; below --root by
 * the files. Return: borrowed, or NULL. */
const struct kn_ifname *kn_net_taker(const struct kn_inputs *in, const struct kn_ifname *dev);
/* @net against the host: devices and bridges that it needs, names and subnets that are taken. */
int kn_net_check_host(struct kn_netctx *c, const struct kn_network *net,
		      const struct kn_takens *taken) KN_NODISCARD;
/* Adds or removes the hosts of c->want in @net. */
int kn_net_edit_hosts(struct kn_netctx *c, struct kn_network *net) KN_NODISCARD;

/* Holds the bridge @link of the running network @net against what it runs as: MAC, MTU, STP,
 * routes. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_net_check_link(const struct kn_inputs *in, const struct kn_vnet *net,
		      const struct kn_link *link, struct kn_findings *ret,
		      struct kn_error *err) KN_NODISCARD;

#endif
