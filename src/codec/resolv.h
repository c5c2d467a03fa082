/* The grammar of resolv.conf, as the resolver reads it. Layer: codec, pure. */
#ifndef KVMNET_CODEC_RESOLV_H
#define KVMNET_CODEC_RESOLV_H

#include "kvmnet/spec.h"

#define KN_RESOLV_SERVERS 3 /* MAXNS of <resolv.h> */

enum kn_resolv_kind {
	KN_RESOLV_OTHER, /* also what the resolver does not heed: a keyword behind blanks */
	KN_RESOLV_SERVER,
	KN_RESOLV_SEARCH, /* "search", or "domain" with its one word */
};

/* One line; pointers are borrowed from the text. */
struct kn_resolv_line {
	enum kn_resolv_kind kind;
	const char *text;
	size_t len; /* without the newline */
	/* Of what is not OTHER: a server's word (maybe no address), or the list. */
	const char *value;
	size_t value_len;
};

/* Takes the next line of @text from *pos on, which starts at 0. Return: false at the end.
 * Source: resolv.conf(5); tried out with glibc 2.36's res_ninit(): the keyword begins in column 1,
 * in small letters; a blank or tab ends it and a server's address, a carriage return does not. */
bool kn_resolv_next(const char *text, size_t len, size_t *pos, struct kn_resolv_line *ret);
/* The address of a SERVER line, without its zone. Return: whether it is one. */
bool kn_resolv_server(const struct kn_resolv_line *line, struct kn_ip *ret);

/* What the resolver uses: the first servers, the last search list that is not empty. */
struct kn_resolv {
	struct kn_ips servers;
	struct kn_strv search;
};

/* Return: 0, *ret new; -1 with KN_ERR_NOMEM. */
int kn_resolv_read(const char *text, size_t len, struct kn_resolv *ret,
		   struct kn_error *err) KN_NODISCARD;
void kn_resolv_done(struct kn_resolv *resolv);

/* Do the first of @want, each once, stand there one behind the other, in their order? */
bool kn_resolv_has_servers(const struct kn_resolv *resolv, const struct kn_ips *want);
bool kn_resolv_has_search(const struct kn_resolv *resolv, const struct kn_strv *want);
/* Those of @want that are written into a resolv.conf: each once, as many as are used.
 * @param ret room for KN_RESOLV_SERVERS. Return: how many. */
size_t kn_resolv_wanted(const struct kn_ips *want, struct kn_ip *ret);

#endif
