/*
 * The contents of /sys. Almost everything is read-only: what can be set is in /proc/sys.
 */
#include "kernel/drivers/fb.h"
#include "kernel/core/utsname.h"
#include "kernel/fs/sysfs/internal.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "kernel/x86/div64.h"
#include "libc/include/string.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include <linux/errno.h>
#include <linux/major.h>

#define SECTORS_PER_KB (1024 / SECTOR_SIZE)
#define KB_SHIFT       (PAGE_SHIFT - 10) /* from pages to KiB */

#define FILE(NAME, SHOW)                        \
	{                                       \
		.name = (NAME), .show = (SHOW), \
	}
#define DIR(NAME, TABLE)                                                        \
	{                                                                       \
		.name = (NAME), .child = (TABLE), .nr_child = ARRAY_SIZE(TABLE) \
	}
#define DEVICES(NAME, KIND)                        \
	{                                          \
		.name = (NAME), .devices = (KIND), \
	}

/* ---- block: disks ---- */

static int dev_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u:%u\n", MAJOR(bdev->dev), MINOR(bdev->dev));
	return 0;
}

static int inflight_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%8u %8u\n", bdev->stats.in_flight[false], bdev->stats.in_flight[true]);
	return 0;
}

static int cache_type_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_puts(m, bdev->queue->write_cache ? "write back\n" : "write through\n");
	return 0;
}

static int ro_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%d\n", bdev->read_only);
	return 0;
}

static int size_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%llu\n", bdev->nr_sectors);
	return 0;
}

/* As a line of /proc/diskstats. */
static int stat_show(struct seq_file *m, const struct block_device *bdev)
{
	const struct disk_stats *s = &bdev->stats;

	for (int group = STAT_READ; group <= STAT_WRITE; group++)
		seq_printf(m, "%8llu %8llu %8llu %8u ", s->ios[group], s->merges[group],
			   s->sectors[group], part_stat_ms(bdev, group));
	seq_printf(m, "%8u %8u %8u ", part_in_flight(bdev), part_busy_ms(bdev), part_all_ms(bdev));
	seq_printf(m, "%8u %8u %8u %8u %8llu %8u\n", 0, 0, 0, 0, s->ios[STAT_FLUSH],
		   part_stat_ms(bdev, STAT_FLUSH));
	return 0;
}

static int zero_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_puts(m, "0\n");
	return 0;
}

/* ---- block/NAME/queue: how requests travel ---- */

static int sector_size_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", SECTOR_SIZE);
	return 0;
}

static int max_sectors_kb_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", bdev->queue->limits.max_sectors / SECTORS_PER_KB);
	return 0;
}

static int max_segments_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", bdev->queue->limits.max_segments);
	return 0;
}

static int nr_requests_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", BLK_MAX_REQUESTS);
	return 0;
}

static int write_cache_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_puts(m, bdev->queue->write_cache ? "write back\n" : "write through\n");
	return 0;
}

static int fua_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", bdev->queue->fua);
	return 0;
}

static int read_ahead_kb_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%lu\n", bdev->queue->ra_pages << KB_SHIFT);
	return 0;
}

/* Of files that are opened from now on. */
static int read_ahead_kb_store(const struct block_device *bdev, const char *text)
{
	unsigned int kb;

	if (kstrtouint(text, 10, &kb))
		return -EINVAL;
	bdev->queue->ra_pages = kb >> KB_SHIFT;
	return 0;
}

static const struct sysfs_entry queue_entries[] = {
	FILE("fua", fua_show),
	FILE("hw_sector_size", sector_size_show),
	FILE("logical_block_size", sector_size_show),
	FILE("max_sectors_kb", max_sectors_kb_show),
	FILE("max_segments", max_segments_show),
	FILE("nr_requests", nr_requests_show),
	FILE("physical_block_size", sector_size_show),
	{.name = "read_ahead_kb", .show = read_ahead_kb_show, .store = read_ahead_kb_store},
	FILE("write_cache", write_cache_show),
};

static const struct sysfs_entry disk_entries[] = {
	FILE("cache_type", cache_type_show),
	FILE("dev", dev_show),
	FILE("inflight", inflight_show),
	DIR("queue", queue_entries),
	FILE("removable", zero_show),
	FILE("ro", ro_show),
	FILE("size", size_show),
	FILE("stat", stat_show),
};
const struct sysfs_entry sysfs_disk = {
	.name = "disk",
	.child = disk_entries,
	.nr_child = ARRAY_SIZE(disk_entries),
	.devices = PARTITION_DIRS,
};

