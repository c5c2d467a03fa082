/* What is wanted (spec) and the IP settings that spec, files and targets share.
 * Layer: model, pure. */
#ifndef KVMNET_SPEC_H
#define KVMNET_SPEC_H

#include <stddef.h>

#include "kvmnet/names.h"
#include "kvmnet/opts.h"

/* A list of owned strings. */
struct kn_strv {
	char **v; /* owned, as are the strings */
	size_t n, cap;
};

int kn_strv_add(struct kn_strv *list, const char *str, struct kn_error *err) KN_NODISCARD;
void kn_strv_done(struct kn_strv *list);
bool kn_strv_has(const struct kn_strv *list, const char *str);
/* The same strings in the same order. */
bool kn_strv_eq(const struct kn_strv *a, const struct kn_strv *b);

/* A list of interface names. */
struct kn_names {
	struct kn_ifname *v; /* owned */
	size_t n, cap;
	struct kn_name_table table;
};

int kn_names_add(struct kn_names *list, const struct kn_ifname *name,
		 struct kn_error *err) KN_NODISCARD;
void kn_names_done(struct kn_names *list);
bool kn_names_has(const struct kn_names *list, const struct kn_ifname *name);

/* Next hops of one route that are kept; a route with more is not moved. Few hosts have more uplinks
 * than this, and every route and operation has the room inside. */
#define KN_ROUTE_LEGS 8

/* One next hop of a route that has several. */
struct kn_leg {
	struct kn_ip gateway; /* family NONE = on the link itself */
	struct kn_ifname dev;
	bool onlink;
	uint8_t hops; /* weight - 1 */
};

/* Routes of ours for the time of a move (not in rtnetlink.h's list): what a killed run has left is
 * known by it. */
#define KN_RTPROT_TEMPORARY 75

/* A route, as configured or as the kernel has it. */
struct kn_route {
	struct kn_cidr dst;   /* family always set; 0.0.0.0/0 or ::/0 = default */
	struct kn_ip gateway; /* family NONE = on the link itself; may differ from dst's family */
	struct kn_ip src;     /* preferred source, or NONE */
	struct kn_ifname dev;
	bool has_metric;
	bool onlink;
	uint32_t metric;
	/* Below: kernel values, defaults for configured routes (table 254, unicast). */
	uint32_t table;
	uint32_t nhid;			       /* nexthop object, 0 = none */
	uint32_t expires_s;		       /* IPv6, 0 = never */
	uint8_t type, scope, proto, tos, pref; /* RTN_*, RT_SCOPE_*, RTPROT_*, -, ICMPV6 pref */
	bool multipath; /* has several next hops; .gateway and .dev are those of one of them */
	bool odd;	/* has what is not kept here: a source network, a realm, an encapsulation */
	uint8_t n_legs; /* 0 = a single next hop, more than fit, or a nexthop object's */
	struct kn_leg legs[KN_ROUTE_LEGS];
	uint16_t metrics_len;
	uint8_t metrics[96]; /* RTA_METRICS payload, copied as it is */
};

#define KN_ROUTE_INIT ((struct kn_route){.table = 254, .type = 1, .proto = 4})

struct kn_routes {
	struct kn_route *v; /* owned */
	size_t n, cap;
};

int kn_routes_add(struct kn_routes *list, const struct kn_route *route,
		  struct kn_error *err) KN_NODISCARD;
void kn_routes_done(struct kn_routes *list);
bool kn_route_is_default(const struct kn_route *route);
/* Same destination, next hops, metric and table (the devices are not compared). */
bool kn_route_same(const struct kn_route *a, const struct kn_route *b);
/* Does the route, or one of its next hops, leave by @dev? */
bool kn_route_uses(const struct kn_route *route, const struct kn_ifname *dev);

struct kn_cidrs {
	struct kn_cidr *v; /* owned */
	size_t n, cap;
};

struct kn_ips {
	struct kn_ip *v; /* owned */
	size_t n, cap;
};

int kn_cidrs_add(struct kn_cidrs *list, const struct kn_cidr *cidr,
		 struct kn_error *err) KN_NODISCARD;
int kn_ips_add(struct kn_ips *list, const struct kn_ip *ip, struct kn_error *err) KN_NODISCARD;
void kn_cidrs_done(struct kn_cidrs *list);
void kn_ips_done(struct kn_ips *list);

