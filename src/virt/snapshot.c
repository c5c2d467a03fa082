/* Reading networks, leases and guests from libvirt. Layer: virt, effects (reads only).
 * Every call is a round trip to the daemon; what was not asked for is not read. */
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "virt/priv.h"

enum { SNAPSHOT_TIMEOUT_S = 30, LOOK_TIMEOUT_S = 5 };

/* Strings of leases may be missing. */
static char *copy(const char *str, bool *failed)
{
	char *ret = str ? strdup(str) : NULL;

	*failed |= str && !ret;
	return ret;
}

static int add_lease(struct kn_vnet *net, const struct _virNetworkDHCPLease *from,
		     struct kn_error *err)
{
	bool failed = false;
	struct kn_lease lease = {.mac = copy(from->mac, &failed),
				 .ip = copy(from->ipaddr, &failed),
				 .hostname = copy(from->hostname, &failed),
				 .expires_s = from->expirytime};

	if (kn_vnet_add_lease(net, &lease, err) < 0)
		return -1;
	return failed ? kn_fail_nomem(err) : 0;
}

/* A network without DHCP has no leases to ask for; libvirt calls that an error on some versions. */
static int read_leases(struct kn_vc *vc, virNetworkPtr from, struct kn_vnet *net,
		       struct kn_error *err)
{
	virNetworkDHCPLeasePtr *leases = NULL;
	int n = vc->fn.virNetworkGetDHCPLeases(from, NULL, &leases, 0), r = 0;

	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = add_lease(net, leases[i], err);
		vc->fn.virNetworkDHCPLeaseFree(leases[i]);
	}
	free(leases);
	return r;
}

/* Drivers that keep one definition only (libvirt's test driver) refuse to be asked for another. */
static char *definition(struct kn_vc *vc, virNetworkPtr from)
{
	char *xml = vc->fn.virNetworkGetXMLDesc(from, VIR_NETWORK_XML_INACTIVE);

	if (!xml && kn_vc_code(vc) == VIR_ERR_INVALID_ARG)
		xml = vc->fn.virNetworkGetXMLDesc(from, 0);
	return xml;
}

/* Each call forgets the error of the one before, so that the first failure ends it.
 * A network that is set to start at boot is persistent: one question less. */
static int read_state(struct kn_vc *vc, virNetworkPtr from, struct kn_vnet *net)
{
	int active = vc->fn.virNetworkIsActive(from), autostart, persistent;

	if (active < 0 || vc->fn.virNetworkGetAutostart(from, &autostart) < 0)
		return -1;
	persistent = autostart ? 1 : vc->fn.virNetworkIsPersistent(from);
	if (persistent < 0)
		return -1;
	net->active = active;
	net->autostart = autostart;
	net->persistent = persistent;
	return 0;
}

static int read_net(struct kn_vc *vc, virNetworkPtr from, const struct kn_virt_request *req,
		    struct kn_vnets *ret, struct kn_error *err)
{
	const char *name = vc->fn.virNetworkGetName(from);
	struct kn_vnet *net = kn_vnets_add(ret, name, err);
	if (!net)
		return -1;
	net->xml = definition(vc, from);
	if (!net->xml || read_state(vc, from, net) < 0)
		return kn_vc_fail(vc, "reading network", name, err);
	if (net->active && req->live_xml) {
		net->live_xml = vc->fn.virNetworkGetXMLDesc(from, 0);
		if (!net->live_xml)
			return kn_vc_fail(vc, "reading network", name, err);
	}
	return net->active && req->leases ? read_leases(vc, from, net, err) : 0;
}

static int read_one(struct kn_vc *vc, struct kn_vjob *job)
{
	virNetworkPtr net = vc->fn.virNetworkLookupByName(vc->conn, job->text);
	int r;

	if (!net) {
		if (kn_vc_code(vc) == VIR_ERR_NO_NETWORK)
			return 0;
		return kn_vc_fail(vc, "looking for network", job->text, &job->err);
	}
	r = read_net(vc, net, &job->req, &job->nets, &job->err);
	vc->fn.virNetworkFree(net);
	return r;
}

/* One that is removed while we look is simply not there. */
static bool vanished(struct kn_vc *vc, struct kn_vjob *job, size_t before)
{
	if (job->err.kind == KN_ERR_NOMEM || kn_vc_code(vc) != VIR_ERR_NO_NETWORK)
		return false;
	if (job->nets.n > before)
		kn_vnets_pop(&job->nets);
	return true;
}

static int read_all(struct kn_vc *vc, struct kn_vjob *job)
{
	virNetworkPtr *nets = NULL;
	int n = vc->fn.virConnectListAllNetworks(vc->conn, &nets, 0), r = 0;

	if (n < 0)
		return kn_vc_fail(vc, "listing libvirt's networks", NULL, &job->err);
	for (int i = 0; i < n; i++) {
		size_t before = job->nets.n;

		if (r == 0 && read_net(vc, nets[i], &job->req, &job->nets, &job->err) < 0 &&
		    !vanished(vc, job, before))
			r = -1;
		vc->fn.virNetworkFree(nets[i]);
	}
	free(nets);
	return r;
}

/* A guest that vanishes meanwhile is left out. */
static int read_dom(struct kn_vc *vc, virDomainPtr from, struct kn_vjob *job)
{
	char *xml = vc->fn.virDomainGetXMLDesc(from, 0);
	struct kn_vdom *dom;

	if (!xml)
		return 0;
	dom = kn_vnets_add_dom(&job->nets, vc->fn.virDomainGetName(from), &job->err);
	if (!dom) {
		free(xml);
		return -1;
	}
	dom->xml = xml;
	dom->active = vc->fn.virDomainIsActive(from) == 1;
	return 0;
}

/* The network driver alone knows no guests. */
static int read_doms(struct kn_vc *vc, struct kn_vjob *job)
{
	virDomainPtr *doms = NULL;
	int n = vc->fn.virConnectListAllDomains(vc->conn, &doms, 0), r = 0;

	if (n < 0 && kn_vc_code(vc) == VIR_ERR_NO_SUPPORT)
		return 0;
	if (n < 0)
		return kn_vc_fail(vc, "listing libvirt's guests", NULL, &job->err);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = read_dom(vc, doms[i], job);
		vc->fn.virDomainFree(doms[i]);
	}
	free(doms);
	return r;
}

static int work(struct kn_vc *vc, struct kn_vjob *job)
{
	unsigned long version = 0;

	if (job->text ? read_one(vc, job) < 0 : read_all(vc, job) < 0)
		return -1;
	if (job->req.guests && read_doms(vc, job) < 0)
		return -1;
	if (!job->text && vc->fn.virConnectGetLibVersion(vc->conn, &version) == 0)
		job->nets.version = (uint32_t)version;
	job->nets.known = true;
	return 0;
}

int kn_vc_snapshot(struct kn_virt *self, const struct kn_virt_request *req, struct kn_vnets *ret,
		   struct kn_error *err)
{
	struct kn_vc *vc = (struct kn_vc *)self;
	struct kn_vjob *job = kn_vjob_new(req->name, NULL, err);

	if (!job)
		return -1;
	job->req = *req;
	job->req.name = NULL; /* the caller's; .text is ours */
	job->work = work;
	job->what = "reading its networks";
	if (kn_vc_do(vc, job, vc->looks ? LOOK_TIMEOUT_S : SNAPSHOT_TIMEOUT_S, err) < 0)
		return -1;
	*ret = job->nets;
	job->nets = (struct kn_vnets){0};
	kn_vjob_free(job);
	return 0;
}
