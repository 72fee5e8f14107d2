/*
 * What the files of page reclaim share among themselves: vmscan.c (how much to scan), lists.c (the
 * lists), shrink_list.c (the pages), kswapd.c.
 */
#ifndef MM_RECLAIM_VMSCAN_H
#define MM_RECLAIM_VMSCAN_H

#include "kernel/sched/sched.h"
#include "mm/cache/lru.h"
#include "mm/phys/page_alloc.h"

#define DEF_PRIORITY	 12   /* the first scan is of one page in 2^12 */
#define SWAP_CLUSTER_MAX 32UL /* pages of a batch */

/* One attempt to free pages. */
struct scan_control {
	unsigned long nr_to_reclaim; /* pages wanted */
	unsigned int order;	     /* kswapd: in blocks of 2^order */
	gfp_t gfp_mask;		     /* what the allocation that needs them allows */
	enum zone_type reclaim_idx;  /* the highest zone whose pages help it */
	int priority;		     /* lists are scanned by one part in 2^priority */
	bool may_writepage, may_unmap, may_swap;
	bool may_deactivate[2];	 /* of active pages: anonymous ones, those of files */
	bool force_deactivate;	 /* all may be */
	bool skipped_deactivate; /* some pages were passed over because they may not */
	bool cache_trim_mode;	 /* there are pages of files enough that were used but once */
	bool file_is_tiny;	 /* so few pages of files are left that they do not help */

	unsigned long nr_scanned, nr_reclaimed;
	struct { /* of the pages of files that this round has taken off the lists */
		unsigned long dirty, unqueued_dirty, congested, writeback, immediate;
		unsigned long file_taken, taken;
	} nr;
};

/* What happened to one batch. */
struct reclaim_stat {
	unsigned long nr_dirty, nr_unqueued_dirty, nr_congested, nr_writeback, nr_immediate;
	unsigned long nr_pageout, nr_activate[2];
};

/* What a round found: kswapd then does what it would leave to the flusher otherwise. */
extern bool node_dirty;	    /* the lists' tails hold nothing but dirty pages of files */
extern bool node_writeback; /* ... nothing but pages that are being written */

static inline bool current_is_kswapd(void)
{
	return current->flags & PF_KSWAPD;
}
static inline bool is_file_lru(enum lru_list lru)
{
	return lru == LRU_INACTIVE_FILE || lru == LRU_ACTIVE_FILE;
}
static inline bool is_active_lru(enum lru_list lru)
{
	return lru == LRU_ACTIVE_ANON || lru == LRU_ACTIVE_FILE;
}

/* ---- vmscan.c ---- */
/* Is it worth knowing which anonymous pages are used? */
bool can_age_anon(void);
/* One round: scan all lists at sc->priority, and the caches of kernel objects. Sleeps. */
void shrink_node(struct scan_control *sc);
/* Are there so few inactive pages of a kind that active ones have to become inactive? */
bool inactive_is_low(enum lru_list inactive);
/* Wait until a page has been written that reclaim waits for, but not longer than so many ticks. */
void reclaim_throttle(long timeout);

/* ---- lists.c ---- */
/* Scan nr_to_scan pages of an inactive list from its tail, and free them if possible. => pages
   freed. Sleeps. */
unsigned long shrink_inactive_list(unsigned long nr_to_scan, struct scan_control *sc,
				   enum lru_list lru);
/* Scan nr_to_scan pages of an active list, and make them inactive, except for pages of programs
   that were used since the last scan. Sleeps. */
void shrink_active_list(unsigned long nr_to_scan, struct scan_control *sc, enum lru_list lru);

/* ---- shrink_list.c ---- */
/*
 * Free the pages of a list of isolated ones, or begin to write them. Those that could not be freed
 * are on the list afterwards, still isolated; their flags say where they belong. With
 * ignore_references, also pages that were used. => pages freed. Sleeps.
 */
unsigned long shrink_page_list(struct list_head *pages, struct scan_control *sc,
			       struct reclaim_stat *stat, bool ignore_references);

/* ---- workingset.c ---- */
/* Reclaim takes the page: => the shadow to leave in its place. */
void *workingset_eviction(const struct page *page);
/* Have pages become active since then because they were read again? Then those that are active may
   be of no use any more. */
bool refaults_seen(bool file);
void snapshot_refaults(void);
/* Boot. */
void workingset_init(void);

/* ---- kswapd.c ---- */
/* A direct reclaimer waits here while the reserve is nearly used up, so that those who write pages
   have some of it. True: it was killed meanwhile. Sleeps. */
bool throttle_direct_reclaim(gfp_t gfp);
/* Did its last scans free nothing? Then it sleeps until somebody else frees a page. */
bool kswapd_has_given_up(void);
/* Reclaim has freed something: kswapd tries again. */
void kswapd_may_succeed(void);

#endif
