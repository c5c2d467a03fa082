/* The elements and attributes of network XML that kvmnet has words for, and when two values of one
 * are the same. Layer: codec, pure. What is not in this table is never touched. */
#include "codec/netxml_priv.h"

#include <string.h>

#include "kvmnet/num.h"

/* In the order of libvirt's dumps, each level for itself. */
static const struct kn_netxml_row rows[] = {
	/* path, attributes ("." = it is text), key */
	{"network", "connections", ""},
	{"network/name", ".", ""},
	{"network/uuid", ".", ""},
	{"network/title", ".", ""},
	{"network/description", ".", ""},
	{"network/metadata", "", ""},
	{"network/forward", "mode dev", ""},
	{"network/forward/nat", "ipv6", ""},
	{"network/forward/nat/port", "start end", ""},
	{"network/forward/interface", "dev connections", "dev"},
	{"network/bridge", "name zone stp delay", ""},
	{"network/mtu", "size", ""},
	{"network/mac", "address", ""},
	{"network/domain", "name localOnly", ""},
	{"network/dns", "enable", ""},
	{"network/dns/forwarder", "domain addr", "domain addr"},
	{"network/dns/txt", "name value", "name value"},
	{"network/dns/srv", "service protocol domain target port priority weight",
	 "service protocol domain target port priority weight"},
	{"network/dns/host", "ip", "ip"},
	{"network/dns/host/hostname", ".", "."},
	{"network/vlan", "trunk", ""},
	{"network/vlan/tag", "id nativeMode", "id"},
	{"network/port", "isolated", ""},
	{"network/ip", "family address netmask prefix", "address"},
	{"network/ip/dhcp", "", ""},
	{"network/ip/dhcp/range", "start end", "start end"},
	{"network/ip/dhcp/range/lease", "expiry unit", ""},
	{"network/ip/dhcp/host", "mac id name ip", "mac id name ip"},
	{"network/ip/dhcp/host/lease", "expiry unit", ""},
	{"network/route", "family address netmask prefix gateway metric",
	 "address prefix gateway metric"},
	{"network/virtualport", "type", ""},
	{"network/portgroup", "name default", "name"},
	{"network/portgroup/vlan", "trunk", ""},
	{"network/portgroup/vlan/tag", "id nativeMode", "id"},
};

const struct kn_netxml_row *kn_netxml_row(const struct kn_netxml_row *parent, const char *name)
{
	size_t len = parent ? strlen(parent->path) : 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *path = rows[i].path;

		if (!parent && !strcmp(path, name))
			return &rows[i];
		if (parent && !strncmp(path, parent->path, len) && path[len] == '/' &&
		    !strcmp(path + len + 1, name))
			return &rows[i];
	}
	return NULL;
}

bool kn_netxml_has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (*words) {
		size_t n = strcspn(words, " ");

		if (n == len && !strncmp(words, word, n))
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

bool kn_netxml_is_mark(const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
	       !strcmp((const char *)node->ns->href, KN_NETXML_NS);
}

/* Values that say what is so anyway. */
static bool is_default(const char *name, const char *value)
{
	static const char *const pairs[][2] = {
		{"family", "ipv4"}, {"localOnly", "no"}, {"default", "no"},
		{"enable", "yes"},  {"isolated", "no"},	 {"ipv6", "no"},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (!strcmp(pairs[i][0], name) && !strcmp(pairs[i][1], value))
			return true;
	return false;
}

static void put_lower(const char *value, struct kn_buf *ret)
{
	for (; *value; value++)
		kn_buf_putc(ret,
			    *value >= 'A' && *value <= 'Z' ? (char)(*value - 'A' + 'a') : *value);
}

/* A netmask as its length; what is neither stays as it is. */
static void put_prefix(const xmlNode *node, struct kn_buf *ret)
{
	const char *mask = kn_xml_attr(node, "netmask"), *prefix = kn_xml_attr(node, "prefix");
	struct kn_ip ip;
	uint8_t len;

	if (prefix)
		kn_buf_puts(ret, prefix);
	else if (mask && kn_ip_is(mask, &ip) && kn_netmask_to_prefix(&ip, &len))
		kn_buf_printf(ret, "%u", len);
	else if (mask)
		kn_buf_puts(ret, mask);
}

/* In seconds. Source: libvirt's formatnetwork page: the unit is the minute unless it is said. */
static void put_expiry(const xmlNode *node, const char *value, struct kn_buf *ret)
{
	const char *unit = kn_xml_attr(node, "unit");
	uint64_t factor = !unit || !strcmp(unit, "minutes") ? 60
			  : !strcmp(unit, "hours")	    ? 3600
							    : 1;
	uint32_t n;

	if (kn_num_is(value, UINT32_MAX, &n))
		kn_buf_printf(ret, "%llu", (unsigned long long)(n * factor));
	else
		kn_buf_puts(ret, value);
}

void kn_netxml_put_value(const xmlNode *node, const char *name, struct kn_buf *ret)
{
	const char *value = kn_xml_attr(node, name);
	struct kn_ip ip;
	char text[KN_IP_STRLEN];

	if (!strcmp(name, "prefix"))
		put_prefix(node, ret);
	else if (!value && !strcmp(name, "mode") && kn_xml_is(node, "forward"))
		kn_buf_puts(ret, "nat"); /* libvirt's default */
	else if (!value || is_default(name, value) || kn_netxml_has_word("netmask unit", name))
		return;
	else if (!strcmp(name, "expiry"))
		put_expiry(node, value, ret);
	else if (!strcmp(name, "mac") || (!strcmp(name, "address") && kn_xml_is(node, "mac")))
		put_lower(value, ret);
	else if (kn_netxml_has_word("address ip addr start end gateway", name) &&
		 kn_ip_is(value, &ip))
		kn_buf_puts(ret, kn_ip_fmt(&ip, text));
	else
		kn_buf_puts(ret, value);
}

void kn_netxml_put_text(const xmlNode *node, struct kn_buf *ret)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored = {0};
	struct kn_uuid uuid;
	char form[KN_UUID_STRLEN];

	kn_xml_text(node, &text);
	ret->failed |= text.failed;
	if (kn_xml_is(node, "uuid") && kn_uuid_parse(kn_buf_str(&text), &uuid, &ignored) == 0)
		kn_buf_puts(ret, kn_uuid_fmt(&uuid, form));
	else
		kn_buf_put(ret, kn_buf_str(&text), text.len);
}
