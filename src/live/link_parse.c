/* One RTM_NEWLINK message to one kn_link, and the two facts that only sysfs tells.
 * Layer: live; parsing is pure, kn_link_read_sysfs() and kn_read_small() read files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "live/nl.h"

#define GEN_MODE_UNKNOWN 255
#define NET_ADDR_SET	 3 /* Source: kernel include/uapi/linux/netdevice.h */

/* The arrays grow with the kernel's version: how much was there is part of the value. */
static size_t copy_array(const struct nlattr *attr, uint32_t *ret, size_t max)
{
	if (!attr)
		return 0;
	size_t n = (size_t)nla_len(attr) / sizeof(*ret);
	if (n > max)
		n = max; /* settings of newer kernels than this program knows */
	memcpy(ret, nla_data(attr), n * sizeof(*ret));
	return n;
}

/* Both families' settings of a link. A link without IPv6 has no AF_INET6 part, and so no address
 * generation mode that could be restored. */
void kn_conf_parse(struct nlattr *af_spec, struct kn_nl_conf *ret)
{
	struct nlattr *af[AF_INET6 + 1], *tb[KN_INET6_ADDR_GEN_MODE + 1];

	*ret = (struct kn_nl_conf){.addr_gen_mode = GEN_MODE_UNKNOWN};
	if (!af_spec || nla_parse_nested(af, AF_INET6, af_spec, NULL) < 0)
		return;
	if (af[AF_INET] && !nla_parse_nested(tb, KN_INET6_ADDR_GEN_MODE, af[AF_INET], NULL))
		ret->n4 = copy_array(tb[IFLA_INET_CONF], ret->v4, sizeof(ret->v4) / 4);
	if (af[AF_INET6] && !nla_parse_nested(tb, KN_INET6_ADDR_GEN_MODE, af[AF_INET6], NULL)) {
		ret->n6 = copy_array(tb[IFLA_INET6_CONF], ret->v6, sizeof(ret->v6) / 4);
		ret->addr_gen_mode =
			(uint8_t)kn_attr_uint(tb[KN_INET6_ADDR_GEN_MODE], GEN_MODE_UNKNOWN);
	}
}

/* By the driver's word, not by the name: names are free. lo has no kind, but a hardware type. */
static enum kn_link_kind kind_of(const char *word, unsigned int type)
{
	static const struct {
		const char *word;
		enum kn_link_kind kind;
	} kinds[] = {
		{"bridge", KN_LINK_BRIDGE},   {"bond", KN_LINK_BOND},	    {"team", KN_LINK_TEAM},
		{"vlan", KN_LINK_VLAN},	      {"veth", KN_LINK_VETH},	    {"tun", KN_LINK_TUN},
		{"macvlan", KN_LINK_MACVLAN}, {"macvtap", KN_LINK_MACVLAN}, {"", KN_LINK_PHYSICAL},
	};

	if (type == ARPHRD_LOOPBACK)
		return KN_LINK_LOOPBACK;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].word, word))
			return kinds[i].kind;
	return KN_LINK_OTHER;
}

/* A cable that is back counts as cut until updelay has passed. Source: uapi linux/if_bonding.h,
 * BOND_LINK_UP. */
static void parse_bond_port(struct nlattr *slave, struct kn_link *link)
{
	struct nlattr *tb[IFLA_BOND_SLAVE_PERM_HWADDR + 1];

	if (nla_parse_nested(tb, IFLA_BOND_SLAVE_PERM_HWADDR, slave, NULL) < 0)
		return;
	link->is_cut = kn_attr_uint(tb[IFLA_BOND_SLAVE_MII_STATUS], 0) != 0;
	struct nlattr *mac = tb[IFLA_BOND_SLAVE_PERM_HWADDR];
	link->has_own_mac = mac && nla_len(mac) == sizeof(link->own_mac.b);
	if (link->has_own_mac)
		memcpy(link->own_mac.b, nla_data(mac), sizeof(link->own_mac.b));
}

