/* Bench: reads and rewrites ifcfg files with the codec.
 * Layer: tests. Usage: bench_ifcfg [N]      N files made in memory (default 10000)
 *                      bench_ifcfg DIR      the files of a folder, read before the clock starts
 * Prints: files, bytes, seconds for parse, three edits and writing out to memory. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/ifcfg.h"
#include "kvmnet/num.h"

struct input {
	struct kn_buf *v;
	size_t n, cap;
};

static struct kn_buf *add(struct input *in)
{
	struct kn_error err = {0};

	if (kn_grow(&in->v, &in->cap, in->n + 1, sizeof(*in->v), &err) < 0)
		return NULL;
	in->v[in->n] = KN_BUF_INIT;
	return &in->v[in->n++];
}

static bool generate(struct input *in, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct kn_buf *buf = add(in);

		if (!buf)
			return false;
		kn_buf_printf(buf,
			      "# Generated\nDEVICE=eth%u\nTYPE=Ethernet\nNAME=\"System eth%u\"\n"
			      "ONBOOT=yes\nBOOTPROTO=none\nIPADDR=10.%u.%u.%u # rack\nPREFIX=24\n"
			      "GATEWAY=10.0.0.1\nDNS1=192.0.2.53\nNM_CONTROLLED=\"no\"\n",
			      i, i, i >> 16, (i >> 8) & 255, i & 255);
	}
	return true;
}

static bool load(struct input *in, const char *dir_name)
{
	DIR *dir = opendir(dir_name);
	char path[4096], block[4096];

	if (!dir)
		return false;
	for (struct dirent *e; (e = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/%s", dir_name, e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "rb");
		struct kn_buf *buf = f ? add(in) : NULL;

		for (size_t n; buf && (n = fread(block, 1, sizeof(block), f)) > 0;)
			kn_buf_put(buf, block, n);
		if (f)
			fclose(f);
	}
	closedir(dir);
	return true;
}

static bool rewrite(const struct kn_buf *in, struct kn_buf *out)
{
	struct kn_error err = {0};
	struct kn_ifcfg *file;

	if (kn_ifcfg_parse("f", kn_buf_str(in), in->len, &file, &err) < 0)
		return false;
	bool ok = kn_ifcfg_set(file, "BOOTPROTO", "dhcp", NULL, &err) == 0 &&
		  kn_ifcfg_set(file, "NAME", "System br0", NULL, &err) == 0 &&
		  kn_ifcfg_set(file, "BRIDGE", "br0", "BOOTPROTO", &err) == 0;
	out->len = 0;
	kn_ifcfg_emit(file, out);
	kn_ifcfg_free(file);
	return ok && !out->failed;
}

int main(int argc, char **argv)
{
	struct input in = {0};
	struct kn_buf out = KN_BUF_INIT;
	struct timespec t0, t1;
	uint32_t n = 10000;
	size_t bytes = 0, failed = 0;

	if (argc > 1 && !kn_num_is(argv[1], 10000000, &n)) {
		if (!load(&in, argv[1]))
			return 1;
	} else if (!generate(&in, n)) {
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (size_t i = 0; i < in.n; i++) {
		failed += !rewrite(&in.v[i], &out);
		bytes += in.v[i].len;
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	printf("files %zu bytes %zu refused %zu seconds %.6f\n", in.n, bytes, failed,
	       (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9);
	for (size_t i = 0; i < in.n; i++)
		kn_buf_done(&in.v[i]);
	free(in.v);
	kn_buf_done(&out);
	return failed ? 1 : 0;
}
