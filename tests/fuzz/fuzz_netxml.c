/* Fuzz target: no definition of a network makes the codec fall; what it reads it writes and reads
 * again as the same, and a definition that says something already is not changed for it.
 * Layer: tests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/netxml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

/* Ranges and hosts outside every subnet have no place in a document of ours: the check refuses
 * them before. A definition of the host may have them. */
static bool has_strays(const struct kn_network *net)
{
	struct kn_error err = {0};
	struct kn_network copy = {0};
	uint32_t groups = KN_NET_HAS(SUBNETS) | KN_NET_HAS(DHCP) | KN_NET_HAS(HOSTS);
	bool strays = false;

	REQUIRE(kn_network_copy(&copy, net, groups, &err) == 0);
	for (size_t i = 0; i < copy.ranges.n + copy.hosts.n; i++) {
		const struct kn_ip *ip = i < copy.ranges.n ? &copy.ranges.v[i].first
							   : &copy.hosts.v[i - copy.ranges.n].ip;
		size_t holders = 0;

		for (size_t j = 0; j < copy.subnets.n; j++)
			holders += kn_cidr_has(&copy.subnets.v[j], ip);
		strays |= holders != 1;
	}
	kn_network_done(&copy);
	return strays;
}

static void require_round_trip(const struct kn_netdef *def)
{
	struct kn_buf xml = KN_BUF_INIT;
	struct kn_netdef again = {0};
	struct kn_error err = {0};

	REQUIRE(kn_netxml_emit(&def->net, &xml, &err) == 0);
	REQUIRE(kn_netxml_parse("again", kn_buf_str(&xml), xml.len, &again, &err) == 0);
	/* One document has no order between subnets' ranges; another mode, other devices. */
	if (def->net.subnets.n <= 1 && def->net.mode != KN_NETMODE_ISOLATED)
		REQUIRE(!(kn_network_diff(&def->net, &again.net) &
			  (KN_NET_HAS(SUBNETS) | KN_NET_HAS(DHCP) | KN_NET_HAS(HOSTS))));
	kn_netdef_done(&again);
	kn_buf_done(&xml);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kn_buf xml = KN_BUF_INIT, canon = KN_BUF_INIT;
	struct kn_netdef def = {0};
	struct kn_error err = {0};
	bool changed = false;

	if (kn_netxml_parse("f", (const char *)data, size, &def, &err) == 0 && def.mode_known) {
		if (kn_network_check(&def.net, 0, &err) < 0)
			REQUIRE(err.message[0]);
		REQUIRE(kn_netxml_canonical("f", def.xml, def.len, true, &canon, &err) == 0);
		REQUIRE(kn_netxml_patch(&def, &def.net, &xml, &changed, &err) == 0);
		if (!has_strays(&def.net))
			require_round_trip(&def);
	}
	kn_netdef_done(&def);
	kn_buf_done(&xml);
	kn_buf_done(&canon);
	return 0;
}
