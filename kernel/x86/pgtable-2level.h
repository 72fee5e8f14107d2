/*
 * Page tables of the i386 without PAE: two levels of 1024 entries of 4 bytes. The middle level
 * (pmd) that the generic code walks is folded: a pmd is the pgd entry under another name.
 * pgtable-3level.h has the same names.
 */
#ifndef KERNEL_X86_PGTABLE_2LEVEL_H
#define KERNEL_X86_PGTABLE_2LEVEL_H

#include "kernel/abi/types.h"

typedef unsigned long pteval_t;
typedef unsigned long pmdval_t;
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

#define CONFIG_PGTABLE_LEVELS 2
#define MAX_PHYSMEM_BITS      32 /* of a physical address in an entry */

#define PGDIR_SHIFT	  22
#define PGDIR_SIZE	  (1UL << PGDIR_SHIFT)
#define PMD_SHIFT	  PGDIR_SHIFT /* folded: one pmd per pgd entry */
#define PMD_SIZE	  PGDIR_SIZE
#define PTRS_PER_PGD	  1024
#define PTRS_PER_PMD	  1
#define PTRS_PER_PTE	  1024
#define LARGE_PAGE_NAME	  "4096kB" /* in sysfs */
#define PREALLOCATED_PMDS 0	   /* middle tables that come with a directory */

#define PTE_PFN_MASK 0xFFFFF000UL
/* These tables have no bit that forbids execution. */
#define _PAGE_NX     0UL
#define page_nx	     0UL
static inline void set_page_nx(pteval_t nx)
{
}

/* The slot of a page that is in swap: see pgtable-types.h. */
#define SWP_OFFSET_SHIFT 10
#define SWP_OFFSET_BITS	 22

#define __pgd(x)   ((pgd_t){(x)})
#define __pmd(x)   ((pmd_t){__pgd(x)})
#define pgd_val(x) ((x).pgd)
#define pmd_val(x) (pgd_val((x).pgd))

_Static_assert(PGDIR_SIZE == 0x400000 && 4 * PTRS_PER_PGD == 1 << 12, "the boot directory");

/* Store an entry: one atomic store. */
static inline void set_pte(pte_t *ptep, pte_t pte)
{
	*(volatile pteval_t *)&ptep->pte = pte.pte;
}
/* The same for any old entry and any new one; PAE makes a difference. */
static inline void replace_pte(pte_t *ptep, pte_t pte)
{
	set_pte(ptep, pte);
}
static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	*(volatile pgdval_t *)&pmdp->pgd.pgd = pmd_val(pmd);
}
static inline void replace_pmd(pmd_t *pmdp, pmd_t pmd)
{
	set_pmd(pmdp, pmd);
}
/* Folded: what the directory points to is the pmd's business. */
static inline void set_pgd(pgd_t *pgdp, pgd_t pgd)
{
}
static inline bool pgd_none(pgd_t pgd)
{
	return false;
}
static inline pmd_t *pmd_offset(const pgd_t *pgd, unsigned long addr)
{
	return (pmd_t *)pgd;
}
#define pmd_addr_end(addr, end) (end)

#endif
