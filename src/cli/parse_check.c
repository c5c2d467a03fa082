/* Options against each other: what contradicts itself is refused before the host is looked at.
 * Layer: cli, pure. Values against the host are plan/preflight's. */
#include <string.h>

#include "cli/parse.h"

struct pair {
	enum kn_option_id a, b;
	const char *why;
};

#define NO_IP_WHY   "--no-ip leaves the bridge without any of it"
#define INHERIT_WHY "inherited addresses and given ones do not mix: leave --inherit out"

#define CHECK_WHY "--check asks the network, where nothing changes when only files are written"

/* Pairs that contradict each other. */
static const struct pair pairs[] = {
	{KN_O_NO_IP, KN_O_STATIC, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_DHCP, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_DHCP6, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_SLAAC, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_GATEWAY, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_METRIC, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_DNS, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_SEARCH, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_ROUTE, NO_IP_WHY},
	{KN_O_NO_IP, KN_O_INHERIT, NO_IP_WHY},
	{KN_O_INHERIT, KN_O_STATIC, INHERIT_WHY},
	{KN_O_INHERIT, KN_O_DHCP, INHERIT_WHY},
	{KN_O_INHERIT, KN_O_DHCP6, INHERIT_WHY},
	{KN_O_INHERIT, KN_O_SLAAC, INHERIT_WHY},
	{KN_O_AUTOSTART, KN_O_NO_AUTOSTART, "say one of them"},
	{KN_O_NETWORK, KN_O_NO_PERSIST, "a network over a bridge that is gone after the next boot"},
	{KN_O_NETWORK, KN_O_NO_LIVE, "the network needs the bridge that --no-live does not make"},
	{KN_O_NO_LIVE, KN_O_NO_PERSIST, "together they leave nothing to change"},
	{KN_O_CHECK, KN_O_NO_LIVE, CHECK_WHY},
	{KN_O_CHECK, KN_O_ROOT, CHECK_WHY},
	{KN_O_ROOT, KN_O_NO_PERSIST, "--root is about files, --no-persist leaves them alone"},
	{KN_O_CONFIRM, KN_O_NO_GUARD, "it is the guardian that waits for the confirmation"},
	{KN_O_NO_WAIT, KN_O_NO_GUARD, "it is the guardian that waits in this process's place"},
	{KN_O_ROOT, KN_O_EXPORT_KERNEL, "--root is about files, and what runs is not below it"},
	{KN_O_CONFIRM, KN_O_NO_LIVE, "files alone cut nobody off: there is nothing to confirm"},
	{KN_O_CONFIRM, KN_O_ROOT, "--root is about files, --confirm about the running host"},
	{KN_O_PRUNE, KN_O_NO_PERSIST, "what kvmnet made is known from its files"},
	{KN_O_READER, KN_O_NO_PERSIST, "--reader is about files, --no-persist leaves them alone"},
};

/* The first pair found is reported: one clear message beats a list. */
static int check_pairs(const struct kn_cli *cli, struct kn_error *err)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct pair *p = &pairs[i];

		if (!kn_cli_has(cli, p->a) || !kn_cli_has(cli, p->b))
			continue;
		kn_fail(err, KN_ERR_USAGE, 0, "--%s and --%s exclude each other",
			kn_option_at(p->a)->name, kn_option_at(p->b)->name);
		return kn_hint(err, "%s", p->why);
	}
	if (cli->spec.backend_given && cli->spec.no_persist)
		return kn_fail(err, KN_ERR_USAGE, 0,
			       "--backend ifcfg and --no-persist exclude each other");
	return 0;
}

/* What stands before an option's name where the user wrote it. */
static const char *dashes(const struct kn_cli *cli)
{
	return cli->from_file ? "" : "--";
}

/* Whether an address of that family was given. */
static bool has_static(const struct kn_ipconf *ip, enum kn_family family)
{
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (ip->addrs.v[i].ip.family == family)
			return true;
	return false;
}

/* The readers of ifcfg files disagree on DHCP plus a static address: initscripts take the lease
 * and ignore the rest, NetworkManager takes both. Source: ifup-eth; ifcfg-rh reader. */
static int check_dhcp(const struct kn_cli *cli, struct kn_error *err)
{
	const struct kn_ipconf *ip = &cli->spec.ip;
	char buf[KN_IP_STRLEN];

	if (!ip->dhcp4)
		return 0;
	if (has_static(ip, KN_IPV4)) {
		kn_fail(err, KN_ERR_USAGE, 0, "--dhcp and an IPv4 --static exclude each other");
		return kn_hint(err, "programs that read ifcfg files disagree on the two together");
	}
	if (ip->gateway4.family != KN_FAMILY_NONE) {
		kn_fail(err, KN_ERR_USAGE, 0, "%s and an IPv4 %sgateway exclude each other",
			cli->from_file ? "ipv4 = dhcp" : "--dhcp", dashes(cli));
		kn_about(err, "gateway", kn_ip_fmt(&ip->gateway4, buf));
		return kn_hint(err, "the gateway comes with the lease");
	}
	return 0;
}

