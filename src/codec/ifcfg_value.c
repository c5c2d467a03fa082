/* One value of an ifcfg assignment: unquotes it where bash and NetworkManager agree, else says why.
 * Layer: codec, pure. Source: bash(1), QUOTING; NetworkManager src/core/settings/plugins/ifcfg-rh/
 * shvar.c, svUnescape_full(). */
#include <string.h>

#include "codec/ifcfg_priv.h"

struct scan {
	struct ifcfg_value *v;
	const char *start;
	bool bare, dquoted, squoted, other; /* kinds of pieces seen */
	unsigned int pieces;
	bool colon; /* the byte before is an unquoted ':', so a tilde would expand */
};

static bool odd(struct scan *s, const char *at, const char *why)
{
	s->v->why = why;
	s->v->why_at = at;
	return false;
}

/* Both readers keep a tab in quotes; what they do with other control bytes differs by version. */
static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* One byte that stands for itself. */
static bool take(struct scan *s)
{
	char c = *s->v->p;

	if (c == '\r')
		return odd(s, s->v->p, "a carriage return: the shell takes it into the value");
	if (is_control(c))
		return odd(s, s->v->p, "a control character in the value");
	*s->v->out++ = c;
	s->v->p++;
	return true;
}

/* NetworkManager ends a value with its line, the shell reads on. */
static bool open_quote(struct scan *s, const char *at)
{
	return odd(s, at, "a quote that is not closed in this line");
}

static bool piece_single(struct scan *s)
{
	const char *at = s->v->p++;

	while (s->v->p < s->v->end && *s->v->p != '\'')
		if (!take(s))
			return false;
	if (s->v->p == s->v->end)
		return open_quote(s, at);
	s->v->p++;
	s->squoted = true;
	return true;
}

/* Inside "...": NetworkManager also drops the backslash of \' and \~ in text that looks like its
 * own old output, the shell never does. */
static bool double_backslash(struct scan *s)
{
	const char *at = s->v->p++;

	if (s->v->p == s->v->end)
		return odd(s, at, "a line continuation");
	if (strchr("'~", *s->v->p) && *s->v->p)
		return odd(s, at, "a backslash before ' or ~ within double quotes");
	if (!strchr("$`\"\\", *s->v->p) || !*s->v->p)
		*s->v->out++ = '\\';
	return take(s);
}

static bool piece_double(struct scan *s)
{
	const char *at = s->v->p++;

	while (s->v->p < s->v->end && *s->v->p != '"') {
		char c = *s->v->p;

		if (c == '$' || c == '`')
			return odd(s, s->v->p, "an expansion, which only the shell performs");
		if (c == '\\' ? !double_backslash(s) : !take(s))
			return false;
	}
	if (s->v->p == s->v->end)
		return open_quote(s, at);
	s->v->p++;
	s->dquoted = true;
	return true;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

/* Up to @max digits of @base. Return: the value's low byte; *ret_n digits were there. */
static char number(struct scan *s, int base, int max, int *ret_n)
{
	unsigned int value = 0;
	int n = 0;

	while (n < max && s->v->p < s->v->end && digit(*s->v->p) < base) {
		value = value * (unsigned int)base + (unsigned int)digit(*s->v->p++);
		n++;
	}
	*ret_n = n;
	return (char)(value & 0xff);
}

/* Escapes of $'...' that both readers decode to the same byte. */
static bool ansi_escape(struct scan *s)
{
	static const char from[] = "abeEfnrtv?\"\\'", to[] = "\a\b\033\033\f\n\r\t\v?\"\\'";
	const char *at = s->v->p++;
	int n = 1;
	char c;

	if (s->v->p == s->v->end)
		return odd(s, at, "a line continuation");
	const char *hit = *s->v->p ? strchr(from, *s->v->p) : NULL;
	if (hit) {
		c = to[hit - from];
		s->v->p++;
	} else if (digit(*s->v->p) < 8) {
		c = number(s, 8, 3, &n);
	} else if (*s->v->p == 'x') {
		s->v->p++;
		c = number(s, 16, 2, &n);
	} else {
		/* \u and \U depend on the shell's locale, \c only the shell knows. */
		n = 0;
		c = 0;
	}
	if (n == 0 || c == '\0')
		return odd(s, at, "an escape in $'...' that is not read alike");
	*s->v->out++ = c;
	return true;
}

static bool piece_ansi(struct scan *s)
{
	const char *at = s->v->p;

	s->v->p += 2;
	while (s->v->p < s->v->end && *s->v->p != '\'')
		if (*s->v->p == '\\' ? !ansi_escape(s) : !take(s))
			return false;
	if (s->v->p == s->v->end)
		return open_quote(s, at);
	s->v->p++;
	s->other = true;
	return true;
}

/* \c outside of quotes is c, in both readers. */
static bool piece_backslash(struct scan *s)
{
	const char *at = s->v->p++;

	if (s->v->p == s->v->end)
		return odd(s, at, "a line continuation");
	s->other = true;
	return take(s);
}

/* The tilde matters at the start and behind ':' only, which is where the shell expands it. */
static bool piece_bare(struct scan *s)
{
	char c = *s->v->p;

	if (c == '`')
		return odd(s, s->v->p, "a command substitution, which only the shell performs");
	if (c == ';')
		return odd(s, s->v->p, "a ';' after the value");
	if (c && strchr("|&()<>", c))
		return odd(s, s->v->p, "a shell operator");
	if (c == '~' && (s->v->p == s->start || s->colon))
		return odd(s, s->v->p, "a tilde, which only the shell expands");
	s->bare = true;
	bool ok = take(s);
	s->colon = c == ':';
	return ok;
}

static bool piece(struct scan *s)
{
	const struct ifcfg_value *v = s->v;
	bool more = v->p + 1 < v->end;

	if (!s->bare || *v->p == '\'' || *v->p == '"')
		s->pieces++;
	if (*v->p == '$')
		return more && v->p[1] == '\''
			       ? piece_ansi(s)
			       : odd(s, v->p, "an expansion, which only the shell performs");
	bool colon = s->colon;
	s->colon = false;
	if (*v->p == '\'')
		return piece_single(s);
	if (*v->p == '"')
		return piece_double(s);
	if (*v->p == '\\')
		return piece_backslash(s);
	s->colon = colon;
	return piece_bare(s);
}

/* Only a value in one pair of quotes has a style that an edit can keep. */
static enum ifcfg_quote style(const struct scan *s)
{
	if (s->other || s->bare + s->dquoted + s->squoted > 1)
		return IFCFG_MIXED;
	if (!s->dquoted && !s->squoted)
		return IFCFG_BARE;
	if (s->pieces > 1)
		return IFCFG_MIXED;
	return s->dquoted ? IFCFG_DOUBLE : IFCFG_SINGLE;
}

bool ifcfg_value_scan(struct ifcfg_value *value)
{
	struct scan s = {.v = value, .start = value->p};
	const char *out = value->out;

	while (value->p < value->end && *value->p != ' ' && *value->p != '\t')
		if (!piece(&s))
			return false;
	value->quote = style(&s);
	/* NetworkManager ignores a value that is not UTF-8, after unquoting it. */
	for (size_t n; out < value->out; out += n) {
		n = kn_utf8_len(out, (size_t)(value->out - out));
		if (n == 0)
			return odd(&s, s.start, "bytes that are not UTF-8");
	}
	return true;
}
