/* confirm, cancel: a word about the change that waits for one. Layer: cli, effects. */
#include "cli/guard.h"
#include "cli/view_json.h"
#include "sys/journal.h"

/* Text, or with --json a document: "change", "kept". -q leaves the text out. */
static int render(const struct kn_run *run, uint32_t number, bool kept, struct kn_buf *ret,
		  struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (!run->cli->json) {
		if (!run->cli->quiet)
			kn_buf_printf(ret, "change %u %s\n", number,
				      kept ? "is kept" : "was undone: the host is as before");
		return kn_buf_check(ret, err);
	}
	if (kn_view_json_new(&run->view, &json, err) < 0)
		return -1;
	kn_json_int(json, "change", number);
	kn_json_bool(json, "kept", kept);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

/* Its guardian is dead and can do nothing any more: then it was not confirmed in time. */
static int undo_dead(const struct kn_run *run, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_recovery found KN_CLEANUP(kn_recovery_done) = {0};

	if (kn_world_open(run, &world, err) < 0 ||
	    kn_engine_recover(&world.engine, false, &found, err) < 0)
		return -1;
	kn_fail(err, KN_ERR_UNCONFIRMED, 0,
		"too late: the process of change %u has died, and the change was undone",
		found.number);
	return kn_hint(err, "the host is as it was before; give the command again");
}

/* Kept already is what was asked for; all else is not there. */
static int tell_none(struct kn_root *root, uint32_t number, bool keep, struct kn_error *err)
{
	struct kn_journal kept KN_CLEANUP(kn_journal_done) = {0};

	if (number && keep && kn_history_load(root, number, &kept, err) == 0)
		return 0;
	if (number)
		kn_fail(err, KN_ERR_INPUT, 0, "change %u is not pending", number);
	else
		kn_fail(err, KN_ERR_INPUT, 0, "no change is pending");
	return kn_hint(err, "kvmnet history lists what was changed");
}

/* Nobody listens. Return: 0 when the change is kept already; -1. */
static int settle(const struct kn_run *run, uint32_t number, bool keep, struct kn_error *err)
{
	struct kn_root *root = NULL;
	int r;

	if (kn_root_open(run->cli->root, &root, err) < 0)
		return -1;
	if (kn_journal_look(root) == KN_JOURNAL_OPEN)
		r = undo_dead(run, err);
	else
		r = tell_none(root, number, keep, err);
	kn_root_close(root);
	return r;
}

int kn_run_confirm(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	bool keep = run->cli->command->id == KN_CMD_CONFIRM;
	uint32_t number;

	if (kn_run_number(run->cli, &number, err) < 0)
		return -1;
	if (kn_guard_ask(keep ? KN_VERDICT_KEEP : KN_VERDICT_CANCEL, number, &number, err) == 0)
		return render(run, number, keep, &ret->out, err);
	if (err->kind != KN_ERR_NONE || settle(run, number, keep, err) < 0)
		return -1;
	return render(run, number, keep, &ret->out, err);
}
