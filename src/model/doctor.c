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
