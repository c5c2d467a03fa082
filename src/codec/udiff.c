/* Unified diff: Myers' greedy algorithm on lines, then hunks.
 * Layer: codec, pure. Source: Myers, "An O(ND) Difference Algorithm and Its Variations", 1986;
 * POSIX diff -u; GNU patch's quoting of file names. */
#include "codec/udiff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this many differences the middle is replaced as a whole: the trace grows with the square
 * of it (here to 4 MiB), and nobody reads a longer diff line by line. */
#define MAX_EDITS 1000

struct text_line {
	const char *p;
	size_t len; /* with the newline */
	uint32_t hash;
};

struct text {
	struct text_line *v; /* owned */
	size_t n;
	bool *changed; /* owned, n + 1: the line has no partner on the other side */
};

struct diff {
	struct text a, b;
	size_t prefix; /* equal lines at the start */
	size_t na, nb; /* lines of the middle */
	int **trace;   /* owned: V after every round */
	int rounds;
};

static void text_done(struct text *text)
{
	free(text->v);
	free(text->changed);
}

static void diff_done(struct diff *d)
{
	for (int i = 0; i < d->rounds; i++)
		free(d->trace[i]);
	free(d->trace);
	text_done(&d->a);
	text_done(&d->b);
}

static size_t line_len(const char *p, size_t left)
{
	const char *nl = memchr(p, '\n', left);

	return nl ? (size_t)(nl - p) + 1 : left;
}

static int split(struct text *text, const char *data, size_t len, struct kn_error *err)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i += line_len(data + i, len - i))
		n++;
	text->v = calloc(n + 1, sizeof(*text->v));
	text->changed = calloc(n + 1, sizeof(*text->changed));
	if (!text->v || !text->changed)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < len; i += text->v[text->n++].len) {
		struct text_line *line = &text->v[text->n];

		line->p = data + i;
		line->len = line_len(data + i, len - i);
		line->hash = 2166136261U;
		for (size_t k = 0; k < line->len; k++)
			line->hash = (line->hash ^ (unsigned char)line->p[k]) * 16777619U;
	}
	return 0;
}

static bool same(const struct diff *d, size_t a, size_t b)
{
	const struct text_line *x = &d->a.v[a], *y = &d->b.v[b];

	return x->hash == y->hash && x->len == y->len && !memcmp(x->p, y->p, x->len);
}

static void trim(struct diff *d)
{
	d->na = d->a.n;
	d->nb = d->b.n;
	while (d->na > 0 && d->nb > 0 && same(d, d->na - 1, d->nb - 1)) {
		d->na--;
		d->nb--;
	}
	while (d->prefix < d->na && d->prefix < d->nb && same(d, d->prefix, d->prefix))
		d->prefix++;
	d->na -= d->prefix;
	d->nb -= d->prefix;
}

/* Diagonal @k of round @round lives at index k + round. Does the best path to it come from above
 * (k + 1, a line of b inserted) rather than from the left? */
static bool from_above(const int *before, int round, int k)
{
	if (k == -round)
		return true;
	return k != round && before[k - 1 + round - 1] < before[k + 1 + round - 1];
}

/* One round. Return: true when the end of both texts is reached. */
static bool advance(const struct diff *d, const int *before, int *now, int round)
{
	for (int k = -round; k <= round; k += 2) {
		int x = 0;

		if (round > 0)
			x = from_above(before, round, k) ? before[k + round]
							 : before[k + round - 2] + 1;
		int y = x - k;
		while (x >= 0 && y >= 0 && (size_t)x < d->na && (size_t)y < d->nb &&
		       same(d, d->prefix + (size_t)x, d->prefix + (size_t)y)) {
			x++;
			y++;
		}
		now[k + round] = x;
		if (x >= 0 && y >= 0 && (size_t)x >= d->na && (size_t)y >= d->nb)
			return true;
	}
	return false;
}

/* Walks the trace back from the end and marks what was removed and inserted. */
static void mark(struct diff *d)
{
	int x = (int)d->na, y = (int)d->nb;

	for (int round = d->rounds - 1; round > 0; round--) {
		const int *before = d->trace[round - 1];
		int k = x - y;

		if (from_above(before, round, k)) {
			x = before[k + round];
			y = x - k - 1;
			d->b.changed[d->prefix + (size_t)y] = true;
		} else {
			x = before[k + round - 2];
			y = x - k + 1;
			d->a.changed[d->prefix + (size_t)x] = true;
		}
	}
}

static void mark_all(struct diff *d)
{
	for (size_t i = 0; i < d->na; i++)
		d->a.changed[d->prefix + i] = true;
	for (size_t i = 0; i < d->nb; i++)
		d->b.changed[d->prefix + i] = true;
}

