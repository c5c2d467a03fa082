/* libvirt networks as values: what is wanted, and what a definition says.
 * Layer: model, pure. One vocabulary for both: each property belongs to a group (network.def), and
 * .has tells which groups are said at all. What a definition says beyond it stays in its text. */
#ifndef KVMNET_NETWORK_H
#define KVMNET_NETWORK_H

#include "kvmnet/buf.h"
#include "kvmnet/spec.h"

/* As virGetVersion() gives it; 0 = unknown, and then nothing is too new. */
#define KN_LIBVIRT(major, minor) ((major)*1000000u + (minor)*1000u)

enum kn_netmode {
	KN_NETMODE_NAT,
	KN_NETMODE_ROUTE,
	KN_NETMODE_OPEN,     /* routed, and libvirt adds no firewall rule */
	KN_NETMODE_ISOLATED, /* no <forward> */
	KN_NETMODE_BRIDGE,   /* over a bridge of the host */
	KN_NETMODE_MACVTAP,  /* over a device of the host */
};

/* The macvtap modes; libvirt's <forward mode>. */
enum kn_macvtap {
	KN_MACVTAP_BRIDGE,
	KN_MACVTAP_VEPA,
	KN_MACVTAP_PRIVATE,
	KN_MACVTAP_PASSTHROUGH,
};

enum kn_netgroup_bit {
#define KN_NETGROUP(id, word) KN_NETGROUP_##id,
#include "kvmnet/network.def"
#undef KN_NETGROUP
	KN_NETGROUP_COUNT
};

/* Sets of groups, as bits. */
#define KN_NET_HAS(id) (1u << KN_NETGROUP_##id)
#define KN_NET_ALL     ((1u << KN_NETGROUP_COUNT) - 1)

#define KN_LIST(type)                                                                              \
	struct {                                                                                   \
		type *v; /* owned, as is what hangs on it */                                       \
		size_t n, cap;                                                                     \
	}

struct kn_net_range {
	struct kn_ip first, last;
	bool has_lease;
	uint32_t lease_s; /* 0 = for ever; else 120 or more */
};

/* A fixed DHCP lease. IPv4: by MAC; IPv6: by DUID or by the name the guest says. */
struct kn_net_host {
	bool has_mac;
	struct kn_mac mac;
	char *duid; /* owned, or NULL: "0:3:0:1:2:3..." as libvirt writes it */
	char *name; /* owned, or NULL */
	struct kn_ip ip;
	bool has_lease;
	uint32_t lease_s;
};

struct kn_net_forwarder {
	struct kn_ip ip; /* family NONE = answer from the network's own data only */
	char *domain;	 /* owned; NULL = every name */
};

struct kn_net_dnshost {
	struct kn_ip ip;
	struct kn_strv names;
};

struct kn_net_txt {
	char *name, *value; /* owned */
};

struct kn_net_srv {
	char *service, *protocol; /* owned: "ldap", "tcp" */
	char *domain, *target;	  /* owned, or NULL */
	bool has_port, has_priority, has_weight;
	uint32_t port, priority, weight;
};

struct kn_net_route {
	struct kn_cidr dst;
	struct kn_ip gateway;
	bool has_metric;
	uint32_t metric;
};

enum kn_net_native {
	KN_NATIVE_NO,
	KN_NATIVE_TAGGED,
	KN_NATIVE_UNTAGGED,
};

struct kn_net_tag {
	uint32_t id;	 /* 1..4094 where kvmnet writes it */
	uint32_t native; /* enum kn_net_native */
};

struct kn_net_vlan {
	bool trunk;
	KN_LIST(struct kn_net_tag) tags;
};

struct kn_net_portgroup {
	char *name; /* owned */
	bool is_default;
	struct kn_net_vlan vlan; /* no tag = none */
};

