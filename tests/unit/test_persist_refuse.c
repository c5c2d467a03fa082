/* What the ifcfg backend refuses, with kind, rule and hint. Layer: tests. */
#include "persist_rows.h"

static void clear_ip(struct fx *fx)
{
	kn_ipconf_done(&fx->target.ip);
}

static void give_static(struct fx *fx)
{
	clear_ip(fx);
	fx->target.inherited &= ~KN_GROUP_IP;
	fx_addr(fx, "192.168.12.118/24");
	fx_gateway(fx, "192.168.12.1");
	fx_dns(fx, "180.76.76.76");
	fx_dns(fx, "114.114.114.114");
}

static void unset_nm(struct fx *fx)
{
	fx->target.nm_controlled = KN_UNSET;
	fx->target.reader = KN_READER_NM;
}

static void give_dhcp(struct fx *fx)
{
	clear_ip(fx);
	fx->target.inherited &= ~KN_GROUP_IP;
	fx->target.ip.dhcp4 = true;
}

static void stp_nm(struct fx *fx)
{
	unset_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_STP, 1);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 1500);
	kn_opts_set(&fx->target.opts, KN_BROPT_HELLO, 200);
	kn_opts_set(&fx->target.opts, KN_BROPT_PRIORITY, 100);
	kn_opts_set(&fx->target.opts, KN_BROPT_MCAST_SNOOPING, 0);
}

struct refusal {
	const char *title;
	struct pair in[3];
	void (*setup)(struct fx *fx);
	enum kn_error_kind kind;
	const char *rule, *says;
};

static void nm_nf_call(struct fx *fx)
{
	unset_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_NF_CALL, 0);
}

static void nm_priority(struct fx *fx)
{
	unset_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_PRIORITY, 1);
}

static void nm_half_seconds(struct fx *fx)
{
	stp_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 250);
}

static void both_ways(struct fx *fx)
{
	give_dhcp(fx);
	fx_addr(fx, "10.0.0.1/8");
}

static void long_name(struct fx *fx)
{
	fx->target.bridge = fx_name("br0123456789012");
}

static const struct refusal refusals[] = {
	{"a file of something else",
	 {{"ifcfg-br0", "DEVICE=br0\nTYPE=Ethernet\n"}, {"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 KN_ERR_REFUSED,
	 "file-taken",
	 "no bridge"},
	{"a file of another device under the bridge's name",
	 {{"ifcfg-br0", "DEVICE=eth7\n"}, {"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 KN_ERR_REFUSED,
	 "file-taken",
	 "ifcfg-br0"},
	{"a file of another device under the port's name",
	 {{"ifcfg-eth0", "DEVICE=eth7\n"}},
	 give_static,
	 KN_ERR_HOSTFILE,
	 "",
	 "ifcfg-eth0"},
	{"two files for one device",
	 {{"ifcfg-eth0", STATIC_ETH0}, {"ifcfg-lan", "DEVICE=eth0\n"}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "ifcfg-lan"},
	{"SUSE's dialect",
	 {{"ifcfg-eth0", "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='10.0.0.1/8'\n"}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "SUSE"},
	{"a value by substitution",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPADDR=$(hostname -i)\n"}},
	 give_static,
	 KN_ERR_HOSTFILE,
	 "",
	 ""},
	{"nf-call for NetworkManager",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 nm_nf_call,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "nf-call"},
	{"priority without STP for NetworkManager",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 nm_priority,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "STP"},
	{"parts of seconds for NetworkManager",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 nm_half_seconds,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "whole seconds"},
	{"dhcp and a static address for network-scripts",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 both_ways,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "DHCP"},
	{"an alias name that would be too long",
	 {{"ifcfg-eth0", STATIC_ETH0}, {"ifcfg-eth0:1", "DEVICE=eth0:1\nIPADDR=192.168.12.9\n"}},
	 long_name,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "15 characters"},
};

static void what_cannot_be_done_right_is_refused(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(refusals) / sizeof(*refusals); r++) {
		const struct refusal *row = &refusals[r];
		struct fx fx = {0};

		print_message("%s\n", row->title);
		for (size_t i = 0; i < 3 && row->in[i].name; i++)
			fx_file(&fx, row->in[i].name, row->in[i].text);
		fx_create(&fx);
		fx.target.groups = KN_GROUP_IP;
		if (row->setup)
			row->setup(&fx);
		fx_render_fails(&fx, row->kind);
		assert_string_equal(fx.err.rule, row->rule);
		assert_non_null(strstr(fx.err.message, row->says));
		fx_done(&fx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_done_right_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
