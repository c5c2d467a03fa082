/* A guest's name and its NICs out of a QEMU command line.
 * Layer: model, pure. The words are another process's: every length is bounded.
 * Source: qemu(1): -name [guest=]NAME[,...], -netdev tap,..., -nic tap,..., -device DRIVER,...;
 * libvirt 7 and later write -netdev and -device as JSON (src/qemu/qemu_command.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/wiring.h"

enum { VALUE_MAX = 256 };

/* Up to an unescaped comma; ",," stands for one. Return: where it ends. */
static const char *copy_plain(const char *from, char *ret)
{
	size_t n = 0;

	for (; *from && (*from != ',' || from[1] == ','); from++) {
		from += *from == ',';
		if (n + 1 < VALUE_MAX)
			ret[n++] = *from;
	}
	ret[n] = '\0';
	return from;
}

/* "tap,fd=35,id=hostnet0"; a first word without a key has the key @implied. */
static bool plain_value(const char *arg, const char *key, const char *implied, char *ret)
{
	size_t len = strlen(key);

	for (bool first = true; *arg; first = false) {
		size_t word = strcspn(arg, ",=");

		if (first && arg[word] != '=' && implied && !strcmp(implied, key)) {
			(void)copy_plain(arg, ret);
			return true;
		}
		if (word == len && arg[word] == '=' && !memcmp(arg, key, len)) {
			(void)copy_plain(arg + word + 1, ret);
			return true;
		}
		arg = copy_plain(arg, ret);
		arg += *arg == ',';
	}
	return false;
}

/* The first "key": of the text, whatever it is nested in; escapes inside values do not occur in
 * what is looked for. */
static bool json_value(const char *arg, const char *key, char *ret)
{
	char quoted[32];
	const char *at;
	size_t len;

	(void)snprintf(quoted, sizeof(quoted), "\"%.24s\":", key);
	at = strstr(arg, quoted);
	if (!at)
		return false;
	at += strlen(quoted);
	at += strspn(at, " ");
	len = *at == '"' ? strcspn(++at, "\"") : strcspn(at, ",} ");
	(void)snprintf(ret, VALUE_MAX, "%.*s", (int)(len < VALUE_MAX ? len : VALUE_MAX - 1), at);
	return true;
}

static bool value(const char *arg, const char *key, const char *implied, char *ret)
{
	return *arg == '{' ? json_value(arg, key, ret) : plain_value(arg, key, implied, ret);
}

/* "35:36:37" of a NIC with several queues. */
static bool list_has(const char *list, const char *number)
{
	size_t len = strlen(number);

	for (const char *p = list; *p; p += *p == ':') {
		size_t n = strcspn(p, ":");

		if (n == len && !memcmp(p, number, len))
			return true;
		p += n;
	}
	return false;
}

/* Does this -netdev or -nic lead to the device or the descriptor? */
static bool leads_to(const char *arg, const char *dev, const char *fd)
{
	char text[VALUE_MAX];

	if (value(arg, "ifname", NULL, text) && !strcmp(text, dev))
		return true;
	if (value(arg, "fd", NULL, text) && !strcmp(text, fd))
		return true;
	return value(arg, "fds", NULL, text) && list_has(text, fd);
}

static int set(char **ret, const char *text, struct kn_error *err)
{
	char *copy = strdup(text);

	if (!copy)
		return kn_fail_nomem(err);
	free(*ret);
	*ret = copy;
	return 0;
}

/* "virtio-net-pci", "virtio-net-pci-transitional" and the like are one thing to people. */
static const char *model_word(const char *driver)
{
	return !strncmp(driver, "virtio", 6) ? "virtio" : driver;
}

static void take_mac(const char *arg, struct kn_guest_nic *nic)
{
	struct kn_error ignored = {0};
	char text[VALUE_MAX];

	if ((value(arg, "mac", NULL, text) || value(arg, "macaddr", NULL, text)) &&
	    kn_mac_parse(text, &nic->mac, &ignored) == 0)
		nic->has_mac = true;
}

/* The -device that is joined to netdev @id. */
static int find_device(const struct kn_strv *argv, const char *id, struct kn_guest_nic *nic,
		       struct kn_error *err)
{
	char text[VALUE_MAX];

	for (size_t i = 0; i + 1 < argv->n; i++) {
		const char *arg = argv->v[i + 1];

		if (strcmp(argv->v[i], "-device") != 0 || !value(arg, "netdev", NULL, text) ||
		    strcmp(text, id) != 0)
			continue;
		take_mac(arg, nic);
		if (value(arg, "driver", "driver", text) &&
		    set(&nic->model, model_word(text), err) < 0)
			return -1;
		if (value(arg, "id", NULL, text) && set(&nic->nic, text, err) < 0)
			return -1;
		return 0;
	}
	return 0;
}

int kn_qemu_args(const struct kn_strv *argv, int fd, struct kn_guest_nic *nic, struct kn_error *err)
{
	char text[VALUE_MAX], number[16];

	(void)snprintf(number, sizeof(number), "%d", fd);
	for (size_t i = 0; i + 1 < argv->n; i++) {
		const char *option = argv->v[i], *arg = argv->v[i + 1];

		if (!strcmp(option, "-name") && value(arg, "guest", "guest", text) && *text &&
		    set(&nic->guest, text, err) < 0)
			return -1;
		if (!strcmp(option, "-nic") && leads_to(arg, nic->dev.s, number))
			take_mac(arg, nic);
		if (!strcmp(option, "-nic") && leads_to(arg, nic->dev.s, number) &&
		    value(arg, "model", NULL, text) && set(&nic->model, model_word(text), err) < 0)
			return -1;
		if (!strcmp(option, "-netdev") && leads_to(arg, nic->dev.s, number) &&
		    value(arg, "id", NULL, text) && find_device(argv, text, nic, err) < 0)
			return -1;
	}
	return 0;
}
