/* The strict scan of an INI file: it rejects, and says where everything stands.
 * Layer: codec, pure. Goes on after a fault, so that one run tells all of them. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "codec/ini.h"

#define BLANKS	  " \t"
#define LETTERS	  "abcdefghijklmnopqrstuvwxyz"
#define KEY_CHARS LETTERS "0123456789._-"
/* What a section may be called; the value types check it for its kind. */
#define NAME_CHARS LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

struct scan {
	struct kn_ini *ini;
	size_t text;	  /* index into ini->texts */
	const char *line; /* the line looked at, not terminated */
	size_t len;	  /* without its newline and a CR before that */
	unsigned int number;
	size_t section; /* index + 1 of the open section, 0 = none yet */
	bool skip;	/* the section's head was wrong: its keys are not looked at twice */
	struct kn_errors *faults;
	struct kn_error *err;
};

/* ---- faults ---- */

/* Records "@text" at @column. @hint may be NULL. Return: 0; -1 with KN_ERR_NOMEM. */
static int fault(struct scan *s, size_t column, const char *hint, const char *text)
{
	const struct kn_ini_text *file = &s->ini->texts[s->text];
	struct kn_error error = {0};

	kn_fail(&error, KN_ERR_INPUT, 0, "%s", text);
	if (hint)
		kn_hint(&error, "%s", hint);
	if (s->section && !s->skip)
		s->ini->v[s->section - 1].faulty = true;
	else
		s->ini->partial = true;
	kn_at(&error, file->path, s->number, (unsigned int)column + 1);
	size_t n = s->len < sizeof(error.excerpt) - 1 ? s->len : sizeof(error.excerpt) - 1;
	memcpy(error.excerpt, s->line, n);
	error.excerpt[n] = '\0';
	return kn_errors_add(s->faults, &error, s->err);
}

static int KN_PRINTF(4, 5)
	faultf(struct scan *s, size_t column, const char *hint, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return fault(s, column, hint, text);
}

/* ---- bytes ---- */

static const char *byte_fault(unsigned char c)
{
	if (c == '\0')
		return "there is a NUL byte";
	if (c == '\r')
		return "there is a carriage return inside the line";
	return (c < 0x20 && c != '\t') || c == 0x7f ? "there is a control character" : NULL;
}

/* Only the first bad byte of a line: the rest is of the same kind as a rule. */
static int check_bytes(struct scan *s, bool *ret_good)
{
	*ret_good = false;
	for (size_t i = 0; i < s->len;) {
		const char *why = byte_fault((unsigned char)s->line[i]);
		size_t n = kn_utf8_len(s->line + i, s->len - i);

		if (why)
			return fault(s, i, NULL, why);
		if (n == 0)
			return fault(s, i, "save the file as UTF-8", "this is no valid UTF-8");
		i += n;
	}
	if (s->len > KN_INI_LINE_MAX)
		return faultf(s, KN_INI_LINE_MAX, NULL, "the line is longer than %d bytes",
			      KN_INI_LINE_MAX);
	size_t end = s->len;
	while (end > 0 && strchr(BLANKS, s->line[end - 1]))
		end--;
	if (end > 0 && s->line[end - 1] == '\\')
		return fault(s, end - 1, "write it as one line",
			     "the line ends in a backslash, which would join it with the next");
	*ret_good = true;
	return 0;
}

/* ---- sections ---- */

/* FNV-1a over "kind name". Source: RFC 9923. */
static uint32_t fold(const struct kn_ini_section *section)
{
	const char *words[] = {section->kind, " ", section->name};
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		for (const char *p = words[i]; *p; p++)
			hash = (hash ^ (unsigned char)tolower((unsigned char)*p)) * 16777619u;
	return hash;
}

static bool same_title(const struct kn_ini_section *a, const struct kn_ini_section *b)
{
	return a->folded == b->folded && !strcasecmp(a->kind, b->kind) &&
	       !strcasecmp(a->name, b->name);
}

