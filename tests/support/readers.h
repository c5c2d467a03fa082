/* A temporary folder of ifcfg files, and real programs that read them. Every function fails the
 * running test when the system does not do its part.
 * Layer: tests. */
#ifndef KVMNET_TESTS_READERS_H
#define KVMNET_TESTS_READERS_H

#include <stddef.h>
#include <stdint.h>

/* The folder; made and removed by the group's setup and teardown. */
extern char readers_top[];

int readers_setup(void **state);
int readers_teardown(void **state);

/* The next number below @n of a fixed sequence, the same in every run. */
uint32_t readers_rnd(uint32_t n);
/* Writes the file "@name@i" in the folder. */
void readers_write(const char *name, unsigned int i, const char *data, size_t len);
/* Runs argv, found in PATH, without input. Return: what it prints; new. */
char *readers_run(char *const argv[]);
/* Runs @script in @shell with $1 the folder, $2 @first, $3 @first + @n. Return: as readers_run().
 */
char *readers_shell(const char *shell, const char *script, unsigned int first, unsigned int n);

#endif
