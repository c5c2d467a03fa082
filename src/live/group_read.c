/* Multicast groups that programs joined on the snapshot's links. Netlink tells them for IPv6 only
 * (IPv4: since Linux 6.14), so both are read from /proc.
 * Layer: live, effects (reads). Source: kernel net/ipv4/igmp.c, igmp_mc_seq_show();
 * net/ipv6/mcast.c, igmp6_mc_seq_show(). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "kvmnet/num.h"
#include "live/nl.h"

#define IGMP	     "/proc/net/igmp"
#define IGMP6	     "/proc/net/igmp6"
#define LINE_MAX_LEN 256

/* What every host, and every router, is in by itself. */
static bool is_kernels(const struct kn_ip *ip)
{
	static const uint8_t solicited[13] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff};
	static const uint8_t zeros[13];

	if (ip->family == KN_IPV4)
		return ip->b[0] == 224 && !ip->b[1] && !ip->b[2] && ip->b[3] <= 2;
	if (!memcmp(ip->b, solicited, sizeof(solicited)))
		return true;
	return (ip->b[1] == 1 || ip->b[1] == 2 || ip->b[1] == 5) && ip->b[15] <= 2 &&
	       !memcmp(ip->b + 2, zeros, sizeof(zeros));
}

static int add(struct kn_facts *facts, const struct kn_link *link, const struct kn_ip *ip,
	       struct kn_error *err)
{
	struct kn_mcast group = {link->name, *ip};

	return is_kernels(ip) ? 0 : kn_facts_add_mcast(facts, &group, err);
}

/* The next word of a line. Return: its length; 0 at the end. */
static size_t next_word(const char **at)
{
	*at += strspn(*at, " \t\n");
	return strcspn(*at, " \t\n");
}

/* @n bytes from twice as many hexadecimal digits. */
static bool take_hex(const char *text, size_t n, uint8_t *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < 2 * n; i++) {
		const char *digit =
			text[i] ? strchr(digits, tolower((unsigned char)text[i])) : NULL;

		if (!digit)
			return false;
		ret[i / 2] = (uint8_t)(ret[i / 2] << 4 | (digit - digits));
	}
	return true;
}

/* The link whose index begins the line, when it is one of the snapshot's. */
static const struct kn_link *take_link(const char *line, struct kn_link_map *map)
{
	const char *at = line;
	size_t len = next_word(&at);
	char text[16] = "";
	uint32_t index;

	if (len >= sizeof(text))
		return NULL;
	memcpy(text, at, len);
	return kn_num_is(text, INT32_MAX, &index) ? kn_link_by_index(map, (int)index) : NULL;
}

/* "2  eth0  : 1  V3", and below it "  010000E0  1 0:00000000  0": the group as the 32-bit number
 * that its bytes are on this machine. */
static int take4(struct kn_facts *facts, const char *line, const struct kn_link **link,
		 struct kn_link_map *map, struct kn_error *err)
{
	struct kn_ip ip = {.family = KN_IPV4};
	const char *at = line;
	uint8_t b[4] = {0};

	if (line[0] != '\t') {
		*link = take_link(line, map);
		return 0;
	}
	if (!*link || next_word(&at) != 8 || !take_hex(at, 4, b))
		return 0;
	uint32_t group = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	memcpy(ip.b, &group, sizeof(group));
	return add(facts, *link, &ip, err);
}

/* "2  eth0  ff020000000000000000000000000001  1 0000000C 0" */
static int take6(struct kn_facts *facts, const char *line, struct kn_link_map *map,
		 struct kn_error *err)
{
	const struct kn_link *link = take_link(line, map);
	struct kn_ip ip = {.family = KN_IPV6};
	const char *at = line;

	if (!link)
		return 0;
	for (int i = 0; i < 2; i++)
		at += next_word(&at);
	if (next_word(&at) != 32 || !take_hex(at, 16, ip.b))
		return 0;
	return add(facts, link, &ip, err);
}

/* A kernel without multicast has no such file: then there are no groups. For every read the kernel
 * goes through its list from the beginning, so as few as it takes: a page is what it hands out. */
static int read_file(struct kn_facts *facts, const char *path, bool v6, struct kn_error *err)
{
	struct kn_link_map map = {.facts = facts};
	const struct kn_link *link = NULL;
	char page[4096];
	FILE *file = fopen(path, "re");
	size_t size = LINE_MAX_LEN;
	char *line = malloc(size);
	int rc = line ? 0 : kn_fail_nomem(err);

	if (file)
		(void)setvbuf(file, page, _IOFBF, sizeof(page));
	while (rc == 0 && file && getline(&line, &size, file) > 0)
		rc = v6 ? take6(facts, line, &map, err) : take4(facts, line, &link, &map, err);
	free(line);
	if (file)
		(void)fclose(file);
	return rc;
}

bool kn_kernel_since(uint32_t want_major, uint32_t want_minor)
{
	uint32_t major, minor;
	struct utsname uts;

	if (uname(&uts) < 0)
		return false;
	char *minor_text = strchr(uts.release, '.');
	if (!minor_text)
		return false;
	*minor_text++ = '\0';
	minor_text[strspn(minor_text, "0123456789")] = '\0';
	return kn_num_is(uts.release, 999, &major) && kn_num_is(minor_text, 999, &minor) &&
	       (major > want_major || (major == want_major && minor >= want_minor));
}

int kn_read_groups(struct kn_facts *facts, struct kn_error *err)
{
	/* An older kernel ignores the flag, and the group would become an address. */
	facts->can_join = kn_kernel_since(4, 1);
	if (read_file(facts, IGMP, false, err) < 0)
		return -1;
	return read_file(facts, IGMP6, true, err);
}
