/* What the tests of the planner share: a host in memory (files, kernel, software), a command, and
 * what the planner makes of both. */
#ifndef PLAN_FIXTURE_H
#define PLAN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_live.h"
#include "kvmnet/buf.h"
#include "persist/ifcfg.h"
#include "plan/planner.h"

#define DIR	"/etc/sysconfig/network-scripts/"
#define FOREVER UINT32_MAX
#define PORT_ETH0                                                                                  \
	"DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nNM_CONTROLLED=no\nBOOTPROTO=none\nBRIDGE=br0\n"
#define BRIDGE_BR0                                                                                 \
	"DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\nNM_CONTROLLED=no\nBOOTPROTO=none\n"                  \
	"IPADDR=192.168.12.118\nPREFIX=24\nGATEWAY=192.168.12.1\nSTP=no\nDELAY=0\n"

struct px {
	struct fake_kernel fake;
	struct kn_tree tree;
	struct kn_confs confs;
	struct kn_origins origins;
	struct kn_facts facts;
	struct kn_host host;
	struct kn_if_owner owner; /* with .owner set: who runs .name */
	struct kn_spec spec;
	const char *ssh; /* the session's local address, or NULL */
	bool no_live, no_files;
	struct kn_target target;
	struct kn_plan plan;
	struct kn_error err;
};

static inline struct kn_ifname px_name(const char *str)
{
	struct kn_ifname name = {0};

	assert_true(strlen(str) < sizeof(name.s));
	memcpy(name.s, str, strlen(str));
	return name;
}

static inline void px_vlan_on_bridge(struct px *px)
{
	fake_add_link(&px->fake, "br0.10", KN_LINK_VLAN)->lower = px_name("br0");
}

static inline struct kn_link *px_link(struct px *px, const char *str)
{
	struct kn_ifname name = px_name(str);
	struct kn_link *link = (struct kn_link *)kn_facts_link(&px->fake.facts, &name);

	assert_non_null(link);
	return link;
}

static inline void px_addr(struct px *px, const char *dev, const char *cidr, uint32_t valid_s)
{
	assert_int_equal(fake_add_addr(&px->fake, dev, cidr, valid_s), 0);
}

static inline void px_route(struct px *px, const char *dev, const char *dst, const char *via)
{
	assert_int_equal(fake_add_route(&px->fake, dev, dst, via, 0), 0);
}

static inline void px_file(struct px *px, const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), DIR "%s", name);
	assert_int_equal(kn_tree_set(&px->tree, path, text, text ? strlen(text) : 0, &px->err), 0);
}

static inline void px_port(struct px *px, const char *str)
{
	struct kn_ifname name = px_name(str);

	assert_int_equal(kn_names_add(&px->spec.ports, &name, &px->err), 0);
}

/* --static, --gateway, --dns, --route as the command line would give them. */
static inline void px_static(struct px *px, const char *str)
{
	struct kn_cidr cidr;

	assert_int_equal(kn_cidr_parse(str, "address", &cidr, &px->err), 0);
	assert_int_equal(kn_cidrs_add(&px->spec.ip.addrs, &cidr, &px->err), 0);
	px->spec.given |= KN_GROUP_ADDR;
}

static inline void px_gateway(struct px *px, const char *str)
{
	struct kn_ip ip;

	assert_true(kn_ip_is(str, &ip));
	*(ip.family == KN_IPV4 ? &px->spec.ip.gateway4 : &px->spec.ip.gateway6) = ip;
	px->spec.given |= KN_GROUP_GATEWAY;
}

static inline void px_dns(struct px *px, const char *str)
{
	struct kn_ip ip;

	assert_true(kn_ip_is(str, &ip));
	assert_int_equal(kn_ips_add(&px->spec.ip.dns, &ip, &px->err), 0);
	px->spec.given |= KN_GROUP_DNS;
}

static inline void px_to(struct px *px, const char *dst, const char *via)
{
	struct kn_route route = KN_ROUTE_INIT;

	assert_int_equal(kn_cidr_parse(dst, "route", &route.dst, &px->err), 0);
	assert_true(kn_ip_is(via, &route.gateway));
	assert_int_equal(kn_routes_add(&px->spec.ip.routes, &route, &px->err), 0);
	px->spec.given |= KN_GROUP_ROUTES;
}

/* A host with network-scripts of RHEL 8, lo and an eth0 without addresses. */
static inline void px_bare(struct px *px, enum kn_verb verb)
{
	*px = (struct px){.spec = {.verb = verb, .bridge = px_name("br0")}};
	fake_init(&px->fake);
	fake_add_link(&px->fake, "eth0", KN_LINK_PHYSICAL);
	px->host = (struct kn_host){.has_scripts = true, .scripts_enabled = true, .seed = 4711};
}

