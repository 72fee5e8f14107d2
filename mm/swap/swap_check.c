/*
 * The checker of the slots: what the maps of the swap areas count must be what there is. Every
 * page-table entry of every address space, every value in a file of tmpfs and every page of the
 * swap cache is counted anew. Debug kernels run it when an area comes or goes. It only looks;
 * nothing may sleep meanwhile, or the numbers would change.
 */
#include "mm/swap/internal.h"
#include "kernel/core/panic.h"
#include "kernel/sched/latency.h"
#include "mm/pagewalk.h"
#include "mm/phys/vmalloc.h"
#include "mm/shmem.h"

#if MAPIX_DEBUG

#	define CHECK(cond, ...)                                   \
		do {                                               \
			if (!(cond))                               \
				panic("swap_check: " __VA_ARGS__); \
		} while (0)

static u16 *counts[MAX_SWAPFILES]; /* as swap_map */

static void count_entry(swp_entry_t entry)
{
	CHECK(swp_type(entry) < MAX_SWAPFILES && counts[swp_type(entry)] &&
		      swp_offset(entry) < swap_info[swp_type(entry)].max,
	      "there is no slot %lu in area %u", swp_offset(entry), swp_type(entry));
	counts[swp_type(entry)][swp_offset(entry)]++;
}

static int count_pte(pte_t *pte, unsigned long addr, struct mm_walk *walk)
{
	if (is_swap_pte(*pte))
		count_entry(pte_to_swp_entry(*pte));
	return 0;
}

static const struct mm_walk_ops count_ops = {
	.pte_entry = count_pte,
	.large_page = pass_large_page,
	.no_rest = true,
};

static void count_all_entries(void)
{
	struct mm_struct *mm;

	list_for_each_entry (mm, &init_mm.mmlist, mmlist)
		walk_page_range(mm, 0, TASK_SIZE, &count_ops, NULL);
	shmem_for_each_swap_entry(count_entry);
}

/* The page of the swap cache says the same as the map; a shadow is that of a slot in use. */
static bool cache_agrees(struct swap_info_struct *si, unsigned int offset)
{
	struct page *page = radix_tree_lookup(&si->cache, offset);

	if (!(si->swap_map[offset] & SWAP_HAS_CACHE))
		return !page || (xa_is_value(page) && si->swap_map[offset]);
	return page && !xa_is_value(page) && PageSwapCache(page) &&
	       swp_type(page_swap_entry(page)) == si->type &&
	       swp_offset(page_swap_entry(page)) == offset;
}

static void check_area(struct swap_info_struct *si)
{
	unsigned int used = 0, count;

	for (unsigned int offset = 1; offset < si->max; offset++) {
		count = si->swap_map[offset] & ~SWAP_HAS_CACHE;
		if (count == SWAP_MAP_BAD)
			count = 0;
		else
			used += si->swap_map[offset] != 0;
		CHECK(count == counts[si->type][offset],
		      "slot %u of area %u counts %u entries, but there are %u", offset, si->type,
		      count, counts[si->type][offset]);
		CHECK(cache_agrees(si, offset),
		      "slot %u of area %u and the swap cache do not agree", offset, si->type);
	}
	CHECK(used == si->inuse_pages, "area %u has %u slots in use, but counts %u", si->type, used,
	      si->inuse_pages);
}

/* Tables for all areas. False: no memory, so nothing is checked. */
static bool alloc_counts(void)
{
	bool all = true;

	for (unsigned int type = 0; type < nr_swapfiles; type++) {
		struct swap_info_struct *si = &swap_info[type];

		si->users++; /* it does not go while we sleep */
		if (si->swap_map && si->flags & SWP_WRITEOK)
			counts[type] = vzalloc(si->max * sizeof(u16));
		all &= counts[type] || !(si->swap_map && si->flags & SWP_WRITEOK);
	}
	return all;
}

static void free_counts(void)
{
	for (unsigned int type = 0; type < nr_swapfiles; type++) {
		swap_info[type].users--;
		vfree(counts[type]);
		counts[type] = NULL;
	}
}

void swap_check(void)
{
	static bool checking;
	unsigned int type;

	if (checking)
		return;
	checking = true;
	if (alloc_counts()) {
		latency_pause();
		count_all_entries();
		for (type = 0; type < nr_swapfiles; type++)
			if (counts[type])
				check_area(&swap_info[type]);
		latency_resume();
	}
	free_counts();
	checking = false;
}

#endif
