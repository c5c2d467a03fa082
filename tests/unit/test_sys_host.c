/* Which program reads ifcfg files here, who runs, who owns a link. Layer: tests. */
#include "sysdir.h"

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "sys/priv.h"

static struct kn_host probe(struct fixture *f)
{
	struct kn_host host;
	struct kn_error err = {0};

	if (kn_host_probe(f->root, true, &host, &err) < 0)
		fail_msg("%s", err.message);
	return host;
}

static void test_an_empty_root_has_no_reader(void **state)
{
	struct kn_host host = probe(*state), none = {0};

	assert_memory_equal(&host, &none, sizeof(host));
}

static void test_network_scripts_are_known_by_their_functions(void **state)
{
	struct fixture *f = *state;

	put(f, NS "/ifup-eth", "#!/bin/bash\n");
	assert_false(probe(f).has_scripts);
	make_dir(f, "/etc/rc.d/init.d");
	assert_int_equal(symlink("rc.d/init.d", at(f, "/etc/init.d")), 0);
	put(f, "/etc/rc.d/init.d/functions", "");
	assert_true(probe(f).has_scripts);
	assert_int_equal(unlink(at(f, "/etc/init.d")), 0);
	assert_false(probe(f).has_scripts);
	put(f, NS "/network-functions", "");
	assert_true(probe(f).has_scripts);
}

static void test_the_unit_of_delay_is_read_from_ifup_eth(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *ifup, *release;
		bool seconds;
	} rows[] = {
		{"[ -n \"${DELAY}\" ] && /usr/sbin/brctl setfd -- ${DEVICE} ${DELAY}\n", "", true},
		{"ip link set ${DEVICE} type bridge forward_delay ${DELAY}\n", "", false},
		{"# was: brctl setfd\n  # setfd\nip x forward_delay\n", "", false},
		{"a\n\tbrctl setfd br0 0", "ID=rhel\nVERSION_ID=\"8.9\"\n", true},
		{"nothing\n", "ID=\"centos\"\nVERSION_ID=\"7\"\n", true},
		{"nothing\n", "VERSION_ID=\"7.9\"\nID=\"rhel\"\n", true},
		{"nothing\n", "ID=rhel\nVERSION_ID='8.4'\n", false},
		{"nothing\n", "ID=rhel\nVERSION_ID=10.0\n", false},
		{"nothing\n", "ID=openEuler\nVERSION_ID=\"2.0\"\n", false},
		{"ip x forward_delay\n", "ID=centos\nVERSION_ID=\"7\"\n", false},
	};

	put(f, NS "/network-functions", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put(f, NS "/ifup-eth", rows[i].ifup);
		put(f, "/etc/os-release", rows[i].release[0] ? rows[i].release : "\n");
		if (probe(f).scripts_seconds != rows[i].seconds)
			fail_msg("row %zu", i);
	}
	/* RHEL 6 */
	put(f, NS "/ifup-eth", "nothing\n");
	assert_int_equal(unlink(at(f, "/etc/os-release")), 0);
	assert_false(probe(f).scripts_seconds);
	put(f, "/etc/redhat-release", "CentOS release 6.10 (Final)\n");
	assert_true(probe(f).scripts_seconds);
}

static void test_enabled_is_a_link_that_is_not_masked(void **state)
{
	struct fixture *f = *state;
	static const char wants[] = "/etc/systemd/system/multi-user.target.wants";
	char path[PATH_MAX];

	make_dir(f, wants);
	(void)snprintf(path, sizeof(path), "%s/NetworkManager.service", wants);
	/* its target may lie outside of what an image under --root has */
	assert_int_equal(symlink("/usr/lib/systemd/system/NetworkManager.service", at(f, path)), 0);
	assert_true(probe(f).nm_enabled);
	assert_false(probe(f).scripts_enabled);
	assert_int_equal(symlink("/dev/null", at(f, "/etc/systemd/system/NetworkManager.service")),
			 0);
	assert_false(probe(f).nm_enabled);
	(void)snprintf(path, sizeof(path), "%s/network.service", wants);
	assert_int_equal(symlink("../network.service", at(f, path)), 0);
	put(f, "/etc/systemd/system/network.service", "[Unit]\n");
	assert_true(probe(f).scripts_enabled);
}

static void test_the_sysv_script_is_enabled_by_its_run_level_link(void **state)
{
	struct fixture *f = *state;

	make_dir(f, "/etc/rc.d/rc3.d");
	assert_int_equal(symlink("../init.d/network", at(f, "/etc/rc.d/rc3.d/K90network")), 0);
	assert_int_equal(symlink("../init.d/netfs", at(f, "/etc/rc.d/rc3.d/S10networks")), 0);
	assert_false(probe(f).scripts_enabled);
	assert_int_equal(symlink("../init.d/network", at(f, "/etc/rc.d/rc3.d/S10network")), 0);
	assert_true(probe(f).scripts_enabled);
}

