/*
 * The programmable interval timer: the tick, and a yardstick for the time stamp counter.
 */
#ifndef KERNEL_X86_PIT_H
#define KERNEL_X86_PIT_H

/* Start the tick: HZ interrupts a second on line 0. After init_IRQ and the slab allocator. */
void pit_init(void);
/* Busy-wait by channel 2, up to 50 ms. Needs no interrupts. */
void pit_wait_ms(unsigned int ms);

#endif
