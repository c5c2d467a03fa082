/* The table of system calls. One that is missing here is a point for kills all the same, and never
 * fails. Source of the errors: the manual page of each call, section 2. Layer: tests. */
#include "inject_calls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Kinds of calls that fail alike. Errors that pass by themselves (EINTR, EAGAIN) stand last, behind
 * a 0: they are no lasting ones. */
enum kind {
	NEVER,
	OPEN,
	READ,
	WRITE,
	SYNC,
	NAMES,
	META,
	SOCKET,
	MESSAGE,
	PROCESS,
	MEMORY,
	LOOK,
	LOCK,
	OTHER
};

static const int errors[][12] = {
	[NEVER] = {0},
	[OPEN] = {EIO, EMFILE, ENOSPC, EACCES, EDQUOT, EROFS, ENOMEM, EPERM, ENFILE, 0, EINTR},
	[READ] = {EIO, 0, EINTR},
	[WRITE] = {EIO, ENOSPC, EDQUOT, 0, EINTR},
	[SYNC] = {EIO, ENOSPC, EDQUOT, 0},
	[NAMES] = {EIO, ENOSPC, EROFS, EACCES, EDQUOT, EPERM, EBUSY, ENOMEM, 0},
	[META] = {EPERM, EIO, EROFS, ENOSPC, EDQUOT, 0},
	[SOCKET] = {EMFILE, ENOMEM, EPERM, ENOBUFS, 0},
	[MESSAGE] = {ENOBUFS, ENOMEM, 0, EINTR},
	[PROCESS] = {ENOMEM, 0, EAGAIN},
	[MEMORY] = {ENOMEM, 0},
	[LOOK] = {EIO, EACCES, ENOMEM, 0},
	[LOCK] = {ENOLCK, 0, EINTR},
	[OTHER] = {EPERM, ENOMEM, EBUSY, 0},
};

