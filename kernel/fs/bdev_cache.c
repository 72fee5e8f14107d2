/*
 * The page cache of a block device: what /dev/vda reads and writes, and where file systems keep
 * their metadata.
 *
 * A file system's blocks may be smaller than a page, and the data of its files do not go this way.
 * So a page here may lie over blocks that are written by another way: it must not be written, nor
 * taken for valid, as a whole. page->private tells for each of its sectors whether it is valid, and
 * whether it is dirty. A page that is uptodate is valid everywhere.
 *
 * The contents of a valid block may be changed by whoever holds a reference to the page, without a
 * lock: nothing sleeps in the middle of a change. A write that is under way meanwhile may take old
 * or new bytes along, so the change is marked after it is made and the page is written again.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/internal.h"
#include "kernel/fs/writeback.h"
#include "kernel/lib/bitops.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"

#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)
#define ALL_SECTORS	 ((1U << SECTORS_PER_PAGE) - 1)

/* A bit for each sector, and how many bios that write the page are under way. */
struct sector_state {
	u8 valid, dirty, writes;
};
_Static_assert(SECTORS_PER_PAGE <= 8, "one bit for each sector");

static struct sector_state get_state(const struct page *page)
{
	unsigned long private = PagePrivate(page) ? page_private(page) : 0;

	return (struct sector_state){
		.valid = PageUptodate(page) ? ALL_SECTORS : private,
		.dirty = private >> 8,
		.writes = private >> 16,
	};
}

/* A page that is valid, clean and at rest has no state, like a page of a file. */
static void set_state(struct page *page, struct sector_state s)
{
	unsigned long private;

	if (s.valid == ALL_SECTORS)
		SetPageUptodate(page);
	else
		ClearPageUptodate(page);
	private = (s.valid == ALL_SECTORS ? 0 : s.valid) | s.dirty << 8 | s.writes << 16;
	set_page_private(page, private);
	if (private)
		SetPagePrivate(page);
	else
		ClearPagePrivate(page);
}

/* The sectors of `size` bytes at `offset`; what is covered in part does not count. */
static unsigned int sectors_inside(unsigned int offset, unsigned int size)
{
	unsigned int first = DIV_ROUND_UP(offset, SECTOR_SIZE), end = (offset + size) / SECTOR_SIZE;

	return end > first ? ((1U << end) - 1) & ~((1U << first) - 1) : 0;
}

static struct block_device *page_bdev(const struct page *page)
{
	return page->mapping->host->i_bdev;
}

/* Those that the device has: its end may lie within the page. */
static unsigned int sectors_on_device(const struct page *page)
{
	u64 left = page_bdev(page)->nr_sectors - (u64)page->index * SECTORS_PER_PAGE;

	return left >= SECTORS_PER_PAGE ? ALL_SECTORS : (1U << left) - 1;
}

/* The first run of bits in *mask, which leaves it: *first, and how many. 0: there is none. */
static unsigned int next_run(unsigned int *mask, unsigned int *first)
{
	unsigned int end;

	if (!*mask)
		return 0;
	*first = __builtin_ctz(*mask);
	end = *first + __builtin_ctz(~(*mask >> *first));
	*mask &= ~((1U << end) - 1);
	return end - *first;
}

/* A bio for n sectors of the page. */
static struct bio *page_bio(struct page *page, unsigned int first, unsigned int n, unsigned int opf)
{
	struct bio *bio = bio_alloc(page_bdev(page), 1, opf, GFP_NOIO);

	bio->bi_sector = (u64)page->index * SECTORS_PER_PAGE + first;
	bio_add_page(bio, page, n * SECTOR_SIZE, first * SECTOR_SIZE);
	return bio;
}

/* ---- reading ---- */

static void end_page_read(struct page *page, int error)
{
	struct sector_state s = get_state(page);

	if (error) {
		SetPageError(page);
	} else {
		s.valid = ALL_SECTORS;
		set_state(page, s);
	}
	unlock_page(page);
}

