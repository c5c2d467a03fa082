/* What --prune takes away. The state directory tells what is ours: a file that was not there before
 * kvmnet wrote it, and still has what kvmnet wrote. Of libvirt's networks their mark tells.
 * Layer: plan, pure. */
#include "plan/prune.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/netxml.h"
#include "kvmnet/network.h"
#include "kvmnet/buf.h"
#include "plan/ctx.h"

/* Kinds of devices that have a file of their own: what removes them. What stands on others goes
 * first. */
static const struct {
	enum kn_conf_type type;
	enum kn_verb remove;
	const char *word;
	const char *section;
} kinds[] = {
	{KN_CONF_BRIDGE, KN_BRIDGE_DELETE, "bridge", "bridge"},
	{KN_CONF_VLAN, KN_LINK_DELETE, "VLAN", "vlan"},
	{KN_CONF_BOND, KN_LINK_DELETE, "bond", "bond"},
};

static const size_t n_kinds = sizeof(kinds) / sizeof(*kinds);

void kn_prunes_done(struct kn_prunes *prunes)
{
	for (size_t i = 0; i < prunes->n; i++) {
		struct kn_network *network = (struct kn_network *)prunes->v[i].network;

		kn_names_done(&prunes->v[i].ports);
		if (network)
			kn_network_done(network);
		free(network);
	}
	free(prunes->v);
	kn_strv_done(&prunes->titles);
	kn_strv_done(&prunes->remarks);
	*prunes = (struct kn_prunes){0};
}

/* A change of its own, done in the way that the whole is. */
static struct kn_spec *add(const struct kn_inputs *in, struct kn_prunes *ret, enum kn_verb verb,
			   const char *what, const char *name, struct kn_error *err)
{
	struct kn_buf title KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_spec *how = in->spec;

	kn_buf_printf(&title, "%s ", what);
	kn_buf_put_escaped(&title, name, strlen(name));
	kn_buf_puts(&title, " (--prune)");
	if (kn_buf_check(&title, err) < 0 ||
	    kn_strv_add(&ret->titles, kn_buf_str(&title), err) < 0 ||
	    kn_grow(&ret->v, &ret->cap, ret->n + 1, sizeof(*ret->v), err) < 0)
		return NULL;
	ret->v[ret->n] = (struct kn_spec){.verb = verb,
					  .reader = how->reader,
					  .force = how->force,
					  .no_live = how->no_live,
					  .no_persist = how->no_persist,
					  .no_splice = how->no_splice,
					  .confirm_s = how->confirm_s,
					  .can_ask = how->can_ask,
					  .backend_given = how->backend_given,
					  .asked_at = ret->titles.v[ret->titles.n - 1],
					  .prune = true};
	return &ret->v[ret->n++];
}

static int remark(struct kn_prunes *ret, struct kn_error *err, const char *fmt, ...)
	KN_PRINTF(3, 4);

static int remark(struct kn_prunes *ret, struct kn_error *err, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return kn_strv_add(&ret->remarks, text, err);
}

/* ---- what the description has ---- */

static bool has_device(const struct kn_spec *spec, const struct kn_ifname *name)
{
	for (size_t i = 0; i < spec->n_parts; i++)
		if (kn_ifname_eq(&spec->parts[i].bridge, name))
			return true;
	return false;
}

static bool has_network(const struct kn_spec *spec, const struct kn_netname *name)
{
	for (size_t i = 0; i < spec->n_parts; i++) {
		const struct kn_network *network = spec->parts[i].network;

		if (network && !strcmp(network->name.s, name->s))
			return true;
	}
	return false;
}

/* The part that makes the bridge or bond, whose ports are all that it is to have; or NULL. */
static const struct kn_spec *part_of(const struct kn_spec *spec, enum kn_verb verb,
				     const struct kn_ifname *name)
{
	for (size_t i = 0; i < spec->n_parts; i++)
		if (spec->parts[i].verb == verb && kn_ifname_eq(&spec->parts[i].bridge, name))
			return &spec->parts[i];
	return NULL;
}

/* A bridge, bond, VLAN or network of the description that stands on @name; or NULL. */
static const struct kn_spec *user_of(const struct kn_spec *spec, const struct kn_ifname *name)
{
	for (size_t i = 0; i < spec->n_parts; i++) {
		const struct kn_spec *part = &spec->parts[i];
		const struct kn_network *net = part->network;

		if (kn_ifname_eq(&part->vlan.link, name) || kn_names_has(&part->ports, name) ||
		    (net && (kn_names_has(&net->devs, name) ||
			     (net->mode == KN_NETMODE_BRIDGE && kn_ifname_eq(&net->bridge, name)))))
			return part;
	}
	return NULL;
}

/* ---- libvirt's networks ---- */

