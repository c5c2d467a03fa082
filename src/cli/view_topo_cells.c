/* What `kvmnet show` says of one link: its addresses, and what is attached to it.
 * Layer: cli, pure. */
#include <linux/if.h>
#include <string.h>

#include "cli/view_text.h"
#include "cli/view_topo.h"
#include "cli/view_unread.h"
#include "kvmnet/text.h"

enum {
	ADDR_LINES = 4, /* of one link: a host with hundreds of addresses is not a tree any more */
	GUEST_WIDTH = 12, /* names up to here align what follows */
};

static int add_line(struct kn_strv *lines, struct kn_buf *line, struct kn_error *err)
{
	if (kn_buf_check(line, err) < 0)
		return -1;
	if (!line->len)
		return 0;
	int r = kn_strv_add(lines, kn_buf_str(line), err);
	line->len = 0;
	return r;
}

/* What the files say, for a link that is not there. */
static int file_addrs(const struct kn_conf *conf, struct kn_strv *lines, struct kn_error *err)
{
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < conf->ip.addrs.n && i < ADDR_LINES; i++)
		if (kn_strv_add(lines, kn_cidr_fmt(&conf->ip.addrs.v[i], text), err) < 0)
			return -1;
	return conf->ip.dhcp4 ? kn_strv_add(lines, "dhcp", err) : 0;
}

/* Which of @parent's addresses is of the same network as @ip: what they share need not be said. */
static bool is_near(const struct kn_topo_node *parent, const struct kn_ip *ip)
{
	for (size_t i = 0; i < parent->n_addrs; i++)
		if (parent->addrs[i]->addr.prefix_len >= 16 && ip->family == KN_IPV4 &&
		    kn_cidr_has(&parent->addrs[i]->addr, ip))
			return true;
	return false;
}

/* ".130.101 (lease)" behind a bridge that has 192.168.130.1/24. */
static int lease_lines(const struct kn_topo *topo, const struct kn_topo_node *node,
		       struct kn_strv *lines, struct kn_error *err)
{
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char text[KN_IP_STRLEN];

	for (size_t i = 0; i < node->n_leases && lines->n < ADDR_LINES; i++) {
		const struct kn_ip *ip = &node->leases[i].ip;
		bool near = node->parent != KN_TOPO_TOP && is_near(&topo->v[node->parent], ip);

		if (near)
			kn_buf_printf(&line, ".%u.%u (lease)", ip->b[2], ip->b[3]);
		else
			kn_buf_printf(&line, "%s (lease)", kn_ip_fmt(ip, text));
		if (add_line(lines, &line, err) < 0)
			return -1;
	}
	return 0;
}

/* Link-local addresses are on every link and say nothing. */
static int own_lines(const struct kn_topo_node *node, struct kn_strv *lines, struct kn_error *err)
{
	struct kn_buf more KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char text[KN_CIDR_STRLEN];
	size_t left = 0;

	if (!node->link)
		return node->conf ? file_addrs(node->conf, lines, err) : 0;
	for (size_t i = 0; i < node->n_addrs; i++) {
		const struct kn_cidr *addr = &node->addrs[i]->addr;

		if (kn_ip_is_link_local(&addr->ip))
			continue;
		if (lines->n >= ADDR_LINES)
			left++;
		else if (kn_strv_add(lines, kn_cidr_fmt(addr, text), err) < 0)
			return -1;
	}
	if (left)
		kn_buf_printf(&more, "+%zu more", left);
	return add_line(lines, &more, err);
}

int kn_topo_addr_lines(const struct kn_topo *topo, const struct kn_topo_node *node,
		       struct kn_strv *lines, struct kn_error *err)
{
	return own_lines(node, lines, err) < 0 ? -1 : lease_lines(topo, node, lines, err);
}

static void put_route(struct kn_buf *line, const struct kn_route *route)
{
	char text[KN_IP_STRLEN];

	kn_buf_puts(line, "default");
	if (route->gateway.family != KN_FAMILY_NONE)
		kn_buf_printf(line, " via %s", kn_ip_fmt(&route->gateway, text));
}

/* The cable of a NIC. What a driver does not tell is left out. */
static void put_cable(struct kn_buf *line, const struct kn_topo_node *node)
{
	const struct kn_link *link = node->link;
	bool physical = link->kind == KN_LINK_PHYSICAL || link->kind == KN_LINK_WLAN;

	if (!(link->flags & IFF_UP))
		kn_buf_puts(line, "switched off");
	else if (!(link->flags & IFF_RUNNING))
		kn_buf_puts(line, physical ? "no cable" : "no carrier");
	else if (link->speed_mbit >= 1000 && link->speed_mbit % 1000 == 0)
		kn_buf_printf(line, "%u Gb/s %s", link->speed_mbit / 1000,
			      link->half_duplex ? "half" : "full");
	else if (link->speed_mbit)
		kn_buf_printf(line, "%u Mb/s %s", link->speed_mbit,
			      link->half_duplex ? "half" : "full");
	if (node->uplink)
		kn_buf_printf(line, "%suplink", line->len ? ", " : "");
}

