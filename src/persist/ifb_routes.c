/* Route files: both forms, read; one line, written.
 * Layer: persist, pure. Source: initscripts ifup-routes (handle_file, handle_ip_file) and
 * iproute2's ip-route(8) for the words of a line. */
#include <stdio.h>
#include <string.h>

#include "kvmnet/num.h"
#include "persist/ifb.h"

#define TOKEN_SIZE 64

/* Next blank-separated word. Return: false at the end; *ret_len = 0 for one that is too long. */
static bool next_word(const char **p, const char *end, char *buf, size_t *ret_len)
{
	while (*p < end && (**p == ' ' || **p == '\t' || **p == '\r'))
		(*p)++;
	const char *start = *p;
	while (*p < end && **p != ' ' && **p != '\t' && **p != '\r')
		(*p)++;
	size_t n = (size_t)(*p - start);
	if (n == 0)
		return false;
	*ret_len = n < TOKEN_SIZE ? n : 0;
	memcpy(buf, start, *ret_len);
	buf[*ret_len] = '\0';
	return true;
}

/* A destination without a length is one host; default is all of the file's family. */
static bool parse_dst(const char *word, enum kn_family family, struct kn_cidr *ret)
{
	struct kn_error ignored;
	struct kn_cidr dst = {.ip = {.family = family}};

	if (strcmp(word, "default") != 0) {
		if (strchr(word, '/') ? kn_cidr_parse(word, "route", &dst, &ignored) < 0
				      : !kn_ip_is(word, &dst.ip))
			return false;
		if (!strchr(word, '/'))
			dst.prefix_len = (uint8_t)kn_ip_bits(&dst.ip);
	}
	*ret = dst;
	return dst.ip.family == family;
}

/* The device is only noted: the file's own interface decides. */
static bool parse_name(const char *word, struct kn_ifname *ret)
{
	struct kn_error ignored;

	return kn_ifname_from_host(word, ret, &ignored) == 0;
}

/* One "word value" pair. False for a word that kvmnet cannot carry. */
static bool parse_pair(const char *word, const char *value, struct kn_route *route)
{
	if (!strcmp(word, "via"))
		return kn_ip_is(value, &route->gateway);
	if (!strcmp(word, "src"))
		return kn_ip_is(value, &route->src);
	if (!strcmp(word, "dev"))
		return parse_name(value, &route->dev);
	if (!strcmp(word, "table"))
		return kn_num_is(value, UINT32_MAX, &route->table);
	if (!strcmp(word, "metric")) {
		route->has_metric = true;
		return kn_num_is(value, UINT32_MAX, &route->metric);
	}
	return false;
}

/* All or nothing: a line with one unknown word is kept as text and never interpreted. */
bool kn_ifb_route_line(const char *line, size_t len, enum kn_family family, struct kn_route *ret)
{
	const char *p = line, *end = line + len;
	char word[TOKEN_SIZE], value[TOKEN_SIZE];
	struct kn_route route = KN_ROUTE_INIT;
	size_t n;

	if (!next_word(&p, end, word, &n) || !parse_dst(word, family, &route.dst))
		return false;
	while (next_word(&p, end, word, &n)) {
		if (!strcmp(word, "onlink")) {
			route.onlink = true;
			continue;
		}
		if (n == 0 || !next_word(&p, end, value, &n) || n == 0 ||
		    !parse_pair(word, value, &route))
			return false;
	}
	*ret = route;
	return true;
}

/* dev is always said: without it ip route would look for a way to the gateway, which
 * may still lead over the port. */
void kn_ifb_route_fmt(const struct kn_route *route, const struct kn_ifname *dev, struct kn_buf *ret)
{
	char buf[KN_CIDR_STRLEN];

	kn_buf_puts(ret, kn_route_is_default(route) ? "default" : kn_cidr_fmt(&route->dst, buf));
	if (route->gateway.family)
		kn_buf_printf(ret, " via %s", kn_ip_fmt(&route->gateway, buf));
	kn_buf_printf(ret, " dev %s", dev->s);
	if (route->src.family)
		kn_buf_printf(ret, " src %s", kn_ip_fmt(&route->src, buf));
	if (route->has_metric)
		kn_buf_printf(ret, " metric %u", route->metric);
	if (route->table != KN_ROUTE_INIT.table)
		kn_buf_printf(ret, " table %u", route->table);
	if (route->onlink)
		kn_buf_puts(ret, " onlink");
	kn_buf_putc(ret, '\n');
}

/* Source: ifup-routes takes the numbered form when any line begins with ADDRESSn=. */
bool kn_ifb_routes_are_numbered(const char *data, size_t len)
{
	const char *name = KN_K(ADDRESS), *end = data + len;
	size_t n = strlen(name);

	for (const char *p = data; p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *stop = eol ? eol : end;

		while (p < stop && (*p == ' ' || *p == '\t'))
			p++;
		if ((size_t)(stop - p) > n && !memcmp(p, name, n)) {
			const char *q = p + n;

			while (q < stop && *q >= '0' && *q <= '9')
				q++;
			if (q > p + n && q < stop && *q == '=')
				return true;
		}
		p = eol ? eol + 1 : end;
	}
	return false;
}

/* Entry @n of the numbered form. False when it is missing or wrong. */
static bool numbered_route(struct kn_ifb_in *in, int n, struct kn_route *ret)
{
	struct kn_route route = KN_ROUTE_INIT;
	struct kn_ip mask;
	const char *value = kn_ifb_get(in, KN_KEY_ADDRESS, n);

	if (!value || !kn_ip_is(value, &route.dst.ip) || route.dst.ip.family != KN_IPV4)
		return false;
	route.dst.prefix_len = 32;
	value = kn_ifb_get(in, KN_KEY_NETMASK, n);
	if (value && (!kn_ip_is(value, &mask) || mask.family != KN_IPV4 ||
		      !kn_netmask_to_prefix(&mask, &route.dst.prefix_len)))
		return false;
	value = kn_ifb_get(in, KN_KEY_GATEWAY, n);
	if (value && !kn_ip_is(value, &route.gateway))
		return false;
	value = kn_ifb_get(in, KN_KEY_METRIC, n);
	route.has_metric = value && kn_num_is(value, UINT32_MAX, &route.metric);
	*ret = route;
	return true;
}

/* The form is shell assignments, so the ifcfg codec reads it. A gap ends the list. */
static int parse_numbered(const char *path, const char *data, size_t len, struct kn_routes *ret,
			  struct kn_error *err)
{
	struct kn_ifb_in in = {.err = err};
	struct kn_route route;
	int rc = 0;

	if (kn_ifcfg_parse(path, data, len, &in.text, err) < 0)
		return -1;
	for (int n = 0; rc == 0 && numbered_route(&in, n, &route); n++)
		rc = kn_routes_add(ret, &route, err);
	kn_ifcfg_free(in.text);
	return rc < 0 || (in.failed && err->kind == KN_ERR_NOMEM) ? -1 : 0;
}

/* route6 files know the line form only. */
int kn_ifb_routes_parse(const char *path, const char *data, size_t len, enum kn_family family,
			struct kn_routes *ret, struct kn_error *err)
{
	const char *end = data + len;

	if (family == KN_IPV4 && kn_ifb_routes_are_numbered(data, len))
		return parse_numbered(path, data, len, ret, err);
	for (const char *p = data; p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol ? eol : end) - p);
		struct kn_route route;

		if (kn_ifb_route_line(p, n, family, &route) && kn_routes_add(ret, &route, err) < 0)
			return -1;
		p = eol ? eol + 1 : end;
	}
	return 0;
}
