/*
 * Page-table entries of the i386 without PAE: two levels of 1024 entries of 4 bytes. The middle
 * level (pmd) that the generic code walks is folded: a pmd is the pgd entry under another name. PAE
 * would be another header with the same names.
 */
#ifndef KERNEL_X86_PGTABLE_2LEVEL_H
#define KERNEL_X86_PGTABLE_2LEVEL_H

#include "kernel/abi/types.h"

typedef unsigned long pteval_t;
typedef unsigned long pgdval_t;
typedef struct {
	pteval_t pte;
} pte_t;
typedef struct {
	pgdval_t pgd;
} pgd_t;
typedef struct {
	pgd_t pgd;
} pmd_t;
typedef struct {
	pteval_t pgprot;
} pgprot_t;

#define MAX_PHYSMEM_BITS 32 /* of a physical address in an entry */

#define PGDIR_SHIFT  22
#define PGDIR_SIZE   (1UL << PGDIR_SHIFT)
#define PGDIR_MASK   (~(PGDIR_SIZE - 1))
#define PMD_SHIFT    PGDIR_SHIFT /* folded: one pmd per pgd entry */
#define PMD_SIZE     PGDIR_SIZE
#define PMD_MASK     PGDIR_MASK
#define PTRS_PER_PGD 1024
#define PTRS_PER_PMD 1
#define PTRS_PER_PTE 1024

/* Bits of an entry (Intel SDM volume 3, 4.3). */
#define _PAGE_PRESENT	 0x001UL
#define _PAGE_RW	 0x002UL
#define _PAGE_USER	 0x004UL
#define _PAGE_PWT	 0x008UL
#define _PAGE_PCD	 0x010UL
#define _PAGE_ACCESSED	 0x020UL
#define _PAGE_DIRTY	 0x040UL
#define _PAGE_PSE	 0x080UL /* directory: a page of 4 MiB */
#define _PAGE_GLOBAL	 0x100UL /* stays in the TLB when CR3 is loaded */
/* Three bits are available to the operating system. */
#define _PAGE_SPECIAL	 0x200UL /* no struct page behind it is counted (device memory, zero page) */
#define _PAGE_UFFD_WP	 0x400UL /* write-protected for userfaultfd */
#define _PAGE_SOFT_DIRTY 0x800UL /* written since clear_refs */
/* In an entry that is not present: the page is in memory, but may not be accessed (PROT_NONE). */
#define _PAGE_PROTNONE	 _PAGE_GLOBAL
/* In an entry that is not present: the page had a hardware error (memory_failure.c). */
#define _PAGE_HWPOISON	 _PAGE_PSE
/* There is no NX bit here. */
#define _PAGE_NX	 0UL

#define PTE_PFN_MASK   0xFFFFF000UL
#define PTE_FLAGS_MASK (~PTE_PFN_MASK)
/* The bits that mprotect preserves. */
#define _PAGE_CHG_MASK                                                                         \
	(PTE_PFN_MASK | _PAGE_PCD | _PAGE_PWT | _PAGE_SPECIAL | _PAGE_ACCESSED | _PAGE_DIRTY | \
	 _PAGE_SOFT_DIRTY | _PAGE_UFFD_WP)

#define __pte(x)      ((pte_t){(x)})
#define __pgd(x)      ((pgd_t){(x)})
#define __pmd(x)      ((pmd_t){__pgd(x)})
#define __pgprot(x)   ((pgprot_t){(x)})
#define pte_val(x)    ((x).pte)
#define pgd_val(x)    ((x).pgd)
#define pmd_val(x)    (pgd_val((x).pgd))
#define pgprot_val(x) ((x).pgprot)

/* What pgtable-2level.inc counts on. */
_Static_assert(PGDIR_SIZE == 0x400000 && _PAGE_PRESENT == 1 << 0 && _PAGE_RW == 1 << 1 &&
		       _PAGE_PSE == 1 << 7 && 4 * PTRS_PER_PGD == 1 << 12,
	       "the boot directory");

/* Store an entry. Here this is one atomic store; PAE needs two, in a fixed order. */
static inline void set_pte(pte_t *ptep, pte_t pte)
{
	*(volatile pteval_t *)&ptep->pte = pte.pte;
}
static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	*(volatile pgdval_t *)&pmdp->pgd.pgd = pmd_val(pmd);
}

#endif
