/* Strict decimal numbers: digits only, no sign, space, leading zero, or overflow.
 * Layer: base, pure. */
#ifndef KVMNET_NUM_H
#define KVMNET_NUM_H

#include <stdint.h>

#include "kvmnet/error.h"

/* Parses @str as a decimal in [@min, @max]. @what names the value in the message ("mtu").
 * Return: 0; -1 with KN_ERR_INPUT, *ret untouched. */
int kn_num_parse(const char *str, const char *what, uint32_t min, uint32_t max, uint32_t *ret,
		 struct kn_error *err) KN_NODISCARD;

/* The same as a test, without a message: true and *ret set when @str is a decimal <= @max. */
bool kn_num_is(const char *str, uint32_t max, uint32_t *ret);
bool kn_num64_is(const char *str, uint64_t max, uint64_t *ret);

#endif
