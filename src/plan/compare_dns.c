/* Comparing a bridge's name servers with resolv.conf. Layer: plan, pure.
 * Source: resolv.conf(5); initscripts, ifup-post, which writes DNS1 to DNS3 when an interface comes
 * up, and so the last one's. */
#include "plan/compare_ip.h"

#include <string.h>

enum { SERVERS_MAX = 3 }; /* MAXNS of <resolv.h> */

/* What resolv.conf has. */
struct have {
	struct kn_ips servers;
	struct kn_strv search;
};

static void have_done(struct have *have)
{
	kn_ips_done(&have->servers);
	kn_strv_done(&have->search);
}

/* Cuts the next word off. Return: false at the end of the line. */
static bool next_word(const char **at, const char *end, char *ret, size_t size)
{
	const char *p = *at;
	size_t len = 0;

	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	while (p + len < end && p[len] != ' ' && p[len] != '\t' && p[len] != '\r')
		len++;
	*at = p + len;
	if (!len || len >= size)
		return false;
	memcpy(ret, p, len);
	ret[len] = '\0';
	return true;
}

/* Of several lines with "search" or "domain" the last one counts. */
static int take_search(const char *at, const char *end, struct have *have, struct kn_error *err)
{
	char word[300];

	kn_strv_done(&have->search);
	have->search = (struct kn_strv){0};
	while (next_word(&at, end, word, sizeof(word)))
		if (kn_strv_add(&have->search, word, err) < 0)
			return -1;
	return 0;
}

static int read_resolv(const char *text, struct have *have, struct kn_error *err)
{
	while (*text) {
		const char *at = text, *end = text + strcspn(text, "\n");
		char word[300];
		struct kn_ip ip;
		bool known = next_word(&at, end, word, sizeof(word));
		bool search = known && (!strcmp(word, "search") || !strcmp(word, "domain"));

		if (search && take_search(at, end, have, err) < 0)
			return -1;
		if (known && !strcmp(word, "nameserver") &&
		    next_word(&at, end, word, sizeof(word)) && kn_ip_is(word, &ip) &&
		    kn_ips_add(&have->servers, &ip, err) < 0)
			return -1;
		text = *end ? end + 1 : end;
	}
	return 0;
}

/* They stand there one behind the other, in their order. */
static bool has_servers(const struct have *have, const struct kn_ips *want)
{
	size_t n = want->n < SERVERS_MAX ? want->n : SERVERS_MAX, i, k;

	for (i = 0; i + n <= have->servers.n; i++) {
		for (k = 0; k < n && kn_ip_eq(&have->servers.v[i + k], &want->v[k]); k++)
			;
		if (k == n)
			return true;
	}
	return n == 0;
}

static bool has_search(const struct have *have, const struct kn_strv *want)
{
	for (size_t i = 0; i < want->n; i++)
		if (!kn_strv_has(&have->search, want->v[i]))
			return false;
	return true;
}

/* A lease brings its own name servers; a file that asks for nothing at boot writes none. */
static bool writes_dns(const struct kn_conf *conf)
{
	return (conf->ip.dns.n || conf->ip.search.n) && !conf->no_peerdns && !conf->ip.dhcp4 &&
	       conf->onboot != KN_NO;
}

/* Another interface came up later, and its servers took their place. */
static bool is_anothers(const struct kn_compare *cmp, const struct have *have)
{
	for (size_t i = 0; i < cmp->confs->n; i++) {
		const struct kn_conf *conf = &cmp->confs->v[i];

		if (conf != cmp->conf && conf->ip.dns.n && writes_dns(conf) &&
		    has_servers(have, &conf->ip.dns))
			return true;
	}
	return false;
}

static int add_dns(const struct kn_compare *cmp, const struct have *have, struct kn_error *err)
{
	const struct kn_ips *lists[] = {&cmp->conf->ip.dns, &have->servers};
	struct kn_buf texts[2] = {KN_BUF_INIT, KN_BUF_INIT};
	char ip[KN_IP_STRLEN];
	int r;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++)
			kn_buf_printf(&texts[k], "%s%s", i ? " " : "",
				      kn_ip_fmt(&lists[k]->v[i], ip));
	r = kn_buf_check(&texts[0], err) < 0 || kn_buf_check(&texts[1], err) < 0 ? -1 : 0;
	if (r == 0)
		r = kn_diff_add(cmp, &(struct kn_diff){.kind = KN_DIFF_DNS}, kn_buf_str(&texts[0]),
				texts[1].len ? kn_buf_str(&texts[1]) : NULL, err);
	kn_buf_done(&texts[0]);
	kn_buf_done(&texts[1]);
	return r;
}

static int add_search(const struct kn_compare *cmp, const struct have *have, struct kn_error *err)
{
	const struct kn_strv *lists[] = {&cmp->conf->ip.search, &have->search};
	struct kn_buf texts[2] = {KN_BUF_INIT, KN_BUF_INIT};
	int r;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->n; i++) {
			kn_buf_puts(&texts[k], i ? " " : "");
			kn_buf_put_escaped(&texts[k], lists[k]->v[i], strlen(lists[k]->v[i]));
		}
	r = kn_buf_check(&texts[0], err) < 0 || kn_buf_check(&texts[1], err) < 0 ? -1 : 0;
	if (r == 0)
		r = kn_diff_add(cmp, &(struct kn_diff){.kind = KN_DIFF_SEARCH},
				kn_buf_str(&texts[0]), texts[1].len ? kn_buf_str(&texts[1]) : NULL,
				err);
	kn_buf_done(&texts[0]);
	kn_buf_done(&texts[1]);
	return r;
}

static int compare(const struct kn_compare *cmp, const struct have *have, struct kn_error *err)
{
	const struct kn_ipconf *ip = &cmp->conf->ip;

	if (!has_servers(have, &ip->dns) && !is_anothers(cmp, have) && add_dns(cmp, have, err) < 0)
		return -1;
	return has_search(have, &ip->search) ? 0 : add_search(cmp, have, err);
}

int kn_compare_dns(const struct kn_compare *cmp, struct kn_error *err)
{
	struct have have = {0};
	int r;

	if (!cmp->facts->resolv || !writes_dns(cmp->conf))
		return 0;
	r = read_resolv(cmp->facts->resolv, &have, err);
	if (r == 0)
		r = compare(cmp, &have, err);
	have_done(&have);
	return r;
}
