/* argv to typed values: one setter per option, then operands, then the cross-checks.
 * Layer: cli, pure. */
#include "cli/parse.h"

#include <stdlib.h>
#include <string.h>

#include "cli/parse_net.h"
#include "kvmnet/num.h"

/* Presence is kept apart from the value: "--metric 0" is not "no --metric". */
bool kn_cli_has(const struct kn_cli *cli, enum kn_option_id id)
{
	return cli->given[id];
}

void kn_cli_done(struct kn_cli *cli)
{
	kn_spec_done(&cli->spec);
	kn_network_done(&cli->net);
	*cli = (struct kn_cli){0};
}

/* Options without a value: one table instead of a dozen setters of one line. */
static int set_flag(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	bool *flags[KN_O_COUNT] = {
		[KN_O_DHCP] = &cli->spec.ip.dhcp4,
		[KN_O_DHCP6] = &cli->spec.ip.dhcp6,
		[KN_O_SLAAC] = &cli->spec.ip.slaac,
		[KN_O_NO_IP] = &cli->spec.no_ip,
		[KN_O_INHERIT] = &cli->inherit,
		[KN_O_DRY_RUN] = &cli->dry_run,
		[KN_O_EXIT_CODE] = &cli->exit_code,
		[KN_O_NO_LIVE] = &cli->spec.no_live,
		[KN_O_NO_PERSIST] = &cli->spec.no_persist,
		[KN_O_EXPORT_KERNEL] = &cli->spec.no_persist,
		[KN_O_NO_SPLICE] = &cli->spec.no_splice,
		[KN_O_PRUNE] = &cli->spec.prune,
		[KN_O_YES] = &cli->yes,
		[KN_O_NO_AUTOSTART] = &cli->spec.no_autostart,
		[KN_O_NO_START] = &cli->spec.no_start,
		[KN_O_AUTOSTART] = &cli->autostart,
		[KN_O_NO_WAIT] = &cli->no_wait,
		[KN_O_NO_GUARD] = &cli->no_guard,
		[KN_O_JSON] = &cli->json,
		[KN_O_QUIET] = &cli->quiet,
		[KN_O_VERBOSE] = &cli->verbose,
	};

	(void)value;
	(void)err;
	*flags[option->id] = true;
	return 0;
}

/* Help and version were acted on before values are looked at. */
static int set_nothing(struct kn_cli *cli, const struct kn_option *option, const char *value,
		       struct kn_error *err)
{
	(void)cli;
	(void)option;
	(void)value;
	(void)err;
	return 0;
}

/* The model names the value already, as a file does. */
static int wrap_name(const struct kn_option *option, struct kn_error *err)
{
	return option->dashes[0] ? kn_wrap(err, "%s%s", KN_LABEL(option)) : -1;
}

/* The model's own table knows ranges and units; the long option's name is its key. */
static int set_bridge_opt(struct kn_cli *cli, const struct kn_option *option, const char *value,
			  struct kn_error *err)
{
	uint32_t number;

	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++) {
		const struct kn_opt_info *info = kn_bridge_opt_info(i);

		if (strcmp(info->name, option->name) != 0)
			continue;
		if (kn_opt_parse(info, value, &number, err) < 0)
			return wrap_name(option, err);
		kn_opts_set(&cli->spec.opts, i, number);
	}
	return 0;
}

/* As above; --priority exists in both tables with different ranges. */
static int set_port_opt(struct kn_cli *cli, const struct kn_option *option, const char *value,
			struct kn_error *err)
{
	uint32_t number;

	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++) {
		const struct kn_opt_info *info = kn_port_opt_info(i);

		if (strcmp(info->name, option->name) != 0)
			continue;
		if (kn_opt_parse(info, value, &number, err) < 0)
			return wrap_name(option, err);
		kn_opts_set(&cli->spec.port_opts, i, number);
	}
	return 0;
}

