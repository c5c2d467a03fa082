/* Between the files of the in-memory kernel. */
#ifndef KVMNET_TEST_FAKE_PRIV_H
#define KVMNET_TEST_FAKE_PRIV_H

#include "fake_live.h"

#define FAKE_UP 0x1u

struct kn_link *fake_find(struct fake_kernel *fake, const struct kn_ifname *name);
int fake_link_del(struct fake_kernel *fake, const struct kn_ifname *name);
int fake_link_down(struct fake_kernel *fake, struct kn_link *link);
/* Bonds and VLANs: made; a port joins or leaves; options; what goes with a link that is deleted. */
int fake_stacked_add(struct fake_kernel *fake, const struct kn_op *op);
int fake_bond_port(struct fake_kernel *fake, struct kn_link *link, const struct kn_ifname *to);
int fake_bond_set(struct fake_kernel *fake, const struct kn_op *op, struct kn_link *link);
void fake_unstack(struct fake_kernel *fake, const struct kn_ifname *name);
int fake_addr_add(struct fake_kernel *fake, const struct kn_laddr *addr);
int fake_addr_del(struct fake_kernel *fake, const struct kn_laddr *addr);
void fake_add_connected(struct fake_kernel *fake, const struct kn_laddr *addr);
void fake_drop_addrs(struct fake_kernel *fake, const struct kn_ifname *dev, bool v6_only);
void fake_drop_routes(struct fake_kernel *fake, const struct kn_ifname *dev, enum kn_family family);
int fake_route_del(struct fake_kernel *fake, const struct kn_route *route);
int fake_insert_route(struct fake_kernel *fake, const struct kn_route *route, bool front);
void fake_remove_route(struct fake_kernel *fake, size_t i);
/* Device and gateway of a route are those of the object that it names. */
int fake_follow_nexthop(struct fake_kernel *fake, struct kn_route *route);
/* As the operation says: replaced, made (@before->id 0) or deleted (@now->id 0). */
int fake_nexthop_op(struct fake_kernel *fake, const struct kn_nexthop *now,
		    const struct kn_nexthop *before);
int fake_nexthop_replace(struct fake_kernel *fake, const struct kn_nexthop *now);
void fake_drop_nexthops(struct fake_kernel *fake, const struct kn_ifname *dev);
int fake_rule_add(struct fake_kernel *fake, const struct kn_rule *rule);
int fake_rule_del(struct fake_kernel *fake, const struct kn_rule *rule);
int fake_read_policy(const struct kn_facts *all, const struct kn_live_request *req,
		     struct kn_facts *ret, struct kn_error *err);
void fake_dump_policy(const struct kn_facts *facts, struct kn_strv *lines);
bool fake_gateway_reachable(const struct fake_kernel *fake, const struct kn_route *route);

#endif
