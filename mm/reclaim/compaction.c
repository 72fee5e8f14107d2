/*
 * Compaction: turns scattered free frames into large free blocks. In each zone two scanners move
 * towards each other: one from the bottom finds pages that can be moved, the other from the top
 * finds free frames for them. When they meet, movable pages are at the top and free frames below
 * them; the kernel's own pages stay where they are.
 */
#include "mm/internal.h"
#include "kernel/sched/sched.h"
#include "mm/phys/page_alloc.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/reclaim.h"

struct compact_control {
	struct zone *zone;
	unsigned long migrate_pfn; /* all below has been looked at */
	unsigned long free_pfn;	   /* no free frame is taken from here on */
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
	vm_event_counters[COMPACTFREE_SCANNED] += free_pfn - cc->free_pfn;
	if (new)
		migrate_page(page, new);
	unlock_page(page);
	put_page(page);
	return new;
}

static void compact_zone(struct zone *zone)
{
	struct compact_control cc = {
		.zone = zone,
		.migrate_pfn = zone->start_pfn,
		.free_pfn = zone->end_pfn,
	};

	for (; cc.migrate_pfn < cc.free_pfn; cc.migrate_pfn++) {
		count_vm_event(COMPACTMIGRATE_SCANNED);
		if (!compact_page(&cc, pfn_to_page(cc.migrate_pfn)))
			break;
		cond_resched();
	}
}

void compact_memory(void)
{
	struct zone *z;

	drain_all_stocks(); /* pages in stocks and hot lists keep blocks from merging */
	for_each_zone (z)
		compact_zone(z);
	drain_all_pages();
}
