/*
 * Read-ahead: which pages of a file are read before they are asked for. Each open file has a
 * window, which follows a sequential reader and grows as long as the guesses come true.
 *
 *	  start             the page that starts the next window (PG_readahead)
 *	  |                 |
 *	  ==================#===================
 *	                    |<-- async_size -->|
 *	  |<-------------- size -------------->|
 */
#ifndef KERNEL_FS_READAHEAD_H
#define KERNEL_FS_READAHEAD_H

#include "kernel/abi/types.h"
#include <linux/types.h>

struct address_space;
struct file;
struct page;

#define BDI_IO_PAGES   320 /* the longest request: no single read-ahead is longer */
#define MMAP_LOTSAMISS 100 /* so many more misses than hits: a mapping is accessed at random */

struct file_ra_state {
	pgoff_t start;		 /* the window's first page */
	unsigned int size;	 /* its pages */
	unsigned int async_size; /* when so few are left, the next window is read; 0: none is */
	unsigned int ra_pages;	 /* the largest window; 0: no read-ahead */
	unsigned int mmap_miss;	 /* faults that found no page, less those that did */
	loff_t prev_pos;	 /* where the last read ended; -1 before the first */
};

/* A new file begins with its device's window, or without read-ahead if it is on no device. */
void file_ra_state_init(struct file_ra_state *ra, const struct address_space *mapping);
/* Is the file, or the device's own page cache, on a device? */
bool mapping_has_device(const struct address_space *mapping);
/* The window of that device; 0: there is none. */
unsigned int mapping_ra_pages(const struct address_space *mapping);

/* The page at `index`, of req_count that the caller wants, is not in the cache: start to read it
   and what may be wanted next. Sleeps, but not until the pages are read; errors are not reported:
   the pages are then not uptodate, or not there. */
void page_cache_sync_readahead(struct address_space *mapping, struct file *f, pgoff_t index,
			       unsigned long req_count);
/* `page` was reached, and it has PG_readahead: read the next window. The caller has a reference.
   Sleeps likewise. */
void page_cache_async_readahead(struct address_space *mapping, struct file *f, struct page *page,
				unsigned long req_count);
/* Read nr pages from `index`, without a guess and at most BDI_IO_PAGES, or one window if that is
   larger. Sleeps likewise. */
void force_page_cache_readahead(struct address_space *mapping, struct file *f, pgoff_t index,
				unsigned long nr);
/* The window around the page at `index`, which a mapping has missed. Sleeps likewise. */
void page_cache_readaround(struct address_space *mapping, struct file *f, pgoff_t index);

/* A page for a reader that wants those from index to last - 1: with its contents and a reference,
   read ahead of; ERR_PTR(-EIO, -ENOMEM). Sleeps. */
struct page *filemap_get_page(struct file *f, pgoff_t index, pgoff_t last);

/* posix_fadvise(2): 0, -ESPIPE or -EINVAL. Sleeps. */
int vfs_fadvise(struct file *f, loff_t offset, loff_t len, int advice);

#endif
