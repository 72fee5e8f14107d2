/*
 * Division of 64-bit numbers on a 32-bit processor. A plain `/` works too (kernel/x86/div64.c
 * replaces the compiler's library); these are faster where the divisor fits in 32 bits.
 */
#ifndef KERNEL_X86_DIV64_H
#define KERNEL_X86_DIV64_H

#include "kernel/abi/types.h"

/* (hi:lo) / d with hi < d: one divl. */
static inline u32 __div_u64_u32(u32 hi, u32 lo, u32 d, u32 *rem)
{
	u32 q;

	__asm__("divl %4" : "=a"(q), "=d"(*rem) : "a"(lo), "d"(hi), "rm"(d) : "cc");
	return q;
}
/* The quotient; the remainder in *rem. d is not 0. */
static inline u64 div_u64_rem(u64 n, u32 d, u32 *rem)
{
	u32 hi = n >> 32, qhi = 0, qlo;

	if (hi >= d) {
		qhi = hi / d;
		hi %= d;
	}
	qlo = __div_u64_u32(hi, (u32)n, d, rem);
	return (u64)qhi << 32 | qlo;
}
static inline u64 div_u64(u64 n, u32 d)
{
	u32 rem;

	return div_u64_rem(n, d, &rem);
}
/* Rounds toward zero, as C does; the remainder has n's sign. d > 0. */
static inline s64 div_s64_rem(s64 n, s32 d, s32 *rem)
{
	u32 r;
	u64 q = div_u64_rem(n < 0 ? -(u64)n : (u64)n, d, &r);

	*rem = n < 0 ? -(s32)r : (s32)r;
	return n < 0 ? -(s64)q : (s64)q;
}
/* Any divisor. */
u64 div64_u64_rem(u64 n, u64 d, u64 *rem);

#endif
