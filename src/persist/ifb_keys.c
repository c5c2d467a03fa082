/* The key table, names of files and words of yes and no.
 * Layer: persist, pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "persist/ifb.h"

static const struct kn_ifb_key rows[] = {
#define KN_IFB_KEY(id, name, match, place, group) {name, KN_IFB_##match, KN_IFB_##place, group},
#include "persist/ifb_keys.def"
#undef KN_IFB_KEY
};

/* The ids are the row numbers: both come from ifb_keys.def. */
const struct kn_ifb_key *kn_ifb_key(enum kn_ifb_id id)
{
	return &rows[id];
}

/* NUMBERED takes any number, so that IPADDR12 is not taken for an unknown key and left
 * on the port. */
static bool row_matches(const struct kn_ifb_key *row, const char *key)
{
	size_t n = strlen(row->name);

	if (strncmp(key, row->name, n) != 0)
		return false;
	switch (row->match) {
	case KN_IFB_EXACT:
		return key[n] == '\0';
	case KN_IFB_NUMBERED:
		return key[n + strspn(key + n, "0123456789")] == '\0';
	case KN_IFB_PREFIX:
		return true;
	}
	return false;
}

/* First match wins, hence the exact IPV6 rows stand above the prefix row. */
const struct kn_ifb_key *kn_ifb_key_find(const char *key)
{
	for (size_t i = 0; i < KN_KEY_COUNT; i++)
		if (row_matches(&rows[i], key))
			return &rows[i];
	return NULL;
}

/* Through the table, so that IPV6INIT is never taken for the IPV6 prefix row. */
bool kn_ifb_key_is(const char *key, enum kn_ifb_id id)
{
	return kn_ifb_key_find(key) == &rows[id];
}

/* -1 is the unnumbered key: readers count it in front of number 0. */
const char *kn_ifb_key_nth(enum kn_ifb_id id, int n, char *buf)
{
	if (n < 0)
		(void)snprintf(buf, KN_IFB_KEY_SIZE, "%s", rows[id].name);
	else
		(void)snprintf(buf, KN_IFB_KEY_SIZE, "%s%d", rows[id].name, n);
	return buf;
}

/* Case does not matter to either reader. */
static bool is_one_of(const char *str, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(str, words[i]))
			return true;
	return false;
}

bool kn_ifb_is_true(const char *str)
{
	static const char *const words[] = {"yes", "true", "on", "y", "t", "1"};

	return is_one_of(str, words, sizeof(words) / sizeof(*words));
}

bool kn_ifb_is_false(const char *str)
{
	static const char *const words[] = {"no", "false", "off", "n", "f", "0"};

	return is_one_of(str, words, sizeof(words) / sizeof(*words));
}

/* ---- names of files ---- */

static const char *const prefixes[KN_IFB_KINDS] = {
	[KN_IFB_IFCFG] = "ifcfg-", [KN_IFB_ROUTE] = "route-", [KN_IFB_ROUTE6] = "route6-",
	[KN_IFB_RULE] = "rule-",   [KN_IFB_RULE6] = "rule6-",
};

/* Endings that every reader passes over. .old and .rpmsave are not among them: NetworkManager
 * loads those. Source: NetworkManager utils_should_ignore_file(); initscripts is_ignored_file. */
static bool is_ignored(const char *name)
{
	static const char *const endings[] = {"~",	 ".bak", ".orig",   ".rej",
					      ".rpmnew", ".tmp", ".augnew", ".augtmp"};
	size_t n = strlen(name);

	/* asked of every file for every device: most names end in none of these letters */
	if (n == 0 || !strchr("~kgjwp", name[n - 1]))
		return false;
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t m = strlen(endings[i]);

		if (n >= m && !strcmp(name + n - m, endings[i]))
			return true;
	}
	return false;
}

/* Dot files and kvmnet's own temporary names fail both tests. */
bool kn_ifb_is_ours(const char *basename)
{
	if (is_ignored(basename))
		return false;
	for (size_t i = 0; i < KN_IFB_KINDS; i++)
		if (!strncmp(basename, prefixes[i], strlen(prefixes[i])) &&
		    basename[strlen(prefixes[i])])
			return true;
	return false;
}

/* Without --root: sys/ puts that in front. */
int kn_ifb_path(enum kn_ifb_kind kind, const char *suffix, char **ret, struct kn_error *err)
{
	char *path;

	if (asprintf(&path, KN_IFB_DIR "/%s%s", prefixes[kind], suffix) < 0)
		return kn_fail_nomem(err);
	*ret = path;
	return 0;
}

/* Deeper directories are none of the readers' business. */
const char *kn_ifb_suffix(enum kn_ifb_kind kind, const char *path)
{
	static const size_t dir = sizeof(KN_IFB_DIR "/") - 1;
	size_t n = strlen(prefixes[kind]);

	if (strncmp(path, KN_IFB_DIR "/", dir) != 0 || strncmp(path + dir, prefixes[kind], n) != 0)
		return NULL;
	path += dir;
	return path[n] && !is_ignored(path) && !strchr(path, '/') ? path + n : NULL;
}

/* network-scripts that are installed but not enabled leave the files to NetworkManager. */
enum kn_reader kn_ifb_host_reader(const struct kn_host *host)
{
	bool nm = host->has_nm_plugin && (host->nm_enabled || host->nm_running);

	if (host->has_scripts && (host->scripts_enabled || !nm))
		return host->scripts_seconds ? KN_READER_SCRIPTS_7 : KN_READER_SCRIPTS_8;
	return host->has_nm_plugin ? KN_READER_NM : KN_READER_NONE;
}
