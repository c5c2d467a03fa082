/* Dry run, report and their JSON: exact texts, and a diff that patch takes.
 * Layer: tests. */
#include "view_fixture.h"

#include <json-c/json.h>

#include "cli/view.h"

#define BR0_TEXT "DEVICE=br0\nTYPE=Bridge\n"
#define ETH0_OLD "DEVICE=eth0\nBOOTPROTO=static\nIPADDR=192.168.12.118\n"
#define ETH0_NEW "DEVICE=eth0\nBOOTPROTO=none\nBRIDGE=br0\n"

static const struct kn_view_opts dry = {
	.utf8 = true, .dry_run = true, .width = 80, .command = "bridge create"};
static const struct kn_view_opts done = {.utf8 = true, .width = 80, .command = "bridge create"};

static void add_file(struct kn_plan *plan, const char *path, const char *before, const char *after)
{
	struct kn_file old = {.present = true,
			      .data = (char *)(uintptr_t)before,
			      .len = before ? strlen(before) : 0};
	struct kn_op op = {.kind = KN_OP_FILE, .file = plan->files.n};

	OK(kn_filechgs_add(&plan->files, path, before ? &old : NULL, after,
			   after ? strlen(after) : 0, &err));
	OK(kn_plan_add_op(plan, &op, &err));
}

static void add_op(struct kn_plan *plan, enum kn_op_kind kind, const char *dev)
{
	struct kn_op op = {.kind = kind, .phase = KN_PHASE_PREPARE, .dev = name_of(dev)};

	if (kind == KN_OP_LINK_MASTER) {
		op.phase = KN_PHASE_SWITCH;
		op.master.now = name_of("br0");
	}
	OK(kn_plan_add_op(plan, &op, &err));
}

static struct kn_plan make_plan(void)
{
	struct kn_plan plan = {
		.verb = KN_BRIDGE_CREATE, .bridge = name_of("br0"), .backend = "ifcfg"};

	add_file(&plan, SCRIPTS "ifcfg-br0", NULL, BR0_TEXT);
	add_file(&plan, SCRIPTS "ifcfg-eth0", ETH0_OLD, ETH0_NEW);
	add_op(&plan, KN_OP_BRIDGE_ADD, "br0");
	add_op(&plan, KN_OP_LINK_UP, "br0");
	add_op(&plan, KN_OP_LINK_MASTER, "eth0");
	OK(kn_plan_note(&plan, KN_NOTE_WARNING, &err, "Your session runs over eth0.\nIt stays."));
	OK(kn_plan_note(&plan, KN_NOTE_INFO, &err, "gateway taken from ifcfg-eth0"));
	return plan;
}

/* Takes @plan. */
static void assert_view(struct kn_plan *plan, const struct kn_view_opts *opts, const char *want)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	OK(kn_view_plan(plan, opts, &buf, &err));
	assert_string_equal(kn_buf_str(&buf), want);
	kn_plan_done(plan);
}

static void a_dry_run_shows_diffs_steps_notes_and_how_to_apply(void **state)
{
	struct kn_plan plan = make_plan();

	(void)state;
	assert_view(&plan, &dry,
		    "Plan (ifcfg, 2 files, 3 live steps)\n"
		    "--- /dev/null\n"
		    "+++ /etc/sysconfig/network-scripts/ifcfg-br0\n"
		    "@@ -0,0 +1,2 @@\n"
		    "+DEVICE=br0\n"
		    "+TYPE=Bridge\n"
		    "--- /etc/sysconfig/network-scripts/ifcfg-eth0\n"
		    "+++ /etc/sysconfig/network-scripts/ifcfg-eth0\n"
		    "@@ -1,3 +1,3 @@\n"
		    " DEVICE=eth0\n"
		    "-BOOTPROTO=static\n"
		    "-IPADDR=192.168.12.118\n"
		    "+BOOTPROTO=none\n"
		    "+BRIDGE=br0\n"
		    "Live:\n"
		    "  1  create bridge br0\n"
		    "  2  bring br0 up\n"
		    "  3  attach eth0 to br0\n"
		    "! Your session runs over eth0.\n"
		    "  It stays.\n"
		    "gateway taken from ifcfg-eth0\n"
		    "Nothing was changed. To apply: the same command without --dry-run.\n");
}

static void a_removed_file_ends_in_dev_null(void **state)
{
	struct kn_plan plan = {
		.verb = KN_BRIDGE_DELETE, .bridge = name_of("br0"), .backend = "ifcfg"};

	(void)state;
	add_file(&plan, SCRIPTS "ifcfg-br0", "DEVICE=br0\n", NULL);
	assert_view(&plan, &dry,
		    "Plan (ifcfg, 1 file)\n"
		    "--- /etc/sysconfig/network-scripts/ifcfg-br0\n"
		    "+++ /dev/null\n"
		    "@@ -1 +0,0 @@\n"
		    "-DEVICE=br0\n"
		    "Nothing was changed. To apply: the same command without --dry-run.\n");
}

