/* Asking other machines whether they answer. Layer: sys, effects. */
#ifndef KVMNET_SYS_REACH_H
#define KVMNET_SYS_REACH_H

#include "kvmnet/spec.h"

/* Asks until @ip answers an ICMP echo, at most @timeout_ms. Uses a ping socket, or a raw one where
 * the sysctl ping_group_range forbids that.
 * Return: 0 it answers; -1 with KN_ERR_UNCONFIRMED, the message telling how it failed ("does not
 * answer ping"), KN_ERR_PRIVILEGE or KN_ERR_SYSTEM when nothing could be asked. */
int kn_ping(const struct kn_ip *ip, uint32_t timeout_ms, struct kn_error *err) KN_NODISCARD;

/* Tries until a TCP connection is accepted, at most @timeout_ms; it is closed at once. A refusal is
 * final. Return: as kn_ping(). */
int kn_tcp_connect(const struct kn_ip *ip, uint16_t port, uint32_t timeout_ms,
		   struct kn_error *err) KN_NODISCARD;

#endif
