/*
 * Debug builds measure how long a task keeps the processor while another one should run.
 */
#ifndef KERNEL_SCHED_LATENCY_H
#define KERNEL_SCHED_LATENCY_H

#include "kernel/abi/types.h"

struct task_struct;

#if MAPIX_DEBUG
/* /proc/sys/debug/latency_warn_ms: a task that keeps the processor longer is logged, with a
   backtrace. 0: off. */
extern int latency_warn_ms;
/* Called from each tick, with interrupts off, while p is running. */
void latency_tick(const struct task_struct *p);
/* Called when the scheduler has run. */
void latency_reset(void);
/* Panics if current must not yield the processor here. */
void might_resched(void);
/* Do not count the time from here to latency_resume(), for slow self-checks of the kernel. */
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
