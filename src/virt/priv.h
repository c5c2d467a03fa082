/* One connection to libvirt, and the thread that talks to it. Private to src/virt/. */
#ifndef KVMNET_VIRT_PRIV_H
#define KVMNET_VIRT_PRIV_H

#include <pthread.h>

#include "virt/abi.h"
#include "virt/virt.h"

/* libvirt's calls block for as long as the daemon likes: a stopped one would hold kvmnet, and the
 * host in the middle of a change, for ever. So a thread makes them, and who waits has a deadline;
 * after it the connection is given up, and the thread with what it was working on is left alone.
 */
struct kn_vc {
	struct kn_virt virt; /* first member: the participant */
	struct kn_libvirt fn;
	virConnectPtr conn; /* the thread's */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct kn_vjob *job; /* handed to the thread; NULL = none */
	bool quit;	     /* the thread shall end */
	bool looks;	     /* read-only, and in a hurry */
	bool dead;	     /* a deadline has passed: nobody touches the connection any more */
};

/* One piece of work. On the heap: it may outlive who waits for it. */
struct kn_vjob {
	/* Works in the thread. Everything it needs is in the job. */
	int (*work)(struct kn_vc *vc, struct kn_vjob *job);
	const char *what; /* static, for messages: "starting the network" */
	int result;
	bool finished, abandoned;
	struct kn_error err;
	char *text, *more; /* owned input strings, or NULL */
	struct kn_op op;   /* strings point to .text and .more */
	struct kn_virt_request req;
	struct kn_vnets nets; /* output of a snapshot */
};

/* Return: new, zeroed, with copies of the strings (each may be NULL); NULL with *err. */
struct kn_vjob *kn_vjob_new(const char *text, const char *more, struct kn_error *err);
void kn_vjob_free(struct kn_vjob *job);
/* Lets the thread do @job and waits up to @timeout_s. Return: 0, @job is the caller's again; -1,
 * and then @job is freed or left to the thread. */
int kn_vc_do(struct kn_vc *vc, struct kn_vjob *job, unsigned int timeout_s,
	     struct kn_error *err) KN_NODISCARD;
/* Starts the thread. Return: 0; -1. */
int kn_vc_start(struct kn_vc *vc, struct kn_error *err) KN_NODISCARD;
/* Closes the connection, ends the thread and frees @vc; a dead one is left to the end of the
 * process. */
void kn_vc_stop(struct kn_vc *vc);

/* Loads the library into *ret. Return: 0; -1 with KN_ERR_UNSUPPORTED. */
int kn_libvirt_load(struct kn_libvirt *ret, struct kn_error *err) KN_NODISCARD;

/* The number of libvirt's last error of this thread, 0 = none. */
int kn_vc_code(struct kn_vc *vc);
/* Records libvirt's last error of this thread: "@what NAME: why". @param name or NULL.
 * Return: -1. */
int kn_vc_fail(struct kn_vc *vc, const char *what, const char *name, struct kn_error *err);

/* The vtable's functions. */
int kn_vc_snapshot(struct kn_virt *self, const struct kn_virt_request *req, struct kn_vnets *ret,
		   struct kn_error *err);
int kn_vc_exec(struct kn_virt *self, const struct kn_op *ops, size_t n, bool *ret_done,
	       struct kn_error *err);

#endif
