/*
 * Huge pages as files: hugetlbfs, MAP_HUGETLB, SHM_HUGETLB and MFD_HUGETLB. The pages come from a
 * pool that root fills (vm.nr_hugepages); a mapping reserves its pages, so that a fault finds one.
 */
#ifndef MM_HUGETLB_H
#define MM_HUGETLB_H

#include "mm/layout.h"
#include "mm/mm_types.h"
#include "mm/phys/pgtable_large.h"

struct file;
struct mm_walk;

#define HUGE_PAGE_ALIGN(len) (((len) + HPAGE_SIZE - 1) & HPAGE_MASK)
#define HUGETLB_ANON_FILE    "anon_hugepage"

/* The pool, in huge pages. */
struct hstate {
	unsigned long max_huge_pages;	  /* that root asked for, as far as there was memory */
	unsigned long nr_huge_pages;	  /* all */
	unsigned long free_huge_pages;	  /* of them, not in use */
	unsigned long resv_huge_pages;	  /* of the free ones, promised to somebody */
	unsigned long surplus_huge_pages; /* more than root asked for */
	unsigned long nr_overcommit_huge_pages; /* the limit of surplus pages */
};
extern struct hstate default_hstate;

static inline bool is_vm_hugetlb_page(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_HUGETLB;
}
/* Is there a pool of pages of this size? page_size_log is the log2 of the bytes, as in MAP_HUGE_
   flags; 0 is the default size. */
static inline bool hugetlb_size_ok(unsigned int page_size_log)
{
	return !page_size_log || page_size_log == HPAGE_SHIFT;
}

/* ---- hugetlb_pool.c ---- */
/* Boot: make the pool that the command line asks for (hugepages=N). */
void hugetlb_init(void);
/* Make the pool this large, as far as free memory and pages in use allow. May sleep; ends early if
   a signal is pending. */
void set_max_huge_pages(unsigned long count);

/* ---- kernel/fs/hugetlbfs ---- */
/* Boot, after vfs_init(): register the file system, and mount one for the kernel alone. */
void hugetlbfs_init(void);
/* Create a nameless file of `size` bytes, which /proc shows as `name`, and reserve its pages unless
   `flags` has VM_NORESERVE. ERR_PTR: -ENODEV if there is no pool of pages of this size; -ENOMEM. */
struct file *hugetlb_file_setup(const char *name, loff_t size, unsigned long flags,
				unsigned int page_size_log);
/* Does the file consist of huge pages? */
bool is_file_hugepages(const struct file *f);

/* ---- hugetlb.c, hugetlb_tables.c: what the files of mm/ do for a VMA with VM_HUGETLB ---- */
/* A fault on an address of the VMA: what handles a fault returns. mmap_sem r; may sleep. */
vm_fault_t hugetlb_fault(struct vm_fault *vmf);
/* The same for the kernel's own access (gup.c), which, as on Linux, does not count as a fault. */
vm_fault_t hugetlb_faultin(struct vm_area_struct *vma, unsigned long addr, unsigned int flags);
/* hugetlb_uffd.c: fill the missing huge page at dst, in a VMA that a pager watches, from src in
   current's memory. 0; -EBUSY: src must be faulted in first, without mmap_sem; -EEXIST: the page is
   there; -EFAULT: beyond the end of the file; -ENOMEM: the pool is dry. mmap_sem r; may sleep. */
int hugetlb_mcopy_atomic(struct vm_area_struct *vma, unsigned long dst, unsigned long src);
/* Map the page of the file at dst. 0; -EFAULT: it has none; -EEXIST. mmap_sem r; may sleep. */
int hugetlb_mcontinue_atomic(struct vm_area_struct *vma, unsigned long dst);
/* Fault in the source. 0 or -EFAULT. Takes mmap_sem. */
int hugetlb_fault_in_source(unsigned long src);
/* Is the page of addr in its file, though perhaps not mapped? */
bool hugetlbfs_pagecache_present(struct vm_area_struct *vma, unsigned long addr);
/* Functions of a walk for the entry of a huge page of walk->vma, whose range always covers all of
   it: unmap it; copy it to the child's VMA walk->private; give it the permissions of its VMA.
   Without page_table_lock. */
int hugetlb_zap(pmd_t *pmd, unsigned long addr, struct mm_walk *walk);
int hugetlb_copy(pmd_t *pmd, unsigned long addr, struct mm_walk *walk);
int hugetlb_change_protection(pmd_t *pmd, unsigned long addr, struct mm_walk *walk);
/* fork: the child's private VMA, a copy, has no reservation. */
void hugetlb_dup_vma_private(struct vm_area_struct *vma);
/* mremap: the reservation has moved with the pages to another VMA. */
void clear_vma_resv_huge_pages(struct vm_area_struct *vma);

#endif