/* iniparser knows no case: twins would become one, the second's keys winning. Over all files. */
static int check_section_twice(struct scan *s, size_t column)
{
	const struct kn_ini *ini = s->ini;
	const struct kn_ini_section *last = &ini->v[ini->n - 1];

	for (size_t i = 0; i + 1 < ini->n; i++) {
		const struct kn_ini_section *other = &ini->v[i];

		if (!same_title(other, last))
			continue;
		if (!strcmp(other->kind, last->kind) && !strcmp(other->name, last->name))
			return faultf(s, column, "put its keys into one section",
				      "this section is there already (%s:%u)", other->path,
				      other->line);
		return faultf(s, column, "names that differ only in case are too easily mixed up",
			      "[%s] at %s:%u differs from this section only in case", other->title,
			      other->path, other->line);
	}
	return 0;
}

static char *cut(const char *from, size_t len)
{
	return strndup(from, len);
}

/* Takes "KIND NAME" between the brackets. */
static int add_section(struct scan *s, const char *inner, size_t len)
{
	struct kn_ini *ini = s->ini;
	size_t kind = 0, name;

	while (kind < len && !strchr(BLANKS, inner[kind]))
		kind++;
	name = kind;
	while (name < len && strchr(BLANKS, inner[name]))
		name++;
	if (kn_grow(&ini->v, &ini->cap, ini->n + 1, sizeof(*ini->v), s->err) < 0)
		return -1;
	struct kn_ini_section *section = &ini->v[ini->n];
	section->kind = cut(inner, kind);
	section->name = cut(inner + name, len - name);
	section->title = cut(inner, len);
	section->path = strdup(ini->texts[s->text].path);
	section->at = (size_t)(s->line - ini->texts[s->text].data);
	section->line = s->number;
	section->column = (unsigned int)(inner - s->line) + 1;
	ini->n++;
	if (!section->kind || !section->name || !section->title || !section->path)
		return kn_fail_nomem(s->err);
	section->folded = fold(section);
	s->section = ini->n;
	s->skip = false;
	return 0;
}

/* @at: of the '['. */
static int scan_section(struct scan *s, size_t at)
{
	const char *open = s->line + at, *end = s->line + s->len;
	const char *close = memchr(open, ']', (size_t)(end - open));
	const char *inner = open + 1, *last;

	s->skip = true;
	if (!close)
		return fault(s, at, "write it as [bridge br0]",
			     "the section has no closing bracket");
	inner += strspn(inner, BLANKS);
	for (last = close; last > inner && strchr(BLANKS, last[-1]);)
		last--;
	for (const char *p = inner; p < last; p++)
		if (!strchr(NAME_CHARS BLANKS, *p))
			return fault(s, (size_t)(p - s->line), "write it as [bridge br0]",
				     "this character cannot stand in a section's name");
	if (inner >= last)
		return fault(s, at, "write it as [bridge br0]", "the section has no name");
	const char *rest = close + 1;
	while (rest < end && strchr(BLANKS, *rest))
		rest++;
	if (last - inner > KN_INI_NAME_MAX)
		return faultf(s, (size_t)(inner - s->line), NULL,
			      "the section's name is longer than %d bytes", KN_INI_NAME_MAX);
	if (add_section(s, inner, (size_t)(last - inner)) < 0)
		return -1;
	/* iniparser 4.1 takes no line for a section that does not end in its bracket. */
	if (rest < end && fault(s, (size_t)(rest - s->line), "put it on a line of its own",
				"nothing may stand behind the section's name, not even a "
				"comment") < 0)
		return -1;
	return check_section_twice(s, (size_t)(inner - s->line));
}

/* ---- keys ---- */

static int check_key_twice(struct scan *s, const struct kn_ini_section *section, size_t column)
{
	const struct kn_ini_key *last = &section->keys[section->n_keys - 1];

	for (size_t i = 0; i + 1 < section->n_keys; i++)
		if (!strcasecmp(section->keys[i].name, last->name))
			return faultf(s, column,
				      "a list is written in one line: dns = 1.1.1.1 9.9.9.9",
				      "the key %s is there already, in line %u", last->name,
				      section->keys[i].line);
	return 0;
}

