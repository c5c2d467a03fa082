/* Reading what the user names on the command line. Layer: sys, effects. */
#ifndef KVMNET_SYS_INPUT_H
#define KVMNET_SYS_INPUT_H

#include "kvmnet/buf.h"
#include "kvmnet/spec.h"

/* Appends a whole regular file, or standard input for "-", to @ret. A directory, FIFO or device,
 * and more than @max bytes are refused. Return: 0; -1 with KN_ERR_INPUT, KN_ERR_PRIVILEGE or
 * KN_ERR_SYSTEM. */
int kn_input_read(const char *path, size_t max, struct kn_buf *ret,
		  struct kn_error *err) KN_NODISCARD;

/* The files that @path stands for: itself, or of a directory its *.conf files in the order of their
 * names. Return: 0; -1 with KN_ERR_INPUT when there is none, KN_ERR_PRIVILEGE, KN_ERR_SYSTEM. */
int kn_input_list(const char *path, struct kn_strv *ret, struct kn_error *err) KN_NODISCARD;

#endif
