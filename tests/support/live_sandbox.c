/* Namespaces for tests of the live layer, and a snapshot as comparable text. */
#include "live_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 64

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t put = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return put == (ssize_t)strlen(text) ? 0 : -1;
}

static int become_root(void)
{
	char map[64];
	unsigned int uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWUSER) < 0 || write_file("/proc/self/setgroups", "deny") < 0)
		return -1;
	(void)snprintf(map, sizeof(map), "0 %u 1", uid);
	if (write_file("/proc/self/uid_map", map) < 0)
		return -1;
	(void)snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_file("/proc/self/gid_map", map);
}

int sandbox_enter(void)
{
	if (geteuid() != 0 && become_root() < 0)
		return -1;
	if (unshare(CLONE_NEWNS) < 0)
		return -1;
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int sandbox_new_net(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		return -1;
	/* sysfs shows the network of whoever mounted it. The previous one's mount goes first. */
	(void)umount2("/sys", MNT_DETACH);
	if (mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return -1;
	return sandbox_ip("link set lo up");
}

static int start_ip(const char *words, int out)
{
	char text[512], *argv[MAX_WORDS + 2] = {"ip"}, *rest = text;
	int n = 1;

	if (strlen(words) >= sizeof(text))
		return -1;
	memcpy(text, words, strlen(words) + 1);
	for (char *word = strsep(&rest, " "); word && n <= MAX_WORDS; word = strsep(&rest, " "))
		argv[n++] = word;
	pid_t pid = fork();
	if (pid == 0) {
		if (out >= 0)
			dup2(out, 1);
		execvp("ip", argv);
		_exit(127);
	}
	return pid;
}

static int wait_ip(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int sandbox_ip(const char *words)
{
	return wait_ip(start_ip(words, -1));
}

int sandbox_ip_read(const char *words, char *ret, size_t size)
{
	int fds[2];
	size_t used = 0;
	ssize_t got;

	if (pipe(fds) < 0)
		return -1;
	pid_t pid = start_ip(words, fds[1]);
	close(fds[1]);
	while (used + 1 < size && (got = read(fds[0], ret + used, size - 1 - used)) > 0)
		used += (size_t)got;
	ret[used] = '\0';
	close(fds[0]);
	return wait_ip(pid);
}

static void put_opts(const struct kn_opts *opts, struct kn_buf *ret)
{
	for (unsigned int i = 0; i < KN_OPTS_MAX; i++)
		if (kn_opts_has(opts, i))
			kn_buf_printf(ret, " %u=%u", i, opts->val[i]);
}

static void put_link(const struct kn_link *link, struct kn_buf *ret)
{
	char mac[KN_MAC_STRLEN];

	kn_buf_printf(ret, "link %s kind %d %s up %d mtu %u", link->name.s, link->kind,
		      link->kind_word, (link->flags & IFF_UP) != 0, link->mtu);
	kn_buf_printf(ret, " mac %s master %s group %u gen %u", kn_mac_fmt(&link->mac, mac),
		      link->master.s, link->group, link->addr_gen_mode);
	kn_buf_printf(ret, " no6 %d rp %u ra %u opts", link->disable_ipv6, link->rp_filter,
		      link->accept_ra);
	put_opts(&link->opts, ret);
	kn_buf_puts(ret, " port");
	put_opts(&link->port_opts, ret);
	kn_buf_putc(ret, '\n');
}

static void put_addr(const struct kn_laddr *addr, struct kn_buf *ret)
{
	char ip[KN_CIDR_STRLEN];

	kn_buf_printf(ret, "addr %s %s", addr->dev.s, kn_cidr_fmt(&addr->addr, ip));
	kn_buf_printf(ret, " peer %s", kn_ip_fmt(&addr->peer, ip));
	kn_buf_printf(ret, " brd %s label %s flags %#x scope %u proto %u",
		      kn_ip_fmt(&addr->broadcast, ip), addr->label, addr->flags, addr->scope,
		      addr->proto);
	kn_buf_printf(ret, " forever %d metric %d %u\n", addr->valid_s == UINT32_MAX,
		      addr->has_metric, addr->metric);
}

static void put_route(const struct kn_route *route, struct kn_buf *ret)
{
	char ip[KN_CIDR_STRLEN];

	kn_buf_printf(ret, "route %s dev %s", kn_cidr_fmt(&route->dst, ip), route->dev.s);
	kn_buf_printf(ret, " via %s", kn_ip_fmt(&route->gateway, ip));
	kn_buf_printf(ret, " src %s onlink %d metric %d %u table %u", kn_ip_fmt(&route->src, ip),
		      route->onlink, route->has_metric, route->metric, route->table);
	kn_buf_printf(ret, " nhid %u expires %d type %u scope %u proto %u tos %u pref %u",
		      route->nhid, route->expires_s != 0, route->type, route->scope, route->proto,
		      route->tos, route->pref);
	kn_buf_printf(ret, " multipath %d odd %d", route->multipath, route->odd);
	for (size_t i = 0; i < route->n_legs; i++)
		kn_buf_printf(ret, " leg %s %s onlink %d hops %u",
			      kn_ip_fmt(&route->legs[i].gateway, ip), route->legs[i].dev.s,
			      route->legs[i].onlink, route->legs[i].hops);
	kn_buf_puts(ret, " metrics");
	for (size_t i = 0; i < route->metrics_len; i++)
		kn_buf_printf(ret, " %02x", route->metrics[i]);
	kn_buf_putc(ret, '\n');
}

static void put_neigh(const struct kn_neigh *neigh, struct kn_buf *ret)
{
	char ip[KN_IP_STRLEN], mac[KN_MAC_STRLEN];

	kn_buf_printf(ret, "neigh %s %s %s state %u flags %u\n", neigh->dev.s,
		      kn_ip_fmt(&neigh->dst, ip), kn_mac_fmt(&neigh->mac, mac), neigh->state,
		      neigh->flags);
}

static void put_nexthop(const struct kn_nexthop *nexthop, struct kn_buf *ret)
{
	char ip[KN_IP_STRLEN];

	kn_buf_printf(ret, "nexthop %u via %s dev %s onlink %d proto %u encap %u\n", nexthop->id,
		      kn_ip_fmt(&nexthop->gateway, ip), nexthop->dev.s, nexthop->onlink,
		      nexthop->proto, nexthop->encap_len);
}

static void put_rule(const struct kn_rule *rule, struct kn_buf *ret)
{
	kn_buf_printf(ret, "rule %u family %u iif %s oif %s table %u", rule->priority, rule->family,
		      rule->iif.s, rule->oif.s, rule->table);
	for (size_t i = 0; i < rule->raw_len; i++)
		kn_buf_printf(ret, " %02x", rule->raw[i]);
	kn_buf_putc(ret, '\n');
}

void sandbox_describe(const struct kn_facts *facts, struct kn_buf *ret)
{
	for (size_t i = 0; i < facts->n_links; i++)
		put_link(&facts->links[i], ret);
	for (size_t i = 0; i < facts->n_addrs; i++)
		put_addr(&facts->addrs[i], ret);
	for (size_t i = 0; i < facts->routes.n; i++)
		put_route(&facts->routes.v[i], ret);
	for (size_t i = 0; i < facts->n_neighs; i++)
		put_neigh(&facts->neighs[i], ret);
	for (size_t i = 0; i < facts->n_nexthops; i++)
		put_nexthop(&facts->nexthops[i], ret);
	for (size_t i = 0; i < facts->n_rules; i++)
		put_rule(&facts->rules[i], ret);
}
