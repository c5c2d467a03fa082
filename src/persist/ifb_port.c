/* The file of a bridge port: attached, changed, detached.
 * Layer: persist, pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "persist/ifb.h"

/* Does @file name its device by HWADDR only, so that it may be about any name? */
static int names_by_mac(const struct kn_file *file, struct kn_mac *ret_mac, bool *ret,
			struct kn_error *err)
{
	struct kn_ifcfg *text;
	const char *device = NULL, *hwaddr = NULL;
	struct kn_error why = {0};

	if (kn_ifcfg_parse(file->path, file->data, file->len, &text, err) < 0)
		return -1;
	*ret = kn_ifcfg_get(text, KN_K(DEVICE), &device, &why) == 0 && !device &&
	       kn_ifcfg_get(text, KN_K(HWADDR), &hwaddr, &why) == 0 && hwaddr &&
	       kn_mac_parse(hwaddr, ret_mac, &why) == 0;
	kn_ifcfg_free(text);
	return 0;
}

/* A second file for the NIC would leave it to chance which one wins at boot. Source: initscripts
 * network-functions, need_config(); NetworkManager matches a profile by HWADDR alone. */
static int check_by_mac(const struct kn_ifb *ifb, const struct kn_ifname *name,
			struct kn_error *err)
{
	const struct kn_target *target = ifb->target;
	bool known = target->has_mac && kn_ifname_eq(&target->uplink, name);

	for (size_t i = 0; i < ifb->tree->n; i++) {
		const struct kn_file *file = &ifb->tree->v[i];
		struct kn_mac mac;
		bool by_mac;

		if (!file->present || !kn_ifb_suffix(KN_IFB_IFCFG, file->path))
			continue;
		if (names_by_mac(file, &mac, &by_mac, err) < 0)
			return -1;
		if (!by_mac)
			continue;
		if (known && kn_mac_eq(&mac, &target->mac)) {
			kn_fail(err, KN_ERR_HOSTFILE, 0,
				"this file describes %s by its %s and does not name it", name->s,
				KN_K(HWADDR));
			kn_at(err, file->path, 0, 0);
			return kn_hint(err, "add the line %s=%s to it", KN_K(DEVICE), name->s);
		}
		if (!known && kn_plan_note(ifb->plan, KN_NOTE_WARNING, err,
					   "%s has %s but no %s: should it be about %s, add %s=%s "
					   "to it before this change.",
					   file->path, KN_K(HWADDR), KN_K(DEVICE), name->s,
					   KN_K(DEVICE), name->s) < 0)
			return -1;
	}
	return 0;
}

/* Opens the port's file, or the one it is to get. *ret_is_new: there was none. */
static int open_port(const struct kn_ifb *ifb, const struct kn_ifname *name, struct kn_ifb_out *ret,
		     struct kn_error *err)
{
	char *path KN_CLEANUP(kn_freep) = NULL;
	const struct kn_file *file;

	if (kn_ifb_find(ifb->tree, name, &file, err) < 0)
		return -1;
	if (file)
		return kn_ifb_open(ifb, file->path, ret, err);
	if (kn_ifb_path(KN_IFB_IFCFG, name->s, &path, err) < 0)
		return -1;
	if (kn_tree_get(ifb->tree, path)) {
		kn_fail(err, KN_ERR_HOSTFILE, 0,
			"this file describes another interface than its name says");
		kn_at(err, path, 0, 0);
		return kn_hint(err, "rename the file to its interface's name");
	}
	if (check_by_mac(ifb, name, err) < 0)
		return -1;
	return kn_ifb_open(ifb, path, ret, err);
}

/* LINKDELAY is about DHCP here; a static port may need it for its switch. */
static bool leaves_port(const struct kn_ifb_key *row, bool dhcp)
{
	if (!row)
		return false;
	return row->place == KN_IFB_TYPED || row->place == KN_IFB_VERBATIM ||
	       row->place == KN_IFB_DROP || (row->place == KN_IFB_DHCP_ONLY && dhcp);
}

