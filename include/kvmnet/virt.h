/* libvirt's networks: what is there, and the participant that changes them. Layer: model, pure. */
#ifndef KVMNET_VIRT_H
#define KVMNET_VIRT_H

#include "kvmnet/plan.h"

/* A lease that the network's DHCP server has given. Strings are owned; host data. */
struct kn_lease {
	char *mac, *ip;	   /* NULL = unknown */
	char *hostname;	   /* or NULL */
	int64_t expires_s; /* CLOCK_REALTIME; 0 = never */
};

/* A network as libvirt has it. */
struct kn_vnet {
	char *name; /* owned; host data */
	bool active, autostart, persistent;
	enum kn_tri dnsmasq; /* it runs for this network; KN_UNSET = not looked at */
	int32_t left_pid;    /* the dnsmasq of a network that does not run; 0 = none, or unknown */
	char *xml;	     /* owned: its definition (`net-dumpxml --inactive`) */
	char *live_xml;	     /* owned: as it runs; NULL when it does not, or was not asked for */
	struct kn_lease *leases; /* owned */
	size_t n_leases, cap_leases;
};

/* A guest as libvirt has it. */
struct kn_vdom {
	char *name; /* owned; host data */
	bool active;
	char *xml; /* owned: as it runs, else its definition */
};

/* A guest's network card. Strings are owned; host data. */
struct kn_vnic {
	char *guest;
	char *network; /* it asks for this libvirt network, or NULL */
	bool running;
	struct kn_ifname bridge; /* the bridge it is on, "" = unknown or none */
	struct kn_ifname direct; /* macvtap: the device under it */
	struct kn_ifname tap;	 /* its end on the host while the guest runs */
	bool has_mac;
	struct kn_mac mac;
	char *alias; /* "net0" while the guest runs, or NULL */
	char *model; /* "virtio", or NULL */
};

struct kn_vnics {
	struct kn_vnic *v; /* owned */
	size_t n, cap;
};

/* Adds a row with copies of the strings. Return: borrowed until the next one; NULL with *err. */
struct kn_vnic *kn_vnics_add(struct kn_vnics *list, const char *guest, const char *network,
			     struct kn_error *err);
void kn_vnics_done(struct kn_vnics *list);

struct kn_vnets {
	bool known;   /* libvirt, or its files, were read */
	bool offline; /* only files: nothing runs, nothing can be started */
	/* What networks need of the host, KN_UNSET = not looked at. */
	enum kn_tri forward4, forward6; /* net.ipv4.ip_forward, net.ipv6.conf.all.forwarding */
	struct kn_libvirt_rules firewall;
	uint32_t version;  /* of the daemon, 9000000 = 9.0.0; 0 = unknown */
	struct kn_vnet *v; /* owned */
	size_t n, cap;
	struct kn_vdom *doms; /* owned */
	size_t n_doms, cap_doms;
};

/* Something that is wrong with a network. */
struct kn_finding {
	bool is_error; /* guests are cut off, or will be; else a warning */
	char *network; /* owned; host data */
	char *text;    /* owned, escaped */
	char *fix;     /* owned, escaped; or NULL */
};

struct kn_findings {
	struct kn_finding *v; /* owned */
	size_t n, cap;
};

/* @fix may be NULL. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_findings_add(struct kn_findings *list, bool is_error, const char *network, const char *text,
		    const char *fix, struct kn_error *err) KN_NODISCARD;
void kn_findings_done(struct kn_findings *list);

void kn_vnets_done(struct kn_vnets *nets);
/* Return: borrowed, NULL when there is no network of that name. */
const struct kn_vnet *kn_vnets_get(const struct kn_vnets *nets, const char *name);
/* Forgets the network of that name, if there is one. */
void kn_vnets_drop(struct kn_vnets *nets, const char *name);
/* Adds an empty row with a copy of @name. Return: borrowed until the next one; NULL with *err. */
struct kn_vnet *kn_vnets_add(struct kn_vnets *nets, const char *name, struct kn_error *err);
/* Forgets the row that was added last. */
void kn_vnets_pop(struct kn_vnets *nets);
struct kn_vdom *kn_vnets_add_dom(struct kn_vnets *nets, const char *name, struct kn_error *err);
/* Takes the three strings (each may be NULL), also on failure. */
int kn_vnet_add_lease(struct kn_vnet *net, struct kn_lease *lease,
		      struct kn_error *err) KN_NODISCARD;

/* What to read. Every part costs round trips to the daemon. */
struct kn_virt_request {
	const char *name; /* this network alone; NULL = all */
	bool live_xml, leases, guests;
};

/* libvirt (or its files below a root, or a model of it in the tests). */
struct kn_virt {
	/* Fills *ret, which must be empty. A name that does not exist is no error. */
	int (*snapshot)(struct kn_virt *self, const struct kn_virt_request *req,
			struct kn_vnets *ret, struct kn_error *err);
	/* Executes @ops in order. On error ret_done[i] tells for every op whether it took effect.
	 */
	int (*exec)(struct kn_virt *self, const struct kn_op *ops, size_t n, bool *ret_done,
		    struct kn_error *err);
	bool offline;			     /* as in struct kn_vnets */
	void (*close)(struct kn_virt *self); /* frees self */
};

/* What virNetworkUpdate() can change without a restart.
 * Source: libvirt/libvirt-network.h, virNetworkUpdateSection (an interface: numbers never change).
 */
enum kn_net_section {
	KN_NETSEC_DHCP_HOST = 4,
	KN_NETSEC_DHCP_RANGE = 5,
	KN_NETSEC_FORWARD_IF = 7,
	KN_NETSEC_PORTGROUP = 9,
	KN_NETSEC_DNS_HOST = 10,
	KN_NETSEC_DNS_TXT = 11,
	KN_NETSEC_DNS_SRV = 12,
};

/* The word that virsh net-update takes: "ip-dhcp-host". Return: static. */
const char *kn_net_section_word(enum kn_net_section section);

#endif
