/* The thread that makes libvirt's calls, and the deadline of who waits for it.
 * Layer: virt, effects. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "virt/priv.h"

struct kn_vjob *kn_vjob_new(const char *text, const char *more, struct kn_error *err)
{
	struct kn_vjob *job = calloc(1, sizeof(*job));

	if (job) {
		job->text = text ? strdup(text) : NULL;
		job->more = more ? strdup(more) : NULL;
	}
	if (!job || (text && !job->text) || (more && !job->more)) {
		kn_vjob_free(job);
		kn_fail_nomem(err);
		return NULL;
	}
	return job;
}

void kn_vjob_free(struct kn_vjob *job)
{
	if (!job)
		return;
	kn_vnets_done(&job->nets);
	free(job->text);
	free(job->more);
	free(job);
}

/* Waits for a job or the end. Return: the job; NULL = end. */
static struct kn_vjob *take_job(struct kn_vc *vc)
{
	struct kn_vjob *job;

	pthread_mutex_lock(&vc->mutex);
	while (!vc->job && !vc->quit)
		pthread_cond_wait(&vc->changed, &vc->mutex);
	job = vc->quit ? NULL : vc->job;
	pthread_mutex_unlock(&vc->mutex);
	return job;
}

/* Return: false when nobody waits any more; then the connection is nobody's. */
static bool give_back(struct kn_vc *vc, struct kn_vjob *job)
{
	bool wanted;

	pthread_mutex_lock(&vc->mutex);
	wanted = !job->abandoned;
	job->finished = true;
	vc->job = NULL;
	pthread_cond_broadcast(&vc->changed);
	pthread_mutex_unlock(&vc->mutex);
	return wanted;
}

static void *run(void *arg)
{
	struct kn_vc *vc = arg;
	struct kn_vjob *job;

	while ((job = take_job(vc))) {
		job->result = job->work(vc, job);
		if (!give_back(vc, job))
			return NULL;
	}
	return NULL;
}

static int give_up(struct kn_vc *vc, const char *what, unsigned int timeout_s, struct kn_error *err)
{
	vc->dead = true;
	kn_fail(err, KN_ERR_SYSTEM, ETIMEDOUT, "libvirt has not answered for %u s: %s", timeout_s,
		what);
	return kn_hint(err, "is its daemon stopped? systemctl status libvirtd (or virtnetworkd)");
}

int kn_vc_do(struct kn_vc *vc, struct kn_vjob *job, unsigned int timeout_s, struct kn_error *err)
{
	struct timespec end;
	int r = 0, result;

	if (vc->dead) {
		kn_fail(err, KN_ERR_SYSTEM, 0, "%s: libvirt does not answer any more", job->what);
		kn_vjob_free(job);
		return -1;
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += (time_t)timeout_s;
	pthread_mutex_lock(&vc->mutex);
	vc->job = job;
	pthread_cond_broadcast(&vc->changed);
	while (!job->finished && r == 0)
		r = pthread_cond_timedwait(&vc->changed, &vc->mutex, &end);
	job->abandoned = !job->finished;
	pthread_mutex_unlock(&vc->mutex);
	if (job->abandoned)
		return give_up(vc, job->what, timeout_s, err);
	result = job->result;
	if (result < 0) {
		*err = job->err;
		kn_vjob_free(job);
	}
	return result;
}

/* The thread takes no signal: those that end the program wait for a moment where everything can
 * still be put back, which the main thread chooses. */
static int start_thread(struct kn_vc *vc)
{
	sigset_t all, old;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&vc->thread, NULL, run, vc);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int kn_vc_start(struct kn_vc *vc, struct kn_error *err)
{
	pthread_condattr_t attr;
	int r;

	pthread_mutex_init(&vc->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&vc->changed, &attr);
	pthread_condattr_destroy(&attr);
	r = start_thread(vc);
	return r ? kn_fail(err, KN_ERR_SYSTEM, r, "cannot start a thread for libvirt") : 0;
}

static int disconnect(struct kn_vc *vc, struct kn_vjob *job)
{
	(void)job;
	if (vc->conn)
		vc->fn.virConnectClose(vc->conn);
	return 0;
}

/* Saying goodbye is a question to the daemon as well. */
void kn_vc_stop(struct kn_vc *vc)
{
	struct kn_error ignored = {0};
	struct kn_vjob *job = vc->dead ? NULL : kn_vjob_new(NULL, NULL, &ignored);

	if (!job)
		return;
	job->work = disconnect;
	job->what = "closing the connection";
	if (kn_vc_do(vc, job, 5, &ignored) < 0)
		return;
	kn_vjob_free(job);
	pthread_mutex_lock(&vc->mutex);
	vc->quit = true;
	pthread_cond_broadcast(&vc->changed);
	pthread_mutex_unlock(&vc->mutex);
	pthread_join(vc->thread, NULL);
	pthread_cond_destroy(&vc->changed);
	pthread_mutex_destroy(&vc->mutex);
	free(vc);
}
