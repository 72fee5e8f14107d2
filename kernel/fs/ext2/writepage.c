/*
 * Pages of files on their way to the disk. Blocks that follow each other on the disk, of one page
 * or of many, go as one bio. A page that lies in several pieces is done when the last of them is:
 * while PG_writeback is set, page->private counts them.
 */
#include "kernel/fs/ext2/ext2.h"
#include "kernel/sched/sched.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/stat.h>

/* Blocks that one look at the map asks for: all that a block of numbers leads to. */
#define MAP_AHEAD 1024

/* One of the pieces of a page has been written, or the last of them was sent. */
static void piece_done(struct page *page)
{
	unsigned long left = page_private(page) - 1;

	set_page_private(page, left);
	if (!left)
		end_page_writeback(page);
}

static void write_end_io(struct bio *bio)
{
	for (unsigned int i = 0; i < bio->bi_vcnt; i++) {
		struct page *page = bio->bi_io_vec[i].page;

		if (bio->bi_error)
			mapping_set_error(page->mapping, bio->bi_error);
		piece_done(page);
	}
	bio_put(bio);
}

/* What is being collected. */
struct write_batch {
	struct inode *inode;
	unsigned int op_flags;
	struct bio *bio;
	u32 next; /* the block that would continue it */
	/* A run of blocks that was found by one look, and is used up page by page. */
	u64 run_iblock;
	u32 run_phys, run_left;
};

static void submit_batch(struct write_batch *b)
{
	if (b->bio)
		submit_bio(b->bio);
	b->bio = NULL;
}

/* `bytes` of a page at `offset` go to the blocks that begin with `block`. */
static void add_piece(struct write_batch *b, struct page *page, u32 offset, u32 bytes, u32 block)
{
	struct super_block *sb = b->inode->i_sb;

	unsigned int pieces = b->bio ? b->bio->bi_vcnt : 0;

	if (!b->bio || block != b->next || !bio_add_page(b->bio, page, bytes, offset)) {
		submit_batch(b);
		b->bio = bio_alloc(sb->s_bdev, BIO_MAX_VECS, REQ_OP_WRITE | b->op_flags, GFP_NOIO);
		b->bio->bi_sector = (u64)block * (sb->s_blocksize / SECTOR_SIZE);
		b->bio->bi_end_io = write_end_io;
		bio_add_page(b->bio, page, bytes, offset);
		pieces = 0;
	}
	/* It may have become one with the page's last piece. */
	if (b->bio->bi_vcnt > pieces)
		set_page_private(page, page_private(page) + 1);
	b->next = block + bytes / sb->s_blocksize;
}

static bool is_zero(struct page *page, u32 offset, u32 len)
{
	const u32 *words = (const u32 *)((char *)kmap_local_page(page) + offset);
	bool zero = true;

	for (u32 i = 0; i < len / sizeof(u32) && zero; i++)
		zero = !words[i];
	kunmap_local(words);
	return zero;
}

/* The blocks from iblock on, at most `max`, that are needed for what is in the page at `offset`. A
   hole stays one if nothing was stored there: then *phys is 0. The number of blocks, or -errno. */
static int map_for_write(struct write_batch *b, struct page *page, u32 offset, u64 iblock, u32 max,
			 u32 *phys)
{
	u32 bits = b->inode->i_blkbits;
	bool fresh;
	int n;

	if (!b->run_left || b->run_iblock != iblock) {
		submit_batch(b); /* the look may need a bio of its own */
		n = ext2_get_blocks(b->inode, iblock, MAP_AHEAD, &b->run_phys);
		if (n < 0)
			return n;
		b->run_iblock = iblock;
		b->run_left = n;
	}
	n = min(b->run_left, max);
	*phys = b->run_phys;
	if (*phys) {
		b->run_phys += n;
		b->run_left -= n;
		b->run_iblock += n;
		return n;
	}
	b->run_left = 0;
	if (is_zero(page, offset, 1U << bits))
		return 1;
	submit_batch(b);
	return ext2_get_blocks_create(b->inode, iblock, 1, phys, &fresh);
}

