/*
 * The lists by which reclaim finds the pages that nobody has used for a long time. See lru.h.
 *
 * Nothing here sleeps while it changes a list, so the lists need no lock.
 */
#include "mm/cache/lru.h"
#include "kernel/sched/sched.h"
#include "mm/cache/page_writeback.h"
#include "mm/phys/gfp.h"
#include "mm/phys/page_alloc.h"
#include "mm/phys/vmstat.h"

#define EMPTY_LIST(lru) [lru] = LIST_HEAD_INIT(node_lruvec.lists[lru])

struct lruvec node_lruvec = {
	.lists = {EMPTY_LIST(LRU_INACTIVE_ANON), EMPTY_LIST(LRU_ACTIVE_ANON),
		  EMPTY_LIST(LRU_INACTIVE_FILE), EMPTY_LIST(LRU_ACTIVE_FILE),
		  EMPTY_LIST(LRU_UNEVICTABLE)},
};
unsigned int (*count_mlocks_hook)(struct page *page);

unsigned long nr_lru_pages(enum lru_list lru)
{
	return zone_lru_pages(ZONE_NORMAL, lru) + zone_lru_pages(ZONE_HIGHMEM, lru);
}

unsigned long nr_mlocked_pages(void)
{
	return zone_mlocked_pages(ZONE_NORMAL) + zone_mlocked_pages(ZONE_HIGHMEM);
}

static enum lru_list page_lru(const struct page *page)
{
	if (PageUnevictable(page))
		return LRU_UNEVICTABLE;
	if (PageSwapBacked(page))
		return PageActive(page) ? LRU_ACTIVE_ANON : LRU_INACTIVE_ANON;
	return PageActive(page) ? LRU_ACTIVE_FILE : LRU_INACTIVE_FILE;
}

/* ---- on and off the lists ---- */

static unsigned long *lru_size(const struct page *page, enum lru_list lru)
{
	return &node_lruvec.sizes[page_zonenum(page)][lru];
}

/* Of how many small pages a page on a list consists. */
static unsigned long small_pages(const struct page *page)
{
	return 1UL << compound_order(page);
}

/* Put the page on the list of its flags, and count it. An unevictable page is only counted, for its
   list_head holds mlock_count. */
static void add_page_to_lru_list(struct page *page)
{
	enum lru_list lru = page_lru(page);

	*lru_size(page, lru) += small_pages(page);
	if (lru != LRU_UNEVICTABLE)
		list_add(&page->lru, &node_lruvec.lists[lru]);
}

static void del_page_from_lru_list(struct page *page)
{
	enum lru_list lru = page_lru(page);

	*lru_size(page, lru) -= small_pages(page);
	if (lru != LRU_UNEVICTABLE)
		list_del(&page->lru);
}

void lru_cache_add(struct page *page)
{
	if (!TestSetPageLRU(page))
		add_page_to_lru_list(page);
}

void lru_cache_del(struct page *page)
{
	if (!TestClearPageLRU(page))
		return;
	del_page_from_lru_list(page);
	page->flags &= ~(BIT(PG_active) | BIT(PG_unevictable));
}

void lru_page_splits(struct page *page)
{
	if (PageLRU(page))
		*lru_size(page, page_lru(page)) -= small_pages(page) - 1;
}

bool isolate_lru_page(struct page *page)
{
	if (!PageLRU(page) || PageUnevictable(page))
		return false;
	get_page(page);
	ClearPageLRU(page);
	del_page_from_lru_list(page);
	return true;
}

#define COST_SHARE 4 /* of all pages: a sum of costs above that forgets half of them */

void lru_note_cost(bool file, unsigned long pages)
{
	unsigned long all = 0;

	for (enum lru_list lru = 0; lru < LRU_UNEVICTABLE; lru++)
		all += nr_lru_pages(lru);
	node_lruvec.cost[file] += pages;
	if (node_lruvec.cost[false] + node_lruvec.cost[true] > all / COST_SHARE) {
		node_lruvec.cost[false] /= 2;
		node_lruvec.cost[true] /= 2;
	}
}

/* ---- what is used ---- */

/* Move a page that is on its list to the list of its flags after set and clear. */
static void change_lru_list(struct page *page, unsigned long set, unsigned long clear)
{
	del_page_from_lru_list(page);
	page->flags = (page->flags | set) & ~clear;
	add_page_to_lru_list(page);
}

static bool page_is_evictable_lru(const struct page *page)
{
	return PageLRU(page) && !PageUnevictable(page);
}

static void activate_page(struct page *page)
{
	if (!page_is_evictable_lru(page) || PageActive(page))
		return;
	change_lru_list(page, BIT(PG_active), 0);
	count_vm_event(PGACTIVATE);
	workingset_age_nonresident(small_pages(page));
}

