/* What libvirt's networks need of the host besides links and addresses: forwarding, dnsmasq;
 * and the end of a dnsmasq that a dead daemon left. Layer: sys, effects. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "kvmnet/num.h"
#include "sys/netfiles.h"
#include "sys/priv.h"

/* A small file's first word; "" when it cannot be read. */
static void read_word(struct kn_root *root, const char *path, char *ret, size_t size)
{
	struct kn_buf data KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored = {0};
	bool present;
	size_t len;

	ret[0] = '\0';
	if (kn_root_read(root, path, 4096, &data, &present, &ignored) < 0 || !present)
		return;
	len = strcspn(kn_buf_str(&data), " \n");
	if (len < size) {
		memcpy(ret, kn_buf_str(&data), len);
		ret[len] = '\0';
	}
}

static enum kn_tri read_switch(struct kn_root *root, const char *path)
{
	char word[16];

	read_word(root, path, word, sizeof(word));
	if (!word[0])
		return KN_UNSET;
	return strcmp(word, "0") ? KN_YES : KN_NO;
}

/* The process that libvirt knows as the network's dnsmasq, whatever it is now; 0 = none.
 * Source: libvirt's src/network/bridge_driver.c: its pid file for dnsmasq. */
static uint32_t pid_of(struct kn_root *root, const char *name)
{
	char path[512], word[16];
	uint32_t pid;
	int n = snprintf(path, sizeof(path), "/run/libvirt/network/%s.pid", name);

	if (n < 0 || (size_t)n >= sizeof(path) || strchr(name, '/'))
		return 0;
	read_word(root, path, word, sizeof(word));
	return kn_num_is(word, INT32_MAX, &pid) ? pid : 0;
}

static bool is_dnsmasq(struct kn_root *root, uint32_t pid)
{
	char path[64], word[16];

	(void)snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	read_word(root, path, word, sizeof(word));
	return !strcmp(word, "dnsmasq");
}

/* Source: as above, networkBuildDhcpDaemonCommandLine(): the first word behind the program. */
static bool serves(struct kn_root *root, uint32_t pid, const char *name)
{
	struct kn_buf words KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored = {0};
	char path[64], wanted[512];
	bool present;
	int n = snprintf(wanted, sizeof(wanted), "--conf-file=/var/lib/libvirt/dnsmasq/%s.conf",
			 name);

	(void)snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	if (n < 0 || (size_t)n >= sizeof(wanted) ||
	    kn_root_read(root, path, 65536, &words, &present, &ignored) < 0 || !present)
		return false;
	for (size_t at = 0; at < words.len; at += strlen(words.data + at) + 1)
		if (!strcmp(words.data + at, wanted))
			return true;
	return false;
}

static enum kn_tri dnsmasq_of(struct kn_root *root, const char *name)
{
	uint32_t pid = pid_of(root, name);

	return pid && is_dnsmasq(root, pid) ? KN_YES : KN_NO;
}

void kn_nethost_probe(struct kn_root *root, struct kn_vnets *nets)
{
	if (!kn_root_is_host(root))
		return;
	nets->forward4 = read_switch(root, "/proc/sys/net/ipv4/ip_forward");
	nets->forward6 = read_switch(root, "/proc/sys/net/ipv6/conf/all/forwarding");
	for (size_t i = 0; i < nets->n; i++)
		if (nets->v[i].active)
			nets->v[i].dnsmasq = dnsmasq_of(root, nets->v[i].name);
}

/* The file outlives its process, and numbers are used again: only a dnsmasq that reads this
 * network's own configuration counts. */
static bool is_left(struct kn_root *root, uint32_t pid, const char *name)
{
	return pid > 1 && is_dnsmasq(root, pid) && serves(root, pid, name);
}

void kn_nethost_left(struct kn_root *root, struct kn_vnets *nets)
{
	if (!kn_root_is_host(root))
		return;
	for (size_t i = 0; i < nets->n; i++) {
		uint32_t pid = nets->v[i].active ? 0 : pid_of(root, nets->v[i].name);

		if (is_left(root, pid, nets->v[i].name))
			nets->v[i].left_pid = (int32_t)pid;
	}
}

struct left {
	struct kn_root *root;
	const struct kn_op *op;
};

static bool still_left(const void *arg)
{
	const struct left *left = arg;

	return is_left(left->root, (uint32_t)left->op->net.pid, left->op->net.name);
}

int kn_nethost_end(struct kn_root *root, const struct kn_op *op, struct kn_error *err)
{
	struct left left = {root, op};
	int pid = op->net.pid, code = kn_process_end(pid, SIGTERM, still_left, &left);

	if (code == 0)
		return 0;
	kn_fail(err, code == EPERM ? KN_ERR_PRIVILEGE : KN_ERR_SYSTEM, code == ETIMEDOUT ? 0 : code,
		code == ETIMEDOUT ? "a dnsmasq left over by libvirtd (process %d) does not end"
				  : "cannot end a dnsmasq left over by libvirtd (process %d)",
		pid);
	return kn_hint(err, "kill -9 %d, then the same command again", pid);
}
