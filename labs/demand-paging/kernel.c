/*
 * Lab 4, demand paging: checks that the kernel runs on itself.
 *
 * Each calls the function that it is about, or the dispatcher above it, with a fault, an entry and
 * a file that are made by hand.
 */
#include "kernel/checks/pages.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/reclaim/memory_failure.h"

#define PAGES 40 /* of a mapping: more than are mapped around a fault */

/* ---- memory.c: forget_old_page ---- */

KERNEL_CHECK(the_old_translation_is_flushed)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *new = alloc_page(GFP_HIGHUSER_MOVABLE);
	struct vm_fault vmf;

	check_map_page(vma, addr, PAGE_SHARED, 'o');
	check_fill(new, 'n');
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	EXPECT_EQ("the byte of the old page", check_read(addr), 'o');
	spin_lock(&mm->page_table_lock);
	set_pte_at(mm, addr, vmf.pte, mk_pte(new, PAGE_SHARED));
	forget_old_page(&vmf);
	spin_unlock(&mm->page_table_lock);
	EXPECT(check_read(addr) == 'n',
	       "after forget_old_page() a read of %#lx still shows the old page: its translation "
	       "is in the TLB",
	       addr);
}

KERNEL_CHECK(the_old_page_is_not_counted_any_more)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *old = check_map_page(vma, addr, PAGE_SHARED, 'o');
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);

	get_page(old); /* the check's own */
	spin_lock(&mm->page_table_lock);
	set_pte_at(mm, addr, vmf.pte, __pte(0));
	forget_old_page(&vmf);
	spin_unlock(&mm->page_table_lock);
	EXPECT_EQ("page_count() of the old page, which only the check uses", page_count(old), 1);
	EXPECT_EQ("page_mapcount() of the old page", page_mapcount(old), 0);
	check_rss(mm, MM_ANONPAGES, 0);
}

KERNEL_CHECK(a_frame_without_a_page_is_only_flushed)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *zeros = pfn_to_page(zero_pfn), *new = alloc_page(GFP_HIGHUSER_MOVABLE);
	int count = page_count(zeros), mapcount = page_mapcount(zeros);
	struct vm_fault vmf;

	check_fill(new, 'n');
	check_set_entry(mm, addr, pte_mkspecial(pfn_pte(zero_pfn, PAGE_READONLY)));
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	EXPECT_EQ("the byte of the zero page", check_read(addr), 0);
	spin_lock(&mm->page_table_lock);
	set_pte_at(mm, addr, vmf.pte, mk_pte(new, PAGE_SHARED));
	forget_old_page(&vmf);
	spin_unlock(&mm->page_table_lock);
	EXPECT(check_read(addr) == 'n',
	       "after forget_old_page() a read of %#lx still shows the zero page: its translation "
	       "is in the TLB",
	       addr);
	EXPECT_EQ("page_count() of the zero page", page_count(zeros), count);
	EXPECT_EQ("page_mapcount() of the zero page", page_mapcount(zeros), mapcount);
	EXPECT_EQ("get_mm_rss(mm)", get_mm_rss(mm), 0);
}

/* ---- anonymous.c ---- */

KERNEL_CHECK(a_read_maps_the_page_of_zeros)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(2);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 2, CHECK_RW, MAP_PRIVATE, 0);
	struct vm_fault vmf = check_fault(vma, addr + PAGE_SIZE, 0);
	pte_t entry;

	check_result("do_anonymous_page() for a read", check_call(do_anonymous_page, &vmf), 0);
	entry = check_entry(mm, addr + PAGE_SIZE);
	EXPECT(pte_present(entry), "do_anonymous_page() for a read left the entry empty");
	EXPECT_EQ("the frame after a read", pte_pfn(entry), zero_pfn);
	EXPECT(!pte_write(entry), "the page of zeros, which all share, is writable");
	EXPECT(pte_kind(entry) == PTE_SPECIAL,
	       "the entry of the page of zeros is not marked by pte_mkspecial()");
	EXPECT_EQ("get_mm_rss(mm) after a read", get_mm_rss(mm), 0);
	EXPECT(pte_none(check_entry(mm, addr)), "the page before it is mapped too");
}

