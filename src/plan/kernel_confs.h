/* What files would say of the links that run. Layer: plan, pure. */
#ifndef KVMNET_PLAN_KERNEL_CONFS_H
#define KVMNET_PLAN_KERNEL_CONFS_H

#include "kvmnet/facts.h"

/* Describes the bridges (but libvirt's), bonds and VLANs of @facts, which have every link, address
 * and route, and their ports, as files would: what the kernel or a server gives by itself becomes
 * the word for that. What is as the kernel has it of itself is left out.
 * Return: 0, *ret new; -1 with KN_ERR_NOMEM. */
int kn_confs_of_kernel(const struct kn_facts *facts, struct kn_confs *ret,
		       struct kn_error *err) KN_NODISCARD;
/* Does a port belong to a description of the host: no guest's or container's, that come and go? */
bool kn_port_stays(const struct kn_link *port);

#endif