static int partition_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", bdev->bd_partno);
	return 0;
}

static int start_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%llu\n", bdev->bd_start_sect);
	return 0;
}

static const struct sysfs_entry partition_entries[] = {
	FILE("dev", dev_show),	 FILE("inflight", inflight_show), FILE("partition", partition_show),
	FILE("ro", ro_show),	 FILE("size", size_show),	  FILE("start", start_show),
	FILE("stat", stat_show),
};
const struct sysfs_entry sysfs_partition = DIR("partition", partition_entries);

/* ---- class/graphics/fb0: the frame buffer ---- */

static int fb_bits_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", framebuffer()->var.bits_per_pixel);
	return 0;
}

static int fb_dev_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%d:0\n", FB_MAJOR);
	return 0;
}

static int fb_modes_show(struct seq_file *m, const struct block_device *bdev)
{
	const struct fb_var_screeninfo *var = &framebuffer()->var;

	seq_printf(m, "U:%ux%up-0\n", var->xres, var->yres);
	return 0;
}

static int fb_name_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%s\n", framebuffer()->fix.id);
	return 0;
}

static int fb_pan_show(struct seq_file *m, const struct block_device *bdev)
{
	const struct fb_var_screeninfo *var = &framebuffer()->var;

	seq_printf(m, "%u,%u\n", var->xoffset, var->yoffset);
	return 0;
}

static int fb_stride_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", framebuffer()->fix.line_length);
	return 0;
}

static int fb_virtual_size_show(struct seq_file *m, const struct block_device *bdev)
{
	const struct fb_var_screeninfo *var = &framebuffer()->var;

	seq_printf(m, "%u,%u\n", var->xres_virtual, var->yres_virtual);
	return 0;
}

static bool have_framebuffer(void)
{
	return framebuffer();
}

static const struct sysfs_entry fb0_entries[] = {
	FILE("bits_per_pixel", fb_bits_show),
	FILE("dev", fb_dev_show),
	FILE("modes", fb_modes_show),
	FILE("name", fb_name_show),
	FILE("pan", fb_pan_show),
	FILE("rotate", zero_show),
	FILE("state", zero_show),
	FILE("stride", fb_stride_show),
	FILE("virtual_size", fb_virtual_size_show),
};
static const struct sysfs_entry graphics_entries[] = {
	{.name = "fb0",
	 .child = fb0_entries,
	 .nr_child = ARRAY_SIZE(fb0_entries),
	 .there = have_framebuffer},
};

static const struct sysfs_entry class_entries[] = {
	DEVICES("block", DEVICE_LINKS),
	DIR("graphics", graphics_entries),
};
static const struct sysfs_entry dev_entries[] = {DEVICES("block", DEVICE_LINKS_BY_NUMBER)};

/* ---- devices/system/cpu: there is one processor ---- */

static int one_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_puts(m, "1\n");
	return 0;
}

/* A list of processors, or of those that are no more: without members. */
static int empty_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_putc(m, '\n');
	return 0;
}

/* Numbers and lists show the processor's number, masks its bit. */
static const struct sysfs_entry topology_entries[] = {
	FILE("core_cpus", one_show),
	FILE("core_cpus_list", zero_show),
	FILE("core_id", zero_show),
	FILE("core_siblings", one_show),
	FILE("core_siblings_list", zero_show),
	FILE("die_cpus", one_show),
	FILE("die_cpus_list", zero_show),
	FILE("die_id", zero_show),
	FILE("package_cpus", one_show),
	FILE("package_cpus_list", zero_show),
	FILE("physical_package_id", zero_show),
	FILE("thread_siblings", one_show),
	FILE("thread_siblings_list", zero_show),
};
static const struct sysfs_entry cpu0_entries[] = {DIR("topology", topology_entries)};
static const struct sysfs_entry cpu_entries[] = {
	DIR("cpu0", cpu0_entries),   FILE("isolated", empty_show), FILE("kernel_max", zero_show),
	FILE("offline", empty_show), FILE("online", zero_show),	   FILE("possible", zero_show),
	FILE("present", zero_show),
};
static const struct sysfs_entry system_entries[] = {DIR("cpu", cpu_entries)};
static const struct sysfs_entry devices_entries[] = {DIR("system", system_entries)};

