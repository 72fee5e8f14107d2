/*
 * Dirty pages of files: how they are counted, found, and written to their file system.
 *
 * A dirty page has PG_dirty set and carries the tag DIRTY in its file's tree. To write it, its lock
 * is taken, PG_dirty is cleared (clear_page_dirty_for_io) and the file system's writepage called,
 * which sets PG_writeback and starts the transfer. While that lasts the page may be read, and may
 * become dirty again. The end of the transfer clears PG_writeback (end_page_writeback).
 */
#ifndef MM_CACHE_PAGE_WRITEBACK_H
#define MM_CACHE_PAGE_WRITEBACK_H

#include "mm/cache/pagecache.h"
#include "mm/phys/page.h"
#include "kernel/lib/errseq.h"

struct file;

#define ALL_BYTES __LONG_LONG_MAX__ /* the end of a range without one: the largest loff_t */
#define ALL_PAGES __LONG_MAX__	    /* nr_to_write without a limit */

/* Tags of an address_space's tree. */
#define PAGECACHE_TAG_DIRTY	0
#define PAGECACHE_TAG_WRITEBACK 1
#define PAGECACHE_TAG_TOWRITE	2 /* dirty when a complete write-out began */

enum writeback_sync_modes {
	WB_SYNC_NONE, /* start to write; skip what is under way */
	WB_SYNC_ALL   /* everything that is dirty now, for a caller that will wait for it */
};

struct writeback_control {
	enum writeback_sync_modes sync_mode;
	long nr_to_write;	       /* pages to be written still; WB_SYNC_ALL ignores it */
	loff_t range_start, range_end; /* bytes, both inclusive */
	bool for_reclaim;	       /* the page is to be freed when it has been written */
};

/* Does the file have a store that its pages are written to? */
static inline bool mapping_can_writeback(const struct address_space *mapping)
{
	return !(mapping->flags & AS_UNEVICTABLE);
}
static inline bool mapping_tagged(const struct address_space *mapping, unsigned int tag)
{
	return radix_tree_tagged(&mapping->pages, tag);
}

/* ---- one page ---- */

/* Make a locked page clean so that it can be written: from here on a store through a mapping makes
   it dirty again. => whether it was dirty. */
bool clear_page_dirty_for_io(struct page *page);
/* writepage cannot write the page now: it is dirty again. The page stays locked. */
void redirty_page_for_writepage(struct writeback_control *wbc, struct page *page);
/* The contents of a locked page are not wanted any more: it is clean without being written. */
void cancel_dirty_page(struct page *page);
/* The transfer of a locked page begins. */
void set_page_writeback(struct page *page);
/* It has ended; an error was recorded by mapping_set_error before. Does not sleep. Not from
   interrupt handlers. */
void end_page_writeback(struct page *page);
/* Sleep until the page is not being written. The caller holds a reference. */
void wait_on_page_writeback(struct page *page);

/* ---- a file ---- */

/* Called for each page: locked, its dirty bit cleared. Unlocks it. 0 or -errno. */
typedef int (*writepage_t)(struct page *page, struct writeback_control *wbc, void *data);
/* Call writepage for the dirty pages in wbc's range, in order of index. Goes on after an error; the
   first one is returned. Sleeps. */
int write_cache_pages(struct address_space *mapping, struct writeback_control *wbc,
		      writepage_t writepage, void *data);
/* Write by the file system's operations: writepages, or writepage for each page. 0 or -errno. */
int do_writepages(struct address_space *mapping, struct writeback_control *wbc);

/*
 * The bytes [start, end] of a file, both inclusive. fdatawrite starts to write what is dirty,
 * fdatawait waits until nothing there is being written, and reports and forgets an error of
 * writing since the last report: -EIO or -ENOSPC. write_and_wait does both. Sleep.
 */
int filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end,
			     enum writeback_sync_modes mode);
int filemap_fdatawait_range(struct address_space *mapping, loff_t start, loff_t end);
int filemap_write_and_wait_range(struct address_space *mapping, loff_t start, loff_t end);
static inline int filemap_write_and_wait(struct address_space *mapping)
{
	return filemap_write_and_wait_range(mapping, 0, ALL_BYTES);
}
/* The same wait, but the error stays recorded, for the next one who asks. */
void filemap_fdatawait_keep_errors(struct address_space *mapping);

/* A page of the file could not be written: err is a negative errno. */
void mapping_set_error(struct address_space *mapping, int err);

/* ---- all files ---- */

extern unsigned long nr_file_dirty, nr_writeback;	  /* pages now */
extern unsigned long nr_zone_write_pending[MAX_NR_ZONES]; /* both, by where the pages are */
/* The contents of a page of a file, and its place there, have moved to another frame. */
void dirty_page_moved(const struct page *page, const struct page *new);
extern unsigned long nr_dirtied, nr_written; /* pages since boot */

/* /proc/sys/vm: shares in percent of the memory that can be dirty, or bytes instead (0: the share
   counts); and times in hundredths of a second. */
extern int dirty_background_ratio, vm_dirty_ratio;
extern unsigned long dirty_background_bytes, vm_dirty_bytes;
extern unsigned int dirty_writeback_interval, dirty_expire_interval;

/* Pages: from how many on the flusher writes, and from how many on writers wait. */
void global_dirty_limits(unsigned long *background, unsigned long *dirty);
/* Is there more than the flusher leaves alone? */
bool over_bground_thresh(void);
/* A task has made a page dirty that can be written: once in a while, sleep here if there are too
   many of those. The caller holds no page lock and no mmap_sem for writing. */
void balance_dirty_pages(void);
static inline void balance_dirty_pages_ratelimited(const struct address_space *mapping)
{
	if (mapping_can_writeback(mapping))
		balance_dirty_pages();
}
/* Dirty pages were written: those who wait in balance_dirty_pages look again. */
void wake_dirty_waiters(void);

/* ---- what higher floors do ---- */

/* A file of which mapping_can_writeback has its first dirty page, or a further one: its inode is to
   be found by the flusher. */
extern void (*mapping_dirtied_hook)(struct address_space *mapping);
/* Start the flusher: there are too many dirty pages. */
extern void (*wakeup_flusher_hook)(void);

#endif
