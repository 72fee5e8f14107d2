/*
 * What the tests of the kernel's pure parts share: checks that count, numbers that are random but
 * the same in every run, and one line per test.
 */
#ifndef TESTS_HOST_HOSTTEST_H
#define TESTS_HOST_HOSTTEST_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(cond)                                                         \
	do {                                                                \
		if (!(cond)) {                                              \
			failures++;                                         \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond); \
			if (failures > 20)                                  \
				exit(1);                                    \
		}                                                           \
	} while (0)

/* xorshift64*: the next number. */
static uint64_t rnd_state = 88172645463325252ULL;
static inline uint64_t rnd(void)
{
	rnd_state ^= rnd_state >> 12;
	rnd_state ^= rnd_state << 25;
	rnd_state ^= rnd_state >> 27;
	return rnd_state * 2685821657736338717ULL;
}
/* 0 .. n-1 */
static inline unsigned long rnd_below(unsigned long n)
{
	return (unsigned long)((rnd() >> 16) % n);
}

static inline void run(const char *name, void (*test)(void))
{
	int before = failures;

	test();
	printf("%s %s\n", failures == before ? "ok" : "not ok", name);
	fflush(stdout);
}

#endif
