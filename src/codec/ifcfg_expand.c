/* Quotes and expansions within shell text: where they end, and whether they could change a
 * variable. Layer: codec, pure: nothing is ever expanded or run. Source: bash(1), QUOTING,
 * EXPANSION. */
#include <string.h>

#include "codec/ifcfg_priv.h"

/* Deeper nesting is nobody's configuration; the limit bounds the recursion. */
#define MAX_DEPTH 16

/* The first finding ends the scan, so it is never overwritten. */
bool ifcfg_wild(struct ifcfg_shell *s, const char *at, const char *why)
{
	s->poison = why;
	s->poison_at = at;
	return false;
}

bool ifcfg_at(const struct ifcfg_shell *s, size_t off, char c)
{
	return (size_t)(s->end - s->p) > off && s->p[off] == c;
}

bool ifcfg_joined(const struct ifcfg_shell *s)
{
	return ifcfg_at(s, 0, '\\') && ifcfg_at(s, 1, '\n');
}

static bool scan_dollar(struct ifcfg_shell *s, bool quoted);

static bool unclosed(struct ifcfg_shell *s, const char *open)
{
	return ifcfg_wild(s, open, "a quote or bracket that is never closed");
}

/* '...' and, with @escapes, $'...'; .p stands behind the opening quote. */
static bool scan_single(struct ifcfg_shell *s, bool escapes)
{
	const char *open = s->p - 1;

	for (; s->p < s->end && *s->p != '\''; s->p++)
		if (escapes && *s->p == '\\' && s->p + 1 < s->end)
			s->p++;
	if (s->p == s->end)
		return unclosed(s, open);
	s->p++;
	return true;
}

/* Nothing in here can reach the outer shell's variables, so only the end is looked for. */
static bool scan_backtick(struct ifcfg_shell *s)
{
	const char *open = s->p++;

	s->expands = true;
	for (; s->p < s->end && *s->p != '`'; s->p++)
		if (*s->p == '\\' && s->p + 1 < s->end)
			s->p++;
	if (s->p == s->end)
		return unclosed(s, open);
	s->p++;
	return true;
}

/* Single quotes mean nothing in here, expansions do. */
static bool scan_double(struct ifcfg_shell *s)
{
	const char *open = s->p++;

	while (s->p < s->end && *s->p != '"') {
		if (*s->p == '\\') {
			s->p += s->p + 1 < s->end ? 2 : 1;
		} else if (*s->p == '`') {
			if (!scan_backtick(s))
				return false;
		} else if (*s->p == '$') {
			if (!scan_dollar(s, true))
				return false;
		} else {
			s->p++;
		}
	}
	if (s->p == s->end)
		return unclosed(s, open);
	s->p++;
	return true;
}

int ifcfg_shell_special(struct ifcfg_shell *s)
{
	if (*s->p == '\\') {
		s->p += s->p + 1 < s->end ? 2 : 1;
		return 1;
	}
	if (*s->p == '\'') {
		s->p++;
		return scan_single(s, false) ? 1 : -1;
	}
	if (*s->p == '"')
		return scan_double(s) ? 1 : -1;
	if (*s->p == '`')
		return scan_backtick(s) ? 1 : -1;
	if (*s->p == '$')
		return scan_dollar(s, false) ? 1 : -1;
	return 0;
}

static bool deeper(struct ifcfg_shell *s, const char *open)
{
	return ++s->depth <= MAX_DEPTH || ifcfg_wild(s, open, "substitutions nested too deeply");
}

/* The rest of ${NAME...}. */
static bool scan_brace(struct ifcfg_shell *s, const char *open)
{
	if (!deeper(s, open))
		return false;
	while (s->p < s->end && *s->p != '}') {
		/* Whether a quote in here is one depends on what stands around it. */
		if (*s->p == '\'' || *s->p == '"' || *s->p == '(')
			return ifcfg_wild(s, s->p, "a quote or bracket in a parameter expansion");
		int r = ifcfg_shell_special(s);

		if (r < 0)
			return false;
		s->p += r == 0;
	}
	if (s->p == s->end)
		return unclosed(s, open);
	s->p++;
	s->depth--;
	return true;
}

/* An operator would be a syntax error, and a subscript is calculated. */
bool ifcfg_shell_array(struct ifcfg_shell *s)
{
	const char *open = s->p - 1;

	while (s->p < s->end && *s->p != ')') {
		if (*s->p && strchr("#<>&|;([", *s->p))
			return ifcfg_wild(s, s->p, "an array that is more than a list of words");
		int r = ifcfg_shell_special(s);

		if (r < 0)
			return false;
		s->p += r == 0;
	}
	if (s->p == s->end)
		return unclosed(s, open);
	s->p++;
	return true;
}

/* $( ... ): commands by the same rules; one that the shell cannot parse ends the reading. */
static bool scan_commands(struct ifcfg_shell *s, const char *open)
{
	struct ifcfg_shell outer = *s;

	if (!deeper(s, open))
		return false;
	s->command = true;
	s->seen = s->target = s->pending = false;
	while (s->p < s->end && *s->p != ')') {
		if (*s->p == '#')
			return ifcfg_wild(s, s->p, "a comment in a substitution");
		if (*s->p == '\n' && !s->pending && !s->target) {
			s->p++;
			s->seen = false;
			s->command = true;
		} else if (!ifcfg_shell_step(s)) {
			return s->poison ? false : unclosed(s, open);
		}
	}
	if (s->p == s->end)
		return unclosed(s, open);
	if (!s->seen || s->target || s->pending)
		return ifcfg_wild(s, open, "an incomplete command in a substitution");
	s->p++;
	s->depth--;
	s->command = outer.command;
	s->seen = outer.seen;
	s->target = outer.target;
	s->pending = outer.pending;
	s->word = outer.word;
	s->literal = outer.literal;
	return true;
}

/* ${NAME} with the operators that can neither fail, which ends the reading, nor calculate, which
 * can assign through a value. */
static bool scan_parameter(struct ifcfg_shell *s)
{
	const char *open = s->p - 1;

	if (ifcfg_at(s, 0, '#'))
		s->p++;
	const char *name = s->p;
	while (s->p < s->end && ifcfg_is_name_char(*s->p))
		s->p++;
	if (!ifcfg_is_name(name, (size_t)(s->p - name)))
		return ifcfg_wild(s, open, "an unusual parameter expansion");
	const char *op = s->p + ifcfg_at(s, 0, ':');
	if (op == s->end || !*op || !strchr(op > s->p ? "-=+" : "-=+#%/}", *op))
		return ifcfg_wild(s, open, "an unusual parameter expansion");
	return scan_brace(s, open);
}

/* $NAME and a lone $ need no more than the $: the name is read on as part of the word. */
static bool scan_dollar(struct ifcfg_shell *s, bool quoted)
{
	const char *open = s->p++;

	if (!quoted && ifcfg_at(s, 0, '\'')) {
		s->p++;
		return scan_single(s, true);
	}
	s->expands = true;
	if (ifcfg_joined(s) || (ifcfg_at(s, 0, '(') && ifcfg_at(s, 1, '\\')))
		return ifcfg_wild(s, open, "an expansion broken by a line continuation");
	if ((ifcfg_at(s, 0, '(') && ifcfg_at(s, 1, '(')) || ifcfg_at(s, 0, '['))
		return ifcfg_wild(s, open, "arithmetic, which can assign any key");
	if (ifcfg_at(s, 0, '(')) {
		s->p++;
		return scan_commands(s, open);
	}
	if (ifcfg_at(s, 0, '{')) {
		s->p++;
		return scan_parameter(s);
	}
	return true;
}
