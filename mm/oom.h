/*
 * When memory is out and nothing can be reclaimed: which process has to die.
 */
#ifndef MM_OOM_H
#define MM_OOM_H

#include "kernel/abi/types.h"

struct mm_struct;
struct task_struct;

/* The address space of a process: its leader may have ended before its other threads. NULL: none.
 */
struct mm_struct *process_mm(struct task_struct *p);

/* How much memory the death of p's process would give, in pages, changed by its oom_score_adj;
   OOM_NEVER if it must not die. */
long oom_badness(struct task_struct *p);
#define OOM_NEVER (-0x7fffffffL - 1)

/*
 * A fault found no memory: kill the process that is worth most, unless one is dying already, and
 * sleep for a moment. The caller tries again, or dies if it was chosen. No lock held. Panics if
 * nobody is left that may die.
 */
void out_of_memory(void);

#endif
