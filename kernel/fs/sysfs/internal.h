/*
 * sysfs: one value in each file. Nothing is stored: tables name what there is, and a file's text is
 * made when it is read.
 *
 *	tree.c		the tables: which directories and files there are, and what they show
 *	ksm.c		one directory of them
 *	sysfs.c		the file system: lookup, readdir, inodes, the mount
 */
#ifndef KERNEL_FS_SYSFS_INTERNAL_H
#define KERNEL_FS_SYSFS_INTERNAL_H

#include "kernel/fs/blkdev.h"
#include "kernel/fs/seq_file.h"

/* What a directory holds for each disk, besides its entries. */
enum sysfs_devices {
	NO_DEVICES,
	DEVICE_DIRS,		/* a directory by the disk's name, with the entries of sysfs_disk */
	PARTITION_DIRS,		/* the same for its partitions, with those of sysfs_partition */
	DEVICE_LINKS,		/* a link to each such directory, by name */
	DEVICE_LINKS_BY_NUMBER, /* the same by "major:minor" */
};

/* A file (show) or a directory. */
struct sysfs_entry {
	const char *name;
	/* All of its text; bdev is the disk in whose directory it stands. 0 or -errno. */
	int (*show)(struct seq_file *m, const struct block_device *bdev);
	/* A new value, from a text that is written to it. 0 or -errno. NULL: read-only. */
	int (*store)(const struct block_device *bdev, const char *text);
	const struct sysfs_entry *child;
	unsigned int nr_child;
	enum sysfs_devices devices;
	/* Is it there, on this machine? NULL: always. The answer does not change. */
	bool (*there)(void);
};

extern const struct sysfs_entry sysfs_root, sysfs_disk, sysfs_partition;

/* ksm.c: the directory kernel/mm/ksm. */
#define NR_KSM_ENTRIES 13
extern const struct sysfs_entry sysfs_ksm[NR_KSM_ENTRIES];

#endif
