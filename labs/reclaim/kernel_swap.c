/*
 * Lab 9, reclaim and swap: the checks of swap that the kernel runs on itself.
 */
#include "labs/reclaim/area.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/phys/vmstat.h"
#include "mm/rmap.h"
#include <linux/errno.h>

static pte_t *entry_of(struct mm_struct *mm, unsigned long addr)
{
	return pte_offset_map(pmd_off(mm, addr), addr);
}

/* The entry of addr must name the slot. */
static void expect_names(const char *whose, struct mm_struct *mm, unsigned long addr,
			 swp_entry_t entry)
{
	pte_t pte = check_entry(mm, addr);

	EXPECT(is_swap_pte(pte) && pte_to_swp_entry(pte).val == entry.val,
	       "%s entry is %#llx: it does not name slot %lu of area %u", whose, (u64)pte_val(pte),
	       swp_offset(entry), swp_type(entry));
}

/* ---- swap_map.c: swap_duplicate, swap_free ---- */

KERNEL_CHECK(a_slot_counts_its_users)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	swp_entry_t entry = get_swap_page();
	unsigned int n = 2 + check_random_below(9);

	for (unsigned int i = 0; i < n; i++)
		EXPECT_EQ("swap_duplicate()", swap_duplicate(entry), 0);
	EXPECT_EQ(check_text("swap_map after %u times swap_duplicate()", n), *map_entry(entry),
		  SWAP_HAS_CACHE | n);
	EXPECT_EQ("slots in use", si->inuse_pages, 1);
	remove_area(si, mm);
}

KERNEL_CHECK(a_slot_has_room_for_so_many_users)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	swp_entry_t entry = get_swap_page();

	*map_entry(entry) = SWAP_HAS_CACHE | (SWAP_MAP_MAX - 1);
	EXPECT_EQ("swap_duplicate() of a slot that has room for one more user",
		  swap_duplicate(entry), 0);
	EXPECT_EQ("swap_duplicate() of a slot with SWAP_MAP_MAX users and a page in memory",
		  swap_duplicate(entry), -ENOMEM);
	EXPECT_EQ("swap_map afterwards", *map_entry(entry), SWAP_HAS_CACHE | SWAP_MAP_MAX);
	*map_entry(entry) = SWAP_MAP_MAX;
	EXPECT_EQ("swap_duplicate() of a slot with SWAP_MAP_MAX users", swap_duplicate(entry),
		  -ENOMEM);
	EXPECT_EQ("swap_map afterwards", *map_entry(entry), SWAP_MAP_MAX);
	remove_area(si, mm);
}

KERNEL_CHECK(the_last_user_frees_the_slot)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	swp_entry_t entry = slot_on_disk(si, 'd');
	long free = nr_swap_pages;

	*map_entry(entry) = 2;
	swap_free(entry);
	EXPECT_EQ("swap_map of a slot with 2 users after swap_free()", *map_entry(entry), 1);
	EXPECT_EQ("slots in use, while one user is left", si->inuse_pages, 1);
	swap_free(entry);
	EXPECT_EQ("swap_map after the last swap_free()", *map_entry(entry), 0);
	EXPECT_EQ("slots in use, when no user is left", si->inuse_pages, 0);
	EXPECT_EQ("free slots of all areas (nr_swap_pages)", nr_swap_pages, free + 1);
	remove_area(si, mm);
}

KERNEL_CHECK(the_swap_cache_keeps_its_slot)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	swp_entry_t entry = get_swap_page();

	*map_entry(entry) = SWAP_HAS_CACHE | 1;
	swap_free(entry);
	EXPECT_EQ("swap_map of a slot in the swap cache after its last user", *map_entry(entry),
		  SWAP_HAS_CACHE);
	EXPECT_EQ("slots in use", si->inuse_pages, 1);
	remove_area(si, mm);
}

/* ---- swap_fault.c: swap_out_pte ---- */

/* A page that is mapped at addr, and has a slot. */
static struct page *page_with_slot(struct vm_area_struct *vma, unsigned long addr)
{
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'p');
	bool added;

	lock_page(page);
	added = add_to_swap(page);
	unlock_page(page);
	EXPECT(added, "the check found no slot in swap");
	return page;
}

