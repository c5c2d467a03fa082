/* The check after a change, over random hosts with an in-memory kernel: what answered before and is
 * silent afterwards puts everything back; what was silent before is required only when asked for.
 * Seeds are fixed. */
#include "engine_host.h"

#include <linux/neighbour.h>

#define HOSTS 12u

struct moment {
	char *files, *kernel;
};

static struct moment look(const struct engine_host *host)
{
	return (struct moment){engine_host_files(host, "/etc", false), fake_dump(&host->fake)};
}

static void same_as(const struct engine_host *host, struct moment *before)
{
	struct moment now = look(host);

	assert_string_equal(before->files, now.files);
	assert_string_equal(before->kernel, now.kernel);
	free(now.files);
	free(now.kernel);
	free(before->files);
	free(before->kernel);
}

static struct kn_spec spec_of(enum kn_verb verb)
{
	struct kn_ifname uplink = {HOST_UPLINK};
	struct kn_spec spec = {.verb = verb, .bridge = {HOST_BRIDGE}};
	struct kn_error err = {0};

	if (verb == KN_BRIDGE_CREATE)
		assert_int_equal(kn_names_add(&spec.ports, &uplink, &err), 0);
	return spec;
}

static int run(struct engine_host *host, const struct kn_spec *spec, struct kn_error *err)
{
	struct kn_plan plan = {0};

	*err = (struct kn_error){0};
	host->fake.asked = 0;
	int r = kn_engine_run(&host->engine, spec, &plan, err);
	kn_plan_done(&plan);
	return r;
}

static struct kn_ip ip_of(const char *text)
{
	struct kn_ip ip;

	assert_true(kn_ip_is(text, &ip));
	return ip;
}

/* The next host, counted by *@number, whose uplink leads to the gateway 192.168.12.1. */
static bool next_host(struct engine_host *host, uint32_t *number)
{
	const struct kn_ip gateway = ip_of("192.168.12.1");

	while (++*number <= HOSTS) {
		engine_host_init(host, *number);
		for (size_t i = 0; i < host->fake.facts.routes.n; i++)
			if (kn_ip_eq(&host->fake.facts.routes.v[i].gateway, &gateway))
				return true;
		engine_host_done(host);
	}
	return false;
}

static void be_silent(struct engine_host *host, const char *ip, const char *dev)
{
	host->fake.silent = ip_of(ip);
	memset(&host->fake.silent_on, 0, sizeof(host->fake.silent_on));
	memcpy(host->fake.silent_on.s, dev, strlen(dev));
}

static void test_a_gateway_lost_by_the_change_puts_everything_back(void **state)
{
	struct engine_host host;
	uint32_t number = 0;
	size_t hosts = 0;

	(void)state;
	for (; next_host(&host, &number); hosts++) {
		struct kn_spec create = spec_of(KN_BRIDGE_CREATE), back = spec_of(KN_BRIDGE_DELETE);
		struct moment before = look(&host);
		struct kn_error err;

		be_silent(&host, "192.168.12.1", HOST_BRIDGE);
		assert_int_equal(run(&host, &create, &err), -1);
		assert_int_equal(err.kind, KN_ERR_UNCONFIRMED);
		assert_non_null(strstr(err.message,
				       "gateway 192.168.12.1 does not answer on " HOST_BRIDGE
				       "; it did on " HOST_UPLINK " before"));
		assert_int_equal(kn_error_host(&err), KN_HOST_PUT_BACK);
		assert_true(err.hint[0]);
		same_as(&host, &before);
		be_silent(&host, "192.168.12.1", HOST_UPLINK);
		assert_int_equal(run(&host, &create, &err), 0);
		before = look(&host);
		assert_int_equal(run(&host, &back, &err), -1);
		assert_int_equal(err.kind, KN_ERR_UNCONFIRMED);
		same_as(&host, &before);
		kn_spec_done(&create);
		kn_spec_done(&back);
		engine_host_done(&host);
	}
	assert_true(hosts > HOSTS / 2);
}

static void test_one_that_was_dead_before_is_required_only_when_asked_for(void **state)
{
	struct engine_host host;
	uint32_t number = 0;

	(void)state;
	while (next_host(&host, &number)) {
		struct kn_spec asked = spec_of(KN_BRIDGE_CREATE),
			       create = spec_of(KN_BRIDGE_CREATE);
		struct moment before = look(&host);
		struct kn_error err;

		be_silent(&host, "192.168.12.1", "");
		assert_int_equal(kn_reaches_add(&asked.reach, &(struct kn_reach){0}, &err), 0);
		assert_int_equal(run(&host, &asked, &err), -1);
		assert_int_equal(err.kind, KN_ERR_UNCONFIRMED);
		assert_non_null(strstr(err.message, "it did not before either"));
		same_as(&host, &before);
		assert_int_equal(run(&host, &create, &err), 0);
		kn_spec_done(&asked);
		kn_spec_done(&create);
		engine_host_done(&host);
	}
}

