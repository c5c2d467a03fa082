/* What hangs on the host's links: the NICs of running guests, and libvirt's networks and guests as
 * their files define them. Layer: model, pure. All strings are host data: print them escaped. */
#ifndef KVMNET_WIRING_H
#define KVMNET_WIRING_H

#include "kvmnet/network.h"
#include "kvmnet/virt.h"

/* One NIC of a running guest, found by the tap that its process holds, or told by libvirt. */
struct kn_guest_nic {
	struct kn_ifname dev; /* the tap or macvtap on the host */
	int pid;     /* 0 = unknown: libvirt told of it, and the process is not ours to see */
	char *guest; /* owned; NULL = the command line does not tell */
	char *nic;   /* owned: "net0"; NULL = unknown (plugged in later) */
	char *model; /* owned: "virtio", "e1000"; NULL = unknown */
	bool has_mac;
	struct kn_mac mac; /* the guest's own, not the tap's */
};

/* An address that a libvirt network has lent. */
struct kn_guest_lease {
	struct kn_mac mac;
	struct kn_ip ip;
	char *hostname; /* owned; as the guest calls itself, or NULL */
	char *network;	/* owned */
};

struct kn_guests {
	struct kn_guest_nic *v; /* owned */
	size_t n, cap;
	bool hidden; /* there are guests whose taps only root may see */
};

void kn_guests_done(struct kn_guests *guests);
/* Adds a NIC with nothing but its device and process.
 * Return: borrowed until the next one; NULL with *err. */
struct kn_guest_nic *kn_guests_add(struct kn_guests *guests, const struct kn_ifname *dev, int pid,
				   struct kn_error *err);

/* Reads the name, and what is behind descriptor @fd or device nic->dev, out of a QEMU command line.
 * Source: qemu(1), -name, -netdev tap, -nic, -device; both the "key=value," and the JSON form.
 * Return: 0; -1 with KN_ERR_NOMEM. */
int kn_qemu_args(const struct kn_strv *argv, int fd, struct kn_guest_nic *nic,
		 struct kn_error *err) KN_NODISCARD;

/* A network of libvirt, by its files. */
struct kn_disknet {
	struct kn_network net;
	bool mode_known; /* false: hostdev and the like */
	bool defined;	 /* in /etc */
	bool active;	 /* in /run: libvirt has it running */
	bool autostart;
};

struct kn_wiring {
	struct kn_guests guests;
	KN_LIST(struct kn_disknet) nets;
	struct kn_vnics vnics;		       /* as guests are defined, running or not */
	bool nets_hidden;		       /* definitions are root's, and could not be read */
	KN_LIST(struct kn_guest_lease) leases; /* by MAC address, once sorted */
	bool asked;    /* libvirt has answered: networks, guests and leases are as it knows them */
	char *silence; /* owned: why it runs and has not answered; NULL = it has, or does not run */
};

void kn_wiring_done(struct kn_wiring *wiring);
/* The network whose own bridge is @bridge; one that runs is preferred. Return: borrowed, or NULL.
 */
const struct kn_disknet *kn_wiring_net_of(const struct kn_wiring *wiring,
					  const struct kn_ifname *bridge);
/* Adds a lease with copies of the strings (@hostname may be NULL). Return: 0; -1 with KN_ERR_NOMEM.
 */
int kn_wiring_add_lease(struct kn_wiring *wiring, const struct kn_guest_lease *lease,
			struct kn_error *err) KN_NODISCARD;
/* Puts the leases in the order in which they are looked up. */
void kn_wiring_sort_leases(struct kn_wiring *wiring);
/* What was lent to @mac. Return: the first of *ret_n; borrowed. */
const struct kn_guest_lease *kn_wiring_leases_of(const struct kn_wiring *wiring,
						 const struct kn_mac *mac, size_t *ret_n);
/* The NIC with that tap, or NULL. */
struct kn_guest_nic *kn_guests_get(struct kn_guests *guests, const struct kn_ifname *dev);

/* Return: borrowed, NULL when there is no network of that name. */
const struct kn_disknet *kn_wiring_net(const struct kn_wiring *wiring, const char *name);

#endif
