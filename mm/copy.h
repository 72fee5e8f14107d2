/*
 * fork's half of the address space: the child's mappings as copies of the parent's. For
 * kernel/process/fork.c; the copying of page tables itself is in mm/copy.c.
 */
#ifndef MM_COPY_H
#define MM_COPY_H

struct mm_struct;

/* Copy all of oldmm's mappings into the empty mm, copy-on-write. 0 or -ENOMEM: then what has been
   copied is in mm and goes with mmput. oldmm's mmap_sem w. */
int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm);

#endif
