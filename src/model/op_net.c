/* One line per operation on a libvirt network, for people.
 * Layer: model, pure. */
#include <string.h>

#include "kvmnet/text.h"
#include "kvmnet/virt.h"

static void put_name(struct kn_buf *ret, const struct kn_op *op)
{
	if (op->net.name)
		kn_buf_put_escaped(ret, op->net.name, strlen(op->net.name));
}

/* The element on one line: it is short, and the diff shows it in full. */
static void put_element(struct kn_buf *ret, const char *xml)
{
	if (!xml)
		return;
	kn_buf_put_escaped(ret, xml, strcspn(xml, "\n"));
	if (strchr(xml, '\n'))
		kn_buf_puts(ret, "...");
}

static void describe_update(const struct kn_op *op, struct kn_buf *ret)
{
	const char *verb = !op->net.before ? "add" : !op->net.now ? "remove" : "replace";

	kn_buf_puts(ret, "change network ");
	put_name(ret, op);
	kn_buf_printf(ret, " while it runs: %s %s ", verb, kn_net_section_word(op->net.section));
	put_element(ret, op->net.now ? op->net.now : op->net.before);
}

void kn_op_describe_net(const struct kn_op *op, struct kn_buf *ret)
{
	static const struct {
		const char *before, *after;
	} words[KN_OP_COUNT] = {
		[KN_OP_NET_DEFINE] = {"define network ", ""},
		[KN_OP_NET_REDEFINE] = {"change the definition of network ", ""},
		[KN_OP_NET_UNDEFINE] = {"remove the definition of network ", ""},
		[KN_OP_NET_START] = {"start network ", ""},
		[KN_OP_NET_STOP] = {"stop network ", ""},
		[KN_OP_NET_AUTOSTART] = {"start network ", " at every boot"},
		[KN_OP_LEFT_DNSMASQ] = {"end the dnsmasq of network ",
					", left over by a libvirtd that died"},
	};
	bool off = op->kind == KN_OP_NET_AUTOSTART && !op->net.on;

	if (op->kind == KN_OP_NET_UPDATE) {
		describe_update(op, ret);
		return;
	}
	kn_buf_puts(ret, off ? "no longer start network " : words[op->kind].before);
	put_name(ret, op);
	kn_buf_puts(ret, words[op->kind].after);
}
