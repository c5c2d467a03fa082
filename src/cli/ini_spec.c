/* Sections of INI files as changes: keys to options, values to setters.
 * Layer: cli, pure. */
#include "cli/ini_spec.h"

#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/ini_keys.h"

#define SECTIONS(a, b) ((1u << ((b) + 1)) - (1u << (a)))

/* Kinds of sections: the command whose options their keys are. */
static const struct kind {
	const char *word;
	enum kn_command_id command;
	unsigned int sections; /* of the option table */
	enum kn_verb verb;     /* of one that shares its command with another kind */
	const char *example;   /* a name */
} kinds[] = {
	{"host", KN_CMD_APPLY, 1u << KN_SECTION_CHANGE, 0, ""},
	{"ethernet", KN_CMD_PORT_SET, 1u << KN_SECTION_PORT, 0, "eth0"},
	{"bond", KN_CMD_BRIDGE_CREATE, 1u << KN_SECTION_IP, KN_BOND_CREATE, "bond0"},
	{"vlan", KN_CMD_BRIDGE_CREATE, 1u << KN_SECTION_IP, KN_VLAN_CREATE, "bond0.10"},
	{"bridge", KN_CMD_BRIDGE_CREATE, SECTIONS(KN_SECTION_IP, KN_SECTION_BRIDGE), 0, "br0"},
	{"nat", KN_CMD_NET_CREATE, SECTIONS(KN_SECTION_NET_MODE, KN_SECTION_NET_TEXT), 0, "guests"},
	{"network", KN_CMD_NET_CREATE, SECTIONS(KN_SECTION_NET_MODE, KN_SECTION_NET_TEXT), 0,
	 "guests"},
};

static const struct kind *find_kind(const char *word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].word, word))
			return &kinds[i];
	return NULL;
}

/* ---- words ---- */

int kn_ini_next(const struct kn_ini_key *key, bool commas, size_t *pos, struct kn_ini_word *ret,
		struct kn_error *err)
{
	const char *gaps = commas ? " \t," : " \t";
	const char *p = key->value + *pos;

	p += strspn(p, gaps);
	size_t len = strcspn(p, gaps);
	if (!len)
		return 0;
	ret->text = strndup(p, len);
	ret->at = *key;
	ret->at.value_column += (unsigned int)(p - key->value);
	*pos = (size_t)(p - key->value) + len;
	return ret->text ? 1 : kn_fail_nomem(err);
}

int kn_part_fault(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		  const struct kn_error *why, struct kn_error *err)
{
	if (why->kind == KN_ERR_NOMEM)
		return kn_fail_nomem(err);
	part->broken = true;
	return kn_ini_fault(parts->ini, part->section, key, why, parts->faults, err);
}

/* ---- keys ---- */

/* Options whose word in a file is another one (ini_keys.c), or that make no sense there. */
static bool is_no_key(enum kn_option_id id)
{
	static const enum kn_option_id ids[] = {
		KN_O_PORT,	   KN_O_SLAVE,		KN_O_STATIC,	  KN_O_DHCP,
		KN_O_DHCP6,	   KN_O_SLAAC,		KN_O_NO_IP,	  KN_O_INHERIT,
		KN_O_NETWORK,	   KN_O_NET_NAT,	KN_O_NET_ROUTE,	  KN_O_NET_OPEN,
		KN_O_NET_ISOLATED, KN_O_NET_BRIDGE,	KN_O_BRIDGE_NAME, KN_O_SUBNET,
		KN_O_NET_IPV6,	   KN_O_TARGET_VERSION, KN_O_DRY_RUN,	  KN_O_EXIT_CODE,
		KN_O_NO_LIVE,	   KN_O_NO_PERSIST,	KN_O_NO_SPLICE,	  KN_O_YES,
		KN_O_NO_WAIT,	   KN_O_NO_GUARD,	KN_O_FORCE,	  KN_O_PRUNE,
	};

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (ids[i] == id)
			return true;
	return false;
}

static bool fits(const struct kind *kind, const struct kn_option *option)
{
	return option->text && kn_option_fits(option, kn_command_at(kind->command)) &&
	       (kind->sections >> option->section & 1) && !is_no_key(option->id);
}

const struct kn_option *kn_ini_option(const char *word, const char *name)
{
	const struct kind *kind = find_kind(word);
	size_t len = strcspn(name, ".");

	for (size_t i = 0; kind && i < KN_O_COUNT; i++) {
		const struct kn_option *option = kn_option_at(i);

		if (fits(kind, option) && strlen(option->name) == len &&
		    !strncmp(option->name, name, len) && (!name[len] || option->many))
			return option;
	}
	return NULL;
}

