/*
 * Searching the bitmaps of a group; see search.h.
 */
#include "kernel/fs/ext2/search.h"

#define WORD_BITS 32

static __u32 word(const struct ext2_bitmaps *maps, __u32 n)
{
	__u32 used = maps->disk[n];

	for (int i = 0; i < EXT2_BUSY_MAPS; i++) {
		if (maps->busy[i])
			used |= maps->busy[i][n];
	}
	return used;
}

/* The first bit of [from, to) whose state, xored with `flip`, is clear; `to` if there is none. */
static __u32 next_clear(const struct ext2_bitmaps *maps, __u32 from, __u32 to, __u32 flip)
{
	while (from < to) {
		__u32 rest = ~(word(maps, from / WORD_BITS) ^ flip) >> from % WORD_BITS;

		if (rest) {
			from += __builtin_ctz(rest);
			return from < to ? from : to;
		}
		from = (from / WORD_BITS + 1) * WORD_BITS;
	}
	return to;
}

__u32 ext2_next_free(const struct ext2_bitmaps *maps, __u32 from, __u32 to)
{
	return next_clear(maps, from, to, 0);
}

__u32 ext2_free_run(const struct ext2_bitmaps *maps, __u32 bit, __u32 to, __u32 max)
{
	__u32 end = to - bit < max ? to : bit + max;

	return next_clear(maps, bit, end, ~0U) - bit;
}

/* The first run of `want` free bits in [from, to); `to` if there is none. */
static __u32 find_run(const struct ext2_bitmaps *maps, __u32 from, __u32 to, __u32 want)
{
	while ((from = ext2_next_free(maps, from, to)) < to) {
		__u32 n = ext2_free_run(maps, from, to, want);

		if (n == want)
			return from;
		from += n;
	}
	return to;
}

__u32 ext2_search_bitmap(const struct ext2_bitmaps *maps, __u32 bits, __u32 goal, __u32 want)
{
	__u32 run = want > EXT2_GOOD_RUN ? want : EXT2_GOOD_RUN, bit;

	if (goal >= bits)
		goal = 0;
	if (ext2_next_free(maps, goal, goal + 1) == goal)
		return goal;
	for (; run; run = run > EXT2_GOOD_RUN ? EXT2_GOOD_RUN : run > 1 ? 1 : 0) {
		bit = find_run(maps, goal, bits, run);
		if (bit < bits)
			return bit;
		bit = find_run(maps, 0, bits, run);
		if (bit < bits)
			return bit;
	}
	return bits;
}
