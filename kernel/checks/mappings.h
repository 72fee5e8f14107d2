/*
 * Mappings made by hand, for checks of what works on them, and how they are shown.
 *
 * A picture is the text "[ww][r].." for four pages of mappings and two that are free: a bracket for
 * each VMA, and in it a letter for each page: x can be executed, w written, r only read, - nothing.
 */
#ifndef KERNEL_CHECKS_MAPPINGS_H
#define KERNEL_CHECKS_MAPPINGS_H

#include "kernel/checks/check.h"
#include "mm/internal.h"

#define P	      PAGE_SIZE
#define MAY	      (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)
#define RW	      (VM_READ | VM_WRITE | VM_ACCOUNT)
#define PICTURE_PAGES 24 /* of the longest picture */

/* CALL, while the lock is held for writing. */
#define WITH_LOCK(MM, CALL)                   \
	({                                    \
		down_write(&(MM)->mmap_sem);  \
		__typeof__(CALL) ret_ = CALL; \
		up_write(&(MM)->mmap_sem);    \
		ret_;                         \
	})

/* A random place with much free room around it. */
unsigned long any_place(void);
/* Link a private anonymous VMA of `pages` pages with these VM_ flags and MAY, count it, and charge
   it if VM_ACCOUNT is among them. Takes mmap_sem; may sleep. */
struct vm_area_struct *put_vma(struct mm_struct *mm, unsigned long start, unsigned long pages,
			       unsigned long flags);
/* The VMA that holds addr, found by the list alone, or NULL. mmap_sem r. */
struct vm_area_struct *vma_at(const struct mm_struct *mm, unsigned long addr);
/* Store a number at addr as a program does; the check fails if that is not possible. */
void touch(unsigned long addr, int value);
/* The number at addr, or -EFAULT. */
int peek(unsigned long addr);

/* The picture of `pages` pages from `base` on, valid until the next call. A VMA that goes on
   outside has no bracket there. */
const char *picture(const struct mm_struct *mm, unsigned long base, int pages);
/* The picture after `call` must be `wanted`. */
void expect_picture(const char *call, const struct mm_struct *mm, unsigned long base, int pages,
		    const char *wanted);
/* The names of a VMA's flags, without VM_. */
const char *flag_names(unsigned long flags);
/* List, tree, gaps, counters and page tables must agree: panics with what does not. Takes mmap_sem.
 */
void check_all(struct mm_struct *mm);

/* Pages: in mm_struct, and what has been charged to all processes (Committed_AS). */
struct accounts {
	long total, data, locked, charged;
};
/* As they are now. */
struct accounts accounts(const struct mm_struct *mm);
/* Since `then`, `call` must have added `wanted` to the accounts. */
void expect_accounts(const char *call, const struct mm_struct *mm, struct accounts then,
		     struct accounts wanted);

#endif
