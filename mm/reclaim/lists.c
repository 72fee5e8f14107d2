/*
 * Page reclaim, the lists: taking batches of pages off the tails, and putting back what remains.
 */
#include "mm/internal.h"
#include "kernel/fs/writeback.h"
#include "kernel/lib/util.h"
#include "mm/reclaim/vmscan.h"

#define MAX_SKIPPED 1024 /* pages of other zones that one batch may pass over */

/*
 * Take pages off the tail of a list, up to `nr`. Pages of zones that do not help are passed over:
 * they go to the head of the list, so that the next batch does not meet them again. => pages taken;
 * *scanned: looked at.
 */
static unsigned long isolate_lru_pages(unsigned long nr, struct list_head *dst,
				       unsigned long *scanned, const struct scan_control *sc,
				       enum lru_list lru)
{
	struct list_head *src = &node_lruvec.lists[lru];
	unsigned long taken = 0, skipped = 0;

	*scanned = 0;
	while (*scanned < nr && skipped < MAX_SKIPPED && !list_empty(src)) {
		struct page *page = list_last_entry(src, struct page, lru);

		if (page_zonenum(page) > sc->reclaim_idx) {
			list_move(&page->lru, src);
			count_vm_event(PGSKIP_HIGH);
			skipped++;
			continue;
		}
		++*scanned;
		if (!sc->may_unmap && page_mapped(page)) {
			list_move(&page->lru, src);
			continue;
		}
		isolate_lru_page(page);
		list_add(&page->lru, dst);
		taken++;
	}
	node_lruvec.nr_isolated[is_file_lru(lru)] += taken;
	return taken;
}

/* Put the pages back where their flags say. They were `taken` when they were isolated. */
static void putback_pages(struct list_head *pages, enum lru_list lru, unsigned long taken)
{
	while (!list_empty(pages)) {
		struct page *page = list_last_entry(pages, struct page, lru);

		list_del(&page->lru);
		if (PageActive(page))
			workingset_age_nonresident(1UL << compound_order(page));
		putback_lru_page(page);
	}
	node_lruvec.nr_isolated[is_file_lru(lru)] -= taken;
}

/* ---- inactive ---- */

#define ISOLATED_WAIT ((long)HZ / 50) /* ticks */

/* If other tasks hold more pages than there are left, this one waits, lest it finds that there is
   nothing to free. */
static bool too_many_isolated(const struct scan_control *sc, enum lru_list lru)
{
	return !current_is_kswapd() && sc->gfp_mask & __GFP_FS &&
	       node_lruvec.nr_isolated[is_file_lru(lru)] > nr_lru_pages(lru);
}

static void count_scan(unsigned long scanned, bool file)
{
	vm_event_counters[current_is_kswapd() ? PGSCAN_KSWAPD : PGSCAN_DIRECT] += scanned;
	vm_event_counters[file ? PGSCAN_FILE : PGSCAN_ANON] += scanned;
}

static void count_steal(unsigned long freed, bool file)
{
	vm_event_counters[current_is_kswapd() ? PGSTEAL_KSWAPD : PGSTEAL_DIRECT] += freed;
	vm_event_counters[file ? PGSTEAL_FILE : PGSTEAL_ANON] += freed;
}

static void add_to_round(struct scan_control *sc, const struct reclaim_stat *stat,
			 unsigned long taken, bool file)
{
	sc->nr.dirty += stat->nr_dirty;
	sc->nr.congested += stat->nr_congested;
	sc->nr.unqueued_dirty += stat->nr_unqueued_dirty;
	sc->nr.writeback += stat->nr_writeback;
	sc->nr.immediate += stat->nr_immediate;
	sc->nr.taken += taken;
	if (file)
		sc->nr.file_taken += taken;
}

unsigned long shrink_inactive_list(unsigned long nr_to_scan, struct scan_control *sc,
				   enum lru_list lru)
{
	unsigned long taken, scanned, freed;
	struct reclaim_stat stat = {0};
	bool file = is_file_lru(lru);
	LIST_HEAD(pages);

	if (too_many_isolated(sc, lru)) {
		reclaim_throttle(ISOLATED_WAIT);
		if (too_many_isolated(sc, lru))
			return 0;
	}
	taken = isolate_lru_pages(nr_to_scan, &pages, &scanned, sc, lru);
	count_scan(scanned, file);
	if (!taken)
		return 0;
	freed = shrink_page_list(&pages, sc, &stat, false);
	count_steal(freed, file);
	putback_pages(&pages, lru, taken);
	lru_note_cost(file, stat.nr_pageout);
	/* all of them were dirty, and nobody has begun to write one */
	if (stat.nr_unqueued_dirty == taken)
		wakeup_flusher();
	add_to_round(sc, &stat, taken, file);
	return freed;
}

/* ---- active ---- */

/* Does an active page stay active? Only code that was run lately: the rest gets its second chance
   in the inactive list. */
static bool keep_active(struct page *page, bool file)
{
	unsigned long vm_flags;

	return page_referenced(page, &vm_flags) && file && vm_flags & VM_EXEC;
}

void shrink_active_list(unsigned long nr_to_scan, struct scan_control *sc, enum lru_list lru)
{
	bool file = is_file_lru(lru);
	unsigned long taken, scanned;
	struct page *page;
	LIST_HEAD(pages);

	taken = isolate_lru_pages(nr_to_scan, &pages, &scanned, sc, lru);
	vm_event_counters[PGREFILL] += scanned;
	list_for_each_entry (page, &pages, lru) {
		if (page_evictable(page) && !keep_active(page, file)) {
			ClearPageActive(page);
			SetPageWorkingset(page);
			count_vm_event(PGDEACTIVATE);
		}
		cond_resched();
	}
	putback_pages(&pages, lru, taken);
}
