/* Opens the world a command works in; the only place that names a backend.
 * Layer: cli, effects. */
#include <string.h>

#include "cli/run.h"
#include "cli/view_text.h"
#include "live/live.h"
#include "persist/ifcfg.h"
#include "kvmnet/text.h"
#include "sys/netfiles.h"
#include "sys/sys.h"
#include "virt/virt.h"

#include <unistd.h>

/* One field of SSH_CONNECTION up to the next space, without an IPv6 zone ("fe80::1%eth0"). */
static bool take_ip(const char **text, struct kn_ip *ret)
{
	char word[KN_IP_STRLEN];
	size_t len = strcspn(*text, " "), bare = strcspn(*text, " %");

	if (bare >= sizeof(word))
		return false;
	memcpy(word, *text, bare);
	word[bare] = '\0';
	*text += len + ((*text)[len] == ' ');
	return kn_ip_is(word, ret);
}

/* The port fields are of no use here. */
static void skip_word(const char **text)
{
	size_t len = strcspn(*text, " ");

	*text += len + ((*text)[len] == ' ');
}

bool kn_ssh_parse(const char *value, struct kn_ip *ret_local, struct kn_ip *ret_peer)
{
	struct kn_ip peer, local;

	if (!value || !take_ip(&value, &peer))
		return false;
	skip_word(&value);
	if (!take_ip(&value, &local) || !*value)
		return false;
	*ret_local = local;
	*ret_peer = peer;
	return true;
}

/* The environment first; sudo and su drop the variable, but the processes above still have it.
 * Looking for a connection is a guess that only costs a question. */
static bool ssh_ends(const struct kn_facts *facts, struct kn_ip *ret_local, struct kn_ip *ret_peer,
		     void *arg)
{
	struct kn_buf value KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_run *run = arg;

	if (run->env->ssh_connection)
		return kn_ssh_parse(run->env->ssh_connection, ret_local, ret_peer);
	if (kn_ssh_of_ancestors(&value))
		return kn_ssh_parse(kn_buf_str(&value), ret_local, ret_peer);
	return run->cli->spec.can_ask && kn_ssh_established(facts, ret_local, ret_peer);
}

/* -v: one line per step, before it is done. */
static void tell_op(const struct kn_plan *plan, size_t i, void *arg)
{
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_op *op = &plan->ops[i];
	const struct kn_run *run = arg;

	kn_buf_printf(&line, "[%zu/%zu] ", i + 1, plan->n_ops);
	if (op->kind == KN_OP_FILE) {
		const struct kn_filechg *chg = &plan->files.v[op->file];

		kn_buf_puts(&line, chg->after_present ? "write " : "remove ");
		kn_view_path(&line, &run->view, chg->path);
	} else {
		kn_op_describe(op, &line);
	}
	kn_buf_putc(&line, '\n');
	kn_term_offer(STDERR_FILENO, kn_buf_str(&line), line.len);
}

static bool needs_virt(const struct kn_cli *cli)
{
	for (size_t i = 0; i < cli->spec.n_parts; i++)
		if (cli->spec.parts[i].network)
			return true;
	return ((KN_IN_NETCHANGE | KN_IN_NETVIEW) >> cli->command->id & 1) || cli->spec.network;
}

/* What to do by hand, where nothing answers: the definition is printed without libvirt. */
static int hint_by_hand(const struct kn_cli *cli, struct kn_error *err)
{
	const char *name = cli->net.name.s;

	if (cli->command->id != KN_CMD_NET_CREATE || err->kind != KN_ERR_UNSUPPORTED)
		return -1;
	return kn_hint(err,
		       "write it for later: kvmnet net xml %s ... > %s.xml; then, where libvirt "
		       "runs: virsh net-define %s.xml && virsh net-start %s",
		       name, name, name, name);
}

/* Below --root no daemon runs: what it reads at its start is written. Looking needs none either. */
static int open_virt(const struct kn_cli *cli, struct kn_world *world, struct kn_error *err)
{
	bool looks = KN_IN_NETVIEW >> cli->command->id & 1;
	struct kn_error failure = {0};

	if (cli->root)
		return kn_netfiles_open(world->root, &world->virt, err);
	if (kn_virt_open(cli->connect, &world->virt, &failure) == 0)
		return 0;
	if (looks && failure.kind == KN_ERR_UNSUPPORTED && !cli->connect)
		return kn_netfiles_open(world->root, &world->virt, err);
	*err = failure;
	return hint_by_hand(cli, err);
}

/* For --prune alone: where libvirt does not answer, there may be nothing to ask it. */
static int offer_virt(const struct kn_cli *cli, struct kn_world *world, struct kn_error *err)
{
	struct kn_error ignored = {0};

	if (cli->root || open_virt(cli, world, &ignored) == 0)
		return cli->root ? open_virt(cli, world, err) : 0;
	world->virt = NULL;
	return 0;
}

/* The kernel's socket is opened only where it is wanted: --root works without netlink. */
int kn_world_open(const struct kn_run *run, struct kn_world *ret, struct kn_error *err)
{
	const struct kn_cli *cli = run->cli;
	struct kn_world world = {0};

	if (kn_root_open(cli->root, &world.root, err) < 0)
		return -1;
	if (!cli->spec.no_live && kn_live_open(&world.live, err) < 0) {
		kn_world_close(&world);
		return -1;
	}
	if (needs_virt(cli)
		    ? open_virt(cli, &world, err) < 0 && kn_errors_take(run->faults, err) < 0
		    : cli->spec.prune && offer_virt(cli, &world, err) < 0) {
		kn_world_close(&world);
		return -1;
	}
	world.engine = (struct kn_engine){
		.root = world.root,
		.backend = cli->spec.no_persist ? NULL : &kn_backend_ifcfg,
		.live = world.live,
		.virt = world.virt,
		.uri = cli->connect,
		.ssh = ssh_ends,
		.ssh_arg = (void *)run,
		.lock_timeout_ms = cli->lock_timeout_ms,
		.faults = run->faults,
		.command = run->line,
		.on_op = cli->verbose ? tell_op : NULL,
		.on_op_arg = (void *)run,
	};
	*ret = world;
	return 0;
}

void kn_world_close(struct kn_world *world)
{
	if (world->virt)
		world->virt->close(world->virt);
	if (world->live)
		world->live->close(world->live);
	kn_root_close(world->root);
	*world = (struct kn_world){0};
}