/* Takes away what the bridge carries from now on. */
static void strip(struct kn_ifb_out *out)
{
	struct kn_ifb_in in = {.text = out->text, .err = out->err, .failed = out->failed};
	const char *proto = kn_ifb_get(&in, KN_KEY_BOOTPROTO, -1);
	bool dhcp = proto && !strcmp(proto, "dhcp");
	struct kn_strv keys = {0};

	out->failed = in.failed;
	if (out->failed || kn_ifb_keys(out->text, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n; i++)
		if (leaves_port(kn_ifb_key_find(keys.v[i]), dhcp))
			kn_ifb_unset(out, keys.v[i]);
	kn_strv_done(&keys);
}

/* SLAVE says to network-scripts that MASTER is meant. */
static void put_master(struct kn_ifb_out *out, const struct kn_target *target)
{
	kn_ifb_put(out, kn_ifb_key(kn_ifb_port_key(target))->name, target->bridge.s);
	if (target->verb == KN_BOND_CREATE)
		kn_ifb_put_bool(out, KN_KEY_SLAVE, true);
}

/* ONBOOT too: a bridge that comes up without its port is a host without a network. */
static void put_port(struct kn_ifb_out *out, const struct kn_target *target,
		     const struct kn_ifname *name)
{
	char mtu[16];

	if (!out->before || !kn_ifcfg_has(out->text, KN_K(DEVICE)))
		kn_ifb_put(out, KN_K(DEVICE), name->s);
	if (!out->before)
		kn_ifb_put(out, KN_K(TYPE), "Ethernet");
	kn_ifb_put_bool(out, KN_KEY_ONBOOT, true);
	kn_ifb_put(out, KN_K(BOOTPROTO), "none");
	put_master(out, target);
	if (target->verb == KN_PORT_ADD)
		kn_ifb_put_port_opts(out, target);
	/* The same on the bridge and on every port, or NetworkManager brings up half of it. */
	if (target->nm_controlled == KN_UNSET)
		kn_ifb_unset(out, KN_K(NM_CONTROLLED));
	else
		kn_ifb_put_bool(out, KN_KEY_NM_CONTROLLED, target->nm_controlled == KN_YES);
	(void)snprintf(mtu, sizeof(mtu), "%u", target->mtu);
	/* A bond hands its own down to its ports. */
	if ((target->groups & KN_GROUP_MTU) && target->mtu && target->verb != KN_BOND_CREATE)
		kn_ifb_put(out, KN_K(MTU), mtu);
}

/* ifup of a port ends before it comes to the ranges; their text has no name to rewrite, so the
 * admin can move them with mv. Source: initscripts ifup-aliases, "ifcfg-${parent_device}-range*".
 */
static int warn_ranges(const struct kn_ifb *ifb, const struct kn_ifname *name, struct kn_error *err)
{
	size_t n = strlen(name->s);

	for (size_t i = 0; i < ifb->tree->n; i++) {
		const struct kn_file *file = &ifb->tree->v[i];
		const char *suffix = kn_ifb_suffix(KN_IFB_IFCFG, file->path);

		if (!suffix || !file->present || strncmp(suffix, name->s, n) != 0 ||
		    strncmp(suffix + n, "-range", 6) != 0)
			continue;
		if (kn_plan_note(ifb->plan, KN_NOTE_WARNING, err,
				 "%s: nothing reads the address range of a port, so these "
				 "addresses will be gone at the next boot. To keep them on %s, "
				 "rename the file to ifcfg-%s%s.",
				 file->path, ifb->target->bridge.s, ifb->target->bridge.s,
				 suffix + n) < 0)
			return -1;
	}
	return 0;
}

/* At the next boot, or in the next copy of the machine, the port would be what it was. Source:
 * cloud-init net/sysconfig.py, _make_header(); docs "Disabling network configuration". */
static int warn_cloud_init(const struct kn_ifb *ifb, const struct kn_file *file,
			   struct kn_error *err)
{
	static const char header[] = "# Created by cloud-init ";

	if (!file || file->len < sizeof(header) - 1 ||
	    memcmp(file->data, header, sizeof(header) - 1) != 0)
		return 0;
	return kn_plan_note(ifb->plan, KN_NOTE_WARNING, err,
			    "%s was made by cloud-init, which may write it anew at boot. To stop "
			    "that, put  network: {config: disabled}  into "
			    "/etc/cloud/cloud.cfg.d/99-kvmnet.cfg.",
			    file->path);
}

/* The addresses are taken away also where the bridge does not get them: no reader looks
 * at a port's addresses, and the original is kept for the way back. */
int kn_ifb_render_port(const struct kn_ifb *ifb, const struct kn_ifname *name, struct kn_error *err)
{
	struct kn_ifb_out out;
	const char *bridge;

	if (open_port(ifb, name, &out, err) < 0)
		return -1;
	/* A file that names the bridge already is not the state before it. */
	int rc = kn_ifcfg_get(out.text, kn_ifb_key(kn_ifb_port_key(ifb->target))->name, &bridge,
			      err);
	bool was_port = rc == 0 && bridge && kn_ifname_is(&ifb->target->bridge, bridge);
	if (rc == 0) {
		strip(&out);
		put_port(&out, ifb->target, name);
		rc = kn_ifb_save(ifb, &out, !was_port, err);
	}
	if (rc == 0 && !was_port)
		rc = warn_ranges(ifb, name, err);
	if (rc == 0 && !was_port)
		rc = warn_cloud_init(ifb, out.before, err);
	kn_ifb_close(&out);
	return rc;
}

/* Only for ports that have a file: one made for the options alone would claim the NIC. */
int kn_ifb_render_port_set(const struct kn_ifb *ifb, const struct kn_ifname *name,
			   struct kn_error *err)
{
	const enum kn_ifb_id bridge = KN_KEY_BRIDGE;
	struct kn_ifb_out out;
	const struct kn_file *file;

	if (kn_ifb_find(ifb->tree, name, &file, err) < 0)
		return -1;
	if (!file) {
		kn_fail(err, KN_ERR_HOSTFILE, 0, "no file describes the port %s", name->s);
		return kn_hint(err, "--no-persist changes the running kernel only");
	}
	if (kn_ifb_open(ifb, file->path, &out, err) < 0)
		return -1;
	kn_ifb_anchor(&out, &bridge, 1);
	kn_ifb_put_port_opts(&out, ifb->target);
	int rc = kn_ifb_save(ifb, &out, false, err);
	kn_ifb_close(&out);
	return rc;
}

/* The options are the port's only as long as it is one. */
void kn_ifb_detach(struct kn_ifb_out *out, const struct kn_target *target)
{
	kn_ifb_unset(out, kn_ifb_key(kn_ifb_port_key(target))->name);
	if (kn_ifb_port_key(target) == KN_KEY_BRIDGE)
		kn_ifb_unset(out, KN_K(BRIDGING_OPTS));
	else
		kn_ifb_unset(out, KN_K(SLAVE));
}

/* Bytes to settings, for texts that are not in the tree. */
static int parse_conf(const char *path, const char *data, size_t len, enum kn_reader reader,
		      struct kn_conf *ret, struct kn_error *err)
{
	struct kn_ifcfg *text;

	if (kn_ifcfg_parse(path, data, len, &text, err) < 0)
		return -1;
	int rc = kn_ifb_conf_parse(text, reader, ret, err);
	kn_ifcfg_free(text);
	return rc;
}

/* Two leases for one host on one wire are as bad as the same static address twice. */
static bool share_address(const struct kn_ipconf *a, const struct kn_ipconf *b)
{
	if ((a->dhcp4 && b->dhcp4) || (a->dhcp6 && b->dhcp6) || (a->slaac && b->slaac))
		return true;
	for (size_t i = 0; i < a->addrs.n; i++)
		for (size_t k = 0; k < b->addrs.n; k++)
			if (kn_ip_eq(&a->addrs.v[i].ip, &b->addrs.v[k].ip))
				return true;
	return false;
}

/* Does @file give somebody what @ours has? Two DHCP clients on two wires are none of that. */
static int clashes_with(const struct kn_ifb *ifb, const struct kn_file *file, bool same_wire,
			const struct kn_conf *ours, bool *ret, struct kn_error *err)
{
	struct kn_conf theirs;
	struct kn_error why;

	if (parse_conf(file->path, file->data, file->len, ifb->target->reader, &theirs, &why) < 0) {
		if (why.kind == KN_ERR_NOMEM)
			*err = why;
		return why.kind == KN_ERR_NOMEM ? -1 : 0;
	}
	if (!same_wire)
		theirs.ip.dhcp4 = theirs.ip.dhcp6 = theirs.ip.slaac = false;
	*ret |= share_address(&theirs.ip, &ours->ip);
	kn_ifb_conf_done(&theirs);
	return 0;
}

/* What a bond's port had before, the bond has now, or whatever stands on it: that may be any file,
 * and the bridge that has the bond is on the port's wire, too. */
static int clashes_anywhere(const struct kn_ifb *ifb, const char *own, const struct kn_ifname *top,
			    const struct kn_conf *ours, bool *ret, struct kn_error *err)
{
	const struct kn_file *above = NULL;

	if (kn_ifname_is_set(top) && kn_ifb_find(ifb->tree, top, &above, err) < 0)
		return -1;
	for (size_t i = 0; i < ifb->tree->n && !*ret; i++) {
		const struct kn_file *file = &ifb->tree->v[i];

		if (kn_ifb_suffix(KN_IFB_IFCFG, file->path) && file->present &&
		    strcmp(file->path, own) != 0 &&
		    clashes_with(ifb, file, file == above, ours, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* Would the original give the port what the bridge has? Then the host had it twice. */
static int original_clashes(const struct kn_ifb *ifb, const struct kn_origin *origin, bool *ret,
			    struct kn_error *err)
{
	enum kn_reader reader = ifb->target->reader;
	bool is_bond = kn_ifb_port_key(ifb->target) == KN_KEY_MASTER;
	const struct kn_file *bridge;
	struct kn_conf theirs, ours;

	*ret = false;
	if (kn_ifb_find(ifb->tree, &ifb->target->bridge, &bridge, err) < 0)
		return -1;
	if (!bridge || !origin->was_present)
		return 0;
	if (parse_conf(bridge->path, bridge->data, bridge->len, reader, &theirs, err) < 0)
		return -1;
	int rc = parse_conf(origin->path, origin->data, origin->len, reader, &ours, err);
	if (rc == 0) {
		*ret = share_address(&theirs.ip, &ours.ip) ||
		       kn_ifname_eq(is_bond ? &ours.master : &ours.bridge, &ifb->target->bridge);
		if (is_bond)
			rc = clashes_anywhere(ifb, origin->path, &theirs.bridge, &ours, ret, err);
		kn_ifb_conf_done(&ours);
	}
	kn_ifb_conf_done(&theirs);
	return rc;
}

/* The original comes back only while it fits: nobody has edited the file, and it gives
 * the port nothing that the bridge keeps. */
int kn_ifb_render_port_remove(const struct kn_ifb *ifb, const struct kn_ifname *name,
			      struct kn_error *err)
{
	const struct kn_file *file;
	struct kn_ifb_out out;
	bool clash = false;

	if (kn_ifb_find(ifb->tree, name, &file, err) < 0)
		return -1;
	if (!file)
		return 0;
	const struct kn_origin *origin = kn_ifb_origin(ifb, file->path);
	if (origin && kn_ifb_is_unchanged(ifb, origin)) {
		if (original_clashes(ifb, origin, &clash, err) < 0)
			return -1;
		if (!clash)
			return kn_ifb_restore(ifb, origin, err);
		if (kn_plan_note(ifb->plan, KN_NOTE_INFO, err,
				 "%s does not get its original addresses back: %s%s has them now.",
				 name->s, ifb->target->bridge.s,
				 kn_ifb_port_key(ifb->target) == KN_KEY_MASTER
					 ? " (or what stands on it)"
					 : "") < 0)
			return -1;
	}
	if (kn_ifb_open(ifb, file->path, &out, err) < 0)
		return -1;
	kn_ifb_detach(&out, ifb->target);
	int rc = kn_ifb_save(ifb, &out, false, err);
	kn_ifb_close(&out);
	return rc;
}
