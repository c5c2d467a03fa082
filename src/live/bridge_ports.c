/* The indexes of a bridge's ports, from the bridge itself. A dump of links filtered by master makes
 * the kernel look at every device of the host (3 ms with 4,000 of them); this is one small call.
 * Layer: live, effects (reads). */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "live/nl.h"

static int compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The oldest of the bridge's interfaces, and the only one that answers in the socket's network
 * namespace: sysfs shows that of whoever mounted it. Numbers of ports are below the kernel's limit,
 * so a list of that length is complete. Source: kernel net/bridge/br_ioctl.c,
 * br_dev_siocdevprivate() (since 5.15; br_dev_ioctl() before), get_port_ifindices(). */
int kn_bridge_port_indexes(struct kn_nl *nl, const struct kn_ifname *bridge, int *ret)
{
	unsigned long args[4] = {BRCTL_GET_PORT_LIST, (unsigned long)(uintptr_t)ret,
				 KN_BRIDGE_PORTS};
	struct ifreq ifr = {.ifr_data = (char *)args};
	int n = 0;

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", bridge->s);
	if (ioctl(nl_socket_get_fd(nl->sk), SIOCDEVPRIVATE, &ifr) < 0)
		return -1;
	/* Gaps are numbers that no port has. */
	for (int i = 0; i < KN_BRIDGE_PORTS; i++)
		if (ret[i] > 0)
			ret[n++] = ret[i];
	/* As a dump of links would have them. */
	qsort(ret, (size_t)n, sizeof(*ret), compare);
	return n;
}