/* The groups that are given or inherited as a whole (DESIGN, Rulings: Inheriting). */
enum kn_group {
	KN_GROUP_ADDR = 1 << 0,	   /* addrs, dhcp4, dhcp6, slaac */
	KN_GROUP_GATEWAY = 1 << 1, /* gateway4, gateway6, metric, defroute */
	KN_GROUP_DNS = 1 << 2,	   /* dns, search */
	KN_GROUP_ROUTES = 1 << 3,  /* routes */
	KN_GROUP_MTU = 1 << 4,
	KN_GROUP_ZONE = 1 << 5,
	KN_GROUP_IP = KN_GROUP_ADDR | KN_GROUP_GATEWAY | KN_GROUP_DNS | KN_GROUP_ROUTES,
	KN_GROUP_ALL = KN_GROUP_IP | KN_GROUP_MTU | KN_GROUP_ZONE,
};

struct kn_ipconf {
	bool dhcp4, dhcp6, slaac;
	bool no_defroute;      /* DEFROUTE=no: gateways are not the default route */
	struct kn_cidrs addrs; /* both families, in order; the first of a family is primary */
	struct kn_ip gateway4, gateway6; /* family NONE = none */
	bool onlink4; /* gateway4 is reached on the link, outside every network */
	bool has_metric;
	uint32_t metric; /* of the default routes */
	struct kn_ips dns;
	struct kn_strv search;
	struct kn_routes routes; /* besides the default routes */
};

void kn_ipconf_done(struct kn_ipconf *ip);
/* Copies the fields of @groups (KN_GROUP_ADDR .. ROUTES) from @src over those of @dst. */
int kn_ipconf_copy(struct kn_ipconf *dst, const struct kn_ipconf *src, unsigned int groups,
		   struct kn_error *err) KN_NODISCARD;
/* True when no address method at all is set. */
bool kn_ipconf_has_no_addr(const struct kn_ipconf *ip);

enum kn_verb {
	KN_BRIDGE_CREATE,
	KN_BRIDGE_SET,
	KN_BRIDGE_DELETE,
	KN_PORT_ADD,
	KN_PORT_REMOVE,
	KN_PORT_SET,
	KN_NET_CREATE,
	KN_NET_DELETE,
	KN_NET_HOST_ADD,
	KN_NET_HOST_REMOVE,
	KN_BOND_CREATE,	 /* .bridge is the bond */
	KN_VLAN_CREATE,	 /* .bridge is the VLAN */
	KN_BOND_RELEASE, /* .ports leave .bridge, the bond */
	KN_LINK_DELETE,	 /* .bridge is the bond or VLAN */
	KN_APPLY,	 /* several of the others at once */
};

/* Which program reads the ifcfg files; decides units and NM_CONTROLLED. */
enum kn_reader {
	KN_READER_AUTO,	     /* as detected */
	KN_READER_NONE,	     /* nothing on the host reads ifcfg */
	KN_READER_SCRIPTS_7, /* network-scripts up to RHEL 7: DELAY in seconds */
	KN_READER_SCRIPTS_8, /* network-scripts of RHEL 8 and later: DELAY in centiseconds */
	KN_READER_NM,	     /* NetworkManager's ifcfg-rh plugin: seconds */
};

const char *kn_reader_word(enum kn_reader reader); /* "network-scripts-7", ..., "nm" */

/* What makes a link a VLAN of another one. */
struct kn_vlan {
	struct kn_ifname link; /* "" = it is none */
	uint16_t id;	       /* 1 to 4094 */
};

/* The two names that tell readers of ifcfg files the number: "bond0.10" (maybe longer than a name
 * can be) and "vlan10". Source: initscripts, ifup: "^.+\.[0-9]{1,4}$" and "^vlan[0-9]{1,4}". */
#define KN_VLAN_STRLEN (KN_IFNAME_SIZE + 8)
struct kn_vlan_names {
	char dotted[KN_VLAN_STRLEN], plain[16];
};
struct kn_vlan_names kn_vlan_names(const struct kn_vlan *vlan);
/* Is @name one of them? */
bool kn_vlan_is_named(const struct kn_vlan *vlan, const char *name);

/* Of a new bond, where nothing is said: a failover that every switch takes, with the cables
 * watched. Without miimon the kernel watches nothing. */
#define KN_BOND_MIIMON_MS 100

enum kn_mac_mode {
	KN_MAC_DEFAULT, /* not given: the uplink's on create, unchanged on set */
	KN_MAC_UPLINK,
	KN_MAC_GIVEN,
};

/* What has to answer for a change to stay. */
enum kn_reach_kind {
	KN_REACH_GATEWAY, /* every default gateway, by neighbour discovery */
	KN_REACH_PEER,	  /* the next hop towards the SSH session's other end */
	KN_REACH_PING,
	KN_REACH_TCP, /* a connection is accepted */
};

