/*
 * The bins: rings of free chunks. Below 1024 bytes each size has its own; above, each power of
 * two is divided into four. A bitmap tells which are not empty.
 */
#include "libc/malloc/chunk.h"

#define SMALL_LIMIT  1024
#define SMALL_BINS   (SMALL_LIMIT / ALIGNMENT)
#define SMALL_LOG    10
#define PARTS	     4
#define LARGE_BINS   (PARTS * (32 - SMALL_LOG))
#define BINS	     (SMALL_BINS + LARGE_BINS)
#define WORD_BITS    32
#define BITMAP_WORDS ((BINS + WORD_BITS - 1) / WORD_BITS)

static struct chunk *bins[BINS];
static uint32_t bitmap[BITMAP_WORDS];

static int bin_of(size_t size)
{
	int log;

	if (size < SMALL_LIMIT)
		return size / ALIGNMENT;
	log = WORD_BITS - 1 - __builtin_clz(size);
	return SMALL_BINS + PARTS * (log - SMALL_LOG) + (size >> (log - 2)) % PARTS;
}

void __bin_add(struct chunk *c)
{
	int i = bin_of(chunk_size(c));
	struct chunk *first = bins[i];

	if (first) {
		c->next_free = first;
		c->prev_free = first->prev_free;
		first->prev_free->next_free = c;
		first->prev_free = c;
	} else {
		c->next_free = c->prev_free = c;
	}
	bins[i] = c;
	bitmap[i / WORD_BITS] |= 1u << i % WORD_BITS;
}

void __bin_remove(struct chunk *c)
{
	int i = bin_of(chunk_size(c));

	if (c->next_free->prev_free != c || c->prev_free->next_free != c)
		__malloc_die("corrupted list of free chunks");
	c->next_free->prev_free = c->prev_free;
	c->prev_free->next_free = c->next_free;
	if (bins[i] != c)
		return;
	bins[i] = c->next_free;
	if (c->next_free == c) {
		bins[i] = NULL;
		bitmap[i / WORD_BITS] &= ~(1u << i % WORD_BITS);
	}
}

/* The chunk of the bin that fits with the least rest, or NULL. */
static struct chunk *best_fit(int i, size_t size)
{
	struct chunk *c = bins[i], *best = NULL;

	if (!c)
		return NULL;
	do {
		if (chunk_size(c) == size)
			return c;
		if (chunk_size(c) > size && (!best || chunk_size(c) < chunk_size(best)))
			best = c;
		c = c->next_free;
	} while (c != bins[i]);
	return best;
}

/* The first bin from i on that is not empty, or BINS. */
static int next_bin(int i)
{
	int word = i / WORD_BITS;
	uint32_t bits;

	if (i >= BINS)
		return BINS;
	bits = bitmap[word] & ~0u << i % WORD_BITS;
	while (!bits) {
		if (++word == BITMAP_WORDS)
			return BINS;
		bits = bitmap[word];
	}
	return word * WORD_BITS + __builtin_ctz(bits);
}

struct chunk *__bin_take(size_t size)
{
	int i = bin_of(size);
	struct chunk *c = best_fit(i, size);

	/* In the bins above, every chunk is large enough. */
	if (!c) {
		i = next_bin(i + 1);
		if (i == BINS)
			return NULL;
		c = best_fit(i, size);
	}
	__bin_remove(c);
	return c;
}
