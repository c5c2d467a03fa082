/* Shell text that is not a plain assignment: where it ends, and what it could change.
 * Layer: codec, pure: nothing is ever expanded or run. When in doubt the answer is "anything".
 * Source: bash(1), SHELL GRAMMAR, QUOTING, EXPANSION. */
#include <string.h>

#include "codec/ifcfg_priv.h"

/* Words after which no later line can be trusted: code from elsewhere, control flow, or builtins
 * that assign, leave, or change how the rest is read. A write to a read-only name leaves, too. */
static const char *const wild_words[] = {
	".",	     "source",
	"eval",	     "if",
	"then",	     "elif",
	"else",	     "fi",
	"while",     "until",
	"do",	     "done",
	"for",	     "case",
	"esac",	     "select",
	"function",  "{",
	"}",	     "[[",
	"!",	     "]]",
	"in",	     "time",
	"coproc",    "exec",
	"exit",	     "return",
	"break",     "continue",
	"set",	     "shopt",
	"trap",	     "alias",
	"unalias",   "enable",
	"builtin",   "command",
	"let",	     "declare",
	"typeset",   "local",
	"printf",    "mapfile",
	"readarray", "getopts",
	"wait",	     "cd",
	"pushd",     "popd",
	"fc",	     "bind",
	"complete",  "kill",
	"shift",     "need_config",
	"readonly",  "source_config",
};

/* Builtins that act on the variables named in their arguments. */
static const char *const name_words[] = {"export", "unset", "read"};

/* The lists are short and odd lines rare, so a linear search will do. */
static bool in_list(const char *const *list, size_t n, const char *word, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && !memcmp(list[i], word, len))
			return true;
	return false;
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
		return ifcfg_wild(s, s->word, "a command whose name only the shell knows");
	if (in_list(wild_words, sizeof(wild_words) / sizeof(wild_words[0]), s->word, len) ||
	    s->word[0] == '{')
		return ifcfg_wild(s, s->word, "shell code that could change any key");
	if (len > 1 && memchr(s->word, '[', len))
		return ifcfg_wild(s, s->word, "an array element");
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

/* Digits right before < or > are a file descriptor, not a word. */
static bool is_descriptor(const struct ifcfg_shell *s)
{
	if (!s->literal || (!ifcfg_at(s, 0, '<') && !ifcfg_at(s, 0, '>')))
		return false;
	for (const char *p = s->word; p < s->p; p++)
		if (*p < '0' || *p > '9')
			return false;
	return true;
}

/* A word is done: a file name, an assignment, a command or an argument. */
static bool end_word(struct ifcfg_shell *s)
{
	bool descriptor = is_descriptor(s);

	s->seen = true;
	s->pending = false;
	if (s->target) {
		s->target = false;
		return !descriptor || ifcfg_wild(s, s->word, "a syntax error for the shell");
	}
	/* export "IPADDR=1" or IPADD{R,X}=1: the name is not there to be seen. */
	if (s->every_name && !is_assignment(s->word, s->p) && !is_argument(s))
		return ifcfg_wild(s, s->word, "a name that only the shell knows");
	if (!s->command || descriptor || is_assignment(s->word, s->p))
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

/* Up to the next unquoted blank or operator; quoted pieces belong to the word. */
static bool scan_word(struct ifcfg_shell *s)
{
	s->word = s->p;
	s->literal = true;
	while (s->p < s->end && !strchr(" \t\n;&|<>)", *s->p ? *s->p : 'x')) {
		int r = ifcfg_shell_special(s);

		if (r < 0)
			return false;
		if (r > 0) {
			s->literal = false;
			continue;
		}
		if (*s->p++ != '(')
			continue;
		if (!opens_array(s))
			return ifcfg_wild(s, s->p - 1, "a function, a subshell or a syntax error");
		if (!ifcfg_shell_array(s))
			return false;
		s->literal = false;
	}
	return end_word(s);
}

/* A here-document swallows lines, >( and <( run commands, {NAME}> assigns a descriptor number. */
static bool scan_redirect(struct ifcfg_shell *s)
{
	if (s->target || ifcfg_at(s, 1, '(') || (*s->p == '<' && ifcfg_at(s, 1, '<')))
		return ifcfg_wild(s, s->p, "a here-document or a syntax error");
	if (s->seen && s->p[-1] == '}')
		return ifcfg_wild(s, s->p, "a redirection that assigns a variable");
	bool out = *s->p++ == '>';
	if (ifcfg_at(s, 0, '>') || ifcfg_at(s, 0, '&') || (out && ifcfg_at(s, 0, '|')))
		s->p++;
	s->target = true;
	s->pending = false;
	return !ifcfg_joined(s) || ifcfg_wild(s, s->p, "an operator broken by a line continuation");
}

/* ; & && | || |& start a new command; && and | wait for it in the next line, too. */
static bool scan_separator(struct ifcfg_shell *s)
{
	char c = *s->p;

	if (!s->seen || s->target)
		return ifcfg_wild(s, s->p, "a syntax error for the shell");
	s->p++;
	if (c == ';' && ifcfg_at(s, 0, ';'))
		return ifcfg_wild(s, s->p, "a syntax error for the shell");
	s->pending = c == '|' || (c == '&' && ifcfg_at(s, 0, '&'));
	if (c != ';' && (ifcfg_at(s, 0, c) || (c == '|' && ifcfg_at(s, 0, '&'))))
		s->p++;
	s->seen = false;
	s->command = true;
	return !ifcfg_joined(s) || ifcfg_wild(s, s->p, "an operator broken by a line continuation");
}

bool ifcfg_shell_step(struct ifcfg_shell *s)
{
	char c = *s->p;

	if (c == '\n' && !s->pending)
		return false;
	if (c == ' ' || c == '\t' || c == '\n') {
		s->p++;
		return true;
	}
	if (ifcfg_joined(s)) {
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
		return ifcfg_wild(s, s->p, "a function, a subshell or a syntax error");
	return scan_word(s);
}

void ifcfg_shell_scan(struct ifcfg_shell *s)
{
	const char *start = s->p;

	s->command = true;
	while (s->p < s->end && ifcfg_shell_step(s))
		;
	if (!s->poison && (s->target || s->pending))
		(void)ifcfg_wild(s, start, "a syntax error for the shell");
	/* A line put behind it would become a part of it. */
	if (!s->poison && s->p == s->end && s->p > start && s->p[-1] == '\\')
		(void)ifcfg_wild(s, s->p - 1, "a line continuation at the end of the file");
	if (!s->poison && s->every_name && s->expands)
		(void)ifcfg_wild(s, start, "shell code that could change any key");
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
