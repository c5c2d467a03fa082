/* Keys of INI files that have words of their own: ports, ipv4, ipv6, forward, bridge, host.NAME.
 * Layer: cli, pure. */
#include "cli/ini_keys.h"

#include "cli/help.h"
#include "cli/ini_link.h"

#include <stdlib.h>
#include <string.h>

/* The option's row with the name that the file has for it. */
static struct kn_option as_key(enum kn_option_id id, const char *name)
{
	struct kn_option option = *kn_option_at(id);

	option.dashes = "";
	option.name = name;
	return option;
}

static int bad_word(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		    const char *why, struct kn_error *err)
{
	struct kn_error fault = {0};
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, key->value, strnlen(key->value, 60));
	kn_fail(&fault, KN_ERR_INPUT, 0, "%s \"%s\": %s", key->name, kn_buf_str(&shown), why);
	return kn_part_fault(parts, part, key, &fault, err);
}

/* ---- bridges ---- */

/* Which port @uplink is, the host tells: one file serves a fleet. */
static int take_ports(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		      struct kn_error *err)
{
	struct kn_option option = as_key(KN_O_PORT, "ports");
	struct kn_ini_word word;
	size_t pos = 0;
	int r;

	while ((r = kn_ini_next(key, true, &pos, &word, err)) > 0) {
		struct kn_error why = {0};

		if (!strcmp(word.text, "@uplink") && !part->cli.uplink &&
		    kn_part_is(part, "bridge"))
			part->cli.uplink = true;
		else
			r = kn_option_take(&part->cli, &option, word.text, &why);
		free(word.text);
		if (r < 0 && kn_part_fault(parts, part, &word.at, &why, err) < 0)
			return -1;
	}
	return r < 0 ? -1 : 0;
}

/* A word instead of addresses. Return: false: it is none. */
static bool take_method(struct kn_part *part, bool v4, const char *value)
{
	struct kn_spec *spec = &part->cli.spec;
	bool *given = part->cli.given;

	if (!strcmp(value, "inherit"))
		return kn_part_is(part, "bridge");
	if (!strcmp(value, "none")) {
		*(v4 ? &spec->none4 : &spec->none6) = true;
		return true;
	}
	if (!strcmp(value, "dhcp")) {
		*(v4 ? &spec->ip.dhcp4 : &spec->ip.dhcp6) = true;
		given[v4 ? KN_O_DHCP : KN_O_DHCP6] = true;
		return true;
	}
	if (v4 || strcmp(value, "auto") != 0)
		return false;
	spec->ip.slaac = true;
	given[KN_O_SLAAC] = true;
	return true;
}

static bool is_family(const struct kn_part *part, bool v4)
{
	const struct kn_cidrs *addrs = &part->cli.spec.ip.addrs;

	return addrs->v[addrs->n - 1].ip.family == (v4 ? KN_IPV4 : KN_IPV6);
}

/* Words that are no address, among addresses or where they mean nothing. */
static void hint_ip(const struct kn_part *part, const struct kn_ini_key *key, const char *word,
		    struct kn_error *why)
{
	static const char *const words[] = {"none", "dhcp", "inherit", "auto"};
	bool v4 = !strcmp(key->name, "ipv4"), alone = !strcmp(key->value, word);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(words[i], word) && alone)
			kn_fail(why, KN_ERR_INPUT, 0, "%s of a [%s] cannot be %s", key->name,
				part->section->kind, word);
		else if (!strcmp(words[i], word))
			kn_fail(why, KN_ERR_INPUT, 0, "%s: the word %s stands alone", key->name,
				word);
	if (!why->hint[0])
		kn_hint(why, "it can be addresses with their length (%s), %sdhcp%s or none",
			v4 ? "192.168.12.118/24" : "2001:db8::2/64", v4 ? "" : "auto, ",
			kn_part_is(part, "bridge") ? ", inherit" : "");
}

static int take_ip(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		   struct kn_error *err)
{
	bool v4 = !strcmp(key->name, "ipv4");
	struct kn_option option = as_key(KN_O_STATIC, key->name);
	struct kn_ini_word word;
	size_t pos = 0;
	int r;

	if (take_method(part, v4, key->value))
		return 0;
	while ((r = kn_ini_next(key, true, &pos, &word, err)) > 0) {
		struct kn_error why = {0};

		r = kn_option_take(&part->cli, &option, word.text, &why);
		if (r == 0 && !is_family(part, v4))
			r = kn_fail(&why, KN_ERR_INPUT, 0,
				    "this is an address of the other family");
		if (r < 0)
			hint_ip(part, key, word.text, &why);
		free(word.text);
		if (r < 0 && kn_part_fault(parts, part, &word.at, &why, err) < 0)
			return -1;
	}
	return r < 0 ? -1 : 0;
}

/* ---- networks ---- */

static const struct {
	const char *word;
	enum kn_option_id id;
} modes[] = {
	{"nat", KN_O_NET_NAT},		 {"route", KN_O_NET_ROUTE},   {"open", KN_O_NET_OPEN},
	{"isolated", KN_O_NET_ISOLATED}, {"bridge", KN_O_NET_BRIDGE}, {"macvtap", KN_O_NET_MACVTAP},
};

