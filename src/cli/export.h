/* A host as an INI file: its bridges, libvirt's networks. Layer: cli, pure. */
#ifndef KVMNET_CLI_EXPORT_H
#define KVMNET_CLI_EXPORT_H

#include "kvmnet/buf.h"
#include "kvmnet/engine.h"

/* Appends a file that, applied to the host of @state, changes nothing: every bridge that its files
 * describe. What a key cannot say is left out, and so is kept as it is. Return: 0; -1. */
int kn_export(const struct kn_state *state, struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* Appends the networks of @state (kn_engine_view_nets()) to what kn_export() has written: those
 * that the keys can say whole, so that the section gives the definition that is there. The others
 * are named in a comment with the reason. Return: 0; -1. */
int kn_export_nets(const struct kn_state *state, struct kn_buf *ret,
		   struct kn_error *err) KN_NODISCARD;

/* Appends a comment that names the bridges which run, but which no file describes and none of
 * libvirt's networks owns. @nets: NULL = libvirt's networks are not known. Return: 0; -1. */
int kn_export_unwritten(const struct kn_state *state, const struct kn_vnets *nets,
			struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* ---- between the files of it ---- */

/* Keys align, as people write them. */
void kn_export_key(struct kn_buf *ret, const char *key, const char *value);

/* Appends a section with all that keys can say of @net. Return: whether every value can stand in
 * a line. */
bool kn_export_net_keys(const struct kn_network *net, struct kn_buf *ret);
/* Spanning tree as libvirt has it of itself, on and with a delay of 0: what is there so is kept,
 * but nothing asks for it (model/network_check.c). Whether a network is so. */
bool kn_export_is_slow(const struct kn_network *net);

#endif
