/* The disk and the host's processes: root directory, lock, atomic multi-file change, originals,
 * what software runs. Layer: sys, effects. Paths are absolute as the host sees them; --root is
 * resolved here, and nothing here ever leaves it. */
#ifndef KVMNET_SYS_H
#define KVMNET_SYS_H

#include <signal.h>

#include "kvmnet/buf.h"
#include "kvmnet/journal.h"
#include "kvmnet/plan.h"
#include "kvmnet/wiring.h"

#define KN_STATE_DIR "/var/lib/kvmnet"
#define KN_FILE_MAX  (64 * 1024) /* bytes; a configuration file over it is refused */

struct kn_root; /* opaque: an open root directory */

/* Opens @dir (NULL = "/"). Return: 0, new; -1 with KN_ERR_INPUT/SYSTEM. */
int kn_root_open(const char *dir, struct kn_root **ret, struct kn_error *err) KN_NODISCARD;
void kn_root_close(struct kn_root *root);
bool kn_root_is_host(const struct kn_root *root); /* it is "/" */
/* Who is told of the files that kn_tx_begin() writes; NULL: nobody. Borrowed. */
void kn_root_set_progress(struct kn_root *root, const struct kn_progress *progress);

/* Reads a whole regular file, symlinks resolved inside the root. Absent: *ret_present = false.
 * FIFO, device, directory, over @max bytes: KN_ERR_HOSTFILE. Return: 0; -1. */
int kn_root_read(struct kn_root *root, const char *path, size_t max, struct kn_buf *ret,
		 bool *ret_present, struct kn_error *err) KN_NODISCARD;
/* Exists (following links inside the root)? */
bool kn_root_exists(struct kn_root *root, const char *path);
/* A look (kn_root_exists() and the like) that failed for another reason than absence says "no", and
 * is remembered. Return: 0; -1 with the first one: what was planned on it must not be done. */
int kn_root_sure(const struct kn_root *root, struct kn_error *err) KN_NODISCARD;
void kn_root_doubt(struct kn_root *root, int code, const char *path);
/* Names in a directory, sorted; *ret_exists = false when there is none. */
int kn_root_list(struct kn_root *root, const char *dir, struct kn_strv *ret, bool *ret_exists,
		 struct kn_error *err) KN_NODISCARD;

/* Loads every file of the backend's directory (those .is_ours) and /etc/resolv.conf into *ret.
 * A file that cannot be loaded is an error only when it concerns one of @names by its file name
 * (suffix); others are left out, and noted in ->unread. Return: 0; -1. */
int kn_tree_load(struct kn_root *root, const struct kn_backend *backend,
		 const struct kn_names *names, struct kn_tree *ret,
		 struct kn_error *err) KN_NODISCARD;

/* ---- lock ---- */

struct kn_lock;

/* Takes the exclusive lock (KN_STATE_DIR/lock, made if missing, mode 0700 dir, never unlinked),
 * waiting up to @timeout_ms. Return: 0; -1 with KN_ERR_BUSY naming the holder's pid and its change,
 * KN_ERR_PRIVILEGE or KN_ERR_SYSTEM. */
int kn_lock_take(struct kn_root *root, uint32_t timeout_ms, struct kn_lock **ret,
		 struct kn_error *err) KN_NODISCARD;
void kn_lock_release(struct kn_lock *lock);

/* What its holder does, for those who are refused. */
struct kn_lock_note {
	uint32_t number;      /* of the change */
	uint64_t since_ms;    /* CLOCK_BOOTTIME: begun, or pending */
	uint64_t deadline_ms; /* CLOCK_BOOTTIME; 0 = it is being made, else it is pending */
	const char *command;  /* borrowed; the command line, for people */
};

/* Writes it into the lock file, instead of the note before. Best effort: a message loses detail.
 * Only its number outlives the lock. */
void kn_lock_note(struct kn_lock *lock, const struct kn_lock_note *note);
/* The number of the last change that was noted, whatever became of it; 0 = not known. */
uint32_t kn_lock_number(struct kn_root *root);
/* Is anybody changing this host now? Asked without the lock. */
bool kn_lock_is_held(struct kn_root *root);

/* ---- transaction over files ---- */

struct kn_tx;

/* Everything fallible, without effect on any target: checks that every target still has its
 * .before bytes (else KN_ERR_SYSTEM "changed underneath"), is a regular file and no mount point,
 * makes directories (@make_dirs), completes @journal (.number, and .files with the records of
 * originals) and writes it durably as KN_STATE_DIR/journal, writes the new versions beside the
 * targets (.kvmnet-nN~, with owner, mode, ACL, xattrs of the old file; 0644 root for new ones;
 * fsync), links the old ones (.kvmnet-oN~).
 * @files, @root and @journal are borrowed until kn_tx_free(). Without files the journal is written
 * all the same when it has a live or a libvirt part; else nothing is.
 * Return: 0, new; -1 with nothing left behind. */
int kn_tx_begin(struct kn_root *root, const struct kn_filechgs *files, bool make_dirs,
		struct kn_journal *journal, struct kn_tx **ret, struct kn_error *err) KN_NODISCARD;
/* Puts the records of originals, then the new versions in place (rename, unlink), with fsync.
 * Return: 0; -1 and then kn_tx_undo() is due. */