/* The notes of the kernel's image, which hold its build id. */
static int notes_show(struct seq_file *m, const struct block_device *bdev)
{
	for (const char *p = __start_notes; p < __stop_notes; p++)
		seq_putc(m, *p);
	return 0;
}

/* ---- kernel: the pool of huge pages ---- */

#define HUGE_SHOW(NAME)                                                                       \
	static int NAME##_hugepages_show(struct seq_file *m, const struct block_device *bdev) \
	{                                                                                     \
		seq_printf(m, "%lu\n", default_hstate.NAME##_huge_pages);                     \
		return 0;                                                                     \
	}
HUGE_SHOW(nr)
HUGE_SHOW(free)
HUGE_SHOW(resv)
HUGE_SHOW(surplus)
HUGE_SHOW(nr_overcommit)

static int nr_hugepages_store(const struct block_device *bdev, const char *text)
{
	unsigned long long pages;
	int err = kstrtoull(text, 10, &pages);

	if (!err)
		set_max_huge_pages((unsigned long)pages);
	return err;
}

static int nr_overcommit_hugepages_store(const struct block_device *bdev, const char *text)
{
	unsigned long long pages;
	int err = kstrtoull(text, 10, &pages);

	if (!err)
		default_hstate.nr_overcommit_huge_pages = (unsigned long)pages;
	return err;
}

static const struct sysfs_entry hugepages_size_entries[] = {
	FILE("free_hugepages", free_hugepages_show),
	{.name = "nr_hugepages", .show = nr_hugepages_show, .store = nr_hugepages_store},
	{.name = "nr_overcommit_hugepages",
	 .show = nr_overcommit_hugepages_show,
	 .store = nr_overcommit_hugepages_store},
	FILE("resv_hugepages", resv_hugepages_show),
	FILE("surplus_hugepages", surplus_hugepages_show),
};
static const struct sysfs_entry hugepages_entries[] = {
	DIR("hugepages-" LARGE_PAGE_NAME, hugepages_size_entries)};

/* ---- kernel: transparent huge pages ---- */

static const char *const thp_modes[] = {
	[THP_ALWAYS] = "always",   [THP_DEFER] = "defer", [THP_DEFER_MADVISE] = "defer+madvise",
	[THP_MADVISE] = "madvise", [THP_NEVER] = "never",
};

static bool is_defrag_only(unsigned int mode)
{
	return mode == THP_DEFER || mode == THP_DEFER_MADVISE;
}

/* All values in one line; the present one in brackets. */
static void show_thp_modes(struct seq_file *m, enum thp_mode now, bool defrag)
{
	const char *space = "";

	for (unsigned int i = 0; i < ARRAY_SIZE(thp_modes); i++) {
		if (!defrag && is_defrag_only(i))
			continue;
		seq_printf(m, i == now ? "%s[%s]" : "%s%s", space, thp_modes[i]);
		space = " ";
	}
	seq_putc(m, '\n');
}

static int store_thp_mode(enum thp_mode *mode, const char *text, bool defrag)
{
	size_t length = strcspn(text, "\n");

	for (unsigned int i = 0; i < ARRAY_SIZE(thp_modes); i++) {
		if ((!defrag && is_defrag_only(i)) || strlen(thp_modes[i]) != length ||
		    strncmp(thp_modes[i], text, length))
			continue;
		*mode = i;
		return 0;
	}
	return -EINVAL;
}

static int thp_enabled_show(struct seq_file *m, const struct block_device *bdev)
{
	show_thp_modes(m, thp_enabled, false);
	return 0;
}

static int thp_enabled_store(const struct block_device *bdev, const char *text)
{
	int err = store_thp_mode(&thp_enabled, text, false);

	if (!err && thp_enabled != THP_NEVER)
		khugepaged_wake();
	return err;
}

static int thp_defrag_show(struct seq_file *m, const struct block_device *bdev)
{
	show_thp_modes(m, thp_defrag, true);
	return 0;
}

static int thp_defrag_store(const struct block_device *bdev, const char *text)
{
	return store_thp_mode(&thp_defrag, text, true);
}

static int hpage_pmd_size_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%lu\n", HPAGE_SIZE);
	return 0;
}

static int store_thp_number(unsigned int *value, const char *text, unsigned int min,
			    unsigned int max)
{
	unsigned long long number;
	int err = kstrtoull(text, 10, &number);

	if (err || number < min || number > max)
		return -EINVAL;
	*value = (unsigned int)number;
	return 0;
}

