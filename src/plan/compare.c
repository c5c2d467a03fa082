/* Comparing the link, ports and options of a bridge, and what bonds and VLANs have of them, between
 * files and kernel; and the list of differences itself. Layer: plan, pure. */
#include "plan/compare.h"

#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/compare_ip.h"
#include "kvmnet/text.h"

void kn_diffs_done(struct kn_diffs *diffs)
{
	for (size_t i = 0; i < diffs->n; i++) {
		free(diffs->v[i].file);
		free(diffs->v[i].kernel);
	}
	free(diffs->v);
	*diffs = (struct kn_diffs){0};
}

/* Copies both texts before it touches the list, so that a failure leaves it whole. */
int kn_diff_add(const struct kn_compare *cmp, const struct kn_diff *diff, const char *file,
		const char *kernel, struct kn_error *err)
{
	struct kn_diffs *list = cmp->ret;
	struct kn_diff item = *diff;

	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0)
		return -1;
	if (!kn_ifname_is_set(&item.dev))
		item.dev = *cmp->bridge;
	item.file = file ? strdup(file) : NULL;
	item.kernel = kernel ? strdup(kernel) : NULL;
	if ((file && !item.file) || (kernel && !item.kernel)) {
		free(item.file);
		free(item.kernel);
		return kn_fail_nomem(err);
	}
	list->v[list->n++] = item;
	return 0;
}

static int add(const struct kn_compare *cmp, enum kn_diff_kind kind, const char *file,
	       const char *kernel, struct kn_error *err)
{
	return kn_diff_add(cmp, &(struct kn_diff){.kind = kind}, file, kernel, err);
}

/* A physical link that is called br0 is a difference as well. */
static bool is_bridge(const struct kn_link *link)
{
	return link && link->kind == KN_LINK_BRIDGE;
}

/* ONBOOT=no asks for nothing, and a bridge that is up in spite of it was started by hand. */
int kn_compare_state(const struct kn_compare *cmp, struct kn_error *err)
{
	if (cmp->conf->onboot == KN_NO || cmp->link->flags & IFF_UP)
		return 0;
	return add(cmp, KN_DIFF_STATE, "up", "down", err);
}

/* MACADDR in the file pins; a bridge without one follows its ports, which only the kernel's
 * address assign type tells. */
static int compare_mac(const struct kn_compare *cmp, struct kn_error *err)
{
	struct kn_buf kernel KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char want[KN_MAC_STRLEN], have[KN_MAC_STRLEN];

	if (!cmp->conf->has_mac || !cmp->link->has_mac)
		return 0;
	if (kn_mac_eq(&cmp->conf->mac, &cmp->link->mac) && cmp->link->mac_set)
		return 0;
	kn_buf_printf(&kernel, "%s%s", kn_mac_fmt(&cmp->link->mac, have),
		      cmp->link->mac_set ? "" : " (not pinned)");
	if (kn_buf_check(&kernel, err) < 0)
		return -1;
	return add(cmp, KN_DIFF_MAC, kn_mac_fmt(&cmp->conf->mac, want), kn_buf_str(&kernel), err);
}

/* Without MTU= the kernel takes the smallest of the ports: no difference, whatever it is. */
int kn_compare_mtu(const struct kn_compare *cmp, const struct kn_conf *conf,
		   const struct kn_link *link, struct kn_error *err)
{
	struct kn_diff diff = {.kind = KN_DIFF_MTU, .dev = conf->name};
	char file[16], kernel[16];

	if (!(conf->groups & KN_GROUP_MTU) || !conf->mtu || conf->mtu == link->mtu)
		return 0;
	(void)snprintf(file, sizeof(file), "%u", conf->mtu);
	(void)snprintf(kernel, sizeof(kernel), "%u", link->mtu);
	return kn_diff_add(cmp, &diff, file, kernel, err);
}

static const struct kn_opt_info *opt_info(const struct kn_compare *cmp, bool port, unsigned int i)
{
	if (port)
		return kn_port_opt_info(i);
	return cmp->conf->type == KN_CONF_BOND ? kn_bond_opt_info(i) : kn_bridge_opt_info(i);
}

