/* Private to sys: the pieces of finding and moving a DHCP client. The functions of dhcp_args.c are
 * pure (words and bytes in, words and bytes out), the others have effects. Layer: sys. */
#ifndef KVMNET_SYS_DHCP_H
#define KVMNET_SYS_DHCP_H

#include <sys/types.h>

#include "sys/sys.h"

/* Where the adapted script lives; the second place is for hosts whose AppArmor profile allows
 * dhclient only scripts of certain names.
 * Source: Debian isc-dhcp-client, /etc/apparmor.d/sbin.dhclient ("/etc/dhcp/dhclient-script Uxr").
 */
#define KN_DHCP_SCRIPT		KN_STATE_DIR "/dhclient-script"
#define KN_DHCP_SCRIPT_CONFINED "/etc/dhcp/dhclient-script"
#define KN_DHCP_SCRIPT_ENV	"KVMNET_SCRIPT="

/* ---- dhcp_args.c: pure ---- */

/* What the words of a dhclient command line say. Pointers are borrowed from the words. */
struct kn_dhclient_args {
	size_t n_ifs;	    /* interfaces named */
	const char *lease;  /* -lf, or NULL */
	const char *pid;    /* -pf, or NULL */
	const char *script; /* the distribution's script: -sf, or the one behind ours; or NULL */
	bool ipv6;	    /* -6, or an option that implies it */
	bool foreground;    /* -d: somebody supervises it */
	bool one_off;	    /* -r, -x, --version...: no client that stays */
};

/* Reads a command line (with argv[0]). Source: dhclient(8), ISC 4.4.3 and RHEL's 4.2.5. */
void kn_dhclient_parse(const struct kn_strv *argv, struct kn_dhclient_args *ret);
/* Does the command line name @name as an interface? */
bool kn_dhclient_names(const struct kn_strv *argv, const char *name);
/* Does the command line of dhcpcd or udhcpc name @name? */
bool kn_dhcp_other_names(const struct kn_strv *argv, const char *name);

/* Where a client's files are on this kind of host. */
struct kn_dhcp_paths {
	char *lease; /* owned */
	char *pid;   /* owned */
};
void kn_dhcp_paths_done(struct kn_dhcp_paths *paths);
/* The names that the distribution's ifup gives them. @rhel: /var/lib/dhclient is there.
 * Source: initscripts network-functions generate_lease_file_name(); ifupdown inet.defn.
 * Return: 0; -1 with KN_ERR_NOMEM. */
int kn_dhcp_paths_default(bool rhel, bool ipv6, const struct kn_ifname *dev,
			  struct kn_dhcp_paths *ret, struct kn_error *err) KN_NODISCARD;
/* @path with the word @from of its file name replaced by @to: dhclient-eth0.leases becomes
 * dhclient-br0.leases. *ret = NULL when @from is no word of the name. Return: 0; -1 NOMEM. */
int kn_dhcp_path_rename(const char *path, const struct kn_ifname *from, const struct kn_ifname *to,
			char **ret, struct kn_error *err) KN_NODISCARD;
/* Appends a lease file to *ret with `interface "from";` and `interface "to";` exchanged: leases of
 * @to's own past must not be taken up. All other bytes are kept. */
void kn_dhcp_lease_rename(const char *text, size_t len, const struct kn_ifname *from,
			  const struct kn_ifname *to, struct kn_buf *ret);

/* How a client is to be started. */
struct kn_dhcp_start {
	const struct kn_ifname *dev;
	const char *lease, *pid;    /* files to use */
	const char *adapted_script; /* ours, or NULL = the distribution's alone */
};
/* The command line to start the client of @old again as @start says: same words, but the
 * interface, the files and the script; in the background at once, and without giving up.
 * @old with argv[0] alone is a plain start. Return: 0, *ret new; -1 with KN_ERR_NOMEM. */
int kn_dhclient_build(const struct kn_strv *old, const struct kn_dhcp_start *start,
		      struct kn_strv *ret, struct kn_error *err) KN_NODISCARD;

/* ---- dhcp_find.c ---- */

/* Is @client still the process that was found: same program, words, namespace, user? */
bool kn_dhcp_still(const struct kn_dhcp_client *client);

/* ---- dhcp_script.c ---- */

/* The adapted script's text; static. */
const char *kn_dhcp_script_text(void);
/* Installs it where dhclient may run it. @old_pid: the client now running, whose confinement
 * counts, 0 = none. *ret: static path, or NULL when no place will do (the distribution's script is
 * then used alone). Return: 0; -1. */
int kn_dhcp_script_install(int old_pid, const char **ret, struct kn_error *err) KN_NODISCARD;
/* Writes a whole file: temporary name, mode, security label of @like (or NULL), fsync, rename.
 * Return: 0; -1 with KN_ERR_SYSTEM, the old file untouched. */
int kn_dhcp_write(const char *path, const struct kn_buf *text, mode_t mode, const char *like,
		  struct kn_error *err) KN_NODISCARD;

/* ---- dhcp_proc.c ---- */

/* Ends a client at once, so that it runs no script and sends no release, and waits for its end.
 * Not running any more is fine. Return: 0; -1 when it changed identity or does not end. */
int kn_dhcp_kill(const struct kn_dhcp_client *client, struct kn_error *err) KN_NODISCARD;
/* Starts @exe and waits until it has gone into the background. Return: 0; -1. */
int kn_dhcp_spawn(const char *exe, const struct kn_strv *argv, struct kn_error *err) KN_NODISCARD;

#endif