/* Options whose key has another name. */
static const char *other_name(const char *name)
{
	static const char *const rows[][2] = {
		{"port", "ports = IF"},	    {"slave", "ports = IF"},
		{"static", "ipv4 = CIDR"},  {"dhcp", "ipv4 = dhcp"},
		{"dhcp6", "ipv6 = dhcp"},   {"slaac", "ipv6 = auto"},
		{"no-ip", "ipv4 = none"},   {"inherit", "ipv4 = inherit"},
		{"subnet", "ipv4 = CIDR"},  {"bridge-name", "bridge = NAME"},
		{"nat", "forward = nat"},   {"isolated", "forward = isolated"},
		{"open", "forward = open"}, {"route", "forward = route"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i][0], name))
			return rows[i][1];
	return NULL;
}

static int unknown_key(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		       struct kn_error *err)
{
	const struct kind *kind = find_kind(part->section->kind);
	struct kn_nearest nearest = {.word = key->name};
	struct kn_ini_key at = *key;
	struct kn_error why = {0};

	for (size_t i = 0; i < KN_O_COUNT; i++)
		if (fits(kind, kn_option_at(i)))
			kn_nearest_try(&nearest, kn_option_at(i)->name);
	kn_ini_words_try(kind->word, &nearest);
	kn_fail(&why, KN_ERR_INPUT, 0, "[%s] has no key %s", part->section->kind, key->name);
	if (other_name(key->name))
		kn_hint(&why, "in a file that is %s", other_name(key->name));
	else if (!strcmp(key->name, "forward") && !strcmp(kind->word, "nat"))
		kn_hint(&why, "[nat] says it already; other kinds are [network]");
	else if (nearest.best)
		kn_hint(&why, "did you mean %s?", nearest.best);
	else
		kn_hint(&why, "kvmnet.conf(5) lists the keys of every section");
	at.value_column = key->column;
	return kn_part_fault(parts, part, &at, &why, err);
}

/* An option without a value is a switch in a file. */
static int take_switch(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		       const struct kn_option *option, struct kn_error *err)
{
	struct kn_error why = {0};

	if (!strcmp(key->value, "off"))
		return 0;
	if (strcmp(key->value, "on") != 0) {
		kn_bad_value(option, key->value, "it is neither on nor off", &why);
		return kn_part_fault(parts, part, key, &why, err);
	}
	if (kn_option_take(&part->cli, option, NULL, &why) == 0)
		return 0;
	return kn_part_fault(parts, part, key, &why, err);
}

int kn_part_take(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		 const struct kn_option *option, struct kn_error *err)
{
	/* A value with commas of its own (a route's) is ended by blanks only, a text by nothing. */
	bool commas = option->many && !strchr(option->arg, ',');
	bool words = option->many && option->id != KN_O_NET_TXT;
	struct kn_error why = {0};
	struct kn_ini_word word;
	size_t pos = 0;
	int r;

	if (!words) {
		if (kn_option_take(&part->cli, option, key->value, &why) == 0)
			return 0;
		return kn_part_fault(parts, part, key, &why, err);
	}
	while ((r = kn_ini_next(key, commas, &pos, &word, err)) > 0) {
		why = (struct kn_error){0};
		r = kn_option_take(&part->cli, option, word.text, &why);
		free(word.text);
		if (r < 0 && kn_part_fault(parts, part, &word.at, &why, err) < 0)
			return -1;
	}
	return r < 0 ? -1 : 0;
}

static int take_key(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		    struct kn_error *err)
{
	const struct kn_option *row = kn_ini_option(part->section->kind, key->name);
	bool taken;

	if (kn_ini_special(parts, part, key, &taken, err) < 0)
		return -1;
	if (taken)
		return 0;
	if (!row)
		return unknown_key(parts, part, key, err);
	struct kn_option option = *row;
	option.dashes = "";
	return option.arg ? kn_part_take(parts, part, key, &option, err)
			  : take_switch(parts, part, key, &option, err);
}

/* ---- sections ---- */

static int section_fault(struct kn_parts *parts, struct kn_part *part, const char *message,
			 const char *hint, struct kn_error *err)
{
	struct kn_error why = {0};

	kn_fail(&why, KN_ERR_INPUT, 0, "%s", message);
	kn_hint(&why, "%s", hint);
	return kn_part_fault(parts, part, NULL, &why, err);
}

static int unknown_kind(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const char *kind = part->section->kind;
	struct kn_nearest nearest = {.word = kind};
	struct kn_error why = {0};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		kn_nearest_try(&nearest, kinds[i].word);
	kn_fail(&why, KN_ERR_INPUT, 0, "there is no section of the kind \"%s\"", kind);
	if (nearest.best)
		kn_hint(&why, "did you mean [%s%s%s]?", nearest.best,
			part->section->name[0] ? " " : "", part->section->name);
	else
		kn_hint(&why, "it can be: host, ethernet, bridge, bond, vlan, nat, network");
	return kn_part_fault(parts, part, NULL, &why, err);
}

