/* A small kernel in memory that behaves like rtnetlink where the planner depends on it.
 * Test support: implements struct kn_live. */
#ifndef KVMNET_TEST_FAKE_LIVE_H
#define KVMNET_TEST_FAKE_LIVE_H

#include "kvmnet/plan.h"

struct fake_kernel {
	struct kn_live live;   /* first member: the participant */
	struct kn_facts facts; /* the kernel's state */
	size_t executed;       /* operations tried so far */
	size_t fail_at;	       /* the operation with this number fails; SIZE_MAX = none */
	size_t fail_again; /* so does this one, and all behind it: for an undo that fails, too */
	int next_ifindex;
	struct kn_ip silent;	    /* this neighbour does not answer ... */
	struct kn_ifname silent_on; /* ... on this link; "" = on any */
	size_t asked;		    /* neighbours asked so far */
};

/* A kernel with lo only. */
void fake_init(struct fake_kernel *fake);
void fake_done(struct fake_kernel *fake);
/* Adds a link that is up (and running unless it is a bridge). */
struct kn_link *fake_add_link(struct fake_kernel *fake, const char *name, enum kn_link_kind kind);
/* Adds an address as `ip addr add` would; returns 0 or -1. */
int fake_add_addr(struct fake_kernel *fake, const char *dev, const char *cidr, uint32_t valid_s);
/* Adds a route; @via may be NULL. */
int fake_add_route(struct fake_kernel *fake, const char *dev, const char *dst, const char *via,
		   uint32_t metric);
/* Adds a nexthop object; @via may be NULL. */
int fake_add_nexthop(struct fake_kernel *fake, uint32_t id, const char *dev, const char *via);
int fake_add_nexthop_route(struct fake_kernel *fake, const char *dst, uint32_t id);
/* Adds a route with several next hops, each {gateway, device}. */
int fake_add_legs(struct fake_kernel *fake, const char *dst, const char *const (*legs)[2],
		  size_t n);
/* Adds an IPv4 rule; "" = any device. */
int fake_add_rule(struct fake_kernel *fake, uint32_t priority, const char *iif, const char *oif);
/* A kernel of its own with the same state; release with fake_done(). */
void fake_copy(const struct fake_kernel *fake, struct fake_kernel *ret);
/* The state as sorted text: two kernels are equal when it is equal. Caller frees. */
char *fake_dump(const struct fake_kernel *fake);

#endif
