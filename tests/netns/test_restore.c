/* The way back on the real kernel: a create and a delete, dead after any number of steps, and the
 * recorded state comes back. Needs root or user namespaces. */
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "kvmnet/text.h"
#include "live_ops.h"
#include "plan/planner.h"
#include "plan/restore.h"

#define READS (KN_JREAD_ADDRS | KN_JREAD_ROUTES | KN_JREAD_NEIGHS | KN_JREAD_POLICY)

static const char *const host[] = {
	"link set eth0 addrgenmode eui64 group 7 mtu 1400",
	"address add fe80::1234/64 dev eth0 nodad",
	"address add 192.0.2.5/24 brd + dev eth0",
	"address add 192.0.2.6/24 dev eth0 label eth0:6",
	"address add 198.51.100.9/25 dev eth0",
	"address add 203.0.113.1 peer 203.0.113.2/32 dev eth0",
	"address add 2001:db8::5/64 dev eth0 nodad",
	"address add 2001:db8::6/64 dev eth0 nodad valid_lft 5000 preferred_lft 4000",
	"route add default via 192.0.2.1 dev eth0 metric 100 src 192.0.2.6",
	"route add 10.0.0.0/8 via 198.51.100.1 dev eth0 mtu 1300",
	"route add 10.77.0.0/16 dev eth0 scope link",
	"route add default via 192.0.2.1 dev eth0 table 77",
	"route add 192.0.2.0/24 dev eth0 src 192.0.2.5 table 77",
	"route add 10.88.0.0/16 nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.2",
	"-6 route add default via fe80::1 dev eth0 metric 1024",
	"-6 route add 2001:db8:7::/48 nexthop via fe80::2 dev eth0 nexthop via fe80::3 dev eth0",
	"-6 route add 2001:db8:8::/48 via 2001:db8::9 dev eth0 table 77",
	"nexthop add id 10 via 192.0.2.1 dev eth0",
	"route add 10.99.0.0/16 nhid 10",
	"rule add iif eth0 pref 100 table 77",
	"rule add from 192.0.2.5 pref 100 table 77",
	"rule add oif eth0 pref 200 table 77",
	"-6 rule add iif eth0 pref 100 table 77",
	"neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 dev eth0 nud permanent",
	"neigh add proxy 192.0.2.78 dev eth0",
};

static void build_host(void)
{
	for (size_t i = 0; i < sizeof(host) / sizeof(host[0]); i++)
		if (sandbox_ip(host[i]) != 0)
			fail_msg("ip %s", host[i]);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_lasting(const struct kn_neigh *neigh)
{
	return (neigh->state & NUD_PERMANENT) || (neigh->flags & NTF_PROXY);
}

/* Leaves out what is no state: how an address was tested, neighbours that are learnt, a
 * carrier on its way out. The order of IPv4 addresses is state. */
static void plain(struct kn_facts *facts, struct kn_buf *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < facts->n_addrs; i++) {
		char ip[KN_CIDR_STRLEN];

		facts->addrs[i].flags &=
			~(uint32_t)(IFA_F_NODAD | IFA_F_TENTATIVE | IFA_F_OPTIMISTIC);
		if (facts->addrs[i].addr.ip.family == KN_IPV4)
			kn_buf_printf(ret, "IPv4 %zu %s %s\n", i, facts->addrs[i].dev.s,
				      kn_cidr_fmt(&facts->addrs[i].addr, ip));
	}
	for (size_t i = 0; i < facts->n_neighs; i++)
		if (is_lasting(&facts->neighs[i]))
			facts->neighs[n++] = facts->neighs[i];
	facts->n_neighs = n;
	n = 0;
	for (size_t i = 0; i < facts->n_links; i++)
		if (!kn_ifname_is(&facts->links[i].name, "kvmnet-tap0"))
			facts->links[n++] = facts->links[i];
	facts->n_links = n;
}

