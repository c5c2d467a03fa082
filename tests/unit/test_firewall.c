/* Which firewall rules name a link, out of what nft and iptables-save print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/facts.h"

static struct kn_ifname links[] = {{"eth0"}};
static const struct kn_names names = {.v = links, .n = 1};

static void test_nft_rules_are_found_with_their_table_and_chain(void **state)
{
	static const char text[] = "table inet filter {\n"
				   "\tset ports {\n\t\ttype inet_service\n\t}\n\n"
				   "\tchain input {\n"
				   "\t\ttype filter hook input priority filter; policy drop;\n"
				   "\t\tiifname \"eth0\" tcp dport 22 accept\n"
				   "\t\tiifname { \"eth1\", \"eth0\" } accept\n"
				   "\t\tiif \"eth01\" accept\n"
				   "\t\tct state established accept\n\t}\n}\n"
				   "table ip nat {\n\tchain post {\n"
				   "\t\toif \"eth0\" masquerade\n\t}\n}\n";
	struct kn_facts facts = {0};
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_facts_take_nft(text, &names, &facts, &err), 0);
	assert_int_equal(facts.n_fwrules, 3);
	assert_string_equal(facts.fwrules[0].text,
			    "table inet filter chain input: iifname \"eth0\" tcp dport 22 accept");
	assert_string_equal(facts.fwrules[2].text,
			    "table ip nat chain post: oif \"eth0\" masquerade");
	kn_facts_done(&facts);
}

/* As firewalld 1.3.3 prints them. */
static void test_of_firewalld_only_the_zones_are_taken(void **state)
{
	static const char text[] = "table inet firewalld {\n"
				   "\tchain nat_PREROUTING_ZONES {\n"
				   "\t\tiifname \"eth0\" goto nat_PRE_internal\n"
				   "\t\tgoto nat_PRE_public\n\t}\n"
				   "\tchain filter_INPUT_ZONES {\n"
				   "\t\tiifname \"eth1\" goto filter_IN_work\n"
				   "\t\tiifname \"eth0\" goto filter_IN_internal\n"
				   "\t\tgoto filter_IN_public\n\t}\n}\n"
				   "table ip mine {\n\tchain in {\n"
				   "\t\tiifname \"eth0\" accept\n\t}\n}\n";
	struct kn_ifname br0 = {"br0"};
	struct kn_facts facts = {0};
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_facts_take_nft(text, &names, &facts, &err), 0);
	assert_string_equal(kn_facts_zone(&facts, &links[0]), "internal");
	assert_string_equal(kn_facts_zone(&facts, &br0), "public");
	assert_int_equal(facts.n_zones, 2);
	assert_int_equal(facts.n_fwrules, 1);
	kn_facts_done(&facts);
	assert_null(kn_facts_zone(&facts, &br0));
}

static void test_saved_rules_are_found_with_their_table(void **state)
{
	static const char text[] = "# Generated\n*nat\n:POSTROUTING ACCEPT [0:0]\n"
				   "-A POSTROUTING -s 10.0.0.0/8 -o eth0 -j MASQUERADE\n"
				   "COMMIT\n*filter\n:INPUT DROP [0:0]\n"
				   "-A INPUT ! -i eth0 -j ACCEPT\n-A INPUT -i eth0+ -j DROP\n"
				   "-A INPUT -i eth01 -j DROP\nCOMMIT";
	struct kn_facts facts = {0};
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_facts_take_save(text, "iptables", &names, &facts, &err), 0);
	assert_int_equal(facts.n_fwrules, 2);
	assert_string_equal(facts.fwrules[0].text,
			    "iptables -t nat: -A POSTROUTING -s 10.0.0.0/8 -o eth0 -j MASQUERADE");
	assert_string_equal(facts.fwrules[1].text,
			    "iptables -t filter: -A INPUT ! -i eth0 -j ACCEPT");
	kn_facts_done(&facts);
}

static void test_bytes_that_a_terminal_would_obey_are_escaped(void **state)
{
	struct kn_facts facts = {0};
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_facts_take_save("*f\n-A X -i eth0 -m comment \x1b[2J", "iptables",
					    &names, &facts, &err),
			 0);
	assert_int_equal(facts.n_fwrules, 1);
	assert_null(strchr(facts.fwrules[0].text, '\x1b'));
	kn_facts_done(&facts);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_firewalld_only_the_zones_are_taken),
		cmocka_unit_test(test_nft_rules_are_found_with_their_table_and_chain),
		cmocka_unit_test(test_saved_rules_are_found_with_their_table),
		cmocka_unit_test(test_bytes_that_a_terminal_would_obey_are_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