static void put_guest(const struct kn_view_opts *opts, struct kn_buf *line,
		      const struct kn_guest_nic *nic)
{
	size_t start;

	kn_buf_puts(line, "VM ");
	start = line->len;
	if (nic->guest)
		kn_view_escaped(line, opts, nic->guest);
	else
		kn_buf_printf(line, "(process %d)", nic->pid);
	if (!nic->nic && !nic->model)
		return;
	for (size_t n = kn_view_width(kn_buf_str(line) + start, line->len - start); n < GUEST_WIDTH;
	     n++)
		kn_buf_putc(line, ' ');
	if (nic->nic) {
		kn_buf_putc(line, ' ');
		kn_view_escaped(line, opts, nic->nic);
	}
	if (nic->model) {
		kn_buf_putc(line, ' ');
		kn_view_escaped(line, opts, nic->model);
	}
}

/* One that no kernel was asked about is no news; one that the kernel lacks is. */
static void put_absent(const struct kn_view_opts *opts, struct kn_buf *line,
		       const struct kn_topo_node *node)
{
	if (!kn_topo_file(node))
		return;
	kn_buf_puts(line, "in ");
	kn_view_escaped(line, opts, kn_topo_file(node));
	kn_buf_puts(line, ", not live");
}

/* Its file puts it elsewhere: often on a bridge that is not there. */
static void put_unattached(const struct kn_view_opts *opts, struct kn_buf *line,
			   const struct kn_topo_node *node)
{
	const struct kn_conf *conf = node->conf;

	kn_buf_puts(line, "port of ");
	kn_view_escaped(line, opts,
			kn_ifname_is_set(&conf->bridge) ? conf->bridge.s : conf->master.s);
	kn_buf_puts(line, " in ");
	kn_view_escaped(line, opts, kn_topo_file(node));
	kn_buf_puts(line, ", not attached");
}

/* Each thing on a line of its own, the most telling one first. */
int kn_topo_what_lines(const struct kn_topo_node *node, const struct kn_view_opts *opts,
		       struct kn_strv *lines, struct kn_error *err)
{
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char mac[KN_MAC_STRLEN];

	if (node->guest)
		put_guest(opts, &line, node->guest);
	if (add_line(lines, &line, err) < 0)
		return -1;
	/* Who sees to leases and names knows a guest by these. */
	if (node->n_leases) {
		kn_buf_puts(&line, kn_mac_fmt(&node->leases->mac, mac));
		kn_buf_puts(&line, node->leases->hostname ? " " : "");
		kn_view_escaped(&line, opts, node->leases->hostname ? node->leases->hostname : "");
	}
	if (add_line(lines, &line, err) < 0)
		return -1;
	if (node->net) {
		kn_buf_puts(&line, "libvirt ");
		kn_view_escaped(&line, opts, node->net->net.name.s);
		kn_buf_printf(&line, " (%s)", kn_netmode_word(node->net->net.mode));
	}
	if (add_line(lines, &line, err) < 0)
		return -1;
	if (node->route4 || node->route6)
		put_route(&line, node->route4 ? node->route4 : node->route6);
	if (add_line(lines, &line, err) < 0)
		return -1;
	if (node->link && node->link->vlan_id) {
		kn_buf_printf(&line, "vlan %u of ", node->link->vlan_id);
		kn_view_escaped(&line, opts, node->link->lower.s);
	}
	if (add_line(lines, &line, err) < 0)
		return -1;
	if (!node->link)
		put_absent(opts, &line, node);
	else if (kn_is_carrier(&node->name))
		kn_buf_puts(&line, "kvmnet's own, until its change is kept or undone");
	else if (!node->guest && node->link->kind != KN_LINK_BRIDGE)
		put_cable(&line, node);
	else if (!(node->link->flags & IFF_UP))
		kn_buf_puts(&line, "switched off");
	if (add_line(lines, &line, err) < 0)
		return -1;
	if (node->link && !node->attached)
		put_unattached(opts, &line, node);
	if (add_line(lines, &line, err) < 0)
		return -1;
	if (node->unread)
		kn_view_unread_base(&line, opts, node->unread);
	else if (node->diffs.n)
		kn_buf_puts(&line, "differs from its file");
	return add_line(lines, &line, err);
}
