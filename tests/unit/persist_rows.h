/* Rows of files in, files out for bridge create, and the three checks each row has to stand:
 * the exact texts, nothing to do in a second run, and read back as wanted. Layer: tests. */
#ifndef PERSIST_ROWS_H
#define PERSIST_ROWS_H

#include "persist_fixture.h"

#define FILES_MAX 8

struct pair {
	const char *name, *text; /* text NULL: absent */
};

struct row {
	const char *title;
	struct pair in[FILES_MAX];
	void (*setup)(struct fx *fx); /* after inheriting; NULL = nothing given */
	struct pair out[FILES_MAX];   /* all files that matter */
};

#define HEAD "DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\n"
#define STATIC_BR0                                                                                 \
	HEAD "BOOTPROTO=none\nNM_CONTROLLED=no\nIPADDR=192.168.12.118\nPREFIX=24\n"                \
	     "GATEWAY=192.168.12.1\nDEFROUTE=yes\nDNS1=180.76.76.76\nDNS2=114.114.114.114\n"       \
	     "IPV6INIT=no\nSTP=no\nDELAY=0\nMACADDR=44:37:E6:4A:62:AD\n"
#define TAIL	   "STP=no\nDELAY=0\nMACADDR=44:37:E6:4A:62:AD\n"
#define ETH0(keys) "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nNM_CONTROLLED=no\n" keys
#define PORT(keys) "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nBRIDGE=br0\nNM_CONTROLLED=no\n" keys
#define BR0(keys)  HEAD "BOOTPROTO=none\nNM_CONTROLLED=no\n" keys

#define N_ROWS(rows) (sizeof(rows) / sizeof(*(rows)))

static inline void load(struct fx *fx, const struct row *row)
{
	for (size_t i = 0; i < FILES_MAX && row->in[i].name; i++)
		fx_file(fx, row->in[i].name, row->in[i].text);
	fx_create(fx);
	fx_inherit(fx, "eth0");
	fx->target.groups |= KN_GROUP_IP;
	if (row->setup)
		row->setup(fx);
}

static inline void check_exact_files(const struct row *rows, size_t n)
{
	for (size_t r = 0; r < n; r++) {
		struct fx fx = {0};

		print_message("%s\n", rows[r].title);
		load(&fx, &rows[r]);
		fx_render_ok(&fx);
		fx_apply(&fx);
		for (size_t i = 0; i < FILES_MAX && rows[r].out[i].name; i++)
			fx_expect(&fx, rows[r].out[i].name, rows[r].out[i].text);
		fx_done(&fx);
	}
}

static inline void check_again_is_empty(const struct row *rows, size_t n)
{
	for (size_t r = 0; r < n; r++) {
		struct fx fx = {0};

		print_message("%s\n", rows[r].title);
		load(&fx, &rows[r]);
		fx_render_ok(&fx);
		assert_true(fx.plan.files.n > 0);
		fx_apply(&fx);
		fx_render_ok(&fx);
		for (size_t i = 0; i < fx.plan.files.n; i++)
			print_message("%s\n%s", fx.plan.files.v[i].path, fx.plan.files.v[i].after);
		assert_int_equal(fx.plan.files.n, 0);
		fx_done(&fx);
	}
}

/* What was written means what was wanted, for the reader it was written for. */
static inline void check_reads_as_target(const struct row *rows, size_t n)
{
	for (size_t r = 0; r < n; r++) {
		struct fx fx = {0};
		struct kn_confs confs = {0};

		print_message("%s\n", rows[r].title);
		load(&fx, &rows[r]);
		fx_render_ok(&fx);
		fx_apply(&fx);
		fx.host.has_scripts = fx.target.reader != KN_READER_NM;
		fx.host.has_nm_plugin = !fx.host.has_scripts;
		fx.host.scripts_seconds = fx.target.reader == KN_READER_SCRIPTS_7;
		const struct kn_conf *conf = fx_read(&fx, &confs, "br0");
		const struct kn_ipconf *want = &fx.target.ip, *have = &conf->ip;
		struct kn_opts diff = kn_opts_diff(&fx.target.opts, &conf->opts);

		assert_non_null(conf);
		assert_int_equal(conf->type, KN_CONF_BRIDGE);
		assert_int_equal(have->dhcp4, want->dhcp4);
		assert_int_equal(have->dhcp6, want->dhcp6);
		assert_int_equal(have->slaac, want->slaac);
		assert_int_equal(have->addrs.n, want->addrs.n);
		for (size_t i = 0; i < want->addrs.n; i++)
			assert_true(kn_cidr_eq(&have->addrs.v[i], &want->addrs.v[i]));
		assert_true(kn_ip_eq(&have->gateway4, &want->gateway4));
		assert_true(kn_ip_eq(&have->gateway6, &want->gateway6));
		assert_int_equal(have->onlink4, want->onlink4);
		assert_int_equal(have->no_defroute, want->no_defroute);
		assert_int_equal(have->dns.n, want->dns.n);
		assert_int_equal(have->search.n, want->search.n);
		assert_int_equal(have->routes.n, want->routes.n);
		assert_int_equal(have->has_metric, want->has_metric);
		assert_int_equal(conf->has_mac, fx.target.has_mac);
		assert_int_equal(diff.has, 0);
		assert_int_equal(conf->mtu, fx.target.mtu);
		assert_int_equal(conf->nm_controlled, fx.target.nm_controlled);
		kn_confs_done(&confs);
		fx_done(&fx);
	}
}

#endif
