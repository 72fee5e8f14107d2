/*
 * Random numbers (xorshift64*): the same on every machine.
 */
#include "diff.h"

static uint64_t state;

void rnd_seed(uint64_t seed)
{
	state = (seed + 1) * 0x9E3779B97F4A7C15ull;
	for (int i = 0; i < 8; i++)
		rnd32();
}

uint32_t rnd32(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545F4914F6CDD1Dull >> 32;
}

uint32_t rnd(uint32_t n)
{
	return (uint64_t)rnd32() * n >> 32;
}

bool chance(uint32_t percent)
{
	return rnd(100) < percent;
}
