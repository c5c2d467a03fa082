/* Shell text that is not a plain assignment: where it ends, and what it could change.
 * Layer: codec, pure: nothing is ever expanded or run. When in doubt the answer is "anything".
 * Source: bash(1), SHELL GRAMMAR, QUOTING, EXPANSION. */
#include <string.h>

#include "codec/ifcfg_priv.h"

#define MAX_DEPTH 16

/* Words after which no later line can be trusted: code from elsewhere, control flow, or builtins
 * that assign, leave, or change how the rest is read. */
static const char *const wild_words[] = {
	".",	    "source",	"eval",	     "if",	    "then",
	"elif",	    "else",	"fi",	     "while",	    "until",
	"do",	    "done",	"for",	     "case",	    "esac",
	"select",   "function", "{",	     "}",	    "[[",
	"!",	    "time",	"coproc",    "exec",	    "exit",
	"return",   "break",	"continue",  "set",	    "shopt",
	"trap",	    "alias",	"unalias",   "enable",	    "builtin",
	"command",  "let",	"declare",   "typeset",	    "local",
	"printf",   "mapfile",	"readarray", "getopts",	    "wait",
	"cd",	    "pushd",	"popd",	     "fc",	    "bind",
	"complete", "kill",	"shift",     "need_config", "source_config",
};

/* Builtins that act on the variables named in their arguments. */
static const char *const name_words[] = {"export", "readonly", "unset", "read"};

static bool in_list(const char *const *list, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && !memcmp(list[i], word, len))
			return true;
	return false;
}

static bool wild(struct ifcfg_shell *s, const char *at, const char *why)
{
	s->poison = why;
	s->poison_at = at;
	return false;
}

static bool at(const struct ifcfg_shell *s, size_t off, char c)
{
	return (size_t)(s->end - s->p) > off && s->p[off] == c;
}

static bool scan_nested(struct ifcfg_shell *s, char close);
static bool scan_dollar(struct ifcfg_shell *s, bool quoted);

static bool unclosed(struct ifcfg_shell *s, const char *open)
{
	return wild(s, open, "a quote or bracket that is never closed");
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

/* Any quoted or substituted piece. Return: 1 read, 0 there is none at .p, -1 poison. */
static int scan_special(struct ifcfg_shell *s)
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

/* $( ... ), ${ ... } and arrays up to @close; .p stands behind the opening bracket. */
static bool scan_nested(struct ifcfg_shell *s, char close)
{
	const char *open = s->p - 1;
	char prev = ' ';

	if (++s->depth > MAX_DEPTH)
		return wild(s, open, "substitutions nested too deeply");
	while (s->p < s->end && *s->p != close) {
		char c = *s->p;

		/* Whether a quote in ${...} is one depends on what stands around it. */
		if (close == '}' && (c == '\'' || c == '"' || c == '('))
			return wild(s, s->p, "a quote or bracket in a parameter expansion");
		int r = scan_special(s);

		if (r < 0)
			return false;
		if (r == 0) {
			if ((c == '#' && close == ')' && strchr(" \t\n;&|(", prev)) ||
			    (c == '<' && at(s, 1, '<')))
				return wild(s, s->p,
					    "a comment or here-document in a substitution");
			s->p++;
			if (c == '(' && !scan_nested(s, ')'))
				return false;
		}
		prev = c ? c : 'x';
	}
	if (s->p == s->end)
		return unclosed(s, open);
	s->p++;
	s->depth--;
	return true;
}

/* ${NAME...}: an offset is arithmetic, and arithmetic can assign through a value. */
static bool scan_parameter(struct ifcfg_shell *s)
{
	const char *open = s->p - 1;

	if (at(s, 0, '!'))
		return wild(s, open, "an indirect expansion");
	if (at(s, 0, '#'))
		s->p++;
	while (s->p < s->end && ifcfg_is_name_char(*s->p))
		s->p++;
	if (at(s, 0, '[') || at(s, 0, '@'))
		return wild(s, open, "an array expansion");
	if (at(s, 0, ':') && !at(s, 1, '-') && !at(s, 1, '=') && !at(s, 1, '?') && !at(s, 1, '+'))
		return wild(s, open, "a substring expansion");
	return scan_nested(s, '}');
}

static bool scan_dollar(struct ifcfg_shell *s, bool quoted)
{
	const char *open = s->p++;

	if (!quoted && at(s, 0, '\'')) {
		s->p++;
		return scan_single(s, true);
	}
	s->expands = true;
	if ((at(s, 0, '(') && at(s, 1, '(')) || at(s, 0, '['))
		return wild(s, open, "arithmetic, which can assign any key");
	if (at(s, 0, '(')) {
		s->p++;
		return scan_nested(s, ')');
	}
	if (at(s, 0, '{')) {
		s->p++;
		return scan_parameter(s);
	}
	return true;
}

/* Does [@p, @end) begin with NAME=, NAME+= or NAME[digits]=? */
static bool is_assignment(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && ifcfg_is_name_char(*q))
		q++;
	if (q == p || !ifcfg_is_name_start(*p))
		return false;
	if (q < end && *q == '[') {
		for (q++; q < end && *q >= '0' && *q <= '9';)
			q++;
		if (q == end || *q++ != ']')
			return false;
	}
	if (q < end && *q == '+')
		q++;
	return q < end && *q == '=';
}

