/* The plan: the one value that dry run, diff, apply and undo consume. And the target it was made
 * from. Layer: model, pure. */
#ifndef KVMNET_PLAN_H
#define KVMNET_PLAN_H

#include "kvmnet/facts.h"
#include "kvmnet/progress.h"

struct kn_jfile;

/* ---- target: the spec, resolved against files and kernel ---- */

struct kn_target {
	enum kn_verb verb;
	struct kn_ifname bridge;
	struct kn_names ports; /* create, add: to attach; remove: to detach; set: to change;
				* delete: those attached that kvmnet or the files know */
	struct kn_ifname
		uplink;		/* gives (create) or takes back (delete) the IP groups; "" = none */
	unsigned int groups;	/* KN_GROUP_* with a value here (set: the ones to change) */
	unsigned int inherited; /* the subset that comes from the uplink */
	struct kn_ipconf ip;
	bool unsaid6;		     /* bond, VLAN: no IPv6, and nobody has asked for none */
	struct kn_routes own_routes; /* delete: given to the bridge since; they go with it */
	uint32_t mtu;
	char *zone; /* owned */
	bool has_mac;
	struct kn_mac mac;
	struct kn_opts opts; /* create: complete; set: the ones to change */
	struct kn_opts port_opts;
	struct kn_opts bond_opts; /* bond, new: complete; there already: the ones to change */
	struct kn_ifname primary; /* bond; "" = is not to change */
	struct kn_vlan vlan;
	enum kn_tri nm_controlled; /* KN_NO: write "no"; KN_UNSET: no such key */
	enum kn_reader reader;	   /* resolved, never KN_READER_AUTO */
};

void kn_target_done(struct kn_target *target);

/* ---- files ---- */

/* One file of a change. Either side may be absent. */
struct kn_filechg {
	char *path; /* owned, absolute on the host, without --root */
	bool before_present, after_present;
	char *before, *after; /* owned, NUL-terminated, NULL when absent */
	size_t before_len, after_len;
	bool live_only;	  /* belongs to the running system (resolv.conf): not with --no-live */
	bool keep_origin; /* record the original for "delete gives back" */
	bool drop_origin; /* the original is restored: forget the record */
	struct kn_ifname bridge; /* what it is changed for; the record names it */
	unsigned int section;	 /* of the plan's sections, from 1; 0 = of none */
	/* Given back and taken again within one change: what stood there in between, which is the
	 * original from now on. */
	bool given, given_present;
	char *given_text; /* owned */
	size_t given_len;
	/* A rollback: */
	bool is_state;		   /* a record of kvmnet's own, not shown */
	bool origin_given;	   /* the plan itself says what becomes of the record */
	const struct kn_jfile *as; /* borrowed: owner, mode and attributes of a file that comes
				    * back; NULL = the default for new files */
};

struct kn_filechgs {
	struct kn_filechg *v; /* owned, in the order in which they are put in place */
	size_t n, cap;
};

/* Adds a change with copies of the bytes; @before or @after NULL = absent. A change without a
 * difference is not added. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_filechgs_add(struct kn_filechgs *list, const char *path, const struct kn_file *before,
		    const char *after, size_t after_len, struct kn_error *err) KN_NODISCARD;
void kn_filechg_done(struct kn_filechg *chg);
void kn_filechgs_done(struct kn_filechgs *list);

/* ---- libvirt networks ---- */

/* A part of a running network that is added (.before NULL), removed (.after NULL) or replaced. */
struct kn_netupd {
	uint32_t section;     /* enum kn_net_section */
	int32_t parent;	      /* which <ip> of the network, from 0; -1 = does not matter */
	char *before, *after; /* owned: the element's XML */
};

/* One network of a change. Either side may be absent. */
struct kn_netchg {
	char *name; /* owned; host data */
	char *path; /* owned: the definition's file on the host when that is what is written, else
		     * NULL: libvirt itself is asked */
	char *before, *after; /* owned: its inactive definition; NULL when absent */
	bool was_active, was_autostart, was_persistent;
	struct kn_netupd *updates; /* owned */
	size_t n_updates, cap_updates;
	unsigned int section; /* as a file's */
};

struct kn_netchgs {
	struct kn_netchg *v; /* owned */
	size_t n, cap;
};

/* Adds a change with copies of the strings. Return: borrowed until the next one; NULL with *err. */
struct kn_netchg *kn_netchgs_add(struct kn_netchgs *list, const char *name, const char *before,
				 const char *after, struct kn_error *err);
