/* Which values can be written, and how: bare where possible, else in double quotes.
 * Layer: codec, pure. Source: bash(1), QUOTING; shvar.c, svEscape(); initscripts' rc script
 * "network", which runs eval $(grep -F "DEVICE=" file). */
#include <string.h>

#include "codec/ifcfg_priv.h"

/* What initscripts grep for; a value containing one would be executed as an assignment of its own
 * or hide the real one. */
static const char *const needles[] = {"DEVICE=", "TYPE=", "SLAVE=", "NM_CONTROLLED="};

#define N_NEEDLES (sizeof(needles) / sizeof(needles[0]))

/* Source: bash(1), Shell Variables: those marked readonly. */
bool ifcfg_is_reserved(const char *key)
{
	static const char *const names[] = {"UID",	"EUID",	     "PPID",
					    "BASHOPTS", "SHELLOPTS", "BASH_VERSINFO"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(key, names[i]))
			return true;
	return false;
}

const char *ifcfg_eval_needle(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < N_NEEDLES; i++) {
		size_t n = strlen(needles[i]) - 1;

		/* The grep is for a substring, so DEVICETYPE is caught by "TYPE=" too. */
		if (len >= n && !memcmp(key + len - n, needles[i], n))
			return needles[i];
	}
	return NULL;
}

/* Bytes that no shell, eval or file-name expansion treats specially. The rest gets quotes. */
bool ifcfg_is_bare(const char *value)
{
	for (const char *p = value; *p; p++)
		if (!ifcfg_is_name_char(*p) && !strchr("./:,@%+-", *p))
			return false;
	return true;
}

const char *ifcfg_unwritable(const char *key, const char *value)
{
	size_t len = strlen(value), n;

	for (size_t i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)value[i];

		n = kn_utf8_len(value + i, len - i);
		if (c == '\n')
			return "it contains a newline, which initscripts would execute";
		if (c < 0x20 || c == 0x7f)
			return "it contains a control character";
		if (n == 0)
			return "it is not valid UTF-8";
		/* U+0080..U+009F: a terminal may obey them. */
		if (c == 0xc2 && (unsigned char)value[i + 1] < 0xa0)
			return "it contains a control character";
	}
	for (size_t i = 0; i < N_NEEDLES; i++)
		if (strstr(value, needles[i]))
			return "it contains DEVICE=, TYPE=, SLAVE= or NM_CONTROLLED=, which "
			       "initscripts search for in the whole file";
	if (key && ifcfg_eval_needle(key) && !ifcfg_is_bare(value))
		return "initscripts split this key's value at blanks, so it must be one plain word";
	return NULL;
}

bool kn_ifcfg_can_write(const char *value)
{
	return !ifcfg_unwritable(NULL, value);
}

/* Double quotes with the four escapes read alike in bash, dash and every generation of
 * NetworkManager; single quotes do not (old ones drop a backslash there), so they are only kept. */
void ifcfg_put_value(struct kn_buf *buf, const char *value, enum ifcfg_quote quote)
{
	bool bare = quote == IFCFG_BARE || quote == IFCFG_MIXED;

	if (bare && ifcfg_is_bare(value)) {
		kn_buf_puts(buf, value);
		return;
	}
	if (quote == IFCFG_SINGLE && !strpbrk(value, "'\\")) {
		kn_buf_printf(buf, "'%s'", value);
		return;
	}
	kn_buf_putc(buf, '"');
	for (const char *p = value; *p; p++) {
		if (strchr("$`\"\\", *p))
			kn_buf_putc(buf, '\\');
		kn_buf_putc(buf, *p);
	}
	kn_buf_putc(buf, '"');
}