KERNEL_CHECK(a_write_maps_a_new_page_of_zeros)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(2);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 2, CHECK_RW, MAP_PRIVATE, 0);
	struct vm_fault vmf = check_fault(vma, addr + PAGE_SIZE, FAULT_FLAG_WRITE);
	struct page *page;
	pte_t entry;

	check_soil_memory();
	check_result("do_anonymous_page() for a write", check_call(do_anonymous_page, &vmf), 0);
	entry = check_entry(mm, addr + PAGE_SIZE);
	page = vm_normal_page(entry);
	EXPECT(page, "after a write the entry is %#llx: it maps no page of its own",
	       (u64)pte_val(entry));
	EXPECT(pte_write(entry) && pte_dirty(entry),
	       "after a write the entry is %#llx: not both writable and dirty",
	       (u64)pte_val(entry));
	EXPECT(check_filled(page, 0), "the new page is not filled with zeros");
	EXPECT(PageAnon(page) && vma->anon_vma, "the new page has no anon_vma");
	EXPECT_EQ("page_count() of the new page", page_count(page), 1);
	EXPECT_EQ("page_mapcount() of the new page", page_mapcount(page), 1);
	check_rss(mm, MM_ANONPAGES, 1);
}

KERNEL_CHECK(a_read_only_mapping_stays_read_only)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, PROT_READ, MAP_PRIVATE, 0);
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE); /* as ptrace's, forced */

	check_result("do_anonymous_page() for a write", check_call(do_anonymous_page, &vmf), 0);
	EXPECT(pte_present(check_entry(mm, addr)), "the entry is empty");
	EXPECT(!pte_write(check_entry(mm, addr)),
	       "the entry is writable, but the mapping (PROT_READ) is not");
}

/* Another thread, played by the check, has installed its page since the fault looked. */
KERNEL_CHECK(a_slower_anonymous_fault_changes_nothing)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'x');
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	unsigned long free = nr_free_pages();

	vmf.orig_pte = __pte(0);
	check_result("do_anonymous_page(), and another thread was faster",
		     check_call(do_anonymous_page, &vmf), 0);
	check_maps(mm, addr, page, true);
	EXPECT(check_filled(page, 'x'), "the page of the faster thread has been changed");
	check_rss(mm, MM_ANONPAGES, 1);
	EXPECT_EQ("nr_free_pages() afterwards: its own page is given back", nr_free_pages(), free);
}

KERNEL_CHECK(an_anonymous_fault_without_memory)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	vm_fault_t ret;

	check_set_entry(mm, addr, __pte(0)); /* there is a page table, and no memory for a page */
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	fail_page_alloc_after = 0;
	ret = check_call(do_anonymous_page, &vmf);
	fail_page_alloc_after = -1;
	check_result("do_anonymous_page() for a write without memory", ret, VM_FAULT_OOM);
	EXPECT(pte_none(check_entry(mm, addr)), "an entry was made without memory for a page");
}

/* ---- memory.c: the dispatcher ---- */

/* A file system of the check: what its ->fault() is to return, and what it has seen. */
static struct {
	struct page *page; /* of the file; the fault gets a reference */
	vm_fault_t ret;	   /* an error, instead of the page */
	bool locked;	   /* the page comes back locked */
	bool major;	   /* and from the disk */
	pte_t installed;   /* what another thread installs meanwhile; 0: nothing */
	int calls;
	struct vm_fault seen;
} our_file;

static vm_fault_t our_fault(struct vm_fault *vmf)
{
	our_file.calls++;
	our_file.seen = *vmf;
	if (our_file.ret)
		return our_file.ret;
	if (pte_val(our_file.installed))
		check_set_entry(vmf->vma->vm_mm, vmf->address, our_file.installed);
	get_page(our_file.page);
	if (our_file.locked)
		lock_page(our_file.page);
	vmf->page = our_file.page;
	return (our_file.locked ? VM_FAULT_LOCKED : 0) | (our_file.major ? VM_FAULT_MAJOR : 0);
}

static const struct vm_operations_struct our_vm_ops = {.fault = our_fault};

/* A private mapping of the check's file system, whose only page is filled with 'f'. The check has
   one reference to the page. */
static struct vm_area_struct *map_our_file(struct mm_struct *mm, unsigned long addr,
					   unsigned long pages)
{
	struct vm_area_struct *vma = check_map(mm, NULL, addr, pages, CHECK_RW, MAP_PRIVATE, 0);

	memset(&our_file, 0, sizeof(our_file));
	our_file.page = alloc_page(GFP_HIGHUSER_MOVABLE);
	EXPECT(our_file.page, "the check had no memory for a page");
	check_fill(our_file.page, 'f');
	vma->vm_ops = &our_vm_ops;
	return vma;
}

