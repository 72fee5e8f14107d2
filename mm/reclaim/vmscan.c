/*
 * Page reclaim. When memory is short, frees clean, unused pages of the page cache, oldest first,
 * and anonymous pages that were released by MADV_FREE and not written since. It writes no page
 * itself: it starts the flusher, and who needs memory waits for it in the OOM killer's queue.
 *
 * A page that was accessed since the last scan, by read() or through a mapping, gets a second
 * chance. The last mapped file pages, about an eighth of memory, are kept: it is better to report
 * that there is no memory than to read the programs again and again (thrashing).
 */
#include "mm/internal.h"
#include "kernel/fs/writeback.h"
#include "kernel/lib/util.h"
#include "mm/reclaim/reclaim.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/gfp.h"
#include "mm/reclaim/oom.h"
#include "mm/phys/slab.h"

#define RECLAIM_BATCH  64UL
#define MAPPED_MIN     64UL /* bounds for the number of file pages at which mapped ones are kept */
#define MAPPED_MAX     1024UL
#define MAPPED_SHARE   8
#define SECOND_CHANCES 2 /* referenced, active */

/* Preference for swapping anonymous memory over freeing file pages. Without swap the value has no
   effect; it is only stored, as on Linux. */
int vm_swappiness = 60;

/* A page is reclaimable if it is not locked, only the cache and mappings have references to it, and
   its contents can be read again or are not needed. */
static bool page_is_reclaimable(const struct page *page)
{
	return page_count(page) == page_mapcount(page) + !PageAnon(page) && !PageLocked(page) &&
	       !PageDirty(page) && !PageWriteback(page);
}

/* Must the page be written before it can be freed? Then it is the first to be looked at when that
   has been done (end_page_writeback). */
static bool must_be_written(struct page *page)
{
	if (PageAnon(page) || !(PageDirty(page) || PageWriteback(page)))
		return false;
	SetPageReclaim(page);
	return true;
}

/* Are there so few file pages left that mapped ones must be kept? When a test forces reclaim
   (alloc_reclaim), memory is not really short, so the minimum is enough. */
static bool few_file_pages(void)
{
	unsigned long keep = clamp(totalram_pages() / MAPPED_SHARE, MAPPED_MIN, MAPPED_MAX);

	return nr_file_pages() - nr_shmem_pages() <= (alloc_reclaim ? MAPPED_MIN : keep);
}

/* Unmap the page, unless it was accessed recently. => whether it is unmapped and clean.
 */
static bool unmap_unused(struct page *page)
{
	if (!page_mapped(page))
		return true;
	if (few_file_pages() || page_referenced(page))
		return false;
	try_to_unmap(page, 0);
	return !page_mapped(page) && !PageDirty(page);
}

static bool free_file_page(struct page *page)
{
	if (!unmap_unused(page))
		return false;
	SetPageLocked(page);
	get_page(page);
	delete_from_page_cache(page);
	unlock_page(page);
	put_page(page);
	return true;
}

/* A page released by MADV_FREE is freed immediately, together with its last mapping. */
static bool free_lazyfree_page(struct page *page)
{
	bool freed;

	collect_dirty_bits(page);
	if (PageDirty(page)) {
		unmark_page_lazyfree(page);
		return false;
	}
	get_page(page);
	try_to_unmap(page, 0);
	freed = !page_mapped(page);
	put_page(page);
	if (freed)
		count_vm_event(PGLAZYFREED);
	return freed;
}

unsigned long shrink_page_cache(unsigned long nr)
{
	unsigned long scan = nr_reclaimable_pages, scanned = 0, freed = 0;
	bool all = nr == ~0UL, unwritten = false;

	for (; scan-- && freed < nr && !list_empty(&reclaimable_pages); cond_resched()) {
		struct page *page = list_first_entry(&reclaimable_pages, struct page, lru);

		list_move_tail(&page->lru, &reclaimable_pages);
		scanned++;
		if (!all && PageReferenced(page)) {
			ClearPageReferenced(page);
			continue;
		}
		if (!all && PageActive(page)) {
			deactivate_page(page);
			continue;
		}
		if (!all && must_be_written(page))
			unwritten = true;
		if (!page_is_reclaimable(page) || (all && page_mapped(page)))
			continue;
		freed += PageAnon(page) ? free_lazyfree_page(page) : free_file_page(page);
	}
	if (unwritten && freed < nr)
		wakeup_flusher();
	if (!all) { /* drop_caches is not counted */
		vm_event_counters[PGSCAN_DIRECT] += scanned;
		vm_event_counters[PGSTEAL_DIRECT] += freed;
	}
	return freed;
}

/* The page allocator's reclaim_hook. => pages freed; 0 lets the allocation fail. */
static int reclaim_pages(gfp_t gfp, unsigned int order)
{
	unsigned long want = RECLAIM_BATCH << order;
	unsigned long freed = shrink_page_cache(want);

	/* all pages had been accessed, some more than once; their marks are cleared now, so scan
	   again */
	for (int i = 0; i < SECOND_CHANCES && !freed; i++)
		freed = shrink_page_cache(want);
	if (!freed && gfp & __GFP_FS)
		freed = prune_dcache_and_icache(sysctl_vfs_cache_pressure, false);
	return freed + kmem_cache_shrink_all();
}

void reclaim_init(void)
{
	reclaim_hook = reclaim_pages;
	oom_init();
	lru_release_hook = lru_cache_del;
}
