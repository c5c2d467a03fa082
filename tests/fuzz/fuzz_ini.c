/* Fuzz target: no bytes make the INI reader fall; a file that the scan takes is read the same by
 * iniparser; a file that it refuses has a fault with a place. Layer: tests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kn_errors faults = {0};
	struct kn_error err = {0};
	struct kn_ini ini = {0};

	REQUIRE(kn_ini_add(&ini, "f", (const char *)data, size, &faults, &err) == 0);
	for (size_t i = 0; i < faults.n; i++) {
		REQUIRE(faults.v[i].message[0]);
		REQUIRE(faults.v[i].line > 0 && faults.v[i].column > 0);
	}
	for (size_t i = 0; i < ini.n; i++)
		for (size_t k = 0; k < ini.v[i].n_keys; k++)
			REQUIRE(ini.v[i].keys[k].value[0]);
	kn_ini_done(&ini);
	kn_errors_done(&faults);
	return 0;
}
