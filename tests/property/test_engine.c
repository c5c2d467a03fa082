/* Properties of the whole engine over random hosts: files in a temporary root and the in-memory
 * kernel. Done twice is done once; failing at any step is as if nothing had been done; created and
 * deleted is as before, but for what somebody else changed meanwhile. Seeds are fixed. */
#include "engine_host.h"

#define HOSTS	   60u
#define FAIL_HOSTS 25u
#define MAX_STEPS  200u
#define UPLINK	   HOST_DIR "/ifcfg-" HOST_UPLINK
#define BRIDGE	   HOST_DIR "/ifcfg-" HOST_BRIDGE

/* Everything that a change may touch, as text. */
struct moment {
	char *files, *origins, *kernel;
};

static struct moment look(const struct engine_host *host, bool times)
{
	return (struct moment){engine_host_files(host, "/etc", times),
			       engine_host_files(host, KN_STATE_DIR, times),
			       fake_dump(&host->fake)};
}

static void moment_done(struct moment *moment)
{
	free(moment->files);
	free(moment->origins);
	free(moment->kernel);
}

static void same_text(const char *a, const char *b, const char *what, uint32_t number)
{
	if (strcmp(a, b) != 0)
		fail_msg("host %u: %s differ\nbefore:\n%s\nafter:\n%s", number, what, a, b);
}

