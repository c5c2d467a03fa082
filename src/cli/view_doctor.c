/* What the doctor found, for people and as JSON. Layer: cli, pure. */
#include "cli/view_doctor.h"

#include <string.h>

#include "cli/view_json.h"

enum {
	INDENT = 17, /* columns of glyph, number and word */
	LINE_MAX_DEFAULT = 80,
};

static const char *severity_word(enum kn_severity severity)
{
	switch (severity) {
	case KN_SEVERITY_ERROR:
		return "error";
	case KN_SEVERITY_WARNING:
		return "warning";
	case KN_SEVERITY_NOTE:
		return "note";
	}
	return "unknown";
}

/* The glyph and the number of errors and warnings say what the colour says. */
static void put_glyph(struct kn_buf *ret, const struct kn_view_opts *opts,
		      enum kn_severity severity)
{
	const char *glyph = "-", *style = KN_STYLE_CYAN;

	if (severity == KN_SEVERITY_ERROR) {
		glyph = opts->utf8 ? "✗" : "x";
		style = KN_STYLE_RED;
	} else if (severity == KN_SEVERITY_WARNING) {
		glyph = "!";
		style = KN_STYLE_YELLOW;
	}
	kn_view_style(ret, opts, style);
	kn_buf_puts(ret, glyph);
	kn_view_plain(ret, opts);
}

/* Breaks @text at blanks, each further line @indent columns in. @column: where it begins. */
static void put_wrapped(struct kn_buf *ret, const struct kn_view_opts *opts, const char *text,
			size_t column)
{
	size_t width = opts->width ? opts->width : LINE_MAX_DEFAULT;
	bool begin = true;

	while (*text) {
		size_t len = strcspn(text, " "), columns = kn_view_width(text, len);

		if (!begin && column + 1 + columns > width) {
			kn_buf_printf(ret, "\n%*s", INDENT, "");
			column = INDENT;
			begin = true;
		}
		if (!begin) {
			kn_buf_putc(ret, ' ');
			column++;
		}
		kn_buf_put(ret, text, len);
		column += columns;
		begin = false;
		text += len + strspn(text + len, " ");
	}
	kn_buf_putc(ret, '\n');
}

static void put_finding(struct kn_buf *ret, const struct kn_view_opts *opts,
			const struct kn_symptom *item)
{
	const struct kn_check *check = kn_check_at(item->id);
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_glyph(ret, opts, check->severity);
	kn_buf_printf(ret, " KN%03u %-8s ", check->number, check->word);
	kn_check_put(&text, check->title, item->object, item->detail);
	kn_buf_puts(&text, ": ");
	kn_check_put(&text, check->why, item->object, item->detail);
	put_wrapped(ret, opts, kn_buf_str(&text), INDENT);
	kn_buf_printf(ret, "%*sfix: ", INDENT, "");
	text.len = 0;
	kn_check_put(&text, item->fix ? item->fix : check->fix, item->object, item->detail);
	put_wrapped(ret, opts, kn_buf_str(&text), INDENT + 5);
	ret->failed |= text.failed;
}

/* ---- sums ---- */

struct sums {
	size_t of[3]; /* by severity */
	size_t ok;    /* rules that found nothing */
	size_t blind; /* rules that found nothing, but could not see all that they need */
};

static struct sums count(const struct kn_symptoms *found, unsigned int missed)
{
	struct sums sums = {0};
	bool seen[KN_CHECK_COUNT] = {false};

	for (size_t i = 0; i < found->n; i++) {
		sums.of[kn_check_at(found->v[i].id)->severity]++;
		seen[found->v[i].id] = true;
	}
	for (size_t i = 0; i < KN_CHECK_COUNT; i++) {
		bool blind = kn_check_needs((enum kn_check_id)i) & missed;

		sums.ok += !seen[i] && !blind;
		sums.blind += !seen[i] && blind;
	}
	return sums;
}

static void put_count(struct kn_buf *ret, size_t n, const char *word)
{
	kn_buf_printf(ret, "%zu %s%s, ", n, word, n == 1 ? "" : "s");
}