/* @gw must lie on the bridge's own side: some address of its family, and not that one itself. */
static int check_gateway(const struct kn_cli *cli, const struct kn_ip *gw, bool has_dynamic,
			 struct kn_error *err)
{
	const struct kn_ipconf *ip = &cli->spec.ip;
	char buf[KN_IP_STRLEN];
	const char *family = gw->family == KN_IPV4 ? "IPv4" : "IPv6";

	if (gw->family == KN_FAMILY_NONE)
		return 0;
	for (size_t i = 0; i < ip->addrs.n; i++)
		if (kn_ip_eq(&ip->addrs.v[i].ip, gw))
			return kn_fail(err, KN_ERR_INPUT, 0,
				       "gateway %s is the bridge's own address",
				       kn_ip_fmt(gw, buf)),
			       kn_about(err, "gateway", buf);
	if (has_dynamic || has_static(ip, gw->family))
		return 0;
	kn_fail(err, KN_ERR_USAGE, 0, "gateway %s: the bridge gets no %s address",
		kn_ip_fmt(gw, buf), family);
	kn_about(err, "gateway", buf);
	if (cli->from_file)
		return kn_hint(err, "give one: %s = ADDRESS/LENGTH",
			       gw->family == KN_IPV4 ? "ipv4" : "ipv6");
	return kn_hint(err, "add --static CIDR with an %s address", family);
}

static int check_gateways(const struct kn_cli *cli, struct kn_error *err)
{
	const struct kn_ipconf *ip = &cli->spec.ip;
	bool kept = cli->command->id == KN_CMD_BRIDGE_SET || cli->spec.ports.n > 0 || cli->uplink;

	/* Addresses that come from the uplink, or are the bridge's already, are not known here. */
	if (!(cli->spec.given & KN_GROUP_ADDR) && kept)
		return 0;
	if (check_gateway(cli, &ip->gateway4, ip->dhcp4, err) < 0)
		return -1;
	return check_gateway(cli, &ip->gateway6, ip->dhcp6 || ip->slaac, err);
}

/* Below 1280 bytes the kernel turns IPv6 off on a link. Source: RFC 8200, section 5. */
static int check_mtu(const struct kn_cli *cli, struct kn_error *err)
{
	const struct kn_ipconf *ip = &cli->spec.ip;

	if (!kn_cli_has(cli, KN_O_MTU) || cli->spec.mtu >= 1280)
		return 0;
	if (!ip->dhcp6 && !ip->slaac && !has_static(ip, KN_IPV6))
		return 0;
	kn_fail(err, KN_ERR_INPUT, 0, "%smtu %u is too small for the IPv6 address asked for",
		dashes(cli), cli->spec.mtu);
	kn_about(err, "mtu", "");
	return kn_hint(err, "IPv6 needs at least 1280");
}

/* Source: kernel br_stp.c, BR_MIN_FORWARD_DELAY; NetworkManager rejects such a profile too. */
static int check_stp(const struct kn_cli *cli, struct kn_error *err)
{
	const struct kn_opts *opts = &cli->spec.opts;

	if (!kn_opts_get(opts, KN_BROPT_STP, 0) ||
	    kn_opts_get(opts, KN_BROPT_FORWARD_DELAY, 200) >= 200)
		return 0;
	kn_fail(err, KN_ERR_USAGE, 0, "with %sstp %s the forward delay must be 2 to 30 seconds",
		dashes(cli), cli->from_file ? "= on" : "on");
	kn_about(err, "forward-delay", "");
	return kn_hint(err, "leave %sforward-delay out to get 15 seconds", dashes(cli));
}

/* A bridge without a port has nobody to inherit from. */
static int check_create(const struct kn_cli *cli, struct kn_error *err)
{
	const struct kn_spec *spec = &cli->spec;
	const char *option = NULL;

	if (kn_names_has(&spec->ports, &spec->bridge))
		return kn_fail(err, KN_ERR_USAGE, 0, "%s cannot be its own port", spec->bridge.s),
		       kn_about(err, "port", spec->bridge.s);
	if (spec->ports.n > 0 || cli->uplink)
		return 0;
	if (cli->inherit)
		option = "--inherit";
	else if (spec->mac_mode == KN_MAC_UPLINK)
		option = cli->from_file ? "mac = uplink" : "--mac uplink";
	if (!option)
		return 0;
	kn_fail(err, KN_ERR_USAGE, 0, "%s needs an uplink", option);
	kn_about(err, cli->inherit ? "inherit" : "mac", "");
	return kn_hint(err, cli->from_file ? "name it with ports = IF" : "name it with --port IF");
}

