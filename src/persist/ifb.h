/* Inside of the ifcfg backend: key table, readers and writers that its files share.
 * Layer: persist, pure. Nothing outside src/persist includes this. */
#ifndef KVMNET_PERSIST_IFB_H
#define KVMNET_PERSIST_IFB_H

#include "codec/ifcfg.h"
#include "kvmnet/plan.h"

#define KN_IFB_DIR	"/etc/sysconfig/network-scripts"
#define KN_IFB_KEY_SIZE 64

/* ---- the key table ---- */

enum kn_ifb_match {
	KN_IFB_EXACT,
	KN_IFB_NUMBERED,
	KN_IFB_PREFIX,
};

enum kn_ifb_place { /* see ifb_keys.def */
		    KN_IFB_TYPED,
		    KN_IFB_VERBATIM,
		    KN_IFB_DHCP_ONLY,
		    KN_IFB_BOTH,
		    KN_IFB_BRIDGE,
		    KN_IFB_PORT,
		    KN_IFB_STAY,
		    KN_IFB_DROP,
		    KN_IFB_ALIEN,
};

enum kn_ifb_id {
#define KN_IFB_KEY(id, name, match, place, group) KN_KEY_##id,
#include "persist/ifb_keys.def"
#undef KN_IFB_KEY
	KN_KEY_COUNT
};

struct kn_ifb_key {
	const char *name;
	enum kn_ifb_match match;
	enum kn_ifb_place place;
	unsigned int group; /* KN_GROUP_*, 0 = none */
};

/* Row @id, static. */
const struct kn_ifb_key *kn_ifb_key(enum kn_ifb_id id);
/* The row that @key belongs to, static; NULL = a key that kvmnet does not know. */
const struct kn_ifb_key *kn_ifb_key_find(const char *key);
/* True when @key belongs to row @id. */
bool kn_ifb_key_is(const char *key, enum kn_ifb_id id);
/* The name with number @n; @n < 0: without one. @buf holds KN_IFB_KEY_SIZE. Return: @buf. */
const char *kn_ifb_key_nth(enum kn_ifb_id id, int n, char *buf);
/* Name of row @id. */
#define KN_K(id) (kn_ifb_key(KN_KEY_##id)->name)

/* The words of yes and no. Source: initscripts' is_true and is_false; NetworkManager's
 * svParseBoolean. */
bool kn_ifb_is_true(const char *str);
bool kn_ifb_is_false(const char *str);

/* ---- files ---- */

enum kn_ifb_kind {
	KN_IFB_IFCFG,
	KN_IFB_ROUTE,
	KN_IFB_ROUTE6,
	KN_IFB_RULE,
	KN_IFB_RULE6,
	KN_IFB_KINDS,
};

/* See kn_backend.is_ours. */
bool kn_ifb_is_ours(const char *basename);
/* Writes the path of @kind's file with @suffix. Return: 0, *ret new; -1 with KN_ERR_NOMEM. */
int kn_ifb_path(enum kn_ifb_kind kind, const char *suffix, char **ret,
		struct kn_error *err) KN_NODISCARD;
/* What stands behind "ifcfg-" (or the prefix of @kind); NULL when @path is no such file. */
const char *kn_ifb_suffix(enum kn_ifb_kind kind, const char *path);
/* The device that an ifcfg file is about: DEVICE=, else the suffix. *ret "" = none to be told.
 * Return: 0; -1 with KN_ERR_HOSTFILE. */
int kn_ifb_device(struct kn_ifcfg *text, const char *suffix, struct kn_ifname *ret,
		  struct kn_error *err) KN_NODISCARD;
/* The main file of @name. *ret borrowed, NULL = none. Return: 0; -1 with KN_ERR_HOSTFILE when two
 * files claim it, or its own file cannot be understood. */
int kn_ifb_find(const struct kn_tree *tree, const struct kn_ifname *name,
		const struct kn_file **ret, struct kn_error *err) KN_NODISCARD;
/* Interfaces whose files say that they are ports of @bridge. */
int kn_ifb_ports(const struct kn_tree *tree, const struct kn_ifname *bridge, struct kn_names *ret,
		 struct kn_error *err) KN_NODISCARD;

/* ---- reading ---- */

/* Values of one file; the first failure sticks. */
struct kn_ifb_in {
	struct kn_ifcfg *text;
	struct kn_error *err;
	bool failed;
};

/* The value, borrowed; NULL when not set, empty, or after a failure. */
const char *kn_ifb_get(struct kn_ifb_in *in, enum kn_ifb_id id, int n);

/* network-scripts look at this many numbers. Source: ifup-eth, "for idx in {0..256}". */
#define KN_IFB_ADDRS_MAX 256
/* The first IPv4 address from number *@n on (-1 = IPADDR itself). Return: true, *n its number;
 * false when the readers see no more. */
bool kn_ifb_next_addr4(struct kn_ifb_in *in, int *n, struct kn_ip *ret);

/* See kn_backend.read. */
int kn_ifb_read(const struct kn_tree *tree, const struct kn_host *host, struct kn_confs *ret,
		struct kn_error *err) KN_NODISCARD;
