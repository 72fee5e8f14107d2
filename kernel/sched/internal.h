/*
 * Functions that the files of kernel/sched/, signal/ and process/ share, and that no other code
 * uses.
 */
#ifndef KERNEL_SCHED_INTERNAL_H
#define KERNEL_SCHED_INTERNAL_H

#include "kernel/sched/sched.h"

/* task.c */
/* Allocate structures for fork; the first is not initialised, the second is zeroed. NULL: no
   memory. May sleep. */
struct task_struct *alloc_task_struct(void);
struct signal_struct *alloc_signal_struct(void);
/* Drop a reference. */
void put_signal_struct(struct signal_struct *sig);
/* Free a task that never ran. */
void free_task_struct(struct task_struct *p);
/* p has left the processor for the last time: free its stack and drop a reference. */
void put_task_stack(struct task_struct *p);

/* fork.c */
/* A copy of a signal action table, with one reference; NULL: no memory. */
struct sighand_struct *dup_sighand(const struct sighand_struct *old);

/* signal.c */
/* Dequeue a synchronous signal (of a fault) from current's own queue; 0 if there is none. */
int dequeue_synchronous_signal(siginfo_t *info);
/* Notify p's parent that p is dead. True if the parent does not wait for it (SIG_IGN,
   SA_NOCLDWAIT). */
bool do_notify_parent(struct task_struct *p, int sig);
/* Notify p's parent that p's group stopped or continued: CLD_STOPPED or CLD_CONTINUED. */
void do_notify_parent_cldstop(struct task_struct *p, int why);
/* current is exiting: signals for the group go to its other threads. */
void exit_signals(struct task_struct *p);
/* Send SIGKILL to all other threads of current's group. Returns their number. */
int zap_other_threads(struct task_struct *p);
/* Wake t to handle its signals; `fatal`: wake it from a stop or a killable sleep too. */
void signal_wake_up(struct task_struct *t, bool fatal);

#endif