static void same_as(const struct engine_host *host, const struct moment *before, bool times,
		    uint32_t number)
{
	struct moment now = look(host, times);

	same_text(before->files, now.files, "files", number);
	same_text(before->origins, now.origins, "records of originals", number);
	same_text(before->kernel, now.kernel, "kernels", number);
	moment_done(&now);
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

/* A create as admins give it: mostly inheriting, sometimes with settings of its own. */
static struct kn_spec random_create(struct engine_host *host)
{
	struct kn_spec spec = spec_of(KN_BRIDGE_CREATE);
	struct kn_error err = {0};
	struct kn_cidr cidr;

	if (engine_host_chance(host, 30))
		kn_opts_set(&spec.opts, KN_BROPT_STP, 1);
	/* The way back to a lease would start a DHCP client, which only the running host can. */
	if (engine_host_chance(host, 60) || host->dhcp)
		return spec;
	assert_int_equal(kn_cidr_parse_host("192.168.12.120/24", "address", &cidr, &err), 0);
	assert_int_equal(kn_cidrs_add(&spec.ip.addrs, &cidr, &err), 0);
	assert_true(kn_ip_is("192.168.12.1", &spec.ip.gateway4));
	spec.given = KN_GROUP_ADDR | KN_GROUP_GATEWAY;
	return spec;
}

/* Runs @spec. Return: the number of operations; fails the test on an error. */
static size_t run_ok(struct engine_host *host, const struct kn_spec *spec, uint32_t number)
{
	struct kn_plan plan = {0};
	struct kn_error err = {0};

	if (kn_engine_run(&host->engine, spec, &plan, &err) < 0)
		fail_msg("host %u: %s", number, err.message);
	size_t n = plan.n_ops;
	kn_plan_done(&plan);
	return n;
}

static int run_kind(struct engine_host *host, const struct kn_spec *spec, struct kn_error *err)
{
	struct kn_plan plan = {0};

	*err = (struct kn_error){0};
	int r = kn_engine_run(&host->engine, spec, &plan, err);
	kn_plan_done(&plan);
	return r;
}

static void test_the_second_run_does_nothing_and_touches_nothing(void **state)
{
	(void)state;
	for (uint32_t number = 1; number <= HOSTS; number++) {
		struct engine_host host;

		engine_host_init(&host, number);
		struct kn_spec spec = random_create(&host);
		assert_true(run_ok(&host, &spec, number) > 4);
		struct moment done = look(&host, true);
		assert_non_null(strstr(done.files, BRIDGE " "));
		assert_int_equal(run_ok(&host, &spec, number), 0);
		same_as(&host, &done, true, number);
		moment_done(&done);
		kn_spec_done(&spec);
		engine_host_done(&host);
	}
}

/* Fails @spec at each of its live steps in turn, then lets it through. Return: the steps. */
static size_t fail_everywhere(struct engine_host *host, const struct kn_spec *spec, uint32_t number)
{
	struct moment before = look(host, false);
	struct kn_error err;
	size_t k = 0;

	for (; k < MAX_STEPS; k++) {
		host->fake.executed = 0;
		host->fake.fail_at = k;
		int r = run_kind(host, spec, &err);
		host->fake.fail_at = SIZE_MAX;
		if (r == 0)
			break;
		if (err.kind != KN_ERR_SYSTEM || !strstr(err.message, "planted"))
			fail_msg("host %u step %zu: %s", number, k, err.message);
		same_as(host, &before, false, number);
	}
	assert_true(k < MAX_STEPS);
	moment_done(&before);
	return k;
}

static void test_a_failure_at_any_step_leaves_files_kernel_and_originals_as_they_were(void **state)
{
	size_t points = 0;

	(void)state;
	for (uint32_t number = 1; number <= FAIL_HOSTS; number++) {
		struct engine_host host;

		engine_host_init(&host, number);
		struct kn_spec spec = random_create(&host), back = spec_of(KN_BRIDGE_DELETE);
		/* the gateway that create was given may be the only one */
		struct kn_error err = {0};
		assert_int_equal(kn_strv_add(&back.force, "last-default-route", &err), 0);
		points += fail_everywhere(&host, &spec, number);
		points += fail_everywhere(&host, &back, number);
		kn_spec_done(&spec);
		kn_spec_done(&back);
		engine_host_done(&host);
	}
	assert_true(points > FAIL_HOSTS * 15);
}

static void test_delete_gives_every_byte_and_every_address_back(void **state)
{
	(void)state;
	for (uint32_t number = 1; number <= HOSTS; number++) {
		struct engine_host host;

		engine_host_init(&host, number);
		struct kn_spec spec = spec_of(KN_BRIDGE_CREATE), back = spec_of(KN_BRIDGE_DELETE);
		struct moment before = look(&host, false);
		assert_true(run_ok(&host, &spec, number) > 4);
		assert_true(run_ok(&host, &back, number) > 4);
		same_as(&host, &before, false, number);
		assert_int_equal(run_ok(&host, &back, number), 0);
		moment_done(&before);
		kn_spec_done(&spec);
		kn_spec_done(&back);
		engine_host_done(&host);
	}
}

/* The bridge goes, the address comes back, and the admin's lines stay. */
static void test_an_edit_made_meanwhile_outlives_the_delete(void **state)
{
	(void)state;
	for (uint32_t number = 1; number <= HOSTS; number++) {
		struct engine_host host;
		struct kn_buf text = KN_BUF_INIT;

		engine_host_init(&host, number);
		struct kn_spec spec = spec_of(KN_BRIDGE_CREATE), back = spec_of(KN_BRIDGE_DELETE);
		char *kernel = fake_dump(&host.fake);
		assert_true(run_ok(&host, &spec, number) > 4);
		kn_buf_printf(&text, "%s\n# mine\nETHTOOL_OPTS='autoneg off'\n",
			      text_of(&host.fs, UPLINK));
		put(&host.fs, UPLINK, kn_buf_str(&text));
		assert_true(run_ok(&host, &back, number) > 4);
		const char *now_text = text_of(&host.fs, UPLINK);
		if (!strstr(now_text, "\n# mine\nETHTOOL_OPTS='autoneg off'\n") ||
		    strstr(now_text, "BRIDGE="))
			fail_msg("host %u: the edit is lost:\n%s", number, now_text);
		if (host.has_file && !host.dhcp)
			assert_non_null(strstr(now_text, "IPADDR=192.168.12.118\n"));
		assert_string_equal(text_of(&host.fs, BRIDGE), "(absent)");
		char *now = fake_dump(&host.fake);
		same_text(kernel, now, "kernels", number);
		free(kernel);
		free(now);
		kn_buf_done(&text);
		kn_spec_done(&spec);
		kn_spec_done(&back);
		engine_host_done(&host);
	}
}

static void test_an_undo_that_fails_is_told_as_incomplete(void **state)
{
	struct kn_error err;
	size_t told = 0;

	(void)state;
	for (size_t k = 0; k < MAX_STEPS; k++) {
		struct engine_host host;

		engine_host_init(&host, 3);
		struct kn_spec spec = spec_of(KN_BRIDGE_CREATE);
		char *files = engine_host_files(&host, "/etc", false);
		host.fake.fail_at = k;
		host.fake.fail_again = k + 1;
		int r = run_kind(&host, &spec, &err);
		if (r < 0) {
			bool incomplete = err.kind == KN_ERR_INCOMPLETE;

			/* at the first steps there may be nothing to take back */
			assert_true(incomplete || (err.kind == KN_ERR_SYSTEM && k < 2));
			assert_non_null(strstr(err.message, "planted"));
			assert_true(!incomplete || strstr(err.message, "putting things back"));
			assert_true(!incomplete || err.hint[0]);
			told += incomplete;
			char *now = engine_host_files(&host, "/etc", false);
			same_text(files, now, "files", 3);
			free(now);
		}
		free(files);
		kn_spec_done(&spec);
		engine_host_done(&host);
		if (r == 0)
			break;
	}
	assert_true(told > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_second_run_does_nothing_and_touches_nothing),
		cmocka_unit_test(
			test_a_failure_at_any_step_leaves_files_kernel_and_originals_as_they_were),
		cmocka_unit_test(test_delete_gives_every_byte_and_every_address_back),
		cmocka_unit_test(test_an_edit_made_meanwhile_outlives_the_delete),
		cmocka_unit_test(test_an_undo_that_fails_is_told_as_incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
