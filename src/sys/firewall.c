/* Which firewall rules name a link: asked of the host's own programs, and only where the kernel has
 * rules at all. Best effort: what cannot be asked is not known.
 * Layer: sys, effects (reads; starts programs that print). */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/priv.h"
#include "sys/sys.h"
#include "sys/journal.h"

#define OUTPUT_MAX (1 << 20)
#define TIMEOUT_MS 2000
/* linux/netfilter/nfnetlink.h, nf_tables.h: ABI, and not in every build host's headers. */
#define SUBSYS_NFTABLES 10
#define GET_TABLE	1
#define NEW_TABLE	0

/* The old tables of iptables: named here when they exist in this network namespace. */
static bool has_legacy(const char *proc)
{
	int fd KN_CLEANUP(kn_closep) = open(proc, O_RDONLY | O_CLOEXEC);
	char byte;

	return fd >= 0 && read(fd, &byte, 1) == 1;
}

/* Does the kernel have a table of nf_tables for this network namespace? */
static bool has_table(int fd)
{
	struct {
		struct nlmsghdr hdr;
		struct {
			uint8_t family, version;
			uint16_t res_id;
		} gen;
	} ask = {.hdr = {.nlmsg_len = sizeof(ask),
			 .nlmsg_type = SUBSYS_NFTABLES << 8 | GET_TABLE,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	struct timeval timeout = {.tv_usec = 200000};
	struct {
		struct nlmsghdr hdr;
		char rest[8192];
	} answer;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    send(fd, &ask, sizeof(ask), 0) < 0)
		return false;
	ssize_t n = recv(fd, &answer, sizeof(answer), 0);
	return n >= (ssize_t)sizeof(answer.hdr) &&
	       answer.hdr.nlmsg_type == (SUBSYS_NFTABLES << 8 | NEW_TABLE);
}

/* The question must not load the module: a kernel that has modules, but not this one, has no
 * tables. */
static bool has_modern(void)
{
	if (access("/sys/module/nf_tables", F_OK) < 0 && access("/proc/modules", F_OK) == 0)
		return false;
	int fd KN_CLEANUP(kn_closep) =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	return fd >= 0 && has_table(fd);
}

static const char *find(const char *const *paths)
{
	for (; *paths; paths++)
		if (access(*paths, X_OK) == 0)
			return *paths;
	return NULL;
}

static int spawn(const char *exe, char *const *argv, int out, pid_t *ret)
{
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LC_ALL=C";
	char *const env[] = {path, lang, NULL};
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	(void)sigemptyset(&none);
	if (posix_spawn_file_actions_init(&fa) != 0)
		return -1;
	if (posix_spawnattr_init(&attr) != 0) {
		(void)posix_spawn_file_actions_destroy(&fa);
		return -1;
	}
	r = posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&fa, out, 1);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	if (r == 0)
		r = posix_spawnattr_setsigmask(&attr, &none);
	if (r == 0)
		r = posix_spawn(ret, exe, &fa, &attr, argv, env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&fa);
	return r == 0 ? 0 : -1;
}

/* Reads to the end, to the limit or to the deadline. Return: true at the end. */
static bool read_all(int fd, struct kn_buf *ret)
{
	int64_t deadline = kn_monotonic_ms() + TIMEOUT_MS;
	char chunk[4096];

	while (ret->len < OUTPUT_MAX) {
		struct pollfd pfd = {.fd = fd, .events = POLLIN};
		int64_t left = deadline - kn_monotonic_ms();

		if (left <= 0 || poll(&pfd, 1, (int)left) <= 0)
			return false;
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			return n == 0;
		kn_buf_put(ret, chunk, (size_t)n);
	}
	return false;
}

/* What a program prints, when it ends well. A NUL byte in it ends the text: nobody prints one. */
static bool capture(const char *exe, const char *const *words, struct kn_buf *ret)
{
	char *argv[4] = {(char *)(uintptr_t)exe};
	int ends[2], status = 0;
	pid_t pid;

	for (size_t i = 0; words[i] && i < 2; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	int r = spawn(exe, argv, ends[1], &pid);
	close(ends[1]);
	bool whole = r == 0 && read_all(ends[0], ret);
	close(ends[0]);
	if (r < 0)
		return false;
	status = kn_process_reap(pid, whole ? kn_monotonic_ms() + TIMEOUT_MS : 0);
	return whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int take_save(const char *const *paths, const char *program, const struct kn_names *names,
		     struct kn_facts *facts, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *exe = find(paths), *const none[] = {NULL};

	if (!exe || !capture(exe, none, &text))
		return 0;
	return kn_facts_take_save(kn_buf_str(&text), program, names, facts, err);
}

/* nft shows what iptables has put into nf_tables, too; without it iptables shows its own. */
int kn_firewall_probe(const struct kn_names *names, struct kn_facts *facts, struct kn_error *err)
{
	static const char *const nft[] = {"/usr/sbin/nft", "/sbin/nft", NULL};
	static const char *const save4[] = {"/usr/sbin/iptables-save", "/sbin/iptables-save", NULL};
	static const char *const save6[] = {"/usr/sbin/ip6tables-save", "/sbin/ip6tables-save",
					    NULL};
	static const char *const list[] = {"list", "ruleset", NULL};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool modern = has_modern();
	const char *exe = modern ? find(nft) : NULL;

	if (exe && capture(exe, list, &text) &&
	    kn_facts_take_nft(kn_buf_str(&text), names, facts, err) < 0)
		return -1;
	if (((modern && !exe) || has_legacy("/proc/net/ip_tables_names")) &&
	    take_save(save4, "iptables", names, facts, err) < 0)
		return -1;
	if (((modern && !exe) || has_legacy("/proc/net/ip6_tables_names")) &&
	    take_save(save6, "ip6tables", names, facts, err) < 0)
		return -1;
	return 0;
}

static bool save_text(const char *const *paths, struct kn_buf *ret)
{
	const char *exe = find(paths), *const none[] = {NULL};

	return !exe || capture(exe, none, ret);
}

/* iptables' own view is asked for as well where the kernel has any table: nft cannot print every
 * match of iptables. A table that only nft made, without nft to print it, is not known. */
bool kn_firewall_text(struct kn_buf *nft, struct kn_buf *save4, struct kn_buf *save6)
{
	static const char *const exe[] = {"/usr/sbin/nft", "/sbin/nft", NULL};
	static const char *const exe4[] = {"/usr/sbin/iptables-save", "/sbin/iptables-save", NULL};
	static const char *const exe6[] = {"/usr/sbin/ip6tables-save", "/sbin/ip6tables-save",
					   NULL};
	static const char *const list[] = {"list", "ruleset", NULL};
	bool modern = has_modern();

	if (geteuid() != 0)
		return false;
	if (modern && find(exe) && !capture(find(exe), list, nft))
		return false;
	if (!modern && !has_legacy("/proc/net/ip_tables_names") &&
	    !has_legacy("/proc/net/ip6_tables_names"))
		return true;
	if (modern && !find(exe) && !find(exe4))
		return false;
	return save_text(exe4, save4) && save_text(exe6, save6);
}
