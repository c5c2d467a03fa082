/* confirm, cancel: a word about the change that waits for one. Layer: cli, effects. */
#include "cli/guard.h"
#include "cli/view_json.h"
#include "kvmnet/num.h"

/* Which change is meant; 0 = whichever is pending. */
static int take_number(const struct kn_cli *cli, uint32_t *ret, struct kn_error *err)
{
	*ret = 0;
	if (cli->n_words == 0)
		return 0;
	if (kn_num_parse(cli->words[0], "the change's number", 1, UINT32_MAX, ret, err) < 0)
		return kn_hint(err, "kvmnet history lists the changes");
	return 0;
}

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

/* Nobody listens. */
static int tell_none(uint32_t number, struct kn_error *err)
{
	if (number)
		kn_fail(err, KN_ERR_INPUT, 0, "change %u is not pending", number);
	else
		kn_fail(err, KN_ERR_INPUT, 0, "no change is pending");
	return kn_hint(err, "kvmnet history lists what was changed");
}

int kn_run_confirm(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	bool keep = run->cli->command->id == KN_CMD_CONFIRM;
	uint32_t number;

	if (take_number(run->cli, &number, err) < 0)
		return -1;
	if (kn_guard_ask(keep ? KN_VERDICT_KEEP : KN_VERDICT_CANCEL, number, &number, err) == 0)
		return render(run, number, keep, &ret->out, err);
	return err->kind == KN_ERR_NONE ? tell_none(number, err) : -1;
}
