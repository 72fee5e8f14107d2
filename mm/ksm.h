/*
 * KSM, kernel samepage merging: equal pages of anonymous memory become one page, read-only for all
 * who map it. The first write makes a copy again. Only memory for which a program has asked it
 * (MADV_MERGEABLE) is searched, by the thread ksmd. See docs/ksm.md.
 */
#ifndef MM_KSM_H
#define MM_KSM_H

#include "mm/rmap.h"

/* ksmd is told to run by /sys/kernel/mm/ksm/run. */
#define KSM_RUN_STOP	0 /* it sleeps; what is merged stays merged */
#define KSM_RUN_MERGE	1
#define KSM_RUN_UNMERGE 2 /* it sleeps, and every merged page was copied for each who maps it */

/* ---- ksm.c ---- */
/* Boot: before the first address space. */
void ksm_init(void);
/* The thread's function. Does not return. */
int ksmd(void *unused);
/* MADV_MERGEABLE and MADV_UNMERGEABLE for a part of a VMA: change *vm_flags, and for the latter
   copy the merged pages. 0, -ENOMEM, -ERESTARTSYS. mmap_sem w; may sleep. */
int ksm_madvise(struct vm_area_struct *vma, unsigned long start, unsigned long end, int behavior,
		unsigned long *vm_flags);
/* The same for the pages alone: the range will move, and a merged page would not be found there. */
int ksm_unmerge_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/* The child of an address space that ksmd searches is searched too. 0 or -ENOMEM. May sleep. */
int ksm_fork(struct mm_struct *mm, struct mm_struct *oldmm);
/* The address space has ended, and maps nothing any more: forget all about it. May sleep. */
void ksm_exit(struct mm_struct *mm);

/* The files of /sys/kernel/mm/ksm, by their names there. */
enum ksm_value {
	KSM_FULL_SCANS,
	KSM_MAX_PAGE_SHARING,
	KSM_PAGES_SHARED,
	KSM_PAGES_SHARING,
	KSM_PAGES_TO_SCAN,
	KSM_PAGES_UNSHARED,
	KSM_PAGES_VOLATILE,
	KSM_RUN,
	KSM_SLEEP_MILLISECS,
	KSM_STABLE_NODE_CHAINS,
	KSM_STABLE_NODE_CHAINS_PRUNE_MILLISECS,
	KSM_STABLE_NODE_DUPS,
	KSM_USE_ZERO_PAGES,
};
/* What one of them shows. */
unsigned long ksm_value(enum ksm_value which);
/* A new value: 0 or -errno. May sleep. */
int ksm_set_value(enum ksm_value which, unsigned int value);

/* ---- ksm_tree.c ---- */
/* A merged page has moved to another frame. */
void ksm_migrate_page(struct page *new, struct page *page);

/* ---- ksm_rmap.c ---- */
/* rmap_walk() for a merged page that is mapped: fn is called once for each entry. */
void rmap_walk_ksm(struct page *page, rmap_fn fn, void *arg);
/* Call fn for each VMA that may map the merged page, at this address, until it returns false. The
   page has a node: every mapped one has. Does not sleep. */
typedef bool (*ksm_vma_fn)(struct vm_area_struct *vma, unsigned long address, void *arg);
void ksm_for_each_vma(const struct page *page, ksm_vma_fn fn, void *arg);
/* Would a walk from the merged page look there? */
bool ksm_is_found(const struct page *page, const struct vm_area_struct *vma, unsigned long address);
/* Is it the first time that this mm_check meets the merged page? */
bool ksm_check_counts(const struct page *page, unsigned long check);
/* The locked page of a slot is wanted at an address of vma: what to map there. That is the page
   itself, if reverse mapping will find it there; else a copy, which is nobody's yet: a page that
   was merged when it went to swap is wanted by several, who are no relatives. NULL: no memory.
   Nothing may sleep until it is mapped. Sleeps. */
struct page *ksm_might_need_to_copy(struct page *page, const struct vm_area_struct *vma,
				    unsigned long address);

#endif
