/* A network's properties against its mode, against each other, and against libvirt's version.
 * Layer: model, pure. Source: libvirt's formatnetwork page ("Since ..." of each element);
 * src/network/bridge_driver.c, networkValidate(). */
#include "model/network_check.h"

#include <stdio.h>
#include <string.h>

#define H(id) KN_NET_HAS(id)

/* What libvirt takes in every mode. */
#define ANYWHERE (H(UUID) | H(TITLE) | H(DESCRIPTION) | H(PORTGROUPS))
/* What needs a bridge of libvirt's own, with dnsmasq on it. */
#define OWN                                                                                        \
	(H(BRIDGE) | H(STP) | H(DELAY) | H(ZONE) | H(MTU) | H(MAC) | H(DOMAIN) | H(DNS) |          \
	 H(FORWARDERS) | H(DNS_HOSTS) | H(TXTS) | H(SRVS) | H(ISOLATED) | H(SUBNETS) | H(DHCP) |   \
	 H(HOSTS) | H(ROUTES))

static const struct {
	uint32_t takes;
	const char *why; /* nothing else can be given */
} modes[] = {
	[KN_NETMODE_NAT] = {ANYWHERE | OWN | H(DEVS) | H(NAT_PORTS) | H(NAT_IPV6),
			    "libvirt has no such thing on a bridge of its own"},
	[KN_NETMODE_ROUTE] = {ANYWHERE | OWN | H(DEVS), "a routed network translates no address"},
	[KN_NETMODE_OPEN] = {ANYWHERE | OWN, "libvirt adds no rule at all to an open network"},
	[KN_NETMODE_ISOLATED] = {ANYWHERE | OWN, "nothing is forwarded from an isolated network"},
	[KN_NETMODE_BRIDGE] = {ANYWHERE | H(BRIDGE) | H(VLAN) | H(OPENVSWITCH) | H(ISOLATED),
			       "over a bridge of the host, the host's own network gives it"},
	[KN_NETMODE_MACVTAP] = {ANYWHERE | H(DEVS) | H(VLAN),
				"over a device of the host, the host's own network gives it"},
};

uint32_t kn_netmode_groups(uint32_t mode)
{
	return modes[mode].takes;
}

int kn_netcheck_bad(const char *option, const char *value, const char *why, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, value, strnlen(value, 100));
	kn_fail(err, KN_ERR_INPUT, 0, "--%s %s: %s", option, kn_buf_str(&shown), why);
	return kn_about(err, option, value);
}

/* What does not go with the mode is wrong in itself, whatever its value. */
static int check_extra(const struct kn_network *net, struct kn_errors *faults, struct kn_error *err)
{
	uint32_t extra = net->has & ~modes[net->mode].takes;

	for (unsigned int i = 0; i < KN_NETGROUP_COUNT; i++) {
		if (!(extra >> i & 1))
			continue;
		kn_fail(err, KN_ERR_INPUT, 0, "--%s does not go with --%s: %s", kn_netgroup_word(i),
			kn_netmode_word(net->mode), modes[net->mode].why);
		if (kn_errors_take(faults, err) < 0)
			return -1;
	}
	return 0;
}

static int check_mode(const struct kn_network *net, struct kn_error *err)
{
	const char *mode = kn_netmode_word(net->mode);

	if (net->mode == KN_NETMODE_BRIDGE && !(net->has & H(BRIDGE)))
		return kn_fail(err, KN_ERR_INPUT, 0,
			       "a network over a bridge needs the bridge's name");
	if (net->mode == KN_NETMODE_MACVTAP && !net->devs.n)
		return kn_fail(err, KN_ERR_INPUT, 0,
			       "a macvtap network needs a device of the host");
	if ((net->mode == KN_NETMODE_NAT || net->mode == KN_NETMODE_ROUTE) && !net->subnets.n &&
	    !net->auto4 && !net->auto6) {
		kn_fail(err, KN_ERR_INPUT, 0, "a network with --%s needs a subnet", mode);
		return kn_hint(err, "give --subnet ADDRESS/LENGTH, or --subnet auto");
	}
	if (net->mode == KN_NETMODE_NAT && !net->auto4 && !kn_network_subnet(net, KN_IPV4) &&
	    !net->nat_ipv6) {
		kn_fail(err, KN_ERR_INPUT, 0,
			"--nat without an IPv4 subnet: NAT for IPv6 has to be asked for");
		return kn_hint(err, "add --nat-ipv6 on");
	}
	if (net->mode != KN_NETMODE_MACVTAP && net->devs.n > 1)
		return kn_fail(err, KN_ERR_INPUT, 0, "--dev: only one device can be forwarded to");
	return 0;
}

/* ---- nat, bridge ---- */

