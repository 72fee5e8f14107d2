/*
 * Blocks: taken from and given back to the bitmaps of the groups, which live in the device's page
 * cache. A bitmap is believed only as far as its group's own blocks are marked used in it, and none
 * of them is ever given out.
 *
 * A block that was freed is clear in the bitmap at once, but as long as something on the disk may
 * still name it, it is "pending" and not given out (sync.c).
 */
#include "kernel/cred/cred.h"
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "mm/phys/highmem.h"
#include "mm/phys/slab.h"
#include <linux/capability.h>
#include <linux/errno.h>

#define WORD_BITS     32
/* Commits that an allocation waits for when all that is free is pending. */
#define ALLOC_COMMITS 2

static u32 group_blocks(const struct ext2_layout *l, u32 group)
{
	return ext2_group_last_block(l, group) - ext2_group_first_block(l, group) + 1;
}

struct ext2_bitmaps ext2_maps(const u32 *disk, const struct ext2_pending *pending,
			      const u32 *reserved)
{
	return (struct ext2_bitmaps){
		.disk = disk,
		.busy = {pending->map[0], pending->map[1], reserved},
	};
}

static void set_bits(u32 *map, u32 bit, u32 count)
{
	for (; count; bit++, count--)
		map[bit / WORD_BITS] |= 1U << bit % WORD_BITS;
}

void ext2_add_pending(struct ext2_sb_info *sbi, struct ext2_pending *pending, u32 *total, u32 bit,
		      u32 count)
{
	if (!pending->map[0] && !pending->all)
		pending->map[0] = kzalloc(sbi->layout.block_size, GFP_NOFS | __GFP_NOWARN);
	if (pending->map[0])
		set_bits(pending->map[0], bit, count);
	else
		pending->all = true;
	pending->count += count;
	*total += count;
}

/* ---- taking ---- */

/* A group's bitmap, mapped: *page and *offset. NULL: there is none to be trusted. */
static u32 *map_bitmap(struct super_block *sb, u32 g, struct page **page, unsigned int *offset)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *group = &sbi->groups[g];
	u32 first = ext2_group_first_block(&sbi->layout, g);

	*page = bread_page(sb->s_bdev, group->at.block_bitmap, sb->s_blocksize, offset);
	if (!IS_ERR(*page))
		return (u32 *)((char *)kmap_local_page(*page) + *offset);
	ext2_error(sb, "read_block_bitmap",
		   "Cannot read block bitmap - block_group = %u, "
		   "block_bitmap = %u (first block %u)",
		   g, group->at.block_bitmap, first);
	return NULL;
}

static void unmap_bitmap(const u32 *map, struct page *page)
{
	kunmap_local(map);
	put_page(page);
}

static bool bits_are_set(const u32 *map, u32 bit, u32 count)
{
	for (; count; bit++, count--) {
		if (!(map[bit / WORD_BITS] >> bit % WORD_BITS & 1))
			return false;
	}
	return true;
}

/* Are the group's own blocks marked used? Looked at once; if not, the group is left alone. */
static bool bitmap_is_sound(struct super_block *sb, u32 g, const u32 *map)
{
	const struct ext2_layout *l = &EXT2_SB(sb)->layout;
	struct ext2_group *group = &EXT2_SB(sb)->groups[g];
	u32 first = ext2_group_first_block(l, g);

	if (group->checked || group->bad_blocks)
		return !group->bad_blocks;
	group->checked = true;
	group->bad_blocks = !bits_are_set(map, group->at.block_bitmap - first, 1) ||
			    !bits_are_set(map, group->at.inode_bitmap - first, 1) ||
			    !bits_are_set(map, group->at.inode_table - first, l->itb_per_group);
	if (group->bad_blocks)
		ext2_error(sb, "ext2_valid_block_bitmap",
			   "Invalid block bitmap - block_group = %u, block = %u", g,
			   group->at.block_bitmap);
	return !group->bad_blocks;
}

