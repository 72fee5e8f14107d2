/*
 * Removing pages from an address space: clearing the page-table entries of a range. Each page loses
 * the reference and the mapping that its entry stood for, and is freed if they were the last ones.
 * The page tables stay: see pagetable.c.
 */
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "mm/pagewalk.h"
#include "mm/swap/swap.h"

/* Clear *pte, the entry of addr, which is not empty. The page that it mapped, if any, loses its
   place in rss_stat, its mapping and its reference; a page of a file first gets the entry's dirty
   and accessed bits. Does not flush the TLB. page_table_lock. */
static __always_inline void __zap_pte(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	pte_t entry = *pte;
	struct page *page = vm_normal_page(entry);

	set_pte_at(vma->vm_mm, addr, pte, __pte(0));
	if (!page) {
		if (unlikely(!pte_present(entry)))
			forget_swap_pte(vma->vm_mm, entry);
		return;
	}
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
	if (unlikely(PageSwapCache(page)))
		free_swap_cache(page);
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

static int zap_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	if (is_vm_hugetlb_page(walk->vma))
		return hugetlb_zap(pmd, addr, walk);
	return huge_pmd_zap(pmd, addr, end, walk);
}

static const struct mm_walk_ops zap_ops = {.pte_range = zap_pte_range,
					   .large_page = zap_large_page};

void zap_tables(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool even_cows)
{
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma, .private = &even_cows};

	__walk_page_range(&walk, start, end, &zap_ops);
}
DEFINE_STATIC_CALL(zap_tables);

void unmap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	static_call(zap_tables)(vma, start, end, true);
}

void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size)
{
	mmap_assert_locked(vma->vm_mm);
	VM_BUG_ON(start < vma->vm_start || size > vma->vm_end - start);
	update_hiwater_rss(vma->vm_mm);
	unmap_page_range(vma, start, start + size);
}
