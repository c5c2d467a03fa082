/* The history as a table, one change with its diffs, and the outcome of a recovery.
 * Layer: cli, pure. */
#include "cli/view_history.h"

#include <string.h>
#include <time.h>

#include "cli/view_json.h"
#include "codec/udiff.h"

static const struct kn_view_col columns[] = {
	{.title = "CHANGE", .right = true},
	{.title = "TIME (UTC)"},
	{.title = "STATE"},
	{.title = "COMMAND", .shrink = true},
};

void kn_history_done(struct kn_history *history)
{
	kn_journals_done(&history->list);
	kn_journal_done(&history->pending);
}

/* What became of a change. */
enum standing {
	KEPT,
	ROLLED_BACK, /* by a later change, which was not rolled back itself */
	PENDING,     /* its process lives */
	UNFINISHED,  /* neither kept nor undone, and nobody is at it */
};

/* @ret_by: the change that rolled it back, 0 = none. */
static enum standing standing_of(const struct kn_history *history, const struct kn_journal *change,
				 uint32_t *ret_by)
{
	const struct kn_journals *list = &history->list;
	uint32_t ignored;

	*ret_by = 0;
	if (change == &history->pending)
		return history->held ? PENDING : UNFINISHED;
	for (size_t i = list->n; i-- > 0 && list->v[i].number > change->number;) {
		if (list->v[i].undoes != change->number ||
		    standing_of(history, &list->v[i], &ignored) != KEPT)
			continue;
		*ret_by = list->v[i].number;
		return ROLLED_BACK;
	}
	return KEPT;
}

/* For people: UTC, as the zone of the reader is not the host's to know. */
static void put_time(struct kn_buf *ret, uint64_t time_s)
{
	time_t t = (time_t)time_s;
	char text[32];
	struct tm tm;

	if (gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm))
		kn_buf_puts(ret, text);
	else
		kn_buf_puts(ret, "?");
}

static int add_row(const struct kn_history *history, const struct kn_journal *change,
		   const struct kn_view_opts *opts, struct kn_strv *cells, struct kn_error *err)
{
	static const char *const states[] = {[KEPT] = "kept",
					     [ROLLED_BACK] = "rolled back",
					     [PENDING] = "pending",
					     [UNFINISHED] = "unfinished"};
	uint32_t by;
	const char *state = states[standing_of(history, change, &by)];
	struct kn_buf number KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf when KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf command KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_printf(&number, "%u", change->number);
	put_time(&when, change->time_s);
	kn_view_escaped(&command, opts, change->command ? change->command : "");
	if (change->undoes)
		kn_buf_printf(&command, " (of change %u)", change->undoes);
	if (kn_buf_check(&number, err) < 0 || kn_buf_check(&when, err) < 0 ||
	    kn_buf_check(&command, err) < 0 || kn_strv_add(cells, kn_buf_str(&number), err) < 0 ||
	    kn_strv_add(cells, kn_buf_str(&when), err) < 0)
		return -1;
	return kn_strv_add(cells, state, err) < 0 ? -1
						  : kn_strv_add(cells, kn_buf_str(&command), err);
}

/* What can be said of it depends on whether anybody is at it, and waits for a word. */
static void put_unfinished(const struct kn_history *history, struct kn_buf *ret)
{
	const struct kn_journal *change = &history->pending;

	if (!history->held)
		kn_buf_printf(
			ret,
			"change %u is unfinished: it was not kept, and not all of it is undone "
			"yet; kvmnet recover puts the host back\n",
			change->number);
	else if (change->deadline_ms)
		kn_buf_printf(ret,
			      "change %u waits for its confirmation: kvmnet confirm %u keeps it, "
			      "kvmnet cancel %u undoes it\n",
			      change->number, change->number, change->number);
	else
		kn_buf_printf(ret, "change %u is being made\n", change->number);
}

