/*
 * Page reclaim, the pages: what happens to a batch of pages that were taken off the end of a list.
 *
 * A page is freed if nobody has used it since the last scan and it can be read again. One that was
 * written to is first given back to its store: an anonymous page, or one of tmpfs, to swap; a page
 * of a file to its file, which is the flusher's work, and only the last resort of kswapd. Such a
 * page cannot be freed yet: when its write has ended, it is the next one that reclaim looks at.
 *
 * Each page is isolated and locked here, so it can neither be truncated nor freed by others. But
 * whatever sleeps, adding it to swap or starting to write it, lets programs use it again. So the
 * count of its references and its dirty bit are looked at last, and nothing sleeps after that.
 */
#include "mm/huge_memory.h"
#include "mm/internal.h"
#include "mm/cache/page_writeback.h"
#include "kernel/block/bio.h"
#include "kernel/lib/util.h"
#include "mm/phys/alloc_debug.h"
#include "mm/reclaim/reclaim.h"
#include "mm/reclaim/vmscan.h"
#include "mm/swap/swap.h"

#define MAPPED_MIN   64UL /* bounds for the number of file pages at which mapped ones are kept */
#define MAPPED_MAX   1024UL
#define MAPPED_SHARE 8

enum page_references {
	PAGEREF_RECLAIM,
	PAGEREF_RECLAIM_CLEAN, /* only if it need not be written */
	PAGEREF_KEEP,
	PAGEREF_ACTIVATE
};

enum page_fate {
	FREE,	 /* free it: it has no user any more */
	KEEP,	 /* look at it again later */
	ACTIVATE /* it is in use, or cannot be freed for some time */
};

/*
 * The last mapped file pages, about an eighth of memory, are kept: it is better to find that there
 * is no memory than to read the programs again and again (thrashing). When a test forces reclaim
 * (alloc_reclaim), memory is not really short, so the minimum is enough.
 */
static bool few_file_pages(void)
{
	unsigned long keep = clamp(totalram_pages() / MAPPED_SHARE, MAPPED_MIN, MAPPED_MAX);

	return nr_file_pages() - nr_shmem_pages() <= (alloc_reclaim ? MAPPED_MIN : keep);
}

/* Was the page used since reclaim last looked at it? A page of a file that was used once gets a
   second round in the inactive list; code, and what was used twice, becomes active. */
static enum page_references page_check_references(struct page *page)
{
	unsigned long vm_flags;
	int entries = page_referenced(page, &vm_flags);
	bool marked = TestClearPageReferenced(page);

	if (vm_flags & VM_LOCKED)
		return PAGEREF_ACTIVATE;
	if (entries) {
		SetPageReferenced(page);
		if (marked || entries > 1 || (vm_flags & VM_EXEC && page_is_file_lru(page)))
			return PAGEREF_ACTIVATE;
		return PAGEREF_KEEP;
	}
	return marked && page_is_file_lru(page) ? PAGEREF_RECLAIM_CLEAN : PAGEREF_RECLAIM;
}

/* ---- writing ---- */

static bool is_dirty_file_page(const struct page *page)
{
	return page_is_file_lru(page) && !PageAnon(page) && PageDirty(page);
}

/* Count a page of a file that cannot be freed at once. */
static void count_dirty_writeback(const struct page *page, struct reclaim_stat *stat)
{
	bool dirty = is_dirty_file_page(page), writeback = PageWriteback(page);

	if (!page_is_file_lru(page) || PageAnon(page))
		return;
	if (dirty || writeback)
		stat->nr_dirty++;
	if (dirty && !writeback)
		stat->nr_unqueued_dirty++;
	if (writeback && PageReclaim(page))
		stat->nr_congested++;
}

/* The page is being written: mark it, so that it is freed soon after. If kswapd finds only such
   pages, even marked ones, it has come round the whole list faster than the disk can write. */
static enum page_fate wait_for_writeback(struct page *page, struct reclaim_stat *stat)
{
	if (current_is_kswapd() && PageReclaim(page) && node_writeback) {
		stat->nr_immediate++;
	} else {
		SetPageReclaim(page);
		stat->nr_writeback++;
	}
	return ACTIVATE;
}

