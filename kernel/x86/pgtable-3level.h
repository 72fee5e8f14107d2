/*
 * Page tables of the i386 with PAE (physical address extension): entries of 8 bytes, which hold
 * frame numbers above 4 GiB and a bit that forbids execution. A table of 4 KiB has only 512 such
 * entries, so there is a third level: a directory (pgd) of 4 entries of 1 GiB each, middle tables
 * (pmd) of 512 entries of 2 MiB, tables of 512 entries of 4 KiB.
 *
 * The processor reads the 4 entries of the directory when CR3 is loaded, and not again. So they
 * never change: pgd_alloc() makes the three middle tables of the user's half with the directory,
 * and all directories share the one of the kernel's half.
 *
 * A store writes 4 bytes. The processor's walk, which may happen at any time, must not see one half
 * of a present entry with the other half of another one; the functions below say in which order
 * they write.
 */
#ifndef KERNEL_X86_PGTABLE_3LEVEL_H
#define KERNEL_X86_PGTABLE_3LEVEL_H

#include "kernel/abi/types.h"
#include "mm/layout.h"

typedef u64 pteval_t;
typedef u64 pmdval_t;
typedef u64 pgdval_t;
typedef union {
	struct {
		u32 pte_low, pte_high; /* the present bit is in the low half */
	};
	pteval_t pte;
} pte_t;
typedef union {
	struct {
		u32 pmd_low, pmd_high;
	};
	pmdval_t pmd;
} pmd_t;
typedef struct {
	pgdval_t pgd;
} pgd_t;
typedef struct {
	pteval_t pgprot;
} pgprot_t;

#define CONFIG_PGTABLE_LEVELS 3
#define MAX_PHYSMEM_BITS      36 /* of a physical address that may be memory */

#define PGDIR_SHIFT	  30
#define PGDIR_SIZE	  (1UL << PGDIR_SHIFT)
#define PMD_SHIFT	  21
#define PMD_SIZE	  (1UL << PMD_SHIFT)
#define PTRS_PER_PGD	  4
#define PTRS_PER_PMD	  512
#define PTRS_PER_PTE	  512
#define LARGE_PAGE_NAME	  "2048kB" /* in sysfs */
#define PREALLOCATED_PMDS 3	   /* middle tables that come with a directory */

#define PTE_PFN_MASK 0x000FFFFFFFFFF000ULL
/* Execution is forbidden. For user pages by their VMA: vm_get_page_prot(). */
#define _PAGE_NX     (1ULL << 63)
/* The same if the processor has that bit and it is in use, else 0. */
extern pteval_t page_nx;
static inline void set_page_nx(pteval_t nx)
{
	page_nx = nx;
}

/* The slot of a page that is in swap: see pgtable-types.h. */
#define SWP_OFFSET_SHIFT 32
#define SWP_OFFSET_BITS	 26

#define __pgd(x)   ((pgd_t){(x)})
#define __pmd(x)   ((pmd_t){.pmd = (x)})
#define pgd_val(x) ((x).pgd)
#define pmd_val(x) ((x).pmd)

_Static_assert(PGDIR_SIZE == PTRS_PER_PMD * PMD_SIZE && PMD_SIZE == PTRS_PER_PTE * PAGE_SIZE,
	       "the boot directory");

/* Store an entry: the high half first. For an entry that is not present, or one that keeps its
   frame: it is always usable, as the kernel's own mappings must be. */
static inline void set_pte(pte_t *ptep, pte_t pte)
{
	*(volatile u32 *)&ptep->pte_high = pte.pte_high;
	*(volatile u32 *)&ptep->pte_low = pte.pte_low;
}
/* The same for any old entry and any new one: the entry is not present while its high half changes.
   Not for a page that this code or an interrupt handler may touch meanwhile. */
static inline void replace_pte(pte_t *ptep, pte_t pte)
{
	*(volatile u32 *)&ptep->pte_low = 0;
	set_pte(ptep, pte);
}
/* The same two functions for an entry of a middle table. */
static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	*(volatile u32 *)&pmdp->pmd_high = pmd.pmd_high;
	*(volatile u32 *)&pmdp->pmd_low = pmd.pmd_low;
}
static inline void replace_pmd(pmd_t *pmdp, pmd_t pmd)
{
	*(volatile u32 *)&pmdp->pmd_low = 0;
	set_pmd(pmdp, pmd);
}
/* Of a directory that is not loaded. */
static inline void set_pgd(pgd_t *pgdp, pgd_t pgd)
{
	*pgdp = pgd;
}
/* Only directories that belong to no process have empty entries. */
static inline bool pgd_none(pgd_t pgd)
{
	return (u32)pgd.pgd == 0;
}
#define pmd_index(addr) (((unsigned long)(addr) >> PMD_SHIFT) & (PTRS_PER_PMD - 1))
static inline pmd_t *pmd_offset(const pgd_t *pgd, unsigned long addr)
{
	return (pmd_t *)__va((unsigned long)pgd->pgd & PAGE_MASK) + pmd_index(addr);
}
/* The end of the part of [addr, end) that one entry of a middle table covers. */
#define pmd_addr_end(addr, end)                                                   \
	({                                                                        \
		unsigned long __boundary = ((addr) + PMD_SIZE) & ~(PMD_SIZE - 1); \
		__boundary - 1 < (end)-1 ? __boundary : (end);                    \
	})

#endif
