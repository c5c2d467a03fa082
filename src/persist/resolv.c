/* resolv.conf, changed as network-scripts would when the interface comes up.
 * Layer: persist, pure. */
#include "persist/resolv.h"

#include <stdlib.h>
#include <string.h>

#include "codec/resolv.h"
#include "kvmnet/buf.h"

struct resolv {
	struct kn_ip want[KN_RESOLV_SERVERS]; /* each once */
	size_t n_want;
	struct kn_strv search; /* wanted, then what was there */
	bool has_search;       /* some are wanted */
	struct kn_resolv have; /* what the resolver uses now */
	struct kn_buf others;  /* all other lines, as they are */
};

/* All lists are owned. */
static void resolv_done(struct resolv *rv)
{
	kn_strv_done(&rv->search);
	kn_resolv_done(&rv->have);
	kn_buf_done(&rv->others);
}

/* Each once; words that were there come behind the wanted ones. */
static int add_search(struct resolv *rv, const struct kn_strv *words, struct kn_error *err)
{
	for (size_t i = 0; i < words->n; i++)
		if (!kn_strv_has(&rv->search, words->v[i]) &&
		    kn_strv_add(&rv->search, words->v[i], err) < 0)
			return -1;
	return 0;
}

/* A missing last newline is no reason to lose the line. */
static void keep_others(struct resolv *rv, const char *text, size_t len)
{
	struct kn_resolv_line line;

	for (size_t pos = 0; kn_resolv_next(text, len, &pos, &line);) {
		if ((line.kind == KN_RESOLV_SERVER && rv->n_want) ||
		    (line.kind == KN_RESOLV_SEARCH && rv->has_search))
			continue;
		kn_buf_put(&rv->others, line.text, line.len);
		kn_buf_putc(&rv->others, '\n');
	}
}

/* Other lines first, as ifup-post leaves them. */
static void put_text(const struct resolv *rv, struct kn_buf *ret)
{
	char ip[KN_IP_STRLEN];

	kn_buf_put(ret, kn_buf_str(&rv->others), rv->others.len);
	if (rv->has_search) {
		kn_buf_puts(ret, "search");
		for (size_t i = 0; i < rv->search.n; i++)
			kn_buf_printf(ret, " %s", rv->search.v[i]);
		kn_buf_putc(ret, '\n');
	}
	for (size_t i = 0; i < rv->n_want; i++)
		kn_buf_printf(ret, "nameserver %s\n", kn_ip_fmt(&rv->want[i], ip));
}

/* Appends the text as it shall be. */
static int make_text(struct resolv *rv, const char *text, size_t len, const struct kn_strv *search,
		     struct kn_buf *ret, struct kn_error *err)
{
	rv->has_search = search->n > 0;
	if (add_search(rv, search, err) < 0 || add_search(rv, &rv->have.search, err) < 0)
		return -1;
	keep_others(rv, text, len);
	put_text(rv, ret);
	return kn_buf_check(&rv->others, err) < 0 ? -1 : kn_buf_check(ret, err);
}

int kn_resolv_render(const struct kn_tree *tree, const struct kn_ips *dns,
		     const struct kn_strv *search, struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_file *file = kn_tree_get(tree, KN_RESOLV_CONF);
	const char *old = file ? file->data : "";
	size_t len = file ? file->len : 0, n = plan->files.n;
	struct kn_buf text = KN_BUF_INIT;
	struct resolv rv = {0};
	int rc = kn_resolv_read(old, len, &rv.have, err);

	rv.n_want = kn_resolv_wanted(dns, rv.want);
	if (rc == 0 &&
	    !(kn_resolv_has_servers(&rv.have, dns) && kn_resolv_has_search(&rv.have, search))) {
		rc = make_text(&rv, old, len, search, &text, err);
		if (rc == 0)
			rc = kn_filechgs_add(&plan->files, KN_RESOLV_CONF, file, kn_buf_str(&text),
					     text.len, err);
		if (rc == 0 && plan->files.n > n) {
			plan->files.v[n].live_only = true;
			plan->files.v[n].keep_origin = true;
		}
	}
	kn_buf_done(&text);
	resolv_done(&rv);
	return rc;
}

int kn_resolv_restore(const struct kn_tree *tree, const struct kn_origins *origins,
		      struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_origin *origin = kn_origins_get(origins, KN_RESOLV_CONF);
	const struct kn_file *file = kn_tree_get(tree, KN_RESOLV_CONF);
	size_t n = plan->files.n;

	if (!origin || !file || !origin->was_present ||
	    !kn_ifname_eq(&origin->bridge, &plan->bridge) ||
	    kn_hash64(file->data, file->len) != origin->written_hash)
		return 0;
	if (kn_filechgs_add(&plan->files, KN_RESOLV_CONF, file, origin->data, origin->len, err) < 0)
		return -1;
	if (plan->files.n > n) {
		plan->files.v[n].live_only = true;
		plan->files.v[n].drop_origin = true;
	}
	return 0;
}
