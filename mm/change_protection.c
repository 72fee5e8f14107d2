/*
 * mprotect's work on the page tables: the entries of a range get the permissions of their VMA.
 *
 * An entry never gets more than the VMA gives, but may get less. If the first write to a page must
 * fault (to copy the page, or to tell its file), then its entry stays read-only in a writable VMA.
 */
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "mm/pagewalk.h"

/* May the entry be made writable at once? Only if it is dirty already, so that there is nothing to
   record: the file of a shared page knows that it is written to. And a write to a private page must
   need no copy, nor be told to a pager in user space. */
static bool can_change_pte_writable(const struct vm_area_struct *vma, pte_t pte)
{
	const struct page *page = vm_normal_page(pte);

	if (!(vma->vm_flags & VM_WRITE) || !pte_dirty(pte) || !page || pte_uffd_wp(pte))
		return false;
	return vma->vm_flags & VM_SHARED || (PageAnon(page) && PageAnonExclusive(page));
}

/* Change the entries of one page table. Private pages that may be shared become read-only: the next
   write fault decides whether to copy. */
static int change_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;
	pgprot_t newprot = vma->vm_page_prot;
	unsigned long start = addr;

	for (; addr != end; addr += PAGE_SIZE, pte++) {
		pte_t old = *pte;

		if (!pte_present(old))
			continue;
		old = pte_modify(old, newprot);
		if (can_change_pte_writable(vma, old))
			old = pte_mkwrite(old);
		set_pte_at(vma->vm_mm, addr, pte, old);
	}
	flush_mm_range(vma->vm_mm, start, end);
	return 0;
}

static int change_large_page(pmd_t *pmd, unsigned long addr, unsigned long end,
			     struct mm_walk *walk)
{
	if (is_vm_hugetlb_page(walk->vma))
		return hugetlb_change_protection(pmd, addr, walk);
	return huge_pmd_change_protection(pmd, addr, end, walk);
}

static const struct mm_walk_ops change_protection_ops = {.pte_range = change_pte_range,
							 .large_page = change_large_page};

void change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mm_walk walk = {.mm = vma->vm_mm, .vma = vma};

	__walk_page_range(&walk, start, end, &change_protection_ops);
}
