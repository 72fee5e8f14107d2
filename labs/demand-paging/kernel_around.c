/*
 * Lab 4, demand paging: checks of do_fault_around(), by faults on a file in memory.
 */
#include "kernel/checks/pages.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/reclaim/memory_failure.h"

#define PAGES  40 /* of a mapping: more than are mapped around a fault */
#define WINDOW 16 /* pages: 64 KiB */

/* The pages of [from, to) are mapped by the fault at addr, the others of the mapping are not. */
static void expect_mapped(struct vm_area_struct *vma, unsigned long addr, unsigned long from,
			  unsigned long to)
{
	for (unsigned long at = vma->vm_start; at < vma->vm_end; at += PAGE_SIZE) {
		bool wanted = at >= from && at < to;
		bool is = !pte_none(check_entry(vma->vm_mm, at));

		EXPECT(is == wanted,
		       "a read of %#lx, mapping %#lx-%#lx: the page at %#lx is%s mapped; wanted "
		       "are %#lx-%#lx",
		       addr, vma->vm_start, vma->vm_end, at, is ? "" : " not", from, to);
	}
}

KERNEL_CHECK(pages_in_memory_are_mapped_around)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(PAGES + 1);
	unsigned long room = check_room(PAGES + 3 * WINDOW);
	unsigned long start = (room | (WINDOW * PAGE_SIZE - 1)) + 1;
	struct vm_area_struct *vma = check_map(mm, file, start, PAGES, CHECK_RW, MAP_PRIVATE, 1);
	unsigned long addr = start + (WINDOW + check_random_below(WINDOW)) * PAGE_SIZE;
	struct vm_fault vmf = check_fault(vma, addr, 0);
	int count = page_count(check_file_page(file, WINDOW + 1));

	check_result("do_fault() for a read", check_call(do_fault, &vmf), 0);
	expect_mapped(vma, addr, start + WINDOW * PAGE_SIZE, start + 2 * WINDOW * PAGE_SIZE);
	for (unsigned int n = WINDOW; n < 2 * WINDOW; n++)
		check_maps(mm, start + n * PAGE_SIZE, check_file_page(file, n + 1), false);
	EXPECT_EQ("page_count() of a page that was mapped",
		  page_count(check_file_page(file, WINDOW + 1)), count + 1);
	check_rss(mm, MM_SHMEMPAGES, WINDOW);
	EXPECT_EQ("mm->pgtables_bytes", mm->pgtables_bytes, PAGE_SIZE);
	EXPECT(pte_alloc_one() != pmd_page_vaddr(*pmd_off(mm, addr)),
	       "the page table in use was also given back: vmf->prealloc_pte still points to it");
}

KERNEL_CHECK(the_window_ends_with_the_mapping)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(PAGES);
	unsigned long start = (check_room(2 * PAGES) | (WINDOW * PAGE_SIZE - 1)) + 1;
	unsigned long first = 1 + check_random_below(5), pages = 3 + check_random_below(5);
	unsigned long low = start + first * PAGE_SIZE, high = low + pages * PAGE_SIZE;
	unsigned long addr = check_random_page(low, high);
	struct vm_area_struct *vma = check_map(mm, file, low, pages, CHECK_RW, MAP_PRIVATE, 8);
	struct vm_fault vmf = check_fault(vma, addr, 0);

	check_result("do_fault() for a read", check_call(do_fault, &vmf), 0);
	for (unsigned long at = start; at < start + PAGES * PAGE_SIZE; at += PAGE_SIZE)
		EXPECT((at >= low && at < high) || pte_none(check_entry(mm, at)),
		       "a read of %#lx, mapping %#lx-%#lx: %#lx, outside of the mapping, is mapped",
		       addr, low, high, at);
	expect_mapped(vma, addr, low, high);
}

/* The pages behind the end are still in the page cache, as while the file is being truncated. */
KERNEL_CHECK(the_window_ends_with_the_file)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(WINDOW);
	unsigned long pages = 2 + check_random_below(WINDOW - 3);
	unsigned long addr = (check_room(2 * WINDOW) | (WINDOW * PAGE_SIZE - 1)) + 1;
	struct vm_area_struct *vma = check_map(mm, file, addr, WINDOW, CHECK_RW, MAP_PRIVATE, 0);
	struct vm_fault vmf = check_fault(vma, addr, 0);

	file->f_mapping->host->i_size = (loff_t)pages << PAGE_SHIFT;
	check_result("do_fault() for a read", check_call(do_fault, &vmf), 0);
	expect_mapped(vma, addr, addr, addr + pages * PAGE_SIZE);
}

KERNEL_CHECK(the_window_ends_with_the_page_table)
{
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(WINDOW);
	unsigned long end = (check_room(1) & PMD_MASK) + PMD_SIZE;
	unsigned long pages = 1 + check_random_below(WINDOW / 2);
	unsigned long addr = end - pages * PAGE_SIZE;
	struct vm_area_struct *vma = check_map(mm, file, addr, WINDOW, CHECK_RW, MAP_PRIVATE, 0);
	struct vm_fault vmf = check_fault(vma, addr, 0);

	check_result("do_fault() for a read", check_call(do_fault, &vmf), 0);
	EXPECT(pte_none(check_entry(mm, end - PMD_SIZE)),
	       "a read of %#lx, %lu pages before the end of the page table, has set the first "
	       "entry of the table (%#lx)",
	       addr, pages, end - PMD_SIZE);
	expect_mapped(vma, addr, addr, end);
}

KERNEL_CHECK(pages_that_are_not_ready_are_left_out)
{
	static const char *const why[] = {"is locked",	  "is not uptodate",
					  "has an error", "starts the next read-ahead",
					  "is poisoned",  "is mapped as a copy"};
	struct mm_struct *mm = check_mm();
	struct file *file = check_file(WINDOW);
	unsigned long addr = (check_room(2 * WINDOW) | (WINDOW * PAGE_SIZE - 1)) + 1;
	struct vm_area_struct *vma = check_map(mm, file, addr, WINDOW, CHECK_RW, MAP_PRIVATE, 0);
	unsigned int first = 1 + check_random_below(WINDOW - 7);
	struct page *page[ARRAY_SIZE(why)], *copy;
	int count[ARRAY_SIZE(why)];
	struct vm_fault vmf;

	for (unsigned int i = 0; i < ARRAY_SIZE(why); i++) {
		page[i] = check_file_page(file, first + i);
		count[i] = page_count(page[i]);
	}
	lock_page(page[0]);
	ClearPageUptodate(page[1]);
	SetPageError(page[2]);
	SetPageReadahead(page[3]);
	SetPageHWPoison(page[4]);
	copy = check_map_page(vma, addr + (first + 5) * PAGE_SIZE, PAGE_SHARED, 'x');
	vmf = check_fault(vma, addr, 0);
	check_result("do_fault() for a read", check_call(do_fault, &vmf), 0);
	ClearPageHWPoison(page[4]);
	check_maps(mm, addr + (first + 5) * PAGE_SIZE, copy, true);
	for (unsigned int i = 0; i < ARRAY_SIZE(why); i++) {
		pte_t entry = check_entry(mm, addr + (first + i) * PAGE_SIZE);

		EXPECT(vm_normal_page(entry) != page[i],
		       "a page is mapped around the fault although it %s", why[i]);
		EXPECT_EQ(check_text("page_count() of a page that %s", why[i]), page_count(page[i]),
			  count[i]);
	}
	EXPECT(pte_present(check_entry(mm, addr + (WINDOW - 1) * PAGE_SIZE)),
	       "the last page of the window is not mapped");
}
