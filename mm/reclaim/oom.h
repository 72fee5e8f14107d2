/*
 * The OOM killer: chooses a process to kill when memory is exhausted and nothing can be reclaimed.
 */
#ifndef MM_RECLAIM_OOM_H
#define MM_RECLAIM_OOM_H

#include "mm/phys/gfp.h"

struct task_struct;

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

extern int sysctl_panic_on_oom;		    /* not 0: panic instead of killing */
extern int sysctl_oom_kill_allocating_task; /* not 0: kill who asked, not who has most */
extern int sysctl_oom_dump_tasks;	    /* not 0: the log lists all processes */

/* A page was written that could not be freed before: the first of the tasks that wait for memory
   tries again. */
void oom_page_written(void);
/* Called when a process has released its memory: wakes the tasks that wait for memory. */
void oom_memory_freed(void);

/* ---- oom.c and oom_report.c ---- */

struct oom_control {
	gfp_t gfp_mask;	    /* the request that found no memory; 0: a page fault, of no request */
	unsigned int order; /* of the request */
	struct task_struct *chosen; /* to be killed; NULL: nobody */
};
/* The log gets Linux's report: the request, where memory is, and the processes. */
void dump_header(const struct oom_control *oc);
/* The first thread of the process that has its address space: its leader may have ended before its
   other threads. NULL: none. */
struct task_struct *find_task_mm(struct task_struct *p);
/* Is it init or a kernel thread? */
bool oom_unkillable(const struct task_struct *p);

/* Boot: registers the OOM killer with the page allocator. */
void oom_init(void);

#endif
