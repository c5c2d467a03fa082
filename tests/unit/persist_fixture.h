/* What the tests of the ifcfg backend share: a tree of files, a target, a render, and what the
 * disk and the store of originals would be afterwards. */
#ifndef PERSIST_FIXTURE_H
#define PERSIST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/buf.h"
#include "persist/ifcfg.h"

#define DIR "/etc/sysconfig/network-scripts/"

/* The classic recipe's own file, static and by DHCP. */
#define STATIC_ETH0                                                                                \
	"DEVICE=\"eth0\"\n"                                                                        \
	"NAME=\"System eth0\"\n"                                                                   \
	"HWADDR=44:37:E6:4A:62:AD\n"                                                               \
	"NM_CONTROLLED=\"no\"\n"                                                                   \
	"ONBOOT=\"yes\"\n"                                                                         \
	"TYPE=Ethernet\n"                                                                          \
	"BOOTPROTO=static\n"                                                                       \
	"IPADDR=192.168.12.118\n"                                                                  \
	"NETMASK=255.255.255.0\n"                                                                  \
	"GATEWAY=192.168.12.1\n"                                                                   \
	"DNS1=180.76.76.76\n"                                                                      \
	"DNS2=114.114.114.114\n"
#define DHCP_ETH0                                                                                  \
	"DEVICE=\"eth0\"\n"                                                                        \
	"NAME=\"System eth0\"\n"                                                                   \
	"HWADDR=44:37:E6:4A:62:AD\n"                                                               \
	"NM_CONTROLLED=\"no\"\n"                                                                   \
	"ONBOOT=\"yes\"\n"                                                                         \
	"TYPE=Ethernet\n"                                                                          \
	"BOOTPROTO=dhcp\n"
/* What both become as a port of br0. */
#define PORT_ETH0                                                                                  \
	"DEVICE=\"eth0\"\n"                                                                        \
	"NAME=\"System eth0\"\n"                                                                   \
	"HWADDR=44:37:E6:4A:62:AD\n"                                                               \
	"NM_CONTROLLED=\"no\"\n"                                                                   \
	"ONBOOT=\"yes\"\n"                                                                         \
	"TYPE=Ethernet\n"                                                                          \
	"BOOTPROTO=none\n"                                                                         \
	"BRIDGE=br0\n"

struct fx {
	struct kn_tree tree;
	struct kn_origins origins;
	struct kn_host host;
	struct kn_target target;
	struct kn_plan plan;
	struct kn_error err;
};

static inline struct kn_ifname fx_name(const char *str)
{
	struct kn_ifname name = {0};

	assert_true(strlen(str) < sizeof(name.s));
	memcpy(name.s, str, strlen(str));
	return name;
}

static inline void fx_file(struct fx *fx, const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), name[0] == '/' ? "%s" : DIR "%s", name);
	assert_int_equal(kn_tree_set(&fx->tree, path, text, text ? strlen(text) : 0, &fx->err), 0);
}

static inline const char *fx_text(const struct fx *fx, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), DIR "%s", name);
	const struct kn_file *file = kn_tree_get(&fx->tree, path);
	return file ? file->data : NULL;
}

/* Compares a file; @want NULL = it must be absent. */
static inline void fx_expect(const struct fx *fx, const char *name, const char *want)
{
	const char *have = fx_text(fx, name);

	if (want && have) {
		assert_string_equal(have, want);
		return;
	}
	if (want || have)
		fail_msg("%s is %s", name, have ? have : "absent");
}

static inline void fx_done(struct fx *fx)
{
	kn_tree_done(&fx->tree);
	kn_origins_done(&fx->origins);
	kn_target_done(&fx->target);
	kn_plan_done(&fx->plan);
}

static inline void fx_render_ok(struct fx *fx)
{
	kn_plan_done(&fx->plan);
	if (kn_backend_ifcfg.render(&fx->target, &fx->tree, &fx->origins, &fx->plan, &fx->err) < 0)
		fail_msg("render: %s", fx->err.message);
}

static inline void fx_render_fails(struct fx *fx, enum kn_error_kind kind)
{
	kn_plan_done(&fx->plan);
	fx->err = (struct kn_error){0};
	assert_int_equal(
		kn_backend_ifcfg.render(&fx->target, &fx->tree, &fx->origins, &fx->plan, &fx->err),
		-1);
	assert_string_equal(kn_error_kind_word(fx->err.kind), kn_error_kind_word(kind));
	assert_true(fx->err.hint[0] != '\0');
}

static inline struct kn_origin *fx_origin(struct fx *fx, const struct kn_filechg *chg)
{
	struct kn_origins *origins = &fx->origins;

	for (size_t i = 0; i < origins->n; i++)
		if (!strcmp(origins->v[i].path, chg->path))
			return &origins->v[i];
	assert_int_equal(
		kn_grow(&origins->v, &origins->cap, origins->n + 1, sizeof(*origins->v), &fx->err),
		0);
	struct kn_origin *origin = &origins->v[origins->n++];
	*origin = (struct kn_origin){.path = strdup(chg->path),
				     .bridge = fx->target.bridge,
				     .was_present = chg->before_present,
				     .data = chg->before ? strdup(chg->before) : NULL,
				     .len = chg->before_len};
	return origin;
}