/* "uplink" is a wish, not an address: which one it is, is known when the host was read. */
static int set_mac(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	if (!strcmp(value, "uplink")) {
		cli->spec.mac_mode = KN_MAC_UPLINK;
		return 0;
	}
	if (kn_mac_parse(value, &cli->spec.mac, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	cli->spec.mac_mode = KN_MAC_GIVEN;
	return 0;
}

/* A misspelt rule overrides nothing, so that the refusal simply stands; what is not even shaped
 * like a rule is a slip of the keyboard. */
/* The position of @value in the option's list of words. */
static int pick_word(const struct kn_option *option, const char *value, size_t *ret,
		     struct kn_error *err)
{
	size_t len = strlen(value), i = 0;
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (const char *p = option->values; *p; i++) {
		size_t n = strcspn(p, "|");

		if (n == len && !strncmp(p, value, n)) {
			*ret = i;
			return 0;
		}
		p += n + (p[n] == '|');
	}
	kn_buf_put_escaped(&shown, value, strnlen(value, 60));
	kn_fail(err, KN_ERR_INPUT, 0, "%s%s \"%s\" is not one of the words it can be",
		KN_LABEL(option), kn_buf_str(&shown));
	return kn_hint(err, "it can be: %s", option->values);
}

/* The order is that of the words in the table. */
static int set_reader(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err)
{
	static const enum kn_reader readers[] = {KN_READER_SCRIPTS_7, KN_READER_SCRIPTS_8,
						 KN_READER_NM};
	size_t i;

	if (pick_word(option, value, &i, err) < 0)
		return -1;
	cli->spec.reader = readers[i];
	return 0;
}

/* The order is that of the words in the table. */
static int set_color(struct kn_cli *cli, const struct kn_option *option, const char *value,
		     struct kn_error *err)
{
	static const enum kn_color_mode modes[] = {KN_COLOR_AUTO, KN_COLOR_ALWAYS, KN_COLOR_NEVER};
	size_t i;

	if (pick_word(option, value, &i, err) < 0)
		return -1;
	cli->color = modes[i];
	return 0;
}

/* "auto" leaves the choice to the host; "ifcfg" also makes a missing directory. */
static int set_backend(struct kn_cli *cli, const struct kn_option *option, const char *value,
		       struct kn_error *err)
{
	size_t i;

	if (pick_word(option, value, &i, err) < 0)
		return -1;
	cli->spec.backend_given = i == 1;
	return 0;
}

/* The kernel that runs here is not that of the tree below DIR. */
static int set_root(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	if (!*value)
		return kn_bad_value(option, value, "the directory's name is empty", err);
	cli->root = value;
	cli->spec.no_live = true;
	return 0;
}

/* A day is the limit: in milliseconds it still fits 32 bits. */
static int set_lock_timeout(struct kn_cli *cli, const struct kn_option *option, const char *value,
			    struct kn_error *err)
{
	uint32_t seconds;
	char label[32];

	if (kn_num_parse(value, kn_option_label(option, label), 0, 86400, &seconds, err) < 0)
		return -1;
	cli->lock_timeout_ms = seconds * 1000;
	return 0;
}

/* A day: whoever has not logged in again by then will not. */
static int set_confirm(struct kn_cli *cli, const struct kn_option *option, const char *value,
		       struct kn_error *err)
{
	char label[32];

	return kn_num_parse(value, kn_option_label(option, label), 1, 86400, &cli->spec.confirm_s,
			    err);
}

static int set_expired(struct kn_cli *cli, const struct kn_option *option, const char *value,
		       struct kn_error *err)
{
	char label[32];

	return kn_num_parse(value, kn_option_label(option, label), 1, UINT32_MAX, &cli->expired,
			    err);
}

static int set_format(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err)
{
	return pick_word(option, value, &cli->format, err);
}

/* Each option's setter; a test gives every option once, so that none is missing. */
static kn_setter *const setters[KN_O_COUNT] = {
	[KN_O_PORT] = kn_set_port,
	[KN_O_SLAVE] = kn_set_port,
	[KN_O_STATIC] = kn_set_static,
	[KN_O_DHCP] = set_flag,
	[KN_O_DHCP6] = set_flag,
	[KN_O_SLAAC] = set_flag,
	[KN_O_NO_IP] = set_flag,
	[KN_O_INHERIT] = set_flag,
	[KN_O_GATEWAY] = kn_set_gateway,
	[KN_O_METRIC] = kn_set_metric,
	[KN_O_DNS] = kn_set_dns,
	[KN_O_SEARCH] = kn_set_search,
	[KN_O_ROUTE] = kn_set_route,
	[KN_O_MTU] = kn_set_mtu,
	[KN_O_ZONE] = kn_set_zone,
	[KN_O_MAC] = set_mac,
	[KN_O_STP] = set_bridge_opt,
	[KN_O_FORWARD_DELAY] = set_bridge_opt,
	[KN_O_PRIORITY] = set_bridge_opt,
	[KN_O_AGEING] = set_bridge_opt,
	[KN_O_HELLO] = set_bridge_opt,
	[KN_O_MAX_AGE] = set_bridge_opt,
	[KN_O_MCAST_SNOOPING] = set_bridge_opt,
	[KN_O_VLAN_FILTERING] = set_bridge_opt,
	[KN_O_NF_CALL] = set_bridge_opt,
	[KN_O_ISOLATED] = set_port_opt,
	[KN_O_HAIRPIN] = set_port_opt,
	[KN_O_COST] = set_port_opt,
	[KN_O_PORT_PRIORITY] = set_port_opt,
	[KN_O_LEARNING] = set_port_opt,
	[KN_O_DRY_RUN] = set_flag,
	[KN_O_EXIT_CODE] = set_flag,
	[KN_O_NO_LIVE] = set_flag,
	[KN_O_NO_PERSIST] = set_flag,
	[KN_O_EXPORT_KERNEL] = set_flag,
	[KN_O_NO_SPLICE] = set_flag,
	[KN_O_PRUNE] = set_flag,
	[KN_O_YES] = set_flag,
	[KN_O_AUTOSTART] = set_flag,
	[KN_O_NO_AUTOSTART] = set_flag,
	[KN_O_NO_START] = set_flag,
	[KN_O_NETWORK] = kn_set_network,
	[KN_O_CONNECT] = kn_set_connect,
	[KN_O_CONFIRM] = set_confirm,
	[KN_O_NO_WAIT] = set_flag,
	[KN_O_NO_GUARD] = set_flag,
	[KN_O_CHECK] = kn_set_check,
	[KN_O_FORCE] = kn_set_force,
	[KN_O_READER] = set_reader,
	[KN_O_FORMAT] = set_format,
	[KN_O_BOOT] = set_nothing,
	[KN_O_EXPIRED] = set_expired,
	[KN_O_DISCARD] = set_nothing,
	[KN_O_JSON] = set_flag,
	[KN_O_COLOR] = set_color,
	[KN_O_QUIET] = set_flag,
	[KN_O_VERBOSE] = set_flag,
	[KN_O_ROOT] = set_root,
	[KN_O_BACKEND] = set_backend,
	[KN_O_LOCK_TIMEOUT] = set_lock_timeout,
	[KN_O_USAGE] = set_nothing,
	[KN_O_VERSION] = set_nothing,
};

static int set_option(struct kn_cli *cli, const struct kn_arg *arg, struct kn_error *err)
{
	const struct kn_option *o = arg->option;

	/* Of a global option the last one counts, so that an alias can be overridden. */
	if (o->arg && !o->many && o->section != KN_SECTION_GLOBAL && kn_cli_has(cli, o->id))
		return kn_fail(err, KN_ERR_USAGE, 0, "--%s is given twice", o->name);
	return kn_option_take(cli, o, arg->value, err);
}

int kn_option_take(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	kn_setter *set = setters[option->id] ? setters[option->id] : kn_net_setter(option->id);

	if (set(cli, option, value, err) < 0)
		return -1;
	cli->given[option->id] = true;
	return 0;
}

/* The groups of the spec that are set by what was given. */
static unsigned int given_groups(const struct kn_cli *cli)
{
	static const struct {
		enum kn_option_id option;
		enum kn_group group;
	} rows[] = {
		{KN_O_STATIC, KN_GROUP_ADDR},	  {KN_O_DHCP, KN_GROUP_ADDR},
		{KN_O_DHCP6, KN_GROUP_ADDR},	  {KN_O_SLAAC, KN_GROUP_ADDR},
		{KN_O_GATEWAY, KN_GROUP_GATEWAY}, {KN_O_METRIC, KN_GROUP_GATEWAY},
		{KN_O_DNS, KN_GROUP_DNS},	  {KN_O_SEARCH, KN_GROUP_DNS},
		{KN_O_ROUTE, KN_GROUP_ROUTES},	  {KN_O_MTU, KN_GROUP_MTU},
		{KN_O_ZONE, KN_GROUP_ZONE},
	};
	unsigned int groups = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (kn_cli_has(cli, rows[i].option))
			groups |= rows[i].group;
	return groups;
}

/* Commands that only read have no verb; theirs is never looked at. */
static const enum kn_verb verbs[KN_CMD_COUNT] = {
	[KN_CMD_BRIDGE_CREATE] = KN_BRIDGE_CREATE,
	[KN_CMD_BRIDGE_SET] = KN_BRIDGE_SET,
	[KN_CMD_BRIDGE_DELETE] = KN_BRIDGE_DELETE,
	[KN_CMD_PORT_ADD] = KN_PORT_ADD,
	[KN_CMD_PORT_REMOVE] = KN_PORT_REMOVE,
	[KN_CMD_PORT_SET] = KN_PORT_SET,
	[KN_CMD_APPLY] = KN_APPLY,
	[KN_CMD_DIFF] = KN_APPLY,
	[KN_CMD_CHECK] = KN_APPLY,
};

/* In the order of the line, so that the first mistake is the one reported. */
static int parse_values(struct kn_cli *cli, const struct kn_args *args, struct kn_error *err)
{
	for (size_t i = 0; i < args->n; i++) {
		const struct kn_arg *arg = &args->v[i];
		int r = arg->option ? set_option(cli, arg, err)
				    : kn_operand_set(cli, arg->value, err);

		if (r < 0)
			return -1;
	}
	return kn_operands_check(cli, err) < 0 ? -1 : kn_cli_finish(cli, err);
}

int kn_cli_finish(struct kn_cli *cli, struct kn_error *err)
{
	if ((KN_IN_NETCHANGE | KN_IN_NETVIEW) >> cli->command->id & 1)
		return kn_netcmd_finish(cli, err);
	if (KN_IN_NETMODE >> cli->command->id & 1)
		return kn_net_finish(cli, err);
	kn_network_finish(cli);
	cli->spec.verb = verbs[cli->command->id];
	cli->spec.given = given_groups(cli);
	if (cli->spec.none4 || cli->spec.none6)
		cli->spec.given |= KN_GROUP_ADDR;
	return kn_cli_check(cli, err);
}

static bool has_option(const struct kn_args *args, enum kn_option_id id)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->v[i].option && args->v[i].option->id == id)
			return true;
	return false;
}

