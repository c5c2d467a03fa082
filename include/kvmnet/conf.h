/* Files as bytes (tree), what they say per interface (confs), and what kvmnet recorded of them
 * (origins). Layer: model, pure. Paths are those the host has; a --root prefix is never in them. */
#ifndef KVMNET_CONF_H
#define KVMNET_CONF_H

#include "kvmnet/buf.h"
#include "kvmnet/spec.h"

/* A file, or the fact that it is absent. */
struct kn_file {
	char *path; /* owned, absolute */
	bool present;
	char *data; /* owned, NUL-terminated; NULL when absent */
	size_t len;
};

struct kn_tree {
	struct kn_file *v; /* owned, sorted by path */
	size_t n, cap;
	bool dir_missing;	 /* the backend's directory does not exist */
	struct kn_errors unread; /* owned: files that are there, but could not be read */
};

/* Adds or replaces; @data is copied, NULL = absent. */
int kn_tree_set(struct kn_tree *tree, const char *path, const char *data, size_t len,
		struct kn_error *err) KN_NODISCARD;
/* Return: borrowed, or NULL when the path is unknown or absent. */
const struct kn_file *kn_tree_get(const struct kn_tree *tree, const char *path);
void kn_tree_done(struct kn_tree *tree);

/* What was there before kvmnet's first change of a file, and what kvmnet last wrote
 * (/var/lib/kvmnet/origin-*). */
struct kn_origin {
	char *path;		 /* owned */
	struct kn_ifname bridge; /* the bridge whose creation changed it */
	bool was_present;
	char *data; /* owned; the original bytes, NULL when it was absent */
	size_t len;
	uint64_t written_hash; /* kn_hash64() of kvmnet's last version; of "" when it removed it */
	bool written_present;
};

struct kn_origins {
	struct kn_origin *v; /* owned */
	size_t n, cap;
};

void kn_origins_done(struct kn_origins *origins);
const struct kn_origin *kn_origins_get(const struct kn_origins *origins, const char *path);
/* FNV-1a, 64 bit: tells "unchanged since we wrote it" apart, no security meaning. */
uint64_t kn_hash64(const void *data, size_t len);

enum kn_tri {
	KN_UNSET,
	KN_NO,
	KN_YES,
};

enum kn_conf_type {
	KN_CONF_UNKNOWN,
	KN_CONF_ETHERNET,
	KN_CONF_BRIDGE,
	KN_CONF_BOND,
	KN_CONF_VLAN,
	KN_CONF_OTHER,
};

/* What the configuration files say about one interface. */
struct kn_conf {
	struct kn_ifname name;
	char *path; /* owned; its main file */
	enum kn_conf_type type;
	unsigned int groups; /* KN_GROUP_*: groups the files set at all */
	struct kn_ipconf ip;
	uint32_t mtu; /* with KN_GROUP_MTU */
	char *zone;   /* owned; with KN_GROUP_ZONE */
	bool has_mac, has_hwaddr;
	struct kn_mac mac;    /* MACADDR */
	struct kn_mac hwaddr; /* HWADDR */
	char *uuid;	      /* owned, or NULL */
	bool unsaid6;	      /* there is no word about IPv6 at all */
	bool no_peerdns;      /* PEERDNS=no: its name servers are not for resolv.conf */
	enum kn_tri nm_controlled, onboot;
	struct kn_ifname bridge; /* it is a port of this bridge; "" = none */
	struct kn_ifname master; /* it is a port of this bond/team; "" = none */
	int bond_mode;		 /* 0..6 from BONDING_OPTS, -1 = unknown or no bond */
	struct kn_opts opts;	 /* bridge options, in centiseconds */
	struct kn_opts port_opts;
	struct kn_opts bond_opts; /* of a bond, as far as BONDING_OPTS names them */
	struct kn_ifname primary; /* of a bond; "" = none */
	struct kn_vlan vlan;	  /* of a VLAN; .link "" = none, or one that kvmnet cannot read */
};

struct kn_confs {
	struct kn_conf *v; /* owned */
	size_t n, cap;
	/* Owned: files that could not be read, or not be understood, each with .file and the
	 * reason. What they say is not in .v: that something is not there does not follow from it.
	 */
	struct kn_errors unread;
};

void kn_confs_done(struct kn_confs *confs);
const struct kn_conf *kn_confs_get(const struct kn_confs *confs, const struct kn_ifname *name);

/* The first of @unread that is by its file's name about @name (ifcfg-eth0, route-eth0,
 * ifcfg-eth0:1). Return: borrowed, or NULL. */
const struct kn_error *kn_unread_of(const struct kn_errors *unread, const struct kn_ifname *name);
/* Appends why one of them could not be read, without its path; in the form of a sentence's end. */
void kn_unread_why(struct kn_buf *ret, const struct kn_error *unread);
/* "ifcfg-eth0": the file without its directory. Return: borrowed. */
const char *kn_unread_base(const struct kn_error *unread);

#endif
