/* What is there: links, addresses, routes of the running kernel and what runs on the host.
 * Layer: model, pure. Kernel names and numbers as rtnetlink gives them. */
#ifndef KVMNET_FACTS_H
#define KVMNET_FACTS_H

#include "kvmnet/conf.h"
#include "kvmnet/names.h"

enum kn_link_kind {
	KN_LINK_PHYSICAL, /* a device driver's own (no IFLA_INFO_KIND) */
	KN_LINK_LOOPBACK,
	KN_LINK_WLAN, /* /sys/class/net/X/phy80211 or wireless exists */
	KN_LINK_BRIDGE,
	KN_LINK_BOND,
	KN_LINK_TEAM,
	KN_LINK_VLAN,
	KN_LINK_VETH,
	KN_LINK_TUN,	 /* tun and tap */
	KN_LINK_MACVLAN, /* and macvtap */
	KN_LINK_OTHER,
};

/* IFF_* and IFA_F_* values are the kernel's (linux/if.h, linux/if_addr.h). */
struct kn_link {
	struct kn_ifname name;
	int ifindex;
	enum kn_link_kind kind;
	char kind_word[16]; /* IFLA_INFO_KIND, "" = none */
	uint32_t flags;	    /* IFF_* */
	uint8_t operstate;  /* IF_OPER_* */
	uint32_t mtu;
	struct kn_mac mac;
	bool has_mac; /* a 6-byte address */
	bool mac_set; /* NET_ADDR_SET: pinned, does not follow the ports */
	struct kn_ifname master;
	int master_index; /* 0 = none */
	uint32_t group;
	uint8_t addr_gen_mode; /* IN6_ADDR_GEN_MODE_*; 255 = unknown */
	bool disable_ipv6;
	uint32_t rp_filter;	  /* net.ipv4.conf.IF.rp_filter */
	uint32_t promote;	  /* net.ipv4.conf.IF.promote_secondaries */
	uint32_t accept_ra;	  /* net.ipv6.conf.IF.accept_ra */
	uint8_t port_state;	  /* BR_STATE_* when a bridge port */
	int bond_mode;		  /* -1 = no bond */
	struct kn_opts opts;	  /* a bridge's, all set */
	struct kn_opts port_opts; /* a bridge port's, all set */
	int lower_index;	/* the link below a VLAN or macvlan, in this namespace; 0 = none */
	struct kn_ifname lower; /* its name, when it was read too */
	uint16_t vlan_id;	/* of a VLAN; 0 = none */
	uint32_t speed_mbit;	/* of the cable, when asked for; 0 = unknown */
	bool half_duplex;
	struct kn_opts bond_opts; /* a bond's */
	struct kn_ifname primary; /* of a bond, when it was read too; "" = none */
	int primary_index;	  /* 0 = none */
	struct kn_ifname active;  /* of a bond: the port that carries; as .primary */
	int active_index;
	bool is_cut;	       /* a bond's port: the bond counts its cable as cut */
	bool has_own_mac;      /* a bond's port: */
	struct kn_mac own_mac; /* what it gets back when the bond releases it */
};

struct kn_laddr {
	struct kn_ifname dev;
	struct kn_cidr addr;	       /* the local address and its prefix length */
	struct kn_ip peer;	       /* point-to-point peer, or NONE */
	struct kn_ip broadcast;	       /* or NONE */
	char label[16];		       /* IFA_LABEL, "" = none */
	uint32_t flags;		       /* IFA_F_* */
	uint8_t scope, proto;	       /* RT_SCOPE_*, IFAPROT_* */
	uint32_t valid_s, preferred_s; /* lifetimes in seconds, UINT32_MAX = forever */
	bool has_metric;
	uint32_t metric; /* IFA_RT_PRIORITY */
};

struct kn_neigh {
	struct kn_ifname dev;
	struct kn_ip dst;
	struct kn_mac mac;
	bool has_mac;
	uint16_t state; /* NUD_* */
	uint8_t flags;	/* NTF_* */
};