/* Asked-for JSON holds for errors too, even when the word with the error stands before it. */
static bool wants_json(int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "-j"))
			return true;
	return false;
}

/* Whoever typed something wrong gets one thing to do, if only where to read on. */
static int hint_help(const struct kn_args *args, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (err->hint[0] || err->kind == KN_ERR_NOMEM)
		return -1;
	if (args->command)
		kn_command_put_name(args->command, &name);
	return kn_hint(err, "kvmnet %s%s--help tells what can be given", kn_buf_str(&name),
		       name.len ? " " : "");
}

int kn_cli_parse(int argc, char *const *argv, struct kn_cli *ret, struct kn_error *err)
{
	struct kn_args args KN_CLEANUP(kn_args_done) = {0};

	*ret = (struct kn_cli){.lock_timeout_ms = KN_LOCK_TIMEOUT_S * 1000};
	ret->json = wants_json(argc, argv);
	int r = kn_args_scan(argc, argv, &args, err);
	ret->command = args.command;
	ret->group = args.group;
	if (r < 0)
		return hint_help(&args, err);
	if (has_option(&args, KN_O_USAGE))
		ret->action = KN_ACTION_HELP;
	else if (has_option(&args, KN_O_VERSION))
		ret->action = KN_ACTION_VERSION;
	else if (!args.command)
		ret->action = KN_ACTION_MISSING;
	else if (parse_values(ret, &args, err) < 0)
		return hint_help(&args, err);
	return 0;
}
