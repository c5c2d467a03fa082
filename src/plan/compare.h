/* Where the files and the running kernel say different things about one bridge, bond or VLAN.
 * Layer: plan, pure. */
#ifndef KVMNET_PLAN_COMPARE_H
#define KVMNET_PLAN_COMPARE_H

#include "kvmnet/buf.h"
#include "kvmnet/facts.h"

enum kn_diff_kind {
	KN_DIFF_BRIDGE, /* one side does not have it, or the kernel has another kind of link */
	KN_DIFF_BOND,	/* the same of a bond */
	KN_DIFF_VLAN,	/* the same of a VLAN */
	KN_DIFF_STATE,	/* ONBOOT says up, the kernel says down */
	KN_DIFF_MAC,
	KN_DIFF_MTU,
	KN_DIFF_OPTION, /* .option names it */
	KN_DIFF_PORT,
	KN_DIFF_ADDR,
	KN_DIFF_GATEWAY,
	KN_DIFF_ROUTE,
	KN_DIFF_SLAAC,	/* the file wants addresses by advertisements, the kernel takes none */
	KN_DIFF_DNS,	/* .kernel is what resolv.conf says */
	KN_DIFF_SEARCH, /* the same */
	KN_DIFF_ZONE,	/* .kernel is firewalld's */
};

struct kn_diff {
	enum kn_diff_kind kind;
	struct kn_ifname dev; /* the link it is about: the bridge, bond or VLAN, or a port */
	const char *option;   /* static; KN_DIFF_OPTION: "stp", "link"; else NULL */
	char *file;	      /* owned, escaped; what the files say, NULL = nothing */
	char *kernel;	      /* owned, escaped; what the kernel has, NULL = nothing */
};

struct kn_diffs {
	struct kn_diff *v; /* owned */
	size_t n, cap;
};

void kn_diffs_done(struct kn_diffs *diffs);

/* Appends every difference about @bridge to @ret. What the kernel, DHCP or router advertisements
 * add by themselves is none, nor is a guest's tap that no file knows. With !@facts->live nothing
 * was read to compare with: appends nothing. Return: 0; -1 with KN_ERR_NOMEM, @ret partly filled
 * (free it as usual). */
int kn_compare_bridge(const struct kn_confs *confs, const struct kn_facts *facts,
		      const struct kn_ifname *bridge, struct kn_diffs *ret,
		      struct kn_error *err) KN_NODISCARD;

/* Is @conf of a kind that kn_compare_link() compares: a bridge, bond or VLAN? */
bool kn_conf_is_compared(const struct kn_conf *conf);
/* The same as kn_compare_bridge() for whatever the files say that @name is. What is a port of a
 * bridge has its state, MTU and addresses compared with the bridge. Files that describe neither
 * bridge, bond nor VLAN by that name: appends nothing. */
int kn_compare_link(const struct kn_confs *confs, const struct kn_facts *facts,
		    const struct kn_ifname *name, struct kn_diffs *ret,
		    struct kn_error *err) KN_NODISCARD;

/* Is the zone of a compared link in the files, while firewalld's are not known? */
bool kn_zones_are_hidden(const struct kn_confs *confs, const struct kn_facts *facts);
/* Does its file name a zone that counts: of no port? */
bool kn_conf_has_zone(const struct kn_conf *conf);

/* Stable word for JSON and texts: "address", "mtu", ...; the option's name for KN_DIFF_OPTION. */
const char *kn_diff_word(const struct kn_diff *diff);
/* "mtu: file 9000, kernel 1500"; "address 10.0.0.1/8: in the file, not in the kernel". */
void kn_diff_describe(const struct kn_diff *diff, const struct kn_ifname *bridge,
		      struct kn_buf *ret);

#endif
