/*
 * Allocations that sleep on purpose. See alloc_debug.h.
 */
#include "mm/phys/alloc_debug.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/spinlock.h"
#include "mm/phys/page_alloc.h"

#if MAPIX_DEBUG
int alloc_yield, alloc_reclaim;

void alloc_debug_init(void)
{
	sleep_yield = cmdline_get_ulong("mapix.sleep_yield", 0);
	alloc_yield = cmdline_get_ulong("mapix.alloc_yield", 0);
	alloc_reclaim = cmdline_get_ulong("mapix.alloc_reclaim", 0);
}

/* As the page allocator does when memory is short; but not for what reclaim itself allocates. */
static void reclaim_now(gfp_t gfp)
{
	static bool reclaiming;

	if (reclaiming || gfp & __GFP_MEMALLOC || !reclaim_hook)
		return;
	reclaiming = true;
	reclaim_hook(gfp, 0);
	drain_all_stocks();
	reclaiming = false;
}

void alloc_may_sleep(gfp_t gfp)
{
	static unsigned int yields, reclaims;

	if (!(gfp & __GFP_DIRECT_RECLAIM))
		return;
	might_sleep();
	if (nth_turn(&reclaims, alloc_reclaim))
		reclaim_now(gfp);
	if (nth_turn(&yields, alloc_yield))
		sleep_hook();
}
#endif
