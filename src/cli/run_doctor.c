/* kvmnet doctor, kvmnet explain. Layer: cli, effects (reads the host, changes nothing). */
#include <string.h>

#include "cli/run.h"
#include "cli/view_doctor.h"
#include "engine/doctor.h"
#include "kvmnet/text.h"
#include "plan/doctor.h"

static int explain(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *word = run->cli->words[0];
	const struct kn_check *check = kn_check_find(word);

	if (check)
		return kn_view_check(check, &run->view, run->cli->json, &ret->out, err);
	kn_buf_put_escaped(&shown, word, strnlen(word, 60));
	kn_fail(err, KN_ERR_INPUT, 0, "the doctor has no rule \"%s\"", kn_buf_str(&shown));
	return kn_hint(err, "kvmnet doctor names its rules KN101 and so on; kvmnet-doctor(8) lists "
			    "them");
}

/* A name that is no bridge would make a sick host look healthy. */
static int check_bridge(const struct kn_state *state, const struct kn_ifname *bridge,
			struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_link *link = kn_facts_link(&state->facts, bridge);
	const struct kn_conf *conf = kn_confs_get(&state->confs, bridge);

	if ((link && link->kind == KN_LINK_BRIDGE) || (conf && conf->type == KN_CONF_BRIDGE))
		return 0;
	kn_text_name(&shown, bridge);
	kn_fail(err, KN_ERR_INPUT, 0, "no bridge %s: neither in the kernel nor in the files",
		kn_buf_str(&shown));
	return kn_hint(err, "kvmnet bridge list shows the bridges there are");
}

/* Exit status 1 is for what is wrong; notes are none. */
static bool is_wrong(const struct kn_symptoms *found)
{
	for (size_t i = 0; i < found->n; i++)
		if (kn_check_at(found->v[i].id)->severity != KN_SEVERITY_NOTE)
			return true;
	return false;
}

static int examine(const struct kn_run *run, struct kn_world *world, struct kn_result *ret,
		   struct kn_error *err)
{
	const struct kn_ifname *only =
		kn_ifname_is_set(&run->cli->spec.bridge) ? &run->cli->spec.bridge : NULL;
	struct kn_state state KN_CLEANUP(kn_state_done) = {0};
	struct kn_evidence evidence KN_CLEANUP(kn_evidence_done) = {0};
	struct kn_symptoms found KN_CLEANUP(kn_symptoms_done) = {0};

	if (kn_doctor_probe(&world->engine, &state, &evidence, err) < 0 ||
	    (only && check_bridge(&state, only, err) < 0) ||
	    kn_doctor_judge(&evidence, only, &found, err) < 0)
		return -1;
	ret->status = is_wrong(&found) ? 1 : 0;
	if (run->cli->json)
		return kn_view_doctor_json(&found, &evidence, &run->view, &ret->out, err);
	return kn_view_doctor(&found, &evidence, &run->view, &ret->out, err);
}

int kn_run_doctor(const struct kn_run *run, struct kn_result *ret, struct kn_error *err)
{
	struct kn_world world KN_CLEANUP(kn_world_close) = {0};

	if (run->cli->command->id == KN_CMD_EXPLAIN)
		return explain(run, ret, err);
	if (kn_world_open(run, &world, err) < 0)
		return -1;
	return examine(run, &world, ret, err);
}
