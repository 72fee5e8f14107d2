/*
 * Searching the bitmaps of a group. A bit that is clear on the disk may have to wait until it is
 * given out again, or be kept for somebody: up to three more maps say which. Pure, as parse.h.
 */
#ifndef KERNEL_FS_EXT2_SEARCH_H
#define KERNEL_FS_EXT2_SEARCH_H

#include <linux/types.h>

#define EXT2_BUSY_MAPS 3
struct ext2_bitmaps {
	const __u32 *disk, *busy[EXT2_BUSY_MAPS]; /* busy: NULL: none */
};

/* The first bit of [from, to) that is clear in all maps; `to` if there is none. */
__u32 ext2_next_free(const struct ext2_bitmaps *maps, __u32 from, __u32 to);
/* How many bits from `bit`, which is free, follow each other free: at most `max`, all below `to`.
 */
__u32 ext2_free_run(const struct ext2_bitmaps *maps, __u32 bit, __u32 to, __u32 max);
/*
 * A good place for `want` bits in [0, bits): at `goal` if that is free; else the next run of `want`
 * or, if it is shorter, of EXT2_GOOD_RUN bits behind it; else such a run anywhere; else any free
 * bit. `bits` if there is none.
 */
#define EXT2_GOOD_RUN 8
__u32 ext2_search_bitmap(const struct ext2_bitmaps *maps, __u32 bits, __u32 goal, __u32 want);

#endif
