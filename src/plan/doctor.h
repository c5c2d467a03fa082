/* Judging the evidence. Layer: plan, pure. */
#ifndef KVMNET_PLAN_DOCTOR_H
#define KVMNET_PLAN_DOCTOR_H

#include "kvmnet/doctor.h"
#include "plan/topology.h"

/* Appends what is wrong to @ret, by number. @only: what concerns this bridge, its ports and what is
 * said of it; NULL = the whole host. Return: 0; -1 with KN_ERR_NOMEM (free @ret as usual). */
int kn_doctor_judge(const struct kn_evidence *evidence, const struct kn_ifname *only,
		    struct kn_symptoms *ret, struct kn_error *err) KN_NODISCARD;

/* ---- between the doctor's files ---- */

struct kn_doctor {
	const struct kn_evidence *ev;
	const struct kn_topo *topo;
	struct kn_symptoms *ret;
	struct kn_error *err;
	bool failed; /* out of memory: sticky, so that rules need not check */
};

/* Adds a finding; host data are escaped here. @detail may be NULL. */
void kn_doctor_found(struct kn_doctor *d, enum kn_check_id id, const char *object,
		     const char *detail);
/* Of the finding that was just added: @word, a placeholder of its rule's fix ("BR", "IF"), is @name
 * here. */
void kn_doctor_fix_word(struct kn_doctor *d, const char *word, const char *name);
/* The same for a fix of its own, where the rule's is only the way in general; host data in it are
 * escaped already. */
void kn_doctor_fix(struct kn_doctor *d, const struct kn_buf *text);
/* "eth0, eth1": adds a name to a list. */
void kn_doctor_list(struct kn_buf *list, const char *name);
/* The node of a link or a file, NULL when there is none. */
const struct kn_topo_node *kn_doctor_node(const struct kn_doctor *d, const struct kn_ifname *name);
/* The next port of @bridge after @last (NULL: the first), or NULL. */
const struct kn_topo_node *kn_doctor_port(const struct kn_doctor *d,
					  const struct kn_topo_node *bridge,
					  const struct kn_topo_node *last);
bool kn_doctor_is_bridge(const struct kn_topo_node *node); /* in the kernel */
/* An address that others use: neither link-local nor loopback. Return: the first, or NULL. */
const struct kn_laddr *kn_doctor_global(const struct kn_topo_node *node);
/* The default route in use, or NULL. */
const struct kn_route *kn_doctor_default(const struct kn_doctor *d, enum kn_family family);

void kn_doctor_bridges(struct kn_doctor *d);
/* The VLANs of a bridge that filters by them. */
void kn_doctor_vlans(struct kn_doctor *d, const struct kn_topo_node *bridge);
/* VLANs on bridges' ports that leave these nothing of their own. */
void kn_doctor_taken(struct kn_doctor *d);
void kn_doctor_ip(struct kn_doctor *d);
void kn_doctor_filter(struct kn_doctor *d);
void kn_doctor_files(struct kn_doctor *d);
void kn_doctor_guests(struct kn_doctor *d);

#endif