static int find_network(const struct kn_inputs *in, const struct kn_vnet *net,
			struct kn_prunes *ret, struct kn_error *err)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_error ignored = {0};

	/* What cannot be read has no mark that could be seen. */
	if (kn_netxml_parse(net->name, net->xml, strlen(net->xml), &def, &ignored) < 0)
		return ignored.kind == KN_ERR_NOMEM ? kn_fail_nomem(err) : 0;
	if (!def.net.marked || has_network(in->spec, &def.net.name))
		return 0;
	struct kn_spec *spec = add(in, ret, KN_NET_DELETE, "network", net->name, err);
	struct kn_network *named = spec ? calloc(1, sizeof(*named)) : NULL;
	if (!named)
		return spec ? kn_fail_nomem(err) : -1;
	named->name = def.net.name;
	spec->network = named;
	return 0;
}

static int find_networks(const struct kn_inputs *in, struct kn_prunes *ret, struct kn_error *err)
{
	for (size_t i = 0; in->nets && i < in->nets->n; i++)
		if (find_network(in, &in->nets->v[i], ret, err) < 0)
			return -1;
	return 0;
}

/* ---- files ---- */

static bool is_as_written(const struct kn_origin *origin, const struct kn_file *file)
{
	return origin->written_present && kn_hash64(file->data, file->len) == origin->written_hash;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Why a port that the description no longer has stays where it is; NULL = kvmnet put it there. One
 * that somebody else put there is theirs, and so is one whose file they edited: nobody can tell any
 * more who wanted it to be a port. */
static const char *why_stays(const struct kn_inputs *in, const struct kn_conf *conf)
{
	const struct kn_origin *origin = kn_origins_get(in->origins, conf->path);
	const struct kn_file *file = kn_tree_get(in->tree, conf->path);

	if (!origin || !file)
		return "was not written by kvmnet";
	return is_as_written(origin, file) ? NULL : "was edited since kvmnet wrote it";
}

/* A port on a bridge that stays, and no longer in its section. */
static int find_port(const struct kn_inputs *in, const struct kn_conf *conf, struct kn_prunes *ret,
		     struct kn_error *err)
{
	const struct kn_spec *part = part_of(in->spec, KN_BRIDGE_CREATE, &conf->bridge);
	const char *why = why_stays(in, conf);

	if (!part || kn_names_has(&part->ports, &conf->name))
		return 0;
	if (why)
		return remark(ret, err,
			      "%s stays a port of %s: %s %s (kvmnet port remove %s %s detaches it)",
			      conf->name.s, conf->bridge.s, base_of(conf->path), why,
			      conf->bridge.s, conf->name.s);
	struct kn_spec *spec = add(in, ret, KN_PORT_REMOVE, "port", conf->name.s, err);
	if (!spec)
		return -1;
	spec->bridge = conf->bridge;
	return kn_names_add(&spec->ports, &conf->name, err);
}

/* The removal that the bond's ports so far are in, or a new one: together, so that none of them
 * takes over from another. */
static struct kn_spec *release_of(const struct kn_inputs *in, const struct kn_ifname *bond,
				  struct kn_prunes *ret, struct kn_error *err)
{
	for (size_t i = 0; i < ret->n; i++)
		if (ret->v[i].verb == KN_BOND_RELEASE && kn_ifname_eq(&ret->v[i].bridge, bond))
			return &ret->v[i];
	struct kn_spec *spec = add(in, ret, KN_BOND_RELEASE, "ports of", bond->s, err);
	if (spec)
		spec->bridge = *bond;
	return spec;
}

static int find_slave(const struct kn_inputs *in, const struct kn_conf *conf, struct kn_prunes *ret,
		      struct kn_error *err)
{
	const struct kn_spec *part = part_of(in->spec, KN_BOND_CREATE, &conf->master);
	const char *why = why_stays(in, conf);

	if (!part || kn_names_has(&part->ports, &conf->name))
		return 0;
	if (why)
		return remark(ret, err,
			      "%s stays a port of %s: %s %s (to take it out, remove MASTER and "
			      "SLAVE from that file, then: ip link set %s nomaster)",
			      conf->name.s, conf->master.s, base_of(conf->path), why, conf->name.s);
	struct kn_spec *spec = release_of(in, &conf->master, ret, err);
	return spec ? kn_names_add(&spec->ports, &conf->name, err) : -1;
}

/* Somebody else's port of @name, which needs it; or NULL. One that kvmnet attached and somebody
 * edited since is detached, and keeps what they wrote. */
static const struct kn_conf *others_port(const struct kn_inputs *in, const struct kn_ifname *name)
{
	for (size_t i = 0; i < in->confs->n; i++) {
		const struct kn_conf *conf = &in->confs->v[i];
		const struct kn_origin *origin = kn_origins_get(in->origins, conf->path);

		if (!kn_ifname_eq(&conf->bridge, name) && !kn_ifname_eq(&conf->master, name))
			continue;
		if (!origin || (!kn_ifname_eq(&origin->bridge, name) &&
				!is_as_written(origin, kn_tree_get(in->tree, conf->path))))
			return conf;
	}
	return NULL;
}

/* Without its file the device is missing at the next boot, and who names it gets nothing. */
static int fail_used(const struct kn_spec *user, size_t kind, const struct kn_ifname *name,
		     struct kn_error *err)
{
	kn_fail(err, KN_ERR_REFUSED, 0,
		"%s: %s is used here, but has no section, so that --prune "
		"would remove it",
		user->asked_at ? user->asked_at : "apply", name->s);
	return kn_hint(err, "add its section: [%s %s] (kvmnet export prints it)",
		       kinds[kind].section, name->s);
}

/* A VLAN whose section moves it away from @name, where it cannot go: it stays, and so would @name.
 */
static int check_moved(const struct kn_inputs *in, const struct kn_ifname *name,
		       struct kn_error *err)
{
	for (size_t i = 0; i < in->confs->n; i++) {
		const struct kn_conf *vlan = &in->confs->v[i];
		const struct kn_spec *part = part_of(in->spec, KN_VLAN_CREATE, &vlan->name);

		if (!part || !kn_ifname_eq(&vlan->vlan.link, name) ||
		    kn_ifname_eq(&part->vlan.link, name))
			continue;
		kn_fail_other_vlan(&vlan->name, &vlan->vlan, &part->vlan, err);
		return kn_wrap(err, "%s", part->asked_at ? part->asked_at : "apply");
	}
	return 0;
}

static int find_device(const struct kn_inputs *in, size_t kind, const struct kn_conf *conf,
		       struct kn_prunes *ret, struct kn_error *err)
{
	const struct kn_origin *origin = kn_origins_get(in->origins, conf->path);
	const struct kn_file *file = kn_tree_get(in->tree, conf->path);

	if (kinds[kind].type != conf->type || !origin || origin->was_present || !file ||
	    has_device(in->spec, &conf->name))
		return 0;
	if (!is_as_written(origin, file))
		return remark(ret, err,
			      "%s %s is left as it is: %s was edited since kvmnet wrote it",
			      kinds[kind].word, conf->name.s, base_of(conf->path));
	const struct kn_spec *user = user_of(in->spec, &conf->name);
	if (user)
		return fail_used(user, kind, &conf->name, err);
	if (check_moved(in, &conf->name, err) < 0)
		return -1;
	const struct kn_conf *port = others_port(in, &conf->name);
	if (port)
		return remark(ret, err,
			      "%s %s is left as it is: %s, which kvmnet did not write, makes %s "
			      "a port of it",
			      kinds[kind].word, conf->name.s, base_of(port->path), port->name.s);
	struct kn_spec *spec =
		add(in, ret, kinds[kind].remove, kinds[kind].word, conf->name.s, err);
	if (!spec)
		return -1;
	spec->bridge = conf->name;
	return 0;
}

static int find_devices(const struct kn_inputs *in, struct kn_prunes *ret, struct kn_error *err)
{
	for (size_t kind = 0; kind < n_kinds; kind++)
		for (size_t i = 0; i < in->confs->n; i++)
			if (find_device(in, kind, &in->confs->v[i], ret, err) < 0)
				return -1;
	return 0;
}

static int find_ports(const struct kn_inputs *in, struct kn_prunes *ret, struct kn_error *err)
{
	for (size_t i = 0; i < in->confs->n; i++) {
		const struct kn_conf *conf = &in->confs->v[i];

		if (kn_ifname_is_set(&conf->bridge) && find_port(in, conf, ret, err) < 0)
			return -1;
		if (kn_ifname_is_set(&conf->master) && find_slave(in, conf, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* Networks first, which stand on bridges; bridges last, so that what is free of them is free for
 * those that the description makes. */
int kn_prune_find(const struct kn_inputs *in, struct kn_prunes *ret, struct kn_error *err)
{
	if (find_networks(in, ret, err) < 0 || find_ports(in, ret, err) < 0)
		return -1;
	return find_devices(in, ret, err);
}

/* The change that has the file as it is on the disk. */
static const struct kn_filechg *as_found(const struct kn_plan *before, const struct kn_filechg *chg)
{
	for (size_t i = 0; i < before->files.n; i++)
		if (!strcmp(before->files.v[i].path, chg->path))
			return &before->files.v[i];
	return chg;
}

/* A file that comes back or is edited keeps what others wrote into it; one that goes does not. */
bool kn_prune_is_ours(const struct kn_origins *origins, const struct kn_plan *before,
		      const struct kn_plan *plan, const char **ret_path)
{
	for (size_t i = 0; i < plan->files.n; i++) {
		const struct kn_filechg *chg = as_found(before, &plan->files.v[i]);
		const struct kn_origin *origin = kn_origins_get(origins, chg->path);

		if (plan->files.v[i].after_present ||
		    (origin && !origin->was_present && origin->written_present &&
		     origin->written_hash == kn_hash64(chg->before, chg->before_len)))
			continue;
		*ret_path = chg->path;
		return false;
	}
	return true;
}
