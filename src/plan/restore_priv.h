/* What the files of the way back share while one plan is made.
 * Layer: plan, pure. Private to src/plan/restore*.c. */
#ifndef KVMNET_PLAN_RESTORE_PRIV_H
#define KVMNET_PLAN_RESTORE_PRIV_H

#include "kvmnet/buf.h"
#include "plan/ctx.h"
#include "plan/restore.h"

enum kn_fate {
	KN_FATE_STAYS,	 /* there before and now */
	KN_FATE_COMES,	 /* a bridge, bond or VLAN that was there before and is not: made again */
	KN_FATE_GOES,	 /* one that the change has made */
	KN_FATE_LOST,	 /* there before, and nothing can bring it back */
	KN_FATE_FOREIGN, /* a port that others gave to a bridge that goes */
};

/* A link on the way back. */
struct kn_rlink {
	enum kn_fate fate;
	struct kn_ifname name;
	const struct kn_link *was; /* as recorded; NULL: GOES, FOREIGN */
	struct kn_link have;	   /* as it is after the operations planned so far */
	bool settings_unknown;	   /* made in this plan: the kernel chose its settings */
};

struct kn_restore {
	const struct kn_journal *then;
	const struct kn_facts *was, *now;
	struct kn_routes was_routes, now_routes; /* owned: theirs, comparable */
	struct kn_rlink *links;			 /* owned */
	size_t n_links, cap_links;
	/* The pair between which addresses and routes move, or NULL. */
	struct kn_rlink *bridge, *uplink;
	bool back;	    /* from the bridge to the uplink; else the other way */
	struct kn_buf lost; /* what cannot be put back, for the error */
	/* For the emitters that the forward planner shares with this one. */
	struct kn_spec spec;
	struct kn_target target;
	struct kn_inputs in;
	struct kn_ctx ctx;
};

/* A bridge, a bond or a VLAN. */
bool kn_restore_is_makable(const struct kn_link *link);
/* Fates, and the pair. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_restore_judge(struct kn_restore *r) KN_NODISCARD;
/* Return: borrowed, or NULL. */
struct kn_rlink *kn_restore_link(const struct kn_restore *r, const struct kn_ifname *name);
/* Will the link be there in the end, as recorded? */
bool kn_restore_holds(const struct kn_restore *r, const struct kn_ifname *name);
/* The one of the pair that gets addresses and routes; NULL without a pair. */
const struct kn_rlink *kn_restore_receiver(const struct kn_restore *r);
/* Adds a part of the final error. */
void kn_restore_lose(struct kn_restore *r, const struct kn_ifname *name, const char *what);

/* Links: what harms nobody, membership, the rest, the end of those that go. */
int kn_restore_links_prepare(struct kn_restore *r) KN_NODISCARD;
int kn_restore_masters(struct kn_restore *r) KN_NODISCARD;
int kn_restore_links_finish(struct kn_restore *r) KN_NODISCARD;
int kn_restore_links_end(struct kn_restore *r) KN_NODISCARD;
/* Ports of bonds: released while they can still be brought up, joined once their bond is there. */
int kn_restore_bonds_release(struct kn_restore *r) KN_NODISCARD;
int kn_restore_bonds_join(struct kn_restore *r) KN_NODISCARD;
/* Its MAC address is for its bond to choose. */
bool kn_restore_has_bonds_mac(const struct kn_restore *r, const struct kn_rlink *link);
/* Options and primary port of a bond. */
int kn_restore_bond_opts(struct kn_restore *r, const struct kn_rlink *link) KN_NODISCARD;
/* Does the link come @step-th of the four in which links are made: cards, bonds, VLANs, bridges? A
 * VLAN of a bridge comes after it. */
bool kn_restore_is_step(const struct kn_restore *r, const struct kn_rlink *link, int step);
#define KN_RESTORE_STEPS 5
/* Makes a link that was there. */
int kn_restore_make(struct kn_restore *r, const struct kn_rlink *link) KN_NODISCARD;
/* Sets a number of a link; nothing when it is known to have it. @kind: LINK_MTU, LINK_GROUP,
 * ADDR_GEN, RP_FILTER, PROMOTE, ACCEPT_RA, DISABLE_IPV6. */
int kn_restore_num(struct kn_restore *r, struct kn_rlink *link, enum kn_phase phase,
		   enum kn_op_kind kind, uint32_t want) KN_NODISCARD;

/* Addresses: those that are missing; those that are too many. */
int kn_restore_addrs_prepare(struct kn_restore *r) KN_NODISCARD;
int kn_restore_addrs_finish(struct kn_restore *r) KN_NODISCARD;
bool kn_restore_addr_is_missing(const struct kn_restore *r, const struct kn_laddr *addr);
/* The IPv4 part, whose order is state. */
int kn_restore_addrs4(struct kn_restore *r, struct kn_rlink *link,
		      enum kn_phase phase) KN_NODISCARD;
int kn_restore_addr_emit(struct kn_restore *r, enum kn_phase phase, enum kn_op_kind kind,
			 const struct kn_laddr *addr) KN_NODISCARD;
/* Neighbours: permanent ones and proxies as recorded; what is known, where addresses come. */
int kn_restore_neighs_prepare(struct kn_restore *r) KN_NODISCARD;
int kn_restore_neighs_finish(struct kn_restore *r) KN_NODISCARD;

/* Fills .was_routes and .now_routes. */
int kn_restore_take_apart(struct kn_restore *r) KN_NODISCARD;
/* Routes: the switch, and the temporary ones at the end. */
int kn_restore_routes_switch(struct kn_restore *r) KN_NODISCARD;
int kn_restore_routes_finish(struct kn_restore *r) KN_NODISCARD;
bool kn_restore_route_is_missing(const struct kn_restore *r, const struct kn_route *route);
/* Nexthop objects between the routes, and rules around them. */
int kn_restore_nexthops(struct kn_restore *r, bool through_gateway) KN_NODISCARD;
int kn_restore_rules_prepare(struct kn_restore *r) KN_NODISCARD;
int kn_restore_rules_finish(struct kn_restore *r) KN_NODISCARD;

#endif
