/* `bridge list` and `bridge show`: exact texts of 80 columns, and their JSON.
 * Layer: tests. */
#include "view_fixture.h"

#include <json-c/json.h>
#include <stdio.h>

#include "cli/view.h"

static const struct kn_view_opts list = {.utf8 = true, .width = 80, .command = "bridge list"};
static const struct kn_view_opts show = {.utf8 = true, .width = 80, .command = "bridge show"};

/* Takes @state. */
static void assert_list(struct kn_state *state, const struct kn_view_opts *opts, const char *want)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	OK(kn_view_bridges(state, opts, false, &buf, &err));
	assert_string_equal(kn_buf_str(&buf), want);
	state_done(state);
}

/* Takes @state. */
static void assert_show(struct kn_state *state, const char *bridge, const struct kn_view_opts *opts,
			const char *want)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_ifname name = name_of(bridge);

	OK(kn_view_bridge(state, &name, opts, false, &buf, &err));
	assert_string_equal(kn_buf_str(&buf), want);
	state_done(state);
}

static void the_list_shows_kernel_and_file_bridges(void **state)
{
	struct kn_state host = classic_state();
	struct kn_conf *conf = add_conf(&host, "br9", KN_CONF_BRIDGE, SCRIPTS "ifcfg-br9");

	(void)state;
	conf->ip.dhcp4 = true;
	add_link(&host, "virbr0", KN_LINK_BRIDGE, NULL);
	link_of(&host, "virbr0")->flags = IFF_UP;
	link_of(&host, "virbr0")->mac_set = false;
	kn_opts_set(&link_of(&host, "virbr0")->opts, KN_BROPT_STP, 1);
	add_addr(&host, "fe80::1/64", "virbr0");
	assert_list(
		&host, &list,
		"BRIDGE  STATE       STP  MAC                 PORTS  ADDRESSES          FILE\n"
		"br0     up          off  44:37:e6:4a:62:ad*  eth0   192.168.12.118/24  ifcfg-br0\n"
		"                                             vnet0\n"
		"virbr0  no carrier  on   44:37:e6:4a:62:ad   -      -                  -\n"
		"br9     absent      -    -                   -      dhcp               ifcfg-br9\n"
		"* pinned: it does not change with the ports\n"
		"! bridge br9: in the file, not in the kernel\n");
}

static void the_list_tells_of_differences(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	link_of(&host, "br0")->mac_set = false;
	kn_opts_set(&link_of(&host, "br0")->opts, KN_BROPT_STP, 1);
	assert_list(&host, &list,
		    "BRIDGE  STATE  STP  MAC                PORTS  ADDRESSES          FILE\n"
		    "br0     up     on   44:37:e6:4a:62:ad  eth0   192.168.12.118/24  ifcfg-br0\n"
		    "                                       vnet0\n"
		    "! br0: file and kernel differ in 2 points (kvmnet bridge show br0)\n");
}

static void the_list_of_a_root_knows_no_kernel(void **state)
{
	struct kn_state host = {0};

	(void)state;
	classic_files(&host);
	assert_list(&host, &list,
		    "BRIDGE  STATE  STP  MAC                 PORTS  ADDRESSES          FILE\n"
		    "br0     -      off  44:37:e6:4a:62:ad*  eth0   192.168.12.118/24  ifcfg-br0\n"
		    "* pinned: it does not change with the ports\n");
}

static void no_bridge_at_all_is_said(void **state)
{
	struct kn_state host = {.facts.live = true};

	(void)state;
	assert_list(&host, &list, "no bridges\n");
}

static void an_address_is_never_cut_and_a_pipe_gets_all(void **state)
{
	struct kn_state cut = classic_state(), whole = classic_state();
	struct kn_view_opts pipe = list;

	(void)state;
	add_addr(&cut, "2001:db8:1234:5678:9abc:def0:1234:5678/64", "br0");
	conf_of(&cut, "br0")->ip.slaac = true;
	for (int i = 1; i < 30; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "vnet%d", i);
		add_link(&cut, name, KN_LINK_TUN, "br0");
	}
	assert_list(&cut, &list,
		    "BRIDGE  STATE  STP  PORTS     ADDRESSES\n"
		    "br0     up     off  eth0      192.168.12.118/24\n"
		    "                    vnet0     2001:db8:1234:5678:9abc:def0:1234:5678/64\n"
		    "                    vnet1\n"
		    "                    vnet2\n"
		    "                    +27 more\n"
		    "* pinned: it does not change with the ports\n");
	pipe.width = 0;
	add_addr(&whole, "2001:db8:1234:5678:9abc:def0:1234:5678/64", "br0");
	conf_of(&whole, "br0")->ip.slaac = true;
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	OK(kn_view_bridges(&whole, &pipe, false, &buf, &err));
	assert_non_null(strstr(kn_buf_str(&buf), "2001:db8:1234:5678:9abc:def0:1234:5678/64"));
	state_done(&whole);
}