/* Copies of the strings; see struct kn_netupd. Its strings stay where they are when more are
 * added: operations point at them. */
int kn_netchg_update(struct kn_netchg *chg, const struct kn_netupd *update,
		     struct kn_error *err) KN_NODISCARD;
void kn_netchgs_done(struct kn_netchgs *list);

/* ---- operations ---- */

enum kn_op_kind {
	KN_OP_NONE,
#define KN_OP(id, word, participant, interrupts, inverse) KN_OP_##id,
#include "kvmnet/op.def"
#undef KN_OP
	KN_OP_COUNT
};

enum kn_participant {
	KN_BY_FILES,
	KN_BY_LIVE,
	KN_BY_DHCP,
	KN_BY_VIRT,
};

enum kn_phase {
	KN_PHASE_FILES,
	KN_PHASE_PREPARE, /* what can fail and harms nobody */
	KN_PHASE_SWITCH,  /* back to back, in as few messages as the kernel takes */
	KN_PHASE_FINISH,
};

struct kn_op {
	enum kn_op_kind kind;
	enum kn_phase phase;
	unsigned int section;	/* of the plan's sections, from 1; 0 = of none */
	struct kn_ifname dev;	/* the link acted on */
	struct kn_ifname other; /* CONF_COPY, DHCP_MOVE: from; CARRIER_*: the tap; SPLICE_*,
				   CATCH_*: the bridge */
	union {
		size_t file; /* FILE: index into the plan's files */
		struct {     /* BRIDGE_ADD, BOND_ADD; LINK_DEL, BOND_DEL (as it was) */
			bool has_mac;
			struct kn_mac mac;
			uint32_t mtu; /* 0 = kernel's default */
			struct kn_opts opts;
		} bridge;
		struct { /* VLAN_ADD, VLAN_DEL (as it was) */
			struct kn_vlan of;
			uint32_t mtu; /* 0 = that of the link below */
		} vlan;
		struct { /* LINK_MTU, LINK_GROUP, ADDR_GEN, RP_FILTER, PROMOTE, ACCEPT_RA,
			  * DISABLE_IPV6, SPLICE_TURN (enum kn_splice_direction) */
			uint32_t now, before;
		} num;
		struct {
			struct kn_mac now, before;
		} mac; /* LINK_MAC */
		struct {
			struct kn_ifname now, before; /* "" = none */
		} master;			      /* LINK_MASTER, BOND_PRIMARY, BOND_ACTIVE */
		struct {
			struct kn_opts now, before; /* same .has */
		} opts;				    /* BRIDGE_OPTS, PORT_OPTS, BOND_OPTS */
		struct kn_laddr addr;		    /* ADDR_*; .addr.dev is set too */
		struct kn_route route;		    /* ROUTE_ADD, ROUTE_PREPEND, ROUTE_DEL */
		struct { /* ROUTE_DEV: IPv6, replaced in place under its key */
			struct kn_route now, before;
		} reroute;
		struct { /* NEXTHOP: replaced in place under its id; .before.id 0 = it is made,
			  * .now.id 0 = deleted */
			struct kn_nexthop now, before;
		} nexthop;
		struct kn_rule rule; /* RULE_ADD, RULE_DEL */
		struct kn_neigh neigh;
		struct { /* LEFT_DEL: the bridge that was looked at */
			int ifindex;
			struct kn_mac mac;
		} left;
		struct { /* NET_*, LEFT_DNSMASQ: borrowed from the plan's networks */
			const char *name;
			/* NET_DEFINE, NET_REDEFINE, NET_UNDEFINE: the definition; NET_UPDATE: the
			 * element; NULL = absent */
			const char *now, *before;
			bool on, was_on;  /* NET_AUTOSTART */
			uint32_t section; /* NET_UPDATE: enum kn_net_section */
			int32_t parent;	  /* NET_UPDATE: which <ip>; -1 = does not matter */
			int32_t pid;	  /* LEFT_DNSMASQ: its process */
		} net;
	};
};

struct kn_op_info {
	const char *word;
	enum kn_participant participant;
	bool interrupts;
	enum kn_op_kind inverse;
};

/* Row of the table. Return: static. @kind: not KN_OP_NONE. */
const struct kn_op_info *kn_op_info(enum kn_op_kind kind);

/* The operation that undoes @op, by the table alone. Return: true; false when there is none. */
bool kn_op_inverse(const struct kn_op *op, struct kn_op *ret);

