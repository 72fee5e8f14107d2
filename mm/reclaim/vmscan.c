/*
 * Page reclaim, the policy: how much of which list is scanned. When memory is short, pages are
 * freed that were not used for the longest time, and caches of kernel objects become smaller.
 *
 * An attempt begins with a small part of each list (DEF_PRIORITY), and doubles that part until
 * enough pages are free. Whether anonymous pages or those of files are taken is decided by what
 * each would cost: swappiness, and how many pages of each kind had to be written lately.
 *
 * docs/reclaim.md tells the whole story.
 */
#include "mm/internal.h"
#include "kernel/lib/util.h"
#include "kernel/locking/wait.h"
#include "kernel/x86/div64.h"
#include "libc/include/string.h"
#include "mm/cache/shrinker.h"
#include "mm/phys/slab.h"
#include "mm/reclaim/oom.h"
#include "mm/reclaim/reclaim.h"
#include "mm/phys/alloc_debug.h"
#include "mm/reclaim/vmscan.h"
#include "mm/swap/swap.h"

#define MAX_SWAPPINESS 200

/* The cost of reading an anonymous page again, relative to a page of a file: 100 means the same. */
int vm_swappiness = 60;

bool node_dirty, node_writeback;

bool can_age_anon(void)
{
	return total_swap_pages > 0;
}

/* Pages of a list that stand in zones up to idx. */
static unsigned long lruvec_lru_size(enum lru_list lru, enum zone_type idx)
{
	unsigned long size = zone_lru_pages(ZONE_NORMAL, lru);

	return idx == ZONE_HIGHMEM ? size + zone_lru_pages(ZONE_HIGHMEM, lru) : size;
}

bool inactive_is_low(enum lru_list inactive)
{
	unsigned long nr_inactive = nr_lru_pages(inactive);
	unsigned long nr_active = nr_lru_pages(inactive + 1);

	/* Linux lets a list of several GiB be more active than inactive; 4 GiB make little
	   difference */
	return nr_inactive < nr_active;
}

/* ---- how many pages to scan ---- */

enum scan_balance {
	SCAN_EQUAL, /* the same part of each list */
	SCAN_FRACT, /* by cost */
	SCAN_ANON,  /* one kind only */
	SCAN_FILE
};

static bool can_reclaim_anon(void)
{
	return get_nr_swap_pages() > 0;
}

/* Decide once for a round which pages may be taken at all. */
static void prepare_scan_count(struct scan_control *sc)
{
	unsigned long inactive = nr_lru_pages(LRU_INACTIVE_FILE);
	unsigned long file = inactive + nr_lru_pages(LRU_ACTIVE_FILE);
	unsigned long high = zones[ZONE_NORMAL].watermark[WMARK_HIGH];

	if (zones[ZONE_HIGHMEM].managed_pages)
		high += zones[ZONE_HIGHMEM].watermark[WMARK_HIGH];
	sc->may_deactivate[false] =
		sc->force_deactivate || refaults_seen(false) || inactive_is_low(LRU_INACTIVE_ANON);
	sc->may_deactivate[true] =
		sc->force_deactivate || refaults_seen(true) || inactive_is_low(LRU_INACTIVE_FILE);
	sc->cache_trim_mode = inactive >> sc->priority && !sc->may_deactivate[true];
	sc->file_is_tiny = file + nr_free_pages() <= high && !sc->may_deactivate[false] &&
			   nr_lru_pages(LRU_INACTIVE_ANON) >> sc->priority;
}

static enum scan_balance scan_balance(const struct scan_control *sc)
{
	if (!sc->may_swap || !can_reclaim_anon())
		return SCAN_FILE;
	if (!sc->priority && vm_swappiness)
		return SCAN_EQUAL; /* close to the OOM killer: whatever there is */
	if (sc->file_is_tiny)
		return SCAN_ANON;
	return sc->cache_trim_mode ? SCAN_FILE : SCAN_FRACT;
}

/* The shares of the anonymous lists and those of files. They are the smaller, the more of their
   pages had to be written; but none is below a third of what swappiness gives it. */
static void scan_fractions(u64 fraction[2])
{
	u64 total = node_lruvec.cost[false] + node_lruvec.cost[true];
	u64 anon = total + node_lruvec.cost[false], file = total + node_lruvec.cost[true];

	total = anon + file;
	fraction[false] = div_u64(vm_swappiness * (total + 1), anon + 1);
	fraction[true] = div_u64((MAX_SWAPPINESS - vm_swappiness) * (total + 1), file + 1);
}

