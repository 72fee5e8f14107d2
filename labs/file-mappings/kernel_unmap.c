/*
 * Checks of lab 7 that run in the kernel: from a page of a file to its mappings, and msync.
 */
#include "labs/file-mappings/own_file.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/calls.h"
#include "mm/internal.h"
#include "mm/layout.h"
#include <linux/errno.h>
#include <linux/mman.h>

/* ---- mkclean_one, by page_mkclean ---- */

/* What page_mkclean says of the locked page. */
static bool mkclean(struct page *page)
{
	bool written;

	lock_page(page);
	written = page_mkclean(page);
	unlock_page(page);
	return written;
}

static void expect_clean(const char *call, unsigned long addr, struct page *page, pteval_t before)
{
	pteval_t entry = pte_val(entry_at(current->mm, addr));

	EXPECT(!(entry & _PAGE_RW), "%s: the entry at %#lx is still writable (%#llx)", call, addr,
	       (u64)entry);
	EXPECT(!(entry & _PAGE_DIRTY), "%s: the entry at %#lx is still dirty (%#llx)", call, addr,
	       (u64)entry);
	EXPECT(entry == (before & ~(_PAGE_RW | _PAGE_DIRTY)),
	       "%s: the entry at %#lx was %#llx and is %#llx: other bits have changed", call, addr,
	       (u64)before, (u64)entry);
}

KERNEL_CHECK(every_mapping_of_the_page_becomes_read_only)
{
	struct file *f = new_file(8 * PAGE_SIZE);
	unsigned long other = LOW + 64 * PAGE_SIZE;
	struct vm_area_struct *a, *b;
	const char *call = "page_mkclean()";
	struct page *page;
	pteval_t one, two;

	check_mm();
	a = map_file(f, LOW, 4, RW, MAP_SHARED, 2);
	b = map_file(f, other, 8, RW, MAP_SHARED, 0);
	page = map_page(a, LOW + PAGE_SIZE, PAGE_SHARED, _PAGE_DIRTY); /* page 3 of the file */
	map_page(b, other + 3 * PAGE_SIZE, PAGE_SHARED, _PAGE_DIRTY);
	map_page(b, other + 4 * PAGE_SIZE, PAGE_SHARED, _PAGE_DIRTY);
	one = pte_val(entry_at(current->mm, LOW + PAGE_SIZE));
	two = pte_val(entry_at(current->mm, other + 3 * PAGE_SIZE));
	EXPECT(mkclean(page), "%s of a page with dirty entries: wanted true, seen false", call);
	expect_clean(call, LOW + PAGE_SIZE, page, one);
	expect_clean(call, other + 3 * PAGE_SIZE, page, two);
	EXPECT(pte_write(entry_at(current->mm, other + 4 * PAGE_SIZE)),
	       "%s: the entry of another page of the file has become read-only", call);
	EXPECT_EQ(check_text("%s: page_mapcount()", call), page_mapcount(page), 2);
}

KERNEL_CHECK(a_page_that_nobody_could_write_is_not_dirty)
{
	struct file *f = new_file(PAGE_SIZE);
	struct vm_area_struct *vma;
	struct page *page;

	check_mm();
	vma = map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	page = map_page(vma, LOW, PAGE_READONLY, 0);
	EXPECT(!mkclean(page),
	       "page_mkclean() of a page with a clean, read-only entry: wanted false, seen true");
	set_entry(vma->vm_mm, LOW, mk_pte(page, PAGE_SHARED));
	EXPECT(mkclean(page),
	       "page_mkclean() of a page with a writable entry: wanted true, seen false");
	EXPECT(!pte_write(entry_at(current->mm, LOW)),
	       "page_mkclean(): a writable entry that is not dirty stays writable");
	set_entry(vma->vm_mm, LOW, __pte(pte_val(mk_pte(page, PAGE_READONLY)) | _PAGE_DIRTY));
	EXPECT(mkclean(page), "page_mkclean() of a page with a dirty entry that mprotect has made "
			      "read-only: wanted true, seen false");
	EXPECT(!pte_dirty(entry_at(current->mm, LOW)),
	       "page_mkclean(): a dirty entry that is read-only stays dirty");
}

/* The processor keeps writable translations in its TLB. The VMA is in the tree of the file but not
   in the address space, so the store that has to fault finds no VMA, and fails. */