KERNEL_CHECK(an_empty_entry_of_anonymous_memory)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(3);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 3, CHECK_RW, MAP_PRIVATE, 0);

	check_result("handle_mm_fault() for a write, no page table",
		     check_handle(vma, addr, FAULT_FLAG_WRITE), 0);
	EXPECT(vm_normal_page(check_entry(mm, addr)), "no page was mapped at %#lx", addr);
	addr += PAGE_SIZE;
	check_result("handle_mm_fault() for a write, a page table and an empty entry",
		     check_handle(vma, addr + 1, FAULT_FLAG_WRITE), 0);
	EXPECT(vm_normal_page(check_entry(mm, addr)), "no page was mapped at %#lx", addr);
	addr += PAGE_SIZE;
	check_result("handle_mm_fault() for a read, a page table and an empty entry",
		     check_handle(vma, addr, 0), 0);
	EXPECT(pte_present(check_entry(mm, addr)), "nothing was mapped at %#lx", addr);
	check_rss(mm, MM_ANONPAGES, 2);
}

KERNEL_CHECK(an_empty_entry_of_a_file)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(PAGES);
	struct vm_area_struct *vma = map_our_file(mm, addr, PAGES);
	unsigned long n = 1 + check_random_below(PAGES - 1);

	vma->vm_pgoff = 7;
	our_file.ret = VM_FAULT_SIGBUS;
	check_handle(vma, addr + n * PAGE_SIZE + 5, 0);
	EXPECT(our_file.calls == 1, "the file's ->fault() was called %d times, not once",
	       our_file.calls);
	EXPECT_EQ("vmf->pgoff in ->fault()", our_file.seen.pgoff, 7 + n);
	EXPECT_EQ("vmf->address in ->fault()", our_file.seen.address, addr + n * PAGE_SIZE);
}

KERNEL_CHECK(a_mapping_without_pages_is_sigbus)
{
	static const struct vm_operations_struct no_fault;
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);

	vma->vm_ops = &no_fault;
	check_result("handle_mm_fault(), vm_ops without ->fault()", check_handle(vma, addr, 0),
		     VM_FAULT_SIGBUS);
	EXPECT(pte_none(check_entry(mm, addr)), "an entry was made");
}

KERNEL_CHECK(an_entry_gets_its_accessed_and_dirty_bits)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'x');

	check_set_entry(mm, addr, pte_mkold(mk_pte(page, PAGE_SHARED)));
	check_result("handle_mm_fault() for a read of a page that is there",
		     check_handle(vma, addr, 0), 0);
	check_maps(mm, addr, page, true);
	EXPECT(!pte_dirty(check_entry(mm, addr)), "the dirty bit is set after a read");
	check_set_entry(mm, addr, pte_mkold(mk_pte(page, PAGE_SHARED)));
	check_result("handle_mm_fault() for a write to a page that is there",
		     check_handle(vma, addr, FAULT_FLAG_WRITE), 0);
	check_maps(mm, addr, page, true);
	EXPECT(pte_young(check_entry(mm, addr)), "the accessed bit is not set after a write");
	EXPECT(pte_dirty(check_entry(mm, addr)), "the dirty bit is not set after a write");
	EXPECT_EQ("page_count() of the page", page_count(page), 1);
}

KERNEL_CHECK(a_poisoned_entry_is_refused)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *page = alloc_page(GFP_HIGHUSER_MOVABLE);

	check_set_entry(mm, addr, mk_hwpoison_pte(page));
	check_result("handle_mm_fault() for a read of a poisoned page", check_handle(vma, addr, 0),
		     VM_FAULT_HWPOISON);
	check_result("handle_mm_fault() for a write to a poisoned page",
		     check_handle(vma, addr, FAULT_FLAG_WRITE), VM_FAULT_HWPOISON);
	EXPECT(pte_kind(check_entry(mm, addr)) == PTE_POISON, "the entry is not poisoned any more");
}

KERNEL_CHECK(a_write_to_a_read_only_entry_is_copy_on_write)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *old = check_map_page(vma, addr, PAGE_READONLY, 'o'), *new;

	ClearPageAnonExclusive(old);
	get_page(old); /* as if a child had it too */
	check_result("handle_mm_fault() for a read", check_handle(vma, addr, 0), 0);
	check_maps(mm, addr, old, false);
	check_result("handle_mm_fault() for a write", check_handle(vma, addr, FAULT_FLAG_WRITE), 0);
	new = vm_normal_page(check_entry(mm, addr));
	EXPECT(new &&new != old, "a write to a page that is shared copy-on-write made no copy");
	EXPECT(pte_write(check_entry(mm, addr)), "the entry is not writable after the write");
	EXPECT(check_filled(new, 'o'), "the copy differs from the page");
}