static int check_nat(const struct kn_network *net, struct kn_error *err)
{
	char text[KN_NETCHECK_TEXT];

	if (net->has & H(NAT_PORTS)) {
		(void)snprintf(text, sizeof(text), "%u-%u", net->nat_first, net->nat_last);
		if (net->nat_first < 1 || net->nat_last > 65535 || net->nat_first > net->nat_last)
			return kn_netcheck_bad("nat-ports", text,
					       "ports go from 1 to 65535, the smaller one first",
					       err);
	}
	if ((net->has & H(NAT_IPV6)) && net->nat_ipv6 && !net->auto6 &&
	    !kn_network_subnet(net, KN_IPV6)) {
		kn_fail(err, KN_ERR_INPUT, 0, "--nat-ipv6: the network has no IPv6 subnet");
		return kn_hint(err, "add --ipv6 auto");
	}
	return 0;
}

/* Kernel: br_stp.c takes 2 to 30 s with STP on, and makes less of it 2; 0 is what libvirt has of
 * itself, and so can be said. IPv6 needs 1280 bytes (RFC 8200, section 5). */
static int check_bridge(const struct kn_network *net, struct kn_error *err)
{
	char text[KN_NETCHECK_TEXT];

	(void)snprintf(text, sizeof(text), "%u", net->delay_s);
	if ((net->has & H(DELAY)) && net->delay_s > 30)
		return kn_netcheck_bad("forward-delay", text, "it is 30 seconds at most", err);
	if ((net->managed & H(STP)) && net->stp && (net->has & H(DELAY)) && net->delay_s == 1)
		return kn_netcheck_bad("forward-delay", text,
				       "with --stp on it is 2 to 30 seconds, or 0, which is 2",
				       err);
	if (!(net->has & H(MTU)))
		return 0;
	(void)snprintf(text, sizeof(text), "%u", net->mtu);
	if (net->mtu < 68 || net->mtu > 65535)
		return kn_netcheck_bad("mtu", text, "it is 68 to 65535 bytes", err);
	if (net->mtu < 1280 && (net->auto6 || kn_network_subnet(net, KN_IPV6)))
		return kn_netcheck_bad("mtu", text, "IPv6 needs at least 1280", err);
	return 0;
}

/* ---- VLANs ---- */

static int check_vlan(const struct kn_net_vlan *vlan, const char *option, const char *name,
		      struct kn_error *err)
{
	unsigned int natives = 0;
	char text[KN_NETCHECK_TEXT];

	for (size_t i = 0; i < vlan->tags.n; i++) {
		const struct kn_net_tag *tag = &vlan->tags.v[i];

		(void)snprintf(text, sizeof(text), "%.80s%svlan %u", name, *name ? ": " : "",
			       tag->id);
		natives += tag->native != KN_NATIVE_NO;
		if (tag->id < 1 || tag->id > 4094)
			return kn_netcheck_bad(option, text, "VLANs are 1 to 4094", err);
		for (size_t j = 0; j < i; j++)
			if (vlan->tags.v[j].id == tag->id)
				return kn_netcheck_bad(option, text, "it is given twice", err);
	}
	if (natives > 1)
		return kn_netcheck_bad(option, *name ? name : "native",
				       "a port has one native VLAN at most", err);
	if (vlan->tags.n > 1 && !vlan->trunk)
		return kn_netcheck_bad(option, *name ? name : "vlan",
				       "several VLANs make a trunk, which must be said", err);
	if (natives && !vlan->trunk)
		return kn_netcheck_bad(option, *name ? name : "native",
				       "only a trunk has a native VLAN", err);
	return 0;
}

/* Where libvirt can put a guest's port into a VLAN at all. */
static bool takes_vlan(const struct kn_network *net)
{
	return net->mode == KN_NETMODE_BRIDGE ||
	       (net->mode == KN_NETMODE_MACVTAP && net->macvtap == KN_MACVTAP_PASSTHROUGH);
}

static int check_portgroups(const struct kn_network *net, struct kn_error *err)
{
	bool has_default = false;

	for (size_t i = 0; i < net->portgroups.n; i++) {
		const struct kn_net_portgroup *p = &net->portgroups.v[i];

		if (p->is_default && has_default)
			return kn_netcheck_bad("portgroup", p->name,
					       "another port group is the default already", err);
		has_default |= p->is_default;
		for (size_t j = 0; j < i; j++)
			if (!strcmp(net->portgroups.v[j].name, p->name))
				return kn_netcheck_bad("portgroup", p->name,
						       "the name is given twice", err);
		if (p->vlan.tags.n && !takes_vlan(net))
			return kn_netcheck_bad("portgroup", p->name,
					       "VLANs need --bridge, or --macvtap in passthrough",
					       err);
		if (check_vlan(&p->vlan, "portgroup", p->name, err) < 0)
			return -1;
	}
	return 0;
}