static int compare(struct diff *d, struct kn_error *err)
{
	trim(d);
	if (d->na == 0 || d->nb == 0) {
		mark_all(d);
		return 0;
	}
	d->trace = calloc(MAX_EDITS + 1, sizeof(*d->trace));
	if (!d->trace)
		return kn_fail_nomem(err);
	for (int round = 0; round <= MAX_EDITS; round++) {
		int *now = calloc(2 * (size_t)round + 1, sizeof(*now));

		if (!now)
			return kn_fail_nomem(err);
		d->trace[d->rounds++] = now;
		if (advance(d, round ? d->trace[round - 1] : NULL, now, round)) {
			mark(d);
			return 0;
		}
	}
	mark_all(d);
	return 0;
}

/* A file name as patch(1) reads it: quoted where it has odd bytes, a tab behind one with blanks. */
static void put_name(struct kn_buf *buf, const char *mark_text, const char *path)
{
	bool odd = false, blank = false;

	for (const char *p = path; *p; p++) {
		odd |= (unsigned char)*p < 0x20 || *p == 0x7f || *p == '"' || *p == '\\';
		blank |= *p == ' ';
	}
	kn_buf_printf(buf, "%s ", mark_text);
	if (odd)
		kn_buf_putc(buf, '"');
	for (const char *p = path; *p; p++) {
		if (*p == '"' || *p == '\\')
			kn_buf_printf(buf, "\\%c", *p);
		else if ((unsigned char)*p < 0x20 || *p == 0x7f)
			kn_buf_printf(buf, "\\%03o", (unsigned char)*p);
		else
			kn_buf_putc(buf, *p);
	}
	kn_buf_puts(buf, odd ? "\"\n" : blank ? "\t\n" : "\n");
}

static void put_line(struct kn_buf *buf, char sign, const struct text_line *line)
{
	kn_buf_putc(buf, sign);
	kn_buf_put(buf, line->p, line->len);
	if (line->p[line->len - 1] != '\n')
		kn_buf_puts(buf, "\n\\ No newline at end of file\n");
}

static void put_range(struct kn_buf *buf, char sign, size_t start, size_t count)
{
	/* An empty range names the line before it. */
	kn_buf_printf(buf, "%c%zu", sign, count ? start + 1 : start);
	if (count != 1)
		kn_buf_printf(buf, ",%zu", count);
}

/* The lines [a, a_end) against [b, b_end). */
static void put_hunk(struct kn_buf *buf, const struct diff *d, size_t a, size_t a_end, size_t b,
		     size_t b_end)
{
	kn_buf_puts(buf, "@@ ");
	put_range(buf, '-', a, a_end - a);
	kn_buf_putc(buf, ' ');
	put_range(buf, '+', b, b_end - b);
	kn_buf_puts(buf, " @@\n");
	while (a < a_end || b < b_end) {
		if (a < a_end && d->a.changed[a]) {
			put_line(buf, '-', &d->a.v[a++]);
		} else if (b < b_end && d->b.changed[b]) {
			put_line(buf, '+', &d->b.v[b++]);
		} else {
			put_line(buf, ' ', &d->a.v[a++]);
			b++;
		}
	}
}

/* From the first difference at a, b to the last one that is less than two contexts away. */
static void run_end(const struct diff *d, size_t context, size_t *a, size_t *b)
{
	size_t x = *a, y = *b;

	for (size_t equal = 0; equal <= 2 * context;) {
		if (x < d->a.n && d->a.changed[x]) {
			x++;
			equal = 0;
		} else if (y < d->b.n && d->b.changed[y]) {
			y++;
			equal = 0;
		} else {
			if (equal == 0) {
				*a = x;
				*b = y;
			}
			if (x >= d->a.n)
				break;
			equal++;
			x++;
			y++;
		}
	}
}

static void put_hunks(struct kn_buf *buf, const struct diff *d, size_t context)
{
	size_t a = 0, b = 0;

	while (a < d->a.n || b < d->b.n) {
		if (!d->a.changed[a] && !d->b.changed[b]) {
			a++;
			b++;
			continue;
		}
		size_t lead = a < context ? a : context, a_end = a, b_end = b;

		run_end(d, context, &a_end, &b_end);
		size_t left = d->a.n - a_end;
		size_t tail = left < context ? left : context;
		put_hunk(buf, d, a - lead, a_end + tail, b - lead, b_end + tail);
		a = a_end;
		b = b_end;
	}
}

static bool is_same(const struct kn_filechg *chg)
{
	return chg->before_present == chg->after_present && chg->before_len == chg->after_len &&
	       (!chg->before_len || !memcmp(chg->before, chg->after, chg->before_len));
}

int kn_udiff(const struct kn_filechg *chg, unsigned int context, struct kn_buf *ret,
	     struct kn_error *err)
{
	struct diff d KN_CLEANUP(diff_done) = {0};
	bool old = chg->before_present, new = chg->after_present;

	if (is_same(chg))
		return 0;
	if (split(&d.a, old ? chg->before : "", old ? chg->before_len : 0, err) < 0 ||
	    split(&d.b, new ? chg->after : "", new ? chg->after_len : 0, err) < 0 ||
	    compare(&d, err) < 0)
		return -1;
	put_name(ret, "---", old ? chg->path : "/dev/null");
	put_name(ret, "+++", new ? chg->path : "/dev/null");
	put_hunks(ret, &d, context);
	return kn_buf_check(ret, err);
}
