/* A host as an INI file: its links, libvirt's networks. Layer: cli, pure. */
#ifndef KVMNET_CLI_EXPORT_H
#define KVMNET_CLI_EXPORT_H

#include "cli/export_doc.h"
#include "kvmnet/engine.h"

/* Appends sections that, applied to the host of @state, change nothing: every bond, VLAN and bridge
 * of @state->confs. What a key cannot say is left out, and so is kept as it is, or is told in a
 * comment. Return: 0; -1. */
int kn_export(const struct kn_state *state, struct kn_doc *ret, struct kn_error *err) KN_NODISCARD;

/* Appends the networks of @state (kn_engine_view_nets()): those that the keys can say whole, so
 * that the section gives the definition that is there. The others are named with the reason.
 * Return: 0; -1. */
int kn_export_nets(const struct kn_state *state, struct kn_doc *ret,
		   struct kn_error *err) KN_NODISCARD;

/* Appends a comment that names the links which run, but which no file describes and none of
 * libvirt's networks owns. @nets: NULL = libvirt's networks are not known. Return: 0; -1. */
int kn_export_unwritten(const struct kn_state *state, const struct kn_vnets *nets,
			struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* Appends comments that name what runs and has no section: addresses of cards, ports of guests.
 * @state->confs: of the kernel. Return: 0; -1. */
int kn_export_left(const struct kn_state *state, struct kn_buf *ret,
		   struct kn_error *err) KN_NODISCARD;

/* ---- between the files of it ---- */

/* Writes all that keys can say of @net. */
void kn_export_net_keys(const struct kn_network *net, struct kn_doc *ret);

#endif
