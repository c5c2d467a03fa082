/* Which networks are taken, and a free one. Layer: plan, pure. */
#ifndef KVMNET_PLAN_SUBNET_H
#define KVMNET_PLAN_SUBNET_H

#include "kvmnet/facts.h"
#include "kvmnet/network.h"

/* Something that uses a prefix. */
struct kn_taken {
	struct kn_cidr net;
	char *why;	      /* owned, escaped: "the address of eth0", "the network lab" */
	struct kn_ifname dev; /* the link it is on; "" = none */
};

struct kn_takens {
	struct kn_taken *v; /* owned */
	size_t n, cap;
};

/* Adds @cidr, taken on link @dev (may be NULL). A default route takes nothing and is left out. */
int kn_takens_add(struct kn_takens *list, const struct kn_cidr *cidr, const struct kn_ifname *dev,
		  struct kn_error *err, const char *fmt, ...) KN_PRINTF(5, 6) KN_NODISCARD;
void kn_takens_done(struct kn_takens *list);
/* The first entry that overlaps @cidr, but for those on link @own (may be NULL). Return: borrowed,
 * or NULL. */
const struct kn_taken *kn_takens_find(const struct kn_takens *list, const struct kn_cidr *cidr,
				      const struct kn_ifname *own);

/* The host as far as it takes prefixes; all borrowed, NULL = not read. */
struct kn_taken_host {
	const struct kn_facts *facts;
	const struct kn_confs *confs; /* what is down now and comes back at the next boot */
	const char *resolv;	      /* the text of resolv.conf */
	/* The network that is looked at: what is on its bridge ("" = none) is its own, and so are
	 * its addresses as name servers of the host. */
	const struct kn_ifname *own;
	const struct kn_cidrs *own_subnets;
};

/* Adds what the host takes: addresses and routes of the kernel, then those of the files, then name
 * servers. Default routes, loopback, link-local and multicast prefixes take nothing. */
int kn_takens_add_host(struct kn_takens *list, const struct kn_taken_host *host,
		       struct kn_error *err) KN_NODISCARD;
/* Another network's subnets and the networks behind its guests. */
int kn_takens_add_network(struct kn_takens *list, const struct kn_network *net,
			  struct kn_error *err) KN_NODISCARD;

/* The lowest free /24 of 192.168.122 to .254, then of 10.66, 10.77, 10.88 and 10.99; the host's
 * address is .1. *ret_avoided: what the first choice collided with, borrowed; NULL = it is the
 * first choice. Return: 0; -1 with KN_ERR_REFUSED when all are taken. */
int kn_subnet_choose(const struct kn_takens *taken, struct kn_cidr *ret,
		     const struct kn_taken **ret_avoided, struct kn_error *err) KN_NODISCARD;

/* A unique local prefix (RFC 4193) made of @seed (the host's) and @name: the same every time, so
 * that two runs agree. The host's address is ::1 of its /64 number 1.
 * Return: 0; -1 with KN_ERR_REFUSED. */
int kn_subnet_choose6(const struct kn_takens *taken, uint64_t seed, const char *name,
		      struct kn_cidr *ret, struct kn_error *err) KN_NODISCARD;

/* The range of leases for @subnet: all its host addresses above its own address, or below where
 * there are more, within a /16. IPv4. Return: true; false when there is no room. */
bool kn_subnet_range(const struct kn_cidr *subnet, struct kn_net_range *ret);

#endif
