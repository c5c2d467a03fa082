/* Comparing the zone of a link's file with the one firewalld has it in. Layer: plan, pure. */
#include <string.h>

#include "plan/compare_ip.h"

/* What comes by a port is the bridge's to judge. */
bool kn_conf_has_zone(const struct kn_conf *conf)
{
	return kn_conf_is_compared(conf) && conf->groups & KN_GROUP_ZONE && conf->zone &&
	       *conf->zone && !kn_ifname_is_set(&conf->bridge) && !kn_ifname_is_set(&conf->master);
}

bool kn_zones_are_hidden(const struct kn_confs *confs, const struct kn_facts *facts)
{
	bool any = false;

	for (size_t i = 0; i < confs->n; i++)
		any |= kn_conf_has_zone(&confs->v[i]);
	return any && facts->live && !facts->n_zones;
}

/* A file without a zone means the default one, but says nothing of it: not compared. */
int kn_compare_zone(const struct kn_compare *cmp, struct kn_error *err)
{
	const char *now = kn_facts_zone(cmp->facts, &cmp->conf->name), *want = cmp->conf->zone;
	struct kn_diff diff = {.kind = KN_DIFF_ZONE};
	struct kn_buf file KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf kernel KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!kn_conf_has_zone(cmp->conf) || !now || !strcmp(want, now))
		return 0;
	kn_buf_put_escaped(&file, want, strlen(want));
	kn_buf_put_escaped(&kernel, now, strlen(now));
	if (kn_buf_check(&file, err) < 0 || kn_buf_check(&kernel, err) < 0)
		return -1;
	return kn_diff_add(cmp, &diff, kn_buf_str(&file), kn_buf_str(&kernel), err);
}