/* It removes what nobody has any more: no record is made of that, and no way back leads there. */
bool kn_op_is_left_over(enum kn_op_kind kind);

enum kn_note_level {
	KN_NOTE_INFO,
	KN_NOTE_WARNING,
};

struct kn_note {
	enum kn_note_level level;
	char *text; /* owned, one or more lines, no trailing newline, escaped */
	char *file; /* owned: it is about this change of a file, and moot without it; or NULL */
};

struct kn_plan {
	enum kn_verb verb;
	struct kn_ifname bridge;
	uint32_t undoes;     /* the change that is rolled back, 0 = none */
	uint32_t number;     /* of the change that was begun with it, 0 = none */
	const char *backend; /* static; NULL = kernel only */
	struct kn_filechgs files;
	struct kn_netchgs nets;
	char *network;		 /* owned: the network that a net command is about, or NULL */
	struct kn_strv sections; /* of KN_APPLY: where its parts were asked for, as asked_at */
	struct kn_op *ops;	 /* owned; file operations first */
	size_t n_ops, cap_ops;
	struct kn_note *notes; /* owned */
	size_t n_notes, cap_notes;
	/* Undone unless somebody confirms within so many seconds; 0 = needs no confirmation. */
	uint32_t confirm_s;
};

void kn_plan_done(struct kn_plan *plan);
bool kn_plan_is_empty(const struct kn_plan *plan); /* nothing to do */
int kn_plan_add_op(struct kn_plan *plan, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;
int kn_plan_note(struct kn_plan *plan, enum kn_note_level level, struct kn_error *err,
		 const char *fmt, ...) KN_PRINTF(4, 5) KN_NODISCARD;
/* The last note is about a file's content: where the file goes after all, nobody needs to know. */
int kn_plan_note_file(struct kn_plan *plan, const char *path, struct kn_error *err) KN_NODISCARD;
/* Drops the notes about files that @plan removes. */
void kn_plan_drop_moot(struct kn_plan *plan);

/* ---- the two sides a plan is made for ---- */

/* How a network stack writes a configuration down. Pure: bytes in, bytes out. */
struct kn_backend {
	const char *name; /* "ifcfg" */
	const char *dir;  /* its directory on the host */
	/* True for file names (no directory) in .dir that it reads. */
	bool (*is_ours)(const char *basename);
	/* What the files say. A file that cannot be understood is left out and noted in
	 * ret->unread; one whose keys matter is an error when it is rendered. */
	int (*read)(const struct kn_tree *tree, const struct kn_host *host, struct kn_confs *ret,
		    struct kn_error *err);
	/* The files' new state for the target, appended to plan->files, with notes. */
	int (*render)(const struct kn_target *target, const struct kn_tree *tree,
		      const struct kn_origins *origins, struct kn_plan *plan, struct kn_error *err);
	/* Name servers and search domains of the running system, as this stack's scripts would
	 * write them, appended to plan->files as a live_only change. Where nothing has to change,
	 * nothing is appended. */
	int (*render_dns)(const struct kn_tree *tree, const struct kn_ips *dns,
			  const struct kn_strv *search, struct kn_plan *plan, struct kn_error *err);
	/* The way back: what stood there before plan->bridge was made, if nobody changed it since.
	 */
	int (*restore_dns)(const struct kn_tree *tree, const struct kn_origins *origins,
			   struct kn_plan *plan, struct kn_error *err);
};

/* Which default routes of other links than those read. */
enum kn_rivals {
	KN_RIVALS_ALL,	  /* every one of the host */
	KN_RIVALS_ROUTES, /* every route at all, those that drop packets too: what is taken? */
	KN_RIVALS_IPV6, /* the IPv6 ones, if a link read has one: replacing goes by key, not by link
			 */
	KN_RIVALS_NONE,
};

/* Of which of the links read to read also what stands on them (VLANs, macvlans), each alone; never
 * of guests' taps. Cheap where they are few; before Linux 3.13 nothing is found. */
enum kn_tops {
	KN_TOPS_NONE,
	KN_TOPS_FREE, /* of those that are no bridge, and nobody's port */
	KN_TOPS_ALL,
};

/* What to read of the kernel. */
struct kn_live_request {
	const struct kn_ifname *names; /* links to look up by name (absent ones are no error) */
	size_t n_names;
	const struct kn_ip *ips; /* addresses: on which link are they? */
	size_t n_ips;
	const struct kn_cidr *nets; /* networks: which addresses of other links overlap them? */
	size_t n_nets;
	bool ports;	  /* also the ports of every named bridge, and named ports' masters */
	bool all_bridges; /* every bridge and its ports (bridge list) */
	bool all_links;	  /* every link of the host */
	bool uppers;	  /* also what sits on a named link (VLAN, macvlan), itself alone */
	enum kn_tops tops;
	bool vlans;  /* VLANs of the ports of bridges that filter by them */
	bool speeds; /* also how fast their cables are */
	bool neighs; /* neighbours of the named links */
	bool addrs, routes;
	bool groups;	       /* multicast groups joined on the links */
	bool policy;	       /* nexthop objects of the named links, and rules that name them */
	enum kn_rivals rivals; /* how far beyond the links routes are read; more may be given */
};

/* What is waited for when a change is checked. */
enum kn_probe_kind {
	KN_PROBE_LINK,	 /* the link runs, and as a bridge's port it is not disabled */
	KN_PROBE_ADDR,	 /* the link's own IPv6 address .ip has passed duplicate detection */
	KN_PROBE_NEIGH,	 /* the neighbour .ip answers on the link, asked now */
	KN_PROBE_ROUTED, /* so does the neighbour through which .ip is reached: sets .dev, .via */
};

struct kn_probe {
	enum kn_probe_kind kind;
	struct kn_ifname dev;
	struct kn_ip ip, via; /* .via NONE: on the link itself */
	enum kn_tri answer;   /* KN_UNSET: nobody can tell (a link without neighbour discovery) */
};

struct kn_probes {
	struct kn_probe *v; /* owned */
	size_t n, cap;
};

int kn_probes_add(struct kn_probes *list, const struct kn_probe *probe,
		  struct kn_error *err) KN_NODISCARD;
void kn_probes_done(struct kn_probes *list);

/* What libvirt's networks have in the firewall, of IPv4 [0] and IPv6 [1]. */
struct kn_libvirt_rules {
	enum kn_tri known; /* KN_NO: nothing of libvirt's is there; KN_UNSET: cannot be told */
	bool own_table;	   /* its nftables backend: a table that only libvirt touches */
	bool forwards[2];  /* packets that are forwarded come by its chains */
	bool translates;   /* and IPv4 packets that go out come by its NAT */
	struct kn_names bridges[2]; /* that its rules for forwarding name */
};

void kn_libvirt_rules_done(struct kn_libvirt_rules *rules);

/* The kernel (or a model of it in the tests). */
struct kn_live {
	/* Fills links, addrs, routes, neighs, uses of *ret (which must be empty). */
	int (*snapshot)(struct kn_live *self, const struct kn_live_request *req,
			struct kn_facts *ret, struct kn_error *err);
	/* Executes @ops in order, packing as it can. On error, ret_done[i] tells for every op
	 * whether it took effect; ops after a failed one may have. */
	int (*exec)(struct kn_live *self, const struct kn_op *ops, size_t n, bool *ret_done,
		    struct kn_error *err);
	/* Has this process the right to change the kernel's network? NULL: yes. */
	bool (*may_change)(struct kn_live *self);
	/* Can a takeover be spliced here (Linux 6.6)? NULL: no. Costs about a millisecond. */
	bool (*can_splice)(struct kn_live *self);
	/* Waits until every one of @probes holds, at most @timeout_ms, and sets their .answer. Uses
	 * the kernel's own neighbour discovery; a neighbour that is known stays usable meanwhile.
	 * NULL: nobody can tell. Return: 0, whatever the answers; -1 when asking failed. */
	int (*reach)(struct kn_live *self, struct kn_probe *probes, size_t n, uint32_t timeout_ms,
		     struct kn_error *err);
	/* Removes what an earlier process left behind when it died in a takeover, and nothing of
	 * this one; with the lock on changes held, and not before the host does without it: behind
	 * the switch. NULL: there is nothing such. */
	int (*sweep)(struct kn_live *self, struct kn_error *err);
	/* What libvirt's part of the firewall does. NULL: unknown. Needs CAP_NET_ADMIN.
	 * Return: 0, *ret new; -1. */
	int (*libvirt_rules)(struct kn_live *self, struct kn_libvirt_rules *ret,
			     struct kn_error *err);
	void (*close)(struct kn_live *self); /* frees self */
	/* Told by exec how many of its @ops are done, or NULL; whoever calls exec may set it. */
	const struct kn_progress *progress;
};

#endif
