/* Journals for tests. The rows of the full one are written without member names on purpose: a
 * member that is added to a structure lacks its value here, which -Wextra tells, and once it has
 * one the round trip fails until the format's table knows it. Layer: tests. */
#include "journal_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/journal_rows.h"

#define IP4(a, b, c, d)                                                                            \
	{                                                                                          \
		KN_IPV4,                                                                           \
		{                                                                                  \
			a, b, c, d                                                                 \
		}                                                                                  \
	}
#define IP6(last)                                                                                  \
	{                                                                                          \
		KN_IPV6,                                                                           \
		{                                                                                  \
			0xfd, [15] = last                                                          \
		}                                                                                  \
	}

static const struct kn_link full_links[] = {
	{{"eth0"},
	 2,
	 KN_LINK_VETH,
	 "veth",
	 0x1003,
	 6,
	 1500,
	 {{0x44, 0x37, 1, 2, 3, 4}},
	 true,
	 true,
	 {"br0"},
	 3,
	 17,
	 1,
	 true,
	 2,
	 1,
	 1,
	 3,
	 -1,
	 {511, {1, 1500, 32768, 30000, 200, 2000, 1, 1, 1}},
	 {31, {1, 1, 100, 32, 1}},
	 .half_duplex = false},
	{.name = {"wlan%d"},
	 .ifindex = 9,
	 .kind = KN_LINK_WLAN,
	 .bond_mode = 6,
	 .addr_gen_mode = 255,
	 .opts = {4, {[2] = 0}}},
};

static const struct kn_laddr full_addrs[] = {
	{{"eth0"},
	 {IP4(192, 168, 12, 118), 24},
	 IP4(10, 0, 0, 1),
	 IP4(192, 168, 12, 255),
	 "eth0:1",
	 0x80,
	 253,
	 3,
	 UINT32_MAX,
	 300,
	 true,
	 1024},
	{.dev = {"eth0"}, .addr = {IP6(1), 64}},
};

static const struct kn_route full_routes[] = {
	{{IP4(10, 0, 0, 0), 8},
	 IP6(9),
	 IP4(10, 0, 0, 7),
	 {"eth0"},
	 true,
	 true,
	 100,
	 254,
	 7,
	 600,
	 1,
	 253,
	 4,
	 16,
	 1,
	 true,
	 true,
	 2,
	 {{IP4(10, 0, 0, 1), {"eth0"}, true, 255}, {IP6(2), {"eth1"}, true, 1}},
	 5,
	 {8, 0, 2, 0, 220}},
	{.dst = {{KN_IPV6, {0}}, 0}, .dev = {"eth0"}, .table = UINT32_MAX},
};

static const struct kn_neigh full_neighs[] = {
	{{"eth0"}, IP4(192, 168, 12, 1), {{2, 0, 0, 0, 0, 1}}, true, 0x80, 2},
};

static const struct kn_nexthop full_nexthops[] = {
	{77, KN_IPV6, {"eth0"}, IP6(3), true, true, 4, 3, {1, 0, 255}},
	{.id = 78},
};

/* A rule's names are what somebody typed, not what exists. */
static const struct kn_rule full_rules[] = {
	{KN_IPV4, 32000, 100, {"eth0"}, {"a/b"}, 4, {2, 0, 0, 255}},
	{.family = KN_IPV6},
};

static const struct kn_jlink full_made[] = {{{"br0"}, true, {{0x44, 0x37, 0xe6, 0, 0, 1}}}};

/* Room for every list is made in one place: a test has nothing to do without memory. */
static void *room(size_t n, size_t size)
{
	void *v = calloc(n, size);

	if (!v)
		abort();
	return v;
}

static char *copy_bytes(const char *data, size_t len)
{
	char *copy = room(len + 1, 1);

	memcpy(copy, data, len);
	return copy;
}

static char *copy_string(const char *str)
{
	return copy_bytes(str, strlen(str));
}

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define FILL(list, n, cap, rows)                                                                   \
	do {                                                                                       \
		(list) = room(COUNT(rows), sizeof(*(rows)));                                       \
		memcpy((list), (rows), sizeof(rows));                                              \
		(n) = (cap) = COUNT(rows);                                                         \
	} while (0)

