/*
 * Directory entries that map a large page: one entry instead of a page table. Its bits mean what
 * they mean in an entry of a table, and one more, _PAGE_PSE, tells it from a table. The functions
 * have the names of those for tables (pgtable.h), with pmd in the place of pte.
 *
 * A large page is as large as the addresses of one page table: 4 MiB, or 2 MiB with PAE.
 */
#ifndef MM_PHYS_PGTABLE_LARGE_H
#define MM_PHYS_PGTABLE_LARGE_H

#include "mm/phys/pgtable.h"

#define HPAGE_SHIFT PMD_SHIFT
#define HPAGE_SIZE  (1UL << HPAGE_SHIFT)
#define HPAGE_MASK  (~(HPAGE_SIZE - 1))
#define HPAGE_ORDER (HPAGE_SHIFT - PAGE_SHIFT)
#define HPAGE_NR    (1UL << HPAGE_ORDER) /* of small pages */

/* --- Questions; the entry is pmd_large() --- */
/* The processor may use it. */
static inline bool pmd_hw_present(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_PRESENT;
}
/* A page is there; if it is PROT_NONE, every access still faults. */
static inline bool pmd_present(pmd_t pmd)
{
	return pmd_val(pmd) & (_PAGE_PRESENT | _PAGE_PROTNONE);
}
static inline bool pmd_write(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_RW;
}
static inline bool pmd_dirty(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_DIRTY;
}
static inline bool pmd_young(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_ACCESSED;
}
/* The page does not count its mappings: the huge page of zeros. */
static inline bool pmd_special(pmd_t pmd)
{
	return pmd_val(pmd) & _PAGE_SPECIAL;
}
static inline bool pmd_same(pmd_t a, pmd_t b)
{
	return pmd_val(a) == pmd_val(b);
}

/* --- Changed copies of an entry --- */
#define __PMD_CHANGE(name, expression)            \
	static inline pmd_t pmd_##name(pmd_t pmd) \
	{                                         \
		return __pmd(expression);         \
	}
__PMD_CHANGE(mkwrite, pmd_val(pmd) | _PAGE_RW)
__PMD_CHANGE(wrprotect, pmd_val(pmd) & ~_PAGE_RW)
__PMD_CHANGE(mkdirty, pmd_val(pmd) | _PAGE_DIRTY | _PAGE_SOFT_DIRTY)
__PMD_CHANGE(mkclean, pmd_val(pmd) & ~_PAGE_DIRTY)
__PMD_CHANGE(mkyoung, pmd_val(pmd) | _PAGE_ACCESSED)
__PMD_CHANGE(mkold, pmd_val(pmd) & ~_PAGE_ACCESSED)
__PMD_CHANGE(mkspecial, pmd_val(pmd) | _PAGE_SPECIAL)
#undef __PMD_CHANGE

/* The entry of the large page that begins at this frame. */
static inline pmd_t pfn_pmd(unsigned long pfn, pgprot_t prot)
{
	return __pmd(pte_val(pfn_pte(pfn, prot)) | _PAGE_PSE);
}
#define mk_pmd(page, prot) pfn_pmd(page_to_pfn(page), prot)
/* The same page with another protection; accessed, dirty and the system's bits stay. */
static inline pmd_t pmd_modify(pmd_t pmd, pgprot_t newprot)
{
	return __pmd(pte_val(pte_modify(__pte(pmd_val(pmd)), newprot)) | _PAGE_PSE);
}
/* What stands in the place of a large page with a hardware error: it is not present, and has no
   other bit than _PAGE_PSE, which is _PAGE_HWPOISON in the entry of a small page. */
#define pfn_hwpoison_pmd(pfn) pfn_pmd(pfn, __pgprot(0))
/* What the entry of the small page at addr would be if the large page were mapped by a table. */
static inline pte_t pmd_small_pte(pmd_t pmd, unsigned long addr)
{
	unsigned long pfn = pmd_pfn(pmd) + pte_index(addr);

	if (unlikely(!pmd_present(pmd)))
		return pfn_hwpoison_pte(pfn);
	return pfn_pte(pfn, __pgprot(pmd_val(pmd) & PTE_FLAGS_MASK & ~_PAGE_PSE));
}

/* --- Changing entries of an mm, with its page_table_lock. None of these flushes: flush_tlb_page()
 * of one address does it for all of a large page. --- */
static inline void set_pmd_at(struct mm_struct *mm, unsigned long addr, pmd_t *pmdp, pmd_t pmd)
{
	check_page_table_lock(mm);
	replace_pmd(pmdp, pmd);
}
/* Clear the entry. => its old value, with the dirty and accessed bits that the processor set. */
static inline pmd_t pmdp_get_and_clear(struct mm_struct *mm, unsigned long addr, pmd_t *pmdp)
{
	pmd_t pmd = *pmdp;

	set_pmd_at(mm, addr, pmdp, __pmd(0));
	return pmd;
}
static inline void pmdp_set_wrprotect(struct mm_struct *mm, unsigned long addr, pmd_t *pmdp)
{
	set_pmd_at(mm, addr, pmdp, pmd_wrprotect(*pmdp));
}
/* Clear the accessed bit. => was it set? */
static inline bool pmdp_test_and_clear_young(struct mm_struct *mm, unsigned long addr, pmd_t *pmdp)
{
	pmd_t pmd = *pmdp;

	if (!pmd_young(pmd))
		return false;
	set_pmd_at(mm, addr, pmdp, pmd_mkold(pmd));
	return true;
}

#endif