static bool swap_out(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	bool out;

	spin_lock(&vma->vm_mm->page_table_lock);
	out = swap_out_pte(vma, addr, entry_of(vma->vm_mm, addr), page);
	spin_unlock(&vma->vm_mm->page_table_lock);
	return out;
}

KERNEL_CHECK(an_entry_becomes_a_swap_entry)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *page = page_with_slot(vma, addr);

	EXPECT(swap_out(vma, addr, page), "swap_out_pte() of an exclusive page: false");
	expect_names("the", mm, addr, page_swap_entry(page));
	EXPECT(!PageAnonExclusive(page),
	       "the page is still exclusive, but a child may get its entry");
	EXPECT_EQ("users of the slot", swap_count(page_swap_entry(page)), 1);
	check_rss(mm, MM_ANONPAGES, 0);
	check_rss(mm, MM_SWAPENTS, 1);
	EXPECT(!list_empty(&mm->mmlist), "swapoff does not find the address space (mmlist)");
	remove_area(si, mm);
}

KERNEL_CHECK(an_entry_that_must_stay)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 2, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *pinned = page_with_slot(vma, addr), *page;

	pinned->_refcount += GUP_PIN_COUNTING_BIAS; /* a call writes to it meanwhile */
	EXPECT(!swap_out(vma, addr, pinned), "swap_out_pte() of a pinned page: true");
	check_maps(mm, addr, pinned, true);
	page = page_with_slot(vma, addr + PAGE_SIZE);
	*map_entry(page_swap_entry(page)) = SWAP_HAS_CACHE | SWAP_MAP_MAX;
	EXPECT(!swap_out(vma, addr + PAGE_SIZE, page),
	       "swap_out_pte(), and the slot has too many users: true");
	check_maps(mm, addr + PAGE_SIZE, page, true);
	EXPECT(PageAnonExclusive(pinned) && PageAnonExclusive(page),
	       "a page that stays is not exclusive any more");
	check_rss(mm, MM_ANONPAGES, 2);
	ClearPageAnonExclusive(pinned);
	EXPECT(swap_out(vma, addr, pinned),
	       "swap_out_pte() of a pinned page that is shared: false");
	remove_area(si, mm);
}

/* ---- swap_fault.c: map_swapped_page ---- */

/* The entry of addr gets the page, whose reference of the check becomes the entry's. */
static void bring_back(struct vm_area_struct *vma, unsigned long addr, struct page *page,
		       unsigned int flags)
{
	pte_t entry;

	lock_page(page);
	spin_lock(&vma->vm_mm->page_table_lock);
	entry = map_swapped_page(vma, addr, entry_of(vma->vm_mm, addr), page, flags);
	spin_unlock(&vma->vm_mm->page_table_lock);
	unlock_page(page);
	EXPECT(pte_same(entry, check_entry(vma->vm_mm, addr)),
	       "map_swapped_page() does not return what the entry holds now");
}

KERNEL_CHECK(a_page_is_mapped_again)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 4, CHECK_RW);
	unsigned long addr = vma->vm_start + check_random_below(4) * PAGE_SIZE;
	struct page *page = cached_page('c');

	name_slot(mm, addr, page_swap_entry(page));
	bring_back(vma, addr, page, 0);
	check_maps(mm, addr, page, false);
	EXPECT_EQ("page_mapcount() of the page", page_mapcount(page), 1);
	EXPECT(PageAnon(page) && page_anon_vma(page) == vma->anon_vma,
	       "the page does not lead to the VMA's anon_vma");
	EXPECT_EQ("the index of the page", page->index, linear_page_index(vma, addr));
	EXPECT(!PageAnonExclusive(page), "the swap cache has the page, too, and it is exclusive");
	EXPECT_EQ("page_count(): the entry and the swap cache", page_count(page), 2);
	EXPECT(PageSwapCache(page), "a page that was only read has left the swap cache");
	check_rss(mm, MM_ANONPAGES, 1);
	check_rss(mm, MM_SWAPENTS, 0);
	remove_area(si, mm);
}

