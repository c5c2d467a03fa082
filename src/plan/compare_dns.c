/* Comparing a bridge's name servers with resolv.conf. Layer: plan, pure.
 * Source: resolv.conf(5); initscripts, ifup-post, which writes DNS1 to DNS3 when an interface comes
 * up, and so the last one's. */
#include "plan/compare_ip.h"

#include <string.h>

#include "codec/resolv.h"

/* A lease brings its own name servers; a file that asks for nothing at boot writes none. */
static bool writes_dns(const struct kn_conf *conf)
{
	return (conf->ip.dns.n || conf->ip.search.n) && !conf->no_peerdns && !conf->ip.dhcp4 &&
	       conf->onboot != KN_NO;
}

/* Another interface came up later, and its servers took their place. */
static bool is_anothers(const struct kn_compare *cmp, const struct kn_resolv *have)
{
	for (size_t i = 0; i < cmp->confs->n; i++) {
		const struct kn_conf *conf = &cmp->confs->v[i];

		if (conf != cmp->conf && conf->ip.dns.n && writes_dns(conf) &&
		    kn_resolv_has_servers(have, &conf->ip.dns))
			return true;
	}
	return false;
}

static int add_dns(const struct kn_compare *cmp, const struct kn_resolv *have, struct kn_error *err)
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

static int add_search(const struct kn_compare *cmp, const struct kn_resolv *have,
		      struct kn_error *err)
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

static int compare(const struct kn_compare *cmp, const struct kn_resolv *have, struct kn_error *err)
{
	const struct kn_ipconf *ip = &cmp->conf->ip;

	if (!kn_resolv_has_servers(have, &ip->dns) && !is_anothers(cmp, have) &&
	    add_dns(cmp, have, err) < 0)
		return -1;
	return kn_resolv_has_search(have, &ip->search) ? 0 : add_search(cmp, have, err);
}

int kn_compare_dns(const struct kn_compare *cmp, struct kn_error *err)
{
	const char *text = cmp->facts->resolv;
	struct kn_resolv have = {0};
	int r;

	if (!text || !writes_dns(cmp->conf))
		return 0;
	if (kn_resolv_read(text, strlen(text), &have, err) < 0)
		return -1;
	r = compare(cmp, &have, err);
	kn_resolv_done(&have);
	return r;
}
