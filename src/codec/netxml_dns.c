/* <dns> of a network definition.
 * Layer: codec, pure. */
#include "codec/netxml_read.h"

#include <string.h>

static int read_forwarder(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;

	if (kn_grow(&net->forwarders.v, &net->forwarders.cap, net->forwarders.n + 1,
		    sizeof(*net->forwarders.v), r->err) < 0)
		return -1;
	struct kn_net_forwarder *f = &net->forwarders.v[net->forwarders.n++];
	*f = (struct kn_net_forwarder){0};
	net->has |= KN_NET_HAS(FORWARDERS);
	return kn_netxml_get_ip(r, node, "addr", &f->ip) < 0
		       ? -1
		       : kn_netxml_get_str(r, node, "domain", &f->domain);
}

static int read_txt(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;

	if (kn_grow(&net->txts.v, &net->txts.cap, net->txts.n + 1, sizeof(*net->txts.v), r->err) <
	    0)
		return -1;
	struct kn_net_txt *txt = &net->txts.v[net->txts.n++];
	*txt = (struct kn_net_txt){0};
	net->has |= KN_NET_HAS(TXTS);
	if (kn_netxml_get_str(r, node, "name", &txt->name) < 0 ||
	    kn_netxml_get_str(r, node, "value", &txt->value) < 0)
		return -1;
	return txt->name && txt->value ? 0
				       : kn_netxml_bad(r, node, NULL, "it needs name and value");
}

static int read_srv(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;

	if (kn_grow(&net->srvs.v, &net->srvs.cap, net->srvs.n + 1, sizeof(*net->srvs.v), r->err) <
	    0)
		return -1;
	struct kn_net_srv *srv = &net->srvs.v[net->srvs.n++];
	*srv = (struct kn_net_srv){0};
	net->has |= KN_NET_HAS(SRVS);
	if (kn_netxml_get_str(r, node, "service", &srv->service) < 0 ||
	    kn_netxml_get_str(r, node, "protocol", &srv->protocol) < 0 ||
	    kn_netxml_get_str(r, node, "domain", &srv->domain) < 0 ||
	    kn_netxml_get_str(r, node, "target", &srv->target) < 0 ||
	    kn_netxml_get_num(r, node, "port", &srv->has_port, &srv->port) < 0 ||
	    kn_netxml_get_num(r, node, "priority", &srv->has_priority, &srv->priority) < 0 ||
	    kn_netxml_get_num(r, node, "weight", &srv->has_weight, &srv->weight) < 0)
		return -1;
	return srv->service && srv->protocol
		       ? 0
		       : kn_netxml_bad(r, node, NULL, "it needs service and protocol");
}

static int read_hostname(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_xml_text(node, &text);
	if (kn_buf_check(&text, r->err) < 0)
		return -1;
	return kn_strv_add(&net->dns_hosts.v[net->dns_hosts.n - 1].names, kn_buf_str(&text),
			   r->err);
}

static int read_dnshost(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;

	if (kn_grow(&net->dns_hosts.v, &net->dns_hosts.cap, net->dns_hosts.n + 1,
		    sizeof(*net->dns_hosts.v), r->err) < 0)
		return -1;
	struct kn_net_dnshost *host = &net->dns_hosts.v[net->dns_hosts.n++];
	*host = (struct kn_net_dnshost){0};
	net->has |= KN_NET_HAS(DNS_HOSTS);
	if (kn_netxml_get_ip(r, node, "ip", &host->ip) < 0)
		return -1;
	if (host->ip.family == KN_FAMILY_NONE)
		return kn_netxml_bad(r, node, NULL, "it has no ip");
	return kn_netxml_each(r, node, "hostname", read_hostname);
}

static int read_dns(struct kn_netxml_reader *r, xmlNode *dns)
{
	bool has_enable = false, enable = true;

	if (kn_netxml_get_bool(r, dns, "enable", "yes no", &has_enable, &enable) < 0 ||
	    kn_netxml_each(r, dns, "forwarder", read_forwarder) < 0 ||
	    kn_netxml_each(r, dns, "txt", read_txt) < 0 ||
	    kn_netxml_each(r, dns, "srv", read_srv) < 0 ||
	    kn_netxml_each(r, dns, "host", read_dnshost) < 0)
		return -1;
	if (has_enable) {
		r->def->net.dns_off = !enable;
		r->def->net.has |= KN_NET_HAS(DNS);
	}
	return 0;
}

int kn_netxml_read_dns(struct kn_netxml_reader *r, xmlNode *network)
{
	return kn_netxml_each(r, network, "dns", read_dns);
}
