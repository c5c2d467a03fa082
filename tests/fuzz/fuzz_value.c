/* Fuzz target: no text makes the parsers of single values fall (names, MACs, addresses, prefixes,
 * UUIDs); what one of them takes holds what its type promises, and written and read again it is the
 * same. Layer: tests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

/* A refusal says why. */
static void require_refused(int rc, const struct kn_error *err)
{
	REQUIRE(rc == -1 && err->kind && err->message[0]);
}

static void try_names(const char *text)
{
	struct kn_ifname name = {0}, found = {0};
	struct kn_netname net = {0}, host = {0};
	struct kn_error err = {0};
	int rc = kn_ifname_parse(text, &name, &err);

	if (rc < 0)
		require_refused(rc, &err);
	else
		REQUIRE(!strcmp(name.s, text) &&
			strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHI"
				     "JKLMNOPQRSTUVWXYZ0123456789_.-") == strlen(text));
	/* A name of ours is one that a host can have. */
	if (kn_ifname_from_host(text, &found, &err) == 0)
		REQUIRE(!strcmp(found.s, text) && !strchr(text, '/'));
	else
		REQUIRE(rc < 0);
	rc = kn_netname_parse(text, &net, &err);
	if (kn_netname_from_host(text, &host, &err) == 0)
		REQUIRE(!strcmp(host.s, text) && !strchr(text, '/'));
	else
		REQUIRE(rc < 0);
	REQUIRE(rc < 0 || !strcmp(net.s, text));
	(void)kn_dnsname_fault(text, false);
	(void)kn_dnsname_fault(text, true);
}

static void try_mac(const char *text)
{
	struct kn_mac mac = {0}, again = {0};
	struct kn_error err = {0};
	char out[KN_MAC_STRLEN];
	int rc = kn_mac_parse(text, &mac, &err);

	if (rc < 0) {
		require_refused(rc, &err);
		return;
	}
	REQUIRE(!kn_mac_is_zero(&mac) && !(mac.b[0] & 1));
	REQUIRE(kn_mac_parse(kn_mac_fmt(&mac, out), &again, &err) == 0);
	REQUIRE(kn_mac_eq(&mac, &again));
}

static void try_ip(const char *text)
{
	struct kn_ip ip = {0}, again = {0};
	struct kn_error err = {0};
	char out[KN_IP_STRLEN];
	int rc = kn_ip_parse(text, "address", &ip, &err);

	REQUIRE(kn_ip_is(text, &again) == (rc == 0));
	if (rc < 0) {
		require_refused(rc, &err);
		return;
	}
	REQUIRE(kn_ip_parse(kn_ip_fmt(&ip, out), "address", &again, &err) == 0);
	REQUIRE(kn_ip_eq(&ip, &again) && kn_ip_cmp(&ip, &again) == 0);
}

static void try_cidr(const char *text)
{
	struct kn_cidr cidr = {0}, again = {0}, host = {0}, net = {0};
	struct kn_error err = {0};
	char out[KN_CIDR_STRLEN];
	int rc = kn_cidr_parse(text, "prefix", &cidr, &err);

	if (kn_cidr_parse_host(text, "prefix", &host, &err) == 0)
		REQUIRE(rc == 0 && kn_cidr_eq(&host, &cidr) && !kn_ip_is_multicast(&host.ip));
	if (kn_cidr_parse_net(text, "prefix", &net, &err) == 0) {
		struct kn_cidr network = kn_cidr_network(&net);

		REQUIRE(rc == 0 && kn_cidr_eq(&net, &network));
	}
	if (rc < 0) {
		require_refused(kn_cidr_parse(text, "prefix", &again, &err), &err);
		return;
	}
	REQUIRE(cidr.prefix_len <= kn_ip_bits(&cidr.ip));
	struct kn_cidr network = kn_cidr_network(&cidr);
	struct kn_ip last = kn_cidr_broadcast(&cidr);
	REQUIRE(kn_cidr_has(&network, &cidr.ip) && kn_cidr_has(&network, &last));
	REQUIRE(kn_ip_cmp(&network.ip, &cidr.ip) <= 0 && kn_ip_cmp(&cidr.ip, &last) <= 0);
	REQUIRE(kn_cidr_overlaps(&network, &cidr));
	REQUIRE(kn_cidr_parse(kn_cidr_fmt(&cidr, out), "prefix", &again, &err) == 0);
	REQUIRE(kn_cidr_eq(&cidr, &again));
}

static void try_uuid(const char *text)
{
	struct kn_uuid uuid = {0}, again = {0};
	struct kn_error err = {0};
	char out[KN_UUID_STRLEN];
	int rc = kn_uuid_parse(text, &uuid, &err);

	if (rc < 0) {
		require_refused(rc, &err);
		return;
	}
	REQUIRE(kn_uuid_parse(kn_uuid_fmt(&uuid, out), &again, &err) == 0);
	REQUIRE(!memcmp(&uuid, &again, sizeof(uuid)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	try_names(text);
	try_mac(text);
	try_ip(text);
	try_cidr(text);
	try_uuid(text);
	free(text);
	return 0;
}
