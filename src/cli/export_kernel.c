/* Links that only the kernel has, named in an exported file. Layer: cli, pure.
 * A section for one would not be what is there: applied, it would make files for it. */
#include <stdlib.h>

#include "cli/export.h"
#include "cli/unwritten.h"
#include "kvmnet/text.h"

int kn_export_unwritten(const struct kn_state *state, const struct kn_vnets *nets,
			struct kn_buf *ret, struct kn_error *err)
{
	const struct kn_link **list = NULL;
	size_t n = 0;

	if (kn_unwritten_find(state, nets, &list, &n, err) < 0)
		return -1;
	if (n)
		kn_buf_puts(ret,
			    "\n# Links that run, but are in no file, and so not in this one: "
			    "applied, it would make\n# files for them. They are kept as they are. "
			    "kvmnet export --no-persist has them.\n");
	for (size_t i = 0; i < n; i++) {
		kn_buf_puts(ret, "#   ");
		kn_text_name(ret, &list[i]->name);
		kn_buf_printf(ret, " (%s)\n", kn_unwritten_word(list[i]));
	}
	free(list);
	return kn_buf_check(ret, err);
}
