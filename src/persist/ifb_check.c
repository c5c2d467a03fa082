/* Values that are to be inherited and that the readers would drop without a word: refused with
 * their line, because a bridge without its address would cut the host off.
 * Layer: persist, pure. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kvmnet/num.h"
#include "persist/ifb.h"

/* Every blank- or comma-separated word of @value passes @is_fine. */
static bool all_words(const char *value, bool (*is_fine)(const char *word))
{
	char word[KN_CIDR_STRLEN];

	while (*(value += strspn(value, " \t,"))) {
		size_t n = strcspn(value, " \t,");

		if (n >= sizeof(word))
			return false;
		memcpy(word, value, n);
		word[n] = '\0';
		if (!is_fine(word))
			return false;
		value += n;
	}
	return true;
}

/* IPADDR=x/24 fails here: network-scripts and NetworkManager both drop it. */
static bool is_ip4(const char *value)
{
	struct kn_ip ip;

	return kn_ip_is(value, &ip) && ip.family == KN_IPV4;
}

/* Name servers may be of either family. */
static bool is_ip(const char *value)
{
	struct kn_ip ip;

	return kn_ip_is(value, &ip);
}

/* Ones without a hole, as the readers compute a prefix length from it. */
static bool is_mask(const char *value)
{
	struct kn_ip mask;
	uint8_t len;

	return kn_ip_is(value, &mask) && mask.family == KN_IPV4 &&
	       kn_netmask_to_prefix(&mask, &len);
}

/* Only IPv4 has PREFIX=; IPv6 addresses carry theirs. */
static bool is_prefix(const char *value)
{
	uint32_t len;

	return kn_num_is(value, 32, &len);
}

/* Range checks are the kernel's; here only what the readers would not even pass on. */
static bool is_number(const char *value)
{
	uint32_t num;

	return kn_num_is(value, UINT32_MAX, &num);
}

/* An IPv6 address; without a length the readers take 64. */
static bool is_addr6(const char *value)
{
	struct kn_error ignored;
	struct kn_cidr cidr;

	if (!strchr(value, '/'))
		return kn_ip_is(value, &cidr.ip) && cidr.ip.family == KN_IPV6;
	return kn_cidr_parse(value, "", &cidr, &ignored) == 0 && cidr.ip.family == KN_IPV6;
}

/* IPV6ADDR_SECONDARIES is a list. */
static bool are_addrs6(const char *value)
{
	return all_words(value, is_addr6);
}

/* A gateway may carry its interface: fe80::1%eth0. */
static bool is_gateway6(const char *value)
{
	char ip[KN_IP_STRLEN];
	size_t n = strcspn(value, "%");

	if (n >= sizeof(ip))
		return false;
	memcpy(ip, value, n);
	ip[n] = '\0';
	return is_ip(ip) && !is_ip4(ip);
}

/* Other words make NetworkManager reject the file, or mean something a bridge cannot inherit. */
static bool is_proto(const char *value)
{
	return !strcasecmp(value, "none") || !strcasecmp(value, "static") ||
	       !strcasecmp(value, "dhcp") || !strcasecmp(value, "bootp");
}

/* How a value has to look, per row of the key table. */
static const struct {
	enum kn_ifb_id id;
	bool (*is_fine)(const char *value);
	const char *what;
	bool not_with_dhcp; /* the readers do not look at it then */
} checks[] = {
	{KN_KEY_BOOTPROTO, is_proto, "none of none, static, dhcp and bootp", false},
	{KN_KEY_IPADDR, is_ip4, "no IPv4 address", true},
	{KN_KEY_PREFIX, is_prefix, "no prefix length from 0 to 32", true},
	{KN_KEY_NETMASK, is_mask, "no netmask", true},
	{KN_KEY_GATEWAY, is_ip4, "no IPv4 address", true},
	{KN_KEY_DNS, is_ip, "no IP address", false},
	{KN_KEY_METRIC, is_number, "no number", false},
	{KN_KEY_IPV4_ROUTE_METRIC, is_number, "no number", false},
	{KN_KEY_MTU, is_number, "no number", false},
	{KN_KEY_IPV6ADDR, are_addrs6, "no IPv6 address", false},
	{KN_KEY_IPV6ADDR_SECONDARIES, are_addrs6, "no list of IPv6 addresses", false},
	{KN_KEY_IPV6_DEFAULTGW, is_gateway6, "no IPv6 address", false},
};

/* The host's value is data: it is shown escaped and cut. */
static int bad_value(const struct kn_ifcfg *text, const char *path, const char *key,
		     const char *value, const char *what, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, value, strnlen(value, 60));
	kn_fail(err, KN_ERR_HOSTFILE, 0, "%s=%s is %s, and the bridge was to take it over", key,
		kn_buf_str(&shown), what);
	kn_at(err, path, kn_ifcfg_line(text, key), 0);
	return kn_hint(err, "correct the line, or give the value on the command line");
}

/* One key of the file. */
static int check_key(struct kn_ifcfg *text, const char *path, const char *key,
		     const struct kn_target *target, struct kn_error *err)
{
	const struct kn_ifb_key *row = kn_ifb_key_find(key);
	const char *value;

	for (size_t i = 0; row && i < sizeof(checks) / sizeof(*checks); i++) {
		if (row != kn_ifb_key(checks[i].id) || !(target->inherited & row->group) ||
		    (checks[i].not_with_dhcp && target->ip.dhcp4))
			continue;
		if (kn_ifcfg_get(text, key, &value, err) < 0)
			return -1;
		if (value && *value && !checks[i].is_fine(value))
			return bad_value(text, path, key, value, checks[i].what, err);
	}
	return 0;
}

/* Keys of groups that were given on the command line are not looked at: they vanish. */
int kn_ifb_check_values(struct kn_ifcfg *text, const char *path, const struct kn_target *target,
			struct kn_error *err)
{
	struct kn_strv keys = {0};
	int rc = kn_ifb_keys(text, &keys, err);

	for (size_t i = 0; rc == 0 && i < keys.n; i++)
		rc = check_key(text, path, keys.v[i], target, err);
	kn_strv_done(&keys);
	return rc;
}