static void a_root_is_named_in_the_headline_but_not_in_the_diff(void **state)
{
	struct kn_plan plan = {.bridge = name_of("br0"), .backend = "ifcfg"};
	struct kn_view_opts opts = dry;

	(void)state;
	opts.root = "/tmp/tree/";
	add_file(&plan, SCRIPTS "ifcfg-br0", NULL, "A=1\n");
	assert_view(&plan, &opts,
		    "Plan (ifcfg under /tmp/tree/, 1 file)\n"
		    "--- /dev/null\n"
		    "+++ /etc/sysconfig/network-scripts/ifcfg-br0\n"
		    "@@ -0,0 +1 @@\n"
		    "+A=1\n"
		    "Nothing was changed. To apply: the same command without --dry-run.\n");
}

static void a_plan_without_files_is_for_the_kernel_only(void **state)
{
	struct kn_plan plan = {.bridge = name_of("br0")};
	struct kn_view_opts opts = dry;

	(void)state;
	opts.verbose = true;
	add_op(&plan, KN_OP_LINK_DOWN, "br0");
	assert_view(&plan, &opts,
		    "Plan (kernel only, 1 live step)\n"
		    "Live:\n"
		    "  1  take br0 down (can interrupt traffic)\n"
		    "Nothing was changed. To apply: the same command without --dry-run.\n");
}

static void an_empty_plan_has_nothing_to_do(void **state)
{
	struct kn_plan plan = {.bridge = name_of("br0"), .backend = "ifcfg"};
	struct kn_plan noted = {.bridge = name_of("br0"), .backend = "ifcfg"};

	(void)state;
	assert_view(&plan, &dry, "nothing to do\n");
	OK(kn_plan_note(&noted, KN_NOTE_WARNING, &err, "eth0 has no carrier"));
	assert_view(&noted, &done, "nothing to do\n! eth0 has no carrier\n");
}

static void a_diff_is_byte_exact_without_colour(void **state)
{
	struct kn_plan plan = {.bridge = name_of("br0"), .backend = "ifcfg"};

	(void)state;
	add_file(&plan, "/etc/x", "A=1\nB=\033[2J\xff\\\n", "A=2\nB=\033[2J\xff\\");
	assert_view(&plan, &dry,
		    "Plan (ifcfg, 1 file)\n"
		    "--- /etc/x\n"
		    "+++ /etc/x\n"
		    "@@ -1,2 +1,2 @@\n"
		    "-A=1\n"
		    "-B=\033[2J\xff\\\n"
		    "+A=2\n"
		    "+B=\033[2J\xff\\\n"
		    "\\ No newline at end of file\n"
		    "Nothing was changed. To apply: the same command without --dry-run.\n");
}

static void a_coloured_diff_lets_no_control_byte_of_a_file_through(void **state)
{
	struct kn_plan plan = {.bridge = name_of("br0"), .backend = "ifcfg"};
	struct kn_view_opts opts = dry;

	(void)state;
	opts.color = true;
	add_file(&plan, "/etc/x", "A=1\n", "A=\033[2J\tb");
	assert_view(&plan, &opts,
		    "\033[1mPlan (ifcfg, 1 file)\033[0m\n"
		    "\033[1m--- /etc/x\033[0m\n"
		    "\033[1m+++ /etc/x\033[0m\n"
		    "\033[36m@@ -1 +1 @@\033[0m\n"
		    "\033[31m-A=1\033[0m\n"
		    "\033[32m+A=\\x1b[2J\tb\033[0m\n"
		    "\\ No newline at end of file\n"
		    "Nothing was changed. To apply: the same command without --dry-run.\n");
}

static void a_report_is_one_line_and_the_notes(void **state)
{
	struct kn_plan plan = make_plan();

	(void)state;
	assert_view(&plan, &done,
		    "br0 created: 2 files, 3 live steps\n"
		    "! Your session runs over eth0.\n"
		    "  It stays.\n"
		    "gateway taken from ifcfg-eth0\n");
}

static void a_verbose_report_lists_files_under_the_root_and_steps(void **state)
{
	struct kn_plan plan = {.verb = KN_PORT_ADD, .bridge = name_of("br0"), .backend = "ifcfg"};
	struct kn_view_opts opts = done;

	(void)state;
	opts.verbose = true;
	opts.root = "/tmp/tree/";
	add_file(&plan, "/etc/x", NULL, "A=1\n");
	add_op(&plan, KN_OP_LINK_UP, "br0");
	assert_view(&plan, &opts,
		    "port added to br0: 1 file, 1 libvirt step\n"
		    "  /tmp/tree/etc/x\n"
		    "libvirt's files:\n"
		    "  1  bring br0 up\n");
}

