/* Fuzz target: any bytes come out of the ifcfg codec as they went in; an edit is read back as it
 * was written, also after parsing the result again, and touches no other key.
 * Layer: tests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ifcfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

static const char *const keys[] = {"A", "DEVICE", "IPADDR", "TYPE"};

static void require_same(struct kn_ifcfg *a, struct kn_ifcfg *b, const char *key)
{
	struct kn_error err = {0};
	const char *x = NULL, *y = NULL;
	int ra = kn_ifcfg_get(a, key, &x, &err), rb = kn_ifcfg_get(b, key, &y, &err);

	REQUIRE(ra == rb);
	REQUIRE(ra < 0 || (!x && !y) || (x && y && !strcmp(x, y)));
	REQUIRE(kn_ifcfg_count(a, key) == kn_ifcfg_count(b, key));
	REQUIRE(kn_ifcfg_line(a, key) == kn_ifcfg_line(b, key));
}

/* What was edited and what a fresh reading of its text says are the same. */
static void require_reparse(struct kn_ifcfg *file)
{
	struct kn_buf text = KN_BUF_INIT;
	struct kn_error err = {0};
	struct kn_ifcfg *again;

	kn_ifcfg_emit(file, &text);
	REQUIRE(!text.failed);
	REQUIRE(kn_ifcfg_parse("f", kn_buf_str(&text), text.len, &again, &err) == 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		require_same(file, again, keys[i]);
	kn_ifcfg_free(again);
	kn_buf_done(&text);
}

static void edit(struct kn_ifcfg *file, const char *key, const char *value, const char *after)
{
	struct kn_error err = {0};
	const char *got = NULL;

	if (kn_ifcfg_set(file, key, value, after, &err) < 0) {
		REQUIRE(err.kind == KN_ERR_HOSTFILE || err.kind == KN_ERR_INPUT);
		return;
	}
	REQUIRE(kn_ifcfg_get(file, key, &got, &err) == 0);
	REQUIRE(!strcmp(got ? got : "", value));
	require_reparse(file);
}

static int count_key(const char *key, void *arg)
{
	(void)key;
	++*(size_t *)arg;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kn_buf out = KN_BUF_INIT;
	struct kn_error err = {0};
	struct kn_ifcfg *file;
	char value[32] = "";
	size_t count = 0;

	REQUIRE(kn_ifcfg_parse("f", (const char *)data, size, &file, &err) == 0);
	kn_ifcfg_emit(file, &out);
	REQUIRE(out.len == size && (!size || !memcmp(out.data, data, size)));
	kn_buf_done(&out);
	require_reparse(file);
	(void)kn_ifcfg_each_key(file, count_key, &count);
	REQUIRE(count <= size);

	if (size)
		memcpy(value, data, size < sizeof(value) - 1 ? size : sizeof(value) - 1);
	edit(file, "A", value, NULL);
	edit(file, "IPADDR", "192.0.2.1", "DEVICE");
	edit(file, "TYPE", "Bridge", NULL);
	edit(file, "A", "it's $x", "IPADDR");
	if (kn_ifcfg_unset(file, "DEVICE", &err) == 0)
		REQUIRE(!kn_ifcfg_has(file, "DEVICE"));
	require_reparse(file);
	kn_ifcfg_free(file);
	return 0;
}
