/*
 * Shrinking caches of kernel objects. See shrinker.h.
 */
#include "mm/cache/shrinker.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "mm/phys/vmstat.h"

#define SHRINK_BATCH 128UL
#define COST_OF_SEEK 4 /* pages that are scanned for one object that no seek can bring back */

static LIST_HEAD(shrinker_list);

void register_shrinker(struct shrinker *shrinker)
{
	list_add_tail(&shrinker->list, &shrinker_list);
}

/* How many of the `freeable` objects to scan: a share of them, and of what was left before. */
static unsigned long objects_to_scan(struct shrinker *shrinker, unsigned long freeable,
				     int priority)
{
	unsigned long delta = freeable / 2, total;

	if (shrinker->seeks)
		delta = (freeable >> priority) * COST_OF_SEEK / shrinker->seeks;
	total = (shrinker->nr_deferred >> priority) + delta;
	shrinker->nr_deferred += delta;
	return min(total, 2 * freeable);
}

/* One cache. What is too little for a batch, or could not be scanned, is left for the next time. */
static unsigned long do_shrink_slab(struct shrinker *shrinker, struct shrink_control *sc,
				    int priority)
{
	unsigned long freeable = shrinker->count_objects(shrinker, sc);
	unsigned long batch = shrinker->batch ?: SHRINK_BATCH;
	unsigned long total, scanned = 0, freed = 0;

	if (!freeable)
		return 0;
	total = objects_to_scan(shrinker, freeable, priority);
	while (total - scanned >= min(batch, freeable)) {
		unsigned long ret;

		sc->nr_to_scan = sc->nr_scanned = min(batch, total - scanned);
		ret = shrinker->scan_objects(shrinker, sc);
		if (ret == SHRINK_STOP || !sc->nr_scanned)
			break;
		freed += ret;
		vm_event_counters[SLABS_SCANNED] += sc->nr_scanned;
		scanned += min(sc->nr_scanned, total - scanned);
		cond_resched();
	}
	shrinker->nr_deferred -= min(shrinker->nr_deferred, scanned);
	shrinker->nr_deferred = min(shrinker->nr_deferred, 2 * freeable);
	return freed;
}

unsigned long shrink_slab(gfp_t gfp, int priority)
{
	struct shrink_control sc = {.gfp_mask = gfp};
	struct shrinker *shrinker;
	unsigned long freed = 0;

	list_for_each_entry (shrinker, &shrinker_list, list)
		freed += do_shrink_slab(shrinker, &sc, priority);
	return freed;
}
