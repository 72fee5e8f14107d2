/*
 * struct page: the state of one page frame. There is one for every frame, in the array mem_map, so
 * this is the most numerous structure of the kernel and is kept at 32 bytes. The meaning of the
 * shared fields depends on the owner of the page.
 */
#ifndef MM_PHYS_PAGE_H
#define MM_PHYS_PAGE_H

#include "kernel/lib/bitops.h"
#include "kernel/lib/list.h"
#include "mm/layout.h"
#include "mm/phys/mmdebug.h"

struct address_space;
struct kmem_cache;

struct page {
	unsigned long flags; /* PG_ bits; the zone in the last bit */
	int _refcount;	     /* users; 0: free */
	union {
		int _mapcount;	     /* page-table entries that map it, minus one */
		struct {	     /* PG_slab */
			u16 inuse;   /* objects given out */
			u16 objects; /* objects in this slab */
		};
	};
	union {
		struct address_space
			*mapping; /* page cache: its file; or an anon_vma with bit 0 set */
		struct kmem_cache *slab_cache; /* PG_slab */
	};
	union {
		pgoff_t index;	/* page cache: offset in the file, in pages */
		void *freelist; /* PG_slab: first free object */
	};
	union {
		struct list_head lru; /* LRU, the buddy's free lists, a slab cache's lists */
		struct {	      /* PG_unevictable: on none of them */
			void *not_next;
			unsigned int mlock_count; /* mappings in locked VMAs */
		};
		struct { /* pages of a block after the first (PG_head is on the first) */
			unsigned long
				compound_head; /* address of the first page's struct, plus 1 */
			unsigned long compound_order; /* in the second page only */
		};
	};
	unsigned long private; /* PG_buddy: the order; PG_swapcache: the entry; else the owner's */
};
#if UINTPTR_MAX == UINT32_MAX
_Static_assert(sizeof(struct page) == 32, "mem_map must stay small");
#endif

/* Bits of page->flags. */
enum pageflags {
	PG_locked,	   /* the page lock */
	PG_referenced,	   /* accessed since reclaim last checked */
	PG_uptodate,	   /* the contents are valid */
	PG_dirty,	   /* newer than its copy on disk */
	PG_lru,		   /* on reclaim's list */
	PG_active,	   /* on the list of pages in use */
	PG_waiters,	   /* a task waits for a bit to change */
	PG_error,	   /* an input or output failed */
	PG_slab,	   /* belongs to a slab cache */
	PG_buddy,	   /* free, first page of a block of 2^private pages */
	PG_reserved,	   /* never allocated: holes, the kernel image, the zero page */
	PG_private,	   /* the file system keeps something in ->private */
	PG_writeback,	   /* being written */
	PG_head,	   /* first page of a compound block */
	PG_swapcache,	   /* has an entry in swap; ->private is it */
	PG_swapbacked,	   /* goes to swap, not to a file: anonymous or shmem */
	PG_reclaim,	   /* to be freed when its write ends */
	PG_readahead,	   /* reading it starts the next read-ahead */
	PG_unevictable,	   /* reclaim must not free it */
	PG_mlocked,	   /* in a locked VMA */
	PG_anon_exclusive, /* anonymous, and mapped by one address space only */
	PG_hwpoison,	   /* it has a hardware error: see memory_failure.h */
	PG_workingset,	   /* it has been active: see mm/reclaim/workingset.c */
	NR_PAGEFLAGS,
	/* a file's page: all of it has a place on the disk */
	PG_mappedtodisk = PG_anon_exclusive
};

