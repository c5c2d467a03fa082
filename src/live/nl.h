/* Private parts of the live layer: transport, request building, and who does which operation.
 * Layer: live, effects. Only files of src/live/ include this. */
#ifndef KVMNET_LIVE_NL_H
#define KVMNET_LIVE_NL_H

#include <sys/types.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "kvmnet/buf.h"
#include "kvmnet/plan.h"

/* Numbers that the oldest kernel headers kvmnet is built with lack. Source: linux/rtnetlink.h,
 * if_link.h, if_addr.h, netlink.h of kernel 6.1; they are ABI and never change. */
enum {
	KN_NETLINK_CAP_ACK = 10,
	KN_NETLINK_EXT_ACK = 11,
	KN_NETLINK_STRICT_CHK = 12,
	KN_NLMSGERR_ATTR_MSG = 1,
	KN_NLM_F_CAPPED = 0x100,
	KN_NLM_F_ACK_TLVS = 0x200,
	KN_EXT_SKIP_STATS = 1 << 3,
	KN_BRPORT_ISOLATED = 33,
	KN_IFA_FLAGS = 8,
	KN_IFA_F_MCAUTOJOIN = 0x400,
	KN_IFA_RT_PRIORITY = 9,
	KN_IFA_PROTO = 11,
	KN_IFA_MAX = 11,
	KN_RTA_VIA = 18,
	KN_RTA_PREF = 20,
	KN_RTA_ENCAP = 22,
	KN_RTA_EXPIRES = 23,
	KN_RTA_NH_ID = 30,
	KN_RTA_MAX = 30,
	KN_RTM_F_FIB_MATCH = 0x2000,
	KN_INET6_ADDR_GEN_MODE = 8,
};

#define KN_NL_RX_SIZE 32768 /* what the kernel fills at most per datagram of a dump */
#define KN_NL_BATCH   64    /* messages per sendmsg: their answers must fit the receive queue */

/* One request and what the kernel answered. Building is sticky: check once by sending. */
struct kn_req {
	struct nl_msg *msg; /* owned */
	bool failed;	    /* a part did not fit or memory ran out */
	/* Called for every data message of the answer; borrowed header. May be NULL. */
	int (*on_msg)(struct nlmsghdr *hdr, void *arg, struct kn_error *err);
	void *arg;
	bool answered;
	bool heard;	/* something came before the end of a dump */
	int error;	/* errno of the answer, 0 = success */
	char text[128]; /* the kernel's own words (extended ack), escaped; "" = none */
	size_t op;	/* exec: index of the operation it belongs to */
	bool optional;	/* exec: its failure is none of the operation */
	int ifindex;	/* exec: answer of the query behind a creation */
};

struct kn_nl_name {
	struct kn_ifname name;
	int ifindex;
};

struct kn_nl_tap {
	struct kn_ifname bridge, name;
	int fd;
	bool quiet; /* the bridge learns nothing from it */
};

struct kn_nl {
	struct kn_live base; /* first: the public pointer is this object */
	struct nl_sock *sk;
	bool strict;		  /* the kernel filters dumps as asked (>= 4.20) */
	uint8_t *rx;		  /* owned, KN_NL_RX_SIZE */
	struct kn_nl_name *names; /* owned: links asked for by name, and those created */
	size_t n_names, cap_names;
	struct kn_name_table by_name;
	struct kn_nl_tap *taps; /* owned: temporary carriers */
	size_t n_taps, cap_taps;
	struct kn_splice *splice;    /* owned, or NULL */
	struct kn_splice *retired;   /* owned, or NULL: switched off, ended when all is done */
	pid_t closer;		     /* child that frees the last carrier's device, 0 = none */
	int gate;		     /* owned while there is one: closing it lets the child go on */
	pid_t catcher;		     /* child that catches what the port drops, 0 = none */
	int catch_gate, catch_ready; /* owned while there is one */
	struct kn_req batch[KN_NL_BATCH];
	size_t n_batch;
};

/* ---- event.c, addr_wait.c: waiting ---- */