/* May this attempt start to write the page? For a file's page, the caller must not be inside a file
   system; a page of swap needs the disk only. */
static bool may_write(const struct page *page, const struct scan_control *sc)
{
	gfp_t needed = PageSwapCache(page) ? __GFP_IO : __GFP_FS;

	return sc->may_writepage && sc->gfp_mask & needed;
}

/* Hand a clean page to the writer of its store, which unlocks it. */
static void start_writing(struct page *page, struct address_space *mapping)
{
	struct writeback_control wbc = {
		.sync_mode = WB_SYNC_NONE,
		.nr_to_write = SWAP_CLUSTER_MAX,
		.range_end = ALL_BYTES,
		.for_reclaim = true,
	};
	int err;

	if (!mapping) {
		swap_writepage(page, &wbc);
		return;
	}
	err = mapping->a_ops->writepage(page, &wbc);
	if (err)
		mapping_set_error(mapping, err);
}

/* Start to write a locked page, which is unmapped. It is unlocked if that succeeds (KEEP: it cannot
   be freed before the end of the write). */
static enum page_fate pageout(struct page *page, bool *unlocked)
{
	struct address_space *mapping = page_mapping(page);

	if (!PageSwapCache(page) && !(mapping && mapping->a_ops->writepage))
		return ACTIVATE;
	if (!clear_page_dirty_for_io(page))
		return FREE;
	SetPageReclaim(page);
	start_writing(page, mapping);
	*unlocked = true;
	if (!PageWriteback(page))
		ClearPageReclaim(page); /* the write has ended, or failed */
	count_vm_event(NR_VMSCAN_WRITE);
	return KEEP;
}

/* A dirty page that is not mapped any more. */
static enum page_fate write_page(struct page *page, struct scan_control *sc,
				 struct reclaim_stat *stat, bool clean_only, bool *unlocked)
{
	enum page_fate fate;

	/* the flusher writes whole files in the order of the disk, which is much faster */
	if (is_dirty_file_page(page) && !(current_is_kswapd() && PageReclaim(page) && node_dirty)) {
		count_vm_event(NR_VMSCAN_IMMEDIATE);
		SetPageReclaim(page);
		return ACTIVATE;
	}
	if (clean_only || !may_write(page, sc) || page_count(page) != 2)
		return KEEP;
	fate = pageout(page, unlocked);
	stat->nr_pageout += *unlocked;
	return fate;
}

/* ---- one page ---- */

/* Take the page, which is locked, unmapped and clean, from its file or from the swap cache, and
   leave a shadow, unless the file lives in memory only. Only the isolation and that cache may refer
   to it. Does not sleep. */
static bool remove_mapping(struct page *page)
{
	void *shadow;

	if (PageDirty(page) || PageWriteback(page))
		return false;
	if (PageSwapCache(page)) {
		if (page_count(page) != 2)
			return false;
		__delete_from_swap_cache(page, workingset_eviction(page));
	} else if (page_mapping(page)) {
		if (page_count(page) != 2)
			return false;
		shadow = page_is_file_lru(page) ? workingset_eviction(page) : NULL;
		__delete_from_page_cache(page, shadow);
	}
	return page_count(page) == 1;
}

/* An anonymous page that MADV_FREE gave up has no store and needs none. */
static bool discard_lazyfree(struct page *page)
{
	if (page_count(page) != 1 || PageDirty(page))
		return false;
	count_vm_event(PGLAZYFREED);
	return true;
}

/* Has nobody else a reference any more? It was freed after it had been isolated. */
static bool page_was_freed(const struct page *page)
{
	return page_count(page) == 1 && !page_mapping(page) && !PageSwapCache(page);
}

/* Only what has a store, or needs none, may be unmapped. An anonymous page gets a slot in swap: its
   entries will then say where it is. */
static enum page_fate prepare_to_unmap(struct page *page, const struct scan_control *sc,
				       bool forced)
{
	if (PageAnon(page) && PageSwapBacked(page) && !PageSwapCache(page)) {
		if (!(sc->gfp_mask & __GFP_IO) || page_maybe_dma_pinned(page))
			return KEEP;
		return add_to_swap(page) ? FREE : ACTIVATE;
	}
	if (!forced && page_mapped(page) && page_is_file_lru(page) && !PageAnon(page) &&
	    few_file_pages())
		return ACTIVATE;
	return FREE;
}