/* An option without a key is the reader's default, which differs between readers: not compared. */
int kn_compare_opts(const struct kn_compare *cmp, const struct kn_ifname *dev,
		    const struct kn_opts *want, const struct kn_opts *have, struct kn_error *err)
{
	bool port = !kn_ifname_eq(dev, cmp->bridge);
	char file[16], kernel[16];

	for (unsigned int i = 0; i < KN_OPTS_MAX; i++) {
		struct kn_diff diff = {.kind = KN_DIFF_OPTION, .dev = *dev};

		if (!kn_opts_has(want, i) || !kn_opts_has(have, i) || want->val[i] == have->val[i])
			continue;
		const struct kn_opt_info *info = opt_info(cmp, port, i);
		diff.option = info->name;
		if (kn_diff_add(cmp, &diff, kn_opt_fmt(info, want->val[i], file),
				kn_opt_fmt(info, have->val[i], kernel), err) < 0)
			return -1;
	}
	return 0;
}

/* Of a port that is in its place. It comes up by itself with its file, unless that says otherwise.
 */
static int compare_port_link(const struct kn_compare *cmp, const struct kn_conf *port,
			     const struct kn_link *link, struct kn_error *err)
{
	struct kn_diff state = {.kind = KN_DIFF_STATE, .dev = port->name};

	if (port->onboot != KN_NO && !(link->flags & IFF_UP) &&
	    kn_diff_add(cmp, &state, "up", "down", err) < 0)
		return -1;
	if (kn_compare_mtu(cmp, port, link, err) < 0)
		return -1;
	return kn_compare_opts(cmp, &port->name, &port->port_opts, &link->port_opts, err);
}

/* A port that the files name. */
static int compare_file_port(const struct kn_compare *cmp, const struct kn_conf *port,
			     struct kn_error *err)
{
	const struct kn_link *link = kn_facts_link(cmp->facts, &port->name);
	struct kn_diff diff = {.kind = KN_DIFF_PORT, .dev = port->name};
	struct kn_buf kernel KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (link && kn_ifname_eq(&link->master, cmp->bridge))
		return compare_port_link(cmp, port, link, err);
	if (!link)
		return kn_diff_add(cmp, &diff, "port", "no such link", err);
	if (!kn_ifname_is_set(&link->master))
		return kn_diff_add(cmp, &diff, "port", NULL, err);
	kn_buf_puts(&kernel, "port of ");
	kn_text_name(&kernel, &link->master);
	if (kn_buf_check(&kernel, err) < 0)
		return -1;
	return kn_diff_add(cmp, &diff, "port", kn_buf_str(&kernel), err);
}

/* Guests' taps and veth pairs come and go with their guests, no file names them. */
static bool belongs_into_files(const struct kn_link *port)
{
	switch (port->kind) {
	case KN_LINK_PHYSICAL:
	case KN_LINK_BOND:
	case KN_LINK_TEAM:
	case KN_LINK_VLAN:
		return true;
	case KN_LINK_LOOPBACK:
	case KN_LINK_WLAN:
	case KN_LINK_BRIDGE:
	case KN_LINK_VETH:
	case KN_LINK_TUN:
	case KN_LINK_MACVLAN:
	case KN_LINK_OTHER:
		return false;
	}
	return false;
}

static const struct kn_ifname *master_of(const struct kn_compare *cmp, const struct kn_conf *port)
{
	return cmp->conf->type == KN_CONF_BOND ? &port->master : &port->bridge;
}

/* One that a file gives to another bridge, or to none, is a difference of any kind. */
static int compare_kernel_port(const struct kn_compare *cmp, const struct kn_link *link,
			       struct kn_error *err)
{
	const struct kn_conf *conf = kn_confs_get(cmp->confs, &link->name);
	struct kn_diff diff = {.kind = KN_DIFF_PORT, .dev = link->name};

	if (conf ? kn_ifname_eq(master_of(cmp, conf), cmp->bridge) : !belongs_into_files(link))
		return 0;
	return kn_diff_add(cmp, &diff, NULL, "port", err);
}