/* The name goes where the command line has an operand. */
static int take_name(struct kn_part *part, struct kn_error *err)
{
	const char *name = part->section->name;
	struct kn_cli *cli = &part->cli;
	struct kn_ifname port;

	switch ((int)cli->command->id) {
	case KN_CMD_BRIDGE_CREATE:
		return kn_ifname_parse(name, &cli->spec.bridge, err);
	case KN_CMD_PORT_SET:
		if (kn_ifname_parse(name, &port, err) < 0)
			return -1;
		return kn_names_add(&cli->spec.ports, &port, err);
	case KN_CMD_NET_CREATE:
		cli->words[cli->n_words++] = name;
		return kn_netname_parse(name, &cli->net.name, err);
	}
	return 0;
}

/* A network against itself. What is still to be chosen is looked at when it was. */
static int check_net(const struct kn_cli *cli, struct kn_errors *found, struct kn_error *err)
{
	if (!cli->mode || cli->net.auto4 || cli->net.auto6)
		return 0;
	return kn_network_check_all(&cli->net, found, err);
}

/* Values against each other. What is missing after a fault is the fault's, and of a network nothing
 * is said then. */
static int find_faults(struct kn_part *part, struct kn_errors *found, struct kn_error *err)
{
	struct kn_cli *cli = &part->cli;
	bool net = kn_part_is_net(part);

	cli->partial = part->broken;
	cli->faults = found;
	if (net && part->broken)
		return 0;
	if (kn_cli_finish(cli, err) < 0)
		return kn_errors_take(found, err);
	return net && !found->n ? check_net(cli, found, err) : 0;
}

static int finish(struct kn_parts *parts, struct kn_part *part, const struct kind *kind,
		  struct kn_error *err)
{
	struct kn_errors found = {0};
	int r = find_faults(part, &found, err);

	part->cli.faults = NULL;
	for (size_t i = 0; r == 0 && i < found.n; i++)
		r = kn_part_fault_said(parts, part, &found.v[i], err);
	kn_errors_done(&found);
	if (kind->verb)
		part->cli.spec.verb = kind->verb;
	return r;
}

static int read_section(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_ini_section *section = part->section;
	const struct kind *kind = find_kind(section->kind);
	struct kn_error why = {0};
	bool host = !strcmp(section->kind, "host");

	if (!kind)
		return unknown_kind(parts, part, err);
	part->cli.command = kn_command_at(kind->command);
	part->cli.from_file = true;
	if (host && section->name[0])
		return section_fault(parts, part, "[host] has no name of its own",
				     "write [host]: there is one host", err);
	if (!host && !section->name[0]) {
		kn_fail(&why, KN_ERR_INPUT, 0, "[%s] has no name", section->kind);
		kn_hint(&why, "write it as [%s %s]", section->kind, kind->example);
		if (kn_part_fault(parts, part, NULL, &why, err) < 0)
			return -1;
	} else if (take_name(part, &why) < 0 && kn_part_fault(parts, part, NULL, &why, err) < 0)
		return -1;
	for (size_t i = 0; i < section->n_keys; i++)
		if (take_key(parts, part, &section->keys[i], err) < 0)
			return -1;
	if (kn_ini_section_end(parts, part, err) < 0)
		return -1;
	return host ? 0 : finish(parts, part, kind, err);
}

int kn_parts_read(struct kn_parts *ret, struct kn_error *err)
{
	ret->v = calloc(ret->ini->n + 1, sizeof(*ret->v));
	if (!ret->v)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < ret->ini->n; i++) {
		struct kn_part *part = &ret->v[ret->n++];

		part->section = &ret->ini->v[i];
		part->broken = part->section->faulty;
		if (read_section(ret, part, err) < 0)
			return -1;
	}
	return 0;
}

void kn_parts_done(struct kn_parts *parts)
{
	for (size_t i = 0; i < parts->n; i++)
		kn_cli_done(&parts->v[i].cli);
	free(parts->v);
	*parts = (struct kn_parts){0};
}

void kn_ini_man(const char *word, struct kn_buf *ret)
{
	const struct kind *kind = find_kind(word);

	if (!kind)
		return;
	kn_buf_puts(ret, ".Bl -tag -width Ds\n");
	kn_ini_words_man(word, ret);
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *option = kn_option_at(i);

		if (fits(kind, option) && !kn_ini_has_word(word, option->name))
			kn_man_key(option->name, option->arg ? option->arg : "on|off", option->text,
				   ret);
	}
	kn_buf_puts(ret, ".El\n");
}
