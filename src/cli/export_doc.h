/* An exported file while it is made: sections that are read again before they are printed.
 * Layer: cli, pure. */
#ifndef KVMNET_CLI_EXPORT_DOC_H
#define KVMNET_CLI_EXPORT_DOC_H

#include "cli/ini_spec.h"

/* One section. */
struct kn_piece {
	char *kind, *name; /* owned; as "bridge", "br0" */
	struct kn_buf keys;
	struct kn_buf remarks; /* lines of comments above it, without "# " */
	struct kn_buf why;     /* not empty: it cannot be a section, and is told so */
	unsigned int line;     /* of its header in the text; 0 = it is none */
};

struct kn_doc {
	struct kn_piece *v; /* owned */
	size_t n, cap;
	bool failed; /* an allocation */
};

void kn_doc_done(struct kn_doc *doc);

/* Begins a section; it is the one that the functions below write to. A name that no file can have
 * makes it none. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_doc_begin(struct kn_doc *doc, const char *kind, const char *name,
		 struct kn_error *err) KN_NODISCARD;
/* A key. A value with bytes that cannot stand in a line, or that mislead, makes it no section. */
void kn_doc_key(struct kn_doc *doc, const char *key, const char *value);
/* A comment among the keys, a line without "# ". */
void kn_doc_comment(struct kn_doc *doc, const char *text);
/* A line above the section. */
void kn_doc_remark(struct kn_doc *doc, size_t i, const char *text);
/* It cannot be a section; the first reason stays. @why is a message: what it names is escaped. */
void kn_doc_refuse(struct kn_doc *doc, size_t i, const char *why);

/* Was the section that was begun last refused? */
bool kn_doc_is_refused(const struct kn_doc *doc);

/* A text of ours, read again. */
struct kn_copy {
	struct kn_ini ini;	 /* owned */
	struct kn_errors faults; /* owned */
	struct kn_parts parts;	 /* owned */
};
void kn_copy_done(struct kn_copy *copy);
/* Reads the section that was begun last, as if it were all of a file.
 * Return: 0, *ret new, also with faults; -1. */
int kn_doc_read_last(const struct kn_doc *doc, struct kn_copy *ret,
		     struct kn_error *err) KN_NODISCARD;

/* Reads all of it again, and refuses the sections in which a fault is found, until there is none.
 * Return: 0; -1. */
int kn_doc_settle(struct kn_doc *doc, struct kn_error *err) KN_NODISCARD;
/* The section whose header is that line, or comes next before it. Return: its index, or .n. */
size_t kn_doc_at(const struct kn_doc *doc, unsigned int line);
/* Appends the text, and sets the lines. A file without any section gets [host], which says nothing
 * and makes it one that can be applied. Return: 0; -1. */
int kn_doc_put(struct kn_doc *doc, struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
