/* The way back from a change that was committed: planned from the history's record and executed as
 * a change of its own. Layer: engine, effects through its participants. */
#include <string.h>

#include "engine/change.h"
#include "engine/net.h"
#include "kvmnet/text.h"
#include "plan/net.h"
#include "plan/planner.h"
#include "plan/restore.h"
#include "sys/journal.h"
#include "sys/sys.h"

#define RECORD_MAX (2 * KN_FILE_MAX) /* bytes of a record of ours: an original and its names */

/* What is rolled back, and what is there now. */
struct rollback {
	struct kn_engine *engine;   /* .own, once it is opened */
	struct kn_engine own;	    /* the caller's, with the libvirt of the record */
	struct kn_virt *virt;	    /* opened for it, or NULL */
	const struct kn_spec *spec; /* how it is done */
	struct kn_journal entry;
	struct kn_state state;
};

static void rollback_done(struct rollback *rollback)
{
	kn_journal_done(&rollback->entry);
	kn_state_done(&rollback->state);
	if (rollback->virt)
		rollback->virt->close(rollback->virt);
}

static bool touches(const struct kn_journal *journal, const char *path)
{
	for (size_t i = 0; i < journal->n_files; i++)
		if (!strcmp(journal->files[i].path, path))
			return true;
	return false;
}

static bool touches_net(const struct kn_journal *journal, const char *name)
{
	for (size_t i = 0; i < journal->n_nets; i++)
		if (!strcmp(journal->nets[i].name, name))
			return true;
	return false;
}

/* Who changed a file or network since: a later change of kvmnet's (@has tells), or somebody else.
 * @what: "network " or "". Return: -1. */
static int refuse_changed(const struct rollback *rollback, const char *what, const char *path,
			  bool (*has)(const struct kn_journal *, const char *),
			  struct kn_error *err)
{
	struct kn_journals list KN_CLEANUP(kn_journals_done) = {0};
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	uint32_t number = rollback->entry.number, later = 0;
	size_t damaged;

	if (kn_history_list(rollback->engine->root, &list, &damaged, err) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].number > number && has(&list.v[i], path))
			later = list.v[i].number;
	kn_buf_puts(&shown, what);
	kn_buf_put_escaped(&shown, path, strlen(path));
	if (later) {
		kn_fail(err, KN_ERR_HOSTFILE, 0, "%s was changed again by change %u",
			kn_buf_str(&shown), later);
		return kn_hint(err, "roll back the later change first: kvmnet rollback %u", later);
	}
	kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is not as change %u left it: somebody edited it since",
		kn_buf_str(&shown), number);
	return kn_hint(err, "compare with: kvmnet history %u; move the edit away to roll back",
		       number);
}

static bool is_text(const struct kn_buf *now, bool present, const void *data, size_t len,
		    bool want_present)
{
	return present == want_present && now->len == len &&
	       (len == 0 || !memcmp(now->data, data, len));
}

/* Is the file what the change left? Where it was undone already, undoing that would do it again: no
 * way on. */
static int check_file(struct rollback *rollback, const struct kn_jfile *file, struct kn_error *err)
{
	struct kn_buf now KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool present;

	if (kn_root_read(rollback->engine->root, file->path, KN_FILE_MAX, &now, &present, err) < 0)
		return -1;
	if (is_text(&now, present, file->after, file->after_len, file->after_present))
		return 0;
	refuse_changed(rollback, "", file->path, touches, err);
	if (!is_text(&now, present, file->before, file->before_len, file->before_present))
		return -1;
	return kn_hint(err,
		       "it is as it was before change %u already; kvmnet history lists what was "
		       "done since",
		       rollback->entry.number);
}

/* Adds the change of one file to what it was. @now: what is there. */
static int add_change(const struct kn_jfile *file, const struct kn_file *now, struct kn_plan *plan,
		      struct kn_error *err)
{
	size_t known = plan->files.n;

	if (kn_filechgs_add(&plan->files, file->path, now, file->before, file->before_len, err) < 0)
		return -1;
	if (plan->files.n == known) /* it is so already */
		return 0;
	struct kn_filechg *chg = &plan->files.v[known];
	chg->live_only = file->live_only;
	chg->is_state = file->is_state;
	chg->origin_given = true;
	chg->as = file->before_present ? file : NULL;
	return 0;
}

static int plan_file(const struct kn_jfile *file, struct kn_plan *plan, struct kn_error *err)
{
	struct kn_file now = {.path = file->path,
			      .present = file->after_present,
			      .data = file->after,
			      .len = file->after_len};

	return add_change(file, &now, plan, err);
}

static int plan_record(struct rollback *rollback, const struct kn_jfile *file, struct kn_plan *plan,
		       struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_file now = {.path = file->path};

	if (kn_root_read(rollback->engine->root, file->path, RECORD_MAX, &text, &now.present, err) <
	    0)
		return -1;
	if (now.present) {
		now.data = text.data;
		now.len = text.len;
	}
	return add_change(file, &now, plan, err);
}

