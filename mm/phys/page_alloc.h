/*
 * Inside the page allocator: zones, for the files that report them (/proc/buddyinfo,
 * /proc/zoneinfo) and for reclaim.
 */
#ifndef MM_PHYS_PAGE_ALLOC_H
#define MM_PHYS_PAGE_ALLOC_H

#include "mm/phys/gfp.h"

enum zone_watermarks {
	WMARK_MIN,  /* below: only requests that may use the reserve */
	WMARK_LOW,  /* below: reclaim begins */
	WMARK_HIGH, /* above: reclaim ends */
	NR_WMARK
};

struct free_area {
	struct list_head free_list; /* by page->lru */
	unsigned long nr_free;	    /* blocks */
};

#define PCP_HIGH  64 /* most pages in a zone's hot list */
#define PCP_BATCH 32 /* moved between hot list and buddy lists at a time */

struct zone {
	/* Hot list: single pages on their way in and out; the page freed last is allocated first.
	 */
	unsigned int pcp_count;
	struct page *pcp[PCP_HIGH];

	unsigned long nr_free;	 /* pages in the buddy lists */
	unsigned int nr_waiting; /* tasks that wait in oom_hook for a page of this zone */
	struct free_area free_area[MAX_ORDER];

	unsigned long watermark[NR_WMARK];
	/* Pages that stay free here when the request could have been served by HIGHMEM. */
	unsigned long lowmem_reserve;

	const char *name;
	unsigned long start_pfn, end_pfn; /* [start, end) */
	unsigned long present_pages;	  /* of RAM */
	unsigned long managed_pages;	  /* of them given to this allocator */

	/* Of mm/reclaim/compaction.c: after failures it does not try each time. */
	unsigned int compact_considered;   /* times since the last failure */
	unsigned int compact_defer_shift;  /* of 2^this times, the last one counts */
	unsigned int compact_order_failed; /* for blocks of this order or a higher one */
} __aligned(512);			   /* so that indexing is a shift */

extern struct zone zones[MAX_NR_ZONES];

#define for_each_zone(z) for ((z) = zones; (z) < zones + MAX_NR_ZONES; (z)++)

static inline struct zone *page_zone(const struct page *page)
{
	return &zones[page_zonenum(page)];
}
/* Free pages of the zone, in lists and hot list. */
static inline unsigned long zone_free_pages(const struct zone *z)
{
	return z->nr_free + z->pcp_count;
}
/* The same with the pages in stocks, which are low memory and count as free. */
static inline unsigned long zone_free_pages_and_stocks(const struct zone *z)
{
	return zone_free_pages(z) + (z == &zones[ZONE_NORMAL] ? nr_stock_pages : 0);
}
/* Is there a free block of 2^order pages, or a larger one? */
static inline bool zone_has_block(const struct zone *z, unsigned int order)
{
	for (; order < MAX_ORDER; order++)
		if (z->free_area[order].nr_free)
			return true;
	return false;
}

/* Boot: define the zones [0, low_end) and [low_end, end) and initialise mem_map; all pages
 * reserved. */
void free_area_init(unsigned long low_end, unsigned long end);
/* Boot: the frames [start, end) are RAM (present_pages). */
void zone_account_present(unsigned long start, unsigned long end);
/* Give the reserved frames [start, end) to the allocator. Also for memory that boot used. */
void free_page_range(unsigned long start, unsigned long end);
/* The reserve, in kilobytes, for tasks that free memory: /proc/sys/vm/min_free_kbytes. */
extern int min_free_kbytes;
/* Boot: choose it by the size of memory, and set the watermarks. */
void init_per_zone_wmark_min(void);
/* Compute the watermarks from min_free_kbytes, as Linux does. */
void setup_per_zone_wmarks(void);
/* Empty the hot lists into the buddy lists. */
void drain_all_pages(void);
/* For the OOM killer: try to allocate again, with reclaim; NULL if there is no memory. */
struct page *alloc_pages_again(gfp_t gfp, unsigned int order);
/* For compaction: the highest free frame of z above the frame `above` and below *below, which
   becomes its number; with one reference, or NULL. Pages in hot lists and stocks are not found.
 */
struct page *take_highest_free_page(struct zone *z, unsigned long above, unsigned long *below);
/* Panic if a free list, a count or a flag is wrong. For tests and debug builds. */
void page_alloc_check(void);

#endif
