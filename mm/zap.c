/*
 * Taking pages out of an address space: clearing the entries of a range, and freeing page tables
 * that hold nothing any more.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/gfp.h"
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

static void zap_pte_range(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr,
			  unsigned long end)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	for (; addr != end; addr += PAGE_SIZE, pte++)
		if (!pte_none(*pte))
			zap_present_pte(vma, addr, pte, *pte);
}

void unmap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long addr = start, next;
	bool any = false;

	spin_lock(&mm->page_table_lock);
	for (; addr != end; addr = next) {
		pmd_t *pmd = pmd_offset(pgd_offset(mm, addr), addr);

		next = pgd_addr_end(addr, end);
		if (pmd_none(*pmd))
			continue;
		zap_pte_range(vma, pmd, addr, next);
		any = true;
	}
	if (any)
		flush_mm_range(mm, start, end);
	spin_unlock(&mm->page_table_lock);
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

	vma_interval_tree_foreach (vma, &mapping->i_mmap, first, last)
		unmap_file_pages(vma, max(first, vma->vm_pgoff),
				 min(last, vma->vm_pgoff + vma_pages(vma) - 1), even_cows);
}

static void unmap_file_pages(struct vm_area_struct *vma, pgoff_t first, pgoff_t last,
			     bool even_cows)
{
	unsigned long addr = vma->vm_start + ((first - vma->vm_pgoff) << PAGE_SHIFT);
	unsigned long end = vma->vm_start + ((last - vma->vm_pgoff + 1) << PAGE_SHIFT);

	update_hiwater_rss(vma->vm_mm);
	if (even_cows) {
		unmap_page_range(vma, addr, end);
		return;
	}
	spin_lock(&vma->vm_mm->page_table_lock);
	for (; addr != end; addr += PAGE_SIZE) {
		pte_t *pte = lookup_pte(vma->vm_mm, addr);
		struct page *page;

		if (!pte || !pte_present(*pte))
			continue;
		page = vm_normal_page(*pte);
		if (page && !PageAnon(page)) {
			zap_present_pte(vma, addr, pte, *pte);
			flush_mm_range(vma->vm_mm, addr, addr + PAGE_SIZE);
		}
	}
	spin_unlock(&vma->vm_mm->page_table_lock);
}
