/*
 * The OOM killer: chooses a process to kill when memory is exhausted and nothing can be reclaimed.
 */
#ifndef MM_RECLAIM_OOM_H
#define MM_RECLAIM_OOM_H

#include "mm/phys/gfp.h"

struct mm_struct;
struct task_struct;

/* The address space of a process: its leader may have ended before its other threads. NULL: none.
 */
struct mm_struct *process_mm(struct task_struct *p);

#define OOM_NEVER (-0x7fffffffL - 1)

/* What a task should do that found no memory. */
enum oom_advice {
	OOM_TRY_AGAIN,
	OOM_DYING, /* the caller is dying: it may use half of the reserve to exit */
	OOM_STUCK, /* dying tasks wait, perhaps for the caller: it may use all of the reserve */
	OOM_NOBODY /* no process can be killed: fail */
};
/*
 * Called when a page fault has found no memory. Kills the process whose death frees most memory,
 * unless one is already dying, and sleeps for a moment. The fault is retried, unless the advice is
 * not OOM_TRY_AGAIN and the fault can fail. Allocations wait in the same way until they succeed.
 */
enum oom_advice out_of_memory(void);

extern int sysctl_panic_on_oom; /* not 0: panic instead of killing */

/* Called when a process has released its memory: wakes the tasks that wait for memory. */
void oom_memory_freed(void);

/* Boot: registers the OOM killer with the page allocator. */
void oom_init(void);

#endif
