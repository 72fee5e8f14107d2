/*
 * The time stamp counter as a clock.
 */
#ifndef KERNEL_X86_TSC_H
#define KERNEL_X86_TSC_H

#include "kernel/abi/types.h"

/* Measure the frequency against the PIT, and start the clock. Takes about 30 ms. With the boot
   option tsc_early_khz there is no measurement. */
void tsc_init(void);
/* Nanoseconds since tsc_init; never goes back. 0 before. */
u64 tsc_ns(void);
/* A faster variant for the scheduler. Interrupts must be off. It goes back if the counter does (a
   restored virtual machine). */
u64 tsc_sched_ns(void);
/* The variant for the tick. It also moves the base forward, so that the product does not overflow,
   and corrects the frequency when two checks against the PIT find a different one. */
u64 tsc_tick(void);

#endif
