/* What is wired to what: the links as a tree of bridges, bonds and their ports, with what hangs on
 * each. Layer: plan, pure. */
#ifndef KVMNET_PLAN_TOPOLOGY_H
#define KVMNET_PLAN_TOPOLOGY_H

#include "kvmnet/wiring.h"
#include "plan/compare.h"

#define KN_TOPO_TOP SIZE_MAX

/* One link, or one that only a file knows. Pointers are borrowed from what it was made of. */
struct kn_topo_node {
	struct kn_ifname name;
	const struct kn_link *link;	  /* NULL: only in the files */
	const struct kn_conf *conf;	  /* NULL: no file that says anything */
	const struct kn_error *unread;	  /* its file could not be read; NULL: none such */
	const struct kn_guest_nic *guest; /* NULL: no guest's */
	const struct kn_disknet *net;	  /* the libvirt network whose bridge it is, or NULL */
	const struct kn_route *route4, *route6; /* the best default route by it, or NULL */
	const struct kn_laddr **addrs;		/* in the kernel's order */
	size_t n_addrs;
	const struct kn_guest_lease *leases; /* of its guest */
	size_t n_leases;
	struct kn_diffs diffs; /* owned: of a bridge, bond or VLAN that has a file */
	size_t parent;	       /* the bridge or bond it is a port of, or KN_TOPO_TOP */
	unsigned int depth;
	bool attached; /* where its file wants it as a port, if it does; true without one */
	bool last;     /* among the ports of its parent */
	bool uplink;   /* a port by which the bridge leads out of the host */
};

struct kn_topo {
	struct kn_topo_node *v; /* owned; a port comes after its parent, bridges come first */
	size_t n, cap;
	const struct kn_laddr **addrs;	/* owned */
	const struct kn_errors *unread; /* borrowed: files that say nothing here */
};

/* Orders the links of @facts (all of the host; lo and unused tunnel devices are left out) and the
 * interfaces of @confs that the kernel has not. With !@facts->live only the files' are there. The
 * cost grows as n log n. Return: 0, *ret new; -1 with KN_ERR_NOMEM. */
int kn_topo_make(const struct kn_confs *confs, const struct kn_facts *facts,
		 const struct kn_wiring *wiring, struct kn_topo *ret,
		 struct kn_error *err) KN_NODISCARD;
void kn_topo_done(struct kn_topo *topo);

/* Is it the tap that a change of kvmnet's holds for a while? */
bool kn_is_carrier(const struct kn_ifname *name);
/* Does it lead out of the host: a NIC, a bond, a VLAN, or what a file configures as such? */
bool kn_link_is_cable(const struct kn_link *link, const struct kn_conf *conf);

#endif
