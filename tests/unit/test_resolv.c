/* resolv.conf after a change, as network-scripts would leave it. Layer: tests. */
#include "persist/resolv.h"
#include "persist_fixture.h"

static const struct {
	const char *title, *before;
	const char *dns[5], *search[3];
	const char *after; /* NULL = no change */
} rows[] = {
	{"no file", NULL, {"1.1.1.1"}, {NULL}, "nameserver 1.1.1.1\n"},
	{"nothing wanted", "nameserver 9.9.9.9\n", {NULL}, {NULL}, NULL},
	{"already there",
	 "nameserver 1.1.1.1\nnameserver 2.2.2.2\n",
	 {"1.1.1.1", "2.2.2.2"},
	 {NULL},
	 NULL},
	{"there among others",
	 "nameserver 9.9.9.9\nnameserver 1.1.1.1\n",
	 {"1.1.1.1"},
	 {NULL},
	 NULL},
	{"another order",
	 "nameserver 2.2.2.2\nnameserver 1.1.1.1\n",
	 {"1.1.1.1", "2.2.2.2"},
	 {NULL},
	 "nameserver 1.1.1.1\nnameserver 2.2.2.2\n"},
	{"others go, other lines stay",
	 "# c\noptions rotate\nnameserver 9.9.9.9\nsearch a.org\n",
	 {"1.1.1.1"},
	 {NULL},
	 "# c\noptions rotate\nsearch a.org\nnameserver 1.1.1.1\n"},
	{"three at most, each once",
	 "",
	 {"1.1.1.1", "1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"},
	 {NULL},
	 "nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver 3.3.3.3\n"},
	{"search goes in front of what there was",
	 "search a.org\nnameserver 1.1.1.1\n",
	 {"1.1.1.1"},
	 {"b.org"},
	 "search b.org a.org\nnameserver 1.1.1.1\n"},
	{"search alone keeps the servers",
	 "domain a.org\nnameserver 1.1.1.1",
	 {NULL},
	 {"b.org", "a.org"},
	 "nameserver 1.1.1.1\nsearch b.org a.org\n"},
	{"search is there", "search x.org b.org\n", {NULL}, {"b.org"}, NULL},
	{"the fourth is used by nobody",
	 "nameserver 9.9.9.9\nnameserver 8.8.8.8\nnameserver 7.7.7.7\nnameserver 1.1.1.1\n",
	 {"1.1.1.1"},
	 {NULL},
	 "nameserver 1.1.1.1\n"},
	{"nor is what stands behind a blank",
	 " nameserver 1.1.1.1\nnameserver 9.9.9.9\n",
	 {"1.1.1.1"},
	 {NULL},
	 " nameserver 1.1.1.1\nnameserver 1.1.1.1\n"},
	{"a carriage return is no part of an address",
	 "nameserver 1.1.1.1\r\n",
	 {"1.1.1.1"},
	 {NULL},
	 "nameserver 1.1.1.1\n"},
	{"the last search list counts",
	 "search b.org\nsearch a.org\nnameserver 1.1.1.1\n",
	 {"1.1.1.1"},
	 {"b.org"},
	 "search b.org a.org\nnameserver 1.1.1.1\n"},
	{"twice in the file, once there",
	 "nameserver 1.1.1.1\n",
	 {"1.1.1.1", "1.1.1.1"},
	 {NULL},
	 NULL},
	{"with a remark behind it", "nameserver 1.1.1.1 # ours\n", {"1.1.1.1"}, {NULL}, NULL},
	{"a domain has one word",
	 "domain a.org b.org\n",
	 {NULL},
	 {"b.org"},
	 "search b.org a.org\n"},
	{"IPv6 in another spelling", "nameserver FD00:0::1\n", {"fd00::1"}, {NULL}, NULL},
};

static void resolv_conf_is_edited_as_ifup_post_does(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct fx fx = {0};

		print_message("%s\n", rows[r].title);
		for (size_t i = 0; i < 5 && rows[r].dns[i]; i++)
			fx_dns(&fx, rows[r].dns[i]);
		for (size_t i = 0; i < 3 && rows[r].search[i]; i++)
			fx_search(&fx, rows[r].search[i]);
		if (rows[r].before)
			fx_file(&fx, KN_RESOLV_CONF, rows[r].before);
		assert_int_equal(kn_resolv_render(&fx.tree, &fx.target.ip.dns, &fx.target.ip.search,
						  &fx.plan, &fx.err),
				 0);
		assert_int_equal(fx.plan.files.n, rows[r].after ? 1 : 0);
		if (rows[r].after) {
			assert_string_equal(fx.plan.files.v[0].after, rows[r].after);
			assert_true(fx.plan.files.v[0].live_only);
			assert_true(fx.plan.files.v[0].keep_origin);
		}
		fx_done(&fx);
	}
}

/* One change, then what was there before it comes back: only while nobody wrote the file since. */
static void resolv_conf_comes_back_unless_edited_since(void **state)
{
	static const char before[] = "options rotate\nnameserver 9.9.9.9\n";
	struct fx fx = {.plan.bridge = fx_name("br0")};

	(void)state;
	fx_target(&fx, KN_BRIDGE_CREATE);
	fx_dns(&fx, "1.1.1.1");
	fx_file(&fx, KN_RESOLV_CONF, before);
	assert_int_equal(kn_resolv_render(&fx.tree, &fx.target.ip.dns, &fx.target.ip.search,
					  &fx.plan, &fx.err),
			 0);
	fx_apply(&fx);
	kn_plan_done(&fx.plan);
	fx.plan.bridge = fx_name("br0");
	assert_int_equal(kn_resolv_restore(&fx.tree, &fx.origins, &fx.plan, &fx.err), 0);
	assert_int_equal(fx.plan.files.n, 1);
	assert_string_equal(fx.plan.files.v[0].after, before);
	assert_true(fx.plan.files.v[0].drop_origin && fx.plan.files.v[0].live_only);
	kn_plan_done(&fx.plan);
	fx.plan.bridge = fx_name("br0");
	fx_file(&fx, KN_RESOLV_CONF, "nameserver 2.2.2.2\n");
	assert_int_equal(kn_resolv_restore(&fx.tree, &fx.origins, &fx.plan, &fx.err), 0);
	assert_int_equal(fx.plan.files.n, 0);
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolv_conf_is_edited_as_ifup_post_does),
		cmocka_unit_test(resolv_conf_comes_back_unless_edited_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
