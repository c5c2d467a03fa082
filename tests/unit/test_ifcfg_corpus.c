/* The corpus of ifcfg files: every one comes out of the codec as it went in, and is refused in
 * whole, in part or not at all, as the first word of its name says (file-, key-, ok-). Layer:
 * tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "codec/ifcfg.h"

static int probe(const char *key, void *arg)
{
	struct kn_ifcfg *file = ((void **)arg)[0];
	unsigned int *count = ((void **)arg)[1];
	struct kn_error err = {0};
	const char *value;

	count[kn_ifcfg_get(file, key, &value, &err) < 0]++;
	return 0;
}

static void check_class(const char *name, struct kn_ifcfg *file)
{
	unsigned int count[2] = {0, 0};
	void *arg[] = {file, count};
	struct kn_error err = {0};
	const char *value;
	bool poisoned = kn_ifcfg_get(file, "UNRELATED", &value, &err) < 0;

	(void)kn_ifcfg_each_key(file, probe, arg);
	if (!strncmp(name, "file-", 5) ? !poisoned : poisoned)
		fail_msg("%s: %s", name, poisoned ? err.message : "not refused as a whole");
	if (!strncmp(name, "key-", 4) && count[1] == 0)
		fail_msg("%s: no key is refused", name);
	if (!strncmp(name, "ok-", 3) && count[1] > 0)
		fail_msg("%s: %u keys are refused", name, count[1]);
}

static void check_corpus_file(const char *name)
{
	static char data[65536];
	char path[4096];
	struct kn_buf buf = KN_BUF_INIT;

	snprintf(path, sizeof(path), KVMNET_SOURCE_DIR "/tests/corpus/ifcfg/%s", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t len = fread(data, 1, sizeof(data), f);
	fclose(f);
	assert_true(len < sizeof(data));
	struct kn_error err = {0};
	struct kn_ifcfg *file = NULL;
	assert_int_equal(kn_ifcfg_parse(name, data, len, &file, &err), 0);
	kn_ifcfg_emit(file, &buf);
	if (buf.len != len || (len && memcmp(buf.data, data, len) != 0))
		fail_msg("%s does not come out as it went in", name);
	check_class(name, file);
	kn_buf_done(&buf);
	kn_ifcfg_free(file);
}

static void every_corpus_file_comes_out_as_it_went_in(void **state)
{
	DIR *dir = opendir(KVMNET_SOURCE_DIR "/tests/corpus/ifcfg");
	unsigned int count = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		check_corpus_file(e->d_name);
		count++;
	}
	closedir(dir);
	assert_true(count >= 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_corpus_file_comes_out_as_it_went_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
