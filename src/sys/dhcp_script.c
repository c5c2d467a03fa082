/* The script that a moved dhclient runs instead of the distribution's: it leaves an address that is
 * there already in place, and hands everything else on. And the writing of such files.
 * Layer: sys, effects. */
#include "sys/dhcp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sys/priv.h"

#define MARK "# kvmnet: dhclient-script for a client that takes over a running lease"

/* What the distributions' scripts would do at the start of a client (PREINIT, then REBOOT when the
 * server confirms the recorded lease, BOUND when it was asked anew, TIMEOUT when it is silent):
 * Debian 12 and RHEL 7 add the address, which fails because it is there, so that its lifetime is
 * not renewed and it may run out before the first renewal; they set a default route, with another
 * metric than the one that was moved; on TIMEOUT they flush the interface when a ping fails;
 * upstream's flushes on PREINIT, both on PREINIT6. RENEW, EXPIRE and all the rest are theirs.
 * Source: isc-dhcp-client 4.4.3-P1-2 /sbin/dhclient-script; CentOS 7 dhcp-4.2.5 dhclient-script. */
static const char script_text[] =
	"#!/bin/sh\n" MARK "\n"
	"# Run by dhclient as root; reason, interface and the lease are in the environment.\n"
	"# shellcheck disable=SC2154\n"
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
	"distribution=${KVMNET_SCRIPT:-/sbin/dhclient-script}\n"
	"\n"
	"# Only what an address or a number is made of; everything else is not ours to handle.\n"
	"is_made_of() {\n"
	"\tcase $2 in\n"
	"\t'' | -* | *[!$1]*) return 1 ;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"# family address valid preferred: renews the lifetimes of an address that is there.\n"
	"keep_address() {\n"
	"\tis_made_of 0-9a-fA-F.: \"$2\" && is_made_of 0-9 \"$3\" && is_made_of 0-9 \"$4\" || "
	"return 1\n"
	"\tfamily=$1 address=$2 valid=$3 preferred=$4 length='' options=''\n"
	"\tset -f\n"
	"\t# shellcheck disable=SC2046 # the words are wanted\n"
	"\tset -- $(ip \"$family\" -o addr show dev \"$interface\" to \"$address\" 2>/dev/null)\n"
	"\twhile [ $# -gt 0 ]; do\n"
	"\t\tcase $1 in\n"
	"\t\t\"$address\"/*) length=${1##*/} ;;\n"
	"\t\tmetric) options=\"$options metric $2\" ;;\n"
	"\t\tnoprefixroute) options=\"$options noprefixroute\" ;;\n"
	"\t\tesac\n"
	"\t\tshift\n"
	"\tdone\n"
	"\t[ -n \"$length\" ] || return 1\n"
	"\t# shellcheck disable=SC2086 # several words\n"
	"\tip \"$family\" addr change \"$address/$length\" dev \"$interface\" \\\n"
	"\t\tvalid_lft \"$valid\" preferred_lft \"$preferred\" $options\n"
	"}\n"
	"\n"
	"case $reason in\n"
	"PREINIT | PREINIT6)\n"
	"\texec ip link set dev \"$interface\" up\n"
	"\t;;\n"
	"BOUND | REBOOT)\n"
	"\tif [ \"${old_ip_address:-$new_ip_address}\" = \"$new_ip_address\" ] &&\n"
	"\t\tkeep_address -4 \"$new_ip_address\" \"$new_dhcp_lease_time\" "
	"\"$new_dhcp_lease_time\"; then\n"
	"\t\texit 0\n"
	"\tfi\n"
	"\t;;\n"
	"BOUND6 | REBIND6)\n"
	"\tif keep_address -6 \"$new_ip6_address\" \"$new_max_life\" \"$new_preferred_life\"; "
	"then\n"
	"\t\texit 0\n"
	"\tfi\n"
	"\t;;\n"
	"TIMEOUT)\n"
	"\t# The server is silent, the recorded lease still runs: keep on, as the old client did.\n"
	"\tif is_made_of 0-9. \"$new_ip_address\" && [ -n \"$(ip -4 -o addr show dev "
	"\"$interface\" \\\n"
	"\t\tto \"$new_ip_address\" 2>/dev/null)\" ]; then\n"
	"\t\texit 0\n"
	"\tfi\n"
	"\t;;\n"
	"esac\n"
	"exec \"$distribution\"\n";

const char *kn_dhcp_script_text(void)
{
	return script_text;
}

/* ---- writing ---- */

/* Where SELinux confines dhclient, it may only run or write what carries the right label. Hosts
 * without SELinux have none to copy, and a label that cannot be set shows when it is used. */
static void copy_label(int fd, const char *like)
{
	char label[256];
	ssize_t n = like ? getxattr(like, "security.selinux", label, sizeof(label)) : -1;

	if (n > 0 && fsetxattr(fd, "security.selinux", label, (size_t)n, 0) < 0)
		return;
}

static int write_tmp(const char *tmp, const struct kn_buf *text, mode_t mode, const char *like)
{
	int fd;

	/* A rest of an earlier death; the directory is root's. */
	if (unlink(tmp) < 0 && errno != ENOENT)
		return -1;
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	copy_label(fd, like);
	if (kn_fd_write(fd, kn_buf_str(text), text->len) < 0 || fchmod(fd, mode) < 0 ||
	    fsync(fd) < 0) {
		int saved = errno;

		(void)close(fd);
		errno = saved;
		return -1;
	}
	return close(fd);
}

int kn_dhcp_write(const char *path, const struct kn_buf *text, mode_t mode, const char *like,
		  struct kn_error *err)
{
	struct kn_buf tmp KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	kn_buf_put(&tmp, path, (size_t)(name - path));
	kn_buf_printf(&tmp, ".%s.kvmnet~", name);
	if (kn_buf_check(&tmp, err) < 0 || kn_buf_check(text, err) < 0)
		return -1;
	if (write_tmp(kn_buf_str(&tmp), text, mode, like) < 0 ||
	    rename(kn_buf_str(&tmp), path) < 0) {
		int saved = errno;

		(void)unlink(kn_buf_str(&tmp));
		return kn_sys_fail(err, saved, "write", path);
	}
	return 0;
}

/* ---- installing ---- */

/* Source: apparmor(7): /proc/PID/attr/current reads "PROFILE (enforce)" for a confined process. */
static bool is_confined(int pid)
{
	char path[64], mode[256];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/attr/current", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, mode, sizeof(mode) - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	mode[n] = '\0';
	return strstr(mode, "(enforce)") != NULL;
}

/* Somebody's own script under that name is not ours to replace. */
static bool is_foreign(const char *path)
{
	char head[sizeof(MARK) + 16] = "";
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return errno != ENOENT;
	n = read(fd, head, sizeof(head) - 1);
	(void)close(fd);
	return n <= 0 || !strstr(head, MARK);
}

int kn_dhcp_script_install(int old_pid, const char **ret, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *path = KN_DHCP_SCRIPT;

	if (old_pid > 0 && is_confined(old_pid))
		path = KN_DHCP_SCRIPT_CONFINED;
	else if (mkdir(KN_STATE_DIR, 0700) < 0 && errno != EEXIST)
		return kn_sys_fail(err, errno, "make", KN_STATE_DIR);
	if (is_foreign(path)) {
		*ret = NULL;
		return 0;
	}
	kn_buf_puts(&text, script_text);
	if (kn_dhcp_write(path, &text, 0755, "/sbin/dhclient-script", err) < 0)
		return -1;
	/* False on a filesystem mounted noexec. */
	*ret = access(path, X_OK) == 0 ? path : NULL;
	return 0;
}
