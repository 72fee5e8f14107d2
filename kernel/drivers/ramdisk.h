/*
 * The RAM disk: the module that the boot loader put into memory, as a block device.
 */
#ifndef KERNEL_DRIVERS_RAMDISK_H
#define KERNEL_DRIVERS_RAMDISK_H

/* Register /dev/ram0 if there is a boot module. Once at boot, after the VFS. */
void ramdisk_init(void);

#endif
