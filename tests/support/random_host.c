/* Random hosts on the in-memory kernel. Test support. */
#include "random_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FOREVER UINT32_MAX

uint32_t random_next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

bool random_chance(uint32_t *seed, uint32_t percent)
{
	return random_next(seed) % 100 < percent;
}

struct kn_ifname random_name(const char *str)
{
	struct kn_ifname ifname = {{0}};

	memcpy(ifname.s, str, strlen(str));
	return ifname;
}

static void random_ipv4(struct fake_kernel *fake, uint32_t *seed)
{
	bool onlink = random_chance(seed, 10);

	assert_int_equal(
		fake_add_addr(fake, "eth0", onlink ? "10.9.9.9/32" : "192.168.12.118/24", FOREVER),
		0);
	if (random_chance(seed, 40))
		assert_int_equal(fake_add_addr(fake, "eth0", "192.168.12.119/24", FOREVER), 0);
	if (random_chance(seed, 30))
		assert_int_equal(fake_add_addr(fake, "eth0", "10.1.0.5/16", FOREVER), 0);
	if (onlink) {
		assert_int_equal(fake_add_route(fake, "eth0", "192.168.12.1/32", NULL, 0), 0);
	}
	if (random_chance(seed, 85))
		assert_int_equal(fake_add_route(fake, "eth0", "0.0.0.0/0", "192.168.12.1",
						random_chance(seed, 50) ? 100 : 0),
				 0);
	if (!onlink && random_chance(seed, 40))
		assert_int_equal(fake_add_route(fake, "eth0", "10.77.0.0/16", "192.168.12.254", 50),
				 0);
	if (random_chance(seed, 20))
		assert_int_equal(fake_add_route(fake, "eth0", "172.16.0.0/12", NULL, 7), 0);
}

static void random_ipv6(struct fake_kernel *fake, uint32_t *seed)
{
	assert_int_equal(fake_add_addr(fake, "eth0", "fe80::1234/64", FOREVER), 0);
	if (random_chance(seed, 60))
		assert_int_equal(fake_add_addr(fake, "eth0", "fd00:12::118/64", FOREVER), 0);
	if (random_chance(seed, 30))
		assert_int_equal(fake_add_addr(fake, "eth0", "fd00:12::beef/64", 3600), 0);
	if (random_chance(seed, 50))
		assert_int_equal(fake_add_route(fake, "eth0", "::/0", "fe80::1", 1024), 0);
	if (random_chance(seed, 20)) {
		assert_int_equal(fake_add_route(fake, "eth0", "::/0", "fe80::2", 1024), 0);
		assert_int_equal(fake_add_route(fake, "eth0", "2001:db8::/32", "fe80::1", 1024), 0);
	}
}

/* Nexthop objects, routes with several next hops, rules: what else names the uplink. */
static void random_policy(struct fake_kernel *fake, uint32_t *seed, bool second, bool onlink)
{
	static const char *const own[][2] = {{"192.168.12.1", "eth0"}, {"192.168.12.2", "eth0"}};
	static const char *const mixed[][2] = {{"10.200.0.254", "eth1"}, {"192.168.12.1", "eth0"}};
	const char *rest = second && random_chance(seed, 50) ? "eth1" : "";

	if (random_chance(seed, 40)) {
		assert_int_equal(fake_add_nexthop(fake, 10, "eth0", "192.168.12.1"), 0);
		assert_int_equal(fake_add_nexthop_route(fake, "10.51.0.0/16", 10), 0);
		assert_int_equal(fake_add_nexthop_route(fake, "10.52.0.0/16", 10), 0);
	}
	if (random_chance(seed, 30))
		assert_int_equal(fake_add_nexthop(fake, 11, "eth0", NULL), 0);
	if (!onlink && random_chance(seed, 30))
		assert_int_equal(fake_add_legs(fake, "10.53.0.0/16", own, 2), 0);
	if (second && random_chance(seed, 50))
		assert_int_equal(fake_add_legs(fake, "10.54.0.0/16", mixed, 2), 0);
	if (random_chance(seed, 40)) {
		assert_int_equal(fake_add_rule(fake, 100, "eth0", ""), 0);
		assert_int_equal(fake_add_rule(fake, 100, rest, "lo"), 0);
		assert_int_equal(fake_add_rule(fake, 50, "eth0", "eth0"), 0);
	}
	if (random_chance(seed, 30)) {
		assert_int_equal(fake_add_rule(fake, 300, "", "eth0"), 0);
		assert_int_equal(fake_add_rule(fake, 300, "eth0", ""), 0);
	}
}

/* Several next hops of IPv6, which are replaced in place. */
static void random_policy6(struct fake_kernel *fake, uint32_t *seed)
{
	static const char *const legs[][2] = {{"fe80::1", "eth0"}, {"fe80::2", "eth0"}};

	if (random_chance(seed, 30))
		assert_int_equal(fake_add_legs(fake, "fd00:50::/48", legs, 2), 0);
	if (random_chance(seed, 30)) {
		assert_int_equal(fake_add_nexthop(fake, 20, "eth0", "fe80::9"), 0);
		assert_int_equal(fake_add_nexthop_route(fake, "fd00:51::/48", 20), 0);
	}
}

static bool has_addr(const struct fake_kernel *fake, const char *addr)
{
	struct kn_ip ip;

	assert_true(kn_ip_is(addr, &ip));
	for (size_t i = 0; i < fake->facts.n_addrs; i++)
		if (kn_ip_eq(&fake->facts.addrs[i].addr.ip, &ip))
			return true;
	return false;
}

void random_host(struct fake_kernel *fake, uint32_t *seed)
{
	fake_init(fake);
	struct kn_link *up = fake_add_link(fake, "eth0", KN_LINK_PHYSICAL);
	up->mtu = random_chance(seed, 20) ? 9000 : 1500;
	up->rp_filter = random_next(seed) % 3;
	up->group = random_chance(seed, 10) ? 7 : 0;
	fake->facts.all_rp_filter = random_next(seed) % 3;
	if (random_chance(seed, 30)) {
		fake_add_link(fake, "eth1", KN_LINK_PHYSICAL);
		assert_int_equal(fake_add_addr(fake, "eth1", "10.200.0.1/24", FOREVER), 0);
		if (random_chance(seed, 50))
			assert_int_equal(
				fake_add_route(fake, "eth1", "0.0.0.0/0", "10.200.0.254", 900), 0);
	}
	if (random_chance(seed, 90))
		random_ipv4(fake, seed);
	if (random_chance(seed, 60))
		random_ipv6(fake, seed);
	if (has_addr(fake, "192.168.12.118") || has_addr(fake, "10.9.9.9"))
		random_policy(fake, seed, has_addr(fake, "10.200.0.1"), has_addr(fake, "10.9.9.9"));
	if (has_addr(fake, "fe80::1234"))
		random_policy6(fake, seed);
}
