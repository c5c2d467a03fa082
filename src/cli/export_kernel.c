/* What an exported file does not have, named in it. Layer: cli, pure. */
#include <linux/if_addr.h>
#include <stdlib.h>

#include "cli/export.h"
#include "cli/unwritten.h"
#include "kvmnet/text.h"
#include "plan/kernel_confs.h"

/* A section for one would not be what is there: applied, it would make files for it. */
int kn_export_unwritten(const struct kn_state *state, const struct kn_vnets *nets,
			struct kn_buf *ret, struct kn_error *err)
{
	const struct kn_link **list = NULL;
	size_t n = 0;

	if (kn_unwritten_find(state, nets, &list, &n, err) < 0)
		return -1;
	if (n)
		kn_buf_puts(ret,
			    "\n# Links that run, but are in no file, and so not in this one: "
			    "applied, it would make\n# files for them. They are kept as they are. "
			    "kvmnet export --no-persist has them.\n");
	for (size_t i = 0; i < n; i++) {
		kn_buf_puts(ret, "#   ");
		kn_text_name(ret, &list[i]->name);
		kn_buf_printf(ret, " (%s)\n", kn_unwritten_word(list[i]));
	}
	free(list);
	return kn_buf_check(ret, err);
}

/* A card of its own, or a link of a kind that has no section, with addresses. */
static bool is_alone(const struct kn_state *state, const struct kn_laddr *addr)
{
	const struct kn_link *link = kn_facts_link(&state->facts, &addr->dev);
	const struct kn_conf *conf = kn_confs_get(&state->confs, &addr->dev);

	return link && link->kind != KN_LINK_LOOPBACK && !kn_ip_is_link_local(&addr->addr.ip) &&
	       conf && conf->type == KN_CONF_ETHERNET;
}

static void put_alone(const struct kn_state *state, struct kn_buf *ret)
{
	bool any = false;

	for (size_t i = 0; i < state->facts.n_addrs; i++) {
		const struct kn_laddr *addr = &state->facts.addrs[i];
		char text[KN_CIDR_STRLEN];

		if (!is_alone(state, addr))
			continue;
		if (!any)
			kn_buf_puts(ret,
				    "\n# Addresses of links that no section describes; they are "
				    "kept as they are:\n");
		any = true;
		kn_buf_puts(ret, "#   ");
		kn_text_name(ret, &addr->dev);
		kn_buf_printf(ret, " %s%s\n", kn_cidr_fmt(&addr->addr, text),
			      addr->flags & IFA_F_PERMANENT ? "" : " (by DHCP or advertisements)");
	}
}

static void put_passing(const struct kn_state *state, struct kn_buf *ret)
{
	bool any = false;

	for (size_t i = 0; i < state->facts.n_links; i++) {
		const struct kn_link *link = &state->facts.links[i];
		const struct kn_conf *master = kn_confs_get(&state->confs, &link->master);

		if (!master || master->type != KN_CONF_BRIDGE || kn_port_stays(link))
			continue;
		if (!any)
			kn_buf_puts(ret,
				    "\n# Ports of guests and containers, which come and go; they "
				    "are kept as they are:\n");
		any = true;
		kn_buf_puts(ret, "#   ");
		kn_text_name(ret, &link->name);
		kn_buf_puts(ret, " of ");
		kn_text_name(ret, &link->master);
		kn_buf_putc(ret, '\n');
	}
}

/* A key has the address and the length of its network. */
static void put_peers(const struct kn_state *state, struct kn_buf *ret)
{
	bool any = false;

	for (size_t i = 0; i < state->facts.n_addrs; i++) {
		const struct kn_laddr *addr = &state->facts.addrs[i];
		char text[KN_CIDR_STRLEN], peer[KN_IP_STRLEN];

		if (!addr->peer.family || kn_ip_eq(&addr->peer, &addr->addr.ip) ||
		    is_alone(state, addr))
			continue;
		if (!any)
			kn_buf_puts(ret, "\n# Addresses with another end, of which no key can say "
					 "that; applied with files, it\n# would be lost:\n");
		any = true;
		kn_buf_puts(ret, "#   ");
		kn_text_name(ret, &addr->dev);
		kn_buf_printf(ret, " %s peer %s\n", kn_cidr_fmt(&addr->addr, text),
			      kn_ip_fmt(&addr->peer, peer));
	}
}

int kn_export_left(const struct kn_state *state, struct kn_buf *ret, struct kn_error *err)
{
	put_alone(state, ret);
	put_passing(state, ret);
	put_peers(state, ret);
	return kn_buf_check(ret, err);
}
