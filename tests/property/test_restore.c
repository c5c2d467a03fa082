/* The way back from anywhere: over random hosts and every kind of change, killed after any step,
 * the recorded state comes back, once more after a death on the way back, and then nothing is left
 * to do. On the in-memory kernel; seeds are fixed. */
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
#include "plan/restore.h"

#define HOSTS  200u
#define ROUNDS 3

static void plan_back(const struct scene *scene, struct fake_kernel *fake, struct kn_plan *ret)
{
	struct kn_live_request req = kn_restore_request(&scene->journal);
	struct kn_facts now = {0};
	struct kn_error err = {0};

	assert_int_equal(fake->live.snapshot(&fake->live, &req, &now, &err), 0);
	now.can_splice = scene->splice;
	if (kn_plan_restore(&scene->journal, &now, ret, &err) < 0)
		fail_msg("host %u verb %d: %s", scene->host, scene->verb, err.message);
	kn_facts_done(&now);
}

static void describe(const struct kn_plan *plan, struct kn_buf *ret)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		kn_op_describe(&plan->ops[i], ret);
		kn_buf_putc(ret, '\n');
	}
}

/* Until nothing is left to do. Return: rounds that did something. */
static size_t go_back(const struct scene *scene, struct fake_kernel *fake, size_t killed_at)
{
	struct kn_buf story KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t rounds = 0; rounds <= ROUNDS; rounds++) {
		struct kn_plan plan = {0};
		bool done[512], empty;
		struct kn_error err = {0};

		plan_back(scene, fake, &plan);
		empty = plan.n_ops == 0;
		assert_true(plan.n_ops < 512);
		kn_buf_puts(&story, "round\n");
		describe(&plan, &story);
		if (!empty && fake->live.exec(&fake->live, plan.ops, plan.n_ops, done, &err) < 0)
			fail_msg("host %u verb %d killed at %zu: %s\n%s", scene->host, scene->verb,
				 killed_at, err.message, kn_buf_str(&story));
		kn_plan_done(&plan);
		if (empty)
			return rounds;
	}
	fail_msg("host %u verb %d killed at %zu: it never ends\n%s", scene->host, scene->verb,
		 killed_at, kn_buf_str(&story));
	return 0;
}

/* Lines of @text that @other lacks. */
static void put_missing(const char *text, const char *other, const char *sign, struct kn_buf *ret)
{
	for (const char *line = text, *end; *line; line = end + 1) {
		struct kn_buf one KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		end = strchr(line, '\n');
		assert_non_null(end);
		kn_buf_put(&one, line, (size_t)(end - line) + 1);
		if (!strstr(other, kn_buf_str(&one)))
			kn_buf_printf(ret, "%s%s", sign, kn_buf_str(&one));
	}
}

static void assert_back(const struct scene *scene, const struct fake_kernel *expected,
			const struct fake_kernel *fake, size_t killed_at)
{
	char *want KN_CLEANUP(kn_freep) = fake_dump(expected);
	char *have KN_CLEANUP(kn_freep) = fake_dump(fake);
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!strcmp(want, have))
		return;
	put_missing(want, have, "-", &text);
	put_missing(have, want, "+", &text);
	describe(&scene->plan, &text);
	fail_msg("host %u verb %d killed at %zu\n%s", scene->host, scene->verb, killed_at,
		 kn_buf_str(&text));
}

/* What the tests below do with every scene. Return: ways back that were tried. */
typedef size_t each_fn(struct scene *scene, size_t *more_rounds);

static void for_every_change(each_fn *fn, uint32_t hosts, size_t at_least)
{
	static const enum kn_verb verbs[] = {KN_BRIDGE_CREATE, KN_BRIDGE_SET, KN_BRIDGE_DELETE,
					     KN_PORT_ADD, KN_PORT_REMOVE};
	size_t tried = 0, more = 0;

	for (uint32_t host = 1; host <= hosts; host++)
		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
			struct scene scene;

			scene_init(&scene, host, verbs[i]);
			tried += fn(&scene, &more);
			scene_done(&scene);
		}
	print_message("%zu ways back, %zu of them in more than one round\n", tried, more);
	assert_true(tried >= at_least);
	assert_true(more * 100 <= tried);
}

static size_t kill_everywhere(struct scene *scene, size_t *more_rounds)
{
	for (size_t k = 0; k <= scene->plan.n_ops; k++) {
		struct fake_kernel fake;

		fake_copy(&scene->base, &fake);
		scene_execute(&fake, &scene->plan, k);
		*more_rounds += go_back(scene, &fake, k) > 1;
		assert_back(scene, &scene->base, &fake, k);
		fake_done(&fake);
	}
	return scene->plan.n_ops + 1;
}

static void test_killed_after_any_step_the_recorded_state_comes_back(void **state)
{
	(void)state;
	for_every_change(kill_everywhere, HOSTS, 10000);
}

/* Dies on the way back after @j steps; the journal is still there. */
static void die_on_the_way_back(const struct scene *scene, struct fake_kernel *fake, uint32_t *seed)
{
	struct kn_plan plan = {0};

	plan_back(scene, fake, &plan);
	if (plan.n_ops)
		scene_execute(fake, &plan, random_next(seed) % plan.n_ops);
	kn_plan_done(&plan);
}