void mark_page_accessed(struct page *page)
{
	if (!PageReferenced(page)) {
		SetPageReferenced(page);
	} else if (page_is_evictable_lru(page) && !PageActive(page)) {
		activate_page(page);
		ClearPageReferenced(page);
	}
}

void deactivate_page(struct page *page)
{
	ClearPageReferenced(page);
	if (!page_is_evictable_lru(page) || !PageActive(page))
		return;
	change_lru_list(page, 0, BIT(PG_active));
	count_vm_event(PGDEACTIVATE);
}

void deactivate_file_page(struct page *page)
{
	bool was_active = PageActive(page);

	if (!page_is_evictable_lru(page) || page_mapped(page))
		return;
	change_lru_list(page, 0, BIT(PG_active) | BIT(PG_referenced));
	if (PageWriteback(page) || PageDirty(page)) {
		SetPageReclaim(page); /* the end of its write moves it to the tail */
	} else {
		list_move_tail(&page->lru, &node_lruvec.lists[page_lru(page)]);
		count_vm_event(PGROTATED);
	}
	if (was_active)
		count_vm_event(PGDEACTIVATE);
}

void rotate_reclaimable_page(struct page *page)
{
	if (!page_is_evictable_lru(page) || PageLocked(page) || PageDirty(page))
		return;
	change_lru_list(page, 0, BIT(PG_active));
	list_move_tail(&page->lru, &node_lruvec.lists[page_lru(page)]);
	count_vm_event(PGROTATED);
}

void mark_page_lazyfree(struct page *page)
{
	if (!page_is_evictable_lru(page) || !PageSwapBacked(page) || PageSwapCache(page))
		return;
	change_lru_list(page, 0, BIT(PG_active) | BIT(PG_referenced) | BIT(PG_swapbacked));
	count_vm_event(PGLAZYFREE);
}

/* ---- what is locked ---- */

/* The page, which is on its list, becomes unevictable. */
static void make_unevictable(struct page *page, unsigned int mlock_count)
{
	if (!PageUnevictable(page)) {
		change_lru_list(page, BIT(PG_unevictable), BIT(PG_active));
		count_vm_event(UNEVICTABLE_PGCULLED);
	}
	page->mlock_count = mlock_count;
}

void mlock_page(struct page *page)
{
	if (TestSetPageMlocked(page)) {
		if (PageUnevictable(page)) /* otherwise isolated: see putback_lru_page */
			page->mlock_count++;
		return;
	}
	node_lruvec.nr_mlocked[page_zonenum(page)] += small_pages(page);
	count_vm_event(UNEVICTABLE_PGMLOCKED);
	if (PageLRU(page))
		make_unevictable(page, 1);
}

bool page_evictable(const struct page *page)
{
	const struct address_space *mapping = page_mapping(page);

	if (PageMlocked(page) || (mapping && mapping->flags & AS_LOCKED))
		return false;
	return !mapping || mapping_can_writeback(mapping) ||
	       (mapping->a_ops && mapping->a_ops->writepage);
}

/* The page, which is unevictable, comes back to its list. */
static void rescue_page(struct page *page)
{
	change_lru_list(page, 0, BIT(PG_unevictable));
	count_vm_event(UNEVICTABLE_PGRESCUED);
}

static void clear_page_mlock(struct page *page)
{
	ClearPageMlocked(page);
	node_lruvec.nr_mlocked[page_zonenum(page)] -= small_pages(page);
	count_vm_event(UNEVICTABLE_PGMUNLOCKED);
	if (PageUnevictable(page) && page_evictable(page))
		rescue_page(page);
}

void munlock_page(struct page *page)
{
	if (PageMlocked(page) && PageUnevictable(page) && !--page->mlock_count)
		clear_page_mlock(page);
}

void munlock_last_mapping(struct page *page)
{
	if (PageMlocked(page))
		clear_page_mlock(page);
}

/* A page that was isolated while it was locked, or unlocked: how often is it locked now? */
static void recount_mlocks(struct page *page)
{
	unsigned int mlocks = count_mlocks_hook(page);

	if (mlocks)
		make_unevictable(page, mlocks);
	else
		clear_page_mlock(page);
}

void shmem_unlock_mapping(struct address_space *mapping)
{
	unsigned long index = 0;
	void *item;

	for (; (item = radix_tree_find(&mapping->pages, &index)); cond_resched()) {
		struct page *page = item;

		if (!xa_is_value(item) && PageLRU(page)) {
			count_vm_event(UNEVICTABLE_PGSCANNED);
			if (PageUnevictable(page) && page_evictable(page))
				rescue_page(page);
		}
		if (!++index)
			return;
	}
}

void putback_lru_page(struct page *page)
{
	lru_cache_add(page);
	if (PageMlocked(page))
		recount_mlocks(page);
	else if (!page_evictable(page))
		make_unevictable(page, 0);
	put_page(page);
}
