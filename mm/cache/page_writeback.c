/*
 * Write-back of the page cache: see page_writeback.h for the life of a dirty page. Who writes when
 * is decided in kernel/fs/fs_writeback.c; here is how many dirty pages there may be, and how the
 * dirty pages of one file are found.
 */
#include "mm/cache/page_writeback.h"
#include "kernel/block/bio.h"
#include "kernel/core/clock.h"
#include "kernel/core/panic.h"
#include "kernel/lib/util.h"
#include "kernel/locking/wait.h"
#include "kernel/sched/sched.h"
#include "mm/cache/lru.h"
#include "mm/phys/gfp.h"
#include "mm/phys/page.h"

unsigned long nr_file_dirty, nr_writeback, nr_dirtied, nr_written;
unsigned long nr_zone_write_pending[MAX_NR_ZONES];

int dirty_background_ratio = 10, vm_dirty_ratio = 20;
unsigned long dirty_background_bytes, vm_dirty_bytes;
unsigned int dirty_writeback_interval = 5 * 100, dirty_expire_interval = 30 * 100;

void (*mapping_dirtied_hook)(struct address_space *mapping);
void (*wakeup_flusher_hook)(void);

/* ---- one page ---- */

/* Only pages that are written to files are found by tags. */
static void tag_page(struct page *page, unsigned int tag)
{
	if (page_mapping(page))
		radix_tree_tag_set(&page->mapping->pages, page->index, tag);
}

static void count_dirty(const struct page *page, long n)
{
	nr_file_dirty += n;
	nr_zone_write_pending[page_zonenum(page)] += n;
}

static void count_writeback(const struct page *page, long n)
{
	nr_writeback += n;
	nr_zone_write_pending[page_zonenum(page)] += n;
}

void dirty_page_moved(const struct page *page, const struct page *new)
{
	if (!PageDirty(page) || !mapping_can_writeback(new->mapping))
		return;
	count_dirty(page, -1);
	count_dirty(new, 1);
}

static void untag_page(struct page *page, unsigned int tag)
{
	if (page_mapping(page))
		radix_tree_tag_clear(&page->mapping->pages, page->index, tag);
}

bool set_page_dirty(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (TestSetPageDirty(page))
		return false;
	if (!mapping || !mapping_can_writeback(mapping))
		return true;
	tag_page(page, PAGECACHE_TAG_DIRTY);
	count_dirty(page, 1);
	nr_dirtied++;
	current->ioac.write_bytes += PAGE_SIZE;
	mapping_dirtied_hook(mapping);
	return true;
}

bool clear_page_dirty_for_io(struct page *page)
{
	BUG_ON(!PageLocked(page));
	if (page_mapped(page) && page_mkclean(page))
		set_page_dirty(page);
	if (!TestClearPageDirty(page))
		return false;
	/* the tag stays until writing begins, so that others who want all of the file find the page
	 */
	if (page_mapping(page) && mapping_can_writeback(page->mapping))
		count_dirty(page, -1);
	return true;
}

void redirty_page_for_writepage(struct writeback_control *wbc, struct page *page)
{
	wbc->nr_to_write++;
	set_page_dirty(page);
}

void cancel_dirty_page(struct page *page)
{
	BUG_ON(!PageLocked(page));
	if (!TestClearPageDirty(page) || !mapping_can_writeback(page->mapping))
		return;
	count_dirty(page, -1);
	current->ioac.cancelled_write_bytes += PAGE_SIZE;
	untag_page(page, PAGECACHE_TAG_DIRTY);
	untag_page(page, PAGECACHE_TAG_TOWRITE);
}

void set_page_writeback(struct page *page)
{
	BUG_ON(!PageLocked(page) || PageWriteback(page));
	SetPageWriteback(page);
	count_writeback(page, 1);
	tag_page(page, PAGECACHE_TAG_WRITEBACK);
	untag_page(page, PAGECACHE_TAG_TOWRITE);
	if (!PageDirty(page))
		untag_page(page, PAGECACHE_TAG_DIRTY);
}

void end_page_writeback(struct page *page)
{
	BUG_ON(!PageWriteback(page));
	untag_page(page, PAGECACHE_TAG_WRITEBACK);
	ClearPageWriteback(page);
	count_writeback(page, -1);
	nr_written++;
	wake_up_page(page);
	if (TestClearPageReclaim(page)) {
		rotate_reclaimable_page(page);
		reclaim_page_written();
	}
}

