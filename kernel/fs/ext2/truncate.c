/*
 * Taking blocks away from a file: at its end, in its middle, and all of them when it goes.
 *
 * First what points to the blocks is changed, in the table of inodes or in a block of numbers, and
 * then they are freed: a commit that comes between finds that the disk names them no more.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define ALL_BLOCKS (~0ULL)

/* Blocks that are freed together. */
struct freeing {
	struct inode *inode;
	u32 first, count;
};

static void flush_freeing(struct freeing *f)
{
	struct inode *inode = f->inode;
	u64 sectors = (u64)f->count * (inode->i_sb->s_blocksize / SECTOR_SIZE);

	if (!f->count)
		return;
	ext2_free_blocks(inode->i_sb, f->first, f->count, !EXT2_I(inode)->on_disk);
	inode->i_blocks -= min(sectors, inode->i_blocks);
	f->count = 0;
}

static void free_block(struct freeing *f, u32 block)
{
	if (f->count && block == f->first + f->count) {
		f->count++;
		return;
	}
	flush_freeing(f);
	if (ext2_check_blocks(f->inode, block, 1)) {
		f->first = block;
		f->count = 1;
	}
}

/* Free a block of numbers, `levels` above the data, and all below it; levels 0: data. */
static void free_tree(struct freeing *f, u32 block, int levels)
{
	struct super_block *sb = f->inode->i_sb;
	u32 per = sb->s_blocksize / sizeof(u32), number;
	unsigned int offset;
	struct page *page;

	if (!block)
		return;
	if (!levels) {
		free_block(f, block);
		return;
	}
	if (!ext2_check_blocks(f->inode, block, 1))
		return;
	page = bread_page(sb->s_bdev, block, sb->s_blocksize, &offset);
	if (IS_ERR(page)) {
		ext2_error(sb, "ext2_free_branches", "Read failure, inode=%lu, block=%u",
			   (unsigned long)f->inode->i_ino, block);
		return;
	}
	for (u32 i = 0; i < per; i++) {
		memcpy_from_page(&number, page, offset + i * sizeof(u32), sizeof(u32));
		free_tree(f, number, levels - 1);
	}
	put_page(page);
	flush_freeing(f);
	bforget_block(sb->s_bdev, block, sb->s_blocksize);
	free_block(f, block);
	cond_resched();
}

/* Take a number out of a block of numbers. */
static u32 take_number(struct inode *inode, struct page *page, unsigned int at)
{
	u32 zero = 0, number;

	memcpy_from_page(&number, page, at, sizeof(number));
	if (!number)
		return 0;
	memcpy_to_page(page, at, &zero, sizeof(zero));
	ext2_mark_dirty(page, at, sizeof(zero));
	ext2_meta_changed(inode);
	return number;
}

static bool all_zero(struct page *page, unsigned int offset, unsigned int len)
{
	const u32 *numbers = (const u32 *)((char *)kmap_local_page(page) + offset);
	bool zero = true;

	for (u32 i = 0; i < len / sizeof(u32) && zero; i++)
		zero = !numbers[i];
	kunmap_local(numbers);
	return zero;
}

/*
 * Below `block`, which is `levels` (at least 1) above the data, free the blocks [first, end) of
 * those that it leads to. => whether nothing is left in it.
 */
static bool free_in_branch(struct freeing *f, u32 block, int levels, u64 first, u64 end)
{
	struct super_block *sb = f->inode->i_sb;
	u32 shift = (levels - 1) * (f->inode->i_blkbits - 2), number;
	u64 span = 1ULL << shift; /* of one of its numbers */
	unsigned int offset;
	struct page *page;
	bool empty;

	if (!ext2_check_blocks(f->inode, block, 1))
		return false;
	page = bread_page(sb->s_bdev, block, sb->s_blocksize, &offset);
	if (IS_ERR(page)) {
		ext2_error(sb, "ext2_truncate", "Read failure, inode=%lu, block=%u",
			   (unsigned long)f->inode->i_ino, block);
		return false;
	}
	for (u64 i = first >> shift; i <= (end - 1) >> shift; i++) {
		u64 low = i << shift, from = max(first, low) - low, to = min(end, low + span) - low;
		unsigned int at = offset + (u32)i * sizeof(u32);

		memcpy_from_page(&number, page, at, sizeof(number));
		if (!number)
			continue;
		if (!from && to == span) {
			free_tree(f, take_number(f->inode, page, at), levels - 1);
		} else if (free_in_branch(f, number, levels - 1, from, to)) {
			take_number(f->inode, page, at);
			bforget_block(sb->s_bdev, number, sb->s_blocksize);
			free_block(f, number);
		}
	}
	flush_freeing(f);
	empty = all_zero(page, offset, sb->s_blocksize);
	put_page(page);
	return empty;
}

