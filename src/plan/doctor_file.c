/* The doctor's rules about files and who reads and writes them. Layer: plan, pure. */
#include <stdio.h>
#include <string.h>

#include "plan/doctor.h"

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

/* ---- managers ---- */

static const char *other_manager(const struct kn_doctor *d, const struct kn_conf *conf)
{
	const struct kn_facts *facts = d->ev->facts;
	const struct kn_host *host = &facts->host;

	if (kn_facts_owner(facts, &conf->name) == KN_OWNER_NETWORKD)
		return "systemd-networkd";
	if (conf->nm_controlled == KN_NO)
		return kn_facts_owner(facts, &conf->name) == KN_OWNER_NM ? "NetworkManager" : NULL;
	return host->has_nm_plugin && (host->nm_running || host->nm_enabled) ? "NetworkManager"
									     : NULL;
}

/* Only of bridges and their ports: elsewhere the two may share the host well. */
static void check_managers(struct kn_doctor *d)
{
	for (size_t i = 0; i < d->ev->confs->n && d->ev->facts->host.scripts_enabled; i++) {
		const struct kn_conf *conf = &d->ev->confs->v[i];
		bool is_ours = conf->type == KN_CONF_BRIDGE || kn_ifname_is_set(&conf->bridge);
		const char *other = is_ours ? other_manager(d, conf) : NULL;

		if (other)
			kn_doctor_found(d, KN_CHECK_TWO_MANAGERS, conf->name.s, other);
	}
}

static void check_reader(struct kn_doctor *d)
{
	const struct kn_host *host = &d->ev->facts->host;

	if (host->scripts_enabled ||
	    (host->has_nm_plugin && (host->nm_enabled || host->nm_running)))
		return;
	for (size_t i = 0; i < d->ev->confs->n; i++) {
		const struct kn_conf *conf = &d->ev->confs->v[i];

		if (conf->type != KN_CONF_BRIDGE || conf->onboot == KN_NO)
			continue;
		kn_doctor_found(d, KN_CHECK_NO_READER, base_name(conf->path),
				host->has_scripts     ? "network-scripts are not enabled"
				: host->has_nm_plugin ? "NetworkManager is not enabled"
						      : "neither network-scripts nor "
							"NetworkManager's plugin is there");
	}
}

static void check_cloud(struct kn_doctor *d)
{
	if (!d->ev->cloud_init || d->ev->cloud_disabled)
		return;
	for (size_t i = 0; i < d->ev->cloud_files.n; i++)
		kn_doctor_found(d, KN_CHECK_CLOUD_INIT, base_name(d->ev->cloud_files.v[i]), NULL);
}

/* ---- one file against another, and against the link ---- */

/* What the files share, of which each may only have its own. Return: NULL = nothing. */
static const char *shared(const struct kn_conf *a, const struct kn_conf *b)
{
	if (kn_ifname_eq(&a->name, &b->name))
		return "its interface";
	if (a->uuid && b->uuid && !strcmp(a->uuid, b->uuid))
		return "its UUID";
	return a->has_hwaddr && b->has_hwaddr && kn_mac_eq(&a->hwaddr, &b->hwaddr) &&
			       a->type == b->type
		       ? "the MAC it is for,"
		       : NULL;
}

static void found_duplicate(struct kn_doctor *d, const struct kn_conf *a, const struct kn_conf *b,
			    const char *what)
{
	struct kn_buf detail KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_printf(&detail, "%s with %s", what, base_name(b->path));
	d->failed |= detail.failed;
	kn_doctor_found(d, KN_CHECK_DUPLICATE, base_name(a->path), kn_buf_str(&detail));
}

static void check_duplicates(struct kn_doctor *d)
{
	const struct kn_confs *confs = d->ev->confs;

	for (size_t i = 0; i < confs->n; i++)
		for (size_t k = i + 1; k < confs->n; k++) {
			const char *what = shared(&confs->v[i], &confs->v[k]);

			if (what)
				found_duplicate(d, &confs->v[i], &confs->v[k], what);
		}
}

/* The zone whose file says <interface name="DEV"/>, in the text of all of them. Return: true, *ret
 * its name. Source: firewalld.zone(5). */
static bool zone_of(const char *zones, const struct kn_ifname *dev, char *ret, size_t size)
{
	char pattern[64];

	for (const char *p = zones ? strstr(zones, "\nZONE ") : NULL; p;) {
		const char *name = p + 6, *next = strstr(name, "\nZONE "), *at;

		(void)snprintf(pattern, sizeof(pattern), "interface name=\"%s\"", dev->s);
		at = strstr(name, pattern);
		if (at && (!next || at < next)) {
			(void)snprintf(ret, size, "%.*s", (int)strcspn(name, ".\n"), name);
			return true;
		}
		p = next;
	}
	return false;
}

static void check_zones(struct kn_doctor *d)
{
	char zone[64];

	for (size_t i = 0; i < d->topo->n; i++) {
		const struct kn_topo_node *node = &d->topo->v[i];
		const struct kn_conf *conf = node->conf;

		if (node->parent == KN_TOPO_TOP)
			continue;
		if (conf && conf->groups & KN_GROUP_ZONE && conf->zone)
			kn_doctor_found(d, KN_CHECK_ZONE_PORT, node->name.s, conf->zone);
		else if (zone_of(d->ev->zones, &node->name, zone, sizeof(zone)))
			kn_doctor_found(d, KN_CHECK_ZONE_PORT, node->name.s, zone);
		else
			continue;
		kn_doctor_fix_word(d, "BR", d->topo->v[node->parent].name.s);
	}
}