static void fill_files(struct kn_journal *journal)
{
	static const char odd[] = "a\0b\nsum 0123456789abcdef\n\xff";
	struct kn_jfile *v = room(3, sizeof(*v));
	struct kn_xattr *xattrs = room(2, sizeof(*xattrs));

	xattrs[0] = (struct kn_xattr){copy_string("security.selinux"), copy_bytes("x\0y", 3), 3};
	xattrs[1] = (struct kn_xattr){copy_string("user.a b=%"), copy_bytes("", 0), 0};
	v[0] = (struct kn_jfile){copy_string("/etc/a b%\x01\xff\n"),
				 true,
				 true,
				 copy_bytes(odd, sizeof(odd) - 1),
				 copy_string("DEVICE=eth0\n"),
				 sizeof(odd) - 1,
				 12,
				 true,
				 true,
				 0100644,
				 1,
				 2,
				 xattrs,
				 2,
				 2};
	/* there and empty is not absent */
	v[1] = (struct kn_jfile){
		.path = copy_string("/empty"), .before = copy_string(""), .before_present = true};
	v[2] = (struct kn_jfile){.path = copy_string("/new"),
				 .after = copy_string("x"),
				 .after_len = 1,
				 .after_present = true};
	journal->files = v;
	journal->n_files = journal->cap_files = 3;
}

static void fill_nets(struct kn_journal *journal)
{
	struct kn_jnet *v = room(2, sizeof(*v));

	v[0] = (struct kn_jnet){copy_string("default"),
				true,
				true,
				true,
				true,
				copy_string("<network>\n</network>\n"),
				copy_string("<network>\n\t<name>\xff</name>\n</network>\n")};
	v[1] = (struct kn_jnet){.name = copy_string("")};
	journal->nets = v;
	journal->n_nets = journal->cap_nets = 2;
}

struct kn_journal full_journal(void)
{
	static const struct kn_ifname scope[] = {{"eth0"}, {"\x1b[2J\x7f\"'"}, {"caf\xc3\xa9\xff"}};
	struct kn_journal journal = {.number = 7,
				     .undoes = 6,
				     .boot_id = "0a1b2c3d-0000-4000-8000-0123456789ab",
				     .deadline_ms = UINT64_MAX,
				     .time_s = 1700000000,
				     .command = copy_string("kvmnet bridge create br0"),
				     .verb = KN_PORT_SET,
				     .bridge = {"br0"},
				     .has_live = true,
				     .reads = 15,
				     .uri = copy_string("qemu+unix:///system?socket=/run/a b")};
	struct kn_facts *live = &journal.live;

	fill_files(&journal);
	FILL(journal.scope.v, journal.scope.n, journal.scope.cap, scope);
	FILL(journal.dhcp.v, journal.dhcp.n, journal.dhcp.cap, scope);
	FILL(live->links, live->n_links, live->cap_links, full_links);
	FILL(live->addrs, live->n_addrs, live->cap_addrs, full_addrs);
	FILL(live->routes.v, live->routes.n, live->routes.cap, full_routes);
	FILL(live->neighs, live->n_neighs, live->cap_neighs, full_neighs);
	FILL(live->nexthops, live->n_nexthops, live->cap_nexthops, full_nexthops);
	FILL(live->rules, live->n_rules, live->cap_rules, full_rules);
	FILL(journal.made, journal.n_made, journal.cap_made, full_made);
	fill_nets(&journal);
	live->live = true;
	return journal;
}

/* ---- random ones ---- */

/* xorshift32: the same journals on every machine */
static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* A string of fewer than @size bytes of any value but 0. */
static void random_text(uint32_t *seed, char *ret, size_t size)
{
	size_t len = next(seed) % size;

	memset(ret, 0, size);
	for (size_t i = 0; i < len; i++)
		ret[i] = (char)(next(seed) % 255 + 1);
}

static void random_name(uint32_t *seed, struct kn_ifname *ret)
{
	char text[KN_IFNAME_SIZE];
	struct kn_error err;

	do {
		random_text(seed, text, sizeof(text));
	} while (kn_ifname_from_host(text, ret, &err) < 0);
}

static void random_ip(uint32_t *seed, struct kn_ip *ret)
{
	*ret = (struct kn_ip){.family = next(seed) % 2 ? KN_IPV4 : KN_IPV6};
	for (size_t i = 0; i < kn_ip_bytes(ret); i++)
		ret->b[i] = next(seed) % 3 ? (uint8_t)next(seed) : 0;
}

