/*
 * Interval timers: alarm(2), setitimer(2), and RLIMIT_CPU.
 */
#ifndef KERNEL_TIME_ITIMER_H
#define KERNEL_TIME_ITIMER_H

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

/* Called when SIGALRM is dequeued: restarts the interval timer, which waits for that. Interrupts
   off. */
void rearm_real_timer(struct signal_struct *sig);

/* A clock of processor time: of a process or one thread of it, all of its time or only user mode's.
 */
enum cpu_clock {
	CPUCLOCK_ALL = 0,
	CPUCLOCK_USER = 1,
	CPUCLOCK_PERTHREAD = 4
};
/* What the clock of p shows now, in ns. */
u64 cpu_clock_sample(struct task_struct *p, enum cpu_clock clock);
/* Sleep until p's clock reaches expires_ns: 0, or -EINTR if a signal came first. If p dies before,
   only a signal ends the sleep. The caller holds a reference to p. */
int cpu_clock_sleep(struct task_struct *p, enum cpu_clock clock, u64 expires_ns);

#endif