/* What the link is by itself (IFLA_INFO_DATA) and what it is as somebody's port
 * (IFLA_INFO_SLAVE_DATA). Old kernels leave the second out for bridges; options are then unset. */
static void parse_linkinfo(struct nlattr *attr, unsigned int type, struct kn_link *link)
{
	struct nlattr *tb[IFLA_INFO_SLAVE_DATA + 1] = {0};

	if (attr && nla_parse_nested(tb, IFLA_INFO_SLAVE_DATA, attr, NULL) < 0)
		memset(tb, 0, sizeof(tb));
	if (tb[IFLA_INFO_KIND])
		nla_strlcpy(link->kind_word, tb[IFLA_INFO_KIND], sizeof(link->kind_word));
	link->kind = kind_of(link->kind_word, type);
	struct nlattr *data = tb[IFLA_INFO_DATA];
	if (link->kind == KN_LINK_BRIDGE && data)
		kn_bridge_opts_get(data, &link->opts);
	if (link->kind == KN_LINK_BOND && data) {
		kn_bond_get(data, link);
		if (kn_opts_has(&link->bond_opts, KN_BONDOPT_MODE))
			link->bond_mode = (int)link->bond_opts.val[KN_BONDOPT_MODE];
	}
	if (link->kind == KN_LINK_VLAN && data)
		link->vlan_id = (uint16_t)kn_attr_uint(
			nla_find(nla_data(data), nla_len(data), IFLA_VLAN_ID), 0);
	struct nlattr *slave = tb[IFLA_INFO_SLAVE_DATA];
	if (slave && tb[IFLA_INFO_SLAVE_KIND] && !nla_strcmp(tb[IFLA_INFO_SLAVE_KIND], "bond"))
		parse_bond_port(slave, link);
	if (slave && tb[IFLA_INFO_SLAVE_KIND] && !nla_strcmp(tb[IFLA_INFO_SLAVE_KIND], "bridge")) {
		kn_port_opts_get(slave, &link->port_opts);
		link->port_state = (uint8_t)kn_attr_uint(
			nla_find(nla_data(slave), nla_len(slave), IFLA_BRPORT_STATE), 0);
	}
}

/* A short array comes from an older kernel: what it does not know keeps the value 0, which is how
 * such a kernel behaves. */
static void parse_confs(struct nlattr *af_spec, struct kn_link *link)
{
	struct kn_nl_conf conf;

	kn_conf_parse(af_spec, &conf);
	link->addr_gen_mode = conf.addr_gen_mode;
	if (conf.n4 >= IPV4_DEVCONF_RP_FILTER)
		link->rp_filter = conf.v4[IPV4_DEVCONF_RP_FILTER - 1];
	if (conf.n4 >= IPV4_DEVCONF_PROMOTE_SECONDARIES)
		link->promote = conf.v4[IPV4_DEVCONF_PROMOTE_SECONDARIES - 1];
	if (conf.n6 > DEVCONF_ACCEPT_RA)
		link->accept_ra = conf.v6[DEVCONF_ACCEPT_RA];
	if (conf.n6 > DEVCONF_DISABLE_IPV6)
		link->disable_ipv6 = conf.v6[DEVCONF_DISABLE_IPV6] != 0;
}

/* A veth's other end is no link below it; an index of another namespace names nothing here. */
static void parse_lower(struct nlattr **tb, struct kn_link *link)
{
	if ((link->kind == KN_LINK_VLAN || kn_link_takes_all(link)) && !tb[IFLA_LINK_NETNSID])
		link->lower_index = (int)kn_attr_uint(tb[IFLA_LINK], 0);
}