/* Everything that the record holds, one item a line, sorted; the caller frees. */
static char *state_of(struct kn_live *live, const struct kn_journal *journal)
{
	struct kn_live_request req = kn_restore_request(journal);
	struct kn_buf text = KN_BUF_INIT, sorted = KN_BUF_INIT;
	struct kn_strv lines = {0};
	struct kn_facts facts;
	struct kn_error err = {0};
	char *ret, *save = NULL;

	live_snap(live, &req, &facts);
	plain(&facts, &text);
	sandbox_describe(&facts, &text);
	for (char *line = strtok_r(text.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		assert_int_equal(kn_strv_add(&lines, line, &err), 0);
	qsort(lines.v, lines.n, sizeof(*lines.v), by_text);
	for (size_t i = 0; i < lines.n; i++)
		kn_buf_printf(&sorted, "%s\n", lines.v[i]);
	assert_int_equal(kn_buf_steal(&sorted, &ret, NULL, &err), 0);
	kn_strv_done(&lines);
	kn_buf_done(&text);
	kn_facts_done(&facts);
	return ret;
}

/* Another first address of a network, another order, another MAC address: all that moves by itself
 * in the kernel while it is changed. */
static void change_all(struct kn_spec *spec)
{
	static const char *const addrs[] = {"192.0.2.6/24", "192.0.2.9/24", "198.51.100.7/25",
					    "198.51.100.9/25", "2001:db8::7/64"};
	struct kn_error err = {0};

	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		struct kn_cidr cidr = live_cidr(addrs[i]);

		assert_int_equal(kn_cidrs_add(&spec->ip.addrs, &cidr, &err), 0);
	}
	spec->given = KN_GROUP_ADDR | KN_GROUP_GATEWAY | KN_GROUP_MTU;
	spec->ip.gateway4 = live_ip("192.0.2.3");
	spec->mtu = 1300;
	spec->mac_mode = KN_MAC_GIVEN;
	spec->mac = (struct kn_mac){{0x52, 0x54, 0, 1, 2, 3}};
	kn_opts_set(&spec->opts, KN_BROPT_STP, 1);
	kn_opts_set(&spec->opts, KN_BROPT_FORWARD_DELAY, 400);
}

static void make_plan(struct kn_live *live, enum kn_verb verb, bool splice, struct kn_plan *ret,
		      struct kn_journal *journal)
{
	struct kn_spec spec = {.verb = verb, .bridge = live_name("br0"), .no_persist = true};
	struct kn_live_request req = live_everything;
	struct kn_tree tree = {0};
	struct kn_confs confs = {0};
	struct kn_origins origins = {0};
	struct kn_facts facts;
	struct kn_inputs in = {.spec = &spec,
			       .tree = &tree,
			       .confs = &confs,
			       .origins = &origins,
			       .facts = &facts};
	struct kn_ifname eth0 = live_name("eth0");
	struct kn_error err = {0};

	req.n_names = 2;
	if (verb == KN_BRIDGE_SET)
		change_all(&spec);
	if (verb == KN_BRIDGE_CREATE || verb == KN_PORT_REMOVE)
		assert_int_equal(kn_names_add(&spec.ports, &eth0, &err), 0);
	assert_int_equal(kn_strv_add(&spec.force, "last-uplink", &err), 0);
	live_snap(live, &req, &facts);
	facts.live = true;
	facts.can_splice = splice && live->can_splice && live->can_splice(live);
	if (kn_planner_run(&in, ret, &err) < 0)
		fail_msg("planning: %s", err.message);
	if (journal)
		assert_int_equal(kn_restore_record(ret, &facts, READS, journal, &err), 0);
	kn_facts_done(&facts);
	kn_spec_done(&spec);
}

/* In a process of its own, which dies with whatever it holds open. */
static void execute_and_die(const struct kn_plan *plan, size_t n)
{
	bool *done = calloc(plan->n_ops + 1, sizeof(*done));
	struct kn_error err = {0};
	struct kn_live *live;
	int status;

	assert_non_null(done);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool ok = kn_live_open(&live, &err) == 0 &&
			  (!n || live->exec(live, plan->ops, n, done, &err) == 0);
		if (!ok)
			(void)fprintf(stderr, "%s\n", err.message);
		_exit(ok ? 0 : 1);
	}
	free(done);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void plan_back(struct kn_live *live, const struct kn_journal *journal, bool splice,
		      struct kn_plan *ret)
{
	struct kn_live_request req = kn_restore_request(journal);
	struct kn_facts now;
	struct kn_error err = {0};

	live_snap(live, &req, &now);
	now.can_splice = splice && live->can_splice && live->can_splice(live);
	if (kn_plan_restore(journal, &now, ret, &err) < 0)
		fail_msg("planning the way back: %s", err.message);
	kn_facts_done(&now);
}

static void describe(const struct kn_plan *plan, struct kn_buf *ret)
{
	kn_buf_puts(ret, "round\n");
	for (size_t i = 0; i < plan->n_ops; i++) {
		kn_op_describe(&plan->ops[i], ret);
		kn_buf_putc(ret, '\n');
	}
}

/* Return: rounds until nothing was left to do. */
static size_t go_back(struct kn_live *live, const struct kn_journal *journal, bool splice,
		      struct kn_buf *story)
{
	size_t rounds;

	for (rounds = 0; rounds <= KN_RESTORE_ROUNDS; rounds++) {
		struct kn_plan plan = {0};
		struct kn_error err = {0};
		bool done[256];

		plan_back(live, journal, splice, &plan);
		size_t n = plan.n_ops;
		assert_true(n < 256);
		describe(&plan, story);
		assert_int_equal(live->sweep(live, &err), 0);
		if (n && live->exec(live, plan.ops, n, done, &err) < 0)
			kn_buf_printf(story, "failed: %s\n", err.message);
		kn_plan_done(&plan);
		if (!n)
			break;
	}
	return rounds;
}

/* Somewhere on the first way back, another place each time. */
static void die_on_the_way_back(struct kn_live *live, const struct kn_journal *journal, bool splice,
				size_t steps)
{
	struct kn_plan plan = {0};
	struct kn_error err = {0};

	plan_back(live, journal, splice, &plan);
	assert_int_equal(live->sweep(live, &err), 0);
	execute_and_die(&plan, plan.n_ops ? steps * 7 % plan.n_ops : 0);
	kn_plan_done(&plan);
}

static void assert_same(const char *before, const char *after, const struct kn_buf *story)
{
	if (!strcmp(before, after))
		return;
	/* cmocka cuts its own texts. */
	(void)fprintf(stderr, "before:\n%s\nafter:\n%s\n%s", before, after, kn_buf_str(story));
	fail_msg("another state");
}

/* Return: steps of the change. */
static size_t die_after(enum kn_verb verb, size_t steps, bool splice, size_t *rounds)
{
	struct kn_plan plan = {0}, first = {0};
	struct kn_journal journal = {0};
	struct kn_buf story KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_live *live;
	void *state;

	assert_int_equal(live_set_up(&state), 0);
	live = state;
	/* The splice of a dead process stays pinned there; in user namespaces there is none. */
	(void)mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL);
	build_host();
	if (verb != KN_BRIDGE_CREATE) {
		make_plan(live, KN_BRIDGE_CREATE, splice, &first, NULL);
		execute_and_die(&first, first.n_ops);
		kn_plan_done(&first);
	}
	make_plan(live, verb, splice, &plan, &journal);
	char *before KN_CLEANUP(kn_freep) = state_of(live, &journal);
	size_t n = plan.n_ops;
	execute_and_die(&plan, steps < n ? steps : n);
	if (steps % 3 == 0)
		die_on_the_way_back(live, &journal, splice, steps);
	*rounds += go_back(live, &journal, splice, &story);
	char *after KN_CLEANUP(kn_freep) = state_of(live, &journal);
	assert_same(before, after, &story);
	kn_plan_done(&plan);
	kn_journal_done(&journal);
	assert_int_equal(live_tear_down(&state), 0);
	return n;
}

