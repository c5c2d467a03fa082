/* Facts of the running host: lists and look-ups.
 * Layer: model, pure. */
#include "kvmnet/facts.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

_Static_assert(offsetof(struct kn_link, name) == 0, "look-ups need the name first");

void kn_facts_done(struct kn_facts *facts)
{
	for (size_t i = 0; i < facts->n_clients; i++) {
		kn_strv_done(&facts->clients[i].argv);
		free(facts->clients[i].exe);
		free(facts->clients[i].lease_file);
		free(facts->clients[i].pid_file);
	}
	free(facts->clients);
	free(facts->links);
	kn_name_table_done(&facts->link_names);
	free(facts->addrs);
	free(facts->neighs);
	free(facts->nexthops);
	free(facts->rules);
	free(facts->groups);
	free(facts->vlans);
	for (size_t i = 0; i < facts->n_fwrules; i++)
		free(facts->fwrules[i].text);
	free(facts->fwrules);
	free(facts->zones);
	free(facts->uses);
	free(facts->owners);
	kn_routes_done(&facts->routes);
	free(facts->resolv);
	*facts = (struct kn_facts){0};
}

const struct kn_link *kn_facts_link(const struct kn_facts *facts, const struct kn_ifname *name)
{
	size_t i = kn_name_table_find(&facts->link_names, facts->links, sizeof(*facts->links),
				      facts->n_links, name);

	return i < facts->n_links ? &facts->links[i] : NULL;
}

const struct kn_dhcp_client *kn_facts_client(const struct kn_facts *facts,
					     const struct kn_ifname *name)
{
	for (size_t i = 0; i < facts->n_clients; i++)
		if (kn_ifname_eq(&facts->clients[i].dev, name))
			return &facts->clients[i];
	return NULL;
}

enum kn_owner kn_facts_owner(const struct kn_facts *facts, const struct kn_ifname *name)
{
	for (size_t i = 0; i < facts->n_owners; i++)
		if (kn_ifname_eq(&facts->owners[i].name, name))
			return facts->owners[i].owner;
	return KN_OWNER_NONE;
}

int kn_facts_add_link(struct kn_facts *facts, const struct kn_link *link, struct kn_error *err)
{
	if (kn_grow(&facts->links, &facts->cap_links, facts->n_links + 1, sizeof(*link), err) < 0)
		return -1;
	facts->links[facts->n_links++] = *link;
	kn_name_table_add(&facts->link_names, facts->links, sizeof(*link), facts->n_links,
			  facts->n_links - 1);
	return 0;
}

int kn_facts_add_addr(struct kn_facts *facts, const struct kn_laddr *addr, struct kn_error *err)
{
	if (kn_grow(&facts->addrs, &facts->cap_addrs, facts->n_addrs + 1, sizeof(*addr), err) < 0)
		return -1;
	facts->addrs[facts->n_addrs++] = *addr;
	return 0;
}

int kn_facts_add_neigh(struct kn_facts *facts, const struct kn_neigh *neigh, struct kn_error *err)
{
	if (kn_grow(&facts->neighs, &facts->cap_neighs, facts->n_neighs + 1, sizeof(*neigh), err) <
	    0)
		return -1;
	facts->neighs[facts->n_neighs++] = *neigh;
	return 0;
}

int kn_facts_add_mcast(struct kn_facts *facts, const struct kn_mcast *group, struct kn_error *err)
{
	if (kn_grow(&facts->groups, &facts->cap_groups, facts->n_groups + 1, sizeof(*group), err) <
	    0)
		return -1;
	facts->groups[facts->n_groups++] = *group;
	return 0;
}

int kn_facts_add_vlan(struct kn_facts *facts, const struct kn_port_vlan *vlan, struct kn_error *err)
{
	if (kn_grow(&facts->vlans, &facts->cap_vlans, facts->n_vlans + 1, sizeof(*vlan), err) < 0)
		return -1;
	facts->vlans[facts->n_vlans++] = *vlan;
	return 0;
}

const struct kn_port_vlan *kn_facts_vlan(const struct kn_facts *facts, const struct kn_ifname *dev,
					 uint16_t id)
{
	for (size_t i = 0; i < facts->n_vlans; i++) {
		const struct kn_port_vlan *row = &facts->vlans[i];

		if (kn_ifname_eq(&row->dev, dev) && row->first <= id && id <= row->last)
			return row;
	}
	return NULL;
}

/* Each puts itself where frames come in, and there is room for one. Source: kernel
 * net/core/dev.c, netdev_rx_handler_register(), and who calls it. */
bool kn_link_takes_all(const struct kn_link *top)
{
	static const char *const words[] = {"macvlan", "macvtap", "ipvlan", "ipvtap", "macsec"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(top->kind_word, words[i]))
			return true;
	return false;
}

int kn_facts_add_fwrule(struct kn_facts *facts, const struct kn_ifname *dev, const char *text,
			struct kn_error *err)
{
	char *copy;

	if (kn_grow(&facts->fwrules, &facts->cap_fwrules, facts->n_fwrules + 1,
		    sizeof(*facts->fwrules), err) < 0)
		return -1;
	copy = strdup(text);
	if (!copy)
		return kn_fail_nomem(err);
	facts->fwrules[facts->n_fwrules++] = (struct kn_fwrule){*dev, copy};
	return 0;
}

int kn_facts_add_nexthop(struct kn_facts *facts, const struct kn_nexthop *nexthop,
			 struct kn_error *err)
{
	if (kn_grow(&facts->nexthops, &facts->cap_nexthops, facts->n_nexthops + 1, sizeof(*nexthop),
		    err) < 0)
		return -1;
	facts->nexthops[facts->n_nexthops++] = *nexthop;
	return 0;
}

int kn_facts_add_rule(struct kn_facts *facts, const struct kn_rule *rule, struct kn_error *err)
{
	if (kn_grow(&facts->rules, &facts->cap_rules, facts->n_rules + 1, sizeof(*rule), err) < 0)
		return -1;
	facts->rules[facts->n_rules++] = *rule;
	return 0;
}

bool kn_rule_eq(const struct kn_rule *a, const struct kn_rule *b)
{
	return a->family == b->family && a->priority == b->priority &&
	       kn_ifname_eq(&a->iif, &b->iif) && kn_ifname_eq(&a->oif, &b->oif) &&
	       a->raw_len == b->raw_len && !memcmp(a->raw, b->raw, a->raw_len);
}

int kn_facts_add_use(struct kn_facts *facts, const struct kn_addr_use *use, struct kn_error *err)
{
	if (kn_grow(&facts->uses, &facts->cap_uses, facts->n_uses + 1, sizeof(*use), err) < 0)
		return -1;
	facts->uses[facts->n_uses++] = *use;
	return 0;
}
