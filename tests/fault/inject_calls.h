/* System calls as the injector knows them: names, and the errors that each can really give.
 * Layer: tests. */
#ifndef KVMNET_TESTS_INJECT_CALLS_H
#define KVMNET_TESTS_INJECT_CALLS_H

#include <stdbool.h>
#include <stdint.h>

/* "rename"; "call-N" for one that is not in the table. Static until the next call. */
const char *call_name(uint64_t nr);
/* Return: the number, UINT64_MAX = no such name. */
uint64_t call_number(const char *name);
/* May @nr fail at all, with @fd as its first argument? Reports to the terminal may not: what is
 * tried is what becomes of the host. */
bool call_can_fail(uint64_t nr, uint64_t fd);
/* The @i-th error of those that @nr can give, counted around; @sticky: of those that last. */
int call_errno(uint64_t nr, uint32_t i, bool sticky);
/* Does it write bytes, so many as its third argument says? */
bool call_is_write(uint64_t nr);
/* Does it move the end of the heap, and tell where that is instead of an error? */
bool call_is_break(uint64_t nr);

#endif
