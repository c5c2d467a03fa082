/* A network's DNS against itself.
 * Layer: model, pure. Source: formatnetwork, "dns"; dnsmasq(8). */
#include "model/network_check.h"

#include <string.h>

#define DNS_GROUPS                                                                                 \
	(KN_NET_HAS(FORWARDERS) | KN_NET_HAS(DNS_HOSTS) | KN_NET_HAS(TXTS) | KN_NET_HAS(SRVS))

/* libvirt starts dnsmasq only for a network with an address, and with enable='no' takes nothing
 * else. */
static int check_server(const struct kn_network *net, struct kn_error *err)
{
	bool none = !net->subnets.n && !net->auto4 && !net->auto6;

	for (unsigned int i = 0; i < KN_NETGROUP_COUNT; i++) {
		if (!(net->has & DNS_GROUPS & 1u << i))
			continue;
		if ((net->has & KN_NET_HAS(DNS)) && net->dns_off)
			return kn_fail(err, KN_ERR_INPUT, 0, "--no-dns and --%s exclude each other",
				       kn_netgroup_word(i));
		if (none)
			return kn_fail(err, KN_ERR_INPUT, 0,
				       "--%s: a network without a subnet has no name server",
				       kn_netgroup_word(i));
	}
	return 0;
}

static int check_forwarders(const struct kn_network *net, struct kn_error *err)
{
	char text[KN_IP_STRLEN];

	for (size_t i = 0; i < net->forwarders.n; i++) {
		const struct kn_net_forwarder *f = &net->forwarders.v[i];
		const char *why = f->domain ? kn_dnsname_fault(f->domain, false) : NULL;

		if (why)
			return kn_netcheck_bad("forwarder", f->domain, why, err);
		kn_ip_fmt(&f->ip, text);
		/* A domain without an address is never asked of others: unset is right there. */
		if (f->ip.family != KN_FAMILY_NONE && !kn_ip_is_hosts(&f->ip))
			return kn_netcheck_bad("forwarder", text,
					       "no name server can have this address", err);
		for (size_t j = 0; j < net->subnets.n; j++)
			if (kn_ip_eq(&f->ip, &net->subnets.v[j].ip))
				return kn_netcheck_bad("forwarder", text,
						       "this is the network's own name server: it "
						       "would ask itself",
						       err);
		for (size_t j = 0; j < i; j++) {
			const struct kn_net_forwarder *o = &net->forwarders.v[j];

			if (kn_ip_eq(&f->ip, &o->ip) &&
			    !strcmp(f->domain ? f->domain : "", o->domain ? o->domain : ""))
				return kn_netcheck_bad("forwarder", f->domain ? f->domain : text,
						       "it is given twice", err);
		}
	}
	return 0;
}

static int check_hosts(const struct kn_network *net, struct kn_error *err)
{
	char text[KN_IP_STRLEN];

	for (size_t i = 0; i < net->dns_hosts.n; i++) {
		const struct kn_net_dnshost *h = &net->dns_hosts.v[i];
		const char *why = h->names.n ? NULL : "it has no name";

		for (size_t j = 0; j < h->names.n && !why; j++)
			why = kn_dnsname_fault(h->names.v[j], false);
		for (size_t j = 0; j < i && !why; j++)
			if (kn_ip_eq(&h->ip, &net->dns_hosts.v[j].ip))
				why = "the address is given twice: name all its names at once";
		if (why)
			return kn_netcheck_bad("dns-host", kn_ip_fmt(&h->ip, text), why, err);
	}
	return 0;
}

/* A TXT string has 255 bytes at most (RFC 1035, 3.3); the value goes into a line of dnsmasq's
 * configuration, which ends at a newline and knows quotes. */
static int check_txts(const struct kn_network *net, struct kn_error *err)
{
	for (size_t i = 0; i < net->txts.n; i++) {
		const struct kn_net_txt *t = &net->txts.v[i];
		const char *why = kn_dnsname_fault(t->name, false);

		if (why)
			return kn_netcheck_bad("txt", t->name, why, err);
		if (strlen(t->value) > 255)
			return kn_netcheck_bad("txt", t->name, "its text is longer than 255 bytes",
					       err);
		if (strpbrk(t->value, "\"\n\r\t"))
			return kn_netcheck_bad(
				"txt", t->name,
				"no quote or control character can stand in its text", err);
	}
	return 0;
}

static const char *srv_fault(const struct kn_net_srv *s)
{
	const char *why = kn_dnsname_fault(s->service, false);

	if (!why && strcmp(s->protocol, "tcp") != 0 && strcmp(s->protocol, "udp") != 0)
		why = "the protocol is tcp or udp";
	if (!why && s->domain)
		why = kn_dnsname_fault(s->domain, false);
	if (!why && s->target)
		why = kn_dnsname_fault(s->target, false);
	if (!why && !s->target && (s->has_port || s->has_priority || s->has_weight))
		why = "port, priority and weight need a target";
	if (!why && s->has_port && (s->port < 1 || s->port > 65535))
		why = "the port is 1 to 65535";
	if (!why && (s->priority > 65535 || s->weight > 65535))
		why = "priority and weight are 65535 at most";
	return why;
}

int kn_netcheck_dns(const struct kn_network *net, struct kn_error *err)
{
	if (check_server(net, err) < 0 || check_forwarders(net, err) < 0 ||
	    check_hosts(net, err) < 0 || check_txts(net, err) < 0)
		return -1;
	for (size_t i = 0; i < net->srvs.n; i++) {
		const char *why = srv_fault(&net->srvs.v[i]);

		if (why)
			return kn_netcheck_bad("srv", net->srvs.v[i].service, why, err);
	}
	if (net->domain && kn_dnsname_fault(net->domain, false))
		return kn_netcheck_bad("domain", net->domain, kn_dnsname_fault(net->domain, false),
				       err);
	return 0;
}
