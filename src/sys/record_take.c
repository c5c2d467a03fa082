/* Lines of "word=value" back into structures, by their tables. Every value has one form and one
 * place: what is read here is written again with the same bytes. Layer: sys, pure. */
#include <stdlib.h>
#include <string.h>

#include "kvmnet/net.h"
#include "kvmnet/num.h"
#include "sys/record.h"

/* A value's text: everything up to the next blank. */
struct span {
	const char *p;
	size_t len;
};

static struct span take_span(struct kn_rec *rec)
{
	struct span span = {rec->p, 0};

	while (rec->p < rec->end && *rec->p != ' ' && *rec->p != '\n')
		rec->p++;
	span.len = (size_t)(rec->p - span.p);
	return span;
}

/* The text as a string where it fits; a NUL inside would hide the rest of it. */
static bool to_string(struct span span, char *buf, size_t size)
{
	if (span.len >= size || memchr(span.p, '\0', span.len))
		return false;
	memcpy(buf, span.p, span.len);
	buf[span.len] = '\0';
	return true;
}

/* @max 0: all that fit into @size bytes. */
static bool to_uint(struct span span, uint64_t max, size_t size, void *member)
{
	uint64_t all = size < sizeof(uint64_t) ? ((uint64_t)1 << size * 8) - 1 : UINT64_MAX;
	char text[24];
	uint64_t u64;

	if (!to_string(span, text, sizeof(text)) || !kn_num64_is(text, max ? max : all, &u64))
		return false;
	uint8_t u8 = (uint8_t)u64;
	uint16_t u16 = (uint16_t)u64;
	uint32_t u32 = (uint32_t)u64;
	const void *from = size == sizeof(u8)	 ? (const void *)&u8
			   : size == sizeof(u16) ? (const void *)&u16
			   : size == sizeof(u32) ? (const void *)&u32
						 : (const void *)&u64;
	memcpy(member, from, size);
	return true;
}

/* -INT_MAX to INT_MAX: INT_MIN stands for nothing that the kernel or we use */
static bool to_int(struct span span, int *ret)
{
	bool negative = span.len && span.p[0] == '-';
	char text[16];
	uint32_t value;

	span.p += negative;
	span.len -= negative;
	if (!to_string(span, text, sizeof(text)) || !kn_num_is(text, INT32_MAX, &value) ||
	    (negative && !value))
		return false;
	*ret = negative ? -(int)value : (int)value;
	return true;
}

/* Linear over a handful of words. */
static bool to_enum(struct span span, const struct kn_rec_field *field, void *member)
{
	for (unsigned int i = 0; i < field->max; i++) {
		if (strlen(field->words[i]) != span.len ||
		    memcmp(field->words[i], span.p, span.len) != 0)
			continue;
		memcpy(member, &i, field->size);
		return true;
	}
	return false;
}

/* Both cases are never taken at once: one byte has one text. Return: 0..15, -1. */
static int hex_digit(char c, bool upper)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c - (upper ? 'A' : 'a'));
	return c >= 0 && c < 6 ? c + 10 : -1;
}