/* bridge create br0 --port eth0; eth0 has an address and the default route. */
static inline void px_create(struct px *px)
{
	px_bare(px, KN_BRIDGE_CREATE);
	px_addr(px, "eth0", "192.168.12.118/24", FOREVER);
	px_route(px, "eth0", "0.0.0.0/0", "192.168.12.1");
	px_port(px, "eth0");
}

/* br0 over eth0 is there already, in kernel and files. */
static inline void px_bridged(struct px *px, enum kn_verb verb)
{
	px_bare(px, verb);
	fake_add_link(&px->fake, "br0", KN_LINK_BRIDGE)->flags = 0x41;
	px_addr(px, "br0", "192.168.12.118/24", FOREVER);
	px_route(px, "br0", "0.0.0.0/0", "192.168.12.1");
	px_link(px, "eth0")->master = px_name("br0");
	px_file(px, "ifcfg-eth0", PORT_ETH0);
	px_file(px, "ifcfg-br0", BRIDGE_BR0);
}

static inline void px_done(struct px *px)
{
	kn_tree_done(&px->tree);
	kn_confs_done(&px->confs);
	kn_origins_done(&px->origins);
	kn_facts_done(&px->facts);
	kn_spec_done(&px->spec);
	kn_target_done(&px->target);
	kn_plan_done(&px->plan);
	fake_done(&px->fake);
}

/* Reads the host into the planner's inputs, as the engine does. */
static inline struct kn_inputs px_look(struct px *px)
{
	struct kn_names names = {0};
	struct kn_ips ips = {0};

	px->facts.host = px->host;
	if (!px->no_files)
		assert_int_equal(kn_backend_ifcfg.read(&px->tree, &px->host, &px->confs, &px->err),
				 0);
	assert_int_equal(kn_planner_wanted_ips(&px->spec, &ips, &px->err), 0);
	assert_int_equal(kn_names_add(&names, &px->spec.bridge, &px->err), 0);
	for (size_t i = 0; i < px->spec.ports.n; i++)
		assert_int_equal(kn_names_add(&names, &px->spec.ports.v[i], &px->err), 0);
	for (size_t i = 0; i < px->fake.facts.n_links; i++)
		if (kn_ifname_eq(&px->fake.facts.links[i].master, &px->spec.bridge))
			assert_int_equal(
				kn_names_add(&names, &px->fake.facts.links[i].name, &px->err), 0);
	struct kn_live_request req = {.names = names.v,
				      .n_names = names.n,
				      .ips = ips.v,
				      .n_ips = ips.n,
				      .ports = true,
				      .uppers = true,
				      .vlans = true};
	if (!px->no_live) {
		assert_int_equal(px->fake.live.snapshot(&px->fake.live, &req, &px->facts, &px->err),
				 0);
		px->facts.live = true;
	}
	if (px->owner.owner) {
		assert_int_equal(kn_grow(&px->facts.owners, &px->facts.cap_owners, 1,
					 sizeof(px->owner), &px->err),
				 0);
		px->facts.owners[px->facts.n_owners++] = px->owner;
	}
	px->facts.has_ssh = px->ssh && kn_ip_is(px->ssh, &px->facts.ssh_local) &&
			    kn_ip_is("192.168.12.9", &px->facts.ssh_peer);
	kn_names_done(&names);
	kn_ips_done(&ips);
	return (struct kn_inputs){.spec = &px->spec,
				  .tree = &px->tree,
				  .confs = &px->confs,
				  .origins = &px->origins,
				  .facts = &px->facts,
				  .backend = px->no_files ? NULL : &kn_backend_ifcfg};
}

/* The whole planner; the result in px->plan or px->err. */
static inline int px_plan(struct px *px)
{
	struct kn_inputs in = px_look(px);

	return kn_planner_run(&in, &px->plan, &px->err);
}

/* Only spec to target; the result in px->target or px->err. */
static inline int px_resolve(struct px *px)
{
	struct kn_inputs in = px_look(px);

	return kn_resolve(&in, &px->target, &px->plan, &px->err);
}

/* The first note that has @text in it, or NULL. */
static inline const struct kn_note *px_note(const struct px *px, const char *text)
{
	for (size_t i = 0; i < px->plan.n_notes; i++)
		if (strstr(px->plan.notes[i].text, text))
			return &px->plan.notes[i];
	return NULL;
}

#endif
