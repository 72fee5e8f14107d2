/*
 * Random numbers: ChaCha20 keyed from what differs from boot to boot (time stamps of interrupts,
 * the clock, the processor's own generator where it has one).
 */
#ifndef KERNEL_CORE_RANDOM_H
#define KERNEL_CORE_RANDOM_H

#include "kernel/abi/types.h"

/* Boot, once the clocks run: make the first key. */
void random_init(void);
/* Fill buf with n random bytes, or return a random word. From any context; they never fail or wait.
 */
void get_random_bytes(void *buf, size_t n);
u32 get_random_u32(void);
/* Stir in something unpredictable; from any context. A write to /dev/random ends here too. */
void add_randomness(const void *buf, size_t n);
/* Called at every interrupt, with interrupts off: stir in its line and the time. */
void add_interrupt_randomness(int irq);

#endif
