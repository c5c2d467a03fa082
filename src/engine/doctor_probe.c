/* The evidence of `kvmnet doctor`. Layer: engine, effects (reads only).
 * A part that cannot be read is said and passed over: the rest is worth knowing all the same. */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/doctor.h"
#include "sys/journal.h"
#include "sys/sys.h"

#define GATEWAY_WAIT_MS 1000
#define TEXT_MAX	(256 * 1024)

/* Notes that something could not be looked at, for people and for the rules. */
static int miss(struct kn_evidence *evidence, enum kn_look look, const char *what,
		struct kn_error *err)
{
	evidence->missed |= look;
	return kn_strv_add(&evidence->unread, what, err);
}

/* ---- small files ---- */

/* Return: true when it was read; false when it is absent, or may not be read (then it is noted). */
static bool read_text(struct kn_engine *engine, const char *path, enum kn_look look,
		      struct kn_buf *ret, struct kn_evidence *evidence)
{
	struct kn_error failure = {0}, ignored;
	bool present = false;

	ret->len = 0;
	if (kn_root_read(engine->root, path, TEXT_MAX, ret, &present, &failure) == 0)
		return present;
	evidence->missed |= look;
	if (!kn_strv_has(&evidence->unread, path) &&
	    kn_strv_add(&evidence->unread, path, &ignored) < 0)
		return false;
	return false;
}

/* A switch of /proc/sys or sysfs: these are no secrets, so absent means the kernel has it not.
 * sysfs says of every file that it has a page. */
static enum kn_tri read_switch(struct kn_engine *engine, const char *path)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored;
	bool present = false;

	if (kn_root_read(engine->root, path, KN_FILE_MAX, &text, &present, &ignored) < 0 ||
	    !present || !text.len)
		return KN_UNSET;
	return text.data[0] == '0' ? KN_NO : KN_YES;
}

static int keep_text(struct kn_engine *engine, const char *path, enum kn_look look, char **ret,
		     struct kn_evidence *evidence, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!read_text(engine, path, look, &text, evidence))
		return 0;
	return kn_buf_steal(&text, ret, NULL, err);
}

/* ---- kernel ---- */

/* Interface names hold no '/', so the paths stay in their folders. */
static enum kn_tri of_link(struct kn_engine *engine, const char *fmt_head,
			   const struct kn_ifname *name, const char *tail)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", fmt_head, name->s, tail);
	return read_switch(engine, path);
}

static int read_bridges(struct kn_engine *engine, struct kn_evidence *ret, struct kn_error *err)
{
	for (size_t i = 0; i < ret->facts->n_links; i++) {
		const struct kn_link *link = &ret->facts->links[i];
		struct kn_bridge_sys row = {.name = link->name};

		if (link->kind != KN_LINK_BRIDGE)
			continue;
		row.querier =
			of_link(engine, "/sys/class/net", &link->name, "bridge/multicast_querier");
		row.forwarding =
			of_link(engine, "/proc/sys/net/ipv6/conf", &link->name, "forwarding");
		if (kn_grow(&ret->bridges.v, &ret->bridges.cap, ret->bridges.n + 1, sizeof(row),
			    err) < 0)
			return -1;
		ret->bridges.v[ret->bridges.n++] = row;
	}
	return 0;
}

static void read_sysctls(struct kn_engine *engine, struct kn_evidence *ret)
{
	ret->nf_call4 = read_switch(engine, "/proc/sys/net/bridge/bridge-nf-call-iptables");
	ret->nf_call6 = read_switch(engine, "/proc/sys/net/bridge/bridge-nf-call-ip6tables");
	ret->forward4 = read_switch(engine, "/proc/sys/net/ipv4/ip_forward");
	ret->forward6 = read_switch(engine, "/proc/sys/net/ipv6/conf/all/forwarding");
}

static int read_firewall(struct kn_evidence *ret, struct kn_error *err)
{
	struct kn_buf nft KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf save4 KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf save6 KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	ret->firewall_known = kn_firewall_text(&nft, &save4, &save6);
	if (!ret->firewall_known)
		return miss(ret, KN_LOOK_FIREWALL, "the firewall's rules", err);
	return kn_buf_steal(&nft, &ret->nft, NULL, err) < 0 ||
			       kn_buf_steal(&save4, &ret->save4, NULL, err) < 0 ||
			       kn_buf_steal(&save6, &ret->save6, NULL, err) < 0
		       ? -1
		       : 0;
}

