/* A bond, two VLANs and a bridge, or the uplink's bridge and beside it one over a VLAN of the same
 * card, made by one change over random hosts: done twice is done once; failing at any step is as if
 * nothing had been done; rolled back is as before. */
#include "engine_host.h"

#define HOSTS	  12u
#define MAX_STEPS 200u

struct stack {
	struct engine_host host;
	struct kn_spec parts[4], all;
};

static struct kn_ifname named(const char *str)
{
	struct kn_ifname name = {{0}};

	memcpy(name.s, str, strlen(str));
	return name;
}

static void add_port(struct kn_spec *spec, const char *str)
{
	struct kn_ifname name = named(str);
	struct kn_error err = {0};

	assert_int_equal(kn_names_add(&spec->ports, &name, &err), 0);
}

static void add_address(struct kn_spec *spec, const char *str)
{
	struct kn_error err = {0};
	struct kn_cidr cidr;

	assert_int_equal(kn_cidr_parse_host(str, "address", &cidr, &err), 0);
	assert_int_equal(kn_cidrs_add(&spec->ip.addrs, &cidr, &err), 0);
	spec->given |= KN_GROUP_ADDR;
}

static struct kn_spec vlan_of(const char *name, const char *link, uint16_t id)
{
	return (struct kn_spec){.verb = KN_VLAN_CREATE,
				.bridge = named(name),
				.vlan = {.link = named(link), .id = id}};
}

static void stack_init(struct stack *stack, uint32_t number)
{
	struct engine_host *host = &stack->host;
	struct kn_spec *bond = &stack->parts[0], *bridge = &stack->parts[3];

	*stack = (struct stack){0};
	engine_host_init(host, number);
	fake_add_link(&host->fake, "kvtc1", KN_LINK_PHYSICAL);
	fake_add_link(&host->fake, "kvtc2", KN_LINK_PHYSICAL)->flags =
		engine_host_chance(host, 50) ? 0 : 0x41;
	*bond = (struct kn_spec){.verb = KN_BOND_CREATE, .bridge = named("kvtbo")};
	add_port(bond, "kvtc1");
	add_port(bond, "kvtc2");
	if (engine_host_chance(host, 50))
		kn_opts_set(&bond->bond_opts, KN_BONDOPT_MODE, KN_BOND_8023AD);
	else
		bond->primary = named("kvtc2");
	if (engine_host_chance(host, 50)) {
		bond->mtu = 9000;
		bond->given |= KN_GROUP_MTU;
	}
	stack->parts[1] = vlan_of("kvtbo.10", "kvtbo", 10);
	add_address(&stack->parts[1], "10.77.0.1/24");
	stack->parts[2] = vlan_of("kvtbo.20", "kvtbo", 20);
	*bridge = (struct kn_spec){.verb = KN_BRIDGE_CREATE, .bridge = named("kvtbr20")};
	bridge->no_ip = true;
	add_port(bridge, "kvtbo.20");
	stack->all = (struct kn_spec){.verb = KN_APPLY, .parts = stack->parts, .n_parts = 4};
}

static int run(struct stack *stack, size_t *ret_ops, struct kn_error *err)
{
	struct kn_plan plan = {0};

	*err = (struct kn_error){0};
	int r = kn_engine_run(&stack->host.engine, &stack->all, &plan, err);
	*ret_ops = plan.n_ops;
	kn_plan_done(&plan);
	return r;
}

/* The uplink under a bridge, its VLAN under another; which of the two comes first varies. */
static void beside_init(struct stack *stack, uint32_t number)
{
	struct engine_host *host = &stack->host;
	bool vlan_first = number % 2;
	struct kn_spec *bridge = &stack->parts[vlan_first], *guests = &stack->parts[2];

	*stack = (struct stack){0};
	engine_host_init(host, number);
	stack->parts[!vlan_first] = vlan_of("kvt0.20", HOST_UPLINK, 20);
	*bridge = (struct kn_spec){.verb = KN_BRIDGE_CREATE, .bridge = named(HOST_BRIDGE)};
	add_port(bridge, HOST_UPLINK);
	*guests = (struct kn_spec){.verb = KN_BRIDGE_CREATE, .bridge = named("kvtbr20")};
	guests->no_ip = true;
	add_port(guests, "kvt0.20");
	stack->all = (struct kn_spec){.verb = KN_APPLY, .parts = stack->parts, .n_parts = 3};
}

/* The uplink is a port already, and so makes no IPv6 addresses of its own. */
static void later_init(struct stack *stack, uint32_t number)
{
	struct kn_error err;
	size_t n;

	beside_init(stack, number & ~1u);
	stack->all.n_parts = 1;
	if (run(stack, &n, &err) < 0)
		fail_msg("host %u: %s", number, err.message);
	stack->all.parts++;
	stack->all.n_parts = 2;
}

static const struct {
	void (*init)(struct stack *stack, uint32_t number);
	const char *file, *link;
} stacks[] = {
	{stack_init, "ifcfg-kvtbo.20", "link kvtbo.20"},
	{beside_init, "ifcfg-kvt0.20", "link kvt0.20"},
	{later_init, "ifcfg-kvt0.20", "link kvt0.20"},
};

static void stack_done(struct stack *stack)
{
	for (size_t i = 0; i < 4; i++)
		kn_spec_done(&stack->parts[i]);
	engine_host_done(&stack->host);
}

struct moment {
	char *files, *kernel;
};

static struct moment look(const struct stack *stack, bool times)
{
	return (struct moment){engine_host_files(&stack->host, "/etc", times),
			       fake_dump(&stack->host.fake)};
}

static void moment_done(struct moment *moment)
{
	free(moment->files);
	free(moment->kernel);
}

