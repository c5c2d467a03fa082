/* Runs a command and makes it die, fail or fall short at one chosen system call of it and of the
 * processes it starts. The calls are counted over all of them, from the one after the first umask()
 * on (where kvmnet's main() begins; --after NAME, "" = from the beginning), so that "before call N"
 * is every instant at which the host can be seen. Layer: tests, effects.
 *
 *	inject [OPTION...] -- COMMAND...
 *	--list FILE      a line "N NAME" for every call
 *	--report FILE    one line: calls counted, call hit (0 = none), its name, what was done
 *	--at N           the call that --kill or --fail is about
 *	--kill tree|one  SIGKILL before it: to all processes, or to the one that calls
 *	--fail I         it fails, with the I-th of the errors it can give; not done, not counted as
 *	                 hit, where it can give none
 *	--sticky         so do all later calls of that name
 *	--short          every write writes less than it was asked to
 *	--chaos SEED     errors, short writes and deaths at random
 *	--timeout SEC    after that all are killed (60)
 *	--leave          ends with the command itself; what it has started goes on, unwatched
 *
 * Exit status: the command's; 137 killed; 124 too slow; 125 cannot be done here. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject_calls.h"
#include "inject_regs.h"

#define TASKS_MAX 256

/* A process that is watched. */
struct task {
	pid_t pid;
	uint64_t nr;		  /* the last call it began */
	int fail;		  /* errno that the call it is in gets, 0 = none */
	unsigned long long first; /* that call's first argument as it was */
};

struct injector {
	/* asked for */
	FILE *list;
	const char *report;
	uint64_t after, at, fail;
	bool kill_tree, kill_one, do_fail, sticky, is_short, chaos, leave;
	uint32_t seed;
	/* as it is */
	bool counting;
	uint64_t count, hit, hit_nr;
	char what[64]; /* "killed", "Input/output error", "" = nothing was done */
	pid_t main;
	int status; /* of the command itself, as waitpid() gives it */
	bool killed;
	struct task tasks[TASKS_MAX];
	size_t n;
};

static volatile sig_atomic_t too_slow;

static void on_alarm(int number)
{
	(void)number;
	too_slow = 1;
}

/* xorshift32: the same run on every machine */
static uint32_t next(struct injector *in)
{
	in->seed ^= in->seed << 13;
	in->seed ^= in->seed >> 17;
	in->seed ^= in->seed << 5;
	return in->seed;
}

static struct task *task_of(struct injector *in, pid_t pid)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->tasks[i].pid == pid)
			return &in->tasks[i];
	if (in->n == TASKS_MAX) {
		fprintf(stderr, "inject: too many processes\n");
		exit(125);
	}
	in->tasks[in->n] = (struct task){.pid = pid};
	return &in->tasks[in->n++];
}

static void forget(struct injector *in, pid_t pid)
{
	struct task *task = task_of(in, pid);

	*task = in->tasks[--in->n];
}

/* What a run that hangs waits for: the call, and the kernel's function where it sleeps. */
static void tell_hanging(const struct injector *in)
{
	for (size_t i = 0; i < in->n; i++) {
		char path[64], where[128] = "";
		(void)snprintf(path, sizeof(path), "/proc/%d/wchan", (int)in->tasks[i].pid);
		FILE *file = fopen(path, "r");

		if (file) {
			where[fread(where, 1, sizeof(where) - 1, file)] = '\0';
			(void)fclose(file);
		}
		fprintf(stderr, "inject: call %llu: process %d hangs since %s, in %s\n",
			(unsigned long long)in->count, (int)in->tasks[i].pid,
			call_name(in->tasks[i].nr), where);
	}
}

static void kill_all(struct injector *in)
{
	for (size_t i = 0; i < in->n; i++)
		(void)kill(in->tasks[i].pid, SIGKILL);
}

/* ---- what is done at a call ---- */

static void note(struct injector *in, uint64_t nr, const char *what)
{
	in->hit = in->count;
	in->hit_nr = nr;
	(void)snprintf(in->what, sizeof(in->what), "%s", what);
}

/* A call with the number -1 does nothing; its result is put in when it comes back. brk() has no
 * errno: it tells the break that stays, which is what it does when asked for none. */