/* ---- finding the dirty pages of a file ---- */

#define TAG_BATCH 1024 /* pages between two looks at the scheduler */

/* Mark the pages that are dirty now, so that a complete write-out ends although others go on making
   pages dirty behind it. */
static void tag_pages_for_writeback(struct address_space *mapping, pgoff_t index, pgoff_t end)
{
	struct page *page;

	for (unsigned int n = 1;
	     (page = radix_tree_find_tag(&mapping->pages, &index, PAGECACHE_TAG_DIRTY)) &&
	     index <= end;
	     n++) {
		radix_tree_tag_set(&mapping->pages, index, PAGECACHE_TAG_TOWRITE);
		if (index++ == end)
			return;
		if (!(n % TAG_BATCH))
			cond_resched();
	}
}

/* Write one locked page if it is still dirty; unlocks it. */
static int write_locked_page(struct address_space *mapping, struct page *page,
			     struct writeback_control *wbc, writepage_t writepage, void *data)
{
	bool all = wbc->sync_mode == WB_SYNC_ALL;
	int err;

	if (page->mapping == mapping && PageDirty(page) && all)
		wait_on_page_writeback(page);
	if (page->mapping != mapping || !PageDirty(page) || PageWriteback(page) ||
	    !clear_page_dirty_for_io(page)) {
		if (page->mapping == mapping && all)
			untag_page(page, PAGECACHE_TAG_TOWRITE);
		unlock_page(page);
		return 0;
	}
	wbc->nr_to_write--;
	if (trace_on(TRACE_WRITE))
		trace_file_page(TRACE_WRITE, page);
	err = writepage(page, wbc, data);
	/* clean without having been written: nothing was to be written, or it failed before */
	if (page->mapping == mapping && !PageDirty(page) && !PageWriteback(page)) {
		untag_page(page, PAGECACHE_TAG_DIRTY);
		untag_page(page, PAGECACHE_TAG_TOWRITE);
	}
	return err;
}

/* The flusher does not wait for a page that is locked: its owner may wait for memory, and so for
   the flusher. */
static bool lock_page_to_write(struct page *page, bool all)
{
	if (!all)
		return trylock_page(page);
	lock_page(page);
	return true;
}

int write_cache_pages(struct address_space *mapping, struct writeback_control *wbc,
		      writepage_t writepage, void *data)
{
	pgoff_t index = wbc->range_start >> PAGE_SHIFT;
	pgoff_t end = min_t(u64, (u64)wbc->range_end >> PAGE_SHIFT, ~0UL);
	bool all = wbc->sync_mode == WB_SYNC_ALL;
	unsigned int tag = all ? PAGECACHE_TAG_TOWRITE : PAGECACHE_TAG_DIRTY;
	struct page *page;
	int ret = 0, err;

	if (all)
		tag_pages_for_writeback(mapping, index, end);
	while ((all || wbc->nr_to_write > 0) &&
	       (page = radix_tree_find_tag(&mapping->pages, &index, tag)) && index <= end) {
		get_page(page);
		err = 0;
		if (lock_page_to_write(page, all))
			err = write_locked_page(mapping, page, wbc, writepage, data);
		put_page(page);
		if (err && !ret)
			ret = err;
		if (index++ == end)
			break;
		cond_resched();
	}
	return ret;
}

static int call_writepage(struct page *page, struct writeback_control *wbc, void *data)
{
	struct address_space *mapping = page->mapping;
	int err = mapping->a_ops->writepage(page, wbc);

	if (err)
		mapping_set_error(mapping, err);
	return err;
}

int do_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct blk_plug plug;
	int err = 0;

	blk_start_plug(&plug);
	if (mapping->a_ops->writepages)
		err = mapping->a_ops->writepages(mapping, wbc);
	else if (mapping->a_ops->writepage)
		err = write_cache_pages(mapping, wbc, call_writepage, NULL);
	blk_finish_plug(&plug);
	return err;
}

/* ---- writing a part of a file, and waiting ---- */

int filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end,
			     enum writeback_sync_modes mode)
{
	struct writeback_control wbc = {
		.sync_mode = mode,
		.nr_to_write = ALL_PAGES,
		.range_start = start,
		.range_end = end,
	};