/* Every default route's gateway, once. */
static int list_gateways(const struct kn_facts *facts, struct kn_probes *ret, struct kn_error *err)
{
	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];
		struct kn_probe probe = {
			.kind = KN_PROBE_NEIGH, .dev = route->dev, .ip = route->gateway};
		bool known = false;

		for (size_t k = 0; k < ret->n; k++)
			known |= kn_ip_eq(&ret->v[k].ip, &probe.ip);
		if (kn_route_is_default(route) && route->table == RT_TABLE_MAIN && !known &&
		    route->gateway.family != KN_FAMILY_NONE && kn_probes_add(ret, &probe, err) < 0)
			return -1;
	}
	return 0;
}

/* Asking is the kernel's neighbour discovery, which it does for every packet; it needs root. */
static int ask_gateways(struct kn_engine *engine, struct kn_evidence *ret, struct kn_error *err)
{
	struct kn_probes probes KN_CLEANUP(kn_probes_done) = {0};
	struct kn_error ignored = {0};
	int r = list_gateways(ret->facts, &probes, err);

	if (r < 0 || !probes.n)
		return r;
	if (geteuid() != 0 || !engine->live->reach ||
	    engine->live->reach(engine->live, probes.v, probes.n, GATEWAY_WAIT_MS, &ignored) < 0)
		return miss(ret, KN_LOOK_GATEWAY, "whether the gateway answers", err);
	for (size_t i = 0; i < probes.n; i++) {
		if (probes.v[i].answer != KN_NO)
			continue;
		if (kn_grow(&ret->silent.v, &ret->silent.cap, ret->silent.n + 1,
			    sizeof(*ret->silent.v), err) < 0)
			return -1;
		ret->silent.v[ret->silent.n++] = probes.v[i].ip;
	}
	return 0;
}

/* ---- files ---- */

/* All zones in one text: only which interfaces they name is of interest. */
static int read_zones(struct kn_engine *engine, struct kn_evidence *ret, struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_buf all KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error failure = {0};
	bool exists;

	if (kn_root_list(engine->root, "/etc/firewalld/zones", &names, &exists, &failure) < 0)
		return miss(ret, KN_LOOK_ZONES, "/etc/firewalld/zones", err);
	for (size_t i = 0; i < names.n; i++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		char path[320];

		(void)snprintf(path, sizeof(path), "/etc/firewalld/zones/%s", names.v[i]);
		if (!strstr(names.v[i], ".xml") ||
		    !read_text(engine, path, KN_LOOK_ZONES, &text, ret))
			continue;
		kn_buf_printf(&all, "\nZONE %s\n%s", names.v[i], kn_buf_str(&text));
	}
	return kn_buf_steal(&all, &ret->zones, NULL, err);
}

