/* Decisions of the resolver by table: who reads the files and what NM_CONTROLLED says to it, the
 * bridge's MAC address, STP and its forward delay. Layer: tests. */
#include "resolve_words.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Host: s = scripts installed, 7 = of RHEL 7, S = enabled, n = plugin, N = NetworkManager enabled
 */
static struct kn_host host(const char *letters)
{
	return (struct kn_host){.has_scripts = strchr(letters, 's'),
				.scripts_seconds = strchr(letters, '7'),
				.scripts_enabled = strchr(letters, 'S'),
				.has_nm_plugin = strchr(letters, 'n'),
				.nm_enabled = strchr(letters, 'N'),
				.seed = 4711};
}

static void test_the_reader_is_the_one_program_that_will_bring_the_files_up(void **state)
{
	static const struct {
		const char *host;
		enum kn_reader asked, want; /* want AUTO: refused, two-managers */
	} rows[] = {
		{"sS", KN_READER_AUTO, KN_READER_SCRIPTS_8},
		{"s7S", KN_READER_AUTO, KN_READER_SCRIPTS_7},
		{"sSnN", KN_READER_AUTO, KN_READER_SCRIPTS_8},
		{"s7SnN", KN_READER_AUTO, KN_READER_SCRIPTS_7},
		{"s", KN_READER_AUTO, KN_READER_SCRIPTS_8},
		{"s7", KN_READER_AUTO, KN_READER_SCRIPTS_7},
		{"sN", KN_READER_AUTO, KN_READER_SCRIPTS_8},
		{"n", KN_READER_AUTO, KN_READER_NM},
		{"nN", KN_READER_AUTO, KN_READER_NM},
		{"snN", KN_READER_AUTO, KN_READER_NM},
		{"s7nN", KN_READER_AUTO, KN_READER_NM},
		{"", KN_READER_AUTO, KN_READER_NONE},
		{"N", KN_READER_AUTO, KN_READER_NONE},
		{"sn", KN_READER_AUTO, KN_READER_AUTO},
		{"s7n", KN_READER_AUTO, KN_READER_AUTO},
		{"sn", KN_READER_NM, KN_READER_NM},
		{"sn", KN_READER_SCRIPTS_8, KN_READER_SCRIPTS_8},
		{"sS", KN_READER_NM, KN_READER_NM},
		{"nN", KN_READER_SCRIPTS_7, KN_READER_SCRIPTS_7},
		{"", KN_READER_SCRIPTS_8, KN_READER_SCRIPTS_8},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_create(&px);
		px.host = host(rows[i].host);
		px.spec.reader = rows[i].asked;
		int r = px_resolve(&px);
		if (rows[i].want == KN_READER_AUTO) {
			assert_int_equal(r, -1);
			assert_string_equal(px.err.rule, "two-managers");
		} else if (r < 0 || px.target.reader != rows[i].want) {
			fail_msg("row %zu \"%s\": %s", i, rows[i].host,
				 r < 0 ? px.err.message : kn_reader_word(px.target.reader));
		}
		assert_int_equal(px_note(&px, "nothing installed here reads") != NULL,
				 rows[i].want == KN_READER_NONE);
		px_done(&px);
	}
}

static void test_nm_controlled_keeps_the_other_reader_away(void **state)
{
	static const struct {
		const char *host, *eth0; /* what the uplink's file says of it */
		enum kn_tri want;
	} rows[] = {
		{"sS", "", KN_NO},
		{"sS", "NM_CONTROLLED=no\n", KN_NO},
		{"sS", "NM_CONTROLLED=yes\n", KN_NO},
		{"s7SnN", "", KN_NO},
		{"s", "NM_CONTROLLED=yes\n", KN_NO},
		{"nN", "", KN_UNSET},
		{"nN", "NM_CONTROLLED=no\n", KN_UNSET},
		{"snN", "NM_CONTROLLED=no\n", KN_UNSET},
		{"", "", KN_UNSET},
		{"", "NM_CONTROLLED=yes\n", KN_UNSET},
		{"", "NM_CONTROLLED=no\n", KN_NO},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[128];
		struct px px;

		px_create(&px);
		px.host = host(rows[i].host);
		(void)snprintf(text, sizeof(text), "DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\n%s",
			       rows[i].eth0);
		px_file(&px, "ifcfg-eth0", text);
		if (px_resolve(&px) < 0 || px.target.nm_controlled != rows[i].want)
			fail_msg("row %zu: %d %s", i, px.target.nm_controlled, px.err.message);
		px_done(&px);
	}
}

/* Each place holds an address of its own last byte: 1 --mac, 2 the bridge's file, 3 the uplink's
 * MACADDR, 4 the uplink, 5 its HWADDR, 6 the bridge in the kernel, pinned. 0x02 in front: made
 * up.*/
enum place {
	OPTION = 1 << 1,
	BR_FILE = 1 << 2,
	UP_MACADDR = 1 << 3,
	UP_LINK = 1 << 4,
	UP_HWADDR = 1 << 5,
	BR_LINK = 1 << 6,
	ASK_UPLINK = 1 << 7,
	NO_PORT = 1 << 8,
	NO_SEED = 1 << 9,
};