static void end_read_bio(struct bio *bio)
{
	for (unsigned int i = 0; i < bio->bi_vcnt; i++)
		end_page_read(bio->bi_io_vec[i].page, bio->bi_error);
	bio_put(bio);
}

/* Read those of the wanted sectors that are not valid, and wait. The page is locked. */
static int read_sectors(struct page *page, unsigned int wanted)
{
	unsigned int on_device = sectors_on_device(page), first, n;
	struct sector_state s = get_state(page);
	unsigned int missing = wanted & on_device & ~s.valid, todo = missing;
	int err = 0;

	while ((n = next_run(&todo, &first))) {
		struct bio *bio = page_bio(page, first, n, REQ_OP_READ);
		int failed = submit_bio_wait(bio);

		bio_put(bio);
		if (failed) {
			missing &= ~(((1U << n) - 1) << first);
			err = failed;
		}
	}
	s = get_state(page);
	if (on_device != ALL_SECTORS && !(s.valid & ~on_device)) {
		n = hweight32(on_device) * SECTOR_SIZE;
		zero_user(page, n, PAGE_SIZE - n);
	}
	s.valid |= missing | (ALL_SECTORS & ~on_device);
	set_state(page, s);
	return err;
}

static bool can_read_whole(const struct page *page)
{
	return !get_state(page).valid && sectors_on_device(page) == ALL_SECTORS;
}

static int blkdev_readpage(struct file *file, struct page *page)
{
	struct bio *bio;
	int err;

	if (can_read_whole(page)) {
		bio = page_bio(page, 0, SECTORS_PER_PAGE, REQ_OP_READ);
		bio->bi_end_io = end_read_bio;
		submit_bio(bio);
		return 0;
	}
	err = read_sectors(page, ALL_SECTORS);
	unlock_page(page);
	return err;
}

static void blkdev_readpages(struct file *file, struct address_space *mapping, struct page **pages,
			     unsigned int nr)
{
	struct bio *bio = NULL;

	for (unsigned int i = 0; i < nr; i++) {
		if (bio &&
		    (!can_read_whole(pages[i]) || !bio_add_page(bio, pages[i], PAGE_SIZE, 0))) {
			submit_bio(bio);
			bio = NULL;
		} else if (bio) {
			continue;
		}
		if (!can_read_whole(pages[i])) {
			blkdev_readpage(file, pages[i]);
			continue;
		}
		bio = bio_alloc(page_bdev(pages[i]), min(nr - i, (unsigned int)BIO_MAX_VECS),
				REQ_OP_READ | REQ_RAHEAD, GFP_NOIO);
		bio->bi_sector = (u64)pages[i]->index * SECTORS_PER_PAGE;
		bio->bi_end_io = end_read_bio;
		bio_add_page(bio, pages[i], PAGE_SIZE, 0);
	}
	if (bio)
		submit_bio(bio);
}

/* ---- writing ---- */

/* One of the page's writes is done. */
static void end_page_write(struct page *page)
{
	struct sector_state s = get_state(page);

	s.writes--;
	set_state(page, s);
	if (!s.writes)
		end_page_writeback(page);
}

static void end_write_bio(struct bio *bio)
{
	struct page *page = bio->bi_io_vec[0].page;

	if (bio->bi_error)
		mapping_set_error(page->mapping, bio->bi_error);
	end_page_write(page);
	bio_put(bio);
}

/* The page is clean from here on, and these sectors are being written; it is unlocked. */
static void begin_page_write(struct page *page, unsigned int sectors)
{
	struct sector_state s = get_state(page);

	s.dirty &= ~sectors;
	s.writes = 1;
	set_state(page, s);
	set_page_writeback(page);
	unlock_page(page);
}