/* Where a file cannot be given back any more the admin must know before it is needed. */
static void put_remarks(const struct kn_history *history, struct kn_buf *ret)
{
	if (history->open) {
		kn_buf_puts(ret, "! ");
		put_unfinished(history, ret);
	}
	if (history->unusable)
		kn_buf_puts(ret, "! a change broke off, and its journal is damaged: kvmnet recover "
				 "tells more\n");
	if (history->damaged)
		kn_buf_printf(ret,
			      "! %zu record%s in " KN_STATE_DIR "/history cannot be used: what it "
			      "was about cannot be rolled back any more; kvmnet history NUMBER "
			      "tells why\n",
			      history->damaged, history->damaged == 1 ? "" : "s");
}

static void put_json_number(struct kn_json *json, const char *name, uint32_t number)
{
	if (number)
		kn_json_int(json, name, number);
	else
		kn_json_null(json, name);
}

static void put_json_change(struct kn_json *json, const struct kn_history *history,
			    const struct kn_journal *change)
{
	static const char *const states[] = {[KEPT] = "kept",
					     [ROLLED_BACK] = "rolled-back",
					     [PENDING] = "pending",
					     [UNFINISHED] = "unfinished"};
	uint32_t by;
	enum standing standing = standing_of(history, change, &by);

	kn_json_object(json, NULL);
	kn_json_int(json, "number", change->number);
	kn_json_int(json, "time", (int64_t)change->time_s);
	kn_json_str(json, "state", states[standing]);
	put_json_number(json, "rolled_back_by", by);
	put_json_number(json, "undoes", change->undoes);
	kn_json_str(json, "command", change->command);
	kn_json_array(json, "files");
	for (size_t i = 0; i < change->n_files; i++)
		if (!change->files[i].is_state)
			kn_json_str(json, NULL, change->files[i].path);
	kn_json_end(json);
	kn_json_bool(json, "live", change->has_live);
	kn_json_end(json);
}