static int check_vlans(const struct kn_network *net, struct kn_error *err)
{
	if ((net->has & H(VLAN)) && !takes_vlan(net))
		return kn_fail(err, KN_ERR_INPUT, 0,
			       "--vlan needs --bridge, or --macvtap in passthrough mode");
	if (check_vlan(&net->vlan, "vlan", "", err) < 0)
		return -1;
	return check_portgroups(net, err);
}

/* ---- texts ---- */

static int check_texts(const struct kn_network *net, struct kn_error *err)
{
	if (net->title && (!*net->title || strchr(net->title, '\n')))
		return kn_netcheck_bad("title", net->title, "it is one line of text", err);
	return 0;
}

/* ---- versions ---- */

static bool has_lease(const struct kn_network *net)
{
	for (size_t i = 0; i < net->ranges.n; i++)
		if (net->ranges.v[i].has_lease)
			return true;
	for (size_t i = 0; i < net->hosts.n; i++)
		if (net->hosts.v[i].has_lease)
			return true;
	return false;
}

static bool has_vlan(const struct kn_network *net)
{
	for (size_t i = 0; i < net->portgroups.n; i++)
		if (net->portgroups.v[i].vlan.tags.n)
			return true;
	return net->vlan.tags.n > 0;
}

/* What an older libvirt refuses, or would take and leave out in silence: either way not what was
 * asked for. */
static int check_version(const struct kn_network *net, uint32_t target, struct kn_error *err)
{
	const struct {
		bool used;
		uint32_t since;
		const char *what;
	} rows[] = {
		{has_vlan(net) && net->mode == KN_NETMODE_BRIDGE && !net->openvswitch,
		 KN_LIBVIRT(11, 0), "a VLAN on a Linux bridge"},
		{net->has & H(TITLE), KN_LIBVIRT(9, 7), "--title"},
		{net->has & H(DESCRIPTION), KN_LIBVIRT(9, 7), "--description"},
		{(net->has & H(NAT_IPV6)) && net->nat_ipv6, KN_LIBVIRT(6, 5), "--nat-ipv6"},
		{has_lease(net), KN_LIBVIRT(6, 3), "--lease"},
		{(net->has & H(ISOLATED)) && net->isolated, KN_LIBVIRT(6, 1), "--isolate-guests"},
		{net->has & H(ZONE), KN_LIBVIRT(5, 1), "--zone"},
		{net->has & H(MTU), KN_LIBVIRT(3, 1), "--mtu"},
		{net->mode == KN_NETMODE_OPEN, KN_LIBVIRT(2, 2), "--open"},
		{(net->has & H(DNS)) && net->dns_off, KN_LIBVIRT(2, 2), "--no-dns"},
		{(net->has & H(DOMAIN)) && net->domain_local, 1002012, "--domain-local"},
		{net->has & H(FORWARDERS), 1001003, "--forwarder"},
		{net->has & H(ROUTES), 1000006, "--static-route"},
		{net->has & H(NAT_PORTS), 1000003, "--nat-ports"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint32_t v = rows[i].since;

		if (!rows[i].used || !target || target >= v)
			continue;
		kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			"%s needs libvirt %u.%u.%u; this is for libvirt %u.%u.%u", rows[i].what,
			v / 1000000, v / 1000 % 1000, v % 1000, target / 1000000,
			target / 1000 % 1000, target % 1000);
		return kn_hint(err, "leave it out, or name the libvirt that will run it with "
				    "--target-version");
	}
	return 0;
}

static int check_on(const struct kn_network *net, struct kn_errors *faults, struct kn_error *err)
{
	static int (*const checks[])(const struct kn_network *, struct kn_error *) = {
		check_nat,
		check_bridge,
		check_vlans,
		check_texts,
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (checks[i](net, err) < 0 && kn_errors_take(faults, err) < 0)
			return -1;
	if (kn_netcheck_subnets(net, faults, err) < 0 || kn_netcheck_dhcp(net, faults, err) < 0 ||
	    kn_netcheck_routes(net, faults, err) < 0)
		return -1;
	return kn_netcheck_dns(net, err) < 0 && kn_errors_take(faults, err) < 0 ? -1 : 0;
}

int kn_network_check(const struct kn_network *net, uint32_t target, struct kn_error *err)
{
	if (check_extra(net, NULL, err) < 0 || check_mode(net, err) < 0 ||
	    check_on(net, NULL, err) < 0)
		return -1;
	return check_version(net, target, err);
}

int kn_network_check_all(const struct kn_network *net, struct kn_errors *faults,
			 struct kn_error *err)
{
	if (check_extra(net, faults, err) < 0 ||
	    (check_mode(net, err) < 0 && kn_errors_take(faults, err) < 0))
		return -1;
	return faults->n ? 0 : check_on(net, faults, err);
}
