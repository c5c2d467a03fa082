/* Properties of plans over random hosts, on the in-memory kernel: applied once, nothing is left to
 * do; failing at any step and undone, the host is as before; created and deleted, as before.
 * Seeds are fixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "change_scene.h"
#include "kvmnet/buf.h"
#include "kvmnet/text.h"

#define HOSTS	300u
#define FOREVER UINT32_MAX

static struct kn_spec create_spec(uint32_t *seed)
{
	struct kn_error err = {0};
	struct kn_ifname eth0 = random_name("eth0");
	struct kn_spec spec = {
		.verb = KN_BRIDGE_CREATE, .bridge = random_name("br0"), .no_persist = true};

	assert_int_equal(kn_names_add(&spec.ports, &eth0, &err), 0);
	spec.no_splice = random_chance(seed, 50);
	if (random_chance(seed, 20)) {
		kn_opts_set(&spec.opts, KN_BROPT_STP, 1);
		kn_opts_set(&spec.opts, KN_BROPT_FORWARD_DELAY, 400);
	}
	if (random_chance(seed, 30)) {
		struct kn_cidr cidr;

		assert_int_equal(kn_cidr_parse_host("192.168.12.118/24", "a", &cidr, &err), 0);
		assert_int_equal(kn_cidrs_add(&spec.ip.addrs, &cidr, &err), 0);
		assert_true(kn_ip_is("192.168.12.1", &spec.ip.gateway4));
		spec.given |= KN_GROUP_ADDR | KN_GROUP_GATEWAY;
		/* eth1 may have the better route */
		assert_int_equal(kn_strv_add(&spec.force, "default-route-outranked", &err), 0);
	}
	return spec;
}

/* Executes @plan; on failure undoes in reverse. Return: true when it went through. */
static bool apply(struct fake_kernel *fake, const struct kn_plan *plan, size_t fail_at)
{
	bool *done = calloc(plan->n_ops + 1, sizeof(*done));
	struct kn_error err = {0};

	assert_non_null(done);
	fake->executed = 0;
	fake->fail_at = fail_at;
	int r = plan->n_ops ? fake->live.exec(&fake->live, plan->ops, plan->n_ops, done, &err) : 0;
	fake->fail_at = SIZE_MAX;
	if (r < 0 && fail_at == SIZE_MAX)
		fail_msg("a step failed: %s", err.message);
	for (size_t i = plan->n_ops; r < 0 && i-- > 0;) {
		struct kn_op inverse;
		bool undone = false;

		if (done[i] && kn_op_inverse(&plan->ops[i], &inverse) &&
		    fake->live.exec(&fake->live, &inverse, 1, &undone, &err) < 0)
			fail_msg("undo of step %zu failed: %s", i, err.message);
	}
	free(done);
	return r == 0;
}

static void assert_same(const char *before, struct fake_kernel *fake, const char *when,
			uint32_t host)
{
	char *after = fake_dump(fake);

	if (strcmp(before, after) != 0)
		fail_msg("host %u differs %s\nbefore:\n%s\nafter:\n%s", host, when, before, after);
	free(after);
}

static void test_a_second_plan_is_empty(void **state)
{
	(void)state;
	for (uint32_t host = 1; host <= HOSTS; host++) {
		uint32_t seed = host * 2654435761u;
		struct fake_kernel fake;
		struct kn_plan plan = {0}, again = {0};

		random_host(&fake, &seed);
		struct kn_spec spec = create_spec(&seed);
		scene_plan(&fake, &spec, &plan, NULL);
		assert_true(plan.n_ops > 2);
		assert_true(apply(&fake, &plan, SIZE_MAX));
		scene_plan(&fake, &spec, &again, NULL);
		if (again.n_ops) {
			struct kn_buf text = KN_BUF_INIT;

			kn_op_describe(&again.ops[0], &text);
			fail_msg("host %u: still to do: %s\n%s", host, kn_buf_str(&text),
				 fake_dump(&fake));
		}
		kn_plan_done(&plan);
		kn_plan_done(&again);
		kn_spec_done(&spec);
		fake_done(&fake);
	}
}

static void test_failing_at_any_step_and_undone_equals_the_start(void **state)
{
	size_t points = 0;

	(void)state;
	for (uint32_t host = 1; host <= HOSTS; host++) {
		uint32_t seed = host * 2654435761u;
		struct fake_kernel fake;
		struct kn_plan plan = {0};

		random_host(&fake, &seed);
		struct kn_spec spec = create_spec(&seed);
		char *before = fake_dump(&fake);
		scene_plan(&fake, &spec, &plan, NULL);
		for (size_t k = 0; k < plan.n_ops; k++, points++) {
			assert_false(apply(&fake, &plan, k));
			assert_same(before, &fake, "after a failure and its undo", host);
		}
		free(before);
		kn_plan_done(&plan);
		kn_spec_done(&spec);
		fake_done(&fake);
	}
	assert_true(points > 3000);
}

