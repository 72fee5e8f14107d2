/*
 * The page allocator's and the slab allocator's books: /proc/vmstat, zoneinfo, buddyinfo,
 * pagetypeinfo, slabinfo.
 */
#include "kernel/fs/blkdev.h"
#include "mm/huge_memory.h"
#include "mm/phys/vmstat.h"
#include "mm/cache/lru.h"
#include "mm/cache/page_writeback.h"
#include "kernel/fs/proc/internal.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/phys/page_alloc.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include "mm/reclaim/reclaim.h"
#include "mm/swap/swap.h"

/* ---- vmstat ---- */

enum vmstat_value {
	V_NONE, /* of something that does not exist here: never happened, there are none */
	V_FREE,
	V_LRU,
	V_MLOCK = V_LRU + NR_LRU_LISTS,
	V_ISOLATED_ANON,
	V_ISOLATED_FILE,
	V_SHADOW_NODES,
	V_SLAB_RECLAIMABLE,
	V_SLAB_UNRECLAIMABLE,
	V_ANON,
	V_ANON_THPS,
	V_MAPPED,
	V_FILE,
	V_SHMEM,
	V_SWAPCACHED,
	V_DIRTY,
	V_WRITEBACK,
	V_WRITE_PENDING,
	V_DIRTIED,
	V_WRITTEN,
	V_DIRTY_THRESHOLD,
	V_DIRTY_BACKGROUND_THRESHOLD,
	V_KERNEL_STACK,
	V_PAGE_TABLE,
	V_PGPGIN,
	V_PGPGOUT,
	V_PGALLOC,
	V_PGFREE,
	V_EVENT,
	NR_VMSTAT_VALUES = V_EVENT + NR_VM_EVENTS
};

/* The lines are Linux's, in its order, so that whatever reads them finds what it looks for. Pages
   that were allocated count for one zone. */
