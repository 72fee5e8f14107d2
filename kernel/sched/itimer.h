/*
 * Interval timers: alarm(2), setitimer(2), and the limit of processor time.
 */
#ifndef KERNEL_SCHED_ITIMER_H
#define KERNEL_SCHED_ITIMER_H

#include "kernel/sched/sched.h"

/* Has p's process used up what it_virt, it_prof or RLIMIT_CPU allow? From any context. */
void run_cpu_timers(struct task_struct *p);
/* One of these three was changed: sig->cpu_timers says whether any of them counts. */
void update_cpu_timers(struct signal_struct *sig);
/* fork: a new process has no timers; its limits are set. */
void init_itimers(struct signal_struct *sig);
/* The last thread exits (or the process execs): stop what could still fire. */
void exit_itimers(struct signal_struct *sig);
/* which: ITIMER_*. Times in nanoseconds: what is left (0: off), and the interval. 0 or -EINVAL. */
int do_getitimer(int which, u64 *value_ns, u64 *interval_ns);
int do_setitimer(int which, u64 value_ns, u64 interval_ns, u64 *old_value_ns, u64 *old_interval_ns);

#endif