/* The mode is the section's own; the values of the modes that have one are in keys. */
static int take_forward(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
			struct kn_error *err)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(modes[i].word, key->value) != 0)
			continue;
		const struct kn_option *option = kn_option_at(modes[i].id);
		return option->arg ? 0 : kn_option_take(&part->cli, option, NULL, err);
	}
	return bad_word(parts, part, key, "it can be nat, route, open, isolated, bridge or macvtap",
			err);
}

/* Of a network over a host's bridge it is that bridge, else the name of libvirt's own. */
static int take_bridge(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		       struct kn_error *err)
{
	const struct kn_ini_key *forward = kn_ini_get(part->section, "forward");
	bool host = forward && !strcmp(forward->value, "bridge");
	struct kn_option option = as_key(host ? KN_O_NET_BRIDGE : KN_O_BRIDGE_NAME, "bridge");
	struct kn_error why = {0};

	/* The setter keeps the row. */
	if (kn_option_take(&part->cli, &option, key->value, &why) < 0)
		return kn_part_fault(parts, part, key, &why, err);
	if (host)
		part->cli.mode = kn_option_at(KN_O_NET_BRIDGE);
	return 0;
}

static int take_subnet(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		       struct kn_error *err)
{
	bool v4 = !strcmp(key->name, "ipv4");
	struct kn_option option = as_key(v4 ? KN_O_SUBNET : KN_O_NET_IPV6, key->name);

	return kn_part_take(parts, part, key, &option, err);
}

/* "A - B" is one word for the option. */
static int take_ranges(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		       struct kn_error *err)
{
	struct kn_option option = as_key(KN_O_NET_DHCP, "dhcp");
	char *joined KN_CLEANUP(kn_freep) = strdup(key->value);
	struct kn_ini_key at = *key;
	size_t n = 0;

	if (!joined)
		return kn_fail_nomem(err);
	for (const char *p = key->value; *p; p++) {
		size_t gap = strspn(p, " \t");

		if (gap && (p[gap] == '-' || (n && joined[n - 1] == '-')))
			p += gap - 1;
		else
			joined[n++] = *p;
	}
	joined[n] = '\0';
	at.value = joined;
	return kn_part_take(parts, part, &at, &option, err);
}

/* host.web01 = MAC IP: the name is the key's. */
static int take_host(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		     struct kn_error *err)
{
	struct kn_option option = as_key(KN_O_NET_HOST, key->name);
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error why = {0};
	struct kn_ini_word word;
	size_t pos = 0;
	int r;

	while ((r = kn_ini_next(key, true, &pos, &word, err)) > 0) {
		kn_buf_printf(&line, "%s,", word.text);
		free(word.text);
	}
	kn_buf_puts(&line, key->name + strlen("host."));
	if (r < 0 || kn_buf_check(&line, err) < 0)
		return -1;
	if (kn_option_take(&part->cli, &option, kn_buf_str(&line), &why) == 0)
		return 0;
	kn_hint(&why, "write it as host.web01 = 52:54:00:aa:bb:01 192.168.130.11");
	return kn_part_fault(parts, part, key, &why, err);
}

/* autostart, start: on unless said otherwise. */
static int take_running(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
			struct kn_error *err)
{
	bool start = !strcmp(key->name, "start"), on = !strcmp(key->value, "on");

	if (!on && strcmp(key->value, "off") != 0)
		return bad_word(parts, part, key, "it is neither on nor off", err);
	if (start)
		part->cli.spec.no_start = !on;
	else
		part->cli.spec.no_autostart = !on;
	return 0;
}

/* ---- all of them ---- */

