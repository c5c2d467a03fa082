/* One line per operation on bonds and VLANs, for people.
 * Layer: model, pure. */
#include "kvmnet/text.h"

static void put_name(struct kn_buf *ret, const char *before, const struct kn_ifname *name)
{
	kn_buf_puts(ret, before);
	kn_text_name(ret, name);
}

static void describe_bond(const struct kn_op *op, struct kn_buf *ret)
{
	char mac[KN_MAC_STRLEN];

	put_name(ret, op->kind == KN_OP_BOND_ADD ? "create bond " : "delete bond ", &op->dev);
	if (op->kind == KN_OP_BOND_DEL)
		return;
	if (op->bridge.has_mac)
		kn_buf_printf(ret, ", mac %s", kn_mac_fmt(&op->bridge.mac, mac));
	if (op->bridge.mtu)
		kn_buf_printf(ret, ", mtu %u", op->bridge.mtu);
	if (op->bridge.opts.has)
		kn_buf_puts(ret, ", ");
	kn_text_opts(ret, &op->bridge.opts, NULL, kn_bond_opt_info);
}

static void describe_vlan(const struct kn_op *op, struct kn_buf *ret)
{
	put_name(ret, op->kind == KN_OP_VLAN_ADD ? "create VLAN " : "delete VLAN ", &op->dev);
	if (op->kind == KN_OP_VLAN_DEL)
		return;
	kn_buf_printf(ret, " (id %u on ", op->vlan.of.id);
	put_name(ret, "", &op->vlan.of.link);
	kn_buf_putc(ret, ')');
	if (op->vlan.mtu)
		kn_buf_printf(ret, ", mtu %u", op->vlan.mtu);
}

/* As with other settings, the old value stands beside the new one. */
static void describe_port(const struct kn_op *op, struct kn_buf *ret)
{
	put_name(ret, op->kind == KN_OP_BOND_PRIMARY ? "set primary of " : "set active port of ",
		 &op->dev);
	put_name(ret, " to ", &op->master.now);
	if (!kn_ifname_is_set(&op->master.now))
		kn_buf_puts(ret, "none");
	if (kn_ifname_is_set(&op->master.before)) {
		put_name(ret, " (was ", &op->master.before);
		kn_buf_putc(ret, ')');
	}
}

void kn_op_describe_link(const struct kn_op *op, struct kn_buf *ret)
{
	switch ((int)op->kind) {
	case KN_OP_BOND_ADD:
	case KN_OP_BOND_DEL:
		describe_bond(op, ret);
		return;
	case KN_OP_VLAN_ADD:
	case KN_OP_VLAN_DEL:
		describe_vlan(op, ret);
		return;
	case KN_OP_BOND_PRIMARY:
	case KN_OP_BOND_ACTIVE:
		describe_port(op, ret);
		return;
	case KN_OP_BOND_OPTS:
		put_name(ret, "set bond ", &op->dev);
		kn_buf_puts(ret, ": ");
		kn_text_opts(ret, &op->opts.now, &op->opts.before, kn_bond_opt_info);
		return;
	}
}
