/* The splice under traffic: an uplink goes under a bridge and comes back while numbered datagrams
 * run both ways in both families, and none may be lost; also when the process dies half-way. */
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "splice_host.h"

#define BOTH (KN_SPLICE_EGRESS | KN_SPLICE_INGRESS)

/* Between two steps, so that every state sees traffic and what it loses is not blamed on the next:
 * 100 datagrams of each flow. */
static void run_on(const struct meter *meter)
{
	if (meter_wait(meter, 100) < 0)
		fail_msg("traffic has stopped");
}

static struct meter *start(const struct splice_host *host)
{
	struct meter *ret = meter_start(&host->host, &host->peer);

	if (!ret)
		fail_msg("no traffic before anything was done");
	return ret;
}

/* A few hundred of each flow at least: a meter that stood still would lose nothing either. */
static void assert_none_lost(struct meter *meter)
{
	uint32_t sent, lost = meter_stop(meter, &sent);

	(void)printf("%u datagrams sent\n", sent);
	assert_int_equal(lost, 0);
	assert_true(sent > 1000);
}

/* What differs between the runs. */
struct variant {
	const struct splice_host *host;
	struct meter *meter;
	bool routes_first; /* routes before reception on the way there */
	bool forget;	   /* empty neighbour caches before each step */
};

/* Traffic is held while caches are emptied: deleting an entry in use drops what it is used for,
 * without any splice (1 datagram in some hundred times). It goes on together with the next step, so
 * that addresses are being resolved meanwhile. */
static void between(const struct variant *v)
{
	run_on(v->meter);
	if (!v->forget)
		return;
	if (meter_hold(v->meter) < 0)
		fail_msg("datagrams are missing");
	forget_neighbours(v->host);
	meter_go(v->meter);
}

static void there(const struct variant *v)
{
	struct kn_splice *splice = timed_add(v->host);

	copy_neighbours("br0");
	between(v);
	timed_turn(splice, KN_SPLICE_EGRESS);
	between(v);
	if (v->routes_first)
		move_routes("eth0", "br0");
	between(v);
	timed_turn(splice, BOTH);
	between(v);
	if (!v->routes_first)
		move_routes("eth0", "br0");
	drain("eth0");
	between(v);
	host_ip("link set eth0 master br0");
	between(v);
	timed_turn(splice, 0);
	run_on(v->meter);
	timed_del(splice);
	run_on(v->meter);
}

static void back(const struct variant *v)
{
	struct kn_splice *splice = timed_add(v->host);

	copy_neighbours("eth0");
	between(v);
	timed_turn(splice, KN_SPLICE_EGRESS);
	between(v);
	timed_turn(splice, BOTH);
	between(v);
	host_ip("link set eth0 nomaster");
	between(v);
	move_routes("br0", "eth0");
	between(v);
	timed_turn(splice, KN_SPLICE_EGRESS);
	between(v);
	drain("br0");
	timed_turn(splice, 0);
	run_on(v->meter);
	timed_del(splice);
	run_on(v->meter);
}

static void there_and_back(struct splice_host *host, struct variant v, unsigned int rounds)
{
	v.host = host;
	v.meter = start(host);
	for (unsigned int i = 0; i < rounds; i++) {
		there(&v);
		back(&v);
	}
	assert_none_lost(v.meter);
	host_down(host);
}

static void test_nothing_is_lost_there_and_back(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	there_and_back(&host, (struct variant){0}, 5);
	assert_int_equal(host_pins(), 0);
}

static void test_routes_may_move_before_reception(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	there_and_back(&host, (struct variant){.routes_first = true}, 3);
}

static void test_forgotten_neighbours_are_found_again_in_every_state(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	there_and_back(&host, (struct variant){.forget = true}, 4);
}

static void test_strict_reverse_path_filters_need_only_the_bridge_relaxed(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	host_sysctl("ipv4/conf/all/rp_filter", "1");
	host_sysctl("ipv4/conf/eth0/rp_filter", "1");
	host_sysctl("ipv4/conf/br0/rp_filter", "2");
	there_and_back(&host, (struct variant){0}, 2);
}

