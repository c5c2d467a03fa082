/* Splits ifcfg text into logical lines and tells plain assignments from the rest.
 * Layer: codec, pure. One pass; a line that is not plain goes to the shell scanner. */
#include <stdlib.h>
#include <string.h>

#include "codec/ifcfg_priv.h"

bool ifcfg_is_name_start(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool ifcfg_is_name_char(char c)
{
	return ifcfg_is_name_start(c) || (c >= '0' && c <= '9');
}

bool ifcfg_is_name(const char *str, size_t len)
{
	if (len == 0 || !ifcfg_is_name_start(str[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!ifcfg_is_name_char(str[i]))
			return false;
	return true;
}

/* FNV-1a, 32 bit. */
uint32_t ifcfg_hash(const char *key, size_t len)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)key[i]) * 16777619U;
	return hash;
}

struct lexer {
	struct kn_ifcfg *file;
	char *shadow;
	const char *p, *end;
	unsigned int number; /* physical line of .p */
};

/* The first reason is kept: it is the one to mend first. */
static void poison(struct lexer *lex, const char *at, const char *why)
{
	struct kn_ifcfg *file = lex->file;

	if (file->poison)
		return;
	file->poison = why;
	file->poison_off = (size_t)(at - file->text);
	file->poison_number = 1;
	for (const char *p = file->text; p < at; p++)
		file->poison_number += *p == '\n';
}

static const char *line_end(const char *p, const char *end)
{
	const char *nl = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;

	return nl ? nl : end;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* The place for what is read at @p. Unquoted text is never longer than it was, so it fits. */
static char *shadow_of(const struct lexer *lex, const char *p)
{
	return lex->shadow + (p - lex->file->text);
}

/* What follows a value may only be blanks and a comment. A second assignment or a word would make
 * the shell take the first one as a command's environment only. */
static bool clean_tail(const char *p, const char *end, struct ifcfg_line *line)
{
	p = skip_blanks(p, end);
	if (p == end || *p == '#')
		return true;
	line->why = *p == '\r' ? "a carriage return after the value"
			       : "another word after the value, which the shell runs as a command";
	line->why_off = (size_t)(p - line->raw);
	return false;
}

/* NAME=value up to the end of the physical line. Return: false when the readers disagree. */
static bool lex_assign(const struct lexer *lex, const char *name, const char *eq, const char *end,
		       struct ifcfg_line *line)
{
	size_t len = (size_t)(eq - name);
	char *key = shadow_of(lex, name);
	struct ifcfg_value value = {.p = eq + 1, .end = end, .out = shadow_of(lex, eq + 1)};

	memcpy(key, name, len);
	key[len] = '\0';
	line->value = value.out;
	if (!ifcfg_value_scan(&value)) {
		line->why = value.why;
		line->why_off = (size_t)(value.why_at - line->raw);
		return false;
	}
	*value.out = '\0';
	if (!clean_tail(value.p, end, line))
		return false;
	/* The shell scanner says what happens then. */
	if (ifcfg_is_reserved(key))
		return false;
	line->kind = IFCFG_ASSIGN;
	line->keys = key;
	line->keys_end = key + len + 1;
	line->hash = ifcfg_hash(key, len);
	line->val_off = (size_t)(eq + 1 - line->raw);
	line->val_end = (size_t)(value.p - line->raw);
	line->quote = value.quote;
	return true;
}

/* Everything else: find its end as the shell would, and the keys it may assign. */
static void lex_odd(struct lexer *lex, struct ifcfg_line *line)
{
	struct ifcfg_shell shell = {.p = line->raw, .end = lex->end};
	char *names = shadow_of(lex, line->raw);

	line->kind = IFCFG_ODD;
	line->keys = line->keys_end = names;
	if (!line->why) {
		line->why = "shell code";
		line->why_off = (size_t)(skip_blanks(line->raw, lex->end) - line->raw);
	}
	/* Nothing more can be learned from a poisoned file, and the work stays linear. */
	if (lex->file->poison) {
		line->len = (size_t)(line_end(line->raw, lex->end) - line->raw);
		return;
	}
	ifcfg_shell_scan(&shell);
	line->len = (size_t)(shell.p - line->raw);
	if (shell.poison) {
		poison(lex, shell.poison_at, shell.poison);
		return;
	}
	line->keys_end = ifcfg_shell_names(line->raw, shell.p, shell.every_name, names);
	lex->file->n_odd++;
	/* Within a function, where initscripts source files, this ends the whole function. */
	for (const char *k = names; k < line->keys_end; k += strlen(k) + 1)
		if (ifcfg_is_reserved(k))
			poison(lex, line->raw + line->why_off,
			       "a name that bash does not let a file set: it stops reading here");
}

/* Plain lines, nearly all there are, never reach the shell scanner. */
static void lex_line(struct lexer *lex, struct ifcfg_line *line)
{
	const char *end = line_end(lex->p, lex->end);
	const char *name = skip_blanks(lex->p, end);
	const char *eq = name;

	*line = (struct ifcfg_line){.raw = lex->p, .number = lex->number};
	line->len = (size_t)(end - lex->p);
	if (name == end || *name == '#')
		return;
	while (eq < end && ifcfg_is_name_char(*eq))
		eq++;
	if (eq < end && *eq == '=' && eq > name && ifcfg_is_name_start(*name) &&
	    lex_assign(lex, name, eq, end, line))
		return;
	lex_odd(lex, line);
}

/* Behind the line just read. */
static void step(struct lexer *lex, struct ifcfg_line *line)
{
	const char *next = line->raw + line->len;

	if (line->kind == IFCFG_ODD)
		for (const char *p = line->raw; p < next; p++)
			lex->number += *p == '\n';
	line->nl = next < lex->end;
	lex->number += line->nl;
	lex->p = next + line->nl;
}

/* Bytes that make the readers see different files as a whole. */
static void check_bytes(struct lexer *lex)
{
	const struct kn_ifcfg *file = lex->file;
	const char *nul = file->len ? memchr(file->text, '\0', file->len) : NULL;

	if (file->len >= 3 && !memcmp(file->text, "\xef\xbb\xbf", 3))
		poison(lex, file->text, "a byte order mark hides the first line from every reader");
	if (nul)
		poison(lex, nul, "a NUL byte, behind which NetworkManager reads nothing");
}

int ifcfg_parse_text(struct kn_ifcfg *file, char *shadow, struct kn_error *err)
{
	struct lexer lex = {.file = file, .shadow = shadow, .p = file->text, .number = 1};
	size_t need = 1;

	lex.end = file->text + file->len;
	for (const char *p = file->text; (p = line_end(p, lex.end)) < lex.end; p++)
		need++;
	if (kn_grow(&file->lines, &file->cap, need, sizeof(*file->lines), err) < 0)
		return -1;
	check_bytes(&lex);
	while (lex.p < lex.end) {
		struct ifcfg_line *line = &file->lines[file->n++];

		lex_line(&lex, line);
		step(&lex, line);
	}
	return 0;
}