static const struct {
	const char *name;
	int value;
} vmstat_lines[] = {
	{"nr_free_pages", V_FREE},
	{"nr_zone_inactive_anon", V_LRU + LRU_INACTIVE_ANON},
	{"nr_zone_active_anon", V_LRU + LRU_ACTIVE_ANON},
	{"nr_zone_inactive_file", V_LRU + LRU_INACTIVE_FILE},
	{"nr_zone_active_file", V_LRU + LRU_ACTIVE_FILE},
	{"nr_zone_unevictable", V_LRU + LRU_UNEVICTABLE},
	{"nr_zone_write_pending", V_WRITE_PENDING},
	{"nr_mlock", V_MLOCK},
	{"nr_bounce", V_NONE},
	{"nr_zspages", V_NONE},
	{"nr_free_cma", V_NONE},
	{"nr_inactive_anon", V_LRU + LRU_INACTIVE_ANON},
	{"nr_active_anon", V_LRU + LRU_ACTIVE_ANON},
	{"nr_inactive_file", V_LRU + LRU_INACTIVE_FILE},
	{"nr_active_file", V_LRU + LRU_ACTIVE_FILE},
	{"nr_unevictable", V_LRU + LRU_UNEVICTABLE},
	{"nr_slab_reclaimable", V_SLAB_RECLAIMABLE},
	{"nr_slab_unreclaimable", V_SLAB_UNRECLAIMABLE},
	{"nr_isolated_anon", V_ISOLATED_ANON},
	{"nr_isolated_file", V_ISOLATED_FILE},
	{"workingset_nodes", V_SHADOW_NODES},
	{"workingset_refault_anon", V_EVENT + WORKINGSET_REFAULT_ANON},
	{"workingset_refault_file", V_EVENT + WORKINGSET_REFAULT_FILE},
	{"workingset_activate_anon", V_EVENT + WORKINGSET_ACTIVATE_ANON},
	{"workingset_activate_file", V_EVENT + WORKINGSET_ACTIVATE_FILE},
	{"workingset_restore_anon", V_EVENT + WORKINGSET_RESTORE_ANON},
	{"workingset_restore_file", V_EVENT + WORKINGSET_RESTORE_FILE},
	{"workingset_nodereclaim", V_EVENT + WORKINGSET_NODERECLAIM},
	{"nr_anon_pages", V_ANON},
	{"nr_mapped", V_MAPPED},
	{"nr_file_pages", V_FILE},
	{"nr_dirty", V_DIRTY},
	{"nr_writeback", V_WRITEBACK},
	{"nr_writeback_temp", V_NONE},
	{"nr_shmem", V_SHMEM},
	{"nr_shmem_hugepages", V_NONE},
	{"nr_shmem_pmdmapped", V_NONE},
	{"nr_file_hugepages", V_NONE},
	{"nr_file_pmdmapped", V_NONE},
	{"nr_anon_transparent_hugepages", V_ANON_THPS},
	{"nr_vmscan_write", V_EVENT + NR_VMSCAN_WRITE},
	{"nr_vmscan_immediate_reclaim", V_EVENT + NR_VMSCAN_IMMEDIATE},
	{"nr_dirtied", V_DIRTIED},
	{"nr_written", V_WRITTEN},
	{"nr_throttled_written", V_NONE},
	{"nr_kernel_misc_reclaimable", V_NONE},
	{"nr_foll_pin_acquired", V_EVENT + NR_FOLL_PIN_ACQUIRED},
	{"nr_foll_pin_released", V_EVENT + NR_FOLL_PIN_RELEASED},
	{"nr_kernel_stack", V_KERNEL_STACK},
	{"nr_page_table_pages", V_PAGE_TABLE},
	{"nr_sec_page_table_pages", V_NONE},
	{"nr_swapcached", V_SWAPCACHED},
	{"nr_dirty_threshold", V_DIRTY_THRESHOLD},
	{"nr_dirty_background_threshold", V_DIRTY_BACKGROUND_THRESHOLD},
	{"pgpgin", V_PGPGIN},
	{"pgpgout", V_PGPGOUT},
	{"pswpin", V_EVENT + PSWPIN},
	{"pswpout", V_EVENT + PSWPOUT},
	{"pgalloc_dma", V_NONE},
	{"pgalloc_normal", V_PGALLOC},
	{"pgalloc_high", V_NONE},
	{"pgalloc_movable", V_NONE},
	{"allocstall_dma", V_NONE},
	{"allocstall_normal", V_EVENT + ALLOCSTALL_NORMAL},
	{"allocstall_high", V_EVENT + ALLOCSTALL_HIGH},
	{"allocstall_movable", V_EVENT + ALLOCSTALL_MOVABLE},
	{"pgskip_dma", V_NONE},
	{"pgskip_normal", V_NONE},
	{"pgskip_high", V_EVENT + PGSKIP_HIGH},
	{"pgskip_movable", V_NONE},
	{"pgfree", V_PGFREE},
	{"pgactivate", V_EVENT + PGACTIVATE},
	{"pgdeactivate", V_EVENT + PGDEACTIVATE},
	{"pglazyfree", V_EVENT + PGLAZYFREE},
	{"pgfault", V_EVENT + PGFAULT},
	{"pgmajfault", V_EVENT + PGMAJFAULT},
	{"pglazyfreed", V_EVENT + PGLAZYFREED},
	{"pgrefill", V_EVENT + PGREFILL},
	{"pgreuse", V_EVENT + PGREUSE},
	{"pgsteal_kswapd", V_EVENT + PGSTEAL_KSWAPD},
	{"pgsteal_direct", V_EVENT + PGSTEAL_DIRECT},
	{"pgdemote_kswapd", V_NONE},
	{"pgdemote_direct", V_NONE},
	{"pgscan_kswapd", V_EVENT + PGSCAN_KSWAPD},
	{"pgscan_direct", V_EVENT + PGSCAN_DIRECT},
	{"pgscan_direct_throttle", V_EVENT + PGSCAN_DIRECT_THROTTLE},
	{"pgscan_anon", V_EVENT + PGSCAN_ANON},
	{"pgscan_file", V_EVENT + PGSCAN_FILE},
	{"pgsteal_anon", V_EVENT + PGSTEAL_ANON},
	{"pgsteal_file", V_EVENT + PGSTEAL_FILE},
	{"pginodesteal", V_NONE},
	{"slabs_scanned", V_EVENT + SLABS_SCANNED},
	{"kswapd_inodesteal", V_NONE},
	{"kswapd_low_wmark_hit_quickly", V_EVENT + KSWAPD_LOW_WMARK_HIT_QUICKLY},
	{"kswapd_high_wmark_hit_quickly", V_EVENT + KSWAPD_HIGH_WMARK_HIT_QUICKLY},
	{"pageoutrun", V_EVENT + PAGEOUTRUN},
	{"pgrotated", V_EVENT + PGROTATED},
	{"drop_pagecache", V_EVENT + DROP_PAGECACHE},
	{"drop_slab", V_EVENT + DROP_SLAB},
	{"oom_kill", V_EVENT + OOM_KILL},
	{"pgmigrate_success", V_EVENT + PGMIGRATE_SUCCESS},
	{"pgmigrate_fail", V_EVENT + PGMIGRATE_FAIL},
	{"thp_migration_success", V_NONE},
	{"thp_migration_fail", V_NONE},
	{"thp_migration_split", V_NONE},
	{"compact_migrate_scanned", V_EVENT + COMPACTMIGRATE_SCANNED},
	{"compact_free_scanned", V_EVENT + COMPACTFREE_SCANNED},
	{"compact_isolated", V_EVENT + COMPACTISOLATED},
	{"compact_stall", V_EVENT + COMPACTSTALL},
	{"compact_fail", V_EVENT + COMPACTFAIL},
	{"compact_success", V_EVENT + COMPACTSUCCESS},
	{"compact_daemon_wake", V_EVENT + KCOMPACTD_WAKE},
	{"compact_daemon_migrate_scanned", V_EVENT + KCOMPACTD_MIGRATE_SCANNED},
	{"compact_daemon_free_scanned", V_EVENT + KCOMPACTD_FREE_SCANNED},
	{"htlb_buddy_alloc_success", V_EVENT + HTLB_BUDDY_PGALLOC},
	{"htlb_buddy_alloc_fail", V_EVENT + HTLB_BUDDY_PGALLOC_FAIL},
	{"unevictable_pgs_culled", V_EVENT + UNEVICTABLE_PGCULLED},
	{"unevictable_pgs_scanned", V_EVENT + UNEVICTABLE_PGSCANNED},
	{"unevictable_pgs_rescued", V_EVENT + UNEVICTABLE_PGRESCUED},
	{"unevictable_pgs_mlocked", V_EVENT + UNEVICTABLE_PGMLOCKED},
	{"unevictable_pgs_munlocked", V_EVENT + UNEVICTABLE_PGMUNLOCKED},
	{"unevictable_pgs_cleared", V_NONE},
	{"unevictable_pgs_stranded", V_NONE},
	{"thp_fault_alloc", V_EVENT + THP_FAULT_ALLOC},
	{"thp_fault_fallback", V_EVENT + THP_FAULT_FALLBACK},
	{"thp_fault_fallback_charge", V_NONE},
	{"thp_collapse_alloc", V_EVENT + THP_COLLAPSE_ALLOC},
	{"thp_collapse_alloc_failed", V_EVENT + THP_COLLAPSE_ALLOC_FAILED},
	{"thp_file_alloc", V_NONE},
	{"thp_file_fallback", V_NONE},
	{"thp_file_fallback_charge", V_NONE},
	{"thp_file_mapped", V_NONE},
	{"thp_split_page", V_EVENT + THP_SPLIT_PAGE},
	{"thp_split_page_failed", V_NONE},
	{"thp_deferred_split_page", V_NONE},
	{"thp_split_pmd", V_EVENT + THP_SPLIT_PMD},
	{"thp_scan_exceed_none_pte", V_EVENT + THP_SCAN_EXCEED_NONE_PTE},
	{"thp_scan_exceed_swap_pte", V_EVENT + THP_SCAN_EXCEED_SWAP_PTE},
	{"thp_scan_exceed_share_pte", V_EVENT + THP_SCAN_EXCEED_SHARE_PTE},
	{"thp_zero_page_alloc", V_EVENT + THP_ZERO_PAGE_ALLOC},
	{"thp_zero_page_alloc_failed", V_EVENT + THP_ZERO_PAGE_ALLOC_FAILED},
	{"thp_swpout", V_NONE},
	{"thp_swpout_fallback", V_EVENT + THP_SWPOUT_FALLBACK},
	{"balloon_inflate", V_NONE},
	{"balloon_deflate", V_NONE},
	{"balloon_migrate", V_NONE},
	{"swap_ra", V_EVENT + SWAP_RA},
	{"swap_ra_hit", V_EVENT + SWAP_RA_HIT},
	{"ksm_swpin_copy", V_EVENT + KSM_SWPIN_COPY},
	{"cow_ksm", V_EVENT + COW_KSM},
	{"zswpin", V_NONE},
	{"zswpout", V_NONE},
	{"direct_map_level2_splits", V_NONE},
	{"direct_map_level3_splits", V_NONE},
	{"nr_unstable", V_NONE},
};

