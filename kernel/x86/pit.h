/*
 * The programmable interval timer: the tick, and the reference for calibrating the TSC.
 */
#ifndef KERNEL_X86_PIT_H
#define KERNEL_X86_PIT_H

#define PIT_IRQ 0
/* Interrupt HZ times a second on line PIT_IRQ from now on. */
void pit_start_tick(void);
#define PIT_TICK_RATE 1193182 /* Hz */

/* Start channel 2, which counts for 54.9 ms at PIT_TICK_RATE. Another call restarts it. */
void pit_start_count(void);
/* Latch the current count; then read how much has been counted since the start, or -1 if the count
   has run out. The caller disables interrupts around both calls. */
void pit_latch_count(void);
int pit_latched_count(void);

#endif
