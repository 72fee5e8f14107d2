/*
 * /proc/meminfo: where the memory is.
 */
#include "kernel/fs/blkdev.h"
#include "mm/cache/page_writeback.h"
#include "mm/cache/lru.h"
#include "kernel/fs/proc/internal.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/phys/page_alloc.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/swap/swap.h"

#define MIB2 (2UL << 20)

/* ---- figures, in pages ---- */

static unsigned long zones_watermark(enum zone_watermarks mark)
{
	unsigned long pages = 0;
	struct zone *z;

	for_each_zone (z)
		pages += z->watermark[mark];
	return pages;
}

/* What new programs could have without anything being swapped: free pages but for the reserves, and
   most of what can be dropped. */
static unsigned long available_pages(const struct memory_figures *f)
{
	unsigned long low = zones_watermark(WMARK_LOW), reserve = zones_watermark(WMARK_HIGH);
	unsigned long cache = f->file - f->shmem, slab = f->slab_reclaimable;
	unsigned long drop = cache - min(cache / 2, low) + slab - min(slab / 2, low);

	return f->free + drop > reserve ? f->free + drop - reserve : 0;
}

void get_memory_figures(struct memory_figures *f)
{
	memset(f, 0, sizeof(*f));
	f->free = nr_free_pages();
	f->file = nr_file_pages();
	f->shmem = nr_shmem_pages();
	f->anon = nr_anon_pages();
	f->mapped = nr_mapped_pages();
	f->buffers = nr_blockdev_pages();
	nr_slab_pages(&f->slab_reclaimable, &f->slab_unreclaimable);
	f->available = available_pages(f);
}

/* ---- the file ---- */

static void put_kb(struct seq_file *m, const char *name, unsigned long kb)
{
	seq_printf(m, "%-15s %8lu kB\n", name, kb);
}

static void put_pages(struct seq_file *m, const char *name, unsigned long pages)
{
	put_kb(m, name, pages_to_kb(pages));
}

/* Shared memory counts as anonymous: there is no file that its pages could be read from again. */
static void show_lru(struct seq_file *m)
{
	unsigned long active_anon = nr_lru_pages(LRU_ACTIVE_ANON);
	unsigned long inactive_anon = nr_lru_pages(LRU_INACTIVE_ANON);
	unsigned long active_file = nr_lru_pages(LRU_ACTIVE_FILE);
	unsigned long inactive_file = nr_lru_pages(LRU_INACTIVE_FILE);

	put_pages(m, "Active:", active_anon + active_file);
	put_pages(m, "Inactive:", inactive_anon + inactive_file);
	put_pages(m, "Active(anon):", active_anon);
	put_pages(m, "Inactive(anon):", inactive_anon);
	put_pages(m, "Active(file):", active_file);
	put_pages(m, "Inactive(file):", inactive_file);
	put_pages(m, "Unevictable:", nr_lru_pages(LRU_UNEVICTABLE));
	put_pages(m, "Mlocked:", nr_mlocked_pages());
}

static void show_zones(struct seq_file *m, const struct memory_figures *f)
{
	unsigned long high = totalhigh_pages(), high_free = nr_free_highpages();

	put_pages(m, "HighTotal:", high);
	put_pages(m, "HighFree:", high_free);
	put_pages(m, "LowTotal:", totalram_pages() - high);
	put_pages(m, "LowFree:", f->free - high_free);
}

static void show_use(struct seq_file *m, const struct memory_figures *f)
{
	put_pages(m, "SwapTotal:", total_swap_pages);
	put_pages(m, "SwapFree:", get_nr_swap_pages());
	put_pages(m, "Zswap:", 0);
	put_pages(m, "Zswapped:", 0);
	put_pages(m, "Dirty:", nr_file_dirty);
	put_pages(m, "Writeback:", nr_writeback);
	put_pages(m, "AnonPages:", f->anon);
	put_pages(m, "Mapped:", f->mapped);
	put_pages(m, "Shmem:", f->shmem);
	put_pages(m, "KReclaimable:", f->slab_reclaimable);
	put_pages(m, "Slab:", f->slab_reclaimable + f->slab_unreclaimable);
	put_pages(m, "SReclaimable:", f->slab_reclaimable);
	put_pages(m, "SUnreclaim:", f->slab_unreclaimable);
	put_kb(m, "KernelStack:", nr_kernel_stacks() * (THREAD_SIZE >> 10));
	put_pages(m, "PageTables:", nr_page_table_pages);
	put_pages(m, "SecPageTables:", 0);
	put_pages(m, "NFS_Unstable:", 0);
	put_pages(m, "Bounce:", 0);
	put_pages(m, "WritebackTmp:", 0);
	put_pages(m, "CommitLimit:", vm_commit_limit());
	put_pages(m, "Committed_AS:", vm_memory_committed());
	put_kb(m, "VmallocTotal:", (VMALLOC_END - VMALLOC_START) >> 10);
	put_kb(m, "VmallocUsed:", vmalloc_used() >> 10);
	put_kb(m, "VmallocChunk:", 0);
	put_kb(m, "Percpu:", 0); /* one processor: its variables are ordinary ones */
}

static void show_huge(struct seq_file *m)
{
	const struct hstate *h = &default_hstate;

	if (MAPIX_HWPOISON)
		put_pages(m, "HardwareCorrupted:", nr_poisoned_pages());
	put_pages(m, "AnonHugePages:", nr_anon_thps());
	put_kb(m, "ShmemHugePages:", 0);
	put_kb(m, "ShmemPmdMapped:", 0);
	put_kb(m, "FileHugePages:", 0);
	put_kb(m, "FilePmdMapped:", 0);
	seq_printf(m, "HugePages_Total:   %5lu\nHugePages_Free:    %5lu\n", h->nr_huge_pages,
		   h->free_huge_pages);
	seq_printf(m, "HugePages_Rsvd:    %5lu\nHugePages_Surp:    %5lu\n", h->resv_huge_pages,
		   h->surplus_huge_pages);
	put_kb(m, "Hugepagesize:", HPAGE_SIZE >> 10);
	put_kb(m, "Hugetlb:", h->nr_huge_pages * (HPAGE_SIZE >> 10));
	put_pages(m, "DirectMap4k:", 0);
	put_pages(m, PMD_SIZE == MIB2 ? "DirectMap2M:" : "DirectMap4M:", max_low_pfn);
}

int meminfo_proc_show(struct seq_file *m, void *v)
{
	struct memory_figures f;

	get_memory_figures(&f);
	put_pages(m, "MemTotal:", totalram_pages());
	put_pages(m, "MemFree:", f.free);
	put_pages(m, "MemAvailable:", f.available);
	put_pages(m, "Buffers:", f.buffers);
	put_pages(m, "Cached:", f.file - f.buffers);
	put_pages(m, "SwapCached:", nr_swapcached);
	show_lru(m);
	show_zones(m, &f);
	show_use(m, &f);
	show_huge(m);
	return 0;
}
