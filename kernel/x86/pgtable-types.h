/*
 * Page-table entries of the i386: their bits, which both kinds of tables share, and the header of
 * the kind that this kernel is built for. docs/pae.md has both.
 *
 *   pgtable-2level.h   entries of 4 bytes, directory and table of 1024 (the middle level is folded)
 *   pgtable-3level.h   PAE: entries of 8 bytes, 4 * 512 * 512 of them, and a bit that forbids
 *                      execution
 */
#ifndef KERNEL_X86_PGTABLE_TYPES_H
#define KERNEL_X86_PGTABLE_TYPES_H

#include "kernel/abi/types.h"

#if MAPIX_PAE
#	include "kernel/x86/pgtable-3level.h"
#else
#	include "kernel/x86/pgtable-2level.h"
#endif

/* Bits of an entry (Intel SDM volume 3, 4.3 and 4.4). */
#define _PAGE_PRESENT	 ((pteval_t)0x001)
#define _PAGE_RW	 ((pteval_t)0x002)
#define _PAGE_USER	 ((pteval_t)0x004)
#define _PAGE_PWT	 ((pteval_t)0x008)
#define _PAGE_PCD	 ((pteval_t)0x010)
#define _PAGE_ACCESSED	 ((pteval_t)0x020)
#define _PAGE_DIRTY	 ((pteval_t)0x040)
#define _PAGE_PSE	 ((pteval_t)0x080) /* directory: a large page of PMD_SIZE */
#define _PAGE_GLOBAL	 ((pteval_t)0x100) /* stays in the TLB when CR3 is loaded */
/* Three bits are available to the operating system. */
#define _PAGE_SPECIAL	 ((pteval_t)0x200) /* no counted struct page (device memory, zero page) */
#define _PAGE_UFFD_WP	 ((pteval_t)0x400) /* write-protected for userfaultfd */
#define _PAGE_SOFT_DIRTY ((pteval_t)0x800) /* written since clear_refs */
/* In an entry that is not present: the page is in memory, but may not be accessed (PROT_NONE). */
#define _PAGE_PROTNONE	 _PAGE_GLOBAL
/* In an entry that is not present: the page had a hardware error (memory_failure.c). */
#define _PAGE_HWPOISON	 _PAGE_PSE

/*
 * An entry that is neither present nor poisoned says where the page is in swap (mm/phys/swapops.h).
 * Bits 0, 6, 7 and 8 are 0 there; the slot is above, from SWP_OFFSET_SHIFT on.
 *
 *   9       8   7   6   5        1   0
 *   uffd    0   0   0   swap area    0
 */
#define SWP_TYPE_SHIFT	  1
#define SWP_TYPE_BITS	  5
#define _PAGE_SWP_UFFD_WP ((pteval_t)0x200)

#define PTE_FLAGS_MASK (~PTE_PFN_MASK)
/* The bits that mprotect preserves. */
#define _PAGE_CHG_MASK                                                                         \
	(PTE_PFN_MASK | _PAGE_PCD | _PAGE_PWT | _PAGE_SPECIAL | _PAGE_ACCESSED | _PAGE_DIRTY | \
	 _PAGE_SOFT_DIRTY | _PAGE_UFFD_WP)

#define PMD_MASK   (~(PMD_SIZE - 1))
#define PGDIR_MASK (~(PGDIR_SIZE - 1))

#define __pte(x)      ((pte_t){.pte = (x)})
#define __pgprot(x)   ((pgprot_t){(x)})
#define pte_val(x)    ((x).pte)
#define pgprot_val(x) ((x).pgprot)

/* What the boot code counts on (pgtable-2level.inc, pgtable-3level.inc). */
_Static_assert(_PAGE_PRESENT == 1 << 0 && _PAGE_RW == 1 << 1 && _PAGE_PSE == 1 << 7,
	       "the boot directory");

#endif
