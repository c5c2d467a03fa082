/* confirm, cancel: a word about the change that waits for one. Layer: cli, effects. */
#include "cli/guard.h"
#include "cli/view_history.h"
#include "cli/view_json.h"
#include "sys/journal.h"

#define AGAIN_MS 50

/* What became of a change. */
struct outcome {
	uint32_t number;
	bool kept;
	bool before;	     /* it was kept before the word came */
	const char *message; /* what the guardian says of it, or "" */
};

/* Text, or with --json a document: "changed" (it was this word that kept or undid it), "change",
 * "kept", "message". -q leaves the text out. */
static int render(const struct kn_run *run, const struct outcome *end, struct kn_buf *ret,
		  struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (!run->cli->json) {
		if (!run->cli->quiet && end->message[0])
			kn_buf_printf(ret, "%s\n", end->message);
		else if (!run->cli->quiet)
			kn_buf_printf(ret, "change %u %s\n", end->number,
				      end->kept ? "is kept" : "was undone: the host is as before");
		return kn_buf_check(ret, err);
	}
	if (kn_view_json_new(&run->view, &json, err) < 0)
		return -1;
	kn_json_bool(json, "changed", !end->before);
	kn_json_int(json, "change", end->number);
	kn_json_bool(json, "kept", end->kept);
	if (end->message[0])
		kn_json_str(json, "message", end->message);
	else
		kn_json_null(json, "message");
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

/* Neither pending nor kept, but the number of a change that there was: the deadline may have passed
 * while the word was being typed. One that is older than the history may have been kept. */
static bool was_dropped(struct kn_root *root, uint32_t number)
{
	struct kn_journals list = {0};
	struct kn_error ignored;
	size_t damaged;

	if (number > kn_lock_number(root) || kn_history_list(root, &list, &damaged, &ignored) < 0)
		return false;
	bool r = list.n + damaged < KN_HISTORY_KEEP || (list.n && number > list.v[0].number);
	kn_journals_done(&list);
	return r;
}

static int fail_dropped(bool keep, uint32_t number, struct kn_error *err)
{
	if (keep)
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"too late: change %u is not pending any more, and it was not kept", number);
	else
		kn_fail(err, KN_ERR_INPUT, 0,
			"change %u is not pending any more, and it was not kept", number);
	/* No word changes anything any more; what was, has been said to who made the change. */
	err->host = KN_HOST_PUT_BACK;
	return kn_hint(err, "kvmnet history lists what was kept");
}

/* Nothing is pending. What is kept already needs no word, and takes none against it any more. */
static int tell_none(const struct kn_run *run, struct kn_world *world, bool keep, uint32_t number,
		     struct kn_result *ret, struct kn_error *err)
{
	struct kn_journal one KN_CLEANUP(kn_journal_done) = {0};

	if (!number) {
		kn_fail(err, KN_ERR_INPUT, 0, "no change is pending");
		return kn_hint(err, "kvmnet history lists what was changed");
	}
	if (kn_history_load(world->root, number, &one, err) < 0)
		return err->kind == KN_ERR_INPUT && was_dropped(world->root, number)
			       ? fail_dropped(keep, number, err)
			       : -1;
	if (keep)
		return render(run, &(struct outcome){number, true, true, ""}, &ret->out, err);
	kn_fail(err, KN_ERR_INPUT, 0, "change %u is not pending: it is kept already", number);
	return kn_hint(err, "kvmnet rollback %u undoes it", number);
}

/* Nobody listens: the guardian is dead, and then its change is undone now; or there is none. */
static int settle(const struct kn_run *run, struct kn_world *world, bool keep, uint32_t number,
		  struct kn_result *ret, struct kn_error *err)
{
	struct kn_recovery found KN_CLEANUP(kn_recovery_done) = {0};

	if (kn_engine_recover(&world->engine, false, &found, err) < 0)
		return -1;
	ret->changed = found.what == KN_RECOVERED_UNDONE;
	if (found.what != KN_RECOVERED_UNDONE || (number && number != found.number))
		return tell_none(run, world, keep, number, ret, err);
	if (!keep)
		return run->cli->json || run->cli->quiet
			       ? render(run, &(struct outcome){found.number, false, false, ""},
					&ret->out, err)
			       : kn_view_recovery(&found, &run->view, false, &ret->out, err);
	kn_fail(err, KN_ERR_UNCONFIRMED, 0,
		"too late: the process that held change %u had died, and the change was undone",
		found.number);
	return kn_hint_again(found.command, err);
}

/* A change that is still being made has a lock and nobody yet to ask: it is asked again and again,
 * as long as any other command would wait for it. */
int kn_run_confirm(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	bool keep = run->cli->command->id == KN_CMD_CONFIRM;
	int64_t end = kn_monotonic_ms() + run->cli->lock_timeout_ms;
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_buf message KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	uint32_t number;

	if (kn_run_number(run->cli, &number, err) < 0 || kn_world_open(run, &world, err) < 0)
		return -1;
	world.engine.lock_timeout_ms = AGAIN_MS;
	for (;;) {
		if (kn_guard_ask(keep ? KN_VERDICT_KEEP : KN_VERDICT_CANCEL, number, &number,
				 &message, err) == 0) {
			struct outcome told = {number, keep, false, kn_buf_str(&message)};

			return kn_buf_check(&message, err) < 0 ? -1
							       : render(run, &told, &ret->out, err);
		}
		if (err->kind != KN_ERR_NONE)
			return -1;
		if (settle(run, &world, keep, number, ret, err) == 0)
			return 0;
		if (err->kind != KN_ERR_BUSY || kn_monotonic_ms() >= end)
			return -1;
	}
}