static void same_as(const struct stack *stack, const struct moment *before, bool times,
		    const char *when, size_t k)
{
	struct moment now = look(stack, times);

	if (strcmp(before->files, now.files) != 0)
		fail_msg("%s %zu: files\nbefore:\n%s\nafter:\n%s", when, k, before->files,
			 now.files);
	if (strcmp(before->kernel, now.kernel) != 0)
		fail_msg("%s %zu: kernels\nbefore:\n%s\nafter:\n%s", when, k, before->kernel,
			 now.kernel);
	moment_done(&now);
}

static void run_twice(size_t kind, uint32_t number)
{
	struct kn_error err;
	struct stack stack;
	size_t n;

	stacks[kind].init(&stack, number);
	if (run(&stack, &n, &err) < 0)
		fail_msg("host %u: %s", number, err.message);
	assert_true(n > 6);
	struct moment done = look(&stack, true);
	if (stack.host.has_file || kind == 0)
		assert_non_null(strstr(done.files, stacks[kind].file));
	assert_non_null(strstr(done.kernel, stacks[kind].link));
	if (run(&stack, &n, &err) < 0)
		fail_msg("host %u again: %s", number, err.message);
	assert_int_equal(n, 0);
	same_as(&stack, &done, true, "host", number);
	moment_done(&done);
	stack_done(&stack);
}

static void test_the_second_run_finds_nothing_to_do(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < sizeof(stacks) / sizeof(*stacks); kind++)
		for (uint32_t number = 1; number <= HOSTS; number++)
			run_twice(kind, number);
}

/* Fails at each live step in turn, @least or more, the last time at none; then rolls back. */
static void fail_everywhere(struct stack *stack, size_t least)
{
	struct moment before = look(stack, false);
	struct kn_plan plan = {0};
	struct kn_error err;
	size_t n, k = 0;

	for (; k < MAX_STEPS; k++) {
		stack->host.fake.executed = 0;
		stack->host.fake.fail_at = k;
		int r = run(stack, &n, &err);
		stack->host.fake.fail_at = SIZE_MAX;
		if (r == 0)
			break;
		if (err.kind != KN_ERR_SYSTEM || !strstr(err.message, "planted"))
			fail_msg("step %zu: %s", k, err.message);
		same_as(stack, &before, false, "step", k);
	}
	assert_true(k >= least && k < MAX_STEPS);
	err = (struct kn_error){0};
	if (kn_engine_rollback(&stack->host.engine, &(struct kn_spec){0}, 0, &plan, &err) < 0)
		fail_msg("rollback: %s", err.message);
	kn_plan_done(&plan);
	same_as(stack, &before, false, "rollback", 0);
	moment_done(&before);
}

static void test_a_failure_at_any_step_and_a_rollback_leave_nothing(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < sizeof(stacks) / sizeof(*stacks); kind++)
		for (uint32_t number = 1; number <= HOSTS; number++) {
			struct stack stack;

			stacks[kind].init(&stack, number);
			fail_everywhere(&stack, 7);
			stack_done(&stack);
		}
}

static void prune(struct stack *stack, enum kn_verb verb, const char *name, const char *port)
{
	size_t n = stack->all.n_parts++;

	stack->parts[n] = (struct kn_spec){.verb = verb, .bridge = named(name), .prune = true};
	if (port)
		add_port(&stack->parts[n], port);
}

/* What --prune asks for, of the stack that stack_init() makes. */
static void release_the_active_port(struct stack *stack)
{
	prune(stack, KN_BOND_RELEASE, "kvtbo", "kvtc2");
	for (size_t i = 0; i < stack->host.fake.facts.n_links; i++) {
		struct kn_link *link = &stack->host.fake.facts.links[i];

		if (kn_ifname_eq(&link->name, &stack->parts[0].bridge) && link->bond_mode == 1)
			link->active = named("kvtc2");
	}
}

static void remove_a_bridge_with_its_vlan(struct stack *stack)
{
	prune(stack, KN_BRIDGE_DELETE, "kvtbr20", NULL);
	prune(stack, KN_LINK_DELETE, "kvtbo.20", NULL);
}

static void remove_a_vlan_from_its_bridge(struct stack *stack)
{
	prune(stack, KN_PORT_REMOVE, "kvtbr20", "kvtbo.20");
	prune(stack, KN_LINK_DELETE, "kvtbo.20", NULL);
}

static void remove_all(struct stack *stack)
{
	remove_a_bridge_with_its_vlan(stack);
	prune(stack, KN_LINK_DELETE, "kvtbo.10", NULL);
	prune(stack, KN_LINK_DELETE, "kvtbo", NULL);
}

static void test_what_is_pruned_comes_back(void **state)
{
	static void (*const prunings[])(struct stack * stack) = {
		release_the_active_port, remove_a_bridge_with_its_vlan,
		remove_a_vlan_from_its_bridge, remove_all};

	(void)state;
	for (size_t i = 0; i < sizeof(prunings) / sizeof(*prunings); i++)
		for (uint32_t number = 1; number <= HOSTS; number++) {
			struct kn_error err;
			struct stack stack;
			size_t n;

			stack_init(&stack, number);
			if (run(&stack, &n, &err) < 0)
				fail_msg("host %u: %s", number, err.message);
			for (size_t k = 0; k < 4; k++)
				kn_spec_done(&stack.parts[k]);
			stack.all.n_parts = 0;
			prunings[i](&stack);
			fail_everywhere(&stack, 1);
			stack_done(&stack);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_second_run_finds_nothing_to_do),
		cmocka_unit_test(test_a_failure_at_any_step_and_a_rollback_leave_nothing),
		cmocka_unit_test(test_what_is_pruned_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
