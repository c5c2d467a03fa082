/* Random changes of random hosts, planned and recorded. Test support. */
#include "change_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "plan/planner.h"
#include "plan/restore.h"

#define READS (KN_JREAD_ADDRS | KN_JREAD_ROUTES | KN_JREAD_NEIGHS | KN_JREAD_POLICY)

void scene_look(struct fake_kernel *fake, struct kn_facts *ret)
{
	struct kn_ifname names[] = {random_name("br0"), random_name("eth0"), random_name("eth2")};
	struct kn_live_request req = {.names = names, .n_names = 3, .ports = true};
	struct kn_error err = {0};

	assert_int_equal(fake->live.snapshot(&fake->live, &req, ret, &err), 0);
	ret->live = true;
}

void scene_plan(struct fake_kernel *fake, const struct kn_spec *spec, struct kn_plan *ret,
		struct kn_journal *journal)
{
	struct kn_tree tree = {0};
	struct kn_confs confs = {0};
	struct kn_origins origins = {0};
	struct kn_facts facts = {0};
	struct kn_inputs in = {
		.spec = spec, .tree = &tree, .confs = &confs, .origins = &origins, .facts = &facts};
	struct kn_error err = {0};

	scene_look(fake, &facts);
	facts.can_splice = !spec->no_splice;
	if (kn_planner_run(&in, ret, &err) < 0)
		fail_msg("planning failed: %s", err.message);
	if (journal)
		assert_int_equal(kn_restore_record(ret, &facts, READS, journal, &err), 0);
	kn_facts_done(&facts);
}

void scene_execute(struct fake_kernel *fake, const struct kn_plan *plan, size_t n)
{
	bool *done = calloc(plan->n_ops + 1, sizeof(*done));
	struct kn_error err = {0};

	assert_non_null(done);
	if (n > plan->n_ops)
		n = plan->n_ops;
	if (n && fake->live.exec(&fake->live, plan->ops, n, done, &err) < 0)
		fail_msg("a step failed: %s", err.message);
	free(done);
}

static void add_port(struct kn_spec *spec, const char *port)
{
	struct kn_ifname name = random_name(port);
	struct kn_error err = {0};

	assert_int_equal(kn_names_add(&spec->ports, &name, &err), 0);
}

static void add_cidr(struct kn_spec *spec, const char *text)
{
	struct kn_cidr cidr;
	struct kn_error err = {0};

	assert_int_equal(kn_cidr_parse_host(text, "a", &cidr, &err), 0);
	assert_int_equal(kn_cidrs_add(&spec->ip.addrs, &cidr, &err), 0);
	spec->given |= KN_GROUP_ADDR;
}

/* A guest of before the change. */
static void attach_guest(struct fake_kernel *fake)
{
	struct kn_op op = {.kind = KN_OP_LINK_MASTER};
	struct kn_error err = {0};
	bool done;

	op.dev = fake_add_link(fake, "vnet1", KN_LINK_TUN)->name;
	op.master.now = random_name("br0");
	assert_int_equal(fake->live.exec(&fake->live, &op, 1, &done, &err), 0);
}

static void random_settings(struct kn_spec *spec, uint32_t *seed)
{
	if (random_chance(seed, 30)) {
		kn_opts_set(&spec->opts, KN_BROPT_STP, 1);
		kn_opts_set(&spec->opts, KN_BROPT_FORWARD_DELAY, 400);
	}
	if (random_chance(seed, 30)) {
		spec->mtu = 1400;
		spec->given |= KN_GROUP_MTU;
	}
}

static void random_create(struct kn_spec *spec, uint32_t *seed)
{
	add_port(spec, "eth0");
	if (random_chance(seed, 25))
		add_port(spec, "eth2");
	random_settings(spec, seed);
	if (random_chance(seed, 30)) {
		add_cidr(spec, "192.168.12.118/24");
		assert_true(kn_ip_is("192.168.12.1", &spec->ip.gateway4));
		spec->given |= KN_GROUP_GATEWAY;
	}
}