	if (!mapping_can_writeback(mapping) || !mapping->a_ops ||
	    !mapping_tagged(mapping, PAGECACHE_TAG_DIRTY))
		return 0;
	return do_writepages(mapping, &wbc);
}

static void wait_for_range(struct address_space *mapping, loff_t start, loff_t end)
{
	pgoff_t index = start >> PAGE_SHIFT;
	pgoff_t last = min_t(u64, (u64)end >> PAGE_SHIFT, ~0UL);
	struct page *page;

	while ((page = radix_tree_find_tag(&mapping->pages, &index, PAGECACHE_TAG_WRITEBACK)) &&
	       index <= last) {
		get_page(page);
		wait_on_page_writeback(page);
		put_page(page);
		if (index++ == last)
			break;
		cond_resched();
	}
}

/* An error since the last call, which is then forgotten. */
static int filemap_check_errors(struct address_space *mapping)
{
	int err = 0;

	if (mapping->flags & AS_ENOSPC)
		err = -ENOSPC;
	if (mapping->flags & AS_EIO)
		err = -EIO;
	mapping->flags &= ~(AS_ENOSPC | AS_EIO);
	return err;
}

int filemap_fdatawait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	wait_for_range(mapping, start, end);
	return filemap_check_errors(mapping);
}

void filemap_fdatawait_keep_errors(struct address_space *mapping)
{
	wait_for_range(mapping, 0, ALL_BYTES);
}

int filemap_write_and_wait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	int err, waited;

	if (end < start)
		return 0;
	err = filemap_fdatawrite_range(mapping, start, end, WB_SYNC_ALL);
	/* after -EIO too: what was started before may still be under way */
	waited = filemap_fdatawait_range(mapping, start, end);
	return err ? err : waited;
}

void mapping_set_error(struct address_space *mapping, int err)
{
	mapping->flags |= err == -ENOSPC ? AS_ENOSPC : AS_EIO;
	errseq_set(&mapping->wb_err, err);
	errseq_set(mapping->sb_wb_err, err);
}

/* ---- how many dirty pages there may be ---- */

#define RATELIMIT_PAGES 32	 /* pages made dirty between two looks at the limits */
#define MAX_PAUSE	(HZ / 5) /* ticks */

static DECLARE_WAIT_QUEUE_HEAD(dirty_wait);

/* Pages that could be dirty: free ones and those of files. */
static unsigned long global_dirtyable_memory(void)
{
	return nr_free_pages() + nr_lru_pages(LRU_INACTIVE_FILE) + nr_lru_pages(LRU_ACTIVE_FILE);
}

void global_dirty_limits(unsigned long *background, unsigned long *dirty)
{
	unsigned long available = global_dirtyable_memory();

	*dirty = vm_dirty_bytes ? DIV_ROUND_UP(vm_dirty_bytes, PAGE_SIZE)
				: available / 100 * vm_dirty_ratio;
	*background = dirty_background_bytes ? DIV_ROUND_UP(dirty_background_bytes, PAGE_SIZE)
					     : available / 100 * dirty_background_ratio;
	if (*background >= *dirty)
		*background = *dirty / 2;
}

static unsigned long nr_reclaimable_dirty(void)
{
	return nr_file_dirty;
}

bool over_bground_thresh(void)
{
	unsigned long background, dirty;

	global_dirty_limits(&background, &dirty);
	return nr_reclaimable_dirty() > background;
}

static bool writers_may_go_on(void)
{
	unsigned long background, dirty;

	global_dirty_limits(&background, &dirty);
	return nr_file_dirty + nr_writeback <= dirty;
}

void balance_dirty_pages(void)
{
	static unsigned int calls;

	if (++calls < RATELIMIT_PAGES)
		return;
	calls = 0;
	if (over_bground_thresh())
		wakeup_flusher_hook();
	while (!writers_may_go_on() && !fatal_signal_pending(current)) {
		wakeup_flusher_hook();
		/* the limits follow the free memory, so they are looked at again in any case */
		wait_event_killable_timeout(dirty_wait, writers_may_go_on(), MAX_PAUSE);
	}
}

void wake_dirty_waiters(void)
{
	wake_up_all(&dirty_wait);
}
