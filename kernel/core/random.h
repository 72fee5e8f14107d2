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
static inline unsigned long get_random_long(void)
{
	return get_random_u32();
}
/* Uniform in [0, ceil); ceil 0 gives 0. */
u32 get_random_below(u32 ceil);
/* Stir in something unpredictable; from any context. A write to /dev/random ends here too. */
void add_randomness(const void *buf, size_t n);
void add_interrupt_randomness(int irq);

#endif
