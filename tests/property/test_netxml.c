/* Random networks through the XML codec: what is written is read back as it was; an existing
 * document is changed to say exactly what is wanted, and not at all when it says so already.
 * Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "codec/netxml.h"
#include "random_net.h"

#define ROUNDS 2000

static struct kn_error err;

static void parse(const struct kn_buf *xml, struct kn_netdef *ret)
{
	*ret = (struct kn_netdef){0};
	if (kn_netxml_parse("test", kn_buf_str(xml), xml->len, ret, &err) < 0)
		fail_msg("%s\n%s", err.message, kn_buf_str(xml));
}

static void require_same(const struct kn_network *want, const struct kn_network *have,
			 const char *xml)
{
	uint32_t diff = kn_network_diff(want, have);

	for (unsigned int i = 0; i < KN_NETGROUP_COUNT; i++)
		if (diff >> i & 1)
			fail_msg("%s is not as wanted:\n%s", kn_netgroup_word(i), xml);
	assert_string_equal(want->name.s, have->name.s);
	assert_int_equal(want->mode, have->mode);
	assert_int_equal(want->macvtap, have->macvtap);
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct kn_buf xml = KN_BUF_INIT;
		struct kn_network net;
		struct kn_netdef def;

		random_net(i, &net);
		assert_int_equal(kn_netxml_emit(&net, &xml, &err), 0);
		parse(&xml, &def);
		require_same(&net, &def.net, kn_buf_str(&xml));
		assert_int_equal(net.marked, def.net.marked);
		assert_int_equal(net.managed, def.net.managed);
		assert_true(def.mode_known);
		assert_int_equal(def.others.n, 0);
		kn_netdef_done(&def);
		kn_network_done(&net);
		kn_buf_done(&xml);
	}
}

static void a_copy_differs_in_nothing_and_every_group_is_compared(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct kn_network a, b, copy = {0};

		random_net(i, &a);
		random_net(i + ROUNDS, &b);
		assert_int_equal(kn_network_copy(&copy, &a, KN_NET_ALL, &err), 0);
		assert_int_equal(kn_network_diff(&a, &copy), 0);
		seen |= kn_network_diff(&a, &b) & a.has & b.has;
		kn_network_done(&a);
		kn_network_done(&b);
		kn_network_done(&copy);
	}
	/* It can only be "yes". */
	assert_int_equal(seen, KN_NET_ALL & ~KN_NET_HAS(OPENVSWITCH));
}

/* Lists may stand in another order than wanted: order says nothing there. */
static void canonical(const struct kn_buf *xml, struct kn_buf *ret)
{
	if (kn_netxml_canonical("test", kn_buf_str(xml), xml->len, true, ret, &err) < 0)
		fail_msg("%s", err.message);
}

static void a_patched_definition_says_what_is_wanted_and_keeps_the_rest(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct kn_buf old = KN_BUF_INIT, new = KN_BUF_INIT, fresh = KN_BUF_INIT;
		struct kn_buf again = KN_BUF_INIT, a = KN_BUF_INIT, b = KN_BUF_INIT;
		struct kn_network have, want;
		struct kn_netdef def, def2;
		bool changed;

		random_net(i, &have);
		random_net(i + ROUNDS, &want);
		assert_int_equal(kn_netxml_emit(&have, &old, &err), 0);
		parse(&old, &def);
		assert_int_equal(kn_netxml_patch(&def, &want, &new, &changed, &err), 0);
		assert_int_equal(kn_netxml_emit(&want, &fresh, &err), 0);
		canonical(&new, &a);
		canonical(&fresh, &b);
		assert_string_equal(kn_buf_str(&a), kn_buf_str(&b));
		parse(&new, &def2);
		assert_int_equal(kn_netxml_patch(&def2, &want, &again, &changed, &err), 0);
		if (changed)
			fail_msg("changed again:\n%s\n%s", kn_buf_str(&new), kn_buf_str(&again));
		assert_string_equal(kn_buf_str(&new), kn_buf_str(&again));
		kn_netdef_done(&def);
		kn_netdef_done(&def2);
		kn_network_done(&have);
		kn_network_done(&want);
		kn_buf_done(&old);
		kn_buf_done(&new);
		kn_buf_done(&fresh);
		kn_buf_done(&again);
		kn_buf_done(&a);
		kn_buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_copy_differs_in_nothing_and_every_group_is_compared),
		cmocka_unit_test(a_patched_definition_says_what_is_wanted_and_keeps_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
