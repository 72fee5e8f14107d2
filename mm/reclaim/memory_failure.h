/*
 * Pages whose memory is broken, or is about to break: no machine check tells this kernel of any,
 * but madvise can pretend it. Whoever may meet such a page asks here. A kernel that is built with
 * HWPOISON=0 does without memory_failure.c: there no page is ever broken, and the compiler drops
 * what follows from the opposite.
 */
#ifndef MM_RECLAIM_MEMORY_FAILURE_H
#define MM_RECLAIM_MEMORY_FAILURE_H

#include "kernel/abi/types.h"
#include "mm/mm_types.h"
#include "mm/phys/page.h"
#include "mm/phys/pgtable_large.h"
#include <linux/errno.h>
#include <linux/mman.h>

#if MAPIX_HWPOISON

/* PageHWPoison(page): the page is out of use for good. What it holds is neither read nor mapped:
   calls fail with -EIO, faults with VM_FAULT_HWPOISON. */
__PAGEFLAG(HWPoison, hwpoison)

/* The entry that takes the place of one that mapped a broken page. It holds no reference. */
static inline pte_t mk_hwpoison_pte(const struct page *page)
{
	return pfn_hwpoison_pte(page_to_pfn(page));
}
/* Is it one of those? pte_page() is the broken page. Accesses are VM_FAULT_HWPOISON, fork and
   mremap take the entry along, smaps and pagemap show it. */
static inline bool is_hwpoison_pte(pte_t pte)
{
	return pte_kind(pte) == PTE_POISON;
}
/* The same for a huge page of the pool, which counts in nothing any more. */
static inline bool is_hwpoison_pmd(pmd_t pmd)
{
	return pmd_large(pmd) && !pmd_present(pmd);
}

/* Did the fault fail because the page is broken? */
static inline bool is_hwpoison_fault(vm_fault_t fault)
{
	return fault & (VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE);
}
/* SIGBUS for current, which accessed a broken page at addr (BUS_MCEERR_AR): its fault's result. */
void force_sig_mceerr(void __user *addr, vm_fault_t fault);

/* Is it advice for madvise_inject_error()? */
static inline bool madvise_injects_error(int behavior)
{
	return behavior == MADV_HWPOISON || behavior == MADV_SOFT_OFFLINE;
}
/* MADV_HWPOISON and MADV_SOFT_OFFLINE for each page of [start, end) of current's address space;
   start is page-aligned. 0 or -errno; the pages before the one that failed keep the change. Takes
   mmap_sem. */
int madvise_inject_error(int behavior, unsigned long start, unsigned long end);

/* memory_failure_hugetlb.c: `page`, a part of a huge page of the pool, is broken. As
   memory_failure() in memory_failure.c. */
int memory_failure_hugetlb(struct page *page);
/* What the VMA has at the address was written, and is lost: tell those of its processes that want
   to know of errors before they meet them. Does not sleep. */
void signal_early(const struct vm_area_struct *vma, unsigned long address);

/* Pages out of use for good. */
unsigned long nr_poisoned_pages(void);

/* /proc/sys/vm: SIGBUS at once for everybody, not at the first touch; 0: broken memory is a panic.
 */
extern int sysctl_memory_failure_early_kill, sysctl_memory_failure_recovery;

#else

static inline bool PageHWPoison(const struct page *page)
{
	return false;
}
static inline void SetPageHWPoison(struct page *page)
{
}
static inline pte_t mk_hwpoison_pte(const struct page *page)
{
	return __pte(0);
}
static inline bool is_hwpoison_pte(pte_t pte)
{
	return false;
}
static inline bool is_hwpoison_pmd(pmd_t pmd)
{
	return false;
}
static inline bool is_hwpoison_fault(vm_fault_t fault)
{
	return false;
}
static inline void force_sig_mceerr(void __user *addr, vm_fault_t fault)
{
}
static inline bool madvise_injects_error(int behavior)
{
	return false; /* to madvise it is unknown advice: -EINVAL */
}
static inline int madvise_inject_error(int behavior, unsigned long start, unsigned long end)
{
	return -EINVAL;
}
static inline unsigned long nr_poisoned_pages(void)
{
	return 0;
}

#endif

#endif
