/*
 * Lab 9, reclaim and swap: the checks of reclaim that the kernel runs on itself. Those of swap are
 * in kernel_swap.c.
 */
#include "labs/reclaim/area.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/phys/vmstat.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/reclaim.h"
#include "mm/rmap.h"

#define WANTED_ALL (1UL << 30) /* pages: more than there are */

/* Set the entry of addr as only the processor and the check do: the TLB is not told. */
static void set_entry_unseen(struct mm_struct *mm, unsigned long addr, pte_t entry)
{
	spin_lock(&mm->page_table_lock);
	set_pte_at(mm, addr, pte_offset_map(pmd_off(mm, addr), addr), entry);
	spin_unlock(&mm->page_table_lock);
}

/* A file of one page, and `n` shared mappings of it, each with its entry. */
static struct page *map_often(struct mm_struct *mm, struct vm_area_struct **vma, unsigned int n)
{
	struct file *file = check_file(1);
	unsigned long addr = check_room(2 * n);

	for (unsigned int i = 0; i < n; i++) {
		vma[i] = check_map(mm, file, addr + 2 * i * PAGE_SIZE, 1, CHECK_RW, MAP_SHARED, 0);
		check_result("a write fault of the check",
			     check_handle(vma[i], vma[i]->vm_start, FAULT_FLAG_WRITE), 0);
	}
	return check_file_page(file, 0);
}

/* ---- rmap.c: count_reference, by way of page_referenced ---- */

KERNEL_CHECK(a_used_page_is_noticed_once)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start, flags;
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'p');

	set_used(mm, addr, true);
	EXPECT_EQ("page_referenced() of a page that was used", page_referenced(page, &flags), 1);
	EXPECT((flags & (VM_READ | VM_WRITE | VM_EXEC)) == (VM_READ | VM_WRITE),
	       "*vm_flags is %#lx: the flags of the VMA that has used the page are missing", flags);
	EXPECT(!pte_young(check_entry(mm, addr)), "the accessed bit of the entry is still set");
	check_maps(mm, addr, page, true);
	EXPECT(pte_dirty(check_entry(mm, addr)), "the dirty bit of the entry is gone");
	EXPECT_EQ("page_referenced() again, when nobody has used it", page_referenced(page, &flags),
		  0);
	EXPECT_EQ("*vm_flags then", flags, 0);
}

KERNEL_CHECK(each_entry_that_was_used_counts)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma[4];
	struct page *page = map_often(mm, vma, 4);
	unsigned int unused = check_random_below(4);
	unsigned long flags;

	for (unsigned int i = 0; i < 4; i++)
		set_used(mm, vma[i]->vm_start, i != unused);
	vma[unused]->vm_flags |= VM_EXEC;
	EXPECT_EQ("page_referenced() of a page that was used by 3 of 4 mappings",
		  page_referenced(page, &flags), 3);
	EXPECT(!(flags & VM_EXEC), "*vm_flags has the flags of a mapping that has not used it");
}

KERNEL_CHECK(a_locked_mapping_is_told_of)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	struct page *page = check_map_page(vma, vma->vm_start, PAGE_SHARED, 'p');
	unsigned long flags;

	vma->vm_flags |= VM_LOCKED;
	set_used(mm, vma->vm_start, false);
	EXPECT_EQ("page_referenced() of a page that was not used", page_referenced(page, &flags),
		  0);
	EXPECT_EQ("*vm_flags, when the mapping is locked", flags, VM_LOCKED);
}

KERNEL_CHECK(what_is_read_in_order_is_not_in_use)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	struct page *page = check_map_page(vma, vma->vm_start, PAGE_SHARED, 'p');
	unsigned long flags;

	vma->vm_flags |= VM_SEQ_READ; /* MADV_SEQUENTIAL */
	set_used(mm, vma->vm_start, true);
	EXPECT_EQ("page_referenced() of a page that was read in order",
		  page_referenced(page, &flags), 0);
	EXPECT(!pte_young(check_entry(mm, vma->vm_start)),
	       "the accessed bit of the entry is still set");
	/* so that the checks before the first line of a function are not all that is done */
	vma->vm_flags &= ~VM_SEQ_READ;
	set_used(mm, vma->vm_start, true);
	EXPECT_EQ("page_referenced() of a page that was used", page_referenced(page, &flags), 1);
}