static void names_from_the_host_are_escaped_and_ascii_without_utf8(void **state)
{
	struct kn_state host = {.facts.live = true}, other = {.facts.live = true};
	struct kn_view_opts ascii = list;

	(void)state;
	add_link(&host, "b\033[2Jr", KN_LINK_BRIDGE, NULL);
	assert_list(&host, &list,
		    "BRIDGE     STATE  STP  MAC                 PORTS  ADDRESSES  FILE\n"
		    "b\\x1b[2Jr  up     off  44:37:e6:4a:62:ad*  -      -          -\n"
		    "* pinned: it does not change with the ports\n");
	ascii.utf8 = false;
	add_link(&other, "br\xc3\xa9", KN_LINK_BRIDGE, NULL);
	assert_list(&other, &ascii,
		    "BRIDGE      STATE  STP  MAC                 PORTS  ADDRESSES  FILE\n"
		    "br\\xc3\\xa9  up     off  44:37:e6:4a:62:ad*  -      -          -\n"
		    "* pinned: it does not change with the ports\n");
}

#define HEAD                                                                                       \
	"br0  bridge, up\n"                                                                        \
	"  mac         44:37:e6:4a:62:ad, pinned\n"                                                \
	"  mtu         1500\n"                                                                     \
	"  spanning    stp off, forward-delay 0, priority 32768, hello 2, max-age 20\n"            \
	"  options     ageing 300, mcast-snooping on, vlan-filtering off, nf-call off\n"
#define PORTS                                                                                      \
	"Ports:\n"                                                                                 \
	"  PORT   STATE       COST  FLAGS\n"                                                       \
	"  eth0   forwarding     4  -\n"                                                           \
	"  vnet0  forwarding     4  -\n"

static void show_says_everything_and_that_file_and_kernel_agree(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	OK(kn_strv_add(&conf_of(&host, "br0")->ip.search, "example.com", &err));
	conf_of(&host, "br0")->groups |= KN_GROUP_ZONE;
	conf_of(&host, "br0")->zone = strdup("public");
	assert_show(&host, "br0", &show,
		    HEAD "  addressing  static\n"
			 "  addresses   192.168.12.118/24\n"
			 "  routes      default via 192.168.12.1\n"
			 "              192.168.12.0/24 src 192.168.12.118\n"
			 "  dns         180.76.76.76 114.114.114.114\n"
			 "  search      example.com\n"
			 "  zone        public\n"
			 "  file        " SCRIPTS "ifcfg-br0\n" PORTS "file and kernel agree\n");
}

static void show_lists_differences_and_port_flags(void **state)
{
	struct kn_state host = classic_state();
	struct kn_link *tap = link_of(&host, "vnet0");

	(void)state;
	conf_of(&host, "br0")->groups |= KN_GROUP_MTU;
	conf_of(&host, "br0")->mtu = 9000;
	kn_opts_set(&tap->port_opts, KN_PORTOPT_ISOLATED, 1);
	kn_opts_set(&tap->port_opts, KN_PORTOPT_LEARNING, 0);
	tap->port_state = 4;
	add_conf(&host, "eth1", KN_CONF_ETHERNET, SCRIPTS "ifcfg-eth1")->bridge = name_of("br0");
	assert_show(&host, "br0", &show,
		    HEAD "  addressing  static\n"
			 "  addresses   192.168.12.118/24\n"
			 "  routes      default via 192.168.12.1\n"
			 "              192.168.12.0/24 src 192.168.12.118\n"
			 "  dns         180.76.76.76 114.114.114.114\n"
			 "  file        " SCRIPTS "ifcfg-br0\n"
			 "Ports:\n"
			 "  PORT   STATE       COST  FLAGS\n"
			 "  eth0   forwarding     4  -\n"
			 "  vnet0  blocking       4  isolated on, learning off\n"
			 "  eth1   absent         -  -\n"
			 "Differences between file and kernel:\n"
			 "  mtu: file 9000, kernel 1500\n"
			 "  port eth1: file port, kernel no such link\n");
}

