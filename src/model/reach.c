/* What has to answer for a change to stay, as a word: "gateway", "peer", "ping:IP", "tcp:IP:PORT".
 * Layer: model, pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "kvmnet/num.h"
#include "kvmnet/spec.h"

/* The longest address in brackets; what does not fit is none. */
#define HOST_SIZE (KN_IP_STRLEN + 2)

static int fail_word(const char *str, const char *why, const char *hint, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, str, strnlen(str, 60));
	kn_fail(err, KN_ERR_INPUT, 0, "\"%s\": %s", kn_buf_str(&shown), why);
	return kn_hint(err, "%s", hint);
}

/* A name would make the check depend on DNS, which may be the very thing that the change breaks.
 * A link-local address says nothing without its interface. */
static int parse_host(const char *str, const char *host, struct kn_ip *ret, struct kn_error *err)
{
	struct kn_ip ip;

	if (!kn_ip_is(host, &ip))
		return fail_word(str, "the machine is to be given as an IP address",
				 "a name is looked up by DNS, which the change itself may cut off; "
				 "write tcp:192.0.2.7:22 or tcp:[2001:db8::7]:22",
				 err);
	if (!kn_ip_is_hosts(&ip) || kn_ip_is_loopback(&ip))
		return fail_word(str, "no other machine has this address",
				 "give an address beyond the interface that changes", err);
	if (ip.family == KN_IPV6 && kn_ip_is_link_local(&ip))
		return fail_word(str, "a link-local address is not unique",
				 "give a global address, or --check gateway", err);
	*ret = ip;
	return 0;
}

/* The port stands behind the last colon; an IPv6 address, full of them, needs brackets. */
static int parse_tcp(const char *str, const char *rest, struct kn_reach *ret, struct kn_error *err)
{
	const char *colon = strrchr(rest, ':');
	char host[HOST_SIZE] = "";
	size_t len = colon ? (size_t)(colon - rest) : 0;
	bool bracket = rest[0] == '[' && len > 1 && rest[len - 1] == ']';
	struct kn_reach reach = {.kind = KN_REACH_TCP};
	uint32_t port;

	if (!colon || (!bracket && memchr(rest, ':', len)))
		return fail_word(str, "it is not of the form tcp:HOST:PORT",
				 "write tcp:192.0.2.7:22 or tcp:[2001:db8::7]:22", err);
	if (bracket) {
		rest++;
		len -= 2;
	}
	if (len < sizeof(host))
		memcpy(host, rest, len);
	if (parse_host(str, host, &reach.ip, err) < 0)
		return -1;
	if (bracket != (reach.ip.family == KN_IPV6))
		return fail_word(str, "brackets are for IPv6 addresses",
				 "write tcp:192.0.2.7:22 or tcp:[2001:db8::7]:22", err);
	if (kn_num_parse(colon + 1, "the port of the check", 1, UINT16_MAX, &port, err) < 0)
		return -1;
	reach.port = (uint16_t)port;
	*ret = reach;
	return 0;
}

int kn_reach_parse(const char *str, struct kn_reach *ret, struct kn_error *err)
{
	struct kn_reach reach = {.kind = KN_REACH_PING};

	if (!strcmp(str, "gateway") || !strcmp(str, "peer")) {
		reach.kind = str[0] == 'g' ? KN_REACH_GATEWAY : KN_REACH_PEER;
		*ret = reach;
		return 0;
	}
	if (!strncmp(str, "tcp:", 4))
		return parse_tcp(str, str + 4, ret, err);
	if (strncmp(str, "ping:", 5) != 0)
		return fail_word(str, "nothing can be checked that way",
				 "it can be: gateway, peer, ping:IP, tcp:HOST:PORT", err);
	if (parse_host(str, str + 5, &reach.ip, err) < 0)
		return -1;
	*ret = reach;
	return 0;
}

const char *kn_reach_fmt(const struct kn_reach *reach, char *buf)
{
	char ip[KN_IP_STRLEN];
	bool six = reach->ip.family == KN_IPV6;

	kn_ip_fmt(&reach->ip, ip);
	switch (reach->kind) {
	case KN_REACH_GATEWAY:
		return "gateway";
	case KN_REACH_PEER:
		return "peer";
	case KN_REACH_PING:
		(void)snprintf(buf, KN_REACH_STRLEN, "ping:%s", ip);
		break;
	case KN_REACH_TCP:
		(void)snprintf(buf, KN_REACH_STRLEN, "tcp:%s%s%s:%u", six ? "[" : "", ip,
			       six ? "]" : "", reach->port);
		break;
	}
	return buf;
}

int kn_reaches_add(struct kn_reaches *list, const struct kn_reach *reach, struct kn_error *err)
{
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0)
		return -1;
	list->v[list->n++] = *reach;
	return 0;
}

void kn_reaches_done(struct kn_reaches *list)
{
	free(list->v);
	*list = (struct kn_reaches){0};
}

bool kn_reaches_has(const struct kn_reaches *list, enum kn_reach_kind kind)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].kind == kind)
			return true;
	return false;
}
