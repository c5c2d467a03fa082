/* Between the files that check a network. Layer: model, pure. */
#ifndef KVMNET_MODEL_NETWORK_CHECK_H
#define KVMNET_MODEL_NETWORK_CHECK_H

#include "kvmnet/network.h"

#define KN_NETCHECK_TEXT 128

/* Each looks at one part. @faults: see kn_errors_take(). Return: 0; -1 with KN_ERR_INPUT. */
int kn_netcheck_subnets(const struct kn_network *net, struct kn_errors *faults,
			struct kn_error *err) KN_NODISCARD;
int kn_netcheck_dhcp(const struct kn_network *net, struct kn_errors *faults,
		     struct kn_error *err) KN_NODISCARD;
int kn_netcheck_routes(const struct kn_network *net, struct kn_errors *faults,
		       struct kn_error *err) KN_NODISCARD;
int kn_netcheck_dns(const struct kn_network *net, struct kn_error *err) KN_NODISCARD;

/* Records: option --@option with @value cannot be, because @why. @value is escaped here.
 * Return: -1. */
int kn_netcheck_bad(const char *option, const char *value, const char *why, struct kn_error *err);

/* The subnet that holds @ip. Return: borrowed, or NULL. */
const struct kn_cidr *kn_netcheck_subnet_of(const struct kn_network *net, const struct kn_ip *ip);
/* Is a subnet of this family still to be chosen? Then nothing can be said about its addresses. */
bool kn_netcheck_open(const struct kn_network *net, enum kn_family family);

#endif