/* Two digits, all upper or all lower case. Return: 0..255, -1. */
static int hex_byte(const char *p, bool upper)
{
	int high = hex_digit(p[0], upper), low = hex_digit(p[1], upper);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Takes the escapes out. @buf holds span.len + 1. A byte is escaped exactly when it has to be. */
static bool to_text(struct span span, char *buf)
{
	size_t n = 0;

	for (size_t i = 0; i < span.len; i++) {
		int c = (unsigned char)span.p[i];

		if (c == '%') {
			if (span.len - i < 3)
				return false;
			c = hex_byte(span.p + i + 1, true);
			/* %00 would end the string, %41 has another form: "A" */
			if (c <= 0 || !kn_rec_is_escaped((unsigned char)c))
				return false;
			i += 2;
		} else if (kn_rec_is_escaped((unsigned char)c)) {
			return false;
		}
		buf[n++] = (char)c;
	}
	buf[n] = '\0';
	return true;
}

/* Into a member of fixed size. Three bytes stand for one at most. */
static bool to_fixed(struct span span, char *member, size_t size)
{
	char text[3 * 64 + 1];

	if (span.len >= sizeof(text) || !to_text(span, text) || strlen(text) >= size)
		return false;
	memcpy(member, text, strlen(text));
	return true;
}

/* "" and what would lead out of a folder of /proc or /sys are no names. */
static bool to_name(struct span span, struct kn_ifname *ret)
{
	struct kn_ifname name = {0};
	struct kn_error dropped;

	return to_fixed(span, name.s, sizeof(name.s)) &&
	       kn_ifname_from_host(name.s, ret, &dropped) == 0;
}

/* Kept in @member at once, so that whoever frees the structure frees it. */
static bool to_owned(struct kn_rec *rec, struct span span, void *member)
{
	char *text = malloc(span.len + 1);

	if (!text) {
		rec->nomem = true;
		return false;
	}
	memcpy(member, &text, sizeof(text));
	text[0] = '\0';
	return to_text(span, text);
}

/* Not kn_mac_parse(): a link of the host may have any address, also a multicast one. */
static bool to_mac(struct span span, struct kn_mac *ret)
{
	if (span.len != KN_MAC_STRLEN - 1)
		return false;
	for (size_t i = 0; i < sizeof(ret->b); i++) {
		int byte = hex_byte(span.p + i * 3, false);

		if (byte < 0 || (i && span.p[i * 3 - 1] != ':'))
			return false;
		ret->b[i] = (uint8_t)byte;
	}
	return true;
}

/* inet_pton() takes several texts for one IPv6 address; only inet_ntop()'s counts. */
static bool to_ip(struct span span, struct kn_ip *ret)
{
	char text[KN_IP_STRLEN], again[KN_IP_STRLEN];

	return to_string(span, text, sizeof(text)) && kn_ip_is(text, ret) &&
	       !strcmp(kn_ip_fmt(ret, again), text);
}

static bool to_cidr(struct span span, struct kn_cidr *ret)
{
	const char *slash = memchr(span.p, '/', span.len);

	/* A length is never left out, also where it is that of a single host. */
	if (!slash)
		return false;
	struct span ip = {span.p, (size_t)(slash - span.p)};
	struct span bits = {slash + 1, span.len - ip.len - 1};
	uint8_t prefix_len;

	if (!to_ip(ip, &ret->ip) || !to_uint(bits, 128, sizeof(prefix_len), &prefix_len) ||
	    prefix_len > kn_ip_bits(&ret->ip))
		return false;
	ret->prefix_len = prefix_len;
	return true;
}

/* The length is not written: it is half of the digits. */
static bool to_bytes(struct span span, const struct kn_rec_field *field, uint8_t *member, void *row)
{
	uint16_t len = (uint16_t)(span.len / 2);

	if (span.len % 2 || span.len / 2 > field->size)
		return false;
	for (size_t i = 0; i < len; i++) {
		int byte = hex_byte(span.p + i * 2, false);

		if (byte < 0)
			return false;
		member[i] = (uint8_t)byte;
	}
	memcpy((char *)row + field->len_offset, &len, sizeof(len));
	return true;
}

/* "NAME:VALUE,...", in the order of the options' table. */
static bool to_opts(struct span span, const struct kn_rec_field *field, struct kn_opts *ret)
{
	struct kn_rec rec = {.start = span.p, .p = span.p, .end = span.p + span.len};

	for (unsigned int i = 0; i < field->max; i++) {
		const char *before = rec.p;
		uint32_t value;

		if (ret->has && !kn_rec_take(&rec, ","))
			break;
		if (!kn_rec_take(&rec, field->info(i)->name) || !kn_rec_take(&rec, ":")) {
			rec.p = before;
			continue;
		}
		struct span number = {rec.p, 0};
		while (rec.p < rec.end && *rec.p != ',')
			rec.p++;
		number.len = (size_t)(rec.p - number.p);
		if (!to_uint(number, 0, sizeof(value), &value))
			return false;
		kn_opts_set(ret, i, value);
	}
	return rec.p == rec.end;
}

/* Everything up to the blank belongs to the value, and each of these takes all or nothing. */
static bool take_value(struct kn_rec *rec, const struct kn_rec_field *field, void *row)
{
	void *member = (char *)row + field->offset;
	struct span span = take_span(rec);

	switch (field->type) {
	case KN_REC_UINT:
		return to_uint(span, field->max, field->size, member);
	case KN_REC_INT:
		return to_int(span, member);
	case KN_REC_ENUM:
		return to_enum(span, field, member);
	case KN_REC_NAME:
		return to_name(span, member);
	case KN_REC_TEXT:
		return to_fixed(span, member, field->size);
	case KN_REC_STR:
		return to_owned(rec, span, member);
	case KN_REC_MAC:
		return to_mac(span, member);
	case KN_REC_IP:
		return to_ip(span, member);
	case KN_REC_CIDR:
		return to_cidr(span, member);
	case KN_REC_BYTES:
		return to_bytes(span, field, member, row);
	case KN_REC_OPTS:
		return to_opts(span, field, member);
	}
	return false;
}

bool kn_rec_take_fields(struct kn_rec *rec, const struct kn_rec_field *fields, size_t n, void *row)
{
	for (size_t i = 0; i < n; i++) {
		const char *before = rec->p;

		if (!kn_rec_take(rec, " ") || !kn_rec_take(rec, fields[i].word) ||
		    !kn_rec_take(rec, "=")) {
			/* Not this member: it is unset, and the next one is looked for. One that is
			 * in no table is still there in the end, where the line should be over. */
			rec->p = before;
			if (kn_rec_is_unset(&fields[i], row))
				continue;
			return false; /* an enum is always there */
		}
		/* What is unset has no text. */
		if (!take_value(rec, &fields[i], row) || kn_rec_is_unset(&fields[i], row))
			return false;
	}
	return true;
}
