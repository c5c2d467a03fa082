/* Reading: one conf per interface out of the file tree.
 * Layer: persist, pure. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kvmnet/num.h"
#include "persist/ifb.h"

/* A conf that is not yet in a list. */
void kn_ifb_conf_done(struct kn_conf *conf)
{
	free(conf->path);
	free(conf->zone);
	free(conf->uuid);
	kn_ipconf_done(&conf->ip);
	*conf = (struct kn_conf){0};
}

/* Also the lower-case bridge, which network-scripts do not accept: to see it is the
 * first step to mend it. */
static void read_type(struct kn_ifb_in *in, struct kn_conf *conf)
{
	static const struct {
		const char *word;
		enum kn_conf_type type;
	} types[] = {{"Ethernet", KN_CONF_ETHERNET},
		     {"Bridge", KN_CONF_BRIDGE},
		     {"Bond", KN_CONF_BOND},
		     {"Vlan", KN_CONF_VLAN}};
	const char *type = kn_ifb_get(in, KN_KEY_TYPE, -1);
	const char *vlan = kn_ifb_get(in, KN_KEY_VLAN, -1);

	conf->type = type ? KN_CONF_OTHER : KN_CONF_UNKNOWN;
	for (size_t i = 0; type && i < sizeof(types) / sizeof(*types); i++)
		if (!strcasecmp(type, types[i].word))
			conf->type = types[i].type;
	if (conf->type == KN_CONF_UNKNOWN && vlan && kn_ifb_is_true(vlan))
		conf->type = KN_CONF_VLAN;
	/* Bonds are often written with TYPE=Ethernet or none: the options tell. */
	if ((conf->type == KN_CONF_UNKNOWN || conf->type == KN_CONF_ETHERNET) &&
	    kn_ifb_get(in, KN_KEY_BONDING_OPTS, -1))
		conf->type = KN_CONF_BOND;
}

/* A value that is no MAC counts as none; the readers ignore it as well. */
static bool read_mac(struct kn_ifb_in *in, enum kn_ifb_id id, struct kn_mac *ret)
{
	const char *value = kn_ifb_get(in, id, -1);
	struct kn_error ignored;

	return value && kn_mac_parse(value, ret, &ignored) == 0;
}

/* Names of the host may be odd, so only the kernel's limits count. */
static void read_name(struct kn_ifb_in *in, enum kn_ifb_id id, struct kn_ifname *ret)
{
	const char *value = kn_ifb_get(in, id, -1);
	struct kn_error ignored;

	if (value && kn_ifname_from_host(value, ret, &ignored) < 0)
		*ret = (struct kn_ifname){0};
}

/* Absent is a third state: it decides whether NM_CONTROLLED is written at all. */
static enum kn_tri read_tri(struct kn_ifb_in *in, enum kn_ifb_id id)
{
	const char *value = kn_ifb_get(in, id, -1);

	if (!value)
		return KN_UNSET;
	return kn_ifb_is_false(value) ? KN_NO : KN_YES;
}

/* Copied, because the value lives in the parsed file only. */
static int read_text(struct kn_ifb_in *in, enum kn_ifb_id id, char **ret)
{
	const char *value = kn_ifb_get(in, id, -1);

	if (!value)
		return 0;
	*ret = strdup(value);
	return *ret ? 0 : kn_fail_nomem(in->err);
}

/* All that is not IP. */
static int read_link(struct kn_ifb_in *in, struct kn_conf *conf)
{
	const char *mtu = kn_ifb_get(in, KN_KEY_MTU, -1);

	if (mtu && kn_num_is(mtu, UINT32_MAX, &conf->mtu) && conf->mtu)
		conf->groups |= KN_GROUP_MTU;
	conf->has_mac = read_mac(in, KN_KEY_MACADDR, &conf->mac) ||
			read_mac(in, KN_KEY_BRIDGE_MACADDR, &conf->mac);
	conf->has_hwaddr = read_mac(in, KN_KEY_HWADDR, &conf->hwaddr);
	conf->nm_controlled = read_tri(in, KN_KEY_NM_CONTROLLED);
	conf->onboot = read_tri(in, KN_KEY_ONBOOT);
	read_name(in, KN_KEY_BRIDGE, &conf->bridge);
	read_name(in, KN_KEY_MASTER, &conf->master);
	if (!kn_ifname_is_set(&conf->master))
		read_name(in, KN_KEY_TEAM_MASTER, &conf->master);
	if (read_text(in, KN_KEY_ZONE, &conf->zone) < 0 ||
	    read_text(in, KN_KEY_UUID, &conf->uuid) < 0)
		return -1;
	if (conf->zone)
		conf->groups |= KN_GROUP_ZONE;
	return 0;
}

/* All or nothing: with one key that readers disagree on, the rest is no basis either. */
int kn_ifb_conf_parse(struct kn_ifcfg *text, enum kn_reader reader, struct kn_conf *ret,
		      struct kn_error *err)
{
	struct kn_ifb_in in = {.text = text, .err = err};
	struct kn_conf conf = {0};

