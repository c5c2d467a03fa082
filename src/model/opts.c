/* Option tables: parsing, printing and comparing bridge, port and bond options.
 * Layer: model, pure. */
#include "kvmnet/opts.h"

#include <stdio.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "kvmnet/num.h"

#define BOOL KN_OPT_BOOL
#define NUM  KN_OPT_NUM
#define SEC  KN_OPT_SEC
#define WORD KN_OPT_WORD

static const struct kn_opt_info bridge_rows[] = {
#define KN_BRIDGE_OPT(id, name, kind, min, max) {name, kind, min, max, NULL},
#include "kvmnet/bridge_opts.def"
#undef KN_BRIDGE_OPT
};

static const struct kn_opt_info port_rows[] = {
#define KN_PORT_OPT(id, name, kind, min, max) {name, kind, min, max, NULL},
#include "kvmnet/port_opts.def"
#undef KN_PORT_OPT
};

static const char *const mode_words[] = {"balance-rr", "active-backup", "balance-xor", "broadcast",
					 "802.3ad",    "balance-tlb",	"balance-alb"};
static const char *const lacp_words[] = {"slow", "fast"};
static const char *const hash_words[] = {"layer2",   "layer3+4", "layer2+3",
					 "encap2+3", "encap3+4", "vlan+srcmac"};

static const struct kn_opt_info bond_rows[] = {
#define KN_BOND_OPT(id, name, kind, min, max, words) {name, kind, min, max, words},
#include "kvmnet/bond_opts.def"
#undef KN_BOND_OPT
};

_Static_assert(sizeof(bridge_rows) / sizeof(*bridge_rows) <= KN_OPTS_MAX,
	       "KN_OPTS_MAX is too small");

const struct kn_opt_info *kn_bridge_opt_info(unsigned int i)
{
	return &bridge_rows[i];
}

const struct kn_opt_info *kn_port_opt_info(unsigned int i)
{
	return &port_rows[i];
}

const struct kn_opt_info *kn_bond_opt_info(unsigned int i)
{
	return &bond_rows[i];
}

bool kn_bond_mode_has(uint32_t mode, enum kn_bond_opt opt)
{
	if (opt == KN_BONDOPT_LACP_RATE)
		return mode == KN_BOND_8023AD;
	if (opt == KN_BONDOPT_XMIT_HASH_POLICY)
		return mode == KN_BOND_XOR || mode == KN_BOND_8023AD || mode == KN_BOND_TLB;
	return true;
}

bool kn_bond_mode_has_primary(uint32_t mode)
{
	return mode == KN_BOND_ACTIVE_BACKUP || mode == KN_BOND_TLB || mode == KN_BOND_ALB;
}

bool kn_opts_has(const struct kn_opts *opts, unsigned int i)
{
	return opts->has >> i & 1;
}

uint32_t kn_opts_get(const struct kn_opts *opts, unsigned int i, uint32_t fallback)
{
	return kn_opts_has(opts, i) ? opts->val[i] : fallback;
}

void kn_opts_set(struct kn_opts *opts, unsigned int i, uint32_t value)
{
	opts->has |= 1u << i;
	opts->val[i] = value;
}

void kn_opts_merge(struct kn_opts *ret, const struct kn_opts *from)
{
	for (unsigned int i = 0; i < KN_OPTS_MAX; i++)
		if (kn_opts_has(from, i))
			kn_opts_set(ret, i, from->val[i]);
}

struct kn_opts kn_opts_before(const struct kn_opts *which, const struct kn_opts *have)
{
	struct kn_opts before = {0};

	for (unsigned int i = 0; i < KN_OPTS_MAX; i++)
		if (kn_opts_has(which, i))
			kn_opts_set(&before, i, kn_opts_get(have, i, 0));
	return before;
}

struct kn_opts kn_opts_diff(const struct kn_opts *want, const struct kn_opts *have)
{
	struct kn_opts diff = {0};

	for (unsigned int i = 0; i < KN_OPTS_MAX; i++)
		if (kn_opts_has(want, i) && (!kn_opts_has(have, i) || have->val[i] != want->val[i]))
			kn_opts_set(&diff, i, want->val[i]);
	return diff;
}