/* ---- shrink_list.c: page_check_references, by way of shrink_page_list ---- */

/* An anonymous page whose entry was used, or not. */
static struct page *aged_page(struct mm_struct *mm, int prot, bool used)
{
	struct vm_area_struct *vma = anon_mapping(mm, 1, prot);
	struct page *page = check_map_page(vma, vma->vm_start, PAGE_SHARED, 'p');

	set_used(mm, vma->vm_start, used);
	return page;
}

static unsigned long only_address(struct mm_struct *mm)
{
	return mm->mmap->vm_start;
}

KERNEL_CHECK(an_unused_page_goes)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = aged_page(mm, CHECK_RW, false);

	look_at_page(page, false);
	EXPECT(PageSwapCache(page), "reclaim has met a page that nobody has used, and it got no "
				    "slot in swap");
	remove_area(si, mm);
}

KERNEL_CHECK(a_page_used_once_gets_a_second_chance)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = aged_page(mm, CHECK_RW | PROT_EXEC, true);

	look_at_page(page, false);
	EXPECT(!PageSwapCache(page) && page_mapped(page), "a page that was used is to go");
	EXPECT(!PageActive(page), "an anonymous page that was used once is active");
	EXPECT(PageReferenced(page), "PG_referenced does not tell that the page was used");
	look_at_page(page, false);
	EXPECT(PageSwapCache(page), "the page was not used again, and it got no slot in swap");
	EXPECT(!PageReferenced(page), "PG_referenced still tells of the use before");
	remove_area(si, mm);
}

KERNEL_CHECK(a_page_used_twice_becomes_active)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = aged_page(mm, CHECK_RW, true);
	struct vm_area_struct *vma[2];

	SetPageReferenced(page); /* at the scan before */
	look_at_page(page, false);
	EXPECT(PageActive(page), "a page that was used before two scans is not active");
	EXPECT(!PageSwapCache(page), "a page that was used before two scans is to go");
	page = map_often(mm, vma, 2);
	ClearPageReferenced(page);
	set_used(mm, vma[0]->vm_start, true);
	set_used(mm, vma[1]->vm_start, true);
	look_at_page(page, false);
	EXPECT(PageActive(page), "a page that two mappings have used is not active");
	remove_area(si, mm);
}

KERNEL_CHECK(code_that_was_run_becomes_active)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = aged_page(mm, PROT_READ | PROT_EXEC, true);

	mark_page_lazyfree(page); /* it stands among the pages of files */
	look_at_page(page, false);
	EXPECT(PageActive(page), "a page of code that was run once is not active");
	page = aged_page(mm, PROT_READ, true);
	mark_page_lazyfree(page);
	look_at_page(page, false);
	EXPECT(!PageActive(page), "a page of data that was read once is active");
	remove_area(si, mm);
}

KERNEL_CHECK(a_read_alone_does_not_keep_a_page)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = aged_page(mm, CHECK_RW, false);

	SetPageReferenced(page); /* mark_page_accessed() */
	look_at_page(page, false);
	EXPECT(!PageActive(page) || PageSwapCache(page), "a page that no entry has used is active");
	EXPECT(PageSwapCache(page), "a page that no entry has used got no slot in swap");
	EXPECT(!PageReferenced(page), "PG_referenced was not cleared");
	remove_area(si, mm);
}

KERNEL_CHECK(a_page_of_a_locked_mapping_becomes_active)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = aged_page(mm, CHECK_RW, false);

	mm->mmap->vm_flags |= VM_LOCKED;
	look_at_page(page, false);
	EXPECT(!PageSwapCache(page), "a page of a locked mapping got a slot in swap");
	EXPECT(PageActive(page), "a page of a locked mapping is not active");
	remove_area(si, mm);
}

/* ---- lists.c: shrink_active_list ---- */

