/* A change that is made by a guardian, seen from the command line. Layer: cli, effects. */
#ifndef KVMNET_CLI_GUARD_H
#define KVMNET_CLI_GUARD_H

#include "cli/run.h"
#include "sys/guard.h"

/* Could somebody at the terminal be asked whether to keep the change? */
bool kn_guard_can_ask(const struct kn_cli *cli, const struct kn_term *term);
/* Is the command one that a guardian makes: a change of the running host? */
bool kn_guard_is_due(const struct kn_cli *cli);
/* The viewer's whole life; @viewer is taken. What the guardian prints, it prints itself.
 * Return: 0, ret->status the guardian's exit status, or with --no-wait what it is to be while the
 * change waits; -1: it was killed, and what became of its
 * change. */
int kn_guard_view(const struct kn_run *run, struct kn_viewer *viewer, struct kn_result *ret,
		  struct kn_error *err) KN_NODISCARD;

#endif