/* "S", "S.d" or "S.dd" to centiseconds. */
static bool parse_seconds(const char *str, uint32_t *ret)
{
	char whole[12];
	const char *dot = strchr(str, '.');
	size_t n = dot ? (size_t)(dot - str) : strlen(str);
	uint32_t sec, frac = 0;

	if (n >= sizeof(whole))
		return false;
	memcpy(whole, str, n);
	whole[n] = '\0';
	if (!kn_num_is(whole, 1000000, &sec))
		return false;
	if (dot) {
		size_t digits = strlen(dot + 1);

		if (digits < 1 || digits > 2 || strspn(dot + 1, "0123456789") != digits)
			return false;
		frac = (uint32_t)(dot[1] - '0') * 10 + (digits == 2 ? (uint32_t)(dot[2] - '0') : 0);
	}
	*ret = sec * 100 + frac;
	return true;
}

bool kn_opt_word_is(const struct kn_opt_info *info, const char *str, size_t len, uint32_t *ret)
{
	for (uint32_t i = info->min; i <= info->max; i++) {
		bool number = len == 1 && str[0] == (char)('0' + i);

		if (!number &&
		    (strlen(info->words[i]) != len || memcmp(info->words[i], str, len) != 0))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

/* All of them: they are few, and nobody knows them by heart. */
static int bad_word(const struct kn_opt_info *info, const char *shown, struct kn_error *err)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (uint32_t i = info->min; i <= info->max; i++)
		kn_buf_printf(&list, "%s%s", i == info->min ? "" : ", ", info->words[i]);
	kn_fail(err, KN_ERR_INPUT, 0, "%s \"%s\" is none that the kernel knows", info->name, shown);
	return kn_hint(err, "it can be %s", kn_buf_str(&list));
}

static int bad_option(const struct kn_opt_info *info, const char *str, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char min[16], max[16];

	kn_buf_put_escaped(&shown, str, strnlen(str, 40));
	if (info->kind == KN_OPT_WORD)
		return bad_word(info, kn_buf_str(&shown), err);
	if (info->kind == KN_OPT_BOOL)
		return kn_fail(err, KN_ERR_INPUT, 0, "%s \"%s\" is neither on nor off", info->name,
			       kn_buf_str(&shown));
	return kn_fail(err, KN_ERR_INPUT, 0, "%s \"%s\" is not a number%s from %s to %s",
		       info->name, kn_buf_str(&shown),
		       info->kind == KN_OPT_SEC ? " of seconds" : "",
		       kn_opt_fmt(info, info->min, min), kn_opt_fmt(info, info->max, max));
}

int kn_opt_parse(const struct kn_opt_info *info, const char *str, uint32_t *ret,
		 struct kn_error *err)
{
	uint32_t value;
	bool ok = false;

	switch (info->kind) {
	case KN_OPT_BOOL:
		value = !strcmp(str, "on");
		ok = value || !strcmp(str, "off");
		break;
	case KN_OPT_NUM:
		ok = kn_num_is(str, info->max, &value);
		break;
	case KN_OPT_SEC:
		ok = parse_seconds(str, &value);
		break;
	case KN_OPT_WORD:
		ok = kn_opt_word_is(info, str, strlen(str), &value);
		break;
	}
	if (!ok || value < info->min || value > info->max)
		return bad_option(info, str, err);
	*ret = value;
	return 0;
}

const char *kn_opt_fmt(const struct kn_opt_info *info, uint32_t value, char *buf)
{
	switch (info->kind) {
	case KN_OPT_BOOL:
		(void)snprintf(buf, 16, "%s", value ? "on" : "off");
		break;
	case KN_OPT_NUM:
		(void)snprintf(buf, 16, "%u", value);
		break;
	case KN_OPT_SEC:
		if (value % 100 == 0)
			(void)snprintf(buf, 16, "%u", value / 100);
		else
			(void)snprintf(buf, 16, "%u.%02u", value / 100, value % 100);
		break;
	case KN_OPT_WORD:
		(void)snprintf(buf, 16, "%s", value <= info->max ? info->words[value] : "?");
		break;
	}
	return buf;
}
