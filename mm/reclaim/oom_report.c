/*
 * What the log says when memory is exhausted: who asked for it, where all of it is, and which
 * processes there are. The lines are those of Linux, so that whoever knows these, man or program,
 * can read them.
 *
 * What does not exist here is 0, as in /proc/zoneinfo: boosted watermarks, a reserve for atomic
 * requests, CMA, bounce buffers, page tables of virtual machines. There is one node, and there are
 * no control groups and no cpusets: the line "oom-kill:" has what Linux writes without them.
 */
#include "mm/reclaim/oom.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/sched/sched.h"
#include "libc/include/stdio.h"
#include "mm/cache/lru.h"
#include "mm/cache/page_writeback.h"
#include "mm/fault.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/mm.h"
#include "mm/phys/page_alloc.h"
#include "mm/phys/slab.h"
#include "mm/phys/vmalloc.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/vmscan.h"
#include "mm/swap/swap.h"

#define K(pages)       ((unsigned long)(pages) << (PAGE_SHIFT - 10))
#define GFP_NAMES_SIZE 128

int sysctl_oom_dump_tasks = 1;

/* ---- who asked ---- */

/* What has bits of others stands before these. */
static const struct {
	gfp_t mask;
	const char *name;
} gfp_names[] = {
	{GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE"},
	{GFP_HIGHUSER, "GFP_HIGHUSER"},
	{GFP_KERNEL, "GFP_KERNEL"},
	{GFP_NOFS, "GFP_NOFS"},
	{GFP_NOIO, "GFP_NOIO"},
	{GFP_ATOMIC, "GFP_ATOMIC"},
	{GFP_NOWAIT, "GFP_NOWAIT"},
	{__GFP_HIGHMEM, "__GFP_HIGHMEM"},
	{__GFP_ZERO, "__GFP_ZERO"},
	{__GFP_COMP, "__GFP_COMP"},
	{__GFP_NOWARN, "__GFP_NOWARN"},
	{__GFP_MEMALLOC, "__GFP_MEMALLOC"},
	{__GFP_IO, "__GFP_IO"},
	{__GFP_FS, "__GFP_FS"},
	{__GFP_NORETRY, "__GFP_NORETRY"},
	{__GFP_MOVABLE, "__GFP_MOVABLE"},
	{__GFP_NOFAIL, "__GFP_NOFAIL"},
	{__GFP_WRITE, "__GFP_WRITE"},
};

/* The flags by their names, into buf. Returns buf. */
static const char *format_gfp(char *buf, size_t size, gfp_t gfp)
{
	size_t len = 0;

	buf[0] = '\0';
	for (unsigned int i = 0; i < ARRAY_SIZE(gfp_names) && len < size; i++) {
		if ((gfp & gfp_names[i].mask) != gfp_names[i].mask)
			continue;
		gfp &= ~gfp_names[i].mask;
		len += snprintf(buf + len, size - len, "%s%s", len ? "|" : "", gfp_names[i].name);
	}
	return buf;
}

static void show_request(const struct oom_control *oc)
{
	char names[GFP_NAMES_SIZE];

	pr_warn("%s invoked oom-killer: gfp_mask=%#x(%s), order=%u, oom_score_adj=%d\n",
		current->comm, oc->gfp_mask, format_gfp(names, sizeof(names), oc->gfp_mask),
		oc->order, current->signal->oom_score_adj);
	dump_stack();
}

/* ---- where memory is ---- */

static unsigned long nr_hot_pages(void)
{
	return zones[ZONE_NORMAL].pcp_count + zones[ZONE_HIGHMEM].pcp_count;
}

static void show_totals(void)
{
	unsigned long reclaimable, unreclaimable;

	nr_slab_pages(&reclaimable, &unreclaimable);
	pr_warn("active_anon:%lu inactive_anon:%lu isolated_anon:%lu\n",
		nr_lru_pages(LRU_ACTIVE_ANON), nr_lru_pages(LRU_INACTIVE_ANON),
		node_lruvec.nr_isolated[false]);
	pr_warn(" active_file:%lu inactive_file:%lu isolated_file:%lu\n",
		nr_lru_pages(LRU_ACTIVE_FILE), nr_lru_pages(LRU_INACTIVE_FILE),
		node_lruvec.nr_isolated[true]);
	pr_warn(" unevictable:%lu dirty:%lu writeback:%lu\n", nr_lru_pages(LRU_UNEVICTABLE),
		nr_file_dirty, nr_writeback);
	pr_warn(" slab_reclaimable:%lu slab_unreclaimable:%lu\n", reclaimable, unreclaimable);
	pr_warn(" mapped:%lu shmem:%lu pagetables:%lu\n", nr_mapped_pages(), nr_shmem_pages(),
		nr_page_table_pages);
	pr_warn(" sec_pagetables:0 bounce:0\n");
	pr_warn(" kernel_misc_reclaimable:0\n");
	pr_warn(" free:%lu free_pcp:%lu free_cma:0\n", nr_free_pages() - nr_hot_pages(),
		nr_hot_pages());
}

static void show_node(void)
{
	pr_warn("Node 0 active_anon:%lukB inactive_anon:%lukB active_file:%lukB "
		"inactive_file:%lukB unevictable:%lukB isolated(anon):%lukB isolated(file):%lukB "
		"mapped:%lukB dirty:%lukB writeback:%lukB shmem:%lukB shmem_thp: 0kB "
		"shmem_pmdmapped: 0kB anon_thp: %lukB writeback_tmp:0kB kernel_stack:%lukB "
		"pagetables:%lukB sec_pagetables:0kB all_unreclaimable? %s\n",
		K(nr_lru_pages(LRU_ACTIVE_ANON)), K(nr_lru_pages(LRU_INACTIVE_ANON)),
		K(nr_lru_pages(LRU_ACTIVE_FILE)), K(nr_lru_pages(LRU_INACTIVE_FILE)),
		K(nr_lru_pages(LRU_UNEVICTABLE)), K(node_lruvec.nr_isolated[false]),
		K(node_lruvec.nr_isolated[true]), K(nr_mapped_pages()), K(nr_file_dirty),
		K(nr_writeback), K(nr_shmem_pages()), K(nr_anon_thps()),
		nr_kernel_stacks() * (THREAD_SIZE >> 10), K(nr_page_table_pages),
		kswapd_has_given_up() ? "yes" : "no");
}

static void show_zone(const struct zone *z)
{
	enum zone_type idx = z - zones;
	unsigned long hot = K(z->pcp_count);

	pr_warn("%s free:%lukB boost:0kB min:%lukB low:%lukB high:%lukB "
		"reserved_highatomic:0KB active_anon:%lukB inactive_anon:%lukB active_file:%lukB "
		"inactive_file:%lukB unevictable:%lukB writepending:%lukB present:%lukB "
		"managed:%lukB mlocked:%lukB bounce:0kB free_pcp:%lukB local_pcp:%lukB "
		"free_cma:0kB\n",
		z->name, K(zone_free_pages_and_stocks(z)) - hot, K(z->watermark[WMARK_MIN]),
		K(z->watermark[WMARK_LOW]), K(z->watermark[WMARK_HIGH]),
		K(zone_lru_pages(idx, LRU_ACTIVE_ANON)), K(zone_lru_pages(idx, LRU_INACTIVE_ANON)),
		K(zone_lru_pages(idx, LRU_ACTIVE_FILE)), K(zone_lru_pages(idx, LRU_INACTIVE_FILE)),
		K(zone_lru_pages(idx, LRU_UNEVICTABLE)), K(nr_zone_write_pending[idx]),
		K(z->present_pages), K(z->managed_pages), K(zone_mlocked_pages(idx)), hot, hot);
	pr_warn("lowmem_reserve[]: 0 %lu\n", z->lowmem_reserve);
}

/* (U): this kernel does not tell pages that can be moved from others. */
static void show_free_blocks(const struct zone *z)
{
	unsigned long pages = 0;

	printk(KERN_WARNING "%s: ", z->name);
	for (unsigned int order = 0; order < MAX_ORDER; order++) {
		unsigned long nr = z->free_area[order].nr_free;

		pages += nr << order;
		printk(KERN_CONT "%lu*%lukB %s", nr, K(1UL << order), nr ? "(U) " : "");
	}
	printk(KERN_CONT "= %lukB\n", K(pages));
}

static void show_ram(void)
{
	unsigned long present = 0, managed = 0;
	struct zone *z;

	for_each_zone (z) {
		present += z->present_pages;
		managed += z->managed_pages;
	}
	pr_warn("%lu pages RAM\n", present);
	pr_warn("%lu pages HighMem/MovableOnly\n", zones[ZONE_HIGHMEM].present_pages);
	pr_warn("%lu pages reserved\n", present - managed);
	pr_warn("%lu pages hwpoisoned\n", nr_poisoned_pages());
}

/* Zones above idx are of no use for the request, and left out. */
static void show_mem(enum zone_type idx)
{
	const struct hstate *h = &default_hstate;
	struct zone *z;

	pr_warn("Mem-Info:\n");
	show_totals();
	show_node();
	for_each_zone (z)
		if (z <= &zones[idx] && z->present_pages)
			show_zone(z);
	for_each_zone (z)
		if (z <= &zones[idx] && z->present_pages)
			show_free_blocks(z);
	pr_warn("Node 0 hugepages_total=%lu hugepages_free=%lu hugepages_surp=%lu "
		"hugepages_size=%lukB\n",
		h->nr_huge_pages, h->free_huge_pages, h->surplus_huge_pages, HPAGE_SIZE >> 10);
	pr_warn("%lu total pagecache pages\n", nr_file_pages() + nr_swapcached);
	pr_warn("%lu pages in swap cache\n", nr_swapcached);
	pr_warn("Free swap  = %lukB\n", K(get_nr_swap_pages()));
	pr_warn("Total swap = %lukB\n", K(total_swap_pages));
	show_ram();
}

/* ---- the processes ---- */

static void dump_task(const struct task_struct *t)
{
	const struct mm_struct *mm = t->mm;

	pr_info("[%7d] %5d %5d %8lu %8lu %8ld %8lu         %5d %s\n", t->pid, t->cred.uid, t->tgid,
		mm->total_vm, get_mm_rss(mm), mm_pgtables_bytes(mm), mm->rss_stat[MM_SWAPENTS],
		t->signal->oom_score_adj, t->comm);
}

/* All that could be killed. */
static void dump_tasks(void)
{
	struct task_struct *p;

	pr_info("Tasks state (memory values in pages):\n");
	pr_info("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj "
		"name\n");
	for_each_process (p) {
		const struct task_struct *t = find_task_mm(p);

		if (t && !oom_unkillable(p))
			dump_task(t);
	}
}

void dump_header(const struct oom_control *oc)
{
	const struct task_struct *victim = oc->chosen;

	show_request(oc);
	show_mem(oc->gfp_mask & __GFP_HIGHMEM ? ZONE_HIGHMEM : ZONE_NORMAL);
	if (sysctl_oom_dump_tasks)
		dump_tasks();
	if (victim)
		pr_info("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
			"mems_allowed=0,global_oom,task_memcg=/,task=%s,pid=%d,uid=%u\n",
			victim->comm, victim->pid, victim->cred.uid);
}
