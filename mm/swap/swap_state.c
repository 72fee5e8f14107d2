/*
 * The swap cache: the pages that are in memory and have a slot in swap, too.
 *
 * A page enters it on its way out (add_to_swap), before its page-table entries are replaced, and on
 * its way in, before it is read. So all who want the page of a slot find the same one: processes
 * that share it after a fork, a fault that comes while the page is being written, and two faults at
 * once. It leaves when the last of them does not need the slot any more, or when it is reclaimed.
 */
#include "kernel/block/bio.h"
#include "kernel/core/panic.h"
#include "kernel/lib/util.h"
#include "mm/internal.h"
#include "mm/phys/gfp.h"
#include "mm/swap/swap.h"
#include "mm/swap/internal.h"

unsigned long nr_swapcached;

/* ---- in and out ---- */

/* What the page of a slot has from here on. The slot counts the swap cache. */
static void now_in_swap_cache(struct page *page, swp_entry_t entry)
{
	get_page(page);
	SetPageSwapCache(page);
	set_page_private(page, entry.val);
	nr_swapcached++;
}

bool add_to_swap(struct page *page)
{
	swp_entry_t entry;
	struct swap_info_struct *si;
	gfp_t sleeping;
	int err;

	BUG_ON(!PageLocked(page) || !PageUptodate(page) || PageSwapCache(page));
	entry = get_swap_page();
	if (!entry.val)
		return false;
	/* who frees memory may use the reserve for it, but must not wait for memory */
	si = swp_swap_info(entry);
	sleeping = si->cache.gfp_mask;
	si->cache.gfp_mask = __GFP_HIGH | __GFP_MEMALLOC | __GFP_NOWARN;
	err = radix_tree_insert(&si->cache, swp_offset(entry), page);
	si->cache.gfp_mask = sleeping;
	if (err) {
		put_swap_page(entry);
		return false;
	}
	now_in_swap_cache(page, entry);
	/* what the page-table entries do not know: it differs from what the slot holds */
	SetPageDirty(page);
	return true;
}

void __delete_from_swap_cache(struct page *page, void *shadow)
{
	swp_entry_t entry = page_swap_entry(page);
	struct radix_tree_root *cache = &swp_swap_info(entry)->cache;
	void *old;

	BUG_ON(!PageLocked(page) || !PageSwapCache(page) || PageWriteback(page));
	if (shadow)
		old = radix_tree_replace(cache, swp_offset(entry), shadow);
	else
		old = radix_tree_delete(cache, swp_offset(entry));
	BUG_ON(old != page);
	ClearPageSwapCache(page);
	set_page_private(page, 0);
	nr_swapcached--;
	put_page(page);
	put_swap_page(entry);
}

void delete_from_swap_cache(struct page *page)
{
	__delete_from_swap_cache(page, NULL);
}

void clear_shadow_from_swap_cache(swp_entry_t entry)
{
	void *shadow = radix_tree_delete(&swp_swap_info(entry)->cache, swp_offset(entry));

	BUG_ON(shadow && !xa_is_value(shadow));
}

bool try_to_free_swap(struct page *page)
{
	BUG_ON(!PageLocked(page));
	if (!PageSwapCache(page) || PageWriteback(page) || swap_count(page_swap_entry(page)))
		return false;
	delete_from_swap_cache(page);
	SetPageDirty(page);
	return true;
}

void free_swap_cache(struct page *page)
{
	if (PageSwapCache(page) && !page_mapped(page) && trylock_page(page)) {
		try_to_free_swap(page);
		unlock_page(page);
	}
}

void leave_swap_cache(struct page *page)
{
	if (page_count(page) == 2 && trylock_page(page)) {
		try_to_free_swap(page);
		unlock_page(page);
	}
}

void try_to_reclaim_swap(struct swap_info_struct *si, unsigned long offset)
{
	struct page *page = find_swap_page(swp_entry(si->type, offset));

	if (!page)
		return;
	if (trylock_page(page)) {
		if (!page_mapped(page) || vm_swap_full())
			try_to_free_swap(page);
		unlock_page(page);
	}
	put_page(page);
}

void free_swap_and_cache(swp_entry_t entry)
{
	struct swap_info_struct *si = swp_swap_info(entry);

	swap_free(entry);
	if (si->swap_map[swp_offset(entry)] == SWAP_HAS_CACHE)
		try_to_reclaim_swap(si, swp_offset(entry));
}

/* ---- finding ---- */

struct page *find_swap_page(swp_entry_t entry)
{
	struct page *page = radix_tree_lookup(&swp_swap_info(entry)->cache, swp_offset(entry));

	if (!page || xa_is_value(page))
		return NULL;
	get_page(page);
	return page;
}

/* How well reading ahead has worked since the last look. */
static unsigned int swapin_readahead_hits = 4;

struct page *lookup_swap_cache(swp_entry_t entry)
{
	struct page *page = find_swap_page(entry);