struct kn_reach {
	enum kn_reach_kind kind;
	struct kn_ip ip; /* PING, TCP */
	uint16_t port;	 /* TCP */
};

struct kn_reaches {
	struct kn_reach *v; /* owned */
	size_t n, cap;
};

/* "gateway", "peer", "ping:IP", "tcp:IP:PORT", "tcp:[IPV6]:PORT". Names of machines are refused: a
 * check must not depend on DNS. Return: 0; -1 with KN_ERR_INPUT, *ret untouched. */
int kn_reach_parse(const char *str, struct kn_reach *ret, struct kn_error *err) KN_NODISCARD;
#define KN_REACH_STRLEN (KN_IP_STRLEN + 14)
/* The same form back; @buf holds KN_REACH_STRLEN. Return: @buf, or static. */
const char *kn_reach_fmt(const struct kn_reach *reach, char *buf);
int kn_reaches_add(struct kn_reaches *list, const struct kn_reach *reach,
		   struct kn_error *err) KN_NODISCARD;
void kn_reaches_done(struct kn_reaches *list);
bool kn_reaches_has(const struct kn_reaches *list, enum kn_reach_kind kind);

struct kn_network;

/* One change as asked for on the command line (or by one INI section). */
struct kn_spec {
	enum kn_verb verb;
	struct kn_ifname bridge; /* the link that is made, changed or removed */
	struct kn_names ports;	 /* --port, or the IF of port add/remove/set */
	unsigned int given;	 /* KN_GROUP_*: groups set here; the others are inherited/kept */
	bool no_ip;		 /* --no-ip: none of the IP groups, nothing inherited */
	bool none4, none6;	 /* no address of that family, none inherited */
	struct kn_ipconf ip;
	uint32_t mtu; /* with KN_GROUP_MTU */
	char *zone;   /* owned; with KN_GROUP_ZONE */
	enum kn_mac_mode mac_mode;
	struct kn_mac mac;
	struct kn_opts opts;	  /* bridge options given */
	struct kn_opts port_opts; /* port options given (port add, port set) */
	struct kn_opts bond_opts; /* bond options given */
	struct kn_ifname primary; /* of a bond: the port that carries while it can; "" = none */
	struct kn_vlan vlan;
	enum kn_reader reader;
	struct kn_strv force;	 /* rules overridden by --force=RULE */
	struct kn_reaches reach; /* --check */
	bool no_live;		 /* files only */
	bool no_persist;	 /* kernel only */
	bool no_splice;		 /* take over without the splice */
	uint32_t confirm_s;	 /* --confirm SEC, 0 = not given */
	bool can_ask;		 /* somebody at a terminal can be asked to keep the change */
	bool backend_given;	 /* --backend ifcfg: make the directory where it is missing */
	/* KN_NET_*: the network, for KN_NET_HOST_* with the hosts to add or remove;
	 * KN_BRIDGE_CREATE: the one over the bridge, or NULL. Borrowed. */
	const struct kn_network *network;
	uint32_t target; /* the libvirt that .network is for, KN_LIBVIRT(); 0 = the one that is
			    there */
	bool no_autostart, no_start; /* of the network */
	/* A part of KN_APPLY: where it was asked for, "[bridge br0] (host.conf:12)"; or NULL.
	 * Borrowed. */
	const char *asked_at;
	/* KN_APPLY: what kvmnet made and no part describes is removed. A part: this is such a
	 * removal, which spares whatever is not as kvmnet wrote it. */
	bool prune;
	/* A part of KN_APPLY: the caller's number for it, which its faults carry; 0 = none. */
	unsigned int number;
	/* KN_APPLY: links that are described, but not among the parts, because what is said of them
	 * is wrong: what stands on them is not judged. Or NULL. Borrowed. */
	const struct kn_names *unplanned;
	const struct kn_strv *remarks; /* KN_APPLY: warnings for the plan, or NULL. Borrowed. */
	/* KN_APPLY: what is to be done, in this order, none of them KN_APPLY itself. Borrowed. The
	 * rest of such a spec only tells how. */
	const struct kn_spec *parts;
	size_t n_parts;
};

/* Does @verb make a link beneath the bridges: a bond or a VLAN? */
bool kn_verb_is_link(enum kn_verb verb);
/* The single changes of @spec: its parts, or itself alone. Return: borrowed, *ret_n of them. */
const struct kn_spec *kn_spec_parts(const struct kn_spec *spec, size_t *ret_n);
/* Is one of them @verb? */
bool kn_spec_has_verb(const struct kn_spec *spec, enum kn_verb verb);

void kn_spec_done(struct kn_spec *spec);
bool kn_spec_forces(const struct kn_spec *spec, const char *rule);

#endif
