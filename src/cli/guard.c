/* The viewer of a change: what is left on the terminal while the guardian makes it. It asks whether
 * to keep the change, hands signals on, and puts things back when the guardian itself is killed.
 * Layer: cli, effects. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/guard.h"
#include "sys/journal.h"

#define TICK_MS 1000

/* One viewer at work. */
struct show {
	const struct kn_run *run;
	struct kn_viewer *viewer;
	bool pending;
	bool asked;    /* the question stands on the terminal, its line not yet ended */
	bool in_ended; /* standard input: says neither yes nor no any more */
	uint32_t number;
	uint64_t deadline_ms;
	bool timer;
	char typed[32];
	size_t n_typed;
};

bool kn_guard_can_ask(const struct kn_cli *cli, const struct kn_term *term)
{
	return term->in_tty && term->err_tty && !cli->yes && !cli->json && !cli->no_guard &&
	       !cli->no_wait;
}

bool kn_guard_is_due(const struct kn_cli *cli)
{
	/* A network's own change cannot cut the admin off. */
	return !cli->dry_run && !cli->spec.no_live && !cli->no_guard &&
	       !(KN_IN_NETCHANGE >> cli->command->id & 1);
}

/* Whoever does not read what is said here must not keep this process from seeing the guardian die.
 */
static void put(const struct kn_buf *text)
{
	(void)kn_term_write_within(STDERR_FILENO, kn_buf_str(text), text->len, TICK_MS);
}

/* A line that tells how far the change is may stand there, of a process that was killed. */
static void clear_progress(const struct kn_run *run)
{
	if (run->progress)
		kn_term_offer(STDERR_FILENO, "\r\033[K", 4);
}

static unsigned int seconds_left(const struct show *show)
{
	uint64_t now_ms = kn_boottime_ms();

	return show->deadline_ms > now_ms
		       ? (unsigned int)((show->deadline_ms - now_ms + 999) / 1000)
		       : 0;
}

/* Reading a terminal in the background would stop this process. */
static bool is_in_front(void)
{
	return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool may_ask(const struct show *show)
{
	return show->run->cli->spec.can_ask && !show->in_ended;
}

/* The number keeps its width, so that counting down moves nothing. */
static void put_question(struct show *show, struct kn_buf *ret)
{
	kn_buf_printf(ret, "Keep the change? [y/N] (undone by itself in %3u s) ",
		      seconds_left(show));
	show->asked = true;
}

static void put_how(const struct show *show, struct kn_buf *ret)
{
	kn_buf_printf(ret,
		      "Change %u is made and waits for its confirmation; it is undone by itself in "
		      "%u s.\n"
		      "  kvmnet confirm %u   keeps it, in any session\n"
		      "  kvmnet cancel %u    undoes it now\n",
		      show->number, seconds_left(show), show->number, show->number);
	if (!show->timer)
		kn_buf_puts(ret, "! No systemd timer stands by: should kvmnet itself be killed "
				 "meanwhile, the change is\n"
				 "  undone at the next boot, or at once by: kvmnet recover\n");
}

/* Ends the question's line, when somebody else has answered it. */
static void end_question(struct show *show)
{
	if (show->asked)
		kn_term_offer(STDERR_FILENO, "\n", 1);
	show->asked = false;
}

static void begin_pending(struct show *show, const struct kn_view_news *news)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	show->pending = true;
	show->number = news->number;
	show->deadline_ms = news->deadline_ms;
	show->timer = news->timer;
	put_how(show, &text);
	if (may_ask(show)) {
		/* What was typed before the question is no answer to it. */
		(void)tcflush(STDIN_FILENO, TCIFLUSH);
		put_question(show, &text);
	}
	put(&text);
}

/* Source: DECSC and DECRC, which all terminals of the last decades know: the cursor goes back to
 * where the answer is being typed. */
static void count_down(struct show *show)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!show->asked || !is_in_front())
		return;
	kn_buf_puts(&text, "\0337\r");
	put_question(show, &text);
	kn_buf_puts(&text, "\0338");
	put(&text);
}

/* Enter alone is the default, no. Everything that is neither yes nor no is asked again. */
static void take_answer(struct show *show, const char *word)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool yes = !strcasecmp(word, "y") || !strcasecmp(word, "yes");
	bool no = !word[0] || !strcasecmp(word, "n") || !strcasecmp(word, "no");

	show->asked = false; /* the terminal itself has ended the line */
	if (yes || no) {
		show->pending = false;
		kn_viewer_say(show->viewer, yes ? KN_VERDICT_KEEP : KN_VERDICT_CANCEL);
		return;
	}
	kn_buf_puts(&text, "y keeps the change, n undoes it.\n");
	put_question(show, &text);
	put(&text);
}

/* The end of standard input is neither yes nor no: then another session has to say it. */
static void read_answer(struct show *show)
{
	ssize_t n = read(STDIN_FILENO, show->typed + show->n_typed,
			 sizeof(show->typed) - 1 - show->n_typed);

	if (n <= 0) {
		show->in_ended = true;
		end_question(show);
		return;
	}
	show->n_typed += (size_t)n;
	show->typed[show->n_typed] = '\0';
	char *end = strchr(show->typed, '\n');
	if (!end && show->n_typed < sizeof(show->typed) - 1)
		return;
	if (end)
		*end = '\0';
	show->n_typed = 0;
	take_answer(show, show->typed);
}

