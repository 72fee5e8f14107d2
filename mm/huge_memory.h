/*
 * Transparent huge pages: anonymous memory in large pages that the program did not ask for. A fault
 * takes one if it can, and small pages if not; the program sees the difference in speed alone.
 *
 * Such a page is whole or it is not: either each address space that has it maps it by one entry of
 * its directory, or it has become small pages, in all of them. So whoever needs an entry for a
 * small part (mprotect, munmap, swap, a pin for input and output) splits the page, and split pages
 * are ordinary pages. Splitting cannot fail: with every large page, an address space keeps an empty
 * page table in store.
 */
#ifndef MM_HUGE_MEMORY_H
#define MM_HUGE_MEMORY_H

#include "mm/mm_types.h"
#include "mm/phys/gfp.h"
#include "mm/phys/pgtable_large.h"

struct mm_walk;

/* For whom: /sys/kernel/mm/transparent_hugepage/enabled and defrag. */
enum thp_mode {
	THP_ALWAYS,
	THP_DEFER,	   /* defrag only: memory is made contiguous in the background */
	THP_DEFER_MADVISE, /* defrag only: the same, but at once for those who advised it */
	THP_MADVISE,	   /* where MADV_HUGEPAGE was given */
	THP_NEVER
};
extern enum thp_mode thp_enabled, thp_defrag;

/* Boot: a machine with less than 512 MiB does without, as on Linux. */
void hugepage_init(void);
/* Pages that are part of a transparent huge page: AnonHugePages. */
unsigned long nr_anon_thps(void);
/* Must the VMA have none, by its flags or its process's, whatever the system's switches say? */
bool vma_thp_disabled(const struct vm_area_struct *vma);
/* May the VMA have huge pages, by its flags and the system's? */
bool hugepage_vma_check(const struct vm_area_struct *vma);
/* Is all of the huge page around addr in the VMA? */
bool transhuge_vma_suitable(const struct vm_area_struct *vma, unsigned long addr);
/* And does one fit in? smaps: THPeligible. */
bool transparent_hugepage_active(const struct vm_area_struct *vma);

/* ---- faults ---- */
/* A fault in an anonymous VMA where there is no page table. VM_FAULT_FALLBACK: small pages have to
   do it; there may be a table now. mmap_sem r; may sleep. */
vm_fault_t do_huge_pmd_fault(struct vm_fault *vmf);
/* A large page with undefined contents. With __GFP_DIRECT_RECLAIM, memory is made contiguous for
   it; with __GFP_KSWAPD_RECLAIM others are asked to do so. NULL: there is no such block. May sleep.
 */
struct page *alloc_transhuge(gfp_t gfp);

/* ---- huge_zero_page.c ---- */
/* /sys/kernel/mm/transparent_hugepage/use_zero_page: 0, and a read takes a huge page of its own. */
extern unsigned int thp_use_zero_page;
void huge_zero_page_init(void); /* boot */
/* Does the entry map the huge page of zeros? */
static inline bool is_huge_zero_pmd(pmd_t pmd)
{
	return pmd_large(pmd) && pmd_special(pmd);
}
/* Is the frame, which need not be of memory, a part of it? */
bool is_huge_zero_pfn(unsigned long pfn);
/* The page, which stays until mm_put_huge_zero_page() when the address space has ended. NULL: there
   is no memory for it. Does not sleep if any address space has it. */
struct page *mm_get_huge_zero_page(struct mm_struct *mm);
void mm_put_huge_zero_page(struct mm_struct *mm);
/* A read of anonymous memory where a huge page fits and nothing is mapped. As do_huge_pmd_fault().
 */
vm_fault_t do_huge_zero_page_fault(struct vm_fault *vmf);

/* ---- functions of a walk for the entry of a transparent huge page ---- */
/* Unmap it; copy it to the child's VMA walk->private; give it the permissions of its VMA; move it
   to new_addr. 0, or WALK_TABLE if the range is not all of the page: it has been split.
   huge_pmd_copy() also -ENOMEM. Without page_table_lock. */
int huge_pmd_zap(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk);
int huge_pmd_copy(pmd_t *pmd, unsigned long addr, struct mm_walk *walk);
int huge_pmd_change_protection(pmd_t *pmd, unsigned long addr, unsigned long end,
			       struct mm_walk *walk);
int huge_pmd_move(pmd_t *pmd, unsigned long addr, unsigned long end, unsigned long new_addr,
		  struct mm_walk *walk);
/* MADV_COLD, MADV_FREE and MADV_PAGEOUT, as ->large_page of their walks. A page that other
   processes have too, and that of zeros, stays as it is. Otherwise the first two leave a whole page
   whole; what goes to swap is split. */
int huge_pmd_cold(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk);
int huge_pmd_free_lazily(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk);
int huge_pmd_split_for_swap(pmd_t *pmd, unsigned long addr, unsigned long end,
			    struct mm_walk *walk);
/* ->large_page of walks that know small pages only: split it. Huge pages of the pool are passed. */
int split_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk);

/* ---- split_huge_page.c ---- */
/* Make small pages of a transparent huge page, everywhere. Its references beyond those of its
   mappings stay with the first small page. Does not sleep. */
void split_huge_page(struct page *page);
/* Split what maps addr, if it is a transparent huge page, or only this mapping if it is the huge
   page of zeros. mmap_sem. */
void split_huge_pmd_address(struct mm_struct *mm, unsigned long addr);
/* A VMA is going to begin or end at addr. mmap_sem w. */
static inline void vma_adjust_trans_huge(struct mm_struct *mm, unsigned long addr)
{
	if (addr & ~HPAGE_MASK)
		split_huge_pmd_address(mm, addr);
}
/* Was the page accessed since the last call? As page_referenced(). */
int huge_page_referenced(struct page *page, unsigned long *vm_flags);
/* Store an empty page table for a large page that is being mapped, or take one back.
   page_table_lock. */
void pgtable_trans_huge_deposit(struct mm_struct *mm, pte_t *table);
pte_t *pgtable_trans_huge_withdraw(struct mm_struct *mm);
/* Count a mapping of a transparent huge page that goes; put_page() of it comes after that.
   page_table_lock. */
void huge_page_remove_rmap(struct page *page, struct vm_area_struct *vma);
/* A new huge page belongs to the VMA's memory at addr. page_table_lock. */
void huge_page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long addr);

/* ---- khugepaged.c ---- */
/* The kernel thread. */
int khugepaged(void *unused);
/* It sleeps no longer: how long it should has changed, or huge pages are permitted now. */
void khugepaged_wake(void);
/* MADV_COLLAPSE: make huge pages of [start, end), which is in the VMA, where a whole one fits.
   Releases mmap_sem, which the caller holds for reading, and takes it again: the VMA may be gone
   then. 0, also if none fits at a boundary, or -errno. */
int madvise_collapse(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* /sys/kernel/mm/transparent_hugepage/khugepaged */
extern unsigned int khugepaged_scan_sleep_millisecs, khugepaged_pages_to_scan;
extern unsigned int khugepaged_alloc_sleep_millisecs, khugepaged_defrag;
extern unsigned int khugepaged_max_ptes_none, khugepaged_max_ptes_swap;
extern unsigned int khugepaged_max_ptes_shared;
extern unsigned long khugepaged_pages_collapsed, khugepaged_full_scans;

#endif
