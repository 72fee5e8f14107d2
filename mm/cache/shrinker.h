/*
 * Shrinkers: caches of kernel objects that can be made again, and that reclaim makes smaller when
 * memory is short. Whoever has such a cache registers two functions here.
 */
#ifndef MM_CACHE_SHRINKER_H
#define MM_CACHE_SHRINKER_H

#include "kernel/lib/list.h"
#include "mm/phys/gfp.h"

struct shrink_control {
	gfp_t gfp_mask; /* what the allocation that needs memory allows */
	/* For scan_objects: how many objects to look at, and, set by it, how many it looked at. */
	unsigned long nr_to_scan, nr_scanned;
};

/* scan_objects returns this if it cannot free anything now. */
#define SHRINK_STOP (~0UL)

struct shrinker {
	/* How many objects could be freed. Does not sleep. */
	unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	/* Free up to nr_to_scan objects, those unused longest first. => how many were freed. */
	unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *sc);
	unsigned long batch;	   /* objects of one scan; 0: the default */
	unsigned int seeks;	   /* accesses to a disk that make an object again: DEFAULT_SEEKS;
				      0: half of the objects go each time */
	unsigned long nr_deferred; /* objects that should have been scanned, but could not be */
	struct list_head list;
};
#define DEFAULT_SEEKS 2

void register_shrinker(struct shrinker *shrinker); /* for good */
/*
 * Scan a part of each cache: as much of it as reclaim at this priority scans of the lists of pages.
 * => objects freed. Sleeps.
 */
unsigned long shrink_slab(gfp_t gfp, int priority);

#endif