/* KiB that came from disks and went to them. */
static void collect_paging(unsigned long *v)
{
	u64 in = 0, out = 0;
	struct block_device *bdev;

	list_for_each_entry (bdev, &all_bdevs, list) {
		if (bdev_is_partition(bdev))
			continue; /* counted for the disk */
		in += bdev->stats.sectors[STAT_READ];
		out += bdev->stats.sectors[STAT_WRITE];
	}
	v[V_PGPGIN] = in * SECTOR_SIZE / 1024;
	v[V_PGPGOUT] = out * SECTOR_SIZE / 1024;
}

static void collect_writeback(unsigned long *v)
{
	v[V_DIRTY] = nr_file_dirty;
	v[V_WRITEBACK] = nr_writeback;
	v[V_WRITE_PENDING] = nr_file_dirty + nr_writeback;
	v[V_DIRTIED] = nr_dirtied;
	v[V_WRITTEN] = nr_written;
	global_dirty_limits(&v[V_DIRTY_BACKGROUND_THRESHOLD], &v[V_DIRTY_THRESHOLD]);
}

static void collect_values(unsigned long *v)
{
	struct memory_figures f;

	get_memory_figures(&f);
	v[V_NONE] = 0;
	v[V_FREE] = f.free;
	for (int lru = 0; lru < NR_LRU_LISTS; lru++)
		v[V_LRU + lru] = nr_lru_pages(lru);
	v[V_MLOCK] = nr_mlocked_pages();
	v[V_ISOLATED_ANON] = node_lruvec.nr_isolated[false];
	v[V_ISOLATED_FILE] = node_lruvec.nr_isolated[true];
	v[V_SHADOW_NODES] = nr_shadow_nodes;
	v[V_SLAB_RECLAIMABLE] = f.slab_reclaimable;
	v[V_SLAB_UNRECLAIMABLE] = f.slab_unreclaimable;
	v[V_ANON] = f.anon;
	v[V_ANON_THPS] = nr_anon_thps() / HPAGE_NR;
	v[V_MAPPED] = f.mapped;
	v[V_FILE] = f.file + nr_swapcached; /* the swap cache counts as a file */
	v[V_SHMEM] = f.shmem;
	v[V_SWAPCACHED] = nr_swapcached;
	v[V_KERNEL_STACK] = nr_kernel_stacks() * (THREAD_SIZE >> 10);
	v[V_PAGE_TABLE] = nr_page_table_pages;
	collect_writeback(v);
	collect_paging(v);
	v[V_PGALLOC] = nr_pgalloc();
	v[V_PGFREE] = nr_pgfree;
	for (int event = 0; event < NR_VM_EVENTS; event++)
		v[V_EVENT + event] = vm_event_counters[event];
}

