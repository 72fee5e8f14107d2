/*
 * Small macros of everyday use: containers, minimum and maximum, alignment, powers of two.
 */
#ifndef KERNEL_LIB_UTIL_H
#define KERNEL_LIB_UTIL_H

#include "kernel/abi/types.h"

#ifndef static_assert
#	define static_assert _Static_assert
#endif

/* The structure whose member `member` is at `ptr`. */
#define container_of(ptr, type, member)                                \
	({                                                             \
		const __typeof__(((type *)0)->member) *__mptr = (ptr); \
		(type *)((char *)__mptr - offsetof(type, member));     \
	})
#define ARRAY_SIZE(a)	      (sizeof(a) / sizeof((a)[0]))
#define sizeof_field(type, f) (sizeof(((type *)0)->f))

#define min(a, b)                                      \
	({                                             \
		__typeof__(a) __min_a = (a);           \
		__typeof__(b) __min_b = (b);           \
		__min_a < __min_b ? __min_a : __min_b; \
	})
#define max(a, b)                                      \
	({                                             \
		__typeof__(a) __max_a = (a);           \
		__typeof__(b) __max_b = (b);           \
		__max_a > __max_b ? __max_a : __max_b; \
	})
#define min_t(type, a, b) min((type)(a), (type)(b))
#define clamp(v, lo, hi)  min(max(v, lo), hi)
#define swap(a, b)                              \
	do {                                    \
		__typeof__(a) __swap_tmp = (a); \
		(a) = (b);                      \
		(b) = __swap_tmp;               \
	} while (0)

/* ALIGN needs a power of two, rounddown takes any step. */
#define ALIGN(x, a)	   (((x) + ((__typeof__(x))(a)-1)) & ~((__typeof__(x))(a)-1))
#define ALIGN_DOWN(x, a)   ((x) & ~((__typeof__(x))(a)-1))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define rounddown(x, y)	   ((x) / (y) * (y))
#define BIT(n)		   (1UL << (n))
#define BIT_ULL(n)	   (1ULL << (n))

static inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* Position of the last set bit, counted from 1; 0 if there is none. */
static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}
static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}
/* Number of the lowest (highest, lowest zero) bit, counted from 0. There must be one. */
static inline unsigned int __ffs(unsigned long x)
{
	return __builtin_ctzl(x);
}
static inline unsigned int __fls(unsigned long x)
{
	return sizeof(long) * 8 - 1 - __builtin_clzl(x);
}
/* Logarithm to base 2, rounded down; n > 0. */
#define ilog2(n) ((int)__fls(n))
static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1UL << (ilog2(n - 1) + 1);
}

#endif
