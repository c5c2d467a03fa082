/* A wanted network, what libvirt has, and the plan between them. Layer: tests. */
#ifndef KVMNET_TEST_PLAN_NET_FIXTURE_H
#define KVMNET_TEST_PLAN_NET_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/network.h"
#include "kvmnet/text.h"
#include "persist/ifcfg.h"
#include "plan/net.h"

#define UUID "<uuid>d7d3a4a4-6f3f-4f3e-9d4e-1f6c6f2b0c0a</uuid>"
#define MAC  "<mac address='52:54:00:11:22:33'/>"
#define DHCP "<dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>"
#define LAB                                                                                        \
	"<network><name>lab</name>" UUID "<forward mode='nat'/>"                                   \
	"<bridge name='virbr0' stp='off' delay='0'/>" MAC                                          \
	"<ip address='192.168.122.1' netmask='255.255.255.0'>" DHCP "</ip></network>"
#define LAN "<network><name>lan</name><forward mode='bridge'/><bridge name='br0'/></network>"

struct fixture {
	struct kn_network want;
	struct kn_spec spec;
	struct kn_tree tree;
	struct kn_confs confs;
	struct kn_facts facts;
	struct kn_vnets nets;
	struct kn_vnics nics;
	struct kn_plan plan;
	struct kn_error err;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(kn_netname_parse("lab", &f->want.name, &f->err), 0);
	f->want.mode = KN_NETMODE_NAT;
	f->want.auto4 = true;
	f->spec.verb = KN_NET_CREATE;
	f->spec.network = &f->want;
	f->facts.live = true;
	f->nets.known = true;
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	kn_network_done(&f->want);
	kn_strv_done(&f->spec.force);
	kn_tree_done(&f->tree);
	kn_confs_done(&f->confs);
	kn_facts_done(&f->facts);
	kn_vnets_done(&f->nets);
	kn_vnics_done(&f->nics);
	kn_plan_done(&f->plan);
	free(f);
	return 0;
}

static inline struct kn_vnet *has_net(struct fixture *f, const char *name, const char *xml,
				      bool active)
{
	struct kn_vnet *net = kn_vnets_add(&f->nets, name, &f->err);

	assert_non_null(net);
	net->xml = strdup(xml);
	net->active = active;
	net->persistent = net->autostart = true;
	return net;
}

static inline void has_guest(struct fixture *f, const char *network, const char *tap)
{
	struct kn_vnic *nic = kn_vnics_add(&f->nics, "web01", network, &f->err);

	assert_non_null(nic);
	nic->running = tap != NULL;
	if (tap)
		assert_int_equal(kn_ifname_parse(tap, &nic->tap, &f->err), 0);
}

static inline void has_addr(struct fixture *f, const char *dev, const char *cidr)
{
	struct kn_laddr addr = {0};

	assert_int_equal(kn_ifname_parse(dev, &addr.dev, &f->err), 0);
	assert_int_equal(kn_cidr_parse(cidr, "address", &addr.addr, &f->err), 0);
	assert_int_equal(kn_facts_add_addr(&f->facts, &addr, &f->err), 0);
}

/* A file's text of a host: reads it as the ifcfg backend does. */
static inline void has_file(struct fixture *f, const char *path, const char *text)
{
	struct kn_host host = {0};

	assert_int_equal(kn_tree_set(&f->tree, path, text, strlen(text), &f->err), 0);
	kn_confs_done(&f->confs);
	f->confs = (struct kn_confs){0};
	assert_int_equal(kn_backend_ifcfg.read(&f->tree, &host, &f->confs, &f->err), 0);
}

static inline int plan(struct fixture *f)
{
	struct kn_inputs in = {.spec = &f->spec,
			       .tree = &f->tree,
			       .confs = &f->confs,
			       .facts = &f->facts,
			       .nets = &f->nets,
			       .nics = &f->nics};

	kn_plan_done(&f->plan);
	return kn_planner_run(&in, &f->plan, &f->err);
}

/* The operations by their words, one line. */
static inline void plans(struct fixture *f, const char *wanted)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (plan(f) < 0)
		fail_msg("%s", f->err.message);
	for (size_t i = 0; i < f->plan.n_ops; i++)
		kn_buf_printf(&text, "%s%s", i ? " " : "", kn_op_info(f->plan.ops[i].kind)->word);
	assert_string_equal(kn_buf_str(&text), wanted);
}

static inline void refuses(struct fixture *f, const char *rule, const char *part)
{
	assert_int_equal(plan(f), -1);
	assert_int_equal(f->err.kind, rule ? KN_ERR_REFUSED : KN_ERR_INPUT);
	assert_string_equal(f->err.rule, rule ? rule : "");
	if (!strstr(f->err.message, part))
		fail_msg("\"%s\" lacks \"%s\"", f->err.message, part);
	assert_string_not_equal(f->err.hint, "");
}

static inline void subnet(struct fixture *f, const char *cidr)
{
	struct kn_cidr net;

	assert_int_equal(kn_cidr_parse_host(cidr, "subnet", &net, &f->err), 0);
	assert_int_equal(kn_cidrs_add(&f->want.subnets, &net, &f->err), 0);
	f->want.has |= KN_NET_HAS(SUBNETS);
	f->want.auto4 = false;
}

static inline void host(struct fixture *f, const char *mac, const char *ip)
{
	struct kn_net_host row = {.has_mac = true};

	assert_int_equal(kn_mac_parse(mac, &row.mac, &f->err), 0);
	assert_int_equal(kn_ip_parse(ip, "address", &row.ip, &f->err), 0);
	assert_int_equal(kn_grow(&f->want.hosts.v, &f->want.hosts.cap, f->want.hosts.n + 1,
				 sizeof(row), &f->err),
			 0);
	f->want.hosts.v[f->want.hosts.n++] = row;
	f->want.has |= KN_NET_HAS(HOSTS);
}

#endif