static size_t kill_twice(struct scene *scene, size_t *more_rounds)
{
	uint32_t seed = scene->host + 77;
	size_t n = 0;

	for (size_t k = 0; k <= scene->plan.n_ops; k++)
		for (size_t j = 0; j < 3; j++, n++) {
			struct fake_kernel fake;

			fake_copy(&scene->base, &fake);
			scene_execute(&fake, &scene->plan, k);
			die_on_the_way_back(scene, &fake, &seed);
			die_on_the_way_back(scene, &fake, &seed);
			*more_rounds += go_back(scene, &fake, k) > 1;
			assert_back(scene, &scene->base, &fake, k);
			fake_done(&fake);
		}
	return n;
}

static void test_killed_on_the_way_back_too_it_still_comes_back(void **state)
{
	(void)state;
	for_every_change(kill_twice, HOSTS / 2, 10000);
}

static void attach_tap(struct fake_kernel *fake, const char *master)
{
	struct kn_link *tap = fake_add_link(fake, "vnet7", KN_LINK_TUN);
	struct kn_op op = {.kind = KN_OP_LINK_MASTER, .dev = tap->name};
	struct kn_error err = {0};
	bool done;

	tap->mac.b[5] = 99;
	op.master.now = random_name(master);
	assert_int_equal(fake->live.exec(&fake->live, &op, 1, &done, &err), 0);
}

/* A guest starts on the bridge after the change died: it loses a bridge that goes, keeps one that
 * was there. */
static size_t kill_with_guest(struct scene *scene, size_t *more_rounds)
{
	struct kn_ifname br0 = random_name("br0");
	bool was = kn_facts_link(&scene->base.facts, &br0) != NULL;
	struct fake_kernel expected;
	size_t n = 0;

	fake_copy(&scene->base, &expected);
	attach_tap(&expected, was && scene->verb != KN_BRIDGE_DELETE ? "br0" : "");
	for (size_t k = 0; k <= scene->plan.n_ops; k++) {
		struct fake_kernel fake;

		fake_copy(&scene->base, &fake);
		scene_execute(&fake, &scene->plan, k);
		if (kn_facts_link(&fake.facts, &br0) && scene->verb != KN_BRIDGE_DELETE) {
			attach_tap(&fake, "br0");
			*more_rounds += go_back(scene, &fake, k) > 1;
			assert_back(scene, &expected, &fake, k);
			n++;
		}
		fake_done(&fake);
	}
	fake_done(&expected);
	return n;
}

static void test_a_guest_that_came_meanwhile_keeps_what_can_be_kept(void **state)
{
	(void)state;
	for_every_change(kill_with_guest, HOSTS / 2, 3000);
}

static bool is_somewhere(const struct fake_kernel *fake, const struct kn_cidr *cidr)
{
	for (size_t i = 0; i < fake->facts.n_addrs; i++)
		if (kn_cidr_eq(&fake->facts.addrs[i].addr, cidr))
			return true;
	return false;
}

static bool has_default(const struct fake_kernel *fake, enum kn_family family)
{
	for (size_t i = 0; i < fake->facts.routes.n; i++)
		if (kn_route_is_default(&fake->facts.routes.v[i]) &&
		    fake->facts.routes.v[i].dst.ip.family == family)
			return true;
	return false;
}

/* What carries traffic: recorded addresses and default routes that are on some link. */
static void assert_carries_on(const struct scene *scene, const struct fake_kernel *before,
			      const struct fake_kernel *fake, const struct kn_op *op)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool lost = false;

	for (size_t i = 0; i < scene->journal.live.n_addrs; i++) {
		const struct kn_cidr *cidr = &scene->journal.live.addrs[i].addr;

		lost |= is_somewhere(before, cidr) && !is_somewhere(fake, cidr);
	}
	for (enum kn_family family = KN_IPV4; family <= KN_IPV6; family++)
		lost |= has_default(before, family) && has_default(&scene->base, family) &&
			!has_default(fake, family);
	kn_op_describe(op, &text);
	if (lost)
		fail_msg("host %u verb %d: lost by: %s", scene->host, scene->verb,
			 kn_buf_str(&text));
}

/* Addresses whose order has to be mended are away for a moment; all others are not. */
static size_t watch_every_step(struct scene *scene, size_t *more_rounds)
{
	struct fake_kernel before, fake;
	struct kn_plan plan = {0};

	(void)more_rounds;
	if (scene->verb == KN_BRIDGE_SET)
		return 0;
	fake_copy(&scene->base, &fake);
	scene_execute(&fake, &scene->plan, SIZE_MAX);
	fake_copy(&fake, &before);
	plan_back(scene, &fake, &plan);
	for (size_t i = 0; i < plan.n_ops; i++) {
		struct kn_error err = {0};
		bool done;

		assert_int_equal(fake.live.exec(&fake.live, &plan.ops[i], 1, &done, &err), 0);
		assert_carries_on(scene, &before, &fake, &plan.ops[i]);
	}
	size_t n = plan.n_ops;
	kn_plan_done(&plan);
	fake_done(&before);
	fake_done(&fake);
	return n;
}

static void test_no_step_back_takes_the_last_copy_of_what_carries_traffic(void **state)
{
	(void)state;
	for_every_change(watch_every_step, HOSTS, 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_after_any_step_the_recorded_state_comes_back),
		cmocka_unit_test(test_killed_on_the_way_back_too_it_still_comes_back),
		cmocka_unit_test(test_a_guest_that_came_meanwhile_keeps_what_can_be_kept),
		cmocka_unit_test(test_no_step_back_takes_the_last_copy_of_what_carries_traffic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
