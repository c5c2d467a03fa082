/* A host's bridges as an INI file. Layer: cli, pure. */
#ifndef KVMNET_CLI_EXPORT_H
#define KVMNET_CLI_EXPORT_H

#include "kvmnet/buf.h"
#include "kvmnet/engine.h"

/* Appends a file that, applied to the host of @state, changes nothing: every bridge that its files
 * describe. What a key cannot say is left out, and so is kept as it is. Return: 0; -1. */
int kn_export(const struct kn_state *state, struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