/* The page becomes active, and the next one that is looked at. */
static void put_at_active_tail(struct page *page)
{
	enum lru_list lru = page_is_file_lru(page) ? LRU_ACTIVE_FILE : LRU_ACTIVE_ANON;

	SetPageReferenced(page);
	mark_page_accessed(page);
	EXPECT(PageActive(page), "the check could not make a page active");
	list_move_tail(&page->lru, &node_lruvec.lists[lru]);
}

/* Scan so many active pages. => how many became inactive. */
static unsigned long shrink_active(enum lru_list lru, unsigned long pages)
{
	struct scan_control sc = {
		.gfp_mask = GFP_KERNEL, .reclaim_idx = ZONE_HIGHMEM, .may_unmap = true};
	unsigned long before = vm_event_counters[PGDEACTIVATE];

	shrink_active_list(pages, &sc, lru);
	return vm_event_counters[PGDEACTIVATE] - before;
}

KERNEL_CHECK(active_pages_become_inactive)
{
	struct mm_struct *mm = check_mm();
	unsigned int n = 2 + check_random_below(4);
	struct vm_area_struct *vma = anon_mapping(mm, 8, CHECK_RW);
	unsigned long refill = vm_event_counters[PGREFILL];
	struct page *page[8];

	for (unsigned int i = 0; i < 8; i++) {
		page[i] = check_map_page(vma, vma->vm_start + i * PAGE_SIZE, PAGE_SHARED, 'p');
		set_used(mm, vma->vm_start + i * PAGE_SIZE, true);
		put_at_active_tail(page[i]);
	}
	for (unsigned int i = 0; i < 8; i++) /* page 7 is the first one */
		list_move_tail(&page[i]->lru, &node_lruvec.lists[LRU_ACTIVE_ANON]);
	EXPECT_EQ(check_text("PGDEACTIVATE after shrink_active_list(%u)", n),
		  shrink_active(LRU_ACTIVE_ANON, n), n);
	EXPECT_EQ("PGREFILL", vm_event_counters[PGREFILL] - refill, n);
	for (unsigned int i = 0; i < 8; i++) {
		bool scanned = i >= 8 - n;

		EXPECT(PageLRU(page[i]), "a page is on no list after shrink_active_list()");
		EXPECT(PageActive(page[i]) == !scanned, "page %u from the tail is%s active", 8 - i,
		       scanned ? " still" : " not");
		EXPECT(PageWorkingset(page[i]) == scanned,
		       "PG_workingset is%s set of a page that %s active", scanned ? " not" : "",
		       scanned ? "was" : "is still");
		EXPECT(!scanned || !pte_young(check_entry(mm, vma->vm_start + i * PAGE_SIZE)),
		       "the accessed bit of a page that became inactive is still set");
		EXPECT_EQ("page_count() of a page", page_count(page[i]), 1);
	}
	EXPECT_EQ("pages that are isolated", node_lruvec.nr_isolated[false], 0);
}

KERNEL_CHECK(only_code_stays_active)
{
	struct mm_struct *mm = check_mm();
	struct page *code = aged_page(mm, PROT_READ | PROT_EXEC, true), *old, *data;

	old = aged_page(mm, PROT_READ | PROT_EXEC, false);
	data = aged_page(mm, PROT_READ, true);
	mark_page_lazyfree(code); /* they stand among the pages of files */
	mark_page_lazyfree(old);
	mark_page_lazyfree(data);
	put_at_active_tail(code);
	put_at_active_tail(old);
	put_at_active_tail(data);
	EXPECT_EQ("PGDEACTIVATE after shrink_active_list() of code that was run, code that was "
		  "not, and data",
		  shrink_active(LRU_ACTIVE_FILE, 3), 2);
	EXPECT(PageActive(code), "code that was run lately is not active any more");
	EXPECT(!PageActive(old) && !PageActive(data), "what is no code in use is still active");
	EXPECT_EQ("pages that are isolated", node_lruvec.nr_isolated[true], 0);
}