int vmstat_proc_show(struct seq_file *m, void *unused)
{
	unsigned long v[NR_VMSTAT_VALUES];

	collect_values(v);
	for (unsigned int i = 0; i < ARRAY_SIZE(vmstat_lines); i++)
		seq_printf(m, "%s %lu\n", vmstat_lines[i].name, v[vmstat_lines[i].value]);
	return 0;
}

/* ---- zoneinfo ---- */

/* Those of vmstat's lines that stand there for the whole machine, and for each zone. */
static const char first_node_line[] = "nr_inactive_anon", last_node_line[] = "nr_swapcached";
static const char first_zone_line[] = "nr_free_pages", last_zone_line[] = "nr_free_cma";

static void show_vmstat_lines(struct seq_file *m, const unsigned long *v, const char *first,
			      const char *last)
{
	unsigned int i = 0;

	while (strcmp(vmstat_lines[i].name, first))
		i++;
	for (;; i++) {
		seq_printf(m, "\n      %-12s %lu", vmstat_lines[i].name, v[vmstat_lines[i].value]);
		if (!strcmp(vmstat_lines[i].name, last))
			break;
	}
}

static void show_zone_marks(struct seq_file *m, const struct zone *z)
{
	seq_printf(m, "\n  pages free     %lu\n        boost    0", zone_free_pages_and_stocks(z));
	seq_printf(m, "\n        min      %lu\n        low      %lu\n        high     %lu",
		   z->watermark[WMARK_MIN], z->watermark[WMARK_LOW], z->watermark[WMARK_HIGH]);
	seq_printf(m, "\n        spanned  %lu\n        present  %lu\n        managed  %lu",
		   z->end_pfn - z->start_pfn, z->present_pages, z->managed_pages);
	/* Kept from requests that the zone itself, or one above, could serve. */
	seq_printf(m, "\n        cma      0\n        protection: (0, %lu)", z->lowmem_reserve);
}

