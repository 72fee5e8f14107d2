/*
 * Filling pages of the page cache from the disk. A page holds one to four blocks; blocks that
 * follow each other on the disk are read by one request, and with the page asked for come the next
 * ones of the file that are not in memory yet: one request of 128 KiB is far cheaper than 32 small
 * ones.
 */
#include "kernel/fs/ext2/ext2.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/mm_types.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define READ_AHEAD_PAGES      32
/* Read ahead only while this share of the memory is free. */
#define READ_AHEAD_FREE_SHARE 8

/* Pages being filled together, and the request that collects their next blocks. */
struct read_batch {
	struct inode *inode;
	struct page *pages[READ_AHEAD_PAGES]; /* locked */
	int nr_pages;
	u32 failed; /* bit for each page that could not be read */
	int error;  /* the first failure of pages[0] */

	struct bio_vec vec[READ_AHEAD_PAGES];
	u32 vec_pages; /* bit for each page that the pieces belong to */
	int nr_vec;
	u32 first, next; /* blocks: the request's first, and the one that would continue it */
};
_Static_assert(READ_AHEAD_PAGES <= 32, "one bit for each page");

static void batch_fail(struct read_batch *b, u32 pages, int error)
{
	if (pages & 1 && !(b->failed & 1))
		b->error = error;
	b->failed |= pages;
}

/* Send the request collected so far. */
static void batch_submit(struct read_batch *b)
{
	struct block_device *bdev = b->inode->i_sb->s_bdev;
	u64 sector = (u64)b->first * (b->inode->i_sb->s_blocksize / SECTOR_SIZE);
	int err;

	if (!b->nr_vec)
		return;
	err = bdev_rw(bdev, false, sector, b->vec, b->nr_vec);
	if (err)
		batch_fail(b, b->vec_pages, err);
	b->nr_vec = 0;
	b->vec_pages = 0;
}

/* `bytes` of the page at `offset` come from the blocks that begin with `block`. */
static void batch_add(struct read_batch *b, int nr, u32 offset, u32 bytes, u32 block)
{
	struct page *page = b->pages[nr];
	struct bio_vec *last;

	if (block != b->next || b->nr_vec == READ_AHEAD_PAGES)
		batch_submit(b);
	last = b->nr_vec ? &b->vec[b->nr_vec - 1] : NULL;
	if (last && last->page == page && last->offset + last->len == offset) {
		last->len += bytes;
	} else {
		if (!last)
			b->first = block;
		b->vec[b->nr_vec++] = (struct bio_vec){page, offset, bytes};
		b->vec_pages |= 1U << nr;
	}
	b->next = block + bytes / b->inode->i_sb->s_blocksize;
}

/* A run of blocks, found by one look at the block map and used up page by page. */
struct block_run {
	u64 iblock; /* the file's block where the rest of it begins */
	u32 phys;   /* 0: hole */
	u32 left;
};

/* Ask for the blocks of page `nr` of the batch. */
static int batch_map_page(struct read_batch *b, int nr, struct block_run *run)
{
	struct page *page = b->pages[nr];
	u32 bits = b->inode->i_blkbits, bsize = 1U << bits;
	u64 iblock = (u64)page->index << (PAGE_SHIFT - bits);
	u64 blocks = ((u64)b->inode->i_size + bsize - 1) >> bits; /* of the file */
	u32 offset = 0;

	while (offset < PAGE_SIZE && iblock < blocks) {
		u32 n;

		if (!run->left || run->iblock != iblock) {
			u32 max = min_t(u64, blocks - iblock,
					READ_AHEAD_PAGES << (PAGE_SHIFT - bits));
			int got = ext2_get_blocks(b->inode, iblock, max, &run->phys);

			if (got < 0)
				return got;
			run->iblock = iblock;
			run->left = got;
		}
		n = min_t(u32, run->left, (PAGE_SIZE - offset) >> bits);
		if (run->phys) {
			batch_add(b, nr, offset, n << bits, run->phys);
			run->phys += n;
		} else {
			zero_user(page, offset, n << bits);
		}
		run->iblock += n;
		run->left -= n;
		iblock += n;
		offset += n << bits;
	}
	if (offset < PAGE_SIZE)
		zero_user(page, offset, PAGE_SIZE - offset);
	return 0;
}

/* Add the pages behind the first one, as far as they are not cached and memory is plentiful. */
static void batch_read_ahead(struct read_batch *b)
{
	struct address_space *mapping = b->pages[0]->mapping;
	pgoff_t end = i_size_pages(b->inode);

	if (nr_free_pages() < totalram_pages() / READ_AHEAD_FREE_SHARE)
		return;
	for (pgoff_t index = b->pages[0]->index + 1; index < end; index++) {
		struct page *page;

		if (b->nr_pages == READ_AHEAD_PAGES)
			return;
		page = find_get_page(mapping, index);
		if (page) {
			put_page(page);
			return;
		}
		page = find_or_create_page(mapping, index,
					   GFP_NOWAIT | __GFP_HIGHMEM | __GFP_NOWARN);
		if (IS_ERR_OR_NULL(page))
			return;
		b->pages[b->nr_pages++] = page;
	}
}

/* The part of the last page behind the file's end must read as zeros, whatever the disk holds. */
static void zero_tail(struct read_batch *b, int nr)
{
	loff_t start = (loff_t)b->pages[nr]->index << PAGE_SHIFT;

	loff_t valid = b->inode->i_size - start;

	if (valid > 0 && valid < (loff_t)PAGE_SIZE)
		zero_user(b->pages[nr], valid, PAGE_SIZE - valid);
}

/* Read all pages of the batch; failed and error say how it went. */
static void batch_read(struct read_batch *b)
{
	struct block_run run = {0};

	b->failed = 0;
	b->error = 0;
	for (int i = 0; i < b->nr_pages; i++) {
		int err = batch_map_page(b, i, &run);

		if (err) {
			batch_fail(b, 1U << i, err);
			run.left = 0;
		}
	}
	batch_submit(b);
}

/* A page is good if it was read, and, if it is a directory's, if its entries are sound. */
static void batch_end_page(struct read_batch *b, int nr)
{
	struct page *page = b->pages[nr];
	u32 bit = 1U << nr;

	if (!(b->failed & bit)) {
		zero_tail(b, nr);
		if (S_ISDIR(b->inode->i_mode) && ext2_check_page(b->inode, page))
			batch_fail(b, bit, -EIO);
	}
	if (!(b->failed & bit))
		SetPageUptodate(page);
	unlock_page(page);
}

/* Fill a locked page, and neighbours while at it; unlocks it. */
int ext2_readpage(struct file *file, struct page *page)
{
	struct read_batch b = {.inode = page->mapping->host, .pages = {page}, .nr_pages = 1};

	batch_read_ahead(&b);
	batch_read(&b);
	for (int i = 1; i < b.nr_pages; i++) {
		batch_end_page(&b, i);
		put_page(b.pages[i]); /* find_or_create_page's reference */
	}
	if (b.error && b.nr_pages > 1) {
		/* Perhaps it failed only because of its neighbours. */
		b.nr_pages = 1;
		batch_read(&b);
	}
	batch_end_page(&b, 0);
	return b.error;
}

int ext2_fill_page(struct inode *inode, struct page *page)
{
	struct read_batch b = {.inode = inode, .pages = {page}, .nr_pages = 1};

	batch_read(&b);
	if (b.failed)
		return b.error;
	zero_tail(&b, 0);
	SetPageUptodate(page);
	return 0;
}