KERNEL_CHECK(an_unevictable_page_is_not_deactivated)
{
	struct file *file = check_file(1);
	struct page *page = check_file_page(file, 0);

	put_at_active_tail(page);
	file->f_mapping->flags |= AS_LOCKED; /* SHM_LOCK */
	EXPECT_EQ("PGDEACTIVATE after shrink_active_list() of a page of a locked file",
		  shrink_active(LRU_ACTIVE_ANON, 1), 0);
	EXPECT(PageUnevictable(page), "the page of a locked file is not unevictable");
	put_at_active_tail(aged_page(check_mm(), CHECK_RW, false));
	EXPECT_EQ("PGDEACTIVATE after shrink_active_list() of another page",
		  shrink_active(LRU_ACTIVE_ANON, 1), 1);
}

/* ---- vmscan.c: get_scan_count, by way of shrink_node ---- */

/* Put `n` anonymous pages on a list. */
static void fill_list(struct mm_struct *mm, enum lru_list lru, unsigned long n)
{
	struct vm_area_struct *vma = anon_mapping(mm, n, CHECK_RW);

	for (unsigned long i = 0; i < n; i++) {
		struct page *page =
			check_map_page(vma, vma->vm_start + i * PAGE_SIZE, PAGE_SHARED, 'p');

		if (is_file_lru(lru))
			mark_page_lazyfree(page);
		if (is_active_lru(lru))
			put_at_active_tail(page);
	}
}

/* What a round at this priority has scanned: anonymous pages, pages of files. */
static struct scan_control do_round(int priority, unsigned long scanned[2])
{
	struct scan_control sc = {
		.nr_to_reclaim = WANTED_ALL,
		.reclaim_idx = ZONE_NORMAL,
		.priority = priority,
		.may_unmap = true,
		.may_swap = true,
	};

	scanned[false] = vm_event_counters[PGSCAN_ANON];
	scanned[true] = vm_event_counters[PGSCAN_FILE];
	shrink_node(&sc);
	scanned[false] = vm_event_counters[PGSCAN_ANON] - scanned[false];
	scanned[true] = vm_event_counters[PGSCAN_FILE] - scanned[true];
	return sc;
}

KERNEL_CHECK(a_round_scans_a_part_of_the_lists)
{
	struct mm_struct *mm = check_mm();
	int priority = 2 + check_random_below(3);
	unsigned long size, scanned[2];

	fill_list(mm, LRU_INACTIVE_FILE, 100 + check_random_below(50));
	fill_list(mm, LRU_INACTIVE_ANON, 100);
	size = nr_lru_pages(LRU_INACTIVE_FILE);
	node_lruvec.sizes[ZONE_HIGHMEM][LRU_INACTIVE_FILE] += 1000; /* of a zone that helps not */
	do_round(priority, scanned);
	node_lruvec.sizes[ZONE_HIGHMEM][LRU_INACTIVE_FILE] -= 1000;
	EXPECT_EQ(check_text("pages of files scanned of %lu at priority %d", size, priority),
		  scanned[true], size >> priority);
	EXPECT_EQ("anonymous pages scanned without swap", scanned[false], 0);
}

KERNEL_CHECK(swappiness_divides_the_work)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	unsigned long anon, file, scanned[2], old[2] = {node_lruvec.cost[0], node_lruvec.cost[1]};
	int swappiness = vm_swappiness, share = 20 + check_random_below(160);
	struct scan_control sc;

	fill_list(mm, LRU_INACTIVE_ANON, 150);
	fill_list(mm, LRU_ACTIVE_ANON, 12);
	fill_list(mm, LRU_ACTIVE_FILE, nr_lru_pages(LRU_INACTIVE_FILE) + 20);
	anon = nr_lru_pages(LRU_INACTIVE_ANON) >> 2;
	file = nr_lru_pages(LRU_INACTIVE_FILE) >> 2;
	node_lruvec.cost[false] = node_lruvec.cost[true] = 0;
	vm_swappiness = share;
	sc = do_round(2, scanned);
	vm_swappiness = swappiness;
	node_lruvec.cost[false] = old[false];
	node_lruvec.cost[true] = old[true];
	EXPECT_EQ(check_text("anonymous pages scanned of %lu, swappiness %d of 200", anon, share),
		  scanned[false], (anon * share + 199) / 200);
	EXPECT_EQ(check_text("pages of files scanned of %lu, swappiness %d of 200", file, share),
		  scanned[true], (file * (200 - share) + 199) / 200);
	EXPECT(sc.skipped_deactivate, "the active anonymous pages were not looked at");
	remove_area(si, mm);
}

