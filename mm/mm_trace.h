/*
 * What the trace records of address spaces: see docs/tracing.md.
 */
#ifndef MM_MM_TRACE_H
#define MM_MM_TRACE_H

#include "kernel/trace/trace.h"
#include "mm/layout.h"
#include "mm/mm_types.h"

/* What identifies an address space in the trace: the physical address of its page directory. */
static inline u32 mm_number(const struct mm_struct *mm)
{
	return __pa(mm->pgd);
}

/* After a system call of current, with its first three arguments, its result, and what mm->brk was
   before: tell the mappings that it may have changed. Takes mmap_sem. */
void trace_mm_call(unsigned int nr, unsigned long a, unsigned long b, unsigned long c, long ret,
		   unsigned long old_brk);
/* Tell all mappings. Takes mmap_sem. */
void trace_mm_there(struct mm_struct *mm);

/* Frame `from` was copied to frame `to`, not by a fault. */
void trace_copy(unsigned long from, unsigned long to);
/* How many faults that a mapping allows have been recorded: who compares it before and after a
   fault knows of the others. */
extern u32 trace_faults_told;
/* A page fault that no mapping allows. */
void trace_bad_fault(unsigned long address, bool write);
/* `len` bytes of pages were moved from `old` to `new`: tell those that are there. mmap_sem r. May
   sleep. */
void trace_moved(struct mm_struct *mm, unsigned long old, unsigned long new, unsigned long len);
/* Reclaim has taken the page of this entry away; or the entry maps another frame now. */
void trace_reclaimed(const struct mm_struct *mm, unsigned long address, pte_t entry);
void trace_migrated(const struct mm_struct *mm, unsigned long address, pte_t entry);
/* This entry of a directory maps a large page now, instead of small ones; or a table of small pages
   takes its place, which begins with `first`. */
void trace_collapsed(const struct mm_struct *mm, unsigned long address, pmd_t entry);
void trace_split(const struct mm_struct *mm, unsigned long address, pte_t first);
/* A pager has filled the page, small or large. Takes page_table_lock. */
void trace_filled(struct mm_struct *mm, enum trace_page_op op, unsigned long address);
/* fault_trace.c: watch handle_mm_fault() and zap_tables(), or no longer. */
void trace_watch_faults(bool on);
void trace_watch_zaps(bool on);

/* Boot, before trace_init(). */
void mm_trace_init(void);

#endif
