/* Fuzz target: two definitions, split at the first NUL, one of them hostile: what a running network
 * takes over is found without falling, tells each element once, and leads nowhere when both are the
 * same. The first one is read as a guest's definition too. Layer: tests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/domxml.h"
#include "codec/netxml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

/* Return: how many differences there are, a restart counting as one; -1: refused with a reason. */
static int differences(const char *before, const char *after)
{
	struct kn_netchgs list = {0};
	struct kn_error err = {0};
	bool restart = false;
	struct kn_netchg *chg = kn_netchgs_add(&list, "f", before, after, &err);
	int n = -1;

	REQUIRE(chg);
	if (kn_netxml_live(chg, &restart, &err) == 0) {
		n = (int)chg->n_updates + restart;
		/* nothing goes that was not there, nothing comes that is in place */
		for (size_t i = 0; i < chg->n_updates; i++)
			REQUIRE(chg->updates[i].before || chg->updates[i].after);
	} else {
		REQUIRE(err.message[0]);
	}
	kn_netchgs_done(&list);
	return n;
}

static void read_guest(char *xml)
{
	char name[] = "guest";
	struct kn_vdom dom = {.name = name, .xml = xml};
	struct kn_vnics nics = {0};
	struct kn_error err = {0};

	if (kn_domxml_nics(&dom, &nics, &err) < 0)
		REQUIRE(err.message[0]);
	for (size_t i = 0; i < nics.n; i++)
		REQUIRE(!strcmp(nics.v[i].guest, name));
	kn_vnics_done(&nics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *first = calloc(size + 2, 1), *second;

	if (!first)
		return 0;
	memcpy(first, data, size);
	second = first + strlen(first) + 1;
	read_guest(first);
	(void)differences(first, second);
	(void)differences(second, first);
	/* Either it cannot be read, or it differs from itself in nothing. */
	REQUIRE(differences(first, first) <= 0);
	free(first);
	return 0;
}
