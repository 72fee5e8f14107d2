/*
 * kswapd: the kernel thread that frees pages before anybody has to wait for them.
 *
 * The page allocator wakes it when a zone's free pages have fallen below the low watermark. It
 * frees pages until one of the zones that were asked for is above its high watermark, and sleeps
 * again. Meanwhile others allocate down to the min watermark; whoever gets there reclaims for
 * himself (direct reclaim). What is below is for those who free memory, kswapd among them.
 *
 * It is woken too if only a large block is missing. Freed pages may lie beside each other, so it
 * frees some; if there is still no block then, the rest is kcompactd's (compaction.c).
 */
#include "mm/internal.h"
#include "kernel/core/clock.h"
#include "kernel/lib/util.h"
#include "kernel/locking/wait.h"
#include "mm/reclaim/reclaim.h"
#include "mm/reclaim/vmscan.h"

#define MAX_RECLAIM_RETRIES 16		    /* attempts in vain after which kswapd gives up */
#define SHORT_SLEEP	    ((long)HZ / 10) /* ticks */

static DECLARE_WAIT_QUEUE_HEAD(kswapd_wait);
static DECLARE_WAIT_QUEUE_HEAD(pfmemalloc_wait); /* for kswapd to fill the reserve */
static bool kswapd_wanted;
static enum zone_type highest_idx; /* the highest zone that was asked for since it woke */
static unsigned int kswapd_order;  /* and the largest block */
static unsigned int kswapd_failures;

/* Has a zone up to idx enough free pages, and a block of 2^order, so that kswapd is not needed? */
static bool node_balanced(unsigned int order, enum zone_type idx)
{
	struct zone *z;

	for_each_zone (z) {
		if (z > &zones[idx])
			break;
		if (z->managed_pages && zone_free_pages(z) > z->watermark[WMARK_HIGH] &&
		    (!order || zone_has_block(z, order)))
			return true;
	}
	return false;
}

bool kswapd_has_given_up(void)
{
	return kswapd_failures >= MAX_RECLAIM_RETRIES;
}

void kswapd_may_succeed(void)
{
	kswapd_failures = 0;
}

void wakeup_kswapd(gfp_t gfp, unsigned int order, enum zone_type idx)
{
	if (kswapd_has_given_up() || node_balanced(order, idx)) {
		if (!(gfp & __GFP_DIRECT_RECLAIM)) /* a direct reclaimer compacts itself, too */
			wakeup_kcompactd(order, idx);
		return;
	}
	highest_idx = max(highest_idx, idx);
	kswapd_order = max(kswapd_order, order);
	if (kswapd_wanted)
		return;
	kswapd_wanted = true;
	wake_up(&kswapd_wait);
}

/* ---- the reserve ---- */

/* Is half of the reserve left? Only low memory matters: it holds what writing needs. */
static bool allow_direct_reclaim(void)
{
	const struct zone *z = &zones[ZONE_NORMAL];

	return kswapd_has_given_up() || zone_free_pages(z) > z->watermark[WMARK_MIN] / 2;
}

bool throttle_direct_reclaim(gfp_t gfp)
{
	if (current->flags & PF_KTHREAD || fatal_signal_pending(current) || allow_direct_reclaim())
		return false;
	count_vm_event(PGSCAN_DIRECT_THROTTLE);
	wakeup_kswapd(gfp, 0, ZONE_NORMAL);
	/* who may hold locks of a file system must not wait for long: kswapd may want one of them
	 */
	wait_event_killable_timeout(pfmemalloc_wait, allow_direct_reclaim(),
				    gfp & __GFP_FS ? (long)HZ * 5 : (long)HZ);
	return fatal_signal_pending(current);
}

static void wake_throttled(void)
{
	if (allow_direct_reclaim())
		wake_up_all(&pfmemalloc_wait);
}

/* ---- the thread ---- */

/* One scan at sc's priority, for enough pages to lift all zones above their marks. => whether so
   many were scanned that the same priority will do again. */
static bool kswapd_shrink_node(struct scan_control *sc)
{
	struct zone *z;

	sc->nr_to_reclaim = 0;
	for_each_zone (z) {
		if (z <= &zones[sc->reclaim_idx] && z->managed_pages)
			sc->nr_to_reclaim += max(z->watermark[WMARK_HIGH], SWAP_CLUSTER_MAX);
	}
	sc->nr_scanned = 0;
	shrink_node(sc);
	if (sc->nr_reclaimed >=
	    compact_gap(sc->order)) /* if no block has come, more will not help */
		sc->order = 0;
	return sc->nr_scanned >= sc->nr_to_reclaim;
}

/* Active anonymous pages age even while only pages of files are taken. */
static void age_active_anon(struct scan_control *sc)
{
	if (can_age_anon() && inactive_is_low(LRU_INACTIVE_ANON))
		shrink_active_list(SWAP_CLUSTER_MAX, sc, LRU_ACTIVE_ANON);
}

/* Free pages until a zone up to idx is above its high watermark and has a block of 2^order pages,
   or there is nothing to free. => the order of the blocks that there are. */
static unsigned int balance_pgdat(unsigned int order, enum zone_type idx)
{
	struct scan_control sc = {
		.order = order,
		.gfp_mask = GFP_KERNEL,
		.reclaim_idx = idx,
		.priority = DEF_PRIORITY,
		.may_writepage = true,
		.may_unmap = true,
		.may_swap = true,
	};

	count_vm_event(PAGEOUTRUN);
	drain_all_stocks();
	while (sc.priority >= 1 && !node_balanced(sc.order, idx)) {
		unsigned long before = sc.nr_reclaimed;
		bool enough;

		age_active_anon(&sc);
		enough = kswapd_shrink_node(&sc);
		wake_throttled();
		if (!enough || sc.nr_reclaimed == before)
			sc.priority--;
	}
	snapshot_refaults();
	if (!sc.nr_reclaimed)
		kswapd_failures += !node_balanced(0, idx);
	return node_balanced(sc.order, idx) ? sc.order : 0;
}

/* Blocks of 2^order pages were wanted, and there are blocks of 2^reached. First a short sleep:
   memory that is short again at once would wake it in any case. */
static void kswapd_sleep(unsigned int order, unsigned int reached)
{
	node_dirty = node_writeback = false;
	wake_up_all(&pfmemalloc_wait);
	kswapd_wanted = false;
	if (kswapd_has_given_up() || node_balanced(reached, highest_idx))
		wakeup_kcompactd(order, highest_idx);
	if (!kswapd_has_given_up() &&
	    wait_event_interruptible_timeout(kswapd_wait, kswapd_wanted, SHORT_SLEEP)) {
		count_vm_event(KSWAPD_LOW_WMARK_HIT_QUICKLY);
		return;
	}
	if (!kswapd_has_given_up() && !node_balanced(0, highest_idx)) {
		count_vm_event(KSWAPD_HIGH_WMARK_HIT_QUICKLY);
		return;
	}
	highest_idx = ZONE_NORMAL;
	wait_event_interruptible(kswapd_wait, kswapd_wanted);
}

int kswapd(void *unused)
{
	unsigned int order = 0, reached = 0;

	current->flags |= PF_MEMALLOC | PF_KSWAPD;
	for (;;) {
		kswapd_sleep(order, reached);
		order = kswapd_order;
		kswapd_order = 0;
		reached = balance_pgdat(order, highest_idx);
	}
	return 0;
}