/* Other addresses of the same networks, in another order, and another gateway. */
static void random_set(struct kn_spec *spec, uint32_t *seed)
{
	static const char *const addrs[] = {"192.168.12.119/24", "192.168.12.122/24", "10.1.0.5/16",
					    "192.168.12.118/24", "fd00:12::7/64"};
	bool local = false;

	random_settings(spec, seed);
	if (random_chance(seed, 30)) {
		spec->mac_mode = KN_MAC_GIVEN;
		spec->mac = (struct kn_mac){{0x52, 0x54, 0, 1, 2, 3}};
	}
	for (size_t i = 0; i < 5; i++)
		if (random_chance(seed, 50)) {
			add_cidr(spec, addrs[i]);
			local |= i != 2 && i != 4;
		}
	if (local && random_chance(seed, 50)) {
		assert_true(kn_ip_is("192.168.12.9", &spec->ip.gateway4));
		spec->given |= KN_GROUP_GATEWAY;
	}
	if (!spec->given && !spec->opts.has)
		kn_opts_set(&spec->opts, KN_BROPT_AGEING, 777);
	kn_opts_set(&spec->opts, KN_BROPT_PRIORITY, random_next(seed) % 100);
}

static void random_spec(enum kn_verb verb, uint32_t *seed, struct kn_spec *ret)
{
	*ret = (struct kn_spec){.verb = verb, .bridge = random_name("br0"), .no_persist = true};
	ret->no_splice = random_chance(seed, 50);
	/* What a host as it is may make a rule object to is not the question here. */
	switch (verb) {
	case KN_BRIDGE_CREATE:
		random_create(ret, seed);
		return;
	case KN_BRIDGE_SET:
		random_set(ret, seed);
		return;
	case KN_PORT_ADD:
		add_port(ret, "eth2");
		return;
	case KN_PORT_REMOVE:
	case KN_PORT_SET:
		add_port(ret, random_chance(seed, 50) ? "eth0" : "eth2");
		return;
	case KN_BRIDGE_DELETE:
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
	case KN_BOND_RELEASE:
	case KN_LINK_DELETE:
	case KN_APPLY:
		return;
	}
}

static void force_all(struct kn_spec *spec)
{
	static const char *const rules[] = {
#define KN_RULE(name, ...) name,
#include "kvmnet/rules.def"
#undef KN_RULE
	};
	struct kn_error err = {0};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		assert_int_equal(kn_strv_add(&spec->force, rules[i], &err), 0);
}

static void run_verb(struct fake_kernel *fake, enum kn_verb verb, uint32_t *seed)
{
	struct kn_plan plan = {0};
	struct kn_spec spec;

	random_spec(verb, seed, &spec);
	force_all(&spec);
	scene_plan(fake, &spec, &plan, NULL);
	scene_execute(fake, &plan, SIZE_MAX);
	kn_plan_done(&plan);
	kn_spec_done(&spec);
}

void scene_init(struct scene *scene, uint32_t host, enum kn_verb verb)
{
	uint32_t seed = host * 2654435761u;
	struct kn_spec spec;

	*scene = (struct scene){.host = host, .verb = verb};
	random_host(&scene->base, &seed);
	fake_add_link(&scene->base, "eth2", KN_LINK_PHYSICAL);
	if (verb != KN_BRIDGE_CREATE)
		run_verb(&scene->base, KN_BRIDGE_CREATE, &seed);
	if (verb == KN_PORT_REMOVE)
		run_verb(&scene->base, KN_PORT_ADD, &seed);
	if (verb != KN_BRIDGE_CREATE && random_chance(&seed, 30))
		attach_guest(&scene->base);
	random_spec(verb, &seed, &spec);
	force_all(&spec);
	scene_plan(&scene->base, &spec, &scene->plan, &scene->journal);
	scene->splice = !spec.no_splice;
	kn_spec_done(&spec);
}

void scene_done(struct scene *scene)
{
	kn_journal_done(&scene->journal);
	kn_plan_done(&scene->plan);
	fake_done(&scene->base);
}
