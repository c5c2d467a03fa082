/* Faults that the command line's checks, the planner or the host find in a section: told with the
 * words of the file, at the key that they are about. Layer: cli, pure. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ini_spec.h"

/* ---- words ---- */

/* What the file has in place of an option. */
static const struct word {
	const char *option;
	bool net;	  /* of [nat] and [network]; else of links */
	const char *key;  /* in whose line it stands */
	const char *text; /* all of it, where it takes no value there; or NULL */
} words[] = {
	{"port", false, "ports", NULL},
	{"slave", false, "ports", NULL},
	{"static", false, "ipv4", NULL},
	{"dhcp", false, "ipv4", "ipv4 = dhcp"},
	{"dhcp6", false, "ipv6", "ipv6 = dhcp"},
	{"slaac", false, "ipv6", "ipv6 = auto"},
	{"no-ip", false, "ipv4", "ipv4 = none"},
	{"inherit", false, "ipv4", "ipv4 = inherit"},
	{"subnet", true, "ipv4", NULL},
	{"bridge-name", true, "bridge", NULL},
	{"bridge", true, "bridge", "forward = bridge"},
	{"macvtap", true, "macvtap", "forward = macvtap"},
	{"nat", true, "forward", "forward = nat"},
	{"route", true, "forward", "forward = route"},
	{"open", true, "forward", "forward = open"},
	{"isolated", true, "forward", "forward = isolated"},
};

static const struct word *find_word(const struct kn_ini_section *section, const char *option,
				    size_t len)
{
	bool net = !strcmp(section->kind, "nat") || !strcmp(section->kind, "network");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].net == net && strlen(words[i].option) == len &&
		    !strncmp(words[i].option, option, len))
			return &words[i];
	return NULL;
}

/* "MAC,IP" of --host: the key whose value has both. */
static const struct kn_ini_key *host_key(const struct kn_ini_section *section, const char *value)
{
	const char *ip = strchr(value, ',');
	size_t len = ip ? strcspn(ip + 1, ", :") : 0;

	for (size_t i = 0; len && i < section->n_keys; i++) {
		const struct kn_ini_key *key = &section->keys[i];

		for (const char *at = key->value; !strncmp(key->name, "host.", 5) && *at; at++)
			if (!strncmp(at, ip + 1, len) && strchr(" \t,", at[len]))
				return key;
	}
	return NULL;
}

/* The line of the section that @field = @value of the wish stands in. Return: borrowed, or NULL. */
static const struct kn_ini_key *find_key(const struct kn_ini_section *section, const char *field,
					 size_t len, const char *value)
{
	const struct word *word = find_word(section, field, len);
	char name[KN_INI_NAME_MAX + 1] = "";

	if (word && !strcmp(word->option, "static") && strchr(value, ':'))
		return kn_ini_get(section, "ipv6");
	if (word)
		return kn_ini_get(section, word->key);
	if (len == 4 && !strncmp(field, "host", 4))
		return host_key(section, value);
	if (len < sizeof(name))
		memcpy(name, field, len);
	return kn_ini_get(section, name);
}

/* ---- sentences ---- */