/* The first word that is no assignment: can this command change variables? */
static bool check_command(struct ifcfg_shell *s)
{
	size_t len = (size_t)(s->p - s->word);

	if (!s->literal)
		return wild(s, s->word, "a command whose name only the shell knows");
	if (in_list(wild_words, sizeof(wild_words) / sizeof(wild_words[0]), s->word, len) ||
	    s->word[0] == '{')
		return wild(s, s->word, "shell code that could change any key");
	if (len > 1 && memchr(s->word, '[', len))
		return wild(s, s->word, "an array element");
	s->command = false;
	if (in_list(name_words, sizeof(name_words) / sizeof(name_words[0]), s->word, len))
		s->every_name = true;
	return true;
}

/* A plain variable name or option of export, read, ... */
static bool is_argument(const struct ifcfg_shell *s)
{
	for (const char *p = s->word; p < s->p; p++)
		if (!ifcfg_is_name_char(*p) && *p != '-')
			return false;
	return true;
}

static bool end_word(struct ifcfg_shell *s)
{
	s->seen = true;
	s->pending = false;
	if (s->target) {
		s->target = false;
		return true;
	}
	/* export "IPADDR=1" or IPADD{R,X}=1: the name is not there to be seen. */
	if (s->every_name && !is_assignment(s->word, s->p) && !is_argument(s))
		return wild(s, s->word, "a name that only the shell knows");
	bool fd = s->literal && (at(s, 0, '<') || at(s, 0, '>'));
	for (const char *p = s->word; fd && p < s->p; p++)
		fd = *p >= '0' && *p <= '9';
	if (!s->command || fd || is_assignment(s->word, s->p))
		return true;
	return check_command(s);
}

/* Only an array value may have a bracket in a word; .p stands behind it. */
static bool opens_array(const struct ifcfg_shell *s)
{
	size_t len = (size_t)(s->p - 1 - s->word);

	return s->command && !s->target && s->literal && is_assignment(s->word, s->p - 1) &&
	       memchr(s->word, '=', len) == s->p - 2;
}

static bool scan_word(struct ifcfg_shell *s)
{
	s->word = s->p;
	s->literal = true;
	while (s->p < s->end && !strchr(" \t\n;&|<>)", *s->p ? *s->p : 'x')) {
		int r = scan_special(s);

		if (r < 0)
			return false;
		if (r > 0) {
			s->literal = false;
			continue;
		}
		if (*s->p++ != '(')
			continue;
		if (!opens_array(s))
			return wild(s, s->p - 1, "a function, a subshell or a syntax error");
		if (!scan_nested(s, ')'))
			return false;
		s->literal = false;
	}
	return end_word(s);
}

