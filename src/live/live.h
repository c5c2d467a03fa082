/* The running kernel over rtnetlink. Layer: live, effects; the only place that includes libnl. */
#ifndef KVMNET_LIVE_H
#define KVMNET_LIVE_H

#include "kvmnet/plan.h"

/* Opens a netlink socket. Return: 0, new (free with ret->close); -1 with KN_ERR_SYSTEM. */
int kn_live_open(struct kn_live **ret, struct kn_error *err) KN_NODISCARD;

#endif
