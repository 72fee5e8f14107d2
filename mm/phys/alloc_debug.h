/*
 * Tests: make allocations that may sleep behave as in the worst case. In debug builds every Nth one
 * yields the processor, or reclaims memory first, as if memory were short. A caller must not rely
 * on what it checked before the allocation.
 */
#ifndef MM_PHYS_ALLOC_DEBUG_H
#define MM_PHYS_ALLOC_DEBUG_H

#include "kernel/abi/types.h"

#if MAPIX_DEBUG
/* N, and 0 for never: /proc/sys/debug/alloc_yield and alloc_reclaim. */
extern int alloc_yield, alloc_reclaim;
/* Boot, once tasks run: the options mapix.alloc_yield=N and mapix.alloc_reclaim=N. */
void alloc_debug_init(void);
/* At the top of every allocation. */
void alloc_may_sleep(gfp_t gfp);
#else
#	define alloc_reclaim 0
static inline void alloc_debug_init(void)
{
}
static inline void alloc_may_sleep(gfp_t gfp)
{
}
#endif

#endif