static void test_without_bpffs_nothing_is_lost_either(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, false);
	there_and_back(&host, (struct variant){0}, 1);
}

/* A bridge whose last running port is released has no queue left; a spliced one needs none. */
static void test_a_spliced_bridge_sends_without_a_carrier(void **state)
{
	struct splice_host host;
	struct kn_error err = {0};

	(void)state;
	host_up(&host, true);
	struct kn_splice *splice = timed_add(&host);
	copy_neighbours("br0");
	assert_int_equal(kn_splice_turn(splice, BOTH, &err), 0);
	move_routes("eth0", "br0");
	host_ip("link set tap0 down");
	assert_true(ip_comes_to_say("link show br0", "NO-CARRIER"));
	struct meter *meter = start(&host);
	assert_int_equal(meter_wait(meter, 1000), 0);
	assert_none_lost(meter);
	kn_splice_del(splice);
	host_down(&host);
}

/* A process that has got as far as routes on the bridge and is killed. Return: its status. */
static int die_half_way(const struct splice_host *host)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct kn_splice *splice;
		struct kn_error err = {0};

		if (kn_splice_add(host->port, host->bridge, &splice, &err) < 0 ||
		    kn_splice_turn(splice, BOTH, &err) < 0)
			_exit(1);
		move_routes("eth0", "br0");
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_a_killed_process_leaves_traffic_running_until_the_sweep(void **state)
{
	struct splice_host host;
	struct kn_error err = {0};
	size_t swept = 0;

	(void)state;
	host_up(&host, true);
	copy_neighbours("br0");
	struct meter *meter = start(&host);
	int status = die_half_way(&host);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(host_pins(), 2);
	run_on(meter);
	/* What a recovery does: the change is finished or undone, then the pins go. */
	host_ip("link set eth0 master br0");
	run_on(meter);
	assert_int_equal(kn_splice_sweep(NULL, &swept, &err), 0);
	assert_int_equal(swept, 2);
	assert_int_equal(host_pins(), 0);
	run_on(meter);
	assert_none_lost(meter);
	host_down(&host);
}

static void test_without_bpffs_the_splice_ends_with_its_process(void **state)
{
	struct splice_host host;
	struct kn_error err = {0};
	size_t swept = 7;

	(void)state;
	host_up(&host, false);
	copy_neighbours("br0");
	assert_true(WIFSIGNALED(die_half_way(&host)));
	assert_int_equal(kn_splice_sweep(NULL, &swept, &err), 0);
	assert_int_equal(swept, 0);
	move_routes("br0", "eth0");
	host_ip("link set br0 down"); /* were the port still spliced, nothing would arrive */
	struct meter *meter = start(&host);
	assert_int_equal(meter_wait(meter, 1000), 0);
	assert_none_lost(meter);
	host_down(&host);
}

/* Detaching waits for a grace period, which takes tens of milliseconds; switching must not. */
static void test_switching_takes_effect_without_waiting(void **state)
{
	struct splice_host host;

	(void)state;
	host_up(&host, true);
	struct kn_splice *splice = timed_add(&host);
	for (unsigned int i = 0; i < 100; i++)
		timed_turn(splice, i % 4);
	timed_del(splice);
	host_down(&host);
	assert_true(print_timings() < 1000);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_lost_there_and_back),
		TEST(test_routes_may_move_before_reception),
		TEST(test_forgotten_neighbours_are_found_again_in_every_state),
		TEST(test_strict_reverse_path_filters_need_only_the_bridge_relaxed),
		TEST(test_without_bpffs_nothing_is_lost_either),
		TEST(test_a_spliced_bridge_sends_without_a_carrier),
		TEST(test_a_killed_process_leaves_traffic_running_until_the_sweep),
		TEST(test_without_bpffs_the_splice_ends_with_its_process),
		TEST(test_switching_takes_effect_without_waiting),
	};

	int rc = host_enter();

	if (rc)
		return rc;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