/* How far the blocks that an entry of i_block[] leads to are from it. */
static int slot_levels(u32 slot)
{
	return slot < EXT2_NDIR_BLOCKS ? 0 : slot - EXT2_NDIR_BLOCKS + 1;
}

/* Free the blocks [first, end) of a file. truncate_mutex is held, or nobody else has the inode. */
static void free_range(struct inode *inode, u64 first, u64 end)
{
	u32 *block = EXT2_I(inode)->data.block, doomed[EXT2_N_BLOCKS] = {0};
	u32 bits = inode->i_blkbits - 2; /* a block holds 1 << bits numbers */
	struct freeing f = {.inode = inode};
	u64 low = 0, high;

	for (u32 slot = 0; slot < EXT2_N_BLOCKS; slot++, low = high) {
		u64 from, to;

		high = low + (1ULL << bits * slot_levels(slot));
		from = max(first, low);
		to = min(end, high);
		if (from >= to || !block[slot])
			continue;
		if ((from == low && to == high) ||
		    free_in_branch(&f, block[slot], slot_levels(slot), from - low, to - low))
			swap(doomed[slot], block[slot]);
	}
	EXT2_I(inode)->last_block = 0;
	ext2_discard_reservation(inode);
	if (EXT2_I(inode)->on_disk && ext2_update_inode(inode))
		ext2_error(inode->i_sb, "ext2_truncate", "cannot write inode %lu",
			   (unsigned long)inode->i_ino);
	for (u32 slot = 0; slot < EXT2_N_BLOCKS; slot++)
		free_tree(&f, doomed[slot], slot_levels(slot));
	flush_freeing(&f);
}

void ext2_free_range(struct inode *inode, u64 first, u64 end)
{
	struct ext2_inode_info *ei = EXT2_I(inode);

	mutex_lock(&ei->truncate_mutex);
	free_range(inode, first, end);
	mutex_unlock(&ei->truncate_mutex);
	mark_inode_dirty(inode);
}

void ext2_truncate_blocks(struct inode *inode, loff_t size)
{
	ext2_free_range(inode, ((u64)size + inode->i_sb->s_blocksize - 1) >> inode->i_blkbits,
			ALL_BLOCKS);
}

/* ---- sizes ---- */

/* The rest of the block where the file will end is zeros, on the disk too: it is seen again if the
   file grows. */
static int zero_tail(struct inode *inode, loff_t size)
{
	u32 rest = -(u32)size & (inode->i_sb->s_blocksize - 1), phys;
	struct page *page;
	int n;

	if (!rest)
		return 0;
	n = ext2_get_blocks(inode, size >> inode->i_blkbits, 1, &phys);
	if (n < 0 || !phys)
		return n < 0 ? n : 0;
	page = read_mapping_page(inode->i_mapping, size >> PAGE_SHIFT, NULL);
	if (IS_ERR(page))
		return PTR_ERR(page);
	lock_page(page);
	if (page->mapping == inode->i_mapping) {
		zero_user(page, offset_in_page(size), rest);
		set_page_dirty(page);
	}
	unlock_page(page);
	put_page(page);
	return 0;
}

int ext2_setsize(struct inode *inode, loff_t size)
{
	bool shrinks = size < inode->i_size;
	int err = 0;

	if (size > MAX_NON_LFS)
		err = ext2_set_large_file(inode->i_sb);
	if (!err && size <= inode->i_size)
		err = zero_tail(inode, size);
	if (err)
		return err;
	inode->i_mtime = inode->i_ctime = current_time(); /* also of the same size: as Linux */
	truncate_setsize(inode, size);
	if (!shrinks) /* what a mapping has stored behind the end is zeros now, as on Linux */
		truncate_inode_pages(inode->i_mapping, size);
	if (shrinks)
		ext2_truncate_blocks(inode, size);
	else
		mark_inode_dirty(inode);
	return 0;
}

/* ---- the end ---- */

void ext2_evict_inode(struct inode *inode)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	bool has_blocks = S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode) ||
			  (S_ISLNK(inode->i_mode) && !ext2_has_fast_link(inode));

	list_del_init(&ei->removal_list);
	ext2_discard_reservation(inode);
	list_del_init(&ei->newborn_of);
	while (!list_empty(&ei->newborn))
		list_del_init(ei->newborn.next);
	if (inode->i_nlink || sb_rdonly(inode->i_sb))
		return;
	inode->i_size = 0;
	if (has_blocks && inode->i_blocks)
		free_range(inode, 0, ALL_BLOCKS);
	ext2_drop_xattr_block(inode);
	if (ei->on_disk && ext2_update_inode(inode))
		return; /* the table still has it: it is not given out again */
	ext2_free_inode(inode);
}
