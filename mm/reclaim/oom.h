/*
 * When memory is out and nothing can be reclaimed: which process has to die.
 */
#ifndef MM_OOM_H
#define MM_OOM_H

#include "mm/phys/gfp.h"

struct mm_struct;
struct task_struct;

/* The address space of a process: its leader may have ended before its other threads. NULL: none.
 */
struct mm_struct *process_mm(struct task_struct *p);

#define OOM_NEVER (-0x7fffffffL - 1)

/* What is one to do who found no memory? */
enum oom_advice {
	OOM_TRY_AGAIN,
	OOM_DYING, /* the caller dies: half of the reserve is for its way out */
	OOM_STUCK, /* those who die wait, perhaps for the caller: all of the reserve */
	OOM_NOBODY /* nobody may be killed: fail */
};
/*
 * A fault found no memory: kill the process that is worth most, unless one is dying already, and
 * sleep for a moment. The fault is tried again unless the answer is another and it can give up.
 * Allocations wait in the same way, until they have what they want.
 */
enum oom_advice out_of_memory(void);

extern int sysctl_panic_on_oom; /* not 0: the machine stops instead */

/* A process has given its memory back: those who sleep in out_of_memory try again. */
void oom_memory_freed(void);

/* Boot: from now on the page allocator calls the killer. */
void oom_init(void);

#endif
