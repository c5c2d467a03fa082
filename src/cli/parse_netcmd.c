/* The words of commands that talk to libvirt: net create, delete, list, show, check, host, and
 * bridge create --network. Layer: cli, pure. */
#include <string.h>

#include "cli/parse_net.h"

/* Names on the way to a URI, so that a typing error is not taken for a file. */
int kn_set_connect(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	if (!strstr(value, ":///") && !strstr(value, "://"))
		return kn_bad_value(option, value,
				    "that is no URI of libvirt (qemu:///system, "
				    "network:///system)",
				    err);
	cli->connect = value;
	return 0;
}

/* A network of mode bridge over the bridge that the command makes. */
int kn_set_network(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	if (kn_netname_parse(value, &cli->net.name, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	cli->net.mode = KN_NETMODE_BRIDGE;
	cli->spec.network = &cli->net;
	return 0;
}

void kn_network_finish(struct kn_cli *cli)
{
	if (!kn_cli_has(cli, KN_O_NETWORK))
		return;
	cli->net.bridge = cli->spec.bridge;
	cli->net.has |= KN_NET_HAS(BRIDGE);
}

static int hint_host(struct kn_error *err)
{
	return kn_hint(err, "kvmnet net host add NAME MAC IP [HOSTNAME], or "
			    "kvmnet net host remove NAME MAC");
}

/* net host add|remove NAME MAC [IP] [HOSTNAME]: the option --host of net create in other words. */
static int finish_host(struct kn_cli *cli, struct kn_error *err)
{
	bool add = !strcmp(cli->words[0], "add");
	struct kn_network *net = &cli->net;
	struct kn_net_host host = {0};

	if (!add && strcmp(cli->words[0], "remove") != 0) {
		kn_fail(err, KN_ERR_USAGE, 0, "net host: the first word is add or remove");
		return hint_host(err);
	}
	if (add && cli->n_words < 4) {
		kn_fail(err, KN_ERR_USAGE, 0, "net host add: the guest's address is missing");
		return hint_host(err);
	}
	cli->spec.verb = add ? KN_NET_HOST_ADD : KN_NET_HOST_REMOVE;
	if (kn_netname_from_host(cli->words[1], &net->name, err) < 0 ||
	    kn_mac_parse(cli->words[2], &host.mac, err) < 0 ||
	    (cli->n_words > 3 && kn_ip_parse(cli->words[3], "address", &host.ip, err) < 0))
		return -1;
	host.has_mac = true;
	if (cli->n_words > 4 && kn_dnsname_fault(cli->words[4], false))
		return kn_fail(err, KN_ERR_INPUT, 0, "the host name is no DNS name: %s",
			       kn_dnsname_fault(cli->words[4], false));
	if (cli->n_words > 4) {
		host.name = strdup(cli->words[4]);
		if (!host.name)
			return kn_fail_nomem(err);
	}
	if (kn_grow(&net->hosts.v, &net->hosts.cap, 1, sizeof(host), err) < 0) {
		kn_freep(&host.name);
		return -1;
	}
	net->hosts.v[net->hosts.n++] = host;
	net->has |= KN_NET_HAS(HOSTS);
	return 0;
}

static int finish_create(struct kn_cli *cli, struct kn_error *err)
{
	cli->spec.verb = KN_NET_CREATE;
	if (kn_net_finish(cli, err) < 0)
		return -1;
	if (cli->autostart && cli->spec.no_autostart)
		return kn_fail(err, KN_ERR_USAGE, 0,
			       "--autostart and --no-autostart exclude each other");
	return 0;
}

int kn_netcmd_finish(struct kn_cli *cli, struct kn_error *err)
{
	if (KN_IN_NETCHANGE >> cli->command->id & 1)
		cli->spec.network = &cli->net;
	if (cli->command->id == KN_CMD_NET_CREATE)
		return finish_create(cli, err);
	if (cli->command->id == KN_CMD_NET_HOST)
		return finish_host(cli, err);
	cli->spec.verb = KN_NET_DELETE;
	return cli->n_words ? kn_netname_from_host(cli->words[0], &cli->net.name, err) : 0;
}
