/* Random hosts for tests of the whole engine. The kernel is set up as network-scripts would have
 * left it after reading the files: the engine may then find no difference of its own making.
 * Test support. */
#include "engine_host.h"

#include "persist/ifcfg.h"

#define FOREVER UINT32_MAX
#define IFCFG	HOST_DIR "/ifcfg-" HOST_UPLINK

/* xorshift32 */
bool engine_host_chance(struct engine_host *host, uint32_t percent)
{
	host->seed ^= host->seed << 13;
	host->seed ^= host->seed >> 17;
	host->seed ^= host->seed << 5;
	return host->seed % 100 < percent;
}

static void addr(struct engine_host *host, const char *cidr, uint32_t valid_s)
{
	assert_int_equal(fake_add_addr(&host->fake, HOST_UPLINK, cidr, valid_s), 0);
}

static void route(struct engine_host *host, const char *dst, const char *via, uint32_t metric)
{
	assert_int_equal(fake_add_route(&host->fake, HOST_UPLINK, dst, via, metric), 0);
}

static void file(struct engine_host *host, const char *name, const char *text)
{
	char path[128];

	(void)snprintf(path, sizeof(path), HOST_DIR "/%s", name);
	if (host->has_file)
		put(&host->fs, path, text);
}

static void static_ipv4(struct engine_host *host, struct kn_buf *text)
{
	kn_buf_puts(text, engine_host_chance(host, 50) ? "BOOTPROTO=static\n" : "BOOTPROTO=none\n");
	addr(host, "192.168.12.118/24", FOREVER);
	kn_buf_puts(text, "IPADDR=192.168.12.118\n");
	kn_buf_puts(text, engine_host_chance(host, 50) ? "NETMASK=255.255.255.0\n"
						       : "PREFIX='24'\t# the old way\n");
	if (engine_host_chance(host, 40)) {
		addr(host, "192.168.12.119/24", FOREVER);
		kn_buf_puts(text, "IPADDR1=192.168.12.119\nPREFIX1=24\n");
	}
	if (engine_host_chance(host, 80)) {
		route(host, "0.0.0.0/0", "192.168.12.1", 0);
		kn_buf_puts(text, "GATEWAY=192.168.12.1\n");
		kn_buf_puts(text, engine_host_chance(host, 50) ? "DEFROUTE=yes\n" : "");
	}
	kn_buf_puts(text, engine_host_chance(host, 60)
				  ? "DNS1=180.76.76.76\nDNS2=114.114.114.114\nDOMAIN=lab\n"
				  : "");
}

static void lease_ipv4(struct engine_host *host, struct kn_buf *text)
{
	kn_buf_puts(text, "BOOTPROTO=\"dhcp\"\n");
	addr(host, "192.168.12.55/24", 3600);
	route(host, "0.0.0.0/0", "192.168.12.1", 0);
}

static void ipv6(struct engine_host *host, struct kn_buf *text)
{
	addr(host, "fe80::1234/64", FOREVER);
	addr(host, "fd00:12::118/64", FOREVER);
	kn_buf_puts(text, "IPV6INIT=yes\nIPV6_AUTOCONF=no\nIPV6ADDR=fd00:12::118/64\n");
	if (engine_host_chance(host, 40)) {
		addr(host, "fd00:13::5/64", FOREVER);
		kn_buf_puts(text, "IPV6ADDR_SECONDARIES=\"fd00:13::5/64\"\n");
	}
	if (engine_host_chance(host, 60)) {
		route(host, "::/0", "fd00:12::1", 1024);
		kn_buf_puts(text, "IPV6_DEFAULTGW=fd00:12::1\n");
	}
	if (!engine_host_chance(host, 50))
		return;
	route(host, "fd77::/32", "fd00:12::fe", 1024);
	file(host, "route6-" HOST_UPLINK, "fd77::/32 via fd00:12::fe dev " HOST_UPLINK "\n");
}

/* Everything around ifcfg-: aliases, routes in both forms, rules. */
static void neighbours(struct engine_host *host)
{
	/* One ifcfg file cannot hold a lease and an address, so a host without files is refused. */
	if (engine_host_chance(host, 40) && (host->has_file || !host->dhcp)) {
		addr(host, "10.1.0.5/16", FOREVER);
		file(host, "ifcfg-" HOST_UPLINK ":1",
		     "DEVICE=" HOST_UPLINK ":1\nIPADDR=10.1.0.5\nNETMASK=255.255.0.0\n");
	}
	if (engine_host_chance(host, 50)) {
		route(host, "10.77.0.0/16", "192.168.12.254", 0);
		file(host, "route-" HOST_UPLINK,
		     engine_host_chance(host, 50)
			     ? "# the lab\n10.77.0.0/16 via 192.168.12.254 dev " HOST_UPLINK "\n"
			     : "ADDRESS0=10.77.0.0\nNETMASK0=255.255.0.0\n"
			       "GATEWAY0=192.168.12.254\n");
	}
	if (engine_host_chance(host, 30))
		file(host, "rule-" HOST_UPLINK, "from 192.168.12.118 table 100\n");
}

