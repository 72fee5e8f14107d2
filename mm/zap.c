/*
 * Removing pages from an address space: clearing the page-table entries of a range, and freeing the
 * page tables that no VMA needs any more.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"

static __always_inline void __zap_pte(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	pte_t entry = *pte;
	struct page *page = vm_normal_page(entry);

	set_pte_at(vma->vm_mm, addr, pte, __pte(0));
	if (!page)
		return;
	if (PageAnon(page)) {
		add_mm_counter(vma->vm_mm, MM_ANONPAGES, -1);
	} else {
		add_mm_counter(vma->vm_mm, mm_counter(page), -1);
		/* only the entry knew that the page was written or used: tell the page */
		if (pte_dirty(entry))
			set_page_dirty(page);
		if (pte_young(entry) && !(vma->vm_flags & VM_SEQ_READ))
			mark_page_accessed(page);
	}
	page_remove_rmap(page, vma);
	put_page(page);
}

void zap_pte(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	__zap_pte(vma, addr, pte);
}

/* Does the entry map a page of the file itself, rather than a private copy of one? */
static bool maps_file_page(pte_t pte)
{
	const struct page *page = vm_normal_page(pte);

	return page && !PageAnon(page);
}

/* Clear the entries of one page table. Another thread of the address space may run before the next
   table, so the TLB is flushed here. Pages may be freed before that: nothing uses these addresses
   until the flush. */
static int zap_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	bool even_cows = *(const bool *)walk->private;
	struct vm_area_struct *vma = walk->vma;
	unsigned long start = addr;

	for (; addr != end; addr += PAGE_SIZE, pte++)
		if (!pte_none(*pte) && (even_cows || maps_file_page(*pte)))
			__zap_pte(vma, addr, pte);
	flush_mm_range(walk->mm, start, end);
	return 0;
}

static const struct mm_walk_ops zap_ops = {.pte_range = zap_pte_range};

static void zap_tables(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       bool even_cows)
{
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma, .private = &even_cows};

	__walk_page_range(&walk, start, end, &zap_ops);
}

void unmap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	zap_tables(vma, start, end, true);
}

void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size)
{
	mmap_assert_locked(vma->vm_mm);
	VM_BUG_ON(start < vma->vm_start || size > vma->vm_end - start);
	update_hiwater_rss(vma->vm_mm);
	unmap_page_range(vma, start, start + size);
}

struct table_bounds {
	unsigned long floor, ceiling;
};

static int free_pte_range(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	const struct table_bounds *bounds = walk->private;
	pte_t *table = pmd_page_vaddr(*pmd);

	addr &= PMD_MASK;
	/* a neighbouring VMA may use the first or the last table too: keep that one */
	if (bounds->floor > addr || bounds->ceiling - addr < PMD_SIZE)
		return 0;
	spin_lock(&walk->mm->page_table_lock);
	pmd_clear(walk->mm, pmd);
	/* the processor may have cached the directory entry: it must forget the table before the
	   page is used for something else */
	flush_mm_range(walk->mm, addr, addr + PAGE_SIZE);
	free_pte_table(table);
	walk->mm->pgtables_bytes -= PAGE_SIZE;
	spin_unlock(&walk->mm->page_table_lock);
	return 0;
}

static const struct mm_walk_ops free_pgtables_ops = {.pmd_entry = free_pte_range, .no_rest = true};

void free_pgtables(struct mm_struct *mm, unsigned long start, unsigned long end,
		   unsigned long floor, unsigned long ceiling)
{
	struct table_bounds bounds = {floor, ceiling};
	struct mm_walk walk = {.mm = mm, .private = &bounds};

	__walk_page_range(&walk, start, end, &free_pgtables_ops);
}

/* Unmap pages [first, last] of the file from a VMA that maps all of them. */
static void unmap_file_pages(struct vm_area_struct *vma, pgoff_t first, pgoff_t last,
			     bool even_cows);

void unmap_mapping_range(struct address_space *mapping, loff_t start, loff_t len, bool even_cows)
{
	pgoff_t first = start >> PAGE_SHIFT;
	pgoff_t last = len ? (start + len - 1) >> PAGE_SHIFT : ~(pgoff_t)0;
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach (vma, &mapping->i_mmap, first, last)
		unmap_file_pages(vma, max(first, vma->vm_pgoff),
				 min(last, vma->vm_pgoff + vma_pages(vma) - 1), even_cows);
	i_mmap_unlock_read(mapping);
}

static void unmap_file_pages(struct vm_area_struct *vma, pgoff_t first, pgoff_t last,
			     bool even_cows)
{
	unsigned long addr = vma->vm_start + ((first - vma->vm_pgoff) << PAGE_SHIFT);
	unsigned long end = vma->vm_start + ((last - vma->vm_pgoff + 1) << PAGE_SHIFT);

	update_hiwater_rss(vma->vm_mm);
	zap_tables(vma, addr, end, even_cows);
}
