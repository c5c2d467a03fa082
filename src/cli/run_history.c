/* history, recover: what kvmnet did on this host, and what is left of a change that died.
 * Layer: cli, effects. */
#include "cli/run.h"

#include <errno.h>
#include <string.h>

#include "cli/view_history.h"
#include "kvmnet/num.h"
#include "sys/journal.h"

int kn_run_number(const struct kn_cli *cli, uint32_t *ret, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *word = cli->n_words ? cli->words[0] : NULL;

	if (!word) {
		*ret = 0;
		return 0;
	}
	if (kn_num_is(word, UINT32_MAX, ret) && *ret > 0)
		return 0;
	kn_buf_put_escaped(&shown, word, strnlen(word, 60));
	kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is not the number of a change", kn_buf_str(&shown));
	return kn_hint(err, "kvmnet history lists them");
}

/* The change that is under way, or was left unfinished. A damaged one is told, and stops no look at
 * the others: it is when they are needed. */
static int load_open(struct kn_root *root, struct kn_history *ret, struct kn_error *err)
{
	struct kn_error why = {0};

	if (kn_journal_look(root) != KN_JOURNAL_OPEN)
		return 0;
	ret->open = kn_journal_load(root, &ret->pending, &why) == 0;
	/* one that ended during this look had somebody at it */
	ret->held = kn_lock_is_held(root) || kn_journal_look(root) != KN_JOURNAL_OPEN;
	ret->unusable = why.kind == KN_ERR_INCOMPLETE;
	if (ret->open || ret->unusable || why.sys_errno == ENOENT)
		return 0;
	*err = why;
	return -1;
}

static int load_all(struct kn_root *root, struct kn_history *ret, struct kn_error *err)
{
	if (kn_history_list(root, &ret->list, &ret->damaged, err) < 0)
		return -1;
	return load_open(root, ret, err);
}

static int view_one(struct kn_root *root, uint32_t number, const struct kn_run *run,
		    struct kn_buf *ret, struct kn_error *err)
{
	struct kn_history now KN_CLEANUP(kn_history_done) = {0};
	struct kn_journal one KN_CLEANUP(kn_journal_done) = {0};
	const struct kn_journal *change = &now.pending;

	if (load_all(root, &now, err) < 0)
		return -1;
	if (!now.open || now.pending.number != number) {
		if (kn_history_load(root, number, &one, err) < 0)
			return -1;
		change = &one;
	}
	return kn_view_change(&now, change, &run->view, run->cli->json, ret, err);
}

static int view_all(struct kn_root *root, const struct kn_run *run, struct kn_buf *ret,
		    struct kn_error *err)
{
	struct kn_history history KN_CLEANUP(kn_history_done) = {0};

	if (load_all(root, &history, err) < 0)
		return -1;
	return kn_view_history(&history, &run->view, run->cli->json, ret, err);
}

/* No lock: a look works also while a change is under way. */
int kn_run_history(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_root *root = NULL;
	uint32_t number;

	if (kn_run_number(run->cli, &number, err) < 0 ||
	    kn_root_open(run->cli->root, &root, err) < 0)
		return -1;
	int r = number ? view_one(root, number, run, &ret->out, err)
		       : view_all(root, run, &ret->out, err);
	kn_root_close(root);
	return r;
}

/* Is there anything that this call is about? The timer that was set for a change asks about that
 * one only. */
static int is_due(const struct kn_run *run, struct kn_world *world, bool *ret, struct kn_error *err)
{
	struct kn_journal journal KN_CLEANUP(kn_journal_done) = {0};

	*ret = true;
	if (!run->cli->expired)
		return 0;
	*ret = kn_journal_look(world->root) == KN_JOURNAL_OPEN;
	if (!*ret)
		return 0;
	if (kn_journal_load(world->root, &journal, err) < 0)
		return -1;
	*ret = journal.number == run->cli->expired;
	return 0;
}

int kn_run_recover(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	const struct kn_cli *cli = run->cli;
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_recovery found KN_CLEANUP(kn_recovery_done) = {0};
	bool discard = kn_cli_has(cli, KN_O_DISCARD), due;

	if (kn_world_open(run, &world, err) < 0 || is_due(run, &world, &due, err) < 0)
		return -1;
	if (due && kn_engine_recover(&world.engine, discard, &found, err) < 0)
		return -1;
	ret->changed = found.what != KN_RECOVERED_NOTHING;
	if (!ret->changed && kn_cli_has(cli, KN_O_BOOT) && !cli->json)
		return 0;
	return kn_view_recovery(&found, &run->view, cli->json, &ret->out, err);
}