/* Records of originals first, as in every change; the files backwards: on the way back the port's
 * file is in place before its bridge's goes. */
static int plan_files(struct rollback *rollback, struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_journal *entry = &rollback->entry;

	/* records of ours are not edited by others: whatever they are now, they follow */
	for (size_t i = 0; i < entry->n_files; i++)
		if (entry->files[i].is_state &&
		    plan_record(rollback, &entry->files[i], plan, err) < 0)
			return -1;
	for (size_t i = entry->n_files; i-- > 0;) {
		const struct kn_jfile *file = &entry->files[i];

		if (file->is_state || (file->live_only && !rollback->engine->live))
			continue;
		if (check_file(rollback, file, err) < 0 || plan_file(file, plan, err) < 0)
			return -1;
	}
	return 0;
}

static int add_file_ops(struct kn_plan *plan, struct kn_error *err)
{
	for (size_t i = 0; i < plan->files.n; i++) {
		struct kn_op op = {.kind = KN_OP_FILE, .phase = KN_PHASE_FILES, .file = i};

		if (!plan->files.v[i].is_state && kn_plan_add_op(plan, &op, err) < 0)
			return -1;
	}
	return 0;
}

/* Where a link is not there any more nothing of this change is left half done, and there is nothing
 * that a recovery could go on with. Return: -1. */
static int fail_missing(uint32_t number, enum kn_error_kind kind, struct kn_error *err)
{
	if (err->kind != KN_ERR_INCOMPLETE)
		return -1;
	err->kind = kind;
	return kn_hint(err,
		       "look with: ip -details link show; the files alone go back with: kvmnet "
		       "rollback %u --no-live",
		       number);
}

/* ---- libvirt's networks ---- */

static int open_virt(struct rollback *rollback, struct kn_error *err)
{
	rollback->own = *rollback->engine;
	if (rollback->entry.n_nets && !rollback->own.virt) {
		if (kn_net_open(&rollback->own, rollback->entry.uri, &rollback->virt, err) < 0)
			return -1;
		rollback->own.virt = rollback->virt;
		rollback->own.uri = rollback->entry.uri;
	}
	rollback->engine = &rollback->own;
	return 0;
}

/* Before the kernel's part: a network goes before the bridge that it is over. */
static int plan_nets(struct rollback *rollback, struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_journal *entry = &rollback->entry;
	struct kn_vnets *now = &rollback->state.nets;

	if (entry->n_nets == 0)
		return 0;
	if (kn_net_plan_back(rollback->engine, entry, now, plan, err) < 0)
		return -1;
	for (size_t i = 0; i < entry->n_nets && !kn_plan_is_empty(plan); i++) {
		const struct kn_jnet *row = &entry->nets[i];
		bool same;

		if (kn_net_is_as_left(row, kn_vnets_get(now, row->name), &same, err) < 0)
			return -1;
		if (!same)
			return refuse_changed(rollback, "network ", row->name, touches_net, err);
	}
	return kn_net_refuse_stops(&rollback->state, plan, err);
}

/* ---- the whole ---- */

/* What was put on a bridge since that goes now. */
static int find_uppers(const struct kn_engine *engine, const struct kn_plan *plan,
		       struct kn_facts *facts, struct kn_error *err)
{
	struct kn_names bridges KN_CLEANUP(kn_names_done) = {0};
	struct kn_facts seen KN_CLEANUP(kn_facts_done) = {0};

	for (size_t i = 0; i < plan->n_ops; i++)
		if (plan->ops[i].kind == KN_OP_LINK_DEL &&
		    kn_names_add(&bridges, &plan->ops[i].dev, err) < 0)
			return -1;
	struct kn_live_request req = {.names = bridges.v, .n_names = bridges.n, .uppers = true};
	if (!bridges.n)
		return 0;
	if (engine->live->snapshot(engine->live, &req, &seen, err) < 0)
		return -1;
	for (size_t i = 0; i < seen.n_links; i++)
		if (!kn_facts_link(facts, &seen.links[i].name) &&
		    kn_facts_add_link(facts, &seen.links[i], err) < 0)
			return -1;
	return 0;
}

/* The session that types this may be the one that it cuts off. */
static int plan_kernel(struct rollback *rollback, struct kn_plan *plan, struct kn_error *err)
{
	struct kn_engine *engine = rollback->engine;
	struct kn_facts *facts = &rollback->state.facts;

	if (kn_plan_back(engine, &rollback->entry, facts, plan, err) < 0)
		return fail_missing(rollback->entry.number, KN_ERR_REFUSED, err);
	if (engine->ssh)
		facts->has_ssh =
			engine->ssh(facts, &facts->ssh_local, &facts->ssh_peer, engine->ssh_arg);
	plan->confirm_s = kn_confirm_rollback(rollback->spec, facts);
	if (find_uppers(engine, plan, facts, err) < 0)
		return -1;

	struct kn_inputs in = {.spec = rollback->spec, .facts = facts};
	return kn_preflight_rollback(&in, &rollback->entry, plan, err);
}