static void show_tells_lifetimes_metrics_and_a_missing_file(void **state)
{
	struct kn_state host = {0};

	(void)state;
	classic_kernel(&host);
	host.facts.addrs[0].flags = 0;
	host.facts.addrs[0].valid_s = 3600;
	host.facts.addrs[0].preferred_s = 1800;
	host.facts.routes.v[0].has_metric = true;
	host.facts.routes.v[0].metric = 100;
	assert_show(&host, "br0", &show,
		    HEAD "  addresses   192.168.12.118/24, valid 3600 s, preferred 1800 s\n"
			 "  routes      default via 192.168.12.1 metric 100\n"
			 "              192.168.12.0/24 src 192.168.12.118\n"
			 "  file        none: it is gone after a reboot\n" PORTS
			 "Differences between file and kernel:\n"
			 "  bridge br0: in the kernel, not in the file\n");
}

static void show_of_files_alone_shows_what_they_say(void **state)
{
	struct kn_state host = {0};
	struct kn_view_opts opts = show;
	struct kn_route route = route_of("10.0.0.0/8", "192.168.12.2", "br0");

	(void)state;
	classic_files(&host);
	conf_of(&host, "br0")->ip.has_metric = true;
	conf_of(&host, "br0")->ip.metric = 100;
	OK(kn_routes_add(&conf_of(&host, "br0")->ip.routes, &route, &err));
	opts.root = "/tmp/tree";
	assert_show(&host, "br0", &opts,
		    "br0  bridge\n"
		    "  mac         44:37:e6:4a:62:ad, pinned\n"
		    "  spanning    stp off\n"
		    "  addressing  static\n"
		    "  addresses   192.168.12.118/24\n"
		    "  gateway     192.168.12.1 metric 100\n"
		    "  routes      10.0.0.0/8 via 192.168.12.2\n"
		    "  dns         180.76.76.76 114.114.114.114\n"
		    "  file        /tmp/tree" SCRIPTS "ifcfg-br0\n"
		    "Ports:\n"
		    "  PORT  STATE  COST  FLAGS\n"
		    "  eth0  -         -  -\n"
		    "The kernel was not looked at.\n");
}

static void assert_no_bridge(struct kn_state *host, const char *bridge, const char *message)
{
	struct kn_ifname name = name_of(bridge);
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};

	assert_int_equal(kn_view_bridge(host, &name, &show, false, &buf, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INPUT);
	assert_int_equal(kn_error_exit_code(&err), 2);
	assert_string_equal(err.message, message);
	assert_string_equal(err.hint, "kvmnet bridge list shows the bridges there are");
	assert_int_equal(buf.len, 0);
}

static void an_unknown_bridge_is_an_input_error(void **state)
{
	struct kn_state host = classic_state(), files = {0};

	(void)state;
	assert_no_bridge(&host, "br7", "no bridge br7: neither in the kernel nor in the files");
	assert_no_bridge(&host, "eth0", "eth0 is no bridge");
	assert_no_bridge(&files, "br7", "no bridge br7: it is not in the files");
	state_done(&host);
}

/* ---- JSON ---- */

static struct json_object *member(struct json_object *top, const char *path)
{
	struct json_object *found = NULL;
	char pointer[64] = "/";

	assert_true(strlen(path) + 2 < sizeof(pointer));
	memcpy(pointer + 1, path, strlen(path) + 1);
	if (json_pointer_get(top, pointer, &found) != 0)
		fail_msg("no %s in the document", path);
	return found;
}

static void assert_str(struct json_object *top, const char *path, const char *want)
{
	assert_string_equal(json_object_get_string(member(top, path)), want);
}

static struct json_object *parse(const struct kn_buf *buf)
{
	enum json_tokener_error why;
	struct json_object *top = json_tokener_parse_verbose(kn_buf_str(buf), &why);

	assert_int_equal(why, json_tokener_success);
	return top;
}

static void the_lists_json_has_every_bridge(void **state)
{
	struct kn_state host = classic_state();
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	(void)state;
	add_conf(&host, "br9", KN_CONF_BRIDGE, SCRIPTS "ifcfg-br9");
	OK(kn_view_bridges(&host, &list, true, &buf, &err));
	struct json_object *top = parse(&buf);
	assert_str(top, "schema", "kvmnet.bridge-list/1");
	assert_int_equal(json_object_array_length(member(top, "bridges")), 2);
	assert_str(top, "bridges/0/name", "br0");
	assert_str(top, "bridges/0/state", "up");
	assert_str(top, "bridges/0/mac", "44:37:e6:4a:62:ad");
	assert_true(json_object_get_boolean(member(top, "bridges/0/mac_pinned")));
	assert_str(top, "bridges/0/ports/1", "vnet0");
	assert_str(top, "bridges/0/addresses/0/address", "192.168.12.118/24");
	assert_str(top, "bridges/0/file", SCRIPTS "ifcfg-br0");
	assert_int_equal(json_object_array_length(member(top, "bridges/0/differences")), 0);
	assert_str(top, "bridges/1/state", "absent");
	assert_false(json_object_get_boolean(member(top, "bridges/1/in_kernel")));
	assert_str(top, "bridges/1/differences/0/what", "bridge");
	assert_int_equal(json_object_array_length(member(top, "errors")), 0);
	json_object_put(top);
	state_done(&host);
}