static int view_json(const struct kn_history *history, const struct kn_view_opts *opts,
		     struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_array(json, "changes");
	if (history->open)
		put_json_change(json, history, &history->pending);
	for (size_t i = history->list.n; i-- > 0;)
		put_json_change(json, history, &history->list.v[i]);
	kn_json_end(json);
	kn_json_int(json, "damaged", (int64_t)history->damaged + history->unusable);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

int kn_view_history(const struct kn_history *history, const struct kn_view_opts *opts, bool json,
		    struct kn_buf *ret, struct kn_error *err)
{
	struct kn_strv cells KN_CLEANUP(kn_strv_done) = {0};

	if (json)
		return view_json(history, opts, ret, err);
	if (!history->open && !history->unusable && history->list.n == 0)
		kn_buf_puts(ret, "no changes\n");
	if (history->open && add_row(history, &history->pending, opts, &cells, err) < 0)
		return -1;
	for (size_t i = history->list.n; i-- > 0;)
		if (add_row(history, &history->list.v[i], opts, &cells, err) < 0)
			return -1;
	if (cells.n &&
	    kn_view_table(ret, opts, columns, sizeof(columns) / sizeof(*columns), &cells, err) < 0)
		return -1;
	put_remarks(history, ret);
	return kn_buf_check(ret, err);
}

/* ---- one change ---- */

/* As a change of a plan, for the diff. All borrowed. */
static struct kn_filechg as_filechg(const struct kn_jfile *file)
{
	return (struct kn_filechg){.path = file->path,
				   .before_present = file->before_present,
				   .after_present = file->after_present,
				   .before = file->before,
				   .after = file->after,
				   .before_len = file->before_len,
				   .after_len = file->after_len};
}

static int view_change_json(const struct kn_history *history, const struct kn_journal *change,
			    const struct kn_view_opts *opts, struct kn_buf *ret,
			    struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_array(json, "changes");
	put_json_change(json, history, change);
	kn_json_end(json);
	kn_json_array(json, "files");
	for (size_t i = 0; i < change->n_files; i++) {
		struct kn_filechg chg = as_filechg(&change->files[i]);

		if (!change->files[i].is_state && kn_view_json_file(json, &chg, err) < 0)
			return -1;
	}
	kn_json_end(json);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

/* What became of it, and what can be done about it. */
static void put_standing(const struct kn_history *history, const struct kn_journal *change,
			 struct kn_buf *ret)
{
	uint32_t by;

	if (change->undoes)
		kn_buf_printf(ret, "It rolls change %u back.\n", change->undoes);
	switch (standing_of(history, change, &by)) {
	case KEPT:
		kn_buf_printf(ret, "To undo it: kvmnet rollback %u\n", change->number);
		break;
	case ROLLED_BACK:
		kn_buf_printf(ret,
			      "It was rolled back by change %u; to have it again: kvmnet "
			      "rollback %u\n",
			      by, by);
		break;
	case PENDING:
	case UNFINISHED:
		put_unfinished(history, ret);
		break;
	}
}

int kn_view_change(const struct kn_history *history, const struct kn_journal *change,
		   const struct kn_view_opts *opts, bool json, struct kn_buf *ret,
		   struct kn_error *err)
{
	if (json)
		return view_change_json(history, change, opts, ret, err);
	kn_view_style(ret, opts, KN_STYLE_BOLD);
	kn_buf_printf(ret, "Change %u", change->number);
	kn_view_plain(ret, opts);
	kn_buf_puts(ret, ", ");
	put_time(ret, change->time_s);
	kn_buf_puts(ret, " UTC: ");
	kn_view_escaped(ret, opts, change->command ? change->command : "");
	kn_buf_putc(ret, '\n');
	for (size_t i = 0; i < change->n_files; i++) {
		struct kn_filechg chg = as_filechg(&change->files[i]);

		if (!change->files[i].is_state && kn_view_diff(ret, opts, &chg, err) < 0)
			return -1;
	}
	if (change->has_live)
		kn_buf_puts(ret, "The running network was changed too.\n");
	put_standing(history, change, ret);
	return kn_buf_check(ret, err);
}

/* ---- recover ---- */

static const char *recovered_word(const struct kn_recovery *found)
{
	switch (found->what) {
	case KN_RECOVERED_NOTHING:
		break;
	case KN_RECOVERED_KEPT:
		return "kept";
	case KN_RECOVERED_UNDONE:
		return "undone";
	case KN_RECOVERED_DISCARDED:
		return "discarded";
	}
	return "nothing";
}

static int view_recovery_json(const struct kn_recovery *found, const struct kn_view_opts *opts,
			      struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_bool(json, "changed", found->what == KN_RECOVERED_UNDONE);
	kn_json_str(json, "result", recovered_word(found));
	if (found->number)
		kn_json_int(json, "number", found->number);
	else
		kn_json_null(json, "number");
	kn_view_json_word(json, "command", found->command);
	kn_json_bool(json, "live", found->live);
	kn_json_array(json, "conflicts");
	for (size_t i = 0; i < found->conflicts.n; i++)
		kn_json_str(json, NULL, found->conflicts.v[i]);
	kn_json_end(json);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

int kn_view_recovery(const struct kn_recovery *found, const struct kn_view_opts *opts, bool json,
		     struct kn_buf *ret, struct kn_error *err)
{
	if (json)
		return view_recovery_json(found, opts, ret, err);
	switch (found->what) {
	case KN_RECOVERED_NOTHING:
		kn_buf_puts(ret, "nothing to recover\n");
		break;
	case KN_RECOVERED_DISCARDED:
		kn_buf_puts(ret, "the unfinished change is forgotten; the host stays as it is\n");
		break;
	case KN_RECOVERED_KEPT:
		kn_buf_puts(ret, "the last change had been kept; what it left behind is removed\n");
		break;
	case KN_RECOVERED_UNDONE:
		kn_buf_printf(ret, "change %u (", found->number);
		kn_view_escaped(ret, opts, found->command ? found->command : "");
		kn_buf_printf(ret, ") was not finished and is undone: %s as before\n",
			      found->live ? "files and running network are" : "the files are");
		break;
	}
	for (size_t i = 0; i < found->conflicts.n; i++) {
		kn_buf_puts(ret, found->what == KN_RECOVERED_DISCARDED
					 ? "its journal is kept as "
					 : "! somebody's edit meanwhile is kept as ");
		kn_view_path(ret, opts, found->conflicts.v[i]);
		kn_buf_putc(ret, '\n');
	}
	return kn_buf_check(ret, err);
}
