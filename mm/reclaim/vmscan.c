/*
 * When memory is short: the pages of the cache, oldest first, those that are clean and that nobody
 * uses; and among them the anonymous pages that MADV_FREE gave up, if they were not written since.
 *
 * A page touched since the last look, by read or through a mapping, gets a second chance. The last
 * pages of files that are mapped, an eighth of the memory, stay: a machine that reads its
 * programs anew for every step is worse than one that says that it has no memory.
 */
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/reclaim/reclaim.h"
#include "mm/phys/alloc_debug.h"
#include "mm/phys/gfp.h"
#include "mm/reclaim/oom.h"
#include "mm/phys/slab.h"

#define RECLAIM_BATCH  64UL
#define MAPPED_MIN     64UL /* file pages of which the mapped ones stay, at least and at most */
#define MAPPED_MAX     1024UL
#define MAPPED_SHARE   8
#define SECOND_CHANCES 2 /* referenced, active */

/* How readily anonymous memory goes to swap, in comparison with files: without swap there is
   nothing to weigh, and the figure is only kept, as on Linux. */
int vm_swappiness = 60;

/* Nobody works on it, only the cache and mappings refer to it, and its contents can be read again
 * or are not wanted. */
static bool page_is_reclaimable(const struct page *page)
{
	return page_count(page) == page_mapcount(page) + !PageAnon(page) && !PageLocked(page) &&
	       !PageDirty(page) && !PageWriteback(page);
}

/* Are so few pages of files left that those which are mapped stay? When tests reclaim by turns
   there is memory enough, and the least will do. */
static bool few_file_pages(void)
{
	unsigned long keep = clamp(totalram_pages() / MAPPED_SHARE, MAPPED_MIN, MAPPED_MAX);

	return nr_file_pages() - nr_shmem_pages() <= (alloc_reclaim ? MAPPED_MIN : keep);
}

/* Take the page out of its mappings, unless it was touched of late. => whether it is in none now.
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

/* One that MADV_FREE gave up goes at once, with its last mapping. */
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
	bool all = nr == ~0UL;

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
		if (!page_is_reclaimable(page) || (all && page_mapped(page)))
			continue;
		freed += PageAnon(page) ? free_lazyfree_page(page) : free_file_page(page);
	}
	if (!all) { /* by order (drop_caches) does not count */
		vm_event_counters[PGSCAN_DIRECT] += scanned;
		vm_event_counters[PGSTEAL_DIRECT] += freed;
	}
	return freed;
}

/* The page allocator is short of memory: pages freed, 0 to let the allocation fail. */
static int reclaim_pages(gfp_t gfp, unsigned int order)
{
	unsigned long want = RECLAIM_BATCH << order;
	unsigned long freed = shrink_page_cache(want);

	/* all had been touched, some of them more than once: again, without mercy */
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
