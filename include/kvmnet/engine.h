/* The engine: probe, plan, apply, undo. Layer: engine, effects through its participants. */
#ifndef KVMNET_ENGINE_H
#define KVMNET_ENGINE_H

#include "kvmnet/virt.h"

struct kn_root;
struct kn_guard;

/* The world a command works in; every pointer is borrowed, NULL where a part is not used. */
struct kn_engine {
	struct kn_root *root;
	const struct kn_backend *backend; /* NULL: --no-persist */
	struct kn_live *live;		  /* NULL: --no-live or --root */
	struct kn_virt *virt;		  /* NULL: the command has nothing to do with libvirt */
	/* The SSH session's two ends; @facts: the addresses that the change may concern. Or NULL.
	 */
	bool (*ssh)(const struct kn_facts *facts, struct kn_ip *ret_local, struct kn_ip *ret_peer,
		    void *arg);
	void *ssh_arg;
	/* Waits for the confirmation of a change whose plan wants one (sys/guard.h), or NULL: there
	 * is nobody to wait for, the change stands at once. */
	struct kn_guard *guard;
	uint32_t lock_timeout_ms;
	const struct kn_host *host; /* known from an earlier look, or NULL: probe it */
	/* Called before every step that is executed (progress, -v), or NULL. */
	void (*on_op)(const struct kn_op *op, size_t i, size_t n, void *arg);
	void *on_op_arg;
};

/* What the host is: files, what they say, the kernel. */
struct kn_state {
	struct kn_tree tree;
	struct kn_confs confs;
	struct kn_origins origins;
	struct kn_facts facts;
};

void kn_state_done(struct kn_state *state);

/* Reads everything that a change by @spec depends on. Changes nothing. Return: 0; -1. */
int kn_engine_probe(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
		    struct kn_error *err) KN_NODISCARD;
/* Reads what `bridge list` (@bridge NULL) or `bridge show` prints. Needs no privilege. */
int kn_engine_view(struct kn_engine *engine, const struct kn_ifname *bridge, struct kn_state *ret,
		   struct kn_error *err) KN_NODISCARD;
/* Probe and plan. Changes nothing. Return: 0, *ret new; -1. */
int kn_engine_plan(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		   struct kn_error *err) KN_NODISCARD;
/* Takes the lock, plans and executes; on any failure undoes what was done. *ret is the plan that
 * was executed (also on failure, for the report; empty when planning failed).
 * Return: 0 done or nothing to do; -1: KN_ERR_SYSTEM = all put back, KN_ERR_INCOMPLETE = not all.
 */
int kn_engine_run(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		  struct kn_error *err) KN_NODISCARD;

#endif
