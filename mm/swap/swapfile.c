/*
 * The swap areas: their numbers, their order, and what /proc/swaps shows of them.
 */
#include "kernel/core/panic.h"
#include "kernel/fs/blkdev.h"
#include "kernel/fs/seq_file.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"
#include "mm/cache/lru.h"
#include "mm/phys/gfp.h"
#include "mm/phys/vmalloc.h"
#include "mm/swap/internal.h"

struct swap_info_struct swap_info[MAX_SWAPFILES];
unsigned int nr_swapfiles;
LIST_HEAD(swap_active_head);
long nr_swap_pages, total_swap_pages;

struct swap_info_struct *alloc_swap_info(void)
{
	struct swap_info_struct *si;
	unsigned int type = 0;

	while (type < MAX_SWAPFILES && swap_info[type].flags & SWP_USED)
		type++;
	if (type == MAX_SWAPFILES)
		return NULL;
	nr_swapfiles = max(nr_swapfiles, type + 1);
	si = &swap_info[type];
	memset(si, 0, sizeof(*si));
	si->flags = SWP_USED;
	si->type = type;
	INIT_RADIX_TREE(&si->cache, GFP_KERNEL);
	si->cache.update = workingset_update_node;
	return si;
}

void insert_swap_info(struct swap_info_struct *si)
{
	struct swap_info_struct *pos;

	si->flags |= SWP_WRITEOK;
	nr_swap_pages += si->pages - si->inuse_pages;
	total_swap_pages += si->pages;
	list_for_each_entry (pos, &swap_active_head, list)
		if (pos->prio < si->prio)
			break;
	list_add_tail(&si->list, &pos->list);
}

void free_swap_info(struct swap_info_struct *si)
{
	struct inode *inode = si->swap_file ? si->swap_file->f_mapping->host : NULL;

	BUG_ON(si->cache.rnode);
	vfree(si->swap_map);
	kvfree(si->extents);
	si->swap_map = NULL;
	si->extents = NULL;
	if (inode && S_ISBLK(inode->i_mode) && si->bdev)
		blkdev_put(si->bdev, si);
	if (si->swap_file)
		fput(si->swap_file);
	si->swap_file = NULL;
	si->flags = 0;
}

void remove_swap_info(struct swap_info_struct *si)
{
	list_del(&si->list);
	si->flags &= ~SWP_WRITEOK;
	nr_swap_pages -= si->pages - si->inuse_pages;
	total_swap_pages -= si->pages;
}

/* ---- /proc/swaps ---- */

#define NAME_WIDTH   40
#define SEVEN_DIGITS 10000000UL

static void show_kb(struct seq_file *m, unsigned int pages)
{
	unsigned long kb = (unsigned long)pages << (PAGE_SHIFT - 10);

	seq_printf(m, "\t%lu%s", kb, kb < SEVEN_DIGITS ? "\t" : "");
}

void show_swap_areas(struct seq_file *m)
{
	for (unsigned int type = 0; type < nr_swapfiles; type++) {
		const struct swap_info_struct *si = &swap_info[type];
		size_t begin = m->count, len;

		if (!(si->flags & SWP_WRITEOK))
			continue;
		seq_path(m, &si->swap_file->f_path, " \t\n\\");
		len = m->count - begin;
		seq_printf(m, "%*s", len < NAME_WIDTH ? (int)(NAME_WIDTH - len) : 1, "");
		seq_puts(m, S_ISBLK(si->swap_file->f_inode->i_mode) ? "partition" : "file\t");
		show_kb(m, si->pages);
		show_kb(m, si->inuse_pages);
		seq_printf(m, "\t%d\n", si->prio);
	}
}