/* Works on a local value: *ret stays as it was when the message is bad. */
int kn_link_parse(struct nlmsghdr *hdr, struct kn_link *ret, struct kn_error *err)
{
	struct nlattr *tb[IFLA_LINK_NETNSID + 1];
	struct kn_link link = {.bond_mode = -1};
	const struct ifinfomsg *info = nlmsg_data(hdr);

	if (nlmsg_parse(hdr, sizeof(*info), tb, IFLA_LINK_NETNSID, NULL) < 0 || !tb[IFLA_IFNAME])
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a link's description is cut short");
	if (kn_ifname_from_host(nla_get_string(tb[IFLA_IFNAME]), &link.name, err) < 0)
		return -1;
	link.ifindex = info->ifi_index;
	link.flags = info->ifi_flags;
	link.operstate = (uint8_t)kn_attr_uint(tb[IFLA_OPERSTATE], 0);
	link.mtu = kn_attr_uint(tb[IFLA_MTU], 0);
	link.group = kn_attr_uint(tb[IFLA_GROUP], 0);
	link.master_index = (int)kn_attr_uint(tb[IFLA_MASTER], 0);
	link.has_mac = tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == sizeof(link.mac.b);
	if (link.has_mac)
		memcpy(link.mac.b, nla_data(tb[IFLA_ADDRESS]), sizeof(link.mac.b));
	parse_linkinfo(tb[IFLA_LINKINFO], info->ifi_type, &link);
	parse_lower(tb, &link);
	parse_confs(tb[IFLA_AF_SPEC], &link);
	*ret = link;
	return 0;
}

/* One read() is all: procfs and sysfs give a value whole or not at all. */
int kn_read_small(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	ssize_t got = read(fd, buf, size - 1);
	int saved = errno;
	close(fd);
	errno = saved;
	if (got < 0)
		return -1;
	buf[got] = '\0';
	if (got > 0 && buf[got - 1] == '\n')
		buf[got - 1] = '\0';
	return 0;
}

/* Names from the kernel hold no '/' and are not "." or "..", so the path stays in its folder;
 * 15 bytes of name and the longest file fit. */
static bool sysfs_number(const struct kn_ifname *name, const char *file, uint32_t *ret)
{
	char path[64], text[16];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name->s, file);
	return !kn_read_small(path, text, sizeof(text)) && kn_num_is(text, UINT32_MAX, ret);
}

static bool sysfs_has(const struct kn_ifname *name, const char *file)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name->s, file);
	return !access(path, F_OK);
}

/* Two files for a physical link or bridge and none for others: virtual machines' taps are many. */
void kn_link_read_sysfs(struct kn_link *link)
{
	uint32_t number;

	if (link->kind != KN_LINK_BRIDGE && link->kind != KN_LINK_PHYSICAL)
		return;
	/* sysfs shows the network namespace of whoever mounted it, maybe not this one; unknown
	 * counts as pinned, so that nothing is promised to change. */
	link->mac_set = link->kind == KN_LINK_BRIDGE;
	if (!sysfs_number(&link->name, "ifindex", &number) || number != (uint32_t)link->ifindex)
		return;
	if (link->kind == KN_LINK_BRIDGE) {
		if (sysfs_number(&link->name, "addr_assign_type", &number))
			link->mac_set = number == NET_ADDR_SET;
	} else if (sysfs_has(&link->name, "phy80211") || sysfs_has(&link->name, "wireless")) {
		link->kind = KN_LINK_WLAN;
	}
}

/* "-1" (a virtual machine's own NIC, say) is no number here, and so stays unknown. */
void kn_link_read_speed(struct kn_link *link)
{
	char path[64], text[16];
	uint32_t number;

	if (link->kind != KN_LINK_PHYSICAL || !(link->flags & IFF_RUNNING) ||
	    !sysfs_number(&link->name, "ifindex", &number) || number != (uint32_t)link->ifindex)
		return;
	if (sysfs_number(&link->name, "speed", &number) && number < 10 * 1000 * 1000)
		link->speed_mbit = number;
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/duplex", link->name.s);
	link->half_duplex = !kn_read_small(path, text, sizeof(text)) && !strcmp(text, "half");
}