KERNEL_CHECK(the_processor_forgets_that_it_may_write)
{
	struct file *f = new_file(PAGE_SIZE);
	struct mm_struct *mm = check_mm();
	struct vm_area_struct *vma =
		vm_area_alloc(mm, LOW, LOW + PAGE_SIZE, VM_READ | VM_WRITE | VM_SHARED, 0);
	struct page *page;

	EXPECT(vma, "no memory for a VMA");
	vma->vm_file = get_file(f);
	vma->vm_ops = &own_vm_ops;
	i_mmap_lock_write(f->f_mapping);
	vma_interval_tree_insert(vma, &f->f_mapping->i_mmap);
	i_mmap_unlock_write(f->f_mapping);
	page = map_page(vma, LOW, PAGE_SHARED, _PAGE_DIRTY);
	EXPECT(!copy_to_user((void __user *)LOW, "x", 1), "a store to the writable page fails");
	EXPECT(mkclean(page),
	       "page_mkclean() of a page with a dirty entry: wanted true, seen false");
	EXPECT(copy_to_user((void __user *)LOW, "y", 1),
	       "after page_mkclean(), a store to the page does not fault: the processor still has "
	       "the old translation in its TLB");
}

/* ---- unmap_mapping_range ---- */

/* Read faults for all pages of the VMA. */
static void touch_all(struct vm_area_struct *vma)
{
	for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE)
		map_page(vma, addr, PAGE_READONLY, 0);
}

static const char *unmap_text(loff_t start, loff_t len)
{
	return check_text("unmap_mapping_range(mapping, %#lx, %#lx, ...)", (unsigned long)start,
			  (unsigned long)len);
}

/* Of the VMA, exactly the pages [first, last] of the file must be unmapped. */
static void expect_unmapped(const char *call, struct vm_area_struct *vma, pgoff_t first,
			    pgoff_t last)
{
	for (unsigned long addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE) {
		pgoff_t index = linear_page_index(vma, addr);
		bool wanted = index < first || index > last;
		bool is = !pte_none(entry_at(vma->vm_mm, addr));

		EXPECT(is == wanted, "%s: page %lu of the file is %s in the VMA with vm_pgoff %lu",
		       call, index, is ? "still mapped" : "no longer mapped", vma->vm_pgoff);
	}
}

#define FILE_PAGES 16

/* Three mappings of one file: all of it, its beginning, and its end. */
static struct file *map_three(struct vm_area_struct *vmas[3])
{
	struct file *f = new_file(FILE_PAGES * PAGE_SIZE);
	/* two page tables in the first mapping */
	unsigned long addr = ALIGN(check_random_page(LOW, HIGH), PMD_SIZE) - 7 * PAGE_SIZE;

	check_mm();
	vmas[0] = map_file(f, addr, FILE_PAGES, PROT_READ, MAP_SHARED, 0);
	vmas[1] = map_file(f, addr - 32 * PAGE_SIZE, 6, PROT_READ, MAP_SHARED, 0);
	vmas[2] = map_file(f, addr + 32 * PAGE_SIZE, 8, PROT_READ, MAP_SHARED, 8);
	for (int i = 0; i < 3; i++)
		touch_all(vmas[i]);
	return f;
}

KERNEL_CHECK(a_range_of_the_file_is_unmapped_everywhere)
{
	pgoff_t first = check_random_below(FILE_PAGES);
	pgoff_t last = first + check_random_below(FILE_PAGES - first);
	struct vm_area_struct *vmas[3];
	struct file *f = map_three(vmas);
	/* any byte of the first page to any byte of the last one */
	loff_t start = (loff_t)first * PAGE_SIZE + check_random_below(PAGE_SIZE);
	loff_t end = (loff_t)last * PAGE_SIZE + PAGE_SIZE;
	const char *call;

	if (first != last && check_random_below(2))
		end -= check_random_below(PAGE_SIZE);
	call = unmap_text(start, end - start);
	unmap_mapping_range(f->f_mapping, start, end - start, true);
	for (int i = 0; i < 3; i++)
		expect_unmapped(call, vmas[i], first, last);
}

KERNEL_CHECK(whole_pages_are_unmapped_and_not_their_neighbours)
{
	pgoff_t first = 4 + check_random_below(3), last = first + 1 + check_random_below(5);
	struct vm_area_struct *vmas[3];
	struct file *f = map_three(vmas);
	loff_t start = (loff_t)first * PAGE_SIZE, len = (loff_t)(last - first + 1) * PAGE_SIZE;

	unmap_mapping_range(f->f_mapping, start, len, true);
	for (int i = 0; i < 3; i++)
		expect_unmapped(unmap_text(start, len), vmas[i], first, last);
}

KERNEL_CHECK(length_zero_means_to_the_end)
{
	pgoff_t first = 1 + check_random_below(FILE_PAGES - 1);
	struct vm_area_struct *vmas[3];
	struct file *f = map_three(vmas);
	loff_t start = (loff_t)first * PAGE_SIZE;

	unmap_mapping_range(f->f_mapping, start, 0, true);
	for (int i = 0; i < 3; i++)
		expect_unmapped(unmap_text(start, 0), vmas[i], first, ~0UL);
}