static void test_a_gateway_that_replaces_a_living_one_must_live(void **state)
{
	struct engine_host host;
	uint32_t number = 0;

	(void)state;
	while (next_host(&host, &number)) {
		struct kn_spec create = spec_of(KN_BRIDGE_CREATE);
		struct moment before = look(&host);
		struct kn_error err;
		struct kn_cidr cidr;

		if (host.dhcp) {
			free(before.files);
			free(before.kernel);
			kn_spec_done(&create);
			engine_host_done(&host);
			continue;
		}
		assert_int_equal(kn_cidr_parse_host("192.168.12.118/24", "address", &cidr, &err),
				 0);
		assert_int_equal(kn_cidrs_add(&create.ip.addrs, &cidr, &err), 0);
		create.ip.gateway4 = ip_of("192.168.12.77");
		create.given = KN_GROUP_ADDR | KN_GROUP_GATEWAY;
		be_silent(&host, "192.168.12.77", "");
		assert_int_equal(run(&host, &create, &err), -1);
		assert_int_equal(err.kind, KN_ERR_UNCONFIRMED);
		assert_non_null(strstr(err.message, "192.168.12.1, which it replaces, did on"));
		assert_non_null(strstr(err.hint, "--no-live"));
		same_as(&host, &before);
		be_silent(&host, "192.0.2.1", "");
		assert_int_equal(run(&host, &create, &err), 0);
		kn_spec_done(&create);
		engine_host_done(&host);
	}
}

static void test_who_answered_lately_is_not_asked_before(void **state)
{
	struct kn_neigh neigh = {.dev = {HOST_UPLINK},
				 .dst = ip_of("192.168.12.1"),
				 .has_mac = true,
				 .state = NUD_STALE};
	struct kn_spec create = spec_of(KN_BRIDGE_CREATE);
	struct engine_host host;
	struct kn_error err;
	uint32_t number = 0;

	(void)state;
	assert_true(next_host(&host, &number));
	assert_int_equal(kn_facts_add_neigh(&host.fake.facts, &neigh, &err), 0);
	assert_int_equal(run(&host, &create, &err), 0);
	size_t stale = host.fake.asked;
	engine_host_done(&host);
	engine_host_init(&host, number);
	neigh.state = NUD_REACHABLE;
	assert_int_equal(kn_facts_add_neigh(&host.fake.facts, &neigh, &err), 0);
	assert_int_equal(run(&host, &create, &err), 0);
	assert_int_equal(host.fake.asked, stale - 1);
	assert_true(host.fake.asked > 0); /* afterwards it is */
	engine_host_done(&host);
	kn_spec_done(&create);
}

static void test_files_alone_and_no_difference_ask_nobody(void **state)
{
	struct kn_spec create = spec_of(KN_BRIDGE_CREATE);
	struct engine_host host;
	struct kn_error err;
	uint32_t number = 0;

	(void)state;
	assert_true(next_host(&host, &number));
	assert_int_equal(run(&host, &create, &err), 0);
	assert_true(host.fake.asked > 0);
	assert_int_equal(run(&host, &create, &err), 0);
	assert_int_equal(host.fake.asked, 0);
	engine_host_done(&host);
	engine_host_init(&host, number);
	host.engine.live = NULL;
	assert_int_equal(run(&host, &create, &err), 0);
	assert_int_equal(host.fake.asked, 0);
	engine_host_done(&host);
	kn_spec_done(&create);
}

static void test_peer_needs_a_session(void **state)
{
	struct kn_spec create = spec_of(KN_BRIDGE_CREATE);
	struct engine_host host;
	struct kn_error err;
	uint32_t number = 0;

	(void)state;
	assert_true(next_host(&host, &number));
	struct moment before = look(&host);
	assert_int_equal(
		kn_reaches_add(&create.reach, &(struct kn_reach){.kind = KN_REACH_PEER}, &err), 0);
	assert_int_equal(run(&host, &create, &err), -1);
	assert_int_equal(err.kind, KN_ERR_USAGE);
	assert_non_null(strstr(err.hint, "sudo"));
	same_as(&host, &before);
	engine_host_done(&host);
	kn_spec_done(&create);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_gateway_lost_by_the_change_puts_everything_back),
		cmocka_unit_test(test_one_that_was_dead_before_is_required_only_when_asked_for),
		cmocka_unit_test(test_a_gateway_that_replaces_a_living_one_must_live),
		cmocka_unit_test(test_who_answered_lately_is_not_asked_before),
		cmocka_unit_test(test_files_alone_and_no_difference_ask_nobody),
		cmocka_unit_test(test_peer_needs_a_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