/* A bond gives its ports one MAC: theirs is not to be seen here. */
static void check_hwaddr(struct kn_doctor *d, const struct kn_topo_node *node)
{
	char text[KN_MAC_STRLEN];
	bool in_bond =
		node->parent != KN_TOPO_TOP && !kn_doctor_is_bridge(&d->topo->v[node->parent]);

	if (node->conf && node->link && node->conf->has_hwaddr && node->link->has_mac && !in_bond &&
	    !node->conf->has_mac && !kn_mac_eq(&node->conf->hwaddr, &node->link->mac))
		kn_doctor_found(d, KN_CHECK_HWADDR, node->name.s,
				kn_mac_fmt(&node->conf->hwaddr, text));
}

/* What applying the files would not mend: resolv.conf is kept where it has others' servers, and
 * zones are firewalld's. */
static void fix_diff(struct kn_doctor *d, const struct kn_topo_node *node)
{
	const struct kn_diff *diff = &node->diffs.v[0];
	const struct kn_ips *dns = &node->conf->ip.dns;
	struct kn_buf fix KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char text[KN_IP_STRLEN];

	if (diff->kind == KN_DIFF_DNS && node->conf->type == KN_CONF_BRIDGE) {
		kn_buf_puts(&fix, "kvmnet bridge set {o}");
		for (size_t i = 0; i < dns->n; i++)
			kn_buf_printf(&fix, " --dns %s", kn_ip_fmt(&dns->v[i], text));
		kn_buf_puts(&fix, " writes them into resolv.conf; or correct the file");
	} else if (diff->kind == KN_DIFF_DNS || diff->kind == KN_DIFF_SEARCH) {
		kn_buf_puts(&fix, "correct the file of {o}, or /etc/resolv.conf");
	} else if (diff->kind == KN_DIFF_ZONE) {
		kn_buf_puts(&fix, "firewall-cmd --zone=");
		kn_buf_put_escaped(&fix, node->conf->zone, strlen(node->conf->zone));
		kn_buf_puts(&fix, " --change-interface={o}; or correct ZONE in its file");
	}
	if (fix.len)
		kn_doctor_fix(d, &fix);
}

/* The first difference stands for all; `check` has them. */
static void check_diffs(struct kn_doctor *d, const struct kn_topo_node *node)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!node->diffs.n)
		return;
	kn_diff_describe(&node->diffs.v[0], &node->name, &text);
	if (node->diffs.n > 1)
		kn_buf_printf(&text, " (and %zu more)", node->diffs.n - 1);
	kn_doctor_found(d, KN_CHECK_DIFFERS, node->name.s, kn_buf_str(&text));
	fix_diff(d, node);
}

/* Only absent from the kernel: an interface that should be up since boot. */
static void check_absent(struct kn_doctor *d, const struct kn_topo_node *node)
{
	if (d->ev->facts->live && node->conf && !node->link && node->conf->type == KN_CONF_BRIDGE &&
	    node->conf->onboot == KN_YES)
		kn_doctor_found(d, KN_CHECK_DIFFERS, node->name.s, "it is not in the kernel");
}

/* ---- what could not be read ---- */

static void check_unread(struct kn_doctor *d)
{
	const struct kn_errors *unread = &d->ev->confs->unread;

	for (size_t i = 0; i < unread->n; i++) {
		const struct kn_error *one = &unread->v[i];
		struct kn_buf where KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_buf why KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_buf fix KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		kn_buf_puts(&where, kn_unread_base(one));
		if (one->line)
			kn_buf_printf(&where, ":%u", one->line);
		kn_unread_why(&why, one);
		d->failed |= where.failed || why.failed;
		kn_doctor_found(d, KN_CHECK_UNREAD, kn_buf_str(&where), kn_buf_str(&why));
		if (one->kind == KN_ERR_PRIVILEGE)
			kn_buf_puts(&fix, "sudo kvmnet doctor");
		else if (one->hint[0])
			kn_buf_puts(&fix, one->hint);
		if (fix.len)
			kn_doctor_fix(d, &fix);
	}
}

/* ---- changes ---- */

static void check_change(struct kn_doctor *d)
{
	char number[16], text[64];

	(void)snprintf(number, sizeof(number), "%u", d->ev->change_number);
	switch (d->ev->change) {
	case KN_CHANGE_NONE:
	case KN_CHANGE_MADE:
		break;
	case KN_CHANGE_PENDING:
		(void)snprintf(text, sizeof(text), "in %u s", d->ev->change_left_s);
		kn_doctor_found(d, KN_CHECK_PENDING, number, text);
		break;
	case KN_CHANGE_DEAD:
		(void)snprintf(text, sizeof(text), "change %s", number);
		kn_doctor_found(d, KN_CHECK_UNFINISHED,
				d->ev->change_number ? text : "its journal is damaged", NULL);
		break;
	}
}

void kn_doctor_files(struct kn_doctor *d)
{
	check_managers(d);
	check_reader(d);
	check_cloud(d);
	check_duplicates(d);
	check_zones(d);
	check_unread(d);
	for (size_t i = 0; i < d->topo->n; i++) {
		check_hwaddr(d, &d->topo->v[i]);
		check_diffs(d, &d->topo->v[i]);
		check_absent(d, &d->topo->v[i]);
	}
	check_change(d);
}
