/*
 * How reclaim sees the pages: anonymous or of a file, in use or not, or locked in memory; and how
 * many there are of each kind.
 *
 * Only pages of files, and anonymous ones that MADV_FREE gave up, are on a list (vmscan.c), because
 * without swap no others can be reclaimed. The rest is only counted, for /proc/meminfo.
 */
#include "mm/cache/lru.h"
#include "kernel/core/panic.h"
#include "libc/include/string.h"
#include "kernel/sched/sched.h"
#include "mm/phys/page_alloc.h"
#include "mm/phys/vmstat.h"

#define COUNT_BATCH 4096 /* frames between two looks at the scheduler */

static unsigned long lru_counts[NR_LRU_LISTS], mlocked_pages;

LIST_HEAD(reclaimable_pages);
unsigned long nr_reclaimable_pages;

void lru_cache_add(struct page *page)
{
	SetPageLRU(page);
	list_add_tail(&page->lru, &reclaimable_pages);
	nr_reclaimable_pages++;
}

void lru_cache_del(struct page *page)
{
	if (!TestClearPageLRU(page))
		return;
	list_del(&page->lru);
	nr_reclaimable_pages--;
}

void rotate_reclaimable_page(struct page *page)
{
	if (!PageLRU(page))
		return;
	list_move(&page->lru, &reclaimable_pages);
	count_vm_event(PGROTATED);
}

unsigned long nr_lru_pages(enum lru_list lru)
{
	return lru_counts[lru];
}

unsigned long nr_mlocked_pages(void)
{
	return mlocked_pages;
}

static enum lru_list page_lru(const struct page *page)
{
	if (PageUnevictable(page))
		return LRU_UNEVICTABLE;
	if (PageSwapBacked(page))
		return PageActive(page) ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
	return PageActive(page) ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
}

bool page_has_lru(const struct page *page)
{
	if (PageSlab(page))
		return false;
	return PageAnon(page) ? page_mapped(page) : page->mapping != NULL;
}

void lru_count_page(struct page *page)
{
	lru_counts[page_lru(page)]++;
}

void lru_uncount_page(struct page *page)
{
	lru_counts[page_lru(page)]--;
	ClearPageActive(page);
	ClearPageReferenced(page);
}

void count_highmem_lru(unsigned long counts[NR_LRU_LISTS], unsigned long *mlocked)
{
	const struct zone *z = &zones[ZONE_HIGHMEM];

	memset(counts, 0, NR_LRU_LISTS * sizeof(*counts));
	*mlocked = 0;
	for (unsigned long pfn = z->start_pfn; pfn < z->end_pfn; pfn++) {
		const struct page *page = pfn_to_page(pfn);

		if (page_has_lru(page)) {
			counts[page_lru(page)]++;
			*mlocked += PageMlocked(page);
		}
		if (!(pfn & (COUNT_BATCH - 1)))
			cond_resched();
	}
}

/* ---- what is used ---- */

static void set_active(struct page *page, bool active)
{
	lru_counts[page_lru(page)]--;
	if (active)
		SetPageActive(page);
	else
		ClearPageActive(page);
	lru_counts[page_lru(page)]++;
}

void activate_page(struct page *page)
{
	if (PageActive(page) || PageUnevictable(page))
		return;
	set_active(page, true);
	count_vm_event(PGACTIVATE);
}

void mark_page_accessed(struct page *page)
{
	if (!PageReferenced(page)) {
		SetPageReferenced(page);
	} else if (!PageUnevictable(page) && !PageActive(page) && page_has_lru(page)) {
		activate_page(page);
		ClearPageReferenced(page);
	}
}

void deactivate_page(struct page *page)
{
	ClearPageReferenced(page);
	if (!PageActive(page) || PageUnevictable(page))
		return;
	set_active(page, false);
	count_vm_event(PGDEACTIVATE);
}

void mark_page_lazyfree(struct page *page)
{
	if (!PageSwapBacked(page) || PageUnevictable(page))
		return;
	lru_uncount_page(page);
	ClearPageSwapBacked(page);
	lru_count_page(page);
	lru_cache_add(page);
	count_vm_event(PGLAZYFREE);
}

void unmark_page_lazyfree(struct page *page)
{
	lru_cache_del(page);
	lru_counts[page_lru(page)]--;
	SetPageSwapBacked(page);
	lru_counts[page_lru(page)]++;
}

/* ---- what is locked ---- */

void mlock_page(struct page *page)
{
	if (TestSetPageMlocked(page)) {
		page->mlock_count++;
		return;
	}
	mlocked_pages++;
	count_vm_event(UNEVICTABLE_PGMLOCKED);
	lru_counts[page_lru(page)]--;
	lru_cache_del(page);
	ClearPageActive(page);
	SetPageUnevictable(page);
	lru_counts[LRU_UNEVICTABLE]++;
	page->mlock_count = 1;
}

static void clear_page_mlock(struct page *page)
{
	ClearPageMlocked(page);
	mlocked_pages--;
	count_vm_event(UNEVICTABLE_PGMUNLOCKED);
	if (page_has_lru(page))
		lru_counts[LRU_UNEVICTABLE]--;
	ClearPageUnevictable(page);
	if (!page_has_lru(page))
		return;
	lru_count_page(page);
	if (!PageSwapBacked(page))
		lru_cache_add(page);
}

void munlock_page(struct page *page)
{
	if (PageMlocked(page) && !--page->mlock_count)
		clear_page_mlock(page);
}

void munlock_last_mapping(struct page *page)
{
	if (PageMlocked(page))
		clear_page_mlock(page);
}
