/* Connecting to libvirt, and what its errors mean here. Layer: virt, effects. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"
#include "virt/priv.h"

/* Source: libvirt's drvqemu and drvnetwork pages: the host's own networks. */
#define URI_QEMU    "qemu:///system"
#define URI_NETWORK "network:///system"

/* Who looks at a host in trouble wants what there is, soon. */
enum { OPEN_TIMEOUT_S = 15, LOOK_TIMEOUT_S = 3 };

static void silent(void *data, virErrorPtr error)
{
	(void)data;
	(void)error;
}

/* libvirt's texts name files and users of the host. */
static void put_reason(const struct _virError *e, struct kn_buf *ret)
{
	const char *text = e && e->message ? e->message : "libvirt does not say why";

	kn_buf_put_escaped(ret, text, strcspn(text, "\n"));
}

static bool is_denied(const struct _virError *e)
{
	return e && (e->code == VIR_ERR_AUTH_FAILED || e->code == VIR_ERR_AUTH_CANCELLED ||
		     e->code == VIR_ERR_AUTH_UNAVAILABLE || e->code == VIR_ERR_ACCESS_DENIED ||
		     (e->code == VIR_ERR_SYSTEM_ERROR && (e->int1 == EACCES || e->int1 == EPERM)));
}

/* "End of file", "broken pipe": the daemon is not there any more. Source: virnetsocket.c and
 * virnetclient.c report both in the RPC domain. */
static bool is_gone(const struct _virError *e)
{
	return e && (e->code == VIR_ERR_RPC ||
		     (e->domain == VIR_FROM_RPC && e->code != VIR_ERR_NO_SUPPORT));
}

int kn_vc_code(struct kn_vc *vc)
{
	const struct _virError *e = vc->fn.virGetLastError();

	return e ? e->code : 0;
}

int kn_vc_fail(struct kn_vc *vc, const char *what, const char *name, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct _virError *e = vc->fn.virGetLastError();
	bool denied = is_denied(e), gone = is_gone(e);

	kn_buf_puts(&text, what);
	if (name) {
		kn_buf_putc(&text, ' ');
		kn_buf_put_escaped(&text, name, strnlen(name, 100));
	}
	kn_buf_puts(&text, gone ? ": the libvirt daemon ended, or closed the connection: " : ": ");
	put_reason(e, &text);
	kn_fail(err, denied ? KN_ERR_PRIVILEGE : KN_ERR_SYSTEM, 0, "%s", kn_buf_str(&text));
	if (denied)
		return kn_hint(err, "run this as root, or as a member of the group libvirt");
	if (gone)
		return kn_hint(err, "systemctl status libvirtd (or virtnetworkd) may tell why");
	return -1;
}

/* No daemon at all is not a failure of this change: nothing can be changed here that way. */
static int open_failed(struct kn_vc *vc, const char *uri, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct _virError *e = vc->fn.virGetLastError();

	put_reason(e, &text);
	if (is_denied(e)) {
		kn_fail(err, KN_ERR_PRIVILEGE, 0, "not allowed to talk to libvirt at %s: %s", uri,
			kn_buf_str(&text));
		return kn_hint(err, "run this as root, or as a member of the group libvirt");
	}
	kn_fail(err, KN_ERR_UNSUPPORTED, 0, "libvirt cannot be reached at %s: %s", uri,
		kn_buf_str(&text));
	return kn_hint(err, "is it running? systemctl start libvirtd (or virtnetworkd.socket)");
}

/* The read-only socket is everybody's, and asks nobody for a password. Source: libvirt's auth page.
 */
static virConnectPtr open_uri(struct kn_vc *vc, const char *uri)
{
	return vc->looks ? vc->fn.virConnectOpenReadOnly(uri) : vc->fn.virConnectOpen(uri);
}

/* Job: .text = the URI, NULL = the usual two. The first one's error counts. */
static int connect_to(struct kn_vc *vc, struct kn_vjob *job)
{
	if (vc->fn.virInitialize() < 0)
		return kn_vc_fail(vc, "starting libvirt", NULL, &job->err);
	vc->fn.virSetErrorFunc(NULL, silent);
	vc->conn = open_uri(vc, job->text ? job->text : URI_QEMU);
	if (vc->conn)
		return 0;
	open_failed(vc, job->text ? job->text : URI_QEMU, &job->err);
	if (job->text || job->err.kind == KN_ERR_PRIVILEGE)
		return -1;
	vc->conn = open_uri(vc, URI_NETWORK);
	return vc->conn ? 0 : -1;
}

static void virt_close(struct kn_virt *self)
{
	kn_vc_stop((struct kn_vc *)self);
}

static int start(struct kn_vc *vc, const char *uri, struct kn_error *err)
{
	struct kn_vjob *job;

	if (kn_libvirt_load(&vc->fn, err) < 0)
		return -1;
	job = kn_vjob_new(uri, NULL, err);
	if (!job)
		return -1;
	job->work = connect_to;
	job->what = "connecting";
	if (kn_vc_start(vc, err) < 0) {
		kn_vjob_free(job);
		return -1;
	}
	if (kn_vc_do(vc, job, vc->looks ? LOOK_TIMEOUT_S : OPEN_TIMEOUT_S, err) < 0) {
		kn_vc_stop(vc);
		return 1;
	}
	kn_vjob_free(job);
	return 0;
}

static int open_vc(const char *uri, bool looks, struct kn_virt **ret, struct kn_error *err)
{
	struct kn_vc *vc = calloc(1, sizeof(*vc));
	int r;

	if (!vc)
		return kn_fail_nomem(err);
	vc->virt = (struct kn_virt){
		.snapshot = kn_vc_snapshot, .exec = kn_vc_exec, .close = virt_close};
	vc->looks = looks;
	r = start(vc, uri, err);
	if (r < 0)
		free(vc); /* its thread never ran */
	if (r)
		return -1;
	*ret = &vc->virt;
	return 0;
}

int kn_virt_open(const char *uri, struct kn_virt **ret, struct kn_error *err)
{
	return open_vc(uri, false, ret, err);
}

int kn_virt_look(struct kn_virt **ret, struct kn_error *err)
{
	return open_vc(NULL, true, ret, err);
}
