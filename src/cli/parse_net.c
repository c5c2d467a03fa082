/* Values of the options that describe a network: mode, bridge, ports, texts.
 * Layer: cli, pure. Values against each other are model/network_check's. */
#include "cli/parse_net.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/num.h"

#define TITLE_MAX	255
#define DESCRIPTION_MAX 4096
#define ZONE_MAX	17 /* firewalld.zone(5): iptables chain names leave no more */
#define PORTGROUP_MAX	64
#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

const char *kn_net_text_fault(const char *text, size_t max, bool newlines)
{
	size_t len = strlen(text);

	if (len == 0)
		return "it is empty";
	if (len > max)
		return "it is too long";
	for (size_t i = 0, n; i < len; i += n) {
		unsigned char c = (unsigned char)text[i];

		n = kn_utf8_len(text + i, len - i);
		if (n == 0)
			return "it is not UTF-8";
		if ((c < 0x20 && !(newlines && (c == '\n' || c == '\t'))) || c == 0x7f ||
		    (n == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0))
			return "a control character is in it";
		/* U+FFFE and U+FFFF are no characters of XML. */
		if (n == 3 && c == 0xef && (unsigned char)text[i + 1] == 0xbf &&
		    (unsigned char)text[i + 2] >= 0xbe)
			return "a character is in it that XML does not have";
	}
	return NULL;
}

/* ---- mode ---- */

/* A network has one mode; only macvtap may name several devices. */
static int take_mode(struct kn_cli *cli, const struct kn_option *option, uint32_t mode,
		     struct kn_error *err)
{
	if (cli->mode && cli->mode != option) {
		kn_fail(err, KN_ERR_USAGE, 0, "--%s and --%s exclude each other", cli->mode->name,
			option->name);
		return kn_hint(err, "a network has one mode");
	}
	cli->mode = option;
	cli->net.mode = mode;
	return 0;
}

static int set_mode(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	static const struct {
		enum kn_option_id id;
		enum kn_netmode mode;
	} modes[] = {{KN_O_NET_NAT, KN_NETMODE_NAT},
		     {KN_O_NET_ROUTE, KN_NETMODE_ROUTE},
		     {KN_O_NET_OPEN, KN_NETMODE_OPEN},
		     {KN_O_NET_ISOLATED, KN_NETMODE_ISOLATED}};

	(void)value;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (modes[i].id == option->id)
			return take_mode(cli, option, modes[i].mode, err);
	return 0;
}

