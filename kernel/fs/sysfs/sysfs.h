/*
 * sysfs: the machine and its devices as a tree of small files, mounted on /sys.
 */
#ifndef KERNEL_FS_SYSFS_SYSFS_H
#define KERNEL_FS_SYSFS_SYSFS_H

/* Boot: register the file system. Panics without memory. */
void sysfs_init(void);

#endif
