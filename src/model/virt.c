/* Networks and guests as libvirt has them, and the changes of networks in a plan, as values.
 * Layer: model, pure. */
#include "kvmnet/virt.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

void kn_libvirt_rules_done(struct kn_libvirt_rules *rules)
{
	kn_names_done(&rules->bridges[0]);
	kn_names_done(&rules->bridges[1]);
	*rules = (struct kn_libvirt_rules){0};
}

static void lease_done(struct kn_lease *lease)
{
	free(lease->mac);
	free(lease->ip);
	free(lease->hostname);
}

static void vnet_done(struct kn_vnet *net)
{
	for (size_t i = 0; i < net->n_leases; i++)
		lease_done(&net->leases[i]);
	free(net->leases);
	free(net->name);
	free(net->xml);
	free(net->live_xml);
}

void kn_vnets_done(struct kn_vnets *nets)
{
	for (size_t i = 0; i < nets->n; i++)
		vnet_done(&nets->v[i]);
	for (size_t i = 0; i < nets->n_doms; i++) {
		free(nets->doms[i].name);
		free(nets->doms[i].xml);
	}
	free(nets->v);
	free(nets->doms);
	kn_libvirt_rules_done(&nets->firewall);
	*nets = (struct kn_vnets){0};
}

const struct kn_vnet *kn_vnets_get(const struct kn_vnets *nets, const char *name)
{
	for (size_t i = 0; i < nets->n; i++)
		if (!strcmp(nets->v[i].name, name))
			return &nets->v[i];
	return NULL;
}

struct kn_vnet *kn_vnets_add(struct kn_vnets *nets, const char *name, struct kn_error *err)
{
	if (kn_grow(&nets->v, &nets->cap, nets->n + 1, sizeof(*nets->v), err) < 0)
		return NULL;
	struct kn_vnet *net = &nets->v[nets->n];

	*net = (struct kn_vnet){.name = strdup(name)};
	if (!net->name) {
		kn_fail_nomem(err);
		return NULL;
	}
	nets->n++;
	return net;
}

void kn_vnets_pop(struct kn_vnets *nets)
{
	vnet_done(&nets->v[--nets->n]);
}

void kn_vnets_drop(struct kn_vnets *nets, const char *name)
{
	for (size_t i = 0; i < nets->n; i++) {
		if (strcmp(nets->v[i].name, name) != 0)
			continue;
		vnet_done(&nets->v[i]);
		nets->v[i] = nets->v[--nets->n];
		return;
	}
}

struct kn_vdom *kn_vnets_add_dom(struct kn_vnets *nets, const char *name, struct kn_error *err)
{
	if (kn_grow(&nets->doms, &nets->cap_doms, nets->n_doms + 1, sizeof(*nets->doms), err) < 0)
		return NULL;
	struct kn_vdom *dom = &nets->doms[nets->n_doms];

	*dom = (struct kn_vdom){.name = strdup(name)};
	if (!dom->name) {
		kn_fail_nomem(err);
		return NULL;
	}
	nets->n_doms++;
	return dom;
}

int kn_vnet_add_lease(struct kn_vnet *net, struct kn_lease *lease, struct kn_error *err)
{
	if (kn_grow(&net->leases, &net->cap_leases, net->n_leases + 1, sizeof(*lease), err) < 0) {
		lease_done(lease);
		return -1;
	}
	net->leases[net->n_leases++] = *lease;
	return 0;
}

/* A copy of @str in *ret; NULL stays NULL. */
static int copy_string(const char *str, char **ret, struct kn_error *err)
{
	*ret = str ? strdup(str) : NULL;
	return str && !*ret ? kn_fail_nomem(err) : 0;
}

struct kn_vnic *kn_vnics_add(struct kn_vnics *list, const char *guest, const char *network,
			     struct kn_error *err)
{
	struct kn_vnic nic = {0};

	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(nic), err) < 0)
		return NULL;
	if (copy_string(guest, &nic.guest, err) < 0 ||
	    copy_string(network, &nic.network, err) < 0) {
		free(nic.guest);
		return NULL;
	}
	list->v[list->n] = nic;
	return &list->v[list->n++];
}

void kn_vnics_done(struct kn_vnics *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].guest);
		free(list->v[i].network);
		free(list->v[i].alias);
		free(list->v[i].model);
	}
	free(list->v);
	*list = (struct kn_vnics){0};
}

int kn_findings_add(struct kn_findings *list, bool is_error, const char *network, const char *text,
		    const char *fix, struct kn_error *err)
{
	struct kn_finding row = {.is_error = is_error};

	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(row), err) < 0)
		return -1;
	list->v[list->n] = row;
	struct kn_finding *added = &list->v[list->n++];

	if (copy_string(network, &added->network, err) < 0 ||
	    copy_string(text, &added->text, err) < 0)
		return -1;
	return copy_string(fix, &added->fix, err);
}

void kn_findings_done(struct kn_findings *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].network);
		free(list->v[i].text);
		free(list->v[i].fix);
	}
	free(list->v);
	*list = (struct kn_findings){0};
}

static void netchg_done(struct kn_netchg *chg)
{
	for (size_t i = 0; i < chg->n_updates; i++) {
		free(chg->updates[i].before);
		free(chg->updates[i].after);
	}
	free(chg->updates);
	free(chg->name);
	free(chg->path);
	free(chg->before);
	free(chg->after);
}

struct kn_netchg *kn_netchgs_add(struct kn_netchgs *list, const char *name, const char *before,
				 const char *after, struct kn_error *err)
{
	struct kn_netchg chg = {0};

	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(chg), err) < 0)
		return NULL;
	if (copy_string(name, &chg.name, err) < 0 || copy_string(before, &chg.before, err) < 0 ||
	    copy_string(after, &chg.after, err) < 0) {
		netchg_done(&chg);
		return NULL;
	}
	list->v[list->n] = chg;
	return &list->v[list->n++];
}

int kn_netchg_update(struct kn_netchg *chg, const struct kn_netupd *update, struct kn_error *err)
{
	struct kn_netupd copy = {.section = update->section, .parent = update->parent};

	if (kn_grow(&chg->updates, &chg->cap_updates, chg->n_updates + 1, sizeof(copy), err) < 0)
		return -1;
	if (copy_string(update->before, &copy.before, err) < 0 ||
	    copy_string(update->after, &copy.after, err) < 0) {
		free(copy.before);
		return -1;
	}
	chg->updates[chg->n_updates++] = copy;
	return 0;
}

void kn_netchgs_done(struct kn_netchgs *list)
{
	for (size_t i = 0; i < list->n; i++)
		netchg_done(&list->v[i]);
	free(list->v);
	*list = (struct kn_netchgs){0};
}

const char *kn_net_section_word(enum kn_net_section section)
{
	switch (section) {
	case KN_NETSEC_DHCP_HOST:
		return "ip-dhcp-host";
	case KN_NETSEC_DHCP_RANGE:
		return "ip-dhcp-range";
	case KN_NETSEC_FORWARD_IF:
		return "forward-interface";
	case KN_NETSEC_PORTGROUP:
		return "portgroup";
	case KN_NETSEC_DNS_HOST:
		return "dns-host";
	case KN_NETSEC_DNS_TXT:
		return "dns-txt";
	case KN_NETSEC_DNS_SRV:
		return "dns-srv";
	}
	return "";
}
