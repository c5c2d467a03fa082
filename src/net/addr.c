/* IP addresses and prefixes: strict parsing and prefix arithmetic.
 * Layer: net, pure. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "kvmnet/net.h"
#include "kvmnet/num.h"

static int bad_value(const char *what, const char *str, const char *why, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, str, strnlen(str, 60));
	return kn_fail(err, KN_ERR_INPUT, 0, "%s \"%s\": %s", what, kn_buf_str(&shown), why);
}

bool kn_ip_is(const char *str, struct kn_ip *ret)
{
	struct kn_ip ip = {0};

	if (strlen(str) >= KN_IP_STRLEN)
		return false;
	if (inet_pton(AF_INET, str, ip.b) == 1)
		ip.family = KN_IPV4;
	else if (inet_pton(AF_INET6, str, ip.b) == 1)
		ip.family = KN_IPV6;
	else
		return false;
	*ret = ip;
	return true;
}

int kn_ip_parse(const char *str, const char *what, struct kn_ip *ret, struct kn_error *err)
{
	if (kn_ip_is(str, ret))
		return 0;
	return bad_value(what, str, "this is no IPv4 or IPv6 address", err);
}

bool kn_ip_eq(const struct kn_ip *a, const struct kn_ip *b)
{
	return a->family == b->family && !memcmp(a->b, b->b, sizeof(a->b));
}

bool kn_ip_is_zero(const struct kn_ip *ip)
{
	static const uint8_t zero[16];

	return ip->family == KN_FAMILY_NONE || !memcmp(ip->b, zero, sizeof(zero));
}

bool kn_ip_is_loopback(const struct kn_ip *ip)
{
	static const uint8_t one[16] = {[15] = 1};

	return ip->family == KN_IPV4 ? ip->b[0] == 127 : !memcmp(ip->b, one, sizeof(one));
}

bool kn_ip_is_multicast(const struct kn_ip *ip)
{
	return ip->family == KN_IPV4 ? (ip->b[0] & 0xf0) == 0xe0 : ip->b[0] == 0xff;
}

bool kn_ip_is_link_local(const struct kn_ip *ip)
{
	if (ip->family == KN_IPV4)
		return ip->b[0] == 169 && ip->b[1] == 254;
	return ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80;
}

bool kn_ip_is_hosts(const struct kn_ip *ip)
{
	if (kn_ip_is_zero(ip) || kn_ip_is_multicast(ip))
		return false;
	return ip->family != KN_IPV4 || (ip->b[0] != 0 && ip->b[0] < 240);
}

const char *kn_ip_fmt(const struct kn_ip *ip, char *buf)
{
	int af = ip->family == KN_IPV4 ? AF_INET : AF_INET6;

	if (ip->family == KN_FAMILY_NONE || !inet_ntop(af, ip->b, buf, KN_IP_STRLEN))
		(void)snprintf(buf, KN_IP_STRLEN, "-");
	return buf;
}

size_t kn_ip_bytes(const struct kn_ip *ip)
{
	return ip->family == KN_IPV4 ? 4 : 16;
}

unsigned int kn_ip_bits(const struct kn_ip *ip)
{
	return ip->family == KN_IPV4 ? 32 : 128;
}

bool kn_netmask_to_prefix(const struct kn_ip *mask, uint8_t *ret)
{
	unsigned int n = 0, bits = kn_ip_bits(mask);

	while (n < bits && (mask->b[n / 8] & (0x80 >> n % 8)))
		n++;
	for (unsigned int i = n; i < bits; i++)
		if (mask->b[i / 8] & (0x80 >> i % 8))
			return false;
	*ret = (uint8_t)n;
	return true;
}

static const char *prefix_fault(const struct kn_ip *ip, const char *len)
{
	if (len[0] == '0' && len[1] && len[strspn(len, "0123456789")] == '\0')
		return "the prefix length begins with 0: some programs would read it as octal";
	return ip->family == KN_IPV4 ? "the prefix length must be 0 to 32"
				     : "the prefix length must be 0 to 128";
}

int kn_cidr_parse(const char *str, const char *what, struct kn_cidr *ret, struct kn_error *err)
{
	char head[KN_CIDR_STRLEN + 16];
	struct kn_cidr cidr = {0};
	struct kn_ip mask;
	uint32_t len;
	size_t n = strlen(str);

	const char *slash = strchr(str, '/');
	if (!slash) {
		bad_value(what, str, "the prefix length is missing", err);
		return kn_hint(err, "write it as ADDRESS/LENGTH, for example 192.168.12.118/24");
	}
	if (n >= sizeof(head))
		return bad_value(what, str, "this is no address with a prefix length", err);
	memcpy(head, str, n + 1);
	head[slash - str] = '\0';
	if (!kn_ip_is(head, &cidr.ip))
		return bad_value(what, str, "this is no IPv4 or IPv6 address", err);
	if (kn_num_is(slash + 1, kn_ip_bits(&cidr.ip), &len))
		cidr.prefix_len = (uint8_t)len;
	else if (cidr.ip.family != KN_IPV4 || !kn_ip_is(slash + 1, &mask) ||
		 mask.family != KN_IPV4 || !kn_netmask_to_prefix(&mask, &cidr.prefix_len))
		return bad_value(what, str, prefix_fault(&cidr.ip, slash + 1), err);
	*ret = cidr;
	return 0;
}

int kn_cidr_check_host(const struct kn_cidr *cidr, const char *what, struct kn_error *err)
{
	const struct kn_ip *ip = &cidr->ip;
	unsigned int bits = kn_ip_bits(ip);
	struct kn_cidr net = kn_cidr_network(cidr);
	struct kn_ip bcast = kn_cidr_broadcast(cidr);
	const char *why = NULL;
	char buf[KN_CIDR_STRLEN];

	if (kn_ip_is_zero(ip) || (ip->family == KN_IPV4 && ip->b[0] == 0))
		why = "it means \"no address\"";
	else if (kn_ip_is_loopback(ip))
		why = "it is a loopback address";
	else if (kn_ip_is_multicast(ip))
		why = "it is a multicast address";
	else if (ip->family == KN_IPV4 && ip->b[0] >= 240)
		why = "it lies in the reserved range 240.0.0.0/4";
	else if (cidr->prefix_len == 0)
		why = "a host's network cannot be everything (/0)";
	else if (cidr->prefix_len < bits - 1 && kn_ip_eq(ip, &net.ip))
		why = "it is the network's own address, not a host's";
	else if (ip->family == KN_IPV4 && cidr->prefix_len < 31 && kn_ip_eq(ip, &bcast))
		why = "it is the network's broadcast address";
	return why ? bad_value(what, kn_cidr_fmt(cidr, buf), why, err) : 0;
}

int kn_cidr_parse_host(const char *str, const char *what, struct kn_cidr *ret, struct kn_error *err)
{
	struct kn_cidr cidr;

	if (kn_cidr_parse(str, what, &cidr, err) < 0 || kn_cidr_check_host(&cidr, what, err) < 0)
		return -1;
	*ret = cidr;
	return 0;
}

int kn_cidr_parse_net(const char *str, const char *what, struct kn_cidr *ret, struct kn_error *err)
{
	struct kn_cidr cidr;

	if (kn_cidr_parse(str, what, &cidr, err) < 0)
		return -1;
	struct kn_cidr net = kn_cidr_network(&cidr);
	if (!kn_cidr_eq(&net, &cidr)) {
		char buf[KN_CIDR_STRLEN];

		bad_value(what, str, "bits behind the prefix length are set", err);
		return kn_hint(err, "the network is %s", kn_cidr_fmt(&net, buf));
	}
	*ret = cidr;
	return 0;
}

bool kn_cidr_eq(const struct kn_cidr *a, const struct kn_cidr *b)
{
	return a->prefix_len == b->prefix_len && kn_ip_eq(&a->ip, &b->ip);
}

static struct kn_ip mask_host_bits(const struct kn_cidr *cidr, bool ones)
{
	struct kn_ip ip = cidr->ip;

	for (unsigned int i = cidr->prefix_len; i < kn_ip_bits(&ip); i++) {
		uint8_t bit = (uint8_t)(0x80 >> i % 8);

		ip.b[i / 8] = (uint8_t)(ones ? ip.b[i / 8] | bit : ip.b[i / 8] & ~bit);
	}
	return ip;
}

struct kn_cidr kn_cidr_network(const struct kn_cidr *cidr)
{
	return (struct kn_cidr){mask_host_bits(cidr, false), cidr->prefix_len};
}

struct kn_ip kn_cidr_broadcast(const struct kn_cidr *cidr)
{
	return mask_host_bits(cidr, true);
}

bool kn_cidr_has(const struct kn_cidr *net, const struct kn_ip *ip)
{
	struct kn_cidr other = {*ip, net->prefix_len};

	if (net->ip.family != ip->family)
		return false;
	struct kn_cidr a = kn_cidr_network(net), b = kn_cidr_network(&other);
	return kn_ip_eq(&a.ip, &b.ip);
}

bool kn_cidr_overlaps(const struct kn_cidr *a, const struct kn_cidr *b)
{
	return a->prefix_len <= b->prefix_len ? kn_cidr_has(a, &b->ip) : kn_cidr_has(b, &a->ip);
}

const char *kn_cidr_fmt(const struct kn_cidr *cidr, char *buf)
{
	char ip[KN_IP_STRLEN];

	(void)snprintf(buf, KN_CIDR_STRLEN, "%s/%u", kn_ip_fmt(&cidr->ip, ip), cidr->prefix_len);
	return buf;
}

int kn_ip_cmp(const struct kn_ip *a, const struct kn_ip *b)
{
	int order = memcmp(a->b, b->b, sizeof(a->b));

	return (order > 0) - (order < 0);
}
