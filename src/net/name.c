/* Interface names and MAC addresses: checked once, then carried as types.
 * Layer: net, pure. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "kvmnet/net.h"

static int bad_name(const char *str, const char *why, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, str, strnlen(str, 40));
	return kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is no usable interface name: %s",
		       kn_buf_str(&shown), why);
}

static bool ends_with(const char *str, const char *end)
{
	size_t n = strlen(str), m = strlen(end);

	return n >= m && !strcmp(str + n - m, end);
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* File endings that ifcfg readers skip, and "-range" files, which they expand. */
static const char *const skipped_endings[] = {
	".bak", ".old", ".orig", ".rpmsave", ".rpmnew", ".rpmorig", "-range", ".augnew", ".augtmp"};

/* A device that is there already, folders of /proc/sys/net, and the file that the bonding driver
 * puts beside the devices in /sys/class/net (drivers/net/bonding/bond_sysfs.c). */
static const char *const reserved[] = {"lo", "all", "default", "bonding_masters"};

int kn_ifname_parse(const char *str, struct kn_ifname *ret, struct kn_error *err)
{
	size_t len = strlen(str);

	if (len == 0)
		return bad_name(str, "it is empty", err);
	if (len >= KN_IFNAME_SIZE)
		return bad_name(str, "it is longer than 15 characters", err);
	if (!is_alpha(str[0]))
		return bad_name(str, "it does not start with a letter", err);
	for (const char *p = str; *p; p++)
		if (!is_alpha(*p) && !(*p >= '0' && *p <= '9') && !strchr("_.-", *p))
			return bad_name(
				str, "only letters, digits, '_', '.' and '-' may stand in it", err);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (!strcmp(str, reserved[i]))
			return bad_name(str, "the name is reserved", err);
	for (size_t i = 0; i < sizeof(skipped_endings) / sizeof(*skipped_endings); i++)
		if (ends_with(str, skipped_endings[i]))
			return bad_name(str, "readers of ifcfg files skip or expand this ending",
					err);
	*ret = (struct kn_ifname){0};
	memcpy(ret->s, str, len);
	return 0;
}

int kn_ifname_from_host(const char *str, struct kn_ifname *ret, struct kn_error *err)
{
	size_t len = strlen(str);

	if (len == 0 || len >= KN_IFNAME_SIZE || strchr(str, '/') || !strcmp(str, ".") ||
	    !strcmp(str, ".."))
		return bad_name(str, "the kernel could not carry it", err);
	*ret = (struct kn_ifname){0};
	memcpy(ret->s, str, len);
	return 0;
}

bool kn_ifname_eq(const struct kn_ifname *a, const struct kn_ifname *b)
{
	return !strcmp(a->s, b->s);
}

bool kn_ifname_is(const struct kn_ifname *name, const char *str)
{
	return !strcmp(name->s, str);
}

bool kn_ifname_is_set(const struct kn_ifname *name)
{
	return name->s[0] != '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool mac_scan(const char *str, struct kn_mac *ret)
{
	char sep = str[0] && str[1] ? str[2] : '\0';

	if (strlen(str) != KN_MAC_STRLEN - 1 || (sep != ':' && sep != '-'))
		return false;
	for (size_t i = 0; i < 6; i++) {
		int hi = hex_digit(str[i * 3]), lo = hex_digit(str[i * 3 + 1]);

		if (hi < 0 || lo < 0 || (i < 5 && str[i * 3 + 2] != sep))
			return false;
		ret->b[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

int kn_mac_parse(const char *str, struct kn_mac *ret, struct kn_error *err)
{
	struct kn_mac mac = {{0}};
	const char *why = NULL;

	if (!mac_scan(str, &mac))
		why = "six pairs of hex digits with ':' between them are expected";
	else if (kn_mac_is_zero(&mac))
		why = "it is all zero";
	else if (mac.b[0] & 1)
		why = "it is a multicast address";
	if (!why) {
		*ret = mac;
		return 0;
	}
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	kn_buf_put_escaped(&shown, str, strnlen(str, 40));
	return kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is no usable MAC address: %s",
		       kn_buf_str(&shown), why);
}

bool kn_mac_eq(const struct kn_mac *a, const struct kn_mac *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

bool kn_mac_is_zero(const struct kn_mac *mac)
{
	static const struct kn_mac zero;

	return kn_mac_eq(mac, &zero);
}

const char *kn_mac_fmt(const struct kn_mac *mac, char *buf)
{
	const uint8_t *b = mac->b;

	(void)snprintf(buf, KN_MAC_STRLEN, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
		       b[4], b[5]);
	return buf;
}
