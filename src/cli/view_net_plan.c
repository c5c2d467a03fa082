/* libvirt networks of a plan: their definitions as diffs, as text and as JSON.
 * Layer: cli, pure. */
#include <string.h>

#include "cli/view_json.h"
#include "cli/view_text.h"
#include "codec/netxml.h"
#include "codec/udiff.h"

enum { CONTEXT_LINES = 3 };

/* One side in the form that kvmnet writes: libvirt's own quotes and indents would make every line
 * differ. What cannot be read is shown as it is. */
static int tidy(const char *name, const char *xml, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_error unreadable = {0};

	if (!xml)
		return 0;
	if (kn_netxml_tidy(name, xml, strlen(xml), ret, &unreadable) < 0) {
		ret->len = 0;
		kn_buf_puts(ret, xml);
	}
	return kn_buf_check(ret, err);
}

int kn_view_net_diff(const struct kn_netchg *chg, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_buf before KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf after KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_filechg sides = {.before_present = chg->before != NULL,
				   .after_present = chg->after != NULL};

	kn_buf_puts(&path, "libvirt/network/");
	kn_buf_put_escaped(&path, chg->name, strlen(chg->name));
	if (tidy(chg->name, chg->before, &before, err) < 0 ||
	    tidy(chg->name, chg->after, &after, err) < 0 || kn_buf_check(&path, err) < 0)
		return -1;
	sides.path = path.data;
	sides.before = before.data;
	sides.before_len = before.len;
	sides.after = after.data;
	sides.after_len = after.len;
	return kn_udiff(&sides, CONTEXT_LINES, ret, err);
}

static int put_network(struct kn_json *json, const struct kn_netchg *chg, struct kn_error *err)
{
	struct kn_buf diff KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_view_net_diff(chg, &diff, err) < 0 || kn_buf_check(&diff, err) < 0)
		return -1;
	kn_json_object(json, NULL);
	kn_json_str(json, "name", chg->name);
	kn_json_str(json, "before", chg->before);
	kn_json_str(json, "after", chg->after);
	kn_json_bytes(json, "diff", kn_buf_str(&diff), diff.len);
	kn_json_end(json);
	return 0;
}

int kn_view_json_networks(struct kn_json *json, const struct kn_plan *plan, struct kn_error *err)
{
	kn_json_array(json, "networks");
	for (size_t i = 0; plan && i < plan->nets.n; i++)
		if (put_network(json, &plan->nets.v[i], err) < 0)
			return -1;
	kn_json_end(json);
	return 0;
}