static int blkdev_writepage(struct page *page, struct writeback_control *wbc)
{
	unsigned int opf = REQ_OP_WRITE | (wbc->sync_mode == WB_SYNC_ALL ? REQ_SYNC : 0);
	struct sector_state s = get_state(page);
	unsigned int todo = (s.dirty ? s.dirty : s.valid) & sectors_on_device(page), first, n;

	/* no sector is marked when a page was stored to by a call that had pinned it */
	begin_page_write(page, ALL_SECTORS);
	while ((n = next_run(&todo, &first))) {
		struct bio *bio = page_bio(page, first, n, opf);

		s = get_state(page);
		s.writes++;
		set_state(page, s);
		bio->bi_end_io = end_write_bio;
		submit_bio(bio);
	}
	end_page_write(page);
	return 0;
}

/* A whole sector needs not be read to be written. */
static int blkdev_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			      unsigned int len, struct page **pagep)
{
	struct page *page =
		find_or_create_page(mapping, pos >> PAGE_SHIFT, mapping->gfp_mask | __GFP_WRITE);
	int err = 0;

	if (IS_ERR(page))
		return PTR_ERR(page);
	if ((pos | len) % SECTOR_SIZE)
		err = read_sectors(page, ALL_SECTORS);
	if (err) {
		unlock_page(page);
		put_page(page);
		return err;
	}
	*pagep = page;
	return 0;
}

static void mark_sectors_dirty(struct page *page, unsigned int sectors)
{
	struct sector_state s = get_state(page);

	s.valid |= sectors;
	s.dirty |= sectors;
	set_state(page, s);
	set_page_dirty(page);
}

static int blkdev_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			    unsigned int len, unsigned int copied, struct page *page)
{
	unsigned int offset = pos & (PAGE_SIZE - 1), first, end;

	if (!PageUptodate(page)) /* of a sector there is all or nothing */
		copied = ALIGN_DOWN(copied, SECTOR_SIZE);
	first = ALIGN_DOWN(offset, SECTOR_SIZE);
	end = ALIGN(offset + copied, SECTOR_SIZE);
	if (copied)
		mark_sectors_dirty(page, sectors_inside(first, end - first));
	unlock_page(page);
	put_page(page);
	return copied;
}

/* There is no telling which of its bytes a store through a mapping changes. */
static void blkdev_page_mkwrite(struct page *page)
{
	mark_sectors_dirty(page, ALL_SECTORS);
}

static void blkdev_freepage(struct page *page)
{
	set_page_private(page, 0);
	ClearPagePrivate(page);
}

const struct address_space_operations blkdev_aops = {
	.readpage = blkdev_readpage,
	.readpages = blkdev_readpages,
	.writepage = blkdev_writepage,
	.write_begin = blkdev_write_begin,
	.write_end = blkdev_write_end,
	.page_mkwrite = blkdev_page_mkwrite,
	.freepage = blkdev_freepage,
};

/* ---- the blocks of a file system ---- */

/* Where a block is: its page's index and the offset there. False: beyond the end. */
static bool locate(struct block_device *bdev, u64 block, unsigned int size, pgoff_t *index,
		   unsigned int *offset)
{
	u64 start = block * size;

	/* no division: this is on the way to every block of a file */
	if (block > (u64)ALL_BYTES / PAGE_SIZE || start + size > bdev->nr_sectors * SECTOR_SIZE ||
	    start >> PAGE_SHIFT > (pgoff_t)-1)
		return false;
	*index = start >> PAGE_SHIFT;
	*offset = start & (PAGE_SIZE - 1);
	return true;
}

/* The page could not be read as a whole. Perhaps the block can. */
static struct page *read_block_alone(struct address_space *mapping, pgoff_t index,
				     unsigned int sectors)
{
	struct page *page = find_or_create_page(mapping, index, mapping->gfp_mask);
	int err;

	if (IS_ERR(page))
		return page;
	err = read_sectors(page, sectors);
	unlock_page(page);
	if (!err)
		return page;
	put_page(page);
	return ERR_PTR(err);
}

