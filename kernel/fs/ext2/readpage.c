/*
 * Filling pages of the page cache from the disk. A page holds one to four blocks; blocks that
 * follow each other on the disk are read by one bio, across pages. Nobody waits here: a page is
 * unlocked when its last block has come, in ext2_end_read.
 */
#include "kernel/fs/ext2/ext2.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/stat.h>

#define READ_RUN_PAGES 32 /* mapped with one look at the block map */

/* A run of blocks, found by one look at the block map and used up page by page. */
struct block_run {
	u64 iblock; /* the file's block where the rest of it begins */
	u32 phys;   /* 0: hole */
	u32 left;
};

/* Pages that are being sent, and the bio that collects their next blocks. */
struct read_request {
	struct inode *inode;
	struct block_run run;
	struct bio *bio;  /* not submitted yet, or NULL */
	u32 next;	  /* the block that would continue it */
	unsigned int opf; /* REQ_ */
	bool sync;	  /* no bio: each piece is read at once, */
	int error;	  /* and that is how it went */
};

/* ---- the end of a read ---- */

/* The part of the last page behind the file's end must read as zeros, whatever the disk holds. */
static void zero_tail(struct page *page)
{
	loff_t valid = page->mapping->host->i_size - ((loff_t)page->index << PAGE_SHIFT);

	if (valid > 0 && valid < (loff_t)PAGE_SIZE)
		zero_user(page, valid, PAGE_SIZE - valid);
}

/*
 * So many bytes of a locked page have come, or failed. While it is read, page_private says how many
 * have not, plus one until all have been asked for.
 */
static void end_part(struct page *page, unsigned int bytes)
{
	set_page_private(page, page_private(page) - bytes);
	if (page_private(page))
		return;
	if (!PageError(page)) {
		zero_tail(page);
		SetPageUptodate(page);
	}
	unlock_page(page);
}

static void ext2_end_read(struct bio *bio)
{
	for (unsigned int i = 0; i < bio->bi_vcnt; i++) {
		const struct bio_vec *vec = &bio->bi_io_vec[i];

		if (bio->bi_error)
			SetPageError(vec->page);
		end_part(vec->page, vec->len);
	}
	bio_put(bio);
}

/* ---- its beginning ---- */

static void submit_collected(struct read_request *r)
{
	if (r->bio)
		submit_bio(r->bio);
	r->bio = NULL;
}

/* `bytes` of the page at `offset` come from the blocks that begin with `block`. */
static void add_blocks(struct read_request *r, struct page *page, u32 offset, u32 bytes, u32 block)
{
	struct super_block *sb = r->inode->i_sb;
	u64 sector = (u64)block * (sb->s_blocksize / SECTOR_SIZE);

	if (r->sync) {
		struct bio_vec vec = {page, offset, bytes};
		int err = bdev_rw(sb->s_bdev, false, sector, &vec, 1);

		if (err)
			r->error = err;
		return;
	}
	set_page_private(page, page_private(page) + bytes);
	if (!r->bio || block != r->next || !bio_add_page(r->bio, page, bytes, offset)) {
		submit_collected(r);
		r->bio = bio_alloc(sb->s_bdev, READ_RUN_PAGES, REQ_OP_READ | r->opf, GFP_NOIO);
		r->bio->bi_sector = sector;
		r->bio->bi_end_io = ext2_end_read;
		bio_add_page(r->bio, page, bytes, offset);
	}
	r->next = block + bytes / sb->s_blocksize;
}

/* Make the run begin at block `iblock` of `blocks` that the file has. 0 or -errno; sleeps. */
static int map_run(struct read_request *r, u64 iblock, u64 blocks)
{
	struct block_run *run = &r->run;
	u32 max = min_t(u64, blocks - iblock, READ_RUN_PAGES << (PAGE_SHIFT - r->inode->i_blkbits));
	int n;

	if (run->left && run->iblock == iblock)
		return 0;
	run->left = 0;
	submit_collected(r); /* reading the map needs a bio, which may have to wait for this one */
	n = ext2_get_blocks(r->inode, iblock, max, &run->phys);
	if (n < 0)
		return n;
	run->iblock = iblock;
	run->left = n;
	return 0;
}

/* Ask for the blocks of a page. 0, or why the block map could not be read. */
static int map_page(struct read_request *r, struct page *page)
{
	u32 bits = r->inode->i_blkbits, bsize = 1U << bits, offset = 0;
	u64 iblock = (u64)page->index << (PAGE_SHIFT - bits);
	u64 blocks = ((u64)r->inode->i_size + bsize - 1) >> bits;
	struct block_run *run = &r->run;
	bool holes = false;

	while (offset < PAGE_SIZE && iblock < blocks) {
		int err = map_run(r, iblock, blocks);
		u32 n;

		if (err)
			return err;
		n = min_t(u32, run->left, (PAGE_SIZE - offset) >> bits);
		if (run->phys) {
			add_blocks(r, page, offset, n << bits, run->phys);
			run->phys += n;
		} else {
			zero_user(page, offset, n << bits);
			holes = true;
		}
		run->iblock += n;
		run->left -= n;
		iblock += n;
		offset += n << bits;
	}
	if (offset < PAGE_SIZE)
		zero_user(page, offset, PAGE_SIZE - offset);
	else if (!holes)
		SetPageMappedToDisk(page);
	return 0;
}

/* Start to read a locked page, which is unlocked when it has been read. 0 or -errno: the page is
   not uptodate then. */
static int start_page(struct read_request *r, struct page *page)
{
	int err;

	ClearPageError(page);
	set_page_private(page, 1);
	err = map_page(r, page);
	if (err)
		SetPageError(page);
	end_part(page, 1);
	return err;
}

int ext2_fill_page(struct inode *inode, struct page *page)
{
	struct read_request r = {.inode = inode, .sync = true};
	int err = map_page(&r, page);

	if (err || r.error)
		return err ? err : r.error;
	zero_tail(page);
	SetPageUptodate(page);
	return 0;
}

/* A directory's page is good if its entries are sound, too. */
static int read_dir_page(struct inode *dir, struct page *page)
{
	int err = ext2_fill_page(dir, page);

	if (!err && ext2_check_page(dir, page)) {
		ClearPageUptodate(page);
		err = -EIO;
	}
	unlock_page(page);
	return err;
}

int ext2_readpage(struct file *file, struct page *page)
{
	struct read_request r = {.inode = page->mapping->host};
	int err;

	if (S_ISDIR(r.inode->i_mode))
		return read_dir_page(r.inode, page);
	err = start_page(&r, page);
	submit_collected(&r);
	return err;
}

void ext2_readpages(struct file *file, struct address_space *mapping, struct page **pages,
		    unsigned int nr)
{
	struct read_request r = {.inode = mapping->host, .opf = REQ_RAHEAD};

	for (unsigned int i = 0; i < nr; i++)
		start_page(&r, pages[i]);
	submit_collected(&r);
}
