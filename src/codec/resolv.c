/* Reading resolv.conf. Layer: codec, pure. */
#include "codec/resolv.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

void kn_resolv_done(struct kn_resolv *resolv)
{
	kn_ips_done(&resolv->servers);
	kn_strv_done(&resolv->search);
	*resolv = (struct kn_resolv){0};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Is the line "KEY value"? The value is what follows the blanks. */
static bool take_key(struct kn_resolv_line *line, const char *key)
{
	size_t n = strlen(key);

	if (line->len <= n || strncmp(line->text, key, n) != 0 || !is_blank(line->text[n]))
		return false;
	while (n < line->len && is_blank(line->text[n]))
		n++;
	line->value = line->text + n;
	line->value_len = line->len - n;
	return true;
}

static size_t word_len(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && !is_blank(text[n]))
		n++;
	return n;
}

bool kn_resolv_next(const char *text, size_t len, size_t *pos, struct kn_resolv_line *ret)
{
	struct kn_resolv_line line = {0};

	if (*pos >= len)
		return false;
	line.text = text + *pos;
	const char *eol = memchr(line.text, '\n', len - *pos);
	line.len = eol ? (size_t)(eol - line.text) : len - *pos;
	*pos += line.len + (eol != NULL);
	if (take_key(&line, "nameserver")) {
		line.kind = KN_RESOLV_SERVER;
		line.value_len = word_len(line.value, line.value_len);
	} else if (take_key(&line, "domain")) {
		line.kind = KN_RESOLV_SEARCH;
		line.value_len = word_len(line.value, line.value_len);
	} else if (take_key(&line, "search")) {
		line.kind = KN_RESOLV_SEARCH;
	}
	*ret = line;
	return true;
}

bool kn_resolv_server(const struct kn_resolv_line *line, struct kn_ip *ret)
{
	const char *zone = memchr(line->value, '%', line->value_len);
	size_t len = zone ? (size_t)(zone - line->value) : line->value_len;
	char word[KN_IP_STRLEN];

	if (len >= sizeof(word))
		return false;
	memcpy(word, line->value, len);
	word[len] = '\0';
	return kn_ip_is(word, ret);
}

/* A carriage return at its end is seen by nobody who reads a message about it. */
static int take_search(const struct kn_resolv_line *line, struct kn_strv *ret, struct kn_error *err)
{
	struct kn_strv list = {0};

	for (size_t at = 0; at < line->value_len;) {
		size_t n = word_len(line->value + at, line->value_len - at);
		size_t seen = n && line->value[at + n - 1] == '\r' ? n - 1 : n;
		char *word KN_CLEANUP(kn_freep) = strndup(line->value + at, seen);

		if (!word || (seen && kn_strv_add(&list, word, err) < 0)) {
			kn_strv_done(&list);
			return word ? -1 : kn_fail_nomem(err);
		}
		at += n + 1;
	}
	if (!list.n)
		return 0;
	kn_strv_done(ret);
	*ret = list;
	return 0;
}

int kn_resolv_read(const char *text, size_t len, struct kn_resolv *ret, struct kn_error *err)
{
	struct kn_resolv all = {0};
	struct kn_resolv_line line;
	struct kn_ip ip;
	int r = 0;

	for (size_t pos = 0; r == 0 && kn_resolv_next(text, len, &pos, &line);) {
		if (line.kind == KN_RESOLV_SEARCH)
			r = take_search(&line, &all.search, err);
		else if (line.kind == KN_RESOLV_SERVER && all.servers.n < KN_RESOLV_SERVERS &&
			 kn_resolv_server(&line, &ip))
			r = kn_ips_add(&all.servers, &ip, err);
	}
	if (r < 0)
		kn_resolv_done(&all);
	else
		*ret = all;
	return r;
}

size_t kn_resolv_wanted(const struct kn_ips *want, struct kn_ip *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < want->n && n < KN_RESOLV_SERVERS; i++) {
		bool again = false;

		for (size_t k = 0; k < n; k++)
			again |= kn_ip_eq(&ret[k], &want->v[i]);
		if (!again)
			ret[n++] = want->v[i];
	}
	return n;
}

bool kn_resolv_has_servers(const struct kn_resolv *resolv, const struct kn_ips *want)
{
	struct kn_ip wanted[KN_RESOLV_SERVERS];
	size_t n = kn_resolv_wanted(want, wanted), k;

	for (size_t i = 0; i + n <= resolv->servers.n; i++) {
		for (k = 0; k < n && kn_ip_eq(&resolv->servers.v[i + k], &wanted[k]); k++)
			;
		if (k == n)
			return true;
	}
	return n == 0;
}

bool kn_resolv_has_search(const struct kn_resolv *resolv, const struct kn_strv *want)
{
	for (size_t i = 0; i < want->n; i++)
		if (!kn_strv_has(&resolv->search, want->v[i]))
			return false;
	return true;
}