static void fill(struct engine_host *host)
{
	struct kn_buf text = KN_BUF_INIT;
	bool mtu = engine_host_chance(host, 20);

	kn_buf_puts(&text, "DEVICE=\"" HOST_UPLINK "\"\nNAME=\"System " HOST_UPLINK "\"\n");
	kn_buf_puts(&text, "HWADDR=52:00:00:00:00:02\nNM_CONTROLLED=\"no\"\n\n# kept\n");
	kn_buf_puts(&text, "ONBOOT=\"yes\"\nTYPE=Ethernet\n");
	if (host->dhcp)
		lease_ipv4(host, &text);
	else
		static_ipv4(host, &text);
	if (engine_host_chance(host, 50))
		ipv6(host, &text);
	kn_buf_puts(&text, mtu ? "MTU=9000\n" : "");
	kn_buf_puts(&text, engine_host_chance(host, 30) ? "ZONE=public\n" : "");
	kn_buf_puts(&text, engine_host_chance(host, 30) ? "ETHTOOL_OPTS=\"wol g\"" : "");
	((struct kn_link *)kn_facts_link(&host->fake.facts, &(struct kn_ifname){HOST_UPLINK}))
		->mtu = mtu ? 9000 : 1500;
	file(host, "ifcfg-" HOST_UPLINK, kn_buf_str(&text));
	if (host->has_file && engine_host_chance(host, 30))
		assert_int_equal(chmod(at(&host->fs, IFCFG), 0600), 0);
	neighbours(host);
	kn_buf_done(&text);
}

/* Network-scripts of RHEL 8, enabled. */
static void install_scripts(struct engine_host *host)
{
	struct fixture *fs = &host->fs;

	make_dir(fs, HOST_DIR);
	make_dir(fs, "/etc/rc.d/rc3.d");
	put(fs, HOST_DIR "/network-functions", "# functions\n");
	put(fs, HOST_DIR "/ifup-eth", "ip link set $1 type bridge forward_delay $2\n");
	put(fs, "/etc/rc.d/rc3.d/S10network", "");
	put(fs, HOST_DIR "/ifcfg-lo", "DEVICE=lo\nIPADDR=127.0.0.1\nNETMASK=255.0.0.0\n");
	put(fs, "/etc/resolv.conf", "nameserver 10.0.0.1\n");
}

void engine_host_init(struct engine_host *host, uint32_t number)
{
	struct kn_error err = {0};

	*host = (struct engine_host){.seed = number * 2654435761u};
	(void)snprintf(host->fs.dir, sizeof(host->fs.dir), "/tmp/kvmnet-test-XXXXXX");
	assert_non_null(mkdtemp(host->fs.dir));
	install_scripts(host);
	assert_int_equal(kn_root_open(host->fs.dir, &host->fs.root, &err), 0);
	fake_init(&host->fake);
	fake_add_link(&host->fake, HOST_UPLINK, KN_LINK_PHYSICAL);
	host->has_file = engine_host_chance(host, 80);
	host->dhcp = engine_host_chance(host, 25);
	fill(host);
	host->engine = (struct kn_engine){.root = host->fs.root,
					  .backend = &kn_backend_ifcfg,
					  .live = &host->fake.live,
					  .lock_timeout_ms = 1000};
}

void engine_host_done(struct engine_host *host)
{
	kn_root_close(host->fs.root);
	assert_int_equal(nftw(host->fs.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	fake_done(&host->fake);
}

static bool is_left_out(const char *path)
{
	return !strcmp(path, KN_STATE_DIR "/lock") || !strcmp(path, KN_STATE_DIR "/history");
}

static void list_into(const struct engine_host *host, const char *path, bool times,
		      struct kn_buf *buf)
{
	struct dirent **list;
	int n = scandir(at(&host->fs, path), &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char full[PATH_MAX];
		struct stat st;
		bool dots = !strcmp(list[i]->d_name, ".") || !strcmp(list[i]->d_name, "..");

		(void)snprintf(full, sizeof(full), "%s/%s", path, list[i]->d_name);
		free(list[i]);
		if (dots || is_left_out(full))
			continue;
		assert_int_equal(lstat(at(&host->fs, full), &st), 0);
		kn_buf_printf(buf, "%s %o %u", full, st.st_mode, st.st_uid);
		if (times)
			kn_buf_printf(buf, " %lu %ld.%09ld", (unsigned long)st.st_ino,
				      (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
		if (S_ISREG(st.st_mode))
			kn_buf_printf(buf, " [%s]", text_of(&host->fs, full));
		kn_buf_putc(buf, '\n');
		if (S_ISDIR(st.st_mode))
			list_into(host, full, times, buf);
	}
	if (n >= 0)
		free(list);
}

char *engine_host_files(const struct engine_host *host, const char *path, bool times)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err;
	char *text;

	list_into(host, path, times, &buf);
	assert_int_equal(kn_buf_steal(&buf, &text, NULL, &err), 0);
	return text;
}
