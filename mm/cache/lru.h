/*
 * Page aging for reclaim: the lists of pages, by what they are and how long ago they were used.
 *
 * Every page of a program or of a file is on one of these lists, from its first use until it is
 * freed. A new page comes to the head of an inactive list, and moves towards the tail, from which
 * reclaim takes pages. A page that is used again becomes active. A page that is locked in memory is
 * unevictable: it is only counted, because reclaim does not look at it.
 *
 * PG_lru says that the page is on its list, and PG_swapbacked, PG_active and PG_unevictable say on
 * which one. So only the functions here change these flags of a page that has PG_lru.
 */
#ifndef MM_CACHE_LRU_H
#define MM_CACHE_LRU_H

#include "mm/phys/page.h"

/* The kinds of pages that reclaim distinguishes. */
enum lru_list {
	LRU_INACTIVE_ANON, /* anonymous memory and tmpfs: its store is swap */
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE, /* accessed more than once */
	LRU_UNEVICTABLE, /* locked by some process; not in a list */
	NR_LRU_LISTS
};

struct address_space;
struct radix_tree_node;

struct lruvec {
	struct list_head lists[NR_LRU_LISTS];		 /* by page->lru, youngest first */
	unsigned long sizes[MAX_NR_ZONES][NR_LRU_LISTS]; /* pages of each kind, by zone */
	unsigned long nr_mlocked[MAX_NR_ZONES];		 /* pages in some locked VMA */
	unsigned long cost[2];	      /* of reclaim lately: anonymous pages, those of files */
	unsigned long nr_isolated[2]; /* off the lists by reclaim: anonymous, of files */
	/* Pages that became active, or were taken by reclaim, so far: the clock of workingset.c. */
	unsigned long nonresident_age;
	/* WORKINGSET_ACTIVATE_ANON and _FILE when reclaim was last done. */
	unsigned long refaults[2];
};
extern struct lruvec node_lruvec;
/* Pages of a kind had to be written before they could be freed: that was what they cost. */
void lru_note_cost(bool file, unsigned long pages);

/* Pages of a kind; and those of them in a zone. */
unsigned long nr_lru_pages(enum lru_list lru);
static inline unsigned long zone_lru_pages(enum zone_type zone, enum lru_list lru)
{
	return node_lruvec.sizes[zone][lru];
}
/* Does the page belong to the lists of files, or to those of anonymous memory? */
static inline bool page_is_file_lru(const struct page *page)
{
	return !PageSwapBacked(page);
}

/* ---- on and off the lists ---- */

/* Put the page at the head of the list that its flags name, unless it is on a list. */
void lru_cache_add(struct page *page);
/* The same for a page of anonymous memory that a fault has just allocated: one kind, no flag set
   but those that the caller is going to set. */
static inline void lru_cache_add_new_anon(struct page *page)
{
	page->flags |= BIT(PG_lru) | BIT(PG_swapbacked);
	list_add(&page->lru, &node_lruvec.lists[LRU_INACTIVE_ANON]);
	node_lruvec.sizes[page_zonenum(page)][LRU_INACTIVE_ANON]++;
}
/* Take the page off its list, if it is on one, for good. The page allocator does so when it frees
   the page. */
void lru_cache_del(struct page *page);
/* The page, a large one, becomes a small one, and its other parts are added later. */
void lru_page_splits(struct page *page);

/* Take the page off its list for a while, with a reference: page->lru is the caller's. False: it is
   on no list, or unevictable. */
bool isolate_lru_page(struct page *page);
/* Put an isolated page on the list that its flags name now, and drop the reference. */
void putback_lru_page(struct page *page);
/* May reclaim take the page? Not if it is locked by some process, or if its file has no store. */
bool page_evictable(const struct page *page);
/* A file's pages may be reclaimed again (AS_LOCKED was cleared): those that reclaim has found
   unevictable meanwhile come back to their lists. The caller keeps the file. Sleeps. */
void shmem_unlock_mapping(struct address_space *mapping);
/* How often a mapping in a locked VMA maps the page: PG_mlocked pages that were isolated meanwhile
   have to be counted anew. Registered by mm/reclaim/vmscan.c. */
extern unsigned int (*count_mlocks_hook)(struct page *page);

/* ---- what is used ---- */

/* Called when a page is used: the first time sets PG_referenced, the second time activates the
   page. */
void mark_page_accessed(struct page *page);
/* Move the page to the inactive list, and forget that it was used. */
void deactivate_page(struct page *page);
/* The cache does not need this page of a file any more, but it cannot be dropped yet: reclaim finds
   it soon. */
void deactivate_file_page(struct page *page);
/* A page that reclaim had to leave has been written: it is the next one that reclaim looks at. */
void rotate_reclaimable_page(struct page *page);
/* mm/reclaim/vmscan.c: it has been: those who wait for memory try again. */
void reclaim_page_written(void);
/* MADV_FREE: allow reclaim to drop an anonymous page like a clean page of a file. */
void mark_page_lazyfree(struct page *page);

/* ---- what reclaim has taken: mm/reclaim/workingset.c ---- */

/* The clock of evictions goes on by so many pages, which became active or were taken. */
static inline void workingset_age_nonresident(unsigned long nr_pages)
{
	node_lruvec.nonresident_age += nr_pages;
}
/* The page, which is on no list yet, is read again. The shadow that it has left tells when reclaim
   took it: if that is not long ago, the page is active from now on. */
void workingset_refault(struct page *page, const void *shadow);
/* The update() of a tree whose values are shadows: it keeps the list of the nodes that hold nothing
   else. */
void workingset_update_node(struct radix_tree_node *node);

/* ---- what is locked ---- */

/* Pages that some locked VMA maps, in a zone. */
static inline unsigned long zone_mlocked_pages(enum zone_type zone)
{
	return node_lruvec.nr_mlocked[zone];
}
unsigned long nr_mlocked_pages(void); /* in all zones */
/* Count one more, or one fewer, mapping in a locked VMA. Reclaim skips pages with such mappings. */
void mlock_page(struct page *page);
void munlock_page(struct page *page);
/* The last mapping of the page is gone, so the page is no longer mlocked, even if an unmapping did
   not count it down (the page was off its list then). */
void munlock_last_mapping(struct page *page);

#endif