/* Everything read and planned; nothing changed. */
static int plan_rollback(struct rollback *rollback, uint32_t number, struct kn_plan *ret,
			 struct kn_error *err)
{
	struct kn_engine *engine = rollback->engine;
	struct kn_plan plan = {0};

	if (kn_history_load(engine->root, number, &rollback->entry, err) < 0)
		return -1;
	plan.verb = rollback->entry.verb;
	plan.bridge = rollback->entry.bridge;
	plan.undoes = rollback->entry.number;
	plan.backend = rollback->entry.n_files && engine->backend ? engine->backend->name : NULL;
	int r = open_virt(rollback, err);
	engine = rollback->engine;
	if (r == 0)
		r = plan_nets(rollback, &plan, err);
	if (r == 0)
		r = plan_files(rollback, &plan, err);
	if (r == 0)
		r = add_file_ops(&plan, err);
	if (r == 0 && rollback->entry.has_live && engine->live)
		r = plan_kernel(rollback, &plan, err);
	if (r < 0) {
		kn_plan_done(&plan);
		return -1;
	}
	*ret = plan;
	return 0;
}

int kn_engine_rollback_plan(struct kn_engine *engine, const struct kn_spec *spec, uint32_t number,
			    struct kn_plan *ret, struct kn_error *err)
{
	struct rollback rollback KN_CLEANUP(rollback_done) = {.engine = engine, .spec = spec};

	return plan_rollback(&rollback, number, ret, err);
}

static int fail_left(const struct kn_op *op, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_op_describe(op, &text);
	kn_fail(err, KN_ERR_SYSTEM, 0, "the result does not hold: still to do: %s",
		kn_buf_str(&text));
	return kn_hint(err, "see who else configures this network: kvmnet doctor");
}

static int verify_nets(struct kn_change *change, const struct kn_journal *entry,
		       struct kn_error *err)
{
	struct kn_vnets now KN_CLEANUP(kn_vnets_done) = {0};
	struct kn_plan left KN_CLEANUP(kn_plan_done) = {0};

	if (entry->n_nets == 0)
		return 0;
	if (kn_net_plan_back(change->engine, entry, &now, &left, err) < 0)
		return kn_wrap(err, "checking the result");
	return left.n_ops ? fail_left(&left.ops[0], err) : 0;
}

/* Networks and kernel are again what the record says; the files were judged by the transaction. */
static int verify(struct kn_change *change, struct kn_error *err)
{
	const struct kn_journal *entry = change->verify_arg;
	struct kn_facts now KN_CLEANUP(kn_facts_done) = {0};
	struct kn_plan left KN_CLEANUP(kn_plan_done) = {0};

	if (verify_nets(change, entry, err) < 0)
		return -1;
	if (!change->journal.has_live)
		return 0;
	if (kn_plan_back(change->engine, entry, &now, &left, err) < 0) {
		fail_missing(entry->number, KN_ERR_SYSTEM, err);
		return kn_wrap(err, "checking the result");
	}
	const struct kn_op *op = kn_ops_left(&left);
	if (op)
		return fail_left(op, err);
	return kn_checks_after(change->engine, &change->checks, &now, err);
}

static int rollback_locked(struct kn_engine *engine, struct kn_lock *lock,
			   const struct kn_spec *spec, uint32_t number, struct kn_plan *ret,
			   struct kn_error *err)
{
	struct rollback rollback KN_CLEANUP(rollback_done) = {.engine = engine, .spec = spec};
	struct kn_recovery found KN_CLEANUP(kn_recovery_done) = {0};
	struct kn_change change = {.engine = engine,
				   .lock = lock,
				   .state = &rollback.state,
				   .plan = ret,
				   .spec = spec,
				   .verify = verify,
				   .verify_arg = &rollback.entry};

	if (kn_recover_locked(engine, &found, err) < 0)
		return -1;
	if (plan_rollback(&rollback, number, ret, err) < 0 ||
	    kn_recovery_note(&found, ret, err) < 0 || kn_root_sure(engine->root, err) < 0)
		return kn_recovery_fail(&found, err);
	if (kn_plan_is_empty(ret))
		return 0;
	change.engine = rollback.engine;
	int r = kn_change_run(&change, err);
	ret->number = change.number;
	return r < 0 ? kn_recovery_fail(&found, err) : 0;
}

int kn_engine_rollback(struct kn_engine *engine, const struct kn_spec *spec, uint32_t number,
		       struct kn_plan *ret, struct kn_error *err)
{
	struct kn_lock *lock = NULL;

	if (kn_engine_lock(engine, &lock, err) < 0)
		return -1;
	int r = rollback_locked(engine, lock, spec, number, ret, err);
	kn_lock_release(lock);
	return r;
}