	if (page && TestClearPageReadahead(page)) {
		swapin_readahead_hits++;
		count_vm_event(SWAP_RA_HIT);
	}
	return page;
}

/* ---- reading ---- */

/* Add a new page to the swap cache, locked, to be read from the slot. 0; -EEXIST: there is one;
   -ENOMEM; -ENOENT: the slot is free now. May sleep. */
static int add_page_to_read(struct swap_info_struct *si, swp_entry_t entry, struct page *page)
{
	unsigned long offset = swp_offset(entry);
	void *shadow;
	int err = radix_tree_insert_over_value(&si->cache, offset, page, &shadow);

	if (err)
		return err;
	if (!si->swap_map[offset]) {
		radix_tree_delete(&si->cache, offset);
		return -ENOENT;
	}
	si->swap_map[offset] |= SWAP_HAS_CACHE;
	SetPageLocked(page);
	SetPageSwapBacked(page);
	now_in_swap_cache(page, entry);
	if (shadow)
		workingset_refault(page, shadow);
	lru_cache_add(page);
	return 0;
}

/* The page of a slot, referenced; *new: it was not in the swap cache, and is to be read: it is
   locked. NULL: no memory, or the slot is free. Sleeps. */
static struct page *get_swap_cache_page(struct swap_info_struct *si, swp_entry_t entry, bool *new)
{
	struct page *page;
	int err = -EEXIST;

	*new = false;
	while (err == -EEXIST) {
		page = find_swap_page(entry);
		if (page)
			return page;
		page = alloc_page(GFP_HIGHUSER_MOVABLE);
		if (!page)
			return NULL;
		err = add_page_to_read(si, entry, page);
		if (!err)
			*new = true;
		else
			put_page(page);
	}
	return err ? NULL : page;
}

/* The page of a slot, referenced, found or being read. NULL: no memory, or the slot is free. */
static struct page *read_swap_page(struct swap_info_struct *si, swp_entry_t entry, bool ahead)
{
	bool new;
	struct page *page = get_swap_cache_page(si, entry, &new);

	if (!new)
		return page;
	if (ahead) {
		SetPageReadahead(page);
		count_vm_event(SWAP_RA);
	}
	swap_readpage(page);
	return page;
}

struct page *read_swap_cache(swp_entry_t entry)
{
	struct swap_info_struct *si = get_swap_device(entry);
	struct page *page;

	if (!si)
		return NULL;
	page = read_swap_page(si, entry, false);
	put_swap_device(si);
	return page;
}

/* ---- reading ahead ---- */

int page_cluster; /* /proc/sys/vm/page-cluster */

#define SMALL_MACHINE (16UL << (20 - PAGE_SHIFT)) /* pages */

void swap_setup(void)
{
	page_cluster = totalram_pages() < SMALL_MACHINE ? 2 : 3;
}

/* How many slots to read: the more, the more of the pages read ahead were used. */
static unsigned long swapin_nr_pages(unsigned long offset)
{
	static unsigned long prev_offset, last_pages;
	unsigned long hits = swapin_readahead_hits, pages = hits + 2;

	if (page_cluster <= 0)
		return 1;
	swapin_readahead_hits = 0;
	if (hits) {
		while (pages & (pages - 1)) /* the next power of two, and at least 4 */
			pages++;
		pages = max(pages, 4UL);
	} else {
		if (offset != prev_offset + 1 && offset != prev_offset - 1)
			pages = 1;
		prev_offset = offset;
	}
	pages = min(pages, 1UL << page_cluster);
	pages = max(pages, last_pages / 2); /* not less at once */
	last_pages = pages;
	return pages;
}

/* The slots around that of the entry were probably written together with it: read all of an
   aligned block. */
static void swap_cluster_readahead(struct swap_info_struct *si, swp_entry_t entry)
{
	unsigned long mask = swapin_nr_pages(swp_offset(entry)) - 1;
	unsigned long offset = max(swp_offset(entry) & ~mask, 1UL);
	unsigned long last = min(swp_offset(entry) | mask, si->max - 1UL);
	struct page *page;

	for (; mask && offset <= last; offset++) {
		if (!(si->swap_map[offset] & ~SWAP_HAS_CACHE) ||
		    si->swap_map[offset] == SWAP_MAP_BAD)
			continue;
		page = read_swap_page(si, swp_entry(si->type, offset), offset != swp_offset(entry));
		if (page)
			put_page(page);
	}
}

struct page *swapin_readahead(swp_entry_t entry)
{
	struct swap_info_struct *si = get_swap_device(entry);
	struct blk_plug plug;
	struct page *page;

	if (!si)
		return NULL;
	blk_start_plug(&plug);
	swap_cluster_readahead(si, entry);
	page = read_swap_page(si, entry, false);
	blk_finish_plug(&plug);
	put_swap_device(si);
	return page;
}