#define __PAGEFLAG(uname, lname)                                                \
	static inline bool Page##uname(const struct page *page)                 \
	{                                                                       \
		return page->flags >> PG_##lname & 1;                           \
	}                                                                       \
	static inline void SetPage##uname(struct page *page)                    \
	{                                                                       \
		set_bit(PG_##lname, &page->flags);                              \
	}                                                                       \
	static inline void ClearPage##uname(struct page *page)                  \
	{                                                                       \
		clear_bit(PG_##lname, &page->flags);                            \
	}                                                                       \
	static inline bool TestSetPage##uname(struct page *page)                \
	{                                                                       \
		return test_and_set_bit(PG_##lname, &page->flags);              \
	}                                                                       \
	static inline bool TestClearPage##uname(struct page *page)              \
	{                                                                       \
		return test_and_clear_bit(PG_##lname, &page->flags);            \
	}                                                                       \
	/* Non-atomic variants, for pages that no other code can access yet. */ \
	static inline void __SetPage##uname(struct page *page)                  \
	{                                                                       \
		__set_bit(PG_##lname, &page->flags);                            \
	}                                                                       \
	static inline void __ClearPage##uname(struct page *page)                \
	{                                                                       \
		__clear_bit(PG_##lname, &page->flags);                          \
	}

__PAGEFLAG(Locked, locked)
__PAGEFLAG(Referenced, referenced)
__PAGEFLAG(Uptodate, uptodate)
__PAGEFLAG(Dirty, dirty)
__PAGEFLAG(LRU, lru)
__PAGEFLAG(Active, active)
__PAGEFLAG(Waiters, waiters)
__PAGEFLAG(Error, error)
__PAGEFLAG(Slab, slab)
__PAGEFLAG(Buddy, buddy)
__PAGEFLAG(Reserved, reserved)
__PAGEFLAG(Private, private)
__PAGEFLAG(Writeback, writeback)
__PAGEFLAG(Head, head)
__PAGEFLAG(SwapCache, swapcache)
__PAGEFLAG(SwapBacked, swapbacked)
__PAGEFLAG(Reclaim, reclaim)
__PAGEFLAG(Readahead, readahead)
__PAGEFLAG(Unevictable, unevictable)
__PAGEFLAG(Mlocked, mlocked)
__PAGEFLAG(AnonExclusive, anon_exclusive)
__PAGEFLAG(MappedToDisk, mappedtodisk)
__PAGEFLAG(Workingset, workingset)

static inline bool trylock_page(struct page *page)
{
	return !TestSetPageLocked(page);
}

/* If one of these is set when a page is freed, the page is still in use, which is a bug. */
#define PAGE_FLAGS_CHECK_AT_FREE                                                          \
	(BIT(PG_locked) | BIT(PG_lru) | BIT(PG_slab) | BIT(PG_buddy) | BIT(PG_reserved) | \
	 BIT(PG_private) | BIT(PG_writeback) | BIT(PG_active) | BIT(PG_unevictable) |     \
	 BIT(PG_swapcache))

/* --- mem_map --- */
extern struct page *mem_map; /* max_pfn entries; the first is frame 0 */

#define pfn_to_page(pfn)    (mem_map + (pfn))
#define page_to_pfn(page)   ((unsigned long)((page)-mem_map))
#define page_to_phys(page)  PFN_PHYS(page_to_pfn(page))
#define phys_to_page(p)	    pfn_to_page(PHYS_PFN(p))
/* Address of the direct map -> its page. */
#define virt_to_page(kaddr) pfn_to_page(__pa(kaddr) >> PAGE_SHIFT)
#define pfn_valid(pfn)	    ((pfn) < max_pfn)

/* --- Zones: the last bit of the flags, set once at boot --- */
enum zone_type {
	ZONE_NORMAL,  /* in the direct map: what the kernel itself uses */
	ZONE_HIGHMEM, /* above it: user pages and page cache only */
	MAX_NR_ZONES
};
#define ZONES_PGSHIFT (BITS_PER_LONG - 1)
static inline enum zone_type page_zonenum(const struct page *page)
{
	return (enum zone_type)(page->flags >> ZONES_PGSHIFT);
}
static inline bool PageHighMem(const struct page *page)
{
	return (long)page->flags < 0;
}
/* Where the page is in the direct map; NULL for highmem (use kmap_local_page). */
static inline void *lowmem_page_address(const struct page *page)
{
	return __va(PFN_PHYS(page_to_pfn(page)));
}

/* --- Compound pages: a block of 2^order pages allocated with __GFP_COMP is counted in its first
 * --- */
static inline bool PageTail(const struct page *page)
{
	return page->compound_head & 1;
}
static inline bool PageCompound(const struct page *page)
{
	return PageHead(page) || PageTail(page);
}
static inline struct page *compound_head(const struct page *page)
{
	unsigned long head = page->compound_head;

	return (struct page *)(unlikely(head & 1) ? head - 1 : (unsigned long)page);
}
static inline unsigned int compound_order(const struct page *page)
{
	return PageHead(page) ? page[1].compound_order : 0;
}
/* What such a block is; in the second page. */
enum compound_kind {
	COMPOUND_PLAIN,
	COMPOUND_HUGETLB,   /* of the pool of huge pages, which gets it back: hugetlb_pool.c */
	COMPOUND_TRANSHUGE, /* anonymous memory that nobody asked a large page for: huge_memory.c */
};
static inline void set_compound_kind(struct page *head, enum compound_kind kind)
{
	head[1].private = kind;
}
/* Is it a huge page of the pool, or a part of one? */
static inline bool PageHuge(const struct page *page)
{
	page = compound_head(page);
	return PageHead(page) && page[1].private == COMPOUND_HUGETLB;
}
/* Is it a transparent huge page, or a part of one? */
static inline bool PageTransHuge(const struct page *page)
{
	page = compound_head(page);
	return PageHead(page) && page[1].private == COMPOUND_TRANSHUGE;
}
static inline struct page *virt_to_head_page(const void *kaddr)
{
	return compound_head(virt_to_page(kaddr));
}

/* --- Anonymous pages: bit 0 of the mapping --- */
#define PAGE_MAPPING_ANON  1UL
#define PAGE_MAPPING_KSM   3UL /* merged: the rest is a struct ksm_stable_node */
#define PAGE_MAPPING_FLAGS 3UL
static inline bool PageAnon(const struct page *page)
{
	return (unsigned long)page->mapping & PAGE_MAPPING_ANON;
}
/* An anonymous page that KSM has merged: see ksm.h. */
static inline bool PageKsm(const struct page *page)
{
	return ((unsigned long)page->mapping & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_KSM;
}
/* The file whose page cache holds the page, or NULL. */
static inline struct address_space *page_mapping(const struct page *page)
{
	return (unsigned long)page->mapping & PAGE_MAPPING_FLAGS ? NULL : page->mapping;
}

/*
 * --- Reference counts --- Plain integers: interrupt handlers never take or drop references to
 * pages.
 */
static inline int page_count(const struct page *page)
{
	return compound_head(page)->_refcount;
}
static inline void get_page(struct page *page)
{
	page = compound_head(page);
	VM_BUG_ON(page->_refcount <= 0); /* free: it was found before the task slept */
	page->_refcount++;
}
/* Take a reference unless the page is free. */
static inline bool get_page_unless_zero(struct page *page)
{
	if (page->_refcount == 0)
		return false;
	page->_refcount++;
	return true;
}
/* The count has become 0 (the page is freed), or it was 0 before (panic). */
void __put_page(struct page *page);
/* Drop a reference; the last one frees the page. */
static inline void put_page(struct page *page)
{
	page = compound_head(page);
	if (unlikely(--page->_refcount <= 0))
		__put_page(page);
}
/*
 * A pin: a reference of a call that uses the contents of a page after it has released the mmap_sem
 * under which it found the page (pin_user_pages). It counts as this many plain references, so that
 * it can be told from them. A page with that many plain references looks pinned, which costs at
 * most an unnecessary copy.
 */
#define GUP_PIN_COUNTING_BIAS 1024
static inline bool page_maybe_dma_pinned(const struct page *page)
{
	return page_count(page) >= GUP_PIN_COUNTING_BIAS;
}
/* How many page-table entries map the page. */
static inline int page_mapcount(const struct page *page)
{
	return page->_mapcount + 1;
}
static inline bool page_mapped(const struct page *page)
{
	return page->_mapcount >= 0;
}
static inline void page_mapcount_reset(struct page *page)
{
	page->_mapcount = -1;
}
static inline unsigned long page_private(const struct page *page)
{
	return page->private;
}
static inline void set_page_private(struct page *page, unsigned long private)
{
	page->private = private;
}

#endif
