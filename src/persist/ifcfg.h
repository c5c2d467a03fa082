/* The ifcfg backend (network-scripts directory). Layer: persist, pure. */
#ifndef KVMNET_PERSIST_IFCFG_H
#define KVMNET_PERSIST_IFCFG_H

#include "kvmnet/plan.h"

extern const struct kn_backend kn_backend_ifcfg;

#endif
