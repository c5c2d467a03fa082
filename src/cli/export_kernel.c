/* Bridges that only the kernel has, named in an exported file. Layer: cli, pure.
 * A section for one would not be what is there: applied, it would make files for it. */
#include <string.h>

#include "cli/export.h"
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

int kn_export_unwritten(const struct kn_state *state, const struct kn_vnets *nets,
			struct kn_buf *ret, struct kn_error *err)
{
	struct kn_names owned KN_CLEANUP(kn_names_done) = {0};
	bool any = false;

	if (nets && find_owned(nets, &owned, err) < 0)
		return -1;
	for (size_t i = 0; i < state->facts.n_links; i++) {
		const struct kn_link *link = &state->facts.links[i];
		const struct kn_conf *conf = kn_confs_get(&state->confs, &link->name);
		/* A network that has no definition, or cannot be asked for, by libvirt's name. */
		bool theirs = kn_names_has(&owned, &link->name) ||
			      !strncmp(link->name.s, "virbr", strlen("virbr"));

		if (link->kind != KN_LINK_BRIDGE || theirs ||
		    (conf && conf->type == KN_CONF_BRIDGE))
			continue;
		if (!any)
			kn_buf_puts(ret,
				    "\n# Bridges that run, but are in no file, and so not in this "
				    "one: applied, it would\n# make files for them. They are "
				    "kept as they are.\n");
		any = true;
		kn_buf_puts(ret, "#   ");
		kn_buf_put_escaped(ret, link->name.s, strlen(link->name.s));
		kn_buf_puts(ret, "\n");
	}
	return kn_buf_check(ret, err);
}