KERNEL_CHECK(a_shared_page_stays_shared)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	struct page *page = cached_page('c');

	name_slot(mm, vma->vm_start, page_swap_entry(page));
	++*map_entry(page_swap_entry(page)); /* a child's */
	bring_back(vma, vma->vm_start, page, FAULT_FLAG_WRITE);
	check_maps(mm, vma->vm_start, page, false);
	EXPECT(!PageAnonExclusive(page), "a page that a child names in swap, too, is exclusive");
	EXPECT(PageSwapCache(page), "the page of a slot in use has left the swap cache");
	remove_area(si, mm);
}

KERNEL_CHECK(a_write_maps_the_own_page_writable)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW), *other;
	struct page *page = cached_page('c'), *forced = cached_page('f');

	name_slot(mm, vma->vm_start, page_swap_entry(page));
	bring_back(vma, vma->vm_start, page, FAULT_FLAG_WRITE);
	check_maps(mm, vma->vm_start, page, true);
	EXPECT(pte_dirty(check_entry(mm, vma->vm_start)), "the entry is not dirty");
	other = anon_mapping(mm, 1, PROT_READ);
	name_slot(mm, other->vm_start, page_swap_entry(forced));
	bring_back(other, other->vm_start, forced, FAULT_FLAG_WRITE); /* as ptrace's */
	check_maps(mm, other->vm_start, forced, false);
	remove_area(si, mm);
}

KERNEL_CHECK(the_slot_loses_a_user)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 2, CHECK_RW);
	unsigned long addr = vma->vm_start;
	struct page *page = cached_page('c'), *written = cached_page('w');
	swp_entry_t entry = page_swap_entry(page), slot = page_swap_entry(written);

	name_slot(mm, addr, entry);
	bring_back(vma, addr, page, 0);
	EXPECT_EQ("swap_map of a page that was read", *map_entry(entry), SWAP_HAS_CACHE);
	name_slot(mm, addr + PAGE_SIZE, slot);
	bring_back(vma, addr + PAGE_SIZE, written, FAULT_FLAG_WRITE);
	EXPECT_EQ("swap_map of a page that was written to, which needs its slot no more",
		  *map_entry(slot), 0);
	EXPECT(!PageSwapCache(written), "a page that was written to is still in the swap cache");
	remove_area(si, mm);
}

KERNEL_CHECK(scarce_slots_are_given_back)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	struct page *page = cached_page('c');
	swp_entry_t entry = page_swap_entry(page);

	while (!vm_swap_full())
		slot_on_disk(si, 'd');
	name_slot(mm, vma->vm_start, entry);
	bring_back(vma, vma->vm_start, page, 0);
	EXPECT_EQ("swap_map, when more than half of all slots are in use", *map_entry(entry), 0);
	EXPECT(PageDirty(page), "the page has no slot any more, but is clean");
	EXPECT(PageAnonExclusive(page), "nobody else has the page, and it is not exclusive");
	check_maps(mm, vma->vm_start, page, false);
	remove_area(si, mm);
}

/* ---- swap_fault.c: do_swap_page ---- */

/* The fault's result; nothing of the page may be left behind. */
static vm_fault_t swap_fault(struct vm_fault *vmf)
{
	return check_call(do_swap_page, vmf);
}

KERNEL_CHECK(a_page_in_the_swap_cache_is_not_read)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	struct page *page = cached_page('c');
	struct vm_fault vmf;

	name_slot(mm, vma->vm_start, page_swap_entry(page));
	vmf = check_fault(vma, vma->vm_start, 0);
	check_whole_result("do_swap_page(), and the page is in the swap cache", swap_fault(&vmf),
			   0);
	check_maps(mm, vma->vm_start, page, false);
	EXPECT_EQ("reads of the disk", disk.reads, 0);
	EXPECT_EQ("page_count(): the entry, the swap cache, the check", page_count(page), 3);
	EXPECT(!PageLocked(page), "the page is still locked");
	remove_area(si, mm);
}

