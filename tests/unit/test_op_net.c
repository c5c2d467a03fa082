/* Operations on libvirt networks as values: what people read of them, and that undoing one turns
 * its two sides round. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/text.h"
#include "kvmnet/virt.h"

#define HOST "<host mac='52:54:00:00:00:01' ip='10.0.0.5'/>"

static void reads(const struct kn_op *op, const char *wanted)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_op_describe(op, &text);
	assert_string_equal(kn_buf_str(&text), wanted);
}

static struct kn_op op_on(enum kn_op_kind kind, const char *now, const char *before)
{
	return (struct kn_op){.kind = kind,
			      .net = {.name = "lab", .now = now, .before = before, .parent = -1}};
}

static void every_operation_names_its_network(void **state)
{
	static const struct {
		enum kn_op_kind kind;
		const char *wanted;
	} rows[] = {
		{KN_OP_NET_DEFINE, "define network lab"},
		{KN_OP_NET_REDEFINE, "change the definition of network lab"},
		{KN_OP_NET_UNDEFINE, "remove the definition of network lab"},
		{KN_OP_NET_START, "start network lab"},
		{KN_OP_NET_STOP, "stop network lab"},
		{KN_OP_NET_AUTOSTART, "no longer start network lab at every boot"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kn_op op = op_on(rows[i].kind, NULL, NULL);

		reads(&op, rows[i].wanted);
	}
	struct kn_op on = op_on(KN_OP_NET_AUTOSTART, NULL, NULL);

	on.net.on = true;
	reads(&on, "start network lab at every boot");
}

static void a_change_of_a_running_network_shows_the_element(void **state)
{
	struct kn_op op = op_on(KN_OP_NET_UPDATE, HOST, NULL), back;

	(void)state;
	op.net.section = KN_NETSEC_DHCP_HOST;
	reads(&op, "change network lab while it runs: add ip-dhcp-host " HOST);
	assert_true(kn_op_inverse(&op, &back));
	reads(&back, "change network lab while it runs: remove ip-dhcp-host " HOST);
	op = op_on(KN_OP_NET_UPDATE, "<portgroup name='a'>\n</portgroup>", "<x/>");
	op.net.section = KN_NETSEC_PORTGROUP;
	reads(&op, "change network lab while it runs: replace portgroup <portgroup name='a'>...");
}

static void a_name_cannot_work_on_the_terminal(void **state)
{
	struct kn_op op = op_on(KN_OP_NET_START, NULL, NULL);

	(void)state;
	op.net.name = "a\033[2Jb";
	reads(&op, "start network a\\x1b[2Jb");
}

static void undoing_a_definition_turns_its_sides_round(void **state)
{
	struct kn_op define = op_on(KN_OP_NET_DEFINE, "<new/>", NULL), back;

	(void)state;
	assert_true(kn_op_inverse(&define, &back));
	assert_int_equal(back.kind, KN_OP_NET_UNDEFINE);
	assert_null(back.net.now);
	assert_string_equal(back.net.before, "<new/>");
	define = op_on(KN_OP_NET_REDEFINE, "<new/>", "<old/>");
	assert_true(kn_op_inverse(&define, &back));
	assert_int_equal(back.kind, KN_OP_NET_REDEFINE);
	assert_string_equal(back.net.now, "<old/>");
	assert_string_equal(back.net.before, "<new/>");
}

static void undoing_autostart_gives_the_old_value(void **state)
{
	struct kn_op op = op_on(KN_OP_NET_AUTOSTART, NULL, NULL), back;

	(void)state;
	op.net.on = true;
	assert_true(kn_op_inverse(&op, &back));
	assert_false(back.net.on);
	assert_true(back.net.was_on);
}

static void every_section_has_the_word_of_virsh(void **state)
{
	(void)state;
	assert_string_equal(kn_net_section_word(KN_NETSEC_DHCP_RANGE), "ip-dhcp-range");
	assert_string_equal(kn_net_section_word(KN_NETSEC_FORWARD_IF), "forward-interface");
	assert_string_equal(kn_net_section_word(KN_NETSEC_DNS_HOST), "dns-host");
	assert_string_equal(kn_net_section_word(KN_NETSEC_DNS_TXT), "dns-txt");
	assert_string_equal(kn_net_section_word(KN_NETSEC_DNS_SRV), "dns-srv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operation_names_its_network),
		cmocka_unit_test(a_change_of_a_running_network_shows_the_element),
		cmocka_unit_test(a_name_cannot_work_on_the_terminal),
		cmocka_unit_test(undoing_a_definition_turns_its_sides_round),
		cmocka_unit_test(undoing_autostart_gives_the_old_value),
		cmocka_unit_test(every_section_has_the_word_of_virsh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
