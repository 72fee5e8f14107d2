/*
 * Reading and writing the slots of swap: one page each, past every page cache.
 */
#include "kernel/block/bio.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/fs/blkdev.h"
#include "kernel/lib/util.h"
#include "mm/cache/page_writeback.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/gfp.h"
#include "mm/phys/vmstat.h"
#include "mm/swap/internal.h"
#include <linux/errno.h>

#define SECTORS_PER_PAGE (PAGE_SIZE / SECTOR_SIZE)

/* ---- where a slot stands ---- */

static bool has_slot(const struct swap_extent *se, unsigned long offset)
{
	return offset >= se->start_page && offset - se->start_page < se->nr_pages;
}

/* The extent of a slot: most often the one that was found last. */
static const struct swap_extent *find_extent(struct swap_info_struct *si, unsigned long offset)
{
	unsigned int low = 0, high = si->nr_extents;

	if (has_slot(&si->extents[si->last_extent], offset))
		return &si->extents[si->last_extent];
	while (high - low > 1) {
		unsigned int middle = (low + high) / 2;

		*(si->extents[middle].start_page <= offset ? &low : &high) = middle;
	}
	BUG_ON(!has_slot(&si->extents[low], offset));
	si->last_extent = low;
	return &si->extents[low];
}

static u64 swap_page_sector(swp_entry_t entry)
{
	unsigned long offset = swp_offset(entry);
	const struct swap_extent *se = find_extent(swp_swap_info(entry), offset);

	return (se->start_block + (offset - se->start_page)) * SECTORS_PER_PAGE;
}

long fail_swap_io_after = -1;

static void submit_swap_bio(struct bio *bio)
{
	if (should_fail(&fail_swap_io_after, 0)) {
		bio->bi_error = -EIO;
		bio->bi_end_io(bio);
	} else {
		submit_bio(bio);
	}
}

static struct bio *page_bio(struct page *page, unsigned int opf, void (*end)(struct bio *bio))
{
	swp_entry_t entry = page_swap_entry(page);
	struct bio *bio = bio_alloc(swp_swap_info(entry)->bdev, 1, opf, GFP_NOIO);

	bio->bi_sector = swap_page_sector(entry);
	bio->bi_end_io = end;
	bio_add_page(bio, page, PAGE_SIZE, 0);
	return bio;
}

static void complain(const struct bio *bio, const char *what)
{
	if (printk_ratelimit())
		pr_alert("%s-error on swap-device (%u:%u:%llu)\n", what,
			 (unsigned int)MAJOR(bio->bi_bdev->dev),
			 (unsigned int)MINOR(bio->bi_bdev->dev), bio->bi_sector);
}

/* ---- writing ---- */

/* A page that could not be written is dirty again, and so is not freed. */
static void end_swap_write(struct bio *bio)
{
	struct page *page = bio->bi_io_vec[0].page;

	if (bio->bi_error) {
		SetPageError(page);
		set_page_dirty(page);
		ClearPageReclaim(page);
		complain(bio, "Write");
	}
	end_page_writeback(page);
	bio_put(bio);
}

int swap_writepage(struct page *page, struct writeback_control *wbc)
{
	if (try_to_free_swap(page)) { /* nobody will read the slot */
		unlock_page(page);
		return 0;
	}
	count_vm_event(PSWPOUT);
	set_page_writeback(page);
	unlock_page(page);
	submit_swap_bio(page_bio(page, REQ_OP_WRITE, end_swap_write));
	return 0;
}

/* ---- reading ---- */

static void end_swap_read(struct bio *bio)
{
	struct page *page = bio->bi_io_vec[0].page;

	if (bio->bi_error) {
		SetPageError(page);
		complain(bio, "Read");
	} else {
		SetPageUptodate(page);
	}
	unlock_page(page);
	bio_put(bio);
}

void swap_readpage(struct page *page)
{
	BUG_ON(!PageLocked(page) || !PageSwapCache(page) || PageUptodate(page));
	count_vm_event(PSWPIN);
	submit_swap_bio(page_bio(page, REQ_OP_READ, end_swap_read));
}
