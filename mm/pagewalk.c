/*
 * The walk through page tables (pagewalk.h) as functions, for callers that are not on a hot path.
 */
#include "mm/pagewalk.h"

int walk_page_range(struct mm_struct *mm, unsigned long start, unsigned long end,
		    const struct mm_walk_ops *ops, void *private)
{
	struct mm_walk walk = {.mm = mm, .private = private};

	return __walk_page_range(&walk, start, end, ops);
}

int walk_page_range_vma(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			const struct mm_walk_ops *ops, void *private)
{
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma, .private = private};

	BUG_ON(start < vma->vm_start || end > vma->vm_end || start > end);
	if (vma->vm_flags & VM_PFNMAP) /* frames without pages: as if nothing were there */
		return ops->pte_hole ? ops->pte_hole(start, end, &walk) : 0;
	return __walk_page_range(&walk, start, end, ops);
}

pte_t *lookup_pte(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	pmd_t *pmd;

	check_page_table_lock(mm);
	if (pgd_none(*pgd))
		return NULL;
	pmd = pmd_offset(pgd, addr);
	if (likely(pmd_has_table(*pmd)))
		return pte_offset_map(pmd, addr);
	BUG_ON(!pmd_none(*pmd)); /* a large page has no entry */
	return NULL;
}
