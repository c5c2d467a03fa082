/* Reading the network cards out of a guest's definition or its running state.
 * Layer: codec, pure. */
#include "codec/domxml.h"

#include <stdlib.h>
#include <string.h>

#include "codec/xml.h"
#include "kvmnet/buf.h"

/* A name that no kernel would take is nobody's bridge. */
static void take_name(const xmlNode *node, const char *attr, struct kn_ifname *ret)
{
	struct kn_error ignored = {0};
	const char *value = node ? kn_xml_attr(node, attr) : NULL;

	if (value && kn_ifname_from_host(value, ret, &ignored) < 0)
		*ret = (struct kn_ifname){0};
}

/* A copy of attribute @attr of the child @name of @node; none = NULL. */
static int take_text(const xmlNode *node, const char *name, const char *attr, char **ret,
		     struct kn_error *err)
{
	const xmlNode *child = kn_xml_element(node->children, name);
	const char *value = child ? kn_xml_attr(child, attr) : NULL;

	*ret = value ? strdup(value) : NULL;
	return value && !*ret ? kn_fail_nomem(err) : 0;
}

static int add_nic(const struct kn_vdom *dom, xmlNode *interface, struct kn_vnics *ret,
		   struct kn_error *err)
{
	const xmlNode *source = kn_xml_element(interface->children, "source");
	const xmlNode *target = kn_xml_element(interface->children, "target");
	const xmlNode *mac = kn_xml_element(interface->children, "mac");
	const char *network = source ? kn_xml_attr(source, "network") : NULL;
	const char *address = mac ? kn_xml_attr(mac, "address") : NULL;
	struct kn_vnic *nic = kn_vnics_add(ret, dom->name, network, err);
	struct kn_error ignored = {0};

	if (!nic)
		return -1;
	nic->running = dom->active;
	/* A running card of type network names its bridge as well. */
	take_name(source, "bridge", &nic->bridge);
	take_name(source, "dev", &nic->direct);
	if (dom->active)
		take_name(target, "dev", &nic->tap);
	nic->has_mac = address && kn_mac_parse(address, &nic->mac, &ignored) == 0;
	return take_text(interface, "alias", "name", &nic->alias, err) < 0
		       ? -1
		       : take_text(interface, "model", "type", &nic->model, err);
}

int kn_domxml_nics(const struct kn_vdom *dom, struct kn_vnics *ret, struct kn_error *err)
{
	struct kn_xml x;
	xmlDoc *doc;
	xmlNode *root, *devices;
	int r = 0;

	if (kn_xml_load(&x, err) < 0 ||
	    kn_xml_parse(&x, "the guest's XML", dom->xml, strlen(dom->xml), &doc, err) < 0)
		return -1;
	root = x.xmlDocGetRootElement(doc);
	/* What runs lies below <domstatus>. */
	if (root && kn_xml_is(root, "domstatus"))
		root = kn_xml_element(root->children, "domain");
	devices = root ? kn_xml_element(root->children, "devices") : NULL;
	for (xmlNode *n = devices ? kn_xml_element(devices->children, "interface") : NULL;
	     n && r == 0; n = kn_xml_element(n->next, "interface"))
		r = add_nic(dom, n, ret, err);
	x.xmlFreeDoc(doc);
	return r;
}
