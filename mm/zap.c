/*
 * Taking pages out of an address space: clearing the entries of a range, and freeing page tables
 * that hold nothing any more.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/layout.h"

/* One entry goes: tell the page. */
static void zap_present_pte(struct vm_area_struct *vma, unsigned long addr, pte_t *pte, pte_t entry)
{
	struct page *page = pte_present(entry) ? vm_normal_page(entry) : NULL;

	set_pte_at(vma->vm_mm, addr, pte, __pte(0));
	if (!page)
		return;
	if (PageAnon(page)) {
		add_mm_counter(vma->vm_mm, MM_ANONPAGES, -1);
	} else {
		add_mm_counter(vma->vm_mm, mm_counter(page), -1);
		if (pte_dirty(entry))
			set_page_dirty(page);
		if (pte_young(entry) && !(vma->vm_flags & VM_SEQ_READ))
			mark_page_accessed(page);
	}
	page_remove_rmap(page, vma);
	put_page(page);
}

/* The page of the file itself, not a private copy. */
static bool maps_file_page(pte_t pte)
{
	const struct page *page = pte_present(pte) ? vm_normal_page(pte) : NULL;

	return page && !PageAnon(page);
}

static void zap_pte_range(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr,
			  unsigned long end, bool even_cows)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	for (; addr != end; addr += PAGE_SIZE, pte++)
		if (!pte_none(*pte) && (even_cows || maps_file_page(*pte)))
			zap_present_pte(vma, addr, pte, *pte);
}

/* Others may run after each page table: by then nothing of it is left in the TLB. */
static void zap_tables(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       bool even_cows)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long addr = start, next;

	for (; addr != end; addr = next) {
		pmd_t *pmd = pmd_offset(pgd_offset(mm, addr), addr);

		next = pgd_addr_end(addr, end);
		if (!pmd_none(*pmd)) {
			spin_lock(&mm->page_table_lock);
			zap_pte_range(vma, pmd, addr, next, even_cows);
			flush_mm_range(mm, addr, next);
			spin_unlock(&mm->page_table_lock);
		}
		cond_resched();
	}
}

void unmap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	zap_tables(vma, start, end, true);
}

void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size)
{
	update_hiwater_rss(vma->vm_mm);
	unmap_page_range(vma, start, start + size);
}

void free_pgtables(struct mm_struct *mm, unsigned long start, unsigned long end,
		   unsigned long floor, unsigned long ceiling)
{
	unsigned long addr = start & PGDIR_MASK;

	for (; addr < end; addr += PGDIR_SIZE) {
		pmd_t *pmd = pmd_offset(pgd_offset(mm, addr), addr);
		pte_t *table;

		/* a neighbour may live in the first or the last table */
		if (pmd_none(*pmd) || floor > addr || ceiling - addr < PGDIR_SIZE)
			continue;
		spin_lock(&mm->page_table_lock);
		table = pmd_page_vaddr(*pmd);
		pmd_clear(pmd);
		/* else the processor might look for entries in what is somebody else's by then */
		flush_mm_range(mm, addr, addr + PAGE_SIZE);
		free_pte_table(table);
		mm->pgtables_bytes -= PAGE_SIZE;
		spin_unlock(&mm->page_table_lock);
	}
}

/* Unmap the part of one VMA that shows file pages [first, last]. */
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