/* How many pages of each list to scan in this round. */
static void get_scan_count(const struct scan_control *sc, unsigned long nr[NR_LRU_LISTS])
{
	enum scan_balance balance = scan_balance(sc);
	u64 fraction[2];
	u32 whole;

	scan_fractions(fraction);
	whole = fraction[false] + fraction[true];
	for (enum lru_list lru = 0; lru < LRU_UNEVICTABLE; lru++) {
		u64 scan = lruvec_lru_size(lru, sc->reclaim_idx) >> sc->priority;

		if (balance == SCAN_FRACT)
			scan = div_u64(scan * fraction[is_file_lru(lru)] + whole - 1, whole);
		else if (balance != SCAN_EQUAL && is_file_lru(lru) != (balance == SCAN_FILE))
			scan = 0;
		nr[lru] = scan;
	}
}

/* ---- the lists ---- */

static unsigned long shrink_list(enum lru_list lru, unsigned long nr_to_scan,
				 struct scan_control *sc)
{
	if (!is_active_lru(lru))
		return shrink_inactive_list(nr_to_scan, sc, lru);
	if (sc->may_deactivate[is_file_lru(lru)])
		shrink_active_list(nr_to_scan, sc, lru);
	else
		sc->skipped_deactivate = true;
	return 0;
}

/* What of a list is left to scan, if only `percentage` of what was planned has to be scanned. */
static unsigned long left_to_scan(unsigned long target, unsigned long left,
				  unsigned long percentage)
{
	unsigned long scanned = target - left, wanted = target * percentage / 100;

	return wanted - min(wanted, scanned);
}

/*
 * Enough pages have been freed, so scan no more than is fair: of the two kinds, the one with less
 * left to scan is done, and of the other one as large a part is scanned as of that.
 * False: one of them was not to be scanned at all.
 */
static bool scan_proportionally(const unsigned long targets[NR_LRU_LISTS],
				unsigned long nr[NR_LRU_LISTS])
{
	unsigned long nr_anon = nr[LRU_INACTIVE_ANON] + nr[LRU_ACTIVE_ANON];
	unsigned long nr_file = nr[LRU_INACTIVE_FILE] + nr[LRU_ACTIVE_FILE];
	enum lru_list done = nr_file > nr_anon ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE;
	enum lru_list other = nr_file > nr_anon ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
	unsigned long target = targets[done] + targets[done + 1] + 1, percentage;

	if (!nr_file || !nr_anon)
		return false;
	percentage = 100 - min(nr_anon, nr_file) * 100 / target;
	nr[done] = nr[done + 1] = 0;
	nr[other] = left_to_scan(targets[other], nr[other], percentage);
	nr[other + 1] = left_to_scan(targets[other + 1], nr[other + 1], percentage);
	return true;
}

/* One batch of each list that has pages left to scan. */
static unsigned long shrink_lists_once(unsigned long nr[NR_LRU_LISTS], struct scan_control *sc)
{
	unsigned long freed = 0;

	for (enum lru_list lru = 0; lru < LRU_UNEVICTABLE; lru++) {
		unsigned long batch = min(nr[lru], SWAP_CLUSTER_MAX);

		nr[lru] -= batch;
		if (batch)
			freed += shrink_list(lru, batch, sc);
	}
	return freed;
}

static void shrink_lruvec(struct scan_control *sc)
{
	/* the first round of a direct reclaim is short in any case: all of it is done */
	bool all = !current_is_kswapd() && sc->priority == DEF_PRIORITY;
	unsigned long nr[NR_LRU_LISTS], targets[NR_LRU_LISTS], freed = 0;
	bool adjusted = all;

	get_scan_count(sc, nr);
	memcpy(targets, nr, sizeof(targets));
	while (nr[LRU_INACTIVE_ANON] || nr[LRU_ACTIVE_FILE] || nr[LRU_INACTIVE_FILE]) {
		freed += shrink_lists_once(nr, sc);
		cond_resched();
		if (freed < sc->nr_to_reclaim || adjusted)
			continue;
		if (!scan_proportionally(targets, nr))
			break;
		adjusted = true;
	}
	sc->nr_reclaimed += freed;
	/* let the inactive list not run dry, even if no page of it is wanted now */
	if (can_age_anon() && inactive_is_low(LRU_INACTIVE_ANON))
		shrink_active_list(SWAP_CLUSTER_MAX, sc, LRU_ACTIVE_ANON);
}

/* ---- a round ---- */

#define THROTTLE_WAIT ((long)HZ / 10) /* ticks */

static DECLARE_WAIT_QUEUE_HEAD(throttled);
static unsigned long nr_reclaim_written; /* pages that reclaim waited for, and that were written */

