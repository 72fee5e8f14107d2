/*
 * Tests: make allocations that may sleep behave as in the worst case. In debug builds every Nth one
 * yields the processor, or reclaims memory first, as if memory were short. A caller must not rely
 * on what it checked before the allocation.
 */
#ifndef MM_PHYS_ALLOC_DEBUG_H
#define MM_PHYS_ALLOC_DEBUG_H

#include "kernel/abi/types.h"
#include "mm/phys/gfp.h"

/* Tests: does this try fail? *after counts how many more succeed before all fail; -1: none fails.
   gfp: of an allocation, which may be one that must not fail; else 0. */
static inline bool should_fail(long *after, gfp_t gfp)
{
	if (likely(*after < 0) || gfp & __GFP_NOFAIL)
		return false;
	if (*after == 0)
		return true;
	--*after;
	return false;
}

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
