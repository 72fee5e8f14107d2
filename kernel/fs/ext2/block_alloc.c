/*
 * Giving blocks to holes of a file: the data's, and the blocks of numbers on the way to them.
 *
 * The device's cache may be written in any order, at any time. So a block of numbers is all zeros
 * on the disk before another one there points to it, and a directory's block is an empty one. Where
 * the pointer is in the inode there is time until that goes to the table.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/stat.h>

/* Tasks look for the first blocks of their files in different parts of a group. */
#define GOAL_COLOURS 16

/* The way to a block of a file, as far as it is there. */
struct branch {
	u32 path[EXT2_MAX_DEPTH];
	int depth;
	int level;  /* path[level] is the first that leads nowhere */
	u32 parent; /* the block of numbers where it stands; if level is 0: the inode */
	u32 before; /* the nearest block before that place; 0: none */
};

/* Read the numbers in a block up to `index`: the last one, and the last before it that is not 0. */
static int read_number(struct super_block *sb, u32 block, u32 index, u32 *number, u32 *before)
{
	unsigned int offset;
	struct page *page = bread_page(sb->s_bdev, block, sb->s_blocksize, &offset);
	const u32 *numbers;

	if (IS_ERR(page))
		return PTR_ERR(page);
	numbers = (const u32 *)((char *)kmap_local_page(page) + offset);
	*number = numbers[index];
	*before = block;
	while (index--) {
		if (numbers[index]) {
			*before = numbers[index];
			break;
		}
	}
	kunmap_local(numbers);
	put_page(page);
	return 0;
}

/* Follow the path until it ends. 0 or -errno. */
static int find_branch(struct inode *inode, u64 iblock, struct branch *b)
{
	const u32 *block = EXT2_I(inode)->data.block;
	u32 number;

	b->depth = ext2_block_to_path(&EXT2_SB(inode->i_sb)->layout, iblock, b->path);
	b->level = 0;
	b->parent = b->before = 0;
	if (!b->depth)
		return -EFBIG;
	number = block[b->path[0]];
	for (u32 i = b->path[0]; i-- && !b->before;)
		b->before = block[i];
	while (number && b->level < b->depth - 1) {
		int err;

		if (!ext2_check_blocks(inode, number, 1))
			return -EIO;
		b->parent = number;
		b->level++;
		err = read_number(inode->i_sb, b->parent, b->path[b->level], &number, &b->before);
		if (err)
			return err;
	}
	return 0;
}

/* Where a block is best put. */
static u32 find_goal(struct inode *inode, u64 iblock, const struct branch *b)
{
	const struct ext2_layout *l = &EXT2_SB(inode->i_sb)->layout;
	struct ext2_inode_info *ei = EXT2_I(inode);
	u32 first;

	if (ei->last_block && iblock == ei->last_iblock + 1)
		return ei->last_block + 1;
	if (b->before)
		return b->before + 1;
	first = ext2_group_first_block(l, ext2_ino_group(l, inode->i_ino));
	return first + (u32)current->pid % GOAL_COLOURS * (l->blocks_per_group / GOAL_COLOURS);
}

/* A new block of numbers, all zeros, or an empty block of a directory: in the device's cache, and
   if `now`, on the disk too. 0 or -errno. */
static int write_fresh_block(struct super_block *sb, u32 block, bool dir, bool now)
{
	unsigned int offset;
	struct page *page = getblk_page(sb->s_bdev, block, sb->s_blocksize, &offset);
	char *kaddr;
	int err = 0;

	if (IS_ERR(page))
		return PTR_ERR(page);
	kaddr = kmap_local_page(page);
	if (dir)
		ext2_dirblock_init(&EXT2_SB(sb)->layout, kaddr + offset);
	kunmap_local(kaddr);
	ext2_mark_dirty(page, offset, sb->s_blocksize);
	put_page(page);
	if (now)
		err = sync_block(sb->s_bdev, block, sb->s_blocksize);
	if (dir || err) /* the directory's own pages have it from here on */
		bforget_block(sb->s_bdev, block, sb->s_blocksize);
	return err;
}

/* Write `count` numbers that follow each other into a block of numbers. 0 or -errno. */
static int put_numbers(struct inode *inode, u32 block, u32 index, u32 first, u32 count)
{
	struct super_block *sb = inode->i_sb;
	unsigned int offset;
	struct page *page = bread_page(sb->s_bdev, block, sb->s_blocksize, &offset);
	u32 *numbers;

	if (IS_ERR(page))
		return PTR_ERR(page);
	numbers = (u32 *)((char *)kmap_local_page(page) + offset);
	for (u32 i = 0; i < count; i++)
		numbers[index + i] = first + i;
	ext2_mark_dirty(page, offset + index * sizeof(u32), count * sizeof(u32));
	kunmap_local(numbers);
	put_page(page);
	ext2_meta_changed(inode);
	return 0;
}

