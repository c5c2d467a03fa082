/* The engine: probe, plan, apply, undo. Layer: engine, effects through its participants. */
#ifndef KVMNET_ENGINE_H
#define KVMNET_ENGINE_H

#include "kvmnet/journal.h"
#include "kvmnet/virt.h"

struct kn_guard;
struct kn_root;

/* The world a command works in; every pointer is borrowed, NULL where a part is not used. */
struct kn_engine {
	struct kn_root *root;
	const struct kn_backend *backend; /* NULL: --no-persist */
	struct kn_live *live;		  /* NULL: --no-live or --root */
	struct kn_virt *virt;		  /* NULL: the command has nothing to do with libvirt */
	const char *uri;		  /* .virt's, for the way back; NULL = the usual one */
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
	/* KN_APPLY: where the faults of its parts are told, of all of them and with .part; planning
	 * fails with the first then. NULL: it ends at the first. */
	struct kn_errors *faults;
	const char *command;		    /* the command line for journal and history, or NULL */
	const struct kn_progress *progress; /* told how far a change has come, or NULL */
	/* Called before every step that is executed (-v), or NULL. */
	void (*on_op)(const struct kn_plan *plan, size_t i, void *arg);
	void *on_op_arg;
};

/* What the host is: files, what they say, the kernel. */
struct kn_state {
	struct kn_tree tree;
	struct kn_confs confs;
	struct kn_origins origins;
	struct kn_facts facts;
	struct kn_vnets nets; /* libvirt's, where the command is about them */
	struct kn_vnics nics;
	bool has_nics; /* .nics was read */
};

void kn_state_done(struct kn_state *state);

/* Reads everything that a change by @spec depends on. Changes nothing. Return: 0; -1. */
int kn_engine_probe(struct kn_engine *engine, const struct kn_spec *spec, struct kn_state *ret,
		    struct kn_error *err) KN_NODISCARD;
/* Reads what `bridge list` (@bridge NULL) or `bridge show` prints. Needs no privilege. */
int kn_engine_view(struct kn_engine *engine, const struct kn_ifname *bridge, struct kn_state *ret,
		   struct kn_error *err) KN_NODISCARD;
/* The port that carries the host's default route, or that gave it to @bridge, where that has it
 * already. Return: 0; -1 with KN_ERR_INPUT when there is none. */
int kn_engine_uplink(struct kn_engine *engine, const struct kn_ifname *bridge,
		     struct kn_ifname *ret, struct kn_error *err) KN_NODISCARD;
/* Probe and plan. Changes nothing. Return: 0, *ret new; -1. */
int kn_engine_plan(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		   struct kn_error *err) KN_NODISCARD;
/* Takes the lock, plans and executes; on any failure undoes what was done. *ret is the plan that
 * was executed (also on failure, for the report; empty when planning failed).
 * Return: 0 done or nothing to do; -1: KN_ERR_SYSTEM = all put back, KN_ERR_INCOMPLETE = not all.
 */
int kn_engine_run(struct kn_engine *engine, const struct kn_spec *spec, struct kn_plan *ret,
		  struct kn_error *err) KN_NODISCARD;

/* The next thing to type after a change that failed, was killed or was not kept: sets the hint of
 * @err unless it has one. @line: the command line without the program's name, or NULL. Return: -1.
 */
int kn_hint_again(const char *line, struct kn_error *err);

/* ---- what became of a change that nobody finished ---- */

enum kn_recovered {
	KN_RECOVERED_NOTHING, /* there was none */
	KN_RECOVERED_KEPT,    /* it had been committed: only what it left behind was removed */
	KN_RECOVERED_UNDONE,
	KN_RECOVERED_DISCARDED, /* nothing was touched, and the journal is out of the way */
};

struct kn_recovery {
	enum kn_recovered what;
	uint32_t number;	  /* of the change; 0 = unknown */
	char *command;		  /* owned, or NULL */
	bool live;		  /* the running kernel was put back too */
	struct kn_strv conflicts; /* copies of what others had edited meanwhile, or the journal */
};

void kn_recovery_done(struct kn_recovery *recovery);
/* Takes the lock and undoes a change whose process died. Repeatable. The kernel is put back only on
 * the boot on which the change began. @discard: the undo cannot be completed and the host shall
 * stay as it is: files and kernel are not touched, the journal goes to the history's place for
 * damaged ones. Return: 0, *ret new; -1: KN_ERR_INCOMPLETE = not all could be put back (the journal
 * stays), KN_ERR_BUSY = its process lives. */
int kn_engine_recover(struct kn_engine *engine, bool discard, struct kn_recovery *ret,
		      struct kn_error *err) KN_NODISCARD;

/* ---- the way back from a committed change ---- */

/* Plans the undo of change @number of the history (0 = the newest). Changes nothing. @spec: how it
 * is to be done (confirmation, checks), not what.
 * Return: 0; -1: KN_ERR_INPUT = no such change, KN_ERR_HOSTFILE = a file is no longer what that
 * change left, KN_ERR_REFUSED = a link of that time is gone. */
int kn_engine_rollback_plan(struct kn_engine *engine, const struct kn_spec *spec, uint32_t number,
			    struct kn_plan *ret, struct kn_error *err) KN_NODISCARD;
/* The same, executed under the lock as a change of its own. Return: as kn_engine_run(). */
int kn_engine_rollback(struct kn_engine *engine, const struct kn_spec *spec, uint32_t number,
		       struct kn_plan *ret, struct kn_error *err) KN_NODISCARD;

/* Reads what `net list`, `net show` and `net check` tell, from engine->virt. Needs no privilege but
 * libvirt's own. */
int kn_engine_view_nets(struct kn_engine *engine, struct kn_state *ret,
			struct kn_error *err) KN_NODISCARD;
/* What is wrong with network @name of what was read (NULL: any). */
int kn_engine_check_nets(const struct kn_state *state, const char *name, struct kn_findings *ret,
			 struct kn_error *err) KN_NODISCARD;

#endif