/* Take up to *count blocks of a group. The first one's bit and *count, or the group's size. */
static u32 take_bits(struct inode *inode, u32 g, u32 *map, u32 goal, u32 *count)
{
	struct super_block *sb = inode->i_sb;
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *group = &sbi->groups[g];
	u32 bits = group_blocks(&sbi->layout, g), first = ext2_group_first_block(&sbi->layout, g);
	bool own = ext2_reserved_here(inode, first + goal, count);
	struct ext2_bitmaps maps = ext2_maps(map, &group->blocks, own ? NULL : group->reserved);
	u32 bit = ext2_search_bitmap(&maps, bits, goal, *count), n;

	if (bit == bits)
		return bits;
	n = ext2_free_run(&maps, bit, bits, *count);
	n = min(n, group->free_blocks);
	if (ext2_is_metadata(&sbi->layout, &group->at, first + bit, n)) {
		group->bad_blocks = true;
		ext2_error(sb, "ext2_new_blocks", "Allocating block in system zone - block = %u",
			   first + bit);
		return bits;
	}
	set_bits(map, bit, n);
	group->free_blocks -= n;
	group->dirty = true;
	sbi->free_blocks -= n;
	*count = n;
	ext2_took_blocks(inode, g, map, first + bit, n);
	return bit;
}

/* The same with the reading of the bitmap. The first block, or 0. */
static u32 alloc_in_group(struct inode *inode, u32 g, u32 goal, u32 *count)
{
	struct super_block *sb = inode->i_sb;
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *group = &sbi->groups[g];
	u32 bits = group_blocks(&sbi->layout, g), bit = bits;
	unsigned int offset;
	struct page *page;
	u32 *map;

	if (group->bad_blocks || group->blocks.all || group->free_blocks <= group->blocks.count)
		return 0;
	ext2_reserve_prepare(inode, g);
	map = map_bitmap(sb, g, &page, &offset);
	if (!map)
		return 0;
	if (bitmap_is_sound(sb, g, map))
		bit = take_bits(inode, g, map, goal, count);
	unmap_bitmap(map, page);
	if (bit == bits)
		return 0;
	ext2_mark_dirty(page, offset, sb->s_blocksize);
	return ext2_group_first_block(&sbi->layout, g) + bit;
}

/* May current have one of the blocks that are left? Some are kept for root. */
static bool has_free_blocks(const struct ext2_sb_info *sbi)
{
	const struct ext2_options *o = &sbi->options;

	if (sbi->free_blocks > sbi->layout.reserved_blocks)
		return true;
	return sbi->free_blocks && (has_cap(CAP_SYS_RESOURCE) || current->cred.fsuid == o->resuid ||
				    (o->resgid && in_group_p(o->resgid)));
}

/* One look at all groups, from the goal's on. */
static u32 alloc_somewhere(struct inode *inode, u32 goal, u32 *count)
{
	const struct ext2_layout *l = &EXT2_SB(inode->i_sb)->layout;
	u32 g = ext2_block_group(l, goal), bit = goal - ext2_group_first_block(l, g), block;

	for (u32 i = 0; i < l->groups_count; i++) {
		block = alloc_in_group(inode, g, bit, count);
		if (block)
			return block;
		bit = 0;
		g = g + 1 < l->groups_count ? g + 1 : 0;
		cond_resched();
	}
	return 0;
}

u32 ext2_new_blocks(struct inode *inode, u32 goal, u32 *count, int *err)
{
	struct super_block *sb = inode->i_sb;
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_layout *l = &sbi->layout;
	u32 block = 0;

	*err = -ENOSPC;
	if (!has_free_blocks(sbi))
		return 0;
	if (goal <= l->first_data_block || goal >= l->blocks_count)
		goal = ext2_group_first_block(l, ext2_ino_group(l, inode->i_ino));
	for (int i = 0; !block && i <= ALLOC_COMMITS; i++) {
		if (i && sbi->pending_blocks) {
			*err = ext2_commit(sb);
			if (*err)
				return 0;
			*err = -ENOSPC;
		}
		block = alloc_somewhere(inode, goal, count);
		if (!block && sbi->reserved_blocks) {
			ext2_drop_reservations(sbi);
			block = alloc_somewhere(inode, goal, count);
		}
	}
	if (!block)
		return 0;
	*err = 0;
	/* The device's cache may have copies of what these blocks were before. */
	for (u32 i = 0; i < *count; i++)
		bforget_block(sb->s_bdev, block + i, sb->s_blocksize);
	return block;
}