static const struct {
	const char *kind, *name, *arg, *text;
	kn_ini_taker *take;
} words[] = {
	{"bond", "ports", "IF ...", "network cards to bond", take_ports},
	{"bond", "mode", "MODE", "one of active-backup (default), 802.3ad, ... of the kernel's",
	 kn_ini_take_bond_opt},
	{"bond", "miimon", "MS", "look at the cables every MS ms (default: 100); 0: never",
	 kn_ini_take_bond_opt},
	{"bond", "updelay", "MS", "wait before a cable that is back is used", kn_ini_take_bond_opt},
	{"bond", "downdelay", "MS", "wait before a cable that is gone is left",
	 kn_ini_take_bond_opt},
	{"bond", "lacp-rate", "slow|fast", "of 802.3ad: ask the switch every 30 s, or every second",
	 kn_ini_take_bond_opt},
	{"bond", "xmit-hash-policy", "POLICY",
	 "by what frames are shared out: layer2, layer2+3, layer3+4, ...", kn_ini_take_bond_opt},
	{"bond", "primary", "IF", "the port that carries as long as it can", kn_ini_take_primary},
	{"bond", "mac", "ADDR", "MAC address (default: that of the first port)", kn_ini_take_mac},
	{"bond", "ipv4", "CIDR ...|dhcp|none", "IPv4 addresses (default: none, or as it is)",
	 take_ip},
	{"bond", "ipv6", "CIDR ...|auto|dhcp|none", "IPv6 addresses (default: none, or as it is)",
	 take_ip},
	{"vlan", "link", "IF", "the link whose frames it takes: a bond, a card, a bridge",
	 kn_ini_take_link},
	{"vlan", "id", "N", "number of the VLAN, 1 to 4094", kn_ini_take_id},
	{"vlan", "ipv4", "CIDR ...|dhcp|none", "IPv4 addresses (default: none, or as it is)",
	 take_ip},
	{"vlan", "ipv6", "CIDR ...|auto|dhcp|none", "IPv6 addresses (default: none, or as it is)",
	 take_ip},
	{"bridge", "ports", "IF ...", "ports to attach; @uplink is what carries the default route",
	 take_ports},
	{"bridge", "ipv4", "CIDR ...|dhcp|inherit|none", "IPv4 addresses (default: inherit)",
	 take_ip},
	{"bridge", "ipv6", "CIDR ...|auto|dhcp|inherit|none", "IPv6 addresses (default: inherit)",
	 take_ip},
	{"network", "forward", "MODE", "one of nat, route, open, isolated, bridge, macvtap",
	 take_forward},
	{"network", "bridge", "BR",
	 "of forward = bridge: the host's bridge; else the name of libvirt's own", take_bridge},
	{"network", "ipv4", "CIDR ...|auto|none", "host's IPv4 addresses (default: auto)",
	 take_subnet},
	{"network", "ipv6", "CIDR ...|auto|none", "host's IPv6 addresses (default: none)",
	 take_subnet},
	{"network", "dhcp", "A - B|none", "addresses to lease (default: all of the subnet)",
	 take_ranges},
	{"network", "host.", "MAC IP", "fixed lease of the guest that the key names", take_host},
	{"network", "autostart", "on|off", "start it when the host starts (default: on)",
	 take_running},
	{"network", "start", "on|off", "start it now (default: on)", take_running},
};

/* [nat X] is [network X] with its mode said. */
static bool is_for(size_t i, const char *kind)
{
	bool nat = !strcmp(kind, "nat") && strcmp(words[i].name, "forward") != 0;

	return !strcmp(words[i].kind, nat ? "network" : kind);
}

int kn_ini_special(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		   bool *ret_taken, struct kn_error *err)
{
	*ret_taken = true;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i].name);
		bool prefix = words[i].name[len - 1] == '.' && key->name[0] &&
			      !strncmp(key->name, words[i].name, len) && key->name[len];

		if (is_for(i, part->section->kind) && (prefix || !strcmp(words[i].name, key->name)))
			return words[i].take(parts, part, key, err);
	}
	*ret_taken = false;
	return 0;
}

bool kn_ini_has_word(const char *kind, const char *name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (is_for(i, kind) && !strcmp(words[i].name, name))
			return true;
	return false;
}

void kn_ini_words_try(const char *kind, struct kn_nearest *nearest)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (is_for(i, kind))
			kn_nearest_try(nearest, words[i].name);
}

void kn_ini_words_man(const char *kind, struct kn_buf *ret)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (is_for(i, kind))
			kn_man_key(words[i].name, words[i].arg, words[i].text, ret);
}

/* ---- what only the whole section tells ---- */

/* Neither family: then nothing of IP is left to be said. */
static int end_ip(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	static const char *const keys[] = {"gateway", "metric", "dns", "search", "route"};
	struct kn_spec *spec = &part->cli.spec;

	if (!spec->none4 || !spec->none6)
		return 0;
	spec->no_ip = true;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct kn_ini_key *key = kn_ini_get(part->section, keys[i]);

		if (key && bad_word(parts, part, key,
				    "ipv4 = none and ipv6 = none leave the link without any of it",
				    err) < 0)
			return -1;
	}
	return 0;
}

static int end_network(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_ini_key *forward = kn_ini_get(part->section, "forward");
	struct kn_error why = {0};

	if (!strcmp(part->section->kind, "nat"))
		return kn_option_take(&part->cli, kn_option_at(KN_O_NET_NAT), NULL, err);
	if (part->cli.mode || part->broken)
		return 0;
	if (!forward) {
		kn_fail(&why, KN_ERR_INPUT, 0, "the key forward is missing");
		kn_hint(&why, "it can be nat, route, open, isolated, bridge or macvtap");
		return kn_part_fault(parts, part, NULL, &why, err);
	}
	kn_fail(&why, KN_ERR_INPUT, 0, "forward = %s needs the key %s", forward->value,
		forward->value);
	kn_hint(&why, "name the host's device: %s = %s", forward->value,
		!strcmp(forward->value, "bridge") ? "br0" : "eth0");
	return kn_part_fault(parts, part, forward, &why, err);
}

int kn_ini_section_end(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	if (part->cli.command->id == KN_CMD_BRIDGE_CREATE && end_ip(parts, part, err) < 0)
		return -1;
	if (kn_part_is(part, "bond"))
		return kn_ini_end_bond(parts, part, err);
	if (kn_part_is(part, "vlan"))
		return kn_ini_end_vlan(parts, part, err);
	if (part->cli.command->id == KN_CMD_NET_CREATE)
		return end_network(parts, part, err);
	return 0;
}