/* Every other step, of these every other with a splice, where the kernel has it: the model has gone
 * through all of them (tests/property), and a network takes its time to come and go. */
static void die_everywhere(enum kn_verb verb, size_t at_least)
{
	size_t n = SIZE_MAX, rounds = 0, tried = 0;

	for (size_t k = 0; k <= n + 1; k += 2, tried++)
		n = die_after(verb, k, k % 4 == 2, &rounds);
	print_message("%zu deaths, %zu rounds\n", tried, rounds);
	assert_true(tried >= at_least);
}

static void test_a_create_that_died_anywhere_comes_back(void **state)
{
	(void)state;
	die_everywhere(KN_BRIDGE_CREATE, 30);
}

static void test_a_delete_that_died_anywhere_comes_back(void **state)
{
	(void)state;
	die_everywhere(KN_BRIDGE_DELETE, 30);
}

static void test_a_set_that_died_anywhere_comes_back(void **state)
{
	(void)state;
	die_everywhere(KN_BRIDGE_SET, 8);
}

static void test_a_port_that_was_taken_out_comes_back(void **state)
{
	(void)state;
	die_everywhere(KN_PORT_REMOVE, 2);
}

/* A carrier's loss reaches the routes a while later, and not at all where it is back before. */
static bool is_lost(struct kn_live *live, const struct kn_journal *journal, const char *before)
{
	for (int i = 0; i < 1000; i++) {
		char *now KN_CLEANUP(kn_freep) = state_of(live, journal);

		if (strcmp(before, now) != 0)
			return true;
		(void)poll(NULL, 0, 10);
	}
	return false;
}

/* Gateway routes, nexthop objects, IPv6 addresses: the link being there again brings none. */
static void test_what_a_link_lost_by_going_down_comes_back(void **state)
{
	static const char *const events[] = {"link set eth0 down", "link set peer0 down"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct kn_buf story KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_journal journal = {0};
		struct kn_plan plan = {0};
		struct kn_live *live;
		void *net;

		assert_int_equal(live_set_up(&net), 0);
		live = net;
		build_host();
		make_plan(live, KN_BRIDGE_CREATE, false, &plan, &journal);
		char *before KN_CLEANUP(kn_freep) = state_of(live, &journal);
		assert_int_equal(sandbox_ip(events[i]), 0);
		assert_true(is_lost(live, &journal, before));
		assert_int_equal(sandbox_ip("link set peer0 up"), 0);
		(void)go_back(live, &journal, false, &story);
		char *after KN_CLEANUP(kn_freep) = state_of(live, &journal);
		assert_same(before, after, &story);
		kn_plan_done(&plan);
		kn_journal_done(&journal);
		assert_int_equal(live_tear_down(&net), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_create_that_died_anywhere_comes_back),
		cmocka_unit_test(test_a_delete_that_died_anywhere_comes_back),
		cmocka_unit_test(test_a_set_that_died_anywhere_comes_back),
		cmocka_unit_test(test_a_port_that_was_taken_out_comes_back),
		cmocka_unit_test(test_what_a_link_lost_by_going_down_comes_back),
	};

	if (sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