struct page *bread_page(struct block_device *bdev, u64 block, unsigned int size,
			unsigned int *offset)
{
	struct address_space *mapping = bdev->inode->i_mapping;
	unsigned int sectors;
	struct page *page;
	pgoff_t index;

	if (!locate(bdev, block, size, &index, offset))
		return ERR_PTR(-EIO);
	sectors = sectors_inside(*offset, size);
	page = find_get_page(mapping, index);
	if (page && !(sectors & ~get_state(page).valid))
		return page;
	if (page)
		put_page(page);
	page = read_mapping_page(mapping, index, NULL);
	if (IS_ERR(page) && PTR_ERR(page) == -EIO && size < PAGE_SIZE)
		page = read_block_alone(mapping, index, sectors);
	return page;
}

struct page *getblk_page(struct block_device *bdev, u64 block, unsigned int size,
			 unsigned int *offset)
{
	struct address_space *mapping = bdev->inode->i_mapping;
	struct sector_state s;
	struct page *page;
	pgoff_t index;

	if (!locate(bdev, block, size, &index, offset))
		return ERR_PTR(-EIO);
	page = find_or_create_page(mapping, index, mapping->gfp_mask);
	if (IS_ERR(page))
		return page;
	zero_user(page, *offset, size);
	s = get_state(page);
	s.valid |= sectors_inside(*offset, size);
	set_state(page, s);
	unlock_page(page);
	return page;
}

void mark_block_dirty(struct page *page, unsigned int offset, unsigned int size)
{
	mark_sectors_dirty(page, sectors_inside(offset, size));
}

void bforget_block(struct block_device *bdev, u64 block, unsigned int size)
{
	struct sector_state s;
	unsigned int offset;
	struct page *page;
	pgoff_t index;

	if (!locate(bdev, block, size, &index, &offset))
		return;
	page = find_lock_page(bdev->inode->i_mapping, index);
	if (!page)
		return;
	wait_on_page_writeback(page);
	if (page_mapped(page))
		page_mkclean(page); /* a store after this one makes it dirty again */
	s = get_state(page);
	s.dirty &= ~sectors_inside(offset, size);
	if (!page_mapped(page)) /* what is mapped stays valid */
		s.valid &= ~sectors_inside(offset, size);
	if (!s.dirty)
		cancel_dirty_page(page);
	set_state(page, s);
	unlock_page(page);
	put_page(page);
}

/* Write these sectors of a locked page, and wait; unlocks it. */
static int write_sectors(struct page *page, unsigned int sectors)
{
	struct bio *bio;
	unsigned int first, n;
	int err;

	if (page_mapped(page))
		page_mkclean(page); /* a store after this one makes it dirty again */
	if (!(get_state(page).dirty & ~sectors))
		clear_page_dirty_for_io(page);
	begin_page_write(page, sectors);
	n = next_run(&sectors, &first);
	bio = page_bio(page, first, n, REQ_OP_WRITE);
	err = submit_bio_wait(bio);
	bio_put(bio);
	if (err)
		mapping_set_error(page->mapping, err);
	end_page_write(page);
	return err;
}

int sync_block(struct block_device *bdev, u64 block, unsigned int size)
{
	unsigned int offset, sectors;
	struct page *page;
	pgoff_t index;
	int err = 0;

	if (!locate(bdev, block, size, &index, &offset))
		return -EIO;
	page = find_lock_page(bdev->inode->i_mapping, index);
	if (!page)
		return 0;
	wait_on_page_writeback(page);
	sectors = sectors_inside(offset, size);
	if (get_state(page).dirty & sectors && !(sectors & ~get_state(page).valid))
		err = write_sectors(page, sectors);
	else
		unlock_page(page);
	put_page(page);
	return err;
}

int sync_blockdev(struct block_device *bdev)
{
	return bdev ? filemap_write_and_wait(bdev->inode->i_mapping) : 0;
}
