/* Strict decimal numbers.
 * Layer: base, pure. */
#include "kvmnet/num.h"

#include <string.h>

#include "kvmnet/buf.h"

bool kn_num64_is(const char *str, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*str || (str[0] == '0' && str[1]))
		return false;
	for (const char *p = str; *p; p++) {
		uint64_t digit = (uint64_t)(*p - '0');

		/* asked before it is done, so that nothing wraps */
		if (*p < '0' || *p > '9' || digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

bool kn_num_is(const char *str, uint32_t max, uint32_t *ret)
{
	uint64_t value;

	if (!kn_num64_is(str, max, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

int kn_num_parse(const char *str, const char *what, uint32_t min, uint32_t max, uint32_t *ret,
		 struct kn_error *err)
{
	uint32_t value;

	if (kn_num_is(str, max, &value) && value >= min) {
		*ret = value;
		return 0;
	}
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	kn_buf_put_escaped(&shown, str, strnlen(str, 40));
	return kn_fail(err, KN_ERR_INPUT, 0, "%s \"%s\" is not a whole number from %u to %u", what,
		       kn_buf_str(&shown), min, max);
}
