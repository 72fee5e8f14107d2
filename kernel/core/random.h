/*
 * Random numbers: ChaCha20 keyed from what differs from boot to boot (time stamps of interrupts,
 * the clock, the processor's own generator where it has one).
 */
#ifndef KERNEL_CORE_RANDOM_H
#define KERNEL_CORE_RANDOM_H

#include "kernel/abi/types.h"

void random_init(void);
void get_random_bytes(void *buf, size_t n);
u32 get_random_u32(void);
/* Stir in something unpredictable; from any context. A write to /dev/random ends here too. */
void add_randomness(const void *buf, size_t n);
void add_interrupt_randomness(int irq);

#endif