int kn_view_doctor(const struct kn_symptoms *found, const struct kn_evidence *evidence,
		   const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct sums sums = count(found, evidence->missed);

	for (size_t i = 0; i < found->n; i++)
		put_finding(ret, opts, &found->v[i]);
	for (size_t i = 0; i < evidence->unread.n; i++) {
		kn_buf_puts(ret, "? not looked at: ");
		kn_view_escaped(ret, opts, evidence->unread.v[i]);
		kn_buf_putc(ret, '\n');
	}
	if (!evidence->facts->live)
		kn_buf_puts(ret, "? not looked at: the kernel\n");
	put_count(ret, sums.of[KN_SEVERITY_ERROR], "error");
	put_count(ret, sums.of[KN_SEVERITY_WARNING], "warning");
	if (sums.of[KN_SEVERITY_NOTE])
		put_count(ret, sums.of[KN_SEVERITY_NOTE], "note");
	kn_buf_printf(ret, "%zu ok", sums.ok);
	if (sums.blind)
		kn_buf_printf(ret, ", %zu not judged", sums.blind);
	kn_buf_putc(ret, '\n');
	return kn_buf_check(ret, err);
}

/* ---- JSON ---- */

static void put_text(struct kn_json *json, const char *key, const char *text, const char *object,
		     const char *detail)
{
	struct kn_buf full KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_check_put(&full, text, object, detail);
	kn_json_str(json, key, kn_buf_str(&full));
}

/* @item: NULL = the rule alone. */
static void put_check(struct kn_json *json, const struct kn_check *check,
		      const struct kn_symptom *item)
{
	const char *object = item ? item->object : NULL, *detail = item ? item->detail : NULL;
	char code[8] = {'K', 'N', (char)('0' + check->number / 100 % 10),
			(char)('0' + check->number / 10 % 10), (char)('0' + check->number % 10)};

	kn_json_str(json, "rule", code);
	kn_json_str(json, "severity", severity_word(check->severity));
	kn_json_str(json, "about", check->word);
	put_text(json, "title", check->title, object, detail);
	put_text(json, "consequence", check->why, object, detail);
	put_text(json, "fix", item && item->fix ? item->fix : check->fix, object, detail);
	kn_json_str(json, "source", check->source);
}

int kn_view_doctor_json(const struct kn_symptoms *found, const struct kn_evidence *evidence,
			const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;
	struct sums sums = count(found, evidence->missed);

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_array(json, "findings");
	for (size_t i = 0; i < found->n; i++) {
		const struct kn_symptom *item = &found->v[i];

		kn_json_object(json, NULL);
		put_check(json, kn_check_at(item->id), item);
		kn_json_str(json, "object", item->object);
		kn_view_json_word(json, "evidence", item->detail);
		kn_json_end(json);
	}
	kn_json_end(json);
	kn_json_array(json, "unread");
	for (size_t i = 0; i < evidence->unread.n; i++)
		kn_json_str(json, NULL, evidence->unread.v[i]);
	kn_json_end(json);
	kn_json_bool(json, "live", evidence->facts->live);
	kn_json_int(json, "n_errors", (int64_t)sums.of[KN_SEVERITY_ERROR]);
	kn_json_int(json, "n_warnings", (int64_t)sums.of[KN_SEVERITY_WARNING]);
	kn_json_int(json, "n_notes", (int64_t)sums.of[KN_SEVERITY_NOTE]);
	kn_json_int(json, "n_ok", (int64_t)sums.ok);
	kn_json_int(json, "n_not_judged", (int64_t)sums.blind);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

/* ---- explain ---- */

static void put_field(struct kn_buf *ret, const struct kn_view_opts *opts, const char *label,
		      const char *text)
{
	struct kn_buf full KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_check_put(&full, text, NULL, NULL);
	kn_buf_printf(ret, "  %-*s", INDENT - 2, label);
	put_wrapped(ret, opts, kn_buf_str(&full), INDENT);
	ret->failed |= full.failed;
}

int kn_view_check(const struct kn_check *check, const struct kn_view_opts *opts, bool json,
		  struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *doc KN_CLEANUP(kn_json_freep) = NULL;

	if (json) {
		if (kn_view_json_new(opts, &doc, err) < 0)
			return -1;
		put_check(doc, check, NULL);
		kn_view_json_errors(doc, NULL);
		return kn_json_finish(doc, ret, err);
	}
	kn_view_style(ret, opts, KN_STYLE_BOLD);
	kn_buf_printf(ret, "KN%03u", check->number);
	kn_view_plain(ret, opts);
	kn_buf_printf(ret, "  %s, %s\n", check->word, severity_word(check->severity));
	put_field(ret, opts, "what", check->title);
	put_field(ret, opts, "consequence", check->why);
	put_field(ret, opts, "fix", check->fix);
	put_field(ret, opts, "source", check->source);
	return kn_buf_check(ret, err);
}