static void every_verb_has_its_report(void **state)
{
	static const char *const want[] = {
		[KN_BRIDGE_CREATE] = "br0 created: 1 live step\n",
		[KN_BRIDGE_SET] = "br0 changed: 1 live step\n",
		[KN_BRIDGE_DELETE] = "br0 deleted: 1 live step\n",
		[KN_PORT_ADD] = "port added to br0: 1 live step\n",
		[KN_PORT_REMOVE] = "port removed from br0: 1 live step\n",
		[KN_PORT_SET] = "port changed on br0: 1 live step\n",
	};

	(void)state;
	for (size_t verb = 0; verb < sizeof(want) / sizeof(*want); verb++) {
		struct kn_plan plan = {.verb = (enum kn_verb)verb, .bridge = name_of("br0")};

		add_op(&plan, KN_OP_LINK_UP, "br0");
		assert_view(&plan, &done, want[verb]);
	}
}

/* ---- JSON ---- */

/* The member at @path ("files/0/path"); fails when there is none. */
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

static struct json_object *parse_view(struct kn_plan *plan, const struct kn_error *failure,
				      const struct kn_view_opts *opts)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	enum json_tokener_error why;

	OK(kn_view_plan_json(plan, failure, opts, &buf, &err));
	struct json_object *top = json_tokener_parse_verbose(kn_buf_str(&buf), &why);
	assert_int_equal(why, json_tokener_success);
	return top;
}

/* Always, where the text has a heading only between several. */
static void json_tells_of_every_step_which_section_it_serves(void **state)
{
	struct kn_plan plan = make_plan();

	(void)state;
	OK(kn_strv_add(&plan.sections, "[bridge br0] (host.conf:12)", &err));
	plan.ops[plan.n_ops - 1].section = 1;
	struct json_object *top = parse_view(&plan, NULL, &dry);
	assert_null(member(top, "steps/0/section"));
	assert_str(top, "steps/2/section", "[bridge br0] (host.conf:12)");
	json_object_put(top);
	kn_plan_done(&plan);
}

static void json_has_files_steps_and_notes(void **state)
{
	struct kn_plan plan = make_plan();
	struct json_object *top = parse_view(&plan, NULL, &dry);

	(void)state;
	assert_str(top, "schema", "kvmnet.bridge-create/1");
	assert_true(json_object_get_boolean(member(top, "changed")));
	assert_true(json_object_get_boolean(member(top, "dry_run")));
	assert_str(top, "backend", "ifcfg");
	assert_str(top, "bridge", "br0");
	assert_int_equal(json_object_array_length(member(top, "files")), 2);
	assert_null(member(top, "files/0/before"));
	assert_str(top, "files/0/after", BR0_TEXT);
	assert_str(top, "files/1/path", SCRIPTS "ifcfg-eth0");
	assert_str(top, "files/1/before", ETH0_OLD);
	assert_str(top, "files/0/diff",
		   "--- /dev/null\n+++ " SCRIPTS "ifcfg-br0\n@@ -0,0 +1,2 @@\n"
		   "+DEVICE=br0\n+TYPE=Bridge\n");
	assert_int_equal(json_object_array_length(member(top, "steps")), 3);
	assert_int_equal(json_object_get_int(member(top, "steps/2/n")), 3);
	assert_str(top, "steps/2/op", "link-master");
	assert_str(top, "steps/2/phase", "switch");
	assert_str(top, "steps/2/device", "eth0");
	assert_str(top, "steps/2/text", "attach eth0 to br0");
	assert_true(json_object_get_boolean(member(top, "steps/2/interrupts")));
	assert_str(top, "notes/0/level", "warning");
	assert_str(top, "notes/1/level", "info");
	assert_int_equal(json_object_array_length(member(top, "errors")), 0);
	json_object_put(top);
	kn_plan_done(&plan);
}

static void json_names_the_change_and_what_is_left_of_its_time(void **state)
{
	struct kn_plan plan = make_plan();
	struct kn_view_opts opts = done;
	struct json_object *top = parse_view(&plan, NULL, &dry);

	(void)state;
	assert_null(member(top, "change"));
	assert_null(member(top, "pending_s"));
	json_object_put(top);
	plan.number = 42;
	opts.pending_s = 60;
	top = parse_view(&plan, NULL, &opts);
	assert_int_equal(json_object_get_int(member(top, "change")), 42);
	assert_int_equal(json_object_get_int(member(top, "pending_s")), 60);
	json_object_put(top);
	kn_plan_done(&plan);
}