static void the_shows_json_has_values_with_types_and_units(void **state)
{
	struct kn_state host = classic_state();
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_ifname br0 = name_of("br0");

	(void)state;
	host.facts.addrs[0].valid_s = 3600;
	kn_opts_set(&link_of(&host, "br0")->opts, KN_BROPT_HELLO, 150);
	kn_opts_set(&link_of(&host, "br0")->opts, KN_BROPT_STP, 1);
	OK(kn_view_bridge(&host, &br0, &show, true, &buf, &err));
	struct json_object *top = parse(&buf);
	assert_str(top, "schema", "kvmnet.bridge-show/1");
	assert_int_equal(json_object_get_int(member(top, "bridge/mtu")), 1500);
	assert_true(json_object_get_boolean(member(top, "bridge/options/stp")));
	assert_str(top, "bridge/options/hello", "1.50");
	assert_int_equal(json_object_get_int(member(top, "bridge/options/max-age")), 20);
	assert_str(top, "bridge/ports/0/state", "forwarding");
	assert_int_equal(json_object_get_int(member(top, "bridge/ports/0/options/cost")), 4);
	assert_int_equal(json_object_get_int(member(top, "bridge/addresses/0/valid_s")), 3600);
	assert_null(member(top, "bridge/addresses/0/preferred_s"));
	assert_str(top, "bridge/routes/0/destination", "0.0.0.0/0");
	assert_str(top, "bridge/routes/0/gateway", "192.168.12.1");
	assert_null(member(top, "bridge/routes/0/metric"));
	assert_str(top, "bridge/dns/1", "114.114.114.114");
	assert_str(top, "differences/0/what", "stp");
	assert_str(top, "differences/0/device", "br0");
	assert_str(top, "differences/0/file", "off");
	assert_str(top, "differences/0/kernel", "on");
	assert_str(top, "differences/0/text", "stp: file off, kernel on");
	json_object_put(top);
	state_done(&host);
}

static void json_of_files_alone_has_null_for_what_only_the_kernel_knows(void **state)
{
	struct kn_state host = {0};
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_ifname br0 = name_of("br0");

	(void)state;
	classic_files(&host);
	OK(kn_view_bridge(&host, &br0, &show, true, &buf, &err));
	struct json_object *top = parse(&buf);
	assert_null(member(top, "bridge/state"));
	assert_null(member(top, "bridge/mtu"));
	assert_null(member(top, "bridge/options/ageing"));
	assert_false(json_object_get_boolean(member(top, "bridge/options/stp")));
	assert_null(member(top, "bridge/ports/0/state"));
	assert_str(top, "bridge/addresses/0/address", "192.168.12.118/24");
	assert_str(top, "bridge/routes/0/gateway", "192.168.12.1");
	json_object_put(top);
	state_done(&host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_shows_kernel_and_file_bridges),
		cmocka_unit_test(the_list_tells_of_differences),
		cmocka_unit_test(the_list_of_a_root_knows_no_kernel),
		cmocka_unit_test(no_bridge_at_all_is_said),
		cmocka_unit_test(an_address_is_never_cut_and_a_pipe_gets_all),
		cmocka_unit_test(names_from_the_host_are_escaped_and_ascii_without_utf8),
		cmocka_unit_test(show_says_everything_and_that_file_and_kernel_agree),
		cmocka_unit_test(show_lists_differences_and_port_flags),
		cmocka_unit_test(show_tells_lifetimes_metrics_and_a_missing_file),
		cmocka_unit_test(show_of_files_alone_shows_what_they_say),
		cmocka_unit_test(an_unknown_bridge_is_an_input_error),
		cmocka_unit_test(the_lists_json_has_every_bridge),
		cmocka_unit_test(the_shows_json_has_values_with_types_and_units),
		cmocka_unit_test(json_of_files_alone_has_null_for_what_only_the_kernel_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