#define MAC(n) "44:00:00:00:00:0" #n

static void mac_files(struct px *px, unsigned int places)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\n%s%s",
		       places & UP_MACADDR ? "MACADDR=" MAC(3) "\n" : "",
		       places & UP_HWADDR ? "HWADDR=" MAC(5) "\n" : "");
	if (places & (UP_MACADDR | UP_HWADDR))
		px_file(px, "ifcfg-eth0", text);
	if (places & BR_FILE)
		px_file(px, "ifcfg-br0",
			"DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=none\nMACADDR=" MAC(2) "\n");
}

static void mac_world(struct px *px, unsigned int places)
{
	struct kn_mac mac = {{0x44, 0, 0, 0, 0, 0}};

	px_bare(px, KN_BRIDGE_CREATE);
	px->no_live = !(places & (UP_LINK | BR_LINK));
	if (!(places & NO_PORT))
		px_port(px, "eth0");
	px_link(px, "eth0")->has_mac = places & UP_LINK;
	mac.b[5] = 4;
	px_link(px, "eth0")->mac = mac;
	if (places & BR_LINK) {
		struct kn_link *br = fake_add_link(&px->fake, "br0", KN_LINK_BRIDGE);

		mac.b[5] = 6;
		br->mac = mac;
		br->mac_set = true;
	}
	mac_files(px, places);
	mac.b[5] = 1;
	px->spec.mac = mac;
	px->spec.mac_mode = places & OPTION	  ? KN_MAC_GIVEN
			    : places & ASK_UPLINK ? KN_MAC_UPLINK
						  : KN_MAC_DEFAULT;
	px->host.seed = places & NO_SEED ? 0 : 4711;
}

static void test_the_bridges_mac_comes_from_the_first_place_that_has_one(void **state)
{
	static const struct {
		unsigned int places;
		int want; /* 1..6 as above, 2000 made up, -1 none and a warning */
	} rows[] = {
		{OPTION | BR_FILE | UP_MACADDR | UP_LINK | UP_HWADDR | BR_LINK, 1},
		{BR_FILE | UP_MACADDR | UP_LINK | UP_HWADDR | BR_LINK, 2},
		{ASK_UPLINK | BR_FILE | UP_MACADDR | UP_LINK | UP_HWADDR | BR_LINK, 3},
		{UP_MACADDR | UP_LINK | UP_HWADDR | BR_LINK, 3},
		{ASK_UPLINK | BR_FILE | UP_LINK | UP_HWADDR | BR_LINK, 4},
		{UP_LINK | UP_HWADDR | BR_LINK, 4},
		{UP_LINK | BR_LINK, 4},
		{UP_LINK, 4},
		{UP_HWADDR | BR_LINK, 5},
		{UP_HWADDR, 5},
		{BR_LINK, 6},
		{OPTION | NO_PORT, 1},
		{BR_FILE | NO_PORT, 2},
		{BR_LINK | NO_PORT, 6},
		{NO_PORT, 2000},
		{NO_PORT | NO_SEED, -1},
		{NO_SEED, -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		mac_world(&px, rows[i].places);
		if (px_resolve(&px) < 0)
			fail_msg("row %zu: %s", i, px.err.message);
		const struct kn_mac *mac = &px.target.mac;
		int have = !px.target.has_mac ? -1 : mac->b[0] == 2 ? 2000 : mac->b[5];
		if (have != rows[i].want)
			fail_msg("row %zu: %d instead of %d", i, have, rows[i].want);
		assert_int_equal(px_note(&px, "no fixed MAC") != NULL, rows[i].want == -1);
		px_done(&px);
	}
}

static void test_a_made_up_mac_is_stable_here_and_different_elsewhere(void **state)
{
	static const struct {
		const char *bridge;
		uint64_t seed;
	} hosts[] = {{"br0", 4711}, {"br0", 4711}, {"br0", 4712}, {"br1", 4711}};
	struct kn_mac macs[COUNT(hosts)];

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct px px;

		px_bare(&px, KN_BRIDGE_CREATE);
		px.spec.bridge = px_name(hosts[i].bridge);
		px.host.seed = hosts[i].seed;
		assert_int_equal(px_resolve(&px), 0);
		macs[i] = px.target.mac;
		assert_int_equal(macs[i].b[0], 2);
		px_done(&px);
	}
	assert_true(kn_mac_eq(&macs[0], &macs[1]));
	assert_false(kn_mac_eq(&macs[0], &macs[2]));
	assert_false(kn_mac_eq(&macs[0], &macs[3]));
}

#define NOT_SET UINT32_MAX

static void give_stp(struct px *px, uint32_t stp, uint32_t delay)
{
	if (stp != NOT_SET)
		kn_opts_set(&px->spec.opts, KN_BROPT_STP, stp);
	if (delay != NOT_SET)
		kn_opts_set(&px->spec.opts, KN_BROPT_FORWARD_DELAY, delay);
}

