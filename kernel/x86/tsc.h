/*
 * The time stamp counter as a clock.
 */
#ifndef KERNEL_X86_TSC_H
#define KERNEL_X86_TSC_H

#include "kernel/abi/types.h"

/* Measure its frequency against the PIT, and start the clock. About 30 ms. The option tsc_early_khz
   spares the measurement. */
void tsc_init(void);
/* Nanoseconds since tsc_init; never goes back. 0 before. */
u64 tsc_ns(void);
/* The same for the scheduler, which asks often: with interrupts off, and back if the counter goes
   back (a restored machine). */
u64 tsc_sched_ns(void);
/* The same, from the tick: also moves the base forward, so that the arithmetic stays small, and
   corrects the frequency where two checks against the PIT find another. */
u64 tsc_tick(void);

#endif
