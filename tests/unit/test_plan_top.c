/* Whose frames are whose: VLANs beside a bridge on one card, macvlans, and what the plan says of
 * them. */
#include "plan_fixture.h"

#include "plan/after.h"

static struct kn_link *add_vlan(struct px *px, const char *name, const char *link, uint16_t id)
{
	struct kn_link *vlan = fake_add_link(&px->fake, name, KN_LINK_VLAN);

	vlan->lower = px_name(link);
	vlan->vlan_id = id;
	return vlan;
}

static void add_top(struct px *px, const char *name, const char *link, const char *word)
{
	struct kn_link *top = fake_add_link(&px->fake, name, KN_LINK_MACVLAN);

	top->lower = px_name(link);
	(void)snprintf(top->kind_word, sizeof(top->kind_word), "%s", word);
}

static void on_bridge_vlan(struct px *px, const char *dev, uint16_t first, uint16_t last,
			   bool untagged)
{
	struct kn_port_vlan row = {px_name(dev), first, last, untagged, untagged};

	kn_opts_set(&px_link(px, "br0")->opts, KN_BROPT_VLAN_FILTERING, 1);
	assert_int_equal(kn_facts_add_vlan(&px->fake.facts, &row, &px->err), 0);
}

/* [vlan eth0.20] on eth0, the port of br0 */
static void vlan_on_port(struct px *px)
{
	px_bridged(px, KN_VLAN_CREATE);
	px->spec.bridge = px_name("eth0.20");
	px->spec.vlan = (struct kn_vlan){px_name("eth0"), 20};
	/* The fixture asks for ports; the engine also for what a VLAN is of. */
	px_port(px, "eth0");
}

/* The same, of files alone. */
static void vlan_in_files(struct px *px)
{
	vlan_on_port(px);
	px->no_live = true;
}

static void vlan_on_bridge(struct px *px)
{
	vlan_on_port(px);
	px->spec.bridge = px_name("br0.20");
	px->spec.vlan.link = px_name("br0");
	px_port(px, "br0");
}

static void create_bridge(struct px *px)
{
	px_create(px);
}

static void bridge_in_files(struct px *px)
{
	px_bare(px, KN_BRIDGE_CREATE);
	px_port(px, "eth0");
	px->no_live = true;
	px->spec.no_ip = true;
}

/* ---- what is found there ---- */

static void nothing(struct px *px)
{
	(void)px;
}

static void bridge_has_it(struct px *px)
{
	add_vlan(px, "br0.20", "br0", 20);
}

static void bridge_has_another(struct px *px)
{
	add_vlan(px, "br0.21", "br0", 21);
}

static void bridges_file_has_it(struct px *px)
{
	px_file(px, "ifcfg-br0.20", "DEVICE=br0.20\nVLAN=yes\nONBOOT=yes\nBOOTPROTO=none\n");
}

static void port_has_it(struct px *px)
{
	add_vlan(px, "eth0.20", "eth0", 20);
}

static void guests_have_it(struct px *px)
{
	on_bridge_vlan(px, "eth0", 1, 1, true);
	on_bridge_vlan(px, "eth0", 10, 30, false);
}

static void no_guest_has_it(struct px *px)
{
	on_bridge_vlan(px, "eth0", 1, 1, true);
	on_bridge_vlan(px, "eth0", 21, 30, false);
	on_bridge_vlan(px, "eth9", 20, 20, false);
}

static void it_comes_untagged(struct px *px)
{
	on_bridge_vlan(px, "eth0", 20, 20, true);
}

static void a_bonds_port(struct px *px)
{
	px_file(px, "ifcfg-eth0",
		"DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nMASTER=bond0\nSLAVE=yes\nNM_CONTROLLED="
		"no\n");
	px_file(px, "ifcfg-bond0",
		"DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\nONBOOT=yes\nBOOTPROTO=none\nNM_"
		"CONTROLLED=no\n");
}

static void card_has_vlans(struct px *px)
{
	add_vlan(px, "eth0.10", "eth0", 10);
	add_vlan(px, "lan", "eth0", 11);
}

static void card_has_one(struct px *px)
{
	add_vlan(px, "eth0.10", "eth0", 10);
}

static void cards_file_has_vlan(struct px *px)
{
	px_file(px, "ifcfg-eth0.10", "DEVICE=eth0.10\nVLAN=yes\nONBOOT=yes\nBOOTPROTO=none\n");
}

static void card_has_macvtap(struct px *px)
{
	add_top(px, "guest7", "eth0", "macvtap");
}

static void card_has_ipvlan(struct px *px)
{
	add_top(px, "cont7", "eth0", "ipvlan");
}

/* ---- what becomes of it ---- */

enum { FINE, NOTED, REFUSED };

