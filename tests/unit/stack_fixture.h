/* A bond with a VLAN on it, in files and kernel alike. Layer: tests. */
#ifndef TESTS_STACK_FIXTURE_H
#define TESTS_STACK_FIXTURE_H

#include "view_fixture.h"

#include "plan/compare.h"

/* The differences of @name, one a line. Takes @state. */
static inline void assert_diffs_of(struct kn_state *state, const char *name, const char *want)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_ifname dev = name_of(name);
	struct kn_diffs diffs = {0};

	OK(kn_compare_link(&state->confs, &state->facts, &dev, &diffs, &err));
	for (size_t i = 0; i < diffs.n; i++) {
		kn_diff_describe(&diffs.v[i], &dev, &text);
		kn_buf_putc(&text, '\n');
	}
	assert_string_equal(kn_buf_str(&text), want);
	kn_diffs_done(&diffs);
	state_done(state);
}

static inline struct kn_opts bond_opts(uint32_t mode)
{
	struct kn_opts opts = {0};

	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++)
		kn_opts_set(&opts, i, 0);
	kn_opts_set(&opts, KN_BONDOPT_MODE, mode);
	kn_opts_set(&opts, KN_BONDOPT_MIIMON, 100);
	return opts;
}

static inline void set_opt(struct kn_opts *opts, enum kn_bond_opt id, uint32_t value)
{
	kn_opts_set(opts, id, value);
}

/* bond0 of eth1 and eth2, and vlan10 on it, in files and kernel alike; both have an address. */
static inline struct kn_state stack_state(void)
{
	struct kn_state state = {.facts.live = true};
	struct kn_cidr addrs[] = {cidr_of("10.9.0.1/24"), cidr_of("10.10.0.1/24")};
	struct kn_conf *conf = add_conf(&state, "bond0", KN_CONF_BOND, SCRIPTS "ifcfg-bond0");

	conf->onboot = KN_YES;
	conf->bond_opts = bond_opts(KN_BOND_ACTIVE_BACKUP);
	conf->primary = name_of("eth1");
	conf->groups = KN_GROUP_ADDR | KN_GROUP_MTU;
	conf->mtu = 1500;
	OK(kn_cidrs_add(&conf->ip.addrs, &addrs[0], &err));
	add_conf(&state, "eth1", KN_CONF_ETHERNET, SCRIPTS "ifcfg-eth1")->master = name_of("bond0");
	add_conf(&state, "eth2", KN_CONF_ETHERNET, SCRIPTS "ifcfg-eth2")->master = name_of("bond0");
	conf = add_conf(&state, "vlan10", KN_CONF_VLAN, SCRIPTS "ifcfg-vlan10");
	conf->onboot = KN_YES;
	conf->groups = KN_GROUP_ADDR;
	conf->vlan = (struct kn_vlan){name_of("bond0"), 10};
	OK(kn_cidrs_add(&conf->ip.addrs, &addrs[1], &err));

	add_link(&state, "bond0", KN_LINK_BOND, NULL);
	add_link(&state, "eth1", KN_LINK_PHYSICAL, "bond0");
	add_link(&state, "eth2", KN_LINK_PHYSICAL, "bond0");
	add_link(&state, "vlan10", KN_LINK_VLAN, NULL);
	link_of(&state, "bond0")->bond_opts = bond_opts(KN_BOND_ACTIVE_BACKUP);
	link_of(&state, "bond0")->primary = name_of("eth1");
	link_of(&state, "vlan10")->lower = name_of("bond0");
	link_of(&state, "vlan10")->vlan_id = 10;
	add_addr(&state, "10.9.0.1/24", "bond0");
	add_addr(&state, "10.10.0.1/24", "vlan10");
	return state;
}

#endif
