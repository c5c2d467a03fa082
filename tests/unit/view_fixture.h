/* Hand-built values for the tests of views, texts and the comparison: the classic host, br0 with
 * its uplink eth0 and a guest's tap. Layer: tests. */
#ifndef KVMNET_TEST_VIEW_FIXTURE_H
#define KVMNET_TEST_VIEW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "kvmnet/engine.h"

#define SCRIPTS "/etc/sysconfig/network-scripts/"

#define OK(call)                                                                                   \
	do {                                                                                       \
		struct kn_error err = {0};                                                         \
		if ((call) != 0)                                                                   \
			fail_msg("%s: %s", #call, err.message);                                    \
	} while (0)

static inline struct kn_ifname name_of(const char *str)
{
	struct kn_ifname name;

	OK(kn_ifname_from_host(str, &name, &err));
	return name;
}

static inline struct kn_ip ip_of(const char *str)
{
	struct kn_ip ip;

	OK(kn_ip_parse(str, "test", &ip, &err));
	return ip;
}

static inline struct kn_cidr cidr_of(const char *str)
{
	struct kn_cidr cidr;

	OK(kn_cidr_parse(str, "test", &cidr, &err));
	return cidr;
}

static inline struct kn_mac mac_of(const char *str)
{
	struct kn_mac mac;

	OK(kn_mac_parse(str, &mac, &err));
	return mac;
}

/* @dst "default" is the default route of the gateway's family. */
static inline struct kn_route route_of(const char *dst, const char *gateway, const char *dev)
{
	struct kn_route route = KN_ROUTE_INIT;

	route.dev = name_of(dev);
	if (gateway)
		route.gateway = ip_of(gateway);
	if (strcmp(dst, "default") == 0)
		route.dst.ip.family = gateway ? route.gateway.family : KN_IPV4;
	else
		route.dst = cidr_of(dst);
	return route;
}

static inline struct kn_laddr laddr_of(const char *cidr, const char *dev)
{
	return (struct kn_laddr){.dev = name_of(dev),
				 .addr = cidr_of(cidr),
				 .flags = IFA_F_PERMANENT,
				 .valid_s = UINT32_MAX,
				 .preferred_s = UINT32_MAX};
}

/* Every row of the option table, as the kernel reports a bridge made for guests. */
static inline struct kn_opts bridge_opts(void)
{
	static const uint32_t values[KN_BROPT_COUNT] = {
		[KN_BROPT_STP] = 0,	      [KN_BROPT_FORWARD_DELAY] = 0,
		[KN_BROPT_PRIORITY] = 32768,  [KN_BROPT_AGEING] = 30000,
		[KN_BROPT_HELLO] = 200,	      [KN_BROPT_MAX_AGE] = 2000,
		[KN_BROPT_MCAST_SNOOPING] = 1};
	struct kn_opts opts = {0};

	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		kn_opts_set(&opts, i, values[i]);
	return opts;
}

static inline void add_link(struct kn_state *state, const char *dev, enum kn_link_kind kind,
			    const char *master)
{
	struct kn_link link = {.name = name_of(dev),
			       .kind = kind,
			       .ifindex = (int)state->facts.n_links + 2,
			       .flags = IFF_UP | IFF_RUNNING,
			       .accept_ra = 1,
			       .mtu = 1500,
			       .has_mac = true,
			       .mac = mac_of("44:37:e6:4a:62:ad"),
			       .port_state = 3,
			       .bond_mode = -1};

	if (kind == KN_LINK_BRIDGE) {
		link.mac_set = true;
		link.opts = bridge_opts();
	}
	if (master) {
		link.master = name_of(master);
		kn_opts_set(&link.port_opts, KN_PORTOPT_COST, 4);
		kn_opts_set(&link.port_opts, KN_PORTOPT_PRIORITY, 32);
		kn_opts_set(&link.port_opts, KN_PORTOPT_LEARNING, 1);
		kn_opts_set(&link.port_opts, KN_PORTOPT_HAIRPIN, 0);
		kn_opts_set(&link.port_opts, KN_PORTOPT_ISOLATED, 0);
	}
	OK(kn_facts_add_link(&state->facts, &link, &err));
}

static inline struct kn_link *link_of(struct kn_state *state, const char *dev)
{
	for (size_t i = 0; i < state->facts.n_links; i++)
		if (kn_ifname_is(&state->facts.links[i].name, dev))
			return &state->facts.links[i];
	fail_msg("no link %s", dev);
	return NULL;
}

/* Return: valid until the next one is added. */
static inline struct kn_conf *add_conf(struct kn_state *state, const char *dev,
				       enum kn_conf_type type, const char *path)
{
	struct kn_confs *confs = &state->confs;
	struct kn_conf conf = {.name = name_of(dev), .type = type, .bond_mode = -1};

	OK(kn_grow(&confs->v, &confs->cap, confs->n + 1, sizeof(*confs->v), &err));
	conf.path = strdup(path);
	assert_non_null(conf.path);
	confs->v[confs->n] = conf;
	return &confs->v[confs->n++];
}

static inline struct kn_conf *conf_of(struct kn_state *state, const char *dev)
{
	for (size_t i = 0; i < state->confs.n; i++)
		if (kn_ifname_is(&state->confs.v[i].name, dev))
			return &state->confs.v[i];
	fail_msg("no file of %s", dev);
	return NULL;
}

static inline void classic_files(struct kn_state *state)
{
	struct kn_conf *conf = add_conf(state, "br0", KN_CONF_BRIDGE, SCRIPTS "ifcfg-br0");

	conf->groups = KN_GROUP_ADDR | KN_GROUP_GATEWAY | KN_GROUP_DNS;
	conf->onboot = KN_YES;
	conf->has_mac = true;
	conf->mac = mac_of("44:37:e6:4a:62:ad");
	conf->ip.gateway4 = ip_of("192.168.12.1");
	kn_opts_set(&conf->opts, KN_BROPT_STP, 0);
	struct kn_cidr addr = cidr_of("192.168.12.118/24");
	struct kn_ip dns[] = {ip_of("180.76.76.76"), ip_of("114.114.114.114")};
	OK(kn_cidrs_add(&conf->ip.addrs, &addr, &err));
	OK(kn_ips_add(&conf->ip.dns, &dns[0], &err));
	OK(kn_ips_add(&conf->ip.dns, &dns[1], &err));
	conf = add_conf(state, "eth0", KN_CONF_ETHERNET, SCRIPTS "ifcfg-eth0");
	conf->bridge = name_of("br0");
}

static inline void add_addr(struct kn_state *state, const char *cidr, const char *dev)
{
	struct kn_laddr addr = laddr_of(cidr, dev);

	OK(kn_facts_add_addr(&state->facts, &addr, &err));
}

static inline void add_route(struct kn_state *state, const struct kn_route *route)
{
	OK(kn_routes_add(&state->facts.routes, route, &err));
}

static inline void classic_kernel(struct kn_state *state)
{
	struct kn_route link = route_of("192.168.12.0/24", NULL, "br0");
	struct kn_route gateway = route_of("default", "192.168.12.1", "br0");

	state->facts.live = true;
	add_link(state, "br0", KN_LINK_BRIDGE, NULL);
	add_link(state, "eth0", KN_LINK_PHYSICAL, "br0");
	add_link(state, "vnet0", KN_LINK_TUN, "br0");
	add_addr(state, "192.168.12.118/24", "br0");
	link.proto = 2;
	link.src = ip_of("192.168.12.118");
	add_route(state, &gateway);
	add_route(state, &link);
}

/* br0 in files and kernel alike. */
static inline struct kn_state classic_state(void)
{
	struct kn_state state = {0};

	classic_files(&state);
	classic_kernel(&state);
	return state;
}

static inline void state_done(struct kn_state *state)
{
	kn_confs_done(&state->confs);
	kn_facts_done(&state->facts);
}

#endif
