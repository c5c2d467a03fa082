/* One change as the journal and the history keep it: its lists.
 * Layer: model, pure. */
#include "kvmnet/journal.h"

#include <stdlib.h>

#include "kvmnet/buf.h"

static void file_done(struct kn_jfile *file)
{
	for (size_t i = 0; i < file->n_xattrs; i++) {
		free(file->xattrs[i].name);
		free(file->xattrs[i].value);
	}
	free(file->xattrs);
	free(file->path);
	free(file->before);
	free(file->after);
}

void kn_journal_done(struct kn_journal *journal)
{
	for (size_t i = 0; i < journal->n_files; i++)
		file_done(&journal->files[i]);
	for (size_t i = 0; i < journal->n_nets; i++) {
		free(journal->nets[i].name);
		free(journal->nets[i].xml);
		free(journal->nets[i].after);
	}
	free(journal->files);
	free(journal->nets);
	free(journal->made);
	free(journal->command);
	free(journal->uri);
	kn_names_done(&journal->scope);
	kn_names_done(&journal->dhcp);
	kn_facts_done(&journal->live);
	*journal = (struct kn_journal){0};
}

struct kn_jfile *kn_journal_add_file(struct kn_journal *journal, struct kn_error *err)
{
	if (kn_grow(&journal->files, &journal->cap_files, journal->n_files + 1,
		    sizeof(*journal->files), err) < 0)
		return NULL;
	return &journal->files[journal->n_files++];
}

struct kn_jlink *kn_journal_add_made(struct kn_journal *journal, struct kn_error *err)
{
	if (kn_grow(&journal->made, &journal->cap_made, journal->n_made + 1, sizeof(*journal->made),
		    err) < 0)
		return NULL;
	return &journal->made[journal->n_made++];
}

struct kn_jnet *kn_journal_add_net(struct kn_journal *journal, struct kn_error *err)
{
	if (kn_grow(&journal->nets, &journal->cap_nets, journal->n_nets + 1, sizeof(*journal->nets),
		    err) < 0)
		return NULL;
	return &journal->nets[journal->n_nets++];
}
