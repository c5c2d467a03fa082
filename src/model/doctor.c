/* The table of what goes wrong, and the list of what was found.
 * Layer: model, pure. */
#include "kvmnet/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/num.h"

static const struct kn_check checks[KN_CHECK_COUNT] = {
#define KN_CHECK(number, id, word, severity, title, why, fix, source)                              \
	{number, word, KN_SEVERITY_##severity, title, why, fix, source},
#include "kvmnet/doctor.def"
#undef KN_CHECK
};

#define KERNEL KN_LOOK_KERNEL
#define FILES  KN_LOOK_FILES
#define NETS   KN_LOOK_NETS

/* Which links are cables is partly the files' to say. */
static const unsigned int needs[KN_CHECK_COUNT] = {
	[KN_CHECK_STP_SLOW] = KERNEL,
	[KN_CHECK_LOOP] = KERNEL | FILES,
	[KN_CHECK_MAC_LOOSE] = KERNEL | FILES,
	[KN_CHECK_MAC_FOREIGN] = KERNEL | FILES,
	[KN_CHECK_MTU_MIX] = KERNEL,
	[KN_CHECK_SNOOPING] = KERNEL | FILES,
	[KN_CHECK_BPDU_GUARD] = KERNEL | FILES,
	[KN_CHECK_NO_PORT] = KERNEL | FILES,
	[KN_CHECK_VLAN_CUT] = KERNEL | FILES,
	[KN_CHECK_VLAN_TAKEN] = KERNEL,
	[KN_CHECK_NO_DEFAULT] = KERNEL | FILES,
	[KN_CHECK_OUTRANKED] = KERNEL | FILES,
	[KN_CHECK_OVERLAP] = KERNEL,
	[KN_CHECK_GW_OUTSIDE] = FILES,
	[KN_CHECK_PORT_V6] = KERNEL | FILES,
	[KN_CHECK_PORT_ADDR] = KERNEL,
	[KN_CHECK_RA_IGNORED] = KERNEL | FILES,
	[KN_CHECK_DNS_GONE] = FILES | KN_LOOK_RESOLV,
	[KN_CHECK_GW_SILENT] = KERNEL | KN_LOOK_GATEWAY,
	[KN_CHECK_DHCP_MAC] = FILES,
	[KN_CHECK_NF_CALL] = KERNEL | FILES | KN_LOOK_FIREWALL,
	[KN_CHECK_NAT_GONE] = KERNEL | NETS | KN_LOOK_FIREWALL,
	[KN_CHECK_FORWARD_OFF] = KERNEL | NETS,
	[KN_CHECK_RP_STRICT] = KERNEL,
	[KN_CHECK_TWO_MANAGERS] = KERNEL | FILES,
	[KN_CHECK_NO_READER] = FILES,
	[KN_CHECK_CLOUD_INIT] = FILES | KN_LOOK_CLOUD,
	[KN_CHECK_DUPLICATE] = FILES,
	[KN_CHECK_ZONE_PORT] = FILES | KN_LOOK_ZONES,
	[KN_CHECK_HWADDR] = KERNEL | FILES,
	[KN_CHECK_UNFINISHED] = KN_LOOK_CHANGE,
	[KN_CHECK_DIFFERS] = KERNEL | FILES,
	[KN_CHECK_UNREAD] = FILES,
	[KN_CHECK_PENDING] = KN_LOOK_CHANGE,
	[KN_CHECK_BRIDGE_MISSING] = NETS,
	[KN_CHECK_NET_MISSING] = NETS,
	[KN_CHECK_STALE_BRIDGE] = KERNEL | NETS,
	[KN_CHECK_TAP_LOST] = KERNEL | KN_LOOK_GUESTS,
	[KN_CHECK_HELPER_ACL] = KN_LOOK_ACL,
	[KN_CHECK_NET_MTU] = KERNEL | NETS,
	[KN_CHECK_GUEST_FILE] = FILES,
	[KN_CHECK_TWO_DHCP] = KERNEL | NETS,
	[KN_CHECK_NET_OVERLAP] = KERNEL | NETS,
	[KN_CHECK_WLAN_PORT] = KERNEL,
	[KN_CHECK_BOND_MODE] = KERNEL,
	[KN_CHECK_NO_CARRIER] = KERNEL | FILES,
};

unsigned int kn_check_needs(enum kn_check_id id)
{
	return needs[id];
}

const struct kn_check *kn_check_at(size_t id)
{
	return &checks[id];
}

const struct kn_check *kn_check_find(const char *word)
{
	uint32_t number;

	if ((word[0] == 'K' || word[0] == 'k') && (word[1] == 'N' || word[1] == 'n'))
		word += 2;
	if (!kn_num_is(word, 999, &number))
		return NULL;
	for (size_t i = 0; i < KN_CHECK_COUNT; i++)
		if (checks[i].number == number)
			return &checks[i];
	return NULL;
}

void kn_check_put(struct kn_buf *ret, const char *text, const char *object, const char *detail)
{
	for (; *text; text++) {
		bool is_object = !strncmp(text, "{o}", 3), is_detail = !strncmp(text, "{d}", 3);

		if (!is_object && !is_detail) {
			kn_buf_putc(ret, *text);
			continue;
		}
		if (is_object)
			kn_buf_puts(ret, object ? object : "NAME");
		else
			kn_buf_puts(ret, detail ? detail : "VALUE");
		text += 2;
	}
}

int kn_symptoms_add(struct kn_symptoms *list, enum kn_check_id id, const char *object,
		    const char *detail, struct kn_error *err)
{
	struct kn_symptom item = {.id = id};

	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(item), err) < 0)
		return -1;
	item.object = strdup(object ? object : "");
	item.detail = strdup(detail ? detail : "");
	if (!item.object || !item.detail) {
		free(item.object);
		free(item.detail);
		return kn_fail_nomem(err);
	}
	list->v[list->n++] = item;
	return 0;
}

void kn_symptoms_done(struct kn_symptoms *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->v[i].object);
		free(list->v[i].detail);
		free(list->v[i].fix);
	}
	free(list->v);
	*list = (struct kn_symptoms){0};
}

void kn_evidence_done(struct kn_evidence *evidence)
{
	kn_wiring_done(&evidence->wiring);
	free(evidence->bridges.v);
	free(evidence->silent.v);
	free(evidence->nft);
	free(evidence->save4);
	free(evidence->save6);
	free(evidence->resolv);
	free(evidence->helper_acl);
	free(evidence->zones);
	kn_strv_done(&evidence->cloud_files);
	kn_strv_done(&evidence->unread);
	*evidence = (struct kn_evidence){0};
}