/* Tells whether the kernel is in the state waited for. */
typedef bool kn_nl_state(struct kn_nl *nl, void *arg);

/* A socket that hears of changes in @group (RTNLGRP_*), or NULL; free with nl_socket_free(). */
struct nl_sock *kn_nl_subscribe(int group);
/* Asks @holds, and again after every event. Return: false when @timeout_ms passed. */
bool kn_nl_until(struct kn_nl *nl, struct nl_sock *events, int timeout_ms, kn_nl_state *holds,
		 void *arg);
/* reach.c: implements kn_live.reach. */
int kn_nl_reach(struct kn_live *self, struct kn_probe *probes, size_t n, uint32_t timeout_ms,
		struct kn_error *err) KN_NODISCARD;
/* Where packets to @probe->ip go: sets .dev and .via, or .answer and *ret_ifindex = 0 when the
 * address is the host's own (KN_YES) or there is no way to it (KN_NO). Return: 0; -1. */
int kn_nl_next_hop(struct kn_nl *nl, struct kn_probe *probe, int *ret_ifindex,
		   struct kn_error *err) KN_NODISCARD;
/* Executes SPLICE_*. Return: 0; -1 with KN_ERR_UNSUPPORTED or KN_ERR_SYSTEM. */
int kn_splice_exec(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;
/* Executes DRAIN: until no neighbour of the link is being resolved, at most 100 ms. */
int kn_drain(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;
/* Executes ADDR_WAIT. Return: 0; -1 with KN_ERR_SYSTEM after three seconds. */
int kn_addr_wait(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;

/* ---- socket.c: transport ---- */

/* Opens (or, after a lost answer, replaces) the socket. Return: 0; -1 with KN_ERR_SYSTEM. */
int kn_nl_connect(struct kn_nl *nl, struct kn_error *err) KN_NODISCARD;

/* Sends @n requests in one datagram and collects every answer (.answered, .error, .text).
 * A refusal by the kernel is not an error of this function; a lost, cut or late answer is: then
 * the socket has been replaced and what is not .answered is unknown.
 * Return: 0; -1 with KN_ERR_SYSTEM or KN_ERR_NOMEM, or what on_msg reported. */
int kn_nl_transact(struct kn_nl *nl, struct kn_req *reqs, size_t n,
		   struct kn_error *err) KN_NODISCARD;

/* Runs one dump; when the kernel says that it was interrupted by a change, *n (the count of what
 * on_msg collected) is set back and the dump repeated, a bounded number of times. One with nothing
 * in it is asked for once more.
 * Return: 0; -1 as above; a refusal is an error naming @what. */
int kn_nl_dump(struct kn_nl *nl, struct kn_req *req, size_t *n, const char *what,
	       struct kn_error *err) KN_NODISCARD;

/* ---- request.c: building and reading messages ---- */

/* Starts a message of @type with NLM_F_REQUEST | @flags and a fixed header. */
void kn_req_init(struct kn_req *req, int type, int flags, const void *head, size_t len);
void kn_req_done(struct kn_req *req);
void kn_req_put(struct kn_req *req, int attr, const void *data, size_t len);
void kn_req_uint(struct kn_req *req, int attr, uint32_t value, size_t size); /* 1, 2 or 4 bytes */
void kn_req_u32(struct kn_req *req, int attr, uint32_t value);
void kn_req_str(struct kn_req *req, int attr, const char *str);
/* Attributes as they came from the kernel, aligned. */
void kn_req_raw(struct kn_req *req, const void *attrs, size_t len);
void kn_req_ip(struct kn_req *req, int attr, const struct kn_ip *ip);
struct nlattr *kn_req_nest(struct kn_req *req, int attr);
void kn_req_end(struct kn_req *req, struct nlattr *nest);

/* An unsigned number of any width, or @fallback when absent or odd. */
uint32_t kn_attr_uint(const struct nlattr *attr, uint32_t fallback);
/* True and *ret set when the attribute holds a whole address of @af. */
bool kn_attr_ip(const struct nlattr *attr, int af, struct kn_ip *ret);
int kn_nl_af(const struct kn_ip *ip);

/* "cannot WHAT: kernel's text: errno's text", with kind and hint. Return: -1. */
int kn_req_fail(const struct kn_req *req, const char *what, struct kn_error *err);
/* The same for an errno. */
int kn_nl_fail(int sys_errno, const char *text, const char *what, struct kn_error *err);

/* ---- names.c: interface names and indexes ---- */

int kn_nl_remember(struct kn_nl *nl, const struct kn_ifname *name, int ifindex,
		   struct kn_error *err) KN_NODISCARD;
void kn_nl_forget(struct kn_nl *nl, const struct kn_ifname *name);
/* Index of a link, from the cache or by a point query. Return: 0; -1 when it does not exist. */
int kn_nl_index(struct kn_nl *nl, const struct kn_ifname *name, int *ret,
		struct kn_error *err) KN_NODISCARD;
/* Starts a point query for a link: by @name, or by @ifindex when @name is NULL. */
void kn_req_getlink(struct kn_req *req, const char *name, int ifindex);
/* Is there no link with this index, by the kernel's own word about it? */
bool kn_nl_is_gone(struct kn_nl *nl, int ifindex);
/* on_msg that stores the link's index in *(int *)arg. */
int kn_on_ifindex(struct nlmsghdr *hdr, void *arg, struct kn_error *err);

/* ---- reading ---- */

/* Raw per-device settings, as arrays in the kernel's order. */
struct kn_nl_conf {
	size_t n4, n6;
	uint32_t v4[48]; /* [IPV4_DEVCONF_x - 1] */
	uint32_t v6[80]; /* [DEVCONF_x] */
	uint8_t addr_gen_mode;
};

void kn_conf_parse(struct nlattr *af_spec, struct kn_nl_conf *ret);
/* Asks for one link's settings; *ret is filled by the exchange. */
void kn_req_getconf(struct kn_req *req, int ifindex, struct kn_nl_conf *ret);
int kn_link_parse(struct nlmsghdr *hdr, struct kn_link *ret, struct kn_error *err) KN_NODISCARD;
/* What only sysfs knows: a Wi-Fi device, and whether a bridge's MAC is pinned. */
void kn_link_read_sysfs(struct kn_link *link);
/* Of a physical link that runs: asks its driver, which can take a while. */
void kn_link_read_speed(struct kn_link *link);
/* Indexes of the bridge's ports, ascending. @param ret room for KN_BRIDGE_PORTS zeroes.
 * Return: their number; -1 when the kernel does not say (ask by dump, then). */
#define KN_BRIDGE_PORTS 1024 /* the kernel's limit: BR_MAX_PORTS, net/bridge/br_private.h */
int kn_bridge_port_indexes(struct kn_nl *nl, const struct kn_ifname *bridge, int *ret) KN_NODISCARD;
int kn_read_links(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		  struct kn_error *err) KN_NODISCARD;

/* Adds the links that sit on one of @facts, without what hangs on them. */
int kn_read_uppers(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err) KN_NODISCARD;
/* The same at the cost of the few links read, where sysfs tells. */
int kn_read_tops(struct kn_nl *nl, enum kn_tops tops, struct kn_facts *facts,
		 struct kn_error *err) KN_NODISCARD;
/* Adds the names of what stands on @link. *ret_told: sysfs knows. Return: 0; -1. */
int kn_link_tops(const struct kn_link *link, struct kn_names *ret, bool *ret_told,
		 struct kn_error *err) KN_NODISCARD;
/* The VLANs of ports and bridges among the links read, where one of these filters by them. */
int kn_read_port_vlans(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err) KN_NODISCARD;
int kn_read_addrs(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err) KN_NODISCARD;
/* Groups of the facts' links, from /proc/net/igmp and igmp6, and whether others can be joined. */
/* Is the running kernel that version, or a later one? By its name; false when that says nothing. */
bool kn_kernel_since(uint32_t major, uint32_t minor);
int kn_read_groups(struct kn_facts *facts, struct kn_error *err) KN_NODISCARD;
int kn_read_uses(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		 struct kn_error *err) KN_NODISCARD;
int kn_read_routes(struct kn_nl *nl, enum kn_rivals rivals, struct kn_facts *facts,
		   struct kn_error *err) KN_NODISCARD;
int kn_read_nexthops(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		     struct kn_error *err) KN_NODISCARD;
int kn_read_rules(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err) KN_NODISCARD;
int kn_read_neighs(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		   struct kn_error *err) KN_NODISCARD;

/* Finds links by index; dumps come in the links' own order, so that searching on from the last hit
 * makes reading a whole host linear. */
struct kn_link_map {
	const struct kn_facts *facts; /* borrowed */
	size_t hit;
	int missed; /* the last index that was not there */
};

/* The facts' link with @ifindex, or NULL; borrowed, valid until a link is added. */
const struct kn_link *kn_link_by_index(struct kn_link_map *map, int ifindex);
/* Its name by a point query, for links that are not in the facts; "" when it is gone. */
int kn_nl_name_of(struct kn_nl *nl, struct kn_link_map *map, int ifindex, struct kn_ifname *ret,
		  struct kn_error *err) KN_NODISCARD;

int kn_nl_snapshot(struct kn_live *self, const struct kn_live_request *req, struct kn_facts *ret,
		   struct kn_error *err) KN_NODISCARD;

/* ---- route_legs.c: next hops ---- */

/* The legs of a route, before their devices have names. */
struct kn_legs {
	int oif; /* of the leg that stands for all */
	struct kn_ip gateway;
	bool odd;  /* one carries what is not kept */
	uint8_t n; /* 0 = more than fit */
	struct kn_leg v[KN_ROUTE_LEGS];
	int oifs[KN_ROUTE_LEGS];
};

void kn_legs_parse(struct nlattr *attr, int af, struct kn_link_map *map, struct kn_legs *ret);
void kn_req_legs(struct kn_req *req, const struct kn_route *route, const int *oifs);
void kn_attr_gateway(struct nlattr **tb, int af, struct kn_ip *ret);
/* @param family of the route; nothing is put where @gw is NONE */
void kn_req_gateway(struct kn_req *req, const struct kn_ip *gw, enum kn_family family);

/* ---- opts.c: bridge, port and bond options ---- */

void kn_bridge_opts_get(struct nlattr *data, struct kn_opts *ret);
void kn_bridge_opts_put(struct kn_req *req, const struct kn_opts *opts);
void kn_port_opts_get(struct nlattr *data, struct kn_opts *ret);
void kn_port_opts_put(struct kn_req *req, const struct kn_opts *opts);
void kn_bond_get(struct nlattr *data, struct kn_link *ret);
void kn_bond_opts_put(struct kn_req *req, const struct kn_opts *opts);

/* ---- writing: each starts *req for one operation; @ifindex is op->dev's ---- */

void kn_req_bridge_add(struct kn_req *req, const struct kn_op *op);
void kn_req_bridge_opts(struct kn_req *req, int ifindex, const struct kn_opts *opts);
void kn_req_port_opts(struct kn_req *req, int ifindex, const struct kn_opts *opts);
void kn_req_bond_add(struct kn_req *req, const struct kn_op *op);
void kn_req_bond_opts(struct kn_req *req, int ifindex, const struct kn_opts *opts);
/* @param attr IFLA_BOND_PRIMARY or IFLA_BOND_ACTIVE_SLAVE; @param port index; 0 = none */
void kn_req_bond_port(struct kn_req *req, int ifindex, int attr, int port);
/* @param below index of the link that it is a VLAN of */
void kn_req_vlan_add(struct kn_req *req, int below, const struct kn_op *op);
void kn_req_link_del(struct kn_req *req, int ifindex);
void kn_req_link_flags(struct kn_req *req, int ifindex, bool up);
void kn_req_link_u32(struct kn_req *req, int ifindex, int attr, uint32_t value);
void kn_req_link_mac(struct kn_req *req, int ifindex, const struct kn_mac *mac);
void kn_req_addr_gen(struct kn_req *req, int ifindex, uint32_t mode);
void kn_req_inet_conf(struct kn_req *req, int ifindex, const struct kn_nl_conf *want,
		      const struct kn_nl_conf *have);
void kn_req_rp_filter(struct kn_req *req, int ifindex, uint32_t value);
void kn_req_arp_notify(struct kn_req *req, int ifindex, uint32_t value);
void kn_req_promote(struct kn_req *req, int ifindex, uint32_t value);
void kn_req_addr(struct kn_req *req, int type, int ifindex, const struct kn_laddr *addr);
/* @param oifs indexes of the legs' devices, or of the one device; room for KN_ROUTE_LEGS */
void kn_req_route(struct kn_req *req, int type, int flags, const int *oifs,
		  const struct kn_route *route);
void kn_req_nexthop(struct kn_req *req, bool make, int ifindex, const struct kn_nexthop *nexthop);
void kn_req_nexthop_del(struct kn_req *req, uint32_t id);
void kn_req_rule(struct kn_req *req, int type, const struct kn_rule *rule);
void kn_req_neigh(struct kn_req *req, int type, int ifindex, const struct kn_neigh *neigh);

/* ---- operations that are more than a message ---- */

int kn_link_mac(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;
int kn_conf_copy(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;
/* Best effort: a host without /dev/net/tun is no error. */
int kn_carrier_add(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;
void kn_carrier_del(struct kn_nl *nl, const struct kn_op *op);
void kn_carrier_close_all(struct kn_nl *nl);
/* Descriptor of the bridge's temporary tap, borrowed; -1 when there is none for this. */
int kn_carrier_fd(const struct kn_nl *nl, const struct kn_ifname *bridge);
/* In a child: closes every descriptor but @keep. */
void kn_close_others(const int *keep, size_t n);
/* Executes CATCH_ADD and CATCH_DEL. Best effort: without packet sockets or a tap nothing is caught.
 */
void kn_catch_add(struct kn_nl *nl, const struct kn_op *op);
void kn_catch_del(struct kn_nl *nl);
/* left.c: executes LEFT_DEL. A bridge that is gone already is no error. */
int kn_left_del(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;
/* /proc/sys/net/ipv6/conf/DEV/KEY. A missing file (no IPv6) is no error. */
int kn_sysctl6_write(const struct kn_ifname *dev, const char *key, uint32_t value,
		     struct kn_error *err) KN_NODISCARD;
int kn_sysctl6_copy(const struct kn_ifname *from, const struct kn_ifname *to, const char *key,
		    struct kn_error *err) KN_NODISCARD;
/* Reads a small text file without its trailing newline. Return: 0; -1 with errno. */
int kn_read_small(const char *path, char *buf, size_t size) KN_NODISCARD;

/* ---- build.c, settle.c, exec.c, text.c ---- */

/* True when the operation is one or two requests that can share a datagram with others. */
bool kn_op_is_message(enum kn_op_kind kind);
/* Appends the requests of operation @i to nl->batch, which must have room for KN_OP_REQS. */
#define KN_OP_REQS 2
int kn_batch_add(struct kn_nl *nl, size_t i, const struct kn_op *op,
		 struct kn_error *err) KN_NODISCARD;
void kn_batch_clear(struct kn_nl *nl);

/* After a lost answer: reads the kernel back. Return: true when what @op wants is so, or when
 * that cannot be read either (the kernel had the request, and works through what it has). */
bool kn_op_holds(struct kn_nl *nl, const struct kn_op *op);

int kn_nl_exec(struct kn_live *self, const struct kn_op *ops, size_t n, bool *ret_done,
	       struct kn_error *err) KN_NODISCARD;
/* nft.c: struct kn_live's libvirt_rules. */
int kn_nl_libvirt_rules(struct kn_live *self, struct kn_libvirt_rules *ret, struct kn_error *err);

#endif
