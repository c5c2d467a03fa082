/* Bench: what libxml2 costs by itself: loaded and made ready as kvmnet does it, nothing more.
 * Layer: tests. Usage: bench_libxml2 [none]      "none": not even loaded, a process's own start */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	void *lib, *symbol;
	void (*init)(void);

	if (argc > 1 && !strcmp(argv[1], "none"))
		return 0;
	lib = dlopen("libxml2.so.2", RTLD_NOW | RTLD_LOCAL);
	symbol = lib ? dlsym(lib, "xmlInitParser") : NULL;
	if (!symbol) {
		(void)fprintf(stderr, "libxml2 is not installed\n");
		return 1;
	}
	memcpy(&init, &symbol, sizeof(init));
	init();
	return 0;
}
