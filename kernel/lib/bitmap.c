/*
 * Searching and changing arrays of bits, a word at a time.
 */
#include "kernel/lib/bitmap.h"

/* The bits of a word from `n` up, and those below `n` (1 to the word's length). */
#define BITS_FROM(n)  (~0UL << ((n) % BITS_PER_LONG))
#define BITS_BELOW(n) (~0UL >> (-(n) & (BITS_PER_LONG - 1)))

/* The first bit at or after `offset` that is set in map XOR invert. */
static inline unsigned long find_next(const unsigned long *map, unsigned long size,
				      unsigned long offset, unsigned long invert)
{
	unsigned long word;

	if (offset >= size)
		return size;
	word = (map[BIT_WORD(offset)] ^ invert) & BITS_FROM(offset);
	offset -= offset % BITS_PER_LONG;
	while (!word) {
		offset += BITS_PER_LONG;
		if (offset >= size)
			return size;
		word = map[BIT_WORD(offset)] ^ invert;
	}
	return min(offset + __ffs(word), size);
}

unsigned long find_next_bit(const unsigned long *map, unsigned long size, unsigned long offset)
{
	return find_next(map, size, offset, 0);
}

unsigned long find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long offset)
{
	return find_next(map, size, offset, ~0UL);
}

unsigned long find_last_bit(const unsigned long *map, unsigned long size)
{
	unsigned long words = BITS_TO_LONGS(size), word;

	while (words--) {
		word = map[words];
		if ((words + 1) * BITS_PER_LONG > size)
			word &= BITS_BELOW(size);
		if (word)
			return words * BITS_PER_LONG + __fls(word);
	}
	return size;
}

void bitmap_set(unsigned long *map, unsigned long start, unsigned long len)
{
	unsigned long end = start + len, mask;

	while (start < end) {
		mask = BITS_FROM(start);
		if (BIT_WORD(start) == BIT_WORD(end - 1))
			mask &= BITS_BELOW(end);
		map[BIT_WORD(start)] |= mask;
		start += BITS_PER_LONG - start % BITS_PER_LONG;
	}
}

void bitmap_clear(unsigned long *map, unsigned long start, unsigned long len)
{
	unsigned long end = start + len, mask;

	while (start < end) {
		mask = BITS_FROM(start);
		if (BIT_WORD(start) == BIT_WORD(end - 1))
			mask &= BITS_BELOW(end);
		map[BIT_WORD(start)] &= ~mask;
		start += BITS_PER_LONG - start % BITS_PER_LONG;
	}
}

unsigned long bitmap_find_next_zero_area(const unsigned long *map, unsigned long size,
					 unsigned long start, unsigned long nr,
					 unsigned long align_mask)
{
	unsigned long taken;

	for (;;) {
		start = find_next_zero_bit(map, size, start);
		start = (start + align_mask) & ~align_mask;
		if (start >= size || nr > size - start)
			return size + 1;
		taken = find_next_bit(map, start + nr, start);
		if (taken >= start + nr)
			return start;
		start = taken + 1;
	}
}