KERNEL_CHECK(an_unshare_fault_copies_a_shared_page)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = check_map(mm, NULL, addr, 1, CHECK_RW, MAP_PRIVATE, 0);
	struct page *old = check_map_page(vma, addr, PAGE_READONLY, 'o'), *new;

	ClearPageAnonExclusive(old);
	get_page(old); /* as if a child had it too */
	check_result("handle_mm_fault() with FAULT_FLAG_UNSHARE",
		     check_handle(vma, addr, FAULT_FLAG_UNSHARE), 0);
	new = vm_normal_page(check_entry(mm, addr));
	EXPECT(new &&new != old,
	       "a fault with FAULT_FLAG_UNSHARE on a page that is shared made no copy");
	EXPECT(!pte_write(check_entry(mm, addr)), "the entry is writable, but nobody writes");
	EXPECT(check_filled(new, 'o'), "the copy differs from the page");
	EXPECT_EQ("page_count() of the old page, which only the check uses", page_count(old), 1);
}

/* ---- file_fault.c ---- */

KERNEL_CHECK(the_page_of_the_file_comes_back_locked)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(2);
	struct vm_area_struct *vma = map_our_file(mm, addr, 2);
	struct vm_fault vmf = check_fault(vma, addr, 0);
	const char *what = "fault_in_file_page(), ->fault() returned";

	for (int locked = 0; locked < 2; locked++) {
		const char *how = locked ? "a locked page" : "an unlocked page";

		our_file.locked = locked;
		check_whole_result(check_text("%s %s", what, how),
				   check_call(fault_in_file_page, &vmf), VM_FAULT_LOCKED);
		EXPECT(PageLocked(our_file.page), "%s %s: the page is not locked", what, how);
		EXPECT_EQ("page_count(vmf->page): one is the file's, one the fault's",
			  page_count(our_file.page), 2);
		unlock_page(our_file.page);
		put_page(our_file.page);
	}
}

KERNEL_CHECK(what_the_file_says_is_passed_on)
{
	static const vm_fault_t results[] = {VM_FAULT_SIGBUS, VM_FAULT_OOM, VM_FAULT_NOPAGE,
					     VM_FAULT_RETRY | VM_FAULT_MAJOR};
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf = check_fault(vma, addr, 0);

	for (unsigned int i = 0; i < ARRAY_SIZE(results); i++) {
		our_file.ret = results[i];
		check_whole_result(
			check_text("fault_in_file_page(), ->fault() returned %#x", results[i]),
			check_call(fault_in_file_page, &vmf), results[i]);
	}
}

KERNEL_CHECK(a_page_that_was_read_from_the_disk_is_locked_too)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf = check_fault(vma, addr, 0);

	our_file.major = true;
	for (int locked = 0; locked < 2; locked++) {
		const char *how = locked ? "VM_FAULT_LOCKED | VM_FAULT_MAJOR" : "VM_FAULT_MAJOR";

		our_file.locked = locked;
		check_whole_result(check_text("fault_in_file_page(), ->fault() returned %s", how),
				   check_call(fault_in_file_page, &vmf),
				   VM_FAULT_LOCKED | VM_FAULT_MAJOR);
		EXPECT(PageLocked(our_file.page), "->fault() returned %s: the page is not locked",
		       how);
		unlock_page(our_file.page);
		put_page(our_file.page);
	}
	EXPECT_EQ("page_count(): the file's reference", page_count(our_file.page), 1);
}

KERNEL_CHECK(a_poisoned_page_of_the_file_is_given_back)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf = check_fault(vma, addr, 0);

	SetPageHWPoison(our_file.page);
	check_whole_result("fault_in_file_page() of a poisoned page",
			   check_call(fault_in_file_page, &vmf), VM_FAULT_HWPOISON);
	EXPECT(!PageLocked(our_file.page), "the poisoned page stays locked");
	EXPECT_EQ("page_count() of the poisoned page", page_count(our_file.page), 1);
	ClearPageHWPoison(our_file.page);
}

