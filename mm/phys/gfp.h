/*
 * Allocating pages: the flags that say what an allocation may do, and the page allocator's
 * functions.
 *
 * Task context only: neither these functions nor the slab allocator's may be called by an interrupt
 * handler (a handler wakes a task to do it). That keeps the fast paths free of interrupt locking.
 */
#ifndef MM_PHYS_GFP_H
#define MM_PHYS_GFP_H

#include "mm/phys/page.h"

/* What the memory is for, and how hard to try. */
#define __GFP_HIGHMEM	     0x01U /* need not be in the direct map */
#define __GFP_ZERO	     0x02U /* filled with zeros */
#define __GFP_COMP	     0x04U /* a block of pages is to be one compound page */
#define __GFP_NOWARN	     0x08U /* the caller expects failure: no message */
#define __GFP_HIGH	     0x10U /* may use part of the reserve below the min watermark */
#define __GFP_MEMALLOC	     0x20U /* frees more than it takes (reclaim): may use all of the reserve */
#define __GFP_DIRECT_RECLAIM 0x40U   /* may sleep and free other memory */
#define __GFP_KSWAPD_RECLAIM 0x2000U /* kswapd and kcompactd may be woken */
#define __GFP_RECLAIM	     (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)
#define __GFP_IO	     0x80U  /* reclaim may start input and output */
#define __GFP_FS	     0x100U /* reclaim may call into file systems */
#define __GFP_NORETRY	     0x200U /* reclaim once at most */
#define __GFP_MOVABLE	     0x400U /* a user page: may be moved or reclaimed later */
#define __GFP_NOFAIL \
	0x800U /* the caller cannot handle failure: tries for ever (small orders, may sleep) */
#define __GFP_WRITE 0x1000U /* a page of a file that is going to be written over */

#define GFP_ATOMIC	     (__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_NOWAIT	     (__GFP_KSWAPD_RECLAIM)
#define GFP_NOIO	     (__GFP_RECLAIM)
#define GFP_NOFS	     (__GFP_RECLAIM | __GFP_IO)
#define GFP_KERNEL	     (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_USER	     GFP_KERNEL
#define GFP_HIGHUSER	     (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
/* A transparent huge page: one that is there; or the caller makes room for it. */
#define GFP_TRANSHUGE_LIGHT  ((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOWARN) & ~__GFP_RECLAIM)
#define GFP_TRANSHUGE	     (GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)

#define MAX_ORDER		11 /* blocks of 2^0 .. 2^10 pages */
#define PAGE_ALLOC_COSTLY_ORDER 3  /* no process is killed for larger blocks */

/*
 * One page, or 2^order consecutive ones (order < MAX_ORDER), with a reference count of 1; NULL if
 * there is no memory. Without __GFP_COMP only the first page of a block is counted. The order of
 * trying: free pages; the kernel's own small caches; reclaim_hook; oom_hook; failure.
 *
 * As in Linux, an allocation that may sleep (__GFP_DIRECT_RECLAIM) and asks for at most
 * 2^PAGE_ALLOC_COSTLY_ORDER pages does not fail for lack of memory: it sleeps until a process has
 * been killed. It fails if the caller itself is dying and half of the reserve is used up, if no
 * process may be killed, with __GFP_NORETRY, or when tests make it fail; with __GFP_NOFAIL never.
 */
struct page *alloc_page(gfp_t gfp);
struct page *alloc_pages(gfp_t gfp, unsigned int order);
/* Drop the caller's reference of a block; at 0 it is free. The order must be the allocation's. */
void __free_pages(struct page *page, unsigned int order);
static inline void __free_page(struct page *page)
{
	__free_pages(page, 0);
}
/* The same by address in the direct map; 0 if there is no memory. Not with __GFP_HIGHMEM. */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
static inline unsigned long __get_free_page(gfp_t gfp)
{
	return __get_free_pages(gfp, 0);
}
static inline unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}
void free_pages(unsigned long addr, unsigned int order); /* addr 0 is ignored */
static inline void free_page(unsigned long addr)
{
	free_pages(addr, 0);
}
/* The smallest order whose block holds `size` bytes (size > 0). */
static inline unsigned int get_order(unsigned long size)
{
	return fls((unsigned int)((size - 1) >> PAGE_SHIFT));
}

/*
 * Give memory back: called when free pages are below the min watermark or a block cannot be found,
 * and the caller may sleep. => number of pages freed; above 0 the allocation is tried again.
 * Registered by mm/reclaim/vmscan.c.
 */
extern int (*reclaim_hook)(gfp_t gfp, unsigned int order);
/*
 * Wait until memory has been freed, and kill a process if necessary. Returns the block, or NULL if
 * no process can be killed. in_vain: no memory was found; otherwise there may be some, but other
 * tasks already wait here for single pages, and the caller queues behind them. Registered by the
 * OOM killer, which allocates with alloc_pages_again().
 */
extern struct page *(*oom_hook)(gfp_t gfp, unsigned int order, bool in_vain);
/* No zone up to idx can give 2^order pages and stay above its low watermark. Does not sleep.
   Registered by mm/reclaim/vmscan.c. */
extern void (*wakeup_kswapd_hook)(gfp_t gfp, unsigned int order, enum zone_type idx);
/* A page on an LRU list is being freed: take it off. Registered by the owner of the lists. */
extern void (*lru_release_hook)(struct page *page);
/* Nobody uses a huge page of the pool any more; its count is 0. Registered by the pool. */
extern void (*free_huge_page_hook)(struct page *page);
/*
 * The kernel's own stocks of unused pages (zeroed page tables, kernel stacks, empty slabs) register
 * here: `drain` returns them all to the page allocator and reports how many pages.
 */
void register_page_stock(unsigned long (*drain)(void));
/* Empty all stocks and hot lists. => number of pages from the stocks. */
unsigned long drain_all_stocks(void);
/* Pages in such stocks with unused contents; nr_free_pages() counts them as free. */
extern unsigned long nr_stock_pages;

/* --- Numbers, in pages --- */
unsigned long nr_free_pages(void);     /* all zones, hot lists and stocks included */
unsigned long nr_free_highpages(void); /* of them in ZONE_HIGHMEM */
unsigned long totalram_pages(void);    /* given to the page allocator at boot, or since */
/* The part of totalram_pages() in ZONE_HIGHMEM. */
unsigned long totalhigh_pages(void);
extern unsigned long nr_pgfree; /* pages taken back since boot */
unsigned long nr_pgalloc(void); /* pages given out since boot: no counter, the others tell */

/* Tests: all page allocations fail after this many have succeeded; -1: never. */
extern long fail_page_alloc_after;

#endif
