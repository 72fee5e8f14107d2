/*
 * The functions that the compiler calls for `/` and `%` of 64-bit operands and for __builtin_ctzll.
 * The kernel is not linked with the compiler's library, so that all of its code is in this source
 * tree.
 */
#include "kernel/lib/util.h"
#include "kernel/x86/div64.h"

u64 __udivdi3(u64 n, u64 d);
u64 __umoddi3(u64 n, u64 d);
u64 __udivmoddi4(u64 n, u64 d, u64 *rem);
s64 __divdi3(s64 n, s64 d);
s64 __moddi3(s64 n, s64 d);
s64 __divmoddi4(s64 n, s64 d, s64 *rem);
int __ctzdi2(u64 n);

u64 div64_u64_rem(u64 n, u64 d, u64 *rem)
{
	u64 q = 0;
	u32 r;
	int shift;

	if (!(d >> 32)) {
		q = div_u64_rem(n, (u32)d, &r);
		*rem = r;
		return q;
	}
	/* The divisor has more than 32 bits, so the quotient has fewer: at most 31 steps of long
	   division. */
	for (shift = fls64(n) - fls64(d); shift >= 0; shift--) {
		if (n >= d << shift) {
			n -= d << shift;
			q |= 1ULL << shift;
		}
	}
	*rem = n;
	return q;
}

/* The calls follow the kernel's own convention (-mregparm=3), so plain functions serve. */
u64 __udivmoddi4(u64 n, u64 d, u64 *rem)
{
	return div64_u64_rem(n, d, rem);
}
u64 __udivdi3(u64 n, u64 d)
{
	u64 rem;

	return div64_u64_rem(n, d, &rem);
}
u64 __umoddi3(u64 n, u64 d)
{
	u64 rem;

	div64_u64_rem(n, d, &rem);
	return rem;
}

s64 __divmoddi4(s64 n, s64 d, s64 *rem)
{
	u64 r, q = div64_u64_rem(n < 0 ? -(u64)n : (u64)n, d < 0 ? -(u64)d : (u64)d, &r);

	*rem = n < 0 ? -(s64)r : (s64)r;
	return (n < 0) != (d < 0) ? -(s64)q : (s64)q;
}
s64 __divdi3(s64 n, s64 d)
{
	s64 rem;

	return __divmoddi4(n, d, &rem);
}
s64 __moddi3(s64 n, s64 d)
{
	s64 rem;

	__divmoddi4(n, d, &rem);
	return rem;
}

int __ctzdi2(u64 n)
{
	return (u32)n ? __builtin_ctz((u32)n) : 32 + __builtin_ctz((u32)(n >> 32));
}
