/*
 * The contents of /sys. Almost everything is read-only: what can be set is in /proc/sys.
 */
#include "kernel/drivers/fb.h"
#include "kernel/fs/sysfs/internal.h"
#include "kernel/lib/kstrtox.h"
#include "kernel/lib/util.h"
#include "kernel/x86/div64.h"
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

/* ---- kernel: the pool of huge pages, which is empty and cannot be filled ---- */

static const struct sysfs_entry huge_4m_entries[] = {
	FILE("free_hugepages", zero_show),	    FILE("nr_hugepages", zero_show),
	FILE("nr_overcommit_hugepages", zero_show), FILE("resv_hugepages", zero_show),
	FILE("surplus_hugepages", zero_show),
};
static const struct sysfs_entry hugepages_entries[] = {DIR("hugepages-4096kB", huge_4m_entries)};
static const struct sysfs_entry mm_entries[] = {DIR("hugepages", hugepages_entries)};
static const struct sysfs_entry kernel_entries[] = {
	DIR("mm", mm_entries), {.name = "tracing"}, /* where tracefs is mounted */
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