/* How long to wait for news: the clock is looked at while a question counts down, and when the
 * guardian should have ended the change. */
static int next_look_ms(const struct show *show, bool asks)
{
	uint64_t left_ms = (uint64_t)seconds_left(show) * 1000;

	if (!show->deadline_ms)
		return -1;
	return asks || left_ms == 0 ? TICK_MS : (int)left_ms + TICK_MS;
}

/* One that somebody has stopped keeps no deadline; it does as soon as it goes on. */
static void keep_deadline(const struct show *show)
{
	if (show->deadline_ms && seconds_left(show) == 0)
		kn_viewer_wake(show->viewer);
}

/* To the guardian's end, or with --no-wait to the point where only a word is missing. */
static void follow(struct show *show, struct kn_view_news *news)
{
	do {
		bool asks = show->pending && may_ask(show);

		kn_viewer_next(show->viewer, asks && is_in_front() ? STDIN_FILENO : -1,
			       next_look_ms(show, asks), news);
		switch (news->event) {
		case KN_VIEW_PENDING:
			begin_pending(show, news);
			if (show->run->cli->no_wait)
				return;
			break;
		case KN_VIEW_TIMEOUT:
			count_down(show);
			keep_deadline(show);
			break;
		case KN_VIEW_INPUT:
			read_answer(show);
			break;
		case KN_VIEW_SETTLED:
		case KN_VIEW_FINISHED:
			show->pending = false;
			end_question(show);
			break;
		}
	} while (news->event != KN_VIEW_FINISHED);
}

/* The one that makes the change, while it does. Return: -1. */
static int fail_killed(const struct kn_run *run, int number, struct kn_error *err)
{
	kn_fail(err, KN_ERR_SYSTEM, 0,
		"the process that was to make the change was killed (signal %d, %s)", number,
		kn_signal_name(number));
	return kn_hint_again(run->line, err);
}

/* Killed before there was anything to put back. A signal that was asked for ends this process too,
 * so that a shell's loop stops as it should. */
static int tell_killed(const struct kn_run *run, int number, bool asked_for, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	fail_killed(run, number, err);
	if (!asked_for)
		return -1;
	if (!run->cli->json) {
		kn_fail(err, KN_ERR_SYSTEM, 0, "interrupted by signal %d (%s)", number,
			kn_signal_name(number));
		kn_hint_again(run->line, err);
		kn_view_error(err, &run->view, &text);
		put(&text);
	}
	(void)signal(number, SIG_DFL);
	(void)raise(number);
	return -1;
}

/* Committed is committed, even if nobody was left to report it. */
static void tell_kept(int number)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_printf(&text,
		      "the process that made the change was killed (signal %d, %s) when all was "
		      "done\n"
		      "hint: kvmnet history shows the change\n"
		      "%s\n",
		      number, kn_signal_name(number), kn_host_text(KN_HOST_CHANGED));
	put(&text);
}

/* What was begun may still be there, and it is not for this process to undo it, or it could not. */
static int fail_left(int number, struct kn_error *err)
{
	if (err->kind != KN_ERR_BUSY)
		err->kind = KN_ERR_INCOMPLETE;
	err->host = KN_HOST_INCOMPLETE;
	kn_wrap(err, "the process that made the change was killed (signal %d, %s)", number,
		kn_signal_name(number));
	return kn_hint(err, "remove the cause, then put the host back with: kvmnet recover");
}

/* One surviving process undoes at once. */
static int clean_up(const struct kn_run *run, int number, bool asked_for, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};
	struct kn_recovery found KN_CLEANUP(kn_recovery_done) = {0};

	if (kn_world_open(run, &world, err) < 0 ||
	    kn_engine_recover(&world.engine, false, &found, err) < 0)
		return fail_left(number, err);
	switch (found.what) {
	case KN_RECOVERED_NOTHING:
	case KN_RECOVERED_DISCARDED: /* nobody asked for it */
		return tell_killed(run, number, asked_for, err);
	case KN_RECOVERED_KEPT:
		tell_kept(number);
		return 0;
	case KN_RECOVERED_UNDONE:
		break;
	}
	kn_fail(err, KN_ERR_SYSTEM, 0, "the process that made change %u was killed (signal %d, %s)",
		found.number, number, kn_signal_name(number));
	err->host = KN_HOST_PUT_BACK;
	return kn_hint_again(run->line, err);
}

int kn_guard_view(const struct kn_run *run, struct kn_viewer *viewer, struct kn_result *ret,
		  struct kn_error *err)
{
	struct show show = {.run = run, .viewer = viewer};
	struct kn_view_news news;

	follow(&show, &news);
	if (news.event == KN_VIEW_PENDING) {
		kn_viewer_free(viewer);
		ret->status = run->cli->exit_code ? 1 : 0;
		return 0;
	}
	bool killed = WIFSIGNALED(news.status);
	int number = killed ? WTERMSIG(news.status) : 0;
	bool asked_for = killed && kn_viewer_signal(viewer) == number;
	kn_viewer_free(viewer);
	if (killed) {
		clear_progress(run);
		return clean_up(run, number, asked_for, err);
	}
	ret->status = WEXITSTATUS(news.status);
	return 0;
}
