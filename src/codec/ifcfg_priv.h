/* What the parts of the ifcfg codec share: the line list, the two scanners, the quoting rules.
 * Layer: codec, pure. Private to src/codec/ifcfg*.c. */
#ifndef KVMNET_CODEC_IFCFG_PRIV_H
#define KVMNET_CODEC_IFCFG_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "codec/ifcfg.h"

enum ifcfg_kind {
	IFCFG_TEXT,   /* blank or comment */
	IFCFG_ASSIGN, /* NAME=value that every reader takes alike */
	IFCFG_ODD,    /* anything else: kept, and the keys it may assign are refused */
};

enum ifcfg_quote {
	IFCFG_BARE,
	IFCFG_DOUBLE, /* the whole value in "..." */
	IFCFG_SINGLE, /* the whole value in '...' */
	IFCFG_MIXED,  /* several pieces, a backslash, or $'...' */
};

/* One logical line; an odd one may span several physical lines. */
struct ifcfg_line {
	const char *raw; /* borrowed from .owned or the file's text; without the last newline */
	size_t len;
	bool nl;	     /* a newline follows; false only at the end of the file */
	unsigned int number; /* first physical line in the text that was parsed; 0 = added */
	enum ifcfg_kind kind;
	char *owned; /* raw, key and value of an edited or added line, else NULL */

	/* ASSIGN: the key. ODD: keys it may assign, NUL-separated, up to .keys_end. */
	const char *keys, *keys_end;
	uint32_t hash;		 /* ASSIGN: ifcfg_hash() of the key */
	const char *value;	 /* ASSIGN: unquoted */
	size_t val_off, val_end; /* ASSIGN: the value as written, in .raw */
	enum ifcfg_quote quote;	 /* ASSIGN */

	const char *why; /* ODD: static text */
	size_t why_off;	 /* ODD: where in .raw */
};

struct kn_ifcfg {
	char *path; /* owned */
	char *text; /* owned; followed by a shadow of the same size, see ifcfg_parse_text() */
	size_t len;
	struct ifcfg_line *lines; /* owned */
	size_t n, cap;
	size_t n_odd;
	/* Not NULL: why no key at all can be trusted, and in which line. */
	const char *poison;
	size_t poison_off; /* in .text */
	unsigned int poison_number;
};

/* ---- ifcfg_lex.c ---- */

/* Fills file->lines from file->text in one pass. @shadow: len + 1 bytes; unquoted keys and values
 * are put there at the offsets they have in the text, so that no line needs its own allocation. */
int ifcfg_parse_text(struct kn_ifcfg *file, char *shadow, struct kn_error *err) KN_NODISCARD;

uint32_t ifcfg_hash(const char *key, size_t len);
bool ifcfg_is_name(const char *str, size_t len);
bool ifcfg_is_name_start(char c);
bool ifcfg_is_name_char(char c);

/* ---- ifcfg_value.c ---- */

struct ifcfg_value {
	const char *p, *end; /* in: value start, end of the physical line; out: .p behind it */
	char *out;	     /* in: where the unquoted bytes go; out: behind them */
	enum ifcfg_quote quote;
	const char *why; /* out, on false: what the readers disagree on, and where */
	const char *why_at;
};

/* Reads one value. Return: true; false when the readers disagree on it. */
bool ifcfg_value_scan(struct ifcfg_value *value);

/* ---- ifcfg_shell.c ---- */

struct ifcfg_shell {
	const char *p, *end;   /* in: chunk start, end of the text; out: .p = end of the chunk */
	const char *poison;    /* out: not NULL when it may change anything */
	const char *poison_at; /* out, with .poison */
	bool every_name;       /* out: every name in it counts, not only assigned ones */
	bool expands;	       /* out: it contains $ or ` outside of single quotes */
	bool command;	       /* the next word is a command or an assignment */
	bool seen;	       /* a word stands since the last separator */
	bool target;	       /* a redirection waits for its file name */
	bool pending;	       /* && || | wait for their right side */
	const char *word;      /* start of the word being read */
	bool literal;	       /* ... it has no quotes or expansions so far */
	unsigned int depth;    /* nested substitutions */
};

/* Finds the end of a logical line as the shell would, without ever running it, and tells what it
 * could do to other lines. */
void ifcfg_shell_scan(struct ifcfg_shell *shell);

/* One word, operator or comment. Return: false at the end of the logical line or on poison. */
bool ifcfg_shell_step(struct ifcfg_shell *shell);

/* ---- ifcfg_expand.c ---- */

/* Records that @at could change anything. Return: false. */
bool ifcfg_wild(struct ifcfg_shell *shell, const char *at, const char *why);
/* Is the byte @off behind .p there, and @c? */
bool ifcfg_at(const struct ifcfg_shell *shell, size_t off, char c);
/* A backslash and a newline at .p: the shell drops both, even within an operator. */
bool ifcfg_joined(const struct ifcfg_shell *shell);
/* Any quoted or substituted piece. Return: 1 read, 0 there is none at .p, -1 poison. */
int ifcfg_shell_special(struct ifcfg_shell *shell);
/* The words of NAME=( ... ); .p stands behind the bracket. Return: false on poison. */
bool ifcfg_shell_array(struct ifcfg_shell *shell);

/* ---- ifcfg_shell.c ---- */

/* Writes the names that [@p, @end) may assign to @out, NUL-separated; at most end - p + 1 bytes.
 * Return: behind the last byte written. */
char *ifcfg_shell_names(const char *p, const char *end, bool every_name, char *out);

/* ---- ifcfg_quote.c ---- */

/* Names that bash never lets a file set. */
bool ifcfg_is_reserved(const char *key);
/* Keys that initscripts also read with eval $(grep -F ...). Return: the text they look for
 * ("TYPE="), or NULL. */
const char *ifcfg_eval_needle(const char *key);
bool ifcfg_is_bare(const char *value);
/* Why @value must not be written for @key. Return: static text, or NULL when it may. */
const char *ifcfg_unwritable(const char *key, const char *value);
/* Appends @value in the style @quote, or the nearest that is safe. */
void ifcfg_put_value(struct kn_buf *buf, const char *value, enum ifcfg_quote quote);

/* ---- ifcfg.c ---- */

/* Refuses a key that an odd line may assign. Return: 0; -1 with KN_ERR_HOSTFILE. */
int ifcfg_guard(const struct kn_ifcfg *file, const char *key, struct kn_error *err) KN_NODISCARD;
/* Index of the last plain assignment of @key, or SIZE_MAX. */
size_t ifcfg_find(const struct kn_ifcfg *file, const char *key);
/* Number (from 1) of the physical line in which line @index begins. */
unsigned int ifcfg_number(const struct kn_ifcfg *file, size_t index);

#endif
