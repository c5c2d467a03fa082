/* A model of how NetworkManager's ifcfg-rh plugin reads one key: its own lines, its own quotes.
 * Written from the behaviour of svFile_new(), line_new_parse() and svUnescape_full() in
 * src/core/settings/plugins/ifcfg-rh/shvar.c (1.34), independent of the codec under test. */
#ifndef KVMNET_TESTS_NM_SHVAR_H
#define KVMNET_TESTS_NM_SHVAR_H

#include <stdbool.h>
#include <stddef.h>

/* @ret: new, NULL when the key is not there or its value is rejected. Return: false when a value is
 * there but rejected. @text without NUL bytes. */
bool nm_shvar_get(const char *text, const char *key, char **ret);

#endif
