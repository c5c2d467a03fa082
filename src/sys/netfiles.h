/* libvirt's networks as the files that its daemon reads when it starts. Layer: sys, effects. */
#ifndef KVMNET_SYS_NETFILES_H
#define KVMNET_SYS_NETFILES_H

#include "kvmnet/virt.h"
#include "sys/sys.h"

/* Source: libvirt's src/network/bridge_driver.c, networkStateInitialize(), and
 * src/qemu/qemu_conf.c. The file of a network or guest is NAME.xml. */
#define KN_NETFILES_DIR	      "/etc/libvirt/qemu/networks"
#define KN_NETFILES_AUTOSTART KN_NETFILES_DIR "/autostart"
#define KN_DOMFILES_DIR	      "/etc/libvirt/qemu"

/* The participant below @root (borrowed), where no daemon runs: definitions are written durably and
 * each at once; nothing can be started. Return: 0, new; -1 with KN_ERR_NOMEM. */
int kn_netfiles_open(struct kn_root *root, struct kn_virt **ret, struct kn_error *err) KN_NODISCARD;

/* Reads the networks (@req->name or all) and, if asked for, the guests' definitions from the files.
 * What cannot be read is left out when @lenient. No directory: none. Return: 0; -1. */
int kn_netfiles_read(struct kn_root *root, const struct kn_virt_request *req, bool lenient,
		     struct kn_vnets *ret, struct kn_error *err) KN_NODISCARD;

/* Fills in what networks need of the host: forwarding, and dnsmasq of those that run. */
void kn_nethost_probe(struct kn_root *root, struct kn_vnets *nets);
/* Looks for the dnsmasq of those that do not run: .left_pid. */
void kn_nethost_left(struct kn_root *root, struct kn_vnets *nets);
/* Executes LEFT_DNSMASQ: asks that dnsmasq to end, and waits for it. One that runs no more is fine.
 * Return: 0; -1 when the process is another by now, or does not end. */
int kn_nethost_end(struct kn_root *root, const struct kn_op *op, struct kn_error *err) KN_NODISCARD;

#endif
