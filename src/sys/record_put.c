/* Structures as lines of "word=value", written by their tables. Layer: sys, pure. */
#include <string.h>

#include "kvmnet/net.h"
#include "sys/record.h"

/* '%' announces an escape, blanks end a value, and no byte may reach a terminal raw. */
bool kn_rec_is_escaped(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || c == '%';
}

static void put_text(struct kn_buf *buf, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (kn_rec_is_escaped((unsigned char)text[i]))
			kn_buf_printf(buf, "%%%02X", (unsigned char)text[i]);
		else
			kn_buf_putc(buf, text[i]);
	}
}

/* Two digits a byte, lower case, as everywhere in a record but in escapes. */
static void put_hex(struct kn_buf *buf, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		kn_buf_printf(buf, "%02x", bytes[i]);
}

/* The number in a member of 1, 2, 4 or 8 bytes; by copying, as a member of a packed or foreign type
 * could not be read through a pointer. */
static uint64_t uint_of(const void *member, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case sizeof(u8):
		memcpy(&u8, member, size);
		return u8;
	case sizeof(u16):
		memcpy(&u16, member, size);
		return u16;
	case sizeof(u32):
		memcpy(&u32, member, size);
		return u32;
	default:
		memcpy(&u64, member, sizeof(u64));
		return u64;
	}
}

/* Every length of bytes in the structures is a uint16_t (see struct kn_rec_field). */
static size_t bytes_len(const struct kn_rec_field *field, const void *row)
{
	return uint_of((const char *)row + field->len_offset, sizeof(uint16_t));
}

/* By its word: numbers of enumerators may change from version to version, words never do. */
static void put_enum(struct kn_buf *buf, const struct kn_rec_field *field, const void *member)
{
	uint64_t value = uint_of(member, field->size);

	if (value < field->max)
		kn_buf_puts(buf, field->words[value]);
	else
		buf->failed = true;
}

/* By name for the same reason; a value that is set to 0 is written, one that is not set is not. */
static void put_opts(struct kn_buf *buf, const struct kn_rec_field *field,
		     const struct kn_opts *opts)
{
	const char *comma = "";

	for (unsigned int i = 0; i < field->max; i++) {
		if (!kn_opts_has(opts, i))
			continue;
		kn_buf_printf(buf, "%s%s:%u", comma, field->info(i)->name, opts->val[i]);
		comma = ",";
	}
}

static void put_value(struct kn_buf *buf, const struct kn_rec_field *field, const void *row)
{
	const void *member = (const char *)row + field->offset;
	char text[KN_CIDR_STRLEN];
	const char *str;

	/* No text of a number, MAC or address holds a blank or a byte that needs an escape. */
	switch (field->type) {
	case KN_REC_UINT:
		kn_buf_printf(buf, "%llu", (unsigned long long)uint_of(member, field->size));
		break;
	case KN_REC_INT:
		kn_buf_printf(buf, "%d", *(const int *)member);
		break;
	case KN_REC_ENUM:
		put_enum(buf, field, member);
		break;
	case KN_REC_NAME:
	case KN_REC_TEXT:
		put_text(buf, member, strnlen(member, field->size));
		break;
	case KN_REC_STR:
		memcpy(&str, member, sizeof(str));
		put_text(buf, str, strlen(str));
		break;
	case KN_REC_MAC:
		kn_buf_puts(buf, kn_mac_fmt(member, text));
		break;
	case KN_REC_IP:
		kn_buf_puts(buf, kn_ip_fmt(member, text));
		break;
	case KN_REC_CIDR:
		kn_buf_puts(buf, kn_cidr_fmt(member, text));
		break;
	case KN_REC_BYTES:
		if (bytes_len(field, row) > field->size)
			buf->failed = true;
		else
			put_hex(buf, member, bytes_len(field, row));
		break;
	case KN_REC_OPTS:
		put_opts(buf, field, member);
		break;
	}
}

bool kn_rec_is_unset(const struct kn_rec_field *field, const void *row)
{
	const void *member = (const char *)row + field->offset;
	const char *str;

	switch (field->type) {
	case KN_REC_UINT:
	case KN_REC_INT:
		return uint_of(member, field->size) == 0;
	case KN_REC_ENUM:
		return false; /* 0 is a word like the others */
	case KN_REC_NAME:
	case KN_REC_TEXT:
		return *(const char *)member == '\0';
	case KN_REC_STR:
		memcpy(&str, member, sizeof(str));
		return str == NULL;
	case KN_REC_MAC:
		return kn_mac_is_zero(member);
	case KN_REC_IP:
		return ((const struct kn_ip *)member)->family == KN_FAMILY_NONE;
	case KN_REC_CIDR:
		return ((const struct kn_cidr *)member)->ip.family == KN_FAMILY_NONE;
	case KN_REC_BYTES:
		return bytes_len(field, row) == 0;
	case KN_REC_OPTS:
		return ((const struct kn_opts *)member)->has == 0;
	}
	return false;
}

void kn_rec_put_fields(struct kn_buf *buf, const struct kn_rec_field *fields, size_t n,
		       const void *row)
{
	for (size_t i = 0; i < n; i++) {
		if (kn_rec_is_unset(&fields[i], row))
			continue;
		kn_buf_printf(buf, " %s=", fields[i].word);
		put_value(buf, &fields[i], row);
	}
}
