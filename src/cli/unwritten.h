/* Links that run, but that no file describes. Layer: cli, pure. */
#ifndef KVMNET_CLI_UNWRITTEN_H
#define KVMNET_CLI_UNWRITTEN_H

#include "kvmnet/engine.h"

/* Finds the bridges, bonds and VLANs that run, but which no file describes and none of libvirt's
 * networks owns. Such a link is no fault: NetworkManager, docker and others make them.
 * @nets: NULL = libvirt's networks are not known. *ret: pointers into @state, free() it.
 * Return: 0; -1 with KN_ERR_NOMEM. */
int kn_unwritten_find(const struct kn_state *state, const struct kn_vnets *nets,
		      const struct kn_link ***ret, size_t *ret_n,
		      struct kn_error *err) KN_NODISCARD;
/* "bridge", "bond" or "vlan". */
const char *kn_unwritten_word(const struct kn_link *link);

#endif