static void test_the_ifcfg_plugin_is_found_in_every_library_directory(void **state)
{
	struct fixture *f = *state;
	static const char *const dirs[] = {"/usr/lib64/NetworkManager/1.40.0-1.el8",
					   "/usr/lib/NetworkManager",
					   "/usr/lib/NetworkManager/1.2"};

	make_dir(f, "/usr/lib/NetworkManager/conf.d");
	assert_false(probe(f).has_nm_plugin);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		char path[PATH_MAX];

		make_dir(f, dirs[i]);
		(void)snprintf(path, sizeof(path), "%s/libnm-settings-plugin-ifcfg-rh.so", dirs[i]);
		put(f, path, "");
		assert_true(probe(f).has_nm_plugin);
		assert_int_equal(unlink(at(f, path)), 0);
		assert_false(probe(f).has_nm_plugin);
	}
}

static void test_owners_are_read_from_the_daemons_state(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *path, *text;
		enum kn_owner owner;
	} rows[] = {
		{"/run/NetworkManager/devices/7", "[device]\nmanaged=true\n", KN_OWNER_NM},
		{"/run/NetworkManager/devices/7", "[device]\nmanaged=false\n", KN_OWNER_NONE},
		{"/run/NetworkManager/devices/7", "[device]\nunmanaged=true\n", KN_OWNER_NONE},
		{"/run/NetworkManager/devices/8", "[device]\nmanaged=true\n", KN_OWNER_NONE},
		{"/run/systemd/netif/links/7", "ADMIN_STATE=configured\n", KN_OWNER_NETWORKD},
		{"/run/systemd/netif/links/7", "A=1\nADMIN_STATE=configuring", KN_OWNER_NETWORKD},
		{"/run/systemd/netif/links/7", "ADMIN_STATE=unmanaged\n", KN_OWNER_NONE},
		{"/run/systemd/netif/links/7", "ADMIN_STATE=configured2\n", KN_OWNER_NONE},
	};

	make_dir(f, "/run/NetworkManager/devices");
	make_dir(f, "/run/systemd/netif/links");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put(f, rows[i].path, rows[i].text);
		if (kn_owner_of(f->root, 7) != rows[i].owner)
			fail_msg("row %zu", i);
		assert_int_equal(unlink(at(f, rows[i].path)), 0);
	}
}

/* A process called @comm, in a network namespace of its own or in ours. */
static pid_t start(const char *comm, bool own_netns)
{
	int ready[2];
	char c = 0;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NAME, comm) == 0 && (!own_netns || unshare(CLONE_NEWNET) == 0) &&
		    write(ready[1], "y", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void test_a_daemon_counts_only_in_this_network_namespace(void **state)
{
	(void)state;
	/* a name of no real program, cut as the kernel cuts it */
	assert_false(kn_daemon_in_proc("kvmnet-test-dae"));
	pid_t pid = start("kvmnet-test-daemon", true);
	assert_false(kn_daemon_in_proc("kvmnet-test-dae"));
	end(pid);
	pid = start("kvmnet-test-daemon", false);
	assert_true(kn_daemon_in_proc("kvmnet-test-dae"));
	end(pid);
	assert_false(kn_daemon_in_proc("kvmnet-test-dae"));
}

static void test_a_state_file_without_its_daemon_owns_nothing(void **state)
{
	struct fixture *f = *state;
	struct kn_names names = {0};
	struct kn_facts facts = {0};
	struct kn_ifname lo, none;
	struct kn_error err;
	char path[64];

	/* in a network namespace of its own, whatever runs on this machine is not ours */
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		bool ok = unshare(CLONE_NEWNET) == 0 && kn_ifname_from_host("lo", &lo, &err) == 0 &&
			  kn_ifname_from_host("none0", &none, &err) == 0 &&
			  kn_names_add(&names, &lo, &err) == 0 &&
			  kn_names_add(&names, &none, &err) == 0;
		make_dir(f, "/run/NetworkManager/devices");
		(void)snprintf(path, sizeof(path), "/run/NetworkManager/devices/%u",
			       if_nametoindex("lo"));
		put(f, path, "[device]\nmanaged=true\n");
		ok = ok && kn_owners_probe(f->root, &names, &facts, &err) == 0 &&
		     facts.n_owners == 0;
		_exit(ok ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, sysdir_setup, sysdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_empty_root_has_no_reader),
		TEST(test_network_scripts_are_known_by_their_functions),
		TEST(test_the_unit_of_delay_is_read_from_ifup_eth),
		TEST(test_enabled_is_a_link_that_is_not_masked),
		TEST(test_the_sysv_script_is_enabled_by_its_run_level_link),
		TEST(test_the_ifcfg_plugin_is_found_in_every_library_directory),
		TEST(test_owners_are_read_from_the_daemons_state),
		TEST(test_a_daemon_counts_only_in_this_network_namespace),
		TEST(test_a_state_file_without_its_daemon_owns_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
