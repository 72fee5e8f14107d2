/*
 * Single bits in arrays of unsigned long. set_bit, clear_bit and the test_and_ forms are one
 * instruction each and so may share a word with an interrupt handler; the forms with two
 * underscores are plain C and may not.
 */
#ifndef KERNEL_LIB_BITOPS_H
#define KERNEL_LIB_BITOPS_H

#include "kernel/lib/util.h"

#define BITS_PER_BYTE	 8
#define BITS_PER_LONG	 ((int)(sizeof(long) * BITS_PER_BYTE))
#define BITS_TO_LONGS(n) DIV_ROUND_UP(n, BITS_PER_LONG)
#define BIT_MASK(n)	 (1UL << ((n) % BITS_PER_LONG))
#define BIT_WORD(n)	 ((n) / BITS_PER_LONG)

static inline bool test_bit(unsigned int n, const unsigned long *p)
{
	return p[BIT_WORD(n)] >> (n % BITS_PER_LONG) & 1;
}
static inline void set_bit(unsigned int n, unsigned long *p)
{
	(void)__atomic_fetch_or(p + BIT_WORD(n), BIT_MASK(n), __ATOMIC_RELAXED);
}
static inline void clear_bit(unsigned int n, unsigned long *p)
{
	(void)__atomic_fetch_and(p + BIT_WORD(n), ~BIT_MASK(n), __ATOMIC_RELAXED);
}
/* These return the bit as it was. */
static inline bool test_and_set_bit(unsigned int n, unsigned long *p)
{
	return __atomic_fetch_or(p + BIT_WORD(n), BIT_MASK(n), __ATOMIC_RELAXED) & BIT_MASK(n);
}
static inline bool test_and_clear_bit(unsigned int n, unsigned long *p)
{
	return __atomic_fetch_and(p + BIT_WORD(n), ~BIT_MASK(n), __ATOMIC_RELAXED) & BIT_MASK(n);
}

static inline void __set_bit(unsigned int n, unsigned long *p)
{
	p[BIT_WORD(n)] |= BIT_MASK(n);
}
static inline void __clear_bit(unsigned int n, unsigned long *p)
{
	p[BIT_WORD(n)] &= ~BIT_MASK(n);
}
static inline bool __test_and_set_bit(unsigned int n, unsigned long *p)
{
	bool old = test_bit(n, p);

	__set_bit(n, p);
	return old;
}
static inline bool __test_and_clear_bit(unsigned int n, unsigned long *p)
{
	bool old = test_bit(n, p);

	__clear_bit(n, p);
	return old;
}

/* Number of set bits. */
static inline unsigned int hweight32(u32 w)
{
	w -= (w >> 1) & 0x55555555;
	w = (w & 0x33333333) + ((w >> 2) & 0x33333333);
	w = (w + (w >> 4)) & 0x0f0f0f0f;
	return (w * 0x01010101) >> 24;
}
static inline unsigned int hweight_long(unsigned long w)
{
	return hweight32((u32)w) + (sizeof(w) > 4 ? hweight32((u32)((u64)w >> 32)) : 0);
}

#endif
