/* libvirt, loaded at run time. Layer: virt, effects; the only place that knows its functions. */
#ifndef KVMNET_VIRT_VIRT_H
#define KVMNET_VIRT_VIRT_H

#include "kvmnet/virt.h"

#define KN_VIRT_LIBRARY "libvirt.so.0"

/* Loads libvirt and connects. @param uri NULL = qemu:///system, and network:///system where no
 * QEMU driver runs (libvirt 4.1 and later). An ordinary user's own session is never used: networks
 * defined there cannot make a bridge.
 * Return: 0, new (free with ->close); -1 with KN_ERR_UNSUPPORTED (no library, no daemon),
 * KN_ERR_PRIVILEGE, KN_ERR_SYSTEM. */
int kn_virt_open(const char *uri, struct kn_virt **ret, struct kn_error *err) KN_NODISCARD;
/* The same for looking alone: read-only, which any user may, at the usual place, and with short
 * deadlines: 3 s to connect, 5 s for a snapshot. Then KN_ERR_SYSTEM, and ->close at once. */
int kn_virt_look(struct kn_virt **ret, struct kn_error *err) KN_NODISCARD;

#endif
