/* Bridge, port and bond options as small presence-tagged arrays, described by one table each.
 * Layer: model, pure. */
#ifndef KVMNET_OPTS_H
#define KVMNET_OPTS_H

#include <stddef.h>
#include <stdint.h>

#include "kvmnet/error.h"

enum kn_bridge_opt {
#define KN_BRIDGE_OPT(id, name, kind, min, max) KN_BROPT_##id,
#include "kvmnet/bridge_opts.def"
#undef KN_BRIDGE_OPT
	KN_BROPT_COUNT
};

enum kn_port_opt {
#define KN_PORT_OPT(id, name, kind, min, max) KN_PORTOPT_##id,
#include "kvmnet/port_opts.def"
#undef KN_PORT_OPT
	KN_PORTOPT_COUNT
};

enum kn_bond_opt {
#define KN_BOND_OPT(id, name, kind, min, max, words) KN_BONDOPT_##id,
#include "kvmnet/bond_opts.def"
#undef KN_BOND_OPT
	KN_BONDOPT_COUNT
};

/* Numbers of KN_BONDOPT_MODE that rules speak of. */
enum kn_bond_mode {
	KN_BOND_ACTIVE_BACKUP = 1,
	KN_BOND_XOR = 2,
	KN_BOND_8023AD = 4,
	KN_BOND_TLB = 5,
	KN_BOND_ALB = 6,
};

/* What a mode (0 to 6; others have neither) takes; the kernel refuses or ignores it elsewhere. The
 * other options go with every mode. Source: kernel bond_options.c, bond_opts[], .unsuppmodes;
 * bonding.rst, "xmit_hash_policy". */
bool kn_bond_mode_has(uint32_t mode, enum kn_bond_opt opt);
bool kn_bond_mode_has_primary(uint32_t mode);

#define KN_OPTS_MAX 9

/* Values of one bridge, port or bond; timers in centiseconds (the kernel's USER_HZ unit). */
struct kn_opts {
	uint32_t has; /* bit i set: val[i] is meant */
	uint32_t val[KN_OPTS_MAX];
};

enum kn_opt_kind {
	KN_OPT_BOOL, /* "on"/"off" */
	KN_OPT_NUM,
	KN_OPT_SEC,  /* seconds with up to two decimals outside, centiseconds inside */
	KN_OPT_WORD, /* one of .words, whose places are the values */
};

struct kn_opt_info {
	const char *name;
	enum kn_opt_kind kind;
	uint32_t min, max;	  /* inside unit */
	const char *const *words; /* of KN_OPT_WORD: max + 1 of them; else NULL */
};

/* Row @i of the table. Return: static; i < KN_BROPT_COUNT / KN_PORTOPT_COUNT / KN_BONDOPT_COUNT.
 */
const struct kn_opt_info *kn_bridge_opt_info(unsigned int i);
const struct kn_opt_info *kn_port_opt_info(unsigned int i);
const struct kn_opt_info *kn_bond_opt_info(unsigned int i);

bool kn_opts_has(const struct kn_opts *opts, unsigned int i);
/* The value, or @fallback when not set. */
uint32_t kn_opts_get(const struct kn_opts *opts, unsigned int i, uint32_t fallback);
void kn_opts_set(struct kn_opts *opts, unsigned int i, uint32_t value);
/* Sets in *@ret what @from sets. */
void kn_opts_merge(struct kn_opts *ret, const struct kn_opts *from);
/* What @have says of those that @which sets; 0 where it says nothing. */
struct kn_opts kn_opts_before(const struct kn_opts *which, const struct kn_opts *have);
/* Those of @want that @have lacks or has with another value. */
struct kn_opts kn_opts_diff(const struct kn_opts *want, const struct kn_opts *have);

/* Parses a command-line or INI value by its row. Return: 0; -1 with KN_ERR_INPUT. */
int kn_opt_parse(const struct kn_opt_info *info, const char *str, uint32_t *ret,
		 struct kn_error *err) KN_NODISCARD;
/* Is @str, of @len bytes, one of the row's words, or the number of one? */
bool kn_opt_word_is(const struct kn_opt_info *info, const char *str, size_t len, uint32_t *ret);
/* Writes "on", "off", "15", "1.5", "802.3ad"; @buf holds 16. Return: @buf. */
const char *kn_opt_fmt(const struct kn_opt_info *info, uint32_t value, char *buf);

#endif