/* A nexthop object that leaves by a link; routes and groups name it by .id and follow it. */
struct kn_nexthop {
	uint32_t id;
	enum kn_family family;
	struct kn_ifname dev;
	struct kn_ip gateway; /* or NONE */
	bool onlink;
	bool odd;      /* its encapsulation did not fit below */
	uint8_t proto; /* RTPROT_* */
	uint16_t encap_len;
	uint8_t encap[64]; /* its encapsulation as netlink attributes, as they are */
};

/* A policy rule. What kvmnet does not look at is kept as bytes, so that a copy loses nothing. */
struct kn_rule {
	enum kn_family family;
	uint32_t priority, table;
	struct kn_ifname iif, oif; /* "" = any */
	uint16_t raw_len;
	uint8_t raw[256]; /* struct fib_rule_hdr and all other attributes */
};

/* VLANs that a bridge has on a port, or itself (.dev is the bridge), in a row with the same flags.
 */
struct kn_port_vlan {
	struct kn_ifname dev;
	uint16_t first, last;
	bool pvid;     /* frames without a tag belong to it */
	bool untagged; /* its frames leave without one */
};

/* A multicast group that somebody on this host has joined on a link. */
struct kn_mcast {
	struct kn_ifname dev;
	struct kn_ip ip;
};

/* A firewall rule that names a link. */
struct kn_fwrule {
	struct kn_ifname dev;
	char *text; /* owned: where it stands and what it says, escaped for people */
};

/* A link's zone of firewalld. Its names have at most 17 characters. */
#define KN_ZONE_SIZE 32
struct kn_fwzone {
	struct kn_ifname dev; /* "" = the default zone, for every link that is in none */
	char name[KN_ZONE_SIZE];
};

/* Where an address that is to be used lives already; or one whose network overlaps that of a wanted
 * one, with the length of its prefix. */
struct kn_addr_use {
	struct kn_ip ip;
	struct kn_ifname dev;
	uint8_t prefix_len; /* 0 = not known */
};

enum kn_owner {
	KN_OWNER_NONE,
	KN_OWNER_NM,
	KN_OWNER_NETWORKD,
};

/* The host's software around the network. */
struct kn_host {
	bool has_scripts;     /* network-scripts/network-functions is there */
	bool scripts_seconds; /* ... of a generation that takes DELAY in seconds (RHEL <= 7) */
	bool scripts_enabled; /* network.service (or the SysV script) is enabled */
	bool has_nm_plugin;   /* libnm-settings-plugin-ifcfg-rh.so is there */
	bool nm_running, resolved_running;
	bool nm_enabled;
	uint64_t seed; /* hash of the machine's id, 0 = unknown: for addresses made up here */
};

/* One interface's owner among the running daemons. */
struct kn_if_owner {
	struct kn_ifname name;
	enum kn_owner owner;
};

/* A DHCP client process serving an interface. */
struct kn_dhcp_client {
	struct kn_ifname dev;
	int pid;
	bool is_dhclient; /* false: another program, named in .program */
	char program[32];
	char *exe;	     /* owned: absolute path */
	struct kn_strv argv; /* owned */
	char *lease_file;    /* owned, or NULL */
	char *pid_file;	     /* owned, or NULL */
};

struct kn_facts {
	bool live; /* the kernel was read; false: --no-live or --root */
	struct kn_link
		*links; /* owned: those asked for that exist, and the ports of bridges asked for */
	size_t n_links, cap_links;
	struct kn_name_table link_names;
	struct kn_laddr *addrs; /* owned: of the links asked for, in the kernel's order */
	size_t n_addrs, cap_addrs;
	struct kn_routes
		routes; /* all tables; every default route, and all through links asked for */
	struct kn_neigh *neighs; /* owned */
	size_t n_neighs, cap_neighs;
	struct kn_nexthop *nexthops; /* owned: of the links asked for by name */
	size_t n_nexthops, cap_nexthops;
	struct kn_rule *rules; /* owned: those that name a link asked for, and the others of the
				* same family and priority; in the kernel's order */
	size_t n_rules, cap_rules;
	struct kn_mcast *groups; /* owned: of the links asked for, without the kernel's own */
	size_t n_groups, cap_groups;
	struct kn_port_vlan *vlans; /* owned: of the links asked for, where asked for */
	size_t n_vlans, cap_vlans;
	bool vlans_known;	   /* all there are of these links */
	bool can_join;		   /* a group can be joined without a program (Linux 4.1) */
	bool snoops_alone;	   /* bridges snoop multicast also where nobody asks for members */
	struct kn_fwrule *fwrules; /* owned: those that name a link asked for */
	size_t n_fwrules, cap_fwrules;
	struct kn_fwzone *zones; /* owned: of the links asked for, and the default; none = no
				  * firewalld */
	size_t n_zones, cap_zones;
	struct kn_addr_use *uses; /* owned: wanted addresses found on any link */
	size_t n_uses, cap_uses;
	struct kn_host host;
	struct kn_if_owner *owners; /* owned */
	size_t n_owners, cap_owners;
	struct kn_dhcp_client *clients; /* owned */
	size_t n_clients, cap_clients;
	bool has_ssh;
	struct kn_ip ssh_local, ssh_peer; /* the SSH session's two ends */
	bool can_splice;		  /* the takeover can be spliced (live/splice.h) */
	uint32_t all_rp_filter;		  /* net.ipv4.conf.all.rp_filter */
	char *resolv; /* owned: resolv.conf where network-scripts write it, "" = there is none;
		       * NULL = not read, or another program's */
};

