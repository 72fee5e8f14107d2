/*
 * Compaction: turns scattered free frames into large free blocks. In each zone two scanners move
 * towards each other: one from the bottom finds pages that can be moved, the other from the top
 * finds free frames for them. When they meet, movable pages are at the top and free frames below
 * them; the kernel's own pages stay where they are.
 *
 * A caller that must have a large block compacts memory itself. For those that can do without one,
 * the thread kcompactd does it in the background, and stops when there is such a block.
 */
#include "kernel/locking/wait.h"
#include "mm/internal.h"
#include "kernel/sched/sched.h"
#include "mm/phys/page_alloc.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/reclaim.h"

#define PAGEBLOCK_PAGES 1024 /* after so many, look whether there is a block */
#define ALL_OF_ZONE	MAX_ORDER

#define COMPACT_MAX_DEFER_SHIFT 6

struct compact_control {
	struct zone *zone;
	unsigned int order;	   /* a free block of 2^order pages is enough; or ALL_OF_ZONE */
	unsigned long migrate_pfn; /* all below has been looked at */
	unsigned long free_pfn;	   /* no free frame is taken from here on */
	unsigned long total_migrate_scanned, total_free_scanned;
};

/* Can the page be moved? Then the caller has a reference to it, and its lock. Nothing sleeps. */
static bool isolate_migratepage(struct page *page)
{
	if (PageBuddy(page) || PageReserved(page) || PageSlab(page) || PageHWPoison(page) ||
	    !page_count(page) || !is_user_page(page))
		return false;
	if (PageWriteback(page) || !trylock_page(page)) /* the disk reads the frame */
		return false;
	get_page(page);
	count_vm_event(COMPACTISOLATED);
	return true;
}

/* False: there is no free frame above the page any more. */
static bool compact_page(struct compact_control *cc, struct page *page)
{
	unsigned long free_pfn = cc->free_pfn;
	struct page *new;

	if (!isolate_migratepage(page))
		return true;
	new = take_highest_free_page(cc->zone, cc->migrate_pfn, &cc->free_pfn);
	cc->total_free_scanned += free_pfn - cc->free_pfn;
	if (new)
		migrate_page(page, new);
	unlock_page(page);
	put_page(page);
	return new;
}

/* Is there a block as wanted? Pages that were freed one by one have to merge for that. */
static bool compact_finished(const struct compact_control *cc)
{
	if (cc->migrate_pfn % PAGEBLOCK_PAGES || cc->order == ALL_OF_ZONE)
		return false;
	drain_all_pages();
	return zone_has_block(cc->zone, cc->order);
}

/* => is there a block as wanted? */
static bool compact_zone(struct compact_control *cc)
{
	cc->migrate_pfn = cc->zone->start_pfn;
	cc->free_pfn = cc->zone->end_pfn;
	while (cc->migrate_pfn < cc->free_pfn && !compact_finished(cc)) {
		cc->total_migrate_scanned++;
		if (!compact_page(cc, pfn_to_page(cc->migrate_pfn)))
			break;
		cc->migrate_pfn++;
		cond_resched();
	}
	drain_all_pages();
	vm_event_counters[COMPACTMIGRATE_SCANNED] += cc->total_migrate_scanned;
	vm_event_counters[COMPACTFREE_SCANNED] += cc->total_free_scanned;
	return zone_has_block(cc->zone, cc->order);
}

void compact_memory(void)
{
	struct zone *z;

	drain_all_stocks(); /* pages in stocks and hot lists keep blocks from merging */
	for_each_zone (z) {
		struct compact_control cc = {.zone = z, .order = ALL_OF_ZONE};

		compact_zone(&cc);
	}
}

/* ---- kcompactd ---- */

static DECLARE_WAIT_QUEUE_HEAD(kcompactd_wait);
static unsigned int kcompactd_max_order;     /* the largest block that was asked for; 0: none */
static enum zone_type kcompactd_highest_idx; /* and the highest zone */

/* Is the zone without such a block, though enough is free to make one? */
static bool compaction_suitable(const struct zone *z, unsigned int order)
{
	enum zone_watermarks mark = order > PAGE_ALLOC_COSTLY_ORDER ? WMARK_LOW : WMARK_MIN;

	return !zone_has_block(z, order) &&
	       zone_free_pages(z) > z->watermark[mark] + compact_gap(order);
}

/* After a failure, others are likely: the next attempts are left out, twice as many each time. */
static void defer_compaction(struct zone *z, unsigned int order)
{
	z->compact_considered = 0;
	z->compact_defer_shift = min(z->compact_defer_shift + 1, COMPACT_MAX_DEFER_SHIFT);
	z->compact_order_failed = min(z->compact_order_failed, order);
}

static void compaction_defer_reset(struct zone *z, unsigned int order)
{
	z->compact_considered = z->compact_defer_shift = 0;
	z->compact_order_failed = max(z->compact_order_failed, order + 1);
}

static bool compaction_deferred(struct zone *z, unsigned int order)
{
	return order >= z->compact_order_failed &&
	       ++z->compact_considered < 1U << z->compact_defer_shift;
}

static void kcompactd_do_work(unsigned int order, enum zone_type idx)
{
	struct zone *z;

	count_vm_event(KCOMPACTD_WAKE);
	drain_all_stocks();
	for_each_zone (z) {
		struct compact_control cc = {.zone = z, .order = order};

		if (z > &zones[idx] || compaction_deferred(z, order) ||
		    !compaction_suitable(z, order))
			continue;
		if (compact_zone(&cc))
			compaction_defer_reset(z, order);
		else
			defer_compaction(z, order);
		vm_event_counters[KCOMPACTD_MIGRATE_SCANNED] += cc.total_migrate_scanned;
		vm_event_counters[KCOMPACTD_FREE_SCANNED] += cc.total_free_scanned;
	}
}

void wakeup_kcompactd(unsigned int order, enum zone_type idx)
{
	const struct zone *z;

	if (!order)
		return;
	for (z = zones; z <= &zones[idx] && !compaction_suitable(z, order);)
		z++;
	if (z > &zones[idx])
		return;
	kcompactd_max_order = max(kcompactd_max_order, order);
	kcompactd_highest_idx = max(kcompactd_highest_idx, idx);
	wake_up(&kcompactd_wait);
}

int kcompactd(void *unused)
{
	for (;;) {
		unsigned int order;

		wait_event_interruptible(kcompactd_wait, kcompactd_max_order);
		order = kcompactd_max_order;
		kcompactd_do_work(order, kcompactd_highest_idx);
		if (kcompactd_max_order > order) /* asked for meanwhile */
			continue;
		kcompactd_max_order = 0;
		kcompactd_highest_idx = ZONE_NORMAL;
	}
	return 0;
}
