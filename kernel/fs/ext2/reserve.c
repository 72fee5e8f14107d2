/*
 * Reservations: while a file grows, some free blocks behind its last one are kept for it, so that
 * files that are written at the same time do not take turns on the disk. They exist in memory only:
 * one bitmap for each group that has any. When nothing else is free, all of them are dropped.
 */
#include "kernel/fs/ext2/ext2.h"
#include "mm/phys/gfp.h"
#include "mm/phys/slab.h"
#include <linux/stat.h>

#define WORD_BITS   32
/* Blocks that are kept at first, and twice as many each time they are used up, up to the most. */
#define MIN_RESERVE 8
#define MAX_RESERVE 512

static bool has_reservation(struct inode *inode)
{
	const struct ext2_inode_info *ei = EXT2_I(inode);

	return ei->reserve_count && ei->reserve_epoch == EXT2_SB(inode->i_sb)->reserve_epoch;
}

/* Set or clear the bits of reserved blocks, all of one group. */
static void mark(struct ext2_sb_info *sbi, u32 block, u32 count, bool reserve)
{
	u32 g = ext2_block_group(&sbi->layout, block);
	u32 bit = block - ext2_group_first_block(&sbi->layout, g), *map = sbi->groups[g].reserved;

	for (u32 i = bit; i < bit + count; i++) {
		if (reserve)
			map[i / WORD_BITS] |= 1U << i % WORD_BITS;
		else
			map[i / WORD_BITS] &= ~(1U << i % WORD_BITS);
	}
	sbi->reserved_blocks += reserve ? count : -count;
}

bool ext2_reserved_here(struct inode *inode, u32 goal, u32 *count)
{
	const struct ext2_inode_info *ei = EXT2_I(inode);

	if (!has_reservation(inode) || goal != ei->reserve_start)
		return false;
	*count = min(*count, ei->reserve_count);
	return true;
}

void ext2_discard_reservation(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);

	if (has_reservation(inode))
		mark(EXT2_SB(inode->i_sb), ei->reserve_start, ei->reserve_count, false);
	ei->reserve_count = ei->reserve_size = 0;
}

void ext2_drop_reservations(struct ext2_sb_info *sbi)
{
	for (u32 g = 0; g < sbi->layout.groups_count; g++) {
		kfree(sbi->groups[g].reserved);
		sbi->groups[g].reserved = NULL;
	}
	sbi->reserved_blocks = 0;
	sbi->reserve_epoch++;
}

void ext2_reserve_prepare(struct inode *inode, u32 g)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	u32 *map;

	if (!S_ISREG(inode->i_mode) || sbi->groups[g].reserved)
		return;
	map = kzalloc(sbi->layout.block_size, GFP_NOFS | __GFP_NOWARN);
	if (sbi->groups[g].reserved)
		kfree(map);
	else
		sbi->groups[g].reserved = map;
}

/* Keep what is free from `block` on. */
static void reserve(struct inode *inode, u32 g, const u32 *disk, u32 block)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	struct ext2_group *group = &sbi->groups[g];
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 first = ext2_group_first_block(&sbi->layout, g);
	u32 bits = ext2_group_last_block(&sbi->layout, g) - first + 1;
	struct ext2_bitmaps maps = ext2_maps(disk, &group->blocks, group->reserved);

	ei->reserve_size = min(max(2 * ei->reserve_size, (u32)MIN_RESERVE), (u32)MAX_RESERVE);
	ei->reserve_start = block;
	ei->reserve_epoch = sbi->reserve_epoch;
	ei->reserve_count = block - first < bits
				    ? ext2_free_run(&maps, block - first, bits, ei->reserve_size)
				    : 0;
	if (ei->reserve_count)
		mark(sbi, block, ei->reserve_count, true);
}

void ext2_took_blocks(struct inode *inode, u32 g, const u32 *disk, u32 block, u32 count)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 size = ei->reserve_size;

	if (has_reservation(inode) && block == ei->reserve_start && count <= ei->reserve_count) {
		mark(EXT2_SB(inode->i_sb), block, count, false);
		ei->reserve_start += count;
		ei->reserve_count -= count;
		if (ei->reserve_count)
			return;
	} else {
		ext2_discard_reservation(inode);
		/* A file that goes on where it was keeps its pace. */
		ei->reserve_size = block == ei->last_block + 1 ? size : 0;
	}
	if (S_ISREG(inode->i_mode) && EXT2_SB(inode->i_sb)->groups[g].reserved)
		reserve(inode, g, disk, block + count);
}