/* finish_fault() with the page of the check's file, locked and with a reference of the fault. */
static vm_fault_t finish(struct vm_fault *vmf, bool write)
{
	vm_fault_t ret;

	get_page(our_file.page);
	lock_page(our_file.page);
	vmf->page = our_file.page;
	down_read(&vmf->vma->vm_mm->mmap_sem);
	ret = finish_fault(vmf, write);
	up_read(&vmf->vma->vm_mm->mmap_sem);
	return ret;
}

KERNEL_CHECK(a_file_page_is_mapped_and_unlocked)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf;

	check_set_entry(mm, addr, __pte(0));
	vmf = check_fault(vma, addr, 0);
	check_result("finish_fault(vmf, false)", finish(&vmf, false), 0);
	check_maps(mm, addr, our_file.page, false);
	EXPECT(!PageLocked(our_file.page), "finish_fault() left the page locked");
	EXPECT(!PageDirty(our_file.page), "the page is dirty, but nobody writes it");
	EXPECT_EQ("page_count(): one reference is the file's, one the entry's",
		  page_count(our_file.page), 2);
	EXPECT_EQ("page_mapcount()", page_mapcount(our_file.page), 1);
	check_rss(mm, MM_FILEPAGES, 1);
}

KERNEL_CHECK(a_file_page_that_is_written_is_dirty)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct file *file = check_file(1);
	struct vm_area_struct *vma = check_map(mm, file, addr, 1, CHECK_RW, MAP_SHARED, 0);
	struct vm_fault vmf;

	our_file.page = check_file_page(file, 0);
	ClearPageDirty(our_file.page);
	check_set_entry(mm, addr, __pte(0));
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	check_result("finish_fault(vmf, true)", finish(&vmf, true), 0);
	check_maps(mm, addr, our_file.page, true);
	EXPECT(pte_dirty(check_entry(mm, addr)), "the entry is not dirty");
	EXPECT(PageDirty(our_file.page), "the page is not marked by set_page_dirty()");
}

KERNEL_CHECK(a_slower_file_fault_gives_its_page_back)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'x');
	struct vm_fault vmf = check_fault(vma, addr, 0);

	vmf.orig_pte = __pte(0);
	check_result("finish_fault(), and another thread was faster", finish(&vmf, false),
		     VM_FAULT_NOPAGE);
	check_maps(mm, addr, page, true);
	EXPECT(!PageLocked(our_file.page), "finish_fault() left the page locked");
	EXPECT_EQ("page_count(): the fault's reference is dropped", page_count(our_file.page), 1);
	check_rss(mm, MM_FILEPAGES, 0);
}

KERNEL_CHECK(a_read_maps_the_page_of_the_file)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(2);
	struct vm_area_struct *vma = map_our_file(mm, addr, 2);
	struct vm_fault vmf = check_fault(vma, addr + PAGE_SIZE, 0);

	check_result("do_fault() for a read", check_call(do_fault, &vmf), 0);
	check_maps(mm, addr + PAGE_SIZE, our_file.page, false);
	EXPECT(!pte_dirty(check_entry(mm, addr + PAGE_SIZE)), "the entry is dirty after a read");
	EXPECT_EQ("page_count(): one reference is the file's, one the entry's",
		  page_count(our_file.page), 2);
	EXPECT(!PageLocked(our_file.page), "the page of the file stays locked");
	check_rss(mm, MM_FILEPAGES, 1);
	EXPECT_EQ("mm->pgtables_bytes", mm->pgtables_bytes, PAGE_SIZE);
}

KERNEL_CHECK(an_error_of_the_file_ends_the_read)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf = check_fault(vma, addr, 0);
	unsigned long free = nr_free_pages();

	our_file.ret = VM_FAULT_SIGBUS;
	check_result("do_fault() for a read, ->fault() returned SIGBUS", check_call(do_fault, &vmf),
		     VM_FAULT_SIGBUS);
	EXPECT(our_file.calls == 1, "the file's ->fault() was called %d times, not once",
	       our_file.calls);
	EXPECT(pte_none(check_entry(mm, addr)), "an entry was made without a page");
	EXPECT_EQ("mm->pgtables_bytes: no page, no table", mm->pgtables_bytes, 0);
	EXPECT_EQ("nr_free_pages() afterwards", nr_free_pages(), free);
}

