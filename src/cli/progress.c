/* The line on a terminal that tells how far a long change has come. Carriage return and blanks
 * only, which every terminal knows. Layer: cli, effects in tell(). */
#include "cli/progress.h"
#include "cli/run.h"
#include "sys/journal.h"

#include <poll.h>
#include <unistd.h>

/* 12000 as "12,000": read at a glance, and the same in every locale. */
static void put_count(size_t n, struct kn_buf *ret)
{
	if (n >= 1000) {
		put_count(n / 1000, ret);
		kn_buf_printf(ret, ",%03zu", n % 1000);
	} else {
		kn_buf_printf(ret, "%zu", n);
	}
}

static void put_counted(const char *what, size_t done, size_t total, struct kn_buf *ret)
{
	kn_buf_puts(ret, "applying: ");
	put_count(done, ret);
	kn_buf_puts(ret, " of ");
	put_count(total, ret);
	kn_buf_puts(ret, what);
}

static void put_text(enum kn_progress_part part, size_t done, size_t total, struct kn_buf *ret)
{
	switch (part) {
	case KN_PROGRESS_FILES:
		put_counted(" files", done, total, ret);
		break;
	case KN_PROGRESS_STEPS:
		put_counted(" live steps", done, total, ret);
		break;
	case KN_PROGRESS_CHECK:
		kn_buf_puts(ret, "applying: checking the result");
		break;
	case KN_PROGRESS_UNDO:
		kn_buf_puts(ret, "putting everything back");
		break;
	case KN_PROGRESS_END:
		break;
	}
}

/* What comes next is shown at once: it may be long until it tells again. */
static bool is_due(const struct kn_progress_line *line, int64_t now_ms, enum kn_progress_part part)
{
	if (line->ended)
		return false;
	if (part == KN_PROGRESS_END)
		return line->len > 0;
	if (now_ms - line->begun_ms < KN_PROGRESS_AFTER_MS)
		return false;
	return line->len == 0 || part != line->part ||
	       now_ms - line->drawn_ms >= KN_PROGRESS_EVERY_MS;
}

void kn_progress_line_next(struct kn_progress_line *line, int64_t now_ms,
			   enum kn_progress_part part, size_t done, size_t total,
			   struct kn_buf *ret)
{
	bool due = is_due(line, now_ms, part);

	line->ended = line->ended || part == KN_PROGRESS_END;
	if (!due)
		return;
	kn_buf_putc(ret, '\r');
	size_t begin = ret->len;
	put_text(part, done, total, ret);
	size_t len = ret->len - begin;
	for (size_t i = len; i < line->len; i++)
		kn_buf_putc(ret, ' ');
	if (part == KN_PROGRESS_END)
		kn_buf_putc(ret, '\r');
	line->len = len;
	line->part = part;
	line->drawn_ms = now_ms;
}

/* A terminal that takes nothing just now gets no line: the change does not wait for it. The last
 * word, which takes the line away, may wait a moment: nothing is in the middle of anything then. */
static void tell(enum kn_progress_part part, size_t done, size_t total, void *arg)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

	kn_progress_line_next(arg, kn_monotonic_ms(), part, done, total, &text);
	if (text.len == 0)
		return;
	if (part == KN_PROGRESS_END)
		kn_term_offer(STDERR_FILENO, kn_buf_str(&text), text.len);
	else if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT))
		(void)kn_term_write(STDERR_FILENO, kn_buf_str(&text), text.len);
}

void kn_progress_line_begin(struct kn_progress_line *line)
{
	*line = (struct kn_progress_line){.to = {tell, line}, .begun_ms = kn_monotonic_ms()};
}