/* What a branch grows by: the blocks of numbers, and behind them data. */
struct growth {
	u32 numbers[EXT2_MAX_DEPTH];
	int nr_numbers;
	u32 data, count;
};

/* Nothing points to it: it may be given out again at once. */
static void give_back(struct inode *inode, struct growth *g)
{
	for (int i = 0; i < g->nr_numbers; i++) {
		bforget_block(inode->i_sb->s_bdev, g->numbers[i], inode->i_sb->s_blocksize);
		ext2_free_blocks(inode->i_sb, g->numbers[i], 1, true);
	}
	if (g->data)
		ext2_free_blocks(inode->i_sb, g->data, g->count, true);
}

/* Take the blocks. 0 or -errno; then none is taken. */
static int take_blocks(struct inode *inode, u32 goal, int nr_numbers, u32 count, struct growth *g)
{
	int err = 0;

	*g = (struct growth){.count = count};
	while (g->nr_numbers < nr_numbers) {
		u32 one = 1, block = ext2_new_blocks(inode, goal, &one, &err);

		if (!block)
			break;
		g->numbers[g->nr_numbers++] = block;
		goal = block + 1;
	}
	if (!err)
		g->data = ext2_new_blocks(inode, goal, &g->count, &err);
	if (err)
		give_back(inode, g);
	return err;
}

/* Make the blocks fit to be pointed to. */
static int prepare_blocks(struct inode *inode, const struct branch *b, struct growth *g)
{
	struct super_block *sb = inode->i_sb;
	bool now = b->level > 0 && EXT2_I(inode)->on_disk, dir = S_ISDIR(inode->i_mode);
	int err = 0;

	for (int i = 0; i < g->nr_numbers && !err; i++)
		err = write_fresh_block(sb, g->numbers[i], false, now);
	for (u32 i = 0; i < g->count && dir && b->depth > 1 && !err; i++)
		err = write_fresh_block(sb, g->data + i, true, true);
	if (!err && ((g->nr_numbers && now) || (dir && b->depth > 1)))
		err = blkdev_issue_flush(sb->s_bdev);
	if (g->nr_numbers && !now)
		EXT2_I(inode)->fresh_indirects.changed++;
	/* From the last to the first: each is whole when the one before points to it. */
	for (int i = g->nr_numbers - 1; i >= 0 && !err; i--) {
		bool last = i == g->nr_numbers - 1;

		err = put_numbers(inode, g->numbers[i], b->path[b->level + i + 1],
				  last ? g->data : g->numbers[i + 1], last ? g->count : 1);
	}
	return err;
}

/* Let the inode, or the last block of numbers that is there, point to what is new. */
static int link_branch(struct inode *inode, const struct branch *b, const struct growth *g)
{
	u32 index = b->path[b->level], first = g->nr_numbers ? g->numbers[0] : g->data;
	u32 count = g->nr_numbers ? 1 : g->count, *block = EXT2_I(inode)->data.block;

	if (b->level)
		return put_numbers(inode, b->parent, index, first, count);
	for (u32 i = 0; i < count; i++)
		block[index + i] = first + i;
	return 0;
}

/* Blocks for the hole at iblock, `holes` blocks long as far as is known. How many, or -errno. */
static int alloc_branch(struct inode *inode, u64 iblock, u32 max, u32 holes, u32 *phys)
{
	u32 per = 1U << (EXT2_SB(inode->i_sb)->layout.block_bits - 2);
	struct ext2_inode_info *ei = EXT2_I(inode);
	struct branch b;
	struct growth g;
	int err = find_branch(inode, iblock, &b);

	if (err)
		return err;
	if (b.level < b.depth - 1)
		holes = min(max, per - b.path[b.depth - 1]);
	err = take_blocks(inode, find_goal(inode, iblock, &b), b.depth - 1 - b.level, holes, &g);
	if (err)
		return err;
	err = prepare_blocks(inode, &b, &g);
	if (!err)
		err = link_branch(inode, &b, &g);
	if (err) {
		give_back(inode, &g);
		return err;
	}
	ei->last_iblock = iblock + g.count - 1;
	ei->last_block = g.data + g.count - 1;
	inode->i_blocks += (u64)(g.nr_numbers + g.count) * (inode->i_sb->s_blocksize / SECTOR_SIZE);
	ei->grown.changed++;
	mark_inode_dirty(inode);
	*phys = g.data;
	return g.count;
}

int ext2_get_blocks_create(struct inode *inode, u64 iblock, u32 max, u32 *phys, bool *fresh)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	int n = ext2_get_blocks(inode, iblock, max, phys);

	*fresh = false;
	if (n < 0 || *phys)
		return n;
	mutex_lock(&ei->truncate_mutex);
	n = ext2_get_blocks(inode, iblock, max, phys);
	if (n > 0 && !*phys) {
		n = alloc_branch(inode, iblock, max, n, phys);
		*fresh = n > 0;
	}
	mutex_unlock(&ei->truncate_mutex);
	return n;
}