static const struct {
	void (*asked)(struct px *px), (*found)(struct px *px);
	int what;
	enum kn_error_kind kind;
	const char *rule, *text; /* a part of the note or message */
} rows[] = {
	{vlan_on_port, nothing, NOTED, 0, NULL,
	 "the frames of VLAN 20 that come in on eth0 go to eth0.20, and do not reach br0"},
	{vlan_on_port, bridge_has_another, NOTED, 0, NULL, "do not reach br0"},
	{vlan_on_port, bridge_has_it, REFUSED, KN_ERR_REFUSED, "vlan-taken",
	 "br0.20 would get no frame that comes in on eth0: VLAN 20 there is eth0.20"},
	{vlan_on_port, guests_have_it, REFUSED, KN_ERR_REFUSED, "vlan-taken",
	 "br0 has VLAN 20 on its port eth0"},
	{vlan_on_port, no_guest_has_it, FINE, 0, NULL, NULL},
	{vlan_on_port, it_comes_untagged, FINE, 0, NULL, NULL},
	{vlan_in_files, nothing, NOTED, 0, NULL, "do not reach br0"},
	{vlan_in_files, bridges_file_has_it, REFUSED, KN_ERR_REFUSED, "vlan-taken",
	 "br0.20 would get no frame that comes in on eth0"},
	{vlan_in_files, a_bonds_port, REFUSED, KN_ERR_INPUT, "", "eth0 is a port of bond0"},
	{vlan_on_bridge, nothing, FINE, 0, NULL, NULL},
	{vlan_on_bridge, port_has_it, REFUSED, KN_ERR_REFUSED, "vlan-taken",
	 "br0.20 would get no frame that comes in on eth0: VLAN 20 there is eth0.20"},
	{create_bridge, nothing, FINE, 0, NULL, NULL},
	{create_bridge, card_has_one, NOTED, 0, NULL,
	 "eth0.10 stays on eth0 and keeps the frames of its VLAN: they do not reach br0"},
	{create_bridge, card_has_vlans, NOTED, 0, NULL,
	 "eth0.10, lan stay on eth0 and keep the frames of their VLANs: they do not reach br0"},
	{create_bridge, card_has_macvtap, REFUSED, KN_ERR_REFUSED, "",
	 "eth0 cannot be a port of br0: guest7 (macvtap) stands on it"},
	{create_bridge, card_has_ipvlan, REFUSED, KN_ERR_REFUSED, "", "cont7 (ipvlan)"},
	{bridge_in_files, cards_file_has_vlan, NOTED, 0, NULL, "eth0.10 stays on eth0"},
};

static void judge(size_t i, struct px *px, int r)
{
	if (rows[i].what == REFUSED) {
		if (r == 0)
			fail_msg("case %zu is not refused", i);
		if (px->err.kind != rows[i].kind || strcmp(px->err.rule, rows[i].rule) != 0 ||
		    !strstr(px->err.message, rows[i].text) || !px->err.hint[0])
			fail_msg("case %zu: %s: %s", i, px->err.rule, px->err.message);
		return;
	}
	if (r < 0)
		fail_msg("case %zu: %s", i, px->err.message);
	if (rows[i].what == NOTED && !px_note(px, rows[i].text))
		fail_msg("case %zu: not said (%s)", i,
			 px->plan.n_notes ? px->plan.notes[0].text : "nothing is");
	if (rows[i].what == FINE && px_note(px, "reach"))
		fail_msg("case %zu: %s", i, px_note(px, "reach")->text);
}

static void test_of_two_that_want_a_frame_one_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct px px;

		rows[i].asked(&px);
		rows[i].found(&px);
		judge(i, &px, px_plan(&px));
		px_done(&px);
	}
}

/* Nothing is taken away by what is there already: a second run is silent, and never refused. */
static void test_what_is_there_already_is_left_in_peace(void **state)
{
	struct px px;

	(void)state;
	vlan_on_port(&px);
	port_has_it(&px);
	bridge_has_it(&px);
	guests_have_it(&px);
	if (px_plan(&px) < 0)
		fail_msg("%s", px.err.message);
	assert_null(px_note(&px, "reach"));
	px_done(&px);
	px_bridged(&px, KN_BRIDGE_CREATE);
	px_port(&px, "eth0");
	card_has_one(&px);
	card_has_macvtap(&px);
	if (px_plan(&px) < 0)
		fail_msg("%s", px.err.message);
	assert_null(px_note(&px, "reach"));
	px_done(&px);
}

static void test_forced_it_is_a_warning(void **state)
{
	struct px px;

	(void)state;
	vlan_on_port(&px);
	guests_have_it(&px);
	assert_int_equal(kn_strv_add(&px.spec.force, "vlan-taken", &px.err), 0);
	if (px_plan(&px) < 0)
		fail_msg("%s", px.err.message);
	assert_int_equal(px_note(&px, "guests in it would get no frame")->level, KN_NOTE_WARNING);
	px_done(&px);
}

/* ---- what a new link has from the one below ---- */

static uint8_t gen_mode_after(struct kn_facts *facts, enum kn_op_kind kind)
{
	struct kn_op op = {.kind = kind, .dev = px_name("new0")};
	struct kn_error err = {0};

	op.vlan.of = (struct kn_vlan){px_name("eth0"), 20};
	if (kind != KN_OP_VLAN_ADD)
		memset(&op.bridge, 0, sizeof(op.bridge));
	assert_int_equal(kn_facts_after(facts, &op, &err), 0);
	return kn_facts_link(facts, &op.dev)->addr_gen_mode;
}

/* A port makes no addresses, its new VLAN does; without IPv6 in the kernel nothing can be said. */
static void test_a_new_link_makes_addresses_whatever_the_one_below_does(void **state)
{
	static const enum kn_op_kind kinds[] = {KN_OP_VLAN_ADD, KN_OP_BOND_ADD, KN_OP_BRIDGE_ADD};
	static const uint8_t below[] = {0, 1, 3, UINT8_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		for (size_t k = 0; k < sizeof(below) / sizeof(*below); k++) {
			struct kn_link eth0 = {.name = px_name("eth0"), .addr_gen_mode = below[k]};
			struct kn_facts facts = {.live = true};
			struct kn_error err = {0};

			assert_int_equal(kn_facts_add_link(&facts, &eth0, &err), 0);
			assert_int_equal(gen_mode_after(&facts, kinds[i]),
					 below[k] == UINT8_MAX ? UINT8_MAX : 0);
			kn_facts_done(&facts);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_two_that_want_a_frame_one_is_told),
		cmocka_unit_test(test_what_is_there_already_is_left_in_peace),
		cmocka_unit_test(test_forced_it_is_a_warning),
		cmocka_unit_test(test_a_new_link_makes_addresses_whatever_the_one_below_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