int kn_tx_apply(struct kn_tx *tx, struct kn_error *err) KN_NODISCARD;
/* kn_journal_undo() for this change; needs no new disk blocks where links worked. The journal stays
 * until kn_tx_discard(), so that a process that dies in between is followed by recovery.
 * Return: 0 when all are old again; -1 with KN_ERR_INCOMPLETE naming the rest. */
int kn_tx_undo(struct kn_tx *tx, struct kn_strv *ret_conflicts, struct kn_error *err) KN_NODISCARD;
/* All of the change is undone, files and the rest: ends the journal. */
int kn_tx_discard(struct kn_tx *tx, struct kn_error *err) KN_NODISCARD;
/* The change is final: renames journal to journal.done, durably. Return: 0; -1 and then
 * kn_tx_undo() is due. */
int kn_tx_commit(struct kn_tx *tx, struct kn_error *err) KN_NODISCARD;
/* After the commit: archives the journal into the history, drops all but KN_HISTORY_KEEP, removes
 * the temporary names. Best effort: the next change does what is left. */
void kn_tx_finish(struct kn_tx *tx);
/* Removes the temporary files of a change whose process died from @dir and from KN_STATE_DIR. For
 * the holder of the lock, when no journal is open: they are what undo needs.
 * Best effort: a change of files sweeps its own directories all the same. */
void kn_tx_sweep_left(struct kn_root *root, const char *dir);
void kn_tx_free(struct kn_tx *tx); /* NULL is fine; removes nothing */

/* The records of originals. An unreadable store is an error, a missing one is empty. Without
 * root the store cannot be read: KN_ERR_PRIVILEGE. A damaged record: KN_ERR_HOSTFILE. */
int kn_origins_load(struct kn_root *root, struct kn_origins *ret,
		    struct kn_error *err) KN_NODISCARD;

/* ---- signals ---- */

/* Lets signals that end or stop the program wait. @param ret_old for kn_signals_release(). */
void kn_signals_hold(sigset_t *ret_old);
/* What a signal is called, for people. Return: static, or strsignal(3)'s. */
const char *kn_signal_name(int number);
/* Takes a waiting request to end. Return: its number, 0 = there is none. */
int kn_signals_take(void);
/* A descriptor that is readable while such a request waits; take it with kn_signals_take().
 * Return: fd, the caller's; -1 with errno. */
int kn_signals_open(void);
/* What still waits is delivered now. */
void kn_signals_release(const sigset_t *old);

/* ---- SSH session ---- */

/* SSH_CONNECTION of the nearest process above this one that was started with it, appended to @ret.
 * Return: true; false when none was, or none may be looked at. */
bool kn_ssh_of_ancestors(struct kn_buf *ret);
/* Some connection to port 22 of one of the addresses in @facts. Where not even the ancestors tell
 * which session this is (screen and tmux), it may be that one. */
bool kn_ssh_established(const struct kn_facts *facts, struct kn_ip *ret_local,
			struct kn_ip *ret_peer);

/* ---- host ---- */

/* What software is installed and enabled under the root; what runs, only when it is the host. */
int kn_host_probe(struct kn_root *root, bool live, struct kn_host *ret,
		  struct kn_error *err) KN_NODISCARD;
/* Tells this machine from its clones, for addresses that are made up: from /etc/machine-id, 0 where
 * there is none (yet). Source: machine-id(5). */
int kn_host_seed(struct kn_root *root, uint64_t *ret, struct kn_error *err) KN_NODISCARD;
/* The firewall rules that name one of @names: nft or iptables-save is run where the kernel has
 * rules. What cannot be asked in two seconds is not known. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_firewall_probe(const struct kn_names *names, struct kn_facts *facts,
		      struct kn_error *err) KN_NODISCARD;
/* All rules as text: nft's list, and iptables-save and ip6tables-save where nft does not show
 * theirs or is not there; "" = the kernel has none. Asking needs root. Return: true; false when
 * some could not be read, and nothing is to be concluded. */
bool kn_firewall_text(struct kn_buf *nft, struct kn_buf *save4, struct kn_buf *save6);
/* Which running daemon owns each of @names (read from /run; nothing is asked over D-Bus). */
int kn_owners_probe(struct kn_root *root, const struct kn_names *names, struct kn_facts *facts,
		    struct kn_error *err) KN_NODISCARD;

/* The version of the libvirt installed under the root, KN_LIBVIRT() form; 0 = none was found. */
uint32_t kn_libvirt_found(struct kn_root *root);
/* Does a daemon of it run now? Asking does not start one. */
bool kn_libvirt_runs(struct kn_root *root);

/* ---- guests ---- */

/* Adds the NICs of every QEMU in this network namespace. Other users' processes are root's to look
 * at: then ->hidden is set. Return: 0; -1. */
int kn_guests_find(struct kn_guests *ret, struct kn_error *err) KN_NODISCARD;

/* ---- DHCP clients ---- */

/* Finds client processes of this network namespace serving one of @names: facts->clients. */
int kn_dhcp_find(const struct kn_names *names, struct kn_facts *facts,
		 struct kn_error *err) KN_NODISCARD;
/* Executes one DHCP_* operation. @client: the process found (DHCP_MOVE, DHCP_STOP), or NULL. */
int kn_dhcp_exec(struct kn_root *root, const struct kn_op *op, const struct kn_dhcp_client *client,
		 struct kn_error *err) KN_NODISCARD;

#endif
