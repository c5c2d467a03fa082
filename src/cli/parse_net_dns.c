/* Values of a network's DNS.
 * Layer: cli, pure. Names are checked by model/network_check_dns. */
#include <stdlib.h>
#include <string.h>

#include "cli/parse_net.h"
#include "kvmnet/num.h"

#define TXT_MAX	  255 /* RFC 1035, 3.3 */
#define VALUE_MAX 1024

static int dup_to(char **slot, const char *value, struct kn_error *err)
{
	free(*slot);
	*slot = strdup(value);
	return *slot ? 0 : kn_fail_nomem(err);
}

/* A copy to be cut. Return: 0, *ret new; -1 also for a value no real name is as long as. */
static int cut_copy(const struct kn_option *option, const char *value, char **ret,
		    struct kn_error *err)
{
	if (strlen(value) > VALUE_MAX)
		return kn_bad_value(option, value, "it is too long", err);
	return dup_to(ret, value, err);
}

int kn_net_set_domain(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err)
{
	const char *why = kn_dnsname_fault(value, false);

	if (why)
		return kn_bad_value(option, value, why, err);
	cli->net.has |= KN_NET_HAS(DOMAIN);
	return dup_to(&cli->net.domain, value, err);
}

/* "IP", "DOMAIN,IP", or "DOMAIN": names in it are never asked of others. */
int kn_net_set_forwarder(struct kn_cli *cli, const struct kn_option *option, const char *value,
			 struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	char *copy KN_CLEANUP(kn_freep) = NULL;
	char label[32];

	if (cut_copy(option, value, &copy, err) < 0 ||
	    kn_grow(&net->forwarders.v, &net->forwarders.cap, net->forwarders.n + 1,
		    sizeof(*net->forwarders.v), err) < 0)
		return -1;
	struct kn_net_forwarder *f = &net->forwarders.v[net->forwarders.n++];
	*f = (struct kn_net_forwarder){0};
	net->has |= KN_NET_HAS(FORWARDERS);
	char *rest = copy, *first = strsep(&rest, ",");
	if (!rest && kn_ip_is(first, &f->ip))
		return 0;
	const char *why = kn_dnsname_fault(first, false);
	/* no domain is all digits: an address with a slip of the hand */
	if (!why && !first[strspn(first, "0123456789.")])
		why = "this is no IPv4 or IPv6 address";
	if (why)
		return kn_bad_value(option, value, why, err);
	if (rest && kn_ip_parse(rest, kn_option_label(option, label), &f->ip, err) < 0)
		return -1;
	return dup_to(&f->domain, first, err);
}

int kn_net_set_dnshost(struct kn_cli *cli, const struct kn_option *option, const char *value,
		       struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	char *copy KN_CLEANUP(kn_freep) = NULL;
	char label[32];

	if (cut_copy(option, value, &copy, err) < 0 ||
	    kn_grow(&net->dns_hosts.v, &net->dns_hosts.cap, net->dns_hosts.n + 1,
		    sizeof(*net->dns_hosts.v), err) < 0)
		return -1;
	struct kn_net_dnshost *host = &net->dns_hosts.v[net->dns_hosts.n++];
	*host = (struct kn_net_dnshost){0};
	net->has |= KN_NET_HAS(DNS_HOSTS);
	char *rest = copy;
	if (kn_ip_parse(strsep(&rest, ","), kn_option_label(option, label), &host->ip, err) < 0)
		return -1;
	while (rest)
		if (kn_strv_add(&host->names, strsep(&rest, ","), err) < 0)
			return -1;
	return 0;
}

int kn_net_set_txt(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	char *copy KN_CLEANUP(kn_freep) = NULL;

	if (cut_copy(option, value, &copy, err) < 0 ||
	    kn_grow(&net->txts.v, &net->txts.cap, net->txts.n + 1, sizeof(*net->txts.v), err) < 0)
		return -1;
	struct kn_net_txt *txt = &net->txts.v[net->txts.n++];
	*txt = (struct kn_net_txt){0};
	net->has |= KN_NET_HAS(TXTS);
	char *text = copy, *name = strsep(&text, "=");
	if (dup_to(&txt->name, name, err) < 0 || dup_to(&txt->value, text ? text : "", err) < 0)
		return -1;
	const char *why = text ? kn_net_text_fault(text, TXT_MAX, false) : "the text is missing";
	if (!why)
		return 0;
	kn_bad_value(option, value, why, err);
	return kn_hint(err, "write it as NAME=TEXT");
}

static int srv_number(const char *word, size_t skip, const char *what, bool *ret_has, uint32_t *ret,
		      struct kn_error *err)
{
	*ret_has = true;
	return kn_num_parse(word + skip, what, 0, 65535, ret, err);
}

static int srv_word(struct kn_net_srv *srv, const char *word, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!strncmp(word, "target=", 7))
		return dup_to(&srv->target, word + 7, err);
	if (!strncmp(word, "domain=", 7))
		return dup_to(&srv->domain, word + 7, err);
	if (!strncmp(word, "port=", 5))
		return srv_number(word, 5, "port", &srv->has_port, &srv->port, err);
	if (!strncmp(word, "priority=", 9))
		return srv_number(word, 9, "priority", &srv->has_priority, &srv->priority, err);
	if (!strncmp(word, "weight=", 7))
		return srv_number(word, 7, "weight", &srv->has_weight, &srv->weight, err);
	kn_buf_put_escaped(&shown, word, strnlen(word, 60));
	return kn_fail(err, KN_ERR_INPUT, 0,
		       "\"%s\" is none of target=, port=, priority=, weight=, domain=",
		       kn_buf_str(&shown));
}

int kn_net_set_srv(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	char *copy KN_CLEANUP(kn_freep) = NULL;

	if (cut_copy(option, value, &copy, err) < 0 ||
	    kn_grow(&net->srvs.v, &net->srvs.cap, net->srvs.n + 1, sizeof(*net->srvs.v), err) < 0)
		return -1;
	struct kn_net_srv *srv = &net->srvs.v[net->srvs.n++];
	*srv = (struct kn_net_srv){0};
	net->has |= KN_NET_HAS(SRVS);
	char *rest = copy, *protocol = strsep(&rest, ",");
	const char *service = strsep(&protocol, "/");
	if (!protocol) {
		kn_bad_value(option, value, "the protocol is missing", err);
		return kn_hint(err, "write it as ldap/tcp,target=ldap.lab.example,port=389");
	}
	if (dup_to(&srv->service, service, err) < 0 || dup_to(&srv->protocol, protocol, err) < 0)
		return -1;
	while (rest)
		if (srv_word(srv, strsep(&rest, ","), err) < 0)
			return kn_wrap(err, "%s%s", KN_LABEL(option));
	return 0;
}