static void test_a_new_bridge_forwards_at_once_unless_stp_is_asked_for(void **state)
{
	static const struct {
		uint32_t stp, delay, want_stp, want_delay; /* want_stp NOT_SET: refused */
	} rows[] = {
		{NOT_SET, NOT_SET, 0, 0}, {0, NOT_SET, 0, 0},	{1, NOT_SET, 1, 1500},
		{1, 200, 1, 200},	  {1, 3000, 1, 3000},	{0, 400, 0, 400},
		{NOT_SET, 400, 0, 400},	  {1, 199, NOT_SET, 0}, {1, 0, NOT_SET, 0},
		{NOT_SET, 100, 0, 100},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_create(&px);
		give_stp(&px, rows[i].stp, rows[i].delay);
		int r = px_resolve(&px);
		assert_int_equal(r, rows[i].want_stp == NOT_SET ? -1 : 0);
		if (r < 0) {
			assert_int_equal(px.err.kind, KN_ERR_INPUT);
			assert_non_null(strstr(px.err.hint, "--forward-delay"));
		} else {
			assert_int_equal(kn_opts_get(&px.target.opts, KN_BROPT_STP, 99),
					 rows[i].want_stp);
			assert_int_equal(kn_opts_get(&px.target.opts, KN_BROPT_FORWARD_DELAY, 99),
					 rows[i].want_delay);
		}
		px_done(&px);
	}
}

/* set on a bridge that has STP and a forward delay (from its file) already. */
static void test_set_keeps_stp_and_its_delay_in_agreement(void **state)
{
	static const struct {
		const char *has;	       /* STP and DELAY of the file, centiseconds */
		uint32_t stp, delay;	       /* given */
		uint32_t want_stp, want_delay; /* NOT_SET: not touched */
		bool refused;
	} rows[] = {
		{"STP=no\nDELAY=0\n", NOT_SET, NOT_SET, NOT_SET, NOT_SET, false},
		{"STP=no\nDELAY=0\n", 1, NOT_SET, 1, 1500, false},
		{"STP=no\nDELAY=400\n", 1, NOT_SET, 1, NOT_SET, false},
		{"STP=no\nDELAY=0\n", 1, 600, 1, 600, false},
		{"STP=no\nDELAY=0\n", NOT_SET, 100, NOT_SET, 100, false},
		{"STP=yes\nDELAY=400\n", 0, NOT_SET, 0, NOT_SET, false},
		{"STP=yes\nDELAY=400\n", 0, 0, 0, 0, false},
		{"STP=yes\nDELAY=400\n", NOT_SET, 0, NOT_SET, NOT_SET, true},
		{"STP=yes\nDELAY=400\n", NOT_SET, 800, NOT_SET, 800, false},
		{"STP=yes\nDELAY=400\n", NOT_SET, NOT_SET, NOT_SET, NOT_SET, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[128];
		struct px px;

		px_bare(&px, KN_BRIDGE_SET);
		px.no_live = true;
		(void)snprintf(text, sizeof(text), "DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=none\n%s",
			       rows[i].has);
		px_file(&px, "ifcfg-br0", text);
		give_stp(&px, rows[i].stp, rows[i].delay);
		int r = px_resolve(&px);
		if ((r < 0) != rows[i].refused)
			fail_msg("row %zu: %s", i, px.err.message);
		const struct kn_opts *opts = &px.target.opts;
		uint32_t stp = kn_opts_get(opts, KN_BROPT_STP, NOT_SET);
		uint32_t delay = kn_opts_get(opts, KN_BROPT_FORWARD_DELAY, NOT_SET);
		if (r == 0 && (stp != rows[i].want_stp || delay != rows[i].want_delay))
			fail_msg("row %zu: stp %u, delay %u", i, stp, delay);
		px_done(&px);
	}
}

static void test_set_on_a_card_says_how_a_bridge_is_made_over_it(void **state)
{
	struct px px;

	(void)state;
	px_bare(&px, KN_BRIDGE_SET);
	px.spec.bridge = px_name("eth5");
	fake_add_link(&px.fake, "eth5", KN_LINK_PHYSICAL);
	px.spec.mtu = 1400;
	px.spec.given = KN_GROUP_MTU;
	assert_int_equal(px_plan(&px), -1);
	assert_string_equal(px.err.message, "eth5 exists and is no bridge");
	assert_non_null(strstr(px.err.hint, "kvmnet bridge create br0 --port eth5"));
	px_done(&px);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_reader_is_the_one_program_that_will_bring_the_files_up),
		cmocka_unit_test(test_nm_controlled_keeps_the_other_reader_away),
		cmocka_unit_test(test_the_bridges_mac_comes_from_the_first_place_that_has_one),
		cmocka_unit_test(test_a_made_up_mac_is_stable_here_and_different_elsewhere),
		cmocka_unit_test(test_a_new_bridge_forwards_at_once_unless_stp_is_asked_for),
		cmocka_unit_test(test_set_keeps_stp_and_its_delay_in_agreement),
		cmocka_unit_test(test_set_on_a_card_says_how_a_bridge_is_made_over_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
