/* A command and a resolved target as short words, so that tables of the resolver read like
 * "command, host -> result". */
#ifndef RESOLVE_WORDS_H
#define RESOLVE_WORDS_H

#include "plan_fixture.h"

/* The uplink's file with something in every group, as network-scripts of RHEL 8 read it. */
#define FULL_ETH0                                                                                  \
	"DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nNM_CONTROLLED=no\nBOOTPROTO=none\n"               \
	"IPADDR=192.168.12.118\nPREFIX=24\nGATEWAY=192.168.12.1\nDNS1=10.0.0.1\nDOMAIN=lab\n"      \
	"IPV6INIT=yes\nIPV6_AUTOCONF=no\nIPV6ADDR=fd00:12::118/64\nIPV6_DEFAULTGW=fd00:12::1\n"    \
	"MTU=9000\nZONE=public\n"
#define FULL_ROUTES "10.77.0.0/16 via 192.168.12.254 dev eth0\n"
#define DHCP_ETH0   "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nNM_CONTROLLED=no\nBOOTPROTO=dhcp\n"

/* Value of the word "key=value", or NULL. */
static inline const char *word_value(const char *word, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(word, key, n) && word[n] == '=' ? word + n + 1 : NULL;
}

static inline bool give_value(struct px *px, const char *word)
{
	const char *v;

	if ((v = word_value(word, "static")))
		px_static(px, v);
	else if ((v = word_value(word, "gw")))
		px_gateway(px, v);
	else if ((v = word_value(word, "dns")))
		px_dns(px, v);
	else if ((v = word_value(word, "route")))
		px_to(px, v, "192.168.12.99");
	else if ((v = word_value(word, "mtu")))
		px->spec.mtu = (uint32_t)strtoul(v, NULL, 10), px->spec.given |= KN_GROUP_MTU;
	else if ((v = word_value(word, "zone")))
		px->spec.zone = strdup(v), px->spec.given |= KN_GROUP_ZONE;
	else
		return false;
	return true;
}

/* Sets in the spec what the words of the command line would. */
static inline void give(struct px *px, const char *words)
{
	char copy[256], *save = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		bool addr = true;

		if (!strcmp(word, "dhcp"))
			px->spec.ip.dhcp4 = true;
		else if (!strcmp(word, "dhcp6"))
			px->spec.ip.dhcp6 = true;
		else if (!strcmp(word, "slaac"))
			px->spec.ip.slaac = true;
		else if (!strcmp(word, "no-ip"))
			px->spec.no_ip = true, addr = false;
		else {
			addr = false;
			if (!give_value(px, word))
				fail_msg("unknown word %s", word);
		}
		if (addr)
			px->spec.given |= KN_GROUP_ADDR;
	}
}

static inline void tell_routes(const struct kn_target *target, struct kn_buf *buf)
{
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < target->ip.routes.n; i++) {
		const struct kn_route *route = &target->ip.routes.v[i];

		kn_buf_printf(buf, " route=%s", kn_cidr_fmt(&route->dst, text));
		kn_buf_printf(buf, ",%s", kn_ip_fmt(&route->gateway, text));
	}
	if (target->groups & KN_GROUP_MTU)
		kn_buf_printf(buf, " mtu=%u", target->mtu);
	if (target->groups & KN_GROUP_ZONE)
		kn_buf_printf(buf, " zone=%s", target->zone);
}

/* The target's IP settings in the same words, one space before each. Owned by the caller. */
static inline char *told(const struct kn_target *target)
{
	const struct kn_ipconf *ip = &target->ip;
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err;
	char text[KN_CIDR_STRLEN], *ret;

	kn_buf_puts(&buf, ip->dhcp4 ? " dhcp" : "");
	kn_buf_puts(&buf, ip->dhcp6 ? " dhcp6" : "");
	kn_buf_puts(&buf, ip->slaac ? " slaac" : "");
	for (size_t i = 0; i < ip->addrs.n; i++)
		kn_buf_printf(&buf, " static=%s", kn_cidr_fmt(&ip->addrs.v[i], text));
	if (ip->gateway4.family)
		kn_buf_printf(&buf, " gw=%s", kn_ip_fmt(&ip->gateway4, text));
	if (ip->gateway6.family)
		kn_buf_printf(&buf, " gw=%s", kn_ip_fmt(&ip->gateway6, text));
	if (ip->has_metric)
		kn_buf_printf(&buf, " metric=%u", ip->metric);
	kn_buf_puts(&buf, ip->no_defroute ? " no-defroute" : "");
	kn_buf_puts(&buf, ip->onlink4 ? " onlink" : "");
	for (size_t i = 0; i < ip->dns.n; i++)
		kn_buf_printf(&buf, " dns=%s", kn_ip_fmt(&ip->dns.v[i], text));
	for (size_t i = 0; i < ip->search.n; i++)
		kn_buf_printf(&buf, " search=%s", ip->search.v[i]);
	tell_routes(target, &buf);
	assert_int_equal(kn_buf_steal(&buf, &ret, NULL, &err), 0);
	return ret;
}

/* Resolves and compares; @want NULL: only that it works. */
static inline void resolves_to(struct px *px, const char *command, const char *want)
{
	if (px_resolve(px) < 0)
		fail_msg("%s: %s", command, px->err.message);
	char *have = told(&px->target);
	if (want && strcmp(have, want) != 0)
		fail_msg("%s\nwant:%s\nhave:%s", command, want, have);
	free(have);
}

#endif
