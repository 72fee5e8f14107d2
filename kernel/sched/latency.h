/*
 * How long a task keeps the processor although another should have it: measured in debug builds.
 */
#ifndef KERNEL_SCHED_LATENCY_H
#define KERNEL_SCHED_LATENCY_H

#include "kernel/abi/types.h"

struct task_struct;

#if MAPIX_DEBUG
/* /proc/sys/debug/latency_warn_ms: whoever keeps the processor longer is told to the log, with a
   backtrace. 0: nobody is. */
extern int latency_warn_ms;
/* From each tick, interrupts off: p runs. */
void latency_tick(const struct task_struct *p);
/* The scheduler has looked. */
void latency_reset(void);
/* May current give the processor away here, and go on at once? Panics if not. */
void might_resched(void);
/* The kernel's checks of itself take long and do not count: from here to latency_resume(). */
void latency_pause(void);
void latency_resume(void);
#else
static inline void latency_tick(const struct task_struct *p)
{
}
static inline void latency_reset(void)
{
}
static inline void might_resched(void)
{
}
#endif

#endif