/* ---- giving back ---- */

/* Clear bits of a mapped bitmap. The number of those that were set. */
static u32 clear_bits(u32 *map, u32 bit, u32 count)
{
	u32 n = 0;

	for (; count; bit++, count--) {
		u32 mask = 1U << bit % WORD_BITS;

		n += !!(map[bit / WORD_BITS] & mask);
		map[bit / WORD_BITS] &= ~mask;
	}
	return n;
}

/* Blocks of one group, which are not metadata. */
static void free_in_group(struct super_block *sb, u32 g, u32 block, u32 count, bool at_once)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	struct ext2_group *group = &sbi->groups[g];
	u32 bit = block - ext2_group_first_block(&sbi->layout, g), n = 0;
	unsigned int offset;
	struct page *page;
	u32 *map = group->bad_blocks ? NULL : map_bitmap(sb, g, &page, &offset);

	if (!map)
		return;
	if (bitmap_is_sound(sb, g, map))
		n = clear_bits(map, bit, count);
	unmap_bitmap(map, page);
	if (n)
		ext2_mark_dirty(page, offset, sb->s_blocksize);
	if (n != count && !group->bad_blocks)
		ext2_error(sb, "ext2_free_blocks", "bit already cleared for block %u (count %u)",
			   block, count);
	group->free_blocks += n;
	group->dirty = true;
	sbi->free_blocks += n;
	if (n == count && !at_once)
		ext2_add_pending(sbi, &group->blocks, &sbi->pending_blocks, bit, count);
}

void ext2_free_blocks(struct super_block *sb, u32 block, u32 count, bool at_once)
{
	struct ext2_sb_info *sbi = EXT2_SB(sb);
	const struct ext2_layout *l = &sbi->layout;

	if (!ext2_data_block_valid(l, block) || count > l->blocks_count - block) {
		ext2_error(sb, "ext2_free_blocks",
			   "Freeing blocks not in datazone - block = %u, "
			   "count = %u",
			   block, count);
		return;
	}
	while (count) {
		u32 g = ext2_block_group(l, block);
		u32 n = min(count, ext2_group_last_block(l, g) - block + 1);

		if (ext2_is_metadata(l, &sbi->groups[g].at, block, n))
			ext2_error(sb, "ext2_free_blocks",
				   "Freeing blocks in system zones - Block = %u, count = %u", block,
				   n);
		else
			free_in_group(sb, g, block, n, at_once);
		block += n;
		count -= n;
	}
}

bool ext2_run_is_valid(struct inode *inode, u32 block, u32 count)
{
	struct ext2_sb_info *sbi = EXT2_SB(inode->i_sb);
	const struct ext2_layout *l = &sbi->layout;
	bool good = ext2_data_block_valid(l, block) && count <= l->blocks_count - block;

	while (good && count) {
		u32 g = ext2_block_group(l, block);
		u32 n = min(count, ext2_group_last_block(l, g) - block + 1);

		good = !ext2_is_metadata(l, &sbi->groups[g].at, block, n);
		block += n;
		count -= n;
	}
	return good;
}

bool ext2_check_blocks(struct inode *inode, u32 block, u32 count)
{
	if (ext2_run_is_valid(inode, block, count))
		return true;
	ext2_error(inode->i_sb, "ext2_get_blocks", "inode #%lu: block %u out of range",
		   (unsigned long)inode->i_ino, block);
	return false;
}
