/* Words for people about operations, routes and options; used by plans, views and comparisons.
 * Layer: model, pure. */
#ifndef KVMNET_TEXT_H
#define KVMNET_TEXT_H

#include "kvmnet/buf.h"
#include "kvmnet/plan.h"

/* An interface name, escaped. */
void kn_text_name(struct kn_buf *ret, const struct kn_ifname *name);

/* "default via 192.168.12.1 metric 100", "10.0.0.0/8 src 10.1.1.1"; without the device.
 * Table and type are named only when they are not main and unicast. */
void kn_text_route(struct kn_buf *ret, const struct kn_route *route);

/* "stp off, forward-delay 0". @info: kn_bridge_opt_info or kn_port_opt_info.
 * @before: options of an earlier state, shown as "stp on (was off)"; or NULL. */
void kn_text_opts(struct kn_buf *ret, const struct kn_opts *opts, const struct kn_opts *before,
		  const struct kn_opt_info *(*info)(unsigned int));

/* The options of a bridge that are worth a word: STP, and what differs from the values that the
 * kernel gives a new bridge. */
struct kn_opts kn_text_notable_opts(const struct kn_opts *opts);

/* One line per operation, for people: "attach eth0 to br0". */
void kn_op_describe(const struct kn_op *op, struct kn_buf *ret);
/* Its rows for bonds and VLANs, and for libvirt networks. */
void kn_op_describe_link(const struct kn_op *op, struct kn_buf *ret);
void kn_op_describe_net(const struct kn_op *op, struct kn_buf *ret);

#endif