/* The pages of one zone. */
static void collect_zone_values(const struct zone *z, unsigned long *v)
{
	enum zone_type zone = z - zones;

	v[V_FREE] = zone_free_pages_and_stocks(z);
	for (int lru = 0; lru < NR_LRU_LISTS; lru++)
		v[V_LRU + lru] = zone_lru_pages(zone, lru);
	v[V_WRITE_PENDING] = nr_zone_write_pending[zone];
	v[V_MLOCK] = zone_mlocked_pages(zone);
}

static void show_zone(struct seq_file *m, const struct zone *z, unsigned long *v)
{
	seq_printf(m, "Node 0, zone %8s", z->name);
	if (z == &zones[ZONE_NORMAL]) { /* never empty */
		seq_puts(m, "\n  per-node stats");
		show_vmstat_lines(m, v, first_node_line, last_node_line);
	}
	show_zone_marks(m, z);
	if (z->present_pages) {
		collect_zone_values(z, v);
		show_vmstat_lines(m, v, first_zone_line, last_zone_line);
		seq_printf(m, "\n  pagesets\n    cpu: 0\n              count: %u", z->pcp_count);
		seq_printf(m, "\n              high:  %u\n              batch: %u", PCP_HIGH,
			   PCP_BATCH);
		seq_printf(m, "\n  node_unreclaimable:  0\n  start_pfn:           %lu",
			   z->start_pfn);
	}
	seq_putc(m, '\n');
}