void kn_facts_done(struct kn_facts *facts);
/* Return: borrowed, NULL when the link does not exist or was not asked for. */
const struct kn_link *kn_facts_link(const struct kn_facts *facts, const struct kn_ifname *name);
const struct kn_dhcp_client *kn_facts_client(const struct kn_facts *facts,
					     const struct kn_ifname *name);
enum kn_owner kn_facts_owner(const struct kn_facts *facts, const struct kn_ifname *name);
int kn_facts_add_link(struct kn_facts *facts, const struct kn_link *link,
		      struct kn_error *err) KN_NODISCARD;
int kn_facts_add_addr(struct kn_facts *facts, const struct kn_laddr *addr,
		      struct kn_error *err) KN_NODISCARD;
int kn_facts_add_neigh(struct kn_facts *facts, const struct kn_neigh *neigh,
		       struct kn_error *err) KN_NODISCARD;
int kn_facts_add_mcast(struct kn_facts *facts, const struct kn_mcast *group,
		       struct kn_error *err) KN_NODISCARD;
int kn_facts_add_vlan(struct kn_facts *facts, const struct kn_port_vlan *vlan,
		      struct kn_error *err) KN_NODISCARD;
/* The row with VLAN @id of the port or bridge @dev. Return: borrowed, or NULL. */
const struct kn_port_vlan *kn_facts_vlan(const struct kn_facts *facts, const struct kn_ifname *dev,
					 uint16_t id);
/* Does the link above take every frame of the link below, as a bridge or bond would have to? */
bool kn_link_takes_all(const struct kn_link *top);
/* Adds the rules of "nft list ruleset" that match one of @names by iif, oif, iifname or oifname;
 * of firewalld's, which it makes anew by itself, the zones.
 * @param text NUL-terminated. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_facts_take_nft(const char *text, const struct kn_names *names, struct kn_facts *ret,
		      struct kn_error *err) KN_NODISCARD;
/* Its own zone, or the default. Return: borrowed; NULL without firewalld. */
const char *kn_facts_zone(const struct kn_facts *facts, const struct kn_ifname *dev);
/* The same for iptables-save (@program: "iptables" or "ip6tables"), by -i and -o. */
int kn_facts_take_save(const char *text, const char *program, const struct kn_names *names,
		       struct kn_facts *ret, struct kn_error *err) KN_NODISCARD;
/* @param text copied */
int kn_facts_add_fwrule(struct kn_facts *facts, const struct kn_ifname *dev, const char *text,
			struct kn_error *err) KN_NODISCARD;
int kn_facts_add_nexthop(struct kn_facts *facts, const struct kn_nexthop *nexthop,
			 struct kn_error *err) KN_NODISCARD;
int kn_facts_add_rule(struct kn_facts *facts, const struct kn_rule *rule,
		      struct kn_error *err) KN_NODISCARD;
/* The same in every respect, devices included. */
bool kn_rule_eq(const struct kn_rule *a, const struct kn_rule *b);
int kn_facts_add_use(struct kn_facts *facts, const struct kn_addr_use *use,
		     struct kn_error *err) KN_NODISCARD;

#endif
