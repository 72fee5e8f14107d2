/*
 * The mappings of an address space. "mmap_sem r" and "mmap_sem w" as in mm.h.
 */
#ifndef MM_VMA_H
#define MM_VMA_H

#include "mm/mm_types.h"
#include "mm/phys/page.h"

/* The first VMA that ends above addr (it may also begin above addr), or NULL. mmap_sem r. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
/* The same; *pprev becomes the VMA before it, or NULL. Without a result, that is the last VMA.
   mmap_sem r. */
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev);
/* The first VMA that overlaps [start, end), or NULL. mmap_sem r. */
static inline struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
							   unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}
/* The VMA that contains addr, or NULL. mmap_sem r. */
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}
static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
/* Panics with the reason if list, tree, gaps, counters or page tables disagree. mmap_sem r. */
void mm_check(struct mm_struct *mm);
/* Panics with the reason if the address space, which has ended, still holds something. */
void mm_check_empty(const struct mm_struct *mm);
/* Debug builds call this after every change. It checks small address spaces each time and large
   ones only sometimes, so that n calls do not take n * n steps. */
#if MAPIX_DEBUG
void mm_check_debug(struct mm_struct *mm);
#else
#	define mm_check_debug(mm) ((void)0)
#endif

#endif
