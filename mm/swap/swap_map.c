/*
 * The slots of the swap areas: which are in use, and by how many.
 *
 * swap_map has a number for each slot: how many page-table entries (and places in files of tmpfs)
 * refer to it, and the bit SWAP_HAS_CACHE if the swap cache does. When both are gone, the slot is
 * free. Pages that are reclaimed together should stand together on the disk, so slots are given out
 * in clusters: a run of free slots is looked for, and used up one by one.
 */
#include "mm/swap/internal.h"
#include "kernel/core/panic.h"
#include "kernel/lib/util.h"
#include "kernel/sched/sched.h"
#include "mm/cache/pagecache.h"
#include "mm/phys/page.h"

#define SWAPFILE_CLUSTER 256  /* slots of a cluster */
#define SCAN_BATCH	 4096 /* slots between two looks at the scheduler */

/* ---- areas ---- */

struct swap_info_struct *get_swap_device(swp_entry_t entry)
{
	struct swap_info_struct *si = swp_swap_info(entry);

	if (swp_type(entry) >= nr_swapfiles || !si->swap_map || swp_offset(entry) >= si->max ||
	    !si->swap_map[swp_offset(entry)])
		return NULL;
	si->users++;
	return si;
}

void put_swap_device(struct swap_info_struct *si)
{
	si->users--;
}

/* ---- finding a free slot ---- */

/* Let others run. False: the area is no longer used meanwhile. */
static bool rest(struct swap_info_struct *si)
{
	si->users++;
	cond_resched();
	si->users--;
	return si->flags & SWP_WRITEOK;
}

/* Look for a run of free slots of a cluster's length, and begin there. If there is none, go on
   behind the last slot given out. False: the area is gone. */
static bool find_cluster(struct swap_info_struct *si)
{
	unsigned int run = 0, offset;

	si->cluster_nr = SWAPFILE_CLUSTER - 1;
	if (si->pages - si->inuse_pages < SWAPFILE_CLUSTER)
		return true;
	for (offset = si->lowest_bit; offset <= si->highest_bit; offset++) {
		run = si->swap_map[offset] ? 0 : run + 1;
		if (run == SWAPFILE_CLUSTER) {
			si->cluster_next = offset + 1 - SWAPFILE_CLUSTER;
			return true;
		}
		if (!(offset % SCAN_BATCH) && !rest(si))
			return false;
	}
	return true;
}

/* The first free slot in [from, to], or 0. *gone is set if the area is gone. */
static unsigned int find_free(struct swap_info_struct *si, unsigned int from, unsigned int to,
			      bool *gone)
{
	unsigned int offset;

	for (offset = from; offset <= to; offset++) {
		if (!si->swap_map[offset])
			return offset;
		if (!(offset % SCAN_BATCH) && !rest(si)) {
			*gone = true;
			return 0;
		}
	}
	return 0;
}

/* Take a free slot of the area for the swap cache. 0: there is none, or the area is gone. */
static unsigned int take_slot(struct swap_info_struct *si)
{
	unsigned int offset, next;
	bool gone = false;

	if (si->inuse_pages == si->pages)
		return 0;
	if (!si->cluster_nr-- && !find_cluster(si))
		return 0;
	next = clamp(si->cluster_next, si->lowest_bit, si->highest_bit);
	offset = find_free(si, next, si->highest_bit, &gone);
	if (!offset && !gone)
		offset = find_free(si, si->lowest_bit, next - 1, &gone);
	if (!offset)
		return 0;
	if (offset == si->lowest_bit)
		si->lowest_bit++;
	if (offset == si->highest_bit)
		si->highest_bit--;
	si->inuse_pages++;
	if (si->inuse_pages == si->pages) {
		si->lowest_bit = si->max;
		si->highest_bit = 0;
	}
	si->swap_map[offset] = SWAP_HAS_CACHE;
	si->cluster_next = offset + 1;
	nr_swap_pages--;
	return offset;
}

/* Areas of the same priority take turns. */
static void move_behind_equals(struct swap_info_struct *si)
{
	struct list_head *pos = si->list.next;

	while (pos != &swap_active_head &&
	       list_entry(pos, struct swap_info_struct, list)->prio == si->prio)
		pos = pos->next;
	list_move_tail(&si->list, pos);
}

/* The area to be used next; NULL: all are full. */
static struct swap_info_struct *first_with_room(void)
{
	struct swap_info_struct *si;

	list_for_each_entry (si, &swap_active_head, list)
		if (si->inuse_pages < si->pages)
			return si;
	return NULL;
}

/* Some slots may be in use by the swap cache alone, because their pages are in memory again: take
   one back. => is there a free one now? */
static bool reclaim_slots(void)
{
	struct swap_info_struct *si;

	list_for_each_entry (si, &swap_active_head, list) {
		for (unsigned int n = 0; n < SCAN_BATCH && n < si->max; n++) {
			if (++si->next_to_reclaim >= si->max)
				si->next_to_reclaim = 1;
			if (si->swap_map[si->next_to_reclaim] == SWAP_HAS_CACHE)
				try_to_reclaim_swap(si, si->next_to_reclaim);
			if (!si->swap_map[si->next_to_reclaim])
				return true;
		}
	}
	return false;
}

swp_entry_t get_swap_page(void)
{
	struct swap_info_struct *si;

	while ((si = first_with_room()) || (reclaim_slots() && (si = first_with_room()))) {
		unsigned int offset = take_slot(si);

		if (!offset)
			continue; /* it was filled, or removed, meanwhile */
		move_behind_equals(si);
		return swp_entry(si->type, offset);
	}
	return (swp_entry_t){0};
}

/* ---- counting ---- */

/* The slot of an entry in use. */
static u16 *map_of(swp_entry_t entry)
{
	struct swap_info_struct *si = swp_swap_info(entry);

	BUG_ON(swp_type(entry) >= nr_swapfiles || !si->swap_map || !swp_offset(entry) ||
	       swp_offset(entry) >= si->max);
	return &si->swap_map[swp_offset(entry)];
}

unsigned int swap_count(swp_entry_t entry)
{
	return *map_of(entry) & ~SWAP_HAS_CACHE;
}

int swap_duplicate(swp_entry_t entry)
{
	u16 *map = map_of(entry);

	BUG_ON(!*map || *map == SWAP_MAP_BAD);
	if ((*map & ~SWAP_HAS_CACHE) == SWAP_MAP_MAX)
		return -ENOMEM;
	++*map;
	return 0;
}

/* The slot has become free. */
static void slot_is_free(swp_entry_t entry)
{
	struct swap_info_struct *si = swp_swap_info(entry);
	unsigned int offset = swp_offset(entry);

	clear_shadow_from_swap_cache(entry);
	si->lowest_bit = min(si->lowest_bit, offset);
	si->highest_bit = max(si->highest_bit, offset);
	si->inuse_pages--;
	if (si->flags & SWP_WRITEOK)
		nr_swap_pages++;
}

void swap_free(swp_entry_t entry)
{
	u16 *map = map_of(entry);

	BUG_ON(!swap_count(entry) || *map == SWAP_MAP_BAD);
	if (!--*map)
		slot_is_free(entry);
}

void put_swap_page(swp_entry_t entry)
{
	u16 *map = map_of(entry);

	BUG_ON(!(*map & SWAP_HAS_CACHE));
	*map &= ~SWAP_HAS_CACHE;
	if (!*map)
		slot_is_free(entry);
}
