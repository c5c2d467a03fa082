/* The interface by which a guest uses a network. Layer: codec, pure.
 * Source: https://libvirt.org/formatdomain.html#network-interfaces */
#include "codec/netxml_priv.h"

#include <string.h>

struct attribute {
	const char *name, *value;
};

/* Adds <@name> below @parent; attributes up to the first without a name or value. */
static bool add(const struct kn_xml *x, xmlNode *parent, const char *name,
		const struct attribute *attrs, size_t n)
{
	xmlNode *node = x->xmlNewTextChild(parent, NULL, BAD_CAST name, NULL);

	for (size_t i = 0; node && i < n; i++)
		if (attrs[i].value &&
		    !x->xmlNewProp(node, BAD_CAST attrs[i].name, BAD_CAST attrs[i].value))
			return false;
	return node != NULL;
}

/* Without the libvirt network: the bridge or the device itself. */
static bool add_direct(const struct kn_xml *x, xmlNode *interface, const struct kn_network *net)
{
	const struct attribute bridge[] = {{"bridge", net->bridge.s}};
	const struct attribute ovs[] = {{"type", "openvswitch"}};
	const struct attribute direct[] = {{"dev", net->devs.n ? net->devs.v[0].s : NULL},
					   {"mode", kn_macvtap_word(net->macvtap)}};

	if (net->mode == KN_NETMODE_MACVTAP)
		return x->xmlNewProp(interface, BAD_CAST "type", BAD_CAST "direct") &&
		       add(x, interface, "source", direct, 2);
	return x->xmlNewProp(interface, BAD_CAST "type", BAD_CAST "bridge") &&
	       add(x, interface, "source", bridge, 1) &&
	       (!net->openvswitch || add(x, interface, "virtualport", ovs, 1));
}

static bool add_network(const struct kn_xml *x, xmlNode *interface, const struct kn_network *net,
			const char *portgroup)
{
	const struct attribute source[] = {{"network", net->name.s}, {"portgroup", portgroup}};

	return x->xmlNewProp(interface, BAD_CAST "type", BAD_CAST "network") &&
	       add(x, interface, "source", source, 2);
}

int kn_netxml_interface(const struct kn_network *net, const char *portgroup, bool direct,
			struct kn_buf *ret, struct kn_error *err)
{
	const struct attribute model[] = {{"type", "virtio"}};
	struct kn_xml x;

	if (kn_xml_load(&x, err) < 0)
		return -1;
	xmlDoc *doc = x.xmlNewDoc(BAD_CAST "1.0");
	xmlNode *interface = doc ? x.xmlNewDocNode(doc, NULL, BAD_CAST "interface", NULL) : NULL;
	bool made = interface != NULL;
	if (made) {
		x.xmlDocSetRootElement(doc, interface);
		made = (direct ? add_direct(&x, interface, net)
			       : add_network(&x, interface, net, portgroup)) &&
		       add(&x, interface, "model", model, 1);
	}
	int r = made ? kn_xml_put(&x, interface, ret, err) : kn_fail_nomem(err);
	x.xmlFreeDoc(doc);
	return r;
}