static void fail_call(struct injector *in, struct task *task, uint64_t nr, int code)
{
	regs_type regs;

	if (!code || !regs_get(task->pid, &regs))
		return;
	task->first = regs.REG_FIRST;
	if (call_is_break(nr))
		regs.REG_FIRST = 0;
	else
		regs.REG_CALL = (unsigned long long)-1;
	regs_set(task->pid, &regs);
	task->fail = code;
	note(in, nr, strerror(code));
}

static void shorten(struct injector *in, struct task *task, uint64_t nr)
{
	regs_type regs;

	if (!regs_get(task->pid, &regs) || regs.REG_LENGTH < 2)
		return;
	regs.REG_LENGTH = 1 + next(in) % (regs.REG_LENGTH - 1);
	regs_set(task->pid, &regs);
	note(in, nr, "short");
}

static void die(struct injector *in, struct task *task, uint64_t nr, bool tree)
{
	in->killed = true;
	note(in, nr, "killed");
	in->kill_tree = tree;
	if (tree)
		kill_all(in);
	else
		(void)kill(task->pid, SIGKILL);
}

/* One call in 40 goes wrong, one in 400 is the last one. */
static void be_chaotic(struct injector *in, struct task *task, uint64_t nr, uint64_t fd)
{
	uint32_t dice = next(in) % 400;

	if (dice == 0)
		die(in, task, nr, next(in) % 2);
	else if (dice < 5 && call_is_write(nr) && fd > 2)
		shorten(in, task, nr);
	else if (dice < 10 && call_can_fail(nr, fd))
		fail_call(in, task, nr, call_errno(nr, next(in), false));
}

static void on_entry(struct injector *in, struct task *task, uint64_t nr, uint64_t fd)
{
	if (!in->counting) {
		in->counting = nr == in->after;
		return;
	}
	in->count++;
	if (in->list)
		fprintf(in->list, "%llu %s\n", (unsigned long long)in->count, call_name(nr));
	bool here = in->count == in->at;
	bool again = in->sticky && in->hit && nr == in->hit_nr;

	if (here && (in->kill_tree || in->kill_one))
		die(in, task, nr, in->kill_tree);
	else if (in->do_fail && (here || again) && call_can_fail(nr, fd))
		fail_call(in, task, nr, call_errno(nr, (uint32_t)in->fail, in->sticky));
	else if (in->is_short && call_is_write(nr) && fd > 2)
		shorten(in, task, nr);
	else if (in->chaos)
		be_chaotic(in, task, nr, fd);
}

static void on_exit_of_call(struct task *task)
{
	regs_type regs;

	if (!task->fail)
		return;
	if (regs_get(task->pid, &regs)) {
		if (call_is_break(task->nr))
			regs.REG_FIRST = task->first;
		else
			regs.REG_RESULT = (unsigned long long)-task->fail;
		regs_set(task->pid, &regs);
	}
	task->fail = 0;
}

static void on_call(struct injector *in, struct task *task)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		task->nr = info.entry.nr;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		on_entry(in, task, info.entry.nr, info.entry.args[0]);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		on_exit_of_call(task);
}

/* ---- watching ---- */

/* @status: why @pid stopped. Lets it go on. */
static void on_stop(struct injector *in, pid_t pid, int status)
{
	struct task *task = task_of(in, pid);
	int number = WSTOPSIG(status), event = status >> 16, pass = 0;
	unsigned long child;

	/* Known from its birth on: its parent may be dead before it is first seen to stop. */
	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	     event == PTRACE_EVENT_CLONE) &&
	    ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0)
		(void)task_of(in, (pid_t)child);

	/* A child that was being born when all were killed. */
	if (too_slow || (in->killed && in->kill_tree))
		(void)kill(pid, SIGKILL);
	if (number == (SIGTRAP | 0x80)) {
		on_call(in, task);
	} else if (event == PTRACE_EVENT_STOP && number != SIGTRAP) {
		/* stopped by a signal for good: stays so until somebody continues it */
		(void)ptrace(PTRACE_LISTEN, pid, NULL, NULL);
		return;
	} else if (!event) {
		pass = number;
	}
	(void)ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)pass);
}

