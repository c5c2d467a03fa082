/* Words of networks, versions of libvirt, and small questions.
 * Layer: model, pure. */
#include <string.h>

#include "kvmnet/network.h"
#include "kvmnet/num.h"

const char *kn_netgroup_word(unsigned int group)
{
	static const char *const words[] = {
#define KN_NETGROUP(id, word) word,
#include "kvmnet/network.def"
#undef KN_NETGROUP
	};

	return words[group];
}

const char *kn_netmode_word(uint32_t mode)
{
	static const char *const words[] = {"nat",	"route",  "open",
					    "isolated", "bridge", "macvtap"};

	return words[mode];
}

const char *kn_macvtap_word(uint32_t macvtap)
{
	static const char *const words[] = {"bridge", "vepa", "private", "passthrough"};

	return words[macvtap];
}

bool kn_netmode_has_bridge(uint32_t mode)
{
	return mode != KN_NETMODE_BRIDGE && mode != KN_NETMODE_MACVTAP;
}

const struct kn_cidr *kn_network_subnet(const struct kn_network *net, enum kn_family family)
{
	for (size_t i = 0; i < net->subnets.n; i++)
		if (net->subnets.v[i].ip.family == family)
			return &net->subnets.v[i];
	return NULL;
}

/* Up to three numbers with dots between them; what is left out is 0. */
static bool version_scan(const char *str, uint32_t *ret)
{
	uint32_t part[3] = {0}, n = 0;

	for (;; n++) {
		char digits[8] = "";
		size_t len = strcspn(str, ".");

		if (n == 3 || len >= sizeof(digits))
			return false;
		memcpy(digits, str, len);
		if (!kn_num_is(digits, 999, &part[n]))
			return false;
		if (!str[len])
			break;
		str += len + 1;
	}
	*ret = part[0] * 1000000 + part[1] * 1000 + part[2];
	return *ret > 0;
}

int kn_libvirt_version_parse(const char *str, const char *what, uint32_t *ret, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (version_scan(str, ret))
		return 0;
	kn_buf_put_escaped(&shown, str, strnlen(str, 40));
	kn_fail(err, KN_ERR_INPUT, 0, "%s \"%s\" is no version of libvirt", what,
		kn_buf_str(&shown));
	return kn_hint(err, "write it as virsh --version does: 9.0.0");
}
