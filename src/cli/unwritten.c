/* Links that only the kernel has. Layer: cli, pure. */
#include "cli/unwritten.h"

#include <stdlib.h>
#include <string.h>

#include "codec/netxml.h"

/* The bridges that libvirt makes of its networks. */
static int find_owned(const struct kn_vnets *nets, struct kn_names *ret, struct kn_error *err)
{
	for (size_t i = 0; i < nets->n; i++) {
		const char *xml = nets->v[i].live_xml ? nets->v[i].live_xml : nets->v[i].xml;
		struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
		struct kn_error ignored = {0};

		if (kn_netxml_parse(nets->v[i].name, xml, strlen(xml), &def, &ignored) < 0) {
			if (ignored.kind == KN_ERR_NOMEM)
				return kn_fail_nomem(err);
			continue;
		}
		if (def.mode_known && kn_netmode_has_bridge(def.net.mode) &&
		    kn_names_add(ret, &def.net.bridge, err) < 0)
			return -1;
	}
	return 0;
}

static enum kn_conf_type type_of(const struct kn_link *link)
{
	if (link->kind == KN_LINK_BRIDGE)
		return KN_CONF_BRIDGE;
	if (link->kind == KN_LINK_BOND)
		return KN_CONF_BOND;
	return link->kind == KN_LINK_VLAN ? KN_CONF_VLAN : KN_CONF_UNKNOWN;
}

const char *kn_unwritten_word(const struct kn_link *link)
{
	enum kn_conf_type type = type_of(link);

	return type == KN_CONF_BRIDGE ? "bridge" : type == KN_CONF_BOND ? "bond" : "vlan";
}

static bool is_unwritten(const struct kn_confs *confs, const struct kn_names *owned,
			 const struct kn_link *link)
{
	enum kn_conf_type type = type_of(link);
	const struct kn_conf *conf = kn_confs_get(confs, &link->name);
	/* A network that has no definition, or cannot be asked for, by libvirt's name. */
	bool theirs = kn_names_has(owned, &link->name) ||
		      (type == KN_CONF_BRIDGE && !strncmp(link->name.s, "virbr", strlen("virbr")));

	return type != KN_CONF_UNKNOWN && !theirs && !kn_unread_of(&confs->unread, &link->name) &&
	       (!conf || conf->type != type);
}

int kn_unwritten_find(const struct kn_state *state, const struct kn_vnets *nets,
		      const struct kn_link ***ret, size_t *ret_n, struct kn_error *err)
{
	const struct kn_facts *facts = &state->facts;
	struct kn_names owned KN_CLEANUP(kn_names_done) = {0};
	const struct kn_link **list;
	size_t n = 0;

	if (nets && find_owned(nets, &owned, err) < 0)
		return -1;
	list = calloc(facts->n_links + 1, sizeof(*list));
	if (!list)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < facts->n_links; i++)
		if (is_unwritten(&state->confs, &owned, &facts->links[i]))
			list[n++] = &facts->links[i];
	*ret = list;
	*ret_n = n;
	return 0;
}
