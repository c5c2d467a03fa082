/* Which change waits for a confirmation, for how long, and what the SSH session is told.
 * Layer: tests. */
#include "plan_fixture.h"

#define HOST_IP	 "192.168.12.118" /* px_create()'s; the session is on it */
#define OTHER_IP "192.168.12.200/24"

/* bridge create br0 --port eth0, typed in an SSH session over eth0 at a terminal */
static void session(struct px *px)
{
	px_create(px);
	px->ssh = HOST_IP;
	px->spec.can_ask = true;
}

static void plan_ok(struct px *px)
{
	if (px_plan(px) < 0)
		fail_msg("%s", px->err.message);
	assert_false(kn_plan_is_empty(&px->plan));
}

static void test_nobody_is_asked_without_a_reason(void **state)
{
	struct px px;

	(void)state;
	/* no session; one over another address; nobody at a terminal */
	session(&px);
	px.ssh = NULL;
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 0);
	px_done(&px);
	session(&px);
	px.ssh = "10.0.0.1";
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 0);
	px_done(&px);
	session(&px);
	px.spec.can_ask = false;
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 0);
	assert_non_null(px_note(&px, "runs over eth0"));
	assert_null(px_note(&px, "undone after"));
	px_done(&px);
}

static void test_a_session_on_the_moved_port_is_asked_for_two_minutes(void **state)
{
	struct px px;

	(void)state;
	session(&px);
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 120);
	assert_non_null(px_note(&px, "everything is undone after 120 s"));
	px_done(&px);
}

static void test_what_was_asked_for_holds_without_any_session(void **state)
{
	struct px px;

	(void)state;
	px_create(&px);
	px.spec.confirm_s = 7;
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 7);
	px_done(&px);
	session(&px);
	px.spec.confirm_s = 300;
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 300);
	assert_non_null(px_note(&px, "everything is undone after 300 s"));
	px_done(&px);
}

static void test_files_alone_need_no_confirmation(void **state)
{
	struct px px;

	(void)state;
	session(&px);
	px.no_live = true;
	px_file(&px, "ifcfg-eth0", "DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\n");
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 0);
	px_done(&px);
}

static void test_spanning_tree_needs_more_time_than_a_port_is_silent(void **state)
{
	static const struct {
		uint32_t delay_cs, given_s, wanted_s; /* wanted 0 = refused */
	} rows[] = {
		{1500, 0, 120}, {3000, 0, 120}, {1500, 40, 40}, {1500, 39, 0},
		{3000, 70, 70}, {3000, 69, 0},	{250, 15, 15},	{250, 14, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct px px;

		session(&px);
		kn_opts_set(&px.spec.opts, KN_BROPT_STP, 1);
		kn_opts_set(&px.spec.opts, KN_BROPT_FORWARD_DELAY, rows[i].delay_cs);
		px.spec.confirm_s = rows[i].given_s;
		int r = px_plan(&px);
		if ((r == 0) != (rows[i].wanted_s > 0) || px.plan.confirm_s != rows[i].wanted_s)
			fail_msg("row %zu: %d, %u s: %s", i, r, px.plan.confirm_s, px.err.message);
		if (r < 0) {
			char hint[32];

			assert_int_equal(px.err.kind, KN_ERR_INPUT);
			(void)snprintf(hint, sizeof(hint), "--confirm %u or more",
				       rows[i].given_s + 1);
			assert_string_equal(px.err.hint, hint);
		}
		px_done(&px);
	}
}

static void test_a_bridge_that_has_spanning_tree_already_counts_too(void **state)
{
	struct px px;

	(void)state;
	px_bridged(&px, KN_BRIDGE_SET);
	kn_opts_set(&px_link(&px, "br0")->opts, KN_BROPT_STP, 1);
	kn_opts_set(&px_link(&px, "br0")->opts, KN_BROPT_FORWARD_DELAY, 1500);
	px.spec.given = KN_GROUP_MTU;
	px.spec.mtu = 1400;
	px.spec.confirm_s = 39;
	assert_int_equal(px_plan(&px), -1);
	assert_non_null(strstr(px.err.message, "br0 is silent for 30 seconds"));
	px_done(&px);
	/* one that goes keeps nobody waiting */
	px_bridged(&px, KN_BRIDGE_DELETE);
	kn_opts_set(&px_link(&px, "br0")->opts, KN_BROPT_STP, 1);
	kn_opts_set(&px_link(&px, "br0")->opts, KN_BROPT_FORWARD_DELAY, 1500);
	px.spec.confirm_s = 10;
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 10);
	px_done(&px);
}

static void test_an_address_that_goes_needs_a_confirmation_asked_for(void **state)
{
	struct px px;

	(void)state;
	session(&px);
	px_static(&px, OTHER_IP);
	px_gateway(&px, "192.168.12.1");
	assert_int_equal(px_plan(&px), -1);
	assert_int_equal(px.err.kind, KN_ERR_REFUSED);
	assert_string_equal(px.err.rule, "ssh-address");
	assert_non_null(strstr(px.err.hint, "--confirm SEC"));
	px_done(&px);

	session(&px);
	px_static(&px, OTHER_IP);
	px_gateway(&px, "192.168.12.1");
	px.spec.confirm_s = 60;
	plan_ok(&px);
	assert_int_equal(px.plan.confirm_s, 60);
	const struct kn_note *note = px_note(&px, "takes away");
	assert_non_null(note);
	assert_int_equal(note->level, KN_NOTE_WARNING);
	assert_non_null(strstr(note->text, "kvmnet confirm within 60 s"));
	px_done(&px);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_is_asked_without_a_reason),
		cmocka_unit_test(test_a_session_on_the_moved_port_is_asked_for_two_minutes),
		cmocka_unit_test(test_what_was_asked_for_holds_without_any_session),
		cmocka_unit_test(test_files_alone_need_no_confirmation),
		cmocka_unit_test(test_spanning_tree_needs_more_time_than_a_port_is_silent),
		cmocka_unit_test(test_a_bridge_that_has_spanning_tree_already_counts_too),
		cmocka_unit_test(test_an_address_that_goes_needs_a_confirmation_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
