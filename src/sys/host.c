/* What reads ifcfg files on this host (or under --root) and what manages its network.
 * By the presence of files only; what runs is asked when the root is the running host.
 * Layer: sys, effects (reads only). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sys/priv.h"

#define SCRIPTS	  "/etc/sysconfig/network-scripts"
#define WANTS	  "/etc/systemd/system/multi-user.target.wants/"
#define NM_PLUGIN "libnm-settings-plugin-ifcfg-rh.so"

/* Reads a small file; "" when it is absent or unreadable: what cannot be read proves nothing. */
static void read_text(struct kn_root *root, const char *path, struct kn_buf *ret)
{
	struct kn_error ignored;
	bool present;

	if (kn_root_read(root, path, KN_FILE_MAX * 4, ret, &present, &ignored) < 0)
		ret->len = 0;
}

/* Does a line that is no shell comment hold @word? */
static bool code_has(const char *text, const char *word)
{
	for (const char *line = text; line;) {
		const char *end = strchr(line, '\n');
		const char *at = strstr(line + strspn(line, " \t"), word);

		if (line[strspn(line, " \t")] != '#' && at && (!end || at < end))
			return true;
		line = end ? end + 1 : NULL;
	}
	return false;
}

/* The value of KEY= in os-release(5), without quotes; false when it is not there. */
static bool os_release(const char *text, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) != 0 || line[len] != '=')
			continue;
		const char *value = line + len + 1;
		value += *value == '"' || *value == '\'';
		size_t n = strcspn(value, "\"'\n");
		if (n >= size)
			return false;
		memcpy(buf, value, n);
		buf[n] = '\0';
		return true;
	}
	return false;
}

/* A system of the RHEL family, version 7 or older? */
static bool is_rhel7(struct kn_root *root)
{
	static const char *const family[] = {"rhel",	  "centos", "ol",	"scientific",
					     "almalinux", "rocky",  "virtuozzo"};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char id[32], version[32];

	read_text(root, "/etc/os-release", &text);
	/* RHEL 6 has no os-release */
	if (text.len == 0)
		return kn_root_exists(root, "/etc/redhat-release");
	if (!os_release(kn_buf_str(&text), "ID", id, sizeof(id)) ||
	    !os_release(kn_buf_str(&text), "VERSION_ID", version, sizeof(version)))
		return false;
	for (size_t i = 0; i < sizeof(family) / sizeof(*family); i++)
		if (!strcmp(id, family[i]))
			return version[0] >= '1' && version[0] <= '7' &&
			       !isdigit((unsigned char)version[1]);
	return false;
}

/* Up to RHEL 7 ifup-eth hands DELAY to "brctl setfd" (seconds, brctl(8)); later ones write it
 * to forward_delay, by ip(8) or sysfs (centiseconds). */
static bool takes_seconds(struct kn_root *root)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	read_text(root, SCRIPTS "/ifup-eth", &text);
	if (code_has(kn_buf_str(&text), "setfd"))
		return true;
	return !code_has(kn_buf_str(&text), "forward_delay") && is_rhel7(root);
}

/* "S10network" in a run level's directory. Return: 0, *ret; -1. */
static int has_rc_link(struct kn_root *root, const char *dir, bool *ret, struct kn_error *err)
{
	struct kn_strv names = {0};
	bool exists;

	if (kn_root_list(root, dir, &names, &exists, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		const char *s = names.v[i];

		if (s[0] == 'S' && isdigit((unsigned char)s[1]) && isdigit((unsigned char)s[2]) &&
		    !strcmp(s + 3, "network"))
			*ret = true;
	}
	kn_strv_done(&names);
	return 0;
}

/* Masked: its name in /etc is a link to /dev/null (systemctl(1)), which inside a root is
 * told by its text alone. */
static bool is_masked(struct kn_root *root, const char *unit)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/etc/systemd/system/%s", unit);
	/* a unit file of the admin's own resolves to a regular file, a mask does not */
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored;
	bool present = false;
	return kn_root_has_name(root, path) &&
	       (kn_root_read(root, path, KN_FILE_MAX, &text, &present, &ignored) < 0 || !present);
}