	read_type(&in, &conf);
	kn_ifb_read_bond(&in, &conf);
	kn_ifb_read_opts(&in, reader, &conf);
	if (read_link(&in, &conf) < 0 || kn_ifb_read_ip(&in, reader, &conf) < 0 || in.failed) {
		kn_ifb_conf_done(&conf);
		return -1;
	}
	*ret = conf;
	return 0;
}

/* An alias is the same kernel link, so its addresses are its owner's. One that cannot be
 * read is passed over here and refused when it is to be moved. */
int kn_ifb_alias_addrs(const struct kn_tree *tree, const struct kn_ifname *owner,
		       struct kn_cidrs *ret, struct kn_error *err)
{
	size_t n = strlen(owner->s);

	for (size_t i = 0; i < tree->n; i++) {
		const struct kn_file *file = &tree->v[i];
		const char *suffix = kn_ifb_suffix(KN_IFB_IFCFG, file->path);
		struct kn_ifcfg *text;
		struct kn_conf conf;
		int rc = 0;

		if (!suffix || !file->present || strncmp(suffix, owner->s, n) != 0 ||
		    suffix[n] != ':')
			continue;
		if (kn_ifcfg_parse(file->path, file->data, file->len, &text, err) < 0)
			return -1;
		if (kn_ifb_conf_parse(text, KN_READER_NONE, &conf, err) == 0) {
			for (size_t k = 0; rc == 0 && k < conf.ip.addrs.n; k++)
				rc = kn_cidrs_add(ret, &conf.ip.addrs.v[k], err);
			kn_ifb_conf_done(&conf);
		} else if (err->kind == KN_ERR_NOMEM) {
			rc = -1;
		}
		kn_ifcfg_free(text);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* A file that is not there has no routes. */
static int read_route_file(const struct kn_tree *tree, enum kn_ifb_kind kind, const char *suffix,
			   struct kn_routes *ret, struct kn_error *err)
{
	char *path KN_CLEANUP(kn_freep) = NULL;

	if (kn_ifb_path(kind, suffix, &path, err) < 0)
		return -1;
	const struct kn_file *file = kn_tree_get(tree, path);
	if (!file)
		return 0;
	return kn_ifb_routes_parse(path, file->data, file->len,
				   kind == KN_IFB_ROUTE ? KN_IPV4 : KN_IPV6, ret, err);
}

/* A default route of a route file is the gateway when the ifcfg file names none. */
static int take_route(struct kn_conf *conf, const struct kn_route *route, struct kn_error *err)
{
	bool v4 = route->dst.ip.family == KN_IPV4;
	struct kn_ip *gateway = v4 ? &conf->ip.gateway4 : &conf->ip.gateway6;
	struct kn_route copy = *route;

	copy.dev = conf->name;
	if (!kn_route_is_default(route) || route->table != KN_ROUTE_INIT.table ||
	    !route->gateway.family || gateway->family || kn_ip_is_zero(&route->gateway) ||
	    (route->has_metric && conf->ip.has_metric && route->metric != conf->ip.metric)) {
		conf->groups |= KN_GROUP_ROUTES;
		return kn_routes_add(&conf->ip.routes, &copy, err);
	}
	*gateway = route->gateway;
	if (v4)
		conf->ip.onlink4 = route->onlink;
	if (route->has_metric) {
		conf->ip.has_metric = true;
		conf->ip.metric = route->metric;
	}
	conf->groups |= KN_GROUP_GATEWAY;
	return 0;
}

/* network-scripts read route-DEVICE and route-SUFFIX, NetworkManager the latter. */
static int read_routes(const struct kn_tree *tree, const char *suffix, struct kn_conf *conf,
		       struct kn_error *err)
{
	struct kn_routes routes = {0};
	const char *names[] = {conf->name.s, strcmp(suffix, conf->name.s) ? suffix : NULL};
	int rc = 0;

	for (size_t i = 0; i < 2 && rc == 0; i++)
		if (names[i] && (read_route_file(tree, KN_IFB_ROUTE, names[i], &routes, err) < 0 ||
				 read_route_file(tree, KN_IFB_ROUTE6, names[i], &routes, err) < 0))
			rc = -1;
	for (size_t i = 0; i < routes.n && rc == 0; i++)
		rc = take_route(conf, &routes.v[i], err);
	kn_routes_done(&routes);
	return rc;
}

/* Fills what lies outside of the main file. */
static int complete(const struct kn_tree *tree, const struct kn_file *file, const char *suffix,
		    struct kn_conf *conf, struct kn_error *err)
{
	conf->path = strdup(file->path);
	if (!conf->path)
		return kn_fail_nomem(err);
	if (kn_ifb_alias_addrs(tree, &conf->name, &conf->ip.addrs, err) < 0)
		return -1;
	if (conf->ip.addrs.n)
		conf->groups |= KN_GROUP_ADDR;
	return read_routes(tree, suffix, conf, err);
}

/* Who reads the rest has to know that this file is missing. */
static int note_unread(const struct kn_file *file, struct kn_error *why, struct kn_errors *unread,
		       struct kn_error *err)
{
	if (why->kind == KN_ERR_NOMEM)
		return kn_fail_nomem(err);
	if (!why->file[0])
		(void)kn_at(why, file->path, 0, 0);
	return kn_errors_add(unread, why, err);
}

/* An alias is its owner's, and read there; only here is told that it cannot be. */
static int check_alias(const struct kn_file *file, enum kn_reader reader, struct kn_errors *unread,
		       struct kn_error *err)
{
	struct kn_ifcfg *text;
	struct kn_error why = {0};
	struct kn_conf conf;

	if (kn_ifcfg_parse(file->path, file->data, file->len, &text, err) < 0)
		return -1;
	int rc = kn_ifb_conf_parse(text, reader, &conf, &why);
	kn_ifcfg_free(text);
	if (rc < 0)
		return note_unread(file, &why, unread, err);
	kn_ifb_conf_done(&conf);
	return 0;
}

/* What one reading of a tree works on. */
struct reading {
	const struct kn_tree *tree;
	enum kn_reader reader;
	struct kn_errors *unread;
};

/* The main file alone. Return: 1 *ret new; 0 it is about no interface; -1 with *why. */
static int parse_file(const struct kn_file *file, const char *suffix, enum kn_reader reader,
		      struct kn_conf *ret, struct kn_error *why)
{
	struct kn_ifcfg *text;
	struct kn_ifname name;

	if (kn_ifcfg_parse(file->path, file->data, file->len, &text, why) < 0)
		return -1;
	int rc = kn_ifb_device(text, suffix, &name, why);
	if (rc == 0 && kn_ifname_is_set(&name))
		rc = kn_ifb_conf_parse(text, reader, ret, why) < 0 ? -1 : 1;
	struct kn_ifb_in in = {.text = text, .err = why};
	if (rc == 1 && ret->type == KN_CONF_VLAN && kn_ifb_read_vlan(&name, &in, &ret->vlan) < 0) {
		kn_ifb_conf_done(ret);
		rc = -1;
	}
	kn_ifcfg_free(text);
	if (rc == 1)
		ret->name = name;
	return rc;
}

/* Return: 1 *ret new; 0 the file is passed over, and noted when it is not understood; -1 with
 * KN_ERR_NOMEM. */
static int read_file(const struct reading *in, const struct kn_file *file, const char *suffix,
		     struct kn_conf *ret, struct kn_error *err)
{
	struct kn_error why = {0};
	int rc = parse_file(file, suffix, in->reader, ret, &why);

	if (rc < 0)
		return note_unread(file, &why, in->unread, err);
	if (rc == 1 && complete(in->tree, file, suffix, ret, err) < 0) {
		kn_ifb_conf_done(ret);
		return -1;
	}
	return rc;
}

static int add_conf(struct kn_confs *confs, struct kn_conf *conf, struct kn_error *err)
{
	if (kn_grow(&confs->v, &confs->cap, confs->n + 1, sizeof(*conf), err) < 0) {
		kn_ifb_conf_done(conf);
		return -1;
	}
	confs->v[confs->n++] = *conf;
	return 0;
}

/* What could not even be loaded. */
static int take_unread(const struct kn_tree *tree, struct kn_errors *ret, struct kn_error *err)
{
	for (size_t i = 0; i < tree->unread.n; i++)
		if (kn_errors_add(ret, &tree->unread.v[i], err) < 0)
			return -1;
	return 0;
}

/* Aliases are read with their owners. The order is that of the tree, by path. */
int kn_ifb_read(const struct kn_tree *tree, const struct kn_host *host, struct kn_confs *ret,
		struct kn_error *err)
{
	struct kn_confs confs = {0};
	struct reading in = {tree, kn_ifb_host_reader(host), &confs.unread};
	int rc = take_unread(tree, &confs.unread, err);

	for (size_t i = 0; rc == 0 && i < tree->n; i++) {
		const char *suffix = kn_ifb_suffix(KN_IFB_IFCFG, tree->v[i].path);
		struct kn_conf conf;

		if (!suffix || !tree->v[i].present)
			continue;
		if (strchr(suffix, ':'))
			rc = check_alias(&tree->v[i], in.reader, in.unread, err);
		else
			rc = read_file(&in, &tree->v[i], suffix, &conf, err);
		if (rc == 1)
			rc = add_conf(&confs, &conf, err);
	}
	if (rc < 0) {
		kn_confs_done(&confs);
		return -1;
	}
	kn_errors_sort(&confs.unread);
	*ret = confs;
	return 0;
}