KERNEL_CHECK(in_need_everything_is_scanned)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	unsigned long anon, file, scanned[2];

	fill_list(mm, LRU_INACTIVE_ANON, 40);
	fill_list(mm, LRU_INACTIVE_FILE, 40);
	anon = nr_lru_pages(LRU_INACTIVE_ANON);
	file = nr_lru_pages(LRU_INACTIVE_FILE);
	do_round(0, scanned);
	EXPECT_EQ(check_text("anonymous pages scanned of %lu at priority 0", anon), scanned[false],
		  anon);
	EXPECT_EQ(check_text("pages of files scanned of %lu at priority 0", file), scanned[true],
		  file);
	remove_area(si, mm);
}

/* ---- rmap.c: unmap_one, by way of try_to_unmap ---- */

KERNEL_CHECK(a_page_is_unmapped_everywhere)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma[3];
	struct page *page = map_often(mm, vma, 3);

	mm->hiwater_rss = 0;
	try_to_unmap(page, 0);
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(!pte_val(check_entry(mm, vma[i]->vm_start)),
		       "mapping %u of 3 still has its entry", i + 1);
	EXPECT_EQ("page_mapcount() of the page", page_mapcount(page), 0);
	EXPECT_EQ("page_count() of the page, which its file has", page_count(page), 1);
	check_rss(mm, MM_SHMEMPAGES, 0);
	EXPECT_EQ("hiwater_rss, the most pages that were mapped", mm->hiwater_rss, 3);
}

KERNEL_CHECK(a_write_is_not_lost)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma[2];
	struct page *page = map_often(mm, vma, 2);
	unsigned int written = check_random_below(2);
	unsigned long addr = vma[!written]->vm_start;

	ClearPageDirty(page);
	check_set_entry(mm, addr, pte_mkclean(check_entry(mm, addr)));
	try_to_unmap(page, 0);
	EXPECT(PageDirty(page), "an entry was dirty, and the page does not know");
	page = map_often(mm, vma, 1);
	ClearPageDirty(page);
	addr = vma[0]->vm_start;
	check_set_entry(mm, addr, pte_mkclean(check_entry(mm, addr)));
	try_to_unmap(page, 0);
	EXPECT(!PageDirty(page), "no entry was dirty, but the page is");
}

KERNEL_CHECK(an_unmapped_page_is_not_seen_any_more)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma[1];
	struct page *page = map_often(mm, vma, 1), *other = alloc_page(GFP_HIGHUSER_MOVABLE);
	unsigned long addr = vma[0]->vm_start;

	EXPECT(other, "the check had no memory for a page");
	check_fill(other, 'n');
	EXPECT_EQ("the byte of the page", check_read(addr), check_byte(0));
	try_to_unmap(page, 0);
	set_entry_unseen(mm, addr, mk_pte(other, PAGE_SHARED));
	EXPECT(check_read(addr) == 'n',
	       "after try_to_unmap() a read of %#lx still shows the old page: its translation is "
	       "in the TLB",
	       addr);
}

KERNEL_CHECK(a_locked_page_stays_mapped)
{
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma[2];
	struct page *page = map_often(mm, vma, 2);
	unsigned int locked = check_random_below(2);

	vma[locked]->vm_flags |= VM_LOCKED;
	try_to_unmap(page, 0);
	EXPECT(pte_present(check_entry(mm, vma[locked]->vm_start)),
	       "the entry of a locked mapping is gone");
	EXPECT_EQ("page_mapcount() of the page", page_mapcount(page), 1);
	try_to_unmap(page, TTU_IGNORE_MLOCK);
	EXPECT_EQ("page_mapcount() after TTU_IGNORE_MLOCK", page_mapcount(page), 0);
}

