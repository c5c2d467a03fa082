/* What is left after a plan, worked out from its operations, is what the kernel has after them: the
 * next part of the same change is planned on it. On the in-memory kernel, over random hosts and
 * every kind of change; seeds are fixed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "change_scene.h"
#include "kvmnet/buf.h"
#include "plan/after.h"

#define HOSTS 200u

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void put(struct kn_strv *lines, const char *fmt, ...) KN_PRINTF(2, 3);

static void put(struct kn_strv *lines, const char *fmt, ...)
{
	struct kn_error err = {0};
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_int_equal(kn_strv_add(lines, text, &err), 0);
}

/* What planning a bridge or its end depends on. The kernel's own IPv6 routes come and go with it,
 * and nothing moves them. */
static char *picture(const struct kn_facts *facts)
{
	struct kn_strv lines = {0};
	struct kn_buf text = KN_BUF_INIT;
	struct kn_error err = {0};
	char a[KN_CIDR_STRLEN], b[KN_CIDR_STRLEN], *ret;

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *link = &facts->links[i];

		put(&lines, "link %s mtu %u up %u master %s ipv6 %d mode %d", link->name.s,
		    link->mtu, link->flags & 1, link->master.s, !link->disable_ipv6,
		    link->addr_gen_mode);
	}
	for (size_t i = 0; i < facts->n_addrs; i++)
		put(&lines, "address %s on %s", kn_cidr_fmt(&facts->addrs[i].addr, a),
		    facts->addrs[i].dev.s);
	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if (route->dst.ip.family == KN_IPV4 || route->proto != 2)
			put(&lines, "route %s via %s dev %s table %u", kn_cidr_fmt(&route->dst, a),
			    kn_ip_fmt(&route->gateway, b), route->dev.s, route->table);
	}
	qsort(lines.v, lines.n, sizeof(*lines.v), by_text);
	for (size_t i = 0; i < lines.n; i++)
		kn_buf_printf(&text, "%s\n", lines.v[i]);
	assert_int_equal(kn_buf_steal(&text, &ret, NULL, &err), 0);
	kn_strv_done(&lines);
	return ret;
}

static void compare(uint32_t host, enum kn_verb verb)
{
	struct kn_facts model = {0};
	struct kn_error err = {0};
	struct scene scene;

	scene_init(&scene, host, verb);
	assert_int_equal(kn_facts_copy(&scene.base.facts, &model, &err), 0);
	for (size_t i = 0; i < scene.plan.n_ops; i++)
		assert_int_equal(kn_facts_after(&model, &scene.plan.ops[i], &err), 0);
	scene_execute(&scene.base, &scene.plan, SIZE_MAX);
	char *wanted = picture(&scene.base.facts), *got = picture(&model);
	if (strcmp(wanted, got) != 0)
		fail_msg("host %u verb %d: after it there is\n%s\nand not\n%s", host, verb, wanted,
			 got);
	free(wanted);
	free(got);
	kn_facts_copy_done(&model);
	scene_done(&scene);
}

static void test_after_a_bridge_is_deleted(void **state)
{
	(void)state;
	for (uint32_t host = 1; host <= HOSTS; host++)
		compare(host, KN_BRIDGE_DELETE);
}

static void test_after_a_port_is_detached(void **state)
{
	(void)state;
	for (uint32_t host = 1; host <= HOSTS; host++)
		compare(host, KN_PORT_REMOVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after_a_bridge_is_deleted),
		cmocka_unit_test(test_after_a_port_is_detached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
