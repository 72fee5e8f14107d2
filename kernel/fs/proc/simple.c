/*
 * The files of /proc that are a line or a short list: version, cmdline, uptime, loadavg,
 * filesystems, devices, partitions, diskstats, locks, swaps.
 */
#include "kernel/core/cmdline.h"
#include "kernel/core/utsname.h"
#include "kernel/fs/blkdev.h"
#include "kernel/fs/mount.h"
#include "kernel/fs/proc/internal.h"
#include "mm/swap/swap.h"
#include "libc/include/stdio.h"
#include "libc/include/string.h"
#include <linux/major.h>

int version_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, linux_banner);
	return 0;
}

int cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, saved_command_line);
	seq_putc(m, '\n');
	return 0;
}

int uptime_proc_show(struct seq_file *m, void *v)
{
	u32 up_part, idle_part;
	u64 up = div_u64_rem(ns_to_ticks(ktime_get_ns()), USER_HZ, &up_part);
	u64 idle = div_u64_rem(ns_to_ticks(kcpustat.idle_ns), USER_HZ, &idle_part);

	seq_printf(m, "%llu.%02u %llu.%02u\n", up, up_part, idle, idle_part);
	return 0;
}

#define LOAD_FRACTION_BITS 11
#define LOAD_ONE	   (1UL << LOAD_FRACTION_BITS)

int loadavg_proc_show(struct seq_file *m, void *v)
{
	unsigned long loads[3];

	get_avenrun(loads);
	for (unsigned int i = 0; i < ARRAY_SIZE(loads); i++) {
		unsigned long load = loads[i] + LOAD_ONE / 200; /* rounded to hundredths */

		seq_printf(m, "%lu.%02lu ", load >> LOAD_FRACTION_BITS,
			   (load & (LOAD_ONE - 1)) * 100 >> LOAD_FRACTION_BITS);
	}
	seq_printf(m, "%lu/%d %d\n", nr_running(), nr_threads, last_pid);
	return 0;
}

int filesystems_proc_show(struct seq_file *m, void *v)
{
	struct file_system_type *type;

	list_for_each_entry (type, &file_systems, list)
		seq_printf(m, "%s\t%s\n", type->requires_dev ? "" : "nodev", type->name);
	return 0;
}

#define DEVICE_NAME_SIZE 16

/* The driver's name: the device's without its number. */
static void driver_name(char *to, const char *device)
{
	size_t len = strlcpy(to, device, DEVICE_NAME_SIZE);

	len = min(len, (size_t)DEVICE_NAME_SIZE - 1);
	while (len > 1 && to[len - 1] >= '0' && to[len - 1] <= '9')
		to[--len] = '\0';
}

static void show_chrdevs(struct seq_file *m)
{
	char name[DEVICE_NAME_SIZE], last[DEVICE_NAME_SIZE] = "";
	unsigned int last_major = 0;
	const char *device;

	for (dev_t dev = 0; (device = next_chrdev(&dev)); dev++) {
		unsigned int major = MAJOR(dev);

		if (major == MEM_MAJOR)
			device = "mem";
		if (major == MISC_MAJOR)
			device = "misc";
		driver_name(name, device);
		if (major != last_major || strcmp(name, last))
			seq_printf(m, "%3u %s%s\n", major, major == TTYAUX_MAJOR ? "/dev/" : "",
				   name);
		last_major = major;
		memcpy(last, name, sizeof(last));
	}
}

int devices_proc_show(struct seq_file *m, void *v)
{
	struct block_device *bdev;
	unsigned int last_major = 0;

	seq_puts(m, "Character devices:\n");
	show_chrdevs(m);
	seq_puts(m, "\nBlock devices:\n");
	list_for_each_entry (bdev, &all_bdevs, list) {
		if (bdev_is_partition(bdev) || MAJOR(bdev->dev) == last_major)
			continue;
		last_major = MAJOR(bdev->dev);
		seq_printf(m, "%3u %s\n", last_major,
			   strncmp(bdev->name, "vd", 2) ? "ramdisk" : "virtblk");
	}
	seq_printf(m, "%3u blkext\n", BLOCK_EXT_MAJOR);
	return 0;
}

int partitions_proc_show(struct seq_file *m, void *v)
{
	struct block_device *bdev;

	if (!list_empty(&all_bdevs))
		seq_puts(m, "major minor  #blocks  name\n\n");
	list_for_each_entry (bdev, &all_bdevs, list)
		seq_printf(m, "%4u  %7u %10llu %s\n", MAJOR(bdev->dev), MINOR(bdev->dev),
			   bdev->nr_sectors / 2, bdev->name);
	return 0;
}

/* Requests, bios merged into others, sectors and ms, of reads and of writes; requests in flight, ms
   with some, ms of all; the same four of discards, of which there are none; flushes and their ms.
 */
int diskstats_proc_show(struct seq_file *m, void *v)
{
	struct block_device *bdev;

	list_for_each_entry (bdev, &all_bdevs, list) {
		const struct disk_stats *s = &bdev->stats;

		seq_printf(m, "%4d %7d %s", MAJOR(bdev->dev), MINOR(bdev->dev), bdev->name);
		for (int group = STAT_READ; group <= STAT_WRITE; group++)
			seq_printf(m, " %llu %llu %llu %u", s->ios[group], s->merges[group],
				   s->sectors[group], part_stat_ms(bdev, group));
		seq_printf(m, " %u %u %u 0 0 0 0 %llu %u\n", part_in_flight(bdev),
			   part_busy_ms(bdev), part_all_ms(bdev), s->ios[STAT_FLUSH],
			   part_stat_ms(bdev, STAT_FLUSH));
	}
	return 0;
}

static int locks_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &locks_seq_operations);
}

const struct file_operations proc_locks_operations = {
	.open = locks_open,
	.read = seq_read,
	.held_pages = seq_held_pages,
	.read_kernel = seq_read_kernel,
	.write = proc_no_write,
	.llseek = seq_lseek,
	.release = seq_release,
};

int swaps_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	show_swap_areas(m);
	return 0;
}
