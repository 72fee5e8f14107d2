/*
 * Reservation maps of huge pages: see hugetlb_regions.h.
 */
#include "mm/hugetlb_regions.h"
#include "kernel/core/panic.h"
#include "kernel/lib/util.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

struct file_region {
	struct list_head link;
	long from, to;
};

struct resv_map *resv_map_alloc(void)
{
	struct resv_map *map = kzalloc(sizeof(*map), GFP_KERNEL);

	if (!map)
		return NULL;
	map->refs = 1;
	INIT_LIST_HEAD(&map->regions);
	INIT_LIST_HEAD(&map->spare);
	return map;
}

static void free_regions(struct list_head *list)
{
	struct file_region *r, *next;

	list_for_each_entry_safe (r, next, list, link)
		kfree(r);
}

void resv_map_put(struct resv_map *map)
{
	if (!map || --map->refs)
		return;
	BUG_ON(map->in_progress);
	free_regions(&map->regions);
	free_regions(&map->spare);
	kfree(map);
}

long region_count(const struct resv_map *map, long from, long to)
{
	const struct file_region *r;
	long pages = 0;

	list_for_each_entry (r, &map->regions, link)
		pages += max(min(r->to, to) - max(r->from, from), 0L);
	return pages;
}

long region_chg(struct resv_map *map, long from, long to)
{
	struct file_region *r;

	while (map->nr_spare <= map->in_progress) {
		r = kmalloc(sizeof(*r), GFP_KERNEL);
		if (!r)
			return -ENOMEM;
		list_add(&r->link, &map->spare);
		map->nr_spare++;
	}
	map->in_progress++;
	return to - from - region_count(map, from, to);
}

static struct file_region *take_spare(struct resv_map *map)
{
	struct file_region *r = list_first_entry(&map->spare, struct file_region, link);

	BUG_ON(!map->nr_spare);
	map->nr_spare--;
	list_del(&r->link);
	return r;
}

long region_add(struct resv_map *map, long from, long to)
{
	long added = to - from - region_count(map, from, to);
	struct list_head *before = &map->regions;
	struct file_region *r, *next;

	BUG_ON(!map->in_progress);
	map->in_progress--;
	/* what the range overlaps or touches becomes part of it */
	list_for_each_entry_safe (r, next, &map->regions, link) {
		if (r->to < from) {
			before = &r->link;
		} else if (r->from <= to) {
			from = min(from, r->from);
			to = max(to, r->to);
			list_del(&r->link);
			kfree(r);
		}
	}
	r = take_spare(map);
	r->from = from;
	r->to = to;
	list_add(&r->link, before);
	return added;
}

void region_abort(struct resv_map *map)
{
	BUG_ON(!map->in_progress);
	map->in_progress--;
}

/* The region that extends beyond both ends of the range, or NULL. */
static struct file_region *region_around(struct resv_map *map, long from, long to)
{
	struct file_region *r;

	list_for_each_entry (r, &map->regions, link)
		if (r->from < from && r->to > to)
			return r;
	return NULL;
}

/* Make two regions of the one around the range. 0 or -ENOMEM. */
static int split_region(struct resv_map *map, long from, long to)
{
	struct file_region *upper = kmalloc(sizeof(*upper), GFP_KERNEL), *r;

	if (!upper)
		return -ENOMEM;
	r = region_around(map, from, to); /* the allocation may have slept */
	if (!r) {
		kfree(upper);
		return 0;
	}
	upper->from = from;
	upper->to = r->to;
	r->to = from;
	list_add(&upper->link, &r->link);
	return 0;
}

long region_del(struct resv_map *map, long from, long to)
{
	struct file_region *r, *next;
	long deleted;

	if (from < to && region_around(map, from, to) && split_region(map, from, to))
		return -ENOMEM;
	deleted = region_count(map, from, to);
	list_for_each_entry_safe (r, next, &map->regions, link) {
		if (r->to <= from || r->from >= to)
			continue;
		if (r->from < from) {
			r->to = from;
		} else if (r->to > to) {
			r->from = to;
		} else {
			list_del(&r->link);
			kfree(r);
		}
	}
	return deleted;
}