static int use_zero_page_show(struct seq_file *m, const struct block_device *bdev)
{
	seq_printf(m, "%u\n", thp_use_zero_page);
	return 0;
}

static int use_zero_page_store(const struct block_device *bdev, const char *text)
{
	return store_thp_number(&thp_use_zero_page, text, 0, 1);
}

#define KHUGEPAGED_SHOW(NAME)                                                       \
	static int NAME##_show(struct seq_file *m, const struct block_device *bdev) \
	{                                                                           \
		seq_printf(m, "%lu\n", (unsigned long)khugepaged_##NAME);           \
		return 0;                                                           \
	}
/* The numbers from MIN to MAX; with those that say how long the thread sleeps, it wakes. */
#define KHUGEPAGED_FILE(NAME, MIN, MAX, WAKE)                                   \
	KHUGEPAGED_SHOW(NAME)                                                   \
	static int NAME##_store(const struct block_device *bdev, const char *t) \
	{                                                                       \
		int err = store_thp_number(&khugepaged_##NAME, t, MIN, MAX);    \
                                                                                \
		if (!err && (WAKE))                                             \
			khugepaged_wake();                                      \
		return err;                                                     \
	}
KHUGEPAGED_FILE(alloc_sleep_millisecs, 0, ~0U, true)
KHUGEPAGED_FILE(defrag, 0, 1, false)
KHUGEPAGED_SHOW(full_scans)
KHUGEPAGED_SHOW(pages_collapsed)
KHUGEPAGED_FILE(max_ptes_none, 0, HPAGE_NR - 1, false)
KHUGEPAGED_FILE(max_ptes_shared, 0, HPAGE_NR - 1, false)
KHUGEPAGED_FILE(max_ptes_swap, 0, HPAGE_NR - 1, false)
KHUGEPAGED_FILE(pages_to_scan, 1, ~0U, false)
KHUGEPAGED_FILE(scan_sleep_millisecs, 0, ~0U, true)

static const struct sysfs_entry khugepaged_entries[] = {
	{.name = "alloc_sleep_millisecs",
	 .show = alloc_sleep_millisecs_show,
	 .store = alloc_sleep_millisecs_store},
	{.name = "defrag", .show = defrag_show, .store = defrag_store},
	FILE("full_scans", full_scans_show),
	{.name = "max_ptes_none", .show = max_ptes_none_show, .store = max_ptes_none_store},
	{.name = "max_ptes_shared", .show = max_ptes_shared_show, .store = max_ptes_shared_store},
	{.name = "max_ptes_swap", .show = max_ptes_swap_show, .store = max_ptes_swap_store},
	FILE("pages_collapsed", pages_collapsed_show),
	{.name = "pages_to_scan", .show = pages_to_scan_show, .store = pages_to_scan_store},
	{.name = "scan_sleep_millisecs",
	 .show = scan_sleep_millisecs_show,
	 .store = scan_sleep_millisecs_store},
};
static const struct sysfs_entry transparent_hugepage_entries[] = {
	{.name = "defrag", .show = thp_defrag_show, .store = thp_defrag_store},
	{.name = "enabled", .show = thp_enabled_show, .store = thp_enabled_store},
	FILE("hpage_pmd_size", hpage_pmd_size_show),
	DIR("khugepaged", khugepaged_entries),
	{.name = "use_zero_page", .show = use_zero_page_show, .store = use_zero_page_store},
};
static const struct sysfs_entry mm_entries[] = {
	DIR("hugepages", hugepages_entries),
	DIR("ksm", sysfs_ksm),
	DIR("transparent_hugepage", transparent_hugepage_entries),
};
static const struct sysfs_entry kernel_entries[] = {
	DIR("mm", mm_entries),
	FILE("notes", notes_show),
	{.name = "tracing"}, /* where tracefs is mounted */
};

/* ---- the root ---- */

static const struct sysfs_entry root_entries[] = {
	DEVICES("block", DEVICE_DIRS),
	DIR("class", class_entries),
	DIR("dev", dev_entries),
	DIR("devices", devices_entries),
	{.name = "fs"}, /* file systems with something to tell: none */
	DIR("kernel", kernel_entries),
};
const struct sysfs_entry sysfs_root = DIR("", root_entries);