static void test_delete_gives_back_what_create_took(void **state)
{
	(void)state;
	for (uint32_t host = 1; host <= HOSTS; host++) {
		uint32_t seed = host * 2654435761u;
		struct fake_kernel fake;
		struct kn_plan plan = {0}, back = {0};

		random_host(&fake, &seed);
		struct kn_spec spec = create_spec(&seed);
		spec.given = 0;
		kn_ipconf_done(&spec.ip);
		char *before = fake_dump(&fake);
		scene_plan(&fake, &spec, &plan, NULL);
		assert_true(apply(&fake, &plan, SIZE_MAX));
		struct kn_spec del = {.verb = KN_BRIDGE_DELETE,
				      .bridge = random_name("br0"),
				      .no_splice = spec.no_splice};
		scene_plan(&fake, &del, &back, NULL);
		for (size_t k = 0; k < back.n_ops; k++) {
			char *bridged = fake_dump(&fake);

			assert_false(apply(&fake, &back, k));
			assert_same(bridged, &fake, "after a failed delete and its undo", host);
			free(bridged);
		}
		assert_true(apply(&fake, &back, SIZE_MAX));
		assert_same(before, &fake, "after create and delete", host);
		free(before);
		kn_plan_done(&plan);
		kn_plan_done(&back);
		kn_spec_done(&spec);
		kn_spec_done(&del);
		fake_done(&fake);
	}
}

/* set in place: another address of the same network, then back again. */
static void test_an_address_changed_in_place_stays_until_the_new_one_is_there(void **state)
{
	struct kn_error err = {0};
	struct fake_kernel fake;
	struct kn_spec spec = {
		.verb = KN_BRIDGE_SET, .bridge = random_name("br0"), .given = KN_GROUP_ADDR};
	struct kn_cidr cidr;
	struct kn_plan plan = {0};

	(void)state;
	fake_init(&fake);
	fake_add_link(&fake, "br0", KN_LINK_BRIDGE)->flags = 0x1;
	assert_int_equal(fake_add_addr(&fake, "br0", "192.168.12.118/24", FOREVER), 0);
	assert_int_equal(fake_add_route(&fake, "br0", "0.0.0.0/0", "192.168.12.1", 0), 0);
	assert_int_equal(kn_cidr_parse("192.168.12.122/24", "a", &cidr, &err), 0);
	assert_int_equal(kn_cidrs_add(&spec.ip.addrs, &cidr, &err), 0);
	char *before = fake_dump(&fake);
	scene_plan(&fake, &spec, &plan, NULL);
	for (size_t k = 0; k < plan.n_ops; k++) {
		assert_false(apply(&fake, &plan, k));
		assert_same(before, &fake, "after a failed set and its undo", 0);
	}
	assert_true(apply(&fake, &plan, SIZE_MAX));
	char *after = fake_dump(&fake);
	assert_non_null(strstr(after, "addr 192.168.12.122/24 br0 valid 4294967295 flags 0"));
	assert_null(strstr(after, "192.168.12.118"));
	assert_non_null(strstr(after, "route 0.0.0.0/0 via 192.168.12.1 dev br0"));
	free(before);
	free(after);
	kn_plan_done(&plan);
	kn_spec_done(&spec);
	fake_done(&fake);
}

/* Every prefix of a plan leaves each address on some link that is up, and a default route. */
static void test_no_step_takes_the_last_copy_of_an_address(void **state)
{
	(void)state;
	for (uint32_t host = 1; host <= HOSTS; host++) {
		uint32_t seed = host * 2654435761u;
		struct fake_kernel fake;
		struct kn_plan plan = {0};
		struct kn_facts at_start = {0};

		random_host(&fake, &seed);
		struct kn_spec spec = create_spec(&seed);
		scene_plan(&fake, &spec, &plan, NULL);
		scene_look(&fake, &at_start);
		for (size_t k = 0; k < plan.n_ops; k++) {
			bool done = false;
			struct kn_error err = {0};
			size_t found = 0, defaults[3] = {0}, wanted[3] = {0};

			assert_int_equal(fake.live.exec(&fake.live, &plan.ops[k], 1, &done, &err),
					 0);
			for (size_t i = 0; i < at_start.n_addrs; i++) {
				bool there = spec.given & KN_GROUP_ADDR;

				for (size_t n = 0; n < fake.facts.n_addrs; n++)
					there |= kn_cidr_eq(&fake.facts.addrs[n].addr,
							    &at_start.addrs[i].addr);
				found += there;
			}
			assert_int_equal(found, at_start.n_addrs);
			for (size_t i = 0; i < at_start.routes.n; i++)
				wanted[at_start.routes.v[i].dst.ip.family] |=
					kn_route_is_default(&at_start.routes.v[i]);
			for (size_t i = 0; i < fake.facts.routes.n; i++)
				defaults[fake.facts.routes.v[i].dst.ip.family] |=
					kn_route_is_default(&fake.facts.routes.v[i]);
			assert_true(defaults[KN_IPV4] >= wanted[KN_IPV4]);
			assert_true(defaults[KN_IPV6] >= wanted[KN_IPV6]);
		}
		kn_facts_done(&at_start);
		kn_plan_done(&plan);
		kn_spec_done(&spec);
		fake_done(&fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_second_plan_is_empty),
		cmocka_unit_test(test_failing_at_any_step_and_undone_equals_the_start),
		cmocka_unit_test(test_delete_gives_back_what_create_took),
		cmocka_unit_test(test_an_address_changed_in_place_stays_until_the_new_one_is_there),
		cmocka_unit_test(test_no_step_takes_the_last_copy_of_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
