/*
 * Page aging for reclaim: which pages are in use, and how many there are of each kind.
 */
#ifndef MM_CACHE_LRU_H
#define MM_CACHE_LRU_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"

struct page;

/* The kinds of pages that reclaim distinguishes. */
enum lru_list {
	LRU_INACTIVE_ANON, /* without swap: cannot be reclaimed, even if unused */
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE, /* accessed more than once */
	LRU_UNEVICTABLE, /* locked by some process */
	NR_LRU_LISTS
};
unsigned long nr_lru_pages(enum lru_list lru); /* pages of a kind */
unsigned long nr_mlocked_pages(void);	       /* mapped by a locked VMA */
/* The numbers of both in ZONE_HIGHMEM. Looks at each page there, and reschedules. */
void count_highmem_lru(unsigned long counts[NR_LRU_LISTS], unsigned long *mlocked);
/* Called when a page is used: the first time sets PG_referenced, the second time activates the
   page. */
void mark_page_accessed(struct page *page);
/* Is it of any of these kinds? Pages of files in the cache are, and anonymous ones that are mapped.
 */
bool page_has_lru(const struct page *page);

/* The pages that reclaim may free, oldest first: pages of files with a backing store, and anonymous
   pages released by MADV_FREE. */
extern struct list_head reclaimable_pages;
extern unsigned long nr_reclaimable_pages;
void lru_cache_add(struct page *page); /* the youngest */
void lru_cache_del(struct page *page); /* if it is on the list */

/* A page that reclaim had to leave has been written: it is the next one that reclaim looks at. */
void rotate_reclaimable_page(struct page *page);
/* mm/reclaim/oom.c: the first of the tasks that wait for memory tries again. */
void oom_page_written(void);

/* Start to count the page among those of its kind, or stop counting it. */
void lru_count_page(struct page *page);
void lru_uncount_page(struct page *page);
/* Mark the page as active, or as inactive. */
void activate_page(struct page *page);
void deactivate_page(struct page *page);
/* MADV_FREE: allow reclaim to drop an anonymous page like a clean file page, or undo that. */
void mark_page_lazyfree(struct page *page);
void unmark_page_lazyfree(struct page *page);
/* Count one more, or one fewer, mapping in a locked VMA. Reclaim skips pages with such mappings. */
void mlock_page(struct page *page);
void munlock_page(struct page *page);
/* The last mapping of the page is gone, so the page is no longer mlocked, even if an unmapping did
   not count it down (MREMAP_DONTUNMAP does not). */
void munlock_last_mapping(struct page *page);

#endif
