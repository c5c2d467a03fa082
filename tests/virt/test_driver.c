/* virt/ against libvirt's own test driver, which needs no daemon: networks are read, defined,
 * started, changed while they run and removed, and every operation's inverse puts things back.
 * Layer: tests. Source: libvirt's drvtest page: test:///default has one running network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/buf.h"
#include "virt/virt.h"

#define ADDRESS(n) "<ip address='192.168." n ".1' netmask='255.255.255.0'><dhcp>"
#define NETWORK(name, n, more)                                                                     \
	"<network><name>" name "</name><uuid>d7d3a4a4-6f3f-4f3e-9d4e-1f6c6f2b0c0a</uuid>"          \
	"<forward mode='nat'/><bridge name='virbr7' stp='off'/>" ADDRESS(                          \
		n) "<range start='192.168." n ".10' end='192.168." n ".20'/>" more                 \
		   "</dhcp></ip></network>"
#define HOST "<host mac='52:54:00:00:00:01' ip='192.168.77.30'/>"

static struct kn_virt *virt;

static int connect_test_driver(void **state)
{
	struct kn_error err = {0};

	(void)state;
	if (kn_virt_open("test:///default", &virt, &err) < 0)
		printf("%s\n", err.message);
	return virt ? 0 : -1;
}

static int disconnect(void **state)
{
	(void)state;
	virt->close(virt);
	virt = NULL;
	return 0;
}

static void look(const char *name, struct kn_vnets *ret)
{
	struct kn_virt_request req = {.name = name, .live_xml = true, .leases = true};
	struct kn_error err = {0};

	if (virt->snapshot(virt, &req, ret, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(ret->known);
}

/* The state as one text, "" = there is no such network. */
static void state_of(const char *name, struct kn_buf *ret)
{
	struct kn_vnets nets KN_CLEANUP(kn_vnets_done) = {0};

	look(name, &nets);
	if (nets.n)
		kn_buf_printf(ret, "%d %d %d %s", nets.v[0].active, nets.v[0].autostart,
			      nets.v[0].persistent, nets.v[0].xml);
	assert_false(ret->failed);
}

static void run(const struct kn_op *op)
{
	struct kn_error err = {0};
	bool done;

	if (virt->exec(virt, op, 1, &done, &err) < 0)
		fail_msg("%s: %s", kn_op_info(op->kind)->word, err.message);
	assert_true(done);
}

static struct kn_op op_on(enum kn_op_kind kind, const char *now, const char *before)
{
	return (struct kn_op){.kind = kind,
			      .net = {.name = "n1", .now = now, .before = before, .parent = -1}};
}

static void the_running_network_is_read(void **state)
{
	struct kn_vnets nets KN_CLEANUP(kn_vnets_done) = {0};

	(void)state;
	look(NULL, &nets);
	assert_int_equal(nets.n, 1);
	assert_string_equal(nets.v[0].name, "default");
	assert_true(nets.v[0].active && nets.v[0].persistent);
	assert_non_null(strstr(nets.v[0].xml, "<name>default</name>"));
	assert_non_null(nets.v[0].live_xml);
	assert_true(nets.version >= 1002006);
}

static void a_network_that_is_not_there_is_no_error(void **state)
{
	struct kn_vnets nets KN_CLEANUP(kn_vnets_done) = {0};

	(void)state;
	look("no such network; $(id)", &nets);
	assert_int_equal(nets.n, 0);
}

static void guests_are_read_with_their_devices(void **state)
{
	struct kn_vnets nets KN_CLEANUP(kn_vnets_done) = {0};
	struct kn_virt_request req = {.guests = true};
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(virt->snapshot(virt, &req, &nets, &err), 0);
	assert_int_equal(nets.n_doms, 1);
	assert_string_equal(nets.doms[0].name, "test");
	assert_true(nets.doms[0].active);
	assert_non_null(strstr(nets.doms[0].xml, "<interface type='network'>"));
}

/* Every row that the plan can hold: done, and undone by the table's own inverse. */
static void every_operation_is_undone_by_its_inverse(void **state)
{
	static const char old[] = NETWORK("n1", "77", ""), new[] = NETWORK("n1", "77", HOST);
	struct kn_op ops[] = {
		op_on(KN_OP_NET_DEFINE, old, NULL),	op_on(KN_OP_NET_REDEFINE, new, old),
		op_on(KN_OP_NET_REDEFINE, old, new),	op_on(KN_OP_NET_START, NULL, NULL),
		op_on(KN_OP_NET_AUTOSTART, NULL, NULL), op_on(KN_OP_NET_UPDATE, HOST, NULL),
		op_on(KN_OP_NET_UPDATE, NULL, HOST),	op_on(KN_OP_NET_AUTOSTART, NULL, NULL),
		op_on(KN_OP_NET_STOP, NULL, NULL),	op_on(KN_OP_NET_UNDEFINE, NULL, old),
	};
	enum { N = sizeof(ops) / sizeof(*ops) };

	(void)state;
	ops[4].net.on = ops[7].net.was_on = true;
	ops[5].net.section = ops[6].net.section = KN_NETSEC_DHCP_HOST;
	for (size_t i = 0; i < N; i++) {
		struct kn_buf before KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_buf changed KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_buf after KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_op back;

		state_of("n1", &before);
		run(&ops[i]);
		state_of("n1", &changed);
		assert_string_not_equal(kn_buf_str(&changed), kn_buf_str(&before));
		assert_true(kn_op_inverse(&ops[i], &back));
		run(&back);
		state_of("n1", &after);
		assert_string_equal(kn_buf_str(&after), kn_buf_str(&before));
		run(&ops[i]);
	}
}

static void a_failure_says_what_was_done_to_which_network_and_why(void **state)
{
	struct kn_op op = op_on(KN_OP_NET_START, NULL, NULL);
	struct kn_error err = {0};
	bool done = true;

	(void)state;
	assert_int_equal(virt->exec(virt, &op, 1, &done, &err), -1);
	assert_false(done);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_non_null(strstr(err.message, "starting network n1: "));
	op = op_on(KN_OP_NET_DEFINE, "<network><name>n1</name", NULL);
	assert_int_equal(virt->exec(virt, &op, 1, &done, &err), -1);
	assert_non_null(strstr(err.message, "defining network n1: "));
	assert_null(strchr(err.message, '\n'));
}

static void an_unknown_driver_is_not_supported(void **state)
{
	struct kn_virt *other = NULL;
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_virt_open("nonsense:///x", &other, &err), -1);
	assert_null(other);
	assert_int_equal(err.kind, KN_ERR_UNSUPPORTED);
	assert_non_null(strstr(err.message, "nonsense:///x"));
	assert_string_not_equal(err.hint, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_running_network_is_read),
		cmocka_unit_test(a_network_that_is_not_there_is_no_error),
		cmocka_unit_test(guests_are_read_with_their_devices),
		cmocka_unit_test(every_operation_is_undone_by_its_inverse),
		cmocka_unit_test(a_failure_says_what_was_done_to_which_network_and_why),
		cmocka_unit_test(an_unknown_driver_is_not_supported),
	};

	return cmocka_run_group_tests(tests, connect_test_driver, disconnect);
}
