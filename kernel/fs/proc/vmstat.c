/*
 * The page allocator's and the slab allocator's books: /proc/vmstat, buddyinfo, slabinfo.
 */
#include "kernel/fs/blkdev.h"
#include "kernel/fs/proc/internal.h"
#include "libc/include/stdio.h"
#include "mm/page_alloc.h"
#include "mm/slab.h"
#include "mm/vmalloc.h"

/* KiB that came from disks and went to them. */
static void show_paging(struct seq_file *m)
{
	u64 in = 0, out = 0;
	struct block_device *bdev;

	list_for_each_entry (bdev, &all_bdevs, list) {
		in += bdev->read_sectors;
		out += bdev->written_sectors;
	}
	seq_printf(m, "pgpgin %llu\npgpgout %llu\npswpin 0\npswpout 0\n", in * SECTOR_SIZE / 1024,
		   out * SECTOR_SIZE / 1024);
}

int vmstat_proc_show(struct seq_file *m, void *v)
{
	const unsigned long *events = vm_event_counters;
	struct memory_figures f;

	get_memory_figures(&f);
	seq_printf(m, "nr_free_pages %lu\nnr_inactive_anon 0\nnr_active_anon %lu\n", f.free,
		   f.anon + f.shmem);
	seq_printf(m, "nr_inactive_file %lu\nnr_active_file 0\nnr_unevictable 0\n",
		   f.file - f.shmem);
	seq_printf(m, "nr_slab_reclaimable %lu\nnr_slab_unreclaimable %lu\n", f.slab_reclaimable,
		   f.slab_unreclaimable);
	seq_printf(m, "nr_anon_pages %lu\nnr_mapped %lu\nnr_file_pages %lu\nnr_shmem %lu\n", f.anon,
		   f.mapped, f.file, f.shmem);
	seq_printf(m, "nr_kernel_stack %lu\nnr_page_table_pages %lu\n",
		   nr_kernel_stacks() * (THREAD_SIZE >> 10), nr_page_table_pages);
	show_paging(m);
	seq_printf(m, "pgalloc %lu\npgfree %lu\n", nr_pgalloc(), nr_pgfree);
	seq_printf(m, "pgfault %lu\npgmajfault %lu\npgreuse %lu\n", events[PGFAULT],
		   events[PGMAJFAULT], events[PGREUSE]);
	seq_printf(m, "drop_pagecache %lu\ndrop_slab %lu\n", events[DROP_PAGECACHE],
		   events[DROP_SLAB]);
	return 0;
}

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
