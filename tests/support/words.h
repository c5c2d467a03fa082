/* A command line as a shell user would type it, split into an argv. Layer: tests. */
#ifndef KVMNET_TEST_WORDS_H
#define KVMNET_TEST_WORDS_H

#define WORDS_MAX 64

struct words {
	char *text; /* owned: the words live here */
	char *v[WORDS_MAX + 1];
	int n;
};

/* Splits at spaces; '' is an empty word; the program's name comes first. Ends the test program
 * when there is no memory or too many words. */
void words_split(const char *line, struct words *ret);
void words_done(struct words *words);

#endif