/* What was counted for the mappings is counted no more. */
KERNEL_CHECK(what_is_unmapped_is_not_counted)
{
	struct vm_area_struct *vmas[3];
	struct file *f = map_three(vmas);
	struct mm_struct *mm = current->mm;
	struct page *page = page_of(f, 9);
	unsigned long before = get_mm_rss(mm);
	int count = page_count(page);

	mm->hiwater_rss = 0;
	unmap_mapping_range(f->f_mapping, 9 * PAGE_SIZE, PAGE_SIZE, false);
	EXPECT_EQ("page_mapcount() of a page after unmap_mapping_range()", page_mapcount(page), 0);
	EXPECT_EQ("the references of that page, which had two mappings", page_count(page),
		  count - 2);
	EXPECT_EQ("the resident pages, of which two are gone", get_mm_rss(mm), before - 2);
	EXPECT_EQ("hiwater_rss (VmHWM), the peak of resident pages", mm->hiwater_rss, before);
}

/* A private mapping: page 0 is a copy, page 1 the file's. */
static struct file *map_privately(struct vm_area_struct **vma)
{
	struct file *f = new_file(2 * PAGE_SIZE);
	struct mm_struct *mm = check_mm();

	*vma = map_file(f, LOW, 2, RW, MAP_PRIVATE, 0);
	down_read(&mm->mmap_sem);
	EXPECT(!(handle_mm_fault(*vma, LOW, FAULT_FLAG_WRITE) & VM_FAULT_ERROR),
	       "a write fault of a private mapping fails");
	up_read(&mm->mmap_sem);
	map_page(*vma, LOW + PAGE_SIZE, PAGE_COPY, 0);
	return f;
}

KERNEL_CHECK(private_copies_stay_or_go_as_is_asked)
{
	struct vm_area_struct *vma;
	struct file *f = map_privately(&vma);
	const char *call = "unmap_mapping_range(mapping, 0, 0, false)";

	unmap_mapping_range(f->f_mapping, 0, 0, false);
	EXPECT(pte_none(entry_at(vma->vm_mm, LOW + PAGE_SIZE)), "%s: a page of the file stays",
	       call);
	EXPECT(!pte_none(entry_at(vma->vm_mm, LOW)),
	       "%s: a private copy goes, although even_cows is false", call);
	call = "unmap_mapping_range(mapping, 0, 0, true)";
	unmap_mapping_range(f->f_mapping, 0, 0, true);
	EXPECT(pte_none(entry_at(vma->vm_mm, LOW)),
	       "%s: a private copy stays, although even_cows is true", call);
}

/* ---- do_msync ---- */

static const char *msync_text(unsigned long start, size_t len, int flags)
{
	return check_text("do_msync(%#lx, %#lx, 0%s%s%s)", start, (unsigned long)len,
			  flags & MS_SYNC ? "|MS_SYNC" : "", flags & MS_ASYNC ? "|MS_ASYNC" : "",
			  flags & MS_INVALIDATE ? "|MS_INVALIDATE" : "");
}

static void expect_msync(unsigned long start, size_t len, int flags, int wanted)
{
	const char *call = msync_text(start, len, flags);

	EXPECT_EQ(call, do_msync(start, len, flags), wanted);
	EXPECT(!rwsem_is_locked(&current->mm->mmap_sem), "%s returns with mmap_sem held", call);
}

/* The n-th call of fsync was for these bytes, both included. */
static void expect_synced(int n, loff_t start, loff_t end)
{
	EXPECT(file_does.sync_start[n] == start && file_does.sync_end[n] == end,
	       "do_msync(): call %d of fsync is for the bytes %#lx to %#lx of the file, and not "
	       "%#lx to %#lx",
	       n + 1, (unsigned long)file_does.sync_start[n], (unsigned long)file_does.sync_end[n],
	       (unsigned long)start, (unsigned long)end);
}

KERNEL_CHECK(msync_writes_the_part_of_the_file_that_is_meant)
{
	unsigned int from = check_random_below(4), pages = 1 + check_random_below(4);
	pgoff_t pgoff = 1 + check_random_below(1000);
	struct file *f = new_file(2000 * PAGE_SIZE);
	loff_t start;

	check_mm();
	map_file(f, LOW, 8, RW, MAP_SHARED, pgoff);
	/* a length is rounded up to pages */
	expect_msync(LOW + from * PAGE_SIZE, pages * PAGE_SIZE - check_random_below(PAGE_SIZE),
		     MS_SYNC, 0);
	EXPECT_EQ("calls of fsync by do_msync() in one mapping", file_does.syncs, 1);
	start = (loff_t)(pgoff + from) << PAGE_SHIFT;
	expect_synced(0, start, start + pages * PAGE_SIZE - 1);
	EXPECT_EQ("references of the file after do_msync() (the check's and the VMA's)", f->f_count,
		  2);
}