/* Until all have ended, or the command itself has and --leave was given. */
static void watch(struct injector *in)
{
	while (in->n > 0) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == EINTR) {
			if (too_slow) {
				tell_hanging(in);
				kill_all(in);
			}
			continue;
		}
		if (pid < 0)
			return;
		if (WIFSTOPPED(status)) {
			on_stop(in, pid, status);
			continue;
		}
		forget(in, pid);
		if (pid == in->main) {
			in->status = status;
			if (in->leave && !too_slow && !(in->killed && in->kill_tree))
				return;
		}
	}
}

/* The command waits, stopped, until it is watched. */
static pid_t start(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0) {
		(void)raise(SIGSTOP);
		(void)execvp(argv[0], argv);
		perror(argv[0]);
		_exit(125);
	}
	if (waitpid(pid, &status, WUNTRACED) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SEIZE, pid, NULL,
		   (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
				  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)) < 0) {
		(void)kill(pid, SIGKILL);
		return -1;
	}
	(void)ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	(void)kill(pid, SIGCONT);
	return pid;
}

static FILE *opened(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file) {
		perror(path);
		exit(125);
	}
	return file;
}

static int report(const struct injector *in)
{
	FILE *file = opened(in->report);

	fprintf(file, "%llu %llu %s %s\n", (unsigned long long)in->count,
		(unsigned long long)in->hit, in->hit ? call_name(in->hit_nr) : "-",
		in->hit ? in->what : "-");
	return fclose(file);
}

/* Decimal digits and nothing else. */
static uint64_t number_of(const char *text)
{
	uint64_t value = 0;

	if (!*text || strlen(text) > 18 || strspn(text, "0123456789") != strlen(text)) {
		fprintf(stderr, "inject: %s is no number\n", text);
		exit(125);
	}
	for (; *text; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

static const struct option options[] = {
	{"list", 1, NULL, 'l'},	 {"report", 1, NULL, 'r'}, {"at", 1, NULL, 'a'},
	{"kill", 1, NULL, 'k'},	 {"fail", 1, NULL, 'f'},   {"sticky", 0, NULL, 's'},
	{"short", 0, NULL, 'w'}, {"chaos", 1, NULL, 'c'},  {"timeout", 1, NULL, 't'},
	{"leave", 0, NULL, 'e'}, {"after", 1, NULL, 'u'},  {NULL, 0, NULL, 0},
};

static void after_option(struct injector *in, const char *name)
{
	in->counting = !*name;
	in->after = call_number(name);
	if (*name && in->after == UINT64_MAX) {
		fprintf(stderr, "inject: call %s is not known\n", name);
		exit(125);
	}
}

static void take_option(struct injector *in, int letter)
{
	switch (letter) {
	case 'l':
		in->list = opened(optarg);
		break;
	case 'r':
		in->report = optarg;
		break;
	case 'a':
		in->at = number_of(optarg);
		break;
	case 'k':
		in->kill_tree = !strcmp(optarg, "tree");
		in->kill_one = !in->kill_tree;
		break;
	case 'f':
		in->do_fail = true;
		in->fail = number_of(optarg);
		break;
	case 's':
		in->sticky = true;
		break;
	case 'w':
		in->is_short = true;
		break;
	case 'c':
		in->chaos = true;
		in->seed = (uint32_t)number_of(optarg) * 2654435761u + 1;
		break;
	case 't':
		(void)alarm((unsigned int)number_of(optarg));
		break;
	case 'e':
		in->leave = true;
		break;
	case 'u':
		after_option(in, optarg);
		break;
	default:
		exit(125);
	}
}

int main(int argc, char **argv)
{
	static struct injector in = {.seed = 1};
	struct sigaction action = {.sa_handler = on_alarm};
	int letter;

	after_option(&in, "umask");
	(void)sigaction(SIGALRM, &action, NULL);
	(void)alarm(60);
	while ((letter = getopt_long(argc, argv, "+", options, NULL)) != -1)
		take_option(&in, letter);
	if (optind == argc || (!CAN_CHANGE && (in.do_fail || in.is_short || in.chaos)))
		return 125;
	in.main = start(argv + optind);
	if (in.main < 0) {
		perror("inject: cannot watch a process");
		return 125;
	}
	(void)task_of(&in, in.main);
	watch(&in);
	if ((in.list && fclose(in.list) != 0) || (in.report && report(&in) < 0))
		return 125;
	if (too_slow)
		return 124;
	return WIFEXITED(in.status) ? WEXITSTATUS(in.status) : 128 + WTERMSIG(in.status);
}
