/* A network of its own for tests of the live layer: fresh namespaces, `ip`, and a text form of a
 * snapshot that two states can be compared by. */
#ifndef KVMNET_TESTS_LIVE_SANDBOX_H
#define KVMNET_TESTS_LIVE_SANDBOX_H

#include "kvmnet/buf.h"
#include "kvmnet/plan.h"

/* Once per process: own user (when not root) and mount namespace. Return: 0; -1 with errno. */
int sandbox_enter(void);
/* A fresh network namespace with its own /sys. Return: 0; -1 with errno. */
int sandbox_new_net(void);
/* Runs `ip WORDS...` (split at spaces, no quoting). Return: its exit status, -1. */
int sandbox_ip(const char *words);
/* The same with standard output in *ret (NUL-terminated, cut at @size). */
int sandbox_ip_read(const char *words, char *ret, size_t size);

/* Everything that an operation can change, one item per line; no indexes, clocks or counters. */
void sandbox_describe(const struct kn_facts *facts, struct kn_buf *ret);

#endif
