/*
 * SipHash-2-4, by Aumasson and Bernstein (2012): two rounds for each word of eight bytes, four at
 * the end. The last word holds the rest of the message, and the low byte of its length on top.
 */
#include "kernel/checks/siphash.h"

#define WORD	     8 /* bytes */
#define ROUNDS	     2
#define FINAL_ROUNDS 4

/* "somepseudorandomlygeneratedbytes" */
#define START_0 0x736f6d6570736575ULL
#define START_1 0x646f72616e646f6dULL
#define START_2 0x6c7967656e657261ULL
#define START_3 0x7465646279746573ULL

struct state {
	uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t v, int n)
{
	return v << n | v >> (64 - n);
}

/* Little-endian, of at most eight bytes. */
static uint64_t load(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

static void mix(struct state *s, int rounds)
{
	while (rounds--) {
		s->a += s->b;
		s->c += s->d;
		s->b = rotate(s->b, 13) ^ s->a;
		s->d = rotate(s->d, 16) ^ s->c;
		s->a = rotate(s->a, 32) + s->d;
		s->c += s->b;
		s->d = rotate(s->d, 21) ^ s->a;
		s->b = rotate(s->b, 17) ^ s->c;
		s->c = rotate(s->c, 32);
	}
}

static void absorb(struct state *s, uint64_t word)
{
	s->d ^= word;
	mix(s, ROUNDS);
	s->a ^= word;
}

uint64_t siphash(const uint8_t key[SIPHASH_KEY], const void *data, size_t size)
{
	uint64_t low = load(key, WORD), high = load(key + WORD, WORD);
	struct state s = {START_0 ^ low, START_1 ^ high, START_2 ^ low, START_3 ^ high};
	const uint8_t *p = data;
	size_t left = size;

	for (; left >= WORD; left -= WORD, p += WORD)
		absorb(&s, load(p, WORD));
	absorb(&s, load(p, left) | (uint64_t)size << 56);
	s.c ^= 0xff;
	mix(&s, FINAL_ROUNDS);
	return s.a ^ s.b ^ s.c ^ s.d;
}
