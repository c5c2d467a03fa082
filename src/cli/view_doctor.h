/* What doctor and explain print. Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_DOCTOR_H
#define KVMNET_CLI_VIEW_DOCTOR_H

#include "cli/view.h"
#include "kvmnet/doctor.h"

/* Findings with consequence and fix, what could not be looked at, and a line of sums. */
int kn_view_doctor(const struct kn_symptoms *found, const struct kn_evidence *evidence,
		   const struct kn_view_opts *opts, struct kn_buf *ret,
		   struct kn_error *err) KN_NODISCARD;
/* "kvmnet.doctor/1": findings[], unread[], counts. */
int kn_view_doctor_json(const struct kn_symptoms *found, const struct kn_evidence *evidence,
			const struct kn_view_opts *opts, struct kn_buf *ret,
			struct kn_error *err) KN_NODISCARD;
/* One rule in full; as JSON "kvmnet.explain/1". */
int kn_view_check(const struct kn_check *check, const struct kn_view_opts *opts, bool json,
		  struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