static bool scan_redirect(struct ifcfg_shell *s)
{
	if (s->target || at(s, 1, '(') || (*s->p == '<' && at(s, 1, '<')))
		return wild(s, s->p, "a here-document or a syntax error");
	if (s->seen && s->p[-1] == '}')
		return wild(s, s->p, "a redirection that assigns a variable");
	s->p++;
	if (s->p < s->end && (*s->p == '>' || *s->p == '&' || *s->p == '|'))
		s->p++;
	s->target = true;
	return true;
}

static bool scan_separator(struct ifcfg_shell *s)
{
	char c = *s->p;

	if (!s->seen || s->target)
		return wild(s, s->p, "a syntax error for the shell");
	s->p++;
	if (c == ';' && at(s, 0, ';'))
		return wild(s, s->p, "a syntax error for the shell");
	s->pending = c == '|' || (c == '&' && at(s, 0, '&'));
	if (c != ';' && (at(s, 0, c) || (c == '|' && at(s, 0, '&'))))
		s->p++;
	s->seen = false;
	s->command = true;
	return true;
}

/* One step. Return: false at the end of the logical line or on poison. */
static bool scan_step(struct ifcfg_shell *s)
{
	char c = *s->p;

	if (c == '\n' && !s->pending)
		return false;
	if (c == ' ' || c == '\t' || c == '\n') {
		s->p++;
		return true;
	}
	if (c == '\\' && at(s, 1, '\n')) {
		s->p += 2;
		return true;
	}
	if (c == '#') {
		while (s->p < s->end && *s->p != '\n')
			s->p++;
		return true;
	}
	if (c == ';' || c == '&' || c == '|')
		return scan_separator(s);
	if (c == '<' || c == '>')
		return scan_redirect(s);
	if (c == '(' || c == ')')
		return wild(s, s->p, "a function, a subshell or a syntax error");
	return scan_word(s);
}

void ifcfg_shell_scan(struct ifcfg_shell *s)
{
	const char *start = s->p;

	s->command = true;
	while (s->p < s->end && scan_step(s))
		;
	if (!s->poison && (s->target || s->pending))
		(void)wild(s, start, "a syntax error for the shell");
	/* A line put behind it would become a part of it. */
	if (!s->poison && s->p == s->end && s->p > start && s->p[-1] == '\\')
		(void)wild(s, s->p - 1, "a line continuation at the end of the file");
	if (!s->poison && s->every_name && s->expands)
		(void)wild(s, start, "shell code that could change any key");
	if (!s->poison)
		return;
	/* Go on with the line behind the culprit. */
	s->p = s->poison_at;
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

/* Behind a name: =, +=, :=, [ or, at the start of a line, blanks and =. */
static bool assigns(const char *q, const char *end, bool first)
{
	const char *r = q;

	if (q < end && (*q == '=' || *q == '['))
		return true;
	if (end - q > 1 && (*q == '+' || *q == ':') && q[1] == '=')
		return true;
	while (first && r < end && (*r == ' ' || *r == '\t'))
		r++;
	return r > q && r < end && *r == '=';
}

char *ifcfg_shell_names(const char *p, const char *end, bool every_name, char *out)
{
	bool first = true;
	char prev = ' ';

	while (p < end) {
		const char *q = p;

		while (q < end && ifcfg_is_name_char(*q))
			q++;
		if (q == p) {
			prev = *p++;
			continue;
		}
		/* $NAME= reads, and in a.NAME= or --NAME= the name is only a part of a word. */
		bool whole = ifcfg_is_name_start(*p) && (prev == '\0' || !strchr("$-./,:@%", prev));
		if (whole && (every_name || assigns(q, end, first))) {
			memmove(out, p, (size_t)(q - p));
			out += q - p;
			*out++ = '\0';
		}
		first = false;
		prev = q[-1];
		p = q;
	}
	return out;
}
