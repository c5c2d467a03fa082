/* Fuzz target: a journal that is taken is written again with the same bytes; whatever else comes in
 * is refused. Bytes without a right sum get one, so that not only the sum is tried.
 * Layer: tests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sys/journal_fmt.h"
#include "sys/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

static void try_one(const char *data, size_t size)
{
	struct kn_buf out = KN_BUF_INIT;
	struct kn_error err = {0};
	struct kn_journal journal;

	if (kn_journal_decode(data, size, &journal, &err) < 0) {
		REQUIRE(err.kind == KN_ERR_HOSTFILE && err.message[0]);
		return;
	}
	kn_journal_encode(&out, &journal);
	REQUIRE(!out.failed && out.len == size && !memcmp(out.data, data, size));
	kn_buf_done(&out);
	kn_journal_done(&journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kn_buf summed = KN_BUF_INIT;
	const char *text = (const char *)data;
	size_t len = size;

	try_one(text, size);
	/* A sum of its own takes the place of the one that the bytes end in. */
	if (len >= KN_REC_SUM_LEN && !memcmp(text + len - KN_REC_SUM_LEN, "sum ", 4))
		len -= KN_REC_SUM_LEN;
	kn_buf_put(&summed, text, len);
	kn_rec_put_sum(&summed, 0);
	REQUIRE(!summed.failed);
	try_one(summed.data, summed.len);
	kn_buf_done(&summed);
	return 0;
}
