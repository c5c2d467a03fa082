/* One change as the undo journal and the history keep it: everything that is needed to put the
 * host back, and nothing that is needed only to go on. Layer: model, pure. */
#ifndef KVMNET_JOURNAL_H
#define KVMNET_JOURNAL_H

#include "kvmnet/facts.h"

/* An extended attribute (ACL, SELinux label) of a file. */
struct kn_xattr {
	char *name;  /* owned, "security.selinux" */
	char *value; /* owned, @len bytes and a NUL */
	size_t len;
};

/* A file before and after the change. Either side may be absent. */
struct kn_jfile {
	char *path; /* owned, absolute on the host, without --root */
	bool before_present, after_present;
	char *before, *after; /* owned, NUL-terminated, NULL when absent */
	size_t before_len, after_len;
	bool live_only; /* belongs to the running system (resolv.conf) */
	bool is_state;	/* a record of ours (origin): put back, but not part of a rollback */
	/* The old file's, when it was there; those that a file coming back by a rollback gets; or
	 * mode 0. */
	uint32_t mode, uid, gid;
	struct kn_xattr *xattrs; /* owned */
	size_t n_xattrs, cap_xattrs;
};

/* A libvirt network as it was. */
struct kn_jnet {
	char *name; /* owned */
	bool present, active, autostart, persistent;
	char *xml;   /* owned: its inactive definition; NULL when it was not there */
	char *after; /* owned: the definition that the change gave it; NULL = removed */
};

/* A link that the change makes. One of that name with another address is somebody else's. */
struct kn_jlink {
	struct kn_ifname name;
	bool has_mac;
	struct kn_mac mac;
};

/* What of struct kn_facts was read, and so can be put back. */
enum kn_jread {
	KN_JREAD_ADDRS = 1 << 0,
	KN_JREAD_ROUTES = 1 << 1,
	KN_JREAD_NEIGHS = 1 << 2,
	KN_JREAD_POLICY = 1 << 3, /* nexthop objects and rules */
};

struct kn_journal {
	uint32_t number;      /* of the change, from 1; what `rollback` and `confirm` take */
	uint32_t undoes;      /* the change that this one rolls back, 0 = none */
	char boot_id[40];     /* /proc/sys/kernel/random/boot_id, "" under --root */
	uint64_t deadline_ms; /* CLOCK_BOOTTIME; 0 = needs no confirmation */
	uint64_t time_s;      /* CLOCK_REALTIME at the beginning; for people, decides nothing */
	char *command;	      /* owned: the command line, for people */
	enum kn_verb verb;
	struct kn_ifname bridge;
	struct kn_jfile *files; /* owned, in the order in which they are put in place */
	size_t n_files, cap_files;
	bool has_live;	       /* the kernel is part of the change */
	unsigned int reads;    /* KN_JREAD_* */
	struct kn_names scope; /* the links that the change touches; one without a row in .live was
				* not there */
	struct kn_facts live; /* links, addrs, routes, neighs, nexthops, rules of the scope, before;
			       * nothing else of it is kept */
	struct kn_names dhcp; /* the links of the scope that a DHCP client served */
	struct kn_jlink *made; /* owned */
	size_t n_made, cap_made;
	struct kn_jnet *nets; /* owned */
	size_t n_nets, cap_nets;
	char *uri; /* owned: the libvirt that has .nets, NULL = the usual one */
};

void kn_journal_done(struct kn_journal *journal);
/* Adds an empty row. Return: borrowed until the next one; NULL with *err. */
struct kn_jfile *kn_journal_add_file(struct kn_journal *journal, struct kn_error *err);
struct kn_jlink *kn_journal_add_made(struct kn_journal *journal, struct kn_error *err);
struct kn_jnet *kn_journal_add_net(struct kn_journal *journal, struct kn_error *err);

#endif