/* Send what a page holds of the file. 0 or -errno. */
static int write_blocks(struct write_batch *b, struct page *page, u32 bytes)
{
	u32 bits = b->inode->i_blkbits, offset = 0, phys;
	u64 iblock = (u64)page->index << (PAGE_SHIFT - bits);

	while (offset < bytes) {
		u32 left = (bytes - offset + (1U << bits) - 1) >> bits;
		int n = map_for_write(b, page, offset, iblock, left, &phys);

		if (n < 0)
			return n;
		if (phys)
			add_piece(b, page, offset, (u32)n << bits, phys);
		iblock += n;
		offset += (u32)n << bits;
	}
	return 0;
}

/* Write one page, which is locked and no longer marked dirty; unlocks it. */
static int write_one(struct page *page, struct writeback_control *wbc, void *data)
{
	struct write_batch *b = data;
	loff_t start = (loff_t)page->index << PAGE_SHIFT;
	loff_t bytes = min_t(loff_t, b->inode->i_size - start, PAGE_SIZE);
	int err;

	if (bytes <= 0) { /* truncated */
		unlock_page(page);
		return 0;
	}
	/* What a mapping stored behind the end is not part of the file. */
	if (bytes < (loff_t)PAGE_SIZE)
		zero_user(page, bytes, PAGE_SIZE - bytes);
	set_page_writeback(page);
	set_page_private(page, 1);
	err = write_blocks(b, page, bytes);
	if (err)
		mapping_set_error(page->mapping, err);
	unlock_page(page);
	piece_done(page);
	return err;
}

static struct write_batch new_batch(struct inode *inode, const struct writeback_control *wbc)
{
	return (struct write_batch){
		.inode = inode,
		.op_flags = wbc->sync_mode == WB_SYNC_ALL ? REQ_SYNC : 0,
	};
}

static int ext2_writepage(struct page *page, struct writeback_control *wbc)
{
	struct write_batch b = new_batch(page->mapping->host, wbc);
	int err = write_one(page, wbc, &b);

	submit_batch(&b);
	return err;
}

static int ext2_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct write_batch b = new_batch(mapping->host, wbc);
	struct blk_plug plug;
	int err;

	blk_start_plug(&plug);
	err = write_cache_pages(mapping, wbc, write_one, &b);
	submit_batch(&b);
	blk_finish_plug(&plug);
	return err;
}

/* ---- directories ---- */

/* A page of a directory: the inodes whose names are gone from it are dead on the disk first. */
static int write_dir_page(struct page *page, struct writeback_control *wbc, void *data)
{
	struct write_batch *b = data;
	struct ext2_sb_info *sbi = EXT2_SB(b->inode->i_sb);
	int err = 0;

	if (EXT2_I(b->inode)->removal_seq > sbi->synced_seq) {
		submit_batch(b);
		err = ext2_sync_metadata(b->inode->i_sb);
	}
	if (err) {
		mapping_set_error(page->mapping, err);
		redirty_page_for_writepage(wbc, page);
		unlock_page(page);
		return err;
	}
	sbi->dir_writes++;
	EXT2_I(b->inode)->unflushed.changed++;
	return write_one(page, wbc, data);
}

static int ext2_dir_writepage(struct page *page, struct writeback_control *wbc)
{
	struct write_batch b = new_batch(page->mapping->host, wbc);
	int err = write_dir_page(page, wbc, &b);

	submit_batch(&b);
	return err;
}

static int ext2_dir_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct write_batch b = new_batch(mapping->host, wbc);
	int err = write_cache_pages(mapping, wbc, write_dir_page, &b);

	submit_batch(&b);
	return err;
}

/* ---- write(2) ---- */

int ext2_map_page(struct inode *inode, struct page *page, u32 from, u32 to, bool *fresh)
{
	u32 bits = inode->i_blkbits, first = from >> bits, end = ((to - 1) >> bits) + 1;
	u64 start = (u64)page->index << (PAGE_SHIFT - bits);
	bool whole = !first && end == PAGE_SIZE >> bits;

	*fresh = !PageMappedToDisk(page);
	if (!*fresh)
		return 0;
	while (first < end) {
		bool new;
		u32 phys;
		int n = ext2_get_blocks_create(inode, start + first, end - first, &phys, &new);

		if (n < 0)
			return n;
		*fresh &= new;
		first += n;
	}
	if (whole)
		SetPageMappedToDisk(page);
	return 0;
}

/* Blocks that a failed write has taken behind the file's end. */
static void write_failed(struct inode *inode, loff_t to)
{
	if (to <= inode->i_size)
		return;
	truncate_inode_pages(inode->i_mapping, inode->i_size);
	ext2_truncate_blocks(inode, inode->i_size);
}

