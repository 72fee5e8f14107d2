/*
 * The RAM disk: the module that the boot loader put into memory, as a block device.
 */
#ifndef KERNEL_DRIVERS_RAMDISK_H
#define KERNEL_DRIVERS_RAMDISK_H

#include "kernel/abi/types.h"

/* Register /dev/ram0 if there is a boot module. Once at boot, after the VFS. */
void ramdisk_init(void);

/* The first boot module: an image of a root file system. Size 0: there is none. It is reserved, and
   may lie above the direct map. */
extern phys_addr_t initrd_start_phys;
extern unsigned long initrd_size;

#endif