/* Puts the plan's files in place and keeps the records as the engine does. */
static inline void fx_apply(struct fx *fx)
{
	for (size_t i = 0; i < fx->plan.files.n; i++) {
		const struct kn_filechg *chg = &fx->plan.files.v[i];

		if (chg->keep_origin) {
			struct kn_origin *origin = fx_origin(fx, chg);

			origin->written_present = chg->after_present;
			origin->written_hash =
				kn_hash64(chg->after ? chg->after : "", chg->after_len);
		}
		assert_int_equal(
			kn_tree_set(&fx->tree, chg->path, chg->after, chg->after_len, &fx->err), 0);
	}
}

static inline void fx_ip(struct kn_ip *ret, const char *str)
{
	assert_true(kn_ip_is(str, ret));
}

static inline void fx_addr(struct fx *fx, const char *str)
{
	struct kn_cidr cidr;

	assert_int_equal(kn_cidr_parse(str, "address", &cidr, &fx->err), 0);
	assert_int_equal(kn_cidrs_add(&fx->target.ip.addrs, &cidr, &fx->err), 0);
	fx->target.groups |= KN_GROUP_ADDR;
}

static inline void fx_gateway(struct fx *fx, const char *str)
{
	struct kn_ip ip;

	fx_ip(&ip, str);
	*(ip.family == KN_IPV4 ? &fx->target.ip.gateway4 : &fx->target.ip.gateway6) = ip;
	fx->target.groups |= KN_GROUP_GATEWAY;
}

static inline void fx_dns(struct fx *fx, const char *str)
{
	struct kn_ip ip;

	fx_ip(&ip, str);
	assert_int_equal(kn_ips_add(&fx->target.ip.dns, &ip, &fx->err), 0);
	fx->target.groups |= KN_GROUP_DNS;
}

static inline void fx_search(struct fx *fx, const char *str)
{
	assert_int_equal(kn_strv_add(&fx->target.ip.search, str, &fx->err), 0);
	fx->target.groups |= KN_GROUP_DNS;
}

/* @via NULL: on the link. */
static inline void fx_route(struct fx *fx, const char *dst, const char *via)
{
	struct kn_route route = KN_ROUTE_INIT;

	assert_int_equal(kn_cidr_parse(dst, "route", &route.dst, &fx->err), 0);
	if (via)
		fx_ip(&route.gateway, via);
	assert_int_equal(kn_routes_add(&fx->target.ip.routes, &route, &fx->err), 0);
	fx->target.groups |= KN_GROUP_ROUTES;
}

static inline void fx_port(struct fx *fx, const char *name)
{
	struct kn_ifname port = fx_name(name);

	assert_int_equal(kn_names_add(&fx->target.ports, &port, &fx->err), 0);
}

/* A new target with the verb, for br0 over network-scripts of RHEL 7. */
static inline void fx_target(struct fx *fx, enum kn_verb verb)
{
	kn_target_done(&fx->target);
	fx->target.verb = verb;
	fx->target.bridge = fx_name("br0");
	fx->target.reader = KN_READER_SCRIPTS_7;
	fx->target.nm_controlled = KN_NO;
}

/* br0 over eth0 with the uplink's MAC, STP off, delay 0. */
static inline void fx_create(struct fx *fx)
{
	fx_target(fx, KN_BRIDGE_CREATE);
	fx_port(fx, "eth0");
	fx->target.uplink = fx_name("eth0");
	fx->target.has_mac = true;
	fx->target.mac = (struct kn_mac){{0x44, 0x37, 0xe6, 0x4a, 0x62, 0xad}};
	kn_opts_set(&fx->target.opts, KN_BROPT_STP, 0);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 0);
}

/* The files' word on @name; fx->host says which reader. Owned by *ret. */
static inline const struct kn_conf *fx_read(struct fx *fx, struct kn_confs *ret, const char *name)
{
	struct kn_ifname ifname = fx_name(name);

	assert_int_equal(kn_backend_ifcfg.read(&fx->tree, &fx->host, ret, &fx->err), 0);
	return kn_confs_get(ret, &ifname);
}

/* Takes over what the files say of @from, as the planner does without options. */
static inline void fx_inherit(struct fx *fx, const char *from)
{
	struct kn_confs confs = {0};
	const struct kn_conf *conf = fx_read(fx, &confs, from);

	if (conf) {
		assert_int_equal(kn_ipconf_copy(&fx->target.ip, &conf->ip, KN_GROUP_IP, &fx->err),
				 0);
		fx->target.mtu = conf->mtu;
		fx->target.zone = conf->zone ? strdup(conf->zone) : NULL;
		fx->target.groups = KN_GROUP_IP | (conf->groups & (KN_GROUP_MTU | KN_GROUP_ZONE));
		fx->target.inherited = KN_GROUP_ALL;
	}
	kn_confs_done(&confs);
}

#endif
