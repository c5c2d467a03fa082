/* A guest's name, NIC and model out of QEMU command lines: by hand, of libvirt with words and with
 * JSON, and hostile ones. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/wiring.h"

/* What was found for tap vnet0, open as descriptor 35. Words end with NULL. */
static struct kn_guests look(const char *const *words)
{
	struct kn_ifname dev = {"vnet0"};
	struct kn_guests guests = {0};
	struct kn_strv argv = {0};
	struct kn_error err = {0};

	for (; *words; words++)
		assert_int_equal(kn_strv_add(&argv, *words, &err), 0);
	struct kn_guest_nic *nic = kn_guests_add(&guests, &dev, 1, &err);
	assert_non_null(nic);
	assert_int_equal(kn_qemu_args(&argv, 35, nic, &err), 0);
	kn_strv_done(&argv);
	return guests;
}

static void expect_word(const char *got, const char *want)
{
	if (!want)
		assert_null(got);
	else
		assert_string_equal(got ? got : "(none)", want);
}

static void expect(const char *const *words, const char *guest, const char *nic, const char *model)
{
	struct kn_guests found = look(words);

	expect_word(found.v[0].guest, guest);
	expect_word(found.v[0].nic, nic);
	expect_word(found.v[0].model, model);
	kn_guests_done(&found);
}

static void expect_mac(const char *const *words, const char *want)
{
	struct kn_guests found = look(words);
	char text[KN_MAC_STRLEN];

	assert_int_equal(found.v[0].has_mac, want != NULL);
	if (want)
		assert_string_equal(kn_mac_fmt(&found.v[0].mac, text), want);
	kn_guests_done(&found);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_a_tap_named_by_hand(void **state)
{
	(void)state;
	expect(WORDS("qemu-system-x86_64", "-name", "web01", "-netdev",
		     "tap,id=n0,ifname=vnet0,script=no", "-device", "e1000,netdev=n0,id=nic"),
	       "web01", "nic", "e1000");
	expect_mac(WORDS("kvm", "-nic", "tap,ifname=vnet0,mac=52:54:00:00:00:07"),
		   "52:54:00:00:00:07");
	expect_mac(WORDS("kvm", "-nic", "tap,ifname=vnet0,model=e1000"), NULL);
	expect_mac(WORDS("kvm", "-netdev", "tap,id=n0,ifname=vnet0", "-device",
			 "e1000,netdev=n1,mac=52:54:00:00:00:07", "-device",
			 "e1000,netdev=n0,id=nic,mac=52:54:00:00:00:08"),
		   "52:54:00:00:00:08");
	expect_mac(WORDS("kvm", "-netdev", "{\"type\":\"tap\",\"fd\":\"35\",\"id\":\"h0\"}",
			 "-device",
			 "{\"driver\":\"virtio-net-pci\",\"netdev\":\"h0\",\"mac\":\"52:54:00:00:"
			 "00:09\"}"),
		   "52:54:00:00:00:09");
	expect_mac(WORDS("kvm", "-nic", "tap,ifname=vnet0,mac=52:54:00:00:00"), NULL);
	expect(WORDS("kvm", "-nic", "tap,ifname=vnet0,model=virtio-net-pci"), NULL, NULL, "virtio");
}

static void test_a_descriptor_of_libvirt(void **state)
{
	(void)state;
	expect(WORDS("qemu", "-name", "guest=db01,debug-threads=on", "-netdev",
		     "tap,fd=34,id=hostnet0", "-device", "rtl8139,netdev=hostnet0,id=net0",
		     "-netdev", "tap,fds=33:35:36,id=hostnet1,vhost=on", "-device",
		     "virtio-net-pci,netdev=hostnet1,id=net1,mac=52:54:00:00:00:01"),
	       "db01", "net1", "virtio");
}

static void test_json_of_newer_libvirt(void **state)
{
	(void)state;
	expect(WORDS("qemu", "-name", "guest=db01", "-netdev",
		     "{\"type\":\"tap\",\"fd\":\"35\",\"vhost\":true,\"id\":\"hostnet0\"}",
		     "-device",
		     "{\"driver\":\"virtio-net-pci\",\"netdev\":\"hostnet0\",\"id\":\"net0\"}"),
	       "db01", "net0", "virtio");
}

static void test_another_descriptor_tells_nothing(void **state)
{
	(void)state;
	expect(WORDS("qemu", "-name", "g", "-netdev", "tap,fd=350,id=a", "-device",
		     "e1000,netdev=a,id=n", "-netdev", "tap,fds=3:5,id=b"),
	       "g", NULL, NULL);
}

static void test_commas_in_a_name_are_doubled(void **state)
{
	(void)state;
	expect(WORDS("qemu", "-name", "guest=a,,b,debug-threads=on"), "a,b", NULL, NULL);
	expect(WORDS("qemu", "-name", "a,,b,process=x"), "a,b", NULL, NULL);
}

static void test_odd_words_are_survived(void **state)
{
	char *huge = malloc(100001);

	(void)state;
	assert_non_null(huge);
	memset(huge, 'x', 100000);
	huge[100000] = '\0';
	expect(WORDS("qemu", "-name"), NULL, NULL, NULL);
	expect(WORDS("qemu", "-name", "", "-netdev", "", "-device", "{"), NULL, NULL, NULL);
	expect(WORDS("qemu", "-netdev", "{\"fd\":", "-netdev", "{\"fd\":\"35\",\"id\":"), NULL,
	       NULL, NULL);
	expect(WORDS("qemu", "-netdev", "tap,,,,=,fd=35", "-netdev", ",", "-netdev", "="), NULL,
	       NULL, NULL);
	struct kn_guests found = look(WORDS("qemu", "-name", huge));
	assert_int_equal(strlen(found.v[0].guest), 255);
	kn_guests_done(&found);
	free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tap_named_by_hand),
		cmocka_unit_test(test_a_descriptor_of_libvirt),
		cmocka_unit_test(test_json_of_newer_libvirt),
		cmocka_unit_test(test_another_descriptor_tells_nothing),
		cmocka_unit_test(test_commas_in_a_name_are_doubled),
		cmocka_unit_test(test_odd_words_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