KERNEL_CHECK(a_page_is_read_from_its_slot)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	unsigned char byte = 'a' + check_random_below(26);
	unsigned long faults = vm_event_counters[PGMAJFAULT];
	struct vm_fault vmf;

	name_slot(mm, vma->vm_start, slot_on_disk(si, byte));
	vmf = check_fault(vma, vma->vm_start, 0);
	check_whole_result("do_swap_page(), and the page is on the disk", swap_fault(&vmf),
			   VM_FAULT_MAJOR);
	EXPECT_EQ("PGMAJFAULT", vm_event_counters[PGMAJFAULT] - faults, 1);
	EXPECT_EQ("a byte of the page", check_read(vma->vm_start), byte);
	EXPECT_EQ("reads of the disk", disk.reads, 1);
	check_rss(mm, MM_ANONPAGES, 1);
	remove_area(si, mm);
}

KERNEL_CHECK(a_page_that_is_lost)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 2, CHECK_RW);
	unsigned long addr = vma->vm_start;
	swp_entry_t entry = slot_on_disk(si, 'd');
	struct vm_fault vmf;
	struct page *page;

	name_slot(mm, addr, entry);
	disk.broken = true;
	vmf = check_fault(vma, addr, 0);
	check_whole_result("do_swap_page(), and the disk returns an error", swap_fault(&vmf),
			   VM_FAULT_SIGBUS);
	expect_names("the", mm, addr, entry);
	EXPECT_EQ("reads of the disk", disk.reads, 1);
	page = find_swap_page(entry);
	EXPECT(page && !PageLocked(page), "the page that could not be read is still locked");
	EXPECT_EQ("page_count() of it: the swap cache and the check", page_count(page), 2);
	check_set_entry(mm, addr, swp_entry_to_pte(swp_entry(SWP_SWAPIN_ERROR, 0)));
	vmf = check_fault(vma, addr, 0);
	check_whole_result("do_swap_page() of a page that swapoff could not read", swap_fault(&vmf),
			   VM_FAULT_SIGBUS);
	remove_area(si, mm);
}

KERNEL_CHECK(a_write_to_a_shared_page_copies_it)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	struct page *page = cached_page('c'), *copy;
	struct vm_fault vmf;

	name_slot(mm, vma->vm_start, page_swap_entry(page));
	++*map_entry(page_swap_entry(page)); /* a child's */
	vmf = check_fault(vma, vma->vm_start, FAULT_FLAG_WRITE);
	check_whole_result("do_swap_page() for a write to a page that others have, too",
			   swap_fault(&vmf), 0);
	copy = vm_normal_page(check_entry(mm, vma->vm_start));
	EXPECT(copy && copy != page, "the page was not copied");
	check_maps(mm, vma->vm_start, copy, true);
	EXPECT(check_filled(copy, 'c'), "the copy does not hold what the page holds");
	EXPECT_EQ("page_count(): the swap cache and the check", page_count(page), 2);
	remove_area(si, mm);
}

KERNEL_CHECK(another_thread_was_faster)
{
	struct mm_struct *mm = check_mm();
	struct swap_info_struct *si = put_area();
	struct vm_area_struct *vma = anon_mapping(mm, 1, CHECK_RW);
	struct page *page = cached_page('c'), *theirs;
	swp_entry_t entry = page_swap_entry(page);
	struct vm_fault vmf;

	name_slot(mm, vma->vm_start, entry);
	vmf = check_fault(vma, vma->vm_start, 0);
	theirs = check_map_page(vma, vma->vm_start, PAGE_SHARED, 't');
	check_whole_result("do_swap_page(), and another thread was faster", swap_fault(&vmf), 0);
	check_maps(mm, vma->vm_start, theirs, true);
	EXPECT_EQ("page_count() of the page: the swap cache and the check", page_count(page), 2);
	EXPECT(!PageLocked(page), "the page is still locked");
	radix_tree_delete(&si->cache, swp_offset(entry)); /* that thread has freed the slot, too */
	*map_entry(entry) = 0;
	check_whole_result("do_swap_page(), and the slot is free", swap_fault(&vmf), 0);
	check_maps(mm, vma->vm_start, theirs, true);
	EXPECT_EQ("reads of the disk", disk.reads, 0);
	remove_area(si, mm);
}

