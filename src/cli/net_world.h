/* The host as a network to be described sees it. Layer: cli, effects (reads only). */
#ifndef KVMNET_CLI_NET_WORLD_H
#define KVMNET_CLI_NET_WORLD_H

#include "cli/run.h"
#include "plan/netresolve.h"

struct kn_net_world {
	struct kn_takens taken;	 /* prefixes in use, but for the network's own */
	struct kn_names links;	 /* names that are in use, but for its own bridge */
	struct kn_names bridges; /* bridges there are: in the kernel, or below --root in files */
	struct kn_netdef have;	 /* its definition */
	bool has_have;
	bool live;  /* the kernel was read */
	bool blind; /* libvirt's definitions could not be read: they are root's */
	uint64_t seed;
	uint32_t libvirt; /* version installed, 0 = none found */
};

/* Reads definitions (files of libvirt, which are root's: what cannot be read is left out), the
 * kernel's links, addresses and routes, ifcfg files and name servers. @name: the network's.
 * Return: 0; -1. */
int kn_net_world_read(const struct kn_run *run, const char *name, struct kn_net_world *ret,
		      struct kn_error *err) KN_NODISCARD;
void kn_net_world_done(struct kn_net_world *world);

/* Adds warnings to @plan about what `net create` would refuse on this host. */
int kn_net_world_warn(const struct kn_net_world *world, const struct kn_network *net,
		      struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;

#endif