static const struct {
	uint64_t nr;
	const char *name;
	enum kind kind;
} calls[] = {
#define CALL(name, kind) {SYS_##name, #name, kind},
#ifdef SYS_open
	CALL(open, OPEN)
#endif
#ifdef SYS_rename
		CALL(rename, NAMES) CALL(link, NAMES) CALL(unlink, NAMES) CALL(mkdir, NAMES) CALL(
			rmdir, NAMES) CALL(symlink, NAMES) CALL(renameat,
								NAMES) CALL(stat, LOOK) CALL(lstat,
											     LOOK)
			CALL(access, LOOK) CALL(readlink, LOOK) CALL(fork, PROCESS) CALL(
				vfork,
				PROCESS) CALL(pipe, SOCKET) CALL(poll, NEVER) CALL(chmod,
										   META) CALL(chown,
											      META)
#endif
				CALL(openat, OPEN) CALL(openat2, OPEN) CALL(read, READ) CALL(
					pread64, READ) CALL(getdents64,
							    READ) CALL(write, WRITE) CALL(pwrite64,
											  WRITE)
					CALL(writev, WRITE) CALL(ftruncate, WRITE) CALL(
						copy_file_range,
						WRITE) CALL(sendfile, WRITE) CALL(fsync, SYNC)
						CALL(fdatasync, SYNC) CALL(syncfs, SYNC) CALL(
							renameat2, NAMES) CALL(linkat,
									       NAMES) CALL(unlinkat,
											   NAMES)
							CALL(mkdirat, NAMES) CALL(
								symlinkat, NAMES) CALL(fchmod, META)
								CALL(fchmodat, META) CALL(
									fchown,
									META) CALL(fchownat, META)
									CALL(fsetxattr, META) CALL(
										setxattr, META)
										CALL(fremovexattr,
										     META)
											CALL(utimensat,
											     META)
												CALL(flistxattr, META) CALL(fgetxattr, META) CALL(socket, SOCKET) CALL(bind, SOCKET) CALL(pipe2, SOCKET) CALL(eventfd2, SOCKET) CALL(timerfd_create, SOCKET) CALL(epoll_create1, SOCKET) CALL(dup, SOCKET) CALL(dup3, SOCKET) CALL(memfd_create,
																																								   SOCKET) CALL(signalfd4, SOCKET) CALL(socketpair,
																																													SOCKET) CALL(connect,
																																														     OTHER) CALL(sendmsg, MESSAGE) CALL(sendto, MESSAGE) CALL(recvmsg, MESSAGE) CALL(recvfrom, MESSAGE) CALL(clone,
																																																											     PROCESS) CALL(clone3,
																																																													   PROCESS) CALL(execve,
																																																															 PROCESS) CALL(mmap,
																																																																       MEMORY) CALL(brk,
																																																																		    MEMORY) CALL(mremap, MEMORY) CALL(newfstatat,
																																																																						      LOOK) CALL(fstat, LOOK) CALL(statx, LOOK) CALL(faccessat, LOOK) CALL(faccessat2,
																																																																															   LOOK) CALL(readlinkat, LOOK) CALL(statfs, LOOK) CALL(fstatfs,
																																																																																						LOOK) CALL(flock,
																																																																																							   LOCK) CALL(fcntl,
																																																																																								      NEVER) CALL(ioctl,
																																																																																										  OTHER) CALL(bpf,
																																																																																											      OTHER) CALL(setsockopt,
																																																																																													  OTHER) CALL(getsockopt,
																																																																																														      OTHER) CALL(getsockname,
																																																																																																  OTHER) CALL(timerfd_settime, NEVER) CALL(ppoll, NEVER) CALL(close, NEVER) CALL(umask, NEVER) CALL(lseek,
																																																																																																												    NEVER) CALL(munmap,
																																																																																																														NEVER) CALL(mprotect,
																																																																																																															    NEVER) CALL(getpid, NEVER) CALL(kill,
																																																																																																																			    NEVER) CALL(wait4,
																																																																																																																					NEVER) CALL(rt_sigaction,
																																																																																																																						    NEVER) CALL(rt_sigprocmask,
																																																																																																																								NEVER) CALL(rt_sigpending,
																																																																																																																									    NEVER) CALL(rt_sigtimedwait,
																																																																																																																											NEVER)
													CALL(rt_sigreturn, NEVER) CALL(getrandom, NEVER) CALL(clock_nanosleep, NEVER) CALL(
														nanosleep,
														NEVER) CALL(setsid,
															    NEVER) CALL(chdir, NEVER)
														CALL(exit_group,
														     NEVER) CALL(exit,
																 NEVER) CALL(geteuid, NEVER)
															CALL(getuid, NEVER) CALL(
																prctl,
																NEVER) CALL(capget,
																	    NEVER)
																CALL(futex, NEVER) CALL(
																	uname,
																	NEVER)
																	CALL(getppid,
																	     NEVER)
#undef CALL
};

static enum kind kind_of(uint64_t nr)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i].nr == nr)
			return calls[i].kind;
	return NEVER;
}

const char *call_name(uint64_t nr)
{
	static char other[32];

	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i].nr == nr)
			return calls[i].name;
	(void)snprintf(other, sizeof(other), "call-%llu", (unsigned long long)nr);
	return other;
}

uint64_t call_number(const char *name)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].nr;
	return UINT64_MAX;
}

bool call_can_fail(uint64_t nr, uint64_t fd)
{
	enum kind kind = kind_of(nr);

	return kind != NEVER && (kind != WRITE || fd > 2);
}

int call_errno(uint64_t nr, uint32_t i, bool sticky)
{
	const int *list = errors[kind_of(nr)];
	uint32_t n = 0, passing = 0;

	while (list[n])
		n++;
	while (!sticky && n + 1 + passing < COUNT(errors[0]) && list[n + 1 + passing])
		passing++;
	if (n + passing == 0)
		return 0;
	i %= n + passing;
	return i < n ? list[i] : list[i + 1];
}

bool call_is_write(uint64_t nr)
{
	return nr == SYS_write || nr == SYS_pwrite64;
}

bool call_is_break(uint64_t nr)
{
	return nr == SYS_brk;
}
