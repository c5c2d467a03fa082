/* Names and identities of libvirt networks: network names, UUIDs, DNS names.
 * Layer: net, pure. */
#include <stdio.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "kvmnet/net.h"

#define LETTERS	     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	     "0123456789"
#define NETNAME_MAX  64
#define DOMAIN_MAX   253 /* RFC 1035, 2.3.4, as text */
#define DOMAIN_LABEL 63

static int bad_name(const char *str, const char *why, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, str, strnlen(str, 40));
	return kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is no usable network name: %s",
		       kn_buf_str(&shown), why);
}

int kn_netname_parse(const char *str, struct kn_netname *ret, struct kn_error *err)
{
	size_t len = strlen(str);

	if (len == 0)
		return bad_name(str, "it is empty", err);
	if (len > NETNAME_MAX)
		return bad_name(str, "it is longer than 64 characters", err);
	if (!strchr(LETTERS DIGITS "_", str[0]))
		return bad_name(str, "it does not start with a letter, a digit or '_'", err);
	if (strspn(str, LETTERS DIGITS "_.+-") != len)
		return bad_name(str, "only letters, digits, '_', '.', '+' and '-' may stand in it",
				err);
	if (strstr(str, ".."))
		return bad_name(str, "two dots in a row may not stand in it", err);
	*ret = (struct kn_netname){0};
	memcpy(ret->s, str, len);
	return 0;
}

int kn_netname_from_host(const char *str, struct kn_netname *ret, struct kn_error *err)
{
	size_t len = strlen(str);

	if (len == 0 || len >= KN_NETNAME_SIZE || strpbrk(str, "/\n"))
		return bad_name(str, "libvirt could not carry it", err);
	*ret = (struct kn_netname){0};
	memcpy(ret->s, str, len);
	return 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)((p - digits) % 16) : -1;
}

/* Dashes stand where they belong or nowhere. Return: true when @ret is filled. */
static bool uuid_scan(const char *str, struct kn_uuid *ret)
{
	bool dashed = strlen(str) == KN_UUID_STRLEN - 1;

	if (!dashed && strlen(str) != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		if (dashed && (i == 4 || i == 6 || i == 8 || i == 10) && *str++ != '-')
			return false;
		int hi = hex_digit(str[0]), lo = hi < 0 ? -1 : hex_digit(str[1]);
		if (lo < 0)
			return false;
		ret->b[i] = (uint8_t)(hi << 4 | lo);
		str += 2;
	}
	return true;
}

/* libvirt refuses the null UUID as one that nobody has generated. */
int kn_uuid_parse(const char *str, struct kn_uuid *ret, struct kn_error *err)
{
	static const struct kn_uuid zero;
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_uuid uuid;

	if (uuid_scan(str, &uuid) && memcmp(&uuid, &zero, sizeof(zero)) != 0) {
		*ret = uuid;
		return 0;
	}
	kn_buf_put_escaped(&shown, str, strnlen(str, 40));
	return kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is no usable UUID", kn_buf_str(&shown));
}

const char *kn_uuid_fmt(const struct kn_uuid *uuid, char *buf)
{
	size_t at = 0;

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf[at++] = '-';
		(void)snprintf(buf + at, KN_UUID_STRLEN - at, "%02x", uuid->b[i]);
		at += 2;
	}
	return buf;
}

const char *kn_dnsname_fault(const char *name, bool underscore)
{
	const char *chars = underscore ? LETTERS DIGITS "-_" : LETTERS DIGITS "-";

	if (!*name)
		return "it is empty";
	if (strlen(name) > DOMAIN_MAX)
		return "it is longer than 253 characters";
	while (*name) {
		size_t len = strspn(name, chars);

		if (len == 0 || (name[len] && name[len] != '.'))
			return underscore ? "only letters, digits, '-', '_' and single dots may "
					    "stand in it"
					  : "only letters, digits, '-' and single dots may stand "
					    "in it";
		if (len > DOMAIN_LABEL)
			return "a part between dots is longer than 63 characters";
		if (name[0] == '-' || name[len - 1] == '-')
			return "a part between dots begins or ends with '-'";
		if (name[len] == '.' && !name[len + 1])
			return "it ends with a dot";
		name += len + (name[len] == '.');
	}
	return NULL;
}