/* The value's end: iniparser ends it at the first ';' or '#', wherever it stands. */
static int find_value_end(struct scan *s, size_t from, size_t *ret_end, bool *ret_good)
{
	size_t end = from;

	*ret_good = false;
	while (end < s->len && s->line[end] != '#' && s->line[end] != ';')
		end++;
	if (end < s->len && end > from && !strchr(BLANKS, s->line[end - 1]))
		return fault(s, end, "a comment needs a blank before it",
			     "'#' and ';' cannot stand in a value");
	while (end > from && strchr(BLANKS, s->line[end - 1]))
		end--;
	for (size_t i = from; i < end; i++)
		if (s->line[i] == '"' || s->line[i] == '\'')
			return fault(s, i, "write the value without quotes",
				     "quotes cannot stand in a value");
	*ret_end = end;
	*ret_good = true;
	return 0;
}

static int add_key(struct scan *s, size_t at, size_t len, size_t value, size_t end)
{
	struct kn_ini_section *section = &s->ini->v[s->section - 1];

	if (kn_grow(&section->keys, &section->cap_keys, section->n_keys + 1, sizeof(*section->keys),
		    s->err) < 0)
		return -1;
	struct kn_ini_key *key = &section->keys[section->n_keys++];
	key->name = cut(s->line + at, len);
	key->value = cut(s->line + value, end - value);
	key->line = s->number;
	key->column = (unsigned int)at + 1;
	key->value_column = (unsigned int)value + 1;
	if (!key->name || !key->value)
		return kn_fail_nomem(s->err);
	return check_key_twice(s, section, at);
}

/* @at: of the first byte that is no blank. */
static int scan_key(struct scan *s, size_t at)
{
	size_t len = 0, value, end = 0;
	bool good;

	while (at + len < s->len && strchr(KEY_CHARS, s->line[at + len]))
		len++;
	value = at + len;
	while (value < s->len && strchr(BLANKS, s->line[value]))
		value++;
	if (len == 0 || value == s->len || s->line[value] != '=') {
		if (value < s->len && s->line[value] != '=' && value == at + len)
			return fault(s, value, "a key has small letters, digits, '.', '_' and '-'",
				     "this character cannot stand in a key");
		return fault(s, at, "write it as key = value",
			     "this is neither a key nor a section");
	}
	if (len > KN_INI_NAME_MAX)
		return faultf(s, at, NULL, "the key is longer than %d bytes", KN_INI_NAME_MAX);
	for (value++; value < s->len && strchr(BLANKS, s->line[value]);)
		value++;
	if (find_value_end(s, value, &end, &good) < 0)
		return -1;
	if (!good || s->skip)
		return 0;
	if (end == value)
		return fault(s, at, "leave the key out, or give it a value",
			     "the key has no value");
	if (s->section == 0)
		return fault(s, at, "begin with a section: [bridge br0]",
			     "the key stands before the first section");
	return add_key(s, at, len, value, end);
}

/* ---- lines ---- */

static int scan_line(struct scan *s)
{
	bool good;
	size_t at = 0;

	if (check_bytes(s, &good) < 0)
		return -1;
	if (!good)
		return 0;
	while (at < s->len && strchr(BLANKS, s->line[at]))
		at++;
	if (at == s->len || s->line[at] == '#' || s->line[at] == ';')
		return 0;
	return s->line[at] == '[' ? scan_section(s, at) : scan_key(s, at);
}

/* What no editor shows stands in front of the first line, which is looked at all the same: it may
 * be the section of what follows. Columns count behind it. */
static int take_mark(struct scan *s)
{
	if (s->number != 1 || s->len < 3 || memcmp(s->line, KN_INI_BOM, 3) != 0)
		return 0;
	bool partial = s->ini->partial;
	s->line += 3;
	s->len -= 3;
	int r = fault(s, 0, "save the file without it", "the file begins with a byte order mark");
	s->ini->partial = partial;
	return r;
}

int kn_ini_scan(struct kn_ini *ini, size_t text, struct kn_errors *faults, struct kn_error *err)
{
	const struct kn_ini_text *file = &ini->texts[text];
	struct scan s = {.ini = ini, .text = text, .faults = faults, .err = err};
	const char *p = file->data, *end = p + file->len;

	for (s.number = 1; p < end && faults->n < KN_INI_FAULTS_MAX; s.number++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		s.line = p;
		s.len = (size_t)((nl ? nl : end) - p);
		p += s.len + (nl != NULL);
		if (nl && s.len && s.line[s.len - 1] == '\r')
			s.len--;
		if (take_mark(&s) < 0 || scan_line(&s) < 0)
			return -1;
	}
	ini->partial |= p < end;
	return 0;
}
