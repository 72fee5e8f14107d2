/*
 * How reclaim sees the pages: in use or not, and how many there are of each kind.
 */
#ifndef MM_CACHE_LRU_H
#define MM_CACHE_LRU_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"

struct page;

/* What reclaim tells pages apart by. */
enum lru_list {
	LRU_INACTIVE_ANON, /* without swap: cannot be reclaimed, however little used */
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE, /* touched more than once */
	LRU_UNEVICTABLE, /* locked by some process */
	NR_LRU_LISTS
};
unsigned long nr_lru_pages(enum lru_list lru); /* pages of a kind */
unsigned long nr_mlocked_pages(void);	       /* mapped by a locked VMA */
/* How many of both lie in ZONE_HIGHMEM. Looks at each page there, and lets others run meanwhile. */
void count_highmem_lru(unsigned long counts[NR_LRU_LISTS], unsigned long *mlocked);
/* Called when a page is used: the first time sets PG_referenced, the second time activates the
   page. */
void mark_page_accessed(struct page *page);
/* Is it of any of these kinds? Pages of files in the cache are, and anonymous ones that are mapped.
 */
bool page_has_lru(const struct page *page);

/* What reclaim may look at, oldest first: the pages of files that have a store behind them, and the
   anonymous ones that MADV_FREE gave up. */
extern struct list_head reclaimable_pages;
extern unsigned long nr_reclaimable_pages;
void lru_cache_add(struct page *page); /* the youngest */
void lru_cache_del(struct page *page); /* if it is on the list */

/* The page begins to count among them, or is about to end. */
void lru_count_page(struct page *page);
void lru_uncount_page(struct page *page);
/* Among those in use; no longer. */
void activate_page(struct page *page);
void deactivate_page(struct page *page);
/* MADV_FREE: an anonymous page becomes droppable like a clean file page; and no longer is. */
void mark_page_lazyfree(struct page *page);
void unmark_page_lazyfree(struct page *page);
/* One more mapping in a locked VMA; one less. Reclaim does not free pages that have any. */
void mlock_page(struct page *page);
void munlock_page(struct page *page);
/* Nobody maps the page any more: whoever forgot to unlock it (MREMAP_DONTUNMAP does), it is not
   locked. */
void munlock_last_mapping(struct page *page);

#endif
