/* What the doctor looks at, and what it finds. Layer: model, pure. */
#ifndef KVMNET_DOCTOR_H
#define KVMNET_DOCTOR_H

#include "kvmnet/facts.h"
#include "kvmnet/wiring.h"

enum kn_severity {
	KN_SEVERITY_ERROR,
	KN_SEVERITY_WARNING,
	KN_SEVERITY_NOTE,
};

enum kn_check_id {
#define KN_CHECK(number, id, word, severity, title, why, fix, source) KN_CHECK_##id,
#include "kvmnet/doctor.def"
#undef KN_CHECK
	KN_CHECK_COUNT
};

struct kn_check {
	unsigned int number;
	const char *word; /* "bridge": what it is about */
	enum kn_severity severity;
	const char *title, *why, *fix, *source; /* {o} and {d} stand for object and detail */
};

/* Return: static; @id < KN_CHECK_COUNT. */
const struct kn_check *kn_check_at(size_t id);
/* "KN103", "kn103", "103". Return: static, NULL = there is none. */
const struct kn_check *kn_check_find(const char *word);
/* Appends @text with {o} and {d} put in; both are escaped already. NULL leaves a word in capitals
 * (NAME, VALUE) for explanations. */
void kn_check_put(struct kn_buf *ret, const char *text, const char *object, const char *detail);

/* What a rule has to see to be judged; a bit of struct kn_evidence.missed where it cannot be seen.
 */
enum kn_look {
	KN_LOOK_KERNEL = 1 << 0,
	KN_LOOK_FILES = 1 << 1, /* every one of the backend's */
	KN_LOOK_FIREWALL = 1 << 2,
	KN_LOOK_GATEWAY = 1 << 3, /* asking it */
	KN_LOOK_GUESTS = 1 << 4,  /* the processes of all */
	KN_LOOK_NETS = 1 << 5,	  /* libvirt's definitions of networks and guests */
	KN_LOOK_ZONES = 1 << 6,
	KN_LOOK_RESOLV = 1 << 7,
	KN_LOOK_ACL = 1 << 8, /* of qemu-bridge-helper */
	KN_LOOK_CLOUD = 1 << 9,
	KN_LOOK_CHANGE = 1 << 10, /* the journal of a change */
};

/* KN_LOOK_* of rule @id; never 0. */
unsigned int kn_check_needs(enum kn_check_id id);

/* One fault. */
struct kn_symptom {
	enum kn_check_id id;
	char *object, *detail; /* owned, escaped */
	char *fix;	       /* owned: the rule's with names put in, escaped; NULL = as it is */
};

struct kn_symptoms {
	struct kn_symptom *v; /* owned */
	size_t n, cap;
};

int kn_symptoms_add(struct kn_symptoms *list, enum kn_check_id id, const char *object,
		    const char *detail, struct kn_error *err) KN_NODISCARD;
void kn_symptoms_done(struct kn_symptoms *list);

/* What only sysfs and /proc/sys tell of a bridge. */
struct kn_bridge_sys {
	struct kn_ifname name;
	enum kn_tri querier;	/* multicast_querier */
	enum kn_tri forwarding; /* net.ipv6.conf.BR.forwarding */
};

/* A change whose journal is open. */
enum kn_change_state {
	KN_CHANGE_NONE,
	KN_CHANGE_MADE,	   /* it is being made */
	KN_CHANGE_PENDING, /* it waits for its confirmation */
	KN_CHANGE_DEAD,	   /* nobody is at it */
};

/* A file's text, or NULL: absent, or not to be read (then in .unread). */
struct kn_evidence {
	const struct kn_facts *facts; /* borrowed */
	const struct kn_confs *confs; /* borrowed */
	struct kn_wiring wiring;
	KN_LIST(struct kn_bridge_sys) bridges;
	KN_LIST(struct kn_ip) silent;	   /* gateways that do not answer */
	enum kn_tri nf_call4, nf_call6;	   /* net.bridge.bridge-nf-call-ip(6)tables */
	enum kn_tri forward4, forward6;	   /* net.ipv4.ip_forward, net.ipv6.conf.all.forwarding */
	bool firewall_known;		   /* the three below are all there is */
	char *nft, *save4, *save6;	   /* owned: nft list ruleset, ip(6)tables-save */
	char *resolv, *helper_acl, *zones; /* owned: resolv.conf, bridge.conf, zones' files */
	bool cloud_init, cloud_disabled;   /* installed; told to keep off the network */
	struct kn_strv cloud_files;	   /* names of files that it wrote */
	enum kn_change_state change;
	uint32_t change_number, change_left_s; /* 0 = not known; seconds until it is undone */
	struct kn_strv unread;		       /* what could not be looked at, for people */
	unsigned int missed;		       /* KN_LOOK_*: the same for the rules */
};

void kn_evidence_done(struct kn_evidence *evidence);

#endif
