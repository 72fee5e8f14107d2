/*
 * Reclaim, compaction and migration: freeing and moving pages.
 */
#ifndef MM_RECLAIM_RECLAIM_H
#define MM_RECLAIM_RECLAIM_H

#include "mm/phys/gfp.h"

/* ---- vmscan.c ---- */
/* Boot: registers the reclaim and OOM functions with the page allocator. */
void reclaim_init(void);
extern int vm_swappiness; /* /proc/sys/vm/swappiness, 0 to 200 */

/* ---- shrink_list.c ---- */
/* MADV_PAGEOUT: free isolated pages, or begin to write them, even if they are in use; what stays is
   put back on its list. => pages freed. Sleeps. */
unsigned long reclaim_pages(struct list_head *pages);

/* ---- workingset.c ---- */
extern unsigned long nr_shadow_nodes; /* that hold nothing but shadows */
#if MAPIX_DEBUG
/* Panic if the list of these nodes is wrong. */
void workingset_check(void);
#else
static inline void workingset_check(void)
{
}
#endif

/* ---- kswapd.c ---- */
/* The function of the thread, which starts after init. Does not return. */
int kswapd(void *unused);
/* Memory in the zones up to idx is short, or no block of 2^order pages is there: wake kswapd; or
   kcompactd, if enough is free. Does not sleep. */
void wakeup_kswapd(gfp_t gfp, unsigned int order, enum zone_type idx);

/* ---- compaction.c ---- */
/* Move pages until the free frames form large blocks. Reschedules. */
void compact_memory(void);
/* The function of the thread, which starts after init. Does not return. */
int kcompactd(void *unused);
/* The zones up to idx have no block of 2^order pages: wake kcompactd, if it could make one. Does
   not sleep. */
void wakeup_kcompactd(unsigned int order, enum zone_type idx);
/* So many pages are to be free before memory is compacted for a block: they move through them. */
static inline unsigned long compact_gap(unsigned int order)
{
	return 2UL << order;
}

/* ---- migrate.c ---- */
/* Does the page belong to a program or a file? The kernel's own pages (the zero page, the vdso) do
   not. */
bool is_user_page(const struct page *page);
/*
 * Replace a locked page by `new`. The caller holds a reference to the page; all other references
 * must be those of its mappings and its file. Consumes the caller's reference to new, even on
 * failure. 0, or -EBUSY if the page has other users.
 */
int migrate_page(struct page *page, struct page *new);

#endif
