/* resolv.conf, changed as network-scripts would when the interface comes up.
 * Layer: persist, pure. */
#include "persist/resolv.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

#define SERVERS_MAX 3 /* MAXNS of <resolv.h>; ifup-post knows DNS1 to DNS3 */

struct resolv {
	struct kn_ips want;	/* at most SERVERS_MAX, each once */
	struct kn_strv search;	/* wanted, then what was there */
	size_t n_wanted_search; /* the first of .search */
	struct kn_ips have;	/* nameservers, in order */
	size_t n_have_search;	/* wanted words that are there */
	struct kn_buf others;	/* all other lines, as they are */
};

/* All lists are owned. */
static void resolv_done(struct resolv *rv)
{
	kn_ips_done(&rv->want);
	kn_ips_done(&rv->have);
	kn_strv_done(&rv->search);
	kn_buf_done(&rv->others);
}

/* The value of "KEY value" when the line has that key. */
static const char *value_of(const char *line, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(line, key, n) != 0 || (line[n] != ' ' && line[n] != '\t'))
		return NULL;
	return line + n + strspn(line + n, " \t");
}

/* By value: two spellings of an address are one server. */
static bool has_ip(const struct kn_ips *list, const struct kn_ip *ip)
{
	for (size_t i = 0; i < list->n; i++)
		if (kn_ip_eq(&list->v[i], ip))
			return true;
	return false;
}

/* Words that were there come behind the wanted ones, each once. */
static int add_search(struct resolv *rv, const char *p, struct kn_error *err)
{
	while (*(p += strspn(p, " \t\r"))) {
		size_t n = strcspn(p, " \t\r");
		char *word KN_CLEANUP(kn_freep) = strndup(p, n);
		bool wanted = false;

		if (!word)
			return kn_fail_nomem(err);
		for (size_t i = 0; i < rv->n_wanted_search; i++)
			wanted |= !strcmp(rv->search.v[i], word);
		rv->n_have_search += wanted;
		if (!kn_strv_has(&rv->search, word) && kn_strv_add(&rv->search, word, err) < 0)
			return -1;
		p += n;
	}
	return 0;
}

/* Takes one line (NUL-terminated copy) apart. */
static int take_line(struct resolv *rv, const char *line, struct kn_error *err)
{
	const char *text = line + strspn(line, " \t");
	const char *value = value_of(text, "nameserver");
	struct kn_ip ip;
	char word[KN_IP_STRLEN];

	if (value && rv->want.n) {
		size_t n = strcspn(value, " \t\r#");

		if (n < sizeof(word)) {
			memcpy(word, value, n);
			word[n] = '\0';
			if (kn_ip_is(word, &ip))
				return kn_ips_add(&rv->have, &ip, err);
		}
		return 0;
	}
	if (!value)
		value = value_of(text, "search");
	if (!value)
		value = value_of(text, "domain");
	if (rv->n_wanted_search && value && !value_of(text, "nameserver"))
		return add_search(rv, value, err);
	kn_buf_puts(&rv->others, line);
	kn_buf_putc(&rv->others, '\n');
	return 0;
}

/* Line by line; a missing last newline is no reason to lose the line. */
static int scan(struct resolv *rv, const struct kn_file *file, struct kn_error *err)
{
	const char *p = file ? file->data : "", *end = p + (file ? file->len : 0);

	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((eol ? eol : end) - p);
		char *line KN_CLEANUP(kn_freep) = strndup(p, n);

		if (!line)
			return kn_fail_nomem(err);
		if (take_line(rv, line, err) < 0)
			return -1;
		p = eol ? eol + 1 : end;
	}
	return 0;
}

/* Duplicates would cost one of the three places. */
static int take_wanted(struct resolv *rv, const struct kn_ips *dns, const struct kn_strv *search,
		       struct kn_error *err)
{
	for (size_t i = 0; i < dns->n && rv->want.n < SERVERS_MAX; i++)
		if (!has_ip(&rv->want, &dns->v[i]) && kn_ips_add(&rv->want, &dns->v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < search->n; i++)
		if (!kn_strv_has(&rv->search, search->v[i]) &&
		    kn_strv_add(&rv->search, search->v[i], err) < 0)
			return -1;
	rv->n_wanted_search = rv->search.n;
	return 0;
}

/* The wanted servers stand there one behind the other, and every search word is there. */
static bool is_right(const struct resolv *rv)
{
	bool found = rv->want.n == 0;

	for (size_t i = 0; i + rv->want.n <= rv->have.n && !found; i++) {
		found = true;
		for (size_t k = 0; k < rv->want.n; k++)
			found &= kn_ip_eq(&rv->have.v[i + k], &rv->want.v[k]);
	}
	return found && rv->n_have_search >= rv->n_wanted_search;
}

/* Other lines first, as ifup-post leaves them. */
static void put_text(const struct resolv *rv, struct kn_buf *ret)
{
	char ip[KN_IP_STRLEN];

	kn_buf_put(ret, kn_buf_str(&rv->others), rv->others.len);
	if (rv->n_wanted_search) {
		kn_buf_puts(ret, "search");
		for (size_t i = 0; i < rv->search.n; i++)
			kn_buf_printf(ret, " %s", rv->search.v[i]);
		kn_buf_putc(ret, '\n');
	}
	for (size_t i = 0; i < rv->want.n; i++)
		kn_buf_printf(ret, "nameserver %s\n", kn_ip_fmt(&rv->want.v[i], ip));
}

int kn_resolv_render(const struct kn_tree *tree, const struct kn_ips *dns,
		     const struct kn_strv *search, struct kn_plan *plan, struct kn_error *err)
{
	const struct kn_file *file = kn_tree_get(tree, KN_RESOLV_CONF);
	struct kn_buf text = KN_BUF_INIT;
	struct resolv rv = {0};
	size_t n = plan->files.n;
	int rc = take_wanted(&rv, dns, search, err);

	if (rc == 0)
		rc = scan(&rv, file, err);
	if (rc == 0 && !is_right(&rv)) {
		put_text(&rv, &text);
		rc = kn_buf_check(&rv.others, err) < 0 || kn_buf_check(&text, err) < 0 ? -1 : 0;
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
