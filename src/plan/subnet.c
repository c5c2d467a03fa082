/* Free networks for guests. Layer: plan, pure.
 * Overlap is tested, not equality: libvirt compares exact IPv4 networks of the main table only, and
 * a guest then answers for addresses of the host's own network. */
#include "plan/subnet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int kn_takens_add(struct kn_takens *list, const struct kn_cidr *cidr, const struct kn_ifname *dev,
		  struct kn_error *err, const char *fmt, ...)
{
	char *why = NULL;
	va_list ap;

	if (cidr->prefix_len == 0)
		return 0;
	va_start(ap, fmt);
	int n = vasprintf(&why, fmt, ap);
	va_end(ap);
	if (n < 0)
		return kn_fail_nomem(err);
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0) {
		free(why);
		return -1;
	}
	struct kn_taken *t = &list->v[list->n++];
	*t = (struct kn_taken){.net = *cidr, .why = why};
	if (dev)
		t->dev = *dev;
	return 0;
}

void kn_takens_done(struct kn_takens *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i].why);
	free(list->v);
	*list = (struct kn_takens){0};
}

const struct kn_taken *kn_takens_find(const struct kn_takens *list, const struct kn_cidr *cidr,
				      const struct kn_ifname *own)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct kn_taken *t = &list->v[i];

		if (own && kn_ifname_is_set(own) && kn_ifname_eq(own, &t->dev))
			continue;
		if (kn_cidr_overlaps(&t->net, cidr))
			return t;
	}
	return NULL;
}

/* The @i-th candidate. Return: false after the last. */
static bool candidate(unsigned int i, struct kn_cidr *ret)
{
	static const uint8_t tens[] = {66, 77, 88, 99};
	struct kn_cidr cidr = {{.family = KN_IPV4}, 24};
	unsigned int first = 254 - 122 + 1;

	if (i < first) {
		memcpy(cidr.ip.b, (uint8_t[]){192, 168, (uint8_t)(122 + i), 1}, 4);
	} else {
		unsigned int net = (i - first) / 256;

		if (net >= sizeof(tens))
			return false;
		memcpy(cidr.ip.b, (uint8_t[]){10, tens[net], (uint8_t)((i - first) % 256), 1}, 4);
	}
	*ret = cidr;
	return true;
}

int kn_subnet_choose(const struct kn_takens *taken, struct kn_cidr *ret,
		     const struct kn_taken **ret_avoided, struct kn_error *err)
{
	const struct kn_taken *avoided = NULL;
	struct kn_cidr cidr;

	for (unsigned int i = 0; candidate(i, &cidr); i++) {
		const struct kn_taken *hit = kn_takens_find(taken, &cidr, NULL);

		if (!hit) {
			*ret = cidr;
			*ret_avoided = avoided;
			return 0;
		}
		avoided = avoided ? avoided : hit;
	}
	kn_fail(err, KN_ERR_REFUSED, 0,
		"no free subnet: every one that could be chosen is taken, "
		"the first by %s",
		avoided ? avoided->why : "");
	return kn_hint(err, "give one: --subnet ADDRESS/LENGTH");
}

/* One step of FNV-1a, 64 bit, over the name and a counter. */
static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

int kn_subnet_choose6(const struct kn_takens *taken, uint64_t seed, const char *name,
		      struct kn_cidr *ret, struct kn_error *err)
{
	for (uint8_t i = 0; i < 100; i++) {
		uint64_t hash = mix(mix(mix(UINT64_C(0xcbf29ce484222325), &seed, sizeof(seed)),
					name, strlen(name)),
				    &i, 1);
		struct kn_cidr cidr = {{.family = KN_IPV6, .b = {0xfd, [7] = 1, [15] = 1}}, 64};

		hash ^= hash >> 32; /* FNV's low bits are its weak ones */
		for (size_t j = 0; j < 5; j++)
			cidr.ip.b[1 + j] = (uint8_t)(hash >> 8 * j);
		if (!kn_takens_find(taken, &cidr, NULL)) {
			*ret = cidr;
			return 0;
		}
	}
	kn_fail(err, KN_ERR_REFUSED, 0, "no free IPv6 prefix was found");
	return kn_hint(err, "give one: --ipv6 ADDRESS/LENGTH");
}

/* The address @step (1 or -1) beside @ip, within the last 16 bits. */
static struct kn_ip beside(struct kn_ip ip, int step)
{
	uint16_t low = (uint16_t)(ip.b[2] << 8 | ip.b[3]);

	low = (uint16_t)(low + step);
	ip.b[2] = (uint8_t)(low >> 8);
	ip.b[3] = (uint8_t)low;
	return ip;
}

static unsigned int low16(const struct kn_ip *ip)
{
	return (unsigned int)(ip->b[2] << 8 | ip->b[3]);
}

bool kn_subnet_range(const struct kn_cidr *subnet, struct kn_net_range *ret)
{
	struct kn_cidr part = *subnet;

	if (subnet->ip.family != KN_IPV4 || subnet->prefix_len > 30)
		return false;
	/* libvirt takes no range across a /16 boundary. */
	part.prefix_len = part.prefix_len < 16 ? 16 : part.prefix_len;
	struct kn_cidr net = kn_cidr_network(&part);
	struct kn_ip broadcast = kn_cidr_broadcast(&part), own = subnet->ip;
	unsigned int below = low16(&own) - low16(&net.ip), above = low16(&broadcast) - low16(&own);
	*ret = (struct kn_net_range){.first = beside(own, 1), .last = beside(broadcast, -1)};
	if (below > above)
		*ret = (struct kn_net_range){.first = beside(net.ip, 1), .last = beside(own, -1)};
	return (below > above ? below : above) > 1;
}
