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

static void inherit_all(struct fx *fx)
{
	fx->target.inherited = KN_GROUP_ALL;
}

static const struct refusal refusals[] = {
	{"a file of something else",
	 {{"ifcfg-br0", "DEVICE=br0\nTYPE=Ethernet\n"}, {"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "no bridge"},
	{"a file of another device under the bridge's name",
	 {{"ifcfg-br0", "DEVICE=eth7\n"}, {"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "another interface"},
	{"a file of another device under the port's name",
	 {{"ifcfg-eth0", "DEVICE=eth7\n"}},
	 give_static,
	 KN_ERR_HOSTFILE,
	 "",
	 "another interface"},
	{"two files for one device",
	 {{"ifcfg-eth0", STATIC_ETH0}, {"ifcfg-lan", "DEVICE=eth0\n"}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "ifcfg-eth0"},
	{"SUSE's dialect",
	 {{"ifcfg-eth0", "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='10.0.0.1/8'\n"}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "SUSE"},
	{"a NIC that another file has by its address",
	 {{"ifcfg-lan", "HWADDR=44:37:e6:4a:62:ad\nBOOTPROTO=dhcp\nONBOOT=yes\n"}},
	 give_static,
	 KN_ERR_HOSTFILE,
	 "",
	 "HWADDR"},
	{"SUSE's dialect before its values",
	 {{"ifcfg-eth0", "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='10.0.0.1/8'\n"}},
	 inherit_all,
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
	{"an inherited address with a slash",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPADDR=10.0.0.1/8\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "IPADDR=10.0.0.1/8"},
	{"an inherited address that is none",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPADDR1=10.0.0.300\nPREFIX1=8\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "IPADDR1"},
	{"an inherited prefix that is none",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPADDR=10.0.0.1\nPREFIX=33\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "PREFIX=33"},
	{"an inherited mask with holes",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPADDR=10.0.0.1\nNETMASK=255.0.255.0\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "NETMASK"},
	{"an inherited gateway that is none",
	 {{"ifcfg-eth0", "DEVICE=eth0\nGATEWAY=router\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "GATEWAY=router"},
	{"an inherited name server that is none",
	 {{"ifcfg-eth0", "DEVICE=eth0\nDNS1=dns.example\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "DNS1"},
	{"an inherited metric that is none",
	 {{"ifcfg-eth0", "DEVICE=eth0\nMETRIC=low\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "METRIC"},
	{"an inherited IPv6 address that is none",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPV6INIT=yes\nIPV6ADDR=10.0.0.1/8\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "IPV6ADDR"},
	{"an inherited list of IPv6 addresses",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPV6ADDR_SECONDARIES=\"fd00::1/64 x\"\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "SECONDARIES"},
	{"an inherited IPv6 gateway",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPV6_DEFAULTGW=10.0.0.1\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "IPV6_DEFAULTGW"},
	{"an inherited mtu",
	 {{"ifcfg-eth0", "DEVICE=eth0\nMTU=big\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "MTU"},
	{"a way of addressing that is none",
	 {{"ifcfg-eth0", "DEVICE=eth0\nBOOTPROTO=statc\n"}},
	 inherit_all,
	 KN_ERR_HOSTFILE,
	 "",
	 "BOOTPROTO=statc"},
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
		/* The place is printed in front of the message. */
		assert_true(!*fx.err.file || !strstr(fx.err.message, fx.err.file));
		fx_done(&fx);
	}
}

/* A wrong value that is replaced on the command line harms nobody. */
static void values_that_are_not_inherited_are_not_looked_at(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nIPADDR=10.0.0.1/8\nDNS1=x\n");
	fx_create(&fx);
	fx_addr(&fx, "10.0.0.1/8");
	fx.target.inherited = KN_GROUP_ALL & ~(KN_GROUP_ADDR | KN_GROUP_DNS);
	fx_render_ok(&fx);
	fx_done(&fx);
}

static void what_dhcp_makes_void_is_not_looked_at(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nBOOTPROTO=dhcp\nIPADDR=x\nGATEWAY=y\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	fx_done(&fx);
}

static void cloud_init_files_are_not_taken_for_suse(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0",
		"BOOTPROTO=none\nDEVICE=eth0\nIPADDR=10.0.0.1\nNETMASK=255.0.0.0\nONBOOT=yes\n"
		"STARTMODE=auto\nTYPE=Ethernet\nUSERCTL=no\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_done_right_is_refused),
		cmocka_unit_test(values_that_are_not_inherited_are_not_looked_at),
		cmocka_unit_test(what_dhcp_makes_void_is_not_looked_at),
		cmocka_unit_test(cloud_init_files_are_not_taken_for_suse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
