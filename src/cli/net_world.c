/* Reading the host for net xml and net snippet. Layer: cli, effects (reads only).
 * No daemon is asked, so that it works on every host and for everybody. */
#include "cli/net_world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codec/netxml.h"
#include "sys/sys.h"

/* Where libvirt keeps definitions, and those of running networks.
 * Source: libvirt's src/network/bridge_driver.c, networkStateInitialize(). */
static const char *const folders[] = {"/etc/libvirt/qemu/networks", "/run/libvirt/network"};

#define DEFINITION_MAX (1024 * 1024)

void kn_net_world_done(struct kn_net_world *world)
{
	kn_takens_done(&world->taken);
	kn_names_done(&world->links);
	kn_names_done(&world->bridges);
	kn_netdef_done(&world->have);
	*world = (struct kn_net_world){0};
}

/* ---- libvirt's files ---- */

static bool is_definition(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && len < 300 && !strcmp(name + len - 4, ".xml");
}

/* The network itself, or a neighbour. Takes *def. */
static int take_definition(struct kn_net_world *world, const char *name, struct kn_netdef *def,
			   struct kn_error *err)
{
	const struct kn_network *net = &def->net;

	if (!strcmp(net->name.s, name)) {
		/* The first folder has the definition; the second what runs now. */
		if (!world->has_have) {
			world->have = *def;
			world->has_have = true;
			*def = (struct kn_netdef){0};
		}
		return 0;
	}
	if (!def->mode_known || !kn_netmode_has_bridge(net->mode))
		return 0;
	if (kn_ifname_is_set(&net->bridge) && !kn_names_has(&world->links, &net->bridge) &&
	    kn_names_add(&world->links, &net->bridge, err) < 0)
		return -1;
	return kn_takens_add_network(&world->taken, net, err);
}

/* A file that is not to be read or understood is somebody else's trouble. */
static int read_definition(struct kn_net_world *world, struct kn_root *root, const char *path,
			   const char *name, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_error ignored = {0};
	bool present;

	if (kn_root_read(root, path, DEFINITION_MAX, &text, &present, &ignored) < 0 || !present)
		return 0;
	if (kn_netxml_parse(path, kn_buf_str(&text), text.len, &def, &ignored) < 0) {
		if (ignored.kind != KN_ERR_UNSUPPORTED && ignored.kind != KN_ERR_NOMEM)
			return 0;
		*err = ignored;
		return -1;
	}
	return take_definition(world, name, &def, err);
}