/* The reader that a host has. */
enum kn_reader kn_ifb_host_reader(const struct kn_host *host);
/* What one ifcfg file says, with the units of @reader; .name and .path stay unset; routes are in
 * other files. Return: 0, *ret new (kn_ifb_conf_done()); -1 with KN_ERR_HOSTFILE. */
int kn_ifb_conf_parse(struct kn_ifcfg *text, enum kn_reader reader, struct kn_conf *ret,
		      struct kn_error *err) KN_NODISCARD;
void kn_ifb_conf_done(struct kn_conf *conf);
/* The address part of it. */
int kn_ifb_read_ip(struct kn_ifb_in *in, enum kn_reader reader, struct kn_conf *conf) KN_NODISCARD;
/* Bridge and port options. */
void kn_ifb_read_opts(struct kn_ifb_in *in, enum kn_reader reader, struct kn_conf *conf);
/* Refuses a file with a value of an inherited group that the readers would drop silently.
 * Return: 0; -1 with KN_ERR_HOSTFILE and the line. */
int kn_ifb_check_values(struct kn_ifcfg *text, const char *path, const struct kn_target *target,
			struct kn_error *err) KN_NODISCARD;
/* Adds the addresses of @owner's alias files (ifcfg-OWNER:N). */
int kn_ifb_alias_addrs(const struct kn_tree *tree, const struct kn_ifname *owner,
		       struct kn_cidrs *ret, struct kn_error *err) KN_NODISCARD;

/* ---- routes ---- */

/* Adds the routes of a route file's text; lines that are no plain routes are left out.
 * Return: 0; -1 with KN_ERR_NOMEM. */
int kn_ifb_routes_parse(const char *path, const char *data, size_t len, enum kn_family family,
			struct kn_routes *ret, struct kn_error *err) KN_NODISCARD;
/* True when the text is of the form ADDRESS0= NETMASK0= GATEWAY0=. */
bool kn_ifb_routes_are_numbered(const char *data, size_t len);
/* One line's route. False when it is none or says more than kvmnet knows. */
bool kn_ifb_route_line(const char *line, size_t len, enum kn_family family, struct kn_route *ret);
/* Writes "DST via GW dev DEV metric N" with a newline. */
void kn_ifb_route_fmt(const struct kn_route *route, const struct kn_ifname *dev,
		      struct kn_buf *ret);

/* ---- writing ---- */

/* What a render works on; all borrowed. */
struct kn_ifb {
	const struct kn_target *target;
	const struct kn_tree *tree;
	const struct kn_origins *origins;
	struct kn_plan *plan;
};

/* One ifcfg file being edited; the first failure sticks. New keys go behind the last one written,
 * so that a new file has the order of the calls. */
struct kn_ifb_out {
	char *path;		      /* owned */
	const struct kn_file *before; /* borrowed, NULL = a new file */
	struct kn_ifcfg *text;	      /* owned */
	struct kn_error *err;
	bool failed;
	char after[KN_IFB_KEY_SIZE]; /* "" = at the end */
};

/* Refuses another distribution's dialect. Return: 0; -1 with KN_ERR_HOSTFILE. */
int kn_ifb_check_dialect(const struct kn_ifcfg *text, const char *path,
			 struct kn_error *err) KN_NODISCARD;
/* Opens the file at @path, or an empty one. Refuses another distribution's dialect. */
int kn_ifb_open(const struct kn_ifb *ifb, const char *path, struct kn_ifb_out *ret,
		struct kn_error *err) KN_NODISCARD;
void kn_ifb_close(struct kn_ifb_out *out);
void kn_ifb_put(struct kn_ifb_out *out, const char *key, const char *value);
/* yes or no; a word that already means the same stays. */
void kn_ifb_put_bool(struct kn_ifb_out *out, enum kn_ifb_id id, bool value);
void kn_ifb_unset(struct kn_ifb_out *out, const char *key);
/* Removes every key of row @id. */
void kn_ifb_unset_all(struct kn_ifb_out *out, enum kn_ifb_id id);
/* Removes every key of row @id but @keep. */
void kn_ifb_unset_others(struct kn_ifb_out *out, enum kn_ifb_id id, const char *keep);
/* The next new key goes behind the last one of @ids, if there is any. */
void kn_ifb_anchor(struct kn_ifb_out *out, const enum kn_ifb_id *ids, size_t n);
/* The keys assigned in @text, in order. */
int kn_ifb_keys(const struct kn_ifcfg *text, struct kn_strv *ret,
		struct kn_error *err) KN_NODISCARD;
/* Appends the edited file to the plan. @origin: its original is to be recorded. */
int kn_ifb_save(const struct kn_ifb *ifb, struct kn_ifb_out *out, bool origin,
		struct kn_error *err) KN_NODISCARD;
/* Appends a change of bytes; @after NULL = the file goes. */
int kn_ifb_change(const struct kn_ifb *ifb, const char *path, const char *after, size_t len,
		  bool keep_origin, struct kn_error *err) KN_NODISCARD;