/* Enabled by systemd's own link (openEuler) or by a SysV run level, which systemd's generator
 * turns into a unit (RHEL 7 and 8). */
static int probe_scripts(struct kn_root *root, struct kn_host *host, struct kn_error *err)
{
	static const char *const levels[] = {"/etc/rc.d/rc3.d", "/etc/rc.d/rc5.d", "/etc/rc3.d",
					     "/etc/rc5.d"};
	bool rc_link = false;

	host->has_scripts = kn_root_exists(root, SCRIPTS "/network-functions") ||
			    (kn_root_exists(root, "/etc/init.d/functions") &&
			     kn_root_exists(root, SCRIPTS "/ifup-eth"));
	host->scripts_seconds = host->has_scripts && takes_seconds(root);
	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++)
		if (has_rc_link(root, levels[i], &rc_link, err) < 0)
			return -1;
	host->scripts_enabled = (rc_link || kn_root_has_name(root, WANTS "network.service")) &&
				!is_masked(root, "network.service");
	return 0;
}

/* The plugin in @base itself (RHEL 6) or in a directory of its version below. */
static int probe_plugin_in(struct kn_root *root, const char *base, bool *ret, struct kn_error *err)
{
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_strv names = {0};
	bool exists;

	if (kn_root_list(root, base, &names, &exists, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n && !*ret; i++) {
		if (!strcmp(names.v[i], NM_PLUGIN))
			*ret = true;
		path.len = 0;
		kn_buf_printf(&path, "%s/%s/%s", base, names.v[i], NM_PLUGIN);
		if (!path.failed && kn_root_exists(root, path.data))
			*ret = true;
	}
	kn_strv_done(&names);
	return kn_buf_check(&path, err);
}

/* /usr/lib*, which covers lib, lib64, lib32. */
static int probe_plugin(struct kn_root *root, bool *ret, struct kn_error *err)
{
	struct kn_buf base KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_strv names = {0};
	bool exists;
	int rc = kn_root_list(root, "/usr", &names, &exists, err);

	for (size_t i = 0; rc == 0 && i < names.n && !*ret; i++) {
		if (strncmp(names.v[i], "lib", 3) != 0)
			continue;
		base.len = 0;
		kn_buf_printf(&base, "/usr/%s/NetworkManager", names.v[i]);
		rc = kn_buf_check(&base, err);
		if (rc == 0)
			rc = probe_plugin_in(root, kn_buf_str(&base), ret, err);
	}
	kn_strv_done(&names);
	return rc;
}

/* Three looks under /run; processes only where one of them says yes. */
static void probe_running(struct kn_host *host)
{
	host->nm_running = kn_daemon_runs(&kn_daemon_nm);
	host->resolved_running = kn_daemon_runs(&kn_daemon_resolved);
}

int kn_host_probe(struct kn_root *root, bool live, struct kn_host *ret, struct kn_error *err)
{
	struct kn_host host = {0};

	if (probe_scripts(root, &host, err) < 0 || probe_plugin(root, &host.has_nm_plugin, err) < 0)
		return -1;
	host.nm_enabled = kn_root_has_name(root, WANTS "NetworkManager.service") &&
			  !is_masked(root, "NetworkManager.service");
	if (live && kn_root_is_host(root))
		probe_running(&host);
	*ret = host;
	return 0;
}

int kn_host_seed(struct kn_root *root, uint64_t *ret, struct kn_error *err)
{
	struct kn_buf id KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool present;

	if (kn_root_read(root, "/etc/machine-id", 256, &id, &present, err) < 0)
		return -1;
	/* "uninitialized" in an image that has not booted yet is no identity */
	*ret = present && id.len >= 32 ? kn_hash64(id.data, id.len) : 0;
	return 0;
}
