/* A new MAC address, and word of it to the neighbours: the kernel announces the link's addresses
 * itself (gratuitous ARP, unsolicited neighbour advertisement) where two settings say so. They are
 * set for the moment of the change. Layer: live, effects. Source: kernel net/ipv4/devinet.c,
 * inetdev_event(); net/ipv6/ndisc.c, ndisc_netdev_event(). */
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "live/nl.h"

/* Which of the two settings are off. An unreadable link fails at the change itself. */
static void read_silent(struct kn_nl *nl, int dev, bool *ret_four, bool *ret_six)
{
	struct kn_nl_conf conf = {0};
	struct kn_error ignored;
	struct kn_req req;

	kn_req_getconf(&req, dev, &conf);
	(void)!kn_nl_transact(nl, &req, 1, &ignored);
	kn_req_done(&req);
	*ret_four = conf.n4 >= IPV4_DEVCONF_ARP_NOTIFY && !conf.v4[IPV4_DEVCONF_ARP_NOTIFY - 1];
	*ret_six = conf.n6 > DEVCONF_NDISC_NOTIFY && !conf.v6[DEVCONF_NDISC_NOTIFY];
}

/* IPv4's setting goes with the address in one datagram, so that nothing comes between. */
static int set_mac(struct kn_nl *nl, const struct kn_op *op, int dev, bool announce,
		   struct kn_error *err)
{
	struct kn_req reqs[3] = {0};
	size_t n = 0;

	if (announce)
		kn_req_arp_notify(&reqs[n++], dev, 1);
	struct kn_req *mac = &reqs[n];
	kn_req_link_mac(&reqs[n++], dev, &op->mac.now);
	if (announce)
		kn_req_arp_notify(&reqs[n++], dev, 0);
	int rc = kn_nl_transact(nl, reqs, n, err);
	/* A lost answer says nothing; the kernel does. */
	if (rc < 0 && kn_op_holds(nl, op))
		rc = 0;
	else if (rc == 0 && mac->error)
		rc = kn_req_fail(mac, "set the address", err);
	for (size_t i = 0; i < n; i++)
		kn_req_done(&reqs[i]);
	return rc;
}

/* Announcing is best effort: without it the neighbours find out by themselves, later. */
int kn_link_mac(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	struct kn_error ignored;
	bool four, six;
	int dev;

	if (kn_nl_index(nl, &op->dev, &dev, err) < 0)
		return -1;
	read_silent(nl, dev, &four, &six);
	six = six && kn_sysctl6_write(&op->dev, "ndisc_notify", 1, &ignored) == 0;
	int rc = set_mac(nl, op, dev, four, err);
	if (six)
		(void)!kn_sysctl6_write(&op->dev, "ndisc_notify", 0, &ignored);
	return rc;
}
