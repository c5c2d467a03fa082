/* NetworkManager's reading of ifcfg text, as a model for tests.
 * Layer: tests. */
#include "nm_shvar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

struct nm {
	const char *p; /* NUL-terminated value text */
	struct kn_buf out;
};

static bool single(struct nm *nm)
{
	const char *close = strchr(nm->p + 1, '\'');

	if (!close)
		return false;
	kn_buf_put(&nm->out, nm->p + 1, (size_t)(close - nm->p - 1));
	nm->p = close + 1;
	return true;
}

/* Text as old versions wrote it: one pair of double quotes, and ' ~ escaped like $ ` " \. */
static bool looks_old(const char *value)
{
	if (*value++ != '"')
		return false;
	for (; *value; value++) {
		if (*value == '"')
			return !value[1];
		if (*value == '\\' && (!*++value || !strchr("\"\\$`'~", *value)))
			return false;
		else if (value[-1] != '\\' && strchr("$`'~", *value))
			return false;
	}
	return false;
}

static bool twice(struct nm *nm, bool old)
{
	for (nm->p++; *nm->p != '"'; nm->p++) {
		if (!*nm->p || *nm->p == '$' || *nm->p == '`')
			return false;
		if (*nm->p == '\\') {
			if (!*++nm->p)
				return false;
			if (!strchr(old ? "$`\"\\'~" : "$`\"\\", *nm->p))
				kn_buf_putc(&nm->out, '\\');
		}
		kn_buf_putc(&nm->out, *nm->p);
	}
	nm->p++;
	return true;
}

static unsigned int digits(const char **p, unsigned int base, int max)
{
	unsigned int value = 0;

	for (; max > 0 && isxdigit((unsigned char)**p); max--, ++*p) {
		unsigned int d = isdigit((unsigned char)**p)
					 ? (unsigned int)(**p - '0')
					 : (unsigned int)(tolower((unsigned char)**p) - 'a' + 10);
		if (d >= base)
			break;
		value = value * base + d;
	}
	return value;
}

static bool ansi(struct nm *nm)
{
	static const char from[] = "abeEfnrtv?\"\\'", to[] = "\a\b\033\033\f\n\r\t\v?\"\\'";

	for (nm->p += 2; *nm->p != '\'';) {
		const char *hit;

		if (!*nm->p)
			return false;
		if (*nm->p != '\\') {
			kn_buf_putc(&nm->out, *nm->p++);
			continue;
		}
		if (!*++nm->p)
			return false;
		if ((hit = strchr(from, *nm->p))) {
			kn_buf_putc(&nm->out, to[hit - from]);
			nm->p++;
		} else if (*nm->p >= '0' && *nm->p < '8') {
			kn_buf_putc(&nm->out, (char)digits(&nm->p, 8, 3));
		} else if (*nm->p == 'x' && isxdigit((unsigned char)nm->p[1])) {
			nm->p++;
			kn_buf_putc(&nm->out, (char)digits(&nm->p, 16, 2));
		} else {
			kn_buf_putc(&nm->out, '\\');
			kn_buf_putc(&nm->out, *nm->p++);
		}
	}
	nm->p++;
	return true;
}

/* Behind a blank or a ';' only blanks, one ';' in all, and a comment may follow. */
static bool clean_tail(const char *p)
{
	bool semicolon = false;

	for (; isspace((unsigned char)*p) || *p == ';'; p++) {
		if (*p == ';' && semicolon)
			return false;
		semicolon |= *p == ';';
	}
	return !*p || *p == '#';
}

static bool unescape(struct nm *nm)
{
	bool old = looks_old(nm->p), ok = true;

	while (ok && *nm->p) {
		if (isspace((unsigned char)*nm->p) || *nm->p == ';')
			return clean_tail(nm->p);
		if (strchr("|&()<>", *nm->p))
			return false;
		if (*nm->p == '\'') {
			ok = single(nm);
		} else if (*nm->p == '"') {
			ok = twice(nm, old);
		} else if (*nm->p == '$' && nm->p[1] == '\'') {
			ok = ansi(nm);
		} else {
			if (*nm->p == '\\' && !*++nm->p)
				return false;
			kn_buf_putc(&nm->out, *nm->p++);
		}
	}
	return ok;
}

static bool is_utf8(const struct kn_buf *buf)
{
	for (size_t i = 0, n; i < buf->len; i += n)
		if ((n = kn_utf8_len(buf->data + i, buf->len - i)) == 0)
			return false;
	return true;
}

static bool read_value(const char *line, size_t len, char **ret)
{
	struct kn_error err;
	struct kn_buf value = KN_BUF_INIT;

	kn_buf_put(&value, line, len);
	struct nm nm = {.p = kn_buf_str(&value)};
	bool ok = unescape(&nm) && is_utf8(&nm.out) && kn_buf_steal(&nm.out, ret, NULL, &err) == 0;
	kn_buf_done(&value);
	kn_buf_done(&nm.out);
	return ok;
}

bool nm_shvar_get(const char *text, const char *key, char **ret)
{
	const char *last = NULL;
	size_t last_len = 0, key_len = strlen(key);

	*ret = NULL;
	for (const char *p = text, *next; p; p = next ? next + 1 : NULL) {
		const char *q = p;

		next = strchr(p, '\n');
		while (*q != '\n' && isspace((unsigned char)*q))
			q++;
		if (strncmp(q, key, key_len) != 0 || q[key_len] != '=')
			continue;
		last = q + key_len + 1;
		last_len = next ? (size_t)(next - last) : strlen(last);
	}
	return !last || read_value(last, last_len, ret);
}