/* ---- swap_fault.c: copy_swap_pte ---- */

/* fork's copy of the entry of addr. */
static int copy_entry(struct mm_struct *child, struct mm_struct *mm, unsigned long addr)
{
	int err;

	check_set_entry(child, addr, __pte(0)); /* there is a table */
	spin_lock(&mm->page_table_lock);
	spin_lock(&child->page_table_lock);
	err = copy_swap_pte(child, addr, entry_of(child, addr), *entry_of(mm, addr));
	spin_unlock(&child->page_table_lock);
	spin_unlock(&mm->page_table_lock);
	return err;
}

KERNEL_CHECK(fork_copies_the_entry_and_not_the_page)
{
	struct mm_struct *mm = check_mm(), *child = mm_alloc();
	struct swap_info_struct *si = put_area();
	unsigned long addr = anon_mapping(mm, 1, CHECK_RW)->vm_start;
	swp_entry_t entry = slot_on_disk(si, 'd');

	EXPECT(child, "the check had no memory for an address space");
	name_slot(mm, addr, entry);
	EXPECT_EQ("copy_swap_pte()", copy_entry(child, mm, addr), 0);
	expect_names("the parent's", mm, addr, entry);
	expect_names("the child's", child, addr, entry);
	EXPECT_EQ("users of the slot", swap_count(entry), 2);
	check_rss(child, MM_SWAPENTS, 1);
	check_rss(mm, MM_SWAPENTS, 1);
	EXPECT(!list_empty(&child->mmlist), "swapoff does not find the child (mmlist)");
	EXPECT_EQ("reads of the disk", disk.reads, 0);
	list_del_init(&child->mmlist);
	remove_area(si, mm);
}

KERNEL_CHECK(fork_fails_if_a_slot_has_too_many_users)
{
	struct mm_struct *mm = check_mm(), *child = mm_alloc();
	struct swap_info_struct *si = put_area();
	unsigned long addr = anon_mapping(mm, 1, CHECK_RW)->vm_start;
	swp_entry_t entry = slot_on_disk(si, 'd');

	EXPECT(child, "the check had no memory for an address space");
	name_slot(mm, addr, entry);
	*map_entry(entry) = SWAP_MAP_MAX;
	EXPECT_EQ("copy_swap_pte(), and the slot has too many users", copy_entry(child, mm, addr),
		  -ENOMEM);
	EXPECT(!pte_val(check_entry(child, addr)), "the child has an entry that nobody counts");
	expect_names("the parent's", mm, addr, entry);
	check_rss(child, MM_SWAPENTS, 0);
	*map_entry(entry) = SWAP_MAP_MAX - 1;
	EXPECT_EQ("copy_swap_pte(), and there is room for one more", copy_entry(child, mm, addr),
		  0);
	list_del_init(&child->mmlist);
	remove_area(si, mm);
}

KERNEL_CHECK(a_lost_page_is_lost_to_the_child_too)
{
	struct mm_struct *mm = check_mm(), *child = mm_alloc();
	unsigned long addr = anon_mapping(mm, 1, CHECK_RW)->vm_start;
	pte_t lost = swp_entry_to_pte(swp_entry(SWP_SWAPIN_ERROR, 0));

	EXPECT(child, "the check had no memory for an address space");
	check_set_entry(mm, addr, lost);
	EXPECT_EQ("copy_swap_pte() of the entry of a lost page", copy_entry(child, mm, addr), 0);
	EXPECT(pte_same(check_entry(child, addr), lost),
	       "the child's entry is %#llx: it does not say that the page is lost",
	       (u64)pte_val(check_entry(child, addr)));
	check_rss(child, MM_SWAPENTS, 0);
	EXPECT(list_empty(&child->mmlist), "a lost page is not in swap, but swapoff looks for it");
}
