/* DHCP clients' command lines, file names and lease files as values: what they say, and how they
 * read for another interface. Layer: sys, pure. */
#include "sys/dhcp.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* dhclient's options that take the next word. Source: dhclient(8) 4.4.3; RHEL adds -C -H -F -V
 * --request-options --timeout -timeout (their patches of 4.2.5 and 4.3.6). */
static const char *const with_value[] = {
	"-p",
	"-D",
	"-lf",
	"-pf",
	"-cf",
	"-df",
	"-sf",
	"-s",
	"-g",
	"-e",
	"-tf",
	"-play",
	"-4o6",
	"-C",
	"-H",
	"-F",
	"-V",
	"-timeout",
	"--timeout",
	"--dad-wait-time",
	"--prefix-len-hint",
	"--decline-wait-time",
	"--address-prefix-len",
	"--request-options",
};

static bool is_one_of(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static bool takes_value(const char *word)
{
	return is_one_of(word, with_value, sizeof(with_value) / sizeof(with_value[0]));
}

/* RHEL 6's -R takes a list of options where later ones take nothing: a comma tells them apart. */
static bool is_interface(const char *word)
{
	return word[0] != '-' && word[0] && !strchr(word, ',');
}

static bool has_prefix(const char *str, const char *prefix)
{
	return strncmp(str, prefix, strlen(prefix)) == 0;
}

/* Of several -sf the last counts, as in dhclient; ours is none, the one behind it stands in -e. */
static void take_value(const char *word, const char *value, struct kn_dhclient_args *ret)
{
	if (strcmp(word, "-lf") == 0)
		ret->lease = value;
	else if (strcmp(word, "-pf") == 0)
		ret->pid = value;
	else if (strcmp(word, "-e") == 0 && has_prefix(value, KN_DHCP_SCRIPT_ENV))
		ret->script = value + strlen(KN_DHCP_SCRIPT_ENV);
	else if (strcmp(word, "-sf") == 0 && strcmp(value, KN_DHCP_SCRIPT) != 0 &&
		 strcmp(value, KN_DHCP_SCRIPT_CONFINED) != 0)
		ret->script = value;
}

/* Source: dhclient(8): -S, -N, -T and -P imply -6. */
static void take_flag(const char *word, struct kn_dhclient_args *ret)
{
	static const char *const v6[] = {"-6", "-S", "-N", "-T", "-P"};
	static const char *const once[] = {"-r", "-x", "--version", "--help"};

	if (is_one_of(word, v6, sizeof(v6) / sizeof(v6[0])))
		ret->ipv6 = true;
	else if (is_one_of(word, once, sizeof(once) / sizeof(once[0])))
		ret->one_off = true;
	else if (strcmp(word, "-d") == 0)
		ret->foreground = true;
}

void kn_dhclient_parse(const struct kn_strv *argv, struct kn_dhclient_args *ret)
{
	*ret = (struct kn_dhclient_args){0};
	for (size_t i = 1; i < argv->n; i++) {
		const char *word = argv->v[i];

		if (takes_value(word)) {
			if (++i < argv->n)
				take_value(word, argv->v[i], ret);
		} else if (is_interface(word)) {
			ret->n_ifs++;
		} else {
			take_flag(word, ret);
		}
	}
}

bool kn_dhclient_names(const struct kn_strv *argv, const char *name)
{
	for (size_t i = 1; i < argv->n; i++) {
		if (takes_value(argv->v[i]))
			i++;
		else if (is_interface(argv->v[i]) && strcmp(argv->v[i], name) == 0)
			return true;
	}
	return false;
}

/* Good enough to refuse: these clients are never moved, so a word that equals the name does. */
bool kn_dhcp_other_names(const struct kn_strv *argv, const char *name)
{
	for (size_t i = 1; i < argv->n; i++) {
		const char *word = argv->v[i];

		if (has_prefix(word, "--interface="))
			word += strlen("--interface=");
		else if (has_prefix(word, "-i") && word[2])
			word += 2;
		if (strcmp(word, name) == 0)
			return true;
	}
	return false;
}

/* ---- files ---- */

void kn_dhcp_paths_done(struct kn_dhcp_paths *paths)
{
	free(paths->lease);
	free(paths->pid);
	*paths = (struct kn_dhcp_paths){0};
}

int kn_dhcp_paths_default(bool rhel, bool ipv6, const struct kn_ifname *dev,
			  struct kn_dhcp_paths *ret, struct kn_error *err)
{
	struct kn_buf lease KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf pid KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_dhcp_paths paths = {0};
	const char *v = ipv6 ? "6" : "";

	if (rhel) { /* the part between the dashes is the UUID, which kvmnet never writes */
		kn_buf_printf(&lease, "/var/lib/dhclient/dhclient%s--%s.lease", v, dev->s);
		kn_buf_printf(&pid, "/var/run/dhclient%s-%s.pid", v, dev->s);
	} else {
		kn_buf_printf(&lease, "/var/lib/dhcp/dhclient%s.%s.leases", v, dev->s);
		kn_buf_printf(&pid, "/run/dhclient%s.%s.pid", v, dev->s);
	}
	if (kn_buf_steal(&lease, &paths.lease, NULL, err) < 0)
		return -1;
	if (kn_buf_steal(&pid, &paths.pid, NULL, err) < 0) {
		free(paths.lease);
		return -1;
	}
	*ret = paths;
	return 0;
}

/* The last place in @name where @word stands alone, or NULL: eth1 is no word of eth10. */
static const char *find_word(const char *name, const char *word)
{
	size_t len = strlen(word);
	const char *found = NULL;

	for (const char *p = strstr(name, word); p; p = strstr(p + 1, word))
		if ((p == name || !isalnum((unsigned char)p[-1])) &&
		    !isalnum((unsigned char)p[len]))
			found = p;
	return found;
}

int kn_dhcp_path_rename(const char *path, const struct kn_ifname *from, const struct kn_ifname *to,
			char **ret, struct kn_error *err)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *slash = strrchr(path, '/');
	const char *at = find_word(slash ? slash + 1 : path, from->s);

	if (!at) {
		*ret = NULL;
		return 0;
	}
	kn_buf_put(&buf, path, (size_t)(at - path));
	kn_buf_puts(&buf, to->s);
	kn_buf_puts(&buf, at + strlen(from->s));
	return kn_buf_steal(&buf, ret, NULL, err);
}

