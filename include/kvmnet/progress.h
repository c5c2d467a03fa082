/* How far a change has come, told to whoever shows it. Layer: model, pure. */
#ifndef KVMNET_PROGRESS_H
#define KVMNET_PROGRESS_H

#include <stddef.h>

/* What a change is at, in this order; a way back may follow on any of them. */
enum kn_progress_part {
	KN_PROGRESS_FILES, /* writing the new versions */
	KN_PROGRESS_STEPS, /* of the kernel, of libvirt and of DHCP clients */
	KN_PROGRESS_CHECK, /* reading everything again; not counted */
	KN_PROGRESS_UNDO,  /* putting everything back; not counted */
	KN_PROGRESS_END,   /* nothing more is to be shown of this change: somebody else speaks */
};

/* Who is told. @tell is called often, never between the steps of a switch, and must not wait. */
struct kn_progress {
	void (*tell)(enum kn_progress_part part, size_t done, size_t total, void *arg);
	void *arg;
};

/* @progress NULL: nobody. */
static inline void kn_progress_tell(const struct kn_progress *progress, enum kn_progress_part part,
				    size_t done, size_t total)
{
	if (progress)
		progress->tell(part, done, total, progress->arg);
}

#endif
