/* Pseudo-random numbers: a 64-bit linear congruential generator (Knuth's MMIX constants). */
#include <stdlib.h>

#define MULTIPLIER 6364136223846793005ULL
#define INCREMENT  1442695040888963407ULL

static unsigned long long state = 1;

/* The upper bits are the good ones. */
int rand(void)
{
	state = state * MULTIPLIER + INCREMENT;
	return state >> 33;
}

void srand(unsigned int seed)
{
	state = seed;
}

int rand_r(unsigned int *seed)
{
	unsigned long long s = *seed * MULTIPLIER + INCREMENT;

	*seed = s >> 32;
	return s >> 33;
}

long random(void)
{
	return rand();
}

void srandom(unsigned int seed)
{
	srand(seed);
}
