/*
 * The working set: pages that reclaim has taken, and that are read again too soon.
 *
 * A new page starts inactive, and is taken if it is not used again before it has come to the tail
 * of the list. If a program uses more pages than fit there, one after the other, each is taken just
 * before its next use, however often that is, while active pages that nobody uses any more stay.
 * So reclaim remembers what it takes. In the tree of the file, or in the swap cache, a value takes
 * the place of the page: its shadow.
 *
 * The shadow tells what the clock showed then: lruvec.nonresident_age, which counts pages that were
 * taken and pages that became active; each of these moves all the others one place towards the
 * tail. When the page is read again, this is a refault, and the time since then its distance: so
 * many places more in memory, and the page would still be there. If there are as many active pages,
 * which could have made room for it, the new page challenges them: it is active at once.
 *
 * PG_workingset: the page has been active before. If such a page comes back, memory is too small
 * for what is in use (thrashing), and to have taken it was expensive: the other kind is scanned
 * more.
 *
 * Nodes of a tree that hold nothing but shadows stand on a list. There is a limit to their number,
 * and a shrinker frees those above it.
 */
#include "kernel/core/panic.h"
#include "kernel/lib/radix_tree.h"
#include "kernel/lib/util.h"
#include "mm/cache/shrinker.h"
#include "mm/phys/vmstat.h"
#include "mm/reclaim/reclaim.h"
#include "mm/reclaim/vmscan.h"
#include "mm/swap/swap.h"

/* ---- shadows ---- */

/* A value holds, besides the bit that makes it one, whether the page had been active, and as much
   of the clock as there is room for. */
#define EVICTION_MASK (~0UL >> 2)

static void *pack_shadow(unsigned long eviction, bool workingset)
{
	return xa_mk_value((eviction & EVICTION_MASK) << 1 | workingset);
}

static unsigned long unpack_shadow(const void *shadow, bool *workingset)
{
	unsigned long value = xa_to_value(shadow);

	*workingset = value & 1;
	return value >> 1;
}

void *workingset_eviction(const struct page *page)
{
	unsigned long eviction = node_lruvec.nonresident_age;

	workingset_age_nonresident(1);
	return pack_shadow(eviction, PageWorkingset(page));
}

/* The pages that would have been taken instead, had the page stayed: the active ones, and those of
   the other kind, if they can be taken at all. */
static unsigned long workingset_size(bool file)
{
	unsigned long size = nr_lru_pages(LRU_ACTIVE_FILE);

	if (!file)
		size += nr_lru_pages(LRU_INACTIVE_FILE);
	if (get_nr_swap_pages() > 0) {
		size += nr_lru_pages(LRU_ACTIVE_ANON);
		if (file)
			size += nr_lru_pages(LRU_INACTIVE_ANON);
	}
	return size;
}

void workingset_refault(struct page *page, const void *shadow)
{
	bool file = page_is_file_lru(page), workingset;
	unsigned long eviction = unpack_shadow(shadow, &workingset);
	unsigned long distance = (node_lruvec.nonresident_age - eviction) & EVICTION_MASK;

	count_vm_event(WORKINGSET_REFAULT_ANON + file);
	if (distance > workingset_size(file))
		return;
	SetPageActive(page);
	workingset_age_nonresident(1);
	count_vm_event(WORKINGSET_ACTIVATE_ANON + file);
	if (workingset) {
		SetPageWorkingset(page);
		lru_note_cost(file, 1);
		count_vm_event(WORKINGSET_RESTORE_ANON + file);
	}
}

bool refaults_seen(bool file)
{
	return vm_event_counters[WORKINGSET_ACTIVATE_ANON + file] != node_lruvec.refaults[file];
}

void snapshot_refaults(void)
{
	for (int file = 0; file < 2; file++)
		node_lruvec.refaults[file] = vm_event_counters[WORKINGSET_ACTIVATE_ANON + file];
}

/* ---- nodes that hold nothing else ---- */

static LIST_HEAD(shadow_nodes); /* by node->private_list, the youngest first */
unsigned long nr_shadow_nodes;

void workingset_update_node(struct radix_tree_node *node)
{
	bool listed = !list_empty(&node->private_list);
	bool only_shadows = node->count && node->count == node->nr_values;

	if (only_shadows && !listed) {
		list_add(&node->private_list, &shadow_nodes);
		nr_shadow_nodes++;
	} else if (listed && !only_shadows) {
		list_del_init(&node->private_list);
		nr_shadow_nodes--;
	}
}

/* Shadows for as many pages as memory has are enough: others are of distances too long. They need
   the fewer nodes, the closer they stand; an eighth full is sparse. */
static unsigned long max_shadow_nodes(void)
{
	return totalram_pages() / (RADIX_TREE_MAP_SIZE / 8);
}

static unsigned long count_shadow_nodes(struct shrinker *shrinker, struct shrink_control *sc)
{
	return nr_shadow_nodes - min(nr_shadow_nodes, max_shadow_nodes());
}

static unsigned long scan_shadow_nodes(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long freed = 0;

	for (; freed < sc->nr_to_scan && !list_empty(&shadow_nodes); freed++) {
		radix_tree_delete_node(
			list_last_entry(&shadow_nodes, struct radix_tree_node, private_list));
		count_vm_event(WORKINGSET_NODERECLAIM);
	}
	return freed;
}

void workingset_init(void)
{
	static struct shrinker shrinker = {
		.count_objects = count_shadow_nodes,
		.scan_objects = scan_shadow_nodes,
		.seeks = 0, /* nothing has to be read for them again */
	};

	register_shrinker(&shrinker);
}

/* ---- the checker ---- */

#if MAPIX_DEBUG

#	define LOOKED_INTO 16 /* nodes whose slots are looked at: the youngest */

static void check_shadow_node(const struct radix_tree_node *node)
{
	unsigned int shadows = 0;

	for (unsigned int slot = 0; slot < RADIX_TREE_MAP_SIZE; slot++) {
		const void *item = node->slots[slot];

		if (item && !xa_is_value(item))
			panic("workingset_check: a node on the list of shadows has a page");
		shadows += item != NULL;
	}
	if (!shadows || shadows != node->nr_values || shadows != node->count)
		panic("workingset_check: a node has %u shadows, but counts %u of %u items", shadows,
		      node->nr_values, node->count);
}

void workingset_check(void)
{
	const struct radix_tree_node *node;
	unsigned long nodes = 0;

	list_for_each_entry (node, &shadow_nodes, private_list)
		if (nodes++ < LOOKED_INTO)
			check_shadow_node(node);
	if (nodes != nr_shadow_nodes)
		panic("workingset_check: the list has %lu nodes, but nr_shadow_nodes is %lu", nodes,
		      nr_shadow_nodes);
}

#endif