/* do_fault() for a file whose page is read from the disk, and comes back locked or not. */
static void expect_major_fault(struct vm_area_struct *vma, unsigned int flags)
{
	for (int locked = 0; locked < 2; locked++) {
		unsigned long addr = vma->vm_start + locked * PAGE_SIZE;
		struct vm_fault vmf = check_fault(vma, addr, flags);
		const char *how = locked ? "VM_FAULT_LOCKED | VM_FAULT_MAJOR" : "VM_FAULT_MAJOR";

		our_file.locked = locked;
		our_file.major = true;
		check_whole_result(check_text("do_fault(), ->fault() returned %s", how),
				   check_call(do_fault, &vmf), VM_FAULT_MAJOR);
		EXPECT(pte_present(check_entry(vma->vm_mm, addr)),
		       "->fault() returned %s: nothing is mapped", how);
		EXPECT(!PageLocked(our_file.page),
		       "->fault() returned %s: the page of the file stays locked", how);
	}
}

KERNEL_CHECK(a_read_that_waits_for_the_disk_is_a_major_fault)
{
	struct vm_area_struct *vma = map_our_file(check_mm(), check_room(2), 2);

	expect_major_fault(vma, 0);
	EXPECT_EQ("page_count(): one reference is the file's, two are entries'",
		  page_count(our_file.page), 3);
}

KERNEL_CHECK(a_private_write_that_waits_for_the_disk_is_a_major_fault)
{
	struct vm_area_struct *vma = map_our_file(check_mm(), check_room(2), 2);

	expect_major_fault(vma, FAULT_FLAG_WRITE);
	EXPECT_EQ("page_count() of the page of the file", page_count(our_file.page), 1);
}

KERNEL_CHECK(a_private_write_maps_a_copy)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	struct page *page;

	check_soil_memory();
	check_result("do_fault() for a private write", check_call(do_fault, &vmf), 0);
	page = vm_normal_page(check_entry(mm, addr));
	EXPECT(page, "do_fault() for a private write mapped no page");
	EXPECT(page != our_file.page, "the page of the file itself is mapped, not a copy");
	check_maps(mm, addr, page, true);
	EXPECT(check_filled(page, 'f'), "the copy does not hold what the file holds");
	EXPECT(PageAnon(page) && vma->anon_vma, "the copy has no anon_vma");
	EXPECT_EQ("page_count() of the copy", page_count(page), 1);
	check_rss(mm, MM_ANONPAGES, 1);
	check_rss(mm, MM_FILEPAGES, 0);
}

KERNEL_CHECK(the_page_of_the_file_is_as_before)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);

	check_result("do_fault() for a private write", check_call(do_fault, &vmf), 0);
	EXPECT(!PageLocked(our_file.page), "the page of the file stays locked");
	EXPECT_EQ("page_count() of the page of the file", page_count(our_file.page), 1);
	EXPECT_EQ("page_mapcount() of the page of the file", page_mapcount(our_file.page), 0);
	EXPECT(check_filled(our_file.page, 'f'), "the page of the file has changed");
}

KERNEL_CHECK(an_error_of_the_file_frees_the_copy)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct vm_fault vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	unsigned long free = nr_free_pages();

	our_file.ret = VM_FAULT_SIGBUS;
	check_result("do_fault() for a private write, ->fault() returned SIGBUS",
		     check_call(do_fault, &vmf), VM_FAULT_SIGBUS);
	EXPECT(our_file.calls == 1, "the file's ->fault() was called %d times, not once",
	       our_file.calls);
	EXPECT_EQ("nr_free_pages() afterwards: the page for the copy is given back",
		  nr_free_pages(), free);
}

/* While the file looks for its page, another thread of the process installs one. */
KERNEL_CHECK(a_slower_private_write_gives_its_pages_back)
{
	struct mm_struct *mm = check_mm();
	unsigned long addr = check_room(1);
	struct vm_area_struct *vma = map_our_file(mm, addr, 1);
	struct page *page = check_map_page(vma, addr, PAGE_SHARED, 'x');
	struct vm_fault vmf;
	unsigned long free;

	our_file.installed = check_entry(mm, addr);
	check_set_entry(mm, addr, __pte(0));
	vmf = check_fault(vma, addr, FAULT_FLAG_WRITE);
	free = nr_free_pages();
	check_result("do_fault() for a private write, and another thread was faster",
		     check_call(do_fault, &vmf) & ~VM_FAULT_NOPAGE, 0);
	EXPECT(our_file.calls == 1, "the file's ->fault() was called %d times, not once",
	       our_file.calls);
	check_maps(mm, addr, page, true);
	EXPECT_EQ("page_count() of the page of the file", page_count(our_file.page), 1);
	EXPECT_EQ("nr_free_pages() afterwards: the copy is given back", nr_free_pages(), free);
}
