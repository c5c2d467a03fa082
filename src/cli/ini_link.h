/* Keys of [bond] and [vlan], and what their sections say as a whole. Private to the ini files of
 * cli/. Layer: cli, pure. */
#ifndef KVMNET_CLI_INI_LINK_H
#define KVMNET_CLI_INI_LINK_H

#include "cli/ini_spec.h"

typedef int kn_ini_taker(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
			 struct kn_error *err);

kn_ini_taker kn_ini_take_bond_opt, kn_ini_take_primary, kn_ini_take_mac, kn_ini_take_link,
	kn_ini_take_id;

/* What only the whole section tells. Return: 0, also with faults; -1. */
int kn_ini_end_bond(struct kn_parts *parts, struct kn_part *part,
		    struct kn_error *err) KN_NODISCARD;
int kn_ini_end_vlan(struct kn_parts *parts, struct kn_part *part,
		    struct kn_error *err) KN_NODISCARD;

#endif