static int set_bridge(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err)
{
	if (kn_ifname_parse(value, &cli->net.bridge, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	cli->net.has |= KN_NET_HAS(BRIDGE);
	return take_mode(cli, option, KN_NETMODE_BRIDGE, err);
}

static int add_dev(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	struct kn_ifname name;

	if (kn_ifname_parse(value, &name, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	if (kn_names_has(&cli->net.devs, &name))
		return kn_bad_value(option, value, "the device is given twice", err);
	cli->net.has |= KN_NET_HAS(DEVS);
	return kn_names_add(&cli->net.devs, &name, err);
}

static int set_macvtap(struct kn_cli *cli, const struct kn_option *option, const char *value,
		       struct kn_error *err)
{
	if (take_mode(cli, option, KN_NETMODE_MACVTAP, err) < 0)
		return -1;
	return add_dev(cli, option, value, err);
}

static int set_macvtap_mode(struct kn_cli *cli, const struct kn_option *option, const char *value,
			    struct kn_error *err)
{
	for (uint32_t i = 0; i <= KN_MACVTAP_PASSTHROUGH; i++)
		if (!strcmp(value, kn_macvtap_word(i))) {
			cli->net.macvtap = i;
			return 0;
		}
	kn_bad_value(option, value, "this is no macvtap mode", err);
	return kn_hint(err, "it can be: %s", option->values);
}

/* ---- flags and switches ---- */

static int set_flag(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	const struct {
		enum kn_option_id id;
		bool *flag;
		uint32_t group;
	} flags[] = {
		{KN_O_OPENVSWITCH, &cli->net.openvswitch, KN_NET_HAS(OPENVSWITCH)},
		{KN_O_ISOLATE_GUESTS, &cli->net.isolated, KN_NET_HAS(ISOLATED)},
		{KN_O_NO_DNS, &cli->net.dns_off, KN_NET_HAS(DNS)},
		{KN_O_DOMAIN_LOCAL, &cli->net.domain_local, 0},
		{KN_O_NET_STP, &cli->net.stp, KN_NET_HAS(STP)},
		{KN_O_NAT_IPV6, &cli->net.nat_ipv6, KN_NET_HAS(NAT_IPV6)},
	};

	if (value && strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		return kn_bad_value(option, value, "it is neither on nor off", err);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (flags[i].id == option->id) {
			*flags[i].flag = !value || !strcmp(value, "on");
			cli->net.has |= flags[i].group;
		}
	return 0;
}

/* ---- bridge ---- */

static int set_bridge_name(struct kn_cli *cli, const struct kn_option *option, const char *value,
			   struct kn_error *err)
{
	if (cli->net.mode == KN_NETMODE_BRIDGE && cli->mode)
		return kn_fail(err, KN_ERR_USAGE, 0,
			       "--bridge and --bridge-name exclude each other");
	if (kn_ifname_parse(value, &cli->net.bridge, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	cli->net.has |= KN_NET_HAS(BRIDGE);
	return 0;
}

static int set_number(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err)
{
	bool is_mtu = option->id == KN_O_NET_MTU;
	char label[32];

	cli->net.has |= is_mtu ? KN_NET_HAS(MTU) : KN_NET_HAS(DELAY);
	return kn_num_parse(value, kn_option_label(option, label), is_mtu ? 68 : 0,
			    is_mtu ? 65535 : 30, is_mtu ? &cli->net.mtu : &cli->net.delay_s, err);
}

static int set_mac(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	if (kn_mac_parse(value, &cli->net.mac, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	cli->net.has |= KN_NET_HAS(MAC);
	return 0;
}

static int keep(char **slot, const char *value, struct kn_error *err)
{
	free(*slot);
	*slot = strdup(value);
	return *slot ? 0 : kn_fail_nomem(err);
}

static int set_zone(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	size_t len = strlen(value);

	if (len == 0 || len > ZONE_MAX || strspn(value, NAME_CHARS) != len || value[0] == '-')
		return kn_bad_value(
			option, value,
			"a zone has 1 to 17 letters, digits, '-' or '_', and no '-' in front", err);
	cli->net.has |= KN_NET_HAS(ZONE);
	return keep(&cli->net.zone, value, err);
}

/* ---- VLANs and port groups ---- */

static struct kn_net_tag *find_tag(struct kn_net_vlan *vlan, uint32_t id)
{
	for (size_t i = 0; i < vlan->tags.n; i++)
		if (vlan->tags.v[i].id == id)
			return &vlan->tags.v[i];
	return NULL;
}

/* "10" or "native=10" (of the VLANs that a trunk carries, the one without a tag). */
static int take_vlan(struct kn_net_vlan *vlan, const char *word, bool native, struct kn_error *err)
{
	struct kn_net_tag tag = {.native = native ? KN_NATIVE_UNTAGGED : KN_NATIVE_NO};
	struct kn_net_tag *have;

	if (kn_num_parse(word, "VLAN", 1, 4094, &tag.id, err) < 0)
		return -1;
	have = find_tag(vlan, tag.id);
	if (have && (!native || have->native != KN_NATIVE_NO))
		return kn_fail(err, KN_ERR_INPUT, 0, "VLAN %u is given twice", tag.id);
	if (have)
		have->native = tag.native;
	vlan->trunk |= native || (!have && vlan->tags.n > 0);
	if (have)
		return 0;
	if (kn_grow(&vlan->tags.v, &vlan->tags.cap, vlan->tags.n + 1, sizeof(tag), err) < 0)
		return -1;
	vlan->tags.v[vlan->tags.n++] = tag;
	return 0;
}

static int set_vlan(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	char *copy KN_CLEANUP(kn_freep) = strdup(value);
	char *rest = copy;

	if (!copy)
		return kn_fail_nomem(err);
	cli->net.has |= KN_NET_HAS(VLAN);
	while (rest) {
		const char *word = strsep(&rest, ",");
		bool native = !strncmp(word, "native=", 7);

		if (take_vlan(&cli->net.vlan, native ? word + 7 : word, native, err) < 0)
			return kn_wrap(err, "%s%s", KN_LABEL(option));
	}
	return 0;
}

static int take_portgroup_word(struct kn_net_portgroup *group, const char *word,
			       struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!strcmp(word, "default")) {
		group->is_default = true;
		return 0;
	}
	if (!strncmp(word, "vlan=", 5))
		return take_vlan(&group->vlan, word + 5, false, err);
	if (!strncmp(word, "native=", 7))
		return take_vlan(&group->vlan, word + 7, true, err);
	kn_buf_put_escaped(&shown, word, strnlen(word, 60));
	return kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is none of default, vlan=ID, native=ID",
		       kn_buf_str(&shown));
}

static int check_portgroup_name(const struct kn_option *option, const char *value, const char *name,
				struct kn_error *err)
{
	size_t len = strlen(name);

	if (len == 0 || len > PORTGROUP_MAX || strspn(name, NAME_CHARS ".") != len)
		return kn_bad_value(
			option, value,
			"a port group's name has 1 to 64 letters, digits, '.', '-', '_'", err);
	return 0;
}

static int set_portgroup(struct kn_cli *cli, const struct kn_option *option, const char *value,
			 struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	char *copy KN_CLEANUP(kn_freep) = strdup(value);
	char *rest = copy;

	if (!copy)
		return kn_fail_nomem(err);
	const char *name = strsep(&rest, ",");
	if (check_portgroup_name(option, value, name, err) < 0 ||
	    kn_grow(&net->portgroups.v, &net->portgroups.cap, net->portgroups.n + 1,
		    sizeof(*net->portgroups.v), err) < 0)
		return -1;
	struct kn_net_portgroup *group = &net->portgroups.v[net->portgroups.n++];
	*group = (struct kn_net_portgroup){0};
	net->has |= KN_NET_HAS(PORTGROUPS);
	if (keep(&group->name, name, err) < 0)
		return -1;
	while (rest)
		if (take_portgroup_word(group, strsep(&rest, ","), err) < 0)
			return kn_wrap(err, "%s%s %s", KN_LABEL(option), name);
	return 0;
}

static int set_snippet_portgroup(struct kn_cli *cli, const struct kn_option *option,
				 const char *value, struct kn_error *err)
{
	cli->portgroup = value;
	return check_portgroup_name(option, value, value, err);
}

/* ---- texts ---- */

static int set_text(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	bool is_title = option->id == KN_O_TITLE;
	const char *why =
		kn_net_text_fault(value, is_title ? TITLE_MAX : DESCRIPTION_MAX, !is_title);

	if (why)
		return kn_bad_value(option, value, why, err);
	cli->net.has |= is_title ? KN_NET_HAS(TITLE) : KN_NET_HAS(DESCRIPTION);
	return keep(is_title ? &cli->net.title : &cli->net.description, value, err);
}

static int set_uuid(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	if (kn_uuid_parse(value, &cli->net.uuid, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	cli->net.has |= KN_NET_HAS(UUID);
	return 0;
}

static int set_target(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err)
{
	char label[32];

	if (kn_libvirt_version_parse(value, kn_option_label(option, label), &cli->target, err) < 0)
		return -1;
	cli->spec.target = cli->target;
	return 0;
}

/* ---- all of them ---- */

static kn_setter *const setters[KN_O_COUNT] = {
	[KN_O_NET_NAT] = set_mode,
	[KN_O_NET_ROUTE] = set_mode,
	[KN_O_NET_OPEN] = set_mode,
	[KN_O_NET_ISOLATED] = set_mode,
	[KN_O_NET_BRIDGE] = set_bridge,
	[KN_O_NET_MACVTAP] = set_macvtap,
	[KN_O_MACVTAP_MODE] = set_macvtap_mode,
	[KN_O_OPENVSWITCH] = set_flag,
	[KN_O_NET_DEV] = add_dev,
	[KN_O_SUBNET] = kn_net_set_subnet,
	[KN_O_NET_IPV6] = kn_net_set_ipv6,
	[KN_O_NET_DHCP] = kn_net_set_dhcp,
	[KN_O_LEASE] = kn_net_set_lease,
	[KN_O_NET_HOST] = kn_net_set_host,
	[KN_O_STATIC_ROUTE] = kn_net_set_route,
	[KN_O_NAT_PORTS] = kn_net_set_ports,
	[KN_O_NAT_IPV6] = set_flag,
	[KN_O_BRIDGE_NAME] = set_bridge_name,
	[KN_O_NET_STP] = set_flag,
	[KN_O_NET_DELAY] = set_number,
	[KN_O_NET_ZONE] = set_zone,
	[KN_O_NET_MTU] = set_number,
	[KN_O_NET_MAC] = set_mac,
	[KN_O_ISOLATE_GUESTS] = set_flag,
	[KN_O_NET_VLAN] = set_vlan,
	[KN_O_PORTGROUP] = set_portgroup,
	[KN_O_SNIPPET_PORTGROUP] = set_snippet_portgroup,
	[KN_O_NET_DOMAIN] = kn_net_set_domain,
	[KN_O_DOMAIN_LOCAL] = set_flag,
	[KN_O_FORWARDER] = kn_net_set_forwarder,
	[KN_O_DNS_HOST] = kn_net_set_dnshost,
	[KN_O_NET_TXT] = kn_net_set_txt,
	[KN_O_NET_SRV] = kn_net_set_srv,
	[KN_O_NO_DNS] = set_flag,
	[KN_O_TITLE] = set_text,
	[KN_O_DESCRIPTION] = set_text,
	[KN_O_NET_UUID] = set_uuid,
	[KN_O_TARGET_VERSION] = set_target,
};

kn_setter *kn_net_setter(enum kn_option_id id)
{
	return setters[id];
}

/* Options that say nothing without another one. */
static int check_companions(const struct kn_cli *cli, struct kn_error *err)
{
	static const struct {
		enum kn_option_id option, needs;
	} rows[] = {
		{KN_O_MACVTAP_MODE, KN_O_NET_MACVTAP}, {KN_O_OPENVSWITCH, KN_O_NET_BRIDGE},
		{KN_O_NAT_PORTS, KN_O_NET_NAT},	       {KN_O_NAT_IPV6, KN_O_NET_NAT},
		{KN_O_DOMAIN_LOCAL, KN_O_NET_DOMAIN},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (kn_cli_has(cli, rows[i].option) && !kn_cli_has(cli, rows[i].needs))
			return kn_fail(err, KN_ERR_USAGE, 0, "--%s needs --%s",
				       kn_option_at(rows[i].option)->name,
				       kn_option_at(rows[i].needs)->name);
	if (kn_cli_has(cli, KN_O_NET_BRIDGE) && kn_cli_has(cli, KN_O_BRIDGE_NAME))
		return kn_fail(err, KN_ERR_USAGE, 0,
			       "--bridge and --bridge-name exclude each other");
	if (kn_cli_has(cli, KN_O_NET_MACVTAP) && kn_cli_has(cli, KN_O_NET_DEV))
		return kn_fail(err, KN_ERR_USAGE, 0, "--macvtap and --dev exclude each other");
	return 0;
}

int kn_net_finish(struct kn_cli *cli, struct kn_error *err)
{
	bool makes = KN_IN_NET >> cli->command->id & 1;
	struct kn_network *net = &cli->net;

	/* What is only looked up may have any name that libvirt takes. */
	if (makes ? kn_netname_parse(cli->words[0], &net->name, err) < 0
		  : kn_netname_from_host(cli->words[0], &net->name, err) < 0)
		return -1;
	if (makes && !cli->mode) {
		kn_fail(err, KN_ERR_USAGE, 0, "the network's mode is missing");
		return kn_hint(err, "give one of --nat, --route, --open, --isolated, --bridge BR, "
				    "--macvtap IF");
	}
	if (check_companions(cli, err) < 0)
		return -1;
	if (cli->mode && kn_netmode_has_bridge(net->mode) && !net->none4 &&
	    !kn_network_subnet(net, KN_IPV4))
		net->auto4 = true;
	return 0;
}