static size_t option_len(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

/* Does a value of @option stand at @p, or the sentence's next word? */
static bool is_value(const struct kn_option *option, const char *p)
{
	size_t len = strcspn(p, " ");

	while (len && strchr(".,:;)", p[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		if (isupper((unsigned char)p[i]) || isdigit((unsigned char)p[i]) ||
		    strchr("/:", p[i]))
			return true;
	for (const char *v = option->values; len && *v && *v != '@';) {
		size_t n = strcspn(v, "|");

		if (n == len && !strncmp(v, p, n))
			return true;
		v += n + (v[n] == '|');
	}
	return false;
}

/* The option of that name that sections of the kind have, under this name or another. */
static const struct kn_option *option_of(const struct kn_ini_section *section, const char *name,
					 size_t len)
{
	const struct word *word = find_word(section, name, len);
	char text[64] = "";

	if (len >= sizeof(text))
		return NULL;
	memcpy(text, name, len);
	if (!word && !strcmp(text, "host"))
		return kn_option_at(KN_O_NET_HOST);
	if (!word)
		return kn_ini_option(section->kind, text);
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		bool net = kn_option_at(i)->commands & KN_IN(NET_CREATE);

		if (net == word->net && !strcmp(kn_option_at(i)->name, text))
			return kn_option_at(i);
	}
	return NULL;
}

/* The option at @p, behind its dashes, in the file's words. Return: how many bytes that were. */
static size_t put_option(const struct kn_ini_section *section, const char *p, bool behind_with,
			 struct kn_buf *ret)
{
	size_t len = option_len(p);
	const struct kn_option *option = option_of(section, p, len);
	const struct word *word = find_word(section, p, len);
	bool value = option && option->arg && p[len] == ' ' && is_value(option, p + len + 1);
	const struct kn_ini_key *host = value ? find_key(section, p, len, p + len + 1) : NULL;

	if (!option) {
		kn_buf_puts(ret, "--");
		return 0;
	}
	if (word && word->text && !value)
		kn_buf_puts(ret, word->text);
	else if (option->id == KN_O_NET_HOST)
		kn_buf_puts(ret, host ? host->name : "host.NAME");
	else if (word)
		kn_buf_puts(ret,
			    value && !strcmp(word->option, "static") && strchr(p + len + 1, ':')
				    ? "ipv6"
				    : word->key);
	else
		kn_buf_put(ret, p, len);
	if (value)
		kn_buf_puts(ret, " =");
	else if (behind_with && !(word && word->text))
		kn_buf_puts(ret, " = ...");
	return len;
}

/* "kvmnet bridge create br0 --port IF" is a section of its own. Return: bytes; 0 = it is not that.
 */
static size_t put_create(const char *p, struct kn_buf *ret)
{
	static const char create[] = "kvmnet bridge create ", port[] = " --port ";
	size_t head = sizeof(create) - 1, len;

	if (strncmp(p, create, head) != 0)
		return 0;
	len = strcspn(p + head, " ,;");
	kn_buf_printf(ret, "[bridge %.*s]", (int)len, p + head);
	if (strncmp(p + head + len, port, sizeof(port) - 1) != 0)
		return head + len;
	kn_buf_puts(ret, " with ports = ");
	return head + len + sizeof(port) - 1;
}

void kn_ini_say(const struct kn_ini_section *section, const char *text, struct kn_buf *ret)
{
	for (const char *p = text; *p;) {
		bool begins = p == text || strchr(" (:", p[-1]);
		size_t n = begins ? put_create(p, ret) : 0;

		if (n) {
			p += n;
		} else if (begins && p[0] == '-' && p[1] == '-') {
			bool with = p - text >= 5 && !strncmp(p - 5, "with ", 5);

			p += 2;
			p += put_option(section, p, with, ret);
		} else {
			kn_buf_putc(ret, *p++);
		}
	}
}

/* ---- places ---- */

/* The key that the message itself names first. */
static const struct kn_ini_key *named_key(const struct kn_ini_section *section, const char *message)
{
	const struct kn_ini_key *key = NULL;

	for (const char *p = message; !key && (p = strstr(p, "--")); p += 2)
		key = find_key(section, p + 2, option_len(p + 2), "");
	return key;
}

/* It is this file that is told, not the command line and not a file of the host's. */
static enum kn_error_kind kind_in_file(enum kn_error_kind kind)
{
	if (kind == KN_ERR_USAGE)
		return KN_ERR_INPUT;
	return kind == KN_ERR_HOSTFILE ? KN_ERR_REFUSED : kind;
}

int kn_part_fault_said(struct kn_parts *parts, struct kn_part *part, const struct kn_error *why,
		       struct kn_error *err)
{
	const struct kn_ini_section *section = part->section;
	struct kn_buf message KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf hint KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_ini_key *key;
	struct kn_error said;

	kn_ini_say(section, why->message, &message);
	kn_ini_say(section, why->hint, &hint);
	if (kn_buf_check(&message, err) < 0 || kn_buf_check(&hint, err) < 0)
		return -1;
	key = why->field[0] ? find_key(section, why->field, strlen(why->field), why->word)
			    : named_key(section, why->message);
	kn_fail(&said, kind_in_file(why->kind), 0, "%s", kn_buf_str(&message));
	kn_hint(&said, "%s", kn_buf_str(&hint));
	memcpy(said.rule, why->rule, sizeof(said.rule));
	if (!key)
		return kn_part_fault(parts, part, NULL, &said, err);
	return kn_part_fault_at(parts, part, key->name, why->word, &said, err);
}