static int read_folder(struct kn_net_world *world, struct kn_root *root, const char *folder,
		       const char *name, struct kn_error *err)
{
	struct kn_strv files KN_CLEANUP(kn_strv_done) = {0};
	struct kn_error ignored = {0};
	char path[512];
	bool exists;

	if (kn_root_list(root, folder, &files, &exists, &ignored) < 0) {
		world->blind |= ignored.sys_errno == EACCES;
		return 0;
	}
	for (size_t i = 0; i < files.n; i++) {
		if (!is_definition(files.v[i]))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, files.v[i]);
		if (read_definition(world, root, path, name, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the kernel ---- */

static int take_links(struct kn_net_world *world, const struct kn_facts *facts,
		      const struct kn_ifname *own, struct kn_error *err)
{
	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *link = &facts->links[i];
		bool is_bridge =
			link->kind == KN_LINK_BRIDGE || !strcmp(link->kind_word, "openvswitch");

		if (is_bridge && kn_names_add(&world->bridges, &link->name, err) < 0)
			return -1;
		if (!kn_ifname_eq(&link->name, own) && !kn_names_has(&world->links, &link->name) &&
		    kn_names_add(&world->links, &link->name, err) < 0)
			return -1;
	}
	return 0;
}

static int read_kernel(struct kn_net_world *world, struct kn_world *host,
		       const struct kn_ifname *own, struct kn_facts *ret, struct kn_error *err)
{
	struct kn_live_request req = {
		.all_links = true, .addrs = true, .routes = true, .rivals = KN_RIVALS_ROUTES};

	if (host->live->snapshot(host->live, &req, ret, err) < 0 ||
	    take_links(world, ret, own, err) < 0)
		return -1;
	world->live = true;
	return 0;
}

/* ---- ifcfg files, name servers ---- */

static int take_conf_bridges(struct kn_net_world *world, const struct kn_confs *confs,
			     struct kn_error *err)
{
	for (size_t i = 0; i < confs->n; i++)
		if (confs->v[i].type == KN_CONF_BRIDGE &&
		    !kn_names_has(&world->bridges, &confs->v[i].name) &&
		    kn_names_add(&world->bridges, &confs->v[i].name, err) < 0)
			return -1;
	return 0;
}

/* Files nobody can make sense of are reported by the commands that change them. */
static void read_files(const struct kn_engine *engine, struct kn_tree *tree, struct kn_confs *ret)
{
	struct kn_names none = {0};
	struct kn_host host = {0};
	struct kn_error ignored = {0};

	if (kn_tree_load(engine->root, engine->backend, &none, tree, &ignored) == 0)
		(void)!engine->backend->read(tree, &host, ret, &ignored);
}

static int read_host(struct kn_net_world *world, struct kn_world *host, struct kn_error *err)
{
	struct kn_tree tree KN_CLEANUP(kn_tree_done) = {0};
	struct kn_confs confs KN_CLEANUP(kn_confs_done) = {0};
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};
	struct kn_buf resolv KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored = {0};
	struct kn_ifname own = {{0}};
	struct kn_taken_host taken = {.facts = &facts, .confs = &confs, .own = &own};
	bool present = false;

	if (world->has_have && kn_netmode_has_bridge(world->have.net.mode)) {
		own = world->have.net.bridge;
		taken.own_subnets = &world->have.net.subnets;
	}
	if (host->live && read_kernel(world, host, &own, &facts, err) < 0)
		return -1;
	read_files(&host->engine, &tree, &confs);
	/* A link leads to what systemd-resolved or NetworkManager writes: read it all the same. */
	if (kn_root_read(host->root, "/etc/resolv.conf", KN_FILE_MAX, &resolv, &present,
			 &ignored) == 0 &&
	    present)
		taken.resolv = kn_buf_str(&resolv);
	if (take_conf_bridges(world, &confs, err) < 0)
		return -1;
	return kn_takens_add_host(&world->taken, &taken, err);
}

int kn_net_world_read(const struct kn_run *run, const char *name, struct kn_net_world *ret,
		      struct kn_error *err)
{
	struct kn_world host KN_CLEANUP(kn_world_close) = {0};
	struct kn_net_world world = {0};

	if (kn_world_open(run, &host, err) < 0)
		return -1;
	world.libvirt = kn_libvirt_found(host.root);
	if (kn_host_seed(host.root, &world.seed, err) < 0)
		goto failed;
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (read_folder(&world, host.root, folders[i], name, err) < 0)
			goto failed;
	if (read_host(&world, &host, err) < 0)
		goto failed;
	*ret = world;
	return 0;
failed:
	kn_net_world_done(&world);
	return -1;
}

/* ---- warnings ---- */

static int warn_subnets(const struct kn_net_world *world, const struct kn_network *net,
			struct kn_plan *plan, struct kn_error *err)
{
	char text[KN_CIDR_STRLEN], other[KN_CIDR_STRLEN];

	for (size_t i = 0; i < net->subnets.n; i++) {
		const struct kn_taken *hit =
			kn_takens_find(&world->taken, &net->subnets.v[i], NULL);

		if (hit && kn_plan_note(plan, KN_NOTE_WARNING, err, "subnet %s overlaps %s, %s",
					kn_cidr_fmt(&net->subnets.v[i], text),
					kn_cidr_fmt(&hit->net, other), hit->why) < 0)
			return -1;
	}
	return 0;
}

/* Below --root the files tell of bridges, but not of those of Open vSwitch. */
static int warn_bridge(const struct kn_net_world *world, const struct kn_network *net,
		       struct kn_plan *plan, struct kn_error *err)
{
	if (kn_names_has(&world->bridges, &net->bridge) || (net->openvswitch && !world->live))
		return 0;
	return kn_plan_note(plan, KN_NOTE_WARNING, err,
			    "there is no bridge %s: guests on this network will not start\n"
			    "make it: %s %s%s",
			    net->bridge.s,
			    net->openvswitch ? "ovs-vsctl add-br" : "kvmnet bridge create",
			    net->bridge.s, net->openvswitch ? "" : " --port IF");
}

int kn_net_world_warn(const struct kn_net_world *world, const struct kn_network *net,
		      struct kn_plan *plan, struct kn_error *err)
{
	bool own = kn_netmode_has_bridge(net->mode);

	if (world->blind &&
	    kn_plan_note(plan, KN_NOTE_WARNING, err,
			 "only root can read libvirt's definitions: whether there is a network %s\n"
			 "already, and which subnets others have, is not known",
			 net->name.s) < 0)
		return -1;
	if (own && kn_names_has(&world->links, &net->bridge) &&
	    kn_plan_note(plan, KN_NOTE_WARNING, err,
			 "the name %s is taken: libvirt cannot make that bridge",
			 net->bridge.s) < 0)
		return -1;
	if (net->mode == KN_NETMODE_BRIDGE && warn_bridge(world, net, plan, err) < 0)
		return -1;
	for (size_t i = 0; world->live && i < net->devs.n; i++)
		if (!kn_names_has(&world->links, &net->devs.v[i]) &&
		    kn_plan_note(plan, KN_NOTE_WARNING, err, "there is no device %s",
				 net->devs.v[i].s) < 0)
			return -1;
	return own ? warn_subnets(world, net, plan, err) : 0;
}