/* The record of @path's original, made for this bridge; NULL = none. */
const struct kn_origin *kn_ifb_origin(const struct kn_ifb *ifb, const char *path);
/* True when the file is still as kvmnet wrote it. */
bool kn_ifb_is_unchanged(const struct kn_ifb *ifb, const struct kn_origin *origin);
/* Puts the original back and forgets the record. */
int kn_ifb_restore(const struct kn_ifb *ifb, const struct kn_origin *origin,
		   struct kn_error *err) KN_NODISCARD;

/* DELAY and BRIDGING_OPTS of the bridge for @opts; STP too. Return through out->failed. */
void kn_ifb_put_opts(struct kn_ifb_out *out, const struct kn_target *target);
void kn_ifb_put_port_opts(struct kn_ifb_out *out, const struct kn_target *target);
/* The IP groups @groups of the target; the keys of a group that is already right are not touched.
 * @addrs: the addresses for this file. */
void kn_ifb_put_ip(struct kn_ifb_out *out, const struct kn_target *target,
		   const struct kn_cidrs *addrs, unsigned int groups);
/* True when GATEWAY= can carry gateway4: readers want it inside the first address's network. */
bool kn_ifb_gateway_fits(const struct kn_ipconf *ip, const struct kn_cidrs *addrs);

/* Is it a bond's or VLAN's file already, for a reader that needs no more than it says? */
bool kn_ifb_reads_as_link(const struct kn_ifb_out *out, const struct kn_target *target);
/* BONDING_OPTS of the bond; the keys that make the file a VLAN's. Return through out->failed. */
void kn_ifb_put_bond(struct kn_ifb_out *out, const struct kn_target *target);
void kn_ifb_put_vlan(struct kn_ifb_out *out, const struct kn_target *target);
/* Ports that leave a bond are not its primary. */
int kn_ifb_render_primary(const struct kn_ifb *ifb, struct kn_error *err) KN_NODISCARD;
/* What they say: options and primary port, VLAN. */
void kn_ifb_read_bond(struct kn_ifb_in *in, struct kn_conf *conf);
int kn_ifb_read_vlan(const struct kn_ifname *name, struct kn_ifb_in *in,
		     struct kn_vlan *ret) KN_NODISCARD;
/* ifcfg-BR, and that of a bond or VLAN. @uplink: the uplink's file, NULL = none. */
int kn_ifb_render_bridge(const struct kn_ifb *ifb, struct kn_ifcfg *uplink,
			 struct kn_error *err) KN_NODISCARD;
int kn_ifb_render_set(const struct kn_ifb *ifb, struct kn_error *err) KN_NODISCARD;
/* The file of port @name: attached, with MTU and NM_CONTROLLED as the bridge's. */
int kn_ifb_render_port(const struct kn_ifb *ifb, const struct kn_ifname *name,
		       struct kn_error *err) KN_NODISCARD;
int kn_ifb_render_port_remove(const struct kn_ifb *ifb, const struct kn_ifname *name,
			      struct kn_error *err) KN_NODISCARD;
int kn_ifb_render_port_set(const struct kn_ifb *ifb, const struct kn_ifname *name,
			   struct kn_error *err) KN_NODISCARD;
/* The key by which a port names what it is a port of: of a bond's port MASTER, else BRIDGE. */
enum kn_ifb_id kn_ifb_port_key(const struct kn_target *target);
/* Detaches @out without the original: BRIDGE= and what belongs to it goes. */
void kn_ifb_detach(struct kn_ifb_out *out, const struct kn_target *target);
int kn_ifb_render_delete(const struct kn_ifb *ifb, struct kn_error *err) KN_NODISCARD;

/* A route, rule or alias file that follows its interface. */
struct kn_ifb_move {
	enum kn_ifb_kind kind;
	const struct kn_file *from; /* borrowed */
	char *to;		    /* owned: the path under the new name */
};

struct kn_ifb_moves {
	struct kn_ifb_move *v; /* owned */
	size_t n, cap;
};

/* The files of @from that would follow it to @to. */
int kn_ifb_moves_find(const struct kn_tree *tree, const struct kn_ifname *from,
		      const struct kn_ifname *to, struct kn_ifb_moves *ret,
		      struct kn_error *err) KN_NODISCARD;
void kn_ifb_moves_done(struct kn_ifb_moves *moves);
/* The text of one of them with @from's name replaced by @to's. */
int kn_ifb_move_text(const struct kn_ifb_move *move, const struct kn_ifname *from,
		     const struct kn_ifname *to, struct kn_buf *ret,
		     struct kn_error *err) KN_NODISCARD;
/* Files of the bridge besides ifcfg-BR: moved from the uplink or made from the target. */
int kn_ifb_render_extra(const struct kn_ifb *ifb, struct kn_error *err) KN_NODISCARD;
/* The uplink's files that have moved away. */
int kn_ifb_render_moved(const struct kn_ifb *ifb, struct kn_error *err) KN_NODISCARD;
/* route-BR and route6-BR of `bridge set`. */
int kn_ifb_render_routes(const struct kn_ifb *ifb, struct kn_error *err) KN_NODISCARD;

#endif