int zoneinfo_proc_show(struct seq_file *m, void *unused)
{
	unsigned long v[NR_VMSTAT_VALUES];
	struct zone *z;

	collect_values(v);
	for_each_zone (z)
		show_zone(m, z, v);
	return 0;
}

/* ---- the allocators ---- */

int buddyinfo_proc_show(struct seq_file *m, void *v)
{
	struct zone *z;

	for_each_zone (z) {
		if (!z->present_pages)
			continue;
		seq_printf(m, "Node 0, zone %8s ", z->name);
		for (unsigned int order = 0; order < MAX_ORDER; order++)
			seq_printf(m, "%6lu ", z->free_area[order].nr_free);
		seq_putc(m, '\n');
	}
	return 0;
}

#define PAGEBLOCK_ORDER (MAX_ORDER - 1)

/* Linux tells pages that can be moved or reclaimed from others, and keeps them in blocks apart. On
   a machine too small for that it calls all of them unmovable, and so does this kernel. */
static const char *const migrate_types[] = {"Unmovable", "Movable", "Reclaimable", "HighAtomic",
					    "Isolate"};

static void show_free_by_type(struct seq_file *m, const struct zone *z)
{
	for (unsigned int type = 0; type < ARRAY_SIZE(migrate_types); type++) {
		seq_printf(m, "Node %4d, zone %8s, type %12s ", 0, z->name, migrate_types[type]);
		for (unsigned int order = 0; order < MAX_ORDER; order++)
			seq_printf(m, "%6lu ", type ? 0 : z->free_area[order].nr_free);
		seq_putc(m, '\n');
	}
}

static void show_blocks_by_type(struct seq_file *m, const struct zone *z)
{
	unsigned long blocks = DIV_ROUND_UP(z->end_pfn - z->start_pfn, 1UL << PAGEBLOCK_ORDER);

	seq_printf(m, "Node %d, zone %8s ", 0, z->name);
	for (unsigned int type = 0; type < ARRAY_SIZE(migrate_types); type++)
		seq_printf(m, "%12lu ", type ? 0 : blocks);
	seq_putc(m, '\n');
}

int pagetypeinfo_proc_show(struct seq_file *m, void *v)
{
	struct zone *z;

	seq_printf(m, "Page block order: %d\nPages per block:  %lu\n\n", PAGEBLOCK_ORDER,
		   1UL << PAGEBLOCK_ORDER);
	seq_printf(m, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned int order = 0; order < MAX_ORDER; order++)
		seq_printf(m, "%6u ", order);
	seq_putc(m, '\n');
	for_each_zone (z) {
		if (z->present_pages)
			show_free_by_type(m, z);
	}
	seq_printf(m, "\n%-23s", "Number of blocks type ");
	for (unsigned int type = 0; type < ARRAY_SIZE(migrate_types); type++)
		seq_printf(m, "%12s ", migrate_types[type]);
	seq_putc(m, '\n');
	for_each_zone (z) {
		if (z->present_pages)
			show_blocks_by_type(m, z);
	}
	return 0;
}

int slabinfo_proc_show(struct seq_file *m, void *v)
{
	struct slabinfo i;

	seq_puts(m, "slabinfo - version: 2.1\n"
		    "# name            <active_objs> <num_objs> <objsize> <objperslab> "
		    "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata "
		    "<active_slabs> <num_slabs> <sharedavail>\n");
	for (unsigned int n = 0; get_slabinfo(n, &i); n++) {
		seq_printf(m, "%-17s %6lu %6lu %6u %4u %4u", i.name, i.active_objs, i.num_objs,
			   i.objsize, i.objperslab, i.pagesperslab);
		seq_printf(m, " : tunables %4u %4u %4u : slabdata %6lu %6lu %6u\n", 0, 0, 0,
			   i.active_slabs, i.num_slabs, 0);
	}
	return 0;
}