struct kn_network {
	uint32_t has;	  /* KN_NET_HAS(): groups that are said */
	uint32_t managed; /* groups asked of kvmnet, which a later run without them takes away */
	bool marked;	  /* a definition that kvmnet has written */
	struct kn_netname name;
	uint32_t mode;	   /* enum kn_netmode */
	uint32_t macvtap;  /* enum kn_macvtap, with KN_NETMODE_MACVTAP */
	bool auto4, auto6; /* wanted: choose a free network of that family */
	bool none4, none6; /* wanted: no subnet of that family */
	bool has_lease;	   /* wanted: ranges that say none get .lease_s */
	uint32_t lease_s;
	struct kn_uuid uuid;
	char *title, *description;    /* owned */
	struct kn_names devs;	      /* macvtap: the devices; else the one to forward through */
	uint32_t nat_first, nat_last; /* source ports, 1..65535 */
	bool nat_ipv6;
	struct kn_ifname bridge; /* libvirt's own, or with KN_NETMODE_BRIDGE the host's */
	bool stp;
	uint32_t delay_s; /* forward delay, 0..30 */
	char *zone;	  /* owned: firewalld's */
	uint32_t mtu;
	struct kn_mac mac; /* the bridge's own */
	char *domain;	   /* owned */
	bool domain_local; /* names below it are never asked of other servers */
	bool dns_off;
	KN_LIST(struct kn_net_forwarder) forwarders;
	KN_LIST(struct kn_net_dnshost) dns_hosts;
	KN_LIST(struct kn_net_txt) txts;
	KN_LIST(struct kn_net_srv) srvs;
	struct kn_net_vlan vlan;
	bool isolated;			     /* guests do not reach each other */
	struct kn_cidrs subnets;	     /* the host's addresses on the bridge, IPv4 and IPv6 */
	KN_LIST(struct kn_net_range) ranges; /* each lies inside one subnet */
	KN_LIST(struct kn_net_host) hosts;   /* the same */
	KN_LIST(struct kn_net_route) routes; /* networks behind a guest */
	bool openvswitch;		     /* KN_NETMODE_BRIDGE: .bridge is one of Open vSwitch */
	KN_LIST(struct kn_net_portgroup) portgroups;
};

void kn_network_done(struct kn_network *net);

/* Copies the properties of @groups (KN_NET_HAS bits), with their .has bits, over those of @dst.
 * Return: 0; -1 with KN_ERR_NOMEM, @dst then has part of it. */
int kn_network_copy(struct kn_network *dst, const struct kn_network *src, uint32_t groups,
		    struct kn_error *err) KN_NODISCARD;

/* The groups in which the two differ; name, mode and marks are not looked at. */
uint32_t kn_network_diff(const struct kn_network *a, const struct kn_network *b);

/* "subnet", "nat-ports": the group's word in messages and in the mark. Return: static. */
const char *kn_netgroup_word(unsigned int group);
/* "nat", "route", "open", "isolated", "bridge", "macvtap". Return: static. */
const char *kn_netmode_word(uint32_t mode);
/* "bridge", "vepa", "private", "passthrough". Return: static. */
const char *kn_macvtap_word(uint32_t macvtap);
/* libvirt makes a bridge of its own, gives it addresses and runs dnsmasq on it. */
bool kn_netmode_has_bridge(uint32_t mode);
/* The groups libvirt takes in that mode, as KN_NET_HAS bits. */
uint32_t kn_netmode_groups(uint32_t mode);
/* The first subnet of that family. Return: borrowed, or NULL. */
const struct kn_cidr *kn_network_subnet(const struct kn_network *net, enum kn_family family);

/* Values against each other: everything libvirt would refuse, and what it would take although it
 * cannot work. @target: the libvirt it is for (KN_LIBVIRT()), 0 = any. Subnets still to be chosen
 * (.auto4, .auto6) are fine, and what would be checked against them is not.
 * Source: libvirt's formatnetwork page; src/conf/network_conf.c, src/network/bridge_driver.c.
 * Return: 0; -1 with KN_ERR_INPUT, or KN_ERR_UNSUPPORTED naming the version that it needs. */
/* What kn_network_check() finds, all of it, but for libvirt's version. Return: 0, also with faults;
 * -1. */
int kn_network_check_all(const struct kn_network *net, struct kn_errors *faults,
			 struct kn_error *err) KN_NODISCARD;
int kn_network_check(const struct kn_network *net, uint32_t target,
		     struct kn_error *err) KN_NODISCARD;

/* "9.7", "9.7.0" to KN_LIBVIRT() form. Return: 0; -1 with KN_ERR_INPUT. */
int kn_libvirt_version_parse(const char *str, const char *what, uint32_t *ret,
			     struct kn_error *err) KN_NODISCARD;

/* ---- what is there ---- */

/* A definition as read. */
struct kn_netdef {
	struct kn_network net; /* what of it the vocabulary knows */
	char *xml;	       /* owned, NUL-terminated: the whole document */
	size_t len;
	bool mode_known; /* false: hostdev and the like; .net.mode means nothing then */
	struct kn_strv
		others; /* what else it says: "bandwidth", "ip/tftp", "bridge@macTableManager" */
};

void kn_netdef_done(struct kn_netdef *def);

#endif
