/* Files of ours, understood, and the change they ask for. Layer: cli. */
#ifndef KVMNET_CLI_INI_JOB_H
#define KVMNET_CLI_INI_JOB_H

#include "cli/ini_spec.h"
#include "cli/run.h"

struct kn_job {
	struct kn_ini ini;	 /* owned */
	struct kn_errors faults; /* owned */
	struct kn_parts parts;	 /* owned */
	struct kn_spec *specs;	 /* owned; what hangs on them is the parts' */
	size_t n;
	struct kn_strv titles;	   /* owned: the specs' .asked_at */
	struct kn_names unplanned; /* owned: links whose sections are wrong */
	bool stacked;		   /* there are bonds or VLANs */
};

void kn_job_done(struct kn_job *job);
/* Reads a file, a folder of files or standard input ("-"). Return: 0, also with faults; -1. */
int kn_job_load(const char *path, struct kn_job *job, struct kn_error *err) KN_NODISCARD;
/* Makes sections of what was read; every fault becomes an entry of job->faults. Return: 0, also
 * with faults; -1. */
int kn_job_understand(const struct kn_run *run, struct kn_job *job,
		      struct kn_error *err) KN_NODISCARD;
/* Makes faults that were found on the host faults of the file, where they are about a section.
 * Return: 0; -1 with KN_ERR_NOMEM. */
int kn_job_tell(struct kn_job *job, const struct kn_errors *found,
		struct kn_error *err) KN_NODISCARD;
/* Makes *how the change of all sections: links from the bottom up, then options of ports, then what
 * guests connect to. It borrows from @job. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_job_specs(struct kn_spec *how, struct kn_job *job, struct kn_error *err) KN_NODISCARD;

#endif
