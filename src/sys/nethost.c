/* What libvirt's networks need of the host besides links and addresses: forwarding, dnsmasq.
 * Layer: sys, effects (reads only). */
#include <stdio.h>
#include <string.h>

#include "kvmnet/num.h"
#include "sys/netfiles.h"

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

/* Source: libvirt's src/network/bridge_driver.c: its pid file for dnsmasq. */
static enum kn_tri dnsmasq_of(struct kn_root *root, const char *name)
{
	char path[512], word[16];
	uint32_t pid;
	int n = snprintf(path, sizeof(path), "/run/libvirt/network/%s.pid", name);

	if (n < 0 || (size_t)n >= sizeof(path) || strchr(name, '/'))
		return KN_UNSET;
	read_word(root, path, word, sizeof(word));
	if (!kn_num_is(word, INT32_MAX, &pid))
		return KN_NO;
	(void)snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	read_word(root, path, word, sizeof(word));
	return strcmp(word, "dnsmasq") ? KN_NO : KN_YES;
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
