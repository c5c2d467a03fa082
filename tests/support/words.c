/* A command line as a shell user would type it, split into an argv. Layer: tests. */
#include "words.h"

#include <stdlib.h>
#include <string.h>

static char program[] = "kvmnet", empty[] = "";

void words_split(const char *line, struct words *ret)
{
	*ret = (struct words){.text = strdup(line), .v = {program}, .n = 1};
	if (!ret->text)
		abort();
	char *rest = ret->text;
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		if (!*word)
			continue;
		if (ret->n >= WORDS_MAX)
			abort();
		ret->v[ret->n++] = !strcmp(word, "''") ? empty : word;
	}
}

void words_done(struct words *words)
{
	free(words->text);
}