/* How many of the page's blocks are on the disk, or -errno. The others are holes, or behind the
   file's end. */
static int count_blocks(struct inode *inode, struct page *page)
{
	u32 per = PAGE_SIZE >> inode->i_blkbits, phys;
	u64 start = (u64)page->index << (PAGE_SHIFT - inode->i_blkbits);
	int count = 0;

	for (u32 i = 0; i < per;) {
		int n = ext2_get_blocks(inode, start + i, per - i, &phys);

		if (n < 0)
			return n;
		count += phys ? n : 0;
		i += n;
	}
	return count;
}

/* Make the page's contents valid; or, if `whole`, all of it is going to be written, perhaps leave
   that to write_end: ei->fresh is the page then if nothing of it is on the disk. */
static int prepare_page(struct inode *inode, struct page *page, bool whole)
{
	struct ext2_inode_info *ei = EXT2_I(inode);
	int blocks;

	ei->fresh = NULL;
	if (PageUptodate(page))
		return 0;
	blocks = count_blocks(inode, page);
	if (blocks < 0)
		return blocks;
	if (whole && blocks == (int)(PAGE_SIZE >> inode->i_blkbits))
		return 0;
	if (blocks)
		return ext2_fill_page(inode, page);
	if (whole) {
		ei->fresh = page;
		return 0;
	}
	zero_user(page, 0, PAGE_SIZE);
	SetPageUptodate(page);
	return 0;
}

/* Blocks were taken for a page that is not going to be written: what they hold must not be seen. */
static void clean_up_page(struct inode *inode, struct page *page)
{
	if (EXT2_I(inode)->fresh == page) {
		zero_user(page, 0, PAGE_SIZE);
		SetPageUptodate(page);
	}
	if (PageUptodate(page))
		set_page_dirty(page);
}

static int ext2_write_begin(struct file *f, struct address_space *mapping, loff_t pos,
			    unsigned int len, struct page **pagep)
{
	struct inode *inode = mapping->host;
	u32 offset = offset_in_page(pos);
	struct page *page;
	bool fresh;
	int err = 0;

	if (pos + len > MAX_NON_LFS)
		err = ext2_set_large_file(inode->i_sb);
	if (err)
		return err;
	page = find_or_create_page(mapping, pos >> PAGE_SHIFT, mapping->gfp_mask | __GFP_WRITE);
	if (IS_ERR(page))
		return PTR_ERR(page);
	err = prepare_page(inode, page, len == PAGE_SIZE);
	if (!err)
		err = ext2_map_page(inode, page, offset, offset + len, &fresh);
	if (!err) {
		*pagep = page;
		return 0;
	}
	clean_up_page(inode, page);
	unlock_page(page);
	put_page(page);
	write_failed(inode, pos + len);
	return err;
}

static int ext2_write_end(struct file *f, struct address_space *mapping, loff_t pos,
			  unsigned int len, unsigned int copied, struct page *page)
{
	struct inode *inode = mapping->host;
	struct ext2_inode_info *ei = EXT2_I(inode);
	loff_t old_size = inode->i_size;
	u32 offset = offset_in_page(pos);

	/* What was not copied has never been anything, or is still as it was on the disk. */
	if (!PageUptodate(page) && ei->fresh == page)
		zero_user(page, offset + copied, len - copied);
	else if (!PageUptodate(page) && copied < len)
		copied = 0;
	if (copied == len || ei->fresh == page)
		SetPageUptodate(page);
	ei->fresh = NULL;
	if (PageUptodate(page))
		set_page_dirty(page);
	if (copied && pos + copied > old_size) {
		inode->i_size = pos + copied;
		mark_inode_dirty(inode);
	}
	unlock_page(page);
	put_page(page);
	if (inode->i_size > old_size)
		pagecache_isize_extended(inode, old_size, inode->i_size);
	if (copied < len)
		write_failed(inode, pos + len);
	return copied;
}

const struct address_space_operations ext2_aops = {
	.readpage = ext2_readpage,
	.readpages = ext2_readpages,
	.writepage = ext2_writepage,
	.writepages = ext2_writepages,
	.write_begin = ext2_write_begin,
	.write_end = ext2_write_end,
	.bmap = ext2_bmap,
};

const struct address_space_operations ext2_dir_aops = {
	.readpage = ext2_readpage,
	.writepage = ext2_dir_writepage,
	.writepages = ext2_dir_writepages,
};