static void json_of_faults_has_the_form_of_every_change(void **state)
{
	struct kn_errors faults = {0};
	struct kn_error fault = {0};
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	(void)state;
	(void)kn_fail(&fault, KN_ERR_INPUT, 0, "x");
	OK(kn_errors_add(&faults, &fault, &err));
	OK(kn_view_errors_json(&faults, &done, &buf, &err));
	struct json_object *of_faults = json_tokener_parse(kn_buf_str(&buf));
	struct json_object *of_change = parse_view(NULL, NULL, &done);
	json_object_object_foreach(of_change, key, value)
	{
		(void)value;
		if (!json_object_object_get_ex(of_faults, key, NULL))
			fail_msg("no %s in the document", key);
	}
	assert_int_equal(json_object_array_length(member(of_faults, "errors")), 1);
	json_object_put(of_faults);
	json_object_put(of_change);
	kn_errors_done(&faults);
}

static void json_of_an_empty_plan_is_unchanged(void **state)
{
	struct kn_plan plan = {.bridge = name_of("br0"), .backend = "ifcfg"};
	struct json_object *top = parse_view(&plan, NULL, &done);

	(void)state;
	assert_false(json_object_get_boolean(member(top, "changed")));
	assert_false(json_object_get_boolean(member(top, "dry_run")));
	assert_int_equal(json_object_array_length(member(top, "files")), 0);
	json_object_put(top);
}

static void json_of_a_failure_has_its_code_rule_and_place(void **state)
{
	struct kn_error failure = {0};

	(void)state;
	(void)kn_refuse(&failure, "port-busy", "eth0 is a port of br1");
	(void)kn_hint(&failure, "remove it first");
	(void)kn_at(&failure, SCRIPTS "ifcfg-eth0", 4, 0);
	struct json_object *top = parse_view(NULL, &failure, &done);
	assert_false(json_object_get_boolean(member(top, "changed")));
	assert_null(member(top, "backend"));
	assert_null(member(top, "bridge"));
	assert_str(top, "errors/0/code", "refused");
	assert_int_equal(json_object_get_int(member(top, "errors/0/exit_code")), 3);
	assert_str(top, "errors/0/rule", "port-busy");
	assert_str(top, "errors/0/message", "eth0 is a port of br1");
	assert_str(top, "errors/0/hint", "remove it first");
	assert_str(top, "errors/0/file", SCRIPTS "ifcfg-eth0");
	assert_int_equal(json_object_get_int(member(top, "errors/0/line")), 4);
	assert_null(member(top, "errors/0/column"));
	json_object_put(top);
}

static void json_says_changed_only_when_the_undo_failed_too(void **state)
{
	struct kn_plan plan = make_plan();
	struct kn_error failure = {0};

	(void)state;
	(void)kn_fail(&failure, KN_ERR_SYSTEM, 0, "x");
	struct json_object *top = parse_view(&plan, &failure, &done);
	assert_false(json_object_get_boolean(member(top, "changed")));
	assert_null(member(top, "errors/0/hint"));
	json_object_put(top);
	(void)kn_fail(&failure, KN_ERR_INCOMPLETE, 0, "x");
	top = parse_view(&plan, &failure, &done);
	assert_true(json_object_get_boolean(member(top, "changed")));
	json_object_put(top);
	kn_plan_done(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dry_run_shows_diffs_steps_notes_and_how_to_apply),
		cmocka_unit_test(a_removed_file_ends_in_dev_null),
		cmocka_unit_test(a_root_is_named_in_the_headline_but_not_in_the_diff),
		cmocka_unit_test(a_plan_without_files_is_for_the_kernel_only),
		cmocka_unit_test(an_empty_plan_has_nothing_to_do),
		cmocka_unit_test(a_diff_is_byte_exact_without_colour),
		cmocka_unit_test(a_coloured_diff_lets_no_control_byte_of_a_file_through),
		cmocka_unit_test(a_report_is_one_line_and_the_notes),
		cmocka_unit_test(a_verbose_report_lists_files_under_the_root_and_steps),
		cmocka_unit_test(every_verb_has_its_report),
		cmocka_unit_test(json_tells_of_every_step_which_section_it_serves),
		cmocka_unit_test(json_has_files_steps_and_notes),
		cmocka_unit_test(json_names_the_change_and_what_is_left_of_its_time),
		cmocka_unit_test(json_of_faults_has_the_form_of_every_change),
		cmocka_unit_test(json_of_an_empty_plan_is_unchanged),
		cmocka_unit_test(json_of_a_failure_has_its_code_rule_and_place),
		cmocka_unit_test(json_says_changed_only_when_the_undo_failed_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
