/* One INI file: sections [KIND NAME] with keys. Layer: codec, pure on buffers.
 * The bytes are scanned first, strictly: what iniparser would misread without a word (duplicates,
 * case twins, cut lines, odd comments) is an error with its place. The values are then iniparser's
 * own, and must be those that the scan saw. */
#ifndef KVMNET_CODEC_INI_H
#define KVMNET_CODEC_INI_H

#include <stddef.h>
#include <stdint.h>

#include "kvmnet/buf.h"

#define KN_INI_MAX	  (1024 * 1024)	 /* bytes of a file */
#define KN_INI_BOM	  "\xef\xbb\xbf" /* the mark some editors put in front */
#define KN_INI_LINE_MAX	  1000		 /* bytes; iniparser.c: ASCIILINESZ is 1024 */
#define KN_INI_NAME_MAX	  64		 /* bytes of a key, and of what stands in brackets */
#define KN_INI_FAULTS_MAX 50		 /* of one run: nobody reads more */

struct kn_ini_key {
	char *name;  /* owned: [a-z0-9._-]+ as written */
	char *value; /* owned: blanks around it and a comment behind it removed; UTF-8 */
	unsigned int line, column, value_column; /* from 1, columns in bytes */
};

struct kn_ini_section {
	char *kind;	 /* owned: "bridge" */
	char *name;	 /* owned: "br0"; "" = none */
	char *title;	 /* owned: "bridge br0" as written between the brackets */
	char *path;	 /* owned: of the file, for messages */
	uint32_t folded; /* hash of kind and name without regard to case */
	size_t at;	 /* its line's first byte in the file's text */
	unsigned int line, column;
	bool faulty; /* a line of it was not understood: what it lacks may have stood there */
	struct kn_ini_key *keys; /* owned, in the file's order */
	size_t n_keys, cap_keys;
};

/* The sections of all files, in order, and the files' lines for messages. */
struct kn_ini {
	struct kn_ini_section *v; /* owned */
	size_t n, cap;
	struct kn_ini_text *texts; /* owned */
	size_t n_texts, cap_texts;
	bool partial; /* something was not understood so far that its section is not known */
};

struct kn_ini_text {
	char *path, *data; /* owned */
	size_t len;
};

void kn_ini_done(struct kn_ini *ini);
/* Adds the sections of one file. Every fault becomes an entry of @faults (KN_ERR_INPUT with file,
 * line, column, excerpt and hint), not only the first.
 * @param path for messages, "-" = standard input; @data @len bytes, at most KN_INI_MAX
 * Return: 0, also with faults; -1 with KN_ERR_NOMEM or KN_ERR_SYSTEM. */
int kn_ini_add(struct kn_ini *ini, const char *path, const char *data, size_t len,
	       struct kn_errors *faults, struct kn_error *err) KN_NODISCARD;
/* Records a fault at a place of a file that was added: fills in file, line, column and excerpt of
 * @fault, which has message and hint. */
int kn_ini_fault(const struct kn_ini *ini, const struct kn_ini_section *section,
		 const struct kn_ini_key *key, const struct kn_error *fault,
		 struct kn_errors *faults, struct kn_error *err) KN_NODISCARD;
/* Return: borrowed, or NULL. */
const struct kn_ini_key *kn_ini_get(const struct kn_ini_section *section, const char *name);

/* ---- between the two files of it ---- */

/* The strict scan alone. */
int kn_ini_scan(struct kn_ini *ini, size_t text, struct kn_errors *faults,
		struct kn_error *err) KN_NODISCARD;

#endif
