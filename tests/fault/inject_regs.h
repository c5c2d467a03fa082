/* The registers of a watched process: the one thing that differs between machines. Layer: tests,
 * effects. */
#ifndef KVMNET_TESTS_INJECT_REGS_H
#define KVMNET_TESTS_INJECT_REGS_H

#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/user.h>

#if defined(__x86_64__)
#define CAN_CHANGE true
typedef struct user_regs_struct regs_type;
#define REG_CALL   orig_rax
#define REG_RESULT rax
#define REG_FIRST  rdi
#define REG_LENGTH rdx
#else
#define CAN_CHANGE false
typedef struct {
	unsigned long long call, result, first, length;
} regs_type;
#define REG_CALL   call
#define REG_RESULT result
#define REG_FIRST  first
#define REG_LENGTH length
#endif

static bool regs_get(pid_t pid, regs_type *regs)
{
	return CAN_CHANGE && ptrace(PTRACE_GETREGS, pid, NULL, regs) == 0;
}

/* A process that was killed meanwhile has none. */
static void regs_set(pid_t pid, const regs_type *regs)
{
	(void)ptrace(PTRACE_SETREGS, pid, NULL, regs);
}

#endif