/* Both ways: a port the files lack is lost at the next boot, one the kernel lacks is down. */
int kn_compare_ports(const struct kn_compare *cmp, struct kn_error *err)
{
	for (size_t i = 0; i < cmp->confs->n; i++)
		if (kn_ifname_eq(master_of(cmp, &cmp->confs->v[i]), cmp->bridge) &&
		    compare_file_port(cmp, &cmp->confs->v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < cmp->facts->n_links; i++)
		if (kn_ifname_eq(&cmp->facts->links[i].master, cmp->bridge) &&
		    compare_kernel_port(cmp, &cmp->facts->links[i], err) < 0)
			return -1;
	return 0;
}

/* Nothing else is compared then: every value would differ, and all for one reason. */
static int compare_existence(const struct kn_compare *cmp, struct kn_error *err)
{
	if (cmp->conf)
		return add(cmp, KN_DIFF_BRIDGE, "bridge", cmp->link ? "no bridge" : NULL, err);
	/* A file that cannot be read is no missing one. */
	return cmp->link && !kn_unread_of(&cmp->confs->unread, cmp->bridge)
		       ? add(cmp, KN_DIFF_BRIDGE, NULL, "bridge", err)
		       : 0;
}

/* From the link up to its routes, the order in which a person would mend them. */
int kn_compare_bridge(const struct kn_confs *confs, const struct kn_facts *facts,
		      const struct kn_ifname *bridge, struct kn_diffs *ret, struct kn_error *err)
{
	const struct kn_conf *conf = kn_confs_get(confs, bridge);
	struct kn_compare cmp = {.confs = confs,
				 .facts = facts,
				 .bridge = bridge,
				 .conf = conf && conf->type == KN_CONF_BRIDGE ? conf : NULL,
				 .link = kn_facts_link(facts, bridge),
				 .ret = ret};

	if (!facts->live)
		return 0;
	if (!cmp.conf || !is_bridge(cmp.link))
		return compare_existence(&cmp, err);
	if (kn_compare_state(&cmp, err) < 0 || compare_mac(&cmp, err) < 0 ||
	    kn_compare_mtu(&cmp, cmp.conf, cmp.link, err) < 0 ||
	    kn_compare_opts(&cmp, bridge, &cmp.conf->opts, &cmp.link->opts, err) < 0 ||
	    kn_compare_ports(&cmp, err) < 0 || kn_compare_ip(&cmp, err) < 0)
		return -1;
	return kn_compare_dns(&cmp, err) < 0 ? -1 : kn_compare_zone(&cmp, err);
}

const char *kn_diff_word(const struct kn_diff *diff)
{
	switch (diff->kind) {
	case KN_DIFF_BRIDGE:
		return "bridge";
	case KN_DIFF_BOND:
		return "bond";
	case KN_DIFF_VLAN:
		return "vlan";
	case KN_DIFF_STATE:
		return "state";
	case KN_DIFF_MAC:
		return "mac";
	case KN_DIFF_MTU:
		return "mtu";
	case KN_DIFF_OPTION:
		return diff->option;
	case KN_DIFF_PORT:
		return "port";
	case KN_DIFF_ADDR:
		return "address";
	case KN_DIFF_GATEWAY:
		return "gateway";
	case KN_DIFF_ROUTE:
		return "route";
	case KN_DIFF_SLAAC:
		return "slaac";
	case KN_DIFF_DNS:
		return "dns";
	case KN_DIFF_SEARCH:
		return "search";
	case KN_DIFF_ZONE:
		return "zone";
	}
	return "unknown";
}

/* Differences about a link that one side lacks. */
static bool is_link(const struct kn_diff *diff)
{
	return diff->kind == KN_DIFF_PORT || diff->kind == KN_DIFF_BRIDGE ||
	       diff->kind == KN_DIFF_BOND || diff->kind == KN_DIFF_VLAN;
}

/* Differences whose text is the thing itself, which one side lacks. */
static bool is_member(const struct kn_diff *diff)
{
	return diff->kind == KN_DIFF_ADDR || diff->kind == KN_DIFF_ROUTE || is_link(diff);
}

/* Who has the other side. */
static const char *keeper(const struct kn_diff *diff)
{
	if (diff->kind == KN_DIFF_DNS || diff->kind == KN_DIFF_SEARCH)
		return "resolv.conf";
	return diff->kind == KN_DIFF_ZONE ? "firewalld" : "kernel";
}

/* "in the file" rather than "in ifcfg-br0": addresses and routes may stand in several. */
void kn_diff_describe(const struct kn_diff *diff, const struct kn_ifname *bridge,
		      struct kn_buf *ret)
{
	const char *item = diff->file ? diff->file : diff->kernel;

	kn_buf_puts(ret, kn_diff_word(diff));
	if (is_link(diff)) {
		kn_buf_putc(ret, ' ');
		kn_text_name(ret, &diff->dev);
	} else {
		if (is_member(diff) && item)
			kn_buf_printf(ret, " %s", item);
		if (!kn_ifname_eq(&diff->dev, bridge)) {
			kn_buf_puts(ret, is_member(diff) ? " on " : " of ");
			kn_text_name(ret, &diff->dev);
		}
	}
	if (is_member(diff) && !diff->kernel)
		kn_buf_puts(ret, ": in the file, not in the kernel");
	else if (is_member(diff) && !diff->file)
		kn_buf_puts(ret, ": in the kernel, not in the file");
	else
		kn_buf_printf(ret, ": file %s, %s %s", diff->file ? diff->file : "none",
			      keeper(diff), diff->kernel ? diff->kernel : "none");
}
