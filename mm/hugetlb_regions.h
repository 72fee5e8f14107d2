/*
 * Reservation maps: which huge pages of a file, or of one private mapping, are reserved or have
 * used their reservation. A map is a list of ranges [from, to) of huge pages.
 *
 * A range is added in two steps, so that the second one, which comes when the page is there, cannot
 * fail: region_chg() says how many pages would be new and sets memory aside; region_add() or
 * region_abort() of the same range ends what it began.
 */
#ifndef MM_HUGETLB_REGIONS_H
#define MM_HUGETLB_REGIONS_H

#include "kernel/lib/list.h"

struct resv_map {
	int refs;
	struct list_head regions; /* struct file_region, sorted; no two touch */
	struct list_head spare;	  /* for the additions in progress, one for each */
	unsigned int nr_spare;	  /* of them */
	unsigned int in_progress; /* region_chg() without its second step */
};

/* An empty map with one reference, or NULL. May sleep. */
struct resv_map *resv_map_alloc(void);
/* Drop a reference (map may be NULL); the last one frees the map. */
void resv_map_put(struct resv_map *map);
/* How many pages of [from, to) are not in the map? Or -ENOMEM, and there is no second step. May
   sleep. */
long region_chg(struct resv_map *map, long from, long to);
/* Add the range. => how many pages of it are new. Cannot fail. */
long region_add(struct resv_map *map, long from, long to);
/* Add nothing after all. */
void region_abort(struct resv_map *map);
/* Take the range out of the map. => how many pages of it were there, or -ENOMEM (only if the range
   lies within a longer one). May sleep. */
long region_del(struct resv_map *map, long from, long to);
/* How many pages of [from, to) are in the map? */
long region_count(const struct resv_map *map, long from, long to);

#endif
