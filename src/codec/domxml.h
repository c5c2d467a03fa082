/* libvirt's guest XML: how a guest is wired. Layer: codec, pure.
 * Source: https://libvirt.org/formatdomain.html#network-interfaces */
#ifndef KVMNET_CODEC_DOMXML_H
#define KVMNET_CODEC_DOMXML_H

#include "kvmnet/virt.h"

/* Appends the network cards of @dom to @ret. Return: 0; -1 with KN_ERR_HOSTFILE, KN_ERR_NOMEM,
 * KN_ERR_UNSUPPORTED (no libxml2). */
int kn_domxml_nics(const struct kn_vdom *dom, struct kn_vnics *ret,
		   struct kn_error *err) KN_NODISCARD;

#endif
