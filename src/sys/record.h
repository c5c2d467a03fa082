/* What the records of ours have in common (originals, the undo journal): versioned text, bytes
 * behind their length, a sum at the end, and one table per structure that both writes and reads it.
 * Private to sys/. Layer: sys, pure. */
#ifndef KVMNET_SYS_RECORD_H
#define KVMNET_SYS_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "kvmnet/buf.h"
#include "kvmnet/opts.h"

/* A record that is being read. The functions return false, and leave .p where they found it or
 * somewhere behind, when something else comes next. */
struct kn_rec {
	const char *start, *p, *end;
	bool nomem; /* it failed for want of memory; the record may be good */
};

/* ---- record.c ---- */

/* Steps over @text. */
bool kn_rec_take(struct kn_rec *rec, const char *text);
/* The rest of the line as a string of at most @size - 1 bytes; steps over the newline. */
bool kn_rec_take_line(struct kn_rec *rec, char *buf, size_t size);

/* "WORD N\n", N bytes, "\n"; or "WORD absent\n" when @data is NULL. */
void kn_rec_put_bytes(struct kn_buf *buf, const char *word, const char *data, size_t len);
/* The same back, at most @max bytes. *ret: new and NUL-terminated, or NULL = absent. */
bool kn_rec_take_bytes(struct kn_rec *rec, const char *word, size_t max, char **ret,
		       size_t *ret_len);

/* 16 digits, lower case, and the newline. */
bool kn_rec_take_hash(struct kn_rec *rec, uint64_t *ret);
/* "sum HASH\n": kn_hash64() of everything in @buf from @start on. */
void kn_rec_put_sum(struct kn_buf *buf, size_t start);
/* Steps over the sum; false too when it is not that of everything before it. */
bool kn_rec_take_sum(struct kn_rec *rec);
/* Length of "sum HASH\n". */
#define KN_REC_SUM_LEN 21

/* ---- record_put.c, record_take.c: structures by their tables ---- */

enum kn_rec_type {
	KN_REC_UINT,  /* bool, uint8_t .. uint64_t, unsigned int */
	KN_REC_INT,   /* int */
	KN_REC_ENUM,  /* one of .words */
	KN_REC_NAME,  /* struct kn_ifname: one that the kernel can carry */
	KN_REC_TEXT,  /* char [] */
	KN_REC_STR,   /* char *, owned */
	KN_REC_MAC,   /* struct kn_mac */
	KN_REC_IP,    /* struct kn_ip */
	KN_REC_CIDR,  /* struct kn_cidr */
	KN_REC_BYTES, /* uint8_t [], so many as the uint16_t at .len_offset says */
	KN_REC_OPTS,  /* struct kn_opts, options named by .info */
};

/* One member. What is zero, "", NULL or unset is not written; an enum always is. */
struct kn_rec_field {
	const char *word;
	enum kn_rec_type type;
	size_t offset, size;
	uint64_t max;		  /* UINT: 0 = all that fits; ENUM, OPTS: number of values */
	const char *const *words; /* ENUM */
	size_t len_offset;	  /* BYTES */
	const struct kn_opt_info *(*info)(unsigned int i); /* OPTS */
};

/* Appends " WORD=VALUE" for every member of @row. A value that cannot be written fails @buf. */
void kn_rec_put_fields(struct kn_buf *buf, const struct kn_rec_field *fields, size_t n,
		       const void *row);
/* Reads them into @row, which is zeroed, in the order of the table and each in its one form.
 * Strings in @row are new, also after a failure. */
bool kn_rec_take_fields(struct kn_rec *rec, const struct kn_rec_field *fields, size_t n, void *row);
/* Is the member as in a zeroed structure, so that it is not written? */
bool kn_rec_is_unset(const struct kn_rec_field *field, const void *row);
/* Has the byte a form of its own (%XX) in a value? */
bool kn_rec_is_escaped(unsigned char c);

#endif