void reclaim_throttle(long timeout)
{
	unsigned long before = nr_reclaim_written;

	wait_event_killable_timeout(throttled, nr_reclaim_written != before, timeout);
}

void reclaim_page_written(void)
{
	nr_reclaim_written++;
	wake_up_all(&throttled);
	oom_page_written();
}

/* Is it of no use to scan on, before the disk has written something? */
static void throttle_if_congested(const struct scan_control *sc)
{
	bool congested = sc->nr.taken && sc->nr.writeback + sc->nr.immediate >= sc->nr.taken / 2;

	if (current_is_kswapd()) {
		node_writeback = sc->nr.writeback && sc->nr.writeback == sc->nr.taken;
		node_dirty = sc->nr.file_taken && sc->nr.unqueued_dirty == sc->nr.file_taken;
		if (sc->nr.immediate)
			reclaim_throttle(THROTTLE_WAIT);
	} else if (congested && !sc->nr_reclaimed) {
		reclaim_throttle(THROTTLE_WAIT);
	}
}

void shrink_node(struct scan_control *sc)
{
	unsigned long before = sc->nr_reclaimed;

	memset(&sc->nr, 0, sizeof(sc->nr));
	prepare_scan_count(sc);
	shrink_lruvec(sc);
	if (sc->gfp_mask & __GFP_FS)
		shrink_slab(sc->gfp_mask, sc->priority);
	sc->nr_reclaimed += kmem_cache_shrink_all();
	throttle_if_congested(sc);
	if (sc->nr_reclaimed != before)
		kswapd_may_succeed();
}

/* ---- direct reclaim ---- */

/* From a small part of the lists to all of them, until enough is free. */
#define FORCED_PRIORITY 3 /* for tests: an eighth of the lists, as if memory were short */

static void do_try_to_free_pages(struct scan_control *sc)
{
	if (alloc_reclaim) {
		sc->priority = FORCED_PRIORITY;
		shrink_node(sc);
		return;
	}
	for (sc->priority = DEF_PRIORITY; sc->priority >= 0; sc->priority--) {
		shrink_node(sc);
		if (sc->nr_reclaimed >= sc->nr_to_reclaim)
			break;
	}
	snapshot_refaults();
	if (sc->nr_reclaimed || !sc->skipped_deactivate)
		return;
	/* active pages are all that is left */
	sc->force_deactivate = true;
	sc->skipped_deactivate = false;
	do_try_to_free_pages(sc);
}

/* By the highest zone that the allocation allows; Linux has one for movable pages above the others.
 */
static void count_stall(gfp_t gfp)
{
	if (!(gfp & __GFP_HIGHMEM))
		count_vm_event(ALLOCSTALL_NORMAL);
	else
		count_vm_event(gfp & __GFP_MOVABLE ? ALLOCSTALL_MOVABLE : ALLOCSTALL_HIGH);
}

/* The page allocator's reclaim_hook. => pages freed; 0 lets the allocation fail. */
static int try_to_free_pages(gfp_t gfp, unsigned int order)
{
	struct scan_control sc = {
		.nr_to_reclaim = SWAP_CLUSTER_MAX << order,
		.gfp_mask = gfp,
		.reclaim_idx = gfp & __GFP_HIGHMEM ? ZONE_HIGHMEM : ZONE_NORMAL,
		.may_writepage = true,
		.may_unmap = true,
		.may_swap = true,
	};

	/* reclaim does not enter itself: what it allocates comes from the reserve */
	if (current->flags & PF_MEMALLOC)
		return 0;
	if (throttle_direct_reclaim(gfp))
		return 1; /* it dies: it may have some of the reserve */
	count_stall(gfp);
	current->flags |= PF_MEMALLOC;
	do_try_to_free_pages(&sc);
	current->flags &= ~PF_MEMALLOC;
	return sc.nr_reclaimed;
}

/* ---- boot ---- */

static void count_mlock(struct page *page, struct vm_area_struct *vma, unsigned long address,
			pte_t *pte, void *mlocks)
{
	*(unsigned int *)mlocks += vma_locks_pages(vma);
}

static unsigned int count_mlocks(struct page *page)
{
	unsigned int mlocks = 0;

	rmap_walk(page, count_mlock, &mlocks);
	return mlocks;
}

void reclaim_init(void)
{
	reclaim_hook = try_to_free_pages;
	wakeup_kswapd_hook = wakeup_kswapd;
	lru_release_hook = lru_cache_del;
	count_mlocks_hook = count_mlocks;
	workingset_init();
	oom_init();
}