/* Source: cloudinit.readthedocs.io, "Disabling network configuration". */
static int read_cloud(struct kn_engine *engine, const struct kn_tree *tree, struct kn_evidence *ret,
		      struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	struct kn_error failure = {0};
	bool exists = false;

	ret->cloud_init = kn_root_exists(engine->root, "/etc/cloud/cloud.cfg");
	ret->cloud_disabled = kn_root_exists(engine->root, "/etc/cloud/cloud-init.disabled");
	if (!ret->cloud_init)
		return 0;
	if (kn_root_list(engine->root, "/etc/cloud/cloud.cfg.d", &names, &exists, &failure) < 0 &&
	    miss(ret, KN_LOOK_CLOUD, "/etc/cloud/cloud.cfg.d", err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		char path[320];

		(void)snprintf(path, sizeof(path), "/etc/cloud/cloud.cfg.d/%s", names.v[i]);
		if (read_text(engine, path, KN_LOOK_CLOUD, &text, ret) &&
		    strstr(kn_buf_str(&text), "network") &&
		    strstr(kn_buf_str(&text), "config: disabled"))
			ret->cloud_disabled = true;
	}
	for (size_t i = 0; i < tree->n; i++) {
		const struct kn_file *file = &tree->v[i];

		if (file->present && file->data && strstr(file->data, "cloud-init") &&
		    strstr(file->path, "/ifcfg-") &&
		    kn_strv_add(&ret->cloud_files, file->path, err) < 0)
			return -1;
	}
	return 0;
}

static int read_files(struct kn_engine *engine, const struct kn_tree *tree, struct kn_evidence *ret,
		      struct kn_error *err)
{
	if (keep_text(engine, "/etc/resolv.conf", KN_LOOK_RESOLV, &ret->resolv, ret, err) < 0 ||
	    keep_text(engine, "/etc/qemu/bridge.conf", KN_LOOK_ACL, &ret->helper_acl, ret, err) <
		    0 ||
	    (!ret->helper_acl && keep_text(engine, "/etc/qemu-kvm/bridge.conf", KN_LOOK_ACL,
					   &ret->helper_acl, ret, err) < 0) ||
	    read_zones(engine, ret, err) < 0)
		return -1;
	return read_cloud(engine, tree, ret, err);
}

/* ---- changes ---- */

/* One that is being made or pending is its guardian's, one that nobody is at is left over. */
static int read_change(struct kn_engine *engine, struct kn_evidence *ret, struct kn_error *err)
{
	struct kn_journal journal KN_CLEANUP(kn_journal_done) = {0};
	struct kn_error failure = {0};
	enum kn_journal_at at;
	uint64_t now_ms = kn_boottime_ms();

	if (kn_journal_find(engine->root, &at, &failure) < 0)
		return miss(ret, KN_LOOK_CHANGE, "whether a change is unfinished", err);
	if (at != KN_JOURNAL_OPEN)
		return 0;
	(void)!kn_journal_load(engine->root, &journal, &failure);
	ret->change_number = journal.number;
	/* One that ended during this look had somebody at it. */
	if (!kn_lock_is_held(engine->root)) {
		ret->change = kn_journal_look(engine->root) == KN_JOURNAL_OPEN ? KN_CHANGE_DEAD
									       : KN_CHANGE_NONE;
		return 0;
	}
	ret->change = journal.deadline_ms > now_ms ? KN_CHANGE_PENDING : KN_CHANGE_MADE;
	if (ret->change == KN_CHANGE_PENDING)
		ret->change_left_s = (uint32_t)((journal.deadline_ms - now_ms + 999) / 1000);
	return 0;
}

/* ---- all ---- */

static int read_live(struct kn_engine *engine, struct kn_state *state, struct kn_evidence *ret,
		     struct kn_error *err)
{
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};

	/* Owners cost two files each: only of what the files configure. */
	for (size_t i = 0; i < state->confs.n; i++)
		if (kn_names_add(&names, &state->confs.v[i].name, err) < 0)
			return -1;
	if (kn_owners_probe(engine->root, &names, &state->facts, err) < 0 ||
	    read_bridges(engine, ret, err) < 0)
		return -1;
	read_sysctls(engine, ret);
	return read_firewall(ret, err) < 0 ? -1 : ask_gateways(engine, ret, err);
}

int kn_doctor_probe(struct kn_engine *engine, struct kn_state *state, struct kn_evidence *ret,
		    struct kn_error *err)
{
	if (kn_engine_look(engine, state, err) < 0 ||
	    kn_wiring_read(engine, true, &ret->wiring, err) < 0)
		return -1;
	ret->facts = &state->facts;
	ret->confs = &state->confs;
	ret->missed |= engine->live ? 0 : KN_LOOK_KERNEL | KN_LOOK_GUESTS;
	ret->missed |= state->confs.unread.n ? KN_LOOK_FILES : 0;
	if (ret->wiring.guests.hidden && miss(ret, KN_LOOK_GUESTS, "other users' guests", err) < 0)
		return -1;
	if (ret->wiring.nets_hidden && miss(ret, KN_LOOK_NETS, "libvirt's definitions", err) < 0)
		return -1;
	if (read_change(engine, ret, err) < 0 || read_files(engine, &state->tree, ret, err) < 0)
		return -1;
	return engine->live ? read_live(engine, state, ret, err) : 0;
}
