/* What net xml and net snippet show. Layer: cli, pure. */
#include "cli/view_net.h"

#include <string.h>

#include "cli/view_json.h"
#include "codec/netxml.h"

static void put_json_notes(struct kn_json *json, const struct kn_plan *plan)
{
	kn_json_array(json, "notes");
	for (size_t i = 0; i < plan->n_notes; i++) {
		kn_json_object(json, NULL);
		kn_json_str(json, "level",
			    plan->notes[i].level == KN_NOTE_WARNING ? "warning" : "info");
		kn_json_str(json, "text", plan->notes[i].text);
		kn_json_end(json);
	}
	kn_json_end(json);
}

int kn_view_net_xml(const struct kn_network *net, const char *xml, const struct kn_plan *plan,
		    const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_str(json, "name", net->name.s);
	kn_json_str(json, "mode", kn_netmode_word(net->mode));
	kn_json_str(json, "xml", xml);
	put_json_notes(json, plan);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

/* ---- snippet ---- */

/* What stands behind --network of virt-install. Source: virt-install(1), --network. */
static void put_virt_install(const struct kn_snippet *s, struct kn_buf *ret)
{
	const struct kn_network *net = s->net;

	if (!s->direct)
		kn_buf_printf(ret, "network=%s%s%s,model=virtio", net->name.s,
			      s->portgroup ? ",portgroup=" : "", s->portgroup ? s->portgroup : "");
	else if (net->mode == KN_NETMODE_MACVTAP)
		kn_buf_printf(ret, "type=direct,source=%s,source.mode=%s,model=virtio",
			      net->devs.v[0].s, kn_macvtap_word(net->macvtap));
	else
		kn_buf_printf(ret, "bridge=%s,model=virtio", net->bridge.s);
}

/* "network default", "bridge br0", "direct eth0". Source: virsh(1), attach-interface. */
static void put_attach(const struct kn_snippet *s, struct kn_buf *ret)
{
	const struct kn_network *net = s->net;
	const char *type = !s->direct			     ? "network"
			   : net->mode == KN_NETMODE_MACVTAP ? "direct"
							     : "bridge";
	const char *source = !s->direct			       ? net->name.s
			     : net->mode == KN_NETMODE_MACVTAP ? net->devs.v[0].s
							       : net->bridge.s;

	kn_buf_printf(ret, "virsh attach-interface GUEST %s %s --model virtio --config --live",
		      type, source);
}

/* virsh has no word for a port group, nor for a mode of macvtap or for Open vSwitch: only the XML
 * says all. */
static bool attach_says_all(const struct kn_snippet *s)
{
	return !s->portgroup && !(s->direct && s->net->openvswitch) &&
	       !(s->direct && s->net->mode == KN_NETMODE_MACVTAP);
}

static const char macvtap_note[] =
	"The host and its guests cannot talk to each other over macvtap; other machines can reach\n"
	"both. A bridge (kvmnet bridge create) has no such limit.";

static int snippet_json(const struct kn_snippet *s, const char *xml,
			const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;
	struct kn_buf attach KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf install KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_attach(s, &attach);
	put_virt_install(s, &install);
	if (kn_buf_check(&attach, err) < 0 || kn_buf_check(&install, err) < 0 ||
	    kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_str(json, "name", s->net->name.s);
	kn_json_str(json, "xml", xml);
	kn_json_str(json, "attach", attach_says_all(s) ? kn_buf_str(&attach) : NULL);
	kn_json_str(json, "virt_install", kn_buf_str(&install));
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}

int kn_view_snippet(const struct kn_snippet *s, const struct kn_view_opts *opts, bool json,
		    struct kn_buf *ret, struct kn_error *err)
{
	struct kn_buf xml KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_netxml_interface(s->net, s->portgroup, s->direct, &xml, err) < 0)
		return -1;
	if (json)
		return snippet_json(s, kn_buf_str(&xml), opts, ret, err);
	kn_buf_puts(ret, "In the guest's definition (virsh edit GUEST), inside <devices>:\n");
	kn_buf_put(ret, xml.data, xml.len);
	if (attach_says_all(s)) {
		kn_buf_puts(ret, "\nTo a guest that exists, now and at its next start:\n");
		put_attach(s, ret);
	} else {
		kn_buf_puts(ret, "\nTo a guest that exists (the XML above in interface.xml):\n"
				 "virsh attach-device GUEST interface.xml --config --live");
	}
	kn_buf_puts(ret, "\n\nTo a new guest:\nvirt-install ... --network ");
	put_virt_install(s, ret);
	kn_buf_putc(ret, '\n');
	if (s->net->mode == KN_NETMODE_MACVTAP && s->mode_known)
		kn_buf_printf(ret, "\n%s\n", macvtap_note);
	return kn_buf_check(ret, err);
}
