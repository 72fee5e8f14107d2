/*
 * The programmable interval timer: the tick, and a yardstick for the time stamp counter.
 */
#ifndef KERNEL_X86_PIT_H
#define KERNEL_X86_PIT_H

#define PIT_IRQ 0
/* Interrupt HZ times a second on line PIT_IRQ from now on. */
void pit_start_tick(void);
#define PIT_TICK_RATE 1193182 /* Hz */

/* Let channel 2 count for 54.9 ms, in PIT_TICK_RATE. The next call begins anew. */
void pit_start_count(void);
/* Take hold of the count as it is now; then: how much has been counted since the start, or -1 if
   the count is over. Interrupts are off around the two. */
void pit_latch_count(void);
int pit_latched_count(void);

#endif