/* The length of `"NAME"` at @p when it is @name in quotes, else 0. */
static size_t quoted_len(const char *p, const char *end, const struct kn_ifname *name)
{
	size_t len = strlen(name->s);

	if ((size_t)(end - p) < len + 2 || p[0] != '"' || p[len + 1] != '"')
		return 0;
	return memcmp(p + 1, name->s, len) == 0 ? len + 2 : 0;
}

/* One line: `interface "NAME";` after blanks, as dhclient writes it, else kept. */
static void put_lease_line(const char *line, const char *end, const struct kn_ifname *from,
			   const struct kn_ifname *to, struct kn_buf *ret)
{
	static const char key[] = "interface ";
	const char *p = line;
	size_t len = 0;
	const struct kn_ifname *now = NULL;

	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	if ((size_t)(end - p) > sizeof(key) - 1 && memcmp(p, key, sizeof(key) - 1) == 0) {
		p += sizeof(key) - 1;
		if ((len = quoted_len(p, end, from)) > 0)
			now = to;
		else if ((len = quoted_len(p, end, to)) > 0)
			now = from;
	}
	if (!now) {
		kn_buf_put(ret, line, (size_t)(end - line));
		return;
	}
	kn_buf_put(ret, line, (size_t)(p - line));
	kn_buf_printf(ret, "\"%s\"", now->s);
	kn_buf_put(ret, p + len, (size_t)(end - p) - len);
}

void kn_dhcp_lease_rename(const char *text, size_t len, const struct kn_ifname *from,
			  const struct kn_ifname *to, struct kn_buf *ret)
{
	const char *end = text + len;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *next = nl ? nl + 1 : end;

		put_lease_line(text, next, from, to, ret);
		text = next;
	}
}

/* ---- the new command line ---- */

/* Words that are given anew, or that a client which holds its lease must not have: -1 would make
 * it give up when the server is away for a moment, a moved one has to stay. */
static bool is_dropped(const char *word, const char *value)
{
	static const char *const drop[] = {"-lf", "-pf", "-sf", "-nw", "-1"};

	if (is_one_of(word, drop, sizeof(drop) / sizeof(drop[0])))
		return true;
	return strcmp(word, "-e") == 0 && value &&
	       (has_prefix(value, KN_DHCP_SCRIPT_ENV) || has_prefix(value, "keep_old_ip="));
}

/* The other words stay, with their order: -cf and -df name the client's identity, which must not
 * change with the interface. */
static int copy_words(const struct kn_strv *old, struct kn_strv *ret, struct kn_error *err)
{
	for (size_t i = 1; i < old->n; i++) {
		const char *word = old->v[i];
		const char *value = takes_value(word) && i + 1 < old->n ? old->v[i + 1] : NULL;
		bool drop = is_dropped(word, value) || (!value && is_interface(word));

		if (!drop && kn_strv_add(ret, word, err) < 0)
			return -1;
		if (!drop && value && kn_strv_add(ret, value, err) < 0)
			return -1;
		if (value)
			i++;
	}
	return 0;
}

static int add_pair(struct kn_strv *list, const char *word, const char *value, struct kn_error *err)
{
	if (!value)
		return 0;
	return kn_strv_add(list, word, err) < 0 || kn_strv_add(list, value, err) < 0 ? -1 : 0;
}

/* keep_old_ip is for scripts (later RHEL ones) that know it; others do not look at it. */
static int add_script(struct kn_strv *list, const char *adapted, const char *script,
		      struct kn_error *err)
{
	struct kn_buf env KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (add_pair(list, "-e", "keep_old_ip=yes", err) < 0)
		return -1;
	if (!adapted)
		return add_pair(list, "-sf", script, err);
	if (add_pair(list, "-sf", adapted, err) < 0)
		return -1;
	if (!script)
		return 0;
	kn_buf_printf(&env, "%s%s", KN_DHCP_SCRIPT_ENV, script);
	return kn_buf_check(&env, err) < 0 ? -1 : add_pair(list, "-e", kn_buf_str(&env), err);
}

static int build(const struct kn_strv *old, const struct kn_dhcp_start *start, struct kn_strv *ret,
		 struct kn_error *err)
{
	struct kn_dhclient_args args;

	kn_dhclient_parse(old, &args);
	if (kn_strv_add(ret, old->v[0], err) < 0 || copy_words(old, ret, err) < 0)
		return -1;
	if (kn_strv_add(ret, "-nw", err) < 0 || add_pair(ret, "-lf", start->lease, err) < 0 ||
	    add_pair(ret, "-pf", start->pid, err) < 0)
		return -1;
	if (old->n > 1 && add_script(ret, start->adapted_script, args.script, err) < 0)
		return -1;
	return kn_strv_add(ret, start->dev->s, err);
}

int kn_dhclient_build(const struct kn_strv *old, const struct kn_dhcp_start *start,
		      struct kn_strv *ret, struct kn_error *err)
{
	struct kn_strv list = {0};

	if (build(old, start, &list, err) < 0) {
		kn_strv_done(&list);
		return -1;
	}
	*ret = list;
	return 0;
}