/* A change without anything to change is a forgotten option, not a success. */
static int check_set(const struct kn_cli *cli, struct kn_error *err)
{
	const struct kn_spec *spec = &cli->spec;

	if (spec->given || spec->no_ip || spec->opts.has || spec->mac_mode != KN_MAC_DEFAULT)
		return 0;
	kn_fail(err, KN_ERR_USAGE, 0, "bridge set: nothing to change is named");
	return kn_hint(err, "kvmnet bridge set --help lists the options");
}

/* Names against each other, and a `set` that sets nothing. */
static int check_port(const struct kn_cli *cli, struct kn_error *err)
{
	const struct kn_spec *spec = &cli->spec;

	if (kn_names_has(&spec->ports, &spec->bridge))
		return kn_fail(err, KN_ERR_USAGE, 0, "%s cannot be its own port", spec->bridge.s);
	if (cli->command->id != KN_CMD_PORT_SET || spec->port_opts.has)
		return 0;
	kn_fail(err, KN_ERR_USAGE, 0, "port set: nothing to change is named");
	return kn_hint(err, "kvmnet port set --help lists the options");
}

static int goes_on(const struct kn_cli *cli, struct kn_error *err)
{
	return kn_errors_take(cli->faults, err);
}

/* What contradicts itself, whatever else may be there. */
static int check_given(const struct kn_cli *cli, struct kn_error *err)
{
	static int (*const checks[])(const struct kn_cli *, struct kn_error *) = {
		check_pairs, check_dhcp, check_mtu, check_stp};

	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (checks[i](cli, err) < 0 && goes_on(cli, err) < 0)
			return -1;
	return 0;
}

/* What only one command can get wrong. */
static int check_command(const struct kn_cli *cli, struct kn_error *err)
{
	uint64_t bit = UINT64_C(1) << cli->command->id;

	if (cli->format && cli->json) {
		kn_fail(err, KN_ERR_USAGE, 0, "--format and --json are two forms of the same");
		return kn_hint(err, "give one of them");
	}
	if (bit & (KN_IN(CONFIRM) | KN_IN(CANCEL)) && cli->root)
		return kn_fail(err, KN_ERR_USAGE, 0,
			       "%s is about this host: --root is about files elsewhere",
			       cli->command->name);
	if (cli->command->id == KN_CMD_BRIDGE_CREATE)
		return check_create(cli, err);
	if (cli->command->id == KN_CMD_BRIDGE_SET)
		return check_set(cli, err);
	return bit & (KN_IN_PORT | KN_IN(PORT_REMOVE)) ? check_port(cli, err) : 0;
}

/* What holds for every command first. */
int kn_cli_check(const struct kn_cli *cli, struct kn_error *err)
{
	if (check_given(cli, err) < 0)
		return -1;
	if (cli->partial)
		return 0;
	if ((KN_IN_BRIDGE >> cli->command->id & 1) && check_gateways(cli, err) < 0 &&
	    goes_on(cli, err) < 0)
		return -1;
	return check_command(cli, err) < 0 ? goes_on(cli, err) : 0;
}

int kn_set_check(struct kn_cli *cli, const struct kn_option *option, const char *value,
		 struct kn_error *err)
{
	struct kn_reaches *list = &cli->spec.reach;
	struct kn_reach reach;

	if (kn_reach_parse(value, &reach, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].kind == reach.kind && list->v[i].port == reach.port &&
		    kn_ip_eq(&list->v[i].ip, &reach.ip))
			return kn_bad_value(option, value, "the check is given twice", err);
	return kn_reaches_add(list, &reach, err);
}

/* A misspelt rule would override nothing, and the refusal would puzzle: names are checked. */
int kn_set_force(struct kn_cli *cli, const struct kn_option *option, const char *value,
		 struct kn_error *err)
{
	static const char *const rules[] = {
#define KN_RULE(name, text) name,
#include "kvmnet/rules.def"
#undef KN_RULE
	};
	struct kn_nearest nearest = {.word = value};

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (!strcmp(rules[i], value))
			return kn_strv_add(&cli->spec.force, value, err);
		kn_nearest_try(&nearest, rules[i]);
	}
	kn_bad_value(option, value, "there is no safety rule of that name", err);
	return nearest.best ? kn_hint(err, "did you mean %s?", nearest.best)
			    : kn_hint(err, "kvmnet(8) lists the rules");
}