KERNEL_CHECK(msync_goes_on_from_mapping_to_mapping)
{
	struct file *f = new_file(100 * PAGE_SIZE);

	check_mm();
	map_file(f, LOW, 2, RW, MAP_SHARED, 10);
	map_file(f, LOW + 2 * PAGE_SIZE, 2, PROT_READ, MAP_SHARED, 50);
	map_file(f, LOW + 4 * PAGE_SIZE, 2, RW, MAP_PRIVATE, 60);
	expect_msync(LOW + PAGE_SIZE, 4 * PAGE_SIZE, MS_SYNC, 0);
	EXPECT_EQ("calls of fsync by do_msync() over two shared mappings and a private one",
		  file_does.syncs, 2);
	expect_synced(0, 11 * PAGE_SIZE, 12 * PAGE_SIZE - 1);
	expect_synced(1, 50 * PAGE_SIZE, 52 * PAGE_SIZE - 1);
}

KERNEL_CHECK(msync_of_a_hole_is_enomem)
{
	struct file *f = new_file(10 * PAGE_SIZE);

	check_mm();
	map_file(f, LOW, 1, RW, MAP_SHARED, 0);
	map_file(f, LOW + 2 * PAGE_SIZE, 1, RW, MAP_SHARED, 5);
	expect_msync(LOW, 3 * PAGE_SIZE, MS_SYNC, -ENOMEM);
	EXPECT_EQ("calls of fsync by do_msync() over two mappings with a hole between them",
		  file_does.syncs, 2);
	expect_synced(1, 5 * PAGE_SIZE, 6 * PAGE_SIZE - 1);
	expect_msync(LOW, 2 * PAGE_SIZE, MS_SYNC, -ENOMEM);
	expect_msync(LOW, 2 * PAGE_SIZE, MS_ASYNC, -ENOMEM);
	expect_msync(LOW - PAGE_SIZE, PAGE_SIZE, MS_SYNC, -ENOMEM);
	expect_msync(LOW + 3 * PAGE_SIZE, PAGE_SIZE, MS_SYNC, -ENOMEM);
}

KERNEL_CHECK(msync_looks_at_its_arguments)
{
	struct file *f = new_file(10 * PAGE_SIZE);

	check_mm();
	map_file(f, LOW, 4, RW, MAP_SHARED, 0);
	EXPECT_EQ("do_msync() with a flag that does not exist",
		  do_msync(LOW, PAGE_SIZE, MS_SYNC | 0x100), -EINVAL);
	expect_msync(LOW, PAGE_SIZE, MS_SYNC | MS_ASYNC, -EINVAL);
	expect_msync(LOW + 1, PAGE_SIZE, MS_SYNC, -EINVAL);
	expect_msync(LOW, ~0UL - PAGE_SIZE + 1, MS_SYNC, -ENOMEM); /* the end wraps */
	expect_msync(LOW, 0, MS_SYNC, 0);
	EXPECT_EQ("calls of fsync by these calls of do_msync()", file_does.syncs, 0);
}

KERNEL_CHECK(only_ms_sync_starts_anything)
{
	struct file *f = new_file(10 * PAGE_SIZE);
	struct vm_area_struct *vma;

	check_mm();
	vma = map_file(f, LOW, 4, RW, MAP_SHARED, 0);
	expect_msync(LOW, PAGE_SIZE, MS_ASYNC, 0);
	expect_msync(LOW, PAGE_SIZE, MS_INVALIDATE, 0);
	expect_msync(LOW, PAGE_SIZE, 0, 0);
	EXPECT_EQ("calls of fsync by do_msync() without MS_SYNC", file_does.syncs, 0);
	vma->vm_flags |= VM_LOCKED;
	expect_msync(LOW, PAGE_SIZE, MS_SYNC | MS_INVALIDATE, -EBUSY);
	EXPECT_EQ("calls of fsync by do_msync(..., MS_SYNC|MS_INVALIDATE) of a locked mapping",
		  file_does.syncs, 0);
	vma->vm_flags &= ~VM_LOCKED;
	file_does.sync_error = -EIO;
	expect_msync(LOW, PAGE_SIZE, MS_SYNC, -EIO);
}
