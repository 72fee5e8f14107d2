/*
 * The walk through page tables (pagewalk.h) as functions, for callers that are not on a hot path.
 */
#include "mm/pagewalk.h"
#include "mm/phys/pgtable_large.h"

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

int pass_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	return 0;
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
	return NULL;
}

pte_t lookup_entry(struct mm_struct *mm, unsigned long addr)
{
	const pte_t *pte = lookup_pte(mm, addr);
	pgd_t *pgd = pgd_offset(mm, addr);
	pmd_t *pmd;

	if (pte)
		return *pte;
	pmd = pgd_none(*pgd) ? NULL : pmd_offset(pgd, addr);
	return pmd && !pmd_none(*pmd) ? pmd_small_pte(*pmd, addr) : __pte(0);
}

pmd_t *lookup_large_pmd(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	pmd_t *pmd = pgd_none(*pgd) ? NULL : pmd_offset(pgd, addr);

	return pmd && pmd_large(*pmd) ? pmd : NULL;
}