KERNEL_CHECK(what_has_no_store_stays_mapped)
{
	struct mm_struct *mm = check_mm();
	struct page *page = aged_page(mm, CHECK_RW, false);
	unsigned long addr = only_address(mm);

	get_page(page); /* reclaim's */
	try_to_unmap(page, 0);
	EXPECT(vm_normal_page(check_entry(mm, addr)) == page,
	       "an anonymous page without a slot has lost its entry, and so its contents");
	mark_page_lazyfree(page); /* MADV_FREE, and then a write */
	try_to_unmap(page, 0);
	EXPECT(page_mapped(page), "a page that was written to after MADV_FREE was thrown away");
	mark_page_lazyfree(page);
	ClearPageDirty(page);
	check_set_entry(mm, addr, pte_mkclean(check_entry(mm, addr)));
	try_to_unmap(page, 0);
	EXPECT(!pte_val(check_entry(mm, addr)) && !page_mapped(page),
	       "a page that MADV_FREE gave up still has its entry");
	check_rss(mm, MM_ANONPAGES, 0);
}

KERNEL_CHECK(an_anonymous_page_leaves_its_slot_behind)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = aged_page(mm, CHECK_RW, false);
	unsigned long addr = only_address(mm);
	swp_entry_t entry;

	lock_page(page);
	EXPECT(add_to_swap(page), "the check found no slot in swap");
	try_to_unmap(page, 0);
	unlock_page(page);
	entry = page_swap_entry(page);
	EXPECT(is_swap_pte(check_entry(mm, addr)) &&
		       pte_to_swp_entry(check_entry(mm, addr)).val == entry.val,
	       "the entry does not name the slot of the page");
	EXPECT_EQ("page_mapcount() of the page", page_mapcount(page), 0);
	EXPECT_EQ("page_count() of the page, which the swap cache has", page_count(page), 1);
	check_rss(mm, MM_ANONPAGES, 0);
	check_rss(mm, MM_SWAPENTS, 1);
	remove_area(si, mm);
}

KERNEL_CHECK(a_broken_page_leaves_poison)
{
	struct mm_struct *mm = check_mm();
	struct page *page = aged_page(mm, CHECK_RW, false);
	unsigned long addr = only_address(mm);

	get_page(page); /* memory_failure's */
	try_to_unmap(page, TTU_HWPOISON);
	EXPECT(pte_kind(check_entry(mm, addr)) == PTE_POISON,
	       "the entry of a broken page is not poisoned");
	EXPECT_EQ("page_mapcount() of the page", page_mapcount(page), 0);
	check_rss(mm, MM_ANONPAGES, 0);
}

/* ---- shrink_list.c: remove_mapping, by way of shrink_page_list ---- */

KERNEL_CHECK(a_clean_page_leaves_the_swap_cache)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct page *page = cached_page('c');
	unsigned long cached = nr_swapcached;
	swp_entry_t entry = page_swap_entry(page);

	ClearPageDirty(page); /* it has been written */
	++*map_entry(entry);  /* an entry names it */
	EXPECT_EQ("pages freed, when the check has a reference, too", look_at_page(page, true), 0);
	EXPECT(PageSwapCache(page), "a page that somebody uses has left the swap cache");
	put_page(page);
	EXPECT_EQ("pages freed, when only the swap cache has the page", look_at_page(page, true),
		  1);
	EXPECT_EQ("pages in the swap cache", nr_swapcached, cached - 1);
	EXPECT(!find_swap_page(entry), "the swap cache still finds the page that was freed");
	EXPECT(xa_is_value(radix_tree_lookup(&si->cache, swp_offset(entry))),
	       "no shadow of the page is left in the swap cache");
	EXPECT_EQ("users of the slot afterwards (swap_map)", *map_entry(entry), 1);
	remove_area(si, mm);
}

KERNEL_CHECK(a_clean_page_leaves_its_file)
{
	struct file *file = check_file(2);
	struct page *page = check_file_page(file, 1);

	ClearPageDirty(page); /* it has been written */
	get_page(page);
	EXPECT_EQ("pages freed, when the check has a reference, too", look_at_page(page, true), 0);
	EXPECT(check_file_page(file, 1) == page, "a page that somebody uses has left its file");
	put_page(page);
	EXPECT_EQ("pages freed, when only the file has the page", look_at_page(page, true), 1);
	EXPECT_EQ("pages of the file in memory", file->f_mapping->nrpages, 1);
	EXPECT(!find_get_page(file->f_mapping, 1), "the file still has the page that was freed");
}