/* What becomes of a locked page. */
static enum page_fate shrink_page(struct page *page, struct scan_control *sc,
				  struct reclaim_stat *stat, bool ignore_references, bool *unlocked)
{
	enum page_references references = PAGEREF_RECLAIM;
	enum page_fate fate;

	sc->nr_scanned++;
	if (page_was_freed(page))
		return FREE;
	if (!page_evictable(page))
		return ACTIVATE;
	if (!sc->may_unmap && page_mapped(page))
		return KEEP;
	count_dirty_writeback(page, stat);
	if (PageWriteback(page))
		return wait_for_writeback(page, stat);
	if (!ignore_references)
		references = page_check_references(page);
	if (references == PAGEREF_ACTIVATE)
		return ACTIVATE;
	if (references == PAGEREF_KEEP)
		return KEEP;
	if (PageTransHuge(page)) { /* the first part goes on, the others wait in the list */
		if (PageSwapBacked(page))
			count_vm_event(THP_SWPOUT_FALLBACK);
		split_huge_page(page);
	}
	fate = prepare_to_unmap(page, sc, ignore_references);
	if (fate != FREE)
		return fate;
	/* the entries tell the page that it was written */
	try_to_unmap(page, 0);
	if (page_mapped(page))
		return ACTIVATE;
	if (PageAnon(page) && !PageSwapBacked(page))
		return discard_lazyfree(page) ? FREE : KEEP;
	if (PageDirty(page))
		fate = write_page(page, sc, stat, references == PAGEREF_RECLAIM_CLEAN, unlocked);
	if (fate != FREE || *unlocked)
		return fate;
	return remove_mapping(page) ? FREE : KEEP;
}

/* The page stays: where does it belong? */
static void keep_page(struct page *page, enum page_fate fate, struct reclaim_stat *stat)
{
	if (fate != ACTIVATE)
		return;
	/* it will stay in memory, so its slot is of more use to others */
	if (PageSwapCache(page) && (vm_swap_full() || PageMlocked(page)))
		try_to_free_swap(page);
	if (PageMlocked(page))
		return;
	SetPageActive(page);
	stat->nr_activate[page_is_file_lru(page)]++;
	count_vm_event(PGACTIVATE);
}

unsigned long shrink_page_list(struct list_head *pages, struct scan_control *sc,
			       struct reclaim_stat *stat, bool ignore_references)
{
	unsigned long freed = 0;
	LIST_HEAD(kept);
	struct blk_plug plug;

	blk_start_plug(&plug);
	for (; !list_empty(pages); cond_resched()) {
		struct page *page = list_last_entry(pages, struct page, lru);
		enum page_fate fate = KEEP;
		bool unlocked = true;

		list_del(&page->lru);
		if (trylock_page(page)) {
			unlocked = false;
			fate = shrink_page(page, sc, stat, ignore_references, &unlocked);
		}
		if (fate == FREE) {
			ClearPageActive(page);
			unlock_page(page);
			put_page(page);
			freed++;
			continue;
		}
		if (!unlocked) {
			keep_page(page, fate, stat);
			unlock_page(page);
		}
		list_add(&page->lru, &kept);
	}
	blk_finish_plug(&plug);
	list_splice(&kept, pages);
	return freed;
}

unsigned long reclaim_pages(struct list_head *pages)
{
	struct scan_control sc = {
		.gfp_mask = GFP_KERNEL,
		.may_writepage = true,
		.may_unmap = true,
		.may_swap = true,
	};
	unsigned int memalloc = current->flags & PF_MEMALLOC;
	struct reclaim_stat stat = {0};
	unsigned long freed;

	current->flags |= PF_MEMALLOC;
	freed = shrink_page_list(pages, &sc, &stat, true);
	current->flags = (current->flags & ~PF_MEMALLOC) | memalloc;
	while (!list_empty(pages)) {
		struct page *page = list_first_entry(pages, struct page, lru);

		list_del(&page->lru);
		putback_lru_page(page);
	}
	return freed;
}
