/* Between the files that parse the options of networks. Layer: cli, pure. */
#ifndef KVMNET_CLI_PARSE_NET_H
#define KVMNET_CLI_PARSE_NET_H

#include "cli/parse.h"

/* The setter of an option of networks, or NULL. */
kn_setter *kn_net_setter(enum kn_option_id id);

kn_setter kn_net_set_subnet, kn_net_set_ipv6, kn_net_set_dhcp, kn_net_set_lease, kn_net_set_host,
	kn_net_set_route, kn_net_set_ports;
kn_setter kn_net_set_domain, kn_net_set_forwarder, kn_net_set_dnshost, kn_net_set_txt,
	kn_net_set_srv;

/* When all options are known: the name, the mode, what is left to choice.
 * Return: 0; -1 with KN_ERR_USAGE or KN_ERR_INPUT. */
int kn_net_finish(struct kn_cli *cli, struct kn_error *err) KN_NODISCARD;

/* The same for commands that talk to libvirt, and their spec. */
int kn_netcmd_finish(struct kn_cli *cli, struct kn_error *err) KN_NODISCARD;
kn_setter kn_set_network, kn_set_connect;
/* bridge create --network: the network is over the bridge, whose name is known by now. */
void kn_network_finish(struct kn_cli *cli);

/* Why @text cannot stand in a definition: not UTF-8, a control character, longer than @max bytes.
 * Return: static, or NULL. */
const char *kn_net_text_fault(const char *text, size_t max, bool newlines);

#endif