static void random_bytes(uint32_t *seed, uint8_t *ret, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)next(seed);
}

static void random_uint(uint32_t *seed, const struct kn_rec_field *field, void *member)
{
	uint64_t value = (uint64_t)next(seed) << 32 | next(seed);

	if (field->max)
		value %= field->max + 1;
	else if (field->size == 1)
		value %= 2;		     /* it may be a bool */
	memcpy(member, &value, field->size); /* little-endian machines only, as is the next one */
}

static void random_member(uint32_t *seed, const struct kn_rec_field *field, char *row)
{
	char *member = row + field->offset, text[40];
	uint32_t choice = next(seed) % 100;
	uint16_t len = (uint16_t)(next(seed) % (field->size + 1));

	switch (field->type) {
	case KN_REC_UINT:
		random_uint(seed, field, member);
		break;
	case KN_REC_INT:
		*(int *)(void *)member = (int)choice - 50;
		break;
	case KN_REC_ENUM:
		*(unsigned int *)(void *)member = choice % (unsigned int)field->max;
		break;
	case KN_REC_NAME:
		random_name(seed, (void *)member);
		break;
	case KN_REC_TEXT:
		random_text(seed, member, field->size);
		break;
	case KN_REC_STR:
		random_text(seed, text + 1, sizeof(text) - 1);
		text[0] = '/'; /* it may be a path */
		*(char **)(void *)member = copy_string(text);
		break;
	case KN_REC_MAC:
		random_bytes(seed, (void *)member, field->size);
		break;
	case KN_REC_IP:
		random_ip(seed, (void *)member);
		break;
	case KN_REC_CIDR: {
		struct kn_cidr *cidr = (void *)member;

		random_ip(seed, &cidr->ip);
		cidr->prefix_len = (uint8_t)(next(seed) % (kn_ip_bits(&cidr->ip) + 1));
		break;
	}
	case KN_REC_BYTES:
		random_bytes(seed, (void *)member, len);
		memcpy(row + field->len_offset, &len, sizeof(len));
		break;
	case KN_REC_OPTS:
		for (unsigned int i = 0; i < field->max; i++)
			if (next(seed) % 2)
				kn_opts_set((void *)member, i, next(seed));
		break;
	}
}

static void random_fields(uint32_t *seed, const struct kn_rec_field *fields, size_t n, char *row)
{
	for (size_t i = 0; i < n; i++)
		if (i == 0 || next(seed) % 3)
			random_member(seed, &fields[i], row);
}

static void random_files(uint32_t *seed, struct kn_journal *journal)
{
	for (size_t i = 0; i < journal->n_files; i++) {
		struct kn_jfile *file = &journal->files[i];

		file->before_present = next(seed) % 2;
		if (file->before_present) {
			file->before_len = next(seed) % 300;
			file->before = room(file->before_len + 1, 1);
			random_bytes(seed, (void *)file->before, file->before_len);
		}
		file->after_present = next(seed) % 2;
		if (file->after_present)
			file->after = copy_string("");
	}
}

static void random_list(uint32_t *seed, const struct kn_jlist *list, struct kn_journal *journal)
{
	size_t n = next(seed) % 4;
	char *v = n ? room(n, list->size) : NULL;

	for (size_t i = 0; i < n; i++)
		random_fields(seed, list->fields, list->n_fields, v + i * list->size);
	memcpy((char *)journal + list->items, &v, sizeof(v));
	memcpy((char *)journal + list->n, &n, sizeof(n));
	memcpy((char *)journal + list->cap, &n, sizeof(n));
}

struct kn_journal random_journal(uint32_t seed)
{
	struct kn_journal journal = {0};

	seed = seed * 2654435761u + 1;
	random_fields(&seed, kn_journal_fields, kn_journal_n_fields, (char *)&journal);
	for (size_t i = 0; i < kn_journal_n_lists; i++)
		random_list(&seed, &kn_journal_lists[i], &journal);
	random_files(&seed, &journal);
	for (size_t i = 0; i < journal.live.routes.n; i++) {
		struct kn_route *route = &journal.live.routes.v[i];

		route->n_legs = (uint8_t)(next(&seed) % (KN_ROUTE_LEGS + 1));
		for (size_t k = 0; k < route->n_legs; k++)
			random_ip(&seed, &route->legs[k].gateway);
	}
	return journal;
}
